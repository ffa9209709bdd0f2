"""Soft loan: the state lends below the market rate (`docs/cost-split.md` §12.13)."""

from __future__ import annotations

from fractions import Fraction

from fiberplan.finance.flows import CashFlow
from fiberplan.finance.instruments.instrument import TermsInstrument
from fiberplan.finance.loans import repay_loan
from fiberplan.finance.positions import Effect, Line, Position
from fiberplan.money import round_half_up
from fiberplan.project import terms


class SoftLoan(TermsInstrument[terms.SoftLoan]):
    """A loan below the market rate on a share of the operator's own money for the building."""

    kind = "soft_loan"
    place = 50
    words = "finance.soft_loan"

    def effect(self, position: Position, *, paid: CashFlow | None = None) -> Effect:
        """Lend and be paid back; `check_terms` makes sure that all is paid back in time.

        Parameters
        ----------
        position
            Of the operator, after the instruments before.
        paid
            What the state pays out by year, where that is settled.
        """
        wanted = round_half_up(position.to_finance * Fraction(self.terms.share))
        principal = wanted if paid is None else paid[0]
        debt = repay_loan(
            principal,
            rate=self.terms.rate,
            term_years=self.terms.term_years,
            grace_years=self.terms.grace_years,
            method=self.terms.method,
        )
        fill = CashFlow.zero(position.years)
        return Effect(
            instrument=self.name,
            operator=position.operator,
            book={
                Line.DRAWDOWN: debt.drawdown + fill,
                Line.INTEREST: fill - debt.interest,
                Line.REPAYMENT: fill - debt.repayment,
            },
            outlay=debt.drawdown + fill,
            is_grant=False,
            debt=debt,
        )
