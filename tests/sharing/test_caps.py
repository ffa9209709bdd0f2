"""Caps and floors: which hold for whom, both sides of every border, and what shrinking leaves."""

from __future__ import annotations

from decimal import Decimal
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fiberplan.project.settings import FundingPolicy
from fiberplan.project.subsidy_terms import SubsidyTerms
from fiberplan.project.terms import PublicLimits
from fiberplan.sharing.caps import Cap, CapKind, Caps, limit_for, shrink, strictest

money = st.decimals(0, 10**9, places=3)
optional = st.none() | money
amounts = st.dictionaries(st.text(max_size=3), st.integers(0, 10**12), max_size=8)


def test_the_caps_of_every_table_are_exact_minor_units() -> None:
    policy = FundingPolicy(cap_per_park=Decimal("1.999"), cap_per_unit=Decimal(2), cap_total=Decimal(7))
    assert Caps.of(policy, 100) == Caps(per_park=Fraction(1999, 10), per_unit=200, total=700)
    limits = PublicLimits(
        cap_per_operator=1, floor_per_operator=Decimal("0.001"), floor_total=3, budget_by_year=(4, 5)
    )
    assert Caps.of(limits, 10) == Caps(
        per_operator=10, floor_per_operator=Fraction(1, 100), floor_total=30, by_year=(40, 50)
    )
    assert Caps.of(SubsidyTerms(cap_per_operator=2, cap_total=3), 1) == Caps(per_operator=2, total=3)


def test_an_empty_table_has_no_cap() -> None:
    for terms in (FundingPolicy(), PublicLimits(), SubsidyTerms()):
        caps = Caps.of(terms, 100)
        assert caps == Caps()
        assert caps.on_parks(["p"], 3) == ()
        assert caps.on_operator("a") is caps.on_year(0) is caps.in_all() is None


def test_a_package_has_the_caps_of_all_its_parks_or_none_of_them() -> None:
    caps = Caps(per_park={"p": 10, "q": 5, "r": None})
    assert [cap.most for cap in caps.on_parks(["p", "q"], 1)] == [15]
    assert caps.on_parks(["p", "r"], 1) == caps.on_parks(["p", "s"], 1) == ()


@pytest.mark.parametrize(
    ("units", "kind", "most"),
    [(3, CapKind.PER_UNIT, 90), (4, CapKind.PER_PARK, 100), (0, CapKind.PER_UNIT, 0)],
)
def test_the_stricter_of_two_caps_holds(units: int, kind: CapKind, most: int) -> None:
    cap = strictest(Caps(per_park=100, per_unit=30).on_parks(["p"], units))
    assert cap == Cap(kind, "p", most)


def test_of_equal_caps_the_one_on_the_park_is_named() -> None:
    cap = strictest(Caps(per_park=100, per_unit=50).on_parks(["p"], 2))
    assert cap is not None
    assert cap.kind is CapKind.PER_PARK
    assert strictest(()) is None


@pytest.mark.parametrize(("year", "most"), [(0, 5), (1, 7), (2, 9), (3, 9), (40, 9)])
def test_the_last_budget_goes_on(year: int, most: int) -> None:
    assert Caps(by_year=(5, 7, 9)).on_year(year) == Cap(CapKind.PER_YEAR, year, most)


def test_a_limit_for_each_does_not_limit_others() -> None:
    assert limit_for({"a": 0, "b": None}, "a") == 0
    assert limit_for({"a": 0, "b": None}, "b") is limit_for({"a": 0}, "c") is limit_for(None, "a") is None
    assert Caps(per_operator={"a": 0}).on_operator("a") == Cap(CapKind.PER_OPERATOR, "a", 0)
    assert Caps(per_operator={"a": 0}).on_operator("b") is None


@given(money, st.integers(0, 1000), st.sampled_from([1, 10, 100]))
def test_whole_units_are_the_most_that_a_cap_allows(most: Decimal, units: int, minor: int) -> None:
    for cap in Caps.of(FundingPolicy(cap_per_park=most, cap_per_unit=most, cap_total=most), minor).on_parks(
        ["p"], units
    ):
        exact = Fraction(most) * minor * (units if cap.kind is CapKind.PER_UNIT else 1)
        assert cap.whole <= exact < cap.whole + 1


@given(amounts, st.integers(0, 10**12))
def test_shrunk_amounts_keep_the_cap_in_proportion(wanted: dict[str, int], most: int) -> None:
    kept = shrink(wanted, most)
    total = sum(wanted.values())
    assert sum(kept.values()) == min(total, most)
    assert kept.keys() == wanted.keys()
    for key, amount in kept.items():
        assert 0 <= amount <= wanted[key]
        if total > most:
            assert abs(amount - Fraction(wanted[key] * most, total)) < 1


@given(amounts)
def test_at_its_border_a_cap_takes_nothing_and_one_below_it_a_unit(wanted: dict[str, int]) -> None:
    total = sum(wanted.values())
    assert shrink(wanted, total) == shrink(wanted, total + 1) == wanted
    if total:
        assert sum(shrink(wanted, total - 1).values()) == total - 1


@given(st.lists(st.tuples(optional, optional, optional), min_size=2, max_size=2), st.integers(0, 50))
def test_no_cap_is_looser_for_a_stricter_table(tables: list[tuple[Decimal | None, ...]], units: int) -> None:
    """The caps of the smaller of every two numbers allow no more than either table's."""
    least = [
        min((most for most in pair if most is not None), default=None) for pair in zip(*tables, strict=True)
    ]
    strict, *others = (
        Caps.of(FundingPolicy(cap_per_park=a, cap_per_unit=b, cap_total=c), 100)
        for a, b, c in (least, *tables)
    )
    for other in others:
        for narrow, wide in (
            (strictest(strict.on_parks(["p"], units)), strictest(other.on_parks(["p"], units))),
            (strict.in_all(), other.in_all()),
        ):
            assert wide is None or (narrow is not None and narrow.whole <= wide.whole)


def test_terms_are_named_as_in_the_project_file() -> None:
    names = set(PublicLimits.__dataclass_fields__)
    assert {kind.term for kind in CapKind} == {name for name in names if not name.startswith("floor")}
