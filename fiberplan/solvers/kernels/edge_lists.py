"""Kernels for a graph that changes: each node has a doubly linked list of its half-edges, so edges come and go quickly.

A half-edge is ``2 * edge`` or ``2 * edge + 1``: the edge seen from its tail or its head.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from fiberplan.solvers.kernels.jit import inlined, kernel
from fiberplan.solvers.kernels.shortest_paths import heap_pop, heap_push
from fiberplan.solvers.problem.steiner import FORBIDDEN, BoolArray, IntArray, NodeArray

# ruff: noqa: PLR0913, PLR0917


class EdgeLists(NamedTuple):
    """The graph, changed in place.

    Attributes
    ----------
    first
        First half-edge of each node, int32[n], -1 where there is none.
    after, prior
        Next half-edge in the list and the one before, int32[2m], -1 at the ends.
    node_of
        Node that each half-edge belongs to, int32[2m].
    degree
        Half-edges of each node, int32[n].
    alive
        Whether each edge is in the graph, bool[m].
    cost
        Cost of each edge, int64[m].
    """

    first: NodeArray
    after: NodeArray
    prior: NodeArray
    node_of: NodeArray
    degree: NodeArray
    alive: BoolArray
    cost: IntArray


class PathSearch(NamedTuple):
    """Work arrays of a search for a path, clean between searches.

    Attributes
    ----------
    distance, place
        Of each node, `FORBIDDEN` and -1 between searches.
    heap
        Of as many nodes, without meaning.
    """

    distance: IntArray
    heap: NodeArray
    place: NodeArray


@inlined
def unlink_half(lists: EdgeLists, half: int) -> None:
    """Take a half-edge from the list of its node.

    Parameters
    ----------
    lists
        The graph.
    half
        The half-edge.
    """
    if lists.prior[half] >= 0:
        lists.after[lists.prior[half]] = lists.after[half]
    else:
        lists.first[lists.node_of[half]] = lists.after[half]
    if lists.after[half] >= 0:
        lists.prior[lists.after[half]] = lists.prior[half]


@inlined
def link_half(lists: EdgeLists, half: int, node: int) -> None:
    """Put a half-edge into the list of a node.

    Parameters
    ----------
    lists
        The graph.
    half, node
        The half-edge and the node.
    """
    lists.node_of[half] = node
    lists.prior[half] = -1
    lists.after[half] = lists.first[node]
    if lists.first[node] >= 0:
        lists.prior[lists.first[node]] = half
    lists.first[node] = half


@inlined
def drop_edge(lists: EdgeLists, edge: int) -> None:
    """Remove an edge.

    Parameters
    ----------
    lists
        The graph.
    edge
        The edge.
    """
    for half in (2 * edge, 2 * edge + 1):
        unlink_half(lists, half)
        lists.degree[lists.node_of[half]] -= 1
    lists.alive[edge] = False


@kernel
def join_edge(lists: EdgeLists, edge: int, one: int, two: int) -> None:
    """Put an edge between two nodes, unless it is a loop or a parallel one is as cheap; a costlier parallel goes.

    Parameters
    ----------
    lists
        The graph.
    edge
        The edge.
    one, two
        The nodes at its tail and at its head.
    """
    if one == two:
        return
    node, other = (one, two) if lists.degree[one] <= lists.degree[two] else (two, one)
    half = lists.first[node]
    while half >= 0:
        if lists.node_of[half ^ 1] == other:
            if lists.cost[half >> 1] <= lists.cost[edge]:
                return
            drop_edge(lists, half >> 1)
            break
        half = lists.after[half]
    link_half(lists, 2 * edge, one)
    link_half(lists, 2 * edge + 1, two)
    lists.degree[one] += 1
    lists.degree[two] += 1
    lists.alive[edge] = True


@kernel
def short_way(
    lists: EdgeLists, work: PathSearch, source: int, target: int, avoid: int, limit: int, effort: int
) -> int:
    """Look for a short way between two nodes near each other; its length, or `FORBIDDEN` if none is found.

    Parameters
    ----------
    lists
        The graph.
    work
        Work arrays.
    source, target
        The two nodes.
    avoid
        An edge not to use, or -1.
    limit
        Greatest length of interest.
    effort
        Nodes to look at, at most.
    """
    distance, heap, place = work
    first, after, node_of, cost = lists.first, lists.after, lists.node_of, lists.cost
    touched = np.empty(8 * effort + 8, np.int32)
    count = 1
    touched[0] = source
    distance[source] = 0
    size = heap_push(heap, place, 0, distance, source)
    shortest = FORBIDDEN
    while size > 0 and effort > 0:
        node = heap_pop(heap, place, size, distance)
        size -= 1
        effort -= 1
        if node == target:
            shortest = distance[node]
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
    return int(shortest)
