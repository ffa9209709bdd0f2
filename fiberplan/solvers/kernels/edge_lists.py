"""Kernels for a graph that changes: each node has a doubly linked list of its half-edges, so edges come and go quickly.

A half-edge is ``2 * edge`` or ``2 * edge + 1``: the edge seen from its tail or its head. In all kernels, ``first`` is the
first half-edge of each node (-1: none), ``after`` and ``prior`` are its neighbours in the list, ``node_of`` the node that
it belongs to.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from fiberplan.solvers.kernels.jit import inlined, kernel
from fiberplan.solvers.kernels.shortest_paths import heap_pop, heap_push
from fiberplan.solvers.problem.steiner import FORBIDDEN

if TYPE_CHECKING:
    from fiberplan.solvers.problem.steiner import BoolArray, IntArray, NodeArray

# ruff: noqa: PLR0913, PLR0917


@inlined
def unlink_half(first: NodeArray, after: NodeArray, prior: NodeArray, node_of: NodeArray, half: int) -> None:
    """Take a half-edge from the list of its node."""
    if prior[half] >= 0:
        after[prior[half]] = after[half]
    else:
        first[node_of[half]] = after[half]
    if after[half] >= 0:
        prior[after[half]] = prior[half]


@inlined
def link_half(
    first: NodeArray, after: NodeArray, prior: NodeArray, node_of: NodeArray, half: int, node: int
) -> None:
    """Put a half-edge into the list of a node."""
    node_of[half] = node
    prior[half] = -1
    after[half] = first[node]
    if first[node] >= 0:
        prior[first[node]] = half
    first[node] = half


@inlined
def drop_edge(
    first: NodeArray,
    after: NodeArray,
    prior: NodeArray,
    node_of: NodeArray,
    degree: NodeArray,
    alive: BoolArray,
    edge: int,
) -> None:
    """Remove an edge."""
    for half in (2 * edge, 2 * edge + 1):
        unlink_half(first, after, prior, node_of, half)
        degree[node_of[half]] -= 1
    alive[edge] = False


@kernel
def join_edge(
    first: NodeArray,
    after: NodeArray,
    prior: NodeArray,
    node_of: NodeArray,
    degree: NodeArray,
    alive: BoolArray,
    cost: IntArray,
    edge: int,
    one: int,
    two: int,
) -> None:
    """Lay an edge between two nodes, unless it is a loop or a parallel one is as cheap; a dearer parallel goes."""
    if one == two:
        return
    node, other = (one, two) if degree[one] <= degree[two] else (two, one)
    half = first[node]
    while half >= 0:
        if node_of[half ^ 1] == other:
            if cost[half >> 1] <= cost[edge]:
                return
            drop_edge(first, after, prior, node_of, degree, alive, half >> 1)
            break
        half = after[half]
    link_half(first, after, prior, node_of, 2 * edge, one)
    link_half(first, after, prior, node_of, 2 * edge + 1, two)
    degree[one] += 1
    degree[two] += 1
    alive[edge] = True


@kernel
def short_way(
    first: NodeArray,
    after: NodeArray,
    node_of: NodeArray,
    cost: IntArray,
    distance: IntArray,
    heap: NodeArray,
    place: NodeArray,
    source: int,
    target: int,
    avoid: int,
    limit: int,
    effort: int,
) -> int:
    """Look for a short way between two nodes near each other; its length, or `FORBIDDEN` if none is found.

    Parameters
    ----------
    first, after, node_of, cost
        The graph.
    distance, heap, place
        Room to work in: `FORBIDDEN`, anything, and -1 for each node; left as found.
    source, target
        The two nodes.
    avoid
        An edge not to use, or -1.
    limit
        Greatest length of interest.
    effort
        Nodes to look at, at most.
    """
    touched = np.empty(8 * effort + 8, np.int32)
    count = 1
    touched[0] = source
    distance[source] = 0
    size = heap_push(heap, place, 0, distance, source)
    found = FORBIDDEN
    while size > 0 and effort > 0:
        node = heap_pop(heap, place, size, distance)
        size -= 1
        effort -= 1
        if node == target:
            found = distance[node]
            break
        half = first[node]
        while half >= 0:
            other = node_of[half ^ 1]
            length = distance[node] + cost[half >> 1]
            if half >> 1 != avoid and length <= limit and length < distance[other]:
                if distance[other] == FORBIDDEN:
                    if count == touched.size:
                        half = after[half]
                        continue
                    touched[count] = other
                    count += 1
                distance[other] = length
                size = heap_push(heap, place, size, distance, other)
            half = after[half]
    for k in range(count):
        distance[touched[k]] = FORBIDDEN
        place[touched[k]] = -1
    return int(found)
