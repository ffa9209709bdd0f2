"""Rows become parks, corridors, operators: what each table holds, and how its cells are read."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from functools import lru_cache
from typing import TYPE_CHECKING, Any, Final, Generic, TypeVar

import shapely
from pydantic import TypeAdapter, ValidationError
from shapely.errors import ShapelyError

from fiberplan.inputs.faults import CellError, complaint_of
from fiberplan.inputs.location import ANY, LINE, POINT, POLYGON
from fiberplan.inputs.text import clean_id, clean_text, latin_digits, plain_number
from fiberplan.model import BackboneNode, BaseFeature, Corridor, Demand, Operator, Park, Unit

if TYPE_CHECKING:
    from fiberplan.inputs.faults import FaultList
    from fiberplan.inputs.tables import Table

T = TypeVar("T")
Reader = Callable[[Any], Any]

_TEXT_LENGTH: Final = 2000
_NAME_COLUMN: Final = re.compile(r"name(_(?P<language>[a-z]{2,3}))?")
_YES: Final = frozenset({"true", "t", "yes", "y", "1", "on", "بله", "بلی"})
_NO: Final = frozenset({"false", "f", "no", "n", "0", "off", "خیر", "نه"})
_NOWHERE: Final = shapely.Point(0, 0)
_NUMBER_HINT: Final = "a number such as 1250.5"


# --- cells -----------------------------------------------------------------------------------------------------


def read_text(cell: Any) -> str:  # noqa: ANN401 - cells come in any kind
    """Read a text."""
    if isinstance(cell, dict | list | bytes):
        raise CellError("is not a text", expected="a text")
    if isinstance(cell, float) and cell.is_integer():
        cell = int(cell)
    text = clean_text(str(cell))
    if len(text) > _TEXT_LENGTH:
        raise CellError(f"is too long: {len(text)} characters", expected=f"at most {_TEXT_LENGTH} characters")
    return text


def read_name(cell: Any) -> str:  # noqa: ANN401
    """Read a name, of any length: the model says how long it may be."""
    if isinstance(cell, dict | list | bytes):
        raise CellError("is not a text", expected="a text")
    return clean_text(str(cell))


def read_arabic_name(cell: Any) -> str:  # noqa: ANN401
    """Read a name that keeps its Arabic letters."""
    if isinstance(cell, dict | list | bytes):
        raise CellError("is not a text", expected="a text")
    return clean_text(str(cell), persian=False)


def read_id(cell: Any) -> str:  # noqa: ANN401
    """Read an id; programs make numbers of ids that look like them."""
    return clean_id(read_text(cell))


def read_word(cell: Any) -> str:  # noqa: ANN401
    """Read a word of a fixed list: ``Road verge`` is ``road_verge``."""
    return "_".join(clean_id(read_text(cell)).lower().replace("-", " ").split())


def read_decimal(cell: Any) -> Decimal:  # noqa: ANN401
    """Read an exact number."""
    if isinstance(cell, bool) or not isinstance(cell, int | float | str):
        raise CellError("is not a number", expected=_NUMBER_HINT)
    plain = plain_number(repr(cell) if isinstance(cell, float) else str(cell))
    if plain is None:
        raise CellError("is not a number", expected=_NUMBER_HINT, mend=_why_no_number(str(cell)))
    return Decimal(plain)


def _why_no_number(text: str) -> str | None:
    if "%" in text or "٪" in text:
        return "Write 0.6 for 60 percent"
    if "," in text or "،" in text:
        return "Write it without thousands separators and with a decimal point"
    if re.search(r"\d\s*[^\W\d_]+", latin_digits(text)):
        return "Write the number alone; its unit is that of the column"
    return None


def read_float(cell: Any) -> float:  # noqa: ANN401
    """Read a number."""
    if isinstance(cell, float):
        return cell
    return float(read_decimal(cell))


def read_whole(cell: Any) -> int:  # noqa: ANN401
    """Read a whole number; 12.0 is one."""
    number = read_decimal(cell)
    if number != number.to_integral_value():
        raise CellError("is not a whole number", expected="a whole number such as 12")
    return int(number)


def read_flag(cell: Any) -> bool:  # noqa: ANN401
    """Read yes or no."""
    word = latin_digits(clean_text(str(cell))).lower()
    if word in _YES:
        return True
    if word in _NO:
        return False
    raise CellError("is neither yes nor no", expected="true or false")


def read_list(cell: Any) -> tuple[str, ...]:  # noqa: ANN401
    """Read words between semicolons."""
    parts = cell if isinstance(cell, list) else read_text(cell).split(";")
    return tuple(dict.fromkeys(word for part in parts if part is not None and (word := read_word(part))))


def read_crossings(cell: Any) -> dict[str, int]:  # noqa: ANN401
    """Read counts by kind: ``rail:1;waterway:2``."""
    if isinstance(cell, dict):
        pairs = [(str(key), value) for key, value in cell.items() if value is not None]
    else:
        pairs = [_split_pair(part) for part in read_text(cell).split(";") if part.strip()]
    counts: dict[str, int] = {}
    for key, value in pairs:
        word = read_word(key)
        if word in counts:
            raise CellError(f"names {word!r} twice", expected="each kind once")
        counts[word] = read_whole(value)
    return counts


def _split_pair(part: str) -> tuple[str, str]:
    kind, colon, count = part.partition(":")
    if not colon or plain_number(count) is None:
        raise CellError("is not a list of crossings", expected="kinds and counts such as rail:1;waterway:2")
    return kind, count


def read_point(cell: Any) -> shapely.Point:  # noqa: ANN401
    """Read a point in well-known text."""
    try:
        point = shapely.force_2d(shapely.from_wkt(latin_digits(str(cell))))
    except (ShapelyError, ValueError, TypeError):
        point = None
    if point is None or point.geom_type != "Point" or point.is_empty or not _is_on_earth(point.x, point.y):
        raise CellError("is not a point", expected="POINT (48.35 33.48), longitude first")
    return point


def _is_on_earth(lon: float, lat: float) -> bool:
    return abs(lon) <= 180 and abs(lat) <= 90


# --- tables ----------------------------------------------------------------------------------------------------


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

    def column_names(self, columns: Mapping[str, object]) -> list[str]:
        """Pick the columns that are read."""
        return [name for name in columns if name in self.readers or (self.has_names and _NAME_COLUMN.fullmatch(name))]


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
    file
        Name to show in faults; ``None`` if there is no such table.
    is_whole
        Whether the table could be read as such, whatever its rows are.
    count
        Rows in the file.
    """

    objects: tuple[T, ...] = ()
    rows: tuple[int, ...] = ()
    ids: frozenset[str] = field(default_factory=frozenset)
    file: str | None = None
    is_whole: bool = False
    count: int = 0


def build_rows(spec: TableSpec[T], table: Table | None, faults: FaultList) -> Rows[T]:
    """Turn the rows of a table into objects, all that can be."""
    if table is None:
        return Rows()
    records, bad = _read_cells(spec, table, faults)
    ids = frozenset(record["id"] for record in records if isinstance(record.get("id"), str))
    if any(name not in table.columns for name in spec.required) or (spec.geometry and table.geometry is None):
        return Rows(ids=ids, file=table.file, count=len(records))
    if table.geometry is not None:
        for index, (record, shape) in enumerate(zip(records, table.geometry, strict=True)):
            record["geometry"] = _NOWHERE if shape is None else shape
            if shape is None:
                bad.setdefault(index, set())
    objects, kept = _validate(spec, table, records, bad, faults)
    return Rows(objects, tuple(table.rows[index] for index in kept), ids, table.file, True, len(records))


def _read_cells(
    spec: TableSpec[T], table: Table, faults: FaultList
) -> tuple[list[dict[str, Any]], dict[int, set[str]]]:
    """Read every cell; the second result says which columns of which rows were reported already."""
    records: list[dict[str, Any]] = [{} for _ in table.rows]
    bad: dict[int, set[str]] = {}
    for column, cells in table.columns.items():
        match = _NAME_COLUMN.fullmatch(column) if column not in spec.readers else None
        reader = spec.readers.get(column) or (read_arabic_name if column == "name_ar" else read_name)
        for index, cell in enumerate(cells):
            if cell is None:
                continue
            try:
                value = reader(cell)
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
            if value == "":
                continue
            if match is not None:
                records[index].setdefault("names", {})[match["language"] or ""] = value
            else:
                records[index][column] = value
    if "entry_lon" in spec.readers:
        for index, record in enumerate(records):
            _join_entry(index, record, table, bad, faults)
    return records, bad


def _join_entry(
    index: int, record: dict[str, Any], table: Table, bad: dict[int, set[str]], faults: FaultList
) -> None:
    """Make a point of the two columns that give a park's entry."""
    lon, lat = record.pop("entry_lon", None), record.pop("entry_lat", None)
    if lon is None and lat is None:
        return
    if lon is not None and lat is not None and _is_on_earth(lon, lat) and "entry" not in record:
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


@lru_cache(maxsize=32)
def _adapter(kind: type[T]) -> TypeAdapter[list[T]]:
    return TypeAdapter(list[kind])  # type: ignore[valid-type]


def _validate(
    spec: TableSpec[T], table: Table, records: list[dict[str, Any]], bad: dict[int, set[str]], faults: FaultList
) -> tuple[tuple[T, ...], list[int]]:
    """Make all objects at once, and again without the bad rows if there are any."""
    adapter: TypeAdapter[list[T]] = _adapter(spec.kind)
    found: Sequence[Any] = ()
    try:
        objects = adapter.validate_python(records)
    except ValidationError as error:
        found = error.errors(include_url=False)
    for entry in found:
        index, *path = entry["loc"]
        _report(entry, index, path, table, bad, faults)
    if not bad:
        return tuple(objects), list(range(len(records)))
    kept = [index for index in range(len(records)) if index not in bad]
    return tuple(adapter.validate_python([records[index] for index in kept])), kept


def _report(
    entry: Any, index: int, path: list[Any], table: Table, bad: dict[int, set[str]], faults: FaultList  # noqa: ANN401
) -> None:
    told = bad.setdefault(index, set())
    column = str(path[0]) if path else None
    if column == "names":
        column = f"name_{path[1]}" if path[1] else "name"
    if column in told:
        return  # the cell was faulty and therefore seems missing
    says = complaint_of(entry)
    value = None if entry["type"] == "missing" else entry["input"]
    faults.error(
        table.file,
        says.message,
        row=table.rows[index],
        column=column,
        value=value,
        expected=says.expected,
        mend=says.mend,
    )
