"""Fixed grant: paid as it is given, such as one for a floor (`docs/cost-split.md` §12.18)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import ClassVar

from fiberplan.finance.flows import CashFlow
from fiberplan.finance.positions import Effect, Line, Position


@dataclass(frozen=True, slots=True)
class FixedGrant:
    """A grant that is paid as it is given, such as one that a floor asks for."""

    place: ClassVar[int] = 30

    name: str
    grants: Mapping[str, CashFlow]
    operators: tuple[str, ...] = ()

    def effect(self, position: Position, *, paid: CashFlow | None = None) -> Effect:
        """Pay it.

        Parameters
        ----------
        position
            Of the operator, after the instruments before.
        paid
            What the state pays out by year, where that is settled.
        """
        given = self.grants.get(position.operator, CashFlow.zero(position.years))
        outlay = given if paid is None else paid
        return Effect(
            instrument=self.name, operator=position.operator, book={Line.GRANT: outlay}, outlay=outlay
        )
