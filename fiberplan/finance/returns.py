"""Internal rates of return: every rate at which a cash flow is worth nothing (`docs/cost-split.md` §12.4)."""

from __future__ import annotations

from fractions import Fraction
from itertools import pairwise
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Sequence

    from fiberplan.finance.flows import CashFlow

_FIRST_WIDTH: Final = Fraction(1, 10**9)
_WIDEST: Final = Fraction(1, 10**3)
_SAME: Final = 1e-9


def internal_rates(flow: CashFlow) -> tuple[float, ...]:
    """Find all rates above -100 % at which the present value of a flow is zero, ascending.

    With ``x = 1 / (1 + r)`` the value is a polynomial in ``x``, so there are at most as many rates as the signs of
    the amounts change, and fewer by an even number (Descartes 1637). Roots are suggested by `numpy.roots`, polished by
    `scipy.optimize.brentq`, and kept only where the exact value changes its sign around them.

    Returns
    -------
    tuple of float
        Per year. Empty if there is none: the flow never changes its sign, or is negative (positive) at every rate.
        Several where the flow changes its sign more than once; then none of them says by itself whether the flow is
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
    changes = sign_changes(amounts)
    if not changes:
        return ()
    found: list[float] = []
    for guess in _suggested(amounts):
        bracket = _bracket(amounts, guess)
        if bracket is not None:
            found.append(_polished(amounts, *bracket))
    rates = sorted(1 / x - 1 for x in found)
    return tuple(
        rate
        for number, rate in enumerate(rates)
        if not number or rate - rates[number - 1] > _SAME * (1 + rate)
    )


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
    there = [year for year, amount in enumerate(amounts) if amount]
    return list(amounts[there[0] : there[-1] + 1]) if there else []


def _suggested(amounts: Sequence[int]) -> list[float]:
    """Suggest positive roots in ascending order."""
    import numpy as np  # noqa: PLC0415 - heavy

    largest = max(abs(amount) for amount in amounts)
    roots = np.roots([float(Fraction(amount, largest)) for amount in reversed(amounts)])
    return sorted(float(root.real) for root in roots if root.real > 0 and abs(root.imag) <= 1e-4 * abs(root))


def _sign(amounts: Sequence[int], x: Fraction) -> int:
    """Sign of the exact value at ``x``, by Horner's rule in integers."""
    value, scale = 0, 1
    for amount in reversed(amounts):
        value = value * x.numerator + amount * scale
        scale *= x.denominator
    return (value > 0) - (value < 0)


def _bracket(amounts: Sequence[int], guess: float) -> tuple[Fraction, Fraction] | None:
    """Find the narrowest interval around a guess in which the exact value changes its sign, if there is one."""
    middle, width = Fraction(guess), _FIRST_WIDTH
    while width <= _WIDEST:
        low, high = middle * (1 - width), middle * (1 + width)
        if _sign(amounts, low) * _sign(amounts, high) < 0:
            return low, high
        width *= 10
    return None


def _polished(amounts: Sequence[int], low: Fraction, high: Fraction) -> float:
    from scipy.optimize import brentq  # noqa: PLC0415 - heavy

    largest = max(abs(amount) for amount in amounts)

    def value(x: float) -> float:
        at = Fraction(x)
        total = Fraction(0)
        for amount in reversed(amounts):
            total = total * at + amount
        return float(total / largest)

    return float(brentq(value, float(low), float(high), xtol=1e-15, rtol=1e-14))
