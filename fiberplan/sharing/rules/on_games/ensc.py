"""Separable costs, and the rest in equal parts."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

from fiberplan.sharing.rules.division import left_over
from fiberplan.sharing.rules.rule import GameRule

if TYPE_CHECKING:
    from fractions import Fraction

    from fiberplan.sharing.games.game import CostGame
    from fiberplan.sharing.games.players import Player


@dataclass(frozen=True, slots=True)
class EqualNonSeparableCost(GameRule):
    """Separable costs, and the rest in equal parts (ENSC, also egalitarian non-separable cost, EANSC).

    Moulin 1985, *The separability axiom and equal-sharing methods*, J. Economic Theory 36.
    """

    name: ClassVar[str] = "ensc"
    place: ClassVar[int] = 80

    def __call__(self, game: CostGame) -> dict[Player, Fraction]:
        """Share the cost of the grand coalition."""
        separable = game.marginal()
        part = left_over(game, separable) / game.size
        return {player: cost + part for player, cost in separable.items()}
