"""Money as integers: currencies, exact rounding, exact division.

An amount is an ``int`` of the currency's minor unit (cent, rial). Floats end where money begins: prices are
`decimal.Decimal`, shares are `fractions.Fraction`, and whoever divides an amount uses `apportion`, so that the
parts sum to the whole (`docs/cost-split.md` §1).
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction
from functools import lru_cache
from typing import TYPE_CHECKING, Final, TypeVar

from fiberplan.errors import MoneyError

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

__all__ = [
    "CURRENCIES",
    "Currency",
    "apportion",
    "discount_ratio",
    "divide_half_up",
    "present_value",
    "round_half_up",
    "to_integers",
    "to_major",
    "to_minor",
    "total_present_value",
]

Rational = int | Decimal | Fraction

Key = TypeVar("Key", int, str, tuple[int, str])
"""Whatever parts are named by; it can be sorted."""


@dataclass(frozen=True, slots=True)
class Currency:
    """A currency by its ISO 4217 code.

    Attributes
    ----------
    code
        ISO 4217 code.
    minor_digits
        Decimal digits of the unit that amounts are counted in. ISO gives the rial two, but no price has had
        them for decades, so a rial is counted whole.
    display_code, display_factor
        The unit that people read amounts in and how many major units make one (a toman is ten rial).
    """

    code: str
    minor_digits: int
    display_code: str | None = None
    display_factor: int = 1

    @property
    def minor_per_major(self) -> int:
        """Minor units in one major unit."""
        return int(10**self.minor_digits)


CURRENCIES: Final[Mapping[str, Currency]] = {
    currency.code: currency
    for currency in (
        Currency("AED", 2),
        Currency("CHF", 2),
        Currency("EUR", 2),
        Currency("GBP", 2),
        Currency("INR", 2),
        Currency("IQD", 0),
        Currency("IRR", 0, display_code="IRT", display_factor=10),
        Currency("JPY", 0),
        Currency("TRY", 2),
        Currency("USD", 2),
    )
}


def divide_half_up(numerator: int, denominator: int) -> int:
    """Divide two integers, rounding halves away from zero.

    Parameters
    ----------
    numerator
        Any integer.
    denominator
        A positive one.

    Examples
    --------
    >>> divide_half_up(5, 2), divide_half_up(-5, 2), divide_half_up(7, 3)
    (3, -3, 2)
    """
    if denominator <= 0:
        raise MoneyError(f"denominator {denominator} is not positive")
    sign = -1 if numerator < 0 else 1
    return sign * ((2 * abs(numerator) + denominator) // (2 * denominator))


def round_half_up(amount: Rational) -> int:
    """Round an exact amount to whole minor units, halves away from zero.

    Examples
    --------
    >>> round_half_up(Decimal("2.5")), round_half_up(Fraction(-5, 2)), round_half_up(7)
    (3, -3, 7)
    """
    return divide_half_up(*amount.as_integer_ratio())


def to_minor(amount: Rational, currency: Currency) -> int:
    """Turn an exact amount of major units into minor units, halves away from zero.

    Parameters
    ----------
    amount
        Major units.
    currency
        Whose minor units.

    Examples
    --------
    >>> to_minor(Decimal("19.995"), CURRENCIES["EUR"])
    2000
    """
    numerator, denominator = amount.as_integer_ratio()
    return divide_half_up(numerator * currency.minor_per_major, denominator)


def to_major(amount: int, currency: Currency) -> Decimal:
    """Turn minor units into an exact `decimal.Decimal` of major units.

    Parameters
    ----------
    amount
        Minor units.
    currency
        Whose major units.

    Examples
    --------
    >>> to_major(1999, CURRENCIES["EUR"])
    Decimal('19.99')
    """
    return Decimal(amount).scaleb(-currency.minor_digits)


@lru_cache(maxsize=1024)
def discount_ratio(rate: Decimal, year: int) -> tuple[int, int]:
    """Give the discount factor of a year as numerator and denominator.

    Parameters
    ----------
    rate
        Per year, 0.08 for 8 percent.
    year
        Years from now, 0 or more.
    """
    numerator, denominator = (1 + rate).as_integer_ratio()
    if numerator <= 0:
        raise MoneyError(f"a discount rate of {rate} has no present value")
    return denominator**year, numerator**year


def present_value(amount: int, year: int, discount_rate: Decimal) -> int:
    """Discount an amount that falls due at the end of a year, rounded to a minor unit.

    The textbook present value ``A / (1 + r)**t``; year 0 is today (e.g. Brealey, Myers and Allen,
    *Principles of Corporate Finance*, ch. 2).

    Parameters
    ----------
    amount
        Minor units.
    year
        Years from now, 0 or more.
    discount_rate
        Per year, 0.08 for 8 percent.

    Examples
    --------
    >>> present_value(1_000_000, 2, Decimal("0.1"))
    826446
    """
    numerator, denominator = discount_ratio(discount_rate, year)
    return divide_half_up(amount * numerator, denominator)


def total_present_value(amount: int, years: Sequence[int], discount_rate: Decimal) -> int:
    """Discount an amount that falls due at the end of several years: `present_value` of each, added up.

    Parameters
    ----------
    amount
        Minor units.
    years
        A range or tuple of years from now.
    discount_rate
        Per year.

    Examples
    --------
    >>> total_present_value(1_000_000, range(1, 3), Decimal("0.1")) == 909_091 + 826_446
    True
    """
    ratios = _discount_ratios(tuple(years), discount_rate)
    return sum(divide_half_up(amount * numerator, denominator) for numerator, denominator in ratios)


@lru_cache(maxsize=1024)
def _discount_ratios(years: tuple[int, ...], rate: Decimal) -> tuple[tuple[int, int], ...]:
    return tuple(discount_ratio(rate, year) for year in years)


def to_integers(numbers: Iterable[Rational]) -> tuple[list[int], int]:
    """Scale exact numbers by their common denominator.

    Returns
    -------
    tuple
        The integers, and the denominator by which each number was multiplied.

    Examples
    --------
    >>> from fractions import Fraction
    >>> to_integers([Fraction(1, 2), Fraction(1, 3), 1])
    ([3, 2, 6], 6)
    """
    ratios = [number.as_integer_ratio() for number in numbers]
    scale = math.lcm(*(denominator for _, denominator in ratios))
    return [numerator * (scale // denominator) for numerator, denominator in ratios], scale


def apportion(total: int, weights: Mapping[Key, Rational]) -> dict[Key, int]:
    """Divide an amount by weights so that the parts sum to it exactly.

    The method of largest remainders (Hamilton's method; Balinski and Young, *Fair Representation*, 1982):
    each part is ``floor(T * w / W)``, and the units left go one each to the largest remainders,
    ties to the smaller key. No part is a whole unit away from its exact share.

    Parameters
    ----------
    total
        Minor units; a negative total is divided like its absolute value.
    weights
        Not negative, not all zero; any exact number.

    Returns
    -------
    dict
        The same keys in the same order.

    Raises
    ------
    MoneyError
        A weight is negative, or all are zero though the total is not.

    Examples
    --------
    >>> apportion(100, {"a": 1, "b": 1, "c": 1})
    {'a': 34, 'b': 33, 'c': 33}
    """
    if not weights:
        if total == 0:
            return {}
        raise MoneyError(f"{total} cannot be divided among nobody")
    keys = list(weights)
    if len(keys) == 1 and weights[keys[0]] > 0:
        return {keys[0]: total}
    scaled, _ = to_integers([weights[key] for key in keys])
    if min(scaled) < 0:
        raise MoneyError(f"the weight of {keys[scaled.index(min(scaled))]!r} is negative")
    whole = sum(scaled)
    if whole == 0:
        if total == 0:
            return dict.fromkeys(keys, 0)
        raise MoneyError(f"{total} cannot be divided by weights that are all zero")
    sign, magnitude = (-1 if total < 0 else 1), abs(total)
    floors, remainders = zip(*(divmod(magnitude * weight, whole) for weight in scaled), strict=True)
    left = magnitude - sum(floors)
    parts = list(floors)
    if left:
        order = sorted(range(len(keys)), key=lambda i: (-remainders[i], keys[i]))
        for i in order[:left]:
            parts[i] += 1
    return {key: sign * part for key, part in zip(keys, parts, strict=True)}
