"""Guaranteed purchase: the state pays for capacity that is not sold (`docs/cost-split.md` §12.12)."""

from __future__ import annotations

from fractions import Fraction

from fiberplan.finance.business import MONTHS
from fiberplan.finance.flows import CashFlow
from fiberplan.finance.instruments.instrument import TermsInstrument
from fiberplan.finance.positions import Effect, Line, Position
from fiberplan.money import round_half_up
from fiberplan.project import terms


class GuaranteedPurchase(TermsInstrument[terms.GuaranteedPurchase]):
    """The state buys what is left of a guaranteed capacity, so that revenue does not fall short of it."""

    kind = "guaranteed_purchase"
    place = 40
    words = "finance.guaranteed_purchase"

    def effect(self, position: Position, *, paid: CashFlow | None = None) -> Effect:
        """Pay the shortfall of each guaranteed year.

        Parameters
        ----------
        position
            Of the operator, after the instruments before.
        paid
            What the state pays out by year, where that is settled.
        """
        price = (
            self.terms.price_per_month
            if self.terms.price_per_month is not None
            else position.terms.arpu_per_month
        )
        yearly = round_half_up(
            Fraction(price) * MONTHS * position.minor_per_major * position.units * Fraction(self.terms.share)
        )
        first = position.terms.joins_year + 1
        shortfall = {
            year: max(0, yearly - position.line(Line.REVENUE)[year] - position.line(Line.GUARANTEE)[year])
            for year in range(first, min(first + self.terms.years - 1, position.years) + 1)
        }
        outlay = CashFlow.of(shortfall, position.years) if paid is None else paid
        return Effect(
            instrument=self.name, operator=position.operator, book={Line.GUARANTEE: outlay}, outlay=outlay
        )
