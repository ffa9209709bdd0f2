"""Games of cheapest spanning trees to a source.

Every player must be connected to the source, directly or through other players (Claus and Kleitman 1973).
"""

from __future__ import annotations

from fractions import Fraction
from itertools import combinations
from typing import TYPE_CHECKING, Self

import numpy as np

from fiberplan.errors import SharingError
from fiberplan.money import to_integers
from fiberplan.sharing.games.coalitions import Array, exact_dtype
from fiberplan.sharing.games.game import CostArray, CostGame
from fiberplan.sharing.games.players import Coalition, Player, check_players, exact, player_order

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from fiberplan.money import Rational


class SpanningTreeGame(CostGame):
    """The cost of a coalition is that of the cheapest tree of its members and the source, and nobody else.

    Its core is never empty (Bird 1976; Granot and Huberman 1981).

    Attributes
    ----------
    source
        Who gets connected to; no player.
    edges
        Cost of each pair of players or player and source, cheapest first, ties by the ends' ids.
    """

    def __init__(
        self, players: Iterable[Player], source: Player, costs: Mapping[Coalition, Fraction]
    ) -> None:
        super().__init__(players, self._tree_cost)
        self.source = source
        rank = {node: i for i, node in enumerate([source, *self.players])}
        ends = {pair: tuple(sorted(pair, key=lambda node: rank[node])) for pair in costs}
        ordered = sorted(costs, key=lambda pair: (costs[pair], *(rank[node] for node in ends[pair])))
        self.edges = [(ends[pair][0], ends[pair][1], costs[pair]) for pair in ordered]

    @classmethod
    def from_costs(cls, costs: Mapping[tuple[Player, Player], Rational], *, source: Player = 0) -> Self:
        """Make a game of what each connection costs.

        Parameters
        ----------
        costs
            By the two ends, in any order: every two players, and every player with the source.
        source
            The source.

        Raises
        ------
        SharingError
            A pair is missing or has two costs, or a cost is negative or not exact.
        """
        known: dict[Coalition, Fraction] = {}
        for ends, cost in costs.items():
            pair = frozenset(ends)
            if len(pair) != 2:
                raise SharingError(f"{ends!r} is no pair of two ends")
            text = " - ".join(map(str, ends))
            if known.setdefault(pair, value := exact(cost, f"the cost of {text}")) != value:
                raise SharingError(f"unbalanced: {text} costs {known[pair]} one way and {value} the other")
        nodes = frozenset().union(*known)
        if source not in nodes:
            raise SharingError(f"no connection to the source {source!r}")
        players = sorted(check_players(nodes - {source}), key=player_order)
        missing = [pair for pair in combinations([source, *players], 2) if frozenset(pair) not in known]
        if missing:
            shown = ", ".join(f"{one} - {other}" for one, other in missing[:5])
            raise SharingError(
                f"{len(missing)} of the connections have no cost: {shown}; "
                "a fixed tree with no other connections is a TreeGame"
            )
        return cls(players, source, known)

    def _tree_cost(self, coalition: Coalition) -> Fraction:
        return sum((cost for _, _, cost in self.tree(coalition)), Fraction(0))

    def tree(self, coalition: Iterable[Player] | None = None) -> list[tuple[Player, Player, Fraction]]:
        """Find the cheapest tree of a coalition and the source (Kruskal 1956), ties by id.

        Parameters
        ----------
        coalition
            By default everybody.
        """
        nodes = {self.source, *(self.players if coalition is None else coalition)}
        part = {node: node for node in nodes}
        chosen = []
        for one, other, cost in self.edges:
            if one in nodes and other in nodes and (a := _root(part, one)) != (b := _root(part, other)):
                part[b] = a
                chosen.append((one, other, cost))
        return chosen

    def _build_array(self) -> CostArray:
        """Run Kruskal's algorithm on all coalitions at once."""
        number = {node: i for i, node in enumerate([self.source, *self.players])}
        costs, scale = to_integers([cost for _, _, cost in self.edges])
        count = self.full_mask + 1
        values: Array = np.zeros(count, dtype=exact_dtype(sum(costs)))
        has = np.arange(count) << 1 | 1  # bit 0 is the source
        part = np.tile(np.arange(self.size + 1, dtype=np.uint8), (count, 1))
        for (one, other, _), cost in zip(self.edges, costs, strict=True):
            a, b = number[one], number[other]
            joined = np.flatnonzero((has >> a & has >> b & 1 == 1) & (part[:, a] != part[:, b]))
            values[joined] += cost
            rows = part[joined]
            part[joined] = np.where(rows == rows[:, b : b + 1], rows[:, a : a + 1], rows)
        return CostArray(values, values, scale)

    def irreducible(self) -> SpanningTreeGame:
        """Make the cheapest costs with the same tree: each pair costs the costliest edge on its way in the tree.

        Bird 1976; the same for every cheapest tree.
        """
        members: dict[Player, list[Player]] = {node: [node] for node in [self.source, *self.players]}
        costs: dict[Coalition, Fraction] = {}
        for one, other, cost in self.tree():
            left, right = members[one], members[other]
            costs.update({frozenset((a, b)): cost for a in left for b in right})
            left += right
            members.update(dict.fromkeys(right, left))
        return SpanningTreeGame(self.players, self.source, costs)


def _root(part: dict[Player, Player], node: Player) -> Player:
    while part[node] != node:
        part[node] = part[part[node]]
        node = part[node]
    return node


def as_spanning_tree(game: CostGame, name: str) -> SpanningTreeGame:
    """Insist on a game of spanning trees.

    Parameters
    ----------
    game
        The game.
    name
        Name of the rule that needs it.

    Raises
    ------
    SharingError
        It is another game.
    """
    if not isinstance(game, SpanningTreeGame):
        raise SharingError(
            f"the rule '{name}' is for a SpanningTreeGame, and this is a {type(game).__name__}"
        )
    return game
