"""What routing returns: the segments that are built, the routes of the parks along them, and what is proven."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal

from fiberplan.crs import Geometry
from fiberplan.graph.candidate import EdgeRole, UnreachablePark
from fiberplan.solvers.run.report import SolveReport, Status


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
        Its cost in the router's objective, minor units, present value.
    is_protection
        Whether it is built for second routes and is not in the tree.
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
    """The path of a park to a backbone node.

    Attributes
    ----------
    segment_ids
        In order from the park.
    nodes
        Labels of the nodes along it, from the park to the backbone node; one more than segments.
    shared_segment_ids
        Of a second route: segments that it shares with the first, each a single point of failure.
    shares_backbone
        Of a second route: whether it ends at the same backbone node as the first.
    avoidable_segment_ids
        Of a second route: shared segments that another choice of tree could avoid.
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
        """Trench length of the route in kilometres."""
        return self.length_mm / 1_000_000


@dataclass(frozen=True, slots=True)
class Routing:
    """The network of routes.

    Attributes
    ----------
    segments
        All segments that are built, in the order of the edges of the graph.
    routes
        The first route of every park that is reached: along the tree, except for a tier-1 park for which that would
        be a trap (`protection`).
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

    @property
    def length_km(self) -> float:
        """Trench length of all segments in kilometres."""
        return sum(segment.length_mm for segment in self.segments) / 1_000_000

    @property
    def protection_length_km(self) -> float:
        """Trench length of the segments that protection adds, in kilometres."""
        return sum(segment.length_mm for segment in self.segments if segment.is_protection) / 1_000_000

    @property
    def all_routes(self) -> tuple[Route, ...]:
        """First routes, then second routes."""
        return self.routes + self.second_routes

    @property
    def connected_parks(self) -> frozenset[str]:
        """Ids of the parks that have a route."""
        return frozenset(route.park_id for route in self.routes)

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
