"""Geometry as the page needs it: latitude before longitude, rounded, and simplified where there is too much of it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy as np
import shapely
from numpy.typing import NDArray

from fiberplan.crs import LocalProjection

if TYPE_CHECKING:
    from collections.abc import Iterable

    from fiberplan.crs import Geometry

MOST_FEATURES: Final = 20_000
"""Features that a browser draws without delay; with more than that lines lose detail."""

TOLERANCE_M: Final = 10
"""Farthest that a simplified line is from the full one, metres."""

FULL_DIGITS: Final = 6
SIMPLE_DIGITS: Final = 5
"""Decimals of a degree: a tenth of a metre, and a metre."""

LatLon = list[float]
Line = list[LatLon]
Parts = NDArray[np.object_]


class GeometryWriter:
    """Turns geometry into lists of numbers.

    Parameters
    ----------
    centre
        Longitude and latitude around which lines are simplified.
    is_simple
        Whether to simplify.
    """

    def __init__(self, centre: tuple[float, float], *, is_simple: bool) -> None:
        self.is_simple = is_simple
        self._digits = SIMPLE_DIGITS if is_simple else FULL_DIGITS
        self._plane = LocalProjection(centre)

    def point(self, lon: float, lat: float) -> LatLon:
        """Write a point.

        Parameters
        ----------
        lon, lat
            Degrees.

        Returns
        -------
        list
            Latitude and longitude, rounded.
        """
        return [round(lat, self._digits), round(lon, self._digits)]

    def lines(self, geometries: Iterable[Geometry]) -> list[Line]:
        """Write every line among geometries, those of collections one by one; other kinds are left out."""
        return [self._line(part) for part in self._simplified(_parts(geometries, "LineString"))]

    def polygons(self, geometries: Iterable[Geometry]) -> list[list[Line]]:
        """Write every polygon among geometries: its outer ring, then its holes."""
        polygons = self._simplified(_parts(geometries, "Polygon"))
        return [[self._line(ring) for ring in shapely.get_rings(polygon)] for polygon in polygons]

    def _simplified(self, parts: Parts) -> Parts:
        if not self.is_simple or not len(parts):
            return parts
        plane = shapely.simplify(self._plane.project(parts), TOLERANCE_M)
        simple: Parts = shapely.transform(plane, self._plane.inverse)
        return simple

    def _line(self, line: Geometry) -> Line:
        # adding zero turns a negative zero, which JSON would show, into a plain one
        rounded = np.round(shapely.get_coordinates(line)[:, ::-1], self._digits) + 0.0
        written: Line = rounded.tolist()
        return written


def _parts(geometries: Iterable[Geometry], kind: str) -> Parts:
    """Take geometries apart and keep the parts of one kind."""
    whole = np.array([geometry for geometry in geometries if not geometry.is_empty], dtype=np.object_)
    parts = shapely.get_parts(shapely.get_parts(whole))
    return np.array([part for part in parts if part.geom_type == kind], dtype=np.object_)
