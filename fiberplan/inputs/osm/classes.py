"""What the tags of a way say: whether a cable may go along it, where, in what, and who permits it.

All of it is a rule of thumb, written down in one place: OpenStreetMap does not say what a verge is made of.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from fiberplan.project.corridors import CorridorKind, Surface

if TYPE_CHECKING:
    from collections.abc import Mapping

_THROUGH: Final = frozenset({"trunk", "primary", "secondary", "tertiary", "unclassified", "road"})
"""Roads with a verge where nobody lives; motorways give no permit and are only crossed."""
_STREETS: Final = frozenset({"residential", "living_street", "service"})
_WALKS: Final[Mapping[str, Surface]] = {
    "footway": Surface.ASPHALT,
    "cycleway": Surface.ASPHALT,
    "pedestrian": Surface.CONCRETE,
    "path": Surface.SOIL,
    "bridleway": Surface.SOIL,
}
_NO_SERVICE: Final = frozenset({"parking_aisle", "drive-through", "emergency_access"})
_WALKABLE: Final = frozenset({"", "hiking", "strolling"})
"""Grades of ``sac_scale`` on which a machine may still work; mountain paths are left out."""

_RAILS: Final = frozenset({"rail", "light_rail", "narrow_gauge"})
_NO_RAIL_SERVICE: Final = frozenset({"yard", "siding", "crossover"})
_NO: Final = frozenset({"", "no"})

_SURFACES: Final[Mapping[str, Surface]] = {
    **dict.fromkeys(("asphalt", "paved", "chipseal", "tarmac"), Surface.ASPHALT),
    **dict.fromkeys(
        (
            "concrete",
            "concrete:plates",
            "concrete:lanes",
            "paving_stones",
            "sett",
            "cobblestone",
            "unhewn_cobblestone",
        ),
        Surface.CONCRETE,
    ),
    **dict.fromkeys(("gravel", "fine_gravel", "compacted", "pebblestone"), Surface.GRAVEL),
    **dict.fromkeys(
        ("unpaved", "ground", "dirt", "earth", "soil", "grass", "sand", "mud", "clay"), Surface.SOIL
    ),
    **dict.fromkeys(("rock", "stone", "bare_rock"), Surface.ROCK),
}
_TRACK_GRADES: Final[Mapping[str, Surface]] = {
    "grade1": Surface.ASPHALT,
    "grade2": Surface.GRAVEL,
    "grade3": Surface.GRAVEL,
    "grade4": Surface.SOIL,
    "grade5": Surface.SOIL,
}


@dataclass(frozen=True, slots=True)
class Use:
    """How a cable goes along a way.

    Attributes
    ----------
    built_up_kind, built_up_surface
        The same between houses, where a verge becomes a carriageway.
    """

    kind: CorridorKind
    surface: Surface
    permit_body: str
    built_up_kind: CorridorKind
    built_up_surface: Surface


def _same(kind: CorridorKind, surface: Surface, permit_body: str) -> Use:
    return Use(kind, surface, permit_body, kind, surface)


def is_tunnel(tags: Mapping[str, str]) -> bool:
    """Whether a way runs below the ground."""
    return tags.get("tunnel", "") not in _NO


def is_bridge(tags: Mapping[str, str]) -> bool:
    """Whether a way runs on a bridge."""
    return tags.get("bridge", "") not in _NO


def is_motorway(tags: Mapping[str, str]) -> bool:
    """Whether a road is one that cables cross and do not follow."""
    return tags.get("highway") == "motorway" or tags.get("motorroad") == "yes"


def road_use(tags: Mapping[str, str]) -> Use | None:
    """Say how a cable goes along a road, ``None`` where it does not.

    A road tunnel is kept, as carriageway in concrete: it may be the only way into a valley.

    Examples
    --------
    >>> road_use({"highway": "primary"}).surface.value
    'soil'
    >>> road_use({"highway": "motorway"}) is None
    True
    """
    value = tags.get("highway", "").removesuffix("_link")
    tagged = _SURFACES.get(tags.get("surface", ""))
    if is_motorway(tags) or value == "motorway":
        return None
    if is_tunnel(tags):
        is_road = value in _THROUGH | _STREETS
        return _same(CorridorKind.CARRIAGEWAY, Surface.CONCRETE, "road_authority") if is_road else None
    if value in _THROUGH:
        paving = tagged or Surface.ASPHALT
        return Use(CorridorKind.ROAD_VERGE, Surface.SOIL, "road_authority", CorridorKind.CARRIAGEWAY, paving)
    return _minor_use(value, tagged, tags)


def _minor_use(value: str, tagged: Surface | None, tags: Mapping[str, str]) -> Use | None:
    """Say how a cable goes along what is no through road."""
    if value in _STREETS and tags.get("service", "") not in _NO_SERVICE:
        return _same(CorridorKind.CARRIAGEWAY, tagged or Surface.ASPHALT, "municipality")
    if value == "track":
        surface = tagged or _TRACK_GRADES.get(tags.get("tracktype", ""), Surface.GRAVEL)
        return _same(CorridorKind.TRACK, surface, "natural_resources")
    if value in _WALKS and tags.get("sac_scale", "") in _WALKABLE:
        return _same(CorridorKind.FOOTWAY, tagged or _WALKS[value], "municipality")
    return None


def rail_use(tags: Mapping[str, str]) -> Use | None:
    """Say how a cable goes along a railway, ``None`` where it does not: yards, tunnels, what is not in use.

    Examples
    --------
    >>> rail_use({"railway": "rail"}).kind.value
    'railway'
    >>> rail_use({"railway": "rail", "tunnel": "yes"}) is None
    True
    """
    if not is_rail_line(tags) or tags.get("service", "") in _NO_RAIL_SERVICE:
        return None
    return _same(CorridorKind.RAILWAY, Surface.GRAVEL, "railway")


def is_rail_line(tags: Mapping[str, str]) -> bool:
    """Whether something is a track on the ground that a cable has to cross with care."""
    return tags.get("railway") in _RAILS and not is_tunnel(tags)


def is_watercourse(tags: Mapping[str, str]) -> bool:
    """Whether something is open water that a cable has to cross; culverts and drains are dug over."""
    return tags.get("waterway") in {"river", "stream", "canal"} and not is_tunnel(tags)
