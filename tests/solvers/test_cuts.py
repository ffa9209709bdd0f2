"""The linear programme of directed cuts: its rows, the search for cuts, the programmes, and the bound that they prove."""

from __future__ import annotations

from itertools import pairwise

import networkx as nx
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import sparse
from scipy.optimize import linprog
from support.examples import examples
from support.steiner import best_trees, connected, dreyfus_wagner, graph_of, simple, street_grid, two_stars

from fiberplan.solvers.cuts.directed_cut import CutLp
from fiberplan.solvers.cuts.first_order_lp import solve_roughly
from fiberplan.solvers.cuts.flow_rows import add_flow_rows
from fiberplan.solvers.cuts.rows import Rows
from fiberplan.solvers.cuts.safe_bound import prove_bound
from fiberplan.solvers.cuts.separation import entering_arcs, violated_cuts
from fiberplan.solvers.dual.ascent import ascend_dual
from fiberplan.solvers.kernels.connectivity import root_tree
from fiberplan.solvers.kernels.local_flow import CREEP, nested_cuts
from fiberplan.solvers.problem.checks import check_tree
from fiberplan.solvers.problem.steiner import FORBIDDEN, Graph, SteinerInstance
from fiberplan.solvers.run.options import SearchOptions, Stage
from fiberplan.solvers.steiner.solve import solve_steiner_tree

UNIT = 100


def nothing_useless(graph: Graph) -> np.ndarray:
    return np.zeros(2 * graph.edge_count, np.bool_)


def terminal_cuts(graph: Graph, rows: Rows) -> None:
    cuts = [entering_arcs(graph, np.array([one]), nothing_useless(graph)) for one in graph.terminals[1:]]
    rows.add_cuts(np.array([cut.size for cut in cuts]), np.concatenate(cuts))


def grow_rows(lp: CutLp, graph: Graph, root: int) -> int:
    """Solve and add cuts until there are none; the best bound on the way."""
    useless = nothing_useless(graph)
    bound = 0
    while True:
        answer = lp.solve(lambda: 10.0)
        assert answer is not None
        proof = prove_bound(graph, root, useless, lp.rows, answer[1])
        assert proof is not None
        bound = max(bound, proof.bound)
        random = np.random.default_rng(0)
        added = violated_cuts(
            graph,
            root,
            answer[0],
            useless,
            lp.rows,
            tolerance=lp.violation,
            random=random,
            stop=lambda: False,
        )
        if not added and (not lp.rough or not lp.sharpen()):
            return bound


def test_rows_are_kept_once_and_may_come_back_when_dropped() -> None:
    rows = Rows()
    assert rows.add_cuts(np.array([2, 1]), np.array([5, 3, 7])) == 2
    assert rows.arcs.tolist() == [3, 5, 7]
    assert rows.add_cuts(np.array([1, 2, 2]), np.array([7, 3, 5, 3, 6])) == 1
    assert rows.sizes.tolist() == [2, 1, 2]
    fewer = rows.select(np.array([True, False, True]))
    assert (len(fewer), fewer.arcs.tolist()) == (2, [3, 5, 3, 6])
    assert fewer.add_cuts(np.array([1, 2]), np.array([7, 3, 5])) == 1
    assert rows.after(1).arcs.tolist() == [7, 3, 6]
    assert rows.matrix(8).toarray()[:, [3, 5, 6, 7]].tolist() == [[1, 1, 0, 0], [0, 0, 0, 1], [1, 0, 1, 0]]


@settings(max_examples=examples(150), deadline=None)
@given(simple())
def test_every_best_tree_obeys_the_flow_rows(instance: SteinerInstance) -> None:
    graph = graph_of(instance)
    rows = Rows()
    add_flow_rows(graph, nothing_useless(graph), rows)
    root = int(graph.terminals[0])
    for tree in best_trees(instance):
        in_tree = np.zeros(graph.edge_count, np.bool_)
        in_tree[tree] = True
        parent, above, _, _ = root_tree(graph, in_tree, root)
        below = np.flatnonzero(above >= 0)
        x = np.zeros(2 * graph.edge_count, np.int64)
        x[2 * above[below].astype(np.int64) + (graph.tail[above[below]] != parent[below])] = 1
        assert (rows.matrix(x.size) @ x >= rows.least).all()


def test_flow_rows_of_a_node_with_three_neighbours() -> None:
    graph = graph_of(two_stars())
    useless = nothing_useless(graph)
    useless[1] = True  # from node 4 to terminal 0
    rows = Rows()
    assert add_flow_rows(graph, useless, rows) == 2 + 2 + 3
    of_node_4 = rows.matrix(18).toarray()[[0, 2, 5]]
    # Arcs: 0 from terminal 0, 2 and 3 from and to terminal 1, 8 and 9 to and from node 5.
    assert [np.flatnonzero(row).tolist() for row in of_node_4] == [[0, 2, 3, 8, 9], [0, 3, 9], [0, 2, 8]]
    assert of_node_4[0, [0, 2, 3, 8, 9]].tolist() == [-1, -1, 1, 1, -1]
    assert of_node_4[1, [0, 3, 9]].tolist() == [1, -1, 1]


@settings(max_examples=examples(150), deadline=None)
@given(connected(), st.integers(0, 2**32 - 1))
def test_cuts_are_found_where_flows_fall_short(instance: SteinerInstance, seed: int) -> None:
    graph = graph_of(instance)
    root = int(graph.terminals[0])
    capacity = np.random.default_rng(seed).choice([0, 20, 50, 100], 2 * graph.edge_count) + CREEP
    source = np.zeros(graph.node_count, np.bool_)
    source[root] = True
    network: nx.DiGraph[int] = nx.DiGraph()
    network.add_nodes_from(range(graph.node_count))
    for tail, head, here in zip(
        graph.arc_tail.tolist(), graph.arc_head.tolist(), capacity.tolist(), strict=True
    ):
        if tail != head:
            before = network.edges[tail, head]["capacity"] if network.has_edge(tail, head) else 0
            network.add_edge(tail, head, capacity=before + here)
    flows = {one: nx.maximum_flow_value(network, root, one) for one in graph.terminals[1:].tolist()}
    arcs, pointers = nested_cuts(
        graph.start,
        graph.arcs,
        graph.neighbour,
        capacity,
        source,
        graph.terminals[1:],
        np.zeros(graph.node_count, np.int64),
        UNIT,
        UNIT,
        1,
        10**9,
    )
    short = sorted(value for value in flows.values() if value < UNIT)
    result = [arcs[first:last] for first, last in pairwise(pointers.tolist())]
    # Two least cuts, near and far, of each terminal that gets too little, and of no other.
    assert sorted(int(capacity[cut].sum()) for cut in result) == sorted(2 * short)
    for cut in result:
        rest = network.copy()
        rest.remove_edges_from(zip(graph.arc_tail[cut].tolist(), graph.arc_head[cut].tolist(), strict=True))
        assert not flows.keys() <= nx.descendants(rest, root)
    assert {one for one, value in flows.items() if value >= UNIT} == set(
        np.flatnonzero(source & graph.is_terminal).tolist()
    ) - {root}


@settings(max_examples=examples(100), deadline=None)
@given(connected(), st.integers(0, 2**32 - 1))
def test_nested_cuts_hold_for_all_trees(instance: SteinerInstance, seed: int) -> None:
    graph = graph_of(instance)
    root = int(graph.terminals[0])
    x = np.random.default_rng(seed).choice([0.0, 0.0, 0.3, 0.6, 1.0], 2 * graph.edge_count)
    rows = Rows()
    violated_cuts(
        graph,
        root,
        x,
        nothing_useless(graph),
        rows,
        tolerance=1e-3,
        random=np.random.default_rng(seed),
        stop=lambda: False,
    )
    arcs = nx.MultiDiGraph()
    arcs.add_nodes_from(range(graph.node_count))
    arcs.add_edges_from(
        (tail, head, number)
        for number, (tail, head) in enumerate(
            zip(graph.arc_tail.tolist(), graph.arc_head.tolist(), strict=True)
        )
    )
    for cut, _, _ in rows:
        rest = arcs.copy()
        rest.remove_edges_from(
            [(int(graph.arc_tail[arc]), int(graph.arc_head[arc]), int(arc)) for arc in cut]
        )
        assert not set(graph.terminals.tolist()) <= nx.descendants(rest, root) | {root}


def test_a_small_programme_is_solved_roughly() -> None:
    rng = np.random.default_rng(3)
    costs = rng.integers(1, 20, 40).astype(float)
    matrix = sparse.csr_array(sparse.random(25, 40, 0.2, random_state=3) > 0).astype(np.int64)
    least = np.ones(25, np.int64)
    exact = linprog(costs, A_ub=-matrix, b_ub=-least, bounds=(0, 1), method="highs")
    first = solve_roughly(costs, matrix, least, None, tolerance=1e-2, seconds=10.0)
    assert first is not None
    last = solve_roughly(costs, matrix, least, first, tolerance=1e-6, seconds=10.0)
    assert last is not None
    x, y = last.x, last.y
    assert x @ costs == pytest.approx(exact.fun, rel=1e-3)
    used_beyond_cost = np.minimum(costs - matrix.T @ y, 0).sum()
    assert y @ least + used_beyond_cost == pytest.approx(exact.fun, rel=1e-3)
    assert solve_roughly(costs, matrix, least, first, tolerance=1e-6, seconds=0.0) is None


@settings(max_examples=examples(40), deadline=None)
@given(connected(), st.integers(0, 2**32 - 1))
def test_bound_from_any_multipliers_is_valid(instance: SteinerInstance, seed: int) -> None:
    graph, optimum = graph_of(instance), dreyfus_wagner(instance)
    root = int(graph.terminals[0])
    useless = nothing_useless(graph)
    rows = Rows()
    add_flow_rows(graph, useless, rows)
    terminal_cuts(graph, rows)
    multipliers = np.random.default_rng(seed).uniform(-1.0, 2.0, len(rows)) * optimum
    proof = prove_bound(graph, root, useless, rows, multipliers)
    assert proof is not None
    assert proof.bound <= optimum
    assert (proof.slack >= 0).all()
    if optimum:
        assert prove_bound(graph, root, useless, rows, np.full(len(rows), 1e300)) is None


@settings(max_examples=examples(40), deadline=None)
@given(connected(), st.integers(0, 2**32 - 1))
def test_what_a_bound_leaves_of_the_costs_is_true_of_every_arc(instance: SteinerInstance, seed: int) -> None:
    """A tree costs at least the bound and the slack of its arcs: so says the theory, and so it must be for a best tree."""
    graph, optimum = graph_of(instance), dreyfus_wagner(instance)
    root = int(graph.terminals[0])
    useless = nothing_useless(graph)
    rows = Rows()
    add_flow_rows(graph, useless, rows)
    terminal_cuts(graph, rows)
    proof = prove_bound(graph, root, useless, rows, np.random.default_rng(seed).uniform(0, 0.5, len(rows)))
    assert proof is not None
    assert (proof.slack < FORBIDDEN).all()
    # With the slack as cost, no tree is cheaper than what the optimum has above the bound.
    arcs: nx.DiGraph[int] = nx.DiGraph()
    for tail, head, rest in zip(
        graph.arc_tail.tolist(), graph.arc_head.tolist(), proof.slack.tolist(), strict=True
    ):
        if not arcs.has_edge(tail, head) or arcs.edges[tail, head]["rest"] > rest:
            arcs.add_edge(tail, head, rest=rest)
    far = nx.single_source_dijkstra_path_length(arcs, root, weight="rest")
    budget = optimum * proof.scale - proof.scaled
    assert max(far[node] for node in graph.terminals.tolist()) <= budget


@settings(max_examples=examples(40), deadline=None)
@given(connected())
def test_directed_cuts_bound_between_dual_ascent_and_optimum(instance: SteinerInstance) -> None:
    graph, optimum = graph_of(instance), dreyfus_wagner(instance)
    root = int(graph.terminals[0])
    rows = Rows()
    add_flow_rows(graph, nothing_useless(graph), rows)
    terminal_cuts(graph, rows)
    bound = grow_rows(CutLp(graph, nothing_useless(graph), rows), graph, root)
    assert bound <= optimum
    assert bound >= ascend_dual(graph, root).bound * 0.99 - 1


def test_directed_cuts_are_tight_on_two_stars() -> None:
    graph = graph_of(two_stars())
    assert grow_rows(CutLp(graph, nothing_useless(graph), Rows()), graph, 0) == 11


@pytest.mark.parametrize("seed", range(3))
def test_rough_and_exact_programmes_end_at_the_same_bound(seed: int) -> None:
    graph = graph_of(street_grid(seed, 10, 10, 25))
    root = int(graph.terminals[0])
    bounds = []
    for rough in (False, True):
        rows = Rows()
        add_flow_rows(graph, nothing_useless(graph), rows)
        terminal_cuts(graph, rows)
        bounds.append(grow_rows(CutLp(graph, nothing_useless(graph), rows, rough=rough), graph, root))
    assert bounds[1] == pytest.approx(bounds[0], rel=1e-3)


@pytest.mark.parametrize("seed", range(6))
def test_cuts_alone_prove_what_all_stages_prove(seed: int) -> None:
    """The same optimum by stages that share little: all of them, and rough programmes with nothing but reductions before."""
    instance = street_grid(seed, 20, 20, 15 + 10 * seed)
    whole = solve_steiner_tree(instance, time_limit_s=60)
    options = SearchOptions(
        rough_from_arcs=0,
        labels_up_to_terminals=0,
        skip={Stage.FIRST_TESTS, Stage.ROUNDS, Stage.HARDER_TESTS, Stage.RECOMBINATION},
    )
    cuts = solve_steiner_tree(instance, time_limit_s=60, options=options)
    assert cuts.report.objective == cuts.report.bound == whole.report.objective == whole.report.bound
    assert check_tree(instance, cuts.edges) == check_tree(instance, whole.edges) == whole.report.objective
