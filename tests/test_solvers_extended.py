"""Extended tests against dynamic programming: whatever they remove or replace, the optimum stays and finds its way back."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from test_solvers_parts import connected, dreyfus_wagner, graph_of, instance_of

from fiberplan.solvers.arrays import SteinerInstance
from fiberplan.solvers.connectivity import connects
from fiberplan.solvers.dual_ascent import ascend_dual
from fiberplan.solvers.elimination import eliminate
from fiberplan.solvers.fixing import Certificate
from fiberplan.solvers.reductions import reduce_graph
from fiberplan.solvers.steiner import solve_steiner_tree


def check_kept(
    instance: SteinerInstance, optimum: int, target: int, *, bounds: int, depth: int, effort: int
) -> int:
    """Eliminate, check that the optimum stays if it is below the target, and return the edges left."""
    before = reduce_graph(graph_of(instance), tests=0)
    graph = before.graph
    ascents = [ascend_dual(graph, int(root)) for root in graph.terminals[:bounds]]
    certificates = [Certificate(one.root, one.slack, target - 1 - one.bound) for one in ascents]
    layer = eliminate(
        graph, certificates, dead=np.zeros(graph.edge_count, np.bool_), depth=depth, effort=effort
    )
    if target <= optimum:
        return layer.graph.edge_count
    assert connects(layer.graph)
    small = layer.graph
    rest = SteinerInstance(small.node_count, small.tail, small.head, small.cost, small.terminals)
    assert dreyfus_wagner(rest) == optimum
    edges = before.restore(layer.restore(solve_steiner_tree(rest).edges))
    part = np.zeros(instance.edge_count, np.bool_)
    part[edges] = True
    assert instance.cost[edges].sum() <= optimum
    assert connects(graph_of(instance), part)
    return layer.graph.edge_count


@settings(max_examples=400, deadline=None)
@given(connected(), st.integers(0, 2), st.integers(0, 4), st.integers(0, 3))
def test_the_optimum_stays(instance: SteinerInstance, bounds: int, depth: int, more: int) -> None:
    optimum = dreyfus_wagner(instance)
    check_kept(instance, optimum, optimum + 1 + more, bounds=bounds, depth=depth, effort=100)


def street_grid(seed: int, rows: int, columns: int, terminal_count: int) -> SteinerInstance:
    """Streets of similar lengths, some missing: like the instances that matter, but small."""
    rng = np.random.default_rng(seed)
    number = np.arange(rows * columns).reshape(rows, columns)
    across = np.stack((number[:, :-1].ravel(), number[:, 1:].ravel()), axis=1)
    down = np.stack((number[:-1].ravel(), number[1:].ravel()), axis=1)
    ends = np.concatenate((across, down))
    ends = ends[rng.random(len(ends)) < 0.95]
    cost = rng.integers(50, 150, len(ends))
    terminals = rng.permutation(rows * columns)[:terminal_count]
    return SteinerInstance(rows * columns, ends[:, 0], ends[:, 1], cost, terminals)


@pytest.mark.parametrize("seed", range(40))
def test_the_optimum_of_a_street_grid_stays(seed: int) -> None:
    instance = street_grid(seed, 5, 6, 6)
    if not connects(graph_of(instance)):
        return
    optimum = dreyfus_wagner(instance)
    for slack in (1, 2, 60):
        left = check_kept(instance, optimum, optimum + slack, bounds=2, depth=3, effort=200)
        assert left <= instance.edge_count


def test_a_star_without_a_centre_worth_having_goes() -> None:
    # Terminals 0, 1 and 2 with cheap edges between them; the star around 3 is dearer than any two of these.
    instance = instance_of(4, [(0, 1, 4), (1, 2, 4), (2, 0, 4), (0, 3, 3), (1, 3, 3), (2, 3, 3)], [0, 1, 2])
    graph = graph_of(instance)
    dead = np.zeros(6, np.bool_)
    layer = eliminate(graph, [], dead=dead, depth=2, effort=50)
    assert np.diff(layer.graph.start)[3] == 0
    assert not dead.any()
