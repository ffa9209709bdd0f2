"""Edges that every best tree uses, found by cuts: what crosses a cut is either this edge or costlier than the way over it.

Let a cut separate two terminals. A tree that avoids edge ``e`` of the cut crosses it by another one, at the price of the cheapest
of those at least. If the way from one terminal over ``e`` to the other is shorter than that, putting it in place of the crossing
makes the tree cheaper: so ``e`` is in every best tree. The cuts are those around single terminals (nearest vertex test), around the
Voronoi regions of terminals (short links test), and between the two sides of a minimum spanning tree at one of its edges (nearest
special vertex test).
Sources: Duin and Volgenant (1989), Reduction tests for the Steiner problem in graphs; Polzin and Vahdati Daneshmand (2001), Improved
algorithms for the Steiner problem in networks.
All inequalities are strict, so that everything found on one graph holds at once.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from fiberplan.solvers.kernels.connectivity import root_tree
from fiberplan.solvers.kernels.jit import kernel
from fiberplan.solvers.kernels.shortest_paths import find_root, spanning_forest
from fiberplan.solvers.problem.steiner import FORBIDDEN

if TYPE_CHECKING:
    from fiberplan.solvers.problem.steiner import BoolArray, Graph, IntArray, NodeArray

# ruff: noqa: PLR0913, PLR0917


@kernel
def _replacements(
    tail: NodeArray,
    head: NodeArray,
    cost: IntArray,
    order: IntArray,
    in_tree: BoolArray,
    parent: NodeArray,
    first: NodeArray,
) -> IntArray:
    """Find, for each node, the cheapest edge outside the tree that crosses the cut at the edge above it (Tarjan 1979)."""
    count = parent.size
    replacement = np.full(count, FORBIDDEN, np.int64)
    top = np.arange(count).astype(
        np.int32
    )  # the highest node reached by edges that have a replacement already
    for edge in order:
        if in_tree[edge] or first[tail[edge]] < 0:
            continue
        one, two = find_root(top, tail[edge]), find_root(top, head[edge])
        while one != two:
            if first[one] < first[two]:  # the later one in preorder is not above the other
                one, two = two, one
            replacement[one] = cost[edge]
            top[one] = parent[one]
            one = find_root(top, one)
    return replacement


@kernel
def _cut_by_tree(
    base: NodeArray,
    distance: IntArray,
    cost: IntArray,
    parent: NodeArray,
    above: NodeArray,
    first: NodeArray,
    last: NodeArray,
    replacement: IntArray,
    needed: BoolArray,
) -> None:
    """Mark the edges of the spanning tree that are shorter, with the ways on from both ends, than all that could replace them."""
    for node in range(parent.size):
        if above[node] < 0:
            continue
        length = cost[above[node]]
        below, beyond = FORBIDDEN, FORBIDDEN
        for k in range(base.shape[1]):
            one, two = base[node, k], base[parent[node], k]
            if one >= 0 and first[node] <= first[one] < last[node]:
                below = min(below, distance[node, k])
            if two >= 0 and not first[node] <= first[two] < last[node]:
                beyond = min(beyond, distance[parent[node], k])
        if (
            below < replacement[node]
            and beyond < replacement[node]
            and below + length + beyond < replacement[node]
        ):
            needed[above[node]] = True


@kernel
def _cut_by_terminal(
    start: IntArray,
    arcs: NodeArray,
    neighbour: NodeArray,
    cost: IntArray,
    terminals: NodeArray,
    base: NodeArray,
    distance: IntArray,
    needed: BoolArray,
) -> None:
    """Mark cheapest edges of terminals that are shorter, with the way on to another terminal, than all others there."""
    for terminal in terminals:
        best, least, second = -1, FORBIDDEN, FORBIDDEN
        for k in range(start[terminal], start[terminal + 1]):
            length = cost[arcs[k] >> 1]
            if neighbour[k] == terminal:
                continue
            if length < least:
                second = least
                least = length
                best = k
            else:
                second = min(second, length)
        if best < 0:
            continue
        other = neighbour[best]
        for k in range(base.shape[1]):
            if base[other, k] >= 0 and base[other, k] != terminal:
                if distance[other, k] < second and least + distance[other, k] < second:
                    needed[arcs[best] >> 1] = True
                break


@kernel
def _cut_by_region(
    tail: NodeArray, head: NodeArray, cost: IntArray, base: NodeArray, distance: IntArray, needed: BoolArray
) -> None:
    """Mark cheapest edges between Voronoi regions that are shorter, with the ways on, than all others that leave the region."""
    count = base.shape[0]
    best = np.full(count, -1, np.int64)
    second = np.full(count, FORBIDDEN, np.int64)
    for edge in range(tail.size):
        one, two = base[tail[edge], 0], base[head[edge], 0]
        if one == two:
            continue
        for region in (one, two):
            if best[region] < 0:
                best[region] = edge
            elif cost[edge] < cost[best[region]]:
                second[region] = cost[best[region]]
                best[region] = edge
            else:
                second[region] = min(second[region], cost[edge])
    for region in range(count):
        edge = best[region]
        if edge < 0:
            continue
        one, two = base[tail[edge], 0], base[head[edge], 0]
        # Where terminals are at no distance, one may lie in another's region and leave its own without a terminal.
        if base[one, 0] != one or base[two, 0] != two:
            continue
        if distance[tail[edge], 0] + cost[edge] + distance[head[edge], 0] < second[region]:
            needed[edge] = True


def needed_edges(graph: Graph, base: NodeArray, distance: IntArray) -> BoolArray:
    """Find edges that every best tree uses.

    Parameters
    ----------
    graph
        A graph that connects its terminals.
    base, distance
        The nearest terminals of each node and how far they are, nearest first, as `special_distance_tables` makes them.

    Returns
    -------
    BoolArray
        bool[m].
    """
    needed = np.zeros(graph.edge_count, np.bool_)
    order = np.argsort(graph.cost, kind="stable")
    in_tree = np.zeros(graph.edge_count, np.bool_)
    in_tree[order[spanning_forest(graph.node_count, graph.tail, graph.head, order)]] = True
    links = (graph.start, graph.arcs, graph.neighbour)
    parent, above, first, last = root_tree(graph, in_tree, int(graph.terminals[0]))
    replacement = _replacements(graph.tail, graph.head, graph.cost, order, in_tree, parent, first)
    _cut_by_tree(base, distance, graph.cost, parent, above, first, last, replacement, needed)
    _cut_by_terminal(*links, graph.cost, graph.terminals, base, distance, needed)
    _cut_by_region(graph.tail, graph.head, graph.cost, base, distance, needed)
    return needed
