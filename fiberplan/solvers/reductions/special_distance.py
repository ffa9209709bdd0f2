"""Kernels for the special distance: how far two nodes are apart if terminals are stops on the way.

The special distance of two nodes is the least, over all ways between them, of the longest stretch between two terminals (or
ends) on the way. An edge costlier than the special distance of its ends is in no best tree. Here it is bounded from above by
the nearest terminals of both ends and the bottleneck between these in a spanning tree of the terminals.
The implied special distance also counts what passing through a node saves: a terminal whose cheapest edge leads there can give up
another one for it. It replaces one way by another; where several ways are put in place of one tree it says nothing.
Sources: Duin and Volgenant (1989), Reduction tests for the Steiner problem in graphs; Polzin and Daneshmand (2001); Rehfeldt and
Koch (2021), Implications, conflicts, and reductions for Steiner trees.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from fiberplan.solvers.kernels.jit import inlined, kernel
from fiberplan.solvers.kernels.shortest_paths import heap_pop, heap_push
from fiberplan.solvers.problem.steiner import FORBIDDEN, IntArray, NodeArray

if TYPE_CHECKING:
    from fiberplan.solvers.problem.steiner import BoolArray, Graph

# ruff: noqa: PLR0913, PLR0917

NEAREST = 4
"""Terminals remembered per node."""


class Profits(NamedTuple):
    """What passing through a node saves elsewhere: see `implied_profits`.

    Attributes
    ----------
    best
        Greatest saving at each node, int64[n]; `FORBIDDEN` at terminals, which are stops anyway.
    giver
        The terminal whose edge is saved, int32[n], -1 where there is none.
    second, second_giver
        The same for the other terminals.
    """

    best: IntArray
    giver: NodeArray
    second: IntArray
    second_giver: NodeArray


class RegionTree(NamedTuple):
    """The nearest terminals of each node, and a tree of terminals with their distances.

    Attributes
    ----------
    base, distance
        Nearest terminals of each node, nearest first, int32[n, `NEAREST`], -1 where there are fewer; and how far they are.
    parent, weight
        The tree of the regions of terminals, and how long the way to the parent is.
    """

    base: NodeArray
    distance: IntArray
    parent: NodeArray
    weight: IntArray


@inlined
def step_length(profits: Profits, node: int, before: int, other: int, so_far: int, cost: int) -> int:
    """Lengthen a way by an edge, less what passing its last node saves.

    Parameters
    ----------
    profits
        Savings at nodes.
    node, before, other
        The last node of the way, the one before it, and the one to go to. The saving by a terminal does not count if the way
        uses the edge to it.
    so_far, cost
        Length of the way, and of the edge. No more is subtracted than either, so that ways only get longer.
    """
    saved = profits.best[node]
    if profits.giver[node] == before or profits.giver[node] == other:
        saved = profits.second[node]
        if profits.second_giver[node] == before or profits.second_giver[node] == other:
            saved = 0
    return int(so_far + cost - min(saved, so_far, cost))


@kernel
def _implied_profits(
    start: IntArray,
    arcs: NodeArray,
    neighbour: NodeArray,
    cost: IntArray,
    is_terminal: BoolArray,
    terminals: NodeArray,
    profits: Profits,
) -> None:
    """Fill in the savings."""
    for terminal in terminals:
        end, least, second = -1, FORBIDDEN, FORBIDDEN
        for k in range(start[terminal], start[terminal + 1]):
            length = cost[arcs[k] >> 1]
            if length < least:
                end = neighbour[k]
                second = least
                least = length
            else:
                second = min(second, length)
        if second == FORBIDDEN or is_terminal[end]:
            continue
        if second - least > profits.best[end]:
            profits.second[end] = profits.best[end]
            profits.second_giver[end] = profits.giver[end]
            profits.best[end] = second - least
            profits.giver[end] = terminal
        elif second - least > profits.second[end]:
            profits.second[end] = second - least
            profits.second_giver[end] = terminal


def implied_profits(graph: Graph) -> Profits:
    """Find out what passing through nodes saves elsewhere.

    A terminal whose cheapest edge leads to a node can be connected there once a way passes it, in place of any other edge
    at the terminal: what the second cheapest edge costs more is saved.

    Parameters
    ----------
    graph
        The graph.
    """
    profits = no_profits(graph)
    profits.best[graph.terminals] = FORBIDDEN
    _implied_profits(
        graph.start, graph.arcs, graph.neighbour, graph.cost, graph.is_terminal, graph.terminals, profits
    )
    return profits


def no_profits(graph: Graph) -> Profits:
    """Let nothing be saved, so that ways are as long as their edges."""
    zero, none = np.zeros(graph.node_count, np.int64), np.full(graph.node_count, -1, np.int32)
    return Profits(zero, none, zero.copy(), none.copy())


@kernel
def _nearest_terminals(
    start: IntArray,
    arcs: NodeArray,
    neighbour: NodeArray,
    cost: IntArray,
    terminals: NodeArray,
    profits: Profits,
    depth: int,
) -> tuple[NodeArray, IntArray]:
    """Find the nearest few terminals of each node (-1 where there are fewer) and how far they are."""
    count = start.size - 1
    base = np.full((count, depth), -1, np.int32)
    distance = np.full((count, depth), FORBIDDEN, np.int64)
    known = np.zeros(count, np.int32)
    space = depth * arcs.size + terminals.size
    key = np.empty(space, np.int64)  # of a label: a terminal as seen from a node
    where = np.empty(space, np.int32)
    which = np.empty(space, np.int32)
    origin = np.full(space, -2, np.int32)
    heap = np.empty(space, np.int32)
    place = np.full(space, -1, np.int32)
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
            fresh = known[other] < depth
            for j in range(known[other]):
                fresh &= base[other, j] != terminal
            if fresh:
                key[labels] = step_length(profits, node, origin[label], other, key[label], cost[arcs[k] >> 1])
                where[labels] = other
                origin[labels] = node
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


@inlined
def special_distance(regions: RegionTree, one: int, two: int, limit: int) -> int:
    """Bound the special distance of two nodes from above.

    Parameters
    ----------
    regions
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
    base, distance, parent, weight = regions
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


def special_distance_tables(graph: Graph, profits: Profits) -> RegionTree:
    """Prepare `special_distance`.

    Parameters
    ----------
    graph
        A graph that connects its terminals.
    profits
        What passing through nodes saves.
    """
    base, distance = _nearest_terminals(
        graph.start, graph.arcs, graph.neighbour, graph.cost, graph.terminals, profits, NEAREST
    )
    one, two = base[graph.tail, 0], base[graph.head, 0]
    between = np.flatnonzero(one != two)
    length = distance[graph.tail[between], 0] + distance[graph.head[between], 0] + graph.cost[between]
    order = np.argsort(length, kind="stable")
    parent, weight = _merge_regions(graph.node_count, one[between], two[between], length, order)
    return RegionTree(base, distance, parent, weight)
