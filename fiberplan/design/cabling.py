"""Cable, closures, handholes and poles on every segment, from the fibres that demand sends through it."""

from __future__ import annotations

import math
from collections import Counter, defaultdict
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction
from typing import TYPE_CHECKING

from fiberplan.design.traffic import Requirement, Use
from fiberplan.graph.stamping import SPUR_KIND, SPUR_SURFACE
from fiberplan.money import round_half_up
from fiberplan.project.corridors import Corridor, CorridorKind, Surface

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from fiberplan.project.model import Project
    from fiberplan.routing import RouteSegment, Routing


@dataclass(frozen=True, slots=True)
class DesignedSegment:
    """A built segment with what is in it.

    Attributes
    ----------
    kind, surface
        Of its corridor; a spur counts as a track in soil.
    working_fibres
        Fibres that demand uses, of first and second routes.
    cables
        Sizes of the installed cables in fibres, largest first.
    joint_closures, handholes, poles
        Pieces in proportion to length, to the thousandth: how finely the map is cut must not change a cost.
    branch_closures
        Whole pieces.
    uses
        Who claims how many fibres in it.
    """

    segment_id: str
    kind: CorridorKind
    surface: Surface
    length_mm: int
    working_fibres: int
    cables: tuple[int, ...]
    joint_closures: Decimal
    branch_closures: int
    handholes: Decimal
    poles: Decimal
    uses: tuple[Use, ...]

    @property
    def fibres(self) -> int:
        """Fibres of all installed cables."""
        return sum(self.cables)

    @property
    def length_m(self) -> Decimal:
        """Trench length in metres."""
        return Decimal(self.length_mm) / 1000


def segment_uses(
    routing: Routing, needs: Mapping[str, Sequence[Requirement]]
) -> Mapping[str, tuple[Use, ...]]:
    """Add up the fibres of every operator and park on every segment, first and second routes alike.

    Parameters
    ----------
    routing
        First and second routes.
    needs
        What operators need at each park, by its id.
    """
    fibres: defaultdict[str, Counter[tuple[str, str | None]]] = defaultdict(Counter)
    for route in routing.all_routes:
        for segment_id in route.segment_ids:
            for need in needs[route.park_id]:
                fibres[segment_id][route.park_id, need.operator_id] += need.fibres
    return {
        segment_id: tuple(
            Use(operator_id, park_id, count)
            for (park_id, operator_id), count in sorted(
                claims.items(), key=lambda claim: (claim[0][0], claim[0][1] or "")
            )
        )
        for segment_id, claims in fibres.items()
    }


def branch_closures(routing: Routing) -> Counter[str]:
    """Put a branch closure where three or more segments meet, on the segment that leads on to the backbone."""
    degree: Counter[str] = Counter()
    for segment in routing.segments:
        degree.update((segment.tail, segment.head))
    onward: dict[str, str] = {}
    for route in routing.all_routes:
        for node, segment_id in zip(route.nodes, route.segment_ids, strict=False):
            onward.setdefault(node, segment_id)
    return Counter(segment_id for node, segment_id in onward.items() if degree[node] >= 3)


def dimension_segment(
    segment: RouteSegment,
    corridors: Mapping[str, Corridor],
    uses: tuple[Use, ...],
    branches: int,
    project: Project,
) -> DesignedSegment:
    """Choose what goes into a segment (`docs/design-rules.md`, C1 to C4).

    Parameters
    ----------
    segment
        The segment.
    corridors
        Corridors by id.
    uses
        Fibres by operator and park.
    branches
        How many closures at branches it has.
    project
        Brings the price list and the options of the design.
    """
    options = project.settings.design
    corridor = corridors.get(segment.corridor_id or "")
    kind, surface = (SPUR_KIND, SPUR_SURFACE) if corridor is None else (corridor.kind, corridor.surface)
    working = sum(use.weight for use in uses)
    cables = _cables(working, project)
    joints = _pieces_along(segment.length_mm * (1 + options.cable_slack_share), options.reel_m)
    return DesignedSegment(
        segment_id=segment.id,
        kind=kind,
        surface=surface,
        length_mm=segment.length_mm,
        working_fibres=working,
        cables=cables,
        joint_closures=joints * len(cables),
        branch_closures=branches,
        handholes=_pieces_along(segment.length_mm, options.handhole_spacing_m) if kind.is_dug else Decimal(0),
        poles=_pieces_along(segment.length_mm, options.pole_spacing_m) if kind.is_aerial else Decimal(0),
        uses=uses,
    )


def _pieces_along(length_mm: Decimal | int, spacing_m: int) -> Decimal:
    """Count pieces at a spacing, to the thousandth."""
    return Decimal(round_half_up(Fraction(length_mm) / spacing_m)) / 1000


def _cables(working: int, project: Project) -> tuple[int, ...]:
    """Choose cables for working fibres and spare: as many of the largest as fill up, then one that takes the rest."""
    sizes = project.catalogue.cable_sizes()
    smallest = project.catalogue.smallest_cable(project.settings.design.min_cable_fibres)
    needed = math.ceil(working * (1 + project.settings.design.spare_share))
    full, rest = divmod(needed, sizes[-1])
    cables = [sizes[-1]] * full
    if rest or not full:
        cables.append(next(size for size in sizes if size >= max(rest, smallest)))
    return tuple(cables)
