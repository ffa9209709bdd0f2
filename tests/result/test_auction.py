"""Auctions for the parks of a plan, with terms in its currency (`docs/cost-split.md` §14)."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING

import pytest
from support.builders import three_arms

import fiberplan as fp
from fiberplan.errors import ProjectError, SharingError
from fiberplan.project.bids import Bid
from fiberplan.result.auction import AuctionTerms, hold_auction
from fiberplan.sharing import AuctionRules, run_auction
from fiberplan.sharing.auction.rules import Goal, PaymentRule

if TYPE_CHECKING:
    from pathlib import Path

    from fiberplan.plan import Plan

BIDS = (
    Bid(id="1", operator_id="op-a", park_ids=("p",), amount=30_000, units=10),
    Bid(id="2", operator_id="op-b", park_ids=("q",), amount=20_000, units=10),
    Bid(id="3", operator_id="op-c", park_ids=("q", "r"), amount=90_000, units=20),
)
"""Amounts are cents."""


@pytest.fixture(scope="module")
def plan() -> Plan:
    return fp.plan_rollout(three_arms())


def test_terms_are_in_major_units_and_rules_in_minor_ones(plan: Plan) -> None:
    terms = AuctionTerms(
        goal=Goal.LEAST_MONEY,
        payment=PaymentRule.VCG,
        budget=Decimal("600.019"),
        cover_all=True,
        reserve_per_park={"p": 7, "q": Decimal("8.5")},
        reserve_per_unit=3,
        most_parks={"op-a": 2},
        most_money=500,
        largest_unit_share=Decimal("0.5"),
    )
    assert terms.rules(plan.currency) == AuctionRules(
        goal=Goal.LEAST_MONEY,
        payment=PaymentRule.VCG,
        budget=60_001,
        cover_all=True,
        reserve_per_park={"p": 700, "q": 850},
        reserve_per_unit=300,
        most_parks={"op-a": 2},
        most_money=50_000,
        largest_unit_share=Decimal("0.5"),
    )
    assert AuctionTerms().rules(plan.currency) == AuctionRules()


def test_an_auction_of_a_plan_is_one_of_its_parks(plan: Plan) -> None:
    """For 600 the bids 1 and 2 connect as many units as fit."""
    award = plan.auction(BIDS, AuctionTerms(budget=600))
    units = {park.id: park.units for park in plan.project.parks}
    assert award == run_auction(BIDS, units, rules=AuctionRules(budget=60_000))
    assert set(award.won) == {"1", "2"}
    assert award.total_paid == 50_000
    assert award == hold_auction(plan.project, BIDS, AuctionTerms(budget=600))
    assert len(plan.auction(BIDS).won) == 2


def test_bids_may_be_a_table(plan: Plan, tmp_path: Path) -> None:
    table = tmp_path / "bids.csv"
    table.write_text(
        "operator_id,package,amount,units\nop-a,p,300,10\nop-b,q,200,10\nop-c,q;r,900,20\n", encoding="utf-8"
    )
    for path in (table, str(table)):
        assert plan.auction(path, AuctionTerms(budget=600)).total_paid == 50_000
    with pytest.raises(ProjectError, match="does not exist"):
        plan.auction(tmp_path / "none.csv")


def test_faulty_bids_are_refused(plan: Plan) -> None:
    with pytest.raises(SharingError, match=r"bid .1. is for x"):
        plan.auction([Bid(id="1", operator_id="op-a", park_ids=("x",), amount=1, units=1)])
