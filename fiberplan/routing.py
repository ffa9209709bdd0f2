"""The entry point of routing: `solve_routes` connects every park to the backbone at least cost, with a proof.

Connecting all parks to any backbone node at least total cost is a Steiner tree problem once all backbone nodes are
joined to one super-root by edges of cost 0. `fiberplan.solvers.steiner` solves it in integers and proves a lower
bound, from which the gap is computed. Tier-1 parks then get a second route. `fiberplan.routes` holds the parts of
this stage; names in `__all__` are public.
"""

from __future__ import annotations

from dataclasses import replace
from itertools import pairwise
from typing import TYPE_CHECKING

import networkx as nx
import numpy as np

from fiberplan.errors import InfeasibleError, NoPlanError
from fiberplan.routes.protection import Protection, Way, protect
from fiberplan.routes.result import Route, RouteSegment, Routing
from fiberplan.routes.translation import translate_solution
from fiberplan.solvers.problem.steiner import SteinerInstance
from fiberplan.solvers.run.report import Status
from fiberplan.solvers.steiner.solve import solve_steiner_tree

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence

    from fiberplan.graph import CandidateGraph
    from fiberplan.project.settings import RoutingOptions
    from fiberplan.solvers.run.report import LogEntry

__all__ = ["Route", "RouteSegment", "Routing", "solve_routes"]


def solve_routes(
    graph: CandidateGraph,
    *,
    parks: Iterable[str] | None = None,
    options: RoutingOptions | None = None,
    progress: Callable[[LogEntry], None] | None = None,
) -> Routing:
    """Connect parks to the backbone at least cost.

    Parameters
    ----------
    graph
        Where cable can go, and the cost of each edge in minor units.
    parks
        Ids of the parks to connect; all that the graph reaches if ``None``.
    options
        Those of the project if ``None``.
    progress
        Called with bound and incumbent whenever one improves.

    Returns
    -------
    Routing
        Its ``report`` holds status, bound and gap of the tree.

    Raises
    ------
    InfeasibleError
        A park is not connected to any backbone node, or is not one of the project's.
    NoPlanError
        Time ran out before there was a tree.

    Notes
    -----
    The super-root reduction is folklore; see Hwang, Richards and Winter, *The Steiner Tree Problem* (1992).
    """
    settings = graph.project.settings
    options = options or settings.routing
    park_nodes = _nodes_to_connect(graph, parks)
    root = graph.node_count
    usable = np.flatnonzero(~graph.is_second_entry)
    backbone = np.array(list(graph.backbone_nodes.values()), dtype=np.int32)
    solution = solve_steiner_tree(
        SteinerInstance(
            node_count=root + 1,
            tail=np.concatenate([graph.tail[usable], np.full(len(backbone), root, dtype=np.int32)]),
            head=np.concatenate([graph.head[usable], backbone]),
            cost=np.concatenate([graph.cost[usable], np.zeros(len(backbone), dtype=np.int64)]),
            terminals=np.unique(np.array([*park_nodes.values(), root], dtype=np.int32)),
        ),
        time_limit_s=options.time_limit_s,
        seed=settings.seed,
        progress=progress,
    )
    if solution.report.status is Status.INFEASIBLE:
        disconnected = _cut_off(graph, park_nodes)
        raise InfeasibleError(f"parks that no backbone node reaches: {', '.join(disconnected)}")
    if solution.report.objective is None:
        raise NoPlanError(f"no tree was found within {options.time_limit_s:g} s")
    tree = usable[solution.edges[solution.edges < len(usable)]].tolist()
    ways = _ways_to_backbone(graph, tree, park_nodes)
    tree = sorted({edge for edges, _ in ways.values() for edge in edges})
    report = replace(solution.report, objective=int(graph.cost[tree].sum()))
    pairs = _protected(graph, tree, ways)
    ways |= {park: pair.first for park, pair in pairs.items()}
    return translate_solution(graph, tree, ways, pairs, report)


def _nodes_to_connect(graph: CandidateGraph, parks: Iterable[str] | None) -> dict[str, int]:
    if parks is None:
        return dict(graph.park_nodes)
    park_nodes = {}
    for park in sorted(set(parks)):
        if park not in graph.park_nodes:
            raise InfeasibleError(f"park {park} is not one that the candidate graph reaches")
        park_nodes[park] = graph.park_nodes[park]
    return park_nodes


def _cut_off(graph: CandidateGraph, park_nodes: Mapping[str, int]) -> list[str]:
    view: nx.Graph[int] = nx.Graph(zip(graph.tail.tolist(), graph.head.tolist(), strict=True))
    view.add_nodes_from(range(graph.node_count))
    reached = set().union(
        *(nx.node_connected_component(view, node) for node in graph.backbone_nodes.values())
    )
    return sorted(park for park, node in park_nodes.items() if node not in reached)


def _ways_to_backbone(
    graph: CandidateGraph, tree: Sequence[int], park_nodes: Mapping[str, int]
) -> dict[str, Way]:
    """Follow the tree from every park to its nearest backbone node along it, by length."""
    view: nx.Graph[int] = nx.Graph()
    view.add_nodes_from(park_nodes.values())
    view.add_nodes_from(graph.backbone_nodes.values())
    for edge in tree:
        view.add_edge(
            int(graph.tail[edge]), int(graph.head[edge]), edge=edge, length=int(graph.length_mm[edge])
        )
    sources = sorted(set(graph.backbone_nodes.values()))
    paths: dict[int, list[int]] = nx.multi_source_dijkstra_path(view, sources, weight="length")
    ways: dict[str, Way] = {}
    for park, node in park_nodes.items():
        path = list(reversed(paths[node]))
        edges = tuple(view.edges[u, v]["edge"] for u, v in pairwise(path))
        ways[park] = (edges, path[-1])
    return ways


def _protected(graph: CandidateGraph, tree: Sequence[int], ways: Mapping[str, Way]) -> dict[str, Protection]:
    """Find second ways of tier-1 parks, in the order of their ids."""
    tiers = {park.id: park.tier for park in graph.project.parks}
    return protect(graph, tree, ways, sorted(park for park in ways if tiers[park] == 1))
