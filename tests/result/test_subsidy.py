"""The smallest subsidy of a plan: rules from the project, payments by a rule, the file alone (`docs/cost-split.md` §13)."""

from __future__ import annotations

import json
from collections import Counter, defaultdict
from dataclasses import replace
from decimal import Decimal
from fractions import Fraction
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from support.builders import three_arms

import fiberplan as fp
from fiberplan.errors import ConflictError, SharingError
from fiberplan.finance import check_financing
from fiberplan.finance.ability import abilities_to_pay
from fiberplan.finance.positions import Line
from fiberplan.project.settings import AssetClass, FundingPolicy
from fiberplan.result.saved_plan import plan_from_json, plan_to_json
from fiberplan.result.subsidy import subsidy_rules
from fiberplan.sharing import CostGame, SubsidyRules, minimal_subsidy, rule, verify_subsidy
from fiberplan.sharing.accounts.account import Account
from fiberplan.sharing.accounts.dividing import STATE, divide_by_grants
from fiberplan.sharing.subsidy.shares import left_by_state, share_by_rule, up_to_ability

if TYPE_CHECKING:
    from pathlib import Path

    from fiberplan.plan import Plan

POOR = {"ability": {"op-a": 10_000, "op-b": 20_000}}
EARNING = {"arpu_per_month": 20, "opex_per_unit_year": 100}


@pytest.fixture(scope="module")
def plan() -> Plan:
    return fp.plan_rollout(three_arms(funding={"public_share": {"backhaul": 0.5}}, subsidy=POOR))


@pytest.fixture(scope="module")
def subsidised(plan: Plan) -> Plan:
    return plan.with_split(rule="nucleolus", funding=plan.minimal_subsidy())


def test_the_rules_are_those_of_the_project_in_minor_units(plan: Plan) -> None:
    """§13.2: amounts of `project.toml` are major units; who takes no part is left out."""
    terms: dict[str, Any] = {
        "ability": {"op-a": "0.25", "op-x": 1},
        "cap_total": 7,
        "smallest_grant": 2,
        "largest_network_share": "0.5",
        "pool": {"green": {"cap": 3, "operators": ["op-a", "op-x"]}, "rest": {}},
    }
    project = three_arms(subsidy=terms)
    rules = subsidy_rules(replace(plan, project=project))
    assert rules.ability == {"op-a": 25}
    assert (rules.cap_total, rules.smallest_grant, rules.largest_network_share) == (700, 200, Decimal("0.5"))
    assert [(pool.id, pool.cap, pool.operators) for pool in rules.pools] == [
        ("green", 300, frozenset({"op-a"})),
        ("rest", None, None),
    ]


def test_what_a_business_case_can_carry_is_the_ability(plan: Plan) -> None:
    """§12.24: 10 units x 12 x 20 less 10 x 100 are 1,400 in each of two years, at 10 %: 2,429.75."""
    project = three_arms(business={"op-a": EARNING}, subsidy={"ability": {"op-b": 5}})
    assert abilities_to_pay(project, plan.design) == {"op-a": 242_975}
    changed = replace(plan, project=project)
    assert subsidy_rules(changed).ability == {"op-a": 242_975, "op-b": 500}
    without = three_arms(business={"op-a": EARNING}, subsidy={"use_business_cases": False})
    assert subsidy_rules(replace(plan, project=without)).ability is None


def test_the_case_closes_with_what_it_can_carry_and_not_with_one_unit_more() -> None:
    """Counted again by hand, with a quarter of tax on what depreciation leaves (§12.8)."""
    project = three_arms(business={"op-a": EARNING | {"tax_rate": "0.25", "tax_life_years": 2}})
    result = fp.plan_rollout(project)
    most = abilities_to_pay(project, result.design)["op-a"]

    def worth(paid: int) -> Fraction:
        value, off = Fraction(-paid), (paid + 1) // 2
        for year, written in ((1, off), (2, paid - off)):
            tax = (Fraction(max(0, 140_000 - written), 4) + Fraction(1, 2)).__floor__()
            value += (140_000 - tax) / Fraction(11, 10) ** year
        return value

    assert worth(most) >= 0 > worth(most + 1)


def test_operators_pay_by_the_rule_and_the_state_the_least(plan: Plan, subsidised: Plan) -> None:
    least = plan.minimal_subsidy()
    game = plan.cost_game(gross=True)
    assert verify_subsidy(game, least) == ()
    assert least.money is not None
    paid = subsidised.split.payments
    assert paid[STATE] == least.money.public
    assert paid["op-a"] <= 1_000_000
    assert paid["op-b"] <= 2_000_000
    for mask in range(1, game.full_mask):
        group = game.members(mask)
        assert sum(paid[str(who)] for who in group) <= game.cost(group)
    assert sum(paid.values()) == plan.ledger.present_value
    assert subsidised.project.funding == FundingPolicy()
    assert {entry.public for entry in subsidised.stand_alone} == {0}
    assert subsidised.certificate is not None
    assert subsidised.certificate.in_core


def test_every_account_is_paid_and_names_for_whom_the_state_pays(plan: Plan, subsidised: Plan) -> None:
    owed: Counter[int] = Counter()
    granted_to: Counter[str] = Counter()
    for cell in subsidised.split.cells:
        owed[cell.account] += cell.amount
        assert cell.amount > 0
        granted_to.update(cell.granted_to)
        assert sum(cell.granted_to.values()) == (cell.amount if cell.party == STATE else 0)
    accounts, _ = plan.ledger.accounts()
    assert owed == {account.key: account.amount for account in accounts if account.amount}
    assert subsidised.subsidy is not None
    money = subsidised.subsidy.minimal_subsidy.money
    assert money is not None
    assert granted_to == {str(who): money.granted(who) for who in money.payments if money.granted(who)}


def test_it_is_saved_and_verified_from_the_file_alone(subsidised: Plan, tmp_path: Path) -> None:
    again = fp.Plan.load(subsidised.save(tmp_path / "plan.gpkg"))
    assert again.split == subsidised.split
    assert again.subsidy == subsidised.subsidy
    assert again.verify() == ()


def test_figures_of_the_subsidy_that_do_not_hold_are_reported(plan: Plan, subsidised: Plan) -> None:
    assert subsidised.subsidy is not None
    forged = replace(
        subsidised, subsidy=replace(subsidised.subsidy, subsidy=subsidised.subsidy.subsidy | {"total": "1"})
    )
    assert any("costs" in fault and "not 1" in fault for fault in forged.verify())
    money = dict(subsidised.subsidy.subsidy["money"])
    money["payments"] = [[who, amount - 1] for who, amount in money["payments"]]
    forged = replace(
        subsidised, subsidy=replace(subsidised.subsidy, subsidy=subsidised.subsidy.subsidy | {"money": money})
    )
    faults_text = "\n".join(forged.verify())
    assert "payments and public money do not sum to the cost" in faults_text
    assert "the payments of the split are not those of the subsidy" in faults_text
    other = {**subsidised.subsidy.game, "players": ["op-a", "op-b", "op-x"]}
    forged = replace(subsidised, subsidy=replace(subsidised.subsidy, game=other))
    assert any("is not of what the operators of this plan cost" in fault for fault in forged.verify())
    assert plan.proof is not None
    forged = replace(subsidised, proof=plan.with_split(rule="nucleolus").proof)
    assert any("is not what the subsidy leaves" in fault for fault in forged.verify())


def test_another_rule_keeps_the_subsidy_and_public_shares_end_it(plan: Plan, subsidised: Plan) -> None:
    shapley = subsidised.with_split(rule="shapley")
    assert shapley.split.payments[STATE] == subsidised.split.payments[STATE]
    assert shapley.verify() == ()
    back = subsidised.with_split(rule="segment-use", funding=plan.project.funding)
    assert back.subsidy is None
    assert back.split.payments == plan.split.payments
    assert back.verify() == ()
    assert subsidised.minimal_subsidy() == plan.minimal_subsidy()


def test_the_joint_network_may_be_the_game(plan: Plan) -> None:
    fixed = replace(plan.project.settings.sharing, rule="nucleolus", game="joint-network")
    changed = replace(
        plan, project=replace(plan.project, settings=replace(plan.project.settings, sharing=fixed))
    )
    result = changed.with_split(funding=changed.minimal_subsidy())
    assert result.verify() == ()
    assert result.proof is not None
    assert result.proof.basis == "joint-network"


def test_impossible_splits_are_refused_and_forbidden_shares_are_moved(plan: Plan) -> None:
    least = plan.minimal_subsidy()
    with pytest.raises(SharingError, match="'segment-use' divides accounts"):
        plan.with_split(funding=least)
    other = minimal_subsidy(CostGame.from_table({("op-a",): 1}))
    with pytest.raises(SharingError, match="not of this plan"):
        plan.with_split(rule="nucleolus", funding=other)
    with pytest.raises(ConflictError, match="public money is at most 1 in all"):
        plan.minimal_subsidy(SubsidyRules(ability={"op-a": 1}, cap_total=1))
    demanding = plan.minimal_subsidy(
        SubsidyRules(
            ability={"op-a": 9_200_000, "op-b": 5_000_000}, least_share_of_stand_alone=Fraction(1, 3)
        )
    )
    result = plan.with_split(rule="stand-alone-proportional", funding=demanding)
    assert result.subsidy is not None
    assert result.subsidy.is_moved
    assert result.verify() == ()


def test_the_smallest_subsidy_takes_the_nucleolus_where_the_rule_divides_accounts(
    plan: Plan, subsidised: Plan
) -> None:
    assert plan.project.settings.sharing.rule == "segment-use"
    assert plan.with_minimal_subsidy() == subsidised
    assert plan.with_minimal_subsidy(rule="shapley").split.rule == "shapley"
    fixed = plan.with_minimal_subsidy(game="joint-network")
    assert fixed.proof is not None
    assert fixed.proof.basis == "joint-network"
    assert plan.with_minimal_subsidy(game=plan.cost_game(gross=True)) == subsidised
    rules = SubsidyRules(ability={"op-a": 1_000_000, "op-b": 2_000_000})
    assert plan.with_minimal_subsidy(rules) == subsidised


def test_the_smallest_subsidy_needs_a_game_to_divide(plan: Plan) -> None:
    with pytest.raises(SharingError, match="'equal' divides accounts"):
        plan.with_minimal_subsidy(rule="equal")
    with pytest.raises(SharingError, match="'nucleolus' needs a game"):
        plan.with_minimal_subsidy(game="none")


def test_cash_flows_follow_the_grants_of_the_state(plan: Plan, subsidised: Plan) -> None:
    outcome = subsidised.cash_flows()
    units: Counter[str] = Counter()
    for need in plan.design.requirements:
        units[need.park_id] += need.units
    checks = check_financing(outcome, plan.ledger, units)
    assert all(check.passed for check in checks)
    assert subsidised.check_cash_flows(outcome) == checks
    rows = outcome.instruments_frame.set_index("operator")["outlay"].to_dict()
    assert subsidised.subsidy is not None
    money = subsidised.subsidy.minimal_subsidy.money
    assert money is not None
    assert set(rows) == {str(who) for who in money.payments if money.granted(who)}
    assert plan.cash_flows(business={}).books["op-a"][Line.REVENUE].total == 0


def test_only_the_report_of_the_state_has_the_subsidy(subsidised: Plan) -> None:
    from fiberplan.report.party import Viewpoint  # noqa: PLC0415
    from fiberplan.report.pdf.document import compose  # noqa: PLC0415 - with matplotlib

    for language, title in (("en", "The smallest subsidy"), ("fa", "کمترین یارانه")):
        shown = compose(Viewpoint.of(subsidised, party=STATE, language=language))
        assert any(section.title.endswith(title) for section in shown.sections)
        own = compose(Viewpoint.of(subsidised, party="op-a", language=language))
        assert not any(section.title.endswith(title) for section in own.sections)


# --- numbers alone ---------------------------------------------------------------------------------------------


def test_the_worked_example_of_shares_by_a_rule() -> None:
    """§13.9: A pays 4 and B 6; of the 3 of public money A gets 1 and B 2."""
    game = CostGame.from_table({("A",): 8, ("B",): 11, ("A", "B"): 13})
    outcome = minimal_subsidy(game, SubsidyRules(ability={"A": 4, "B": 6}))
    shared = share_by_rule(game, outcome, rule("nucleolus")).subsidy
    assert shared.money is not None
    assert shared.money.payments == {"A": 4, "B": 6}
    assert [shared.money.granted(who) for who in "AB"] == [1, 2]


def test_grants_stay_where_they_were_if_the_state_allows_no_other() -> None:
    """§13.9: of 4, A gets 1 and B 3; but no operator may get more than half."""
    game = CostGame.from_table({("A",): 8, ("B",): 11, ("A", "B"): 13})
    half = SubsidyRules(ability={"A": 4, "B": 5}, largest_subsidy_share=Fraction(1, 2))
    for rules, granted in ((replace(half, largest_subsidy_share=None), [1, 3]), (half, [2, 2])):
        money = share_by_rule(game, minimal_subsidy(game, rules), rule("nucleolus")).subsidy.money
        assert money is not None
        assert [money.granted(who) for who in "AB"] == granted


def test_the_worked_example_of_a_plan() -> None:
    """§13.10: of the state's 100 in A's place 62 are in the trunk and 38 in the arm."""

    def account(key: int, amount: int, users: str) -> Account:
        claims = dict.fromkeys(users, 1)
        return Account(key, AssetClass.BACKHAUL, amount, {"p": 1}, claims, {who: {"p": 1} for who in users})

    payments = divide_by_grants(
        [account(0, 400, "AB"), account(1, 100, "A")], {"A": 160, "B": 240}, {"A": 100}
    )
    faults_text = [(one.account, one.party, one.amount, dict(one.granted_to)) for one in payments]
    assert faults_text == [
        (0, STATE, 62, {"A": 62}),
        (0, "A", 98, {}),
        (0, "B", 240, {}),
        (1, STATE, 38, {"A": 38}),
        (1, "A", 62, {}),
    ]


@st.composite
def games(draw: st.DrawFn) -> tuple[CostGame, dict[str, int]]:
    players = ("a", "b", "c", "d")[: draw(st.integers(2, 4))]
    costs = [0, *(draw(st.integers(0, 60)) for _ in range(1, 2 ** len(players)))]
    chosen = draw(st.sets(st.sampled_from(players)))
    return CostGame.from_array(players, costs), {who: draw(st.integers(0, 40)) for who in sorted(chosen)}


@settings(max_examples=60)
@given(games())
def test_the_game_up_to_abilities_has_the_core_that_the_rules_allow(
    case: tuple[CostGame, dict[str, int]],
) -> None:
    """§13.9: its coalition costs are the least over all ways to let some of it pay what they can."""
    game, ability = case
    able = up_to_ability(game, ability)
    for mask in range(1, game.full_mask):
        ways = []
        for part in range(mask + 1):
            if part & mask == part and all(who in ability for who in game.members(mask ^ part)):
                paid = sum(ability[str(who)] for who in game.members(mask ^ part))
                ways.append(paid + (game.at(part) if part else 0))
        assert able.at(mask) == min(ways)
    assert able.total == game.total


@settings(max_examples=25)
@given(games())
def test_shares_by_the_nucleolus_meet_every_rule(case: tuple[CostGame, dict[str, int]]) -> None:
    game, ability = case
    outcome = minimal_subsidy(game, SubsidyRules(ability=ability))
    assume(outcome.money is not None)
    assert outcome.money is not None
    left = left_by_state(game, outcome.money.public)
    assume(min(rule("nucleolus")(up_to_ability(left, ability)).values()) >= 0)
    shared = share_by_rule(game, outcome, rule("nucleolus")).subsidy
    assert verify_subsidy(game, shared) == ()
    assert shared.money is not None
    assert shared.money.public == outcome.money.public
    exact = rule("nucleolus")(up_to_ability(left, ability))
    # whole amounts are near the shares, as far as the rules let them be
    assert all(abs(exact[who] - paid) < len(exact) + 1 for who, paid in shared.money.payments.items())


@settings(max_examples=60)
@given(
    st.lists(
        st.tuples(st.sets(st.sampled_from("abc"), min_size=1), st.integers(0, 500)), min_size=1, max_size=5
    ),
    st.lists(st.integers(0, 9), min_size=3, max_size=3),
    st.lists(st.integers(0, 10), min_size=3, max_size=3),
)
def test_grants_and_totals_are_exact(
    given_accounts: list[tuple[set[str], int]], weights: list[int], shares: list[int]
) -> None:
    """§13.10: for each account, each operator, and what the state pays in place of each."""
    from fiberplan.money import apportion  # noqa: PLC0415 - of this test only

    accounts = [
        Account(key, AssetClass.BACKHAUL, amount, {"p": 1, "q": 2}, dict.fromkeys(sorted(users), 1), {})
        for key, (users, amount) in enumerate(given_accounts)
    ]
    whole = sum(account.amount for account in accounts)
    assume(any(weights))
    users = {user for account in accounts for user in account.by_operator}
    carried = apportion(whole, dict(zip("abc", weights, strict=True)))
    assume(users <= set("abc"))
    granted = {who: carried[who] * share // 10 for who, share in zip("abc", shares, strict=True)}
    totals = {who: carried[who] - granted[who] for who in carried}
    by_account: Counter[int] = Counter()
    by_party: Counter[str] = Counter()
    granted_to: defaultdict[str, int] = defaultdict(int)
    for payment in divide_by_grants(accounts, totals, granted):
        assert payment.amount > 0
        assert sum(payment.by_park.values()) == payment.amount
        by_account[payment.account] += payment.amount
        by_party[payment.party] += payment.amount
        for who, amount in payment.granted_to.items():
            granted_to[who] += amount
    assert by_account == {account.key: account.amount for account in accounts if account.amount}
    assert all(by_party[who] == totals[who] for who in "abc")
    assert by_party[STATE] == sum(granted.values())
    assert all(granted_to[who] == granted[who] for who in "abc")


@settings(max_examples=40)
@given(
    games(),
    st.fractions(0, Fraction(2, 5), max_denominator=10),
    st.fractions(0, Fraction(1, 4), max_denominator=8),
)
def test_under_any_rules_of_the_state_there_are_payments_near_the_sharing_rule(
    case: tuple[CostGame, dict[str, int]], public_share: Fraction, least: Fraction
) -> None:
    """§13.9: with floors that no sharing rule knows."""
    game, ability = case
    assume(game.total)
    rules = SubsidyRules(ability=ability, least_public_share=public_share, least_share_of_stand_alone=least)
    try:
        outcome = minimal_subsidy(game, rules)
    except ConflictError:
        assume(False)
    assume(outcome.money is not None)
    shared = share_by_rule(game, outcome, rule("stand-alone-proportional"))
    assert verify_subsidy(game, shared.subsidy) == ()
    assert outcome.money is not None
    assert shared.subsidy.money is not None
    assert shared.subsidy.money.public == outcome.money.public


def test_payments_are_moved_no_farther_than_they_must_be() -> None:
    """13 in parts by 8 and 11 alone would be 5.47 and 7.53; if B may pay at most 7 and A can pay anything, A pays 6."""
    game = CostGame.from_table({("A",): 8, ("B",): 11, ("A", "B"): 13})
    outcome = minimal_subsidy(game, SubsidyRules(largest_network_share=Fraction(7, 13)))
    shared = share_by_rule(game, outcome, rule("stand-alone-proportional"))
    assert shared.is_moved
    assert shared.subsidy.money is not None
    assert shared.subsidy.money.payments == {"A": 6, "B": 7}


def test_grants_are_saved_under_their_old_name(subsidised: Plan) -> None:
    """Format 2 calls them ``spared``: plans that were saved before open, and older versions read new ones."""
    cells = [cell for cell in subsidised.split.cells if cell.granted_to]
    assert cells
    content = plan_to_json(subsidised)
    saved = json.loads(content)["split"]["cells"]
    assert [cell["spared"] for cell in saved if cell["spared"]] == [dict(cell.granted_to) for cell in cells]
    assert not any("granted_to" in cell for cell in saved)
    assert plan_from_json(content, 2).split == subsidised.split
