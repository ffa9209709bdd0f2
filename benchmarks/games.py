"""Time the full cost games of plans; print the table of docs/benchmarks.md.

    python benchmarks/games.py [--only lorestan|synthetic] [--workers N]

Every coalition of operators is routed, designed and priced anew. The eight operators of Lorestan are the five of the
example and three more that are made up here; the synthetic province has ten, 100 parks and 20,000 edges.
"""

from __future__ import annotations

import argparse
import time
from dataclasses import replace
from decimal import Decimal

import fiberplan as fp
from fiberplan.result.coalitions import CoalitionOptions
from fiberplan.sharing import certify_split, in_money, rule

EXTRA = {"op-f": (0, 3), "op-g": (1, 4), "op-h": (2, 5)}
"""Of each extra operator: which parks of the list it serves, from where and every how many."""


def lorestan_of_eight() -> fp.Project:
    """Give the example three more operators, each with a tenth of the units of every few parks."""
    project = fp.read_project(fp.datasets.path("lorestan"))
    demand = [
        fp.Demand(operator_id=name, park_id=park.id, quantity=Decimal(park.units), take_up=Decimal("0.05"))
        for name, (first, step) in EXTRA.items()
        for park in project.parks[first::step]
    ]
    operators = tuple(fp.Operator(id=name) for name in EXTRA)
    return replace(project, operators=(*project.operators, *operators), demand=(*project.demand, *demand))


def measure(name: str, project: fp.Project, workers: int | None) -> None:
    """Plan jointly, work the game out, share it and certify the shares."""
    plan = fp.plan_rollout(project)
    start = time.perf_counter()
    game = plan.cost_game(options=CoalitionOptions(workers=workers))
    seconds = time.perf_counter() - start
    proven = sum(bounds.lower == bounds.upper for bounds in game.table().values())
    print(
        f"| {name}: game | {seconds:.1f} | {2**game.size - 1:,} coalitions, {proven:,} proven |", flush=True
    )
    for chosen in ("shapley", "nucleolus"):
        start = time.perf_counter()
        shares = in_money(rule(chosen)(game))
        found = certify_split(game, shares, rounding=1)
        words = {True: "in the core", False: "outside the core", None: "core not known"}
        note = words[found.in_core] + (", which is empty" if found.core_is_empty else "")
        print(f"| {name}: {chosen}, certificate | {time.perf_counter() - start:.2f} | {note} |", flush=True)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.split("\n", maxsplit=1)[0])
    parser.add_argument("--only", choices=["lorestan", "synthetic"])
    parser.add_argument("--workers", type=int, help="processes; by default as many as there are cores")
    arguments = parser.parse_args()
    print("| what | seconds | |\n|---|---:|---|")
    if arguments.only != "synthetic":
        measure("Lorestan, 8 operators", lorestan_of_eight(), arguments.workers)
    if arguments.only != "lorestan":
        province = fp.datasets.synthetic(100, 12_000, seed=1, operators=10)
        measure("synthetic, 10 operators", province, arguments.workers)


if __name__ == "__main__":
    main()
