"""The search for better dual ascents: what it proves, held against cuts counted in plain Python and dynamic programming."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from support.examples import examples
from support.steiner import connected, dreyfus_wagner, graph_of, street_grid

from fiberplan.solvers.dual.ascent import ascend_dual
from fiberplan.solvers.dual.search import DualSearch
from fiberplan.solvers.kernels.connectivity import connects, reached
from fiberplan.solvers.problem.checks import check_bound_certificate
from fiberplan.solvers.problem.steiner import SteinerInstance
from fiberplan.solvers.run.options import SearchOptions, Stage
from fiberplan.solvers.steiner.solve import solve_steiner_tree
from fiberplan.solvers.trees.growing import mehlhorn_tree


def begin(
    instance: SteinerInstance, root: int, seed: int = 0, options: SearchOptions | None = None
) -> DualSearch:
    graph = graph_of(instance)
    return DualSearch(graph, root, mehlhorn_tree(graph), seed=seed, options=options)


def check(instance: SteinerInstance, dual: DualSearch, root: int) -> None:
    """The cuts prove the bound, the slack is what they leave, and nothing is left to raise."""
    graph = graph_of(instance)
    ascent = dual.ascent()
    cuts = [cut.tolist() for cut in ascent.cuts()]
    assert check_bound_certificate(instance, root, cuts, ascent.values.tolist()) == ascent.bound == dual.bound
    slack = graph.arc_cost
    for cut, value in zip(cuts, ascent.values.tolist(), strict=True):
        inside = np.isin(graph.arc_head, cut) & ~np.isin(graph.arc_tail, cut)
        slack[inside] -= value
    assert (slack == ascent.slack).all()
    assert reached(graph, slack == 0, root)[graph.terminals].all()


@settings(max_examples=examples(150), deadline=None)
@given(connected(), st.integers(0, 9), st.floats(0, 3))
def test_the_cuts_prove_the_bound_whatever_moves_were_made(
    instance: SteinerInstance, seed: int, temperature: float
) -> None:
    optimum = dreyfus_wagner(instance)
    root = int(instance.terminals[seed % instance.terminals.size])
    dual = begin(instance, root, seed)
    for heat in (temperature, 0.0):
        before = dual.bound
        assert dual.run(5, heat) == dual.bound - before
        assert heat > 0 or dual.bound >= before
        assert dual.bound <= optimum
        check(instance, dual, root)


@pytest.mark.parametrize("halves_from", [2, 10**9])
@pytest.mark.parametrize("seed", range(6))
def test_halves_prove_their_bounds_and_give_the_same_again(seed: int, halves_from: int) -> None:
    options = SearchOptions(halves_from_terminals=halves_from)
    instance = street_grid(seed, 14, 14, 16)
    root = int(instance.terminals[0])
    assert connects(graph_of(instance))
    bounds = []
    for _ in range(2):
        dual = begin(instance, root, seed, options)
        for moves in (3, 3):
            dual.run(moves, 2.0)
            check(instance, dual, root)
        bounds.append((dual.bound, dual.ascent().slack.tolist()))
    assert bounds[0] == bounds[1]


def test_moves_close_most_of_what_a_dual_ascent_leaves_open() -> None:
    ascended, searched, optimal = 0, 0, 0
    for seed in range(12):
        instance = street_grid(seed, 9, 9, 7)
        if not connects(graph_of(instance)):
            continue
        optimum = dreyfus_wagner(instance)
        root = int(instance.terminals[0])
        dual = begin(instance, root)
        dual.run(60, 2.0)
        dual.run(60, 0.0)
        check(instance, dual, root)
        ascended += ascend_dual(graph_of(instance), root).bound or 0
        searched += dual.bound
        optimal += optimum
    assert optimal - searched < (optimal - ascended) / 3


def test_a_search_ends_when_the_gap_is_closed() -> None:
    instance = street_grid(1, 6, 6, 2)
    dual = begin(instance, int(instance.terminals[0]))
    assert dual.bound == dreyfus_wagner(instance)
    assert list(dual.search(dual.bound, 0.0)) == []


def test_cuts_that_spend_too_much_are_noticed() -> None:
    instance = street_grid(2, 8, 8, 6)
    dual = begin(instance, int(instance.terminals[0]))
    dual.climbs.table[0, 2] += 1  # a climb that claims more than it paid
    with pytest.raises(AssertionError, match="spend"):
        dual.run(1, 0.0)


def test_tests_that_leave_nothing_prove_the_incumbent() -> None:
    # On this grid better bounds refute every way through the last nodes, so that the terminals are no longer connected.
    options = SearchOptions(
        tight_share=0.0,
        labels_up_to_terminals=0,
        rough_from_arcs=0,
        halves_from_terminals=2,
        reorder_from_nodes=1,
        skip={Stage.FIRST_TESTS},
    )
    rng = np.random.default_rng(5363)
    grid = street_grid(5363, int(rng.integers(12, 30)), int(rng.integers(12, 30)), int(rng.integers(5, 60)))
    cost = rng.integers(1, 1 + int(rng.choice([3, 60, 1000])), grid.edge_count)
    instance = SteinerInstance(grid.node_count, grid.tail, grid.head, cost, grid.terminals)
    report = solve_steiner_tree(instance, seed=5363, options=options).report
    assert report.objective == report.bound == solve_steiner_tree(instance).report.objective


def test_cuts_around_the_root_are_noticed() -> None:
    instance = street_grid(2, 8, 8, 6)
    root = int(instance.terminals[0])
    dual = begin(instance, root)
    dual.climbs.members[dual.climbs.table[0, 1] - 1] = root
    with pytest.raises(AssertionError, match="the root outside"):
        dual.check()
