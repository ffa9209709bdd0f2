"""Late joiners: every year balances, and it does not matter who is called what (`docs/cost-split.md` §12.19 to §12.21)."""

from __future__ import annotations

from collections import Counter
from decimal import Decimal
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fiberplan.errors import MoneyError
from fiberplan.finance import Purchase, share_over_time

PARTIES = ("a", "b", "c", "d")
purchase_fields = st.tuples(
    st.integers(0, 12),
    st.integers(0, 10**13),
    st.sampled_from([0, 1, 5, 8, 40]),
    st.dictionaries(st.sampled_from(PARTIES), st.integers(1, 9), min_size=1),
)
purchase_lists = st.lists(purchase_fields, min_size=1, max_size=6).map(
    lambda result: [Purchase(key, *fields) for key, fields in enumerate(result)]
)
joinings = st.dictionaries(st.sampled_from(PARTIES), st.integers(0, 12))
interest = st.decimals(0, "0.3", places=3)


def test_one_joiner_by_hand() -> None:
    """1,200 over 10 years, shared by two; in year 5 a third joins: 600 are left, 200 each."""
    shares = share_over_time([Purchase(0, 0, 1200, 10, {"a": 1, "b": 1, "c": 1})], {"c": 5})
    assert shares.by_party_and_year == {
        ("a", 0): 600,
        ("b", 0): 600,
        ("a", 5): -100,
        ("b", 5): -100,
        ("c", 5): 200,
    }
    assert list(shares.frame["net"]) == [600, 600, -100, -100, 200]


def test_interest_by_hand() -> None:
    """The same with 10 % for 5 years: 200 x (1.1^5 - 1) = 122.1, shared by those who get back."""
    purchase = Purchase(0, 0, 1200, 10, {"a": 1, "b": 1, "c": 1})
    shares = share_over_time([purchase], {"c": 5}, interest_rate=Decimal("0.1"))
    assert [(one.party, one.value, one.interest) for one in shares.settlements] == [
        ("a", 100, 61),
        ("b", 100, 61),
        ("c", -200, -122),
    ]


def test_two_joiners_in_turn_by_hand() -> None:
    """1,200 over 12 years: b joins in year 2 (1,000 left, 500 each), c in year 6 (600 left: 300 each, then 200 each)."""
    shares = share_over_time([Purchase(0, 0, 1200, 12, dict.fromkeys("abc", 1))], {"b": 2, "c": 6})
    moved = [(one.year, one.party, one.amount) for one in shares.settlements]
    assert moved == [(2, "a", 500), (2, "b", -500), (6, "a", 100), (6, "b", 100), (6, "c", -200)]


def test_what_is_used_up_or_worn_out_is_not_settled() -> None:
    weights = {"a": 1, "b": 1}
    purchases = [Purchase(0, 1, 100, 0, weights), Purchase(1, 0, 100, 3, weights)]
    assert not share_over_time(purchases, {"b": 4}).settlements


def test_what_only_later_ones_use_is_paid_by_the_first_of_them() -> None:
    shares = share_over_time([Purchase(0, 0, 100, 10, {"b": 1, "c": 1})], {"b": 2, "c": 4})
    assert shares.payments == {(0, "b"): 100}
    assert [(one.year, one.party, one.amount) for one in shares.settlements] == [(4, "b", 30), (4, "c", -30)]


@given(purchase_lists, joinings, interest)
def test_every_year_balances(purchases: list[Purchase], joins: dict[str, int], rate: Decimal) -> None:
    shares = share_over_time(purchases, joins, interest_rate=rate)
    bought: Counter[int] = Counter()
    for purchase in purchases:
        bought[purchase.year] += purchase.amount
        assert sum(shares.payments.get((purchase.key, party), 0) for party in PARTIES) == purchase.amount
    paid: Counter[int] = Counter()
    for (_, year), amount in shares.by_party_and_year.items():
        paid[year] += amount
    assert {year: amount for year, amount in paid.items() if amount} == {
        year: amount for year, amount in bought.items() if amount
    }
    by_event: Counter[tuple[int, int]] = Counter()
    for one in shares.settlements:
        by_event[one.year, one.purchase] += one.amount
        assert (
            joins.get(one.party, 0) == one.year or one.amount >= -1
        )  # who was there before gets back, but for rounding
    assert not any(by_event.values())
    assert shares.frame["net"].sum() == sum(bought.values())


@given(purchase_lists, interest)
def test_joining_in_year_0_is_being_a_user_from_the_start(purchases: list[Purchase], rate: Decimal) -> None:
    target = share_over_time(purchases, {}, interest_rate=rate)
    assert share_over_time(purchases, dict.fromkeys(PARTIES, 0), interest_rate=rate) == target
    assert not target.settlements


@given(purchase_lists, joinings, interest)
def test_the_order_of_purchases_changes_nothing(
    purchases: list[Purchase], joins: dict[str, int], rate: Decimal
) -> None:
    assert share_over_time(purchases[::-1], joins, interest_rate=rate) == share_over_time(
        purchases, joins, interest_rate=rate
    )


@given(purchase_lists, joinings)
def test_relabelling_changes_nothing_but_who_gets_a_single_unit(
    purchases: list[Purchase], joins: dict[str, int]
) -> None:
    other = dict(zip(PARTIES, reversed(PARTIES), strict=True))
    renamed = [
        Purchase(one.key, one.year, one.amount, one.life_years, {other[p]: w for p, w in one.weights.items()})
        for one in purchases
    ]
    before = share_over_time(purchases, joins)
    after = share_over_time(renamed, {other[party]: year for party, year in joins.items()})
    for (key, party), amount in before.payments.items():
        assert abs(after.payments[key, other[party]] - amount) <= 1
    for (party, year), amount in before.by_party_and_year.items():
        assert abs(after.by_party_and_year.get((other[party], year), 0) - amount) <= 2 * len(purchases)


@given(purchase_lists, joinings)
def test_holdings_follow_the_weights_whatever_the_history(
    purchases: list[Purchase], joins: dict[str, int]
) -> None:
    """Payments less depreciation less what came back is, after the last joining, the share of who was always there."""
    shares = share_over_time(purchases, joins)
    for purchase in purchases:
        joined = {party: joins.get(party, 0) for party in purchase.weights}
        last = max(*joined.values(), purchase.year)
        left = purchase.life_years - (last - purchase.year)
        if purchase.life_years == 0 or left <= 0:
            continue
        whole = sum(purchase.weights.values())
        for party, weight in purchase.weights.items():
            moves = [one for one in shares.settlements if one.purchase == purchase.key and one.party == party]
            held = Fraction(shares.payments.get((purchase.key, party), 0))
            at = purchase.year
            for one in moves:  # a holding loses value with the purchase, then changes hands
                life = purchase.life_years
                held *= Fraction(life - (one.year - purchase.year), life - (at - purchase.year))
                held -= one.value
                at = one.year
            held *= Fraction(left, purchase.life_years - (at - purchase.year))
            fair = Fraction(purchase.amount * left * weight, purchase.life_years * whole)
            assert abs(held - fair) <= 2 * (len(moves) + 2)


def test_all_faults_are_in_one_error() -> None:
    faulty = [Purchase(1, 0, -5, 1, {"a": 1}), Purchase(1, 0, 5, 1, {})]
    with pytest.raises(MoneyError, match=r"purchase 1 is listed 2 times; .* costs -5; .* has no user"):
        share_over_time(faulty, {})
