"""What a project describes: parks, backbone nodes, corridors, operators and their demand.

All are frozen; a change is a new object (`dataclasses.replace`). Geometry is longitude and latitude on WGS 84.
The fields of an object are checked when it is created; references and duplicate ids
are checked by the reader, and by `Project.inconsistencies` when a graph is built.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from decimal import Decimal
from enum import StrEnum
from typing import TYPE_CHECKING, Annotated, Final, Literal

from pydantic import AfterValidator, ConfigDict, Field
from pydantic.dataclasses import dataclass

from fiberplan.crs import Geometry, PointGeometry
from fiberplan.errors import Fault
from fiberplan.money import CURRENCIES, Currency
from fiberplan.project.catalogue import Catalogue
from fiberplan.project.corridors import Corridor
from fiberplan.project.names import Id, Names, name_in
from fiberplan.project.settings import FundingPolicy, Settings

if TYPE_CHECKING:
    from collections.abc import Mapping

_STRICT = ConfigDict(extra="forbid")

RESERVED_PARTIES: Final = frozenset({"state", "unfunded", "total", "government"})
"""Words that splits, tables and file names use beside the ids of operators; no operator can have one as its id."""


def _refuse_reserved(value: str) -> str:
    if value.casefold().endswith(("-en", "-fa")):
        raise ValueError(f"an operator cannot be called {value!r}: files in another language end so")
    if value.casefold() in RESERVED_PARTIES:
        raise ValueError(f"an operator cannot be called {value!r}: splits and files use that word themselves")
    return value


Tier = Literal[1, 2, 3]


class DemandMeasure(StrEnum):
    """What an operator's demand is counted in."""

    UNITS = "units"
    FIBRES = "fibres"
    MBPS = "mbps"


@dataclass(frozen=True, kw_only=True, config=_STRICT)
class Park:
    """An industrial park.

    Attributes
    ----------
    geometry
        Point or polygon.
    units, active_units
        Plots let, and those of them that work.
    area_ha
        ``None`` if unknown; a polygon then gives it.
    tier
        1 allows no outage and gets a second route, 2 and 3 get one.
    mbps_per_unit
        Busy-hour Mbit/s of a connected unit, ``None`` for the project's default.
    entry
        Where the cable enters, if known.
    coord_quality
        Where the position is from: ``surveyed``, ``mapped``, ``approximate``, or the source's own word.
    county, note
        For reports.
    """

    id: Id
    names: Names = Field(default_factory=dict)
    geometry: Geometry
    units: Annotated[int, Field(ge=0, le=100_000)]
    active_units: Annotated[int, Field(ge=0, le=100_000)] = 0
    area_ha: Annotated[float, Field(gt=0, le=1_000_000)] | None = None
    tier: Tier = 2
    mbps_per_unit: Annotated[Decimal, Field(gt=0)] | None = None
    entry: PointGeometry | None = None
    coord_quality: str = "approximate"
    county: str = ""
    note: str = ""

    def name(self, language: str) -> str:
        """Name in a language, or the id."""
        return name_in(self.names, language, default=self.id)


@dataclass(frozen=True, kw_only=True, config=_STRICT)
class Unit:
    """A works or plot inside a park, where known one by one."""

    id: Id
    park_id: Id
    geometry: Geometry
    names: Names = Field(default_factory=dict)
    active: bool = True


@dataclass(frozen=True, kw_only=True, config=_STRICT)
class BackboneNode:
    """A place where the backbone can be joined.

    Attributes
    ----------
    geometry
        Point.
    owner
        An operator's id or any name; empty if not known.
    ports_free
        Free ports, ``None`` if not known.
    capacity_gbps
        Of the node, ``None`` if not known.
    power_availability
        Share of the year that the site has power.
    """

    id: Id
    names: Names = Field(default_factory=dict)
    geometry: PointGeometry
    owner: str = ""
    ports_free: Annotated[int, Field(ge=0)] | None = None
    capacity_gbps: Annotated[Decimal, Field(gt=0)] | None = None
    power_availability: Annotated[float, Field(ge=0, le=1)] | None = None
    coord_quality: str = "approximate"

    def name(self, language: str) -> str:
        """Name in a language, or the id."""
        return name_in(self.names, language, default=self.id)


@dataclass(frozen=True, kw_only=True, config=_STRICT)
class Operator:
    """A company that serves units and pays for what public money leaves."""

    id: Annotated[Id, AfterValidator(_refuse_reserved)]
    names: Names = Field(default_factory=dict)
    note: str = ""

    def name(self, language: str) -> str:
        """Name in a language, or the id."""
        return name_in(self.names, language, default=self.id)


@dataclass(frozen=True, kw_only=True, config=_STRICT)
class Demand:
    """Demand of an operator at a park.

    Attributes
    ----------
    quantity
        In the measure: units, fibres, or Mbit/s.
    take_up
        Share of the quantity that is expected to be used.
    """

    operator_id: Id
    park_id: Id
    quantity: Annotated[Decimal, Field(gt=0, le=10_000_000)]
    measure: DemandMeasure = DemandMeasure.UNITS
    take_up: Annotated[Decimal, Field(gt=0, le=1)] = Decimal(1)


@dataclass(frozen=True, kw_only=True, config=_STRICT)
class BaseFeature:
    """A feature drawn on the map beneath the plan: a boundary, a town, a road."""

    geometry: Geometry
    kind: Literal["boundary", "place", "road", "railway", "water", "building"] = "place"
    names: Names = Field(default_factory=dict)


@dataclass(frozen=True, kw_only=True, repr=False, config=_STRICT)
class Project:
    """Everything that a plan depends on.

    Attributes
    ----------
    notes
        Warnings of the reader, kept so that every report can show them.
    """

    settings: Settings
    catalogue: Catalogue
    parks: tuple[Park, ...]
    backbone: tuple[BackboneNode, ...]
    corridors: tuple[Corridor, ...]
    operators: tuple[Operator, ...]
    demand: tuple[Demand, ...] = ()
    units: tuple[Unit, ...] = ()
    basemap: tuple[BaseFeature, ...] = ()
    notes: tuple[Fault, ...] = ()

    @property
    def currency(self) -> Currency:
        """Currency of every amount."""
        return CURRENCIES[self.settings.currency]

    @property
    def funding(self) -> FundingPolicy:
        """What the state pays."""
        return self.settings.funding

    def name(self, language: str) -> str:
        """Name of the project in a language."""
        return name_in(self.settings.name, language, default="fiberplan")

    def __repr__(self) -> str:
        return (
            f"<Project {self.name('en')!r}: {len(self.parks)} parks, {len(self.backbone)} backbone nodes, "
            f"{len(self.corridors)} corridors, {len(self.operators)} operators>"
        )

    def with_prices(self, prices: Mapping[str, Decimal | int], *, source: str = "what-if") -> Project:
        """Make a project with other prices, for a what-if.

        Parameters
        ----------
        prices
            Value by catalogue item, in the unit of the item.
        source
            Where the prices are from; reports show it.

        Raises
        ------
        CatalogueError
            There is no such item.
        """
        lines = [
            replace(self.catalogue.item(name), value=Decimal(value), source=source, is_override=True)
            for name, value in prices.items()
        ]
        return replace(self, catalogue=self.catalogue.with_items(lines))

    def inconsistencies(self) -> tuple[Fault, ...]:
        """List duplicate ids and references to unknown ids.

        The reader reports the same with file and row; this is for projects created in Python.
        """
        faults = []
        for table, entries in (
            ("parks", self.parks),
            ("backbone", self.backbone),
            ("corridors", self.corridors),
            ("operators", self.operators),
            ("units", self.units),
        ):
            counted = Counter(entry.id.casefold() for entry in entries)
            duplicates = sorted({entry.id for entry in entries if counted[entry.id.casefold()] > 1})
            if duplicates:
                faults.append(
                    Fault(table, f"ids that differ at most in case: {', '.join(duplicates)}", column="id")
                )
        parks, operators = {park.id for park in self.parks}, {operator.id for operator in self.operators}
        referenced = [(entry.park_id, entry.operator_id) for entry in self.demand]
        for table, column, used, known in (
            ("demand", "park_id", {park for park, _ in referenced}, parks),
            ("demand", "operator_id", {operator for _, operator in referenced}, operators),
            ("units", "park_id", {unit.park_id for unit in self.units}, parks),
        ):
            if used - known:
                faults.append(
                    Fault(
                        table,
                        f"names unknown ids: {', '.join(sorted(used - known))}",
                        column=column,
                    )
                )
        if self.settings.currency not in CURRENCIES:
            faults.append(
                Fault(
                    "settings",
                    "is an unknown currency",
                    column="currency",
                    value=self.settings.currency,
                )
            )
        return tuple(faults)

    @property
    def units_by_park(self) -> Mapping[str, int]:
        """Plots let in every park, by its id."""
        return {park.id: park.units for park in self.parks}

    @property
    def operators_with_demand(self) -> tuple[str, ...]:
        """Ids of the operators that have demand at some park, sorted."""
        return tuple(sorted({entry.operator_id for entry in self.demand}))

    def park(self, park_id: str) -> Park:
        """Find a park by its id."""
        return next(park for park in self.parks if park.id == park_id)

    def backbone_node(self, node_id: str) -> BackboneNode:
        """Find a backbone node by its id."""
        return next(node for node in self.backbone if node.id == node_id)

    def operator(self, operator_id: str) -> Operator:
        """Find an operator by its id."""
        return next(operator for operator in self.operators if operator.id == operator_id)
