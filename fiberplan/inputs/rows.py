"""Rows become parks, corridors, operators: what each table holds, and the objects out of it."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any, Final, Generic, TypeVar

import shapely
from pydantic import TypeAdapter, ValidationError

from fiberplan.inputs.cells import (
    is_on_earth,
    read_arabic_name,
    read_crossings,
    read_decimal,
    read_flag,
    read_float,
    read_id,
    read_list,
    read_name,
    read_point,
    read_text,
    read_whole,
    read_word,
)
from fiberplan.inputs.faults import CellError, RowFaults, complaint_of
from fiberplan.inputs.location import ANY, LINE, POINT, POLYGON
from fiberplan.model import BackboneNode, BaseFeature, Corridor, Demand, Operator, Park, Unit

if TYPE_CHECKING:
    from fiberplan.inputs.faults import FaultList
    from fiberplan.inputs.tables import Table

T = TypeVar("T")
Reader = Callable[[Any], Any]

_NAME_COLUMN: Final = re.compile(r"name(_(?P<language>[a-z]{2,3}))?")
_NOWHERE: Final = shapely.Point(0, 0)


@dataclass(frozen=True)
class TableSpec(Generic[T]):
    """What a table holds.

    Attributes
    ----------
    name
        Of the table and its file.
    purpose
        Half a sentence for somebody who has none.
    kind
        What a row becomes.
    readers
        How each column is read.
    required
        Columns that must be there and filled.
    geometry
        Shapes that a row may have; ``None`` for a table without geometry.
    is_required
        Whether there must be such a table.
    has_names
        Whether there are columns ``name``, ``name_en``, ``name_fa``, ...
    """

    name: str
    purpose: str
    kind: type[T]
    readers: Mapping[str, Reader]
    required: tuple[str, ...]
    geometry: tuple[str, ...] | None = None
    is_required: bool = True
    has_names: bool = True

    @property
    def known(self) -> tuple[str, ...]:
        """Names of columns to suggest."""
        return (*self.readers, *(("name", "name_en", "name_fa") if self.has_names else ()))

    @cached_property
    def adapter(self) -> TypeAdapter[list[T]]:
        """What checks all rows at once."""
        return TypeAdapter(list[self.kind])  # type: ignore[name-defined]

    def column_names(self, columns: Mapping[str, object]) -> list[str]:
        """Pick the columns that are read."""
        return [
            name
            for name in columns
            if name in self.readers or (self.has_names and _NAME_COLUMN.fullmatch(name))
        ]


PARKS: Final = TableSpec(
    name="parks",
    purpose="one row for each industrial park",
    kind=Park,
    readers={
        "id": read_id,
        "units": read_whole,
        "active_units": read_whole,
        "area_ha": read_float,
        "tier": read_whole,
        "mbps_per_unit": read_decimal,
        "entry": read_point,
        "entry_lon": read_float,
        "entry_lat": read_float,
        "coord_quality": read_text,
        "county": read_text,
        "note": read_text,
    },
    required=("id", "units"),
    geometry=(POINT, POLYGON),
)
BACKBONE: Final = TableSpec(
    name="backbone",
    purpose="one row for each place where the backbone can be joined",
    kind=BackboneNode,
    readers={
        "id": read_id,
        "owner": read_text,
        "ports_free": read_whole,
        "capacity_gbps": read_decimal,
        "power_availability": read_float,
        "coord_quality": read_text,
    },
    required=("id",),
    geometry=(POINT,),
)
CORRIDORS: Final = TableSpec(
    name="corridors",
    purpose="one row for each way that a cable can go",
    kind=Corridor,
    readers={
        "id": read_id,
        "kind": read_word,
        "surface": read_word,
        "owner": read_text,
        "permit_bodies": read_list,
        "length_m": read_float,
        "build_cost": read_decimal,
        "lease_per_m_year": read_decimal,
        "crossings": read_crossings,
        "from_node": read_id,
        "to_node": read_id,
    },
    required=("id",),
    geometry=(LINE,),
)
OPERATORS: Final = TableSpec(
    name="operators",
    purpose="one row for each company that serves units",
    kind=Operator,
    readers={"id": read_id, "note": read_text},
    required=("id",),
)
DEMAND: Final = TableSpec(
    name="demand",
    purpose="one row for each operator at each park that it wants to serve; only a header if there is none yet",
    kind=Demand,
    readers={
        "operator_id": read_id,
        "park_id": read_id,
        "quantity": read_decimal,
        "measure": read_word,
        "take_up": read_decimal,
    },
    required=("operator_id", "park_id", "quantity"),
    has_names=False,
)
UNITS: Final = TableSpec(
    name="units",
    purpose="one row for each works inside a park",
    kind=Unit,
    readers={"id": read_id, "park_id": read_id, "active": read_flag},
    required=("id", "park_id"),
    geometry=(POINT, POLYGON),
    is_required=False,
)
BASEMAP: Final = TableSpec(
    name="basemap",
    purpose="one row for each thing to draw beneath the plan",
    kind=BaseFeature,
    readers={"kind": read_word},
    required=(),
    geometry=(ANY,),
    is_required=False,
)


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
    """Turn the rows of a table into objects, all that can be."""
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
            if shape is None:  # told already, as is whatever the model says of the stand-in
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
        match = _NAME_COLUMN.fullmatch(column) if column not in spec.readers else None
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
    found: Sequence[Any] = ()
    try:
        objects = adapter.validate_python(records)
    except ValidationError as error:
        found = error.errors(include_url=False)
    for entry in found:
        _report(entry, table, bad.setdefault(entry["loc"][0], set()), faults)
    if not bad:
        return tuple(objects), list(range(len(records)))
    kept = [index for index in range(len(records)) if index not in bad]
    return tuple(adapter.validate_python([records[index] for index in kept])), kept


def _report(entry: Mapping[str, Any], table: Table, told: set[str], faults: FaultList) -> None:
    """Report what pydantic found in a row, unless the cell was reported and therefore seems missing."""
    index, *path = entry["loc"]
    column = str(path[0]) if path else None
    if column == "names":
        column = f"name_{path[1]}" if path[1] else "name"
    if column in told:
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
