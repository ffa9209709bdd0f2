"""Viability gap: the smallest grant that closes a business case (`docs/cost-split.md` §12.15)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from fiberplan.finance.instruments.instrument import TermsInstrument, capped, in_year_0
from fiberplan.finance.positions import Effect, Line, Position
from fiberplan.finance.viability import smallest_grant
from fiberplan.project import terms

if TYPE_CHECKING:
    from fiberplan.finance.flows import CashFlow


class ViabilityGap(TermsInstrument[terms.ViabilityGap]):
    """The smallest grant that closes the business case, with all that is stacked after it."""

    kind = "viability_gap"
    place = 60
    words = "finance.viability_gap"

    def effect(self, position: Position, *, paid: CashFlow | None = None) -> Effect:
        """Ask for the gap, up to the cap.

        Parameters
        ----------
        position
            Of the operator, after the instruments before.
        paid
            What the state pays out by year, where that is settled.
        """
        if paid is None:
            gap = 0 if position.value_with_grant is None else smallest_grant(position.value_with_grant)
            paid = in_year_0(capped(gap, self.terms.cap, position), position)
        return Effect(
            instrument=self.name, operator=position.operator, book={Line.VIABILITY_GRANT: paid}, outlay=paid
        )
