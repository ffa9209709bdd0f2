"""The cost-gap method: between what a player adds at least and what it would concede at most."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from typing import TYPE_CHECKING, ClassVar

from fiberplan.errors import SharingError
from fiberplan.sharing.games.coalitions import subset_sums, widened
from fiberplan.sharing.games.game import MAX_ENUMERATED
from fiberplan.sharing.rules.rule import GameRule

if TYPE_CHECKING:
    from fiberplan.sharing.games.game import CostGame
    from fiberplan.sharing.games.players import Player


@dataclass(frozen=True, slots=True)
class CostGap(GameRule):
    """Separable costs ``m(i)``, and the rest in proportion to what each concedes at most.

    The gap of a coalition is ``g(S) = c(S) - m(S)``; a player concedes at most the smallest gap of a coalition it is
    in. Tijs 1981 (the tau value); Tijs and Driessen 1986, *Game theory and cost allocation problems*, Management
    Science 32. Defined where no gap is negative and the concessions reach the gap of the grand coalition.
    """

    name: ClassVar[str] = "tau"
    place: ClassVar[int] = 150

    def __call__(self, game: CostGame) -> dict[Player, Fraction]:
        """Share the cost of the grand coalition.

        Raises
        ------
        SharingError
            The game is not quasi-balanced, so that the value is not defined.
        """
        game.require_few_players(MAX_ENUMERATED)
        costs = game.array()
        full = game.full_mask
        separable = [int(costs.values[full]) - int(costs.values[full ^ 1 << i]) for i in range(game.size)]
        gaps = widened(costs.values, 2 * game.size + 2) - subset_sums(separable)
        worst = int(gaps.argmin())
        if gaps[worst] < 0:
            raise SharingError(
                f"the tau value is not defined: {game.name_of(worst)} costs less than its members' separable costs"
            )
        concessions = [int(gaps.reshape(-1, 2, 1 << i)[:, 1].min()) for i in range(game.size)]
        gap, conceded = int(gaps[full]), sum(concessions)
        if conceded < gap:
            raise SharingError(
                "the tau value is not defined: all concessions together do not reach the cost gap"
            )
        parts = [Fraction(gap * one, conceded) if conceded else Fraction(0) for one in concessions]
        return {
            player: (separable[i] + parts[i]) / Fraction(costs.scale) for i, player in enumerate(game.players)
        }
