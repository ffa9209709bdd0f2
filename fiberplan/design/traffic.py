"""From demand to fibres: what each operator needs at each park (`docs/design-rules.md`, D1 to D3)."""

from __future__ import annotations

import math
from collections import defaultdict
from dataclasses import dataclass
from decimal import Decimal
from typing import TYPE_CHECKING

from fiberplan.project.model import DemandMeasure

if TYPE_CHECKING:
    from collections.abc import Mapping

    from fiberplan.project.model import Demand, Park, Project

RESERVED_FIBRES = 2
"""Fibres reserved for a park without demand, so that it can be lit later."""


@dataclass(frozen=True, slots=True)
class Use:
    """A claim on something built, by which its cost is attributed.

    Attributes
    ----------
    operator_id
        ``None`` for a park without demand.
    weight
        Fibres on a segment, links at a site, units inside a park.
    """

    operator_id: str | None
    park_id: str
    weight: int


@dataclass(frozen=True, slots=True)
class Requirement:
    """What one operator needs at one park.

    Attributes
    ----------
    units
        Units connected.
    links
        Lit backhaul links, a pair of fibres each.
    dark_fibres
        Fibres that the operator lights itself.
    mbps
        Busy-hour traffic, by which demand is compared; a pair of dark fibres counts as one full link.
    """

    operator_id: str | None
    park_id: str
    units: int = 0
    links: int = 0
    dark_fibres: int = 0
    mbps: Decimal = Decimal(0)

    @property
    def fibres(self) -> int:
        """Fibres on the way to the park."""
        return 2 * self.links + self.dark_fibres


def requirements(project: Project) -> Mapping[str, tuple[Requirement, ...]]:
    """Dimension every demand.

    Returns
    -------
    Mapping
        By park id, in the order of the operators' ids. A park without demand has one requirement of a reserved
        pair of fibres that belongs to no operator.
    """
    units: defaultdict[tuple[str, str], int] = defaultdict(int)
    mbps: defaultdict[tuple[str, str], Decimal] = defaultdict(Decimal)
    dark: defaultdict[tuple[str, str], int] = defaultdict(int)
    parks = {park.id: park for park in project.parks}
    for demand in project.demand:
        key = demand.park_id, demand.operator_id
        connected = math.ceil(demand.quantity * demand.take_up)
        match demand.measure:
            case DemandMeasure.UNITS:
                units[key] += connected
                mbps[key] += connected * _mbps_per_unit(parks[demand.park_id], project)
            case DemandMeasure.MBPS:
                mbps[key] += demand.quantity * demand.take_up
            case DemandMeasure.FIBRES:
                dark[key] += connected
    design = project.settings.design
    link_mbps = 1000 * design.link_gbps * design.link_fill_share
    required: dict[str, list[Requirement]] = {park.id: [] for park in project.parks}
    for park_id, operator_id in sorted({*units, *mbps, *dark}):
        key = park_id, operator_id
        required[park_id].append(
            Requirement(
                operator_id,
                park_id,
                units=units.get(key, 0),
                links=math.ceil(mbps.get(key, Decimal(0)) / link_mbps),
                dark_fibres=dark.get(key, 0),
                mbps=mbps.get(key, Decimal(0)) + dark.get(key, 0) * link_mbps / 2,
            )
        )
    reserved = {park.id: (Requirement(None, park.id, dark_fibres=RESERVED_FIBRES),) for park in project.parks}
    return {park_id: tuple(needs) or reserved[park_id] for park_id, needs in required.items()}


def _mbps_per_unit(park: Park, project: Project) -> Decimal:
    return project.settings.design.mbps_per_unit if park.mbps_per_unit is None else park.mbps_per_unit


def parks_of(demand: tuple[Demand, ...], operator_id: str) -> tuple[str, ...]:
    """List the parks where an operator has demand, in the order of their ids.

    Parameters
    ----------
    demand
        Of all operators.
    operator_id
        The operator.
    """
    return tuple(sorted({entry.park_id for entry in demand if entry.operator_id == operator_id}))
