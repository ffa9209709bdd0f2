"""The linear programme of directed cuts: rows added as they are violated, bounds exact in integers.

Sources: Wong (1984); Koch and Martin (1998); Neumaier and Shcherbina (2004), Safe bounds in linear and mixed-integer linear
programming, for a bound that floating point cannot spoil. The linear programmes are solved by OR-Tools (GLOP).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from scipy import sparse

from fiberplan.solvers.arrays import FORBIDDEN, IntArray, exact_sum
from fiberplan.solvers.growing_lp import GrowingLp

if TYPE_CHECKING:
    from collections.abc import Callable

    from fiberplan.solvers.arrays import BoolArray, FloatArray, Graph
    from fiberplan.solvers.cut_rows import Rows

EXACT_ROOM = 2**60
"""All scaled numbers stay below this, so that 64-bit sums are exact."""
FINEST_SCALE = 2**20


@dataclass(frozen=True, eq=False)
class SafeBound:
    """A bound that multipliers of rows prove, in units of ``1 / scale``.

    Attributes
    ----------
    scaled
        Lower bound times `scale`.
    scale
        How many units make one unit of cost.
    slack
        Reduced cost of each arc times `scale`, not negative, int64[2m]; `FORBIDDEN` on useless arcs.
    """

    scaled: int
    scale: int
    slack: IntArray

    @property
    def bound(self) -> int:
        """The bound in units of cost, rounded up, as every tree costs a whole number."""
        return -(-self.scaled // self.scale)


def prove_bound(graph: Graph, useless: BoolArray, rows: Rows, multipliers: FloatArray) -> SafeBound | None:
    r"""Turn multipliers that an LP solver suggests into a bound that holds in integers.

    With multipliers rounded down to integers :math:`y \ge 0` (in units of ``1 / scale``), the cost of every tree is
    :math:`\sum_i y_i b_i + \sum_a r_a x_a \ge \sum_i y_i b_i + \sum_a \min(0, r_a)` where :math:`r = c - A^T y`, whatever
    :math:`y` is, because every :math:`x_a` is 0 or 1.

    Parameters
    ----------
    graph
        The graph.
    useless
        Arcs at zero.
    rows
        Rows valid for a best tree.
    multipliers
        One a row.

    Returns
    -------
    SafeBound or None
        ``None`` if the multipliers are too large for exact arithmetic.
    """
    scale = max(1, min(FINEST_SCALE, EXACT_ROOM // (exact_sum(graph.cost) + 1)))
    wanted = np.maximum(np.nan_to_num(multipliers), 0.0) * scale
    size = (
        float(np.sum(wanted * np.array([arcs.size + 1 for arcs in rows.arcs], float))) if len(rows) else 0.0
    )
    if size >= EXACT_ROOM * 4:
        return None
    y = np.floor(wanted).astype(np.int64)
    pointers = np.concatenate(([0], np.cumsum([arcs.size for arcs in rows.arcs])))
    columns = np.concatenate(rows.arcs) if len(rows) else np.empty(0, np.int64)
    entries = np.concatenate(rows.coefficients) if len(rows) else np.empty(0, np.int64)
    matrix = sparse.csr_array((entries, columns, pointers), shape=(len(rows), 2 * graph.edge_count))
    spent = np.asarray(matrix.T @ y, np.int64)
    rest = np.where(useless, 0, graph.arc_cost * scale - spent)
    scaled = int(np.sum(y * np.array(rows.least, np.int64))) - exact_sum(np.maximum(-rest, 0))
    slack = np.where(useless, FORBIDDEN, np.clip(rest, 0, FORBIDDEN))
    return SafeBound(scaled, scale, slack)


class CutLp:
    """The LP over arcs of a graph, solved again as rows come.

    Parameters
    ----------
    graph
        The graph.
    useless
        Arcs to leave out, bool[2m].
    rows
        The rows; those added later are taken up by the next `solve`.
    """

    def __init__(self, graph: Graph, useless: BoolArray, rows: Rows) -> None:
        self._rows = rows
        self._scale = max(1.0, float(graph.cost.max(initial=0)) / 1000.0)
        self._arcs = np.flatnonzero(~useless)
        self._column = np.cumsum(~useless) - 1
        self._lp = GrowingLp(graph.arc_cost[self._arcs] / self._scale)

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
            if the solver has no basis with both, or no time is left.
        """
        arcs = self._rows.arcs[self._lp.row_count :]
        if arcs:
            self._lp.add_rows(
                np.array([one.size for one in arcs]),
                self._column[np.concatenate(arcs)],
                np.concatenate(self._rows.coefficients[self._lp.row_count :]),
                np.array(self._rows.least[self._lp.row_count :]),
            )
        if remaining() <= 0:
            return None
        answer = self._lp.solve(remaining())
        if answer is None:
            return None
        x = np.zeros(self._column.size)
        x[self._arcs] = answer[0]
        return x, answer[1] * self._scale
