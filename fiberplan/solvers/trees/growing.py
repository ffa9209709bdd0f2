"""Incumbents: trees grown along shortest paths, cleaned up by a spanning tree, pruned of useless leaves.

Sources: Takahashi and Matsuyama (1980), An approximate solution for the Steiner problem in graphs; Mehlhorn (1988), A
faster approximation algorithm for the Steiner problem in graphs; Duin (1993), Steiner's problem in graphs, for starting
from many nodes.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from fiberplan.solvers.kernels.jit import kernel
from fiberplan.solvers.kernels.shortest_paths import dijkstra, heap_pop, heap_push, spanning_forest
from fiberplan.solvers.problem.steiner import FORBIDDEN, MAX_TOTAL_COST

if TYPE_CHECKING:
    from fiberplan.solvers.problem.steiner import BoolArray, Graph, IntArray, NodeArray

# ruff: noqa: PLR0913, PLR0917


@kernel
def _grow(
    start: IntArray,
    arcs: NodeArray,
    neighbour: NodeArray,
    arc_cost: IntArray,
    is_terminal: BoolArray,
    root: int,
) -> tuple[BoolArray, NodeArray]:
    """Connect the nearest terminal to the tree, again and again; nodes of the tree, and the arc that enters each of them."""
    count = start.size - 1
    distance = np.full(count, FORBIDDEN, np.int64)
    entry = np.full(count, -1, np.int32)
    before = np.full(count, -1, np.int32)
    heap = np.empty(count, np.int32)
    place = np.full(count, -1, np.int32)
    in_tree = np.zeros(count, np.bool_)
    in_tree[root] = True
    missing = int(np.sum(is_terminal))
    if is_terminal[root]:
        missing -= 1
    distance[root] = 0
    size = heap_push(heap, place, 0, distance, root)
    while size > 0 and missing > 0:
        node = heap_pop(heap, place, size, distance)
        size -= 1
        if is_terminal[node] and not in_tree[node]:
            missing -= 1
            step = node
            while not in_tree[step]:
                in_tree[step] = True
                distance[step] = 0
                if step != node:
                    size = heap_push(heap, place, size, distance, step)
                step = before[step]
        for k in range(start[node], start[node + 1]):
            cost = arc_cost[arcs[k]]
            if cost >= FORBIDDEN:
                continue
            other = neighbour[k]
            length = distance[node] + cost
            if length < distance[other]:
                distance[other] = length
                entry[other] = arcs[k]
                before[other] = node
                size = heap_push(heap, place, size, distance, other)
    return in_tree, entry


@kernel
def _span(
    start: IntArray,
    arcs: NodeArray,
    neighbour: NodeArray,
    cost: IntArray,
    is_terminal: BoolArray,
    root: int,
    inside: BoolArray,
) -> IntArray:
    """Span the nodes inside at least cost (Prim 1957), then prune leaves that are no terminals; the edges."""
    count = start.size - 1
    key = np.full(count, FORBIDDEN, np.int64)
    before = np.full(count, -1, np.int32)
    entry = np.full(count, -1, np.int32)
    heap = np.empty(count, np.int32)
    place = np.full(count, -1, np.int32)
    done = np.zeros(count, np.bool_)
    degree = np.zeros(count, np.int32)
    order = np.empty(count, np.int32)
    spanned = 0
    key[root] = 0
    size = heap_push(heap, place, 0, key, root)
    while size > 0:
        node = heap_pop(heap, place, size, key)
        size -= 1
        done[node] = True
        order[spanned] = node
        spanned += 1
        if before[node] >= 0:
            degree[node] += 1
            degree[before[node]] += 1
        for k in range(start[node], start[node + 1]):
            other = neighbour[k]
            edge = arcs[k] >> 1
            if inside[other] and not done[other] and cost[edge] < key[other]:
                key[other] = cost[edge]
                before[other] = node
                entry[other] = edge
                size = heap_push(heap, place, size, key, other)
    edges = np.empty(spanned, np.int64)
    kept = 0
    for k in range(spanned - 1, 0, -1):
        node = order[k]
        if degree[node] == 1 and not is_terminal[node]:
            degree[before[node]] -= 1
            degree[node] = 0
        else:
            edges[kept] = entry[node]
            kept += 1
    return edges[:kept]


def grow_tree(graph: Graph, arc_cost: IntArray, root: int) -> IntArray:
    """Grow a tree from a node along shortest paths (Takahashi and Matsuyama 1980) and clean it up.

    Parameters
    ----------
    graph
        A connected graph.
    arc_cost
        Costs to search by: the true ones, perturbed ones, or `FORBIDDEN` off a subgraph that connects the terminals.
    root
        Where to start.

    Returns
    -------
    IntArray
        Edges of a tree over all terminals, sorted, cleaned up on the true costs.
    """
    nodes, _ = _grow(graph.start, graph.arcs, graph.neighbour, arc_cost, graph.is_terminal, root)
    return clean_tree(graph, nodes)


def grow_arborescence(graph: Graph, arc_cost: IntArray, root: int) -> IntArray | None:
    """Grow a tree of arcs from a root along shortest paths (Takahashi and Matsuyama 1980).

    Parameters
    ----------
    graph
        The graph.
    arc_cost
        Costs to search by, `FORBIDDEN` on arcs to keep off.
    root
        Where to start.

    Returns
    -------
    IntArray or None
        Arcs of a tree in which the root reaches all terminals and every leaf is one, sorted; ``None`` if the arcs allowed do not
        reach all of them.
    """
    nodes, entry = _grow(graph.start, graph.arcs, graph.neighbour, arc_cost, graph.is_terminal, root)
    if not nodes[graph.terminals].all():
        return None
    nodes[root] = False
    return np.sort(entry[nodes]).astype(np.int64)


def clean_tree(graph: Graph, nodes: BoolArray) -> IntArray:
    """Span nodes at least cost and prune, as long as that gains.

    Parameters
    ----------
    graph
        The graph.
    nodes
        Nodes that induce a connected subgraph with all terminals inside.

    Returns
    -------
    IntArray
        Edges of a tree over all terminals, sorted.
    """
    root = int(graph.terminals[0])
    while True:
        edges = _span(graph.start, graph.arcs, graph.neighbour, graph.cost, graph.is_terminal, root, nodes)
        smaller = np.zeros_like(nodes)
        smaller[root] = True
        smaller[graph.tail[edges]] = True
        smaller[graph.head[edges]] = True
        if smaller.sum() == nodes.sum():
            return np.sort(edges)
        nodes = smaller


def mehlhorn_tree(graph: Graph) -> IntArray:
    """Join the Voronoi regions of the terminals by a spanning tree (Mehlhorn 1988) and clean it up.

    Parameters
    ----------
    graph
        A connected graph.

    Returns
    -------
    IntArray
        Edges of a tree over all terminals, at most twice as costly as the best.
    """
    distance, entry, base = dijkstra(
        graph.start, graph.arcs, graph.neighbour, graph.arc_cost, 0, graph.terminals, MAX_TOTAL_COST
    )
    between = np.flatnonzero(base[graph.tail] != base[graph.head])
    length = distance[graph.tail[between]] + distance[graph.head[between]] + graph.cost[between]
    order = between[np.argsort(length, kind="stable")]
    links = order[spanning_forest(graph.node_count, base[graph.tail], base[graph.head], order)]
    nodes = graph.is_terminal.copy()
    arc_tail = graph.arc_tail
    for end in np.concatenate((graph.tail[links], graph.head[links])).tolist():
        node = end
        while not nodes[node]:
            nodes[node] = True
            node = int(arc_tail[entry[node]])
    return clean_tree(graph, nodes)
