"""Which file holds which table, and the table out of it with its geometry on WGS 84."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import numpy as np
from numpy.typing import NDArray

from fiberplan.inputs.faults import did_you_mean, listed, nearest
from fiberplan.inputs.tables.formats import FORMATS, read_file
from fiberplan.inputs.tables.layers import list_layers
from fiberplan.inputs.tables.location import ALIASES, locate
from fiberplan.inputs.tables.raw import REPEATED

if TYPE_CHECKING:
    from fiberplan.inputs.faults import FaultList
    from fiberplan.inputs.tables.raw import RawTable
    from fiberplan.inputs.tables.specs import TableSpec

SHARED_FILES: Final = ("project.gpkg", "data.gpkg")
"""GeoPackages that may hold several tables as layers."""

_SHAPEFILE_NAME_LENGTH: Final = 10
_NOT_DATA: Final = frozenset({"layer_styles", "qgis_projects"})
"""Tables that QGIS keeps in a GeoPackage."""
_USELESS: Final = frozenset(
    {"fid", "ogc_fid", "gid", "layer", "path", "lon", "lat", "x", "y", "wkt", *ALIASES}
)
"""Columns that GIS programs add, or that give a geometry: never worth a warning."""


@dataclass(frozen=True, slots=True)
class Table:
    """A table ready to be turned into objects.

    Attributes
    ----------
    file
        Name to show in faults.
    rows
        Row numbers.
    columns
        Known columns only.
    geometry
        Shape (len(rows),): geometries on WGS 84, ``None`` where one is missing or is faulty; ``None`` for a
        table without.
    is_complete
        Whether every row of the file is here.
    """

    file: str
    rows: Sequence[int]
    columns: Mapping[str, list[Any]]
    geometry: NDArray[np.object_] | None
    is_complete: bool


@dataclass(frozen=True, slots=True)
class _Source:
    path: Path
    layer: str | None

    @property
    def label(self) -> str:
        return self.path.name if self.layer is None else f"{self.path.name}|{self.layer}"


def read_tables(
    folder: Path, specs: Sequence[TableSpec[Any]], *, crs: str | None, faults: FaultList
) -> dict[str, Table]:
    """Read every table of a project folder.

    Parameters
    ----------
    folder
        It.
    specs
        What the tables are.
    crs
        CRS of tables that name none.
    faults
        Takes what is wrong.

    Returns
    -------
    dict
        Tables by name; one that could not be read is not there.
    """
    entries = sorted((path for path in folder.iterdir() if path.is_file()), key=lambda path: path.name)
    shared = [
        (path, list_layers(path))
        for path in entries
        if path.name.lower() in SHARED_FILES and path.stat().st_size
    ]
    tables: dict[str, Table] = {}
    for spec in specs:
        source = _find(spec, entries, shared, faults)
        raw = (
            None
            if source is None
            else read_file(source.path, layer=source.layer, file=source.label, faults=faults)
        )
        if raw is not None:
            table = _take(raw, spec, crs=crs, faults=faults)
            if table is not None:
                tables[spec.name] = table
    return tables


def read_table(path: Path, spec: TableSpec[Any], *, faults: FaultList) -> Table | None:
    """Read one table from a file of any name.

    Parameters
    ----------
    path
        The file.
    spec
        What the table is.
    faults
        Takes what is wrong.

    Returns
    -------
    Table or None
        ``None`` if nothing could be read; the reason is among the faults.
    """
    if path.suffix.lower() not in FORMATS:
        faults.error(
            path.name, "is of an unknown format", expected=f"a file ending in {listed(tuple(FORMATS))}"
        )
        return None
    raw = read_file(path, layer=None, file=path.name, faults=faults)
    return None if raw is None else _take(raw, spec, crs=None, faults=faults)


def _find(
    spec: TableSpec[Any],
    entries: Sequence[Path],
    shared: Sequence[tuple[Path, Mapping[str, bool]]],
    faults: FaultList,
) -> _Source | None:
    """Find the one file or layer of a table."""
    sources: list[_Source] = []
    for path in entries:
        if path.stem.lower() == spec.name and path.suffix.lower() in FORMATS:
            if FORMATS[path.suffix.lower()].has_layers:
                source = _only_layer(path, spec, faults)
                if source is None:
                    return None
                sources.append(source)
            else:
                sources.append(_Source(path, None))
    for path, layers in shared:
        sources.extend(_Source(path, layer) for layer in layers if layer.lower() == spec.name)
    if len(sources) > 1:
        names = [source.label for source in sources]
        faults.error(
            names[0],
            f"is there beside {listed(names[1:])}",
            expected=f"one file for '{spec.name}'",
            mend="Remove all but one",
        )
        return None
    if not sources and spec.is_required:
        _report_missing(spec, entries, shared, faults)
    return sources[0] if sources else None


def _only_layer(path: Path, spec: TableSpec[Any], faults: FaultList) -> _Source | None:
    """Take the layer of that name, or the only one that can be meant."""
    layers = list_layers(path)
    name = spec.name
    named = [layer for layer in layers if layer.lower() == name]
    data = [
        layer
        for layer, has_geometry in layers.items()
        if layer not in _NOT_DATA and (has_geometry or spec.geometry is None)
    ]
    if named or len(data) <= 1:
        # A file that is no GeoPackage lists no layers; reading it says what it is.
        return _Source(path, (named or data)[0] if len(layers) > 1 else None)
    faults.error(
        path.name,
        f"has {len(data)} layers and none of them is called '{name}'",
        value=listed(data, most=4),
        mend=f"Rename the layer to '{name}'",
    )
    return None


def _report_missing(
    spec: TableSpec[Any],
    entries: Sequence[Path],
    shared: Sequence[tuple[Path, Mapping[str, bool]]],
    faults: FaultList,
) -> None:
    alike = [path.name for path in entries if path.stem.lower() == spec.name]
    if alike:
        mend = f"Found {alike[0]!r}, which is none of these formats: export it as one of them"
    else:
        names = {path.stem: path.name for path in entries if path.suffix.lower() in FORMATS}
        names |= {layer: f"{path.name}|{layer}" for path, layers in shared for layer in layers}
        close = nearest(spec.name, names, cutoff=0.75)
        mend = f"Did you mean {names[close]!r}? Rename it" if close else f"Add the table; {spec.purpose}"
    expected = f"{spec.name}.csv, .geojson, .gpkg or .shp, or a layer '{spec.name}' in project.gpkg"
    faults.error(spec.name, "the table is missing", expected=expected, mend=mend)


def _take(raw: RawTable, spec: TableSpec[Any], *, crs: str | None, faults: FaultList) -> Table | None:
    """Keep the known columns, report the others, and bring the geometry to WGS 84; nothing if a known one comes twice."""
    columns = _lengthen(raw, spec)
    if not raw.rows and raw.suffix != ".csv":  # a layer without features may well lack columns too
        columns = {name: [] for name in spec.known}
    known = spec.column_names(columns)
    repeated = [name.removesuffix(REPEATED) for name in columns if name.endswith(REPEATED)]
    read_twice = [name for name in repeated if name in known or (spec.geometry and name in ALIASES)]
    for name in read_twice:
        row = 1 if raw.suffix == ".csv" else None
        faults.error(raw.file, "comes twice", row=row, column=name, mend="Keep one of the two columns")
    if read_twice:
        return None
    geometry = None
    if spec.geometry is not None:
        geometry = locate(raw, columns, shapes=spec.geometry, crs=crs, faults=faults)
    extra = [name for name in columns if name not in {*known, *_USELESS} and not name.endswith(REPEATED)]
    missing = [name for name in spec.required if name not in columns]
    for name in missing:
        faults.error(raw.file, "the column is missing", column=name, mend=did_you_mean(name, extra))
    _report_unknown(raw.file, extra, missing, spec, faults)
    return Table(raw.file, raw.rows, {name: columns[name] for name in known}, geometry, raw.is_complete)


def _lengthen(raw: RawTable, spec: TableSpec[Any]) -> dict[str, list[Any]]:
    """Give the columns of a Shapefile the names that it had to cut to ten characters."""
    if raw.suffix != ".shp":
        return raw.columns
    columns: dict[str, list[Any]] = {}
    for name, values in raw.columns.items():
        fits = [full for full in spec.known if full.startswith(name)]
        is_cut = len(name) == _SHAPEFILE_NAME_LENGTH and name not in spec.known and len(fits) == 1
        columns[fits[0] if is_cut else name] = values
    return columns


def _report_unknown(
    file: str, extra: Sequence[str], missing: Sequence[str], spec: TableSpec[Any], faults: FaultList
) -> None:
    """Warn about columns that nothing reads: a misspelt name loses a whole column otherwise."""
    others = []
    for name in extra:
        close = nearest(name, spec.known, cutoff=0.75)
        if close is None:
            others.append(name)
        elif close not in missing:
            faults.warning(
                file, "is not a known column and is not read", column=name, mend=f"Did you mean {close!r}?"
            )
    if others:
        what = (
            "is not a known column and is not read"
            if len(others) == 1
            else "are not known columns and are not read"
        )
        faults.warning(file, f"{listed(others)} {what}")
