"""Instruments: every kind of terms has one class with words, and one from outside works beside them (§12.9)."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from decimal import Decimal
from typing import ClassVar

import pytest
from support.builders import star

from fiberplan.cost import price_design, split_costs
from fiberplan.design.network import design_network
from fiberplan.finance import CashFlow, check_financing, plan_financing
from fiberplan.finance.instruments.instrument import in_year_0
from fiberplan.finance.instruments.registry import instrument_kinds, instrument_text
from fiberplan.finance.instruments.stack import make_instruments
from fiberplan.finance.limits import FLOOR_PER_OPERATOR, FLOOR_TOTAL
from fiberplan.finance.positions import Effect, Line, Position
from fiberplan.graph import build_graph
from fiberplan.project.settings import FundingPolicy
from fiberplan.project.terms import InstrumentTerms, MatchedFunding, PublicLimits
from fiberplan.routing import solve_routes
from fiberplan.wording import load_wording


def test_every_kind_of_terms_has_one_class() -> None:
    kinds = instrument_kinds()
    assert set(kinds) == set(InstrumentTerms.kinds())
    places = [created.place for created in kinds.values()]
    assert places == sorted(set(places)), "the order of the stack is decided"
    for kind, terms in InstrumentTerms.kinds().items():
        assert kinds[kind].__orig_bases__[0].__args__ == (terms,)
        assert kinds[kind].__name__ == terms.__name__, "an instrument is called as its terms"
        assert kinds[kind].__module__.endswith(f".{kind}")


@pytest.mark.parametrize("language", ["en", "fa"])
def test_every_instrument_has_words(language: str) -> None:
    words = load_wording(language)
    for kind in instrument_kinds():
        text = instrument_text(f"{kind}.green", words)
        assert text.endswith("green")
        assert kind not in text
    for name in ("public_share", FLOOR_PER_OPERATOR, FLOOR_TOTAL):
        assert instrument_text(name, words) == words.text(f"finance.{name.split('.')[-1]}")
    assert instrument_text("voucher.title", words) == "voucher.title", "no words are known of it"


@dataclass(frozen=True)
class Vouchers:
    """An instrument from outside: an amount for each connected unit, paid in year 0."""

    place: ClassVar[int] = 35

    amount: int
    name: str = "vouchers.rural"
    operators: tuple[str, ...] = ()

    def effect(self, position: Position, *, paid: CashFlow | None = None) -> Effect:
        outlay = in_year_0(self.amount * position.units, position) if paid is None else paid
        return Effect(
            instrument=self.name, operator=position.operator, book={Line.GRANT: outlay}, outlay=outlay
        )


@pytest.mark.parametrize("cap", [None, 30])
def test_an_instrument_from_outside_acts_at_its_place_and_under_limits(cap: int | None) -> None:
    project = star(horizon_years=12)
    design = design_network(project, solve_routes(build_graph(project)))
    ledger = price_design(project, design)
    split = split_costs(ledger, design, policy=FundingPolicy())
    most = None if cap is None else Decimal(cap)
    matched = {"m": MatchedFunding(rate=Decimal(0))}
    terms = InstrumentTerms(limits=PublicLimits(cap_total=most), matched_funding=matched)
    plan = plan_financing(project, design, ledger, split, instruments=terms, further=[Vouchers(700)])
    paid = plan.instruments_frame.set_index("instrument")["outlay"]["vouchers.rural"].sum()
    units: Counter[str] = Counter()
    for need in design.requirements:
        units[need.park_id] += need.units
    assert paid == (700 * units.total() if cap is None else cap * 100)
    assert all(one.passed for one in check_financing(plan, ledger, units))
    names = [one.name for one in make_instruments(terms, [Vouchers(700)])]
    assert names == ["public_share", "matched_funding.m", "vouchers.rural"]
