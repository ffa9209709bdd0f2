"""The nucleolus."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

from fiberplan.sharing.games.networks import FixedNetworkGame
from fiberplan.sharing.rules.nested import nested_nucleolus
from fiberplan.sharing.rules.rule import GameRule
from fiberplan.sharing.rules.stages import lexicographic_shares, plain

if TYPE_CHECKING:
    from fractions import Fraction

    from fiberplan.sharing.games.game import CostGame
    from fiberplan.sharing.games.players import Player


@dataclass(frozen=True, slots=True)
class Nucleolus(GameRule):
    """Of all splits, the one whose ordered gains ``c(S) - x(S)``, smallest first, are lexicographically largest.

    Schmeidler 1969, *The nucleolus of a characteristic function game*, SIAM J. Appl. Math. 17. Nobody pays more than
    alone; if the players alone cost less than together, no split can do that, and the condition is left out (the
    prenucleolus: Sobolev 1975). It lies in the core whenever there is one.
    On trees it is found by structure (`fiberplan.sharing.rules.nested`), otherwise by linear programs.
    """

    name: ClassVar[str] = "nucleolus"
    place: ClassVar[int] = 120

    def __call__(self, game: CostGame) -> dict[Player, Fraction]:
        """Share the cost of the grand coalition."""
        if isinstance(game, FixedNetworkGame) and (groups := game.nested_groups()) is not None:
            return nested_nucleolus(game, groups)
        return lexicographic_shares(game, plain)
