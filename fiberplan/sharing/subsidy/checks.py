"""A smallest subsidy is checked again by sums alone, with none of the code that solved it (`docs/cost-split.md` §13)."""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from fractions import Fraction
from typing import TYPE_CHECKING, Any

import networkx as nx

from fiberplan.sharing.games.game import MAX_ENUMERATED
from fiberplan.sharing.games.networks import FixedNetworkGame
from fiberplan.sharing.games.players import Player, coalition_text
from fiberplan.sharing.subsidy.rules import OPEN_POOL, RuleKind, limit_of

if TYPE_CHECKING:
    from fiberplan.sharing.games.game import CostGame
    from fiberplan.sharing.subsidy.result import Binding, CostOfStability, MinimalSubsidy, SubsidySolution
    from fiberplan.sharing.subsidy.rules import SubsidyRules

Payments = Mapping[Player, Fraction]
Grants = Mapping[tuple[str, Player], Fraction]


def verify_subsidy(game: CostGame, claimed: MinimalSubsidy) -> tuple[str, ...]:
    """Check a smallest subsidy against a game: every rule, every coalition, and that no less money will do.

    Parameters
    ----------
    game
        The game, for example as it was saved.
    claimed
        What is claimed of it.

    Returns
    -------
    tuple of str
        What is wrong; empty if it holds. Where a rule asks yes or no, what is proven is a lower bound; that no whole
        amounts between it and the claim will do is the solver's word. So are
        `rule_costs`, what would be without a rule.
    """
    faults = claimed.rules.faults(game.players)
    if claimed.total != game.total:
        faults.append(f"the network costs {game.total}, not {claimed.total}")
    if faults:
        return tuple(faults)
    faults += _solution_faults(game, claimed.rules, claimed.solution, use_lower=False)
    few = game.size <= MAX_ENUMERATED
    proven = not few or game.array().is_proven
    if claimed.safe is not None and (claimed.safe != claimed.solution or not proven):
        faults += [
            f"safe: {text}" for text in _solution_faults(game, claimed.rules, claimed.safe, use_lower=True)
        ]
    money = claimed.money
    if money is not None:
        payments = {player: Fraction(amount) for player, amount in money.payments.items()}
        grants = {pair: Fraction(amount) for pair, amount in money.grants.items()}
        broken = broken_rules(game, claimed.rules, payments, grants, use_lower=False)
        broken += _choice_faults(claimed.rules, payments, grants)
        if money.public != sum(grants.values()):
            broken.append("the grants do not sum to the public money")
        least = math.ceil(claimed.solution.public)
        if (
            money.bound > money.public
            or money.bound < least
            or (money.bound > least and not claimed.rules.has_choices)
        ):
            broken.append(f"the bound {money.bound} does not follow from {claimed.solution.public}")
        faults += [f"in money: {text}" for text in broken]
    return tuple(faults)


def verify_stability(game: CostGame, claimed: CostOfStability) -> tuple[str, ...]:
    """Check a cost of stability: payments that nobody leaves, and balanced weights that no payments can beat.

    Parameters
    ----------
    game
        The game.
    claimed
        What is claimed of it.
    """
    faults = _coalition_faults(game, dict(claimed.payments), use_lower=False)
    if sum(claimed.payments.values(), claimed.subsidy) != game.total:
        faults.append("payments and subsidy do not sum to the cost")
    if claimed.subsidy < 0 or min(claimed.weights.values()) < 0:
        faults.append("the subsidy or a weight is negative")
    for player in game.players:
        if sum((w for group, w in claimed.weights.items() if player in group), Fraction(0)) != 1:
            faults.append(f"the balanced weights of {player} do not sum to 1")
    covered = sum((weight * game.cost(group) for group, weight in claimed.weights.items()), Fraction(0))
    if game.total - covered != claimed.subsidy:
        faults.append("the balanced weights do not prove the subsidy")
    return tuple(faults)


def _solution_faults(
    game: CostGame, rules: SubsidyRules, claimed: SubsidySolution, *, use_lower: bool
) -> list[str]:
    payments, grants = dict(claimed.payments), dict(claimed.grants)
    faults = broken_rules(game, rules, payments, grants, use_lower=use_lower)
    if sum(grants.values(), Fraction(0)) != claimed.public:
        faults.append("the grants do not sum to the public money")
    return faults or _proof_faults(game, rules, claimed, use_lower=use_lower)


def broken_rules(
    game: CostGame,
    rules: SubsidyRules,
    payments: Payments,
    grants: Grants,
    *,
    use_lower: bool = False,
) -> list[str]:
    """Go through the rules, one after the other, in the words of `docs/cost-split.md` §13.2; list what amounts break.

    Parameters
    ----------
    game
        The game.
    rules
        Of the state.
    payments
        By player.
    grants
        By pool and player.
    use_lower
        Whether to compare coalitions with the proven lower bounds of their costs.
    """
    if set(payments) != set(game.players):
        return ["the payments are not those of the players"]
    if not set(grants) <= set(_pairs(game, rules)):
        return ["a grant comes from a pool that is not for its operator"]
    spent, gets = sum(grants.values(), Fraction(0)), _by_player(game, grants)
    texts = []
    if sum(payments.values(), spent) != game.total:
        texts.append("payments and public money do not sum to the cost")
    if min([*payments.values(), *grants.values()]) < 0:
        texts.append("a payment or a grant is negative")
    for pool in rules.pools:
        drawn = sum((grant for (name, _), grant in grants.items() if name == pool.id), Fraction(0))
        if pool.cap is not None and drawn > pool.cap:
            texts.append(f"pool {pool.id} gives {drawn - Fraction(pool.cap)} too much")
    if rules.cap_total is not None and spent > rules.cap_total:
        texts.append(f"public money is {spent - Fraction(rules.cap_total)} above its cap")
    for player in game.players:
        pays, grant, alone = payments[player], gets[player], game.cost([player])
        carries = pays + grant
        tests: list[tuple[str, Fraction, Fraction | None, Fraction | int]] = [
            ("pays more than it can", pays, limit_of(rules.ability, player), 1),
            ("gets more than its cap", grant, limit_of(rules.cap_per_operator, player), 1),
            (
                "gets too large a share of the public money",
                grant,
                limit_of(rules.largest_subsidy_share, player),
                spent,
            ),
            (
                "carries too much of the network",
                carries,
                limit_of(rules.largest_network_share, player),
                game.total,
            ),
            (
                "pays too little by its stand-alone cost",
                -pays,
                limit_of(rules.least_share_of_stand_alone, player),
                -alone,
            ),
            (
                "pays too little by the cost of the network",
                -pays,
                limit_of(rules.least_share_of_total, player),
                -game.total,
            ),
            ("gets too small a public share", -grant, limit_of(rules.least_public_share, player), -carries),
        ]
        texts += [
            f"{player} {text}"
            for text, value, limit, base in tests
            if limit is not None and value > limit * base
        ]
    return texts + _coalition_faults(game, payments, use_lower=use_lower)


def _choice_faults(rules: SubsidyRules, payments: Payments, grants: Grants) -> list[str]:
    texts = []
    gets = [sum(grant for (_, who), grant in grants.items() if who == player) for player in payments]
    if rules.most_recipients is not None and sum(grant > 0 for grant in gets) > rules.most_recipients:
        texts.append("too many operators get public money")
    if any(0 < grant < rules.smallest_grant for grant in gets):
        texts.append("a grant is smaller than the smallest")
    return texts


def _by_player(game: CostGame, grants: Mapping[tuple[str, Player], Fraction]) -> Payments:
    gets = dict.fromkeys(game.players, Fraction(0))
    for (_, player), grant in grants.items():
        gets[player] += grant
    return gets


def _coalition_faults(game: CostGame, payments: Payments, *, use_lower: bool) -> list[str]:
    """Compare every coalition but that of all with its cost; on a large network look for one by a cut."""
    if game.size > MAX_ENUMERATED:
        return _cut_faults(game, payments)
    costs = game.array()
    scale = math.lcm(costs.scale, *(payment.denominator for payment in payments.values()))
    charged = [0]
    for player in game.players:
        more = int(payments[player] * scale)
        charged += [amount + more for amount in charged]
    factor = scale // costs.scale
    limits = (costs.lower if use_lower else costs.values).tolist()
    worst, mask = max(
        ((charged[m] - limits[m] * factor, m) for m in range(1, game.full_mask)),
        default=(0, 0),
        key=lambda pair: pair[0],
    )
    return [f"{game.name_of(mask)} pays {Fraction(worst, scale)} more than it costs"] if worst > 0 else []


def _cut_faults(game: CostGame, payments: Payments) -> list[str]:
    """Choose players and the segments they need at the best: a cut, by another library than the solver's (Picard 1976)."""
    if not isinstance(game, FixedNetworkGame):
        return ["there are too many players to check every coalition"]
    graph: nx.DiGraph[Any] = nx.DiGraph()
    for player in game.players:
        graph.add_edge("source", ("player", player), capacity=max(payments[player], Fraction(0)))
    for users, cost in game.segments.items():
        graph.add_edge(("segment", users), "sink", capacity=cost)
        for player in users:
            graph.add_edge(("player", player), ("segment", users))
    graph.add_nodes_from(["source", "sink"])
    paid = sum((max(payment, Fraction(0)) for payment in payments.values()), Fraction(0))
    cut, (side, _) = nx.minimum_cut(graph, "source", "sink")
    group = [player for player in game.players if ("player", player) in side]
    return [f"{coalition_text(group)} pays {paid - cut} more than it costs"] if cut < paid else []


def _proof_faults(
    game: CostGame, rules: SubsidyRules, claimed: SubsidySolution, *, use_lower: bool
) -> list[str]:
    """Add up the rules times their prices: payments must cancel out, and what is left bounds the public money.

    ``sum of price * (left side <= right side)`` reads ``-(public money) <= ... <= -(claimed)`` if no payment has a
    coefficient that is not zero and no grant has one below -1.
    """
    pairs = _pairs(game, rules)
    pays: defaultdict[Player, Fraction] = defaultdict(Fraction)
    gets: defaultdict[tuple[str, Player], Fraction] = defaultdict(Fraction)
    right = Fraction(0)
    for binding in claimed.proof:
        row = _row(game, rules, binding, pairs, use_lower=use_lower)
        if row is None:
            return [f"the proof rests on a rule that is not set: {binding}"]
        if binding.price < 0 and binding.kind is not RuleKind.COST:
            return [f"the proof has a negative price: {binding}"]
        for player, factor in row.pays.items():
            pays[player] += binding.price * factor
        for pair, factor in row.gets.items():
            gets[pair] += binding.price * factor
        right += binding.price * row.right
    if any(pays.values()) or any(gets[pair] < -1 for pair in pairs):
        return ["the prices of the proof do not cancel out"]
    return (
        []
        if right == -claimed.public
        else [f"the proof shows that at least {-right} is needed, not {claimed.public}"]
    )


@dataclass(frozen=True, slots=True)
class _Row:
    """A rule as ``pays . payments + gets . grants <= right``."""

    pays: Mapping[Player, Fraction]
    gets: Mapping[tuple[str, Player], Fraction]
    right: Fraction


def _pairs(game: CostGame, rules: SubsidyRules) -> list[tuple[str, Player]]:
    """List the pools from which each player may get something."""
    if not rules.pools:
        return [(OPEN_POOL, player) for player in game.players]
    return [
        (pool.id, player)
        for pool in rules.pools
        for player in game.players
        if pool.operators is None or player in pool.operators
    ]


def _row(
    game: CostGame, rules: SubsidyRules, binding: Binding, pairs: list[tuple[str, Player]], *, use_lower: bool
) -> _Row | None:
    """Write the rule that a binding names; ``None`` if there is no such rule."""
    one = Fraction(1)
    everything = dict.fromkeys(pairs, one)
    if binding.kind is RuleKind.COST:
        return _Row(dict.fromkeys(game.players, one), everything, game.total)
    if binding.kind is RuleKind.COALITION:
        cost = game.bounds_at(game.mask_of(binding.who))[0 if use_lower else 1]
        return _Row(dict.fromkeys(binding.who, one), {}, cost)
    if binding.kind is RuleKind.CAP_TOTAL:
        return None if rules.cap_total is None else _Row({}, everything, Fraction(rules.cap_total))
    if len(binding.who) != 1:
        return None
    if binding.kind is RuleKind.CAP_POOL:
        cap = next((pool.cap for pool in rules.pools if pool.id == binding.who[0]), None)
        drawn = {pair: one for pair in pairs if pair[0] == binding.who[0]}
        return None if cap is None else _Row({}, drawn, Fraction(cap))
    return _row_of_player(game, rules, binding.kind, binding.who[0], pairs)


def _row_of_player(
    game: CostGame, rules: SubsidyRules, kind: RuleKind, player: Player, pairs: list[tuple[str, Player]]
) -> _Row | None:
    limits = {
        RuleKind.NOT_NEGATIVE: 0,
        RuleKind.ABILITY: rules.ability,
        RuleKind.CAP_OPERATOR: rules.cap_per_operator,
        RuleKind.SUBSIDY_SHARE: rules.largest_subsidy_share,
        RuleKind.NETWORK_SHARE: rules.largest_network_share,
        RuleKind.LEAST_OF_ALONE: rules.least_share_of_stand_alone,
        RuleKind.LEAST_OF_TOTAL: rules.least_share_of_total,
        RuleKind.PUBLIC_SHARE: rules.least_public_share,
    }
    if player not in game.players or (limit := limit_of(limits.get(kind), player)) is None:
        return None
    none = Fraction(0)
    # factor of the player's payment, of its grants, of all grants, and the right side
    pays, gets, spent, right = {
        RuleKind.NOT_NEGATIVE: (Fraction(-1), none, none, none),
        RuleKind.ABILITY: (Fraction(1), none, none, limit),
        RuleKind.CAP_OPERATOR: (none, Fraction(1), none, limit),
        RuleKind.SUBSIDY_SHARE: (none, Fraction(1), -limit, none),
        RuleKind.NETWORK_SHARE: (Fraction(1), Fraction(1), none, limit * game.total),
        RuleKind.LEAST_OF_ALONE: (Fraction(-1), none, none, -limit * game.cost([player])),
        RuleKind.LEAST_OF_TOTAL: (Fraction(-1), none, none, -limit * game.total),
        RuleKind.PUBLIC_SHARE: (limit, limit - 1, none, none),
    }[kind]
    return _Row({player: pays}, {pair: spent + (gets if pair[1] == player else 0) for pair in pairs}, right)
