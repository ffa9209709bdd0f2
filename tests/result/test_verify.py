"""Figures that do not hold are found, each by name (`docs/cost-split.md` §11.10)."""

from __future__ import annotations

import copy
from dataclasses import replace
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import pytest
from support.builders import star

import fiberplan as fp
from fiberplan.result.verify import verify_plan
from fiberplan.sharing.accounts.dividing import STATE

if TYPE_CHECKING:
    from collections.abc import Callable

    from fiberplan.cost import CostSplit
    from fiberplan.plan import Plan


@pytest.fixture(scope="module")
def plan() -> Plan:
    funded = star(funding={"public_share": {"backhaul": 0.5}, "cap_per_park": 9000, "cap_total": 15_000})
    return fp.plan_rollout(funded).with_split(rule="nucleolus")


def test_a_plan_holds_by_every_kind_of_certificate(plan: Plan, lorestan_plan: Plan) -> None:
    assert plan.verify() == ()
    assert lorestan_plan.verify() == ()
    assert plan.with_split(rule="segment-use").verify() == ()
    assert plan.with_split(rule="shapley", game=plan.fixed_network_game()).verify() == ()
    assert fp.plan_rollout(replace(star(), demand=())).verify() == ()


def with_split(plan: Plan, change: Callable[[CostSplit], CostSplit]) -> Plan:
    return replace(plan, split=change(plan.split))


def first_line(plan: Plan, **changes: Any) -> Plan:  # noqa: ANN401 - handed on to the line
    lines = (replace(plan.ledger.lines[0], **changes), *plan.ledger.lines[1:])
    return replace(plan, ledger=replace(plan.ledger, lines=lines))


def moved(split: CostSplit) -> CostSplit:
    """Move a unit from one cell to another of the same party."""
    cells = list(split.cells)
    one, other = [number for number, cell in enumerate(cells) if cell.party == "op-a"][:2]
    cells[one] = replace(cells[one], amount=cells[one].amount - 1)
    cells[other] = replace(cells[other], amount=cells[other].amount + 1)
    return replace(split, cells=tuple(cells))


def swapped(split: CostSplit) -> CostSplit:
    """Let another operator pay a unit of a cell that both pay, in both tables."""
    cells, parks = list(split.cells), list(split.park_cells)
    for table in (cells, parks):
        own = next(
            n for n, cell in enumerate(table) if cell.party == "op-a" and cell.asset_class == "backhaul"
        )
        theirs = next(
            n for n, cell in enumerate(table) if cell.party == "op-b" and cell.asset_class == "backhaul"
        )
        table[own] = replace(table[own], amount=table[own].amount - 1)
        table[theirs] = replace(table[theirs], amount=table[theirs].amount + 1)
    same = next(
        (a, b)
        for a, one in enumerate(split.cells)
        for b, two in enumerate(split.cells)
        if (one.place_id, one.asset_class) == (two.place_id, two.asset_class)
        and (one.party, two.party) == ("op-a", "op-b")
        and one.asset_class == "backhaul"
    )
    cells = list(split.cells)
    for number, by in zip(same, (-1, 1), strict=True):
        cells[number] = replace(cells[number], amount=cells[number].amount + by)
    return replace(split, cells=tuple(cells), park_cells=tuple(parks))


def proof(plan: Plan, change: Callable[[dict[str, Any], dict[str, Any]], object]) -> Plan:
    assert plan.proof is not None
    certificate, game = copy.deepcopy(plan.proof.certificate), copy.deepcopy(plan.proof.game)
    change(certificate, game or {})
    return replace(plan, proof=replace(plan.proof, certificate=certificate, game=game))


def cheaper_alone(certificate: dict[str, Any], game: dict[str, Any]) -> None:
    game["costs"][0] = ["1", "1"]


def claimed(certificate: dict[str, Any], game: dict[str, Any]) -> None:
    certificate["findings"][4]["passed"] = False


def least(certificate: dict[str, Any], game: dict[str, Any]) -> None:
    certificate["least_core"]["epsilon"] = "-1"


def others_pay(certificate: dict[str, Any], game: dict[str, Any]) -> None:
    certificate["shares"][0][1] = "7"


def cheaper_total(certificate: dict[str, Any], game: dict[str, Any]) -> None:
    certificate["total"] = "7"


TAMPERED: dict[str, tuple[Callable[[Plan], Plan], str]] = {
    "price": (lambda plan: first_line(plan, unit_price=Decimal(9)), "is not quantity times price"),
    "present value": (lambda plan: first_line(plan, present_value=5), "the present value is"),
    "bound": (
        lambda plan: replace(
            plan,
            routing=replace(
                plan.routing, report=replace(plan.routing.report, bound=plan.routing.objective + 1)
            ),
        ),
        "below their lower bound",
    ),
    "cell": (lambda plan: with_split(plan, moved), "is paid"),
    "parties": (lambda plan: with_split(plan, swapped), "about other payments"),
    "cap per park": (
        lambda plan: with_split(
            plan, lambda split: replace(split, policy=replace(split.policy, cap_per_park=Decimal(1)))
        ),
        "above cap_per_park",
    ),
    "cap per unit": (
        lambda plan: with_split(
            plan, lambda split: replace(split, policy=replace(split.policy, cap_per_unit=Decimal(1)))
        ),
        "above cap_per_unit for",
    ),
    "cap in all": (
        lambda plan: with_split(
            plan, lambda split: replace(split, policy=replace(split.policy, cap_total=Decimal(1)))
        ),
        "above cap_total",
    ),
    "share": (
        lambda plan: with_split(plan, lambda split: replace(split, policy=fp.FundingPolicy())),
        "above its share 0",
    ),
    "compared": (
        lambda plan: replace(
            plan, stand_alone=tuple(replace(entry, share=entry.share + 1) for entry in plan.stand_alone)
        ),
        "is compared with its own network as if it paid",
    ),
    "alone": (
        lambda plan: replace(
            plan, stand_alone=tuple(replace(entry, public=entry.cost + 1) for entry in plan.stand_alone)
        ),
        "the state would pay",
    ),
    "no certificate": (lambda plan: replace(plan, proof=None), "has no certificate"),
    "claim": (lambda plan: proof(plan, claimed), "'core' is not as claimed"),
    "epsilon": (lambda plan: proof(plan, least), "epsilon"),
    "certified": (lambda plan: proof(plan, others_pay), "about other payments"),
    "total": (lambda plan: proof(plan, cheaper_total), "the certificate is about 7"),
    "game": (lambda plan: proof(plan, cheaper_alone), "another stand-alone cost of op-a"),
    "unreadable": (lambda plan: proof(plan, lambda certificate, _: certificate.clear()), "cannot be read"),
    "no game": (lambda plan: proof(plan, lambda _, game: game.clear()), "cannot be read"),
}


@pytest.mark.parametrize("what", list(TAMPERED))
def test_a_figure_that_does_not_hold_is_named(plan: Plan, what: str) -> None:
    tamper, message = TAMPERED[what]
    faults = verify_plan(tamper(plan))
    assert any(message in fault for fault in faults), faults


def test_other_bases_are_checked_too(plan: Plan) -> None:
    alone = plan.with_split(rule="segment-use")
    assert "does not follow from the stand-alone networks" in str(verify_plan(proof(alone, claimed)))
    fixed = plan.with_split(rule="shapley", game=plan.fixed_network_game())
    assert fixed.proof is not None

    def moved_unit(certificate: dict[str, Any], game: dict[str, Any]) -> None:
        # a unit from one segment to another, so that all together cost the same
        game["segments"][0][1] = str(int(game["segments"][0][1]) + 1)
        game["segments"][1][1] = str(int(game["segments"][1][1]) - 1)

    assert "not that of the joint network" in str(verify_plan(proof(fixed, moved_unit)))


def test_public_money_beyond_a_class_is_seen(plan: Plan) -> None:
    def more(split: CostSplit) -> CostSplit:
        cells = [
            replace(cell, amount=cell.amount * 9) if cell.party == STATE else cell for cell in split.cells
        ]
        return replace(split, cells=tuple(cells))

    assert "the state pays" in str(verify_plan(with_split(plan, more)))
