"""The rows that a linear programme of cuts begins with: what dual ascent raised, and flow balance."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from fiberplan.solvers.cuts.flow_rows import add_flow_rows
from fiberplan.solvers.cuts.rows import Rows
from fiberplan.solvers.cuts.separation import entering

if TYPE_CHECKING:
    from collections.abc import Callable

    from fiberplan.solvers.dual.ascent import DualAscent
    from fiberplan.solvers.problem.steiner import BoolArray, Graph

CHUNK = 5000
"""Cuts between two looks at the clock."""


def seed_rows(  # noqa: PLR0913 - the graph, the cuts and limits
    graph: Graph,
    ascent: DualAscent,
    useless: BoolArray,
    *,
    entries: int,
    stop: Callable[[], bool],
    widest: int | None = None,
) -> Rows:
    """Take the cuts of a dual ascent, costliest first, and flow balance.

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
        Called now and then; true ends the work, whatever is missing.
    widest
        Cuts with more arcs are left out; none by default.
    """
    rows = Rows()
    order = np.argsort(-ascent.values, kind="stable")
    for first in range(0, order.size, CHUNK):
        if stop():
            return rows
        spans = ascent.spans[order[first : first + CHUNK]]
        sizes, arcs = entering(graph.start, graph.arcs, graph.neighbour, ascent.nodes, spans, useless)
        if widest is not None:
            narrow = sizes <= widest
            arcs, sizes = arcs[np.repeat(narrow, sizes)], sizes[narrow]
        fitting = 1 + int(np.searchsorted(np.cumsum(sizes), entries - rows.arcs.size, side="right"))
        rows.add_cuts(sizes[:fitting], arcs[: int(sizes[:fitting].sum())])
        if rows.arcs.size > entries:
            break
    if not stop():
        add_flow_rows(graph, useless, rows)
    return rows
