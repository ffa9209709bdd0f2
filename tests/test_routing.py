"""The cheapest routes: against brute force, a flow formulation, and themselves under symmetries."""

from __future__ import annotations

from dataclasses import replace
from itertools import combinations
from typing import TYPE_CHECKING

import networkx as nx
import numpy as np
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st
from ortools.math_opt.python import mathopt
from support.builders import BARE, at, backbone, catalogue_of, corridor, one_road, park, project, square, star
from support.sketches import Sketch, sketches

from fiberplan.datasets import synthetic
from fiberplan.errors import InfeasibleError
from fiberplan.graph import CandidateGraph, build_graph
from fiberplan.routing import Routing, solve_routes
from fiberplan.solvers.run.report import LogEntry, Status

if TYPE_CHECKING:
    from fiberplan.project.model import Project


def brute_force(graph: CandidateGraph, parks: list[int]) -> int:
    """Cheapest subset of edges in which every park is in one component with a backbone node."""
    ends = list(zip(graph.tail.tolist(), graph.head.tolist(), graph.cost.tolist(), strict=True))
    roots = list(graph.backbone_nodes.values())
    best = sum(graph.cost.tolist())
    for bits in range(1 << len(ends)):
        chosen = [ends[n] for n in range(len(ends)) if bits >> n & 1]
        cost = sum(entry[2] for entry in chosen)
        if cost >= best:
            continue
        label = list(range(graph.node_count))
        for tail, head, _ in [*chosen, *((roots[0], root, 0) for root in roots)]:
            old, new = label[tail], label[head]
            label = [new if name == old else name for name in label]
        if all(label[node] == label[roots[0]] for node in parks):
            best = cost
    return best


def check_tree(graph: CandidateGraph, routing: Routing) -> None:
    """Hold the routing to what it says of itself, with networkx and the graph alone."""
    tree = nx.MultiGraph()
    known = {edge_id: number for number, edge_id in enumerate(graph.edge_ids)}
    for segment in routing.segments:
        edge = known[segment.id]
        assert segment.cost == graph.cost[edge]
        assert {segment.tail, segment.head} == {
            graph.node_labels[graph.tail[edge]],
            graph.node_labels[graph.head[edge]],
        }
        if not segment.is_protection:
            tree.add_edge(segment.tail, segment.head, key=segment.id)
    for node in graph.backbone_nodes.values():
        tree.add_edge("root", graph.node_labels[node], key=f"root-{node}")
    used = set()
    for route in routing.routes:
        assert route.nodes[0] == graph.node_labels[graph.park_nodes[route.park_id]]
        assert route.nodes[-1] == graph.node_labels[graph.backbone_nodes[route.backbone_id]]
        for segment_id, (a, b) in zip(
            route.segment_ids, zip(route.nodes[1:], route.nodes, strict=False), strict=True
        ):
            assert tree.has_edge(a, b, key=segment_id)
        assert route.length_mm == sum(routing.segment(name).length_mm for name in route.segment_ids)
        used.update(route.segment_ids)
        assert nx.has_path(tree, route.nodes[0], "root")
    built = {segment.id for segment in routing.segments if not segment.is_protection}
    assert built == used
    forest = tree.copy()
    forest.remove_node("root")
    assert nx.is_forest(forest)
    assert routing.objective == sum(graph.cost[known[name]] for name in built) == routing.report.objective
    assert routing.bound <= routing.objective


@settings(max_examples=60, deadline=None)
@given(sketches())
def test_no_subset_of_edges_is_cheaper(sketch: Sketch) -> None:
    graph = build_graph(sketch.project())
    assert graph.edge_count <= 10
    routing = solve_routes(graph)
    check_tree(graph, routing)
    assert routing.status is Status.OPTIMAL
    assert routing.objective == routing.bound == brute_force(graph, list(graph.park_nodes.values()))


@settings(max_examples=25, deadline=None)
@given(sketches(), st.data())
def test_a_costlier_trench_never_makes_a_cheaper_plan(sketch: Sketch, data: st.DataObject) -> None:
    which = data.draw(st.integers(0, len(sketch.roads) - 1))
    more = data.draw(st.integers(1, 5000))
    tail, head, cost = sketch.roads[which]
    costlier = replace(
        sketch, roads=(*sketch.roads[:which], (tail, head, cost + more), *sketch.roads[which + 1 :])
    )
    bare = catalogue_of(**BARE)
    before, after = (
        solve_routes(build_graph(replace(one.project(), catalogue=bare))).objective
        for one in (sketch, costlier)
    )
    assert before <= after <= before + more * 100


@settings(max_examples=25, deadline=None)
@given(sketches(), st.data())
def test_neither_order_nor_names_nor_directions_change_the_cost(sketch: Sketch, data: st.DataObject) -> None:
    order = data.draw(st.permutations(range(len(sketch.roads))))
    original = sketch.project()
    mixed = [original.corridors[n] for n in order]
    renamed = tuple(
        replace(
            road,
            id=f"x{n}",
            geometry=road.geometry.reverse(),
            from_node=f"k{road.to_node}",
            to_node=f"k{road.from_node}",
        )
        for n, road in enumerate(mixed)
    )
    parks = tuple(replace(site, id=f"z-{site.id}") for site in reversed(original.parks))
    other = replace(original, corridors=renamed, parks=parks, backbone=original.backbone[::-1], demand=())
    first, second = solve_routes(build_graph(original)), solve_routes(build_graph(other))
    assert first.objective == second.objective
    assert len(first.routes) == len(second.routes)


def test_the_same_project_gives_the_same_routes(lorestan_project: Project) -> None:
    assert solve_routes(build_graph(lorestan_project)) == solve_routes(build_graph(lorestan_project))


def test_the_trunk_is_paid_once() -> None:
    routing = solve_routes(build_graph(star(catalogue=catalogue_of(**BARE))))
    assert routing.objective == 100 * 10 * 4000
    assert {route.park_id: route.segment_ids for route in routing.routes} == {
        "p": ("arm-p/1", "trunk/1"),
        "q": ("arm-q/1", "trunk/1"),
    }
    assert [route.length_km for route in routing.routes] == [3, 3]


def test_of_parallel_corridors_the_cheaper_is_taken() -> None:
    parallel = project(
        [park("p", 1000, 0)],
        [backbone("b", 0, 0)],
        [
            corridor("paved", (0, 0), (1000, 0), surface="asphalt", length_m=1000),
            corridor("cheap", (0, 0), (500, 60), (1000, 0), length_m=1100),
        ],
        catalogue=catalogue_of(**BARE),
    )
    routing = solve_routes(build_graph(parallel))
    assert [segment.id for segment in routing.segments] == ["cheap/1"]
    assert routing.objective == 1_100_000


def test_every_park_takes_the_backbone_node_that_is_cheaper_for_all() -> None:
    routing = solve_routes(build_graph(square(tier=2)))
    (route,) = routing.routes
    assert (route.backbone_id, route.segment_ids) == ("b1", ("south/1",))


def test_a_park_at_a_backbone_node_needs_nothing() -> None:
    routing = solve_routes(
        build_graph(project([park("p", 0, 0)], [backbone("b", 0, 0)], [corridor("c", (0, 0), (1000, 0))]))
    )
    assert routing.segments == ()
    assert routing.objective == routing.bound == 0
    assert routing.status is Status.OPTIMAL
    (route,) = routing.routes
    assert (route.segment_ids, route.backbone_id, route.length_km) == ((), "b", 0)


def test_only_the_listed_parks_are_connected() -> None:
    graph = build_graph(star(catalogue=catalogue_of(**BARE)))
    routing = solve_routes(graph, parks=["q", "q"])
    assert [route.park_id for route in routing.routes] == ["q"]
    assert routing.objective == 100 * 10 * 3000
    assert solve_routes(graph, parks=[]).segments == ()
    with pytest.raises(InfeasibleError, match="park nowhere"):
        solve_routes(graph, parks=["nowhere"])


def test_a_park_that_no_edge_joins_to_the_backbone_is_named_and_no_other() -> None:
    """A graph built by hand: `build_graph` would have raised before."""
    graph = build_graph(star())
    keep = np.array([name != "arm-p/1" for name in graph.edge_ids])
    cut = replace(
        graph,
        tail=graph.tail[keep],
        head=graph.head[keep],
        cost=graph.cost[keep],
        length_mm=graph.length_mm[keep],
        corridor=graph.corridor[keep],
        edge_ids=tuple(np.array(graph.edge_ids)[keep]),
    )
    for order in (cut, replace(cut, park_nodes={"q": cut.park_nodes["q"], "p": cut.park_nodes["p"]})):
        with pytest.raises(InfeasibleError, match=r"reaches: p$"):
            solve_routes(order)
    only = replace(cut, tail=cut.tail[1:], head=cut.head[1:], cost=cut.cost[1:], length_mm=cut.length_mm[1:])
    with pytest.raises(InfeasibleError, match=r"reaches: p, q$"):
        solve_routes(replace(only, corridor=cut.corridor[1:], edge_ids=cut.edge_ids[1:]))


def test_progress_is_reported_and_the_bound_never_exceeds_the_incumbent() -> None:
    entries: list[LogEntry] = []
    routing = solve_routes(build_graph(synthetic(parks=4, nodes=80, seed=3)), progress=entries.append)
    assert entries
    assert all(entry.incumbent is None or entry.bound <= entry.incumbent for entry in entries)
    assert entries[-1].incumbent == routing.objective


@pytest.mark.parametrize("seed", [1, 2])
def test_a_synthetic_province_is_routed_as_documented(seed: int) -> None:
    graph = build_graph(synthetic(parks=8, nodes=300, seed=seed))
    routing = solve_routes(graph)
    check_tree(graph, routing)
    assert len(routing.routes) == 8
    ends = {label: shapely.Point(place) for label, place in routing.node_lonlat.items()}
    for segment in routing.segments:
        assert shapely.Point(segment.geometry.coords[0]).distance(ends[segment.tail]) < 1e-4
        assert shapely.Point(segment.geometry.coords[-1]).distance(ends[segment.head]) < 1e-4


def flow_optimum(graph: CandidateGraph) -> tuple[int, bool]:
    """Solve the multi-commodity flow formulation (Wong 1984), one commodity a park, by HiGHS.

    The graph is all but second entries, which are for second routes.
    """
    model = mathopt.Model()
    arcs = []
    roots = set(graph.backbone_nodes.values())
    objective = 0
    unit = 1_000_000  # rial; HiGHS works in floats
    first = ~graph.is_second_entry
    edges = zip(
        graph.tail[first].tolist(), graph.head[first].tolist(), graph.cost[first].tolist(), strict=True
    )
    for tail, head, cost in edges:
        both = [model.add_binary_variable() for _ in range(2)]
        model.add_linear_constraint(both[0] + both[1] <= 1)
        arcs += [(tail, head, both[0]), (head, tail, both[1])]
        objective += cost / unit * (both[0] + both[1])
    for park_node in graph.park_nodes.values():
        if park_node in roots:
            continue
        flows = [model.add_variable(lb=0, ub=1) for _ in arcs]
        balance: dict[int, list[tuple[int, mathopt.Variable]]] = {}
        for (tail, head, is_used), flow in zip(arcs, flows, strict=True):
            model.add_linear_constraint(flow <= is_used)
            balance.setdefault(head, []).append((1, flow))
            balance.setdefault(tail, []).append((-1, flow))
        for node, terms in balance.items():
            if node not in roots:
                net = sum(sign * flow for sign, flow in terms)
                model.add_linear_constraint(net == (1 if node == park_node else 0))
    model.minimize(objective)
    result = mathopt.solve(
        model,
        mathopt.SolverType.HIGHS,
        params=mathopt.SolveParameters(relative_gap_tolerance=1e-9),
    )
    proven = result.termination.reason is mathopt.TerminationReason.OPTIMAL
    values = result.variable_values([arc[2] for arc in arcs])
    costs = np.repeat(graph.cost[first], 2).tolist()
    return sum(cost for cost, value in zip(costs, values, strict=True) if value > 0.5), proven


def test_lorestan_costs_equal_those_of_another_formulation(lorestan_project: Project) -> None:
    graph = build_graph(lorestan_project)
    routing = solve_routes(graph)
    check_tree(graph, routing)
    assert flow_optimum(graph) == (routing.objective, True)
    assert routing.objective == routing.bound


def test_lorestan_against_its_own_parts(lorestan_project: Project) -> None:
    """Fewer parks never cost more, and two halves apart never cost less than the whole."""
    graph = build_graph(lorestan_project)
    parks = sorted(graph.park_nodes)
    whole = solve_routes(graph).objective
    halves = [solve_routes(graph, parks=parks[start::2]).objective for start in (0, 1)]
    assert max(halves) <= whole <= sum(halves)
    pairs = [solve_routes(graph, parks=pair).objective for pair in combinations(parks[:3], 2)]
    assert max(pairs) <= solve_routes(graph, parks=parks[:3]).objective


def test_coordinates_of_nodes_are_returned() -> None:
    routing = solve_routes(build_graph(one_road()))
    assert routing.node_lonlat["park:p"] == pytest.approx(at(1000, 0))
    assert routing.segment("road/1").length_m == 1000


def test_length_is_that_of_all_segments() -> None:
    """The first route takes the road of 1 km; the second goes round the square by the others."""
    routing = solve_routes(build_graph(square()))
    first, second = routing.routes[0], routing.second_routes[0]
    assert routing.all_routes == (first, second)
    assert routing.connected_parks == {"p"}
    assert routing.length_km == pytest.approx(sum(segment.length_m for segment in routing.segments) / 1000)
    assert routing.length_km - routing.protection_length_km == pytest.approx(first.length_km)
