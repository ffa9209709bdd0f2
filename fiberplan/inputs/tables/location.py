"""Where things are: the geometry of any table on WGS 84, of the shapes that the table may have.

CSV gives places by ``lon`` and ``lat`` or by ``wkt`` (both longitude and latitude on WGS 84), or by ``x`` and ``y`` in
the CRS of the project. GeoJSON is WGS 84 unless it says otherwise, and the others must name their CRS.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final

import numpy as np
import shapely
from pyproj import CRS
from pyproj.exceptions import CRSError, ProjError
from shapely.errors import ShapelyError

from fiberplan.crs import WGS84, to_wgs84
from fiberplan.inputs.faults import FaultList, did_you_mean
from fiberplan.inputs.tables.raw import RawTable
from fiberplan.inputs.text import how_to_write_number, latin_digits, plain_number

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from numpy.typing import NDArray
    from shapely.geometry.base import BaseGeometry


POINT: Final = "point"
LINE: Final = "line"
POLYGON: Final = "polygon"
ANY: Final = "any geometry"

ALIASES: Final = {"longitude": "lon", "long": "lon", "lng": "lon", "latitude": "lat"}
"""Other names for the columns of a place."""

_FAMILY: Final = (
    POINT,
    LINE,
    LINE,
    POLYGON,
    "multi-point",
    "multi-part line",
    POLYGON,
    "geometry collection",
)
"""What to call the geometry types, by shapely's type id."""

_MULTI_POINT: Final = 4
_MULTI_LINE: Final = 5
_NO_LENGTH: Final = 1e-7
"""A line of this length in degrees, about a centimetre, has none."""
_METRES: Final = 1000
"""Coordinates beyond this are no degrees gone astray, they are metres."""


def locate(
    raw: RawTable,
    columns: Mapping[str, list[Any]],
    *,
    shapes: Sequence[str],
    crs: str | None,
    faults: FaultList,
) -> NDArray[np.object_] | None:
    """Find the geometry of every row.

    Parameters
    ----------
    raw, columns
        The table and its columns by their full names.
    shapes
        `POINT`, `LINE`, `POLYGON` or `ANY`: what the table may hold.
    crs
        CRS of tables that name none.
    faults
        Takes what is wrong.

    Returns
    -------
    numpy.ndarray or None
        Shape (n,), ``None`` where a row's geometry is missing or faulty; ``None`` for a table that has no geometry
        at all.
    """
    place = _Places(raw, faults)
    taken = _take_geometry(place, columns, crs, shapes)
    if taken is None:
        return None
    geometry, source = taken
    place.drop_missing(geometry)
    place.drop_not_finite(geometry)
    if not place.fit_together(geometry, source):
        return None
    try:
        geometry = _transform(geometry, source)
    except (CRSError, ProjError):
        faults.error(
            raw.file, "has a coordinate reference system that leads to no place on earth", value=source.name
        )
        return None
    place.drop_out_of_range(geometry, source)
    place.drop_null_island(geometry)
    return place.fit_shapes(geometry, shapes)


def _take_geometry(
    place: _Places, columns: Mapping[str, list[Any]], crs: str | None, shapes: Sequence[str]
) -> tuple[NDArray[np.object_], CRS] | None:
    """Take the geometry as it is, and its CRS."""
    raw, faults = place.raw, place.faults
    columns = {ALIASES.get(name, name): values for name, values in columns.items()}
    if raw.geometry is not None:
        source = _parse_crs(raw, crs, faults)
        return None if source is None else (raw.geometry.copy(), source)
    if "wkt" in columns:
        return place.read_wkt(columns["wkt"]), CRS.from_user_input(WGS84)
    if POINT in shapes and {"lon", "lat"} <= columns.keys():
        return place.read_points(columns["lon"], columns["lat"], names=("lon", "lat")), CRS.from_user_input(
            WGS84
        )
    if POINT in shapes and {"x", "y"} <= columns.keys():
        if crs is not None:
            return place.read_points(columns["x"], columns["y"], names=("x", "y")), CRS.from_user_input(crs)
        faults.error(
            raw.file,
            "gives places as x and y without a coordinate reference system",
            mend='Name it in project.toml: crs = "EPSG:32639"; or rename the columns to lon and lat if they are degrees',
        )
        return None
    how = "lon and lat, or wkt" if POINT in shapes else "wkt"
    for name in [name for name in (("lon", "lat") if POINT in shapes else ("wkt",)) if name not in columns]:
        hint = did_you_mean(name, set(columns) - {"lon", "lat", "name", "kind"})
        mend = hint or f"A table without geometry of its own gives it in columns: {how}"
        faults.error(raw.file, "the column is missing", column=name, mend=mend)
    return None


def _parse_crs(raw: RawTable, fallback: str | None, faults: FaultList) -> CRS | None:
    """Read the CRS that the file names; GeoPackage has several ways to name none."""
    source = None
    if raw.crs is not None:
        try:
            source = CRS.from_user_input(raw.crs)
        except CRSError:
            faults.error(
                raw.file,
                "names a coordinate reference system that is not known",
                value=raw.crs,
                mend="Set the layer's CRS in QGIS and export it again",
            )
            return None
    if source is not None and "undefined" not in source.name.lower() and source.name.lower() != "unknown":
        return source
    if fallback is not None:
        return CRS.from_user_input(fallback)
    faults.error(
        raw.file,
        "names no coordinate reference system (CRS)",
        expected="a .prj file beside a Shapefile, a CRS in a GeoPackage layer",
        mend='Set the layer\'s CRS in QGIS and export it, or name it in project.toml: crs = "EPSG:32639"',
    )
    return None


def _is_wgs84(crs: CRS) -> bool:
    return crs.to_authority() in {("EPSG", "4326"), ("OGC", "CRS84")}


def _transform(geometry: NDArray[np.object_], source: CRS) -> NDArray[np.object_]:
    """Bring geometry to WGS 84; what is there already stays as it is, to the last digit."""
    if _is_wgs84(source):
        return geometry
    import geopandas  # noqa: PLC0415 - heavy

    frame = to_wgs84(geopandas.GeoDataFrame(geometry=geometry, crs=source))
    return np.asarray(frame.geometry.to_numpy(), dtype=object)


@dataclass
class _Places:
    """The checks of one table's geometry; each drops the rows that fail it."""

    raw: RawTable
    faults: FaultList
    reported: set[int] = field(default_factory=set)

    def error(self, index: int, message: str, **details: object) -> None:
        """Report a row."""
        self.reported.add(index)
        self.faults.error(self.raw.file, message, row=self.raw.rows[index], **details)

    def read_wkt(self, cells: Sequence[Any]) -> NDArray[np.object_]:
        """Read well-known text."""
        geometry = np.empty(len(cells), dtype=object)
        for index, cell in enumerate(cells):
            if cell is None:
                continue
            try:
                geometry[index] = shapely.force_2d(shapely.from_wkt(latin_digits(str(cell))))
            except NotImplementedError:
                self.error(
                    index,
                    "is a curve",
                    column="wkt",
                    expected="LINESTRING (48.35 33.48, 48.75 33.89)",
                    mend="Convert it to straight segments (in QGIS: Segmentize)",
                )
            except (ShapelyError, ValueError, TypeError):
                self.error(
                    index,
                    "is not well-known text",
                    column="wkt",
                    value=cell,
                    expected="LINESTRING (48.35 33.48, 48.75 33.89)",
                )
        return geometry

    def read_points(
        self, x: Sequence[Any], y: Sequence[Any], *, names: tuple[str, str]
    ) -> NDArray[np.object_]:
        """Make points of two columns."""
        geometry = np.empty(len(x), dtype=object)
        for index, pair in enumerate(zip(x, y, strict=True)):
            across, up = (self._number(index, cell, name) for cell, name in zip(pair, names, strict=True))
            if across is not None and up is not None:
                geometry[index] = shapely.Point(across, up)
        return geometry

    def _number(self, index: int, cell: object, name: str) -> float | None:
        if cell is None:
            self.error(index, "is missing", column=name, mend="Fill it in")
            return None
        plain = plain_number(str(cell))
        if plain is None:
            self.error(
                index,
                "is not a number",
                column=name,
                value=cell,
                expected="a number such as 48.35383",
                mend=how_to_write_number(str(cell)),
            )
            return None
        return float(plain)

    def drop_missing(self, geometry: NDArray[np.object_]) -> None:
        """Report rows without geometry."""
        for index, shape in enumerate(geometry):
            if shape is None:
                if index not in self.reported:
                    self.error(index, "has no geometry", mend="Draw it or delete the row")
            elif isinstance(shape, str):  # `raw.UNREADABLE`
                self.error(index, "has a geometry that cannot be read", mend="Draw it again")
                geometry[index] = None
        for index in np.flatnonzero(shapely.is_empty(geometry)).tolist():
            self.error(index, "has an empty geometry", mend="Draw it or delete the row")
            geometry[index] = None

    def drop_not_finite(self, geometry: NDArray[np.object_]) -> None:
        """Report rows whose coordinates are no numbers."""
        coordinates, owner = shapely.get_coordinates(geometry, return_index=True)
        for index in np.unique(owner[~np.isfinite(coordinates).all(axis=1)]):
            self.error(int(index), "has coordinates that are not finite numbers (NaN)", mend="Draw it again")
            geometry[index] = None

    def fit_together(self, geometry: NDArray[np.object_], source: CRS) -> bool:
        """Check that a projected CRS does not come with degrees."""
        coordinates = shapely.get_coordinates(geometry)
        if not source.is_projected or not len(coordinates) or np.abs(coordinates).max() > 180:
            return True
        self.faults.error(
            self.raw.file,
            f"has coordinates in degrees, but its coordinate reference system is {source.name}, in metres",
            mend="Set the layer's CRS to EPSG:4326",
        )
        return False

    def drop_out_of_range(self, geometry: NDArray[np.object_], source: CRS) -> None:
        """Report rows beyond the world."""
        west, south, east, north = shapely.bounds(geometry).T
        with np.errstate(invalid="ignore"):
            outside = (west < -180) | (east > 180) | (south < -90) | (north > 90)
        for index in np.flatnonzero(outside):
            farthest = np.abs([west[index], south[index], east[index], north[index]])
            if not _is_wgs84(source):
                mend = f"Is {source.name} the layer's coordinate reference system?"
            elif farthest.max() > _METRES:
                mend = "These look like metres: the file must name their CRS (GeoPackage or Shapefile do)"
            elif farthest[[0, 2]].max() <= 90 and farthest[[1, 3]].max() <= 180:
                mend = "Longitude and latitude look swapped"
            else:
                mend = "Correct the coordinates"
            where = shapely.get_coordinates(geometry[index])[0]
            self.error(
                int(index),
                "lies outside the world",
                value=f"lon {where[0]:.6g}, lat {where[1]:.6g}",
                expected="longitude within -180 and 180, latitude within -90 and 90",
                mend=mend,
            )
            geometry[index] = None

    def drop_null_island(self, geometry: NDArray[np.object_]) -> None:
        """Report places at longitude 0, latitude 0: no place, but a default."""
        for index, shape in enumerate(geometry):
            if shape is not None and shape.geom_type == "Point" and shape.x == 0 == shape.y:
                self.error(
                    index, "lies at longitude 0, latitude 0, in the sea", mend="Fill in the coordinates"
                )
                geometry[index] = None

    def fit_shapes(self, geometry: NDArray[np.object_], shapes: Sequence[str]) -> NDArray[np.object_]:
        """Make one part of many where that is meant, and report shapes that the table cannot have."""
        kinds = shapely.get_type_id(geometry)
        for index in np.flatnonzero((kinds == _MULTI_POINT) | (kinds == _MULTI_LINE)):
            if ANY not in shapes:
                geometry[index] = self._join_parts(int(index), geometry[index])
        kinds = shapely.get_type_id(geometry)
        for index in np.flatnonzero(kinds >= 0):
            name = _FAMILY[kinds[index]]
            if name not in shapes and not (ANY in shapes and kinds[index] < len(_FAMILY) - 1):
                if int(index) not in self.reported:
                    self.error(int(index), f"is a {name}", expected=f"a {' or a '.join(shapes)}")
                geometry[index] = None
        if LINE in shapes:
            self._check_lines(geometry)
        if POLYGON in shapes:
            self._mend_polygons(geometry)
        return geometry

    def _join_parts(self, index: int, shape: BaseGeometry) -> BaseGeometry:
        """Join the parts of a geometry into one, in the direction of the first."""
        first: Any = shapely.get_geometry(shape, 0)
        if shapely.get_num_geometries(shape) == 1 or shape.geom_type == "MultiPoint":
            return first if shapely.get_num_geometries(shape) == 1 else shape
        merged = shapely.line_merge(shape)
        if not isinstance(merged, shapely.LineString):
            count = shapely.get_num_geometries(merged)
            self.error(
                index,
                f"is a line of {count} parts that do not join end to end",
                mend="Split it into rows of their own",
            )
            return merged
        is_turned = merged.coords[0] != first.coords[0] and merged.coords[-1] == first.coords[0]
        return shapely.reverse(merged) if is_turned else merged

    def _check_lines(self, geometry: NDArray[np.object_]) -> None:
        with np.errstate(invalid="ignore"):
            dots = np.flatnonzero(shapely.length(geometry) < _NO_LENGTH)
        for index in dots:
            self.error(int(index), "is a line without length", mend="Draw it again or delete the row")
            geometry[index] = None
        present = np.array([shape is not None for shape in geometry], dtype=bool)
        for index in np.flatnonzero(present & ~shapely.is_simple(geometry)):
            self.faults.warning(
                self.raw.file,
                "the line crosses or retraces itself; it is kept as drawn, and where it crosses itself is no junction",
                row=self.raw.rows[int(index)],
            )

    def _mend_polygons(self, geometry: NDArray[np.object_]) -> None:
        present = np.array([shape is not None for shape in geometry], dtype=bool)
        for index in np.flatnonzero(present & ~shapely.is_valid(geometry)):
            mended = _polygons_of(shapely.make_valid(geometry[index]))
            if mended.is_empty:
                self.error(int(index), "is a polygon without area", mend="Draw it again")
                geometry[index] = None
                continue
            geometry[index] = mended
            self.faults.warning(
                self.raw.file,
                "the outline crosses itself and was mended; check its area",
                row=self.raw.rows[int(index)],
            )


def _polygons_of(shape: BaseGeometry) -> BaseGeometry:
    """Keep the polygons of a geometry."""
    parts = [
        part for part in shapely.get_parts(shape, return_index=False) if part.geom_type.endswith("Polygon")
    ]
    return shapely.union_all(parts) if len(parts) != 1 else parts[0]
