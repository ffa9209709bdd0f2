"""Ducts that the state lends, so that leases are borne by it (`docs/cost-split.md` §12.10)."""

from __future__ import annotations

from fractions import Fraction

from fiberplan.finance.flows import CashFlow
from fiberplan.finance.instruments.instrument import TermsInstrument
from fiberplan.finance.positions import Effect, Line, Position
from fiberplan.money import round_half_up
from fiberplan.project import terms


class InKindDucts(TermsInstrument[terms.InKindDucts]):
    """Leases of ducts are borne by the state, which owns the ducts: no cash, but a cost that somebody else bears."""

    kind = "in_kind_ducts"
    place = 10
    words = "finance.in_kind_ducts"

    def effect(self, position: Position, *, paid: CashFlow | None = None) -> Effect:  # noqa: ARG002 - no cash is paid
        """Take over the lease, as far as the operator still pays it.

        Parameters
        ----------
        position
            Of the operator, after the instruments before.
        paid
            What the state pays out by year, where that is settled.
        """
        cost = -position.line(Line.COST)
        saved = CashFlow(
            tuple(
                min(max(0, left), round_half_up(lease * Fraction(self.terms.share)))
                for lease, left in zip(position.lease, cost, strict=True)
            )
        )
        return Effect(
            instrument=self.name,
            operator=position.operator,
            book={Line.COST: saved},
            outlay=CashFlow.zero(position.years),
            value_lent=int(self.terms.asset_value * position.minor_per_major),
        )
