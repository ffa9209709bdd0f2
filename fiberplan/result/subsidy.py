"""The smallest subsidy of a plan, and the plan split by it (`docs/cost-split.md` §13)."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from fractions import Fraction
from typing import TYPE_CHECKING, Final

from fiberplan.cost import split_costs
from fiberplan.errors import SharingError, VerificationError
from fiberplan.finance.ability import abilities_to_pay
from fiberplan.project.settings import FundingPolicy, GameName
from fiberplan.result.game import (
    cost_game,
    fixed_network_game,
    group_count_fault,
    operators_pay,
    players_of,
)
from fiberplan.result.record import ProofBasis, SubsidyProof
from fiberplan.result.split import certify, game_rule, with_sharing_rule
from fiberplan.sharing.caps import Caps
from fiberplan.sharing.certificates.saved import game_to_json
from fiberplan.sharing.games.networks import FixedNetworkGame
from fiberplan.sharing.rules.registry import find_rule
from fiberplan.sharing.subsidy.checks import verify_subsidy
from fiberplan.sharing.subsidy.rules import Pool, SubsidyRules
from fiberplan.sharing.subsidy.saved import subsidy_to_json
from fiberplan.sharing.subsidy.shares import left_by_state, share_by_rule

if TYPE_CHECKING:
    from decimal import Decimal

    from fiberplan.project.settings import SharingOptions
    from fiberplan.result.coalitions import CoalitionRun
    from fiberplan.result.record import PlanRecord
    from fiberplan.sharing.games.game import CostGame
    from fiberplan.sharing.games.players import Player
    from fiberplan.sharing.subsidy.result import MinimalSubsidy


_DEFAULT_RULE: Final = "nucleolus"
"""By which operators share what a smallest subsidy leaves, where the project's rule is none on games."""


def subsidy_rules(record: PlanRecord) -> SubsidyRules:
    """Return `[subsidy]` of a plan's project in minor units, with what its business cases can pay.

    Operators that take no part are left out.
    """
    terms, players = record.project.settings.subsidy, players_of(record)
    minor = record.currency.minor_per_major
    caps = Caps.of(terms, minor)

    def amount(major: Decimal | None) -> Fraction | None:
        return None if major is None else Fraction(major) * minor

    ability: dict[Player, Fraction] = {}
    if terms.use_business_cases:
        limits = abilities_to_pay(record.project, record.design)
        ability |= {who: Fraction(most) for who, most in limits.items() if who in players}
    ability |= {who: Fraction(most) * minor for who, most in terms.ability.items() if who in players}
    return SubsidyRules(
        ability=ability or None,
        cap_per_operator=caps.per_operator,
        cap_total=caps.total,
        pools=tuple(
            Pool(
                id=name,
                cap=amount(pool.cap),
                operators=frozenset(who for who in pool.operators if who in players)
                if pool.operators
                else None,
            )
            for name, pool in sorted(terms.pool.items())
        ),
        largest_subsidy_share=terms.largest_subsidy_share,
        largest_network_share=terms.largest_network_share,
        least_share_of_stand_alone=terms.least_share_of_stand_alone,
        least_share_of_total=terms.least_share_of_total,
        least_public_share=terms.least_public_share,
        most_recipients=terms.most_recipients,
        smallest_grant=int(Fraction(terms.smallest_grant or 0) * minor),
    )


def game_without_state(record: PlanRecord, run: CoalitionRun) -> CostGame:
    """Create the game without public money, of the kind that the project names; a plan with a subsidy has its game.

    Parameters
    ----------
    record
        The joint plan.
    run
        Plans the networks of coalitions, or knows them.
    """
    if record.subsidy is not None:
        return record.subsidy.cost_game
    if record.project.settings.sharing.game is GameName.JOINT_NETWORK:
        return fixed_network_game(record, gross=True)
    return cost_game(record, run, gross=True)


def with_rule_for_subsidy(
    record: PlanRecord,
    rule: SharingOptions | str | None,
    *,
    game: GameName | str | None = None,
) -> PlanRecord:
    """Return a plan whose project has a sharing rule that can divide what a smallest subsidy leaves.

    Parameters
    ----------
    record
        The plan.
    rule
        By name, or with its weights. If ``None``, that of the project, and the nucleolus where that rule divides
        accounts and not a game.
    game
        Name of the kind of game; that of the project if ``None``.

    Raises
    ------
    SharingError
        There is to be no game, or it needs a network for each group and there are too many operators for that.
    """
    if rule is None and not find_rule(record.project.settings.sharing.rule).is_on_game:
        rule = _DEFAULT_RULE
    changed = with_sharing_rule(record, rule, game=game)
    is_planned = changed.project.settings.sharing.game is GameName.OWN_NETWORKS and record.subsidy is None
    if is_planned and (fault := group_count_fault(len(players_of(record)))):
        raise SharingError(fault)
    return changed


def check_subsidy(game: CostGame, subsidy: MinimalSubsidy) -> None:
    """Check a smallest subsidy and its proof by sums.

    Parameters
    ----------
    game
        What groups of operators would pay, without public money.
    subsidy
        The subsidy.

    Raises
    ------
    VerificationError
        Something does not hold.
    """
    if faults := verify_subsidy(game, subsidy):
        raise VerificationError("the smallest subsidy", faults)


def split_by_subsidy(record: PlanRecord, subsidy: MinimalSubsidy, *, game: CostGame) -> PlanRecord:
    """Split a plan so that the state pays a smallest subsidy, and operators divide the rest by the project's rule.

    Parameters
    ----------
    record
        Its split so far does not count.
    subsidy
        The smallest subsidy of this plan.
    game
        What groups of its operators would pay, without public money.

    Returns
    -------
    PlanRecord
        Its project has no public shares any more, since the state pays nobody who builds alone.

    Raises
    ------
    SharingError
        The rule divides accounts and not a game, no whole amounts meet the state's rules, or the game or the subsidy
        is another plan's.
    """
    players, sharing = players_of(record), record.project.settings.sharing
    if not find_rule(sharing.rule).is_on_game:
        raise SharingError(
            f"the rule '{sharing.rule}' divides accounts, and a smallest subsidy leaves a game to divide; "
            "choose a rule on the game, such as nucleolus"
        )
    whole = operators_pay(record, gross=True)
    if game.players != players or game.total != whole or subsidy.total != whole:
        raise SharingError(
            f"the subsidy or its game is not of this plan, in which {', '.join(players)} cost {whole} minor units"
        )
    subsidy, is_moved = share_by_rule(game, subsidy, game_rule(sharing, players))
    money = subsidy.money
    assert money is not None, "shares by a rule are whole amounts"
    alone = tuple(
        replace(entry, public=0, share=money.payments[entry.operator_id]) for entry in record.stand_alone
    )
    settings = replace(record.project.settings, funding=FundingPolicy())
    split = split_costs(
        record.ledger,
        record.design,
        policy=settings.funding,
        rule=sharing.rule,
        totals={str(who): amount for who, amount in money.payments.items()},
        granted=_granted(subsidy),
        stand_alone={entry.operator_id: entry.cost for entry in alone},
        stand_alone_is_proven=all(entry.is_proven for entry in alone),
        operators=record.project.operators_with_demand,
    )
    result = replace(
        record,
        project=replace(record.project, settings=settings),
        split=split,
        stand_alone=alone,
        subsidy=SubsidyProof(subsidy_to_json(subsidy), game_to_json(game), is_moved),
    )
    is_fixed = isinstance(game, FixedNetworkGame)
    basis = ProofBasis.JOINT_NETWORK if is_fixed else ProofBasis.OWN_NETWORKS
    return replace(result, proof=certify(result, game=left_by_state(game, money.public), basis=basis))


def _granted(subsidy: MinimalSubsidy) -> dict[str, int]:
    """Sum what the state pays in place of each operator."""
    granted: Counter[str] = Counter()
    if subsidy.money is not None:
        for (_, who), amount in subsidy.money.grants.items():
            granted[str(who)] += amount
    return dict(granted)
