"""Claw-back: public money comes back where revenue beats the plan (`docs/cost-split.md` §12.16)."""

from __future__ import annotations

from fractions import Fraction

from fiberplan.finance.flows import CashFlow
from fiberplan.finance.instruments.instrument import TermsInstrument
from fiberplan.finance.positions import Effect, Line, Position
from fiberplan.money import round_half_up
from fiberplan.project import terms


class ClawBack(TermsInstrument[terms.ClawBack]):
    """A share of the revenue above the plan, until the public money has come back."""

    kind = "claw_back"
    place = 70
    words = "finance.claw_back"

    def effect(self, position: Position, *, paid: CashFlow | None = None) -> Effect:  # noqa: ARG002 - nothing is paid out
        """Pay back.

        Parameters
        ----------
        position
            Of the operator, after the instruments before.
        paid
            What the state pays out by year, where that is settled.
        """
        left = position.public_money + position.line(Line.CLAW_BACK).total
        back = []
        for planned, earned in zip(position.planned_revenue, position.line(Line.REVENUE), strict=True):
            above = earned - planned * (1 + Fraction(self.terms.threshold))
            amount = min(max(0, left), round_half_up(max(Fraction(0), above) * Fraction(self.terms.share)))
            left -= amount
            back.append(-amount)
        return Effect(
            instrument=self.name,
            operator=position.operator,
            book={Line.CLAW_BACK: CashFlow(tuple(back))},
            outlay=CashFlow.zero(position.years),
            is_grant=False,
        )
