"""A graph taken apart at its articulation points: each block is a problem of its own.

Every tree passes an articulation point with terminals on both sides, so it is a terminal of both blocks.
Source: Hopcroft and Tarjan (1973), Efficient algorithms for graph manipulation.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from fiberplan.solvers.kernels.jit import kernel
from fiberplan.solvers.problem.steiner import IntArray, SteinerInstance

if TYPE_CHECKING:
    from fiberplan.solvers.problem.steiner import Graph, NodeArray


@kernel
def _edge_blocks(
    start: IntArray, arcs: NodeArray, neighbour: NodeArray, source: int
) -> tuple[NodeArray, NodeArray]:
    """Find the block of each edge reached from a node (-1: none) and the top node of each block.

    A block comes before the one above it.
    """
    count = start.size - 1
    block = np.full(arcs.size // 2, -1, np.int32)
    tops = np.empty(arcs.size // 2 + 1, np.int32)
    depth = np.full(count, -1, np.int32)
    low = np.zeros(count, np.int32)
    at = start[:-1].copy()
    entry = np.full(count, -1, np.int32)
    path = np.empty(count, np.int32)
    stack = np.empty(arcs.size // 2, np.int32)
    stacked = np.zeros(arcs.size // 2, np.bool_)
    blocks, height, size = 0, 1, 0
    path[0] = source
    depth[source] = 0
    while height > 0:
        node = path[height - 1]
        if at[node] < start[node + 1]:
            k = at[node]
            at[node] += 1
            edge = arcs[k] >> 1
            other = neighbour[k]
            if edge == entry[node]:
                continue
            if not stacked[edge]:
                stacked[edge] = True
                stack[size] = edge
                size += 1
            if depth[other] < 0:
                depth[other] = depth[node] + 1
                low[other] = depth[other]
                entry[other] = edge
                path[height] = other
                height += 1
            else:
                low[node] = min(low[node], depth[other])
            continue
        height -= 1
        if height == 0:
            break
        above = path[height - 1]
        low[above] = min(low[above], low[node])
        if low[node] >= depth[above]:
            edge = -1
            while edge != entry[node]:
                size -= 1
                edge = stack[size]
                block[edge] = blocks
            tops[blocks] = above
            blocks += 1
    return block, tops[:blocks]


@dataclass(frozen=True, eq=False)
class Block:
    """One problem of its own.

    Attributes
    ----------
    edges
        Edges of the graph, int64.
    instance
        The problem; its edges are these, in this order.
    """

    edges: IntArray
    instance: SteinerInstance


def split_blocks(graph: Graph) -> list[Block]:
    """Take a graph apart; trees over the terminals of each block make up a tree of the whole, at the same cost.

    Parameters
    ----------
    graph
        A graph that connects its terminals, without loops.

    Returns
    -------
    list of Block
        Those that every tree passes through, smallest first.
    """
    root = int(graph.terminals[0])
    block, tops = _edge_blocks(graph.start, graph.arcs, graph.neighbour, root)
    order = np.argsort(block, kind="stable")
    order = order[np.searchsorted(block[order], 0) :]
    pieces = np.split(order, np.cumsum(np.bincount(block[order], minlength=tops.size))[:-1])
    below = graph.is_terminal.astype(np.int64)  # terminals in what hangs at a node, itself included
    result = []
    for edges, top in zip(pieces, tops.tolist(), strict=True):  # what hangs below comes first
        nodes = np.unique(np.concatenate((graph.tail[edges], graph.head[edges])))
        inside = nodes[nodes != top]
        needed = inside[below[inside] > 0]
        count = int(below[inside].sum())
        below[top] += count
        if count == 0:
            continue
        terminals = np.append(needed, top)
        result.append(_block(graph, edges, nodes, terminals))
    result.sort(key=lambda part: part.edges.size)
    return result


def _block(graph: Graph, edges: IntArray, nodes: NodeArray, terminals: NodeArray) -> Block:
    tail, head, terminals = (
        np.searchsorted(nodes, names).astype(np.int32)
        for names in (graph.tail[edges], graph.head[edges], terminals)
    )
    return Block(edges, SteinerInstance(nodes.size, tail, head, graph.cost[edges], terminals))
