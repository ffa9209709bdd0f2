"""Second routes of parks that allow no outage."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import networkx as nx
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from support.builders import backbone, corridor, named, park, project, square
from support.sketches import Sketch, sketches

from fiberplan.graph import CandidateGraph, build_graph
from fiberplan.routing import Route, Routing, solve_routes

if TYPE_CHECKING:
    from fiberplan.project.corridors import Corridor
    from fiberplan.project.model import Park, Project


def route_of(example: Project) -> tuple[Routing, Route, Route]:
    routing = solve_routes(build_graph(example))
    return routing, routing.routes[0], routing.second_routes[0]


def priced(example: Project, **prices: int) -> CandidateGraph:
    """Build a graph in which each road has the given cost."""
    graph = build_graph(example)
    return replace(graph, cost=np.array([prices[name.split("/")[0]] for name in graph.edge_ids]))


NO_SECOND_ENTRY = {"routing": {"entry_separation_m": 5000.0}}


def test_the_second_route_shares_nothing_and_ends_elsewhere() -> None:
    graph = priced(square(**NO_SECOND_ENTRY), south=10, east=11, north=12, west=13)
    routing = solve_routes(graph)
    (first,), (second,) = routing.routes, routing.second_routes
    assert (first.backbone_id, first.segment_ids) == ("b1", ("south/1",))
    assert (second.backbone_id, second.segment_ids) == ("b2", ("east/1",))
    assert second.is_second
    assert not second.shares_backbone
    assert routing.single_points_of_failure == {}
    assert [segment.is_protection for segment in routing.segments] == [False, True]
    assert (routing.objective, routing.protection_cost) == (10, 11)


@pytest.mark.parametrize("tier", [2, 3])
def test_other_tiers_have_no_second_route(tier: int) -> None:
    routing = solve_routes(build_graph(square(tier=tier)))
    assert routing.second_routes == ()
    assert routing.protection_cost == 0


def test_with_one_backbone_node_the_second_route_comes_back_to_it() -> None:
    example = square(**NO_SECOND_ENTRY)
    alone = project(list(example.parks), [example.backbone[0]], list(example.corridors), **NO_SECOND_ENTRY)
    routing, _, second = route_of(alone)
    assert second.shares_backbone
    assert second.segment_ids == ("east/1", "north/1", "west/1")
    assert routing.single_points_of_failure == {}


def tail(*, nodes: int) -> Project:
    """A park at the end of a tail that hangs on the loop: the tail is on every way."""
    example = square(**NO_SECOND_ENTRY)
    corridors = [*example.corridors, corridor("tail", (1000, 0), (2000, 0), length_m=1000)]
    return project([park("p", 2000, 0, tier=1)], list(example.backbone[:nodes]), corridors, **NO_SECOND_ENTRY)


@pytest.mark.parametrize(("nodes", "end"), [(1, "b1"), (2, "b2")])
def test_what_both_routes_must_share_is_a_single_point_of_failure(nodes: int, end: str) -> None:
    routing, first, second = route_of(tail(nodes=nodes))
    assert first.segment_ids == ("tail/1", "south/1")
    assert second.backbone_id == end
    assert second.shared_segment_ids == ("tail/1",)
    assert routing.single_points_of_failure == {"p": ("tail/1",)}


def test_where_there_is_only_one_way_all_of_it_is_a_single_point_of_failure() -> None:
    routing, first, second = route_of(
        project(
            [park("p", 2000, 0, tier=1)],
            [backbone("b", 0, 0)],
            [corridor("a", (0, 0), (1000, 0)), corridor("c", (1000, 0), (2000, 0))],
            **NO_SECOND_ENTRY,
        )
    )
    assert first.segment_ids == second.segment_ids == second.shared_segment_ids
    assert second.shares_backbone
    assert routing.protection_cost == 0


def test_parallel_corridors_protect_each_other() -> None:
    routing, first, second = route_of(
        project(
            [park("p", 1000, 0, tier=1)],
            [backbone("b", 0, 0)],
            [corridor("road", (0, 0), (1000, 0)), corridor("rail", (0, 0), (1000, 0), kind="railway")],
            **NO_SECOND_ENTRY,
        )
    )
    assert (first.segment_ids, second.segment_ids) == (("road/1",), ("rail/1",))
    assert routing.single_points_of_failure == {}


def test_the_second_entry_of_a_park_is_used() -> None:
    """A park aside of a loop: two spurs, so that not even the way into the park is shared."""
    example = square()
    aside = project([park("p", 500, -300, tier=1)], list(example.backbone), list(example.corridors))
    routing, first, second = route_of(aside)
    assert {name.rpartition("/")[0] for name in (first.segment_ids[0], second.segment_ids[0])} == {"spur/p"}
    assert not set(first.segment_ids) & set(second.segment_ids)
    assert routing.single_points_of_failure == {}


def test_what_is_built_already_costs_the_next_park_nothing() -> None:
    """Two parks of tier 1 beside each other: the far way round is built once, though it is costly."""
    nodes = [backbone("b1", 0, 0), backbone("b2", 0, 3000)]
    corridors = [
        named("south", "1", "2", (0, 0), (1000, 0), length_m=1000),
        named("next", "2", "3", (1000, 0), (1200, 0), length_m=200),
        named("up", "3", "4", (1200, 0), (1200, 3000), length_m=3000),
        named("north", "4", "5", (1200, 3000), (0, 3000), length_m=1200),
    ]
    parks = [park("p", 1000, 0, tier=1), park("q", 1200, 0, tier=1)]
    example = project(parks, nodes, corridors, **NO_SECOND_ENTRY)
    routing = solve_routes(priced(example, south=100, next=20, up=300, north=120))
    assert routing.objective == 120
    assert routing.protection_cost == 420
    assert {route.backbone_id for route in routing.second_routes} == {"b2"}


def test_costs_near_the_limit_do_not_overflow() -> None:
    """Nine edges of 2**58 on the only way, each a single point of failure."""
    share = 2**58 // 100
    corridors = [
        named(f"c{n}", str(n), str(n + 1), (n * 100, 0), (n * 100 + 100, 0), build_cost=share)
        for n in range(9)
    ]
    routing, first, second = route_of(
        project([park("p", 900, 0, tier=1)], [backbone("b", 0, 0)], corridors, **NO_SECOND_ENTRY)
    )
    assert second.shared_segment_ids == first.segment_ids
    assert routing.objective > 2**61


def union(routing: Routing, first: Route, second: Route) -> nx.MultiGraph:
    """Build the network of the two routes, with all backbone nodes as one."""
    network = nx.MultiGraph()
    ends = {first.nodes[-1], second.nodes[-1]}
    for name in sorted({*first.segment_ids, *second.segment_ids}):
        segment = routing.segment(name)
        network.add_edge(
            *("root" if node in ends else node for node in (segment.tail, segment.head)), key=name
        )
    network.add_nodes_from(["root", first.nodes[0]])
    return network


def cuts(network: nx.MultiGraph, start: str) -> set[str]:
    """Find the edges whose loss alone parts a park from the backbone."""
    keys = set()
    for a, b, key in network.edges(keys=True):
        rest = network.copy()
        rest.remove_edge(a, b, key=key)
        if not nx.has_path(rest, start, "root"):
            keys.add(key)
    return keys


@st.composite
def ladders(draw: st.DrawFn) -> Sketch:
    """Draw a ladder with a cheap zigzag over its rungs and costly sides, often a trap for the park in one corner."""
    cheap, costly = st.integers(1, 20), st.integers(500, 9000)
    roads = [(tail, head, draw(cheap)) for tail, head in ((0, 3), (3, 4), (4, 1), (1, 2), (2, 5))]
    roads += [(tail, head, draw(costly)) for tail, head in ((0, 1), (4, 5))]
    junction = st.integers(0, 5)
    more = draw(st.lists(st.tuples(junction, junction, costly), max_size=2))
    parks = draw(st.lists(st.integers(1, 4), max_size=3, unique=True))
    nodes = draw(st.lists(junction.filter(bool), max_size=1))
    roads += [road for road in more if road[0] != road[1]]
    return Sketch(tuple(roads), (0, *parks), tuple({5, *nodes}), tier=1)


@settings(max_examples=100, deadline=None)
@given(sketches(tier=1) | ladders())
def test_second_routes_have_the_properties_that_they_report(sketch: Sketch) -> None:
    graph = build_graph(sketch.project())
    routing = solve_routes(graph)
    view = graph.to_networkx()
    backbones = {graph.node_labels[node] for node in graph.backbone_nodes.values()}
    firsts = {route.park_id: route for route in routing.routes}
    assert set(firsts) == {route.park_id for route in routing.second_routes}
    for second in routing.second_routes:
        first = firsts[second.park_id]
        shared = set(first.segment_ids) & set(second.segment_ids)
        assert set(second.shared_segment_ids) == shared
        assert second.shares_backbone == (first.nodes[-1] == second.nodes[-1])
        start = first.nodes[0]
        rest = view.copy()
        rest.remove_edges_from([edge for edge in view.edges(keys=True) if edge[2] in set(first.segment_ids)])
        reached = nx.node_connected_component(rest, start) & backbones
        assert bool(reached) == (not shared)
        if reached - {first.nodes[-1]}:
            assert not second.shares_backbone
        if start not in backbones:
            assert cuts(union(routing, first, second), start) <= shared
    built = {segment.id for segment in routing.segments}
    assert built == {name for route in routing.routes + routing.second_routes for name in route.segment_ids}


@settings(max_examples=100, deadline=None)
@given(sketches(tier=1) | ladders(), st.data())
def test_single_points_of_failure_are_the_bridges_of_both_routes(sketch: Sketch, data: st.DataObject) -> None:
    """Unless the second route runs against the first somewhere, in a trap; see below."""
    routing = solve_routes(build_graph(sketch.project()))
    second = data.draw(st.sampled_from(routing.second_routes))
    first = next(route for route in routing.routes if route.park_id == second.park_id)
    steps = {name: pair for route in (first,) for name, pair in _steps(route)}
    against = [name for name, pair in _steps(second) if name in steps and steps[name] != pair]
    if first.segment_ids and not against:
        separating = cuts(union(routing, first, second), first.nodes[0])
        assert separating == set(routing.single_points_of_failure.get(second.park_id, ()))


def _steps(route: Route) -> list[tuple[str, tuple[str, str]]]:
    return list(zip(route.segment_ids, zip(route.nodes, route.nodes[1:], strict=False), strict=True))


def _ladder(parks: list[Park], *extra: Corridor, start: str = "p") -> Project:
    """Build a trap: the cheap way uses the rung ``u-v`` of a ladder, which its two sides, both costly, do not need."""
    j = {start: (0, 0), "u1": (0, 1000), "u": (500, 1000), "v": (500, 0), "v1": (1000, 0), "b": (1500, 500)}

    def road(a: str, b: str, cost: int) -> Corridor:
        return named(f"{a}-{b}", a, b, j[a], j[b], build_cost=cost)

    corridors = [
        road(start, "u1", 1),
        road("u1", "u", 1),
        road("u", "v", 1),
        road("v", "v1", 1),
        road("v1", "b", 1),
        road(start, "v", 90_000),
        road("u", "b", 90_000),
    ]
    return project(parks, [backbone("b", 1500, 500)], [*corridors, *extra], **NO_SECOND_ENTRY)


def test_both_ways_of_a_trap_are_replaced_where_another_park_uses_the_rung() -> None:
    """Park q at ``u`` keeps the rung lit, so p can take the two sides of the ladder: no edge is shared."""
    routing = solve_routes(build_graph(_ladder([park("p", 0, 0, tier=1), park("q", 500, 1000)])))
    first, other = routing.routes
    (second,) = routing.second_routes
    assert other.segment_ids == ("u-v/1", "v-v1/1", "v1-b/1")
    assert {first.segment_ids, second.segment_ids} == {
        ("p-u1/1", "u1-u/1", "u-b/1"),
        ("p-v/1", "v-v1/1", "v1-b/1"),
    }
    assert routing.single_points_of_failure == routing.avoidable_points_of_failure == {}
    added = {segment.id for segment in routing.segments if segment.is_protection}
    assert added == {"p-v/1", "u-b/1"}
    assert routing.objective == routing.report.objective == routing.bound


def test_a_trap_stays_without_another_park_and_is_listed_as_avoidable() -> None:
    """Nobody but p uses the rung: off it, a part of the tree would be built for nothing."""
    routing, first, second = route_of(_ladder([park("p", 0, 0, tier=1)]))
    assert first.segment_ids == ("p-u1/1", "u1-u/1", "u-v/1", "v-v1/1", "v1-b/1")
    assert second.segment_ids == ("p-v/1", "u-v/1", "u-b/1")
    assert second.shared_segment_ids == second.avoidable_segment_ids == ("u-v/1",)
    assert routing.single_points_of_failure == routing.avoidable_points_of_failure == {"p": ("u-v/1",)}
    assert cuts(union(routing, first, second), "park:p") == set()


def test_a_bridge_before_a_trap_stays_a_single_point_of_failure() -> None:
    example = _ladder(
        [park("p", -1000, 0, tier=1), park("q", 500, 1000)],
        named("bridge", "p", "s", (-1000, 0), (0, 0), build_cost=1),
        start="s",
    )
    routing, first, second = route_of(example)
    assert first.segment_ids[0] == second.segment_ids[0] == "bridge/1"
    assert routing.single_points_of_failure == {"p": ("bridge/1",)}
    assert routing.avoidable_points_of_failure == {}
    assert cuts(union(routing, first, second), "park:p") == {"bridge/1"}


def test_a_trap_with_two_backbone_nodes_is_left_for_both_of_them() -> None:
    """As above with the upper side ending at a node of its own."""
    one = _ladder([park("p", 0, 0, tier=1), park("q", 500, 1000)])
    roads = [road for road in one.corridors if road.id != "u-b"]
    up = named("u-c", "u", "c", (500, 1000), (500, 2000), build_cost=90_000)
    nodes = [*one.backbone, backbone("c", 500, 2000)]
    routing, first, second = route_of(project(list(one.parks), nodes, [*roads, up], **NO_SECOND_ENTRY))
    assert {first.backbone_id, second.backbone_id} == {"b", "c"}
    assert not second.shares_backbone
    assert routing.single_points_of_failure == {}


@pytest.mark.parametrize("order", [(0, 1, 2), (2, 1, 0), (1, 2, 0)])
def test_the_second_route_ends_at_the_first_backbone_node_that_it_comes_to(order: tuple[int, ...]) -> None:
    """From the near node on to the far one the road costs nothing, so by price alone both are as good."""
    nodes = [backbone("home", -1000, 0), backbone("near", 2000, 0), backbone("far", 5000, 0)]
    roads = [
        named("a", "home", "p", (-1000, 0), (0, 0)),
        named("b", "p", "near", (0, 0), (2000, 0)),
        named("c", "far", "near", (5000, 0), (2000, 0)),
    ]
    example = project([park("p", 0, 0, tier=1)], nodes, [roads[n] for n in order], **NO_SECOND_ENTRY)
    (second,) = solve_routes(priced(example, a=1000, b=2000, c=0)).second_routes
    assert (second.backbone_id, second.segment_ids) == ("near", ("b/1",))


@pytest.mark.parametrize("order", [1, -1])
def test_of_second_routes_that_cost_the_same_the_shorter_is_taken(order: int) -> None:
    roads = [
        named("long", "1", "2", (0, 0), (1000, 0), length_m=3000),
        named("short", "1", "2", (0, 0), (1000, 0), length_m=2000),
    ]
    example = project(
        [park("p", 1000, 0, tier=1)],
        [backbone("b", 0, 0)],
        [named("first", "1", "2", (0, 0), (1000, 0), length_m=1000), *roads[::order]],
        **NO_SECOND_ENTRY,
    )
    (second,) = solve_routes(priced(example, first=1, long=5, short=5)).second_routes
    assert second.segment_ids == ("short/1",)


def test_fewer_shared_edges_come_before_another_backbone_node() -> None:
    """Only ``tail`` must be shared on the way back to b1; whoever goes on to b2 shares ``trunk`` as well."""
    roads = [
        named("tail", "p", "j", (0, 0), (1000, 0)),
        named("trunk", "j", "k", (1000, 0), (2000, 0)),
        named("end", "k", "b1", (2000, 0), (3000, 0)),
        named("round", "j", "b1", (1000, 0), (2000, 500), (3000, 0)),
        named("far", "k", "b2", (2000, 0), (2000, -1000)),
    ]
    example = project(
        [park("p", 0, 0, tier=1)],
        [backbone("b1", 3000, 0), backbone("b2", 2000, -1000)],
        roads,
        **NO_SECOND_ENTRY,
    )
    routing = solve_routes(priced(example, tail=1, trunk=1, end=1, round=50, far=40))
    (second,) = routing.second_routes
    assert routing.routes[0].segment_ids == ("tail/1", "trunk/1", "end/1")
    assert (second.backbone_id, second.segment_ids) == ("b1", ("tail/1", "round/1"))
    assert routing.single_points_of_failure == {"p": ("tail/1",)}


@settings(max_examples=60, deadline=None)
@given(ladders())
def test_an_avoidable_point_is_no_bridge_and_stays_only_because_of_the_tree(sketch: Sketch) -> None:
    """Against every pair of ways: one with fewer shared edges would leave a part of the tree unused."""
    graph = build_graph(sketch.project())
    routing = solve_routes(graph)
    assert routing.objective == routing.report.objective
    view = nx.MultiGraph(graph.to_networkx().edges(keys=True))
    backbones = {graph.node_labels[node] for node in graph.backbone_nodes.values()}
    tree = {segment.id for segment in routing.segments if not segment.is_protection}
    for second in routing.second_routes:
        first = next(route for route in routing.routes if route.park_id == second.park_id)
        start = first.nodes[0]
        for name in second.shared_segment_ids:
            rest = view.copy()
            rest.remove_edges_from([edge for edge in view.edges(keys=True) if edge[2] == name])
            is_bridge = not nx.node_connected_component(rest, start) & backbones
            assert is_bridge == (name not in second.avoidable_segment_ids)
        if not second.avoidable_segment_ids:
            continue
        others = {
            name
            for route in routing.routes + routing.second_routes
            if route.park_id != second.park_id
            for name in route.segment_ids
        }
        ways = [
            {key for _, _, key in edges}
            for end in backbones
            for edges in nx.all_simple_edge_paths(view, start, end)
        ]
        for one in ways:
            for two in ways:
                if len(one & two) < len(second.shared_segment_ids):
                    assert not tree <= others | one | two
