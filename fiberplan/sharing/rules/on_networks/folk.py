"""The folk rule on spanning trees."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from typing import TYPE_CHECKING, ClassVar

from fiberplan.sharing.games.spanning_tree import as_spanning_tree
from fiberplan.sharing.rules.rule import GameRule

if TYPE_CHECKING:
    from fiberplan.sharing.games.game import CostGame
    from fiberplan.sharing.games.players import Player


@dataclass(frozen=True, slots=True)
class Folk(GameRule):
    """The folk rule: the Shapley value of the irreducible game, by equal remaining obligations.

    Feltkamp, Tijs and Muto 1994; Bergantinos and Vidal-Puga 2007, *A fair rule in minimum cost spanning tree
    problems*, J. Economic Theory 137. Kruskal's algorithm joins parts, cheapest edge first; a member of a part of ``k``
    players that is not yet connected to the source has an obligation of ``1 / k``, a connected one of 0; each edge is
    paid by what it takes from the obligations. Lies in the core, and the choice among equal trees does not matter.
    """

    name: ClassVar[str] = "folk"
    place: ClassVar[int] = 230

    def __call__(self, game: CostGame) -> dict[Player, Fraction]:
        """Share the cost of the grand coalition."""
        network = as_spanning_tree(game, self.name)
        part: dict[Player, list[Player]] = {node: [node] for node in [network.source, *network.players]}
        shares = dict.fromkeys(network.players, Fraction(0))

        def obligation(members: list[Player]) -> Fraction:
            return Fraction(0) if network.source in members else Fraction(1, len(members))

        for one, other, cost in network.tree():
            left, right = part[one], part[other]
            after = obligation([*left, *right])
            for members in (left, right):
                if paid := cost * (obligation(members) - after):
                    for player in members:
                        shares[player] += paid
            left += right
            part.update(dict.fromkeys(right, left))
        return shares
