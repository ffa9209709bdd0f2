"""The rows of a linear program that the state's rules become, and the columns of its variables (`docs/cost-split.md` §13)."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import TYPE_CHECKING

from fiberplan.sharing.games.players import Player, player_order
from fiberplan.sharing.subsidy.rules import OPEN_POOL, Pool, RuleKind, SubsidyRules, limit_of

if TYPE_CHECKING:
    from fiberplan.money import Rational
    from fiberplan.sharing.games.game import CostGame


@dataclass(frozen=True, slots=True)
class Columns:
    """Where the variables stand: the payment of each player, then the grant of each pool to each player.

    Attributes
    ----------
    players
        In the order of ids.
    grants
        Pool and player of each grant that may be given.
    """

    players: tuple[Player, ...]
    grants: tuple[tuple[str, Player], ...]

    @classmethod
    def of(cls, players: Sequence[Player], rules: SubsidyRules) -> Columns:
        """Arrange the columns of a game and its rules.

        Parameters
        ----------
        players
            Of the game.
        rules
            For the pools.
        """
        line = tuple(sorted(players, key=player_order))
        pools = rules.pools or (Pool(id=OPEN_POOL),)
        pairs = [(p.id, who) for p in pools for who in line if p.operators is None or who in p.operators]
        return cls(line, tuple(pairs))

    @property
    def width(self) -> int:
        """Number of variables."""
        return len(self.players) + len(self.grants)

    def payment(self, player: Player) -> int:
        """Give the column of a payment."""
        return self.players.index(player)

    def grants_to(self, player: Player) -> list[int]:
        """Give the columns of all grants to a player."""
        return [len(self.players) + i for i, (_, who) in enumerate(self.grants) if who == player]

    def grants_from(self, pool: str) -> list[int]:
        """Give the columns of all grants from a pool."""
        return [len(self.players) + i for i, (name, _) in enumerate(self.grants) if name == pool]

    @property
    def all_grants(self) -> list[int]:
        """The columns of all grants."""
        return list(range(len(self.players), self.width))


@dataclass(frozen=True, slots=True)
class Condition:
    """A rule as a row: ``coefficients . v <= bound``, or ``==``.

    Attributes
    ----------
    who
        Whom it is about: a player, a pool, the members of a coalition, or nobody in particular.
    """

    kind: RuleKind
    who: tuple[Player, ...]
    coefficients: Mapping[int, Fraction]
    bound: Fraction
    is_equal: bool = False


def coalition_condition(columns: Columns, members: Iterable[Player], cost: Fraction) -> Condition:
    """Require that a coalition does not pay more than a network of its own costs.

    Parameters
    ----------
    columns
        Where the payments stand.
    members
        Of the coalition.
    cost
        Of its network.
    """
    group = tuple(sorted(members, key=player_order))
    return Condition(
        RuleKind.COALITION, group, {columns.payment(player): Fraction(1) for player in group}, cost
    )


def conditions(game: CostGame, rules: SubsidyRules, columns: Columns) -> list[Condition]:
    """Turn rules into rows; those of coalitions of several players are added as they are needed.

    Parameters
    ----------
    game
        For the cost of the network, which has to be covered, and of each player alone.
    rules
        Without faults.
    columns
        Where the variables stand.
    """
    everything = {column: Fraction(1) for column in range(columns.width)}
    rows = [Condition(RuleKind.COST, (), everything, game.total, is_equal=True)]
    for player in columns.players:
        rows += _rows_of_player(game, rules, columns, player)
    for pool in rules.pools:
        if pool.cap is not None:
            spent = {column: Fraction(1) for column in columns.grants_from(pool.id)}
            rows.append(Condition(RuleKind.CAP_POOL, (pool.id,), spent, Fraction(pool.cap)))
    if (cap := rules.caps.in_all()) is not None:
        spent = {column: Fraction(1) for column in columns.all_grants}
        rows.append(Condition(RuleKind.CAP_TOTAL, (), spent, Fraction(cap.most)))
    return rows


def _rows_of_player(game: CostGame, rules: SubsidyRules, columns: Columns, player: Player) -> list[Condition]:
    pays, gets = {columns.payment(player): Fraction(1)}, dict.fromkeys(columns.grants_to(player), Fraction(1))
    none = Fraction(0)
    rows = [Condition(RuleKind.NOT_NEGATIVE, (player,), _times(pays, -1), none)]

    def require(
        kind: RuleKind,
        share: Fraction | None,
        make: Callable[[Fraction], tuple[Mapping[int, Fraction], Fraction]],
    ) -> None:
        if share is not None:
            rows.append(Condition(kind, (player,), *make(share)))

    alone, total = game.cost([player]), game.total
    one, network = rules.largest_subsidy_share, rules.largest_network_share
    require(RuleKind.ABILITY, limit_of(rules.ability, player), lambda most: (pays, most))
    cap = rules.caps.on_operator(player)
    require(RuleKind.CAP_OPERATOR, None if cap is None else Fraction(cap.most), lambda most: (gets, most))
    require(
        RuleKind.SUBSIDY_SHARE,
        limit_of(one, player),
        lambda share: (_less(gets, dict.fromkeys(columns.all_grants, share)), none),
    )
    require(RuleKind.NETWORK_SHARE, limit_of(network, player), lambda share: (pays | gets, share * total))
    require(
        RuleKind.LEAST_OF_ALONE,
        limit_of(rules.least_share_of_stand_alone, player),
        lambda share: (_times(pays, -1), -share * alone),
    )
    require(
        RuleKind.LEAST_OF_TOTAL,
        limit_of(rules.least_share_of_total, player),
        lambda share: (_times(pays, -1), -share * total),
    )
    require(
        RuleKind.PUBLIC_SHARE,
        limit_of(rules.least_public_share, player),
        lambda share: (_less(_times(pays | gets, share), gets), none),
    )
    return rows


def _times(row: Mapping[int, Fraction], factor: Rational) -> dict[int, Fraction]:
    return {column: value * Fraction(factor) for column, value in row.items()}


def _less(row: Mapping[int, Fraction], other: Mapping[int, Fraction]) -> dict[int, Fraction]:
    zero = Fraction(0)
    return {column: row.get(column, zero) - other.get(column, zero) for column in {**row, **other}}
