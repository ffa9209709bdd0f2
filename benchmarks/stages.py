"""Time the stages of a plan and the start of the command line; print the table of docs/benchmarks.md.

    python benchmarks/stages.py [--osm FILE.osm.pbf] [--parks 100] [--nodes 12000]

Every figure is the median of several runs in this process after one that compiles and warms up; what starts a
process of its own is timed from outside. Compare ratios of one run, not seconds of different days.
"""

from __future__ import annotations

import argparse
import platform
import resource
import statistics
import subprocess
import sys
import tempfile
import time
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import fiberplan as fp
from fiberplan.exports.folder import write_outputs
from fiberplan.inputs.osm import project_from_osm
from fiberplan.inputs.writing import write_project

if TYPE_CHECKING:
    from collections.abc import Callable


def median_seconds(work: Callable[[], Any], *, runs: int) -> tuple[float, Any]:
    """Run once to warm up, then time; return the median and the last result."""
    result = work()
    seconds = []
    for _ in range(runs):
        start = time.perf_counter()
        result = work()
        seconds.append(time.perf_counter() - start)
    return statistics.median(seconds), result


def row(what: str, seconds: float, note: str = "") -> None:
    print(f"| {what} | {seconds:.2f} | {note} |", flush=True)


def commands(scratch: Path) -> None:
    """Time whole processes."""
    executable = str(Path(sys.executable).with_name("fiberplan"))
    for what, command in (
        ("`import fiberplan`", [sys.executable, "-c", "import fiberplan"]),
        ("`fiberplan --help`", [executable, "--help"]),
        ("`fiberplan demo`, whole process", [executable, "demo", "-o", str(scratch / "demo")]),
    ):
        seconds, _ = median_seconds(lambda: subprocess.run(command, check=True, capture_output=True), runs=5)  # noqa: B023
        row(what, seconds)


def stages(name: str, project: fp.Project, scratch: Path, *, time_limit_s: float, runs: int = 3) -> None:
    """Time each stage of one project."""
    routing_options = replace(project.settings.routing, time_limit_s=time_limit_s)
    project = replace(project, settings=replace(project.settings, routing=routing_options))
    seconds, graph = median_seconds(lambda: fp.build_graph(project), runs=runs)
    row(f"{name}: graph", seconds, f"{graph.node_count:,} nodes, {graph.edge_count:,} edges")
    start = time.perf_counter()
    routing = fp.solve_routes(graph)
    seconds = time.perf_counter() - start
    row(f"{name}: routes", seconds, f"{routing.status}, gap {routing.gap:.3%}, {routing.report.stage}")
    seconds, design = median_seconds(lambda: fp.design_network(project, routing), runs=runs)
    row(f"{name}: design", seconds, f"{len(design.bill):,} bill lines")
    seconds, ledger = median_seconds(lambda: fp.price_design(project, design), runs=runs)
    row(f"{name}: cost", seconds, f"{len(ledger.lines):,} ledger lines")
    seconds, _ = median_seconds(lambda: fp.split_costs(ledger, design, policy=project.funding), runs=runs)
    row(f"{name}: split", seconds)
    start = time.perf_counter()
    plan = fp.plan_rollout(project)
    row(f"{name}: whole plan with stand-alone plans", time.perf_counter() - start)
    start = time.perf_counter()
    files = write_outputs(plan, scratch / name.replace(" ", "-"))
    row(f"{name}: map, reports, files", time.perf_counter() - start, f"{len(files)} files")


def osm(extract: Path, scratch: Path) -> None:
    """Time reading and graph building on an extract, then its stages."""
    seconds, project = median_seconds(lambda: project_from_osm(extract), runs=3)
    row("OSM extract: read", seconds, f"{len(project.parks)} parks, {len(project.corridors):,} corridors")
    folder = scratch / "osm"
    write_project(project, folder)
    seconds, project = median_seconds(lambda: fp.read_project(folder), runs=3)
    row("OSM project folder: read", seconds)
    stages("OSM", project, scratch, time_limit_s=60)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.split("\n", maxsplit=1)[0])
    parser.add_argument("--osm", type=Path, help="an OpenStreetMap extract")
    parser.add_argument("--parks", type=int, default=100)
    parser.add_argument("--nodes", type=int, default=12_000)
    parser.add_argument(
        "--time-limit", type=float, default=60.0, help="seconds for the synthetic province's routes"
    )
    arguments = parser.parse_args()
    print(f"Python {platform.python_version()}, {platform.machine()}\n")
    print("| what | seconds | |\n|---|---:|---|")
    with tempfile.TemporaryDirectory() as name:
        scratch = Path(name)
        commands(scratch)
        lorestan = fp.datasets.path("lorestan")
        seconds, project = median_seconds(lambda: fp.read_project(lorestan), runs=5)
        row("Lorestan: read", seconds)
        stages("Lorestan", project, scratch, time_limit_s=60)
        if arguments.osm is not None:
            osm(arguments.osm, scratch)
        province = fp.datasets.synthetic(arguments.parks, arguments.nodes, seed=1)
        stages(
            f"synthetic {arguments.parks} parks", province, scratch, time_limit_s=arguments.time_limit, runs=1
        )
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(f"\nPeak memory of this process: {peak:,.0f} MiB")


if __name__ == "__main__":
    main()
