"""Compare solvers of the Steiner tree problem on a folder of instances; print a table in Markdown.

    python benchmarks/steiner.py FOLDER [--optima FILE.csv] [--only TEXT] [--time-limit 120] [--solvers fiberplan,networkx]

The folder holds ``.gr`` or ``.stp`` files, also gzipped; the optima are a CSV file with the columns ``file`` and
``optimum``. Every solver gets each instance in a process of its own, so that its peak memory is its own; each process first
solves a small instance, which compiles or imports what there is. Reading is not timed. Every tree is checked edge by edge.
Solvers that are not installed (rustworkx, steinerpy) are left out.
"""

from __future__ import annotations

import argparse
import contextlib
import csv
import importlib.util
import json
import resource
import subprocess
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from fiberplan.errors import FiberplanError
from fiberplan.solvers.problem.checks import check_tree
from fiberplan.solvers.problem.formats import read_instance
from fiberplan.solvers.problem.steiner import SteinerInstance
from fiberplan.solvers.steiner.solve import solve_steiner_tree

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

Answer = tuple[list[int], int | None]
"""Edges of a tree, and a lower bound if the solver proves one."""


WARM_UP_S = 120.0
"""Limit of the instance that warms up, since kernels may have to be compiled first."""


def small_instance() -> SteinerInstance:
    """Make a grid of 50 times 50 with 200 terminals and many ties: enough for every stage to run once."""
    number = np.arange(2500).reshape(50, 50)
    tail = np.concatenate((number[:, :-1].ravel(), number[:-1].ravel()))
    head = np.concatenate((number[:, 1:].ravel(), number[1:].ravel()))
    rng = np.random.default_rng(1)
    return SteinerInstance(2500, tail, head, rng.integers(8, 12, tail.size), rng.permutation(2500)[:200])


def cheapest_edges(instance: SteinerInstance) -> dict[tuple[int, int], int]:
    """Find the cheapest edge between two nodes, for solvers that know no parallels."""
    best: dict[tuple[int, int], int] = {}
    for edge, (tail, head) in enumerate(zip(instance.tail.tolist(), instance.head.tolist(), strict=True)):
        pair = (min(tail, head), max(tail, head))
        if tail != head and (pair not in best or instance.cost[edge] < instance.cost[best[pair]]):
            best[pair] = edge
    return best


def indices(edges: dict[tuple[int, int], int], pairs: Iterable[tuple[int, int]]) -> list[int]:
    return [edges[min(one, two), max(one, two)] for one, two in pairs]


def with_fiberplan(instance: SteinerInstance, time_limit_s: float) -> Callable[[], Answer]:
    def work() -> Answer:
        solution = solve_steiner_tree(instance, time_limit_s=time_limit_s)
        return solution.edges.tolist(), solution.report.bound

    return work


def with_networkx(instance: SteinerInstance, time_limit_s: float) -> Callable[[], Answer]:  # noqa: ARG001
    import networkx as nx  # noqa: PLC0415 - loaded in the process that times it

    edges = cheapest_edges(instance)
    graph = nx.Graph()
    graph.add_weighted_edges_from((*pair, int(instance.cost[edge])) for pair, edge in edges.items())
    terminals = instance.terminals.tolist()

    def work() -> Answer:
        tree = nx.algorithms.approximation.steiner_tree(graph, terminals, method="mehlhorn")
        return indices(edges, tree.edges), None

    return work


def with_rustworkx(instance: SteinerInstance, time_limit_s: float) -> Callable[[], Answer]:  # noqa: ARG001
    import rustworkx  # noqa: PLC0415

    edges = cheapest_edges(instance)
    graph = rustworkx.PyGraph(multigraph=False)
    graph.add_nodes_from(range(instance.node_count))
    graph.add_edges_from([(*pair, int(instance.cost[edge])) for pair, edge in edges.items()])
    terminals = instance.terminals.tolist()

    def work() -> Answer:
        tree = rustworkx.steiner_tree(graph, terminals, weight_fn=float)
        return indices(edges, tree.edge_list()), None

    return work


def with_steinerpy(instance: SteinerInstance, time_limit_s: float) -> Callable[[], Answer]:
    import networkx as nx  # noqa: PLC0415
    import steinerpy  # noqa: PLC0415

    edges = cheapest_edges(instance)
    graph = nx.Graph()
    graph.add_weighted_edges_from((*pair, int(instance.cost[edge])) for pair, edge in edges.items())
    terminals = instance.terminals.tolist()

    def work() -> Answer:
        found = steinerpy.SteinerProblem(graph, [terminals], weight="weight").get_solution(
            time_limit=time_limit_s
        )
        return indices(edges, found.original_selected_edges), None

    return work


SOLVERS = {
    "fiberplan": with_fiberplan,
    "networkx": with_networkx,
    "rustworkx": with_rustworkx,
    "steinerpy": with_steinerpy,
}


def run_here(solver: str, path: Path, time_limit_s: float) -> None:
    """In a process of its own: warm up, solve, check, print one line of JSON."""
    with contextlib.suppress(RuntimeError):  # steinerpy, if five seconds do not suffice for it
        SOLVERS[solver](small_instance(), 5.0 if solver == "steinerpy" else WARM_UP_S)()
    instance = read_instance(path)
    work = SOLVERS[solver](instance, time_limit_s)
    begin = time.perf_counter()
    edges, bound = work()
    seconds = time.perf_counter() - begin
    try:
        row = {"objective": check_tree(instance, edges), "bound": bound}
    except FiberplanError as error:
        row = {"fault": str(error)}
    peak_mb = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024
    print(json.dumps(row | {"seconds": round(seconds, 2), "peak_mb": peak_mb}))


def run(solver: str, path: Path, time_limit_s: float) -> dict[str, int | float | str]:
    """Start a process for one solver and instance, and return what it found."""
    command = [sys.executable, __file__, "--run", solver, "--time-limit", str(time_limit_s), str(path)]
    patience = 4 * time_limit_s + 120
    try:
        done = subprocess.run(command, capture_output=True, text=True, timeout=patience, check=False)
    except subprocess.TimeoutExpired:
        return {"fault": f"stopped after {patience:.0f} s"}
    lines = done.stdout.splitlines()
    if done.returncode or not lines:
        return {"fault": (done.stderr.splitlines() or ["no answer"])[-1][:80]}
    return dict(json.loads(lines[-1]))


def row_of(name: str, solver: str, found: dict[str, int | float | str], optimum: int | None) -> str:
    """One line of the table."""
    if "fault" in found:
        return f"| {name} | {solver} | {found['fault']} | | | | | |"
    objective, bound = int(found["objective"]), found["bound"]
    proven = "" if bound is None else f"{int(bound)}"
    gap = "" if bound is None else f"{100 * (objective - int(bound)) / max(objective, 1):.4f} %"
    above = "" if optimum is None else f"{100 * (objective - optimum) / max(optimum, 1):.4f} %"
    if optimum is not None and (objective < optimum or (bound is not None and int(bound) > optimum)):
        above = "WRONG CLAIM"
    return f"| {name} | {solver} | {objective} | {proven} | {gap} | {above} | {found['seconds']} | {found['peak_mb']} |"


def compare(arguments: argparse.Namespace) -> None:
    """Print the table."""
    optima = {}
    if arguments.optima:
        with arguments.optima.open(encoding="utf-8") as file:
            optima = {line["file"]: int(line["optimum"]) for line in csv.DictReader(file)}
    endings = (".gr", ".stp", ".gr.gz", ".stp.gz")
    paths = sorted(
        p for p in arguments.path.iterdir() if p.name.endswith(endings) and arguments.only in p.name
    )
    solvers = [name for name in arguments.solvers.split(",") if importlib.util.find_spec(name)]
    print("| instance | solver | objective | bound | gap | above optimum | seconds | peak MB |")
    print("|---|---|---:|---:|---:|---:|---:|---:|")
    for path in paths:
        for solver in solvers:
            found = run(solver, path, arguments.time_limit)
            print(row_of(path.name.split(".")[0], solver, found, optima.get(path.name)), flush=True)


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("path", type=Path, metavar="FOLDER")
    parser.add_argument("--optima", type=Path)
    parser.add_argument(
        "--only", default="", metavar="TEXT", help="part of the names of the instances to run"
    )
    parser.add_argument("--time-limit", type=float, default=120.0)
    parser.add_argument("--solvers", default=",".join(SOLVERS))
    parser.add_argument("--run", choices=SOLVERS, help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    if arguments.run:
        run_here(arguments.run, arguments.path, arguments.time_limit)
    else:
        compare(arguments)


if __name__ == "__main__":
    main()
