"""Other files of a plan: cash flows, and checks of any saved result. The folder itself: `tests/cli/test_planning.py`."""

from __future__ import annotations

import csv
from typing import TYPE_CHECKING

import pytest
from support.builders import three_arms
from support.paths import DATA

import fiberplan as fp
from fiberplan.errors import PlanFileError
from fiberplan.exports.cash_flows import write_cash_flows
from fiberplan.exports.figures import summarise
from fiberplan.exports.verification import verify_file
from fiberplan.result.saved import write_subsidy

if TYPE_CHECKING:
    from pathlib import Path

    from fiberplan.plan import Plan


@pytest.fixture(scope="module")
def plan() -> Plan:
    return fp.plan_rollout(three_arms(funding={"public_share": {"backhaul": 0.5}}))


def test_cash_flows_are_a_table_of_parties_and_years(plan: Plan, tmp_path: Path) -> None:
    financing = plan.cash_flows()
    path = write_cash_flows(financing, tmp_path / "cash.csv")
    with path.open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    assert len(rows) == len(financing.frame)
    assert list(rows[0]) == list(financing.frame.columns)


def test_any_saved_result_is_checked_from_its_file(plan: Plan, tmp_path: Path) -> None:
    lines, cells = len(plan.ledger.lines), len(plan.split.cells)
    saved = plan.save(tmp_path / "plan.gpkg")
    assert verify_file(saved) == (
        f"{lines:,} ledger lines, {cells:,} payments, caps, certificate against stand-alone.",
        (),
    )
    description, faults = verify_file(DATA / "saved" / "plan-format-2-subsidy.gpkg")
    assert "the smallest subsidy and its proof, certificate against own-networks" in description
    assert faults == ()
    helped = plan.with_minimal_subsidy()
    assert helped.subsidy is not None
    document = write_subsidy(helped.subsidy.minimal_subsidy, helped.subsidy.cost_game, tmp_path / "s.json")
    assert verify_file(str(document)) == ("It is a smallest subsidy for 3 operators.", ())
    for name in ("none.gpkg", "none.json"):
        with pytest.raises(PlanFileError, match="no such file"):
            verify_file(tmp_path / name)


def test_figures_for_programs_are_those_of_the_plan(plan: Plan) -> None:
    figures = summarise(plan, ["a", "b"])
    assert figures["files"] == ["a", "b"]
    assert figures["routes"]["objective"] == plan.routing.objective
    assert figures["cost"]["present_value"] == sum(figures["cost"]["by_asset_class"].values())
    assert sum(figures["split"]["payments"].values()) == figures["cost"]["present_value"]
    paid = sum(amount for park in figures["split"]["by_park"].values() for amount in park.values())
    assert paid == figures["cost"]["present_value"]
    assert set(figures["stand_alone"]) == {"op-a", "op-b", "op-c"}
    assert figures["certificate"]["basis"] == "stand-alone"
