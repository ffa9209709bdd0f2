"""The linear programme of directed cuts, solved again as rows come: exactly if it is small, roughly if it is large.

Sources: Wong (1984); Koch and Martin (1998). The linear programmes are solved by OR-Tools (GLOP and PDLP).
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from fiberplan.solvers.cuts.first_order_lp import RoughPoint, solve_roughly
from fiberplan.solvers.cuts.growing_lp import GrowingLp
from fiberplan.solvers.problem.steiner import FORBIDDEN
from fiberplan.solvers.run.options import SharedOptions

if TYPE_CHECKING:
    from collections.abc import Callable

    from fiberplan.solvers.cuts.rows import Rows
    from fiberplan.solvers.problem.steiner import BoolArray, FloatArray, Graph, IntArray

USED = 1e-7
"""Cuts with smaller multipliers in a rough solution are dropped."""


class CutLp:
    """The LP over arcs of a graph.

    Parameters
    ----------
    graph
        The graph.
    useless
        Arcs to leave out, bool[2m].
    rows
        The rows to begin with.
    rough
        Whether a first-order method solves it instead of a simplex method.
    arc_cost
        Cost of each arc, int64[2m], `FORBIDDEN` only on useless ones; the cost of its edge by default.
    options
        What tunes the search; defaults if left out.

    Attributes
    ----------
    rows
        The rows; those added are taken up by the next `solve`, which may drop others.
    rough
        As given.
    tolerance
        Relative error of the next rough solution.
    violation
        By how much a row has to be violated to count. It decides about effort only, never about validity.
    """

    def __init__(  # noqa: PLR0913 - the programme and how to solve it
        self,
        graph: Graph,
        useless: BoolArray,
        rows: Rows,
        *,
        rough: bool = False,
        arc_cost: IntArray | None = None,
        options: SharedOptions | None = None,
    ) -> None:
        cost = graph.arc_cost if arc_cost is None else arc_cost
        self.rows = rows
        self.rough = rough
        self._options = options or SharedOptions()
        self.tolerance = self._options.first_tolerance
        self.violation = 10 * self.tolerance if rough else self._options.least_violation
        self._scale = max(1.0, float(cost[cost < FORBIDDEN].max(initial=0)) / 1000.0)
        self._arcs = np.flatnonzero(~useless)
        self._column = np.cumsum(~useless) - 1
        self._costs: FloatArray = cost[self._arcs] / self._scale
        self._lp = None if rough else GrowingLp(self._costs)
        self._point: RoughPoint | None = None

    def sharpen(self) -> bool:
        """Solve more sharply from now on, and count smaller violations; whether that is possible, as it always is for exact solutions."""
        if self.rough and self.tolerance <= self._options.last_tolerance:
            return False
        self.tolerance /= 2
        self.violation = max(self.violation / 2, self._options.least_violation)
        return True

    def solve(self, remaining: Callable[[], float]) -> tuple[FloatArray, FloatArray] | None:
        """Solve the LP.

        Parameters
        ----------
        remaining
            Seconds left.

        Returns
        -------
        tuple or None
            Value of each arc, float64[2m], and a multiplier of each row, both only as good as floating point is; ``None``
            if the solver has no answer, or no time is left.
        """
        answer = self._solve_exactly(remaining) if self._lp is not None else self._solve_roughly(remaining)
        if answer is None:
            return None
        x = np.zeros(self._column.size)
        x[self._arcs] = answer[0]
        return x, answer[1] * self._scale

    def _solve_exactly(self, remaining: Callable[[], float]) -> tuple[FloatArray, FloatArray] | None:
        assert self._lp is not None
        fresh = self.rows.after(self._lp.row_count)
        if len(fresh):
            self._lp.add_rows(fresh.sizes, self._column[fresh.arcs], fresh.coefficients, fresh.least)
        return None if remaining() <= 0 else self._lp.solve(remaining())

    def _solve_roughly(self, remaining: Callable[[], float]) -> tuple[FloatArray, FloatArray] | None:
        start = self._point
        if start is not None:
            fresh = len(self.rows) - start.y.size
            start = replace(start, y=np.append(start.y, np.zeros(fresh)))
            keep = (start.y > USED) | (self.rows.least == 0)
            keep[len(keep) - fresh :] = True
            self.rows = self.rows.select(keep)
            start = replace(start, y=start.y[keep])
        self._point = solve_roughly(
            self._costs,
            self.rows.matrix(self._column.size)[:, self._arcs],
            self.rows.least,
            start,
            tolerance=self.tolerance,
            seconds=remaining(),
        )
        return None if self._point is None else (self._point.x, self._point.y)
