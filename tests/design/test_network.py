"""What is built along the routes (docs/design-rules.md, C1 to C4)."""

from __future__ import annotations

from collections import Counter, defaultdict
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from support.builders import backbone, corridor, demand, one_road, park, project, square, star

from fiberplan.datasets import synthetic
from fiberplan.design import Design, design_network
from fiberplan.design.traffic import Use, requirements
from fiberplan.graph import build_graph
from fiberplan.routing import Routing, solve_routes

if TYPE_CHECKING:
    from fiberplan.design.cabling import DesignedSegment
    from fiberplan.project.model import Project


def designed(example: Project) -> tuple[Routing, Design]:
    routing = solve_routes(build_graph(example))
    return routing, design_network(example, routing)


def by_id(design: Design) -> dict[str, DesignedSegment]:
    return {segment.segment_id: segment for segment in design.segments}


def road_with(fibres: int, **design: Any) -> DesignedSegment:  # noqa: ANN401 - options of the design
    base = one_road()
    demands = [demand("a", "p", fibres, measure="fibres")]
    example = project(list(base.parks), list(base.backbone), list(base.corridors), demands, design=design)
    return designed(example)[1].segments[0]


@pytest.mark.parametrize(
    ("fibres", "cables"),
    [
        (1, (24,)),
        (19, (24,)),  # 23.75 with spare
        (20, (48,)),  # 25
        (76, (96,)),  # 95
        (77, (144,)),  # 96.25
        (230, (288,)),  # 287.5
        (231, (288, 24)),  # 288.75
        (461, (288, 288, 24)),  # 576.25
        (460, (288, 288)),  # 575
        (300, (288, 96)),  # 375
    ],
)
def test_cables_are_the_smallest_that_hold_fibres_and_spare(fibres: int, cables: tuple[int, ...]) -> None:
    segment = road_with(fibres)
    assert (segment.working_fibres, segment.cables, segment.fibres) == (fibres, cables, sum(cables))


def test_no_cable_is_smaller_than_the_project_allows() -> None:
    assert road_with(1, min_cable_fibres=13).cables == (24,)
    assert road_with(1, min_cable_fibres=12).cables == (12,)
    assert road_with(1, min_cable_fibres=100).cables == (144,)
    assert road_with(1, min_cable_fibres=1000).cables == (288,)
    assert road_with(231, min_cable_fibres=1000).cables == (288, 288)


@given(st.integers(1, 2000), st.decimals(0, 1, places=2))
@settings(max_examples=30, deadline=None)
def test_cables_always_cover_fibres_and_spare(fibres: int, spare: Decimal) -> None:
    segment = road_with(fibres, spare_share=spare)
    assert segment.fibres >= fibres * (1 + spare)
    assert list(segment.cables) == sorted(segment.cables, reverse=True)


def of_length(
    length_m: float,
    *,
    kind: str = "road_verge",
    fibres: int = 2,
    **design: Any,  # noqa: ANN401
) -> DesignedSegment:
    example = project(
        [park("p", 1000, 0)],
        [backbone("b", 0, 0)],
        [corridor("c", (0, 0), (1000, 0), length_m=length_m, kind=kind)],
        [demand("a", "p", fibres, measure="fibres")],
        design=design,
    )
    return designed(example)[1].segments[0]


@pytest.mark.parametrize(
    ("length_m", "reel_m", "joints"),
    [
        (8000, 4000, "2.2"),  # 8,800 m of cable
        (3000, 3300, "1"),  # exactly a reel
        (1000, 4000, "0.275"),
        (1, 4000, "0"),
    ],
)
def test_joints_are_counted_in_reels_of_cable(length_m: float, reel_m: int, joints: str) -> None:
    assert of_length(length_m, reel_m=reel_m).joint_closures == Decimal(joints)


def test_every_cable_has_its_own_joints() -> None:
    assert of_length(8000, fibres=231).joint_closures == Decimal("4.4")


@pytest.mark.parametrize(
    ("kind", "handholes", "poles"),
    [
        ("road_verge", "7.143", "0"),  # 1,000 m at 140 m
        ("railway", "7.143", "0"),
        ("pole_line", "0", "20"),
        ("power_line", "0", "20"),
        ("existing_duct", "0", "0"),
    ],
)
def test_trenches_have_handholes_and_aerial_segments_poles(kind: str, handholes: str, poles: str) -> None:
    segment = of_length(1000, kind=kind)
    assert (segment.handholes, segment.poles) == (Decimal(handholes), Decimal(poles))


def test_how_finely_a_map_is_cut_changes_no_cost() -> None:
    """Forty kilometres in one piece and in four hundred: the same handholes and joints, within rounding."""
    length, parts = 40_000, 400
    whole, part = of_length(length), of_length(length / parts)
    assert float(part.handholes * parts) == pytest.approx(float(whole.handholes), abs=0.0005 * parts)
    assert float(part.joint_closures * parts) == pytest.approx(
        float(whole.joint_closures), abs=0.0005 * parts
    )
    assert whole.handholes > 280


def test_where_three_segments_meet_the_one_towards_the_backbone_has_a_branch_closure() -> None:
    _, design = designed(star())
    assert {name: segment.branch_closures for name, segment in by_id(design).items()} == {
        "trunk/1": 1,
        "arm-p/1": 0,
        "arm-q/1": 0,
    }


def test_two_segments_that_meet_need_none() -> None:
    example = one_road()
    corridors = [corridor("a", (0, 0), (500, 0)), corridor("b", (500, 0), (1000, 0))]
    _, design = designed(project(list(example.parks), list(example.backbone), corridors))
    assert all(segment.branch_closures == 0 for segment in design.segments)


def test_uses_of_the_trunk_are_those_of_all_parks_beyond() -> None:
    _, design = designed(star())
    segments = by_id(design)
    assert segments["trunk/1"].uses == (Use("op-a", "p", 2), Use("op-a", "q", 2), Use("op-b", "q", 2))
    assert segments["trunk/1"].working_fibres == 6
    assert segments["arm-p/1"].uses == (Use("op-a", "p", 2),)
    assert segments["arm-q/1"].working_fibres == 4


def test_a_park_without_demand_has_its_reserved_pair_all_the_way() -> None:
    base = star()
    quiet = project(list(base.parks), list(base.backbone), list(base.corridors), [demand("op-a", "p", 1)])
    _, design = designed(quiet)
    assert by_id(design)["trunk/1"].uses == (Use("op-a", "p", 2), Use(None, "q", 2))


@pytest.mark.parametrize("seed", [3, 4])
def test_fibres_of_a_segment_are_those_of_the_parks_whose_routes_run_in_it(seed: int) -> None:
    example = synthetic(parks=10, nodes=200, seed=seed)
    routing, design = designed(example)
    needs = requirements(example)
    fibres: defaultdict[str, int] = defaultdict(int)
    for route in routing.routes + routing.second_routes:
        for name in route.segment_ids:
            fibres[name] += sum(need.fibres for need in needs[route.park_id])
    assert {segment.segment_id: segment.working_fibres for segment in design.segments} == fibres
    options = example.settings.design
    for segment in design.segments:
        assert segment.fibres >= segment.working_fibres * (1 + options.spare_share)
        assert segment.working_fibres == sum(use.weight for use in segment.uses)
        reels = segment.length_m * (1 + options.cable_slack_share) / options.reel_m
        assert segment.joint_closures == pytest.approx(
            reels * len(segment.cables), abs=Decimal("0.0005") * len(segment.cables)
        )


def test_flow_is_conserved_where_first_routes_meet() -> None:
    """What leaves a node towards the backbone is what comes into it and what its parks want."""
    example = synthetic(parks=10, nodes=200, seed=5)
    routing, _ = designed(example)
    needs = {
        park_id: sum(n.fibres for n in park_needs) for park_id, park_needs in requirements(example).items()
    }
    out: Counter[str] = Counter()
    into: Counter[str] = Counter()
    for route in routing.routes:
        out[route.nodes[0]] += 0
        for near, far in zip(route.nodes[1:], route.nodes, strict=False):
            out[far] += needs[route.park_id]
            into[near] += needs[route.park_id]
    ends = {route.nodes[-1] for route in routing.routes}
    starts: Counter[str] = Counter()
    for route in routing.routes:
        starts[route.nodes[0]] += needs[route.park_id]
    for node, fibres in out.items():
        if node not in ends:
            assert fibres == into[node] + starts[node]
    assert sum(into[node] - out[node] for node in ends) == sum(
        needs[route.park_id] for route in routing.routes
    )


def test_items_of_the_bill_by_hand() -> None:
    """One park, ten units, one kilometre: every item once, in the quantities of the rules."""
    _, design = designed(one_road())
    bill = [(line.place_id, line.item, float(line.quantity)) for line in design.bill]
    assert bill == [
        ("road/1", "civil.road_verge.soil", 1000),
        ("road/1", "duct.hdpe", 1000),
        ("road/1", "cable.24", 1000),
        ("road/1", "closure.joint", 0.25),
        ("road/1", "handhole", 7.143),
        ("p", "optic.lr.price", 2),
        ("b", "equipment.line_card", 1),
        ("p", "site.park", 1),
        ("p", "equipment.chassis", 1),
        ("p", "equipment.line_card", 1),
        ("p", "opex.power_park", 1),
        ("p", "access.distribution", 570),
        ("p", "access.splitter", 1),
        ("p", "equipment.olt_port", 1),
        ("p", "access.drop", 400),
        ("p", "access.ont", 10),
    ]


def test_a_second_route_needs_its_own_cards_and_optics() -> None:
    _, one = designed(square(tier=2))
    _, two = designed(square(tier=1, routing={"entry_separation_m": 5000.0}))
    optics = [
        sum(line.quantity for line in design.bill if line.item.startswith("optic.")) for design in (one, two)
    ]
    assert optics == [2, 4]
    ends = [
        sorted(line.place_id for line in design.bill if line.item == "equipment.line_card")
        for design in (one, two)
    ]
    assert ends == [["b1", "p"], ["b1", "b2", "p"]]


def test_too_few_free_ports_are_reported() -> None:
    base = one_road()
    nodes = [backbone("b", 0, 0, ports_free=1)]
    demands = [demand("a", "p", 141)]
    short = project(list(base.parks), nodes, list(base.corridors), demands)
    _, design = designed(short)
    (note,) = design.notes
    assert "b has 1 free ports" in note.message
    assert "2 links" in note.message
    assert (
        designed(
            project(list(base.parks), [backbone("b", 0, 0, ports_free=2)], list(base.corridors), demands)
        )[1].notes
        == ()
    )


def test_project_and_routing_are_not_changed() -> None:
    example = square()
    routing = solve_routes(build_graph(example))
    before = repr((example, routing))
    design_network(example, routing)
    assert repr((example, routing)) == before


def test_units_and_traffic_are_summed_over_connected_parks() -> None:
    """Operator ``op-a`` has ten units at each of two parks, ``op-b`` ten at the second; 50 Mbit/s a unit."""
    _, design = designed(star())
    assert design.units_by_park == {"p": 10, "q": 20}
    assert design.units_by_operator == {"op-a": 20, "op-b": 10}
    assert design.traffic_by_operator == {"op-a": 1000, "op-b": 500}


def test_a_park_without_demand_has_no_units_and_no_operator() -> None:
    base = one_road()
    example = project(list(base.parks), list(base.backbone), list(base.corridors), [])
    _, design = designed(example)
    assert design.units_by_park == {"p": 0}
    assert design.units_by_operator == design.traffic_by_operator == {}
