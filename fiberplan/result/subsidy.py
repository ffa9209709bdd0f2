"""The smallest subsidy of a plan, and the plan split under it (`docs/cost-split.md` §13)."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from fractions import Fraction
from typing import TYPE_CHECKING

from fiberplan.cost import split_costs
from fiberplan.errors import SharingError
from fiberplan.finance.ability import abilities_to_pay
from fiberplan.project.settings import FundingPolicy, GameName
from fiberplan.result.game import cost_game, fixed_network_game, operators_pay, players_of
from fiberplan.result.record import ProofBasis, SubsidyProof
from fiberplan.result.split import game_rule, prove
from fiberplan.sharing.certificates.saved import game_to_json
from fiberplan.sharing.games.networks import FixedNetworkGame
from fiberplan.sharing.subsidy.rules import Pool, SubsidyRules
from fiberplan.sharing.subsidy.saved import subsidy_to_json
from fiberplan.sharing.subsidy.shares import left_by_state, share_by_rule

if TYPE_CHECKING:
    from decimal import Decimal

    from fiberplan.result.coalitions import CoalitionCache, CoalitionOptions
    from fiberplan.result.game import Done
    from fiberplan.result.record import PlanRecord
    from fiberplan.sharing.games.game import CostGame
    from fiberplan.sharing.games.players import Player
    from fiberplan.sharing.subsidy.result import MinimalSubsidy


def subsidy_rules(record: PlanRecord) -> SubsidyRules:
    """Write the `[subsidy]` of a plan's project in minor units, with the abilities of its business cases.

    Operators that take no part are left out.
    """
    terms, players = record.project.settings.subsidy, players_of(record)
    minor = record.currency.minor_per_major

    def amount(major: Decimal | None) -> Fraction | None:
        return None if major is None else Fraction(major) * minor

    ability: dict[Player, Fraction] = {}
    if terms.use_business_cases:
        found = abilities_to_pay(record.project, record.design)
        ability |= {who: Fraction(most) for who, most in found.items() if who in players}
    ability |= {who: Fraction(most) * minor for who, most in terms.ability.items() if who in players}
    return SubsidyRules(
        ability=ability or None,
        cap_per_operator=amount(terms.cap_per_operator),
        cap_total=amount(terms.cap_total),
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


def game_without_state(
    record: PlanRecord,
    *,
    options: CoalitionOptions | None = None,
    cache: CoalitionCache | None = None,
    progress: Done | None = None,
) -> CostGame:
    """Make the game without public money, of the kind that the project names; a plan with a subsidy has its game."""
    if record.subsidy is not None:
        return record.subsidy.costs
    if record.project.settings.sharing.game is GameName.JOINT_NETWORK:
        return fixed_network_game(record, gross=True)
    return cost_game(record, gross=True, options=options, cache=cache, progress=progress)


def resplit_by_subsidy(record: PlanRecord, found: MinimalSubsidy, *, game: CostGame) -> PlanRecord:
    """Split a plan so that the state pays a smallest subsidy, and operators divide the rest by the project's rule.

    Parameters
    ----------
    record
        Its split so far does not count.
    found
        The subsidy of this plan.
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
    if not sharing.rule.is_on_game:
        raise SharingError(
            f"the rule '{sharing.rule}' divides accounts, and a smallest subsidy leaves a game to divide; "
            "choose a rule on the game, such as nucleolus"
        )
    whole = operators_pay(record, gross=True)
    if game.players != players or game.total != whole or found.total != whole:
        raise SharingError(
            f"the subsidy or its game is not of this plan, in which {', '.join(players)} cost {whole} minor units"
        )
    found, is_moved = share_by_rule(game, found, game_rule(sharing, players))
    money = found.money
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
        granted=_granted(found),
        stand_alone={entry.operator_id: entry.cost for entry in alone},
        stand_alone_is_proven=all(entry.is_proven for entry in alone),
        operators={entry.operator_id for entry in record.project.demand},
    )
    made = replace(
        record,
        project=replace(record.project, settings=settings),
        split=split,
        stand_alone=alone,
        subsidy=SubsidyProof(subsidy_to_json(found), game_to_json(game), is_moved),
    )
    is_fixed = isinstance(game, FixedNetworkGame)
    basis = ProofBasis.JOINT_NETWORK if is_fixed else ProofBasis.OWN_NETWORKS
    return replace(made, proof=prove(made, game=left_by_state(game, money.public), basis=basis))


def _granted(found: MinimalSubsidy) -> dict[str, int]:
    """Add up what the state pays in place of each operator."""
    granted: Counter[str] = Counter()
    if found.money is not None:
        for (_, who), amount in found.money.grants.items():
            granted[str(who)] += amount
    return dict(granted)
