"""The smallest subsidy: the least public money, and where to put it, so that every operator can take part and gains by it.

`docs/cost-split.md` §13 has the rules. Public money that keeps every coalition in is the cost of stability (Bachrach,
Elkind, Meir, Pasechnik, Zuckerman, Rothe and Rosenschein 2009, *The cost of stability in coalitional games*), here of
cost games, under the limits of a budget and of the operators' business cases.
"""

from __future__ import annotations

from fractions import Fraction
from typing import TYPE_CHECKING, Any

import networkx as nx

from fiberplan.errors import ConflictError, SharingError
from fiberplan.money import to_integers
from fiberplan.sharing.games.game import MAX_ENUMERATED, CostGame
from fiberplan.sharing.subsidy.money import whole_amounts
from fiberplan.sharing.subsidy.program import Optimum, SubsidyProgram, coalition_finder
from fiberplan.sharing.subsidy.result import Binding, CostOfStability, MinimalSubsidy, SubsidySolution
from fiberplan.sharing.subsidy.rows import Columns, Condition, coalition_condition, conditions
from fiberplan.sharing.subsidy.rules import RuleKind, SubsidyRules

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from fiberplan.sharing.games.players import Player


def minimal_subsidy(game: CostGame, rules: SubsidyRules | None = None) -> MinimalSubsidy:
    """Find the least public money with which every operator can pay and no coalition would rather build alone.

    Of all ways to spend it, the one with the smallest largest grant is taken, then the next largest, and so on; then the
    one whose payments, as shares of the stand-alone costs, are likewise as equal as can be. So the amounts
    depend neither on the order of players nor on the unit of money.

    Parameters
    ----------
    game
        Costs of coalitions, as each would have to pay for a network of its own. Up to 22 players, or a fixed network.
    rules
        Of the state; none by default.

    Returns
    -------
    MinimalSubsidy
        `fiberplan.sharing.verify_subsidy` checks it again.

    Raises
    ------
    ConflictError
        No public money meets the rules; the error names a smallest set of rules that contradict each other.
    SharingError
        The rules are faulty; all faults are named.

    Examples
    --------
    >>> game = CostGame.from_table({("A",): 8, ("B",): 11, ("A", "B"): 13})
    >>> least = minimal_subsidy(game, SubsidyRules(ability={"A": 4, "B": 6}))
    >>> least.public, least.money.payments, least.money.public
    (Fraction(3, 1), {'A': 4, 'B': 6}, 3)
    """
    required = rules or SubsidyRules()
    if faults := required.faults(game.players):
        raise SharingError("\n".join(["the rules of the subsidy are faulty", *map("  {}".format, faults)]))
    columns = Columns.of(game.players, required)
    program = subsidy_program(game, required, columns)
    first = program.least([_spent(columns)])
    costs = _rule_costs(program, columns, first)
    solution = _solution(game, required, columns, program, first)
    safe: SubsidySolution | None = solution
    if game.size <= MAX_ENUMERATED and not game.array().is_proven:
        safe = _safe(game, required, columns)
    money = whole_amounts(game, required, program, public=solution.public, near=_values(columns, solution))
    return MinimalSubsidy(game.total, required, solution, safe, costs, money)


def subsidy_program(
    game: CostGame, rules: SubsidyRules, columns: Columns, *, use_lower: bool = False
) -> SubsidyProgram:
    """Write the rules as a linear program.

    Parameters
    ----------
    game
        Costs of coalitions.
    rules
        Without faults.
    columns
        Where the variables stand.
    use_lower
        Whether to compare coalitions with the proven lower bounds of their costs.
    """
    rows = conditions(game, rules, columns)
    for player in columns.players:
        cost = game.bounds_at(game.mask_of([player]))[0 if use_lower else 1]
        rows.append(coalition_condition(columns, [player], cost))
    finder = coalition_finder(game, columns, use_lower=use_lower)
    return SubsidyProgram(
        columns, rows, finder, unit=max(game.total, *game.stand_alone().values(), Fraction(1))
    )


def _spent(columns: Columns) -> dict[int, Fraction]:
    return {column: Fraction(1) for column in columns.all_grants}


def _safe(game: CostGame, rules: SubsidyRules, columns: Columns) -> SubsidySolution | None:
    """Solve it for the proven lower bounds of all coalitions."""
    program = subsidy_program(game, rules, columns, use_lower=True)
    try:
        first = program.least([_spent(columns)])
    except ConflictError:
        return None
    return _solution(game, rules, columns, program, first)


def _solution(
    game: CostGame, rules: SubsidyRules, columns: Columns, program: SubsidyProgram, first: Optimum
) -> SubsidySolution:
    """Settle grants, then payments, and put the proof together."""
    proof = _proof(program.conditions, first)
    program.fix(_spent(columns), first.level)
    each = {player: dict.fromkeys(columns.grants_to(player), Fraction(1)) for player in columns.players}
    granted = dict.fromkeys(columns.players, Fraction(0))
    if first.level:
        granted |= program.settle({player: goal for player, goal in each.items() if goal})
    payments = _settle_payments(game, columns, program)
    return SubsidySolution(first.level, payments, from_pools(rules, columns, granted), proof)


def _settle_payments(game: CostGame, columns: Columns, program: SubsidyProgram) -> dict[Player, Fraction]:
    """Make shares of stand-alone costs as equal as can be; who costs nothing alone comes after that."""
    alone = game.stand_alone()
    parts = {p: {columns.payment(p): 1 / alone[p]} for p in columns.players if alone[p]}
    paid = {p: part * alone[p] for p, part in program.settle(parts, unit=Fraction(1)).items()}
    rest = {p: {columns.payment(p): Fraction(1)} for p in columns.players if not alone[p]}
    return {
        p: amount for p in columns.players for amount in [(paid | program.settle(rest)).get(p, Fraction(0))]
    }


def _proof(rows: Sequence[Condition], optimum: Optimum) -> tuple[Binding, ...]:
    kept = [(rows[number], price) for number, price in optimum.prices.items()]
    order = list(RuleKind)
    kept.sort(key=lambda item: (order.index(item[0].kind), len(item[0].who), tuple(map(str, item[0].who))))
    return tuple(Binding(row.kind, row.who, row.bound, price) for row, price in kept)


def _rule_costs(program: SubsidyProgram, columns: Columns, first: Optimum) -> dict[RuleKind, Fraction]:
    """Leave out each kind of rule that holds the money up, and see how much less will do."""
    kinds = {program.conditions[number].kind for number in first.prices} - {RuleKind.COST}
    costs = {}
    for kind in sorted(kinds, key=list(RuleKind).index):
        costs[kind] = first.level - program.without(kind).least([_spent(columns)]).level
    return costs


def _values(columns: Columns, solution: SubsidySolution) -> list[Fraction]:
    return [
        *(solution.payments[player] for player in columns.players),
        *(solution.grants[pair] for pair in columns.grants),
    ]


def from_pools(
    rules: SubsidyRules, columns: Columns, granted: Mapping[Player, Fraction]
) -> dict[tuple[str, Player], Fraction]:
    """Take grants from pools in their order, operators by id, as much as leaves enough for the others.

    Pools that do not hold enough give what they can.

    Parameters
    ----------
    rules
        For the pools and their caps.
    columns
        Where the grants stand.
    granted
        Public money for each player.
    """
    caps = {pool.id: pool.cap for pool in rules.pools}
    whole = sum(granted.values(), Fraction(0))
    names = list(dict.fromkeys(pool for pool, _ in columns.grants))
    limits = [whole if (cap := caps.get(name)) is None else Fraction(cap) for name in names]
    integers, scale = to_integers([*granted.values(), *limits])
    graph: nx.DiGraph[Any] = nx.DiGraph()
    graph.add_nodes_from(["state", "operators"])
    for player, amount in zip(granted, integers, strict=False):
        graph.add_edge(("operator", player), "operators", capacity=amount, weight=0)
    for name, amount in zip(names, integers[len(granted) :], strict=True):
        graph.add_edge("state", ("pool", name), capacity=amount, weight=0)
    for rank, (name, player) in enumerate(reversed(columns.grants)):
        # each weight is more than all smaller ones together, so the first pair gets as much as it can, then the next
        graph.add_edge(("pool", name), ("operator", player), weight=-(2**rank))
    flow = nx.max_flow_min_cost(graph, "state", "operators")
    return {
        (name, player): Fraction(flow["pool", name]["operator", player], scale)
        for name, player in columns.grants
    }


def cost_of_stability(game: CostGame) -> CostOfStability:
    """Find the least public money that keeps every coalition in (Bachrach and others 2009).

    It is zero if and only if the core is not empty, and by linear programming's duality it is ``c(N)`` less the smallest
    ``sum of w(S) c(S)`` over balanced weights (Bondareva 1963; Shapley 1967). A payment may be negative, as in the core.

    Parameters
    ----------
    game
        Up to 22 players, or a fixed network.

    Examples
    --------
    >>> pairs = {(1,): 10, (2,): 10, (3,): 10, (1, 2): 12, (1, 3): 12, (2, 3): 12, (1, 2, 3): 20}
    >>> cost_of_stability(CostGame.from_table(pairs)).subsidy
    Fraction(2, 1)
    """
    columns = Columns.of(game.players, SubsidyRules())
    program = subsidy_program(game, SubsidyRules(), columns).without(RuleKind.NOT_NEGATIVE)
    first = program.least([_spent(columns)])
    weights = {
        frozenset(b.who): b.price for b in _proof(program.conditions, first) if b.kind is RuleKind.COALITION
    }
    program.fix(_spent(columns), first.level)
    for player in columns.players:  # all others pay no more than their cost, so each pays at least the rest
        others = game.cost([other for other in columns.players if other != player])
        floor = {columns.payment(player): Fraction(-1)}
        rest = others - game.total + first.level
        program.conditions.append(Condition(RuleKind.NOT_NEGATIVE, (player,), floor, rest))
    payments = _settle_payments(game, columns, program)
    return CostOfStability(
        first.level, payments, weights if first.level else {frozenset(game.players): Fraction(1)}
    )
