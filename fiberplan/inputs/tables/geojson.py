"""GeoJSON layers."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import numpy as np
import shapely
from shapely.errors import ShapelyError

from fiberplan.crs import WGS84
from fiberplan.inputs.tables.raw import UNREADABLE, RawTable, blank_to_none, decode_utf8, name_columns

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from numpy.typing import NDArray

    from fiberplan.inputs.faults import FaultList


def read_geojson(path: Path, *, layer: str | None, file: str, faults: FaultList) -> RawTable | None:  # noqa: ARG001 - every reader is called alike
    """Read a GeoJSON layer.

    Parameters
    ----------
    path
        The file.
    layer
        Not used: there is one.
    file
        Name to show in faults.
    faults
        Takes what is wrong.

    Returns
    -------
    RawTable or None
        ``None`` if nothing could be read; the reason is among the faults.
    """
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
    with np.errstate(invalid="ignore"):  # coordinates that are not finite are reported later
        geometry = [_shape(member) for member in shapes]
    names = list(dict.fromkeys(name for record in records for name in record))
    values = [[blank_to_none(record.get(name)) for record in records] for name in names]
    columns = name_columns(names, values, file, faults)
    if columns is None:
        return None
    is_complete = len(rows) == len(features)
    return RawTable(file, ".geojson", rows, columns, _array(geometry), crs, is_complete)


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
