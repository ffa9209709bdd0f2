"""Sequential equal contributions along a line."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING, ClassVar

from fiberplan.errors import SharingError
from fiberplan.sharing.games.networks import as_fixed_network
from fiberplan.sharing.rules.rule import GameRule
from fiberplan.sharing.rules.shapley_value import by_segment

if TYPE_CHECKING:
    from fractions import Fraction

    from fiberplan.sharing.games.game import CostGame
    from fiberplan.sharing.games.players import Player


@dataclass(frozen=True, slots=True)
class Airport(GameRule):
    """Sequential equal contributions: each further piece of a line in equal parts among those who reach it.

    Littlechild and Owen 1973 (the Shapley value of the airport game); the serial rule of Moulin and Shenker 1992 for a
    capacity. It needs a game in which a coalition costs what its most demanding member does.
    """

    name: ClassVar[str] = "airport"
    place: ClassVar[int] = 210

    def __call__(self, game: CostGame) -> dict[Player, Fraction]:
        """Share the cost of the grand coalition.

        Raises
        ------
        SharingError
            The game is not an airport game.
        """
        network = as_fixed_network(game)
        groups = sorted(network.segments, key=len)
        if not all(inner < outer for inner, outer in pairwise(groups)):
            raise SharingError("the game is no airport game: its users are not in one line")
        return by_segment(network)
