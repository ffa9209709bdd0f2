"""The same for everybody."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

from fiberplan.sharing.rules.rule import GameRule

if TYPE_CHECKING:
    from fractions import Fraction

    from fiberplan.sharing.games.game import CostGame
    from fiberplan.sharing.games.players import Player


@dataclass(frozen=True, slots=True)
class EqualParts(GameRule):
    """Everybody pays the same, ``c(N) / n`` (the egalitarian solution; e.g. Young 1994, *Cost allocation*)."""

    name: ClassVar[str] = "equal-parts"
    place: ClassVar[int] = 30

    def __call__(self, game: CostGame) -> dict[Player, Fraction]:
        """Share the cost of the grand coalition."""
        return dict.fromkeys(game.players, game.total / game.size)
