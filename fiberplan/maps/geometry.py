"""Geometry as the page wants it: latitude before longitude, rounded, and simplified where there is too much of it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy as np
import shapely

from fiberplan.crs import LocalProjection

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from fiberplan.crs import Geometry

MOST_FEATURES: Final = 20_000
"""Features that a browser draws with ease; beyond that lines lose detail."""

TOLERANCE_M: Final = 10
"""Farthest that a simplified line strays, metres."""

FULL_DIGITS: Final = 6
SIMPLE_DIGITS: Final = 5
"""Decimals of a degree: a tenth of a metre, and a metre."""

LatLon = list[float]
Line = list[LatLon]


class Pen:
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
        """Write a point."""
        return [round(lat, self._digits), round(lon, self._digits)]

    def lines(self, geometries: Iterable[Geometry]) -> list[Line]:
        """Write every line among geometries, those of collections one by one; other kinds are left out."""
        parts = _parts(geometries)
        return [self._line(part) for part in self._simplified(parts[_is(parts, "LineString")])]

    def polygons(self, geometries: Iterable[Geometry]) -> list[list[Line]]:
        """Write every polygon among geometries: its outer ring, then its holes."""
        parts = _parts(geometries)
        polygons = self._simplified(parts[_is(parts, "Polygon")])
        return [
            [self._line(ring) for ring in (polygon.exterior, *polygon.interiors)]
            for polygon in polygons
            if not polygon.is_empty
        ]

    def _simplified(self, parts: Sequence[Geometry]) -> Sequence[Geometry]:
        if not self.is_simple or len(parts) == 0:
            return parts
        plane = shapely.simplify(self._plane.project(np.asarray(parts)), TOLERANCE_M)
        back: Sequence[Geometry] = shapely.transform(plane, self._plane.inverse)
        return back

    def _line(self, line: Geometry) -> Line:
        # adding zero turns a negative zero, which JSON would show, into a plain one
        rounded = np.round(shapely.get_coordinates(line)[:, ::-1], self._digits) + 0.0
        written: Line = rounded.tolist()
        return written


def _parts(geometries: Iterable[Geometry]) -> np.ndarray[tuple[int], np.dtype[np.object_]]:
    whole = np.array([geometry for geometry in geometries if not geometry.is_empty], dtype=object)
    parts = shapely.get_parts(shapely.get_parts(whole))
    return np.asarray(parts, dtype=object)


def _is(
    parts: np.ndarray[tuple[int], np.dtype[np.object_]], kind: str
) -> np.ndarray[tuple[int], np.dtype[np.bool_]]:
    return np.array([part.geom_type == kind for part in parts], dtype=bool)
