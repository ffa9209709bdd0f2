"""The nucleolus of gains per member."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

from fiberplan.sharing.rules.rule import GameRule
from fiberplan.sharing.rules.stages import lexicographic_shares, per_capita

if TYPE_CHECKING:
    from fractions import Fraction

    from fiberplan.sharing.games.game import CostGame
    from fiberplan.sharing.games.players import Player


@dataclass(frozen=True, slots=True)
class PerCapitaNucleolus(GameRule):
    """The nucleolus of gains per member, ``(c(S) - x(S)) / |S|``.

    Young, Okada and Hashimoto 1982, *Cost allocation in water resources development*, Water Resources Research 18
    (there from the weak least core); Grotte 1970 calls it the normalized nucleolus.
    """

    name: ClassVar[str] = "per-capita-nucleolus"
    place: ClassVar[int] = 130

    def __call__(self, game: CostGame) -> dict[Player, Fraction]:
        """Share the cost of the grand coalition."""
        return lexicographic_shares(game, per_capita)
