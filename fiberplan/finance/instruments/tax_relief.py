"""Tax relief: a tax holiday and a credit (`docs/cost-split.md` §12.16)."""

from __future__ import annotations

from fractions import Fraction

from fiberplan.finance.flows import CashFlow
from fiberplan.finance.instruments.instrument import TermsInstrument
from fiberplan.finance.positions import Effect, Line, Position
from fiberplan.money import round_half_up
from fiberplan.project import terms


class TaxRelief(TermsInstrument[terms.TaxRelief]):
    """A tax holiday, and a credit for the operator's own money in the building."""

    kind = "tax_relief"
    place = 80
    words = "finance.tax_relief"

    def effect(self, position: Position, *, paid: CashFlow | None = None) -> Effect:  # noqa: ARG002 - nothing is paid out
        """Forgo tax.

        Parameters
        ----------
        position
            Of the operator, after the instruments before.
        paid
            What the state pays out by year, where that is settled.
        """
        credit = round_half_up(position.to_finance * Fraction(self.terms.credit_share))
        first = position.terms.joins_year + 1
        forgone = []
        for year, tax in enumerate(position.tax):
            if first <= year < first + self.terms.holiday_years:
                forgone.append(tax)
                continue
            used = min(credit, tax)
            credit -= used
            forgone.append(used)
        return Effect(
            instrument=self.name,
            operator=position.operator,
            book={Line.TAX: CashFlow(tuple(forgone))},
            outlay=CashFlow.zero(position.years),
        )
