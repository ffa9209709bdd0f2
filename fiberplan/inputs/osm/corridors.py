"""Corridors from roads and railways, split at shared nodes and joined nowhere else."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING, Any, Final

import numpy as np
import shapely

from fiberplan.inputs.osm.classes import (
    Use,
    is_bridge,
    is_motorway,
    is_rail_line,
    is_tunnel,
    is_watercourse,
    rail_use,
    road_use,
)
from fiberplan.inputs.osm.crossings import Stretches, count_crossings
from fiberplan.inputs.osm.extract import Way
from fiberplan.inputs.osm.names import names_of
from fiberplan.project.corridors import Corridor, CorridorKind, Crossing

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from numpy.typing import NDArray

    from fiberplan.crs import LocalProjection
    from fiberplan.inputs.osm.extract import Extract

_BUILT_UP: Final = frozenset({"residential", "commercial", "retail", "industrial"})


@dataclass(frozen=True, slots=True)
class _Stretch:
    """A piece of a way between two junctions."""

    id: str
    way: Way
    use: Use
    first: int
    last: int

    @property
    def ends(self) -> tuple[int, int]:
        return self.way.nodes[self.first], self.way.nodes[self.last]

    @property
    def coordinates(self) -> NDArray[np.float64]:
        return self.way.coordinates[self.first : self.last + 1]


def corridors_of(extract: Extract, plane: LocalProjection) -> tuple[Corridor, ...]:
    """Make corridors of all roads and railways that a cable may follow.

    A junction is a node that two kept ways share, or the end of one. Bridges share no node with what they cross, so
    nothing joins there. Each stretch carries the crossings that lie on it.

    Parameters
    ----------
    extract
        The map.
    plane
        In which distances are metres.
    """
    stretches = list(_split(extract))
    lines = _lines([stretch.coordinates for stretch in stretches])
    flat = plane.project(lines)
    crossings = _crossings(extract, plane, stretches, flat)
    built_up = _is_built_up(extract, plane, flat)
    return tuple(
        Corridor(
            id=stretch.id,
            names=names_of(stretch.way.tags),
            geometry=line,
            kind=stretch.use.built_up_kind if inside else stretch.use.kind,
            surface=stretch.use.built_up_surface if inside else stretch.use.surface,
            permit_bodies=(stretch.use.permit_body,),
            crossings={kind: int(counts[index]) for kind, counts in crossings.items() if counts[index]},
            from_node=f"n{stretch.ends[0]}",
            to_node=f"n{stretch.ends[1]}",
        )
        for index, (stretch, line, inside) in enumerate(zip(stretches, lines, built_up.tolist(), strict=True))
    )


def _kept(extract: Extract) -> Iterator[tuple[Way, Use]]:
    seen: set[int] = set()
    for ways, use_of in ((extract.roads, road_use), (extract.railways, rail_use)):
        for way in ways:
            use = use_of(way.tags)
            if use is not None and way.id not in seen:
                seen.add(way.id)
                yield way, use


def _split(extract: Extract) -> Iterator[_Stretch]:
    kept = list(_kept(extract))
    times: Counter[int] = Counter()
    for way, _ in kept:
        times.update(way.nodes)
        times.update((way.nodes[0], way.nodes[-1]))  # an end is a junction whoever else is there
    for way, use in kept:
        cuts = _cuts(way, [index for index, node in enumerate(way.nodes) if times[node] > 1])
        for number, (first, last) in enumerate(pairwise(cuts), start=1):
            name = f"w{way.id}" if len(cuts) == 2 else f"w{way.id}-{number}"
            yield _Stretch(name, way, use, first, last)


def _cuts(way: Way, cuts: list[int]) -> list[int]:
    """Cut a ring once more in its middle: no stretch ends where it starts."""
    whole = list(cuts)
    for first, last in pairwise(cuts):
        if way.nodes[first] == way.nodes[last] and last - first > 1:
            whole.append((first + last) // 2)
    return sorted(whole)


def _lines(coordinates: Sequence[NDArray[np.float64]]) -> NDArray[Any]:
    if not coordinates:
        return np.empty(0, dtype=object)
    index = np.repeat(np.arange(len(coordinates)), [len(part) for part in coordinates])
    return np.asarray(shapely.linestrings(np.concatenate(coordinates), indices=index))


def _crossings(
    extract: Extract, plane: LocalProjection, stretches: Sequence[_Stretch], flat: NDArray[Any]
) -> dict[Crossing, NDArray[np.int64]]:
    on_plane = Stretches(flat, [stretch.ends for stretch in stretches])
    in_open = np.array([not is_tunnel(stretch.way.tags) for stretch in stretches], dtype=bool)
    on_rail = np.array([stretch.use.kind is CorridorKind.RAILWAY for stretch in stretches], dtype=bool)
    obstacles = {
        Crossing.RAIL: [way for way in extract.railways if is_rail_line(way.tags)],
        Crossing.WATERWAY: [way for way in extract.waterways if is_watercourse(way.tags)],
        Crossing.MOTORWAY: [
            way for way in extract.roads if is_motorway(way.tags) and not is_tunnel(way.tags)
        ],
    }
    counts = {
        kind: count_crossings(
            on_plane,
            plane.project(_lines([way.coordinates for way in ways])),
            apply_to=in_open & ~on_rail if kind is Crossing.RAIL else in_open,
        )
        for kind, ways in obstacles.items()
    }
    known = sum(counts.values(), start=np.zeros(len(flat), dtype=np.int64))
    counts[Crossing.WATERWAY] += _bridges_over_nothing(stretches, flat, known)
    return counts


def _bridges_over_nothing(
    stretches: Sequence[_Stretch], flat: NDArray[Any], known: NDArray[np.int64]
) -> NDArray[np.int64]:
    """Count one watercourse for a bridge under which nothing is mapped: it is there for a reason."""
    counts = np.zeros(len(flat), dtype=np.int64)
    bridges = np.array(
        [i for i, stretch in enumerate(stretches) if is_bridge(stretch.way.tags) and not known[i]],
        dtype=np.int64,
    )
    if len(bridges):
        over, _ = shapely.STRtree(flat).query(flat[bridges], predicate="crosses")
        counts[np.delete(bridges, np.unique(over))] = 1
    return counts


def _is_built_up(extract: Extract, plane: LocalProjection, flat: NDArray[Any]) -> NDArray[np.bool_]:
    """Whether the middle of each line lies where houses are, by land use."""
    inside = np.zeros(len(flat), dtype=bool)
    areas = [place.geometry for place in extract.land_use if place.tags["landuse"] in _BUILT_UP]
    if areas and len(flat):
        middles = shapely.line_interpolate_point(flat, 0.5, normalized=True)
        tree = shapely.STRtree(plane.project(np.array(areas, dtype=object)))
        inside[tree.query(middles, predicate="within")[0]] = True
    return inside
