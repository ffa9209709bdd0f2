"""Sites reach the corridors: each at the nearest point of an edge, over a spur that has a price."""

from __future__ import annotations

import math
from collections.abc import Hashable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np
import shapely

from fiberplan.crs import distance_m

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from fiberplan.crs import LocalProjection
    from fiberplan.graph.noding import CorridorNetwork
    from fiberplan.model import Park

TOUCHING_M: Final = 1.0
"""A site this near to a corridor stands on it, in metres."""
_QUARTER_SIDES: Final = 16


@dataclass(frozen=True, slots=True)
class Landing:
    """Where a site meets a corridor."""

    corridor: int
    distance_m: float
    position: float
    lonlat: tuple[float, float]


@dataclass(frozen=True, slots=True)
class Spur:
    """The way from a site to where it meets a corridor; the site stands on the corridor where it has no length."""

    site: Hashable
    corridor_node: Hashable
    number: int
    straight_m: float
    geometry: shapely.LineString


def park_point(park: Park) -> tuple[float, float]:
    """Give the point of a park that the cable goes to: its entry, else its middle, kept inside a polygon."""
    if park.entry is not None:
        return park.entry.x, park.entry.y
    centre = park.geometry.centroid
    place = centre if park.geometry.covers(centre) else park.geometry.representative_point()
    return place.x, place.y


class Snapper:
    """Finds landings on a subset of the corridors.

    Parameters
    ----------
    network
        The corridors.
    projection
        The plane that they are in.
    allowed
        Shape (corridors,), which of them may be landed on.
    """

    def __init__(
        self, network: CorridorNetwork, projection: LocalProjection, allowed: NDArray[np.bool_]
    ) -> None:
        self._lines = network.lines
        self._projection = projection
        self._index = np.flatnonzero(allowed)
        self._tree = shapely.STRtree(self._lines[self._index])

    def nearest(self, lonlat: tuple[float, float]) -> Landing | None:
        """Find the nearest point of the allowed corridors, the first corridor among equals."""
        if not self._index.size:
            return None
        point = self._point(lonlat)
        found = self._tree.query_nearest(point, all_matches=True)
        corridor = int(self._index[int(np.min(found))])
        return self._land(lonlat, point, corridor, self._lines[corridor])

    def nearest_apart(
        self, lonlat: tuple[float, float], first: Landing, *, separation_m: float, within_m: float
    ) -> Landing | None:
        """Find the nearest landing that is some way from a first one, for a second entry."""
        point = self._point(lonlat)
        middle = shapely.Point(self._lines[first.corridor].interpolate(first.position).coords[0])
        # shapely's circle is a polygon inside the true one, so its sides are moved out to the distance
        keep_out = middle.buffer(
            separation_m / math.cos(math.pi / (4 * _QUARTER_SIDES)), quad_segs=_QUARTER_SIDES
        )
        near = self._tree.query(point, predicate="dwithin", distance=within_m)
        best: tuple[float, int, shapely.Geometry] | None = None
        for place in sorted(near.tolist()):
            corridor = int(self._index[place])
            rest = self._lines[corridor].difference(keep_out)
            if rest.is_empty:
                continue
            distance = float(point.distance(rest))
            if distance <= within_m and (best is None or distance < best[0]):
                best = (distance, corridor, rest)
        if best is None:
            return None
        return self._land(lonlat, point, best[1], best[2])

    def _point(self, lonlat: tuple[float, float]) -> shapely.Point:
        return shapely.Point(self._projection.forward(np.array([lonlat]))[0])

    def _land(
        self, lonlat: tuple[float, float], point: shapely.Point, corridor: int, target: shapely.Geometry
    ) -> Landing:
        meeting = shapely.get_point(shapely.shortest_line(target, point), 0)
        position = float(shapely.line_locate_point(self._lines[corridor], meeting))
        lon, lat = self._projection.inverse(shapely.get_coordinates(meeting))[0].tolist()
        return Landing(corridor, distance_m(lonlat, (lon, lat)), position, (lon, lat))


def land_site(
    network: CorridorNetwork,
    site: Hashable,
    lonlat: tuple[float, float],
    landings: Sequence[Landing],
) -> tuple[Hashable, list[Spur]]:
    """Cut the corridors where a site meets them and lay its spurs.

    Returns
    -------
    tuple
        The node of the site, and its spurs: none where it stands on a corridor.
    """
    spurs: list[Spur] = []
    node: Hashable = ("site", site)
    network.add(node)
    for number, landing in enumerate(landings):
        joint = network.cut(landing.corridor, landing.position, ("landing", site, number))
        if landing.distance_m <= TOUCHING_M and number == 0:
            node = joint
            continue
        line = shapely.LineString([lonlat, landing.lonlat])
        spurs.append(Spur(node, joint, number, landing.distance_m, line))
    return node, spurs
