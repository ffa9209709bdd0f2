"""Public share: the part of the costs that the split gives to the state (`docs/cost-split.md` §12.10)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

from fiberplan.finance.positions import Effect, Line, Position

if TYPE_CHECKING:
    from fiberplan.finance.flows import CashFlow


@dataclass(frozen=True, slots=True)
class PublicShare:
    """The share of every asset class that `FundingPolicy` and the split give: the basic case."""

    place: ClassVar[int] = 0

    name: str = "public_share"
    operators: tuple[str, ...] = ()

    def effect(self, position: Position, *, paid: CashFlow | None = None) -> Effect:
        """Bear that part of the costs.

        Parameters
        ----------
        position
            Of the operator, after the instruments before.
        paid
            What the state pays out by year, where that is settled.
        """
        outlay = position.share if paid is None else paid
        return Effect(
            instrument=self.name, operator=position.operator, book={Line.COST: outlay}, outlay=outlay
        )
