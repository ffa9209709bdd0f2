"""Reverse auctions: all small ones by brute force, worked examples, truthfulness, reasons and forgeries (§14)."""

from __future__ import annotations

import json
import random
from collections import Counter
from dataclasses import replace
from fractions import Fraction
from itertools import combinations
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from fiberplan.errors import SharingError
from fiberplan.project.bids import Bid
from fiberplan.sharing import AuctionRules, award_from_json, award_to_json, run_auction, verify_award
from fiberplan.sharing.auction import checks
from fiberplan.sharing.auction.rules import Goal, PaymentRule, Reason

if TYPE_CHECKING:
    from collections.abc import Sequence

    from fiberplan.sharing.auction.award import Award

PARKS = ("k1", "k2", "k3", "k4")


def bid(
    name: str, parks: str, amount: int, units: int = 10, *, by: str = "", group: str | None = None
) -> Bid:
    return Bid(
        id=name,
        operator_id=by or name,
        park_ids=tuple(parks.split()),
        amount=amount,
        units=units,
        group=group,
    )


def is_allowed(won: Sequence[Bid], parks: Sequence[str], rules: AuctionRules) -> bool:
    """Go through the rules as a reader of docs/cost-split.md §14.1 would."""
    served = [park for one in won for park in one.park_ids]
    groups = [(one.operator_id, one.group) for one in won if one.group]
    reserve = rules.reserve_per_park if isinstance(rules.reserve_per_park, dict) else {}
    for one in won:
        if all(park in reserve for park in one.park_ids) and one.amount > sum(
            reserve[p] for p in one.park_ids
        ):
            return False
        if rules.reserve_per_unit is not None and one.amount > rules.reserve_per_unit * one.units:
            return False
    if len(set(served)) < len(served) or len(set(groups)) < len(groups):
        return False
    if rules.budget is not None and sum(one.amount for one in won) > rules.budget:
        return False
    if rules.cover_all and not {park for park in parks if park not in reserve} <= set(served):
        return False
    count: Counter[str] = Counter()
    money: Counter[str] = Counter()
    units: Counter[str] = Counter()
    for one in won:
        count[one.operator_id] += len(one.park_ids)
        money[one.operator_id] += one.amount
        units[one.operator_id] += one.units
    most_parks = rules.most_parks if isinstance(rules.most_parks, int) else 10**9
    most_money = rules.most_money if isinstance(rules.most_money, int) else 10**18
    share = 1 if rules.largest_unit_share is None else rules.largest_unit_share
    return all(
        count[who] <= most_parks and money[who] <= most_money and units[who] <= share * units.total()
        for who in count
    )


def aim(won: Sequence[Bid], rules: AuctionRules) -> tuple[int, int]:
    """What §14.2 maximises."""
    units, money = sum(one.units for one in won), sum(one.amount for one in won)
    if rules.goal is Goal.MOST_UNITS and rules.payment is PaymentRule.PAY_AS_BID:
        return units, -money
    if rules.goal is Goal.MOST_UNITS:
        assert rules.reserve_per_unit is not None
        return rules.reserve_per_unit * units - money, units
    reserve = rules.reserve_per_park if isinstance(rules.reserve_per_park, dict) else {}
    served = [park for one in won for park in one.park_ids]
    left = [reserve[park] for park in reserve if park not in served]
    return sum(park not in reserve for park in served), -money - sum(left)


def best_by_hand(bids: Sequence[Bid], parks: Sequence[str], rules: AuctionRules) -> tuple[Bid, ...] | None:
    """Try every set of bids; of equally good ones take the one with the smallest id that not all have."""
    line = sorted(bids, key=lambda one: one.id)
    every = [
        won
        for size in range(len(line) + 1)
        for won in combinations(line, size)
        if is_allowed(won, parks, rules)
    ]

    def rank(won: tuple[Bid, ...]) -> tuple[tuple[int, int], tuple[bool, ...]]:
        return aim(won, rules), tuple(one in won for one in line)

    return max(every, key=rank, default=None)


@st.composite
def auctions(draw: st.DrawFn) -> tuple[list[Bid], AuctionRules]:
    amounts, units = st.integers(0, 30), st.integers(0, 9)
    bids = []
    for number in range(draw(st.integers(1, 7))):
        parks = tuple(sorted(draw(st.sets(st.sampled_from(PARKS), min_size=1, max_size=3))))
        operator, group = draw(st.sampled_from("ABC")), draw(st.sampled_from([None, None, "x"]))
        bids.append(
            Bid(
                id=f"b{number}",
                operator_id=operator,
                park_ids=parks,
                amount=draw(amounts),
                units=draw(units),
                group=group,
            )
        )
    maybe: Any = lambda strategy: draw(st.one_of(st.none(), strategy))  # noqa: E731 - short and used at once
    reserved = draw(st.sets(st.sampled_from(PARKS)))
    rules = AuctionRules(
        goal=draw(st.sampled_from(list(Goal))),
        budget=maybe(st.integers(0, 60)),
        cover_all=draw(st.booleans()),
        reserve_per_park={park: draw(st.integers(5, 30)) for park in sorted(reserved)} or None,
        reserve_per_unit=maybe(st.integers(1, 9)),
        most_parks=maybe(st.integers(0, 3)),
        most_money=maybe(st.integers(0, 40)),
        largest_unit_share=maybe(st.sampled_from([Fraction(1, 2), Fraction(2, 3)])),
    )
    return bids, rules


def outcome(bids: Sequence[Bid], rules: AuctionRules) -> Award | None:
    try:
        return run_auction(bids, PARKS, rules=rules)
    except SharingError:
        return None


# --- oracles -----------------------------------------------------------------------------------------------------------


@settings(deadline=None, max_examples=150)
@given(auctions(), st.randoms(use_true_random=False))
def test_small_auctions_by_brute_force(case: tuple[list[Bid], AuctionRules], chance: random.Random) -> None:
    """§14.1 to §14.3, ties by id included; the order of bids changes nothing, and the award is verified."""
    bids, rules = case
    expected = best_by_hand(bids, PARKS, rules)
    shuffled = chance.sample(bids, len(bids))
    result = outcome(shuffled, rules)
    assert (None if result is None else result.winners) == expected
    if result is not None:
        assert result.is_proven
        assert verify_award(result, must_prove=True) == ()
        assert result.total_paid == result.asked == sum(one.amount for one in expected or ())
        assert {loss.bid_id for loss in result.lost} | set(result.won) == {one.id for one in bids}


@settings(deadline=None, max_examples=80)
@given(auctions(), st.sampled_from([3, 8]))
def test_vcg_payments_by_brute_force(case: tuple[list[Bid], AuctionRules], unit_price: int) -> None:
    """§14.4: the bid, and what the award is better with the operator than without it."""
    bids, rules = case
    rules = replace(rules, payment=PaymentRule.VCG, reserve_per_unit=unit_price)
    best = best_by_hand(bids, PARKS, rules)
    result = outcome(bids, rules)
    if best is None:
        assert result is None
        return
    paid = {}
    for operator in sorted({one.operator_id for one in best}):
        others = best_by_hand([one for one in bids if one.operator_id != operator], PARKS, rules)
        now, then = aim(best, rules), (0, 0) if others is None else aim(others, rules)
        if others is None or (rules.goal is Goal.LEAST_MONEY and now[0] != then[0]):
            assert result is None  # not defined: a park would have nobody and has no reserve price
            return
        part = 0 if rules.goal is Goal.MOST_UNITS else 1
        paid[operator] = (
            sum(one.amount for one in best if one.operator_id == operator) + now[part] - then[part]
        )
    assert result is not None
    assert result.paid == paid
    assert all(paid[who] >= sum(one.amount for one in best if one.operator_id == who) for who in paid)
    assert verify_award(result, must_prove=True) == ()
    assert result.over_budget == max(
        0, sum(paid.values()) - (rules.budget if rules.budget is not None else 10**9)
    )


@settings(deadline=None, max_examples=60)
@given(auctions(), st.sampled_from(list(Goal)), st.data())
def test_no_bidder_gains_by_asking_for_anything_but_its_cost(
    case: tuple[list[Bid], AuctionRules], goal: Goal, data: st.DataObject
) -> None:
    """Under VCG payments, if no rule shuts bids out by what they ask for (§14.5)."""
    costs = case[0]
    rules = AuctionRules(
        goal=goal,
        payment=PaymentRule.VCG,
        reserve_per_park=dict.fromkeys(PARKS, 25) if goal is Goal.LEAST_MONEY else None,
        reserve_per_unit=6 if goal is Goal.MOST_UNITS else None,
        most_parks=case[1].most_parks,
    )
    liar = data.draw(st.sampled_from(sorted({one.operator_id for one in costs})))
    lies = [
        replace(one, amount=data.draw(st.integers(0, 40))) if one.operator_id == liar else one
        for one in costs
    ]

    def gain(award: Award) -> int:
        truth = {one.id: one.amount for one in costs}
        spent = sum(truth[one.id] for one in award.winners if one.operator_id == liar)
        return award.paid.get(liar, 0) - spent

    honest, lying = outcome(costs, rules), outcome(lies, rules)
    assert honest is not None
    assert lying is not None
    assert honest.is_truthful
    assert gain(honest) >= gain(lying)
    assert gain(honest) >= 0


# --- worked examples -----------------------------------------------------------------------------------------------------


BIDS = (
    bid("a1", "k1", 40, 10, by="A"),
    bid("a2", "k1 k2", 70, 25, by="A"),
    bid("b1", "k2", 45, 15, by="B"),
    bid("c1", "k2 k3", 60, 30, by="C"),
)
"""The auction of docs/cost-split.md §14.6."""


def test_section_14_6_the_worked_example() -> None:
    most = run_auction(BIDS, PARKS[:3], rules=AuctionRules(budget=100))
    assert (most.won, most.units, most.asked) == (("a1", "c1"), 40, 100)
    assert {loss.bid_id: loss.reasons for loss in most.lost} == {
        "a2": (Reason.PARK, Reason.BUDGET),
        "b1": (Reason.PARK, Reason.BUDGET),
    }
    assert most.lost[0].beaten_by == ("a1", "c1")
    tight = run_auction(BIDS, PARKS[:3], rules=AuctionRules(budget=99))
    assert (tight.won, tight.units) == (("c1",), 30)
    rules = AuctionRules(goal=Goal.LEAST_MONEY, payment=PaymentRule.VCG, reserve_per_park=50)
    fair = run_auction(BIDS, PARKS[:3], rules=rules)
    assert (fair.won, fair.value) == (("a1", "c1"), (0, 50))
    assert fair.paid == {"A": 50, "C": 80}
    assert fair.without == {"A": ("c1",), "C": ("a2",)}
    assert fair.is_truthful
    assert verify_award(fair, must_prove=True) == ()


def test_second_price() -> None:
    """Vickrey 1961: one park, the lowest bid wins and is paid the second lowest."""
    line = [bid("a", "k1", 70), bid("b", "k1", 90), bid("c", "k1", 85)]
    rules = AuctionRules(goal=Goal.LEAST_MONEY, payment=PaymentRule.VCG)
    assert run_auction(line, ["k1"], rules=rules).paid == {"a": 85}


def test_vcg_may_pay_more_than_a_losing_package() -> None:
    """Ausubel and Milgrom 2006, *The lovely but lonely Vickrey auction*, turned to buying: two small bids beat a package
    at 10 and are paid 10 each, for each alone makes all the difference."""
    line = [bid("both", "k1 k2", 10), bid("one", "k1", 0), bid("two", "k2", 0)]
    award = run_auction(
        line, PARKS[:2], rules=AuctionRules(goal=Goal.LEAST_MONEY, payment=PaymentRule.VCG, budget=10)
    )
    assert award.won == ("one", "two")
    assert award.paid == {"one": 10, "two": 10}
    assert award.over_budget == 10
    assert not award.is_truthful
    assert "exceed the budget by 10" in award.summary()


def test_a_second_reserve_price_makes_lying_pay() -> None:
    """A bid of 12 is shut out at 1 a unit; asking for 10 it wins and is paid the park's reserve price (§14.5)."""
    rules = AuctionRules(
        goal=Goal.LEAST_MONEY, payment=PaymentRule.VCG, reserve_per_park=25, reserve_per_unit=1
    )
    assert run_auction([bid("a", "k1", 12)], ["k1"], rules=rules).paid == {}
    lie = run_auction([bid("a", "k1", 10)], ["k1"], rules=rules)
    assert lie.paid == {"a": 25}
    assert not lie.is_truthful


def test_the_reserve_price_counts_where_no_rival_bids() -> None:
    rules = AuctionRules(goal=Goal.LEAST_MONEY, payment=PaymentRule.VCG)
    with pytest.raises(
        SharingError, match="VCG payment of a is not defined: without it k1 would have nobody"
    ):
        run_auction([bid("a", "k1", 70)], ["k1"], rules=rules)
    assert run_auction([bid("a", "k1", 70)], ["k1"], rules=replace(rules, reserve_per_park=90)).paid == {
        "a": 90
    }
    with pytest.raises(SharingError, match="not every park can be covered"):
        run_auction([bid("a", "k1", 70)], ["k1"], rules=replace(rules, cover_all=True))


def test_ties_are_settled_by_money_and_then_by_ids() -> None:
    line = [bid("c", "k1", 5), bid("b", "k1", 5), bid("a", "k1", 6)]
    assert run_auction(line, ["k1"]).won == ("b",)


def test_limits_of_operators() -> None:
    line = [bid("a1", "k1", 5, by="A"), bid("a2", "k2", 5, by="A"), bid("b1", "k2", 9, by="B")]
    assert run_auction(line, PARKS).won == ("a1", "a2")
    assert run_auction(line, PARKS, rules=AuctionRules(most_parks=1)).won == ("a1", "b1")
    assert run_auction(line, PARKS, rules=AuctionRules(most_parks={"A": 1})).won == ("a1", "b1")
    assert run_auction(line, PARKS, rules=AuctionRules(most_money=9)).won == ("a1", "b1")
    assert run_auction(line, PARKS, rules=AuctionRules(largest_unit_share=Fraction(1, 2))).won == ("a1", "b1")
    either = [replace(one, group="x") for one in line]
    award = run_auction(either, PARKS)
    assert award.won == ("a1", "b1")
    assert award.lost[0].reasons == (Reason.PARK, Reason.GROUP)


def test_reserve_prices() -> None:
    line = [bid("a", "k1", 50), bid("b", "k1 k2", 60, 12)]
    award = run_auction(line, PARKS, rules=AuctionRules(reserve_per_park={"k1": 49, "k2": 49}))
    assert award.won == ("b",)
    assert award.lost[0].reasons == (Reason.RESERVE,)
    assert run_auction(line, PARKS, rules=AuctionRules(reserve_per_unit=4)).won == ()


def test_every_park_must_be_won() -> None:
    line = [bid("a", "k1 k2", 50, 30), bid("b", "k2 k3", 60, 12), bid("c", "k1", 1, 1)]
    rules = AuctionRules(cover_all=True)
    assert run_auction(line, PARKS[:3], rules=rules).won == ("b", "c")
    with pytest.raises(SharingError, match="no bid within its reserve price is for k4"):
        run_auction(line, PARKS, rules=rules)
    with pytest.raises(SharingError, match="too small"):
        run_auction(line, PARKS[:3], rules=replace(rules, budget=60))


# --- faults, files, forgeries ----------------------------------------------------------------------------------------------


def test_all_faults_are_in_one_error() -> None:
    line = [
        bid("a", "k1 nowhere", -5),
        bid("a", "k1", 5, 99),
        Bid(id="c", operator_id="C", park_ids=(), amount=1.5, units=True),  # type: ignore[arg-type]
        bid("d", "k1 k1", 5),
    ]
    rules = AuctionRules(
        budget=-1,
        reserve_per_park={"k9": 4},
        most_parks={"Z": -2},
        largest_unit_share=Fraction(3, 2),
        payment=PaymentRule.VCG,
    )
    with pytest.raises(SharingError) as caught:
        run_auction(line, {"k1": 20, "k2": 3}, rules=rules)
    text = str(caught.value)
    for part in (
        "'a' is listed more than once",
        "is for nowhere, which is no park",
        "amount -5",
        "connects 99 units, and its parks have 20",
        "is for no park",
        "amount 1.5",
        "units True",
        "names a park twice",
        "budget is -1",
        "names k9",
        "names Z",
        "most_parks of Z is -2",
        "share from 0 to 1",
        "need reserve_per_unit",
    ):
        assert part in text, part


def test_an_auction_without_bids() -> None:
    with pytest.raises(SharingError, match="has no bids"):
        run_auction([], PARKS)


def test_unknown_names_of_rules() -> None:
    with pytest.raises(SharingError, match="did you mean 'least-money'"):
        AuctionRules(goal="least-moneys")  # type: ignore[arg-type]
    with pytest.raises(SharingError, match="no payment rule 'x'"):
        AuctionRules(payment="x")  # type: ignore[arg-type]
    with pytest.raises(SharingError, match="float"):
        run_auction(BIDS, PARKS, rules=AuctionRules(largest_unit_share=0.5))  # type: ignore[arg-type]


@settings(deadline=None, max_examples=25)
@given(auctions())
def test_nothing_is_lost_in_json(case: tuple[list[Bid], AuctionRules]) -> None:
    award = outcome(*case)
    if award is not None:
        again = award_from_json(json.loads(json.dumps(award_to_json(award))))
        assert again == award
        assert verify_award(again) == ()


def test_a_file_that_is_no_award() -> None:
    saved = award_to_json(run_auction(BIDS, PARKS))
    for key, value in (
        ("bids", 3),
        ("rules", {}),
        ("value", [1]),
        ("lost", [{"bid_id": "a1"}]),
        ("paid", None),
    ):
        with pytest.raises(SharingError, match="saved award"):
            award_from_json({**saved, key: value})


def forged() -> list[Award]:
    plain = run_auction(BIDS, PARKS[:3], rules=AuctionRules(budget=100))
    vcg = AuctionRules(goal=Goal.LEAST_MONEY, payment=PaymentRule.VCG, reserve_per_park=50)
    fair = run_auction(BIDS, PARKS[:3], rules=vcg)
    worse = run_auction(BIDS, PARKS[:3], rules=AuctionRules(budget=99))
    return [
        replace(plain, won=("a1",)),
        replace(plain, won=("a1", "zz")),
        replace(plain, paid={"A": 40, "C": 61}),
        replace(plain, value=(41, -100)),
        replace(plain, bound=50),
        replace(plain, lost=plain.lost[:1]),
        replace(plain, rules=replace(plain.rules, budget=99)),
        replace(plain, rules=replace(plain.rules, most_parks=1)),
        replace(plain, rules=replace(plain.rules, most_money=50)),
        replace(plain, rules=replace(plain.rules, largest_unit_share=Fraction(1, 2))),
        replace(plain, rules=replace(plain.rules, reserve_per_unit=1)),
        replace(worse, rules=replace(worse.rules, budget=100)),
        replace(fair, paid={"A": 50, "C": 81}),
        replace(fair, without={**fair.without, "C": ("b1",)}, paid={"A": 50, "C": 105}),
        replace(fair, without={**fair.without, "C": ("c1",)}),
        replace(fair, without={"A": fair.without["A"]}),
        replace(plain, bids=(*plain.bids, plain.bids[0])),
    ]


@pytest.mark.parametrize("number", range(17))
def test_forged_awards_are_caught(number: int) -> None:
    assert verify_award(forged()[number])


def test_large_auctions_are_left_to_a_second_solver(monkeypatch: pytest.MonkeyPatch) -> None:
    chance = random.Random(4)  # noqa: S311 - a made-up auction
    parks = {f"k{i:02d}": 20 for i in range(16)}
    line = []
    for number in range(40):
        package = chance.sample(sorted(parks), chance.randint(1, 4))
        amount = sum(chance.randint(80, 120) for _ in package)
        line.append(bid(f"b{number:02d}", " ".join(package), amount, 20 * len(package), by=f"op{number % 5}"))
    rules = AuctionRules(budget=900, largest_unit_share=Fraction(1, 2))
    award = run_auction(line, parks, rules=rules)
    monkeypatch.setattr(checks, "MAX_STEPS", 50)
    assert verify_award(award, must_prove=True) == ()
    looser = replace(award, rules=replace(rules, budget=1000))
    assert any("is not the best" in text for text in verify_award(looser))
    monkeypatch.setattr(checks, "MAX_SECONDS", 0.0)
    assert verify_award(award) == ()
    assert any("left open" in text for text in verify_award(award, must_prove=True))


def test_an_award_that_is_not_proven_is_reported_as_such() -> None:
    award = replace(run_auction(BIDS, PARKS), is_proven=False, bound=60)
    assert "not proven best; no award is above 60" in award.summary()
    assert verify_award(award) == ()


def test_it_shows_itself() -> None:
    award = run_auction([bid("a", "k1", 5, by="<b>"), bid("z", "k1", 9, group="g")], ["k1", "k2"])
    assert "<b>" not in award._repr_html_()
    assert award.uncovered == ("k2",)
    assert award.frame["won"].tolist() == [True, False]
    assert award.frame["beaten_by"].tolist() == ["", "a"]
    assert award.winners_frame.to_dict("records") == [
        {"operator_id": "<b>", "bids": 1, "parks": 1, "units": 10, "asked": 5, "paid": 5}
    ]
    assert "z is not awarded: park-taken (by a)" in award.summary()
    assert "nobody connects k2" in award.summary()
