"""Parks, the units inside them, and backbone nodes."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

import numpy as np
import shapely
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components
from shapely import Polygon

from fiberplan.crs import area_ha
from fiberplan.errors import Fault, ProjectError
from fiberplan.inputs.osm.extract import Place
from fiberplan.inputs.osm.names import names_of, short_name
from fiberplan.project.model import BackboneNode, Park, Unit

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray
    from shapely.geometry.base import BaseGeometry

    from fiberplan.crs import LocalProjection
    from fiberplan.inputs.osm.extract import Extract

NEIGHBOUR_M: Final = 30.0
"""Industrial polygons this near to each other, a street between them, are one park."""
SMALLEST_UNIT_M2: Final = 50.0
"""A building below this is a shed or a transformer, not a unit."""
ASSUMED_UNIT_HA: Final = 0.5
"""Area of a unit where a park has no building on the map."""
_BRIDGE_M: Final = 2.0
_GRID_M: Final = 0.01
"""Outlines that were cut or joined have corners on this grid, in metres, so that nothing is left of equal edges."""
_SQUARE_METRES_OF_HECTARE: Final = 10_000.0
_SAME_BUILDING: Final = 0.9
"""Part of the smaller of two buildings that lies in the other from which on they are one, drawn twice."""


@dataclass(frozen=True, slots=True)
class Sites:
    """Parks, what is in them, and warnings of names that are not those of a park."""

    parks: tuple[Park, ...]
    units: tuple[Unit, ...]
    notes: tuple[Fault, ...]


def sites_of(extract: Extract, plane: LocalProjection, *, min_area_ha: float, file: str) -> Sites:
    """Make parks of ``landuse=industrial`` and units of the buildings inside.

    Polygons within 30 m of each other become one park, named and numbered after the largest; then the area counts.
    Neighbours of different names that are each large enough stay parks of their own. A unit is a building of at least 50
    square metres whose inner point lies in the park; all are taken as active. A building that is drawn twice, as a
    relation and as its outer way, counts once.

    Parameters
    ----------
    extract
        The map.
    plane
        In which areas are square metres.
    min_area_ha
        Smallest area of a park, hectares.
    file
        Name of the map's file, for notes.
    """
    industrial = [place for place in extract.land_use if place.tags["landuse"] == "industrial"]
    groups = [group for group in _groups(industrial, plane, min_area_ha) if group.area_ha >= min_area_ha]
    groups.sort(key=lambda group: (group.leader.id[0], int(group.leader.id[1:])))
    taken = _buildings_inside(extract, plane, groups)
    names = _park_names(extract, plane, groups)
    parks, units = [], []
    for group, own_names, buildings in zip(groups, names, taken, strict=True):
        parks.append(_park(group, own_names, len(buildings)))
        units += [
            Unit(
                id=b.id,
                park_id=group.leader.id,
                geometry=b.geometry.representative_point(),
                names=names_of(b.tags),
            )
            for b in buildings
        ]
    notes = [
        Fault(file, f"has {name} ({place}) as a part of {group.leader.id}", severity="warning")
        for group in groups
        for place, name in group.names.items()
        if name != group.leader.tags.get("name")
    ]
    return Sites(tuple(parks), tuple(units), tuple(notes))


@dataclass(frozen=True, slots=True)
class _Group:
    leader: Place
    polygon: Polygon
    flat: Polygon
    area_ha: float
    names: dict[str, str]
    """Of its members that have one, by their id."""


def _groups(industrial: Sequence[Place], plane: LocalProjection, min_area_ha: float) -> list[_Group]:
    """Join neighbours; the gap between them is filled so that a park stays one polygon."""
    if not industrial:
        return []
    flat = shapely.make_valid(plane.project(np.array([place.geometry for place in industrial], dtype=object)))
    near = shapely.STRtree(flat).query(flat, predicate="dwithin", distance=NEIGHBOUR_M)
    ends = near.astype(np.int32)  # as the graph routines of scipy before 1.15 need them
    joined = coo_array((np.ones(near.shape[1]), ends), shape=(len(flat), len(flat)))
    count, cluster_of = connected_components(joined, directed=False)
    return [
        group
        for cluster in range(count)
        for group in _split_cluster(
            industrial, flat, np.flatnonzero(cluster_of == cluster), plane=plane, min_area_ha=min_area_ha
        )
    ]


def _split_cluster(
    industrial: Sequence[Place],
    flat: NDArray[Any],
    members: NDArray[np.int64],
    *,
    plane: LocalProjection,
    min_area_ha: float,
) -> list[_Group]:
    """Make the parks of a cluster; ground that several share is the smallest one's, and what is left over its neighbour's."""
    parts = _parts_by_name(industrial, flat, members, min_area_ha)
    parts.sort(key=lambda part: (shapely.area(shapely.union_all(flat[part])), part[0]))
    leaders: list[Place] = []
    grounds: list[Polygon] = []
    names: list[dict[str, str]] = []
    for part in parts:
        own = {industrial[i].id: name for i in part.tolist() if (name := industrial[i].tags.get("name"))}
        pieces = _uncovered(_one_polygon(flat[part]), grounds)
        if pieces and (not grounds or pieces[0].area >= min_area_ha * _SQUARE_METRES_OF_HECTARE):
            leaders.append(industrial[max(part.tolist(), key=lambda i: (shapely.area(flat[i]), -i))])
            grounds.append(pieces.pop(0))
            names.append(own)
        else:
            names[-1].update(own)
        for piece in pieces:
            nearest = int(np.argmin(shapely.distance(piece, grounds)))
            grounds[nearest] = _one_polygon(np.array([grounds[nearest], piece], dtype=object))
    outlines = shapely.transform(np.array(grounds, dtype=object), plane.inverse).tolist()
    return [
        _Group(leader, outline, ground, area_ha(outline), own)
        for leader, outline, ground, own in zip(leaders, outlines, grounds, names, strict=True)
    ]


def _uncovered(ground: Polygon, taken: Sequence[Polygon]) -> list[Polygon]:
    """Cut out what other parks have; the largest piece comes first, and slivers are left out."""
    covered = shapely.union_all(taken)
    if not ground.intersects(covered):
        return [ground]
    pieces = _polygons(shapely.set_precision(shapely.difference(ground, covered), _GRID_M))
    return sorted(
        [piece for piece in pieces if piece.area >= SMALLEST_UNIT_M2],
        key=lambda piece: piece.area,
        reverse=True,
    )


def _parts_by_name(
    industrial: Sequence[Place], flat: NDArray[Any], members: NDArray[np.int64], min_area_ha: float
) -> list[NDArray[np.int64]]:
    """Part neighbours that have names of their own; what is nameless or small goes to the nearest of them."""
    by_name: dict[str, list[int]] = {}
    for member in members.tolist():
        if name := industrial[member].tags.get("name"):
            by_name.setdefault(name, []).append(member)
    cores = [
        core
        for core in by_name.values()
        if shapely.union_all(flat[core]).area >= min_area_ha * _SQUARE_METRES_OF_HECTARE
    ]
    if len(cores) < 2:
        return [members]
    grounds = [shapely.union_all(flat[core]) for core in cores]
    parts = [list(core) for core in cores]
    placed = {member for core in cores for member in core}
    for member in members.tolist():
        if member not in placed:
            parts[int(np.argmin(shapely.distance(flat[member], grounds)))].append(member)
    return [np.sort(np.array(part)) for part in parts]


def _one_polygon(members: NDArray[Any]) -> Polygon:
    """Unite polygons, closing gaps of up to 30 m; what still stands apart is tied by a narrow strip."""
    whole = shapely.union_all(members)
    parts = _polygons(whole)
    if len(parts) > 1:
        closed = whole.buffer(NEIGHBOUR_M / 2, join_style="mitre").buffer(-NEIGHBOUR_M / 2)
        parts = _polygons(shapely.union(whole, closed))
    while len(parts) > 1:
        strip = shapely.shortest_line(parts[0], shapely.union_all(parts[1:])).buffer(_BRIDGE_M)
        parts = _polygons(shapely.set_precision(shapely.union_all([*parts, strip]), _GRID_M))
    return parts[0]


def _polygons(shape: BaseGeometry) -> list[Polygon]:
    return [part for part in shapely.get_parts(shape) if isinstance(part, Polygon)]


def _buildings_inside(
    extract: Extract, plane: LocalProjection, groups: Sequence[_Group]
) -> list[list[Place]]:
    if not groups or not extract.buildings:
        return [[] for _ in groups]
    flat = shapely.make_valid(
        plane.project(np.array([place.geometry for place in extract.buildings], dtype=object))
    )
    big = np.flatnonzero(shapely.area(flat) >= SMALLEST_UNIT_M2)
    points = shapely.point_on_surface(flat[big])
    group_of, members = shapely.STRtree(points).query([group.flat for group in groups], predicate="contains")
    inside: list[list[Place]] = [[] for _ in groups]
    twice = _drawn_twice(flat, np.unique(big[members]))
    for group, index in zip(group_of.tolist(), big[members].tolist(), strict=True):
        if index not in twice:
            inside[group].append(extract.buildings[index])
    return [sorted(places, key=lambda place: (place.id[0], int(place.id[1:]))) for places in inside]


def _drawn_twice(flat: NDArray[Any], candidates: NDArray[np.int64]) -> set[int]:
    """Find buildings that lie on another one; of two alike, the one with more ground and else the later one goes."""
    shapes = flat[candidates]
    first, second = shapely.STRtree(shapes).query(shapes, predicate="intersects")
    above = first < second
    first, second = first[above], second[above]
    area = shapely.area(shapes)
    common = shapely.area(shapely.intersection(shapes[first], shapes[second]))
    same = common >= _SAME_BUILDING * np.minimum(area[first], area[second])
    left_out = np.where(area[first] > area[second], first, second)[same]
    return set(candidates[left_out].tolist())


def _park(group: _Group, names: dict[str, str], buildings: int) -> Park:
    if buildings:
        units = buildings
        note = f"Units: {buildings} buildings on the map, all taken as active (assumption)."
    else:
        units = max(1, round(group.area_ha / ASSUMED_UNIT_HA))
        note = f"No building on the map: one unit for {ASSUMED_UNIT_HA} ha, all taken as active (assumption)."
    return Park(
        id=group.leader.id,
        names=names,
        geometry=group.polygon,
        units=units,
        active_units=units,
        area_ha=round(group.area_ha, 2),
        coord_quality="mapped",
        note=note,
    )


def _park_names(extract: Extract, plane: LocalProjection, groups: Sequence[_Group]) -> list[dict[str, str]]:
    """Take each park's own name, or make one of the nearest settlement and a number."""
    settlements = [place for place in extract.settlements if names_of(place.tags)]
    if not settlements or not groups:
        return [names_of(group.leader.tags) for group in groups]
    tree = shapely.STRtree(plane.project(np.array([place.geometry for place in settlements], dtype=object)))
    nearest = tree.nearest([group.flat.representative_point() for group in groups])
    names: list[dict[str, str]] = []
    numbers: dict[int, int] = {}
    for group, index in zip(groups, np.asarray(nearest).tolist(), strict=True):
        own = names_of(group.leader.tags)
        if not own:
            numbers[index] = numbers.get(index, 0) + 1
            settlement_names = names_of(settlements[index].tags)
            own = {
                "en": short_name(
                    f"{(settlement_names.get('en') or settlement_names.get('') or '')[:160]} industrial area {numbers[index]}"
                )
            }
        names.append(own)
    return names


def backbone_of(
    extract: Extract, given: Sequence[tuple[float, float] | BackboneNode], *, file: str
) -> tuple[tuple[BackboneNode, ...], tuple[Fault, ...]]:
    """Find where the backbone is: points given, else tagged sites, else an assumed node in the largest settlement.

    Parameters
    ----------
    extract
        The map.
    given
        Backbone nodes, or their longitude and latitude in degrees on WGS 84; empty to go by the map.
    file
        Name of the map's file, for faults.

    Returns
    -------
    tuple
        The nodes, and a warning where one had to be assumed.

    Raises
    ------
    ProjectError
        A given point is no longitude and latitude, or there is nothing to go by.
    """
    if given:
        return _given_nodes(given, file=file), ()
    if extract.backbone:
        ordered = sorted(extract.backbone, key=lambda place: (place.id[0], int(place.id[1:])))
        return tuple(
            BackboneNode(
                id=p.id,
                names=names_of(p.tags),
                geometry=shapely.point_on_surface(p.geometry),
                coord_quality="mapped",
            )
            for p in ordered
        ), ()
    return _assumed_node(extract, file=file)


def _given_nodes(
    given: Sequence[tuple[float, float] | BackboneNode], *, file: str
) -> tuple[BackboneNode, ...]:
    nodes: list[BackboneNode] = []
    faults: list[Fault] = []
    for number, point in enumerate(given, start=1):
        if isinstance(point, BackboneNode):
            nodes.append(point)
            continue
        lon, lat = point
        if not (-180 <= lon <= 180 and -90 <= lat <= 90):
            message = f"backbone point {number} is not on the globe"
            expected = "longitude,latitude in degrees"
            faults.append(Fault(file=file, message=message, value=f"{lon},{lat}", expected=expected))
            continue
        nodes.append(BackboneNode(id=f"bb-{number}", geometry=shapely.Point(lon, lat), coord_quality="given"))
    if faults:
        raise ProjectError(faults)
    return tuple(nodes)


def _assumed_node(extract: Extract, *, file: str) -> tuple[tuple[BackboneNode, ...], tuple[Fault, ...]]:
    mend = "Name the real ones with --backbone LON,LAT"
    if not extract.settlements:
        message = (
            "has no telecom=exchange, data_center or connection_point, and no settlement to assume one in"
        )
        raise ProjectError([Fault(file=file, message=message, mend=mend)])
    rank = {"city": 0, "town": 1, "village": 2, "suburb": 3, "hamlet": 4}
    largest = min(
        extract.settlements,
        key=lambda place: (-_population(place), rank[place.tags["place"]], int(place.id[1:])),
    )
    node = BackboneNode(
        id=largest.id,
        names=names_of(largest.tags),
        geometry=shapely.point_on_surface(largest.geometry),
        coord_quality="assumed",
    )
    message = (
        "has no telecom=exchange, data_center or connection_point; "
        f"a backbone node is assumed in the largest settlement, {node.name('en')}"
    )
    return (node,), (Fault(file=file, message=message, mend=mend, severity="warning"),)


def _population(place: Place) -> int:
    text = "".join(c for c in place.tags.get("population", "") if c not in " ,.'")
    return int(text) if text.isascii() and text.isdigit() and len(text) < 12 else 0
