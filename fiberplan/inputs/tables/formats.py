"""CSV, GeoJSON, GeoPackage and Shapefile: each becomes the same columns, geometries and row numbers.

A file is looked into before it is parsed, so that a picture called ``parks.csv`` is told as what it is.
"""

from __future__ import annotations

import csv
import io
import json
import logging
import math
import warnings
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

import numpy as np
import shapely
from numpy.typing import NDArray
from shapely.errors import ShapelyError

from fiberplan.crs import WGS84

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from fiberplan.inputs.faults import FaultList

_LOGGER = logging.getLogger(__name__)

UNREADABLE: Final = "unreadable"
"""Stands in a geometry array for a geometry that is there and cannot be read."""

_SIGNATURES: Final = (
    (b"\x89PNG", "a PNG picture"),
    (b"\xff\xd8\xff", "a JPEG picture"),
    (b"GIF8", "a GIF picture"),
    (b"II*\x00", "a TIFF picture"),
    (b"MM\x00*", "a TIFF picture"),
    (b"%PDF", "a PDF document"),
    (b"PK\x03\x04", "a zip archive or a spreadsheet workbook"),
    (b"PK\x05\x06", "a zip archive"),
    (b"\x1f\x8b", "a gzip archive"),
    (b"\xd0\xcf\x11\xe0", "an old spreadsheet workbook"),
    (b"SQLite format 3\x00", "a GeoPackage or other SQLite database"),
    (b"\x00\x00\x27\x0a", "a Shapefile"),
    (b"PAR1", "a Parquet table"),
    (b"fgb\x03", "a FlatGeobuf layer"),
)
_KIND_OF_SUFFIX: Final = {".gpkg": "a GeoPackage or other SQLite database", ".shp": "a Shapefile"}
_SUFFIX_NAMES: Final = {
    ".csv": "a CSV table",
    ".geojson": "GeoJSON",
    ".gpkg": "a GeoPackage",
    ".shp": "a Shapefile",
}


@dataclass(frozen=True, slots=True)
class RawTable:
    """A table as its file has it.

    Attributes
    ----------
    file
        Name to show in faults.
    suffix
        ``.csv``, ``.geojson``, ``.gpkg`` or ``.shp``.
    rows
        Row number of each record, as `fiberplan.errors.Fault` counts.
    columns
        Values by column name; ``None`` for blank.
    geometry
        Shape (len(rows),): geometries, ``None`` or `UNREADABLE`; ``None`` if the file has no geometry of its own.
    crs
        Of the geometry, ``None`` if the file names none.
    is_complete
        Whether every row of the file is here.
    """

    file: str
    suffix: str
    rows: Sequence[int]
    columns: dict[str, list[Any]]
    geometry: NDArray[np.object_] | None = None
    crs: Any = None
    is_complete: bool = True


def decode_utf8(data: bytes, file: str, faults: FaultList) -> str | None:
    """Decode a text file, with or without a byte order mark, or report that it is no UTF-8."""
    mend = "Save it as UTF-8 (in Excel: 'CSV UTF-8')"
    if data[:2] in {b"\xff\xfe", b"\xfe\xff"}:
        faults.error(file, "is encoded in UTF-16", expected="UTF-8", mend=mend)
        return None
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        row = data.count(b"\n", 0, error.start) + 1
        faults.error(file, "is not encoded in UTF-8", row=row, expected="UTF-8", mend=mend)
        return None
    if "\x00" in text:
        faults.error(file, "holds binary data", expected="a text file in UTF-8")
        return None
    return text


def read_file(path: Path, *, layer: str | None, file: str, faults: FaultList) -> RawTable | None:
    """Read a table of any format.

    Parameters
    ----------
    path
        File with one of the four endings.
    layer
        Name of the layer of a GeoPackage.
    file
        Name to show in faults.
    faults
        Takes what is wrong.

    Returns
    -------
    RawTable or None
        ``None`` if nothing could be read; the reason is among the faults.
    """
    suffix = path.suffix.lower()
    try:
        with path.open("rb") as stream:
            head = stream.read(64)
    except OSError as error:
        faults.error(file, f"cannot be opened: {error.strerror}")
        return None
    if not _is_what_it_says(head, suffix, file, faults):
        return None
    if suffix == ".csv":
        return _read_csv(path, file, faults)
    if suffix == ".geojson":
        return _read_geojson(path, file, faults)
    return _read_layer(path, layer, file, faults)


def _is_what_it_says(head: bytes, suffix: str, file: str, faults: FaultList) -> bool:
    """Compare the first bytes with the ending."""
    expected = _SUFFIX_NAMES[suffix]
    if not head.strip():
        faults.error(file, "is an empty file", expected=expected)
        return False
    found = next((name for signature, name in _SIGNATURES if head.startswith(signature)), None)
    if found is None and suffix == ".csv":
        start = head.removeprefix(b"\xef\xbb\xbf").lstrip()
        found = "JSON" if start[:1] in b"{[" else "an XML or HTML document" if start[:1] == b"<" else None
    if found == _KIND_OF_SUFFIX.get(suffix):
        return True
    if found is None:
        found = f"something that is not {expected}"
    faults.error(
        file,
        f"ends in {suffix} but is {found}",
        expected=expected,
        mend=f"Export the table as {expected}; to rename a file does not change what it is",
    )
    return False


# --- CSV -------------------------------------------------------------------------------------------------------


def _read_csv(path: Path, file: str, faults: FaultList) -> RawTable | None:
    text = decode_utf8(path.read_bytes(), file, faults)
    if text is None:
        return None
    first = text.lstrip("\r\n").split("\n", 1)[0]
    delimiter = "," if "," in first else next((mark for mark in (";", "\t") if mark in first), ",")
    before = len(faults.faults)
    records = list(_csv_records(text, delimiter, file, faults))
    if not records:
        if len(faults.faults) == before:
            faults.error(file, "has no header", expected="the names of the columns in the first line")
        return None
    header_row, header = records[0]
    width = len(header)
    rows: list[int] = []
    cells: list[list[str]] = []
    for row, record in records[1:]:
        kept = record[:width] if not any(record[width:]) else record
        if len(kept) != width:
            faults.error(
                file,
                f"has {len(record)} cells where the header has {width}",
                row=row,
                mend='Put cells that hold the separator in double quotes: "a, b"',
            )
            continue
        rows.append(row)
        cells.append(kept)
    values = [[cell or None for cell in column] for column in zip(*cells, strict=True)] or [
        [] for _ in header
    ]
    is_complete = len(faults.faults) == before
    columns = _name_columns(header, values, file, faults, row=header_row)
    return None if columns is None else RawTable(file, ".csv", rows, columns, is_complete=is_complete)


def _csv_records(text: str, delimiter: str, file: str, faults: FaultList) -> Iterator[tuple[int, list[str]]]:
    """Yield rows that are not blank, each with the line that it starts on."""
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True)
    start = 1
    try:
        for record in reader:
            cells = [cell.strip() for cell in record]
            if any(cells):
                yield start, cells
            start = reader.line_num + 1
    except csv.Error:
        faults.error(
            file,
            "has a quoted cell that does not end, or that something follows, or that is far too long",
            row=start,
            mend='A quote inside a quoted cell is written twice: "the ""old"" park"',
        )


def _name_columns(
    header: Sequence[str],
    values: Sequence[list[Any]],
    file: str,
    faults: FaultList,
    *,
    row: int | None = None,
) -> dict[str, list[Any]] | None:
    """Bring the names of columns to small letters and underscores, and insist that each comes once."""
    columns: dict[str, list[Any]] = {}
    good = True
    for name, column in zip(header, values, strict=True):
        key = "_".join(name.strip().lower().replace("-", " ").split())
        if not key and all(value is None for value in column):
            continue
        if not key:
            faults.error(file, "has a column without a name", row=row, mend="Name the column or delete it")
            good = False
        elif key in columns:
            faults.error(file, "comes twice", row=row, column=key, mend="Keep one of the two columns")
            good = False
        else:
            columns[key] = column
    return columns if good else None


# --- GeoJSON ---------------------------------------------------------------------------------------------------


def _read_geojson(path: Path, file: str, faults: FaultList) -> RawTable | None:
    text = decode_utf8(path.read_bytes(), file, faults)
    if text is None:
        return None
    try:
        document = json.loads(text)
    except json.JSONDecodeError as error:
        faults.error(
            file,
            f"is not valid JSON at line {error.lineno}, column {error.colno}",
            expected="GeoJSON",
            mend="Export the layer again",
        )
        return None
    except (ValueError, RecursionError):
        faults.error(file, "is not readable JSON", expected="GeoJSON", mend="Export the layer again")
        return None
    features = document.get("features") if isinstance(document, dict) else None
    if not isinstance(features, list) or document.get("type") != "FeatureCollection":
        faults.error(file, "is JSON but no GeoJSON layer", expected="an object of type FeatureCollection")
        return None
    return _from_features(features, _geojson_crs(document), file, faults)


def _geojson_crs(document: dict[str, Any]) -> str:
    """Find the CRS: WGS 84 (RFC 7946), or the one that the older ``crs`` member names, as QGIS writes it."""
    member = document.get("crs")
    properties = member.get("properties") if isinstance(member, dict) else None
    name = properties.get("name") if isinstance(properties, dict) else None
    return name if isinstance(name, str) and "CRS84" not in name else WGS84


def _from_features(features: list[Any], crs: str, file: str, faults: FaultList) -> RawTable | None:
    rows: list[int] = []
    records: list[dict[str, Any]] = []
    shapes: list[Any] = []
    for row, feature in enumerate(features, start=1):
        properties = feature.get("properties") if isinstance(feature, dict) else None
        if not isinstance(feature, dict) or not isinstance(properties, dict | None):
            faults.error(file, "is not a GeoJSON feature", row=row, expected="an object of type Feature")
            continue
        record = dict(properties or {})
        if "id" not in record and isinstance(feature.get("id"), str | int):
            record["id"] = feature["id"]
        rows.append(row)
        records.append(record)
        shapes.append(feature.get("geometry"))
    with np.errstate(invalid="ignore"):  # coordinates that are not finite are told later
        geometry = [_shape(member) for member in shapes]
    names = list(dict.fromkeys(name for record in records for name in record))
    values = [[_blank_to_none(record.get(name)) for record in records] for name in names]
    columns = _name_columns(names, values, file, faults)
    if columns is None:
        return None
    is_complete = len(rows) == len(features)
    return RawTable(file, ".geojson", rows, columns, _array(geometry), crs, is_complete)


def _blank_to_none(value: object) -> object:
    return None if isinstance(value, str) and not value.strip() else value


def _shape(member: Any) -> object:  # noqa: ANN401 - JSON of any shape, tried
    if member is None:
        return None
    try:
        if member["type"] == "LineString":
            return shapely.linestrings([position[:2] for position in member["coordinates"]])
        return shapely.force_2d(shapely.geometry.shape(member))
    except (ValueError, TypeError, KeyError, AttributeError, IndexError, RecursionError, ShapelyError):
        return UNREADABLE


def _array(geometry: Sequence[Any]) -> NDArray[np.object_]:
    array = np.empty(len(geometry), dtype=object)
    array[:] = geometry
    return array


# --- GeoPackage and Shapefile ----------------------------------------------------------------------------------


def list_layers(path: Path) -> list[str]:
    """Name the layers of a GeoPackage; none if it cannot be opened."""
    import pyogrio  # noqa: PLC0415 - brings geopandas with it

    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            return [str(name) for name, _ in pyogrio.list_layers(path)]
    except (RuntimeError, ValueError, OSError):
        return []


def _read_layer(path: Path, layer: str | None, file: str, faults: FaultList) -> RawTable | None:
    import pyogrio  # noqa: PLC0415 - brings geopandas with it

    if path.suffix.lower() == ".shp":
        lacks = [f"{path.stem}{end}" for end in (".shx", ".dbf") if not _has_part(path, end)]
        if lacks:
            faults.error(
                file, "lacks files that belong to it", expected=" and ".join(lacks), mend="Copy them too"
            )
            return None
    try:
        with warnings.catch_warnings(record=True) as told:
            warnings.simplefilter("always")
            meta, _, wkb, fields = pyogrio.raw.read(path, layer=layer, encoding=_encoding(path))
    except UnicodeDecodeError:
        faults.error(
            file, "is not encoded in UTF-8", expected="UTF-8", mend="Export the layer with encoding UTF-8"
        )
        return None
    except (RuntimeError, ValueError, OSError) as error:
        _LOGGER.info("%s: %s", path, error)
        expected = _SUFFIX_NAMES[path.suffix.lower()]
        faults.error(
            file, "cannot be read: it is broken or cut off", expected=expected, mend="Export it again"
        )
        return None
    for warning in told:
        _LOGGER.info("%s: %s", path, warning.message)
    header = [str(name) for name in meta["fields"]]
    values = [[_plain(value) for value in column.tolist()] for column in fields]
    columns = _name_columns(header, values, file, faults)
    if columns is None:
        return None
    count = len(wkb) if wkb is not None else len(values[0]) if values else 0
    geometry = None if wkb is None else _from_wkb(wkb)
    return RawTable(file, path.suffix.lower(), range(1, count + 1), columns, geometry, meta["crs"])


def _has_part(path: Path, ending: str) -> bool:
    return any(path.with_suffix(end).exists() for end in (ending, ending.upper()))


def _encoding(path: Path) -> str | None:
    """Read the attributes of a Shapefile as UTF-8 unless it names its encoding."""
    if path.suffix.lower() != ".shp" or _has_part(path, ".cpg"):
        return None
    return "UTF-8"


def _plain(value: object) -> object:
    if isinstance(value, float) and math.isnan(value):
        return None
    return _blank_to_none(value)


def _from_wkb(wkb: NDArray[np.object_]) -> NDArray[np.object_]:
    with np.errstate(invalid="ignore"):
        shapes = shapely.force_2d(shapely.from_wkb(wkb, on_invalid="ignore"))
    geometry = np.asarray(shapes, dtype=object)
    broken = [
        i for i, (raw, got) in enumerate(zip(wkb, geometry, strict=True)) if got is None and raw is not None
    ]
    for index in broken:
        geometry[index] = UNREADABLE
    return geometry
