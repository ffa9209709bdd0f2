"""Snapping: sites reach the corridors, each at the nearest points of edges, over spurs that have a price.

Where a site is snapped to is written in `docs/design-rules.md`, P1 to P4.
"""

from __future__ import annotations

import math
from collections.abc import Hashable
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final

import numpy as np
import shapely

from fiberplan.crs import distance_m

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from fiberplan.crs import LocalProjection
    from fiberplan.graph.noding import CorridorNetwork
    from fiberplan.project.model import Park

TOUCHING_M: Final = 1.0
"""A site this near to a corridor stands on it, in metres."""
ALTERNATIVE_M: Final = 50.0
"""Another kind of corridor is snapped to if it is at most this much farther than the nearest corridor, in metres,"""
ALTERNATIVE_FACTOR: Final = 3.0
"""or at most this many times the distance of the nearest one farther."""
ALONG_M: Final = 5.0
"""A spur this near to a corridor runs along it, unless it only meets or crosses it, in metres."""
_CROSSING_M: Final = 4 * ALONG_M
"""No longer than this is a spur next to a corridor that it crosses at more than 30 degrees, in metres."""
_SECOND_ENTRIES: Final = 2
_QUARTER_SIDES: Final = 16


@dataclass(frozen=True, slots=True)
class SnapPoint:
    """Where a site meets a corridor."""

    corridor: int
    distance_m: float
    position: float
    lonlat: tuple[float, float]
    is_second_entry: bool = False


@dataclass(frozen=True, slots=True)
class Spur:
    """The way from a site to where it meets a corridor; the site stands on the corridor where it has no length."""

    site: Hashable
    corridor_node: Hashable
    number: int
    straight_m: float
    geometry: shapely.LineString
    is_second_entry: bool


def park_point(park: Park) -> tuple[float, float]:
    """Give the point of a park that the cable goes to: its entry, else its middle, kept inside a polygon."""
    if park.entry is not None:
        return park.entry.x, park.entry.y
    centre = park.geometry.centroid
    place = centre if park.geometry.covers(centre) else park.geometry.representative_point()
    return place.x, place.y


class Snapper:
    """Finds snap points on a subset of the corridors.

    Parameters
    ----------
    network
        The corridors.
    projection
        The plane that they are in.
    components
        Shape (corridors,), the connected component that each is in.
    allowed
        Shape (corridors,), which of them may be snapped to.
    """

    def __init__(
        self,
        network: CorridorNetwork,
        projection: LocalProjection,
        components: NDArray[np.int64],
        allowed: NDArray[np.bool_],
    ) -> None:
        self._network = network
        self._lines = network.lines
        self._projection = projection
        self._components = components
        self._index = np.flatnonzero(allowed)
        self._tree = shapely.STRtree(self._lines[self._index])

    def nearest(self, lonlat: tuple[float, float]) -> SnapPoint | None:
        """Find the nearest point of the allowed corridors, the first corridor among equals."""
        if not self._index.size:
            return None
        point = self._point(lonlat)
        matches = self._tree.query_nearest(point, all_matches=True)
        corridor = int(self._index[int(np.min(matches))])
        return self._snap(lonlat, point, corridor, self._lines[corridor])

    def alternatives(
        self, lonlat: tuple[float, float], nearest: SnapPoint, *, within_m: float
    ) -> list[SnapPoint]:
        """Find the nearest snap point on each other kind of corridor, in each component, that is not much farther.

        Left out are those whose spur would run along a corridor: it would be that corridor at the price of a field.

        Parameters
        ----------
        lonlat
            The site, degrees on WGS 84.
        nearest
            Its nearest snap point.
        within_m
            Greatest distance, metres.
        """
        farther = max(ALTERNATIVE_M, ALTERNATIVE_FACTOR * nearest.distance_m)
        reach = min(within_m, nearest.distance_m + farther)
        point = self._point(lonlat)
        start = self._start(point, nearest)
        seen = {self._kind(nearest.corridor)}
        snap_points = []
        for corridor in self._near(point, reach):
            if self._kind(corridor) in seen:
                continue
            seen.add(self._kind(corridor))
            snap_point = self._snap(lonlat, point, corridor, self._lines[corridor])
            if snap_point.distance_m <= reach and not self._runs_along(start, snap_point):
                snap_points.append(snap_point)
        return snap_points

    def larger_components(
        self, lonlat: tuple[float, float], nearest: SnapPoint, *, within_m: float
    ) -> list[SnapPoint]:
        """Find the nearest snap point on each component that is longer in total than every nearer one.

        Parameters
        ----------
        lonlat
            The site, degrees on WGS 84.
        nearest
            Its nearest snap point.
        within_m
            Greatest distance, metres.
        """
        lengths = np.bincount(self._components, weights=shapely.length(self._lines))
        longest = float(lengths[self._components[nearest.corridor]])
        if longest >= lengths.max():
            return []
        point = self._point(lonlat)
        snap_points = []
        for corridor in self._near(point, within_m):
            length = float(lengths[self._components[corridor]])
            if length <= longest:
                continue
            longest = length
            snap_point = self._snap(lonlat, point, corridor, self._lines[corridor])
            if snap_point.distance_m <= within_m:
                snap_points.append(snap_point)
        return snap_points

    def every_component(self, lonlat: tuple[float, float], *, within_m: float) -> dict[int, SnapPoint]:
        """Find the nearest snap point on each component that is near enough, the nearest component first.

        Parameters
        ----------
        lonlat
            The site, degrees on WGS 84.
        within_m
            Greatest distance, metres.
        """
        point = self._point(lonlat)
        snap_points: dict[int, SnapPoint] = {}
        for corridor in self._near(point, within_m):
            component = int(self._components[corridor])
            if component not in snap_points:
                snap_points[component] = self._snap(lonlat, point, corridor, self._lines[corridor])
        return {
            key: snap_point for key, snap_point in snap_points.items() if snap_point.distance_m <= within_m
        }

    def second_entries(
        self,
        lonlat: tuple[float, float],
        snap_points: Sequence[SnapPoint],
        *,
        separation_m: float,
        within_m: float,
    ) -> list[SnapPoint]:
        """Find the nearest snap points that are some way from the others, or at least from the first of them.

        There are up to two, apart from each other too, for it is not known yet which way the first route goes. They
        are on other corridors than the site stands on, and their spurs do not run along any.

        Parameters
        ----------
        lonlat
            The site, degrees on WGS 84.
        snap_points
            Of the site, the nearest first.
        separation_m
            Least distance from the others, metres.
        within_m
            Greatest distance from the site, metres.
        """
        point = self._point(lonlat)
        start = self._start(point, snap_points[0])
        near = self._near(point, within_m)
        if start is not point:
            near = near[shapely.distance(start, self._lines[near]) > TOUCHING_M]
        for taken in (snap_points, snap_points[:1]):
            entries: list[SnapPoint] = []
            while len(entries) < _SECOND_ENTRIES:
                rests = shapely.difference(
                    self._lines[near], self._keep_out([*taken, *entries], separation_m)
                )
                snap_point = self._snap_aside(lonlat, start, near, rests, within_m=within_m)
                if snap_point is None:
                    break
                entries.append(replace(snap_point, is_second_entry=True))
            if entries:
                return entries
        return []

    def _keep_out(self, snap_points: Sequence[SnapPoint], separation_m: float) -> shapely.Geometry:
        places = [
            self._lines[snap_point.corridor].interpolate(snap_point.position) for snap_point in snap_points
        ]
        # shapely's circle is a polygon inside the true one, so its sides are moved out to the distance
        radius = separation_m / math.cos(math.pi / (4 * _QUARTER_SIDES))
        return shapely.union_all(shapely.buffer(places, radius, quad_segs=_QUARTER_SIDES))

    def _snap_aside(
        self,
        lonlat: tuple[float, float],
        start: shapely.Point,
        corridors: NDArray[np.int64],
        rests: NDArray[np.object_],
        *,
        within_m: float,
    ) -> SnapPoint | None:
        """Snap to the nearest of what is left of corridors to which a spur does not run along any."""
        point = self._point(lonlat)
        distance = shapely.distance(point, rests)  # not a number where nothing is left
        for place in np.argsort(distance, kind="stable").tolist():
            if not distance[place] <= within_m:
                break
            snap_point = self._snap(lonlat, point, int(corridors[place]), rests[place])
            if snap_point.distance_m <= within_m and not self._runs_along(start, snap_point):
                return snap_point
        return None

    def _near(self, point: shapely.Point, within_m: float) -> NDArray[np.int64]:
        """List the allowed corridors within a distance, nearest first."""
        near = np.sort(self._index[self._tree.query(point, predicate="dwithin", distance=within_m)])
        return near[np.argsort(shapely.distance(point, self._lines[near]), kind="stable")]

    def _kind(self, corridor: int) -> tuple[str, int]:
        return self._network.corridors[corridor].kind, int(self._components[corridor])

    def _start(self, point: shapely.Point, nearest: SnapPoint) -> shapely.Point:
        """Return where spurs begin: at the site, or on the corridor that it stands on."""
        if nearest.distance_m > TOUCHING_M:
            return point
        return shapely.Point(self._lines[nearest.corridor].interpolate(nearest.position))

    def _runs_along(self, start: shapely.Point, snap_point: SnapPoint) -> bool:
        """Return whether more than half of a spur is next to corridors, where it meets or crosses them aside."""
        end = self._lines[snap_point.corridor].interpolate(snap_point.position)
        spur = shapely.LineString([start, end])
        near = self._network.tree.query(spur, predicate="dwithin", distance=ALONG_M)
        strips = shapely.union_all(shapely.buffer(self._lines[near], ALONG_M))
        stretches = shapely.length(shapely.get_parts(spur.intersection(strips)))
        return bool(stretches[stretches > _CROSSING_M].sum() > spur.length / 2)

    def _point(self, lonlat: tuple[float, float]) -> shapely.Point:
        return shapely.Point(self._projection.forward(np.array([lonlat]))[0])

    def _snap(
        self, lonlat: tuple[float, float], point: shapely.Point, corridor: int, target: shapely.Geometry
    ) -> SnapPoint:
        meeting = shapely.get_point(shapely.shortest_line(target, point), 0)
        position = float(shapely.line_locate_point(self._lines[corridor], meeting))
        lon, lat = self._projection.inverse(shapely.get_coordinates(meeting))[0].tolist()
        return SnapPoint(corridor, distance_m(lonlat, (lon, lat)), position, (lon, lat))


def connect_site(
    network: CorridorNetwork,
    site: Hashable,
    lonlat: tuple[float, float],
    snap_points: Sequence[SnapPoint],
) -> tuple[Hashable, list[Spur]]:
    """Cut the corridors where a site meets them and add its spurs.

    Parameters
    ----------
    network
        Is cut.
    site, lonlat
        Its name and place.
    snap_points
        The nearest first.

    Returns
    -------
    tuple
        The node of the site, and its spurs: one to each snap point but the one that it stands on. Snap points at one
        place of the network count once.
    """
    spurs: list[Spur] = []
    node: Hashable = ("site", site)
    network.add(node)
    start = lonlat
    joints: list[Hashable] = []
    for turn, snap_point in enumerate(snap_points):
        joint = network.cut(snap_point.corridor, snap_point.position, ("snap", site, turn))
        if any(network.node(joint) == network.node(other) for other in joints):
            continue
        joints.append(joint)
        if snap_point.distance_m <= TOUCHING_M and turn == 0:
            node, start = joint, snap_point.lonlat
            continue
        line = shapely.LineString([start, snap_point.lonlat])
        straight_m = distance_m(start, snap_point.lonlat)
        spurs.append(Spur(node, joint, len(joints), straight_m, line, snap_point.is_second_entry))
    return node, spurs
