"""Totals allocated to accounts (`docs/cost-split.md` §11.7), against a linear program and a search through all ways."""

from __future__ import annotations

from collections import Counter
from itertools import product
from typing import TYPE_CHECKING

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.optimize import linprog
from support.accounts import account, account_lists, policies

from fiberplan.errors import SharingError
from fiberplan.money import CURRENCIES, apportion
from fiberplan.sharing.accounts.allocation import MOST, allocate_totals
from fiberplan.sharing.accounts.dividing import STATE, UNFUNDED, divide_by_totals
from fiberplan.sharing.accounts.public_money import grant_public_money

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from fiberplan.project.settings import FundingPolicy
    from fiberplan.sharing.accounts.account import Account

    Accounts = list[tuple[frozenset[str], int]]

PARTIES = ("A", "B", "C", "D")


@st.composite
def layings(
    draw: st.DrawFn, *, parties: Sequence[str] = PARTIES, most: int = 10**6, count: int = 8
) -> tuple[Accounts, dict[str, int]]:
    users = st.frozensets(st.sampled_from(parties), min_size=1)
    accounts = draw(st.lists(st.tuples(users, st.integers(0, most)), min_size=1, max_size=count))
    weights = draw(st.tuples(*(st.integers(0, 9) for _ in parties)).filter(any))
    totals = apportion(sum(amount for _, amount in accounts), dict(zip(parties, weights, strict=True)))
    return accounts, totals


def worth(accounts: Accounts, parts_of: Sequence[Mapping[str, int]]) -> tuple[int, int]:
    """Count the money that those pay who do not use an account, and what users pay beyond equal parts of a group."""
    amounts: Counter[frozenset[str]] = Counter()
    paid: Counter[tuple[frozenset[str], str]] = Counter()
    for (users, amount), parts in zip(accounts, parts_of, strict=True):
        amounts[users] += amount
        for party, part in parts.items():
            paid[users, party] += part
    outside = sum(part for (users, party), part in paid.items() if party not in users)
    moved = 0
    for users, amount in amounts.items():
        equal = apportion(amount, dict.fromkeys(sorted(users), 1))
        moved += sum(max(0, paid[users, party] - equal[party]) for party in users)
    return outside, moved


def check_sums(accounts: Accounts, totals: Mapping[str, int], parts_of: Sequence[Mapping[str, int]]) -> None:
    assert [sum(parts.values()) for parts in parts_of] == [amount for _, amount in accounts]
    paid: Counter[str] = Counter()
    for parts in parts_of:
        paid.update(parts)
        assert all(part > 0 for part in parts.values())
    assert all(paid[party] == amount for party, amount in totals.items())


def by_program(accounts: Accounts, totals: Mapping[str, int]) -> tuple[float, float]:
    """Solve the same in floating point with HiGHS: first the money outside, then the money moved."""
    amounts: Counter[frozenset[str]] = Counter()
    for users, amount in accounts:
        amounts[users] += amount
    groups, parties = sorted(amounts, key=sorted), sorted(totals)
    cells = [
        (group, party, cost)
        for group in groups
        for party in parties
        for cost in ((0, 1) if party in group else (2,))
    ]
    rows = [[float(cell[0] == group) for cell in cells] for group in groups]
    rows += [[float(cell[1] == party) for cell in cells] for party in parties]
    sides = [float(amounts[group]) for group in groups] + [float(totals[party]) for party in parties]
    equal = {group: apportion(amounts[group], dict.fromkeys(sorted(group), 1)) for group in groups}
    limits = [(0, equal[group][party] if cost == 0 else None) for group, party, cost in cells]
    outside = np.array([float(cost == 2) for _, _, cost in cells])
    moved = np.array([float(cost == 1) for _, _, cost in cells])
    result = linprog(outside, A_eq=rows, b_eq=sides, bounds=limits)
    again = linprog(moved, A_eq=[*rows, outside], b_eq=[*sides, result.fun], bounds=limits)
    return result.fun, again.fun


@given(layings(most=2000))
@settings(max_examples=60)
def test_sums_are_exact_and_no_other_laying_moves_less_money(
    given_: tuple[Accounts, dict[str, int]],
) -> None:
    accounts, totals = given_
    allocated = allocate_totals(accounts, totals)
    check_sums(accounts, totals, allocated)
    assert worth(accounts, allocated) == pytest.approx(by_program(accounts, totals), abs=1e-3)


@given(layings(parties=("A", "B", "C"), most=2, count=3))
@settings(max_examples=40)
def test_against_a_search_through_all_ways(given_: tuple[Accounts, dict[str, int]]) -> None:
    accounts, totals = given_
    ways = [
        [parts for parts in product(range(amount + 1), repeat=3) if sum(parts) == amount]
        for _, amount in accounts
    ]
    best = min(
        worth(accounts, allocated)
        for way in product(*ways)
        if [sum(parts[i] for parts in way) for i in range(3)] == [totals[party] for party in "ABC"]
        for allocated in [[dict(zip("ABC", parts, strict=True)) for parts in way]]
    )
    assert worth(accounts, allocate_totals(accounts, totals)) == best


@given(layings(most=10**14, count=12))
def test_large_amounts_are_allocated_to_the_last_unit(given_: tuple[Accounts, dict[str, int]]) -> None:
    accounts, totals = given_
    check_sums(accounts, totals, allocate_totals(accounts, totals))


@given(layings())
def test_names_that_keep_their_order_change_nothing(given_: tuple[Accounts, dict[str, int]]) -> None:
    accounts, totals = given_
    name = dict(zip("ABCD", "wxyz", strict=True))
    renamed = allocate_totals(
        [(frozenset(name[user] for user in users), amount) for users, amount in accounts],
        {name[party]: amount for party, amount in reversed(totals.items())},
    )
    expected = [
        {name[party]: part for party, part in parts.items()} for parts in allocate_totals(accounts, totals)
    ]
    assert list(renamed) == expected


def test_by_hand() -> None:
    """§11.7: A is to pay 260 of 500, B 240; by equal parts of the trunk it would be 300 and 200, so 40 move."""
    trunk, arm = (frozenset("AB"), 400), (frozenset("A"), 100)
    assert allocate_totals([trunk, arm], {"A": 260, "B": 240}) == ({"A": 160, "B": 240}, {"A": 100})
    # Less than its arm costs: B pays the rest of it, and A nothing of the trunk.
    assert allocate_totals([trunk, arm], {"A": 70, "B": 430}) == ({"B": 400}, {"A": 70, "B": 30})
    # Two trunks of the same users are divided in the same proportions.
    halves = [(frozenset("AB"), 300), (frozenset("AB"), 100), arm]
    assert allocate_totals(halves, {"A": 260, "B": 240})[:2] == ({"A": 120, "B": 180}, {"A": 40, "B": 60})


def test_all_that_cannot_be_allocated_is_reported_at_once() -> None:
    with pytest.raises(SharingError) as caught:
        allocate_totals([(frozenset("AB"), 10)], {"A": 12, "C": -1})
    text = str(caught.value)
    assert "C would be paid 1 for using the network" in text
    assert "B uses the network and has no total" in text
    assert "the totals sum to 11, and what is to be paid is 10" in text
    with pytest.raises(SharingError, match="more than can be allocated"):
        allocate_totals([(frozenset("A"), MOST + 1)], {"A": MOST + 1})
    assert allocate_totals([(frozenset("A"), MOST)], {"A": MOST}) == ({"A": MOST},)
    assert allocate_totals([], {"A": 0}) == ()


@given(account_lists(), policies(), st.tuples(*(st.integers(0, 5) for _ in range(5))).filter(any))
@settings(max_examples=60)
def test_payments_sum_by_account_and_by_party_after_any_public_money(
    accounts: list[Account], policy: FundingPolicy, weights: tuple[int, ...]
) -> None:
    parks = {park for entry in accounts for park in entry.by_park}
    grants, _ = grant_public_money(accounts, policy, CURRENCIES["USD"], dict.fromkeys(parks, 3))
    public: Counter[int] = Counter()
    for (key, _), amount in grants.items():
        public[key] += amount
    whole = sum(entry.amount - public[entry.key] for entry in accounts if entry.by_operator)
    names = [f"op-{letter}" for letter in "abcde"]
    totals = apportion(whole, dict(zip(names, weights, strict=True)))
    payments = divide_by_totals(accounts, grants, totals)
    paid: Counter[str] = Counter()
    of_account: Counter[int] = Counter()
    for payment in payments:
        assert payment.amount == sum(payment.by_park.values()) > 0
        assert min(payment.by_park.values()) >= 0
        paid[payment.party] += payment.amount
        of_account[payment.account] += payment.amount
    assert of_account == Counter({entry.key: entry.amount for entry in accounts if entry.amount})
    assert {name: paid[name] for name in names} == totals
    assert paid[STATE] == sum(grants.values())
    assert paid[UNFUNDED] == sum(
        entry.amount - public[entry.key] for entry in accounts if not entry.by_operator
    )


def test_an_operator_that_does_not_use_an_account_pays_on_the_parks_of_it() -> None:
    used = [account(0, 100, [("op-a", "p", 1), (None, "q", 3)])]
    payments = divide_by_totals(used, {}, {"op-a": 60, "op-b": 40})
    assert [(payment.party, dict(payment.by_park)) for payment in payments] == [
        ("op-a", {"p": 60}),
        ("op-b", {"p": 10, "q": 30}),
    ]
