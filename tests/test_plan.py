"""Whole plans: stages, stand-alone networks, progress, and stored figures of Lorestan."""

from __future__ import annotations

import json
import os
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest
from hypothesis import given, settings
from support.builders import backbone, corridor, demand, one_road, park, project, square, star
from support.paths import DATA
from support.sketches import Sketch, sketches

import fiberplan as fp
from fiberplan.errors import SharingError
from fiberplan.project.settings import AssetClass, FundingPolicy, SharingOptions
from fiberplan.result.rollout import check_project
from fiberplan.sharing.accounts.dividing import STATE, UNFUNDED
from fiberplan.sharing.rules.registry import rule_names
from fiberplan.solvers.run.report import Status

if TYPE_CHECKING:
    from fiberplan.plan import Plan
    from fiberplan.project.model import Project
    from fiberplan.solvers.run.report import LogEntry

REGRESSION = DATA / "regression" / "lorestan.json"


def test_an_operator_alone_in_a_project_saves_nothing() -> None:
    plan = fp.plan_rollout(one_road())
    (alone,) = plan.stand_alone
    assert alone.operator_id == "op-a"
    assert alone.cost == plan.ledger.present_value == plan.split.total
    assert alone.own == alone.share == plan.split.payments["op-a"]
    islands = plan.islands()
    assert (islands.alone, islands.joint, islands.saving) == (alone.cost, alone.cost, 0)
    assert islands.is_proven


def test_two_operators_save_what_they_share() -> None:
    """Both build the trunk and the arm to q alone, and only op-a the arm to p."""
    plan = fp.plan_rollout(star())
    by_id = {alone.operator_id: alone for alone in plan.stand_alone}
    assert by_id["op-a"].park_ids == ("p", "q")
    assert by_id["op-b"].park_ids == ("q",)
    assert by_id["op-a"].objective == plan.routing.objective
    stamps = {segment.id: segment.cost for segment in plan.routing.segments}
    assert by_id["op-b"].objective == stamps["trunk/1"] + stamps["arm-q/1"]
    assert all(alone.saving > 0 for alone in plan.stand_alone)
    islands = plan.islands()
    assert islands.saving == sum(alone.cost for alone in plan.stand_alone) - plan.ledger.present_value > 0


@settings(max_examples=15, deadline=None)
@given(sketches())
def test_joint_routes_never_cost_more_than_all_alone(sketch: Sketch) -> None:
    base = sketch.project()
    entries = [
        demand(f"op-{letter}", site.id)
        for number, site in enumerate(base.parks)
        for letter in "abc"[: 1 + number % 3]
    ]
    plan = fp.plan_rollout(
        project(
            list(base.parks),
            list(base.backbone),
            list(base.corridors),
            entries,
            routing=base.settings.routing,
        )
    )
    assert plan.islands().is_proven
    assert plan.routing.objective <= sum(alone.objective for alone in plan.stand_alone)
    assert max(alone.objective for alone in plan.stand_alone) <= plan.routing.objective
    assert plan.split.total == plan.ledger.present_value


def test_public_money_is_the_same_for_an_operator_alone() -> None:
    funded = star(funding={"public_share": {"backhaul": 0.5}, "cap_per_park": 9000})
    plan = fp.plan_rollout(funded)
    for alone in plan.stand_alone:
        assert alone.own == alone.cost - alone.public
        assert 0 < alone.public <= 900_000 * len(alone.park_ids)
    assert {cap.kind.value for cap in plan.split.caps} == {"per-park"}


def test_parks_without_demand_are_not_part_of_the_comparison() -> None:
    base = star()
    reduced = project(list(base.parks), list(base.backbone), list(base.corridors), [demand("op-a", "p")])
    plan = fp.plan_rollout(reduced)
    assert plan.split.payments[UNFUNDED] > 0
    assert plan.islands().joint == plan.ledger.present_value - plan.split.payments[UNFUNDED]


def test_public_money_for_parks_without_demand_is_not_compared_either() -> None:
    base = star(funding={"public_share": {"backhaul": 0.5}})
    reduced = replace(base, demand=(demand("op-a", "p"),))
    unfunded = replace(reduced, settings=replace(reduced.settings, funding=FundingPolicy()))
    assert fp.plan_rollout(reduced).islands() == fp.plan_rollout(unfunded).islands()
    without_demand = fp.plan_rollout(replace(base, demand=())).islands()
    assert (without_demand.alone, without_demand.joint) == (0, 0)


def test_without_demand_there_is_a_plan_that_nobody_pays() -> None:
    base = star()
    plan = fp.plan_rollout(project(list(base.parks), list(base.backbone), list(base.corridors), []))
    assert plan.split.payments == {STATE: 0, UNFUNDED: plan.ledger.present_value}
    assert plan.stand_alone == ()
    assert plan.public_share == 0


def test_an_operator_whose_only_park_cannot_be_reached_pays_nothing() -> None:
    base = one_road()
    partial = project(
        [*base.parks, park("far", 1000, 90_000)],
        list(base.backbone),
        list(base.corridors),
        [demand("op-a", "p"), demand("op-b", "far")],
        routing={"unreachable": "skip"},
    )
    plan = fp.plan_rollout(partial)
    assert [alone.operator_id for alone in plan.stand_alone] == ["op-a"]
    assert plan.split.payments["op-b"] == 0
    assert any("operator op-b takes no part" in note.message for note in plan.notes)
    assert any("far is not planned" in note.message for note in plan.notes)
    assert "far" in plan.summary()
    assert list(plan.parks["is_connected"]) == [True, False]


def test_a_plan_without_any_cable_is_a_plan() -> None:
    plan = fp.plan_rollout(
        project([park("p", 0, 0)], [backbone("b", 0, 0)], [corridor("c", (0, 0), (1000, 0))])
    )
    assert len(plan.segments) == 0
    assert plan.split.total == plan.ledger.present_value > 0
    assert "0.0 km" in plan.summary()


@pytest.mark.parametrize("rule", [rule for rule in rule_names(for_plans=True) if rule != "proportional"])
def test_the_project_s_rule_is_used(rule: str) -> None:
    base = star()
    plan = fp.plan_rollout(replace(base, settings=replace(base.settings, sharing=SharingOptions(rule=rule))))
    assert plan.split.rule == rule
    assert plan.split.total == plan.ledger.present_value


def test_progress_reports_each_stage() -> None:
    class Recorder:
        def __init__(self) -> None:
            self.stages: list[tuple[str, int, int]] = []

        def stage(self, name: str, *, step: int, steps: int) -> None:
            self.stages.append((name, step, steps))

        def solver(self, entry: LogEntry) -> None:
            assert entry.incumbent is None or entry.bound <= entry.incumbent

    recorder = Recorder()
    fp.plan_rollout(star(), progress=recorder)
    names = ["graph", "routes", "design", "cost", "alone", "alone", "split"]
    assert recorder.stages == [(name, number, 7) for number, name in enumerate(names, start=1)]


def test_the_project_is_not_changed() -> None:
    result = square()
    before = repr(result)
    fp.plan_rollout(result)
    assert repr(result) == before


def test_tables_agree_with_the_ledger(lorestan_plan: Plan) -> None:
    segments, parks, split = lorestan_plan.segments, lorestan_plan.parks, lorestan_plan.split
    assert segments["routed_cost"].sum() == lorestan_plan.ledger.routed
    assert segments["total_cost"].sum() == sum(lorestan_plan.ledger.totals("segment").values())
    paid = segments[[f"pays_{party}" for party in split.parties]].sum(axis=1)
    assert (paid == segments["total_cost"]).all()
    assert parks["total_cost"].sum() == lorestan_plan.ledger.present_value
    for party, amount in split.payments.items():
        assert parks[f"pays_{party}"].sum() == amount
    assert segments.crs.to_epsg() == parks.crs.to_epsg() == 4326
    weak = {name for names in lorestan_plan.routing.single_points_of_failure.values() for name in names}
    assert set(segments.loc[segments["is_single_point"], "segment_id"]) == weak


def test_a_plan_shows_itself_and_its_words_are_escaped() -> None:
    base = one_road(name={"en": "<script>alert(1)</script>"})
    plan = fp.plan_rollout(base)
    assert "<script>" in plan.summary()
    assert "<script>" not in plan._repr_html_()
    assert plan.summary(language="fa") != plan.summary(language="en")


def test_assumptions_are_listed(lorestan_plan: Plan) -> None:
    items = lorestan_plan.assumed_items()
    assert "cable.24" in items
    assert list(items) == sorted(items)
    assert all(lorestan_plan.project.catalogue.items[item].is_assumption for item in items)


def test_asset_classes_come_in_their_usual_order(lorestan_plan: Plan) -> None:
    classes = list(lorestan_plan.asset_classes())
    assert classes == [entry for entry in AssetClass if entry in classes]
    assert AssetClass.BACKHAUL in classes


def test_lorestan_is_proven_and_passes_every_check(lorestan_plan: Plan) -> None:
    assert lorestan_plan.routing.status is Status.OPTIMAL
    assert lorestan_plan.routing.gap == 0
    assert len(lorestan_plan.routing.routes) == 25
    assert all(check.passed for check in lorestan_plan.split.checks)
    assert lorestan_plan.islands().is_proven
    assert lorestan_plan.islands().saving > 0


def test_the_same_project_gives_the_same_plan(lorestan_project: Project, lorestan_plan: Plan) -> None:
    assert fp.plan_rollout(lorestan_project) == lorestan_plan


def test_lorestan_s_figures_are_those_that_are_stored(lorestan_plan: Plan) -> None:
    """Exact, to the rial. After a change that is meant: ``FIBERPLAN_UPDATE_REGRESSION=1 pytest tests/test_plan.py``."""
    result = {
        "objective": lorestan_plan.routing.objective,
        "protection_cost": lorestan_plan.routing.protection_cost,
        "length_mm": sum(segment.length_mm for segment in lorestan_plan.routing.segments),
        "present_value": lorestan_plan.ledger.present_value,
        "capex": lorestan_plan.ledger.capex,
        "by_asset_class": {
            key.value: amount for key, amount in sorted(lorestan_plan.ledger.totals("asset_class").items())
        },
        "payments": lorestan_plan.split.payments,
        "alone": {alone.operator_id: alone.own for alone in lorestan_plan.stand_alone},
        "active_sites": len(lorestan_plan.design.sites),
    }
    if os.environ.get("FIBERPLAN_UPDATE_REGRESSION"):
        REGRESSION.parent.mkdir(parents=True, exist_ok=True)
        REGRESSION.write_text(json.dumps(result, indent=2) + "\n", encoding="utf-8")
    assert result == json.loads(REGRESSION.read_text(encoding="utf-8"))


def test_a_time_limit_takes_the_place_of_the_project_s() -> None:
    result = star()
    plan = fp.plan_rollout(result, time_limit_s=7.5)
    assert plan.project.settings.routing.time_limit_s == 7.5
    routing = replace(result.settings.routing, time_limit_s=7.5)
    assert plan == fp.plan_rollout(replace(result, settings=replace(result.settings, routing=routing)))


def test_a_project_is_checked_without_planning() -> None:
    result = star()
    graph = check_project(result)
    assert graph.edge_count == fp.build_graph(result).edge_count
    faulty = replace(result, settings=replace(result.settings, sharing=SharingOptions(rule="proportional")))
    with pytest.raises(SharingError, match="needs a weight"):
        check_project(faulty)
