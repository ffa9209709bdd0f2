"""The rows that a linear programme of cuts begins with: what dual ascent raised, and flow balance."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from fiberplan.solvers.flow_rows import add_flow_rows
from fiberplan.solvers.jit import kernel
from fiberplan.solvers.rows import Rows

if TYPE_CHECKING:
    from collections.abc import Callable

    from fiberplan.solvers.arrays import BoolArray, Graph, IntArray, NodeArray
    from fiberplan.solvers.dual_ascent import DualAscent

# ruff: noqa: PLR0913, PLR0917

CHUNK = 5000
"""Cuts between two looks at the clock."""


@kernel
def _entering(
    start: IntArray,
    arcs: NodeArray,
    neighbour: NodeArray,
    nodes: IntArray,
    spans: IntArray,
    useless: BoolArray,
) -> tuple[IntArray, IntArray]:
    """Collect the arcs that enter each of some sets of nodes, save useless ones: how many of each set, and which."""
    inside = np.full(start.size - 1, -1, np.int64)
    sizes = np.zeros(spans.shape[0], np.int64)
    found = np.empty(1024, np.int64)
    count = 0
    for row in range(spans.shape[0]):
        for place in range(spans[row, 0], spans[row, 1]):
            inside[nodes[place]] = row
        for place in range(spans[row, 0], spans[row, 1]):
            node = nodes[place]
            for k in range(start[node], start[node + 1]):
                if inside[neighbour[k]] == row or useless[arcs[k] ^ 1]:
                    continue
                if count == found.size:
                    longer = np.empty(2 * count, np.int64)
                    longer[:count] = found
                    found = longer
                found[count] = arcs[k] ^ 1
                count += 1
                sizes[row] += 1
    return sizes, found[:count]


def seed_rows(
    graph: Graph, ascent: DualAscent, useless: BoolArray, *, entries: int, stop: Callable[[], bool]
) -> Rows:
    """Take the cuts of a dual ascent, dearest first, and flow balance.

    Parameters
    ----------
    graph
        The graph.
    ascent
        A dual ascent that kept its cuts.
    useless
        Arcs to leave out, bool[2m].
    entries
        No more cuts once they have so many entries.
    stop
        Asked now and then; true ends the work, whatever is missing.
    """
    rows = Rows()
    order = np.argsort(-ascent.values, kind="stable")
    for first in range(0, order.size, CHUNK):
        if stop():
            return rows
        spans = ascent.spans[order[first : first + CHUNK]]
        sizes, arcs = _entering(graph.start, graph.arcs, graph.neighbour, ascent.nodes, spans, useless)
        wanted = 1 + int(np.searchsorted(np.cumsum(sizes), entries - rows.arcs.size, side="right"))
        rows.add_cuts(sizes[:wanted], arcs[: int(sizes[:wanted].sum())])
        if rows.arcs.size > entries:
            break
    if not stop():
        add_flow_rows(graph, useless, rows)
    return rows
