"""A random street network, solved: how large a gap a million edges with few and far terminals keep.

Crossings are random points; streets join those that are neighbours, three at a crossing on average, as in towns; a metre of trench costs
one of three prices. Usage: python benchmarks/streets.py [--nodes N] [--terminals K] [--seed S] [--time-limit SECONDS]
"""

from __future__ import annotations

import argparse
import resource
import time

import numpy as np
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components
from scipy.spatial import Delaunay
from steiner import WARM_UP_S, small_instance

from fiberplan.solvers.problem.checks import check_tree
from fiberplan.solvers.problem.steiner import SteinerInstance
from fiberplan.solvers.steiner.solve import solve_steiner_tree

BLOCK_M = 100.0
"""About the distance between crossings."""
PRICES = (10, 12, 20)
"""Of a metre: verge, pavement, carriageway."""
SHORT_CUTS = 1 / 3
"""Part of the streets that exist though a third crossing is nearer to both ends."""


def street_network(node_count: int, terminal_count: int, seed: int) -> SteinerInstance:
    """Make a random street network.

    Streets are edges of the Delaunay triangulation whose ends have no third point of their triangles nearer to both than they are to each
    other, as in the relative neighbourhood graph (Toussaint 1980), and some of those with none in the circle on them (Gabriel and Sokal 1969).

    Parameters
    ----------
    node_count
        Number of crossings; there are half as many streets more.
    terminal_count
        Number of terminals, anywhere.
    seed
        Of all that is random.
    """
    rng = np.random.default_rng(seed)
    points = rng.random((node_count, 2)) * BLOCK_M * np.sqrt(node_count)
    corners = Delaunay(points).simplices
    ends = np.sort(np.concatenate((corners[:, [0, 1]], corners[:, [1, 2]], corners[:, [2, 0]])), axis=1)
    third = points[np.concatenate((corners[:, 2], corners[:, 0], corners[:, 1]))]
    length = np.linalg.norm(points[ends[:, 0]] - points[ends[:, 1]], axis=1)
    one = np.linalg.norm(points[ends[:, 0]] - third, axis=1)
    two = np.linalg.norm(points[ends[:, 1]] - third, axis=1)
    ends, first, place = np.unique(ends, axis=0, return_index=True, return_inverse=True)
    nearer, inside = np.zeros(len(ends), np.bool_), np.zeros(len(ends), np.bool_)
    np.logical_or.at(nearer, place.ravel(), np.maximum(one, two) < length)
    np.logical_or.at(inside, place.ravel(), one**2 + two**2 < length**2)
    built = ~nearer | (~inside & (rng.random(len(ends)) < SHORT_CUTS))
    ends, length = ends[built], length[first][built]
    cost = np.rint(length * rng.choice(PRICES, len(ends))).astype(np.int64)
    links = coo_array((np.ones(len(ends)), (ends[:, 0], ends[:, 1])), shape=(node_count, node_count))
    town = connected_components(links, directed=False)[1]
    within = np.flatnonzero(town == np.argmax(np.bincount(town)))
    terminals = rng.choice(within, terminal_count, replace=False)
    return SteinerInstance(node_count, ends[:, 0], ends[:, 1], cost, terminals)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--nodes", type=int, default=800_000)
    parser.add_argument("--terminals", type=int, default=1000)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--time-limit", type=float, default=600.0)
    options = parser.parse_args()
    solve_steiner_tree(small_instance(), time_limit_s=WARM_UP_S)
    instance = street_network(options.nodes, options.terminals, options.seed)
    begin = time.perf_counter()
    solution = solve_steiner_tree(instance, time_limit_s=options.time_limit)
    seconds = time.perf_counter() - begin
    report = solution.report
    if check_tree(instance, solution.edges) != report.objective:
        raise AssertionError("the tree does not cost what is said")
    peak_gb = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 2**20
    near = [
        entry.seconds for entry in report.log if entry.incumbent and entry.bound >= 0.99 * entry.incumbent
    ]
    within = f"{near[0]:.0f} s" if near else "no"
    print("| edges | terminals | objective | bound | gap | within 1 % after | seconds | peak GB |")
    print("|---:|---:|---:|---:|---:|---:|---:|---:|")
    print(
        f"| {instance.edge_count:,} | {options.terminals:,} | {report.objective:,} | {report.bound:,} |"
        f" {100 * (report.gap or 0):.2f} % | {within} | {seconds:.0f} | {peak_gb:.1f} |"
    )


if __name__ == "__main__":
    main()
