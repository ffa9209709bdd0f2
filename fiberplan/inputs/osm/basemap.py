"""What lies beneath the plan on the map: boundary, settlements, water, main roads and railways."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, Literal

import numpy as np
import shapely

from fiberplan.inputs.osm.classes import is_rail_line
from fiberplan.inputs.osm.names import names_of
from fiberplan.project.model import BaseFeature

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from fiberplan.crs import LocalProjection
    from fiberplan.inputs.osm.extract import Extract, Place, Way
    from fiberplan.project.model import Park

_MAIN_ROADS: Final = frozenset({"motorway", "trunk", "primary", "secondary"})
_SIMPLIFY_M: Final = 10.0
_SIMPLIFY_BOUNDARY_M: Final = 30.0
_SMALLEST_WATER_M2: Final = 10_000.0
_DECIMALS: Final = 1e-5
_HIGHEST_LEVEL: Final = 6


def basemap_of(extract: Extract, plane: LocalProjection, parks: Sequence[Park]) -> tuple[BaseFeature, ...]:
    """Draw a light base, simplified to 10 m (the boundary to 30 m) and five decimals.

    Parameters
    ----------
    extract
        The map.
    plane
        In which distances are metres.
    parks
        Which the base reaches around.
    """
    main = [way for way in extract.roads if way.tags["highway"] in _MAIN_ROADS]
    rails = [way for way in extract.railways if is_rail_line(way.tags) and "service" not in way.tags]
    rivers = [way for way in extract.waterways if way.tags["waterway"] == "river"]
    return (
        *_boundary(extract, plane, parks),
        *_water(extract, plane),
        *_merged(rivers, plane, "water"),
        *_merged(main, plane, "road"),
        *_merged(rails, plane, "railway"),
        *(
            BaseFeature(geometry=place.geometry, kind="place", names=names_of(place.tags))
            for place in extract.settlements
            if names_of(place.tags)
        ),
    )


def _boundary(extract: Extract, plane: LocalProjection, parks: Sequence[Park]) -> Iterator[BaseFeature]:
    """Draw the smallest administrative area, a province at least, that holds all parks."""
    points = shapely.union_all([park.geometry.representative_point() for park in parks])
    holding = [
        place
        for place in extract.boundaries
        if _level(place) <= _HIGHEST_LEVEL and place.geometry.contains(points)
    ]
    if holding:
        place = min(holding, key=lambda place: (place.geometry.area, place.id))
        flat = shapely.simplify(plane.project(place.geometry), _SIMPLIFY_BOUNDARY_M)
        yield from _features(flat, plane, "boundary", names_of(place.tags))


def _level(place: Place) -> int:
    text = place.tags["admin_level"]
    return int(text) if text.isascii() and text.isdigit() else _HIGHEST_LEVEL + 1


def _water(extract: Extract, plane: LocalProjection) -> Iterator[BaseFeature]:
    for place in extract.water:
        flat = plane.project(place.geometry)
        if flat.area >= _SMALLEST_WATER_M2:
            yield from _features(shapely.simplify(flat, _SIMPLIFY_M), plane, "water", names_of(place.tags))


def _merged(
    ways: Sequence[Way], plane: LocalProjection, kind: Literal["water", "road", "railway"]
) -> Iterator[BaseFeature]:
    """Join the pieces that a name is cut into, then simplify."""
    by_name: dict[str, list[Way]] = {}
    for way in ways:
        by_name.setdefault(repr(names_of(way.tags)), []).append(way)
    for alike in by_name.values():
        lines = shapely.MultiLineString([shapely.LineString(way.coordinates) for way in alike])
        flat = shapely.simplify(shapely.line_merge(plane.project(lines)), _SIMPLIFY_M)
        yield from _features(flat, plane, kind, names_of(alike[0].tags))


def _features(
    flat: shapely.Geometry,
    plane: LocalProjection,
    kind: Literal["boundary", "water", "road", "railway"],
    names: dict[str, str],
) -> Iterator[BaseFeature]:
    for part in np.atleast_1d(shapely.get_parts(flat)):
        shape = shapely.set_precision(shapely.transform(part, plane.inverse), _DECIMALS)
        for piece in np.atleast_1d(shapely.get_parts(shape)):
            if not piece.is_empty:
                yield BaseFeature(geometry=piece, kind=kind, names=names)
