"""Rules of separable costs: everybody pays what it adds to all others, and a part of what is left."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from typing import TYPE_CHECKING, ClassVar

from fiberplan.sharing.rules.proportional import divide

if TYPE_CHECKING:
    from fiberplan.sharing.games.game import CostGame
    from fiberplan.sharing.games.players import Player


def _left(game: CostGame, separable: dict[Player, Fraction]) -> Fraction:
    return game.total - sum(separable.values(), Fraction(0))


@dataclass(frozen=True, slots=True)
class SeparableCostsRemainingBenefits:
    """Separable costs, and the rest by remaining benefits ``c(i) - m(i)``, with ``m(i) = c(N) - c(N without i)``.

    The alternate cost avoided method of the Tennessee Valley Authority (Ransmeier 1942; Straffin and Heaney 1981,
    *Game theory and the Tennessee Valley Authority*, Int. J. Game Theory 10). Where the remaining benefits sum to
    nothing while something is left, it is divided in equal parts.
    """

    name: ClassVar[str] = "scrb"

    def __call__(self, game: CostGame) -> dict[Player, Fraction]:
        """Share the cost of the grand coalition."""
        separable, alone = game.marginal(), game.stand_alone()
        benefits = {player: alone[player] - separable[player] for player in game.players}
        if not sum(benefits.values(), Fraction(0)):
            benefits = dict.fromkeys(game.players, Fraction(1))
        parts = divide(_left(game, separable), benefits)
        return {player: separable[player] + parts[player] for player in game.players}


@dataclass(frozen=True, slots=True)
class EqualNonSeparableCost:
    """Separable costs, and the rest in equal parts (ENSC, also egalitarian non-separable cost, EANSC).

    Moulin 1985, *The separability axiom and equal-sharing methods*, J. Economic Theory 36.
    """

    name: ClassVar[str] = "ensc"

    def __call__(self, game: CostGame) -> dict[Player, Fraction]:
        """Share the cost of the grand coalition."""
        separable = game.marginal()
        part = _left(game, separable) / game.size
        return {player: cost + part for player, cost in separable.items()}


@dataclass(frozen=True, slots=True)
class ProportionalNonSeparableCost:
    """Separable costs, and the rest in proportion to what each costs alone.

    James and Lee 1971, *Economics of Water Resources Planning*; compared in Young, Okada and Hashimoto 1982.
    """

    name: ClassVar[str] = "pnsc"

    def __call__(self, game: CostGame) -> dict[Player, Fraction]:
        """Share the cost of the grand coalition."""
        separable = game.marginal()
        parts = divide(_left(game, separable), game.stand_alone())
        return {player: separable[player] + parts[player] for player in game.players}
