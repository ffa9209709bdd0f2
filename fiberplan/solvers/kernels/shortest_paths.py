"""Kernels for distances: an indexed heap, Dijkstra from many sources at once, and spanning trees.

From all terminals at once, Dijkstra's search also yields their Voronoi regions (Mehlhorn 1988, A faster approximation
algorithm for the Steiner problem in graphs).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from fiberplan.solvers.kernels.jit import inlined, kernel
from fiberplan.solvers.problem.steiner import FORBIDDEN

if TYPE_CHECKING:
    from fiberplan.solvers.problem.steiner import BoolArray, IntArray, NodeArray

# Kernels take the arrays of a graph one by one, since numba supports no dataclasses.
# ruff: noqa: PLR0913, PLR0917


@inlined
def heap_push(heap: NodeArray, place: NodeArray, size: int, key: IntArray, node: int) -> int:
    """Put a node into the heap, or move it up after its key fell; returns the new size.

    Parameters
    ----------
    heap, place
        The nodes in the heap, and where each node is in it (-1: nowhere).
    size
        Number of nodes in the heap.
    key
        Key of every node.
    node
        The node.
    """
    at = place[node]
    if at < 0:
        at = size
        size += 1
    while at > 0:
        above = (at - 1) >> 1
        other = heap[above]
        if key[other] <= key[node]:
            break
        heap[at] = other
        place[other] = at
        at = above
    heap[at] = node
    place[node] = at
    return size


@inlined
def heap_pop(heap: NodeArray, place: NodeArray, size: int, key: IntArray) -> int:
    """Take the node with the least key from the heap and return it; the caller counts the size down.

    Parameters
    ----------
    heap, place, size, key
        As in `heap_push`.
    """
    top = heap[0]
    place[top] = -1
    size -= 1
    if size > 0:
        node = heap[size]
        at = 0
        while True:
            below = 2 * at + 1
            if below >= size:
                break
            if below + 1 < size and key[heap[below + 1]] < key[heap[below]]:
                below += 1
            other = heap[below]
            if key[node] <= key[other]:
                break
            heap[at] = other
            place[other] = at
            at = below
        heap[at] = node
        place[node] = at
    return int(top)


@kernel
def dijkstra(
    start: IntArray,
    arcs: NodeArray,
    neighbour: NodeArray,
    arc_cost: IntArray,
    flip: int,
    sources: NodeArray,
    limit: int,
) -> tuple[IntArray, NodeArray, NodeArray]:
    """Find the distance of every node from the nearest of the sources (Dijkstra 1959).

    Parameters
    ----------
    start, arcs, neighbour
        The graph.
    arc_cost
        Cost of each arc; `FORBIDDEN` keeps the search off it.
    flip
        0 follows the arcs from the sources, 1 walks them backwards (distances *to* the sources).
    sources
        Nodes at distance zero.
    limit
        Greatest distance of interest, less than `FORBIDDEN`.

    Returns
    -------
    tuple
        Distance (`FORBIDDEN` where there is no way within the limit), the arc of the search tree that leads to the node, in the
        direction of the search (-1 at sources), and the nearest source (-1 where there is no way).
    """
    count = start.size - 1
    distance = np.full(count, FORBIDDEN, np.int64)
    entry = np.full(count, -1, np.int32)
    base = np.full(count, -1, np.int32)
    heap = np.empty(count, np.int32)
    place = np.full(count, -1, np.int32)
    size = 0
    for source in sources:
        distance[source] = 0
        base[source] = source
        size = heap_push(heap, place, size, distance, source)
    while size > 0:
        node = heap_pop(heap, place, size, distance)
        size -= 1
        for k in range(start[node], start[node + 1]):
            arc = arcs[k]
            cost = arc_cost[arc ^ flip]
            if cost > limit:
                continue
            other = neighbour[k]
            length = distance[node] + cost
            if length <= limit and length < distance[other]:
                distance[other] = length
                entry[other] = arc
                base[other] = base[node]
                size = heap_push(heap, place, size, distance, other)
    return distance, entry, base


@kernel
def find_root(parent: NodeArray, node: int) -> int:
    """Find the representative of a node's set, halving the path on the way.

    Parameters
    ----------
    parent
        The forest of sets.
    node
        Whose set.
    """
    while parent[node] != node:
        parent[node] = parent[parent[node]]
        node = parent[node]
    return node


@kernel
def spanning_forest(count: int, tail: NodeArray, head: NodeArray, order: IntArray) -> BoolArray:
    """Pick the edges of a spanning forest, in the order given (Kruskal 1956).

    Parameters
    ----------
    count
        Number of nodes.
    tail, head
        The edges.
    order
        Indices of edges, cheapest first.

    Returns
    -------
    BoolArray
        Whether each edge of ``order`` is in the forest.
    """
    parent = np.arange(count).astype(np.int32)
    chosen = np.zeros(order.size, np.bool_)
    for k in range(order.size):
        one = find_root(parent, tail[order[k]])
        two = find_root(parent, head[order[k]])
        if one != two:
            parent[one] = two
            chosen[k] = True
    return chosen
