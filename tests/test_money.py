"""Exact money: whatever is divided, rounded or discounted comes out as with fractions."""

from __future__ import annotations

from decimal import Decimal
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fiberplan.errors import MoneyError
from fiberplan.money import (
    CURRENCIES,
    apportion,
    divide_half_up,
    present_value,
    round_half_up,
    to_major,
    to_minor,
)

weight = st.one_of(
    st.integers(0, 10**12),
    st.decimals(0, 10**6, places=4),
    st.fractions(0, 10**6, max_denominator=10**6),
)
weights = st.dictionaries(st.text("abcdef", min_size=1, max_size=3), weight, min_size=1).filter(
    lambda result: any(result.values())
)
totals = st.integers(-(10**18), 10**18)


@given(totals, weights)
def test_parts_sum_to_the_whole_within_a_unit_of_their_exact_share(
    total: int, weights: dict[str, int | Decimal | Fraction]
) -> None:
    parts = apportion(total, weights)
    assert list(parts) == list(weights)
    assert sum(parts.values()) == total
    whole = sum(map(Fraction, weights.values()))
    for key, part in parts.items():
        assert abs(part - total * Fraction(weights[key]) / whole) < 1
        if not weights[key]:
            assert part == 0


@given(totals, weights)
def test_a_negative_total_is_divided_like_its_absolute_value(
    total: int, weights: dict[str, int | Decimal | Fraction]
) -> None:
    parts = apportion(total, weights)
    assert apportion(-total, weights) == {key: -part for key, part in parts.items()}


@given(totals, weights, st.integers(1, 10**9))
def test_only_proportions_of_weights_count_and_not_their_order(
    total: int, weights: dict[str, int | Decimal | Fraction], factor: int
) -> None:
    parts = apportion(total, weights)
    assert apportion(total, {key: Fraction(w) * factor for key, w in weights.items()}) == parts
    assert apportion(total, dict(reversed(weights.items()))) == parts


@given(st.integers(0, 10**9), st.integers(0, 1000), st.integers(1, 1000))
def test_between_two_a_larger_total_gives_nobody_less(total: int, a: int, b: int) -> None:
    less, more = apportion(total, {"a": a, "b": b}), apportion(total + 1, {"a": a, "b": b})
    assert all(more[key] >= less[key] for key in less)


def test_hamilton_is_known_not_to_be_monotone_among_three() -> None:
    """The Alabama paradox (Balinski and Young 1982): it is in the method, and the test says that we know."""
    weights = {"a": 6, "b": 6, "c": 2}
    assert apportion(10, weights) == {"a": 4, "b": 4, "c": 2}
    assert apportion(11, weights) == {"a": 5, "b": 5, "c": 1}


def test_ties_go_to_the_smaller_key() -> None:
    assert apportion(2, {"c": 1, "b": 1, "a": 1}) == {"c": 0, "b": 1, "a": 1}
    assert apportion(-2, {"c": 1, "b": 1, "a": 1}) == {"c": 0, "b": -1, "a": -1}


def test_weights_that_divide_nothing_are_refused() -> None:
    with pytest.raises(MoneyError, match="nobody"):
        apportion(1, {})
    with pytest.raises(MoneyError, match="all zero"):
        apportion(1, {"a": 0, "b": 0})
    with pytest.raises(MoneyError, match="all zero"):
        apportion(1, {"a": 0})
    with pytest.raises(MoneyError, match="'b' is negative"):
        apportion(1, {"a": 2, "b": -1})
    with pytest.raises(MoneyError, match="'a' is negative"):
        apportion(0, {"a": Decimal(-1)})


def test_nothing_is_divided_among_nobody_or_zero_weights() -> None:
    assert apportion(0, {}) == {}
    assert apportion(0, {"a": 0}) == {"a": 0}
    assert apportion(0, {"a": 0, "b": 0}) == {"a": 0, "b": 0}


@given(st.integers(-(10**18), 10**18), st.integers(1, 10**9))
def test_halves_go_away_from_zero(numerator: int, denominator: int) -> None:
    exact = Fraction(numerator, denominator)
    rounded = divide_half_up(numerator, denominator)
    assert abs(rounded - exact) <= Fraction(1, 2)
    if abs(rounded - exact) == Fraction(1, 2):
        assert abs(rounded) > abs(exact)
    assert round_half_up(exact) == rounded


@pytest.mark.parametrize("denominator", [0, -3])
def test_a_denominator_that_is_not_positive_is_refused(denominator: int) -> None:
    with pytest.raises(MoneyError, match="denominator"):
        divide_half_up(1, denominator)


@given(st.integers(-(10**18), 10**18), st.sampled_from(sorted(CURRENCIES)))
def test_minor_and_major_units_are_each_other_s_inverse(amount: int, code: str) -> None:
    assert to_minor(to_major(amount, CURRENCIES[code]), CURRENCIES[code]) == amount


def test_rials_are_whole_and_ten_of_them_are_a_toman() -> None:
    rial = CURRENCIES["IRR"]
    assert to_minor(Decimal("12.5"), rial) == 13
    assert (rial.display_code, rial.display_factor) == ("IRT", 10)


@given(
    st.integers(-(10**18), 10**18),
    st.integers(0, 60),
    st.decimals(0, 1, places=4),
)
def test_present_value_is_the_fraction_rounded_once(amount: int, year: int, rate: Decimal) -> None:
    exact = amount / (1 + Fraction(rate)) ** year
    result = present_value(amount, year, rate)
    assert abs(result - exact) <= Fraction(1, 2)
    assert result == round_half_up(exact)


def test_present_value_today_or_at_no_rate_is_the_amount() -> None:
    assert present_value(123, 0, Decimal("0.3")) == 123
    assert present_value(123, 17, Decimal(0)) == 123


def test_a_rate_of_minus_one_has_no_present_value() -> None:
    with pytest.raises(MoneyError, match="discount rate"):
        present_value(1, 1, Decimal(-1))
