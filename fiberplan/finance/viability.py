"""The viability gap: the smallest grant that makes a business case close, proven to the minor unit.

(`docs/cost-split.md` §12.15.)
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from fiberplan.errors import MoneyError

if TYPE_CHECKING:
    from collections.abc import Callable
    from fractions import Fraction

_DOUBLINGS: Final = 200


def smallest_grant(net_value: Callable[[int], Fraction]) -> int:
    """Find the smallest grant at which a net present value is not negative.

    Viability gap funding pays a project just what it lacks to be worth building (Government of India, *Scheme for
    Financial Support to Public Private Partnerships in Infrastructure*, 2006). The value is evaluated exactly, and the
    answer is checked on both sides: with it the case closes, with one minor unit less it does not.

    Parameters
    ----------
    net_value
        Exact net present value with a grant of so many minor units; it never falls as the grant grows.

    Raises
    ------
    MoneyError
        No grant closes the case.

    Examples
    --------
    >>> from fractions import Fraction
    >>> smallest_grant(lambda grant: Fraction(grant) - Fraction(701, 3))
    234
    """
    start = net_value(0)
    if start >= 0:
        return 0
    low, high = 0, max(1, -(start.numerator // start.denominator))
    for _ in range(_DOUBLINGS):
        if net_value(high) >= 0:
            break
        low, high = high, 2 * high
    else:
        raise MoneyError("no grant makes the net present value positive")
    while high - low > 1:
        middle = (low + high) // 2
        if net_value(middle) >= 0:
            high = middle
        else:
            low = middle
    assert net_value(high - 1) < 0 <= net_value(high), "one unit less must miss"
    return high
