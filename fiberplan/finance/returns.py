"""Internal rates of return: every rate at which a cash flow is worth nothing (`docs/cost-split.md` §12.4)."""

from __future__ import annotations

import sys
from fractions import Fraction
from itertools import pairwise
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Sequence

    from fiberplan.finance.flows import CashFlow

_NEAR: Final = Fraction(1, 10**9)
_EIGHTHS: Final = 8
_OCTAVES: Final = 10
_FAR: Final = (16, 32, 64)
_PRECISION: Final = 1e-14


def internal_rates(flow: CashFlow) -> tuple[float, ...]:
    """Find all rates above -100 % at which the present value of a flow is zero, ascending.

    With ``x = 1 / (1 + r)`` the value is a polynomial in ``x``, so there are at most as many rates as the signs of
    the amounts change, and fewer by an even number (Descartes 1637). The exact sign of the value is taken at a grid of
    rates and closely around every root that `numpy.roots` suggests; where it changes, `scipy.optimize.brentq` finds the root.

    Returns
    -------
    tuple of float
        Per year. Empty if there is none: the flow never changes its sign, or is negative (positive) at every rate.
        Several where the flow changes its sign more than once; then none of them decides by itself whether the flow is
        worth having. A rate at which the value touches zero without changing its sign is left out.

    Examples
    --------
    >>> from fiberplan.finance.flows import CashFlow
    >>> [round(rate, 6) for rate in internal_rates(CashFlow((-1000, 600, 600)))]
    [0.130662]
    >>> [round(rate, 6) for rate in internal_rates(CashFlow((-1600, 10000, -10000)))]
    [0.25, 4.0]
    >>> internal_rates(CashFlow((100, 200)))
    ()
    """
    amounts = _trimmed(flow.amounts)
    if not sign_changes(amounts):
        return ()
    roots: list[float] = []
    before: tuple[Fraction, int] | None = None
    zero: Fraction | None = None
    for x in _points(amounts):
        sign = _sign(amounts, x)
        if not sign:
            zero = x
            continue
        if before is not None and sign != before[1]:
            roots.append(_root(amounts, before[0], x) if zero is None else float(zero))
        before, zero = (x, sign), None
    return tuple(sorted(1 / x - 1 for x in roots))


def sign_changes(amounts: Sequence[int]) -> int:
    """Count how often the sign changes from one amount that is not zero to the next.

    Examples
    --------
    >>> sign_changes([-5, 0, 3, -1])
    2
    """
    signs = [amount > 0 for amount in amounts if amount]
    return sum(a is not b for a, b in pairwise(signs))


def _trimmed(amounts: Sequence[int]) -> list[int]:
    """Leave out the years before the first and after the last amount; they change no root but zero."""
    years = [year for year, amount in enumerate(amounts) if amount]
    return list(amounts[years[0] : years[-1] + 1]) if years else []


def _points(amounts: Sequence[int]) -> list[Fraction]:
    """Places to look at, in ascending order: a grid over all rates, and close to each root that floats suggest."""
    import numpy as np  # noqa: PLC0415 - heavy

    grid = range(-_OCTAVES * _EIGHTHS, _OCTAVES * _EIGHTHS + 1)
    points = {Fraction(2.0 ** (step / _EIGHTHS)) for step in grid}
    points |= {Fraction(2) ** power for far in _FAR for power in (-far, far)}
    largest = max(abs(amount) for amount in amounts)
    for root in np.roots([float(Fraction(amount, largest)) for amount in reversed(amounts)]):
        if root.real > 0:
            guess = Fraction(float(root.real))
            points |= {guess * (1 - _NEAR), guess * (1 + _NEAR)}
    return sorted(points)


def _sign(amounts: Sequence[int], x: Fraction) -> int:
    """Sign of the exact value at ``x``, by Horner's rule in integers."""
    value, scale = 0, 1
    for amount in reversed(amounts):
        value = value * x.numerator + amount * scale
        scale *= x.denominator
    return (value > 0) - (value < 0)


def _root(amounts: Sequence[int], low: Fraction, high: Fraction) -> float:
    """Find the root between two places where the exact value has different signs, to a relative 1e-14.

    The value is taken relative to the sum of its terms' sizes: same sign, and no float overflows or loses it to zero.
    """
    from scipy.optimize import brentq  # noqa: PLC0415 - heavy

    def relative_value(x: float) -> float:
        at = Fraction(x)
        total = size = Fraction(0)
        for amount in reversed(amounts):
            total = total * at + amount
            size = size * at + abs(amount)
        return float(total / size)

    # the tolerance of brentq is absolute plus relative: the absolute part must not outweigh a small root
    xtol = max(float(low) * _PRECISION, sys.float_info.min)
    return float(brentq(relative_value, float(low), float(high), xtol=xtol, rtol=_PRECISION))
