"""Where corridors join and where they only seem to."""

from __future__ import annotations

from collections import defaultdict
from decimal import Decimal

import networkx as nx
import pytest
import shapely
from hypothesis import given
from hypothesis import strategies as st
from support.builders import PLANE, at, corridor, line, named, one_road, park, project
from support.builders import backbone as node

from fiberplan.crs import length_m
from fiberplan.graph import CandidateGraph, build_graph
from fiberplan.graph.noding import CorridorNetwork
from fiberplan.project.corridors import Corridor


def network_of(*corridors: Corridor, tolerance_m: float = 2.0) -> CorridorNetwork:
    return CorridorNetwork(corridors, PLANE, tolerance_m)


def graph_of(*corridors: Corridor, tolerance_m: float = 2.0) -> nx.MultiGraph:
    graph = nx.MultiGraph()
    for piece in network_of(*corridors, tolerance_m=tolerance_m).pieces():
        graph.add_edge(piece.tail, piece.head, key=(corridors[piece.corridor].id, piece.number))
    return graph


def ids(graph: nx.MultiGraph) -> list[tuple[str, int]]:
    return sorted(key for _, _, key in graph.edges(keys=True))


def test_corridors_join_at_a_shared_vertex_and_are_cut_there() -> None:
    graph = graph_of(corridor("a", (0, 0), (500, 0), (1000, 0)), corridor("b", (500, 0), (500, 300)))
    assert nx.is_connected(graph)
    assert ids(graph) == [("a", 0), ("a", 1), ("b", 0)]
    assert sorted(degree for _, degree in graph.degree()) == [1, 1, 1, 3]


def test_two_corridors_that_share_inner_vertices_join_there() -> None:
    graph = graph_of(
        corridor("a", (0, 0), (500, 0), (1000, 0)), corridor("b", (500, -300), (500, 0), (500, 300))
    )
    assert len(ids(graph)) == 4
    assert max(degree for _, degree in graph.degree()) == 4


def test_an_end_within_the_tolerance_of_the_middle_of_another_cuts_it() -> None:
    corridors = corridor("a", (0, 0), (1000, 0)), corridor("b", (400, 1.5), (400, 300))
    graph = graph_of(*corridors)
    assert nx.is_connected(graph)
    assert ids(graph) == [("a", 0), ("a", 1), ("b", 0)]
    assert network_of(*corridors).joined_ends == 1
    first, second, _ = network_of(*corridors).pieces()
    assert first.length_mm == pytest.approx(400_000, abs=10)
    assert second.length_mm == pytest.approx(600_000, abs=10)
    assert first.geometry.coords[-1] == second.geometry.coords[0] == pytest.approx(at(400, 0))


def test_two_ends_within_the_tolerance_of_each_other_join_without_a_cut() -> None:
    graph = graph_of(corridor("a", (0, 0), (1000, 0)), corridor("b", (1001, 1), (2000, 0)))
    assert nx.is_connected(graph)
    assert ids(graph) == [("a", 0), ("b", 0)]


def test_an_end_near_a_cut_that_is_there_takes_that_cut() -> None:
    graph = graph_of(
        corridor("a", (0, 0), (500, 0), (1000, 0)),
        corridor("b", (500, 0), (500, 300)),
        corridor("c", (501, -1), (501, -300)),
    )
    assert ids(graph) == [("a", 0), ("a", 1), ("b", 0), ("c", 0)]
    assert max(degree for _, degree in graph.degree()) == 4


def test_an_end_beyond_the_tolerance_does_not_join() -> None:
    corridors = corridor("a", (0, 0), (1000, 0)), corridor("b", (400, 2.5), (400, 300))
    assert not nx.is_connected(graph_of(*corridors))
    assert nx.is_connected(graph_of(*corridors, tolerance_m=3))
    assert not nx.is_connected(graph_of(*corridors, tolerance_m=0))


def test_a_mere_crossing_does_not_join() -> None:
    graph = graph_of(corridor("a", (0, 0), (1000, 0)), corridor("b", (500, -500), (500, 500)))
    assert nx.number_connected_components(graph) == 2
    assert ids(graph) == [("a", 0), ("b", 0)]


def test_named_junctions_join_by_name_alone() -> None:
    """They cross, share a vertex, even share an end point: only the name counts."""
    graph = graph_of(
        named("a", "1", "2", (0, 0), (500, 0), (1000, 0)),
        named("b", "3", "4", (500, -300), (500, 0), (500, 300)),
        named("c", "5", "6", (1000, 0), (1500, 0)),
        named("d", "2", "7", (1000, 0), (1000, 500)),
    )
    assert sorted(len(part) for part in nx.connected_components(graph)) == [2, 2, 3]
    assert ids(graph) == [("a", 0), ("b", 0), ("c", 0), ("d", 0)]


def test_the_ends_of_corridors_without_names_join_named_ones() -> None:
    """A planner may add a line of her own to a folder made from OpenStreetMap."""
    graph = graph_of(
        named("n", "1", "2", (0, 0), (1000, 0)),
        corridor("shares", (0, 0), (0, 500)),
        corridor("near", (500, 1), (500, 500)),
        corridor("crosses", (250, -500), (250, 500)),
    )
    assert sorted(len(part) for part in nx.connected_components(graph)) == [2, 5]


def test_ends_that_meet_each_other_still_join_a_third_corridor_nearby() -> None:
    graph = graph_of(
        corridor("main", (0, 0), (1000, 0)),
        corridor("one", (500, 1), (300, 500)),
        corridor("two", (500, 1), (700, 500)),
    )
    assert nx.is_connected(graph)
    assert ids(graph) == [("main", 0), ("main", 1), ("one", 0), ("two", 0)]


def test_the_same_name_joins_places_that_are_apart() -> None:
    """Data that knows its topology is believed: a roundabout may be one junction."""
    graph = graph_of(named("a", "1", "2", (0, 0), (1000, 0)), named("b", "2", "3", (1020, 0), (2000, 0)))
    assert nx.is_connected(graph)


def test_parallel_corridors_stay_parallel() -> None:
    graph = graph_of(
        corridor("road", (0, 0), (1000, 0)),
        corridor("duct", (0, 0), (1000, 0)),
        corridor("detour", (0, 0), (500, 50), (1000, 0)),
    )
    assert graph.number_of_nodes() == 2
    assert ids(graph) == [("detour", 0), ("duct", 0), ("road", 0)]


def test_a_ring_joins_where_others_touch_it() -> None:
    ring = corridor("ring", (0, 0), (100, 0), (100, 100), (0, 100), (0, 0))
    graph = graph_of(ring, corridor("in", (-500, 0), (0, 0)), corridor("out", (100, 100), (500, 100)))
    assert nx.is_connected(graph)
    assert ids(graph) == [("in", 0), ("out", 0), ("ring", 0), ("ring", 1)]
    assert graph.number_of_edges() == graph.number_of_nodes()


def test_a_ring_that_touches_nothing_is_left_out_and_one_with_a_park_is_not() -> None:
    ring = corridor("ring", (0, 0), (100, 0), (100, 100), (0, 100), (0, 0))
    assert graph_of(ring).number_of_edges() == 0
    result = build_graph(project([park("p", 100, 100)], [node("b", 0, 0)], [ring]))
    assert result.edge_ids == ("ring/1", "ring/2")
    assert sum(result.length_mm) == pytest.approx(400_000, abs=20)


def test_a_corridor_shorter_than_a_place_vanishes_and_joins_its_ends() -> None:
    graph = graph_of(
        corridor("a", (0, 0), (1000, 0)),
        corridor("tiny", (1000, 0), (1000.3, 0)),
        corridor("b", (1000.3, 0), (2000, 0)),
    )
    assert ids(graph) == [("a", 0), ("b", 0)]
    assert nx.is_connected(graph)


def pieces_by_corridor(graph: CandidateGraph) -> dict[str, list[int]]:
    pieces = defaultdict(list)
    for edge in range(graph.edge_count):
        if graph.corridor[edge] >= 0:
            pieces[graph.project.corridors[graph.corridor[edge]].id].append(edge)
    return pieces


@given(
    st.lists(st.integers(1, 9999), max_size=8, unique=True),
    st.one_of(st.none(), st.floats(0.001, 20_000)),
)
def test_pieces_share_their_corridor_exactly(places: list[int], measured: float | None) -> None:
    """However many parks cut it: lengths sum to the measured one in millimetres, shares to one, lines to the line."""
    road = corridor("road", (0, 0), (4000, 3000), (10_000, 3000), length_m=measured)
    parks = [park(f"p{x}", x, 2900) for x in places] + [park("end", 10_000, 3000)]
    result = build_graph(project(parks, [node("b", 0, 0)], [road]))
    (edges,) = pieces_by_corridor(result).values()
    assert sum(result.corridor_share[edge] for edge in edges) == 1
    total_mm = int(result.length_mm[edges].sum())
    if measured is None:
        assert total_mm == round(length_m(road.geometry) * 1000)
    else:
        assert total_mm == round(measured * 1000)
    whole = shapely.line_merge(shapely.MultiLineString([result.geometry[edge] for edge in edges]))
    assert whole.geom_type == "LineString"
    assert length_m(whole) == pytest.approx(length_m(road.geometry), rel=1e-7)
    if measured is not None and measured > 100:
        for edge in edges:
            share = length_m(result.geometry[edge]) / length_m(road.geometry)
            assert int(result.length_mm[edge]) == pytest.approx(share * measured * 1000, abs=2)


def test_a_measured_length_is_divided_by_geometry() -> None:
    road = corridor("road", (0, 0), (1000, 0), length_m=2000)
    result = build_graph(project([park("p", 250, 0), park("q", 1000, 0)], [node("b", 0, 0)], [road]))
    assert result.length_mm.tolist() == pytest.approx([500_000, 1_500_000], abs=2)
    assert sum(result.length_mm) == 2_000_000
    assert [float(share) for share in result.corridor_share] == pytest.approx([0.25, 0.75], abs=1e-6)


def test_heights_of_a_line_do_no_harm() -> None:
    high = Corridor(id="high", geometry=shapely.LineString([(*at(0, 0), 900), (*at(1000, 0), 950)]))
    result = build_graph(project([park("p", 500, 0)], [node("b", 0, 0)], [high]))
    assert result.node_lonlat.shape == (3, 2)


def test_edges_run_from_tail_to_head_and_tell_their_corridor() -> None:
    result = build_graph(one_road())
    view = result.to_networkx()
    (edge,) = view.edges(keys=True, data=True)
    assert edge == (
        "backbone:b",
        "park:p",
        "road/1",
        {"length_m": 1000.0, "cost": int(result.cost[0]), "corridor_id": "road", "role": "corridor"},
    )
    assert result.geometry[0].equals_exact(line((0, 0), (1000, 0)), 1e-9)
    assert result.corridor_share == (Decimal(1),)
    lonlat = [view.nodes[label][key] for label in ("backbone:b", "park:p") for key in ("lon", "lat")]
    assert lonlat == pytest.approx([*at(0, 0), *at(1000, 0)])


@given(st.permutations(range(4)), st.lists(st.booleans(), min_size=4, max_size=4))
def test_neither_order_nor_direction_of_corridors_changes_what_joins(
    order: list[int], flip: list[bool]
) -> None:
    points = [
        [(0, 0), (500, 0), (1000, 0)],
        [(500, 0), (500, 300)],
        [(501, -1), (501, -300)],
        [(700, 1), (700, 400)],
    ]
    graph = graph_of(*(corridor(f"c{n}", *(reversed(points[n]) if flip[n] else points[n])) for n in order))
    assert nx.is_connected(graph)
    assert sorted(degree for _, degree in graph.degree()) == [1, 1, 1, 1, 1, 3, 4]


def test_vertices_on_both_sides_of_a_border_of_the_grid_are_one_place() -> None:
    """Two roads share a vertex to a fifth of a millimetre; rounded to the grid it falls into two cells."""
    first = shapely.LineString([(48.35, 33.48), (48.36000005 - 1e-9, 33.5), (48.37, 33.51)])
    second = shapely.LineString([(48.36000005 + 1e-9, 33.5), (48.39, 33.5)])
    apart = shapely.LineString([(48.36000005 + 1.3e-7, 33.5), (48.39, 33.5)])
    corridors = [Corridor(id=name, geometry=shape) for name, shape in (("a", first), ("b", second))]
    assert nx.is_connected(graph_of(*corridors, tolerance_m=0))
    corridors[1] = Corridor(id="b", geometry=apart)
    assert not nx.is_connected(graph_of(*corridors, tolerance_m=0))


def test_loose_ends_near_another_corridor_are_counted_as_near_misses() -> None:
    road, spur = corridor("a", (0, 0), (1000, 0)), corridor("b", (400, 4), (400, 300))
    (miss,) = network_of(road, spur).near_misses
    assert miss == (pytest.approx(4, abs=0.01), 1, 0)
    assert not network_of(road, corridor("b", (400, 1.9), (400, 300))).near_misses
    assert not network_of(road, corridor("b", (400, 21), (400, 300))).near_misses
    joined = corridor("c", (400, 4), (700, 200))
    assert not [miss for miss in network_of(road, spur, joined).near_misses if miss[1] == 1]
