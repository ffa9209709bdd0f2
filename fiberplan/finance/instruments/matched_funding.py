"""Matched funding: public money for own money (`docs/cost-split.md` §12.11)."""

from __future__ import annotations

from fractions import Fraction
from typing import TYPE_CHECKING

from fiberplan.finance.instruments.instrument import TermsInstrument, capped, in_year_0
from fiberplan.finance.positions import Effect, Line, Position
from fiberplan.money import round_half_up
from fiberplan.project import terms

if TYPE_CHECKING:
    from fiberplan.finance.flows import CashFlow


class MatchedFunding(TermsInstrument[terms.MatchedFunding]):
    """Public money for own money: with ``k`` for each unit, the state pays ``k / (1 + k)`` of what is to be paid."""

    kind = "matched_funding"
    place = 20
    words = "finance.matched_funding"

    def effect(self, position: Position, *, paid: CashFlow | None = None) -> Effect:
        """Match the operator's own money for the building in year 0.

        Parameters
        ----------
        position
            Of the operator, after the instruments before.
        paid
            What the state pays out by year, where that is settled.
        """
        rate = Fraction(self.terms.rate)
        wanted = round_half_up(position.to_finance * rate / (1 + rate))
        outlay = in_year_0(capped(wanted, self.terms.cap, position), position) if paid is None else paid
        return Effect(
            instrument=self.name, operator=position.operator, book={Line.GRANT: outlay}, outlay=outlay
        )
