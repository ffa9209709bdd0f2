"""Separable costs, and the rest in proportion to the cost alone."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

from fiberplan.sharing.rules.division import divide, left_over
from fiberplan.sharing.rules.rule import GameRule

if TYPE_CHECKING:
    from fractions import Fraction

    from fiberplan.sharing.games.game import CostGame
    from fiberplan.sharing.games.players import Player


@dataclass(frozen=True, slots=True)
class ProportionalNonSeparableCost(GameRule):
    """Separable costs, and the rest in proportion to what each costs alone.

    James and Lee 1971, *Economics of Water Resources Planning*; compared in Young, Okada and Hashimoto 1982.
    """

    name: ClassVar[str] = "pnsc"
    place: ClassVar[int] = 90

    def __call__(self, game: CostGame) -> dict[Player, Fraction]:
        """Share the cost of the grand coalition."""
        separable = game.marginal()
        parts = divide(left_over(game, separable), game.stand_alone())
        return {player: separable[player] + parts[player] for player in game.players}
