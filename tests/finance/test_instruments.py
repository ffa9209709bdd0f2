"""Every instrument by hand, the tax beside a second way of counting, the gap beside one unit less (§12.7 to §12.17)."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal
from fractions import Fraction
from typing import Any

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from fiberplan.errors import MoneyError
from fiberplan.finance import CashFlow, smallest_grant
from fiberplan.finance.business import logistic_share, own_opex, revenue, take_up_shares
from fiberplan.finance.instruments.stack import make_instruments, stack_instruments
from fiberplan.finance.positions import Effect, Line, Position
from fiberplan.project.terms import (
    BusinessTerms,
    ClawBack,
    EquityShare,
    GuaranteedPurchase,
    InKindDucts,
    InstrumentTerms,
    LogisticTakeUp,
    MatchedFunding,
    RepaymentMethod,
    SoftLoan,
    TaxRelief,
    ViabilityGap,
)

YEARS = 4


def position(
    *,
    gross: tuple[int, ...] = (1000, 100, 100, 100, 100),
    building: tuple[int, ...] = (1000, 0, 0, 0, 0),
    lease: tuple[int, ...] = (0, 0, 0, 0, 0),
    share: tuple[int, ...] = (0, 0, 0, 0, 0),
    earned: tuple[int, ...] = (0, 300, 300, 300, 300),
    planned: tuple[int, ...] | None = None,
    units: int = 1,
    **terms: Any,  # noqa: ANN401 - fields of the terms
) -> Position:
    """Make an operator that builds for 1,000, runs for 100 and earns 300 a year, at 10 %."""
    return Position(
        operator="op-a",
        years=len(gross) - 1,
        terms=BusinessTerms(**terms),
        discount_rate=Decimal("0.1"),
        market_rate=Decimal("0.1"),
        units=units,
        minor_per_major=1,
        gross=CashFlow(gross),
        building=CashFlow(building),
        lease=CashFlow(lease),
        share=CashFlow(share),
        planned_revenue=CashFlow(earned if planned is None else planned),
        book={Line.COST: -CashFlow(gross), Line.REVENUE: CashFlow(earned)},
    )


def stacked(where: Position, **kinds: dict[str, Any]) -> tuple[Position, dict[str, Effect]]:
    result, effects = stack_instruments(where, make_instruments(InstrumentTerms(**kinds)))
    return result, {effect.instrument: effect for effect in effects}


# --- business cases --------------------------------------------------------------------------------------------


def test_revenue_by_hand() -> None:
    """§12.7: ten units at 20 a month; a quarter takes it up in year 1, half from year 2 on."""
    terms = BusinessTerms(
        arpu_per_month=Decimal(20), take_up=("0.25", "0.5"), opex_per_unit_year=Decimal("12.5")
    )
    assert revenue(terms, 10, 3, minor_per_major=100).amounts == (0, 60_000, 120_000, 120_000)
    assert own_opex(terms, 10, 3, minor_per_major=100).amounts == (0, 3_125, 6_250, 6_250)


def test_actual_take_up_and_a_late_start() -> None:
    terms = BusinessTerms(take_up=("0.1", "0.2", "0.3"), actual_take_up=("0.5",), joins_year=1)
    assert take_up_shares(terms, 3) == (0, 0, Decimal("0.2"), Decimal("0.3"))
    assert take_up_shares(terms, 3, actual=True) == (0, 0, Decimal("0.5"), Decimal("0.5"))
    assert take_up_shares(BusinessTerms(), 2) == (0, 1, 1)


def test_the_logistic_curve() -> None:
    """Half at the midpoint, symmetric about it, from a tenth to nine tenths in 4.39 / k years."""
    curve = LogisticTakeUp(
        final_share=Decimal(1), midpoint_year=Decimal(5), growth_per_year=Decimal("4.394449")
    )
    assert logistic_share(curve, 5) == Decimal("0.5")
    shares = [logistic_share(replace(curve, growth_per_year=Decimal("0.8")), year) for year in range(1, 10)]
    assert shares == sorted(shares)
    assert all(one + other == 1 for one, other in zip(shares, reversed(shares), strict=True))
    assert logistic_share(replace(curve, midpoint_year=Decimal("4.5")), 5) == Decimal("0.900000")
    assert len(take_up_shares(BusinessTerms(logistic=curve), 3)) == 4


# --- tax -------------------------------------------------------------------------------------------------------


def test_tax_by_hand() -> None:
    """§12.8: 300 - 100 - 1,000 / 5 = 0 a year over five years; over ten, 100 of profit and 25 of tax."""
    assert not position(tax_rate="0.25", tax_life_years=5).full_tax
    assert position(tax_rate="0.25", tax_life_years=10).full_tax.amounts == (0, 25, 25, 25, 25)


def test_losses_are_carried_forward() -> None:
    """A loss of 100 in year 1 and 2 each; profits of 150 and 150 use it up: 100 are left, a quarter of it is tax."""
    where = position(
        gross=(0, 200, 200, 0, 0),
        building=(0,) * 5,
        earned=(0, 100, 100, 150, 150),
        tax_rate="0.25",
    )
    assert where.full_tax.amounts == (0, 0, 0, 0, 25)


def test_grants_lower_what_is_written_off() -> None:
    where = position(share=(400, 0, 0, 0, 0), tax_rate="0.25", tax_life_years=10)
    result, _ = stacked(where, matched_funding={"m": {"rate": 1}})
    assert result.lasting.amounts == (600, 0, 0, 0, 0)
    assert result.depreciation.amounts == (0, 30, 30, 30, 30)  # of the 600, the match pays 300


# --- instruments -----------------------------------------------------------------------------------------------


def test_a_public_share_is_borne_by_the_state() -> None:
    result, effects = stacked(position(share=(600, 0, 10, 0, 0)))
    assert result.line(Line.COST).amounts == (-400, -100, -90, -100, -100)
    assert effects["public_share"].outlay.amounts == (600, 0, 10, 0, 0)
    assert effects["public_share"].grant_equivalent(Decimal("0.1")) == 600 + 8


def test_matched_funding_by_hand() -> None:
    """One for two: of 900, the state pays 300 and the operator 600."""
    result, effects = stacked(
        position(share=(100, 0, 0, 0, 0)), matched_funding={"m": MatchedFunding(rate=Decimal("0.5"))}
    )
    assert effects["matched_funding.m"].outlay[0] == 300
    assert result.to_finance == 600
    _, capped = stacked(position(), matched_funding={"m": MatchedFunding(rate=Decimal(1), cap=Decimal(120))})
    assert capped["matched_funding.m"].outlay[0] == 120


def test_lent_ducts_by_hand() -> None:
    """Half of a lease of 40 a year is waived; four times 20 at 10 % are 63."""
    where = position(lease=(0, 40, 40, 40, 40))
    result, effects = stacked(
        where, in_kind_ducts={"d": InKindDucts(share=Decimal("0.5"), asset_value=Decimal(500))}
    )
    assert result.line(Line.COST).amounts == (-1000, -80, -80, -80, -80)
    lent = effects["in_kind_ducts.d"]
    assert not lent.outlay
    assert (lent.value_lent, lent.grant_equivalent(Decimal("0.1"))) == (500, 18 + 17 + 15 + 14)


def test_a_guarantee_pays_the_shortfall_and_no_more() -> None:
    """Guaranteed are 80 % of 10 units at 5 a month: 480 a year, for three years."""
    where = position(earned=(0, 100, 470, 600, 0), units=10)
    terms = GuaranteedPurchase(share=Decimal("0.8"), price_per_month=Decimal(5), years=3)
    _, effects = stacked(where, guaranteed_purchase={"g": terms})
    assert effects["guaranteed_purchase.g"].outlay.amounts == (0, 380, 10, 0, 0)
    _, both = stacked(where, guaranteed_purchase={"g": terms, "h": terms})
    assert not both["guaranteed_purchase.h"].outlay, "the first has paid it already"


def test_a_soft_loan_by_hand() -> None:
    """800 without interest over four years; at 10 % the market would have had 800 - 200 x 3.1699 = 166 for it."""
    loan = SoftLoan(share=Decimal("0.8"), term_years=4, method=RepaymentMethod.LINEAR)
    result, effects = stacked(position(), soft_loan={"s": loan})
    assert result.line(Line.DRAWDOWN)[0] == 800
    assert result.line(Line.REPAYMENT).amounts == (0, -200, -200, -200, -200)
    assert effects["soft_loan.s"].grant_equivalent(Decimal("0.1")) == 800 - 182 - 165 - 150 - 137
    assert not effects["soft_loan.s"].is_grant


@given(st.integers(1, 10**12), st.decimals(0, "0.5", places=3), st.integers(1, 4))
def test_a_loan_at_the_market_rate_is_worth_nothing(cost: int, rate: Decimal, term: int) -> None:
    where = position(gross=(cost, 0, 0, 0, 0), building=(cost, 0, 0, 0, 0))
    _, effects = stacked(where, soft_loan={"s": SoftLoan(rate=rate, term_years=term)})
    assert abs(effects["soft_loan.s"].grant_equivalent(rate)) <= 8


def test_equity_by_hand() -> None:
    """The fund pays 250 of 1,000 and gets a quarter of the 200 that a year leaves."""
    result, effects = stacked(position(), equity_share={"e": EquityShare(share=Decimal("0.25"))})
    assert result.line(Line.EQUITY)[0] == 250
    assert effects["equity_share.e"].book[Line.DIVIDEND].amounts == (0, -50, -50, -50, -50)
    _, other = stacked(
        position(), equity_share={"e": EquityShare(share=Decimal("0.25"), dividend_share=Decimal("0.1"))}
    )
    assert other["equity_share.e"].book[Line.DIVIDEND][1] == -20


def test_tax_relief_by_hand() -> None:
    """Tax of 25 a year: a year of holiday, then a credit of 3 % of 1,000 = 30."""
    relief = TaxRelief(holiday_years=1, credit_share=Decimal("0.03"))
    result, effects = stacked(position(tax_rate="0.25", tax_life_years=10), tax_relief={"t": relief})
    assert effects["tax_relief.t"].book[Line.TAX].amounts == (0, 25, 25, 5, 0)
    assert result.tax.amounts == (0, 0, 0, 20, 25)


def test_claw_back_by_hand() -> None:
    """Planned 300 a year, earned 400, 500, 300, 900; above 330 a half comes back, until the 150 are back."""
    where = position(share=(150, 0, 0, 0, 0), earned=(0, 400, 500, 300, 900), planned=(0, 300, 300, 300, 300))
    _, effects = stacked(where, claw_back={"c": ClawBack(share=Decimal("0.5"), threshold=Decimal("0.1"))})
    assert effects["claw_back.c"].book[Line.CLAW_BACK].amounts == (0, -35, -85, 0, -30)


def test_instruments_are_for_whom_they_name() -> None:
    _, effects = stacked(position(), matched_funding={"m": {"rate": 1, "operators": ("op-b",)}})
    assert set(effects) == {"public_share"}


def test_the_stack_does_not_depend_on_the_order_of_writing() -> None:
    kinds: dict[str, dict[str, Any]] = {
        "soft_loan": {
            "b": SoftLoan(share=Decimal("0.3"), term_years=3),
            "a": SoftLoan(share=Decimal("0.2"), term_years=2),
        },
        "matched_funding": {"m": MatchedFunding(rate=Decimal("0.2"))},
    }
    other = {
        "matched_funding": kinds["matched_funding"],
        "soft_loan": dict(reversed(kinds["soft_loan"].items())),
    }
    assert stacked(position(), **kinds) == stacked(position(), **other)


# --- the gap ---------------------------------------------------------------------------------------------------


def test_a_viability_gap_by_hand() -> None:
    """§12.15: 1,000 against 200 a year for four years at 10 %: 1,000 - 633.97 = 366.03, so 367."""
    result, effects = stacked(position(), viability_gap={"v": ViabilityGap()})
    assert effects["viability_gap.v"].outlay.amounts == (367, 0, 0, 0, 0)
    assert 0 <= result.net_present_value < 1
    _, capped = stacked(position(), viability_gap={"v": ViabilityGap(cap=Decimal(300))})
    assert capped["viability_gap.v"].outlay[0] == 300
    _, none = stacked(position(earned=(0, 900, 900, 0, 0)), viability_gap={"v": ViabilityGap()})
    assert not none["viability_gap.v"].outlay
    _, twice = stacked(position(), viability_gap={"v": ViabilityGap(), "w": ViabilityGap()})
    assert not twice["viability_gap.w"].outlay


money = st.integers(0, 10**10)
flow = st.tuples(st.just(0), *[money] * YEARS)
small_share = st.decimals(0, "0.5", places=2)


@st.composite
def positions(draw: st.DrawFn) -> Position:
    built, running, lease = (
        draw(money),
        draw(flow),
        draw(st.tuples(st.just(0), *[st.integers(0, 10**6)] * YEARS)),
    )
    gross = (built, *(a + b for a, b in zip(running[1:], lease[1:], strict=True)))
    return position(
        gross=gross,
        building=(built, 0, 0, 0, 0),
        lease=lease,
        share=(draw(st.integers(0, built)), 0, 0, 0, 0),
        earned=draw(flow),
        units=draw(st.integers(0, 1000)),
        arpu_per_month=draw(st.integers(0, 10**5)),
        tax_rate=draw(small_share),
        tax_life_years=draw(st.integers(1, 12)),
    )


stacks = st.builds(
    InstrumentTerms,
    in_kind_ducts=st.just({}) | st.just({"d": InKindDucts()}),
    matched_funding=st.just({}) | st.builds(lambda rate: {"m": MatchedFunding(rate=rate)}, small_share),
    guaranteed_purchase=st.just({})
    | st.builds(lambda share: {"g": GuaranteedPurchase(share=share, years=3)}, small_share),
    soft_loan=st.just({})
    | st.builds(
        lambda share, rate, grace: {"s": SoftLoan(share=share, rate=rate, grace_years=grace, term_years=2)},
        small_share,
        small_share,
        st.integers(0, 2),
    ),
    viability_gap=st.just({"v": ViabilityGap()}),
    tax_relief=st.just({})
    | st.builds(
        lambda years, credit: {"t": TaxRelief(holiday_years=years, credit_share=credit)},
        st.integers(0, 3),
        small_share,
    ),
    equity_share=st.just({}) | st.builds(lambda share: {"e": EquityShare(share=share)}, small_share),
)


def half_up(amount: Fraction) -> int:
    return int(amount + Fraction(1, 2)) if amount >= 0 else -int(-amount + Fraction(1, 2))


def written_off(amount: int, life: int) -> list[int]:
    """Equal parts with the units that are left in the first years."""
    whole, left = divmod(amount, life)
    parts = [whole + (year < left) for year in range(life)]
    return [0, *parts, *[0] * YEARS][: YEARS + 1]


def value_by_hand(
    where: Position, effects: dict[str, Effect], grant: int, terms: InstrumentTerms
) -> Fraction:
    """Work out the value with another grant from the amounts of the effects alone, with tax and dividends of its own."""
    case = where.terms
    zero = [0] * (YEARS + 1)

    def of(kind: str, line: Line) -> list[int]:
        result = [
            list(e.book[line]) for e in effects.values() if e.instrument.startswith(kind) and line in e.book
        ]
        return [sum(year) for year in zip(zero, *result, strict=True)]

    borne = of("public_share", Line.COST)
    waived = of("in_kind", Line.COST)
    match, promise = of("matched", Line.GRANT), of("guaranteed", Line.GUARANTEE)
    drawn, interest, back = (of("soft", line) for line in (Line.DRAWDOWN, Line.INTEREST, Line.REPAYMENT))
    own = where.gross[0] - borne[0]
    off = written_off(max(0, own - match[0] - grant), case.tax_life_years)
    losses, credit, holiday = 0, 0, 0
    for relief in terms.tax_relief.values():
        credit, holiday = half_up((own - match[0]) * Fraction(relief.credit_share)), relief.holiday_years
    dividend = sum((Fraction(e.share) for e in terms.equity_share.values()), Fraction(0))
    fund = half_up((own - match[0]) * dividend)
    value = Fraction(0)
    for year in range(YEARS + 1):
        operation = where.gross[year] - waived[year] if year else 0
        earned = where.line(Line.REVENUE)[year] + promise[year] - operation + interest[year]
        income = earned - off[year]
        losses, taxed = max(0, losses - income), max(0, income - losses)
        tax = half_up(taxed * Fraction(case.tax_rate))
        if 1 <= year <= holiday:
            tax = 0
        else:
            used = min(credit, tax)
            credit, tax = credit - used, tax - used
        left = earned + back[year] - tax
        cash = left - half_up(max(0, left) * dividend * (1 if fund else 0)) if year else 0
        if year == 0:
            cash = -own + match[0] + grant + drawn[0] + fund
        value += cash / (Fraction(11, 10) ** year)
    return value


@settings(max_examples=150)
@given(positions(), stacks)
def test_the_gap_closes_the_case_and_one_unit_less_does_not(where: Position, terms: InstrumentTerms) -> None:
    result, effects = stack_instruments(where, make_instruments(terms))
    by_name = {effect.instrument: effect for effect in effects}
    grant = by_name["viability_gap.v"].outlay[0]
    assert result.net_present_value == value_by_hand(where, by_name, grant, terms)
    assert result.net_present_value >= 0
    if grant:
        assert value_by_hand(where, by_name, grant - 1, terms) < 0


@settings(max_examples=60)
@given(positions(), stacks)
def test_what_the_operator_gets_is_in_the_book_of_somebody(where: Position, terms: InstrumentTerms) -> None:
    result, effects = stack_instruments(where, make_instruments(terms))
    for line in Line:
        moved = sum((effect.book[line] for effect in effects if line in effect.book), CashFlow.zero(YEARS))
        assert result.line(line) == where.line(line) + moved
    assert all(amount >= 0 for effect in effects for amount in effect.outlay)
    assert all(amount >= 0 for amount in result.tax)
    assert result.line(Line.REPAYMENT).total == -result.line(Line.DRAWDOWN).total


@settings(max_examples=60)
@given(positions(), stacks, st.integers(2, 1000))
def test_the_unit_of_the_currency_changes_nothing_but_rounding(
    where: Position, terms: InstrumentTerms, scale: int
) -> None:
    """The same amounts in a unit that is smaller give the same grants and values."""
    assume(
        where.building[0] - where.share[0] >= 10_000
    )  # a fund's part of a unit is no unit, and has no dividend

    def scaled(flow: CashFlow) -> CashFlow:
        return CashFlow(tuple(scale * amount for amount in flow))

    finer = replace(
        where,
        minor_per_major=scale * where.minor_per_major,
        gross=scaled(where.gross),
        building=scaled(where.building),
        lease=scaled(where.lease),
        share=scaled(where.share),
        planned_revenue=scaled(where.planned_revenue),
        book={line: scaled(flow) for line, flow in where.book.items()},
    )
    result, effects = stack_instruments(where, make_instruments(terms))
    fine, fine_effects = stack_instruments(finer, make_instruments(terms))
    # One rounding moves what follows it: a grant that tax and dividends eat up is larger than the gap that it closes.
    most = scale * (100 + (where.gross.total + where.planned_revenue.total) // 100)
    for one, other in zip(effects, fine_effects, strict=True):
        assert abs(scale * one.outlay.total - other.outlay.total) <= most
    assert abs(scale * result.net_present_value - fine.net_present_value) <= most


def test_a_value_that_no_grant_lifts_is_an_error() -> None:
    with pytest.raises(MoneyError, match="no grant"):
        smallest_grant(lambda _: Fraction(-1))


@given(st.fractions(-(10**20), 10**20))
def test_the_smallest_grant_is_the_value_rounded_up(value: Fraction) -> None:
    assert smallest_grant(lambda grant: value + grant) == max(0, -(value.numerator // value.denominator))
