"""Sites reach the corridors, or are named with the reason why not."""

from __future__ import annotations

from dataclasses import replace

import networkx as nx
import numpy as np
import pytest
import shapely
from builders import at, backbone, corridor, named, one_road, park, project, square

from fiberplan.crs import distance_m
from fiberplan.errors import InfeasibleError
from fiberplan.graph import CandidateGraph, EdgeRole, build_graph
from fiberplan.graph.snapping import park_point
from fiberplan.model import Park, Project

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


def test_parks_off_the_road_at_one_place_have_a_spur_each() -> None:
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
    first, second = spurs(graph, "p")
    places = [tuple(graph.node_lonlat[graph.head[spur]]) for spur in (first, second)]
    assert distance_m(*places) >= separation * (1 - 1e-6)
    assert distance_m(*places) == pytest.approx(separation, rel=2e-3)
    assert graph.length_mm[first] < graph.length_mm[second]


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
    _, second = spurs(graph, "p")
    ends = {graph.node_labels[graph.tail[second]], graph.node_labels[graph.head[second]]}
    assert "park:p" in ends
    meeting = graph.node_lonlat[graph.head[second]]
    assert distance_m(tuple(meeting), at(3000, 0)) >= 400
    on_other = {int(n) for e in np.flatnonzero(graph.corridor == 1) for n in (graph.tail[e], graph.head[e])}
    assert int(graph.head[second]) in on_other


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
