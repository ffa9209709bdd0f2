"""A bound that holds in integers, from multipliers that an LP solver only suggests.

Multipliers of a first-order method use some arcs by a little more than they cost. They are rounded down, lowered where they overspend,
raised where they can be, and what is left of the costs goes to dual ascent.
Sources: Neumaier and Shcherbina (2004), Safe bounds in linear and mixed-integer linear programming; Wong (1984), for the rest.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from fiberplan.solvers.dual.ascent import ascend_dual
from fiberplan.solvers.kernels.jit import kernel
from fiberplan.solvers.problem.steiner import FORBIDDEN, MAX_TOTAL_COST, IntArray, exact_sum

if TYPE_CHECKING:
    from fiberplan.solvers.cuts.rows import Rows
    from fiberplan.solvers.problem.steiner import BoolArray, FloatArray, Graph

# ruff: noqa: PLR0913, PLR0917, C901

EXACT_LIMIT = 2**60
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


@kernel
def _settle(
    pointers: IntArray,
    arcs: IntArray,
    coefficients: IntArray,
    least: IntArray,
    order: IntArray,
    multipliers: IntArray,
    rest: IntArray,
) -> None:
    """Lower multipliers, in some order, that use arcs beyond their cost, then raise in the opposite order those that can be.

    Coefficients are 1 or -1. ``rest`` is what the multipliers leave of the costs; both change in place.
    """
    for row in order:
        over = 0
        for k in range(pointers[row], pointers[row + 1]):
            if coefficients[k] > 0:
                over = max(over, -rest[arcs[k]])
        over = min(over, multipliers[row])
        if over > 0:
            multipliers[row] -= over
            for k in range(pointers[row], pointers[row + 1]):
                rest[arcs[k]] += coefficients[k] * over
    for row in order[::-1]:
        if least[row] > 0:
            spare = FORBIDDEN
            for k in range(pointers[row], pointers[row + 1]):
                spare = min(spare, rest[arcs[k]])
            if 0 < spare < FORBIDDEN:
                multipliers[row] += spare
                for k in range(pointers[row], pointers[row + 1]):
                    rest[arcs[k]] -= spare


def prove_bound(
    graph: Graph,
    root: int,
    useless: BoolArray,
    rows: Rows,
    multipliers: FloatArray,
    *,
    arc_cost: IntArray | None = None,
) -> SafeBound | None:
    r"""Turn multipliers that an LP solver suggests into a bound that holds in integers.

    With integers :math:`y \ge 0` (in units of ``1 / scale``), the cost of every tree is
    :math:`\sum_i y_i b_i + \sum_a r_a x_a \ge \sum_i y_i b_i + \sum_a \min(0, r_a)` where :math:`r = c - A^T y`, whatever
    :math:`y` is, because every :math:`x_a` is 0 or 1. The positive part of :math:`r` is the cost of a problem on the same graph,
    which dual ascent bounds once more.

    Parameters
    ----------
    graph
        The graph.
    root
        The terminal that arcs lead away from.
    useless
        Arcs at zero.
    rows
        Rows valid for a best tree, with coefficients 1 and -1, the latter only where the right-hand side is 0.
    multipliers
        One a row.
    arc_cost
        Cost of each arc, int64[2m], `FORBIDDEN` only on useless ones; the cost of its edge by default.

    Returns
    -------
    SafeBound or None
        ``None`` if the multipliers are too large for exact arithmetic.
    """
    cost = graph.arc_cost if arc_cost is None else np.where(arc_cost < FORBIDDEN, arc_cost, 0)
    costlier = cost.reshape(-1, 2).max(axis=1)
    scale = max(1, min(FINEST_SCALE, EXACT_LIMIT // (exact_sum(costlier) + 1)))
    unrounded = np.maximum(np.nan_to_num(multipliers), 0.0) * scale
    if unrounded.max(initial=0) >= EXACT_LIMIT or unrounded @ (rows.sizes + 1) >= EXACT_LIMIT * 4:
        return None
    y = np.floor(unrounded).astype(np.int64)
    rest = cost * scale - np.asarray(rows.matrix(useless.size).T @ y, np.int64)
    pointers = np.concatenate(([0], np.cumsum(rows.sizes)))
    order = np.lexsort((y, -rows.least))
    _settle(pointers, rows.arcs, rows.coefficients, rows.least, order, y, rest)
    rest[useless] = 0
    scaled = int(np.sum(y * rows.least)) - exact_sum(np.maximum(-rest, 0))
    # Less slack proves less, but an arc that may be used must not look forbidden.
    slack = np.where(useless, FORBIDDEN, np.clip(rest, 0, MAX_TOTAL_COST))
    ascent = ascend_dual(graph, root, arc_cost=slack)
    if ascent.bound is None:
        return None
    return SafeBound(scaled + ascent.bound, scale, ascent.slack)
