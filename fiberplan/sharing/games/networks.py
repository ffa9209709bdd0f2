"""Games on a fixed network: each segment is paid by those who use it, so no coalition has to be solved anew."""

from __future__ import annotations

from collections import defaultdict
from fractions import Fraction
from typing import TYPE_CHECKING, Any, Self

import numpy as np

from fiberplan.errors import SharingError
from fiberplan.money import to_integers
from fiberplan.sharing.games.coalitions import dividends, exact_dtype
from fiberplan.sharing.games.game import CostArray, CostGame
from fiberplan.sharing.games.players import Coalition, Player, check_players, exact, player_order

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from fiberplan.money import Rational


class FixedNetworkGame(CostGame):
    """The cost of a coalition is the sum of the segments that one of its members uses.

    The game is concave: its core is never empty, and the Shapley value, which lies in it, gives each segment in equal
    parts to its users (Littlechild and Owen 1973 for the airport; Megiddo 1978 for the tree).

    Attributes
    ----------
    segments
        Cost of the segments by their users; segments of the same users are one.
    """

    def __init__(self, players: Iterable[Player], segments: Mapping[Coalition, Fraction]) -> None:
        super().__init__(players, self._sum)
        self.segments: dict[Coalition, Fraction] = dict(segments)
        self._masks = [(self.mask_of(users), cost) for users, cost in self.segments.items()]

    @classmethod
    def from_segments(
        cls, segments: Iterable[tuple[Iterable[Player], Rational]], *, players: Iterable[Player] = ()
    ) -> Self:
        """Make a game of segments.

        Parameters
        ----------
        segments
            The users and the cost of each.
        players
            More players, who may use nothing.

        Raises
        ------
        SharingError
            A segment has no users, or its cost is negative or not exact.
        """
        by_users: defaultdict[Coalition, Fraction] = defaultdict(Fraction)
        everybody: set[Player] = set(players)
        for number, (users, cost) in enumerate(segments):
            group = frozenset(users)
            if not group:
                raise SharingError(f"segment {number} has no users, so nobody could pay for it")
            everybody |= group
            by_users[group] += exact(cost, f"the cost of segment {number}")
        ordered = sorted(check_players(everybody), key=player_order)
        return cls(ordered, {users: cost for users, cost in by_users.items() if cost})

    def _sum(self, coalition: Coalition) -> Fraction:
        return self._sum_mask(self.mask_of(coalition))

    def _sum_mask(self, mask: int) -> Fraction:
        return sum((cost for users, cost in self._masks if users & mask), Fraction(0))

    def _build_array(self) -> CostArray:
        """Sum what lies wholly outside of each coalition, in one transform."""
        costs, scale = to_integers([cost for _, cost in self._masks])
        total = sum(costs)
        within: Any = np.zeros(self.full_mask + 1, dtype=exact_dtype(total))
        for (users, _), cost in zip(self._masks, costs, strict=True):
            within[users] += cost
        for player in range(self.size):
            pairs = within.reshape(-1, 2, 2**player)
            pairs[:, 1] += pairs[:, 0]
        values = total - within[::-1]  # the complement of a mask is its mirror image
        return CostArray(values, values, scale)

    def nested_groups(self) -> list[Coalition] | None:
        """List the groups of users, largest first, if of any two one holds the other or they are apart.

        Returns
        -------
        list or None
            ``None`` where two groups overlap in part; then the network is no tree with one root.
        """
        groups = sorted(self.segments, key=len, reverse=True)
        inner: dict[Player, Coalition] = {}
        for group in groups:
            if len({inner.get(player) for player in group}) > 1:
                return None
            inner.update(dict.fromkeys(group, group))
        return groups


class TreeGame(FixedNetworkGame):
    """Players at the nodes of a fixed tree; each needs the way to the root (Megiddo 1978; Granot and others 1996)."""

    @classmethod
    def from_edges(
        cls,
        edges: Mapping[tuple[Player, Player], Rational],
        *,
        source: Player = 0,
        homes: Mapping[Player, Player] | None = None,
    ) -> Self:
        """Make a game of the edges of a tree.

        Parameters
        ----------
        edges
            Cost of each edge, by its two ends in any order.
        source
            The root.
        homes
            Node of each player; by default every node but the source is a player of its own.

        Raises
        ------
        SharingError
            The edges are no tree with the source in it, or a player lives elsewhere.
        """
        neighbours: defaultdict[Player, dict[Player, Rational]] = defaultdict(dict)
        for (one, other), cost in edges.items():
            neighbours[one][other] = cost
            neighbours[other][one] = cost
        order, parent = [source], {source: source}
        for node in order:
            for other in sorted(neighbours[node], key=player_order):
                if other not in parent:
                    parent[other] = node
                    order.append(other)
        if len(order) != len(neighbours) or len(edges) != len(order) - 1:
            raise SharingError(f"the edges are no tree that holds the source {source!r}")
        lives = homes if homes is not None else {node: node for node in order if node != source}
        below: defaultdict[Player, set[Player]] = defaultdict(set)
        for player, home in lives.items():
            if home not in parent:
                raise SharingError(f"player {player!r} lives at {home!r}, which is no node of the tree")
            below[home].add(player)
        segments = []
        for node in reversed(order[1:]):
            up = parent[node]
            below[up] |= below[node]
            if below[node]:
                segments.append((frozenset(below[node]), neighbours[node][up]))
        return cls.from_segments(segments, players=lives)


class AirportGame(FixedNetworkGame):
    """A line: the cost of a coalition is that of its most demanding member (Littlechild and Owen 1973)."""

    @classmethod
    def from_costs(cls, costs: Mapping[Player, Rational]) -> Self:
        """Make a game of what each player needs alone.

        Examples
        --------
        >>> AirportGame.from_costs({"A": 8, "B": 11}).cost(["A", "B"])
        Fraction(11, 1)
        """
        needs = {player: exact(cost, f"the cost of {player}") for player, cost in costs.items()}
        segments = []
        reached = Fraction(0)
        for level in sorted(set(needs.values())):
            users = frozenset(player for player, need in needs.items() if need >= level)
            segments.append((users, level - reached))
            reached = level
        return cls.from_segments(segments, players=costs)


def as_fixed_network(game: CostGame) -> FixedNetworkGame:
    """See a game as a sum of segments that are each paid by their users.

    Every game is such a sum in exactly one way, the dividends of its dual (Shapley 1953); it is a fixed network if no
    segment has a negative cost.

    Raises
    ------
    SharingError
        A segment would have a negative cost.
    """
    if isinstance(game, FixedNetworkGame):
        return game
    costs = game.array()
    parts = dividends(costs.values[-1] - costs.values[::-1], game.size)
    worst = int(parts.argmin())
    if parts[worst] < 0:
        raise SharingError(
            f"the game is no fixed network: its costs need a segment of {game.name_of(worst)} alone "
            f"that costs {Fraction(int(parts[worst]), costs.scale)}"
        )
    segments = {
        frozenset(game.members(int(mask))): Fraction(int(parts[mask]), costs.scale)
        for mask in parts.nonzero()[0]
    }
    return FixedNetworkGame(game.players, segments)
