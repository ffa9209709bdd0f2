"""Rows become parks, corridors, operators."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final, Generic, TypeVar

import shapely
from pydantic import ValidationError

from fiberplan.inputs.faults import CellError, RowFaults, complaint_of
from fiberplan.inputs.tables.cells import (
    is_on_earth,
    read_arabic_name,
    read_name,
)
from fiberplan.inputs.tables.specs import NAME_COLUMN
from fiberplan.project.corridors import Corridor
from fiberplan.project.model import BackboneNode, BaseFeature, Demand, Operator, Park, Unit

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from fiberplan.inputs.faults import FaultList
    from fiberplan.inputs.tables.specs import Reader, TableSpec
    from fiberplan.inputs.tables.table import Table

T = TypeVar("T")

_NOWHERE: Final = shapely.Point(0, 0)


@dataclass(frozen=True)
class Rows(Generic[T]):
    """What became of a table.

    Attributes
    ----------
    objects
        The rows without fault, in the order of the file.
    rows
        Row number of each object.
    ids
        Every id in the file, those of faulty rows too: a reference to one of these is no unknown reference.
        ``None`` if it is not known which there are.
    file
        Name to show in faults; ``None`` if there is no such table.
    is_whole
        Whether all rows and needed columns are there, whatever the cells are.
    count
        Rows in the file.
    """

    objects: tuple[T, ...] = ()
    rows: tuple[int, ...] = ()
    ids: frozenset[str] | None = None
    file: str | None = None
    is_whole: bool = False
    count: int = 0

    def each(self, faults: FaultList) -> Iterator[tuple[T, RowFaults]]:
        """Give every object with the place for faults of its row."""
        for thing, row in zip(self.objects, self.rows, strict=True):
            yield thing, RowFaults(faults, str(self.file), row)


@dataclass(frozen=True, kw_only=True)
class ProjectRows:
    """What became of the tables of a project."""

    parks: Rows[Park]
    backbone: Rows[BackboneNode]
    corridors: Rows[Corridor]
    operators: Rows[Operator]
    demand: Rows[Demand]
    units: Rows[Unit]
    basemap: Rows[BaseFeature]


def build_rows(spec: TableSpec[T], table: Table | None, faults: FaultList) -> Rows[T]:
    """Turn the rows of a table into objects, all that can be.

    Parameters
    ----------
    spec
        What the table is.
    table
        Its cells; ``None`` if it could not be read.
    faults
        Takes what is wrong.
    """
    if table is None:
        return Rows()
    records, bad = _read_cells(spec, table, faults)
    ids = None
    if table.is_complete and "id" in table.columns:
        ids = frozenset(record["id"] for record in records if "id" in record)
    if any(name not in table.columns for name in spec.required) or (spec.geometry and table.geometry is None):
        return Rows(ids=ids, file=table.file, count=len(records))
    if table.geometry is not None:
        for index, (record, shape) in enumerate(zip(records, table.geometry, strict=True)):
            record["geometry"] = _NOWHERE if shape is None else shape
            if shape is None:  # reported already, as is whatever the model says of the stand-in
                bad.setdefault(index, set()).add("geometry")
    objects, kept = _validate(spec, table, records, bad, faults)
    return Rows(
        objects, tuple(table.rows[index] for index in kept), ids, table.file, table.is_complete, len(records)
    )


def _read_cells(
    spec: TableSpec[T], table: Table, faults: FaultList
) -> tuple[list[dict[str, Any]], dict[int, set[str]]]:
    """Read every cell; the second result says which columns of which rows were reported already."""
    records: list[dict[str, Any]] = [{} for _ in table.rows]
    bad: dict[int, set[str]] = {}
    for column, cells in table.columns.items():
        match = NAME_COLUMN.fullmatch(column) if column not in spec.readers else None
        reader = spec.readers.get(column) or (read_arabic_name if column == "name_ar" else read_name)
        for index, value in _read_column(column, cells, reader, table, bad, faults):
            if match is not None:
                records[index].setdefault("names", {})[match["language"] or ""] = value
            else:
                records[index][column] = value
    if "entry_lon" in spec.readers:
        for index, record in enumerate(records):
            _join_entry(index, record, table, bad, faults)
    return records, bad


def _read_column(  # noqa: PLR0913, PLR0917 - what a fault names
    column: str,
    cells: Sequence[Any],
    reader: Reader,
    table: Table,
    bad: dict[int, set[str]],
    faults: FaultList,
) -> Iterator[tuple[int, Any]]:
    """Read the cells of a column that are filled; texts that come again are read once."""
    known: dict[str, Any] = {}
    for index, cell in enumerate(cells):
        if cell is None:
            continue
        try:
            value = known[cell] if type(cell) is str and cell in known else reader(cell)
        except CellError as error:
            says = error.complaint
            bad.setdefault(index, set()).add(column)
            faults.error(
                table.file,
                says.message,
                row=table.rows[index],
                column=column,
                value=cell,
                expected=says.expected,
                mend=says.mend,
            )
            continue
        if type(cell) is str:
            known[cell] = value
        if value != "":
            yield index, value


def _join_entry(
    index: int, record: dict[str, Any], table: Table, bad: dict[int, set[str]], faults: FaultList
) -> None:
    """Make a point of the two columns that give a park's entry."""
    lon, lat = record.pop("entry_lon", None), record.pop("entry_lat", None)
    if lon is None and lat is None:
        return
    if lon is not None and lat is not None and is_on_earth(lon, lat) and "entry" not in record:
        record["entry"] = shapely.Point(lon, lat)
        return
    bad.setdefault(index, set()).add("entry")
    faults.error(
        table.file,
        "does not make a point with its partner",
        row=table.rows[index],
        column="entry_lon" if lon is None or lat is not None else "entry_lat",
        expected="longitude in entry_lon and latitude in entry_lat, or a point in entry, or nothing",
    )


def _validate(
    spec: TableSpec[T],
    table: Table,
    records: list[dict[str, Any]],
    bad: dict[int, set[str]],
    faults: FaultList,
) -> tuple[tuple[T, ...], list[int]]:
    """Make all objects at once, and again without the bad rows if there are any."""
    adapter = spec.adapter
    details: Sequence[Any] = ()
    try:
        objects = adapter.validate_python(records)
    except ValidationError as error:
        details = error.errors(include_url=False)
    for entry in details:
        _report(entry, table, bad.setdefault(entry["loc"][0], set()), faults)
    if not bad:
        return tuple(objects), list(range(len(records)))
    kept = [index for index in range(len(records)) if index not in bad]
    return tuple(adapter.validate_python([records[index] for index in kept])), kept


def _report(entry: Mapping[str, Any], table: Table, reported: set[str], faults: FaultList) -> None:
    """Report what pydantic found in a row, unless the cell was reported and therefore seems missing."""
    index, *path = entry["loc"]
    column = str(path[0]) if path else None
    if column == "names":
        column = f"name_{path[1]}" if path[1] else "name"
    if column in reported:
        return
    says = complaint_of(entry)
    faults.error(
        table.file,
        says.message,
        row=table.rows[index],
        column=column,
        value=None if entry["type"] == "missing" else entry["input"],
        expected=says.expected,
        mend=says.mend,
    )
