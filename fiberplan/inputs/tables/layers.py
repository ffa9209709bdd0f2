"""GeoPackages and Shapefiles."""

from __future__ import annotations

import logging
import math
import warnings
from typing import TYPE_CHECKING, Final

import numpy as np
import shapely

from fiberplan.inputs.tables.raw import UNREADABLE, RawTable, blank_to_none, name_columns

if TYPE_CHECKING:
    from pathlib import Path

    from numpy.typing import NDArray

    from fiberplan.inputs.faults import FaultList

_LOGGER = logging.getLogger(__name__)

_NAMES: Final = {".gpkg": "a GeoPackage", ".shp": "a Shapefile"}


def list_layers(path: Path) -> dict[str, bool]:
    """Name the layers of a GeoPackage, each with whether it has geometry; none if it cannot be opened."""
    import pyogrio  # noqa: PLC0415 - brings geopandas with it

    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            return {str(name): shape is not None for name, shape in pyogrio.list_layers(path)}
    except (RuntimeError, ValueError, OSError):
        return {}


def read_layer(path: Path, *, layer: str | None, file: str, faults: FaultList) -> RawTable | None:
    """Read a layer of a GeoPackage, or a Shapefile.

    Parameters
    ----------
    path
        The file.
    layer
        Of a GeoPackage; its only one if ``None``.
    file
        Name to show in faults.
    faults
        Takes what is wrong.

    Returns
    -------
    RawTable or None
        ``None`` if nothing could be read; the reason is among the faults.
    """
    import pyogrio  # noqa: PLC0415 - brings geopandas with it

    if path.suffix.lower() == ".shp":
        lacks = [f"{path.stem}{end}" for end in (".shx", ".dbf") if not _has_part(path, end)]
        if lacks:
            faults.error(
                file, "lacks files that belong to it", expected=" and ".join(lacks), mend="Copy them too"
            )
            return None
    try:
        with warnings.catch_warnings(record=True) as caught:
            warnings.simplefilter("always")
            meta, _, wkb, fields = pyogrio.raw.read(path, layer=layer, encoding=_encoding(path))
    except UnicodeDecodeError:
        faults.error(
            file, "is not encoded in UTF-8", expected="UTF-8", mend="Export the layer with encoding UTF-8"
        )
        return None
    except (RuntimeError, ValueError, OSError) as error:
        _LOGGER.info("%s: %s", path, error)
        expected = _NAMES[path.suffix.lower()]
        faults.error(
            file, "cannot be read: it is broken or cut off", expected=expected, mend="Export it again"
        )
        return None
    for warning in caught:
        _LOGGER.info("%s: %s", path, warning.message)
    header = [str(name) for name in meta["fields"]]
    values = [[_plain(value) for value in column.tolist()] for column in fields]
    columns = name_columns(header, values, file, faults)
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
    return blank_to_none(value)


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
