"""Which edges are built: every park joined to the backbone at least cost, with a proof.

Connecting all parks to any backbone node at least total cost is a Steiner tree problem once all backbone nodes hang
on one super-root by edges that cost nothing. `solvers.steiner` solves it in integers; its bound is what the gap is
measured against. Tier-1 parks then get a second route (`protection`).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from decimal import Decimal
from itertools import pairwise
from typing import TYPE_CHECKING

import networkx as nx
import numpy as np

from fiberplan.crs import Geometry
from fiberplan.errors import InfeasibleError, NoPlanError
from fiberplan.graph.candidate import EdgeRole, UnreachablePark
from fiberplan.routes.protection import Protection, Way, protect
from fiberplan.solvers.problem.steiner import SteinerInstance
from fiberplan.solvers.run.report import SolveReport, Status
from fiberplan.solvers.steiner.solve import solve_steiner_tree

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from fiberplan.graph import CandidateGraph
    from fiberplan.project.settings import RoutingOptions
    from fiberplan.solvers.run.report import LogEntry

__all__ = ["Route", "RouteSegment", "Routing", "solve_routes"]


@dataclass(frozen=True, slots=True)
class RouteSegment:
    """An edge that is built.

    Attributes
    ----------
    id
        ``<corridor id>/<number>`` or ``spur/<site id>/<number>``.
    corridor_id
        ``None`` for a spur.
    corridor_share
        Share of its corridor, by length.
    tail, head
        Labels of its ends; the geometry runs from tail to head.
    length_mm
        Trench length in millimetres.
    cost
        What the router paid for it, minor units, present value.
    is_protection
        Whether it is there for second routes, and not in the tree.
    """

    id: str
    role: EdgeRole
    corridor_id: str | None
    corridor_share: Decimal
    tail: str
    head: str
    length_mm: int
    cost: int
    geometry: Geometry
    is_protection: bool = False

    @property
    def length_m(self) -> float:
        """Trench length in metres."""
        return self.length_mm / 1000


@dataclass(frozen=True, slots=True)
class Route:
    """The way of a park to a backbone node.

    Attributes
    ----------
    segment_ids
        In order from the park.
    nodes
        Labels of the nodes on the way, from the park to the backbone node; one more than segments.
    shared_segment_ids
        Of a second route: segments that it shares with the first, each a single point of failure.
    shares_backbone
        Of a second route: whether it ends at the same backbone node as the first.
    avoidable_segment_ids
        Of a second route: shared segments that the graph has a way round, and only the choice of tree does not.
    """

    park_id: str
    backbone_id: str
    segment_ids: tuple[str, ...]
    nodes: tuple[str, ...]
    length_mm: int
    is_second: bool = False
    shared_segment_ids: tuple[str, ...] = ()
    shares_backbone: bool = False
    avoidable_segment_ids: tuple[str, ...] = ()

    @property
    def length_km(self) -> float:
        """Trench length of the way in kilometres."""
        return self.length_mm / 1_000_000


@dataclass(frozen=True, slots=True)
class Routing:
    """What the router found.

    Attributes
    ----------
    segments
        Everything that is built, in the order of the graph's edges.
    routes
        The first route of every park that is reached: along the tree, but of a tier-1 park for which that would be
        a trap (`protection`).
    second_routes
        Of tier-1 parks: the best given the tree, not proven together with it.
    node_lonlat
        Longitude and latitude of every end of a segment, by label.
    unreachable
        Parks without a route.
    report
        Status, objective, bound and gap of the tree (first routes). Seconds and log are not compared.
    """

    segments: tuple[RouteSegment, ...]
    routes: tuple[Route, ...]
    second_routes: tuple[Route, ...]
    node_lonlat: Mapping[str, tuple[float, float]]
    unreachable: tuple[UnreachablePark, ...]
    report: SolveReport = field(compare=False)

    @property
    def objective(self) -> int:
        """Cost of the tree in minor units, present value: the sum of its segments."""
        return sum(segment.cost for segment in self.segments if not segment.is_protection)

    @property
    def protection_cost(self) -> int:
        """Cost of the segments that protection adds, minor units, present value."""
        return sum(segment.cost for segment in self.segments if segment.is_protection)

    @property
    def bound(self) -> int:
        """Proven lower bound on the cost of every tree."""
        return self.report.bound

    @property
    def gap(self) -> float:
        """Relative distance of the objective to the bound."""
        return self.report.gap

    @property
    def status(self) -> Status:
        """What is proven about the tree."""
        return self.report.status

    def segment(self, segment_id: str) -> RouteSegment:
        """Find a segment by its id."""
        return next(segment for segment in self.segments if segment.id == segment_id)

    @property
    def single_points_of_failure(self) -> Mapping[str, tuple[str, ...]]:
        """By tier-1 park: segments whose loss alone cuts it off."""
        return {
            route.park_id: route.shared_segment_ids
            for route in self.second_routes
            if route.shared_segment_ids
        }

    @property
    def avoidable_points_of_failure(self) -> Mapping[str, tuple[str, ...]]:
        """By tier-1 park: those of its single points of failure that another tree could avoid."""
        return {
            route.park_id: route.avoidable_segment_ids
            for route in self.second_routes
            if route.avoidable_segment_ids
        }


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
        Where cable can go and what it costs.
    parks
        Ids of the parks to connect; all that the graph reaches if ``None``.
    options
        Those of the project if ``None``.
    progress
        Called with bound and incumbent whenever one improves.

    Returns
    -------
    Routing
        Its ``report`` says whether the tree is proven optimal.

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
    wanted = _wanted(graph, parks)
    root = graph.node_count
    usable = np.flatnonzero(~graph.is_second_entry)
    backbone = np.array(list(graph.backbone_nodes.values()), dtype=np.int32)
    solution = solve_steiner_tree(
        SteinerInstance(
            node_count=root + 1,
            tail=np.concatenate([graph.tail[usable], np.full(len(backbone), root, dtype=np.int32)]),
            head=np.concatenate([graph.head[usable], backbone]),
            cost=np.concatenate([graph.cost[usable], np.zeros(len(backbone), dtype=np.int64)]),
            terminals=np.unique(np.array([*wanted.values(), root], dtype=np.int32)),
        ),
        time_limit_s=options.time_limit_s,
        seed=settings.seed,
        progress=progress,
    )
    if solution.report.status is Status.INFEASIBLE:
        lost = _cut_off(graph, wanted)
        raise InfeasibleError(f"parks that no backbone node reaches: {', '.join(lost)}")
    if solution.report.objective is None:
        raise NoPlanError(f"no tree was found within {options.time_limit_s:g} s")
    tree = usable[solution.edges[solution.edges < len(usable)]].tolist()
    ways = _ways_to_backbone(graph, tree, wanted)
    tree = sorted({edge for edges, _ in ways.values() for edge in edges})
    report = replace(solution.report, objective=int(graph.cost[tree].sum()))
    pairs = _protected(graph, tree, ways)
    ways |= {park: pair.first for park, pair in pairs.items()}
    return _translate(graph, tree, ways, pairs, report)


def _wanted(graph: CandidateGraph, parks: Iterable[str] | None) -> dict[str, int]:
    if parks is None:
        return dict(graph.park_nodes)
    wanted = {}
    for park in sorted(set(parks)):
        if park not in graph.park_nodes:
            raise InfeasibleError(f"park {park} is not one that the candidate graph reaches")
        wanted[park] = graph.park_nodes[park]
    return wanted


def _cut_off(graph: CandidateGraph, wanted: Mapping[str, int]) -> list[str]:
    view: nx.Graph[int] = nx.Graph(zip(graph.tail.tolist(), graph.head.tolist(), strict=True))
    view.add_nodes_from(range(graph.node_count))
    reached = set().union(
        *(nx.node_connected_component(view, node) for node in graph.backbone_nodes.values())
    )
    return sorted(park for park, node in wanted.items() if node not in reached)


def _ways_to_backbone(
    graph: CandidateGraph, tree: Sequence[int], wanted: Mapping[str, int]
) -> dict[str, Way]:
    """Follow the tree from every park to its nearest backbone node along it, by length."""
    view: nx.Graph[int] = nx.Graph()
    view.add_nodes_from(wanted.values())
    view.add_nodes_from(graph.backbone_nodes.values())
    for edge in tree:
        view.add_edge(
            int(graph.tail[edge]), int(graph.head[edge]), edge=edge, length=int(graph.length_mm[edge])
        )
    sources = sorted(set(graph.backbone_nodes.values()))
    paths: dict[int, list[int]] = nx.multi_source_dijkstra_path(view, sources, weight="length")
    ways: dict[str, Way] = {}
    for park, node in wanted.items():
        path = list(reversed(paths[node]))
        edges = tuple(view.edges[u, v]["edge"] for u, v in pairwise(path))
        ways[park] = (edges, path[-1])
    return ways


def _protected(graph: CandidateGraph, tree: Sequence[int], ways: Mapping[str, Way]) -> dict[str, Protection]:
    """Find second ways of tier-1 parks, in the order of their ids."""
    tiers = {park.id: park.tier for park in graph.project.parks}
    return protect(graph, tree, ways, sorted(park for park in ways if tiers[park] == 1))


def _translate(
    graph: CandidateGraph,
    tree: Sequence[int],
    ways: Mapping[str, Way],
    pairs: Mapping[str, Protection],
    report: SolveReport,
) -> Routing:
    """Bring node and edge numbers back to ids."""
    in_tree = set(tree)
    built = sorted(
        in_tree.union(edge for pair in pairs.values() for edge in (*pair.first[0], *pair.second[0]))
    )
    segments = tuple(_segment(graph, edge, is_protection=edge not in in_tree) for edge in built)
    ends = {label for segment in segments for label in (segment.tail, segment.head)}
    ends |= {graph.node_labels[node] for node in graph.backbone_nodes.values()}
    backbone_at = {node: site for site, node in reversed(list(graph.backbone_nodes.items()))}

    def route(park: str, way: Way, pair: Protection | None = None) -> Route:
        edges, end = way
        return Route(
            park_id=park,
            backbone_id=backbone_at[end],
            segment_ids=tuple(graph.edge_ids[edge] for edge in edges),
            nodes=_nodes_on(graph, graph.park_nodes[park], edges),
            length_mm=int(graph.length_mm[list(edges)].sum()),
            is_second=pair is not None,
            shared_segment_ids=tuple(graph.edge_ids[edge] for edge in pair.shared) if pair else (),
            shares_backbone=pair is not None and end == pair.first[1],
            avoidable_segment_ids=tuple(graph.edge_ids[edge] for edge in pair.avoidable) if pair else (),
        )

    return Routing(
        segments=segments,
        routes=tuple(route(park, way) for park, way in ways.items()),
        second_routes=tuple(route(park, pair.second, pair) for park, pair in pairs.items()),
        node_lonlat={
            label: (float(lon), float(lat))
            for label, (lon, lat) in zip(graph.node_labels, graph.node_lonlat.tolist(), strict=True)
            if label in ends
        },
        unreachable=graph.unreachable,
        report=report,
    )


def _nodes_on(graph: CandidateGraph, start: int, edges: Sequence[int]) -> tuple[str, ...]:
    nodes = [start]
    for edge in edges:
        tail, head = int(graph.tail[edge]), int(graph.head[edge])
        nodes.append(head if tail == nodes[-1] else tail)
    return tuple(graph.node_labels[node] for node in nodes)


def _segment(graph: CandidateGraph, edge: int, *, is_protection: bool) -> RouteSegment:
    corridor = int(graph.corridor[edge])
    return RouteSegment(
        id=graph.edge_ids[edge],
        role=graph.role(edge),
        corridor_id=graph.project.corridors[corridor].id if corridor >= 0 else None,
        corridor_share=graph.corridor_share[edge],
        tail=graph.node_labels[graph.tail[edge]],
        head=graph.node_labels[graph.head[edge]],
        length_mm=int(graph.length_mm[edge]),
        cost=int(graph.cost[edge]),
        geometry=graph.geometry[edge],
        is_protection=is_protection,
    )
