"""Each segment in equal parts among its users."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

from fiberplan.sharing.games.networks import as_fixed_network
from fiberplan.sharing.rules.rule import GameRule
from fiberplan.sharing.rules.shapley_value import by_segment

if TYPE_CHECKING:
    from fractions import Fraction

    from fiberplan.sharing.games.game import CostGame
    from fiberplan.sharing.games.players import Player


@dataclass(frozen=True, slots=True)
class ShapleyBySegment(GameRule):
    """Each segment in equal parts among those who use it: the Shapley value of a fixed network.

    Littlechild and Owen 1973, *A simple expression for the Shapley value in a special case*, Management Science 20. A
    game that is not made of segments is taken apart into them, which is possible in one way at most.
    """

    name: ClassVar[str] = "shapley-by-segment"
    place: ClassVar[int] = 200

    def __call__(self, game: CostGame) -> dict[Player, Fraction]:
        """Share the cost of the grand coalition."""
        return by_segment(as_fixed_network(game))
