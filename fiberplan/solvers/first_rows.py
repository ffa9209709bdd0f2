"""The rows that a linear programme of cuts begins with: what dual ascent raised, and flow balance."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from fiberplan.solvers.cut_rows import entering_arcs
from fiberplan.solvers.flow_rows import add_flow_rows
from fiberplan.solvers.rows import Rows

if TYPE_CHECKING:
    from fiberplan.solvers.arrays import BoolArray, Graph
    from fiberplan.solvers.dual_ascent import DualAscent

SEED_ENTRIES = 150_000
"""Entries of the cuts of dual ascent, at most, unless all are wanted."""


def seed_rows(graph: Graph, ascent: DualAscent, useless: BoolArray, *, whole: bool = False) -> Rows:
    """Take the cuts of a dual ascent, dearest first, and flow balance.

    Parameters
    ----------
    graph
        The graph.
    ascent
        A dual ascent that kept its cuts.
    useless
        Arcs to leave out, bool[2m].
    whole
        Whether to take all cuts, however many entries they have.
    """
    rows = Rows()
    cuts = list(ascent.cuts())
    chosen = []
    entries = 0
    for number in np.argsort(-ascent.values, kind="stable").tolist():
        chosen.append(entering_arcs(graph, cuts[number], useless))
        entries += chosen[-1].size
        if entries > SEED_ENTRIES and not whole:
            break
    if chosen:  # none if all terminals are reached for nothing
        rows.add_cuts(np.array([arcs.size for arcs in chosen]), np.concatenate(chosen))
    add_flow_rows(graph, useless, rows)
    return rows
