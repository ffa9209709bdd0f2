"""The ability to pay: the most that an operator's business case can carry (`docs/cost-split.md` §12.24)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from fiberplan.finance.business import own_opex, revenue
from fiberplan.finance.flows import CashFlow
from fiberplan.finance.positions import Line, Position
from fiberplan.finance.viability import smallest_grant

if TYPE_CHECKING:
    from collections.abc import Mapping
    from decimal import Decimal
    from fractions import Fraction

    from fiberplan.design.network import Design
    from fiberplan.project.model import Project
    from fiberplan.project.terms import BusinessTerms


def abilities_to_pay(
    project: Project, design: Design, *, business: Mapping[str, BusinessTerms] | None = None
) -> dict[str, int]:
    """Work out what each operator with a business case can pay for the network, minor units, present value.

    Parameters
    ----------
    project, design
        Of one plan; the units that an operator demands bring its revenue.
    business
        Business cases by operator, in place of the project's.
    """
    units = design.units_by_operator
    cases = project.settings.business if business is None else business
    return {
        operator: ability_to_pay(
            case,
            units[operator],
            project.settings.horizon_years,
            discount_rate=project.settings.discount_rate,
            minor_per_major=project.currency.minor_per_major,
        )
        for operator, case in sorted(cases.items())
        if units.get(operator)
    }


def ability_to_pay(
    terms: BusinessTerms, units: int, years: int, *, discount_rate: Decimal, minor_per_major: int
) -> int:
    """Find the largest payment in year 0 with which a business case closes, without any public money.

    The payment is a building cost: it is written off for tax. The result is checked on both sides, as for a
    viability gap.

    Parameters
    ----------
    terms
        The business case.
    units
        Connected units.
    years
        The last year.
    discount_rate
        Of an operator that names none of its own.
    minor_per_major
        Of the currency.

    Returns
    -------
    int
        Minor units; zero where the case closes by no payment at all.

    Examples
    --------
    Two years of 200 less 100 at 10 percent: 90.91 and 82.64.

    >>> from decimal import Decimal
    >>> from fiberplan.project.terms import BusinessTerms
    >>> case = BusinessTerms(arpu_per_month=Decimal("16.67"), opex_per_unit_year=Decimal("100.04"))
    >>> ability_to_pay(case, 1, 2, discount_rate=Decimal("0.1"), minor_per_major=100)
    17355
    """
    rate = discount_rate if terms.discount_rate is None else terms.discount_rate
    earned = revenue(terms, units, years, minor_per_major=minor_per_major)
    spent = own_opex(terms, units, years, minor_per_major=minor_per_major)
    zero = CashFlow.zero(years)

    def value_after(payment: int) -> Fraction:
        paid = CashFlow.of({0: payment}, years)
        return Position(
            operator="",
            years=years,
            terms=terms,
            discount_rate=rate,
            market_rate=rate,
            units=units,
            minor_per_major=minor_per_major,
            gross=paid,
            building=paid,
            lease=zero,
            share=zero,
            planned_revenue=earned,
            book={Line.COST: -paid, Line.REVENUE: earned, Line.OWN_OPEX: -spent},
        ).net_present_value

    if value_after(0) < 0:
        return 0
    # Nobody can pay more than all its revenue; what has to be taken off from that is searched as a grant is.
    most = earned.total
    return most - smallest_grant(lambda less: value_after(max(0, most - less)))
