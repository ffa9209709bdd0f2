"""Corridors: where a cable can go, in which surface, and what it crosses.

CONTRIBUTING.md says how to add a kind.
"""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from enum import StrEnum
from typing import Annotated, Self

from pydantic import ConfigDict, Field
from pydantic.dataclasses import dataclass

from fiberplan.crs import LineGeometry
from fiberplan.project.names import Id, Names, name_in


class Installation(StrEnum):
    """How a cable is installed along a corridor."""

    DUG = "dug"
    """In a new duct in a trench, with handholes."""
    AERIAL = "aerial"
    """On poles, with an attachment at each."""
    LEASED = "leased"
    """In an existing duct that is paid for by the year."""


class CorridorKind(StrEnum):
    """Where along a corridor a cable goes; each kind has one method of installation."""

    installation: Installation

    ROAD_VERGE = "road_verge", Installation.DUG
    CARRIAGEWAY = "carriageway", Installation.DUG
    FOOTWAY = "footway", Installation.DUG
    TRACK = "track", Installation.DUG
    EXISTING_DUCT = "existing_duct", Installation.LEASED
    POLE_LINE = "pole_line", Installation.AERIAL
    RAILWAY = "railway", Installation.DUG
    POWER_LINE = "power_line", Installation.AERIAL

    def __new__(cls, value: str, installation: Installation) -> Self:  # noqa: D102 - read by Enum
        member = str.__new__(cls, value)
        member._value_ = value
        member.installation = installation
        return member

    @property
    def is_aerial(self) -> bool:
        """Whether the cable is on poles."""
        return self.installation is Installation.AERIAL

    @property
    def is_dug(self) -> bool:
        """Whether a trench is opened."""
        return self.installation is Installation.DUG

    @property
    def is_leased(self) -> bool:
        """Whether the cable goes into an existing duct at a yearly price."""
        return self.installation is Installation.LEASED


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
