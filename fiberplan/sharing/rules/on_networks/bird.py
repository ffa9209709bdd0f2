"""The rule of Bird on spanning trees."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

from fiberplan.sharing.games.spanning_tree import as_spanning_tree
from fiberplan.sharing.rules.rule import GameRule

if TYPE_CHECKING:
    from fractions import Fraction

    from fiberplan.sharing.games.game import CostGame
    from fiberplan.sharing.games.players import Player


@dataclass(frozen=True, slots=True)
class Bird(GameRule):
    """Each pays the edge by which it joins the cheapest tree, the last one on its way from the source.

    Bird 1976, *On cost allocation for a spanning tree: a game theoretic approach*, Networks 6. Lies in the core. Where
    several trees are cheapest, Prim's algorithm takes the smaller id.
    """

    name: ClassVar[str] = "bird"
    place: ClassVar[int] = 220

    def __call__(self, game: CostGame) -> dict[Player, Fraction]:
        """Share the cost of the grand coalition."""
        network = as_spanning_tree(game, self.name)
        connected = {network.source}
        shares: dict[Player, Fraction] = {}
        while len(shares) < network.size:
            one, other, cost = next(
                edge for edge in network.edges if (edge[0] in connected) != (edge[1] in connected)
            )
            player = other if one in connected else one
            shares[player] = cost
            connected.add(player)
        return {player: shares[player] for player in network.players}
