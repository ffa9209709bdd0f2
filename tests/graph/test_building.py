"""Sites reach the corridors, or are named with the reason why not."""

from __future__ import annotations

from dataclasses import replace

import networkx as nx
import numpy as np
import pytest
import shapely
from hypothesis import given, settings
from support.builders import at, backbone, catalogue_of, corridor, named, one_road, park, project, square
from support.sketches import Sketch, sketches

from fiberplan.crs import distance_m
from fiberplan.errors import InfeasibleError
from fiberplan.graph import CandidateGraph, EdgeRole, build_graph
from fiberplan.graph.snapping import park_point
from fiberplan.plan import plan_rollout
from fiberplan.project.model import Park, Project
from fiberplan.routing import solve_routes

ROAD = corridor("road", (0, 0), (10_000, 0))
SKIP = {"unreachable": "skip"}


def spurs(graph: CandidateGraph, park_id: str) -> list[int]:
    return [n for n, name in enumerate(graph.edge_ids) if name.startswith(f"spur/{park_id}/")]


def test_a_spur_leads_to_the_nearest_point_of_an_edge_and_is_as_long_as_its_detour_says() -> None:
    graph = build_graph(project([park("p", 3000, 400)], [backbone("b", 0, 0)], [ROAD]))
    (spur,) = spurs(graph, "p")
    assert graph.role(spur) is EdgeRole.SPUR
    assert graph.node_labels[graph.tail[spur]] == "park:p"
    assert graph.geometry[spur].coords[-1] == pytest.approx(at(3000, 0), abs=1e-7)
    assert graph.length_mm[spur] == pytest.approx(400_000 * 1.2, abs=5)
    assert graph.corridor_share[spur] == 1
    assert graph.edge_ids == ("road/1", "road/2", "spur/p/1")


@pytest.mark.parametrize(("detour", "length_mm"), [("1", 400_000), ("1.5", 600_000)])
def test_the_detour_is_the_project_s(detour: str, length_mm: int) -> None:
    graph = build_graph(
        project([park("p", 3000, 400)], [backbone("b", 0, 0)], [ROAD], routing={"spur_detour": detour})
    )
    assert graph.length_mm[spurs(graph, "p")[0]] == pytest.approx(length_mm, abs=5)


def test_a_site_on_a_corridor_has_no_spur() -> None:
    graph = build_graph(project([park("p", 3000, 0.9)], [backbone("b", 0, 0.9)], [ROAD]))
    assert graph.edge_ids == ("road/1", "road/2")
    assert graph.node_labels[graph.park_nodes["p"]] == "park:p"


def test_a_site_a_little_aside_has_one() -> None:
    graph = build_graph(project([park("p", 3000, 1.1)], [backbone("b", 0, 0)], [ROAD]))
    assert graph.edge_ids == ("road/1", "road/2", "spur/p/1")


def test_several_sites_on_one_place_share_its_node() -> None:
    graph = build_graph(
        project(
            [park("p", 3000, 0), park("q", 3000, 0)], [backbone("b", 0, 0), backbone("c", 3000, 0)], [ROAD]
        )
    )
    assert graph.park_nodes["p"] == graph.park_nodes["q"] == graph.backbone_nodes["c"]
    assert graph.node_labels[graph.park_nodes["p"]] == "backbone:c"
    assert graph.edge_ids == ("road/1", "road/2")


def test_sites_off_the_road_at_one_place_share_a_spur() -> None:
    sites = [park("p", 3000, 100), park("q", 3000, 100.4, tier=1), park("far", 3000, 101)]
    graph = build_graph(project(sites, [backbone("b", 0, 100), backbone("c", 0, 100)], [ROAD]))
    assert graph.park_nodes["p"] == graph.park_nodes["q"] != graph.park_nodes["far"]
    assert graph.backbone_nodes["b"] == graph.backbone_nodes["c"]
    assert graph.node_labels[graph.park_nodes["q"]] == "park:p"
    assert list(graph.park_nodes) == ["p", "q", "far"]
    kept = [name for name in graph.edge_ids if name.startswith("spur/")]
    assert kept == ["spur/b/1", "spur/p/1", "spur/p/2", "spur/p/3", "spur/far/1"]
    assert [graph.edge_ids[n] for n in graph.second_entries] == ["spur/p/2", "spur/p/3"]


def test_two_parks_at_one_place_pay_for_one_spur_and_are_planned() -> None:
    wanted = [park("p", 3000, 100), park("q", 3000, 100)]
    alone = solve_routes(build_graph(project(wanted[:1], [backbone("b", 0, 0)], [ROAD])))
    both = solve_routes(build_graph(project(wanted, [backbone("b", 0, 0)], [ROAD])))
    assert both.objective == alone.objective
    assert [route.nodes[0] for route in both.routes] == ["park:p", "park:p"]
    assert both.routes[0].segment_ids == both.routes[1].segment_ids == ("spur/p/1", "road/1")
    critical = [replace(site, tier=1) for site in wanted]
    plan = plan_rollout(project(critical, [backbone("b", 0, 0)], [ROAD]))
    assert {route.park_id for route in plan.routing.second_routes} == {"p", "q"}
    assert plan.split.total == plan.ledger.present_value


def test_a_park_beside_the_road_at_its_backbone_node_needs_nothing() -> None:
    graph = build_graph(project([park("p", 0, 100)], [backbone("b", 0, 100)], [ROAD]))
    routing = solve_routes(graph)
    assert graph.node_labels[graph.park_nodes["p"]] == "backbone:b"
    assert (routing.objective, routing.routes[0].segment_ids) == (0, ())


def test_a_park_and_a_backbone_node_of_one_id_have_spurs_of_different_ids() -> None:
    graph = build_graph(project([park("x", 3000, 100)], [backbone("x", 0, 100)], [ROAD]))
    assert graph.edge_ids[-2:] == ("spur/x/1", "spur/x/2")


def test_a_leased_duct_beside_the_road_is_used() -> None:
    """The road is 10 dollars a metre and the duct, on nobody's road, far less; both sites stand on the road."""
    duct = corridor("duct", (0, 8), (1000, 8), kind="existing_duct")
    graph = build_graph(project([park("p", 1000, 0)], [backbone("b", 0, 0)], [ROAD, duct]))
    routing = solve_routes(graph)
    assert [segment.id for segment in routing.segments] == ["duct/1", "spur/b/2", "spur/p/2"]
    assert [segment.length_mm for segment in routing.segments] == pytest.approx(
        [1_000_000, 9600, 9600], abs=20
    )
    assert routing.objective < graph.cost[graph.edge_ids.index("road/1")]


@pytest.mark.parametrize(
    ("aside", "other", "is_met"), [(0, 49, True), (0, 51, False), (100, 299, True), (100, 301, False)]
)
def test_another_kind_of_corridor_is_met_if_it_is_not_much_farther(
    aside: float, other: float, is_met: bool
) -> None:
    """The park is north of the road, the track north of the park: 50 m farther, or three times as far again."""
    track = corridor("track", (0, 0), (0, aside + other), (6000, aside + other), kind="track")
    if aside:
        track = corridor("track", (0, 0), (0, aside + other + 100), (6000, aside + other + 100), kind="track")
    graph = build_graph(project([park("p", 3000, aside)], [backbone("b", 0, 0)], [ROAD, track]))
    assert ("spur/p/2" in graph.edge_ids) == is_met


def test_of_each_kind_only_the_nearest_corridor_is_met() -> None:
    roads = [ROAD] + [
        corridor(f"track-{y}", (0, 0), (0, y), (6000, y), kind=kind)
        for y, kind in ((-20, "track"), (30, "track"), (40, "road_verge"), (45, "railway"))
    ]
    graph = build_graph(project([park("p", 3000, 0)], [backbone("b", 0, 0)], roads))
    ends = [graph.node_lonlat[graph.head[spur]] for spur in spurs(graph, "p")]
    assert ends == [pytest.approx(at(3000, y), abs=1e-5) for y in (-20, 45)]


def test_no_spur_to_another_kind_runs_along_a_road() -> None:
    """The track begins 40 m down the road: its spur would be the road at the price of a field."""
    track = corridor("track", (3040, 0), (3040, 500), kind="track")
    graph = build_graph(project([park("p", 3000, 0)], [backbone("b", 0, 0)], [ROAD, track]))
    assert graph.edge_ids == ("road/1", "road/2", "road/3", "track/1")


def test_corridors_of_two_kinds_that_meet_beside_a_park_are_met_once() -> None:
    track = corridor("track", (3000, 0), (3000, -500), kind="track")
    graph = build_graph(project([park("p", 3000, 40)], [backbone("b", 0, 0)], [ROAD, track]))
    assert len(spurs(graph, "p")) == 1


def test_a_stub_next_to_a_backbone_node_does_not_hide_the_road() -> None:
    stub = corridor("stub", (0, 10), (40, 10))
    road = corridor("road", (0, 400), (10_000, 400))
    graph = build_graph(project([park("p", 3000, 400)], [backbone("b", 0, 0)], [stub, road]))
    assert [graph.edge_ids[spur] for spur in spurs(graph, "b")] == ["spur/b/1", "spur/b/2"]
    assert [route.segment_ids for route in solve_routes(graph).routes] == [("road/1", "spur/b/2")]


def test_nor_does_a_stub_on_the_way_to_the_road() -> None:
    """However the stub lies, the node is joined to the road."""
    stub = corridor("stub", (0, 0), (0, 40))
    road = corridor("road", (0, 45), (10_000, 45))
    graph = build_graph(project([park("p", 3000, 45)], [backbone("b", 0, 0)], [stub, road]))
    assert len(solve_routes(graph).routes) == 1


def test_a_small_component_is_met_by_a_backbone_node_if_a_park_needs_it() -> None:
    """Two valleys and a backbone node between them; a third network near it serves nobody and is left alone."""
    valleys = [
        ROAD,
        corridor("valley", (0, 2000), (3000, 6000)),
        corridor("nobody", (-2000, 100), (-2000, 900)),
    ]
    parks = [park("p", 3000, 0), park("q", 3000, 6000)]
    graph = build_graph(project(parks, [backbone("b", 0, 0)], valleys))
    assert set(graph.park_nodes) == {"p", "q"}
    assert graph.unreachable == ()
    (spur,) = spurs(graph, "b")
    assert graph.edge_ids[spur] == "spur/b/2"
    assert graph.node_lonlat[graph.head[spur]] == pytest.approx(at(0, 2000), abs=1e-6)


def test_parks_off_the_road_opposite_each_other_have_a_spur_each() -> None:
    graph = build_graph(project([park("p", 3000, 100), park("q", 3000, -100)], [backbone("b", 0, 0)], [ROAD]))
    assert graph.edge_ids == ("road/1", "road/2", "spur/p/1", "spur/q/1")
    assert graph.head[2] == graph.head[3]


def test_the_entry_of_a_park_comes_before_its_middle() -> None:
    box = shapely.Polygon([at(0, 0), at(100, 0), at(100, 100), at(0, 100)])
    assert park_point(Park(id="p", geometry=box, units=1)) == pytest.approx(at(50, 50), abs=1e-6)
    gate = shapely.Point(at(100, 50))
    assert park_point(Park(id="p", geometry=box, units=1, entry=gate)) == (gate.x, gate.y)


def test_the_point_of_a_crooked_park_is_inside_it() -> None:
    hook = shapely.Polygon(
        [at(x, y) for x, y in [(0, 0), (100, 0), (100, 10), (10, 10), (10, 100), (0, 100)]]
    )
    assert not hook.covers(hook.centroid)
    assert hook.covers(shapely.Point(park_point(Park(id="p", geometry=hook, units=1))))


@pytest.mark.parametrize("separation", [1.0, 200.0, 1500.0])
def test_a_second_entry_is_as_far_from_the_first_as_asked(separation: float) -> None:
    graph = build_graph(
        project(
            [park("p", 3000, 400, tier=1)],
            [backbone("b", 0, 0)],
            [ROAD],
            routing={"entry_separation_m": separation},
        )
    )
    first, second, third = spurs(graph, "p")
    places = {spur: tuple(graph.node_lonlat[graph.head[spur]]) for spur in (first, second, third)}
    for entry in (second, third):  # one on each side
        assert distance_m(places[first], places[entry]) >= separation * (1 - 1e-6)
        assert distance_m(places[first], places[entry]) == pytest.approx(separation, rel=2e-3)
    assert distance_m(places[second], places[third]) == pytest.approx(2 * separation, rel=2e-3)
    assert graph.length_mm[first] < graph.length_mm[second] == pytest.approx(graph.length_mm[third], abs=500)
    assert graph.is_second_entry.tolist() == [n in {second, third} for n in range(graph.edge_count)]


def test_a_second_entry_goes_to_another_corridor_where_that_is_nearer() -> None:
    other = corridor("other", (10_000, 0), (3000, 900))
    graph = build_graph(
        project(
            [park("p", 3000, 400, tier=1)],
            [backbone("b", 0, 0)],
            [ROAD, other],
            routing={"entry_separation_m": 400},
        )
    )
    _, second, _ = spurs(graph, "p")
    ends = {graph.node_labels[graph.tail[second]], graph.node_labels[graph.head[second]]}
    assert "park:p" in ends
    meeting = graph.node_lonlat[graph.head[second]]
    assert distance_m(tuple(meeting), at(3000, 0)) >= 400
    on_other = {int(n) for e in np.flatnonzero(graph.corridor == 1) for n in (graph.tail[e], graph.head[e])}
    assert int(graph.head[second]) in on_other


def test_a_second_entry_lies_on_no_road_that_the_park_stands_on() -> None:
    """It would be the road at the price of a field, and hide that the road is the only way."""
    graph = build_graph(project([park("p", 3000, 0, tier=1)], [backbone("b", 0, 0)], [ROAD]))
    assert graph.edge_ids == ("road/1", "road/2")


@pytest.mark.parametrize("aside", [2, 9])
def test_nor_does_it_run_along_the_road_beside_the_park(aside: float) -> None:
    graph = build_graph(project([park("p", 3000, aside, tier=1)], [backbone("b", 0, 0)], [ROAD]))
    assert graph.edge_ids == ("road/1", "road/2", "spur/p/1")


def test_nor_along_the_next_roads_where_a_road_goes_on_under_other_names() -> None:
    """Roads of OpenStreetMap are cut at every junction: half of the way is beside one, half beside the next."""
    roads = [corridor(f"r{n}", (n * 100, 0), (n * 100 + 100, 0)) for n in range(10)]
    graph = build_graph(project([park("p", 450, 0, tier=1)], [backbone("b", 0, 0)], roads))
    assert not graph.is_second_entry.any()


def test_a_park_on_a_road_has_its_second_entry_from_another_road() -> None:
    side = corridor("side", (0, 0), (0, 300), (6000, 300))
    graph = build_graph(project([park("p", 3000, 0, tier=1)], [backbone("b", 0, 0)], [ROAD, side]))
    second, third = spurs(graph, "p")
    assert graph.edge_ids[second] == "spur/p/2"
    assert graph.is_second_entry[[second, third]].all()
    assert graph.tail[second] == graph.park_nodes["p"]
    assert graph.node_lonlat[graph.head[second]] == pytest.approx(at(3000, 300), abs=1e-5)
    assert graph.length_mm[second] == pytest.approx(300_000 * 1.2, abs=5)


def tier_one_on_asphalt(tier: int) -> Project:
    """Make a road costlier by the metre than a spur over the field, with its park at the end."""
    road = corridor("road", (0, 0), (1000, 0), surface="asphalt", length_m=1000)
    return project([park("p", 1000, 0, tier=tier)], [backbone("b", 0, 0)], [road])


def test_a_higher_tier_does_not_make_the_first_route_cheaper_and_hides_no_single_point_of_failure() -> None:
    low, high = (solve_routes(build_graph(tier_one_on_asphalt(tier))) for tier in (2, 1))
    assert high.objective == low.objective
    assert high.routes[0].segment_ids == ("road/1",)
    assert high.single_points_of_failure == {"p": ("road/1",)}


def test_the_first_route_leaves_second_entries_alone_though_they_are_cheaper() -> None:
    """The side road 300 m off is nearly free, and only second entries lead there."""
    side = corridor("side", (0, 0), (0, 300), (6000, 300), build_cost=1)
    roads = [ROAD, side]
    low, high = (
        solve_routes(build_graph(project([park("p", 3000, 0, tier=tier)], [backbone("b", 0, 0)], roads)))
        for tier in (2, 1)
    )
    assert [route.segment_ids for route in high.routes] == [("road/1",)]
    assert high.objective == low.objective
    way = high.second_routes[0].segment_ids
    assert way[0] in {"spur/p/2", "spur/p/3"}
    assert way[-1] == "side/1"
    assert high.single_points_of_failure == {}


@settings(max_examples=40, deadline=None)
@given(sketches())
def test_no_higher_tier_lowers_the_objective(sketch: Sketch) -> None:
    sketched = sketch.project()
    near = replace(sketched.settings.routing, entry_separation_m=100.0)
    cheap = dict.fromkeys(["civil__track__soil", "duct__hdpe", "cable__12", "cable__24", "cable__48"], "0.01")
    low = replace(
        sketched,
        settings=replace(sketched.settings, routing=near),
        catalogue=catalogue_of(**cheap),  # over the field rather than along a road, if only one may
    )
    high = replace(low, parks=tuple(replace(site, tier=1) for site in low.parks))
    graph = build_graph(high)
    rounding = 20 * graph.edge_count  # cents: each item on each piece is rounded by itself
    assert solve_routes(graph).objective >= solve_routes(build_graph(low)).objective - rounding


def test_where_there_is_no_room_for_a_second_entry_there_is_one() -> None:
    graph = build_graph(
        project(
            [park("p", 500, 400, tier=1)],
            [backbone("b", 0, 0)],
            [corridor("road", (0, 0), (1000, 0))],
            routing={"entry_separation_m": 800},
        )
    )
    assert len(spurs(graph, "p")) == 1


@pytest.mark.parametrize("tier", [2, 3])
def test_other_tiers_have_one_entry(tier: int) -> None:
    graph = build_graph(project([park("p", 3000, 400, tier=tier)], [backbone("b", 0, 0)], [ROAD]))
    assert len(spurs(graph, "p")) == 1


def test_a_park_that_is_too_far_is_named_with_its_nearest_corridor_and_the_distance() -> None:
    far = project([park("p", 3000, 400), park("q", 3000, 3500)], [backbone("b", 0, 0)], [ROAD])
    with pytest.raises(
        InfeasibleError, match=r"1 of 2 parks.*\n  q: .*corridor road is 3,500 m away.*3,000 m"
    ):
        build_graph(far)


def island() -> Project:
    """Make a park beside a corridor that leads nowhere."""
    return project(
        [park("p", 3000, 0), park("q", 3000, 2100)],
        [backbone("b", 0, 0)],
        [ROAD, corridor("island", (2000, 2000), (4000, 2000))],
    )


def test_a_park_beside_another_component_goes_to_one_that_leads_somewhere_if_near_enough() -> None:
    graph = build_graph(island())
    assert set(graph.park_nodes) == {"p", "q"}
    assert graph.length_mm[spurs(graph, "q")[0]] == pytest.approx(2_100_000 * 1.2, abs=50)


def test_a_park_whose_corridor_leads_nowhere_is_named_with_both_distances() -> None:
    near = project(island().parks, island().backbone, island().corridors, routing={"max_spur_m": 2000.0})
    with pytest.raises(
        InfeasibleError, match=r"q: .*corridor island \(100 m\) leads to no backbone.*2,100 m"
    ):
        build_graph(near)


def test_parks_that_cannot_be_reached_are_skipped_if_the_project_says_so() -> None:
    near = project(
        island().parks, island().backbone, island().corridors, routing={"max_spur_m": 2000.0} | SKIP
    )
    graph = build_graph(near)
    assert set(graph.park_nodes) == {"p"}
    (lost,) = graph.unreachable
    assert (lost.park_id, lost.nearest_corridor_id) == ("q", "island")
    assert lost.distance_m == pytest.approx(100, abs=0.01)
    assert any("park q is not planned" in note.message for note in graph.notes)


def test_if_no_park_can_be_reached_skipping_is_no_plan() -> None:
    with pytest.raises(InfeasibleError, match="no park can be reached"):
        build_graph(project([park("q", 3000, 9000)], [backbone("b", 0, 0)], [ROAD], routing=SKIP))


def test_two_components_each_with_a_backbone_node_both_count() -> None:
    graph = build_graph(
        project(
            [park("p", 3000, 0), park("q", 3000, 5000)],
            [backbone("b", 0, 0), backbone("c", 0, 5000)],
            [ROAD, corridor("north", (0, 5000), (10_000, 5000))],
        )
    )
    assert set(graph.park_nodes) == {"p", "q"}
    assert nx.number_connected_components(graph.to_networkx()) == 2


def test_a_backbone_node_too_far_from_every_corridor_is_left_out_with_a_note() -> None:
    graph = build_graph(
        project([park("p", 3000, 0)], [backbone("b", 0, 0), backbone("far", 0, 4000)], [ROAD])
    )
    assert set(graph.backbone_nodes) == {"b"}
    assert any("far" in note.message for note in graph.notes)


def test_if_no_backbone_node_is_near_there_is_no_plan() -> None:
    with pytest.raises(InfeasibleError, match="no backbone node lies within 3,000 m"):
        build_graph(project([park("p", 3000, 0)], [backbone("far", 0, 4000)], [ROAD]))


@pytest.mark.parametrize(
    ("field", "word"), [("parks", "park"), ("backbone", "backbone node"), ("corridors", "corridor")]
)
def test_a_project_without_something_has_no_graph(field: str, word: str) -> None:
    with pytest.raises(InfeasibleError, match=f"has no {word}"):
        build_graph(replace(one_road(), **{field: ()}))


def test_joined_ends_are_told() -> None:
    graph = build_graph(
        project([park("p", 400, 300)], [backbone("b", 0, 0)], [ROAD, corridor("arm", (400, 1), (400, 300))])
    )
    assert any("1 line ends were joined" in note.message for note in graph.notes)


def test_named_corridors_are_cut_by_sites_like_others() -> None:
    graph = build_graph(
        project([park("p", 300, 0)], [backbone("b", 0, 0)], [named("a", "1", "2", (0, 0), (1000, 0))])
    )
    assert graph.edge_ids == ("a/1", "a/2")


def test_the_same_project_gives_the_same_graph() -> None:
    one, two = build_graph(square()), build_graph(square())
    assert one.edge_ids == two.edge_ids
    assert one.node_labels == two.node_labels
    assert one.cost.tolist() == two.cost.tolist()
