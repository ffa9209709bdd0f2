"""Nodes and edges numbered anew: the same problem, the same optimum, and trees that come back as they were."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from support.examples import examples
from support.steiner import connected, dreyfus_wagner, street_grid

from fiberplan.solvers.kernels.ordering import in_order
from fiberplan.solvers.problem.checks import check_tree
from fiberplan.solvers.problem.steiner import SteinerInstance
from fiberplan.solvers.run.options import SearchOptions
from fiberplan.solvers.steiner.record import Record
from fiberplan.solvers.steiner.solve import solve_steiner_tree


@settings(max_examples=examples(100), deadline=None)
@given(connected())
def test_a_problem_numbered_anew_has_the_same_optimum(instance: SteinerInstance) -> None:
    graph = in_order(instance, from_nodes=1).graph
    solution = solve_steiner_tree(instance, options=SearchOptions(reorder_from_nodes=1))
    renumbered = SteinerInstance(graph.node_count, graph.tail, graph.head, graph.cost, graph.terminals)
    assert dreyfus_wagner(renumbered) == dreyfus_wagner(instance) == solution.report.objective
    assert check_tree(instance, solution.edges) == solution.report.objective


def test_neighbours_come_near_each_other() -> None:
    grid = street_grid(0, 30, 30, 9)
    mixed = np.random.default_rng(0).permutation(grid.node_count)
    instance = SteinerInstance(
        grid.node_count, mixed[grid.tail], mixed[grid.head], grid.cost, mixed[grid.terminals]
    )
    ordered = in_order(instance, from_nodes=1)
    assert (ordered.graph.cost == instance.cost[ordered.edges]).all()
    assert sorted(ordered.restore(np.arange(instance.edge_count)).tolist()) == list(
        range(instance.edge_count)
    )
    assert np.abs(ordered.graph.tail - ordered.graph.head).max() <= 60
    assert np.abs(instance.tail - instance.head).mean() > 200


def test_small_graphs_stay_as_they_are() -> None:
    instance = street_grid(0, 5, 5, 4)
    ordered = in_order(instance, from_nodes=26)
    assert (ordered.graph.tail == instance.tail).all()
    assert (ordered.edges == np.arange(instance.edge_count)).all()


def test_edges_that_do_not_connect_the_terminals_are_no_tree() -> None:
    path = SteinerInstance(4, [0, 1, 2], [1, 2, 3], [5, 5, 5], [0, 3])
    record = Record(path, 10.0)
    with pytest.raises(AssertionError, match="connect"):
        record.offer(np.array([0, 2]), "heuristics")
    assert record.incumbent is None
    record.offer(np.array([0, 1, 2]), "heuristics")
    assert record.incumbent == 15
