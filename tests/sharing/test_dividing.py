"""The division of accounts and the rules: sums, direct costs, and the Shapley value by enumeration."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from decimal import Decimal
from fractions import Fraction
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st
from support.accounts import OPERATORS, account, account_lists, policies, shapley, unit_counts

from fiberplan.money import CURRENCIES
from fiberplan.project.settings import FundingPolicy
from fiberplan.sharing.accounts.dividing import STATE, UNFUNDED, Payment, divide_accounts
from fiberplan.sharing.accounts.public_money import Grants, grant_public_money
from fiberplan.sharing.rules.on_accounts.segment_use import SegmentUse
from fiberplan.sharing.rules.registry import find_account_rule

if TYPE_CHECKING:
    from fiberplan.sharing.accounts.account import Account
    from fiberplan.sharing.rules.rule import AccountRule

IRR = CURRENCIES["IRR"]
DEMAND = {
    "op-a": Fraction(100),
    "op-b": Fraction(50),
    "op-c": Fraction(1, 3),
    "op-d": Fraction(7),
    "op-e": Fraction(1000),
}
rules = st.sampled_from(
    [find_account_rule(name).for_demand(DEMAND) for name in ("segment-use", "demand", "equal")]
)


def paid(payments: tuple[Payment, ...]) -> dict[str, int]:
    total: Counter[str] = Counter()
    for payment in payments:
        total[payment.party] += payment.amount
    return dict(total)


def test_segment_use_on_a_line_is_the_airport_game() -> None:
    """Three operators along a road of three equal stretches (Littlechild and Owen 1973): 10, 25 and 55."""
    accounts = [
        account(0, 30, [("op-a", "p", 1), ("op-b", "q", 1), ("op-c", "r", 1)]),
        account(1, 30, [("op-b", "q", 1), ("op-c", "r", 1)]),
        account(2, 30, [("op-c", "r", 1)]),
    ]
    assert paid(divide_accounts(accounts, {}, SegmentUse())) == {"op-a": 10, "op-b": 25, "op-c": 55}


@given(account_lists())
def test_segment_use_is_the_shapley_value_of_the_fixed_network(accounts: list[Account]) -> None:
    accounts = [one for one in accounts if one.by_operator]
    result = paid(divide_accounts(accounts, {}, SegmentUse()))
    for operator, value in shapley(accounts, OPERATORS).items():
        own = sum(operator in one.by_operator and len(one.by_operator) > 1 for one in accounts)
        assert abs(result.get(operator, 0) - value) <= own  # less than a unit for each joint account
        if not own:
            assert result.get(operator, 0) == value


def test_demand_lays_joint_accounts_on_all_by_their_demand() -> None:
    rule = find_account_rule("demand").for_demand(
        {"op-a": Fraction(3), "op-b": Fraction(1), "op-c": Fraction(1)}
    )
    accounts = [account(0, 100, [("op-a", "p", 1), ("op-b", "q", 8)]), account(1, 40, [("op-b", "q", 8)])]
    assert paid(divide_accounts(accounts, {}, rule)) == {"op-a": 60, "op-b": 60, "op-c": 20}


def test_equal_lays_joint_accounts_on_all_alike() -> None:
    rule = find_account_rule("equal").for_demand(
        {"op-c": Fraction(1), "op-a": Fraction(3), "op-b": Fraction(1)}
    )
    accounts = [account(0, 100, [("op-a", "p", 1), ("op-b", "q", 8)]), account(1, 40, [("op-b", "q", 8)])]
    assert paid(divide_accounts(accounts, {}, rule)) == {"op-a": 34, "op-b": 73, "op-c": 33}


@pytest.mark.parametrize("name", ["segment-use", "demand", "equal"])
def test_what_one_operator_uses_is_its_own_under_every_rule(name: str) -> None:
    rule = find_account_rule(name).for_demand(DEMAND)
    assert rule.name == name
    one = account(0, 77, [("op-b", "p", 1), ("op-b", "q", 3), (None, "r", 4)])
    (payment,) = divide_accounts([one], {}, rule)
    assert (payment.party, payment.amount) == ("op-b", 77)
    assert payment.by_park == {"p": 19, "q": 58}


@pytest.mark.parametrize("name", ["segment-use", "demand", "equal"])
def test_what_nobody_asked_for_stays_unfunded_after_public_money(name: str) -> None:
    one = account(0, 100, [(None, "p", 2), (None, "q", 2)])
    payments = divide_accounts([one], {(0, "p"): 40}, find_account_rule(name).for_demand(DEMAND))
    assert [(payment.party, payment.amount, dict(payment.by_park)) for payment in payments] == [
        (STATE, 40, {"p": 40}),
        (UNFUNDED, 60, {"p": 30, "q": 30}),
    ]


def test_who_pays_for_what_it_does_not_use_pays_for_the_parks_of_those_who_do() -> None:
    rule = find_account_rule("equal").for_demand(dict.fromkeys(("op-a", "op-b", "op-c"), Fraction(1)))
    one = account(0, 30, [("op-a", "p", 1), ("op-b", "q", 1)])
    assert {payment.party: dict(payment.by_park) for payment in divide_accounts([one], {}, rule)} == {
        "op-a": {"p": 10},
        "op-b": {"q": 10},
        "op-c": {"p": 5, "q": 5},
    }


@given(account_lists(), policies(), unit_counts, rules)
def test_parts_sum_to_the_whole_and_nobody_s_is_negative(
    accounts: list[Account], policy: FundingPolicy, units: dict[str, int], rule: AccountRule
) -> None:
    grants, _ = grant_public_money(accounts, policy, IRR, units)
    payments = divide_accounts(accounts, grants, rule)
    by_account: Counter[int] = Counter()
    for payment in payments:
        assert payment.amount > 0
        assert sum(payment.by_park.values()) == payment.amount
        assert min(payment.by_park.values()) >= 0
        by_account[payment.account] += payment.amount
    assert all(by_account[one.key] == one.amount for one in accounts)
    public = {(p.account, park): a for p in payments if p.party == STATE for park, a in p.by_park.items()}
    assert public == {key: amount for key, amount in grants.items() if amount}
    for payment in payments:
        if payment.party == UNFUNDED:
            assert not accounts[payment.account].by_operator


@given(account_lists(), policies(), unit_counts, rules, st.randoms(use_true_random=False))
def test_neither_order_nor_names_matter_beyond_the_last_unit(
    accounts: list[Account], policy: FundingPolicy, units: dict[str, int], rule: AccountRule, random: object
) -> None:
    grants, _ = grant_public_money(accounts, policy, IRR, units)
    before = divide_accounts(accounts, grants, rule)
    mixed = list(accounts)
    random.shuffle(mixed)

    def key(payment: Payment) -> tuple[int, str]:
        return payment.account, payment.party

    assert sorted(divide_accounts(mixed, grants, rule), key=key) == sorted(before, key=key)
    other = dict(zip(OPERATORS, reversed(OPERATORS), strict=True))
    renamed = [
        replace(
            one,
            by_operator={other[name]: weight for name, weight in one.by_operator.items()},
            parks_of={other[name]: parks for name, parks in one.parks_of.items()},
        )
        for one in accounts
    ]
    new_rule = find_account_rule(rule.name).for_demand(
        {other[name]: demand for name, demand in DEMAND.items()}
    )
    after = {
        (p.account, other.get(p.party, p.party)): p.amount for p in divide_accounts(renamed, grants, new_rule)
    }
    old = {(p.account, p.party): p.amount for p in before}
    for entry in old.keys() | after.keys():
        assert abs(old.get(entry, 0) - after.get(entry, 0)) <= 1


def test_ties_of_a_unit_go_by_id() -> None:
    one = account(0, 5, [("op-b", "p", 1), ("op-a", "p", 9)])
    assert paid(divide_accounts([one], {}, SegmentUse())) == {"op-a": 3, "op-b": 2}


def test_an_account_paid_in_full_by_the_state_leaves_nothing() -> None:
    one = account(0, 50, [("op-a", "p", 1), ("op-b", "q", 1)])
    grants: Grants = grant_public_money(
        [one], FundingPolicy(public_share={one.asset_class: Decimal(1)}), IRR, {}
    )[0]
    assert paid(divide_accounts([one], grants, SegmentUse())) == {STATE: 50}
