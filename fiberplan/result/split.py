"""The split of a plan by any rule, with its certificate: on accounts, or by what coalitions would pay.

(`docs/cost-split.md` §11.)
"""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction
from typing import TYPE_CHECKING, Final

from fiberplan.cost import split_costs
from fiberplan.errors import SharingError
from fiberplan.project.settings import GameName, SharingOptions
from fiberplan.result.game import (
    cost_game,
    fixed_network_game,
    group_count_fault,
    operators_pay,
    players_of,
)
from fiberplan.result.record import ProofBasis, SplitProof
from fiberplan.sharing.certificates.certificate import certify_split, check_shares
from fiberplan.sharing.certificates.saved import certificate_to_json, game_to_json
from fiberplan.sharing.certificates.stand_alone import stand_alone_certificate
from fiberplan.sharing.comparison import RuleComparison, RuleResult, compare_rules, rule, rule_options
from fiberplan.sharing.games.game import MAX_ENUMERATED
from fiberplan.sharing.games.networks import FixedNetworkGame
from fiberplan.sharing.rules.registry import find_game_rule, find_rule, rules_for_plans
from fiberplan.sharing.rules.rounding import in_money

if TYPE_CHECKING:
    from fiberplan.cost import CostSplit
    from fiberplan.money import Rational
    from fiberplan.project.model import Project
    from fiberplan.project.settings import FundingPolicy
    from fiberplan.result.coalitions import CoalitionRun
    from fiberplan.result.record import PlanRecord
    from fiberplan.sharing.games.game import CostBounds, CostGame
    from fiberplan.sharing.games.players import Player
    from fiberplan.sharing.rules.rule import GameRule

ROUNDING: Final = 1
"""Shares in money may be a minor unit off their exact ones."""

NO_GAME: Final = "none"
"""In place of a `GameName`: the split is certified against networks of single operators only."""


def check_sharing(project: Project) -> None:
    """Check before anything is planned that the sharing rule can be worked out.

    Raises
    ------
    SharingError
        Weights or priorities are of no operator, or missing, or there are too many operators for the rule.
    """
    sharing = project.settings.sharing
    known = {operator.id for operator in project.operators}
    with_demand = project.operators_with_demand
    problems = [
        f"{option}: {', '.join(unknown)} is no operator of the project"
        for option, given in (("weights", sharing.weights), ("priority", sharing.priority))
        if (unknown := sorted(given.keys() - known))
    ]
    if sharing.weights and (missing := [name for name in with_demand if name not in sharing.weights]):
        problems.append(f"weights: {', '.join(missing)} has demand and no weight")
    if find_rule(sharing.rule).needs_weights and not sharing.weights:
        problems.append(f"weights: the rule '{sharing.rule}' needs a weight for each operator with demand")
    if find_rule(sharing.rule).is_on_game and sharing.game is GameName.OWN_NETWORKS:
        fault = group_count_fault(len(with_demand))
        problems += [f"rule: '{sharing.rule}' needs the cost of every group; {fault}"] if fault else []
    if problems:
        raise SharingError("\n".join(["[sharing] cannot be worked out", *map("  {}".format, problems)]))


def with_sharing_rule(
    record: PlanRecord,
    rule: SharingOptions | str | None,
    *,
    game: GameName | str | None = None,
) -> PlanRecord:
    """Return a plan whose project has another sharing rule; the split stays.

    Parameters
    ----------
    record
        The plan.
    rule
        By name, or with its weights; that of the project if ``None``.
    game
        What groups of operators are compared with; that of the project if ``None`` or `NO_GAME`.

    Raises
    ------
    SharingError
        There is no rule of that name, or it needs a game and is to have none.
    ValueError
        There is no game of that name.
    """
    settings = record.project.settings
    sharing = settings.sharing
    if isinstance(rule, SharingOptions):
        sharing = rule
    elif rule is not None:
        sharing = replace(sharing, rule=find_rule(rule).name)
    if game == NO_GAME:
        if find_rule(sharing.rule).is_on_game:
            raise SharingError(f"the rule '{sharing.rule}' needs a game of what groups would pay")
    elif game is not None:
        sharing = replace(sharing, game=GameName(game))
    return replace(record, project=replace(record.project, settings=replace(settings, sharing=sharing)))


def with_public_shares(record: PlanRecord, policy: FundingPolicy) -> PlanRecord:
    """Return a plan whose project has other public shares; what rests on other public money is left out.

    Parameters
    ----------
    record
        The plan.
    policy
        Public shares and their caps.
    """
    settings = replace(record.project.settings, funding=policy)
    changed = replace(record, project=replace(record.project, settings=settings))
    if policy == record.split.policy and record.subsidy is None:
        return changed
    # By any rule: public money does not depend on it.
    operators = record.project.operators_with_demand
    public = split_costs(record.ledger, record.design, policy=policy, operators=operators)
    return replace(changed, stand_alone=(), split=public, subsidy=None)


def game_rule(sharing: SharingOptions, players: tuple[str, ...]) -> GameRule:
    """Create the rule that the options name.

    Parameters
    ----------
    sharing
        Rule, weights and priorities.
    players
        Ids of the operators that take part.
    """
    takes = rule_options(find_game_rule(sharing.rule))
    given = {"weights": sharing.weights, "priority": sharing.priority}
    options: dict[str, object] = {
        name: {who: value for who, value in of.items() if who in players}
        for name, of in given.items()
        if of and name in takes
    }
    return rule(sharing.rule, **options)


def sharing_game(record: PlanRecord, run: CoalitionRun) -> CostGame | None:
    """Create the game of the kind that a plan's project names.

    Parameters
    ----------
    record
        The joint plan.
    run
        Plans the networks of coalitions, or knows them.

    Returns
    -------
    CostGame or None
        ``None`` where no operator takes part.

    Raises
    ------
    SharingError
        There are too many operators to plan a network for each of their groups.
    """
    players = players_of(record)
    if not players:
        return None
    if record.project.settings.sharing.game is GameName.JOINT_NETWORK:
        return fixed_network_game(record)
    if fault := group_count_fault(len(players)):
        raise SharingError(fault)
    return cost_game(record, run)


def certifying_game(
    record: PlanRecord, run: CoalitionRun, *, name: GameName | str | None = None
) -> CostGame | None:
    """Create the game that a split is made and certified by, if there is to be one.

    Parameters
    ----------
    record
        The joint plan.
    run
        Plans the networks of coalitions, or knows them.
    name
        The game that the project names, whatever the rule; ``None`` only for a rule on the game; `NO_GAME` never.

    Returns
    -------
    CostGame or None
        ``None`` where stand-alone networks are enough, or no operator takes part.

    Raises
    ------
    SharingError
        There are too many operators to plan a network for each of their groups.
    """
    if find_rule(record.project.settings.sharing.rule).is_on_game or name not in {None, NO_GAME}:
        return sharing_game(record, run)
    return None


def split_record(record: PlanRecord, *, game: CostGame | None = None) -> CostSplit:
    """Split a plan by the rule and the public money of its project.

    Parameters
    ----------
    record
        Its split so far does not count.
    game
        What coalitions of operators would pay; only rules on games need one.

    Raises
    ------
    SharingError
        A rule on games has no game, is not defined for it, or would pay operators for using the network.
    """
    project, players = record.project, players_of(record)
    sharing = project.settings.sharing
    is_on_game = find_rule(sharing.rule).is_on_game
    totals: dict[str, int] | None = {} if is_on_game else None
    if is_on_game and players:
        if game is None or game.players != players:
            raise SharingError(f"the rule '{sharing.rule}' needs the cost game of {', '.join(players)}")
        totals = {str(name): share for name, share in in_money(game_rule(sharing, players)(game)).items()}
        if paid := {name: -share for name, share in totals.items() if share < 0}:
            who = ", ".join(f"{name} {amount}" for name, amount in paid.items())
            raise SharingError(
                f"the rule '{sharing.rule}' would pay operators for using the network ({who} minor units); "
                "choose a rule that does not"
            )
    alone = {entry.operator_id: entry.own for entry in record.stand_alone}
    return split_costs(
        record.ledger,
        record.design,
        policy=project.funding,
        rule=sharing.rule,
        totals=totals,
        stand_alone=alone,
        stand_alone_is_proven=all(entry.is_proven for entry in record.stand_alone),
        operators=project.operators_with_demand,
    )


def certify(
    record: PlanRecord, *, game: CostGame | None = None, basis: ProofBasis | None = None
) -> SplitProof | None:
    """Certify the split of a plan, against a game or else against what operators would pay alone.

    Parameters
    ----------
    record
        The plan.
    game
        What groups of its operators would pay; stand-alone networks if ``None``.
    basis
        What the game is of, where its class does not say so.

    Returns
    -------
    SplitProof or None
        ``None`` where no operator takes part.
    """
    players = players_of(record)
    if not players:
        return None
    shares: dict[Player, Rational] = {name: record.split.payments[name] for name in players}
    if game is None:
        alone: dict[Player, CostBounds] = {entry.operator_id: entry.bounds() for entry in record.stand_alone}
        certificate = stand_alone_certificate(operators_pay(record), shares, alone, rounding=ROUNDING)
        return SplitProof(ProofBasis.STAND_ALONE, certificate_to_json(certificate))
    is_fixed = isinstance(game, FixedNetworkGame)
    if not is_fixed and game.size > MAX_ENUMERATED:
        return certify(record)
    certificate = certify_split(game, shares, rounding=ROUNDING)
    by_class = ProofBasis.JOINT_NETWORK if is_fixed else ProofBasis.OWN_NETWORKS
    return SplitProof(basis or by_class, certificate_to_json(certificate), game_to_json(game))


def split_again(record: PlanRecord, *, game: CostGame | None = None) -> PlanRecord:
    """Return a plan with the split by the rule and public shares of its project, and the certificate of that.

    Parameters
    ----------
    record
        Its split so far does not count.
    game
        As in `split_record`.
    """
    split = split_record(record, game=game)
    alone = tuple(replace(entry, share=split.payments[entry.operator_id]) for entry in record.stand_alone)
    record = replace(record, split=split, stand_alone=alone, subsidy=None)
    return replace(record, proof=certify(record, game=game))


def compare_record(record: PlanRecord, game: CostGame) -> RuleComparison:
    """Compare all rules: what each operator would pay, and which properties the split has.

    Parameters
    ----------
    record
        Under whose project's public money, weights and priorities.
    game
        What coalitions of its operators would pay.
    """
    players = players_of(record)
    sharing = record.project.settings.sharing
    results: list[RuleResult] = []
    for kind in rules_for_plans():
        own = replace(sharing, rule=kind.name)
        if kind.is_on_game:
            if sharing.weights or not kind.needs_weights:
                results.extend(compare_rules(game, rules=[game_rule(own, players)]).results)
            continue
        settings = replace(record.project.settings, sharing=own)
        split = split_record(replace(record, project=replace(record.project, settings=settings)))
        shares: dict[Player, Fraction] = {player: Fraction(split.payments[player]) for player in players}
        results.append(RuleResult(kind.name, shares, check_shares(game, shares, rounding=ROUNDING)))
    return RuleComparison(game.players, tuple(results))
