"""`solve_steiner_tree` against brute force, a second formulation, known optima, and itself under symmetries."""

from __future__ import annotations

import csv
import os
import time

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from ortools.math_opt.python import mathopt
from pydantic import TypeAdapter
from support.examples import examples
from support.paths import SHARED
from support.steiner import hypercube

from fiberplan.solvers.cuts.branching import branch
from fiberplan.solvers.cuts.rows import Rows
from fiberplan.solvers.problem.checks import check_tree
from fiberplan.solvers.problem.formats import read_instance
from fiberplan.solvers.problem.steiner import MAX_TOTAL_COST, SteinerInstance, build_graph
from fiberplan.solvers.run.report import LogEntry, SolveReport, Status
from fiberplan.solvers.steiner.solve import SteinerSolution, solve_steiner_tree

_shared = os.environ.get("FIBERPLAN_SHARED_DATA")
SAMPLE = SHARED / "steiner"


def instance_of(node_count: int, edges: list[tuple[int, int, int]], terminals: list[int]) -> SteinerInstance:
    table = np.array(edges, np.int64).reshape(-1, 3)
    return SteinerInstance(node_count, table[:, 0], table[:, 1], table[:, 2], np.array(terminals, np.int64))


@st.composite
def multigraphs(draw: st.DrawFn) -> SteinerInstance:
    node_count = draw(st.integers(1, 7))
    node = st.integers(0, node_count - 1)
    cost = st.integers(0, draw(st.sampled_from([1, 3, 10, 1000])))
    edges = draw(st.lists(st.tuples(node, node, cost), max_size=10))
    return instance_of(node_count, edges, draw(st.lists(node, max_size=7)))


def brute_force(instance: SteinerInstance) -> int | None:
    """Cheapest subset of edges that connects the terminals; None if there is none."""
    best = None
    triples = list(zip(instance.tail.tolist(), instance.head.tolist(), instance.cost.tolist(), strict=True))
    for bits in range(1 << len(triples)):
        chosen = [triple for k, triple in enumerate(triples) if bits >> k & 1]
        cost = sum(triple[2] for triple in chosen)
        if best is not None and cost >= best:
            continue
        label = list(range(instance.node_count))
        for tail, head, _ in chosen:
            old, new = label[tail], label[head]
            label = [new if name == old else name for name in label]
        if len({label[node] for node in instance.terminals.tolist()}) <= 1:
            best = cost
    return best


def assert_solved(instance: SteinerInstance, optimum: int, **options: int) -> SteinerSolution:
    solution = solve_steiner_tree(instance, **options)
    report = solution.report
    assert report.is_optimal
    assert report.objective == report.bound == optimum
    assert check_tree(instance, solution.edges) == optimum
    assert solution.edges.dtype == np.int64
    assert (np.diff(solution.edges) > 0).all()
    return solution


@settings(max_examples=examples(150), deadline=None)
@given(multigraphs())
def test_brute_force_agrees(instance: SteinerInstance) -> None:
    best = brute_force(instance)
    if best is None:
        solution = solve_steiner_tree(instance)
        assert solution.report.status is Status.INFEASIBLE
        assert solution.unreachable
        assert solution.edges.size == 0
    else:
        assert_solved(instance, best)


def flow_optimum(instance: SteinerInstance) -> int:
    """Optimum by a multi-commodity flow formulation in SCIP: shares nothing with the solver but the arrays."""
    root, *sinks = instance.terminals.tolist()
    model = mathopt.Model()
    triples = list(zip(instance.tail.tolist(), instance.head.tolist(), instance.cost.tolist(), strict=True))
    built = [model.add_binary_variable() for _ in triples]
    model.minimize(sum(cost * built[k] for k, (_, _, cost) in enumerate(triples)))
    for sink in sinks:
        balance = [0.0] * instance.node_count
        for k, (tail, head, _) in enumerate(triples):
            forth, back = model.add_variable(lb=0), model.add_variable(lb=0)
            model.add_linear_constraint(forth + back <= built[k])
            balance[tail] += forth - back
            balance[head] += back - forth
        for node in range(instance.node_count):
            if not isinstance(balance[node], float):
                model.add_linear_constraint(balance[node] == (node == root) - (node == sink))
    return round(mathopt.solve(model, mathopt.SolverType.GSCIP).objective_value())


def random_instance(
    seed: int, node_count: int, edge_count: int, terminal_count: int, costliest: int
) -> SteinerInstance:
    """A connected one: a random tree and further edges."""
    rng = np.random.default_rng(seed)
    tail = np.concatenate(
        (np.arange(1, node_count), rng.integers(node_count, size=edge_count - node_count + 1))
    )
    head = np.concatenate(
        (
            [rng.integers(k) for k in range(1, node_count)],
            rng.integers(node_count, size=edge_count - node_count + 1),
        )
    )
    cost = rng.integers(1, costliest + 1, edge_count)
    return SteinerInstance(node_count, tail, head, cost, rng.permutation(node_count)[:terminal_count])


@pytest.mark.parametrize("seed", range(12))
def test_flow_formulation_agrees(seed: int) -> None:
    instance = random_instance(seed, 12, 26, 5, [4, 100][seed % 2])
    assert_solved(instance, flow_optimum(instance))


def sample_rows() -> list[tuple[str, int]]:
    if not SAMPLE.is_dir():
        return []
    with (SAMPLE / "optima.csv").open(encoding="utf-8") as file:
        return [(row["file"], int(row["optimum"])) for row in csv.DictReader(file)]


@pytest.mark.skipif(not SAMPLE.is_dir(), reason="the sample of shared/data/steiner is not here")
def test_small_sample_is_proven_within_a_second_each() -> None:
    names = [row for row in sample_rows() if row[0].startswith("small_")]
    for name, _ in names:
        solve_steiner_tree(read_instance(SAMPLE / name))  # compiles
    for name, optimum in names:
        instance = read_instance(SAMPLE / name)
        begin = time.perf_counter()
        assert_solved(instance, optimum)
        assert time.perf_counter() - begin < 1.0, name


@pytest.mark.skipif(not SAMPLE.is_dir(), reason="the sample of shared/data/steiner is not here")
@pytest.mark.parametrize(
    ("name", "seconds", "gap"),
    [("vienna_016.gr.gz", 30, 0.0), ("vienna_107.gr.gz", 4, 0.002), ("vienna_060.gr.gz", 3, 0.05)],
)
def test_street_sample_never_claims_wrongly(name: str, seconds: float, gap: float) -> None:
    optimum = dict(sample_rows())[name]
    instance = read_instance(SAMPLE / name)
    begin = time.perf_counter()
    solution = solve_steiner_tree(instance, time_limit_s=seconds)
    report = solution.report
    assert time.perf_counter() - begin < seconds + 2.0
    assert check_tree(instance, solution.edges) == report.objective
    assert report.bound <= optimum <= report.objective
    assert report.gap <= gap
    assert report.is_optimal == (report.bound == report.objective)


def test_hypercube_needs_cuts_and_has_its_published_optimum() -> None:
    assert_solved(hypercube(4, [1]), 10)  # hc4u has 10 - the terminals are 8 of 16 corners


def test_relabelling_nodes_and_edges_leaves_the_objective() -> None:
    instance = random_instance(7, 40, 90, 9, 50)
    rng = np.random.default_rng(1)
    name, order = rng.permutation(40), rng.permutation(90)
    other = SteinerInstance(
        40,
        name[instance.head][order],
        name[instance.tail][order],
        instance.cost[order],
        name[instance.terminals],
    )
    optimum = solve_steiner_tree(instance).report.objective
    assert_solved(other, optimum)


@pytest.mark.parametrize("factor", [0, 7, 10**11, MAX_TOTAL_COST // 5000])
def test_scaling_costs_scales_the_objective(factor: int) -> None:
    instance = random_instance(3, 40, 90, 9, 50)
    assert instance.cost.sum() < 5000
    other = SteinerInstance(40, instance.tail, instance.head, instance.cost * factor, instance.terminals)
    assert_solved(other, solve_steiner_tree(instance).report.objective * factor)


def test_seed_and_input_decide_everything() -> None:
    instance = random_instance(5, 200, 420, 30, 4)
    before = [array.copy() for array in (instance.tail, instance.head, instance.cost, instance.terminals)]
    one, two = solve_steiner_tree(instance, seed=4), solve_steiner_tree(instance, seed=4)
    assert one.edges.tolist() == two.edges.tolist()
    assert one.report.stage == two.report.stage
    assert [(e.bound, e.incumbent) for e in one.report.log] == [
        (e.bound, e.incumbent) for e in two.report.log
    ]
    after = (instance.tail, instance.head, instance.cost, instance.terminals)
    assert all((a == b).all() for a, b in zip(before, after, strict=True))


@pytest.mark.parametrize("terminals", [[], [2], [2, 2]])
def test_no_or_one_terminal_costs_nothing(terminals: list[int]) -> None:
    assert_solved(instance_of(3, [(0, 1, 5), (1, 2, 5)], terminals), 0)


def test_disconnected_terminals_are_named() -> None:
    solution = solve_steiner_tree(instance_of(5, [(0, 1, 5), (2, 3, 5)], [0, 1, 3, 4]))
    assert solution.report.status is Status.INFEASIBLE
    assert solution.report.objective is None
    assert solution.unreachable == (3, 4)


def test_loops_and_parallels_are_stepped_over() -> None:
    instance = instance_of(2, [(0, 0, 0), (0, 1, 9), (1, 0, 4), (1, 1, 1)], [0, 1])
    assert assert_solved(instance, 4).edges.tolist() == [2]


def test_no_time_still_gives_a_tree_and_an_honest_gap() -> None:
    instance = hypercube(6, [3, 4, 5])
    report = solve_steiner_tree(instance, time_limit_s=0.0).report
    assert report.status is Status.FEASIBLE
    assert report.bound < report.objective
    assert 0.0 < report.gap <= 1.0


def test_progress_is_a_log_that_only_improves() -> None:
    seen = []
    report = solve_steiner_tree(hypercube(4, [3, 4, 5]), progress=seen.append).report
    assert tuple(seen) == report.log
    bounds = [entry.bound for entry in seen]
    incumbents = [entry.incumbent for entry in seen if entry.incumbent is not None]
    assert bounds == sorted(bounds)
    assert incumbents == sorted(incumbents, reverse=True)
    assert (bounds[-1], incumbents[-1]) == (report.bound, report.objective)


def test_report_survives_serialisation() -> None:
    adapter = TypeAdapter(SolveReport)
    report = SolveReport(
        Status.FEASIBLE, 10, 8, 0.5, "dual ascent", (LogEntry(0.1, 8, None), LogEntry(0.2, 8, 10))
    )
    assert adapter.validate_json(adapter.dump_json(report)) == report
    assert report.gap == pytest.approx(0.2)
    assert SolveReport(Status.NO_SOLUTION, None, 3, 0.0, "none").gap == float("inf")


@pytest.mark.parametrize("seed", range(6))
def test_cuts_and_branching_alone_find_the_optimum(seed: int) -> None:
    instance = random_instance(seed, 14, 30, 6, 9)
    optimum = flow_optimum(instance)
    graph = build_graph(14, instance.tail, instance.head, instance.cost, instance.terminals)
    useless = np.zeros(60, np.bool_)
    root = int(graph.terminals[0])
    result = branch(graph, root, useless, Rows(), optimum + 1, seed=0, remaining=lambda: 60.0)
    assert result.bound == optimum
    assert result.nodes is not None
    assert result.nodes[graph.terminals].all()
    none = branch(graph, root, useless, Rows(), optimum, seed=0, remaining=lambda: 60.0)
    assert none.bound == optimum
    assert none.nodes is None


def test_an_interruption_returns_the_tree_and_the_bound_of_that_moment() -> None:
    def interrupt(entry: LogEntry) -> None:
        if entry.bound > 0 and entry.incumbent is not None:
            raise KeyboardInterrupt

    instance = hypercube(6, [3, 4, 5])
    solution = solve_steiner_tree(instance, progress=interrupt)
    assert solution.report.status is Status.FEASIBLE
    assert check_tree(instance, solution.edges) == solution.report.objective
    assert 0 < solution.report.bound < solution.report.objective
