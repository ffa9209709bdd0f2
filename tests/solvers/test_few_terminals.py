"""Labels over sets of terminals against the dynamic programme that they refine, and inside the whole solver."""

from __future__ import annotations

import networkx as nx
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from support.examples import examples, full_size
from support.steiner import connected, dreyfus_wagner, graph_of, instance_of, street_grid, two_stars

from fiberplan.solvers.dual.ascent import ascend_dual
from fiberplan.solvers.problem.checks import check_tree
from fiberplan.solvers.problem.steiner import MAX_TOTAL_COST, SteinerInstance
from fiberplan.solvers.run.report import Status
from fiberplan.solvers.steiner.solve import solve_steiner_tree
from fiberplan.solvers.trees.few_terminals import label_trees

PLENTY = 10**6


def labelled(
    instance: SteinerInstance, root: int, target: int, most: int = PLENTY
) -> tuple[int, list[int] | None]:
    graph = graph_of(instance)
    result = label_trees(graph, ascend_dual(graph, root, record=True), target, most)
    return result.bound, None if result.edges is None else result.edges.tolist()


@settings(max_examples=examples(200), deadline=None)
@given(connected().filter(lambda one: one.terminals.size > 1), st.integers(0, 2**32 - 1))
def test_the_cheapest_tree_is_found_from_every_root(instance: SteinerInstance, seed: int) -> None:
    optimum = dreyfus_wagner(instance)
    root = int(np.random.default_rng(seed).choice(instance.terminals))
    bound, edges = labelled(instance, root, optimum + 1 + seed % 7)
    assert bound == optimum
    assert edges is not None or optimum == 0
    if edges:
        assert check_tree(instance, edges) == optimum


@settings(max_examples=examples(100), deadline=None)
@given(connected().filter(lambda one: one.terminals.size > 1), st.integers(1, 40))
def test_the_bound_holds_whatever_the_number_of_labels(instance: SteinerInstance, most: int) -> None:
    optimum = dreyfus_wagner(instance)
    root = int(instance.terminals[0])
    assert labelled(instance, root, optimum) == (optimum, None)  # nothing is cheaper than the cheapest
    bound, _ = labelled(instance, root, optimum + 5, most)
    assert bound <= optimum


@pytest.mark.parametrize("seed", range(30))
def test_street_grids_and_their_ties(seed: int) -> None:
    rng = np.random.default_rng(seed)
    grid = street_grid(seed, 6, 6, 6)
    cost = grid.cost // int(rng.choice([1, 60, 200]))  # with zeros and many equal costs, too
    instance = SteinerInstance(grid.node_count, grid.tail, grid.head, cost, grid.terminals)
    if not nx.is_connected(nx.Graph(zip(grid.tail.tolist(), grid.head.tolist(), strict=True))):
        pytest.skip("the grid has fallen apart")
    optimum = dreyfus_wagner(instance)
    assert labelled(instance, int(rng.choice(grid.terminals)), optimum + 20)[0] == optimum


def test_costs_as_large_as_they_may_be() -> None:
    grid = street_grid(2, 6, 6, 6)
    factor = MAX_TOTAL_COST // int(grid.cost.sum())
    huge = SteinerInstance(grid.node_count, grid.tail, grid.head, grid.cost * factor, grid.terminals)
    optimum = dreyfus_wagner(grid) * factor
    for root in grid.terminals.tolist():
        assert labelled(huge, root, min(2 * optimum, MAX_TOTAL_COST))[0] == optimum
        assert labelled(huge, root, optimum) == (optimum, None)


def test_two_stars_by_hand() -> None:
    bound, edges = labelled(two_stars(), 0, 12)
    assert (bound, sorted(edges or [])) == (11, [0, 1, 2, 3, 4])
    assert labelled(two_stars(), 0, 11) == (11, None)


def test_two_terminals_are_a_shortest_path() -> None:
    path = instance_of(4, [(0, 1, 2), (1, 2, 2), (2, 3, 2), (0, 3, 7)], [0, 3])
    bound, edges = labelled(path, 3, 8)
    assert (bound, sorted(edges or [])) == (6, [0, 1, 2])


def test_a_wide_network_with_few_terminals_is_proven_by_labels() -> None:
    """Where dual ascent leaves a gap of percents, the whole solver used to end with one."""
    instance = street_grid(5, 60, 60, 9)
    solution = solve_steiner_tree(instance, time_limit_s=60)
    assert solution.report.status is Status.OPTIMAL
    assert check_tree(instance, solution.edges) == solution.report.objective


def test_the_textbook_agrees_on_a_wider_grid() -> None:
    side = 16 if full_size() else 12
    instance = street_grid(5, side, side, 7)
    optimum = dreyfus_wagner(instance)
    assert solve_steiner_tree(instance, time_limit_s=60).report.objective == optimum
    assert labelled(instance, int(instance.terminals[-1]), optimum) == (optimum, None)


def test_more_terminals_than_bits_are_refused() -> None:
    with pytest.raises(ValueError, match="labels hold 60 terminals and the root, not 62"):
        labelled(street_grid(1, 10, 10, 62), 0, 10**6)
