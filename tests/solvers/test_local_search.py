"""Local search: trees stay trees, never get costlier, and the moves of the source are found."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from support.examples import examples
from support.steiner import connected, dreyfus_wagner, graph_of, instance_of, street_grid

from fiberplan.solvers.kernels.connectivity import connects
from fiberplan.solvers.problem.checks import check_tree
from fiberplan.solvers.problem.steiner import SteinerInstance
from fiberplan.solvers.reductions.simple import reduce_graph
from fiberplan.solvers.trees.growing import clean_tree, mehlhorn_tree
from fiberplan.solvers.trees.local_search import improve_tree


@settings(max_examples=examples(200), deadline=None)
@given(connected())
def test_trees_stay_trees_and_get_no_costlier(instance: SteinerInstance) -> None:
    graph = reduce_graph(graph_of(instance), tests=0).graph
    simple = SteinerInstance(graph.node_count, graph.tail, graph.head, graph.cost, graph.terminals)
    tree = mehlhorn_tree(graph)
    better = improve_tree(graph, tree)
    assert dreyfus_wagner(simple) <= check_tree(simple, better) <= check_tree(simple, tree)
    assert (np.diff(better) > 0).all()


@pytest.mark.parametrize("seed", range(20))
def test_street_grids_come_close_to_the_optimum(seed: int) -> None:
    instance = street_grid(seed, 5, 6, 6)
    graph = graph_of(instance)
    if connects(graph):
        cost = check_tree(instance, improve_tree(graph, mehlhorn_tree(graph)))
        assert cost <= 1.06 * dreyfus_wagner(instance)


def test_a_key_path_is_exchanged() -> None:
    # 0 and 1 are joined through 2; through 3 it is cheaper.
    graph = graph_of(instance_of(4, [(0, 2, 3), (2, 1, 3), (0, 3, 2), (3, 1, 2)], [0, 1]))
    assert improve_tree(graph, np.array([0, 1])).tolist() == [2, 3]


def test_a_key_vertex_is_eliminated() -> None:
    # Three terminals around 3 at cost 5 each; the triangle's sides cost 6.
    edges = [(0, 3, 5), (1, 3, 5), (2, 3, 5), (0, 1, 6), (1, 2, 6)]
    graph = graph_of(instance_of(4, edges, [0, 1, 2]))
    star = clean_tree(graph, np.ones(4, np.bool_))
    assert improve_tree(graph, np.array([0, 1, 2])).tolist() == [3, 4]
    assert graph.cost[star].sum() >= 12
