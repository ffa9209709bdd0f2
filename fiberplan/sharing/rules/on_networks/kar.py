"""The Shapley value of a spanning tree game."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

from fiberplan.sharing.games.spanning_tree import as_spanning_tree
from fiberplan.sharing.rules.on_games.shapley import Shapley
from fiberplan.sharing.rules.rule import GameRule

if TYPE_CHECKING:
    from fractions import Fraction

    from fiberplan.sharing.games.game import CostGame
    from fiberplan.sharing.games.players import Player


@dataclass(frozen=True, slots=True)
class Kar(GameRule):
    """The Shapley value of the spanning tree game.

    Kar 2002, *Axiomatization of the Shapley value on minimum cost spanning tree games*, Games and Economic Behavior
    38. It need not lie in the core.
    """

    name: ClassVar[str] = "kar"
    place: ClassVar[int] = 240

    def __call__(self, game: CostGame) -> dict[Player, Fraction]:
        """Share the cost of the grand coalition."""
        return Shapley()(as_spanning_tree(game, self.name))
