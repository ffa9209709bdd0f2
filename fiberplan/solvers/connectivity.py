"""Who reaches whom by some of the arcs."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from fiberplan.solvers.jit import kernel

if TYPE_CHECKING:
    from fiberplan.solvers.arrays import BoolArray, Graph, IntArray, NodeArray


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
        Ask for the nodes that reach it.
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
