"""A smallest subsidy shared by a rule: operators divide what public money leaves (`docs/cost-split.md` §13.9)."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction
from typing import TYPE_CHECKING, NamedTuple

from fiberplan.errors import SharingError
from fiberplan.sharing.games.game import MAX_ENUMERATED, CostBounds, CostGame
from fiberplan.sharing.subsidy.checks import broken_rules
from fiberplan.sharing.subsidy.money import whole_amounts
from fiberplan.sharing.subsidy.rows import Columns
from fiberplan.sharing.subsidy.rules import limit_of
from fiberplan.sharing.subsidy.solve import from_pools, subsidy_program

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from fiberplan.money import Rational
    from fiberplan.sharing.games.players import Coalition, Player
    from fiberplan.sharing.rules.rule import GameRule
    from fiberplan.sharing.subsidy.money import SubsidyInMoney
    from fiberplan.sharing.subsidy.result import MinimalSubsidy
    from fiberplan.sharing.subsidy.rules import Limit


def left_by_state(game: CostGame, public: Rational) -> CostGame:
    """Make the game of what operators share where the state helps them only all together.

    Parameters
    ----------
    game
        Without public money; at most `MAX_ENUMERATED` players.
    public
        What the state pays if all take part, in the unit of the costs.

    Examples
    --------
    >>> game = CostGame.from_table({("A",): 8, ("B",): 11, ("A", "B"): 13})
    >>> left_by_state(game, 3).total
    Fraction(10, 1)
    """
    game.require_few_players(MAX_ENUMERATED)
    table: dict[tuple[Player, ...] | Coalition, CostBounds] = dict(game.table().items())
    lower, upper = game.bounds_at(game.full_mask)
    spent = Fraction(public)
    table[frozenset(game.players)] = CostBounds(max(Fraction(0), lower - spent), upper - spent)
    return CostGame.from_table(table)


def up_to_ability(game: CostGame, ability: Limit) -> CostGame:
    """Make the game in which a coalition also costs no more than some of it are able to pay, and the others' network.

    ``min over T within S of c(T) + (abilities of S without T)``, for all but the grand coalition. A split of its cost
    is in the core of this game if and only if nobody pays more than it can and no coalition more than its cost, as long
    as no payment is negative.

    Parameters
    ----------
    game
        After public money.
    ability
        The most that each player can pay.

    Examples
    --------
    >>> game = CostGame.from_table({("A",): 8, ("B",): 11, ("C",): 5, ("A", "B"): 13, ("A", "C"): 13, ("B", "C"): 16,
    ...                             ("A", "B", "C"): 15})
    >>> able = up_to_ability(game, {"A": 1})
    >>> able.cost(["A"]), able.cost(["A", "B"]), able.cost(["B", "C"])
    (Fraction(1, 1), Fraction(12, 1), Fraction(16, 1))
    """
    game.require_few_players(MAX_ENUMERATED)
    bounds = [game.bounds_at(mask) if mask else (Fraction(0), Fraction(0)) for mask in range(game.full_mask)]
    for player in game.players:
        most = limit_of(ability, player)
        bit = game.mask_of([player])
        if most is not None:
            for mask in range(game.full_mask):
                if mask & bit:
                    without = bounds[mask ^ bit]
                    low, high = bounds[mask]
                    bounds[mask] = min(low, without[0] + most), min(high, without[1] + most)
    bounds.append(game.bounds_at(game.full_mask))
    table: dict[tuple[Player, ...] | Coalition, CostBounds] = {
        frozenset(game.members(mask)): CostBounds(*bounds[mask]) for mask in range(1, game.full_mask + 1)
    }
    return CostGame.from_table(table)


class SharedSubsidy(NamedTuple):
    """A smallest subsidy whose amounts in money follow a rule.

    Attributes
    ----------
    subsidy
        In money every rule of the state holds to the last unit.
    is_moved
        Whether the rule alone would break some of them, so that payments are only as near to it as they allow.
    """

    subsidy: MinimalSubsidy
    is_moved: bool


def share_by_rule(game: CostGame, subsidy: MinimalSubsidy, rule: GameRule) -> SharedSubsidy:
    """Put the shares of a rule in place of the amounts in money; the sum of public money stays what it is.

    Public money goes to those who would pay more by the same rule without it, in proportion to how much more; where
    the state's rules do not allow that, grants stay where they were. Where the shares themselves break rules of the
    state, payments are as near to them as can be: whoever is farthest off is as near as can be, then the next.

    Parameters
    ----------
    game
        That of the subsidy, without public money.
    subsidy
        Its smallest subsidy.
    rule
        Divides what public money leaves (`left_by_state`), up to the operators' abilities (`up_to_ability`).

    Raises
    ------
    SharingError
        No whole amounts meet the state's rules.
    """
    if subsidy.money is None:
        raise SharingError("no whole amounts of money meet the rules of the subsidy")
    shares = rule(up_to_ability(left_by_state(game, subsidy.money.public), subsidy.rules.ability))
    settled = {pair: Fraction(amount) for pair, amount in subsidy.money.grants.items()}
    if money := _granted(game, subsidy, rule, shares, settled):
        return SharedSubsidy(replace(subsidy, money=money), is_moved=False)
    money = _granted(game, subsidy, rule, *_as_near_as_can_be(game, subsidy, shares))
    return SharedSubsidy(replace(subsidy, money=money or subsidy.money), is_moved=True)


def _granted(
    game: CostGame,
    subsidy: MinimalSubsidy,
    rule: GameRule,
    shares: Mapping[Player, Fraction],
    settled: Mapping[tuple[str, Player], Fraction],
) -> SubsidyInMoney | None:
    """Grant public money to those in need, else as it was settled, in whole units; ``None`` if neither keeps the rules."""
    for grants in (*_to_those_in_need(game, subsidy, rule, shares), settled):
        if not broken_rules(game, subsidy.rules, shares, grants):
            money = _in_money(game, subsidy, shares, grants)
            if money is not None and subsidy.money is not None and money.public == subsidy.money.public:
                return money
    return None


def _as_near_as_can_be(
    game: CostGame, subsidy: MinimalSubsidy, shares: Mapping[Player, Fraction]
) -> tuple[dict[Player, Fraction], dict[tuple[str, Player], Fraction]]:
    """Move payments until they meet the state's rules, with the same public money; then grants are as equal as can be."""
    assert subsidy.money is not None, "there are whole amounts"
    columns = Columns.of(game.players, subsidy.rules)
    program = subsidy_program(game, subsidy.rules, columns)
    program.fix(dict.fromkeys(columns.all_grants, Fraction(1)), Fraction(subsidy.money.public))
    away: dict[tuple[Player, int], dict[int, Fraction]] = {}
    for player in columns.players:
        # all payments and grants together are the cost of the network, so a share of them stands for an amount
        amount = shares[player] / game.total if game.total else Fraction(0)
        goal = dict.fromkeys(range(columns.width), -amount)
        goal[columns.payment(player)] += 1
        away[player, 1] = goal
        away[player, -1] = {column: -factor for column, factor in goal.items()}
    distances = program.settle(away)
    payments = {player: shares[player] + distances[player, 1] for player in columns.players}
    each = {player: dict.fromkeys(columns.grants_to(player), Fraction(1)) for player in columns.players}
    granted = dict.fromkeys(columns.players, Fraction(0))
    granted |= program.settle({player: goal for player, goal in each.items() if goal})
    return payments, from_pools(subsidy.rules, columns, granted)


def _to_those_in_need(
    game: CostGame, subsidy: MinimalSubsidy, rule: GameRule, shares: Mapping[Player, Fraction]
) -> Iterator[dict[tuple[str, Player], Fraction]]:
    """Grant public money to operators by how much less they pay with it under the rule; as much of it as the pools allow."""
    try:
        without = rule(game)
    except SharingError:
        return  # the rule is not defined without public money
    relief = {player: max(Fraction(0), paid - shares[player]) for player, paid in without.items()}
    whole = sum(relief.values(), Fraction(0))
    public = game.total - sum(shares.values(), Fraction(0))
    granted = {player: public * part / whole if whole else Fraction(0) for player, part in relief.items()}
    yield from_pools(subsidy.rules, Columns.of(game.players, subsidy.rules), granted)


def _in_money(
    game: CostGame,
    subsidy: MinimalSubsidy,
    shares: Mapping[Player, Fraction],
    grants: Mapping[tuple[str, Player], Fraction],
) -> SubsidyInMoney | None:
    """Round to whole units that meet every rule; ``None`` if there are none so near."""
    columns = Columns.of(game.players, subsidy.rules)
    near = [*(shares[player] for player in columns.players), *(grants[pair] for pair in columns.grants)]
    program = subsidy_program(game, subsidy.rules, columns)
    return whole_amounts(game, subsidy.rules, program, public=subsidy.public, near=near)
