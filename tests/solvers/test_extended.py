"""Extended tests against dynamic programming: whatever they remove or replace, the optimum stays and finds its way back."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from support.examples import examples
from support.steiner import best_trees, connected, dreyfus_wagner, graph_of, instance_of, simple, street_grid

from fiberplan.solvers.dual.ascent import ascend_dual
from fiberplan.solvers.kernels.connectivity import connects
from fiberplan.solvers.problem.steiner import FORBIDDEN, SteinerInstance
from fiberplan.solvers.reductions.elimination import eliminate
from fiberplan.solvers.reductions.fixing import Certificate
from fiberplan.solvers.reductions.node_tests import MOST_NEIGHBOURS
from fiberplan.solvers.reductions.simple import reduce_graph
from fiberplan.solvers.reductions.special_distance import implied_profits, no_profits, step_length
from fiberplan.solvers.steiner.solve import solve_steiner_tree


def check_kept(
    instance: SteinerInstance, optimum: int, target: int, *, bounds: int, depth: int, effort: int
) -> int:
    """Eliminate, check that the optimum stays if it is below the target, and return the edges left."""
    before = reduce_graph(graph_of(instance), tests=0)
    graph = before.graph
    ascents = [ascend_dual(graph, int(root)) for root in graph.terminals[:bounds]]
    certificates = [Certificate(one.root, one.slack, target - 1 - one.bound) for one in ascents]
    findings = eliminate(
        graph, certificates, dead=np.zeros(graph.edge_count, np.bool_), depth=depth, effort=effort
    )
    if target <= optimum:
        return graph.edge_count - int(findings.dead.sum())
    assert connects(graph, ~findings.dead)
    layer = reduce_graph(graph, findings=findings)
    small = layer.graph
    rest = SteinerInstance(small.node_count, small.tail, small.head, small.cost, small.terminals)
    assert layer.offset + (0 if rest.terminals.size <= 1 else dreyfus_wagner(rest)) == optimum
    edges = np.unique(before.restore(layer.restore(solve_steiner_tree(rest).edges)))
    part = np.zeros(instance.edge_count, np.bool_)
    part[edges] = True
    assert instance.cost[edges].sum() <= optimum
    assert connects(graph_of(instance), part)
    return small.edge_count


@settings(max_examples=examples(400), deadline=None)
@given(connected(), st.integers(0, 2), st.integers(0, 4), st.integers(0, 3))
def test_the_optimum_stays(instance: SteinerInstance, bounds: int, depth: int, more: int) -> None:
    optimum = dreyfus_wagner(instance)
    check_kept(instance, optimum, optimum + 1 + more, bounds=bounds, depth=depth, effort=100)


@pytest.mark.parametrize("seed", range(40))
def test_the_optimum_of_a_street_grid_stays(seed: int) -> None:
    instance = street_grid(seed, 5, 6, 6)
    if not connects(graph_of(instance)):
        return
    optimum = dreyfus_wagner(instance)
    for slack in (1, 2, 60):
        left = check_kept(instance, optimum, optimum + slack, bounds=2, depth=3, effort=200)
        assert left <= instance.edge_count


def test_a_star_without_a_centre_worth_having_is_never_branched_at() -> None:
    # Terminals 0, 1 and 2 with cheap edges between them; the star around 3 is costlier than any two of these.
    instance = instance_of(4, [(0, 1, 4), (1, 2, 4), (2, 0, 4), (0, 3, 3), (1, 3, 3), (2, 3, 3)], [0, 1, 2])
    graph = graph_of(instance)
    dead = np.zeros(6, np.bool_)
    findings = eliminate(graph, [], dead=dead, depth=2, effort=50)
    assert findings.passed[3] or findings.dead[3:].any()
    smaller = reduce_graph(graph, findings=findings)
    assert (smaller.graph.edge_count, smaller.offset) == (0, 8)
    assert not dead.any()


@settings(max_examples=examples(300), deadline=None)
@given(simple(), st.integers(0, 2), st.integers(0, 3))
def test_findings_hold_for_every_best_tree(instance: SteinerInstance, bounds: int, depth: int) -> None:
    graph = graph_of(instance)
    trees = best_trees(instance)
    cost = int(instance.cost[trees[0]].sum())
    ascents = [ascend_dual(graph, int(root)) for root in graph.terminals[:bounds]]
    certificates = [Certificate(one.root, one.slack, cost - one.bound) for one in ascents]
    findings = eliminate(
        graph, certificates, dead=np.zeros(graph.edge_count, np.bool_), depth=depth, effort=60
    )
    for tree in trees:
        assert not findings.dead[tree].any()
        used = np.zeros(graph.edge_count, np.bool_)
        used[tree] = True
        for node in np.flatnonzero(findings.passed).tolist():
            arcs = graph.arcs[graph.start[node] : graph.start[node + 1]]
            slots = sorted(findings.slot[arcs[used[arcs >> 1]]].tolist())
            assert len(slots) in {0, 2}
            if slots:
                assert not findings.refuted[node] >> (MOST_NEIGHBOURS * slots[0] + slots[1]) & 1


@pytest.mark.parametrize("seed", range(12))
def test_rounds_of_elimination_keep_the_optimum_of_street_grids(seed: int) -> None:
    instance = street_grid(seed, 9, 10, 7)
    if not connects(graph_of(instance)):
        return
    optimum = dreyfus_wagner(instance)
    graph, offset, layers = graph_of(instance), 0, []
    for depth in (1, 1, 2, 3, 3):
        if graph.terminals.size <= 1:
            break
        findings = eliminate(graph, [], dead=np.zeros(graph.edge_count, np.bool_), depth=depth, effort=100)
        layers.append(reduce_graph(graph, findings=findings))
        graph, offset = layers[-1].graph, offset + layers[-1].offset
    rest = SteinerInstance(graph.node_count, graph.tail, graph.head, graph.cost, graph.terminals)
    assert offset + (0 if rest.terminals.size <= 1 else dreyfus_wagner(rest)) == optimum
    edges = solve_steiner_tree(rest).edges
    for layer in reversed(layers):
        edges = layer.restore(edges)
    assert int(instance.cost[np.unique(edges)].sum()) == optimum


def test_passing_a_node_saves_what_a_terminal_can_give_up() -> None:
    # Terminal 0 hangs at 1 for 2, or at 2 for 9: a way over 1 saves 7. Terminal 3 can give up 6 for 5.
    instance = instance_of(5, [(0, 1, 2), (0, 2, 9), (1, 3, 6), (1, 4, 6), (2, 3, 5)], [0, 3, 4])
    profits = implied_profits(graph_of(instance))
    assert profits.best[:3].tolist() == [FORBIDDEN, 7, 1]
    assert profits.giver[1] == 0
    assert step_length(profits, 1, 3, 4, 6, 6) == 6  # at most what the edge costs
    assert step_length(profits, 1, 3, 0, 6, 6) == 12  # not over the edge that it would save
    assert step_length(profits, 1, 0, 4, 2, 6) == 8
    assert step_length(no_profits(graph_of(instance)), 1, 3, 4, 6, 6) == 12
