"""Read an OpenStreetMap file: what the other modules need of it, and nothing else."""

from __future__ import annotations

import tempfile
from collections.abc import Mapping
from dataclasses import dataclass, field
from itertools import pairwise
from pathlib import Path
from typing import TYPE_CHECKING, Final

import numpy as np
import osmium
import shapely
from numpy.typing import NDArray
from shapely.geometry.base import BaseGeometry

from fiberplan.errors import Fault, ProjectError
from fiberplan.inputs.faults import listed

if TYPE_CHECKING:
    from collections.abc import Iterable


_LINE_KEYS: Final = ("highway", "railway", "waterway")
_AREA_KEYS: Final = (
    "building",
    "landuse",
    "natural",
    "waterway",
    "boundary",
    "telecom",
    "man_made",
    "amenity",
)
_SETTLEMENTS: Final = frozenset({"city", "town", "village", "hamlet", "suburb"})
_WATER_AREAS: Final = frozenset({"riverbank", "dock"})
_LAND_USES: Final = frozenset({"industrial", "residential", "commercial", "retail"})
_BACKBONE_TAGS: Final[Mapping[str, frozenset[str]]] = {
    "telecom": frozenset({"exchange", "data_center", "data_centre", "connection_point"}),
    "building": frozenset({"telephone_exchange", "data_center", "data_centre"}),
    "man_made": frozenset({"telephone_exchange", "telephone_office"}),
    "amenity": frozenset({"telephone_exchange"}),
}


@dataclass(frozen=True, slots=True)
class Way:
    """A line of the map.

    Attributes
    ----------
    nodes
        OpenStreetMap ids of its nodes: ways join where they share one, and nowhere else.
    coordinates
        Shape (n, 2), longitude and latitude.
    """

    id: int
    tags: Mapping[str, str]
    nodes: tuple[int, ...]
    coordinates: NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Place:
    """A point or an area of the map; ``id`` starts with ``n``, ``w`` or ``r`` for node, way and relation."""

    id: str
    tags: Mapping[str, str]
    geometry: BaseGeometry


@dataclass(frozen=True, slots=True)
class Extract:
    """What was read, each list in the order of the file.

    Attributes
    ----------
    notes
        Warnings of what was left out.
    """

    roads: list[Way] = field(default_factory=list)
    railways: list[Way] = field(default_factory=list)
    waterways: list[Way] = field(default_factory=list)
    land_use: list[Place] = field(default_factory=list)
    buildings: list[Place] = field(default_factory=list)
    water: list[Place] = field(default_factory=list)
    boundaries: list[Place] = field(default_factory=list)
    settlements: list[Place] = field(default_factory=list)
    backbone: list[Place] = field(default_factory=list)
    notes: list[Fault] = field(default_factory=list)


def read_extract(file: Path) -> Extract:
    """Read an ``.osm.pbf`` (or ``.osm``, ``.osm.bz2``...) file.

    Ways that run over the edge of the extract are cut where their nodes are missing; the longest piece stays. A file in
    which nodes come after the ways that use them, as Overpass writes it, is brought in order first. Areas whose outline
    is broken are left out, with a note.

    Raises
    ------
    ProjectError
        The file is missing, cut short, or no OpenStreetMap file.
    """
    if not file.is_file():
        raise ProjectError(
            [Fault(file=file.name, message="is missing", mend="Check the path of the extract")]
        )
    try:
        extract = _read_ordered(file)
    except RuntimeError as error:
        fault = Fault(
            file=file.name,
            message=f"cannot be read as OpenStreetMap data: {error}",
            expected="an .osm.pbf extract",
            mend="Download it again",
        )
        raise ProjectError([fault]) from error
    return extract


def _read_ordered(file: Path) -> Extract:
    """Read a file; once more, brought in order, if ways have lost all their nodes because these come later."""
    extract, lost = _read_objects(file, file.name)
    if not lost or _is_in_order(osmium.FileProcessor(str(file))):
        return extract
    merged = osmium.MergeInputReader()
    merged.add_file(str(file))
    with tempfile.TemporaryDirectory() as folder:
        ordered = Path(folder) / "ordered.osm.pbf"
        writer = osmium.SimpleWriter(str(ordered))
        try:
            merged.apply(writer)
        finally:
            writer.close()
        return _read_objects(ordered, file.name)[0]


def _is_in_order(objects: Iterable[object]) -> bool:
    """Return whether all nodes come before all ways, and these before all relations."""
    ranks = {osmium.osm.Node: 0, osmium.osm.Way: 1, osmium.osm.Relation: 2}
    return all(earlier <= later for earlier, later in pairwise(ranks[type(thing)] for thing in objects))


def _read_objects(file: Path, name: str) -> tuple[Extract, int]:
    """Read a file in one pass; the number says how many ways have no node with a place."""
    extract = Extract()
    areas: list[tuple[Place, str]] = []
    broken: list[str] = []
    lost = 0
    wanted = osmium.filter.KeyFilter(*_LINE_KEYS, *_AREA_KEYS, "place")
    objects = (
        osmium.FileProcessor(str(file)).with_areas(osmium.filter.KeyFilter(*_AREA_KEYS)).with_filter(wanted)
    )
    to_wkb = osmium.geom.WKBFactory().create_multipolygon
    for thing in objects:
        tags = {tag.k: tag.v for tag in thing.tags}
        if isinstance(thing, osmium.osm.Area):
            if _is_wanted_area(tags):
                place = Place(f"{'w' if thing.from_way() else 'r'}{thing.orig_id()}", tags, shapely.Point())
                try:
                    areas.append((place, to_wkb(thing)))
                except RuntimeError:  # a ring that crosses itself or does not close
                    broken.append(" ".join(filter(None, (place.id, tags.get("name")))))
        elif isinstance(thing, osmium.osm.Way):
            lost += _read_way(thing, tags, extract)
        elif isinstance(thing, osmium.osm.Node):
            _read_node(thing, tags, extract)
    _sort_areas(extract, areas)
    if broken:
        what = (
            "an area whose outline is broken"
            if len(broken) == 1
            else f"{len(broken)} areas whose outlines are broken"
        )
        message = f"has {what}, left out: {listed(broken)}"
        extract.notes.append(
            Fault(file=name, message=message, mend="Mend it on the map if it matters", severity="warning")
        )
    return extract, lost


def _read_node(node: osmium.osm.Node, tags: dict[str, str], extract: Extract) -> None:
    is_settlement, is_backbone = tags.get("place") in _SETTLEMENTS, is_backbone_site(tags)
    if is_settlement or is_backbone:
        place = Place(f"n{node.id}", tags, shapely.Point(node.lon, node.lat))
        if is_settlement:
            extract.settlements.append(place)
        if is_backbone:
            extract.backbone.append(place)


def _read_way(way: osmium.osm.Way, tags: dict[str, str], extract: Extract) -> bool:
    """Put a line on its list; return whether none of its nodes has a place."""
    nodes, coordinates = _longest_run(way.nodes)
    key = next((key for key in _LINE_KEYS if key in tags), None)
    if key is None or tags.get("area") == "yes" or len(nodes) < 2:
        return not nodes
    line = Way(way.id, tags, nodes, np.array(coordinates, dtype=np.float64))
    {"highway": extract.roads, "railway": extract.railways, "waterway": extract.waterways}[key].append(line)
    return False


def _longest_run(nodes: osmium.osm.WayNodeList) -> tuple[tuple[int, ...], list[tuple[float, float]]]:
    """Take the nodes that have a place, without immediate repetitions; the longest run of them."""
    runs: list[list[tuple[int, float, float]]] = [[]]
    for node in nodes:
        if not node.location.valid():
            runs.append([])
        elif not runs[-1] or (node.lon, node.lat) != runs[-1][-1][1:]:
            runs[-1].append((node.ref, node.lon, node.lat))
    best = max(runs, key=len)
    return tuple(ref for ref, _, _ in best), [(lon, lat) for _, lon, lat in best]


def is_backbone_site(tags: Mapping[str, str]) -> bool:
    """Whether something is tagged as a place where the backbone can be joined."""
    return any(tags.get(key) in values for key, values in _BACKBONE_TAGS.items())


def _is_wanted_area(tags: Mapping[str, str]) -> bool:
    return (
        tags.get("building", "no") != "no"
        or tags.get("landuse") in _LAND_USES
        or tags.get("natural") == "water"
        or tags.get("waterway") in _WATER_AREAS
        or (tags.get("boundary") == "administrative" and "admin_level" in tags)
        or is_backbone_site(tags)
    )


def _sort_areas(extract: Extract, areas: list[tuple[Place, str]]) -> None:
    """Decode all polygons at once and put each on its list."""
    geometries = shapely.from_wkb(np.array([wkb for _, wkb in areas], dtype=object))
    for (place, _), geometry in zip(areas, np.atleast_1d(geometries), strict=True):
        parts = getattr(geometry, "geoms", [geometry])
        whole = Place(place.id, place.tags, parts[0] if len(parts) == 1 else geometry)
        if whole.tags.get("building", "no") != "no":
            extract.buildings.append(whole)
        if whole.tags.get("landuse") in _LAND_USES:
            extract.land_use.append(whole)
        if whole.tags.get("natural") == "water" or whole.tags.get("waterway") in _WATER_AREAS:
            extract.water.append(whole)
        if whole.tags.get("boundary") == "administrative" and "admin_level" in whole.tags:
            extract.boundaries.append(whole)
        if is_backbone_site(whole.tags):
            extract.backbone.append(Place(whole.id, whole.tags, whole.geometry.representative_point()))
