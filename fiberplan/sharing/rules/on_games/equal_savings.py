"""The same saving for everybody."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from typing import TYPE_CHECKING, ClassVar

from fiberplan.sharing.rules.rule import GameRule

if TYPE_CHECKING:
    from fiberplan.sharing.games.game import CostGame
    from fiberplan.sharing.games.players import Player


@dataclass(frozen=True, slots=True)
class EqualSavings(GameRule):
    """Everybody saves the same, ``c(i) - (sum of c(j) - c(N)) / n``.

    The centre of the imputation set (Driessen and Funaki 1991, *Coincidence of and collinearity between game theoretic
    solutions*, OR Spektrum 13).
    """

    name: ClassVar[str] = "equal-savings"
    place: ClassVar[int] = 60

    def __call__(self, game: CostGame) -> dict[Player, Fraction]:
        """Share the cost of the grand coalition."""
        alone = game.stand_alone()
        saved = (sum(alone.values(), Fraction(0)) - game.total) / game.size
        return {player: cost - saved for player, cost in alone.items()}
