"""The Shapley value."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

from fiberplan.sharing.games.game import MAX_ENUMERATED
from fiberplan.sharing.games.networks import FixedNetworkGame
from fiberplan.sharing.rules.rule import GameRule
from fiberplan.sharing.rules.shapley_value import by_segment, enumerated_shapley, sampled_shapley

if TYPE_CHECKING:
    from fractions import Fraction

    from fiberplan.sharing.games.game import CostGame
    from fiberplan.sharing.games.players import Player


@dataclass(frozen=True, slots=True)
class Shapley(GameRule):
    """What each adds to those before it, averaged over all orders in which the players may arrive.

    Shapley 1953, *A value for n-person games*. Exact for any number of players on a fixed network (each segment in
    equal parts among its users: Littlechild and Owen 1973, Megiddo 1978) and by enumeration of all coalitions up to
    `fiberplan.sharing.games.game.MAX_ENUMERATED` players. Beyond that it is estimated (Castro, Gomez and Tejada 2009,
    *Polynomial calculation of the Shapley value based on sampling*), which the result, `SampledShares`, says.

    Attributes
    ----------
    orders, seed, confidence
        Of the estimate, where there must be one.
    """

    name: ClassVar[str] = "shapley"
    place: ClassVar[int] = 100

    orders: int = 1000
    seed: int = 0
    confidence: float = 0.95

    def __call__(self, game: CostGame) -> dict[Player, Fraction]:
        """Share the cost of the grand coalition."""
        if isinstance(game, FixedNetworkGame):
            return by_segment(game)
        if game.size <= MAX_ENUMERATED:
            return enumerated_shapley(game)
        return sampled_shapley(game, orders=self.orders, seed=self.seed, confidence=self.confidence)
