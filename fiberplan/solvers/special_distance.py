"""Kernels for the special distance: how far two nodes are apart for somebody who may rest at terminals.

The special distance of two nodes is the least, over all ways between them, of the longest stretch between two terminals (or
ends) on the way. An edge dearer than the special distance of its ends is in no best tree. Here it is bounded from above by
the nearest terminals of both ends and the bottleneck between these in a spanning tree of the terminals.
Sources: Duin and Volgenant (1989), Reduction tests for the Steiner problem in graphs; Polzin and Daneshmand (2001).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from fiberplan.solvers.arrays import FORBIDDEN, MAX_TOTAL_COST
from fiberplan.solvers.jit import kernel
from fiberplan.solvers.shortest_paths import heap_pop, heap_push, search

if TYPE_CHECKING:
    from fiberplan.solvers.arrays import Graph, IntArray, NodeArray

# ruff: noqa: PLR0913, PLR0917

NEAREST = 4
"""Terminals remembered per node."""


@kernel
def _nearest_terminals(
    start: IntArray, arcs: NodeArray, neighbour: NodeArray, cost: IntArray, terminals: NodeArray, depth: int
) -> tuple[NodeArray, IntArray]:
    """Find the nearest few terminals of each node (-1 where there are fewer) and how far they are."""
    count = start.size - 1
    base = np.full((count, depth), -1, np.int32)
    distance = np.full((count, depth), FORBIDDEN, np.int64)
    known = np.zeros(count, np.int32)
    room = depth * arcs.size + terminals.size
    key = np.empty(room, np.int64)  # of a label: a terminal as seen from a node
    where = np.empty(room, np.int32)
    which = np.empty(room, np.int32)
    heap = np.empty(room, np.int32)
    place = np.full(room, -1, np.int32)
    labels = 0
    size = 0
    for terminal in terminals:
        key[labels] = 0
        where[labels] = terminal
        which[labels] = terminal
        size = heap_push(heap, place, size, key, labels)
        labels += 1
    while size > 0:
        label = heap_pop(heap, place, size, key)
        size -= 1
        node, terminal = where[label], which[label]
        if known[node] == depth:
            continue
        fresh = True
        for k in range(known[node]):
            fresh &= base[node, k] != terminal
        if not fresh:
            continue
        base[node, known[node]] = terminal
        distance[node, known[node]] = key[label]
        known[node] += 1
        for k in range(start[node], start[node + 1]):
            other = neighbour[k]
            if known[other] < depth:
                key[labels] = key[label] + cost[arcs[k] >> 1]
                where[labels] = other
                which[labels] = terminal
                size = heap_push(heap, place, size, key, labels)
                labels += 1
    return base, distance


@kernel
def _merge_regions(
    count: int, one: NodeArray, two: NodeArray, length: IntArray, order: IntArray
) -> tuple[NodeArray, IntArray]:
    """Join regions, nearest first, into a tree as deep as a logarithm; each link knows how long the way was."""
    parent = np.arange(count).astype(np.int32)
    weight = np.full(count, FORBIDDEN, np.int64)
    members = np.ones(count, np.int32)
    for k in order:
        a, b = one[k], two[k]
        while parent[a] != a:
            a = parent[a]
        while parent[b] != b:
            b = parent[b]
        if a == b:
            continue
        if members[a] > members[b]:
            a, b = b, a
        parent[a] = b
        weight[a] = length[k]
        members[b] += members[a]
    return parent, weight


@kernel
def special_distance(
    base: NodeArray, distance: IntArray, parent: NodeArray, weight: IntArray, one: int, two: int, limit: int
) -> int:
    """Bound the special distance of two nodes from above.

    Parameters
    ----------
    base, distance, parent, weight
        What `special_distance_tables` made.
    one, two
        The nodes.
    limit
        Any value that is not below this is as good as infinite.

    Returns
    -------
    int
        The bound, or ``limit`` if it is not below.
    """
    best = limit
    for i in range(base.shape[1]):
        if distance[one, i] >= best:
            break
        for j in range(base.shape[1]):
            if distance[two, j] >= best:
                break
            a, b = base[one, i], base[two, j]
            longest = max(distance[one, i], distance[two, j])
            while a != b and longest < best:
                if weight[a] <= weight[b]:
                    longest = max(longest, weight[a])
                    a = parent[a]
                else:
                    longest = max(longest, weight[b])
                    b = parent[b]
            best = min(best, longest)
    return int(best)


def special_distance_tables(graph: Graph) -> tuple[NodeArray, IntArray, NodeArray, IntArray]:
    """Prepare `special_distance`.

    Parameters
    ----------
    graph
        A graph that connects its terminals.

    Returns
    -------
    tuple
        Nearest terminals of each node, int32[n, `NEAREST`], and their distances; the tree of regions and the lengths of its
        links.
    """
    here = (graph.start, graph.arcs, graph.neighbour)
    base, distance = _nearest_terminals(*here, graph.cost, graph.terminals, NEAREST)
    near, _, region = search(*here, graph.arc_cost, 0, graph.terminals, MAX_TOTAL_COST)
    one, two = region[graph.tail], region[graph.head]
    length = near[graph.tail] + near[graph.head] + graph.cost
    between = np.flatnonzero(one != two)
    order = between[np.argsort(length[between], kind="stable")]
    parent, weight = _merge_regions(graph.node_count, one, two, length, order)
    return base, distance, parent, weight
