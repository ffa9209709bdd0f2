"""Business cases: take-up, revenue and own costs of an operator by year (`docs/cost-split.md` §12.7)."""

from __future__ import annotations

from decimal import Decimal, localcontext
from typing import TYPE_CHECKING, Final

from fiberplan.finance.flows import CashFlow
from fiberplan.money import round_half_up

if TYPE_CHECKING:
    from collections.abc import Sequence

    from fiberplan.project.terms import BusinessTerms, LogisticTakeUp

MONTHS: Final = 12
_DIGITS: Final = Decimal("0.000001")
_PRECISION: Final = 40


def logistic_share(curve: LogisticTakeUp, year: int) -> Decimal:
    """Share that has taken up the service in a year, to six digits: ``s / (1 + exp(-k * (t - m)))``.

    Computed in decimals, so that every machine gives the same digits.

    Parameters
    ----------
    curve
        Final share, midpoint and growth.
    year
        From year 0.

    Examples
    --------
    >>> from fiberplan.project.terms import LogisticTakeUp
    >>> logistic_share(LogisticTakeUp(final_share="0.8", midpoint_year=3), 3)
    Decimal('0.400000')
    """
    with localcontext(prec=_PRECISION):
        steps = -curve.growth_per_year * (year - curve.midpoint_year)
        return (curve.final_share / (1 + steps.exp())).quantize(_DIGITS)


def take_up_shares(terms: BusinessTerms, years: int, *, actual: bool = False) -> tuple[Decimal, ...]:
    """Give the share of connected units that pay, for the years 0 to the last; nobody pays in year 0.

    Parameters
    ----------
    terms
        The business case.
    years
        The last year.
    actual
        What happens, where the terms have that, in place of the plan.

    Examples
    --------
    >>> from fiberplan.project.terms import BusinessTerms
    >>> [str(share) for share in take_up_shares(BusinessTerms(take_up=("0.2", "0.5")), 3)]
    ['0', '0.2', '0.5', '0.5']
    """
    given: Sequence[Decimal] = terms.take_up
    if actual and terms.actual_take_up:
        given = terms.actual_take_up
    elif terms.logistic is not None:
        given = [logistic_share(terms.logistic, year) for year in range(1, years + 1)]
    if not given:
        given = (Decimal(1),)
    start = terms.joins_year
    shares = (
        given[min(year, len(given)) - 1] if year > start else Decimal(0) for year in range(1, years + 1)
    )
    return (Decimal(0), *shares)


def revenue(
    terms: BusinessTerms, units: int, years: int, *, minor_per_major: int, actual: bool = False
) -> CashFlow:
    """Revenue by year: connected units, times take-up, times twelve monthly revenues, rounded once a year.

    Parameters
    ----------
    terms
        The business case.
    units
        Connected units.
    years
        The last year.
    minor_per_major
        Of the currency.
    actual
        What happens, in place of the plan.

    Examples
    --------
    >>> from fiberplan.project.terms import BusinessTerms
    >>> revenue(BusinessTerms(arpu_per_month=20, take_up=("0.25", "0.5")), 10, 2, minor_per_major=100)
    CashFlow(amounts=(0, 60000, 120000))
    """
    monthly = terms.arpu_per_month * minor_per_major
    return _per_unit(monthly * MONTHS, units, take_up_shares(terms, years, actual=actual))


def own_opex(
    terms: BusinessTerms, units: int, years: int, *, minor_per_major: int, actual: bool = False
) -> CashFlow:
    """Own costs of the units that pay, by year; positive.

    Parameters
    ----------
    terms
        The business case.
    units
        Connected units.
    years
        The last year.
    minor_per_major
        Of the currency.
    actual
        What happens, in place of the plan.
    """
    return _per_unit(
        terms.opex_per_unit_year * minor_per_major, units, take_up_shares(terms, years, actual=actual)
    )


def _per_unit(yearly: Decimal, units: int, shares: Sequence[Decimal]) -> CashFlow:
    with localcontext(prec=100):  # products of what a person writes are exact
        return CashFlow(tuple(round_half_up(yearly * units * share) for share in shares))
