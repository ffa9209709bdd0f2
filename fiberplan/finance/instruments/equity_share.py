"""Equity share: a public fund pays in and gets dividends (`docs/cost-split.md` §12.14)."""

from __future__ import annotations

from fractions import Fraction

from fiberplan.finance.flows import CashFlow
from fiberplan.finance.instruments.instrument import TermsInstrument, in_year_0
from fiberplan.finance.positions import Effect, Line, Position
from fiberplan.money import round_half_up
from fiberplan.project import terms


class EquityShare(TermsInstrument[terms.EquityShare]):
    """A public fund pays a share of the own money for the building and gets dividends."""

    kind = "equity_share"
    place = 90
    words = "finance.equity_share"

    def effect(self, position: Position, *, paid: CashFlow | None = None) -> Effect:
        """Pay in, and get a share of what each year's operation leaves; where less is paid in, so is less paid out.

        Parameters
        ----------
        position
            Of the operator, after the instruments before.
        paid
            What the state pays out by year, where that is settled.
        """
        wanted = round_half_up(position.to_finance * Fraction(self.terms.share))
        outlay = in_year_0(wanted, position) if paid is None else paid
        share = self.terms.share if self.terms.dividend_share is None else self.terms.dividend_share
        part = Fraction(share) * Fraction(outlay[0], wanted) if wanted else Fraction(0)
        dividends = [
            0,
            *(-round_half_up(max(0, cash) * part) for cash in position.operating_cash.amounts[1:]),
        ]
        return Effect(
            instrument=self.name,
            operator=position.operator,
            book={Line.EQUITY: outlay, Line.DIVIDEND: CashFlow(tuple(dividends))},
            outlay=outlay,
            is_grant=False,
        )
