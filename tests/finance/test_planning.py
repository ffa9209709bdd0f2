"""Financing plans: every year sums to the ledger, what parties pay each other to nothing (§12.6, §12.9, §12.22)."""

# ruff: noqa: ANN401 - terms are handed on to the model, which checks them

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from decimal import Decimal
from fractions import Fraction
from functools import lru_cache
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from support.builders import backbone, corridor, demand, park, project, star

from fiberplan.cost import CostLedger, CostSplit, price_design, split_costs
from fiberplan.design.network import Design, design_network
from fiberplan.errors import MoneyError, SharingError
from fiberplan.finance import CashFlow, FinancingPlan, check_financing, plan_financing
from fiberplan.finance.payment_schedule import schedule_payments
from fiberplan.finance.positions import OUTSIDE, Line
from fiberplan.graph import build_graph
from fiberplan.money import apportion, present_value
from fiberplan.project.corridors import CorridorKind
from fiberplan.project.settings import FundingPolicy
from fiberplan.project.terms import (
    BusinessTerms,
    ClawBack,
    EquityShare,
    GuaranteedPurchase,
    InKindDucts,
    InstrumentTerms,
    MatchedFunding,
    PublicLimits,
    SoftLoan,
    TaxRelief,
    ViabilityGap,
)
from fiberplan.routing import solve_routes
from fiberplan.sharing.accounts.dividing import STATE, UNFUNDED
from fiberplan.sharing.rules.registry import find_rule, rule_names

if TYPE_CHECKING:
    from fiberplan.plan import Plan
    from fiberplan.project.model import Project

YEARS = 12
SHARES = {"backhaul": Decimal("0.6"), "connection": Decimal("0.4"), "operation": Decimal("0.1")}


@lru_cache
def designed(operators: str = "abc") -> tuple[Project, Design, CostLedger]:
    result = star(operators, horizon_years=YEARS)
    design = design_network(result, solve_routes(build_graph(result)))
    return result, design, price_design(result, design)


def split_of(
    policy: FundingPolicy | None = None,
    rule: str = "segment-use",
    weights: tuple[int, int, int] = (1, 1, 1),
) -> CostSplit:
    """Split by a rule; a rule on a game is given totals in proportion to weights of the three operators."""
    _, design, ledger = designed()
    policy = policy or FundingPolicy()
    totals = None
    if find_rule(rule).is_on_game:
        paid = split_costs(ledger, design, policy=policy).payments
        operators = sorted(paid.keys() - {STATE})
        totals = apportion(sum(paid[who] for who in operators), dict(zip(operators, weights, strict=True)))
    return split_costs(ledger, design, policy=policy, rule=rule, totals=totals)


def financed(
    split: CostSplit | None = None, business: dict[str, Any] | None = None, **kinds: Any
) -> FinancingPlan:
    result, design, ledger = designed()
    return plan_financing(
        result,
        design,
        ledger,
        split or split_of(FundingPolicy(public_share=SHARES)),
        business=business or {},
        instruments=InstrumentTerms(**kinds),
    )


def check(plan: FinancingPlan, ledger: CostLedger) -> None:
    """Hold a plan to the ledger and its parties to each other, by sums alone."""
    due = ledger.totals("year", nominal=True)
    for year in range(plan.years + 1):
        assert -sum(plan.books[party][Line.COST][year] for party in plan.parties) == due.get(year, 0)
        for line in set(Line) - OUTSIDE:
            assert sum(plan.books[party][line][year] for party in plan.parties) == 0, line
        outside = sum(plan.books[party][line][year] for party in plan.parties for line in OUTSIDE)
        assert sum(plan.net(party)[year] for party in plan.parties) == outside
        assert sum(plan.debt(party)[year] for party in plan.parties) == 0
    table = plan.frame
    assert list(table.groupby("party")["net"].sum().loc[list(plan.parties)]) == [
        plan.net(party).total for party in plan.parties
    ]
    assert (table["net"] == table[[line.value for line in Line]].sum(axis=1)).all()
    assert plan.outlays_frame["amount"].sum() == sum(effect.outlay.total for effect in plan.effects)
    assert list(plan.by_year.loc["total"]) == [plan.net(party).total for party in plan.parties]


def park_units() -> dict[str, int]:
    _, design, _ = designed()
    counted: Counter[str] = Counter()
    for need in design.requirements:
        counted[need.park_id] += need.units
    return dict(counted)


def broken(plan: FinancingPlan) -> set[str]:
    return {
        check.kind.value
        for check in check_financing(plan, designed()[2], park_units())
        if not check.passed and check.amount and check.where
    }


def test_the_checks_of_a_plan_find_what_is_wrong() -> None:
    """§12.23: each check is broken by what it is there for."""
    plan = financed(business={"op-a": BusinessTerms(**EARNING)}, **everything())
    assert not broken(plan)
    first, *others = plan.positions
    costlier = first.with_book({Line.COST: CashFlow((0, -1))})
    assert broken(replace(plan, positions=(costlier, *others))) == {"ledger"}
    gifted = first.with_book({Line.JOINING: CashFlow((0, 5))})
    assert broken(replace(plan, positions=(gifted, *others))) == {"transfers"}
    effects = [effect for effect in plan.effects if Line.GUARANTEE not in effect.book]
    assert broken(replace(plan, effects=tuple(effects))) == {"transfers", "outlays"}
    loan = next(effect for effect in plan.effects if effect.debt)
    assert loan.debt
    forgiven = replace(loan, debt=replace(loan.debt, repayment=loan.debt.repayment - CashFlow((0, 0, 0, 1))))
    others_of = [forgiven if effect is loan else effect for effect in plan.effects]
    assert broken(replace(plan, effects=tuple(others_of))) == {"debt"}
    assert broken(replace(plan, outlays=plan.outlays[1:])) == {"outlays"}
    for limits in (
        PublicLimits(cap_per_park=Decimal(100)),
        PublicLimits(cap_per_unit=Decimal(1)),
        PublicLimits(cap_per_operator=Decimal(100)),
        PublicLimits(cap_total=Decimal(100)),
        PublicLimits(budget_by_year=(Decimal(100),)),
    ):
        assert broken(replace(plan, instruments=replace(plan.instruments, limits=limits))) == {"limits"}


def test_without_instruments_every_year_is_paid_by_the_split() -> None:
    """§12.6: the present value of what each party pays is its payment, but for the rounding of each year."""
    split = split_of(FundingPolicy(public_share=SHARES))
    plan = financed(split)
    _, _, ledger = designed()
    check(plan, ledger)
    lines = len(ledger.lines)
    for party in plan.parties:
        result = -plan.books[party][Line.COST].present_value(plan.discount_rate)
        assert abs(result - split.payments[party]) <= lines
    assert {line for party in plan.parties for line, flow in plan.books[party].items() if flow} == {Line.COST}


def test_direct_costs_are_paid_in_the_years_in_which_they_fall_due() -> None:
    """Terminals are bought anew in years 5 and 10; op-a has ten at each of two parks, op-b and op-c ten at one."""
    _, _, ledger = designed()
    plan = financed(split_of())
    due = sum(line.amount for line in ledger.lines if line.year == 5 and line.item == "access.ont")
    paid = {party: -plan.books[party][Line.COST] for party in ("op-a", "op-b", "op-c")}
    renewed = {party: flow[5] - flow[4] for party, flow in paid.items()}
    assert sum(renewed.values()) == due
    assert renewed == {"op-a": due // 2, "op-b": due // 4, "op-c": due // 4}


@pytest.mark.parametrize("rule", rule_names(for_plans=True))
def test_all_rules_and_caps(rule: str) -> None:
    policy = FundingPolicy(public_share=SHARES, cap_per_park=Decimal(9000), cap_total=Decimal(15000))
    plan = financed(split_of(policy, rule))
    check(plan, designed()[2])
    assert not plan.limits, "the caps of the policy are in the split already"


def test_what_no_operator_demands_stays_unfunded() -> None:
    base = star(horizon_years=3)
    quiet = project(
        list(base.parks), list(base.backbone), list(base.corridors), [demand("op-a", "p")], horizon_years=3
    )
    design = design_network(quiet, solve_routes(build_graph(quiet)))
    ledger = price_design(quiet, design)
    split = split_costs(ledger, design, policy=FundingPolicy(public_share=SHARES))
    terms = InstrumentTerms(matched_funding={"m": MatchedFunding(rate=Decimal(1))})
    plan = plan_financing(quiet, design, ledger, split, instruments=terms)
    check(plan, ledger)
    assert plan.parties == (STATE, "op-a", UNFUNDED)
    assert {effect.instrument for effect in plan.effects if effect.operator == UNFUNDED} == {"public_share"}
    assert UNFUNDED not in plan.measures_frame.index


EARNING = {"arpu_per_month": Decimal(40), "take_up": (Decimal("0.3"), Decimal("0.7"))}


def everything() -> dict[str, Any]:
    return {
        "in_kind_ducts": {"d": InKindDucts()},
        "matched_funding": {"m": MatchedFunding(rate=Decimal("0.1"))},
        "guaranteed_purchase": {"g": GuaranteedPurchase(share=Decimal("0.5"), years=4)},
        "soft_loan": {"s": SoftLoan(share=Decimal("0.5"), rate=Decimal("0.02"), grace_years=2, term_years=8)},
        "viability_gap": {"v": ViabilityGap()},
        "claw_back": {"c": ClawBack(share=Decimal("0.5"))},
        "tax_relief": {"t": TaxRelief(holiday_years=2, credit_share=Decimal("0.1"))},
        "equity_share": {"e": EquityShare(share=Decimal("0.2"))},
    }


def test_everything_together() -> None:
    cases = {
        "op-a": BusinessTerms(**EARNING, tax_rate=Decimal("0.25"), discount_rate=Decimal("0.15")),
        "op-b": BusinessTerms(**EARNING, actual_take_up=(Decimal(1),)),
    }
    plan = financed(business=cases, **everything())
    check(plan, designed()[2])
    assert plan.measures["op-a"].closes
    assert plan.measures["op-b"].closes
    assert not plan.books["op-c"][Line.VIABILITY_GRANT], "there is no business case to close"
    assert plan.books["op-b"][Line.CLAW_BACK].total < 0
    assert plan.assumed == ("op-a", "op-b")
    assert plan.measures["op-a"].net_present_value in {0, 1}
    given = plan.measures_frame["grant_equivalent"]
    assert given.sum() == 0
    assert given[STATE] == -plan.instruments_frame["grant_equivalent"].sum()
    for language, word in (("en", "assumptions"), ("fa", "فرضی")):
        assert word in plan.summary(language)
    assert plan._repr_html_().startswith("<pre>")


def test_names_change_nothing_but_who_gets_a_single_unit() -> None:
    """The operators of the second project are those of the first in other names, the order of which is reversed."""
    case = BusinessTerms(**EARNING, tax_rate=Decimal("0.2"))
    terms = InstrumentTerms(**everything(), limits=PublicLimits(cap_per_operator=Decimal(20_000)))
    plans = []
    for names in ("abc", "cba"):
        result, design, ledger = designed(names)
        split = split_costs(ledger, design, policy=FundingPolicy(public_share=SHARES))
        cases = {
            f"op-{name}": replace(case, joins_year=year) for name, year in zip(names, (0, 0, 3), strict=True)
        }
        plans.append(plan_financing(result, design, ledger, split, business=cases, instruments=terms))
    rounding = 2 * len(designed()[2].lines)
    for one, other in zip("abc", "cba", strict=True):
        for line in Line:
            apart = plans[0].books[f"op-{one}"][line] - plans[1].books[f"op-{other}"][line]
            assert max(map(abs, apart)) <= rounding, line
    assert plans[0].limits


def test_grants_follow_the_plan_and_cash_what_happens() -> None:
    planned = financed(business={"op-a": BusinessTerms(**EARNING)}, viability_gap={"v": ViabilityGap()})
    worse = BusinessTerms(**EARNING, actual_take_up=(Decimal("0.1"),))
    failed = financed(business={"op-a": worse}, viability_gap={"v": ViabilityGap()})
    for line in (Line.VIABILITY_GRANT, Line.COST):
        assert failed.books["op-a"][line] == planned.books["op-a"][line]
    assert not failed.measures["op-a"].closes
    assert planned.measures["op-a"].closes


def test_the_budget_of_the_state_is_kept_in_every_year() -> None:
    budget = (Decimal(20_000), Decimal(50))
    plan = financed(
        business={"op-a": BusinessTerms(**EARNING)},
        **everything(),
        limits=PublicLimits(budget_by_year=budget),
    )
    check(plan, designed()[2])
    for year in range(YEARS + 1):
        out = sum(effect.outlay[year] for effect in plan.effects)
        assert out <= budget[min(year, 1)] * 100
    assert {one.rule for one in plan.limits} == {"budget_by_year"}
    assert "20,000" in plan.summary()


def test_a_cap_on_what_a_park_gets_counts_the_public_shares() -> None:
    plan = financed(limits=PublicLimits(cap_per_park=Decimal(5000)), matched_funding={"m": {"rate": 1}})
    check(plan, designed()[2])
    assert sum(effect.outlay[0] for effect in plan.effects) <= 2 * 500_000
    assert {(one.rule, one.key, one.granted) for one in plan.limits} == {
        ("cap_per_park", "p", 500_000),
        ("cap_per_park", "q", 500_000),
    }


def test_a_floor_and_a_cap_that_contradict_each_other_are_named() -> None:
    with pytest.raises(SharingError, match="cap_total allows 10, and floor_per_operator promises 30"):
        financed(limits=PublicLimits(cap_total=Decimal(10), floor_per_operator=Decimal(10)))


def test_contradictions_are_in_one_error() -> None:
    with pytest.raises(SharingError) as caught:
        financed(
            business={"op-x": BusinessTerms(), "op-a": BusinessTerms(joins_year=40)},
            soft_loan={
                "s": SoftLoan(term_years=20, share=Decimal("0.7"), operators=("op-y",)),
                "t": SoftLoan(),
            },
            equity_share={"e": EquityShare(share=Decimal("0.4"))},
        )
    for says in (
        "business.op-x is for an unknown operator",
        "business.op-a.joins_year is not before the end of the horizon of 12 years (40)",
        "instruments.soft_loan.s.term_years ends after the horizon",
        "instruments.soft_loan.s.operators names an unknown operator (op-y)",
        "finance more than the whole of what op-a builds: soft_loan.t (1) and equity_share.e (0.4)",
    ):
        assert says in str(caught.value)


def test_a_split_of_another_ledger_is_refused() -> None:
    result, design, ledger = designed()
    split = split_of()
    less = replace(split, cells=split.cells[:-1])
    more = replace(split, cells=(*split.cells, split.cells[0]))
    for wrong in (less, more):
        with pytest.raises(MoneyError, match="the split is not one of this ledger"):
            plan_financing(result, design, ledger, wrong)


# --- late joiners ----------------------------------------------------------------------------------------------


def test_a_late_joiner_pays_those_who_built() -> None:
    plan = financed(split_of(), {"op-c": BusinessTerms(joins_year=4)})
    check(plan, designed()[2])
    target = financed(split_of())
    joining = {party: plan.books[party][Line.JOINING] for party in plan.parties}
    assert joining["op-c"][4] < 0 < min(joining["op-a"][4], joining["op-b"][4])
    assert not joining[STATE]
    for year in range(4):
        assert plan.books["op-a"][Line.COST][year] < target.books["op-a"][Line.COST][year]
    for year in range(5, YEARS + 1):  # op-c pays its part of what falls due after it has joined
        assert plan.books["op-c"][Line.COST][year] == target.books["op-c"][Line.COST][year]


def test_a_late_joiner_pays_its_part_of_what_is_left() -> None:
    """Line by line from the ledger: equal parts among those who use it, times the years that are left of its life."""
    result, _, ledger = designed()
    lives = {
        "cable": "life.cable",
        "equipment": "life.equipment",
        "optic": "life.equipment",
        "access.ont": "life.ont",
    }
    value = Fraction(0)
    for line in ledger.lines:
        users = {use.operator_id for use in ledger.users[line.users]}
        if line.asset_class == "operation" or line.year >= 4 or "op-c" not in users or len(users) == 1:
            continue
        life = result.catalogue.life_years(
            next((name for item, name in lives.items() if line.item.startswith(item)), "life.duct")
        )
        value += Fraction(line.amount * max(0, life - 4 + line.year), life * len(users))
    plan = financed(split_of(), {"op-c": BusinessTerms(joins_year=4)})
    assert value > 100_000
    assert abs(-plan.books["op-c"][Line.JOINING][4] - value) <= len(ledger.lines)


def test_leases_of_lent_ducts_are_borne_by_the_state() -> None:
    """A metre of the duct costs a dollar a year: 1,000 a year, 60 % of it the state's."""
    road = corridor("road", (0, 0), (1000, 0), length_m=1000, kind=CorridorKind.EXISTING_DUCT)
    result = project([park("p", 1000, 0)], [backbone("b", 0, 0)], [road], horizon_years=3)
    design = design_network(result, solve_routes(build_graph(result)))
    ledger = price_design(result, design)
    split = split_costs(ledger, design, policy=FundingPolicy())
    terms = InstrumentTerms(in_kind_ducts={"d": InKindDucts(share=Decimal("0.6"))})
    plan = plan_financing(result, design, ledger, split, instruments=terms)
    check(plan, ledger)
    assert plan.books[STATE][Line.COST].amounts == (0, -60_000, -60_000, -60_000)
    assert plan.instruments_frame["outlay"].sum() == 0, "it is a cost borne, not cash paid out"
    assert plan.grant_equivalent("op-a") == sum(
        present_value(60_000, year, Decimal("0.1")) for year in (1, 2, 3)
    )


def test_joining_in_year_0_changes_nothing() -> None:
    same = financed(split_of(), {"op-c": BusinessTerms(joins_year=0)})
    assert same.books == financed(split_of()).books


@settings(max_examples=25)
@given(
    st.dictionaries(st.sampled_from(["op-a", "op-b", "op-c"]), st.integers(0, YEARS - 1)),
    st.decimals(0, "0.2", places=2),
    st.dictionaries(st.sampled_from(sorted(SHARES)), st.decimals(0, 1, places=2)),
    st.sampled_from(rule_names(for_plans=True)),
    st.tuples(st.integers(0, 9), st.integers(0, 9), st.integers(1, 9)),
)
def test_any_order_of_joining_balances_in_every_year(
    joins: dict[str, int],
    interest: Decimal,
    shares: dict[str, Decimal],
    rule: str,
    weights: tuple[int, int, int],
) -> None:
    """By any rule: a rule on a game may lay costs on operators that do not use the account (§11.8)."""
    _, design, ledger = designed()
    split = split_of(FundingPolicy(public_share=shares), rule, weights)
    schedule = schedule_payments(
        ledger, split, design, years=YEARS, default_life_years=40, joins=joins, joining_interest=interest
    )
    due = ledger.totals("year", nominal=True)
    for year in range(YEARS + 1):
        own = sum(flow[year] for flow in schedule.own.values())
        public = sum(flow[year] for flow in schedule.public.values())
        assert own + public == due.get(year, 0)
        assert sum(flow[year] for flow in schedule.settlements.values()) == 0
    state = sum(flow.present_value(Decimal("0.1")) for flow in schedule.public.values())
    assert abs(state - split.payments[STATE]) <= len(ledger.lines) + len(schedule.public) * YEARS


cases = st.builds(
    BusinessTerms,
    arpu_per_month=st.integers(0, 300),
    take_up=st.lists(st.decimals(0, 1, places=2), max_size=3).map(tuple),
    actual_take_up=st.lists(st.decimals(0, 1, places=2), max_size=2).map(tuple),
    opex_per_unit_year=st.integers(0, 100),
    tax_rate=st.decimals(0, "0.5", places=2),
    discount_rate=st.decimals(0, "0.4", places=2),
    joins_year=st.integers(0, 5),
)
limit_sets = st.builds(
    PublicLimits,
    cap_per_park=st.none() | st.integers(0, 30_000),
    cap_per_operator=st.none() | st.integers(0, 30_000),
    cap_total=st.none() | st.integers(0, 60_000),
    budget_by_year=st.lists(st.integers(0, 30_000), max_size=3).map(tuple),
)


@settings(max_examples=25)
@given(
    st.dictionaries(st.sampled_from(["op-a", "op-b", "op-c"]), cases),
    st.sets(st.sampled_from(sorted(everything()))),
    limit_sets,
)
def test_any_stack_is_exact_in_every_year(
    business: dict[str, BusinessTerms], chosen: set[str], limits: PublicLimits
) -> None:
    plan = financed(business=business, limits=limits, **{kind: everything()[kind] for kind in sorted(chosen)})
    check(plan, designed()[2])
    assert not broken(plan)
    if not plan.limits and "viability_gap" in chosen:
        for operator, case in business.items():
            if not case.actual_take_up:
                assert plan.measures[operator].closes


def test_lorestan(lorestan_plan: Plan) -> None:
    terms = InstrumentTerms(
        viability_gap={"v": ViabilityGap()}, soft_loan={"s": SoftLoan(share=Decimal("0.5"))}
    )
    case = BusinessTerms(arpu_per_month=Decimal(30_000_000), take_up=("0.2", "0.5", "0.8"))
    plan = plan_financing(
        lorestan_plan.project,
        lorestan_plan.design,
        lorestan_plan.ledger,
        lorestan_plan.split,
        business=dict.fromkeys(["op-a", "op-b"], case),
        instruments=terms,
    )
    check(plan, lorestan_plan.ledger)
    assert plan.measures["op-a"].closes
    assert plan.measures["op-b"].closes
