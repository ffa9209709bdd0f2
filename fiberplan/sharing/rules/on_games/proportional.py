"""In proportion to given weights."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

from fiberplan.money import Rational
from fiberplan.sharing.games.players import Player
from fiberplan.sharing.rules.division import check_weights, divide
from fiberplan.sharing.rules.rule import GameRule

if TYPE_CHECKING:
    from fractions import Fraction

    from fiberplan.sharing.games.game import CostGame


@dataclass(frozen=True, slots=True)
class Proportional(GameRule):
    """In proportion to any key (Young 1994, *Cost allocation*, Handbook of Game Theory vol. 2, ch. 34).

    Attributes
    ----------
    weights
        Of every player, say its traffic or its units; by default what it costs alone, the only key a game has itself.
    """

    name: ClassVar[str] = "proportional"
    place: ClassVar[int] = 40
    needs_weights: ClassVar[bool] = True

    weights: Mapping[Player, Rational] | None = None

    def __call__(self, game: CostGame) -> dict[Player, Fraction]:
        """Share the cost of the grand coalition."""
        key = game.stand_alone() if self.weights is None else check_weights(self.weights, game.players)
        return divide(game.total, key)
