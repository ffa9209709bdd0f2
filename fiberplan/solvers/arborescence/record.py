"""What is known during a search for a tree of arcs: the best one, a bound, log and clock."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from fiberplan.solvers.run.journal import Journal

if TYPE_CHECKING:
    from collections.abc import Callable

    from fiberplan.solvers.problem.steiner import IntArray
    from fiberplan.solvers.run.report import LogEntry


class ArborescenceRecord(Journal):
    """Keeps the best tree of arcs and the best bound.

    Parameters
    ----------
    arc_cost
        Cost of each arc of the whole problem.
    offset
        What every tree costs besides.
    time_limit_s, progress
        As in `Journal`.

    Attributes
    ----------
    offset
        As given.
    """

    def __init__(
        self,
        arc_cost: IntArray,
        offset: int,
        time_limit_s: float,
        progress: Callable[[LogEntry], None] | None = None,
    ) -> None:
        super().__init__(time_limit_s, progress)
        self.offset = offset
        self._arc_cost = arc_cost

    @property
    def arcs(self) -> IntArray:
        """Arcs of the best tree, sorted."""
        return self.chosen

    def offer(self, arcs: IntArray, stage: str) -> None:
        """Take a tree as incumbent if it is the cheapest.

        Parameters
        ----------
        arcs
            Its arcs.
        stage
            Stage that found it.
        """
        cost = int(self._arc_cost[arcs].sum()) + self.offset
        self.take(cost, np.sort(arcs), stage)
