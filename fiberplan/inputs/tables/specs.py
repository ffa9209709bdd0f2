"""What each table of a project holds: its columns, how each is read, and what a row becomes."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Final, Generic, TypeVar

from pydantic import TypeAdapter

from fiberplan.inputs.tables.cells import (
    read_crossings,
    read_decimal,
    read_flag,
    read_float,
    read_id,
    read_list,
    read_point,
    read_text,
    read_whole,
    read_word,
)
from fiberplan.inputs.tables.location import ANY, LINE, POINT, POLYGON
from fiberplan.project.corridors import Corridor
from fiberplan.project.model import BackboneNode, BaseFeature, Demand, Operator, Park, Unit
from fiberplan.project.settings import Language

T = TypeVar("T")
Reader = Callable[[Any], Any]

NAME_COLUMN: Final = re.compile(r"name(_(?P<language>[a-z]{2,3}))?")


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
        names = ("name", *(f"name_{language}" for language in Language)) if self.has_names else ()
        return (*self.readers, *names)

    @cached_property
    def adapter(self) -> TypeAdapter[list[T]]:
        """What checks all rows at once."""
        return TypeAdapter(list[self.kind])  # type: ignore[name-defined]

    def column_names(self, columns: Mapping[str, object]) -> list[str]:
        """Pick the columns that are read."""
        return [
            name
            for name in columns
            if name in self.readers or (self.has_names and NAME_COLUMN.fullmatch(name))
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
    purpose="one row for each operator at each park that it is to serve; only a header if there is none yet",
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
