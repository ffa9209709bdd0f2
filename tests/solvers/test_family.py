"""The rest of the family: directed costs, node costs, several roots, forests; each against other code."""

from __future__ import annotations

import doctest
import math
import time
from itertools import combinations

import networkx as nx
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from ortools.math_opt.python import mathopt
from support.examples import examples
from support.paths import ROOT
from support.steiner import hypercube, street_grid

from fiberplan.errors import SolverInputError
from fiberplan.solvers.arborescence.arc_graph import join_roots
from fiberplan.solvers.arborescence.node_costs import solve_node_weighted_tree
from fiberplan.solvers.arborescence.solve import ArborescenceSolution, solve_arborescence
from fiberplan.solvers.cuts.branching import branch
from fiberplan.solvers.cuts.first_rows import seed_rows
from fiberplan.solvers.cuts.flow_rows import add_flow_rows
from fiberplan.solvers.cuts.rows import Rows
from fiberplan.solvers.cuts.safe_bound import prove_bound
from fiberplan.solvers.dual.ascent import ascend_dual
from fiberplan.solvers.problem.arborescence import ArborescenceInstance
from fiberplan.solvers.problem.checks import check_arborescence, check_tree
from fiberplan.solvers.problem.steiner import FORBIDDEN, MAX_TOTAL_COST, SteinerInstance
from fiberplan.solvers.run.options import ArborescenceOptions, Stage
from fiberplan.solvers.run.report import LogEntry, Status
from fiberplan.solvers.steiner.forest import solve_steiner_forest
from fiberplan.solvers.steiner.solve import SteinerSolution, solve_steiner_tree
from fiberplan.solvers.steiner.super_root import solve_from_roots
from fiberplan.solvers.trees.directed_local_search import improve_arborescence
from fiberplan.solvers.trees.growing import grow_arborescence

NO = int(FORBIDDEN)
Arc = tuple[int, int, int]


def directed(
    node_count: int,
    edges: list[tuple[int, int, int, int]],
    roots: list[int],
    terminals: list[int],
    node_cost: list[int] | None = None,
) -> ArborescenceInstance:
    table = np.array(edges, np.int64).reshape(-1, 4)
    return ArborescenceInstance(node_count, *table.T, np.array(roots), np.array(terminals), node_cost)


def undirected(node_count: int, edges: list[Arc], terminals: list[int]) -> SteinerInstance:
    table = np.array(edges, np.int64).reshape(-1, 3)
    return SteinerInstance(node_count, *table.T, np.array(terminals))


def arcs_of(instance: ArborescenceInstance) -> list[Arc]:
    """Arcs that may be used, of positive use: tail, head and cost with the node entered."""
    rows = zip(
        *(a.tolist() for a in (instance.tail, instance.head, instance.cost, instance.back_cost)), strict=True
    )
    weight = instance.node_costs.tolist()
    both = [
        arc for u, v, forth, back in rows for arc in ((u, v, forth), (v, u, back)) if arc[2] < NO and u != v
    ]
    return [(u, v, cost + weight[v]) for u, v, cost in both]


def dreyfus_wagner(instance: ArborescenceInstance) -> int | None:
    """Optimum by dynamic programming over sets of terminals (Dreyfus and Wagner 1971), on directed distances; None if there is none."""
    count, terminals = instance.node_count, instance.terminals.tolist()
    if not terminals:
        return 0
    far = [[0 if u == v else math.inf for v in range(count)] for u in range(count)]
    for u, v, cost in arcs_of(instance):
        far[u][v] = min(far[u][v], cost)
    for w in range(count):
        for u in range(count):
            for v in range(count):
                far[u][v] = min(far[u][v], far[u][w] + far[w][v])
    best = {1 << k: [far[v][t] for v in range(count)] for k, t in enumerate(terminals)}
    for group in range(1, 1 << len(terminals)):
        if group in best:
            continue
        here = [math.inf] * count
        part = (group - 1) & group
        while part > 0:
            here = [min(old, a + b) for old, a, b in zip(here, best[part], best[group ^ part], strict=True)]
            part = (part - 1) & group
        best[group] = [min(far[v][u] + here[u] for u in range(count)) for v in range(count)]
    return share_out(instance, best)


def share_out(instance: ArborescenceInstance, best: dict[int, list[float]]) -> int | None:
    """Share terminals out among roots, given what each set of terminals costs from each node."""
    weight = instance.node_costs.tolist()
    shared = [0] + [math.inf] * len(best)
    for root in instance.roots.tolist():
        fresh = list(shared)
        for group in best:
            part = group
            while part > 0:
                fresh[group] = min(fresh[group], shared[group ^ part] + best[part][root] + weight[root])
                part = (part - 1) & group
        shared = fresh
    return None if shared[-1] == math.inf else int(shared[-1])


def brute_force(instance: ArborescenceInstance) -> int | None:
    """Cheapest set of arcs by which roots reach all terminals, over all sets; pays for arcs and nodes used; None if there is none."""
    weight = instance.node_costs.tolist()
    arcs = [(u, v, cost - weight[v]) for u, v, cost in arcs_of(instance)]
    terminals, roots = set(instance.terminals.tolist()), set(instance.roots.tolist())
    best = None
    for size in range(min(len(arcs), instance.node_count) + 1):
        for chosen in combinations(arcs, size):
            seen = set(roots)
            while more := {v for u, v, _ in chosen if u in seen and v not in seen}:
                seen |= more
            used = terminals | {node for u, v, _ in chosen for node in (u, v)}
            if terminals <= seen:
                cost = sum(arc[2] for arc in chosen) + sum(weight[node] for node in used)
                best = cost if best is None else min(best, cost)
    return best


@st.composite
def tiny(
    draw: st.DrawFn, *, roots: int = 1, most_nodes: int = 6, most_edges: int = 6
) -> ArborescenceInstance:
    count = draw(st.integers(1, most_nodes))
    node = st.integers(0, count - 1)
    price = st.integers(0, draw(st.sampled_from([1, 3, 10, 1000])))
    way = st.one_of(price, price, price, st.just(NO))
    edges = draw(st.lists(st.tuples(node, node, way, way), max_size=most_edges))
    weight = draw(st.one_of(st.none(), st.lists(price, min_size=count, max_size=count)))
    chosen = draw(st.lists(node, min_size=1, max_size=roots))
    return directed(count, edges, chosen, draw(st.lists(node, max_size=4)), weight)


def assert_arcs(
    instance: ArborescenceInstance, optimum: int | None, **given: ArborescenceOptions
) -> ArborescenceSolution:
    solution = solve_arborescence(instance, **given)
    if optimum is None:
        assert solution.report.status is Status.INFEASIBLE
        assert solution.unreachable
        assert solution.arcs.size == 0
        return solution
    assert solution.report.is_optimal
    assert solution.report.objective == solution.report.bound == optimum
    assert check_arborescence(instance, solution.arcs) == optimum
    assert solution.arcs.dtype == np.int64
    assert (np.diff(solution.arcs) > 0).all()
    return solution


def assert_edges(
    instance: SteinerInstance, solution: SteinerSolution, optimum: int, node_cost: np.ndarray
) -> None:
    assert solution.report.is_optimal
    assert solution.report.objective == solution.report.bound == optimum
    touched = {*instance.terminals.tolist()}
    for edge in solution.edges.tolist():
        touched |= {int(instance.tail[edge]), int(instance.head[edge])}
    assert check_tree(instance, solution.edges) + sum(int(node_cost[node]) for node in touched) == optimum


@settings(max_examples=examples(200), deadline=None)
@given(tiny(roots=3))
def test_brute_force_over_sets_of_arcs_agrees(instance: ArborescenceInstance) -> None:
    assert_arcs(instance, brute_force(instance))


@settings(max_examples=examples(200), deadline=None)
@given(tiny(roots=3, most_nodes=10, most_edges=24))
def test_dynamic_programming_agrees(instance: ArborescenceInstance) -> None:
    assert_arcs(instance, dreyfus_wagner(instance))


def random_directed(
    seed: int, node_count: int, edge_count: int, terminal_count: int, *, roots: int = 1
) -> ArborescenceInstance:
    """A tree both ways, and further edges, some of them one-way; some nodes cost."""
    rng = np.random.default_rng(seed)
    more = edge_count - node_count + 1
    tail = np.concatenate((np.arange(1, node_count), rng.integers(node_count, size=more)))
    head = np.concatenate(
        ([rng.integers(k) for k in range(1, node_count)], rng.integers(node_count, size=more))
    )
    ways = rng.integers(1, 40, (2, edge_count))
    ways[:, node_count - 1 :][rng.random((2, more)) < 0.2] = NO
    names = rng.permutation(node_count)
    weight = rng.integers(0, 15, node_count) if seed % 2 else None
    return ArborescenceInstance(
        node_count, tail, head, ways[0], ways[1], names[:roots], names[roots : roots + terminal_count], weight
    )


def flow_optimum(instance: ArborescenceInstance) -> int:
    """Optimum by flows from roots to each terminal over arcs that are bought, in HiGHS."""
    model = mathopt.Model()
    weight = instance.node_costs.tolist()
    arcs = [(u, v, cost - weight[v]) for u, v, cost in arcs_of(instance)]
    bought = [model.add_binary_variable() for _ in arcs]
    used = [model.add_binary_variable() for _ in weight]
    model.minimize(
        mathopt.LinearSum(arc[2] * b for arc, b in zip(arcs, bought, strict=True))
        + mathopt.LinearSum(w * u for w, u in zip(weight, used, strict=True))
    )
    for (u, v, _), b in zip(arcs, bought, strict=True):
        model.add_linear_constraint(b <= used[u])
        model.add_linear_constraint(b <= used[v])
    for sink in instance.terminals.tolist():
        model.add_linear_constraint(used[sink] == 1)
        balance: list[list[mathopt.LinearBase]] = [[] for _ in weight]
        for (u, v, _), b in zip(arcs, bought, strict=True):
            flow = model.add_variable(lb=0)
            model.add_linear_constraint(flow <= b)
            balance[v].append(flow)
            balance[u].append(-flow)
        fed = [model.add_variable(lb=0) for _ in instance.roots]
        for root, source in zip(instance.roots.tolist(), fed, strict=True):
            balance[root].append(source)
        for node, terms in enumerate(balance):
            model.add_linear_constraint(mathopt.LinearSum(terms) == int(node == sink))
    result = mathopt.solve(model, mathopt.SolverType.HIGHS)
    assert result.termination.reason is mathopt.TerminationReason.OPTIMAL
    return round(result.objective_value())


@pytest.mark.parametrize("seed", range(8))
def test_a_flow_formulation_agrees(seed: int) -> None:
    instance = random_directed(seed, 40, 90, 8, roots=1 + seed % 3)
    assert_arcs(instance, flow_optimum(instance))


@settings(max_examples=examples(100), deadline=None)
@given(tiny(most_nodes=9, most_edges=20), st.randoms(use_true_random=False))
def test_stages_hold_for_directed_costs_one_by_one(instance: ArborescenceInstance, random: object) -> None:
    """Bounds of dual ascent and of any multipliers, and branching without a word from the others."""
    optimum = dreyfus_wagner(instance)
    if optimum is None or instance.terminals.size == 0:
        return
    optimum -= int(instance.node_costs[instance.roots[0]])
    part = join_roots(instance)
    graph, root, useless = part.graph, part.root, part.useless
    ascent = ascend_dual(graph, root, arc_cost=part.cost, record=True)
    assert ascent.bound is not None
    assert 0 <= ascent.bound <= optimum
    rows = seed_rows(graph, ascent, useless, entries=20, stop=lambda: False)
    for most in (0.0, 5.0, 500.0):
        multipliers = np.array([random.uniform(0, most) for _ in range(len(rows))])
        proof = prove_bound(graph, root, useless, rows, multipliers, arc_cost=part.cost)
        assert proof is not None
        assert proof.bound <= optimum
        assert (proof.slack[useless] == NO).all()
    outcome = branch(
        graph, root, useless, Rows(), optimum + 1, seed=0, remaining=lambda: 60.0, arc_cost=part.cost
    )
    assert outcome.bound == optimum
    assert outcome.arcs is not None
    assert part.cost[outcome.arcs].sum() == optimum
    none = branch(graph, root, useless, rows, optimum, seed=0, remaining=lambda: 60.0, arc_cost=part.cost)
    assert (none.bound, none.arcs) == (optimum, None)


@settings(max_examples=examples(150), deadline=None)
@given(tiny(most_nodes=6, most_edges=7))
def test_a_best_tree_obeys_flow_rows_and_survives_without_dead_ends(instance: ArborescenceInstance) -> None:
    solution = solve_arborescence(instance)
    if solution.report.status is Status.INFEASIBLE or instance.terminals.size == 0:
        return
    part = join_roots(instance)
    x = np.zeros(part.cost.size, np.int64)
    x[solution.arcs] = 1
    rows = Rows()
    add_flow_rows(part.graph, part.useless, rows)
    assert (rows.matrix(x.size) @ x >= rows.least).all()
    smaller = part.without(np.zeros(x.size, np.bool_))
    kept = smaller.restore(np.flatnonzero(~smaller.useless))
    assert set(solution.arcs.tolist()) <= set(kept.tolist())
    assert (smaller.cost[~smaller.useless] == part.cost[kept]).all()


@pytest.mark.parametrize("seed", range(6))
def test_cuts_and_branching_close_what_rounds_leave(seed: int) -> None:
    options = ArborescenceOptions(skip={Stage.ROUNDS}, rough_from_arcs=[10**9, 0][seed % 2])
    instance = random_directed(seed, 40, 90, 8)
    assert_arcs(instance, flow_optimum(instance), options=options)


@settings(max_examples=examples(100), deadline=None)
@given(tiny(roots=2, most_nodes=8, most_edges=14), st.permutations(range(8)), st.integers(1, 10**12))
def test_relabelling_and_scaling(instance: ArborescenceInstance, order: list[int], factor: int) -> None:
    optimum = dreyfus_wagner(instance)
    name = np.array([k for k in order if k < instance.node_count])
    weight = np.empty(instance.node_count, np.int64)
    weight[name] = instance.node_costs * factor
    forth, back = (
        np.where(way < NO, np.minimum(way, 1000) * factor, NO) for way in (instance.cost, instance.back_cost)
    )
    other = ArborescenceInstance(  # every edge turned round, in the opposite order
        instance.node_count,
        name[instance.head][::-1],
        name[instance.tail][::-1],
        back[::-1],
        forth[::-1],
        name[instance.roots],
        name[instance.terminals],
        weight,
    )
    assert_arcs(other, None if optimum is None else optimum * factor)


def random_undirected(seed: int, node_count: int, edge_count: int, terminal_count: int) -> SteinerInstance:
    one = random_directed(2 * seed, node_count, edge_count, terminal_count)
    cost = np.minimum(one.cost, 40)
    return SteinerInstance(node_count, one.tail, one.head, cost, one.terminals)


@pytest.mark.parametrize("seed", range(6))
def test_equal_costs_both_ways_are_the_undirected_problem(seed: int) -> None:
    instance = random_undirected(seed, 60, 110, 12)
    optimum = solve_steiner_tree(instance).report.objective
    assert optimum is not None
    both_ways = ArborescenceInstance(
        60,
        instance.tail,
        instance.head,
        instance.cost,
        instance.cost,
        instance.terminals[3:4],
        instance.terminals,
    )
    solution = assert_arcs(both_ways, optimum)
    assert check_tree(instance, solution.edges) == optimum
    for node_cost in (np.zeros(60, np.int64), np.full(60, 0)):
        assert_edges(instance, solve_node_weighted_tree(instance, node_cost), optimum, node_cost)


@settings(max_examples=examples(100), deadline=None)
@given(tiny(most_nodes=6, most_edges=6))
def test_node_costs_against_brute_force(directions: ArborescenceInstance) -> None:
    cost = np.minimum(directions.cost, 1000)
    instance = SteinerInstance(
        directions.node_count, directions.tail, directions.head, cost, directions.terminals
    )
    node_cost = directions.node_costs
    solution = solve_node_weighted_tree(instance, node_cost)
    best = None
    for size in range(instance.edge_count + 1):
        for edges in combinations(range(instance.edge_count), size):
            view: nx.Graph[int] = nx.Graph()
            view.add_nodes_from(instance.terminals.tolist())
            view.add_edges_from((int(instance.tail[e]), int(instance.head[e])) for e in edges)
            if len(view) == 0 or nx.is_connected(view):
                price = int(cost[list(edges)].sum()) + int(node_cost[list(view)].sum())
                best = price if best is None else min(best, price)
    if best is None:
        assert solution.report.status is Status.INFEASIBLE
        assert solution.unreachable
    else:
        assert_edges(instance, solution, best, node_cost)


def test_a_junction_is_avoided_only_if_it_is_costly() -> None:
    # 0, 2 and 4 meet at 1, or go round by 3 and 5.
    instance = undirected(
        6, [(0, 1, 1), (2, 1, 1), (4, 1, 1), (0, 3, 2), (3, 2, 2), (2, 5, 2), (5, 4, 2)], [0, 2, 4]
    )
    node_cost = np.array([1, 6, 1, 0, 1, 0])
    assert_edges(instance, solve_node_weighted_tree(instance, node_cost), 11, node_cost)
    assert solve_node_weighted_tree(instance, node_cost).edges.tolist() == [3, 4, 5, 6]
    cheap = np.array([1, 4, 1, 0, 1, 0])
    assert solve_node_weighted_tree(instance, cheap).edges.tolist() == [0, 1, 2]


@pytest.mark.parametrize("roots", [[4], [0, 7], [1, 5, 9]])
def test_several_roots_both_ways_of_saying_it(roots: list[int]) -> None:
    instance = random_undirected(3, 50, 80, 10)
    solution = solve_from_roots(instance, roots)
    both_ways = ArborescenceInstance(
        50, instance.tail, instance.head, instance.cost, instance.cost, np.array(roots), instance.terminals
    )
    assert solution.report.objective is not None
    assert_arcs(both_ways, solution.report.objective)
    view: nx.Graph[int] = nx.Graph()
    view.add_nodes_from([*roots, *instance.terminals.tolist()])
    view.add_edges_from((int(instance.tail[e]), int(instance.head[e])) for e in solution.edges)
    assert nx.is_forest(view)
    assert all(component & set(roots) for component in nx.connected_components(view) if len(component) > 1)
    assert int(instance.cost[solution.edges].sum()) == solution.report.objective == solution.report.bound
    assert {*instance.terminals.tolist()} <= set().union(
        *(nx.node_connected_component(view, root) for root in roots)
    )


def test_terminals_that_no_root_reaches_are_named() -> None:
    instance = undirected(6, [(0, 1, 5), (2, 3, 5), (4, 5, 1)], [1, 3, 5])
    solution = solve_from_roots(instance, [0, 2])
    assert (solution.report.status, solution.unreachable) == (Status.INFEASIBLE, (5,))
    assert solve_from_roots(instance, []).unreachable == (1, 3, 5)
    one_way = directed(4, [(0, 1, 1, 1), (2, 1, 1, NO), (3, 2, 4, 4)], [0], [1, 2, 3])
    assert solve_arborescence(one_way).unreachable == (2, 3)
    assert solve_arborescence(directed(2, [], [], [0, 1])).unreachable == (0, 1)
    apart = solve_node_weighted_tree(instance, np.ones(6, np.int64))
    assert (apart.report.status, apart.report.objective, apart.unreachable) == (
        Status.INFEASIBLE,
        None,
        (3, 5),
    )


@pytest.mark.parametrize(("terminals", "cost"), [([], 0), ([2], 7), ([0], 3), ([1, 2], 12)])
def test_no_terminal_one_terminal_and_roots_that_are_terminals(terminals: list[int], cost: int) -> None:
    instance = directed(3, [(0, 1, 9, 9)], [0, 1, 2], terminals, [3, 5, 7])
    assert assert_arcs(instance, cost).arcs.size == 0
    alone = undirected(3, [(0, 1, 9)], terminals[:1])
    single = solve_node_weighted_tree(alone, np.array([3, 5, 7]))
    assert_edges(alone, single, [0, 3, 5, 7][1 + terminals[0] if terminals else 0], np.array([3, 5, 7]))
    assert_arcs(directed(3, [(0, 1, 9, 9)], [2], [2], [3, 5, 7]), 7)


def test_loops_parallels_and_zero_costs() -> None:
    edges = [(0, 0, 0, 0), (0, 1, 9, 0), (1, 0, 0, 4), (1, 1, 1, 1), (1, 2, 0, 0), (2, 0, NO, NO)]
    solution = assert_arcs(directed(3, edges, [0], [1, 2]), 4)
    assert solution.arcs.tolist() == [5, 8]
    grid = street_grid(1, 6, 6, 7)
    free = ArborescenceInstance(
        grid.node_count,
        grid.tail,
        grid.head,
        grid.cost * 0,
        grid.cost * 0,
        grid.terminals[:1],
        grid.terminals,
    )
    assert_arcs(free, 0)


@pytest.mark.parametrize("seed", range(4))
def test_costs_may_sum_to_the_greatest_total(seed: int) -> None:
    instance = random_directed(seed, 30, 60, 6)
    allowed = [np.where(way < NO, way, 0) for way in (instance.cost, instance.back_cost)]
    factor = MAX_TOTAL_COST // (int(np.maximum(*allowed).sum()) + int(instance.node_costs.sum()))
    huge = ArborescenceInstance(
        30,
        instance.tail,
        instance.head,
        *(
            np.where(way < NO, np.where(way < NO, way, 0) * factor, NO)
            for way in (instance.cost, instance.back_cost)
        ),
        instance.roots,
        instance.terminals,
        instance.node_costs * factor,
    )
    optimum = dreyfus_wagner(instance)
    assert optimum is not None
    solution = solve_arborescence(huge, time_limit_s=20)
    assert solution.report.bound <= optimum * factor <= solution.report.objective
    assert check_arborescence(huge, solution.arcs) == solution.report.objective
    assert_arcs(huge, optimum * factor)


def test_where_branching_would_overflow_the_gap_is_honest() -> None:
    instance = hypercube(5, [1])
    cost = instance.cost * (MAX_TOTAL_COST // instance.edge_count)
    first, everything = instance.terminals[:1], instance.terminals
    huge = ArborescenceInstance(
        instance.node_count, instance.tail, instance.head, cost, cost, first, everything
    )
    solution = solve_arborescence(huge)
    assert solution.report.bound <= 20 * int(cost[0]) <= solution.report.objective
    assert check_arborescence(huge, solution.arcs) == solution.report.objective


def test_one_arc_and_one_node_of_the_greatest_cost() -> None:
    assert_arcs(directed(2, [(0, 1, MAX_TOTAL_COST, NO)], [0], [1]), MAX_TOTAL_COST)
    assert_arcs(directed(2, [(0, 1, 0, 0)], [0], [1], [MAX_TOTAL_COST - 1, 1]), MAX_TOTAL_COST)
    with pytest.raises(SolverInputError, match="sum to"):
        directed(2, [(0, 1, MAX_TOTAL_COST, NO)], [0], [1], [1, 0])


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"cost": [1, 2]}, "one entry per edge"),
        ({"back_cost": [-1]}, "back_cost"),
        ({"roots": [2]}, "roots"),
        ({"node_cost": [1]}, "each of 2 nodes"),
        ({"node_cost": [0, -4]}, "node_cost"),
        ({"node_count": -1}, "number of nodes"),
        ({"cost": [2**63 - 1]}, "too large"),
    ],
)
def test_arrays_that_fit_no_problem_are_refused(change: dict[str, object], message: str) -> None:
    whole = {
        "node_count": 2,
        "tail": [0],
        "head": [1],
        "cost": [1],
        "back_cost": [1],
        "roots": [0],
        "terminals": [1],
    }
    with pytest.raises(SolverInputError, match=message):
        ArborescenceInstance(**(whole | change))


@pytest.mark.parametrize(
    ("arcs", "message"),
    [
        ([0, 9], "does not exist"),
        ([-1], "does not exist"),
        ([1], "may not be used"),
        ([0, 4], "entered twice"),
        ([0], "node 2 does not hang"),
        ([2, 3], "does not hang"),
        ([2, 4], "does not hang"),
    ],
)
def test_the_auditor_refuses_what_is_no_tree_of_arcs(arcs: list[int], message: str) -> None:
    instance = directed(3, [(0, 1, 5, NO), (1, 2, 5, 5), (2, 1, 1, 1), (0, 2, 3, NO)], [0], [2])
    assert check_arborescence(instance, [6]) == 3
    assert check_arborescence(instance, [0, 2]) == 10
    with pytest.raises(SolverInputError, match=message):
        check_arborescence(instance, arcs)


def test_input_and_seed_decide_everything() -> None:
    instance = random_directed(9, 200, 420, 25)
    before = [
        array.copy()
        for array in (instance.tail, instance.head, instance.arc_cost, instance.roots, instance.terminals)
    ]
    one, two = solve_arborescence(instance, seed=4), solve_arborescence(instance, seed=4)
    assert one.arcs.tolist() == two.arcs.tolist()
    assert [(e.bound, e.incumbent) for e in one.report.log] == [
        (e.bound, e.incumbent) for e in two.report.log
    ]
    after = (instance.tail, instance.head, instance.arc_cost, instance.roots, instance.terminals)
    assert all((a == b).all() for a, b in zip(before, after, strict=True))


@settings(max_examples=examples(150), deadline=None)
@given(tiny(most_nodes=12, most_edges=30))
def test_no_key_path_can_be_exchanged_any_more(instance: ArborescenceInstance) -> None:
    part = join_roots(instance)
    graph, root = part.graph, part.root
    first = grow_arborescence(graph, np.where(part.useless, NO, 1), root)
    if first is None or instance.terminals.size == 0:
        return
    arcs = improve_arborescence(graph, part.cost, root, first, stop=lambda: False)
    assert check_arborescence(instance, arcs) <= check_arborescence(instance, first)
    ends = {arc: (int(graph.arc_tail[arc]), int(graph.arc_head[arc])) for arc in range(part.cost.size)}
    tree: nx.DiGraph[int] = nx.DiGraph([ends[arc] for arc in arcs.tolist()])
    tree.add_node(root)
    entry = {ends[arc][1]: arc for arc in arcs.tolist()}
    keys = [node for node in tree if node == root or graph.is_terminal[node] or tree.out_degree(node) > 1]
    assert all(tree.out_degree(node) or node in keys for node in tree)
    for key in keys:
        inner, length, step = set(), 0, key
        while step != root and (step == key or step not in keys):
            inner.add(step)
            length += int(part.cost[entry[step]])
            step = ends[entry[step]][0]
        below = nx.descendants(tree, key)
        view: nx.DiGraph[int] = nx.DiGraph()
        view.add_nodes_from(tree)
        for arc in np.flatnonzero(~part.useless).tolist():
            u, v = ends[arc]
            if not {u, v} & below:
                old = view.edges[u, v]["cost"] if view.has_edge(u, v) else NO
                view.add_edge(u, v, cost=min(old, int(part.cost[arc])))
        rest = set(tree) - below - inner
        if key != root:
            assert nx.multi_source_dijkstra(view, rest, key, weight="cost")[0] == length


def lopsided_grid(side: int, terminal_count: int) -> ArborescenceInstance:
    node = np.arange(side * side).reshape(side, side)
    tail = np.concatenate((node[:, :-1].ravel(), node[:-1].ravel()))
    head = np.concatenate((node[:, 1:].ravel(), node[1:].ravel()))
    rng = np.random.default_rng(0)
    forth, back = rng.integers(50, 150, (2, tail.size))
    terminals = rng.permutation(side * side)[:terminal_count]
    return ArborescenceInstance(side * side, tail, head, forth, back, terminals[:1], terminals)


def test_a_time_limit_gives_a_tree_and_an_honest_gap() -> None:
    instance = lopsided_grid(51, 60)
    assert instance.edge_count > 5000
    solve_arborescence(lopsided_grid(12, 8))  # compiles
    begin = time.perf_counter()
    solution = solve_arborescence(instance, time_limit_s=0.1)
    assert time.perf_counter() - begin < 2.1
    report = solution.report
    assert report.status is Status.FEASIBLE
    assert 0 < report.bound < report.objective == check_arborescence(instance, solution.arcs)
    assert solve_arborescence(instance, time_limit_s=0.0).report.objective is not None


def test_progress_only_improves_and_an_interruption_keeps_what_is_known() -> None:
    seen: list[LogEntry] = []

    def interrupt(entry: LogEntry) -> None:
        seen.append(entry)
        if entry.bound > 0 and entry.incumbent is not None:
            raise KeyboardInterrupt

    instance = lopsided_grid(30, 40)
    solution = solve_arborescence(instance, progress=interrupt)
    report = solution.report
    assert report.status is Status.FEASIBLE
    assert 0 < report.bound < report.objective == check_arborescence(instance, solution.arcs)
    assert tuple(seen) == report.log
    seen.clear()
    report = solve_arborescence(random_directed(9, 60, 130, 9), progress=seen.append).report
    assert tuple(seen) == report.log
    assert [e.bound for e in seen] == sorted(e.bound for e in seen)
    assert (seen[-1].bound, seen[-1].incumbent) == (report.bound, report.objective)


def regions(*parts: SteinerInstance) -> SteinerInstance:
    """Several instances side by side, their nodes interleaved as far as that goes."""
    counts = [part.node_count for part in parts]
    name = np.random.default_rng(0).permutation(sum(counts))
    names = np.split(name, np.cumsum(counts)[:-1])
    pairs = list(zip(parts, names, strict=True))
    return SteinerInstance(
        sum(counts),
        np.concatenate([own[part.tail] for part, own in pairs]),
        np.concatenate([own[part.head] for part, own in pairs]),
        np.concatenate([part.cost for part, _ in pairs]),
        np.concatenate([own[part.terminals] for part, own in pairs]),
    )


def test_a_forest_is_the_sum_of_its_trees() -> None:
    parts = [random_undirected(seed, 40, 70, 8) for seed in range(4)]
    parts.append(undirected(3, [(0, 1, 4), (1, 2, 4)], []))
    parts.append(undirected(2, [(0, 1, 4)], [1]))
    whole = regions(*parts)
    seen: list[LogEntry] = []
    forest = solve_steiner_forest(whole, progress=seen.append)
    optima = [solve_steiner_tree(part).report.objective for part in parts]
    report = forest.report
    assert report.is_optimal
    assert report.objective == report.bound == sum(optima)
    assert sorted(tree.report.objective for tree in forest.trees) == sorted([*optima[:4], 0])
    assert all(tree.report.is_optimal for tree in forest.trees)
    assert forest.edges.tolist() == sorted(edge for tree in forest.trees for edge in tree.edges.tolist())
    assert tuple(seen) == report.log
    view: nx.Graph[int] = nx.Graph(zip(whole.tail.tolist(), whole.head.tolist(), strict=True))
    view.add_nodes_from(range(whole.node_count))
    for tree in forest.trees:
        region = (
            nx.node_connected_component(view, int(whole.tail[tree.edges[0]])) if tree.edges.size else set()
        )
        ours = [node for node in whole.terminals.tolist() if node in region]
        part = SteinerInstance(whole.node_count, whole.tail, whole.head, whole.cost, np.array(ours, np.int64))
        assert check_tree(part, tree.edges) == tree.report.objective


def test_a_forest_of_one_region_is_a_tree() -> None:
    instance = random_undirected(1, 60, 110, 12)
    forest, tree = solve_steiner_forest(instance), solve_steiner_tree(instance)
    assert forest.report.objective == tree.report.objective == check_tree(instance, forest.edges)


def test_a_forest_of_nothing_and_of_points() -> None:
    nothing = solve_steiner_forest(undirected(0, [], []))
    assert (nothing.report.status, nothing.report.objective, nothing.trees) == (Status.OPTIMAL, 0, ())
    points = solve_steiner_forest(undirected(4, [(0, 0, 3)], [0, 2, 3]))
    assert (points.report.status, points.report.objective, len(points.trees)) == (Status.OPTIMAL, 0, 3)
    many = undirected(2, [(0, 1, 5)] * 300, [0, 1])
    assert solve_steiner_forest(many).report.objective == 5


def test_a_forest_without_time_or_interrupted_has_all_trees_and_bounds() -> None:
    whole = regions(street_grid(1, 14, 14, 30), street_grid(2, 14, 14, 30))
    report = solve_steiner_forest(whole, time_limit_s=0.0).report
    assert report.objective is not None
    assert report.bound <= report.objective

    def interrupt(entry: LogEntry) -> None:
        if entry.incumbent is not None:
            raise KeyboardInterrupt

    forest = solve_steiner_forest(whole, progress=interrupt)
    assert forest.report.status is Status.FEASIBLE
    assert sum(tree.report.objective for tree in forest.trees) == forest.report.objective
    assert int(whole.cost[forest.edges].sum()) == forest.report.objective
    early = solve_steiner_forest(whole, progress=lambda _: interrupt(LogEntry(0.0, 0, 0)))
    assert early.report.objective is None or early.report.bound <= early.report.objective


def test_the_example_of_the_documentation() -> None:
    page = ROOT / "docs" / "solver.md"
    result = doctest.testfile(str(page), module_relative=False)
    assert (result.failed, result.attempted) == (0, 4)
