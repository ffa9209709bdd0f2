"""Optics: which transceiver is used for which hop, and where a link needs an active site in between."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections import defaultdict
from dataclasses import dataclass
from decimal import Decimal
from functools import cache
from itertools import accumulate, pairwise
from typing import TYPE_CHECKING

from fiberplan.errors import CatalogueError

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence

    from fiberplan.project.catalogue import Catalogue
    from fiberplan.project.settings import DesignOptions
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
        On which segment, and how far along it from its tail, whichever way a route runs: 0 at its tail, its whole
        length at its head.
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
    """Hops and active sites of a route.

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
    """List the transceiver classes, cheapest first, with the reach that attenuation allows.

    The budget less margin and two connectors, over the loss of fibre and splices by kilometre (ITU-T G.Sup39,
    link power budget), and never more than the class's nominal reach.

    Parameters
    ----------
    catalogue
        The price list, with reach and budget of each class, losses and margin.
    options
        Length of a reel and slack of the cable.

    Raises
    ------
    CatalogueError
        Margin and connectors spend the budget of every class.
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
    if not classes:
        raise CatalogueError(
            "no transceiver class reaches anywhere: loss.margin and loss.connector spend every budget"
        )
    return tuple(sorted(classes, key=lambda optic: (optic.price, optic.name)))


def light_routes(
    routing: Routing, lit_parks: Collection[str], catalogue: Catalogue, options: DesignOptions
) -> tuple[tuple[ActiveSite, ...], tuple[LitRoute, ...]]:
    """Place active sites and choose transceivers on the routes of parks with lit links.

    A link that is longer than the longest reach is regenerated at existing sites on its route, at
    junctions, and along segments: so that the fewest new sites are needed, then the fewest hops, then the fewest new
    sites away from a junction, each as far from the backbone as it can be. Longer routes go first, so that shorter
    ones find their sites.

    Parameters
    ----------
    routing
        First and second routes.
    lit_parks
        Ids of the parks with links that need equipment.
    catalogue
        The price list.
    options
        Length of a reel and slack of the cable.
    """
    lighter = _Lighter(routing, optic_classes(catalogue, options), catalogue, options)
    routes = sorted(
        (route for route in routing.all_routes if route.park_id in lit_parks),
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
        self._on_segment: defaultdict[str, list[ActiveSite]] = defaultdict(list)

    def light(self, route: Route) -> LitRoute:
        """Cut a route into hops, from the backbone outwards."""
        way = self._outwards(route)
        lengths = [self._segments[segment_id].length_mm for segment_id, _, _ in way]
        marks = list(accumulate(lengths, initial=0))
        sites = self._sites_on(way, marks) if marks[-1] > self._reach else {}
        stops = choose_regeneration(marks, sorted(sites), self._reach)
        chosen = [sites[stop] if stop in sites else self._place(way, marks, stop) for stop in stops]
        hops = tuple(self._hop(end - start) for start, end in pairwise([0, *stops, marks[-1]]))
        return LitRoute(route.park_id, route.is_second, hops, tuple(site.id for site in chosen))

    def _sites_on(self, way: Sequence[tuple[str, str, str]], marks: Sequence[int]) -> dict[int, ActiveSite]:
        """Find the sites that a way passes, by distance from the backbone."""
        sites = {}
        for (segment_id, near, far), start, end in zip(way, marks, marks[1:], strict=False):
            for site in self._on_segment[segment_id]:
                is_forward = self._segments[segment_id].tail == near
                sites[start + site.offset_mm if is_forward else end - site.offset_mm] = site
            if far in self._at_node:
                sites[end] = self._at_node[far]
        return sites

    def _outwards(self, route: Route) -> list[tuple[str, str, str]]:
        """List segment, near node and far node of a route, from the backbone."""
        ends = zip(route.nodes[1:], route.nodes, strict=False)
        steps = [
            (segment_id, near, far) for segment_id, (near, far) in zip(route.segment_ids, ends, strict=True)
        ]
        return steps[::-1]

    def _place(self, way: Sequence[tuple[str, str, str]], marks: Sequence[int], stop: int) -> ActiveSite:
        """Place a site on a way: at the near end of a segment, or along it."""
        at = bisect_right(marks, stop) - 1
        segment_id, near, _ = way[at]
        segment = self._segments[segment_id]
        along = stop - marks[at]
        offset = along if segment.tail == near else segment.length_mm - along
        if not along:
            site = self._at_node[near] = self._add(segment_id, offset, self._node_lonlat[near])
            return site
        point = segment.geometry.interpolate(offset / segment.length_mm, normalized=True)
        site = self._add(segment_id, offset, (float(point.x), float(point.y)))
        self._on_segment[segment_id].append(site)
        return site

    def _add(self, segment_id: str, offset_mm: int, lonlat: tuple[float, float]) -> ActiveSite:
        site = ActiveSite(f"active-{len(self.sites) + 1}", segment_id, offset_mm, lonlat)
        self.sites.append(site)
        return site

    def _hop(self, length_mm: int) -> Hop:
        optic = next(optic for optic in self._classes if optic.reach_mm >= length_mm)
        cable_km = Decimal(length_mm) / 1_000_000 * self._cable_over_trench
        return Hop(length_mm, optic.name, round(float(cable_km * optic.loss_db_per_km + self._fixed_db), 2))


def choose_regeneration(marks: Sequence[int], sites: Sequence[int], reach: int) -> tuple[int, ...]:
    """Choose where a way is regenerated, as distances from its start.

    From any place only three next ones matter, since of each kind the farthest within reach is as good as any
    nearer one: the last site, the last junction, and the end of the reach itself.

    Parameters
    ----------
    marks
        Distances of the nodes on the way, its start and end among them, ascending.
    sites
        Distances of the existing sites, ascending.
    reach
        Longest hop.
    """

    @cache
    def onwards(start: int) -> tuple[tuple[int, int, int], tuple[int, ...]]:
        """Count new sites, hops and new sites away from junctions, and list the stops."""
        limit = start + reach
        if limit >= marks[-1]:
            return (0, 1, 0), ()
        nexts = {limit: (1, 1, int(marks[bisect_left(marks, limit)] != limit))}
        for places, counts in ((marks, (1, 1, 0)), (sites, (0, 1, 0))):
            at = bisect_right(places, limit) - 1
            if at >= 0 and places[at] > start:
                nexts[places[at]] = counts
        best = []
        for stop, (new, hop, away) in nexts.items():
            (more_new, more_hops, more_away), stops = onwards(stop)
            best.append(((new + more_new, hop + more_hops, away + more_away), (stop, *stops)))
        return min(best, key=lambda plan: (plan[0], tuple(-stop for stop in plan[1])))

    return onwards(0)[1]
