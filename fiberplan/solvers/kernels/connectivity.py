"""Which nodes reach which by some of the arcs, and rooted trees."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from fiberplan.solvers.kernels.jit import kernel

if TYPE_CHECKING:
    from fiberplan.solvers.problem.steiner import BoolArray, Graph, IntArray, NodeArray


# ruff: noqa: PLR0913, PLR0917


@kernel
def _reach(
    start: IntArray, arcs: NodeArray, neighbour: NodeArray, usable: BoolArray, flip: int, source: int
) -> BoolArray:
    """Find the nodes reached from a node by usable arcs (``flip`` 1: that reach it)."""
    seen = np.zeros(start.size - 1, np.bool_)
    queue = np.empty(start.size - 1, np.int32)
    seen[source] = True
    queue[0] = source
    first, last = 0, 1
    while first < last:
        node = queue[first]
        first += 1
        for k in range(start[node], start[node + 1]):
            if usable[arcs[k] ^ flip] and not seen[neighbour[k]]:
                seen[neighbour[k]] = True
                queue[last] = neighbour[k]
                last += 1
    return seen


def reached(graph: Graph, usable: BoolArray, source: int, *, backwards: bool = False) -> BoolArray:
    """Find which nodes a node reaches, or which reach it, by some of the arcs.

    Parameters
    ----------
    graph
        The graph.
    usable
        The arcs, bool[2m].
    source
        The node.
    backwards
        Find the nodes that reach it instead.
    """
    return _reach(graph.start, graph.arcs, graph.neighbour, usable, int(backwards), source)


def connects(graph: Graph, keep: BoolArray | None = None) -> bool:
    """Whether all terminals are connected.

    Parameters
    ----------
    graph
        The graph, with a terminal.
    keep
        Edges to use, bool[m]; all by default.
    """
    usable = np.ones(2 * graph.edge_count, np.bool_) if keep is None else np.repeat(keep, 2)
    return bool(reached(graph, usable, int(graph.terminals[0]))[graph.terminals].all())


@kernel
def _root_tree(
    start: IntArray, arcs: NodeArray, neighbour: NodeArray, in_tree: BoolArray, root: int
) -> tuple[NodeArray, NodeArray, NodeArray, NodeArray]:
    """Root a spanning tree at a node: parent, edge to it, place in preorder, and one past the last place of the subtree."""
    count = start.size - 1
    parent = np.full(count, -1, np.int32)
    above = np.full(count, -1, np.int32)
    first = np.full(count, -1, np.int32)
    last = np.zeros(count, np.int32)
    stack = np.empty(count, np.int32)
    at = start[:-1].copy()
    stack[0] = root
    size, place = 1, 0
    while size > 0:
        node = stack[size - 1]
        if first[node] < 0:
            first[node] = place
            place += 1
        if at[node] == start[node + 1]:
            last[node] = place
            size -= 1
            continue
        k = at[node]
        at[node] += 1
        if in_tree[arcs[k] >> 1] and arcs[k] >> 1 != above[node]:
            other = neighbour[k]
            parent[other] = node
            above[other] = arcs[k] >> 1
            stack[size] = other
            size += 1
    return parent, above, first, last


def root_tree(
    graph: Graph, in_tree: BoolArray, root: int
) -> tuple[NodeArray, NodeArray, NodeArray, NodeArray]:
    """Root a tree at one of its nodes.

    Parameters
    ----------
    graph
        The graph.
    in_tree
        The edges of the tree, bool[m].
    root
        The node.

    Returns
    -------
    tuple
        Of each node, int32[n]: its parent (-1 at the root and outside), the edge to it (-1), its place in preorder (-1
        outside), and one past the last place of its subtree.
    """
    return _root_tree(graph.start, graph.arcs, graph.neighbour, in_tree, root)
