"""Corridors: where a cable can go, in what ground, and what it crosses.

To add a kind of corridor, see CONTRIBUTING.md.
"""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from enum import StrEnum
from typing import Annotated

from pydantic import ConfigDict, Field
from pydantic.dataclasses import dataclass

from fiberplan.crs import LineGeometry
from fiberplan.project.names import Id, Names, name_in


class CorridorKind(StrEnum):
    """Where along a corridor a cable goes."""

    ROAD_VERGE = "road_verge"
    CARRIAGEWAY = "carriageway"
    FOOTWAY = "footway"
    TRACK = "track"
    EXISTING_DUCT = "existing_duct"
    POLE_LINE = "pole_line"
    RAILWAY = "railway"
    POWER_LINE = "power_line"

    @property
    def is_aerial(self) -> bool:
        """Whether the cable hangs."""
        return self in {CorridorKind.POLE_LINE, CorridorKind.POWER_LINE}

    @property
    def is_dug(self) -> bool:
        """Whether a trench is opened."""
        return not self.is_aerial and self is not CorridorKind.EXISTING_DUCT


class Surface(StrEnum):
    """What a trench is opened in."""

    SOIL = "soil"
    GRAVEL = "gravel"
    ROCK = "rock"
    ASPHALT = "asphalt"
    CONCRETE = "concrete"


class Crossing(StrEnum):
    """What a corridor crosses at a price."""

    RAIL = "rail"
    WATERWAY = "waterway"
    MOTORWAY = "motorway"


@dataclass(frozen=True, kw_only=True, config=ConfigDict(extra="forbid"))
class Corridor:
    """A way a cable can go.

    Attributes
    ----------
    geometry
        LineString.
    from_node, to_node
        Ids of the junctions at its ends, for data that knows its own topology (OpenStreetMap): such corridors join
        each other only where both name the same junction. Give both or neither.
    length_m
        Measured length, which overrides that of the geometry.
    build_cost
        Of the whole corridor, major units, in place of the catalogue's trench and duct.
    lease_per_m_year
        Price of a metre of an existing duct for a year, major units; ``None`` for the catalogue's.
    permit_bodies
        Who gives permits along it; each has a price in the catalogue.
    crossings
        Number of crossings by kind.
    """

    id: Id
    names: Names = Field(default_factory=dict)
    geometry: LineGeometry
    kind: CorridorKind = CorridorKind.ROAD_VERGE
    surface: Surface = Surface.SOIL
    owner: str = ""
    permit_bodies: tuple[str, ...] = ()
    length_m: Annotated[float, Field(gt=0, le=1_000_000)] | None = None
    build_cost: Annotated[Decimal, Field(ge=0)] | None = None
    lease_per_m_year: Annotated[Decimal, Field(ge=0)] | None = None
    crossings: Mapping[Crossing, Annotated[int, Field(ge=0)]] = Field(default_factory=dict)
    from_node: str | None = None
    to_node: str | None = None

    def name(self, language: str) -> str:
        """Name in a language, or the id."""
        return name_in(self.names, language, default=self.id)
