"""Cash flows, rates of return and loans against hand arithmetic, known roots and a second way of counting."""

from __future__ import annotations

import math
from decimal import Decimal
from fractions import Fraction

import numpy as np
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from fiberplan.errors import MoneyError
from fiberplan.finance import CashFlow, internal_rates, repay_loan
from fiberplan.finance.flows import total_flow
from fiberplan.finance.returns import sign_changes
from fiberplan.project.terms import RepaymentMethod

amounts = st.lists(st.integers(-(10**13), 10**13), min_size=1, max_size=21).map(tuple)
rates = st.decimals(0, 1, places=3)


def test_present_value_by_hand() -> None:
    """§12.2: 300 at the end of each of four years at 10 %: 272.73 + 247.93 + 225.39 + 204.90."""
    flow = CashFlow((-1000, 300, 300, 300, 300))
    assert flow.present_value(Decimal("0.1")) == -1000 + 273 + 248 + 225 + 205
    exact = sum(Fraction(300) / Fraction(11, 10) ** year for year in range(1, 5)) - 1000
    assert flow.exact_value(Decimal("0.1")) == exact


@given(amounts, rates)
def test_rounding_by_year_moves_a_value_by_half_a_unit_a_year_at_most(
    flow: tuple[int, ...], rate: Decimal
) -> None:
    result = CashFlow(flow)
    assert abs(result.present_value(rate) - result.exact_value(rate)) <= Fraction(len(flow), 2)


@given(amounts, amounts, rates)
def test_values_add_up(one: tuple[int, ...], other: tuple[int, ...], rate: Decimal) -> None:
    a, b = CashFlow(one), CashFlow(other)
    assert (a + b).exact_value(rate) == a.exact_value(rate) + b.exact_value(rate)
    assert (a - b).total == a.total - b.total
    assert (a + b) == total_flow([b, a], max(len(a), len(b)) - 1)
    assert a.cumulative[len(a) - 1] == a.total


@pytest.mark.parametrize(
    ("flow", "plain", "discounted"),
    [
        ((-1000, 500, 500, 300), 2, 3),  # at 10 %: 454.5 + 413.2 = 867.8, and 225.4 more
        ((-1000, 500), None, None),
        ((-1000, 1100, -200, 300), 3, 3),  # what is paid back in year 1 is lost again in year 2
        ((100, 0), 0, 0),
        ((-100, 110), 1, 1),  # exactly nothing at 10 %
    ],
)
def test_payback_by_hand(flow: tuple[int, ...], plain: int | None, discounted: int | None) -> None:
    """§12.3."""
    assert CashFlow(flow).payback_year() == plain
    assert CashFlow(flow).payback_year(Decimal("0.1")) == discounted


def test_amounts_are_whole() -> None:
    with pytest.raises(MoneyError, match=r"1\.5 is no whole amount"):
        CashFlow((1.5,))  # type: ignore[arg-type]
    with pytest.raises(MoneyError, match="year 3 lies outside the years 0 to 2"):
        CashFlow.of({3: 1}, 2)


@pytest.mark.parametrize(
    ("flow", "expected"),
    [
        ((-1000, 600, 600), [0.130662]),
        ((-100, 110), [0.1]),
        ((-1600, 10000, -10000), [0.25, 4.0]),  # the oil pump of Lorie and Savage (1955)
        ((-100, 100), [0.0]),
        ((100, 200), []),
        ((100, -200, 150), []),  # two changes of sign and no root
        ((), []),
        ((0, 0), []),
        ((0, 0, -100, 121), [0.21]),
        ((100, -50), [-0.5]),
    ],
)
def test_internal_rates_by_hand(flow: tuple[int, ...], expected: list[float]) -> None:
    """§12.4: none, one or all of them."""
    assert internal_rates(CashFlow(flow)) == pytest.approx(expected, abs=1e-6)


root = st.fractions("0.05", 5, max_denominator=20)


@given(st.lists(root, min_size=1, max_size=5, unique=True), st.integers(1, 10**9))
def test_internal_rates_are_the_roots_of_a_flow(roots: list[Fraction], scale: int) -> None:
    """A polynomial made of its roots, in integers, has exactly these."""
    flow = [scale]
    for x in roots:
        times_x, times_1 = [0, *flow], [*flow, 0]
        flow = [a * x.denominator - b * x.numerator for a, b in zip(times_x, times_1, strict=True)]
    result = internal_rates(CashFlow(tuple(flow)))
    assert result == pytest.approx(sorted(float(1 / x - 1) for x in roots), rel=1e-7, abs=1e-9)


@given(amounts)
@example((-1, 2754033))
@example((-1, *(0,) * 58, 10**13, -1))  # at rates near -100 % the terms themselves are beyond floats
def test_every_rate_is_one_and_their_number_fits_the_changes_of_sign(flow: tuple[int, ...]) -> None:
    result = internal_rates(CashFlow(flow))
    changes = sign_changes(flow)
    assert len(result) <= changes
    assert (changes - len(result)) % 2 == 0
    for rate in result:  # the exact value changes its sign there, as near as a float can say
        x = Fraction(1) / (1 + Fraction(rate))
        near = Fraction(1, 10**9) + x / 2**51
        low, high = (
            sum(amount * at**year for year, amount in enumerate(flow))
            for at in (x * (1 - near), x * (1 + near))
        )
        assert min(low, high) <= 0 <= max(low, high)


@given(st.integers(1, 10**12), st.lists(st.integers(0, 10**11), min_size=1, max_size=60))
def test_an_investment_that_earns_has_one_rate(cost: int, earned: list[int]) -> None:
    flow = CashFlow((-cost, *earned))
    assert len(internal_rates(flow)) == (1 if any(earned) else 0)


def test_a_loan_by_hand() -> None:
    """§12.5: 1,000 at 10 %, a year of grace, two level payments of 576.19."""
    loan = repay_loan(1000, rate=Decimal("0.1"), term_years=2, grace_years=1)
    assert loan.service.amounts == (0, 100, 576, 576)
    assert loan.balance.amounts == (1000, 1000, 524, 0)
    linear = repay_loan(1000, rate=Decimal("0.1"), term_years=3, method=RepaymentMethod.LINEAR)
    assert linear.repayment.amounts == (0, 334, 333, 333)
    assert linear.interest.amounts == (0, 100, 67, 33)
    free = repay_loan(100, rate=Decimal(0), term_years=3)
    assert free.repayment.amounts == (0, 34, 33, 33)
    assert not free.interest


@given(
    st.integers(0, 10**14),
    st.decimals(0, 1, places=4),
    st.integers(1, 30),
    st.integers(0, 10),
    st.sampled_from(RepaymentMethod),
)
def test_any_loan_is_paid_back_to_the_last_unit(
    principal: int, rate: Decimal, term: int, grace: int, method: RepaymentMethod
) -> None:
    loan = repay_loan(principal, rate=rate, term_years=term, grace_years=grace, method=method)
    assert loan.repayment.total == principal == loan.drawdown.total
    assert loan.balance[-1] == 0
    owed = principal
    for year in range(1, len(loan.balance)):
        assert abs(loan.interest[year] - owed * Fraction(rate)) <= Fraction(1, 2)
        owed -= loan.repayment[year]
        assert loan.balance[year] == owed
        assert loan.repayment[year] >= 0
        assert year > grace or not loan.repayment[year]
    # At its own rate a loan is worth nothing, but for rounding.
    service = loan.service.exact_value(rate)
    assert abs(service - principal) <= len(loan.balance)


@given(st.integers(10**6, 10**12), st.decimals("0.001", "0.5", places=3), st.integers(1, 30))
def test_level_payments_are_level_and_as_a_second_formula_has_them(
    principal: int, rate: Decimal, term: int
) -> None:
    paid = repay_loan(principal, rate=rate, term_years=term).service.amounts[1:]
    level = principal / np.sum(1 / (1 + float(rate)) ** np.arange(1, term + 1))
    assert all(math.isclose(amount, level, rel_tol=1e-9, abs_tol=1) for amount in paid[:-1])
    assert abs(paid[-1] - level) <= 1 + (1 + float(rate)) ** term * term


def test_a_loan_that_cannot_be() -> None:
    with pytest.raises(MoneyError, match="no loan of -5"):
        repay_loan(-5, rate=Decimal(0), term_years=1)
    with pytest.raises(MoneyError, match="in 0 years"):
        repay_loan(5, rate=Decimal(0), term_years=0)
