"""Loans: what is owed, paid in interest and paid back, year by year (`docs/cost-split.md` §12.5)."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from typing import TYPE_CHECKING

from fiberplan.errors import MoneyError
from fiberplan.finance.flows import CashFlow
from fiberplan.money import apportion, round_half_up
from fiberplan.project.terms import RepaymentMethod

if TYPE_CHECKING:
    from decimal import Decimal


@dataclass(frozen=True, slots=True)
class DebtSchedule:
    """A loan drawn in year 0, by year, minor units, none of them negative.

    Attributes
    ----------
    drawdown, interest, repayment
        What is paid in each year.
    balance
        What is owed at the end of each year.
    """

    drawdown: CashFlow
    interest: CashFlow
    repayment: CashFlow
    balance: CashFlow

    @property
    def service(self) -> CashFlow:
        """Interest and repayment together."""
        return self.interest + self.repayment


def repay_loan(
    principal: int,
    *,
    rate: Decimal,
    term_years: int,
    grace_years: int = 0,
    method: RepaymentMethod = RepaymentMethod.ANNUITY,
) -> DebtSchedule:
    """Work out the schedule of a loan.

    Interest of a year is the balance at its start times the rate. In the years of grace only interest is paid. A
    level payment is ``P * r / (1 - (1 + r)**-n)``, ``P / n`` without interest (Brealey, Myers and Allen, *Principles of
    Corporate Finance*, ch. 2); the last repayment is what is left.

    Parameters
    ----------
    principal
        Drawn in year 0, minor units.
    rate
        Interest a year.
    term_years
        Years of repayment, which follow on the grace.
    grace_years
        Years from year 1 in which only interest is paid.
    method
        Level payments, or level repayments.

    Raises
    ------
    MoneyError
        The principal or the rate is negative, or no year is left to repay in.

    Examples
    --------
    >>> from decimal import Decimal
    >>> loan = repay_loan(1000, rate=Decimal("0.1"), term_years=2, grace_years=1)
    >>> loan.interest.amounts, loan.repayment.amounts, loan.balance.amounts
    ((0, 100, 100, 52), (0, 0, 476, 524), (1000, 1000, 524, 0))
    """
    if principal < 0 or rate < 0 or term_years < 1 or grace_years < 0:
        raise MoneyError(
            f"no loan of {principal} at {rate} with {grace_years} years of grace can be repaid in {term_years} years"
        )
    last = grace_years + term_years
    level = _level_payment(principal, rate, term_years)
    equal = apportion(principal, dict.fromkeys(range(1, term_years + 1), 1))
    interest, repayment, balance = [0], [0], [principal]
    for year in range(1, last + 1):
        owed = balance[-1]
        due = round_half_up(owed * Fraction(rate))
        if year <= grace_years:
            back = 0
        elif year == last:
            back = owed
        elif method is RepaymentMethod.LINEAR or not rate:
            back = equal[year - grace_years]
        else:
            back = min(owed, max(0, level - due))
        interest.append(due)
        repayment.append(back)
        balance.append(owed - back)
    return DebtSchedule(
        CashFlow.of({0: principal}, last),
        CashFlow(tuple(interest)),
        CashFlow(tuple(repayment)),
        CashFlow(tuple(balance)),
    )


def _level_payment(principal: int, rate: Decimal, years: int) -> int:
    if not rate:
        return 0
    growth = (1 + Fraction(rate)) ** years
    return round_half_up(principal * Fraction(rate) * growth / (growth - 1))
