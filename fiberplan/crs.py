"""The one place where geometry enters: with a CRS; lengths are in metres.

Inside fiberplan every geometry is longitude and latitude on WGS 84. Lengths are geodesics on its ellipsoid,
never degrees and never Web Mercator (which is a fifth too long at the latitude of Lorestan).
"""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING, Annotated, Any, Final

import numpy as np
import shapely
from pydantic import PlainSerializer, PlainValidator
from pyproj import CRS, Geod, Transformer
from shapely.geometry.base import BaseGeometry

from fiberplan.errors import MissingCrsError

if TYPE_CHECKING:
    import geopandas
    from numpy.typing import NDArray

__all__ = ["WGS84", "LocalProjection", "area_ha", "distance_m", "length_m", "segment_lengths_m", "to_wgs84"]

WGS84: Final = "EPSG:4326"
_GEOD: Final = Geod(ellps="WGS84")


def _read_geometry(value: object) -> BaseGeometry:
    if isinstance(value, BaseGeometry):
        return shapely.force_2d(value) if value.has_z else value
    if isinstance(value, str):
        try:
            return shapely.from_wkb(value)
        except shapely.errors.ShapelyError as error:
            raise ValueError("not hexadecimal WKB") from error
    raise ValueError(f"{type(value).__name__} is not a geometry")


def _read_point(value: object) -> shapely.Point:
    geometry = _read_geometry(value)
    if not isinstance(geometry, shapely.Point):
        raise ValueError(f"a {geometry.geom_type} is not a Point")  # noqa: TRY004 - pydantic expects a ValueError
    return geometry


def _read_line(value: object) -> shapely.LineString:
    geometry = _read_geometry(value)
    if not isinstance(geometry, shapely.LineString):
        raise ValueError(f"a {geometry.geom_type} is not a LineString")  # noqa: TRY004 - pydantic expects a ValueError
    return geometry


def _write_geometry(value: BaseGeometry) -> str:
    return str(shapely.to_wkb(value, hex=True, byte_order=1, output_dimension=2))


Geometry = Annotated[
    BaseGeometry, PlainValidator(_read_geometry), PlainSerializer(_write_geometry, return_type=str)
]
"""A shapely geometry in WGS 84 that pydantic writes as hexadecimal WKB, bit for bit."""

PointGeometry = Annotated[
    shapely.Point, PlainValidator(_read_point), PlainSerializer(_write_geometry, return_type=str)
]
"""A point, kept like `Geometry`."""

LineGeometry = Annotated[
    shapely.LineString, PlainValidator(_read_line), PlainSerializer(_write_geometry, return_type=str)
]
"""A line, kept like `Geometry`."""


def to_wgs84(frame: geopandas.GeoDataFrame, *, fallback: str | None = None) -> geopandas.GeoDataFrame:
    """Bring a layer to longitude and latitude.

    Parameters
    ----------
    frame
        Any layer.
    fallback
        CRS to assume where the layer names none.

    Raises
    ------
    MissingCrsError
        The layer names no CRS and there is no fallback.
    """
    if frame.crs is None:
        if fallback is None:
            raise MissingCrsError("the layer names no coordinate reference system")
        frame = frame.set_crs(fallback)
    return frame.to_crs(WGS84)


def _columns(coordinates: NDArray[np.float64]) -> tuple[list[float], list[float]]:
    # as lists: pyproj takes an array of one point for a point under numpy before 2.4, with a warning
    return coordinates[:, 0].tolist(), coordinates[:, 1].tolist()


def segment_lengths_m(coordinates: NDArray[np.float64]) -> NDArray[np.float64]:
    """Geodesic lengths between consecutive points.

    Parameters
    ----------
    coordinates
        Shape (n, 2), longitude and latitude.

    Returns
    -------
    numpy.ndarray
        Shape (n - 1,), metres on the WGS 84 ellipsoid (Karney 2013, through PROJ).
    """
    lon, lat = _columns(coordinates)
    _, _, distance = _GEOD.inv(lon[:-1], lat[:-1], lon[1:], lat[1:])
    return np.asarray(distance, dtype=np.float64)


def length_m(line: BaseGeometry) -> float:
    """Geodesic length of a line in metres."""
    return float(_GEOD.geometry_length(line))


def area_ha(polygon: BaseGeometry) -> float:
    """Geodesic area of a polygon in hectares."""
    return abs(float(_GEOD.geometry_area_perimeter(polygon)[0])) / 10_000


def distance_m(a: tuple[float, float], b: tuple[float, float]) -> float:
    """Geodesic distance between two points in metres.

    Parameters
    ----------
    a, b
        Longitude and latitude of each.
    """
    return float(_GEOD.inv(a[0], a[1], b[0], b[1])[2])


class LocalProjection:
    """A metric plane around a project, for nearness and tolerance; never for lengths that cost money.

    Parameters
    ----------
    centre
        Longitude and latitude of its middle.
    crs
        A CRS that the project chose, or ``None`` for an azimuthal equidistant plane around the centre. Within
        300 km of it the distortion stays below 0.1 percent (Snyder 1987, *Map Projections*, ch. 25).
    """

    def __init__(self, centre: tuple[float, float], *, crs: str | None = None) -> None:
        lon, lat = centre
        definition: Any = crs or f"+proj=aeqd +lon_0={lon:.6f} +lat_0={lat:.6f} +datum=WGS84 +units=m"
        self.crs = CRS.from_user_input(definition)
        self._forward, self._inverse = _transformers(self.crs.to_wkt())

    def forward(self, coordinates: NDArray[np.float64]) -> NDArray[np.float64]:
        """Bring (n, 2) longitudes and latitudes to metres."""
        return np.column_stack(self._forward.transform(*_columns(coordinates)))

    def inverse(self, coordinates: NDArray[np.float64]) -> NDArray[np.float64]:
        """Bring (n, 2) metres back to longitudes and latitudes."""
        return np.column_stack(self._inverse.transform(*_columns(coordinates)))

    def project(self, geometry: Any) -> Any:  # noqa: ANN401 - a geometry or an array of them, as shapely has it
        """Bring a geometry, or an array of them, to metres."""
        return shapely.transform(geometry, self.forward)


@lru_cache(maxsize=16)
def _transformers(wkt: str) -> tuple[Transformer, Transformer]:
    crs = CRS.from_wkt(wkt)
    return (
        Transformer.from_crs(WGS84, crs, always_xy=True),
        Transformer.from_crs(crs, WGS84, always_xy=True),
    )
