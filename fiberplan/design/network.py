"""What is built: routes become cables, closures, sites and equipment, and those a bill of quantities.

The rules are numbered in `docs/design-rules.md`. Bill lines that depend on an estimate are marked.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from dataclasses import dataclass
from fractions import Fraction
from typing import TYPE_CHECKING

from fiberplan.design.access import ParkAccess, estimate_access
from fiberplan.design.bill import BillLine, BillWriter
from fiberplan.design.cabling import DesignedSegment, branch_closures, dimension_segment, segment_uses
from fiberplan.design.optics import ActiveSite, LitRoute, light_routes
from fiberplan.design.traffic import Requirement, requirements
from fiberplan.errors import Fault

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from fiberplan.project.model import Project
    from fiberplan.routing import Routing


@dataclass(frozen=True, slots=True)
class Design:
    """The network as it would be built.

    Attributes
    ----------
    segments
        In the order of the routing's.
    sites
        Intermediate active sites.
    lit_routes
        Hops and transceivers of the routes that carry lit links.
    accesses
        Networks inside the parks, estimated.
    requirements
        What each operator needs at each park.
    bill
        Every item with quantity, place and uses.
    notes
        Shortages and assumptions that a planner should know.
    """

    segments: tuple[DesignedSegment, ...]
    sites: tuple[ActiveSite, ...]
    lit_routes: tuple[LitRoute, ...]
    accesses: tuple[ParkAccess, ...]
    requirements: tuple[Requirement, ...]
    bill: tuple[BillLine, ...]
    notes: tuple[Fault, ...]

    @property
    def units_by_park(self) -> Mapping[str, int]:
        """Connected units of every connected park, all operators together."""
        units: Counter[str] = Counter()
        for need in self.requirements:
            units[need.park_id] += need.units
        return dict(units)

    @property
    def units_by_operator(self) -> Mapping[str, int]:
        """Connected units of every operator with demand, over all its connected parks."""
        units: Counter[str] = Counter()
        for need in self.requirements:
            if need.operator_id is not None:
                units[need.operator_id] += need.units
        return dict(sorted(units.items()))

    @property
    def traffic_by_operator(self) -> Mapping[str, Fraction]:
        """Busy-hour Mbit/s of every operator with demand, over all its connected parks."""
        traffic: defaultdict[str, Fraction] = defaultdict(Fraction)
        for need in self.requirements:
            if need.operator_id is not None:
                traffic[need.operator_id] += Fraction(need.mbps)
        return dict(sorted(traffic.items()))


def design_network(project: Project, routing: Routing) -> Design:
    """Dimension the network along the routes.

    Parameters
    ----------
    project
        Demand, catalogue and design options.
    routing
        Routes of all parks that are to be connected.

    Returns
    -------
    Design
        Cables cover working fibres and spare; the bill has every item once.
    """
    options, catalogue = project.settings.design, project.catalogue
    routed = routing.connected_parks
    needs = {park_id: required for park_id, required in requirements(project).items() if park_id in routed}
    uses = segment_uses(routing, needs)
    branches = branch_closures(routing)
    corridors = {corridor.id: corridor for corridor in project.corridors}
    segments = tuple(
        dimension_segment(segment, corridors, uses[segment.id], branches[segment.id], project)
        for segment in routing.segments
    )
    lit_parks = {park_id for park_id, required in needs.items() if any(need.links for need in required)}
    sites, lit = light_routes(routing, lit_parks, catalogue, options)
    estimates = [
        estimate_access(park, needs[park.id], options) for park in project.parks if park.id in routed
    ]
    accesses = tuple(estimate for estimate in estimates if estimate is not None)
    writer = BillWriter(project)
    for segment, designed in zip(routing.segments, segments, strict=True):
        writer.add_segment(segment, designed, corridors.get(segment.corridor_id or ""))
    flat = tuple(need for required in needs.values() for need in required)
    writer.add_equipment(routing, sites=sites, lit=lit, needs=needs)
    for access in accesses:
        writer.add_access(access, needs[access.park_id])
    return Design(
        segments=segments,
        sites=sites,
        lit_routes=lit,
        accesses=accesses,
        requirements=flat,
        bill=writer.lines(),
        notes=_port_shortages(project, routing, needs),
    )


def _port_shortages(
    project: Project, routing: Routing, needs: Mapping[str, Sequence[Requirement]]
) -> tuple[Fault, ...]:
    """Compare the links that end at each backbone node with the ports that are free there."""
    links: Counter[str] = Counter()
    for route in routing.all_routes:
        links[route.backbone_id] += sum(need.links for need in needs[route.park_id])
    return tuple(
        Fault(
            "backbone",
            f"backbone node {node.id} has {node.ports_free} free ports, and the plan ends {links[node.id]} links there",
            mend="Order ports or a line card there; the plan prices the line cards, not the space for them.",
            severity="warning",
        )
        for node in project.backbone
        if node.ports_free is not None and links[node.id] > node.ports_free
    )
