"""Splits of plans by rules on games, and their certificates (`docs/cost-split.md` §11)."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from fractions import Fraction
from typing import TYPE_CHECKING

import pytest
from support.builders import demand, three_arms

import fiberplan as fp
from fiberplan.errors import SharingError
from fiberplan.project.settings import GameName, SharingOptions
from fiberplan.result.game import operators_pay, players_of
from fiberplan.result.record import ProofBasis
from fiberplan.result.split import check_sharing
from fiberplan.sharing import CostGame, in_money, rule, verify_certificate
from fiberplan.sharing.accounts.checks import CheckKind
from fiberplan.sharing.accounts.dividing import STATE
from fiberplan.sharing.certificates.saved import game_from_json
from fiberplan.sharing.rules.registry import find_rule, rule_names

if TYPE_CHECKING:
    from pathlib import Path

    from fiberplan.plan import Plan

ON_GAMES = [name for name in rule_names(for_plans=True) if find_rule(name).is_on_game]


@pytest.fixture(scope="module")
def plan() -> Plan:
    return fp.plan_rollout(three_arms(funding={"public_share": {"backhaul": 0.5}, "cap_total": 9000}))


def options(name: str) -> SharingOptions:
    weights = {"op-a": 1, "op-b": 2, "op-c": "2.5"} if name == "proportional" else {}
    return SharingOptions(rule=name, weights=weights)


@pytest.mark.parametrize("name", ON_GAMES)
def test_operators_pay_what_the_rule_gives_them_to_the_last_unit(plan: Plan, name: str) -> None:
    """§11.6 and §11.7: totals of the rule; every account and every class sums; public money is as it was."""
    game = plan.cost_game()
    weights = {"weights": {"op-a": 1, "op-b": 2, "op-c": Fraction(5, 2)}} if name == "proportional" else {}
    split = plan.split_costs(rule=options(name), game=game)
    expected = in_money(rule(name, **weights)(game))
    assert {who: split.payments[who] for who in ("op-a", "op-b", "op-c")} == expected
    assert split.rule == name
    assert split.payments[STATE] == plan.split.payments[STATE] > 0
    assert all(cell.amount > 0 for cell in split.cells)
    places: Counter[object] = Counter()
    for cell in split.cells:
        places[cell.place_kind, cell.place_id] += cell.amount
    assert places == Counter(plan.ledger.totals("place"))
    checks = {check.kind: check.passed for check in split.checks}
    assert checks[CheckKind.BALANCE]
    assert checks[CheckKind.NOT_NEGATIVE]


def test_the_rule_of_the_project_is_used(plan: Plan) -> None:
    settings = replace(plan.project.settings, sharing=SharingOptions(rule="nucleolus"))
    again = fp.plan_rollout(replace(plan.project, settings=settings))
    assert again.split == plan.split_costs(rule="nucleolus")
    assert again.proof is not None
    assert again.proof.basis is ProofBasis.OWN_NETWORKS
    assert {entry.operator_id: entry.share for entry in again.stand_alone} == {
        who: again.split.payments[who] for who in players_of(again)
    }


def test_on_the_joint_network_the_shapley_value_is_segment_use(plan: Plan) -> None:
    """§4: but for the rounding of each account."""
    result = plan.with_split(rule=SharingOptions(rule="shapley", game=GameName.JOINT_NETWORK))
    assert result.proof is not None
    assert result.proof.basis is ProofBasis.JOINT_NETWORK
    for who in players_of(plan):
        assert abs(result.split.payments[who] - plan.split.payments[who]) < len(plan.split.cells)


def test_a_share_below_direct_cost_makes_others_pay_for_it_and_no_cell_negative(plan: Plan) -> None:
    """§11.8, with costs chosen so that the rule gives op-a one unit."""
    whole = operators_pay(plan)
    names = players_of(plan)
    costs = {frozenset([name]): whole for name in names}
    costs |= {frozenset(pair): whole for pair in (names[:2], names[1:], (names[0], names[2]))}
    costs |= {frozenset([names[0]]): 1, frozenset(names): whole}
    game = CostGame.from_table(costs)
    split = plan.split_costs(
        rule=SharingOptions(rule="proportional", weights={names[0]: 1, names[1]: whole, names[2]: whole}),
        game=game,
    )
    assert split.payments["op-a"] <= 1
    assert all(cell.amount > 0 for cell in split.cells)
    arm = {cell.party for cell in split.cells if cell.place_id == "arm-p/1"}
    assert arm & {"op-b", "op-c"}
    certificate = {check.kind: check for check in split.checks}[CheckKind.INCREMENTAL]
    assert certificate.passed is False
    assert certificate.parties == ("op-a",)


def test_a_rule_that_pays_for_using_the_network_is_refused(plan: Plan) -> None:
    """§11.8: all together save 2 × whole, and a third of that is more than op-a costs alone."""
    whole = operators_pay(plan)
    game = CostGame.from_table(
        {
            ("op-a",): 0,
            ("op-b",): 2 * whole,
            ("op-c",): whole,
            ("op-a", "op-b"): 2 * whole,
            ("op-a", "op-c"): whole,
            ("op-b", "op-c"): whole,
            ("op-a", "op-b", "op-c"): whole,
        }
    )
    with pytest.raises(SharingError, match=r"'equal-savings' would pay operators .*\(op-a \d+ minor units\)"):
        plan.split_costs(rule="equal-savings", game=game)


def test_every_split_has_a_certificate_that_can_be_checked(plan: Plan) -> None:
    """§11.9"""
    for name in ("segment-use", "demand", "equal", "nucleolus"):
        result = plan.with_split(rule=name, game=plan.cost_game())
        assert result.proof is not None
        assert result.proof.game is not None
        certificate = result.certificate
        assert certificate is not None
        assert certificate.shares == {who: result.split.payments[who] for who in players_of(plan)}
        assert verify_certificate(game_from_json(result.proof.game), certificate) == ()
    assert certificate.in_core
    assert not certificate.core_is_empty


def test_without_a_game_the_certificate_is_about_stand_alone_plans(plan: Plan) -> None:
    assert plan.proof is not None
    assert plan.proof.basis is ProofBasis.STAND_ALONE
    certificate = plan.certificate
    assert certificate is not None
    assert certificate.finding("balance").passed
    assert certificate.finding("stand-alone").passed
    assert certificate.finding("core").passed is None
    alone = {entry.operator_id: entry.own for entry in plan.stand_alone}
    costly = replace(plan, stand_alone=tuple(replace(entry, cost=entry.public) for entry in plan.stand_alone))
    result = costly.with_split()
    assert result.certificate is not None
    assert result.certificate.finding("stand-alone").passed is False
    assert result.certificate.in_core is False
    assert result.certificate.violation == max(plan.split.payments[who] for who in alone) - 1  # rounding


def test_a_saved_plan_has_its_certificate_and_can_be_split_again(plan: Plan, tmp_path: Path) -> None:
    result = plan.with_split(rule="nucleolus")
    again = fp.Plan.load(result.save(tmp_path / "plan.gpkg"))
    assert again.proof == result.proof
    assert again.certificate == result.certificate
    assert again.split == result.split
    assert again.split_costs(rule="shapley") == plan.split_costs(rule="shapley")


def test_another_policy_is_another_game(plan: Plan) -> None:
    generous = replace(plan.project.funding, cap_total=None)
    result = plan.with_split(rule="nucleolus", funding=generous)
    assert result.project.funding == result.split.policy == generous
    assert result.split.payments[STATE] > plan.split.payments[STATE]
    assert result.split.total == plan.ledger.present_value
    again = fp.plan_rollout(replace(plan.project, settings=result.project.settings))
    assert again.split.payments == result.split.payments
    assert plan.split_costs(funding=generous).payments[STATE] == result.split.payments[STATE]


def test_nobody_pays_nothing_by_any_rule() -> None:
    base = three_arms(sharing={"rule": "nucleolus"})
    without_demand = fp.plan_rollout(replace(base, demand=()))
    assert without_demand.split.rule == "nucleolus"
    assert without_demand.split.total == without_demand.ledger.present_value
    assert without_demand.proof is None
    assert without_demand.certificate is None


def test_faults_of_the_rule_are_reported_before_planning() -> None:
    def message(**sharing: object) -> str:
        with pytest.raises(SharingError) as caught:
            fp.plan_rollout(three_arms(sharing=sharing))
        return str(caught.value)

    text = message(rule="weighted-shapley", weights={"op-a": 1, "op-x": 2}, priority={"op-y": 1})
    assert "weights: op-x is no operator" in text
    assert "priority: op-y is no operator" in text
    assert "weights: op-b, op-c has demand and no weight" in text
    assert "needs a weight for each operator" in message(rule="proportional")
    many = three_arms(sharing={"rule": "shapley"})
    entries = tuple(demand(f"op-{letter}", "p") for letter in "abcdefghijklm")
    operators = tuple(fp.Operator(id=entry.operator_id) for entry in entries)
    crowd = replace(many, operators=operators, demand=entries)
    with pytest.raises(SharingError, match=r"form 2\*\*13 groups"):
        check_sharing(crowd)
    fixed = replace(crowd.settings, sharing=SharingOptions(rule="shapley", game="joint-network"))
    paid = fp.plan_rollout(replace(crowd, settings=fixed)).split.payments
    assert len({paid[entry.operator_id] for entry in entries}) <= 2  # alike, but for a unit


def test_weights_and_priority_reach_the_rule(plan: Plan) -> None:
    """If op-a joins first, it pays what it costs alone."""
    game = plan.cost_game()
    priority = {"op-b": 1, "op-c": 1}
    result = plan.split_costs(rule=SharingOptions(rule="weighted-shapley", priority=priority), game=game)
    assert result.payments["op-a"] == game.cost(["op-a"])


def test_a_game_of_others_is_refused(plan: Plan) -> None:
    joined = plan.cost_game(groups={"ab": ["op-a", "op-b"]})
    with pytest.raises(SharingError, match="needs the cost game of op-a, op-b, op-c"):
        plan.split_costs(rule="nucleolus", game=joined)


# --- games by name ---------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def crowd() -> Plan:
    """Thirteen operators at one park: one more than can have a network planned for each group."""
    entries = tuple(demand(f"op-{letter}", "p") for letter in "abcdefghijklm")
    operators = tuple(fp.Operator(id=entry.operator_id) for entry in entries)
    return fp.plan_rollout(replace(three_arms(), operators=operators, demand=entries))


def test_a_split_is_certified_by_the_game_of_a_name(plan: Plan) -> None:
    for name, basis in (
        ("own-networks", ProofBasis.OWN_NETWORKS),
        ("joint-network", ProofBasis.JOINT_NETWORK),
        ("none", ProofBasis.STAND_ALONE),
    ):
        result = plan.with_split(rule="equal", game=name)
        assert result.proof is not None
        assert result.proof.basis is basis
        assert result.split.payments == plan.split_costs(rule="equal").payments
    assert plan.with_split(game="joint-network").project.settings.sharing.game is GameName.JOINT_NETWORK
    assert plan.with_split(rule="shapley", game="joint-network") == plan.with_split(
        rule=SharingOptions(rule="shapley", game=GameName.JOINT_NETWORK)
    )


def test_a_rule_on_the_game_needs_one(plan: Plan) -> None:
    with pytest.raises(SharingError, match="the rule 'shapley' needs a game"):
        plan.with_split(rule="shapley", game="none")
    with pytest.raises(ValueError, match="chess"):
        plan.with_split(game="chess")


def test_progress_of_a_named_game_counts_coalitions(plan: Plan) -> None:
    calls: list[tuple[int, int]] = []
    fresh = replace(plan)
    fresh.with_split(game="own-networks", progress=lambda done, count: calls.append((done, count)))
    assert calls == [(1, 3), (2, 3), (3, 3)]


def test_too_many_operators_need_the_joint_network(crowd: Plan) -> None:
    message = r"13 operators form 2\*\*13 groups, and at most 12"
    for attempt in (
        lambda: crowd.with_split(game="own-networks"),
        lambda: crowd.compare_rules("own-networks"),
        crowd.with_minimal_subsidy,
    ):
        with pytest.raises(SharingError, match=message):
            attempt()
    result = crowd.with_split(rule="shapley", game="joint-network")
    assert result.verify() == ()
    assert crowd.with_split(game="none").proof is not None


def test_rules_are_compared_by_the_game_of_a_name(plan: Plan) -> None:
    assert plan.compare_rules("own-networks") == plan.compare_rules() == plan.compare_rules(plan.cost_game())
    assert plan.compare_rules("joint-network") == plan.compare_rules(plan.fixed_network_game())
    with pytest.raises(SharingError, match="there is none"):
        plan.compare_rules("none")


def test_other_terms_leave_the_plan_as_it_is(plan: Plan) -> None:
    sharing = SharingOptions(rule="proportional", weights={"op-a": 1, "op-b": 1, "op-c": 1})
    subsidy = three_arms(subsidy={"cap_total": 1}).settings.subsidy
    changed = plan.with_terms(sharing=sharing, subsidy=subsidy)
    assert changed.project.settings.sharing is sharing
    assert changed.project.settings.subsidy is subsidy
    assert changed.project.settings.business == plan.project.settings.business
    assert replace(changed, project=plan.project) == plan == plan.with_terms()
    shares = changed.with_split().split.payments
    assert max(shares[who] - shares["op-a"] for who in ("op-b", "op-c")) <= 1
