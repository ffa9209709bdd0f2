"""Separable costs, and the rest by remaining benefits."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from typing import TYPE_CHECKING, ClassVar

from fiberplan.sharing.rules.division import divide, left_over
from fiberplan.sharing.rules.rule import GameRule

if TYPE_CHECKING:
    from fiberplan.sharing.games.game import CostGame
    from fiberplan.sharing.games.players import Player


@dataclass(frozen=True, slots=True)
class SeparableCostsRemainingBenefits(GameRule):
    """Separable costs, and the rest by remaining benefits ``c(i) - m(i)``, with ``m(i) = c(N) - c(N without i)``.

    The alternate cost avoided method of the Tennessee Valley Authority (Ransmeier 1942; Straffin and Heaney 1981,
    *Game theory and the Tennessee Valley Authority*, Int. J. Game Theory 10). Where the remaining benefits sum to
    nothing while something is left, it is divided in equal parts.
    """

    name: ClassVar[str] = "scrb"
    place: ClassVar[int] = 70

    def __call__(self, game: CostGame) -> dict[Player, Fraction]:
        """Share the cost of the grand coalition."""
        separable, alone = game.marginal(), game.stand_alone()
        benefits = {player: alone[player] - separable[player] for player in game.players}
        if not sum(benefits.values(), Fraction(0)):
            benefits = dict.fromkeys(game.players, Fraction(1))
        parts = divide(left_over(game, separable), benefits)
        return {player: separable[player] + parts[player] for player in game.players}
