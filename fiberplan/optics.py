"""Light on the way: which transceiver bridges which hop, and where a link needs an active site in between."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from decimal import Decimal
from itertools import pairwise
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence

    from fiberplan.catalogue import Catalogue
    from fiberplan.options import DesignOptions
    from fiberplan.routing import Route, Routing

_WAVELENGTH = {"lr": 1310}
"""Transceiver classes that work at 1310 nm; the others work at 1550 nm."""


@dataclass(frozen=True, slots=True)
class OpticClass:
    """A transceiver class with the reach that the loss budget leaves it.

    Attributes
    ----------
    reach_mm
        Longest trench length it bridges, cable slack allowed for, millimetres.
    loss_db_per_km
        Of fibre and splices, by kilometre of cable.
    """

    name: str
    price: Decimal
    reach_mm: int
    loss_db_per_km: Decimal


@dataclass(frozen=True, slots=True)
class ActiveSite:
    """An intermediate site where light is regenerated.

    Attributes
    ----------
    segment_id, offset_mm
        On which segment, and how far along it from where the route that placed the site enters it, coming from
        the backbone.
    """

    id: str
    segment_id: str
    offset_mm: int
    lonlat: tuple[float, float]


@dataclass(frozen=True, slots=True)
class Hop:
    """A stretch between two active ends.

    Attributes
    ----------
    loss_db
        Fibre, splices, connectors and margin.
    """

    length_mm: int
    optic: str
    loss_db: float


@dataclass(frozen=True, slots=True)
class LitRoute:
    """How a route is lit.

    Attributes
    ----------
    hops
        From the backbone to the park.
    site_ids
        Active sites between them, in the same order.
    """

    park_id: str
    is_second: bool
    hops: tuple[Hop, ...]
    site_ids: tuple[str, ...]


def optic_classes(catalogue: Catalogue, options: DesignOptions) -> tuple[OpticClass, ...]:
    """List the transceiver classes, cheapest first, with the reach that attenuation leaves of each.

    The budget less margin and two connectors, over the loss of fibre and splices by kilometre (ITU-T G.Sup39,
    link power budget), and never more than the class's nominal reach.
    """
    fixed = catalogue.value("loss.margin") + 2 * catalogue.value("loss.connector")
    splice = catalogue.value("loss.splice") * 1000 / options.reel_m
    classes = []
    for name in catalogue.optic_classes():
        per_km = catalogue.value(f"loss.fibre_{_WAVELENGTH.get(name, 1550)}") + splice
        budget = catalogue.value(f"optic.{name}.budget") - fixed
        reach_km = min(catalogue.value(f"optic.{name}.reach"), budget / per_km) / (
            1 + options.cable_slack_share
        )
        if reach_km > 0:
            price = catalogue.value(f"optic.{name}.price")
            classes.append(OpticClass(name, price, int(reach_km * 1_000_000), per_km))
    return tuple(sorted(classes, key=lambda optic: (optic.price, optic.name)))


def light_routes(
    routing: Routing, lit_parks: Collection[str], catalogue: Catalogue, options: DesignOptions
) -> tuple[tuple[ActiveSite, ...], tuple[LitRoute, ...]]:
    """Place active sites and choose transceivers on the routes of parks with lit links.

    Each route is walked from the backbone. Where the next node would be beyond the longest reach, the link is
    regenerated at the last active site passed, else at the node reached, else out on the segment. Longer routes go
    first, so that shorter ones find their sites.
    """
    lighter = _Lighter(routing, optic_classes(catalogue, options), catalogue, options)
    routes = sorted(
        (route for route in routing.routes + routing.second_routes if route.park_id in lit_parks),
        key=lambda route: (-route.length_mm, route.park_id, route.is_second),
    )
    lit = [lighter.light(route) for route in routes]
    return tuple(lighter.sites), tuple(sorted(lit, key=lambda route: (route.park_id, route.is_second)))


class _Lighter:
    def __init__(
        self, routing: Routing, classes: Sequence[OpticClass], catalogue: Catalogue, options: DesignOptions
    ) -> None:
        self._segments = {segment.id: segment for segment in routing.segments}
        self._node_lonlat = routing.node_lonlat
        self._classes = classes
        self._reach = max(optic.reach_mm for optic in classes)
        self._fixed_db = catalogue.value("loss.margin") + 2 * catalogue.value("loss.connector")
        self._cable_over_trench = 1 + options.cable_slack_share
        self.sites: list[ActiveSite] = []
        self._at_node: dict[str, ActiveSite] = {}
        self._on_segment: defaultdict[tuple[str, str], list[ActiveSite]] = defaultdict(list)

    def light(self, route: Route) -> LitRoute:
        """Walk a route outwards and cut it into hops."""
        stops: list[tuple[int, str]] = []  # distance from the backbone, site
        passed: tuple[int, str] | None = None
        last = at = 0
        for segment_id, near, far in self._outwards(route):
            length = self._segments[segment_id].length_mm
            if near in self._at_node:
                passed = at, self._at_node[near].id
            while at + length - last > self._reach:
                if passed is not None and passed[0] > last:
                    stop = passed
                elif at > last:
                    stop = at, self._place_at_node(near, segment_id).id
                else:
                    offset = self._reach
                    stop = last + offset, self._place_on(segment_id, near, last + offset - at).id
                stops.append(stop)
                last = stop[0]
            at += length
            if far in self._at_node:
                passed = at, self._at_node[far].id
        ends = [0, *(distance for distance, _ in stops), at]
        hops = tuple(self._hop(end - start) for start, end in pairwise(ends))
        return LitRoute(route.park_id, route.is_second, hops, tuple(site for _, site in stops))

    def _outwards(self, route: Route) -> list[tuple[str, str, str]]:
        """List segment, near node and far node of a route, from the backbone."""
        ends = zip(route.nodes[1:], route.nodes, strict=False)
        steps = [
            (segment_id, near, far) for segment_id, (near, far) in zip(route.segment_ids, ends, strict=True)
        ]
        return steps[::-1]

    def _place_at_node(self, node: str, segment_id: str) -> ActiveSite:
        if node not in self._at_node:
            self._at_node[node] = self._add(segment_id, 0, self._node_lonlat[node])
        return self._at_node[node]

    def _place_on(self, segment_id: str, near: str, offset_mm: int) -> ActiveSite:
        for site in self._on_segment[segment_id, near]:
            if site.offset_mm == offset_mm:
                return site
        segment = self._segments[segment_id]
        share = offset_mm / segment.length_mm
        point = segment.geometry.interpolate(share if segment.tail == near else 1 - share, normalized=True)
        site = self._add(segment_id, offset_mm, (float(point.x), float(point.y)))
        self._on_segment[segment_id, near].append(site)
        return site

    def _add(self, segment_id: str, offset_mm: int, lonlat: tuple[float, float]) -> ActiveSite:
        site = ActiveSite(f"active-{len(self.sites) + 1}", segment_id, offset_mm, lonlat)
        self.sites.append(site)
        return site

    def _hop(self, length_mm: int) -> Hop:
        optic = next(optic for optic in self._classes if optic.reach_mm >= length_mm)
        cable_km = Decimal(length_mm) / 1_000_000 * self._cable_over_trench
        return Hop(length_mm, optic.name, round(float(cable_km * optic.loss_db_per_km + self._fixed_db), 2))
