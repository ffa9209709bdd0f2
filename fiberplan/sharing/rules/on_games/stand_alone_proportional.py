"""In proportion to the cost alone."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

from fiberplan.sharing.rules.division import divide
from fiberplan.sharing.rules.rule import GameRule

if TYPE_CHECKING:
    from fractions import Fraction

    from fiberplan.sharing.games.game import CostGame
    from fiberplan.sharing.games.players import Player


@dataclass(frozen=True, slots=True)
class StandAloneProportional(GameRule):
    """In proportion to what each costs alone, ``c(N) c(i) / sum of c(j)``.

    Moriarity 1975, *Another approach to allocating joint costs*, The Accounting Review 50: everybody saves the same
    part of its own cost.
    """

    name: ClassVar[str] = "stand-alone-proportional"
    place: ClassVar[int] = 50

    def __call__(self, game: CostGame) -> dict[Player, Fraction]:
        """Share the cost of the grand coalition."""
        return divide(game.total, game.stand_alone())
