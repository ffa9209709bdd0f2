"""Limits: every cap is kept exactly, floors hold, and rules that cannot both be kept are named (§12.18)."""

from __future__ import annotations

from collections import defaultdict
from decimal import Decimal
from fractions import Fraction
from itertools import product
from typing import TYPE_CHECKING

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from fiberplan.errors import SharingError
from fiberplan.finance.limits import LimitApplied, LimitContext, Outlay, limit_outlays
from fiberplan.project.terms import PublicLimits

if TYPE_CHECKING:
    from collections.abc import Iterable

OPERATORS, PARKS = ("op-a", "op-b"), ("p", "q")


def context(rate: str | Decimal = "0", units: int = 10, cost: int = 10**12) -> LimitContext:
    return LimitContext(
        discount_rate=Decimal(rate),
        minor_per_major=1,
        units=dict.fromkeys(PARKS, units),
        costs=dict.fromkeys(OPERATORS, cost),
        by_park={"op-a": {"p": 1}, "op-b": {"p": 1, "q": 2}},
    )


def grant(
    operator: str, amount: int, *, park: str = "p", year: int = 0, name: str = "g", is_grant: bool = True
) -> Outlay:
    return Outlay(name, operator, park, year, amount, is_grant)


def amounts(outlays: Iterable[Outlay]) -> list[tuple[str, str, int]]:
    return [(one.instrument, one.operator, one.amount) for one in outlays]


def test_a_cap_in_all_shrinks_in_proportion() -> None:
    kept, applied = limit_outlays(
        [grant("op-a", 60), grant("op-b", 30)], PublicLimits(cap_total=60), context()
    )
    assert amounts(kept) == [("g", "op-a", 40), ("g", "op-b", 20)]
    assert applied == (LimitApplied("cap_total", "", 90, 60),)


def test_a_cap_per_operator_then_per_park() -> None:
    """The park first: 60 and 60 become 50 each; then 20 more in the other park: 70 become 35."""
    outlays = [grant("op-a", 60), grant("op-b", 60), grant("op-b", 20, park="q")]
    kept, _ = limit_outlays(outlays, PublicLimits(cap_per_park=100, cap_per_operator=35), context())
    assert amounts(kept) == [("g", "op-a", 35), ("g", "op-b", 25), ("g", "op-b", 10)]


def test_a_cap_per_unit() -> None:
    kept, _ = limit_outlays([grant("op-a", 60)], PublicLimits(cap_per_unit=Decimal("2.55")), context())
    assert amounts(kept) == [("g", "op-a", 25)]
    none, _ = limit_outlays([grant("op-a", 60)], PublicLimits(cap_per_unit=5), context(units=0))
    assert not none


def test_the_budget_of_a_year_counts_loans_and_the_last_one_goes_on() -> None:
    outlays = [
        grant("op-a", 60),
        grant("op-a", 60, park="", name="loan", is_grant=False),
        grant("op-a", 50, year=1),
        grant("op-a", 50, year=2),
    ]
    kept, applied = limit_outlays(outlays, PublicLimits(budget_by_year=(100, 20)), context())
    assert amounts(kept) == [("g", "op-a", 50), ("g", "op-a", 20), ("g", "op-a", 20), ("loan", "op-a", 50)]
    assert [(one.rule, one.key) for one in applied] == [("budget_by_year", year) for year in "012"]


def test_a_cap_is_of_the_present_value() -> None:
    """110 in a year are 100 today at 10 %; half of that is 55."""
    kept, _ = limit_outlays([grant("op-a", 110, year=1)], PublicLimits(cap_total=50), context("0.1"))
    assert amounts(kept) == [("g", "op-a", 55)]


def test_a_floor_is_kept_where_a_cap_bites() -> None:
    """40 and 80 under a cap of 60 would be 20 and 40; op-a is promised 30, so 30 and 30."""
    outlays = [grant("op-a", 40), grant("op-b", 80)]
    kept, _ = limit_outlays(outlays, PublicLimits(cap_total=60, floor_per_operator=30), context())
    assert amounts(kept) == [("g", "op-a", 30), ("g", "op-b", 30)]


def test_a_floor_is_taken_from_where_caps_leave_something() -> None:
    """100 in one park and 10 in the other: a cap of 40 a park leaves 40 and 10, just what the floor of 50 asks for."""
    outlays = [grant("op-b", 100), grant("op-b", 10, park="q")]
    limits = PublicLimits(cap_per_park=40, floor_per_operator=50)
    kept, _ = limit_outlays(outlays, limits, LimitContext(Decimal(0), 1, {}, {"op-b": 1000}, {}))
    assert amounts(kept) == [("g", "op-b", 40), ("g", "op-b", 10)]


def test_a_floor_adds_what_is_missing_but_never_more_than_the_costs() -> None:
    kept, _ = limit_outlays([grant("op-b", 10)], PublicLimits(floor_per_operator=40), context(cost=25))
    assert sorted(amounts(kept)) == [
        ("g", "op-b", 10),
        ("limits.floor_per_operator", "op-a", 25),
        ("limits.floor_per_operator", "op-b", 5),
        ("limits.floor_per_operator", "op-b", 10),
    ]


def test_a_floor_in_all_is_shared_by_what_is_left_of_the_costs() -> None:
    kept, _ = limit_outlays([grant("op-a", 10)], PublicLimits(floor_total=40), context(cost=25))
    by_operator: defaultdict[str, int] = defaultdict(int)
    for one in kept:
        by_operator[one.operator] += one.amount
    assert dict(by_operator) == {"op-a": 10 + 11, "op-b": 19}  # 30 by 15 and 25: 11.25 and 18.75


@pytest.mark.parametrize(
    ("limits", "text"),
    [
        (
            {"cap_total": 50, "floor_per_operator": 30},
            "cap_total allows 50, and floor_per_operator promises 60",
        ),
        (
            {"cap_total": 60, "floor_per_operator": 31},
            "cap_total allows 60, and floor_per_operator promises 62",
        ),
        ({"cap_total": 50, "floor_total": 51}, "cap_total allows 50, and floor_total promises 51"),
        (
            {"cap_per_operator": 29, "floor_per_operator": 30},
            "cap_per_operator for op-a allows 29, and floor_per_operator promises 30; cap_per_operator for op-b",
        ),
        (
            {"cap_per_park": 20, "floor_per_operator": 20, "floor_total": 45},
            "cap_per_park for p allows 20, and floor_per_operator and floor_total promise",
        ),
        (
            {"budget_by_year": (10,), "floor_total": 11},
            "budget_by_year for 0 allows 10, and floor_total promises 11",
        ),
    ],
)
def test_rules_that_cannot_both_be_kept_are_named(limits: dict[str, object], text: str) -> None:
    with pytest.raises(SharingError, match="public money cannot keep its own limits") as caught:
        limit_outlays([grant("op-a", 5)], PublicLimits(**limits), context())  # type: ignore[arg-type]
    assert text in str(caught.value)


money = st.integers(0, 10**9)
outlay_lists = st.lists(
    st.builds(
        Outlay,
        st.sampled_from(["g", "h"]),
        st.sampled_from(OPERATORS),
        st.sampled_from(PARKS),
        st.integers(0, 5),
        money,
        st.booleans(),
    ),
    max_size=10,
    unique_by=lambda one: (one.instrument, one.operator, one.park, one.year, one.is_grant),
)
cap = st.none() | money
limit_sets = st.builds(
    PublicLimits,
    cap_per_park=cap,
    cap_per_unit=st.none() | st.integers(0, 10**7),
    cap_per_operator=cap,
    cap_total=cap,
    budget_by_year=st.lists(money, max_size=3).map(tuple),
)
rates = st.decimals(0, "0.5", places=3)


def value(outlays: Iterable[Outlay], rate: Decimal) -> Fraction:
    return sum((Fraction(one.amount) / (1 + Fraction(rate)) ** one.year for one in outlays), Fraction(0))


def check_caps(kept: tuple[Outlay, ...], limits: PublicLimits, where: LimitContext) -> None:
    grants = [one for one in kept if one.is_grant]
    rate = where.discount_rate
    for park, operator in product(PARKS, OPERATORS):
        here = value((one for one in grants if one.park == park), rate)
        theirs = value((one for one in grants if one.operator == operator), rate)
        assert limits.cap_per_park is None or here <= limits.cap_per_park
        assert limits.cap_per_unit is None or here <= limits.cap_per_unit * where.units[park]
        assert limits.cap_per_operator is None or theirs <= limits.cap_per_operator
    assert limits.cap_total is None or value(grants, rate) <= limits.cap_total
    for year in range(6):
        if limits.budget_by_year:
            budget = limits.budget_by_year[min(year, len(limits.budget_by_year) - 1)]
            assert sum(one.amount for one in kept if one.year == year) <= budget


@given(outlay_lists, limit_sets, rates)
def test_every_cap_is_kept_exactly_and_nothing_grows(
    outlays: list[Outlay], limits: PublicLimits, rate: Decimal
) -> None:
    kept, applied = limit_outlays(outlays, limits, context(rate))
    check_caps(kept, limits, context(rate))
    before = {(o.instrument, o.operator, o.park, o.year, o.is_grant): o.amount for o in outlays}
    for one in kept:
        assert 0 < one.amount <= before[one.instrument, one.operator, one.park, one.year, one.is_grant]
    if not applied:
        assert sorted(kept) == sorted(one for one in outlays if one.amount)
    assert limit_outlays(outlays[::-1], limits, context(rate)) == (kept, applied)


@given(outlay_lists, money, rates)
def test_a_cap_leaves_no_more_on_the_table_than_rounding(
    outlays: list[Outlay], most: int, rate: Decimal
) -> None:
    kept, _ = limit_outlays(outlays, PublicLimits(cap_total=most), context(rate))
    wanted = value((one for one in outlays if one.is_grant), rate)
    left = value((one for one in kept if one.is_grant), rate)
    assert min(wanted, most) - left <= 2 * len(outlays)


@settings(max_examples=200)
@given(outlay_lists, limit_sets, rates, st.none() | money, st.none() | money)
def test_floors_hold_or_the_conflict_is_named(
    outlays: list[Outlay], limits: PublicLimits, rate: Decimal, each: int | None, total: int | None
) -> None:
    where = context(rate, cost=10**9)
    rules = PublicLimits(
        cap_per_operator=limits.cap_per_operator,
        cap_total=limits.cap_total,
        budget_by_year=limits.budget_by_year,
        floor_per_operator=each,
        floor_total=total,
    )
    try:
        kept, _ = limit_outlays(outlays, rules, where)
    except SharingError:
        assert each is not None or total is not None  # caps alone can always be kept
        return
    check_caps(kept, rules, where)
    grants = [one for one in kept if one.is_grant]
    for operator in OPERATORS:
        own = value((one for one in grants if one.operator == operator), rate)
        assert each is None or own >= min(each, 10**9)
    assert total is None or value(grants, rate) >= min(total, 2 * 10**9)
