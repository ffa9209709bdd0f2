"""The nucleolus of relative gains."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from typing import TYPE_CHECKING, ClassVar

from fiberplan.errors import SharingError
from fiberplan.sharing.rules.rule import GameRule
from fiberplan.sharing.rules.stages import by_cost, lexicographic_shares

if TYPE_CHECKING:
    from fiberplan.sharing.games.game import CostGame
    from fiberplan.sharing.games.players import Player


@dataclass(frozen=True, slots=True)
class ProportionalNucleolus(GameRule):
    """The nucleolus of relative gains, ``(c(S) - x(S)) / c(S)``; a coalition that costs nothing pays nothing.

    Young, Okada and Hashimoto 1982, *Cost allocation in water resources development*, Water Resources Research 18
    (there from the proportional least core).
    """

    name: ClassVar[str] = "proportional-nucleolus"
    place: ClassVar[int] = 140

    def __call__(self, game: CostGame) -> dict[Player, Fraction]:
        """Share the cost of the grand coalition."""
        if game.total == 0:
            return dict.fromkeys(game.players, Fraction(0))
        try:
            return lexicographic_shares(game, by_cost)
        except SharingError as error:
            raise SharingError(f"the proportional nucleolus of this game is not defined: {error}") from error
