"""The split of a plan by any rule, with its certificate: on accounts, or by what coalitions would pay.

(`docs/cost-split.md` §11.)
"""

from __future__ import annotations

from dataclasses import fields, replace
from fractions import Fraction
from typing import TYPE_CHECKING, Final

from fiberplan.cost import split_costs
from fiberplan.errors import SharingError
from fiberplan.project.settings import GameName, SharingOptions, SharingRuleName
from fiberplan.result.game import MAX_AHEAD, cost_game, fixed_network_game, operators_pay, players_of
from fiberplan.result.record import ProofBasis, SplitProof
from fiberplan.sharing.certificates.certificate import certify_split, check_shares
from fiberplan.sharing.certificates.saved import certificate_to_json, game_to_json
from fiberplan.sharing.certificates.stand_alone import stand_alone_certificate
from fiberplan.sharing.comparison import RULES, RuleComparison, RuleResult, compare_rules, rule
from fiberplan.sharing.games.game import MAX_ENUMERATED
from fiberplan.sharing.games.networks import FixedNetworkGame
from fiberplan.sharing.rules.rounding import in_money

if TYPE_CHECKING:
    from fiberplan.cost import CostSplit
    from fiberplan.money import Rational
    from fiberplan.project.model import Project
    from fiberplan.project.settings import FundingPolicy
    from fiberplan.result.coalitions import CoalitionCache, CoalitionOptions
    from fiberplan.result.game import Done
    from fiberplan.result.record import PlanRecord
    from fiberplan.sharing.comparison import GameRule
    from fiberplan.sharing.games.game import CostBounds, CostGame
    from fiberplan.sharing.games.players import Player

ROUNDING: Final = 1
"""Shares in money may be a minor unit off their exact ones."""


def check_sharing(project: Project) -> None:
    """Check before anything is planned that the sharing rule can be worked out.

    Raises
    ------
    SharingError
        Weights or priorities are of no operator, or missing, or there are too many operators for the rule.
    """
    sharing = project.settings.sharing
    known = {operator.id for operator in project.operators}
    wanting = sorted({entry.operator_id for entry in project.demand})
    problems = [
        f"{option}: {', '.join(strange)} is no operator of the project"
        for option, given in (("weights", sharing.weights), ("priority", sharing.priority))
        if (strange := sorted(given.keys() - known))
    ]
    if sharing.weights and (missing := [name for name in wanting if name not in sharing.weights]):
        problems.append(f"weights: {', '.join(missing)} has demand and no weight")
    if sharing.rule is SharingRuleName.PROPORTIONAL and not sharing.weights:
        problems.append("weights: the rule 'proportional' needs a weight for each operator with demand")
    if sharing.rule.is_on_game and sharing.game is GameName.OWN_NETWORKS and len(wanting) > MAX_AHEAD:
        problems.append(
            f"rule: '{sharing.rule}' needs a network for each of 2**{len(wanting)} coalitions of operators, and at most "
            f'{MAX_AHEAD} operators can have that; game = "joint-network" needs none'
        )
    if problems:
        raise SharingError("\n".join(["[sharing] cannot be worked out", *map("  {}".format, problems)]))


def asking(record: PlanRecord, rule: SharingOptions | SharingRuleName | str | None) -> PlanRecord:
    """Put another sharing rule into the project of a plan, by name or with its weights."""
    settings = record.project.settings
    sharing = settings.sharing
    if isinstance(rule, SharingOptions):
        sharing = rule
    elif rule is not None:
        sharing = replace(sharing, rule=SharingRuleName(rule))
    return replace(record, project=replace(record.project, settings=replace(settings, sharing=sharing)))


def funded(record: PlanRecord, policy: FundingPolicy) -> PlanRecord:
    """Put other public shares into the project of a plan; what rests on another funding is taken out."""
    settings = replace(record.project.settings, funding=policy)
    asked = replace(record, project=replace(record.project, settings=settings))
    if policy == record.split.policy and record.subsidy is None:
        return asked
    # By any rule: public money does not depend on it.
    operators = {entry.operator_id for entry in record.project.demand}
    public = split_costs(record.ledger, record.design, policy=policy, operators=operators)
    return replace(asked, stand_alone=(), split=public, subsidy=None)


def game_rule(sharing: SharingOptions, players: tuple[str, ...]) -> GameRule:
    """Make the rule that the options name, for the operators who take part."""
    takes = {field.name for field in fields(RULES[sharing.rule])}
    given = {"weights": sharing.weights, "priority": sharing.priority}
    options: dict[str, object] = {
        name: {who: value for who, value in of.items() if who in players}
        for name, of in given.items()
        if of and name in takes
    }
    return rule(sharing.rule.value, **options)


def game_for(
    record: PlanRecord,
    *,
    options: CoalitionOptions | None = None,
    cache: CoalitionCache | None = None,
    progress: Done | None = None,
) -> CostGame | None:
    """Make the game that the rule of a plan's project looks at; ``None`` if it looks at none, or nobody takes part."""
    sharing = record.project.settings.sharing
    if not sharing.rule.is_on_game or not players_of(record):
        return None
    if sharing.game is GameName.JOINT_NETWORK:
        return fixed_network_game(record)
    return cost_game(record, options=options, cache=cache, progress=progress)


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
        A rule on games has no game, is not defined for it, or wants to pay somebody for using the network.
    """
    project, players = record.project, players_of(record)
    sharing = project.settings.sharing
    totals: dict[str, int] | None = {} if sharing.rule.is_on_game else None
    if sharing.rule.is_on_game and players:
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
        operators={entry.operator_id for entry in project.demand},
    )


def prove(
    record: PlanRecord, *, game: CostGame | None = None, basis: ProofBasis | None = None
) -> SplitProof | None:
    """Certify the split of a plan, against a game or else against what operators would pay alone.

    Parameters
    ----------
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
        found = stand_alone_certificate(operators_pay(record), shares, alone, rounding=ROUNDING)
        return SplitProof(ProofBasis.STAND_ALONE, certificate_to_json(found))
    is_fixed = isinstance(game, FixedNetworkGame)
    if not is_fixed and game.size > MAX_ENUMERATED:
        return prove(record)
    found = certify_split(game, shares, rounding=ROUNDING)
    by_class = ProofBasis.JOINT_NETWORK if is_fixed else ProofBasis.OWN_NETWORKS
    return SplitProof(basis or by_class, certificate_to_json(found), game_to_json(game))


def resplit(record: PlanRecord, *, game: CostGame | None = None) -> PlanRecord:
    """Give a plan the split that its project asks for, and the certificate of that."""
    split = split_record(record, game=game)
    alone = tuple(replace(entry, share=split.payments[entry.operator_id]) for entry in record.stand_alone)
    record = replace(record, split=split, stand_alone=alone, subsidy=None)
    return replace(record, proof=prove(record, game=game))


def compare_record(record: PlanRecord, game: CostGame) -> RuleComparison:
    """Put every rule beside the others, with the properties of what it makes of a plan.

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
    for name in SharingRuleName:
        own = replace(sharing, rule=name)
        if name.is_on_game:
            if name is not SharingRuleName.PROPORTIONAL or sharing.weights:
                results.extend(compare_rules(game, rules=[game_rule(own, players)]).results)
            continue
        settings = replace(record.project.settings, sharing=own)
        split = split_record(replace(record, project=replace(record.project, settings=settings)))
        shares: dict[Player, Fraction] = {player: Fraction(split.payments[player]) for player in players}
        results.append(RuleResult(name.value, shares, check_shares(game, shares, rounding=ROUNDING)))
    return RuleComparison(game.players, tuple(results))
