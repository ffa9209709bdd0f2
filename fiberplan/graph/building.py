"""From a project to its candidate graph: noding, snapping, stamping, in this order."""

from __future__ import annotations

import logging
from collections import defaultdict
from dataclasses import dataclass
from decimal import Decimal
from typing import TYPE_CHECKING

import numpy as np
import shapely

from fiberplan.crs import LocalProjection
from fiberplan.errors import Fault, InfeasibleError, ProjectError
from fiberplan.graph.candidate import CandidateGraph, UnreachablePark
from fiberplan.graph.noding import SAME_PLACE_M, CorridorNetwork
from fiberplan.graph.snapping import Snapper, SnapPoint, Spur, connect_site, park_point
from fiberplan.graph.stamping import stamp_pieces, stamp_spurs
from fiberplan.money import round_half_up
from fiberplan.project.model import BackboneNode, Park
from fiberplan.project.settings import Unreachable

if TYPE_CHECKING:
    from collections.abc import Hashable, Mapping, Sequence

    from numpy.typing import NDArray

    from fiberplan.graph.noding import Piece
    from fiberplan.project.model import Project

_log = logging.getLogger(__name__)

_SHOWN_MISSES = 8


def build_graph(project: Project) -> CandidateGraph:
    """Build the candidate graph of a project.

    Parameters
    ----------
    project
        With at least one park, one backbone node and one corridor.

    Raises
    ------
    ProjectError
        The project contradicts itself: ids used twice, references to what is not there.
    InfeasibleError
        A park cannot be reached and the project's ``unreachable`` option is ``error``, or no backbone node
        comes near a corridor.
    CatalogueError
        The catalogue lacks a price.
    """
    _require_content(project)
    if faults := project.inconsistencies():
        raise ProjectError(faults)
    projection = _projection(project)
    network = CorridorNetwork(project.corridors, projection, project.settings.routing.snap_tolerance_m)
    sites = _sites(project, projection)
    snap_points, unreachable = _SiteSnapper(project, network, projection).snap(sites)
    _refuse_unreachable(unreachable, project)
    site_nodes: dict[str, Hashable] = {}
    spurs: dict[str, list[Spur]] = {}
    for site in sites:
        if snap_points[site.label]:
            node, spurs[site.label] = connect_site(network, site.label, site.lonlat, snap_points[site.label])
            site_nodes |= dict.fromkeys(site.labels, node)
    graph = _assemble(project, network, site_nodes, spurs, unreachable)
    _log.info("candidate graph: %d nodes, %d edges", graph.node_count, graph.edge_count)
    return graph


@dataclass(frozen=True, slots=True)
class _Site:
    """Parks and backbone nodes at one place: they share a node and its spurs."""

    lonlat: tuple[float, float]
    backbone: tuple[BackboneNode, ...] = ()
    parks: tuple[Park, ...] = ()

    @property
    def labels(self) -> tuple[str, ...]:
        return tuple([f"backbone:{node.id}" for node in self.backbone] + [f"park:{p.id}" for p in self.parks])

    @property
    def label(self) -> str:
        return self.labels[0]

    @property
    def is_critical(self) -> bool:
        return any(park.tier == 1 for park in self.parks)


def _sites(project: Project, projection: LocalProjection) -> list[_Site]:
    """Gather what stands at one place, in the order of the first to stand there, backbone nodes before parks."""
    lonlats = [(float(node.geometry.x), float(node.geometry.y)) for node in project.backbone]
    lonlats += [park_point(park) for park in project.parks]
    points = [shapely.Point(place) for place in projection.forward(np.array(lonlats))]
    pairs = shapely.STRtree(points).query(points, predicate="dwithin", distance=SAME_PLACE_M)
    first = np.arange(len(points))
    for one, other in pairs[:, np.lexsort(pairs[::-1])].T.tolist():
        if first[one] == one and first[other] == other and one < other:
            first[other] = one
    members: defaultdict[int, list[int]] = defaultdict(list)
    for number, place in enumerate(first.tolist()):
        members[place].append(number)
    count = len(project.backbone)
    return [
        _Site(
            lonlats[place],
            tuple(project.backbone[n] for n in several if n < count),
            tuple(project.parks[n - count] for n in several if n >= count),
        )
        for place, several in members.items()
    ]


def _require_content(project: Project) -> None:
    for what, things in (
        ("park", project.parks),
        ("backbone node", project.backbone),
        ("corridor", project.corridors),
    ):
        if not things:
            raise InfeasibleError(f"the project has no {what}")


def _projection(project: Project) -> LocalProjection:
    geometries = [c.geometry for c in project.corridors] + [p.geometry for p in project.parks]
    west, south, east, north = shapely.total_bounds(np.array(geometries, dtype=object)).tolist()
    centre = ((west + east) / 2, (south + north) / 2)
    return LocalProjection(centre, crs=project.settings.crs)


class _SiteSnapper:
    """Decides where sites meet the corridors (`docs/design-rules.md`, P1 to P4); nothing is cut yet."""

    def __init__(self, project: Project, network: CorridorNetwork, projection: LocalProjection) -> None:
        self._project = project
        self._options = project.settings.routing
        self._network = network
        self._projection = projection
        self._components = network.components()
        self._everywhere = self._snapper(np.ones(len(project.corridors), dtype=bool))

    def snap(self, sites: Sequence[_Site]) -> tuple[dict[str, list[SnapPoint]], tuple[UnreachablePark, ...]]:
        """Give the snap points of every site by its label, the nearest first, and the parks that have none."""
        roots = [site for site in sites if site.backbone]
        others = [site for site in sites if not site.backbone]
        snap_points = {site.label: self._snap_backbone(site) for site in roots}
        if not any(snap_points.values()):
            raise InfeasibleError(
                f"no backbone node lies within {self._options.max_spur_m:,.0f} m of a corridor "
                "(routing.max_spur_m); move the nodes, draw the missing corridor, or raise the limit"
            )
        live = self._live(snap_points)
        park_points = {site.label: self._snap(site, live) for site in others}
        if self._reach_out(roots, [site for site in others if not park_points[site.label]], snap_points):
            live = self._live(snap_points)
            park_points = {site.label: self._snap(site, live) for site in others}
        snap_points |= park_points
        for site in sites:
            if snap_points[site.label] and site.is_critical:
                snap_points[site.label] += live.second_entries(
                    site.lonlat,
                    snap_points[site.label],
                    separation_m=self._options.entry_separation_m,
                    within_m=self._options.max_spur_m,
                )
        unreachable = tuple(
            _explain(park, self._everywhere, live, self._project)
            for site in sites
            if not snap_points[site.label]
            for park in site.parks
        )
        return snap_points, unreachable

    def _snapper(self, allowed: NDArray[np.bool_]) -> Snapper:
        return Snapper(self._network, self._projection, self._components, allowed)

    def _live(self, snap_points: Mapping[str, Sequence[SnapPoint]]) -> Snapper:
        snapped_to = [snap_point.corridor for several in snap_points.values() for snap_point in several]
        return self._snapper(np.isin(self._components, self._components[snapped_to]))

    def _snap(self, site: _Site, snapper: Snapper) -> list[SnapPoint]:
        limit = self._options.max_spur_m
        nearest = snapper.nearest(site.lonlat)
        if nearest is None or nearest.distance_m > limit:
            return []
        return [nearest, *snapper.alternatives(site.lonlat, nearest, within_m=limit)]

    def _snap_backbone(self, site: _Site) -> list[SnapPoint]:
        snap_points = self._snap(site, self._everywhere)
        if snap_points:
            snap_points += self._everywhere.larger_components(
                site.lonlat, snap_points[0], within_m=self._options.max_spur_m
            )
        return snap_points

    def _reach_out(
        self, roots: Sequence[_Site], lost: Sequence[_Site], snap_points: dict[str, list[SnapPoint]]
    ) -> bool:
        """Snap backbone nodes to the component nearest to a park that would be lost; return whether any was."""
        if not lost:
            return False
        limit = self._options.max_spur_m
        near = {site.label: self._everywhere.every_component(site.lonlat, within_m=limit) for site in roots}
        reached = set().union(*near.values())
        wanted = set()
        for site in lost:
            components = self._everywhere.every_component(site.lonlat, within_m=limit)
            wanted |= set([component for component in components if component in reached][:1])
        for label, several in near.items():
            snap_points[label] += [several[component] for component in several if component in wanted]
        return bool(wanted)


def _explain(park: Park, everywhere: Snapper, live: Snapper, project: Project) -> UnreachablePark:
    limit = project.settings.routing.max_spur_m
    lonlat = park_point(park)
    nearest = everywhere.nearest(lonlat)
    if nearest is None:
        return UnreachablePark(park.id, None, None, "there is no corridor")
    corridor = project.corridors[nearest.corridor].id
    if nearest.distance_m > limit:
        reason = (
            f"its nearest corridor {corridor} is {nearest.distance_m:,.0f} m away, "
            f"more than the {limit:,.0f} m that routing.max_spur_m allows"
        )
        return UnreachablePark(park.id, corridor, nearest.distance_m, reason)
    joined = live.nearest(lonlat)
    far = "" if joined is None else f"; the nearest one that does is {joined.distance_m:,.0f} m away"
    reason = f"its nearest corridor {corridor} ({nearest.distance_m:,.0f} m) leads to no backbone node{far}"
    return UnreachablePark(park.id, corridor, nearest.distance_m, reason)


def _refuse_unreachable(unreachable: Sequence[UnreachablePark], project: Project) -> None:
    if not unreachable:
        return
    lines = "\n".join(f"  {park.park_id}: {park.reason}" for park in unreachable)
    if project.settings.routing.unreachable is Unreachable.ERROR:
        raise InfeasibleError(
            f"{len(unreachable)} of {len(project.parks)} parks cannot be reached:\n{lines}\n"
            'Draw the missing corridors, or set unreachable = "skip" in [routing] to plan the others.'
        )
    if len(unreachable) == len(project.parks):
        raise InfeasibleError(f"no park can be reached:\n{lines}")


def _assemble(
    project: Project,
    network: CorridorNetwork,
    site_nodes: Mapping[str, Hashable],
    spurs: Mapping[str, Sequence[Spur]],
    unreachable: tuple[UnreachablePark, ...],
) -> CandidateGraph:
    pieces = network.pieces()
    placed = [(label, spur) for label, several in spurs.items() for spur in several]
    detour = project.settings.routing.spur_detour
    spur_mm = np.array(
        [round_half_up(Decimal(round(spur.straight_m * 1000)) * detour) for _, spur in placed], dtype=np.int64
    )
    piece_mm = np.array([piece.length_mm for piece in pieces], dtype=np.int64)
    settings, catalogue = project.settings, project.catalogue
    cost = np.concatenate(
        [
            stamp_pieces(pieces, corridors=project.corridors, catalogue=catalogue, settings=settings),
            stamp_spurs(spur_mm, catalogue=catalogue, settings=settings),
        ]
    )
    nodes = _Numbering(network)
    ends = [(nodes[piece.tail], nodes[piece.head]) for piece in pieces]
    ends += [(nodes[spur.site], nodes[spur.corridor_node]) for _, spur in placed]
    geometry = [piece.geometry for piece in pieces] + [spur.geometry for _, spur in placed]
    for (tail, head), line in zip(ends, geometry, strict=True):
        nodes.place(tail, line.coords[0])
        nodes.place(head, line.coords[-1])
    sites = {label: nodes[site_nodes[label]] for label in _labels(project) if label in site_nodes}
    corridor_ids = [corridor.id for corridor in project.corridors]
    edges = np.array(ends, dtype=np.int32).reshape(-1, 2)
    return CandidateGraph(
        project=project,
        node_labels=nodes.labels(sites),
        node_lonlat=nodes.lonlat(),
        tail=np.ascontiguousarray(edges[:, 0]),
        head=np.ascontiguousarray(edges[:, 1]),
        length_mm=np.concatenate([piece_mm, spur_mm]),
        cost=cost,
        corridor=np.array([piece.corridor for piece in pieces] + [-1] * len(placed), dtype=np.int32),
        corridor_share=tuple([piece.share for piece in pieces] + [Decimal(1)] * len(placed)),
        edge_ids=_edge_ids(pieces, placed, corridor_ids),
        second_entries=np.array(
            [len(pieces) + n for n, (_, spur) in enumerate(placed) if spur.is_second_entry], dtype=np.int32
        ),
        geometry=tuple(geometry),
        park_nodes={key.removeprefix("park:"): n for key, n in sites.items() if key.startswith("park:")},
        backbone_nodes={
            key.removeprefix("backbone:"): n for key, n in sites.items() if key.startswith("backbone:")
        },
        unreachable=unreachable,
        notes=_notes(project, network, unreachable, sites),
    )


def _labels(project: Project) -> list[str]:
    """List the labels that nodes may have in order of precedence: backbone nodes, then parks."""
    return [f"backbone:{node.id}" for node in project.backbone] + [
        f"park:{park.id}" for park in project.parks
    ]


def _edge_ids(
    pieces: Sequence[Piece], placed: Sequence[tuple[str, Spur]], corridor_ids: Sequence[str]
) -> tuple[str, ...]:
    ids = [f"{corridor_ids[piece.corridor]}/{piece.number + 1}" for piece in pieces]
    taken = set(ids)
    for label, spur in placed:
        site, number = label.partition(":")[2], spur.number
        while f"spur/{site}/{number}" in taken:  # a park and a backbone node may have one id
            number += 1
        ids.append(f"spur/{site}/{number}")
        taken.add(ids[-1])
    return tuple(ids)


class _Numbering:
    """Numbers the nodes in the order they are met."""

    def __init__(self, network: CorridorNetwork) -> None:
        self._network = network
        self._number: dict[Hashable, int] = {}
        self._lonlat: dict[int, tuple[float, ...]] = {}

    def __getitem__(self, node: Hashable) -> int:
        return self._number.setdefault(self._network.node(node), len(self._number))

    def place(self, number: int, lonlat: tuple[float, ...]) -> None:
        self._lonlat.setdefault(number, lonlat)

    def labels(self, sites: Mapping[str, int]) -> tuple[str, ...]:
        labels = [f"n{number}" for number in range(len(self._number))]
        for label, number in reversed(list(sites.items())):
            labels[number] = label
        return tuple(labels)

    def lonlat(self) -> NDArray[np.float64]:
        return np.array([self._lonlat[number] for number in range(len(self._number))], dtype=np.float64)


def _notes(
    project: Project,
    network: CorridorNetwork,
    unreachable: Sequence[UnreachablePark],
    sites: Mapping[str, int],
) -> tuple[Fault, ...]:
    notes = [
        Fault("parks", f"park {park.park_id} is not planned: {park.reason}", severity="warning")
        for park in unreachable
    ]
    far = [node.id for node in project.backbone if f"backbone:{node.id}" not in sites]
    if far:
        notes.append(
            Fault(
                "backbone",
                f"backbone nodes too far from every corridor and left out: {', '.join(far)}",
                severity="warning",
            )
        )
    if network.joined_ends:
        notes.append(
            Fault(
                "corridors",
                f"{network.joined_ends} line ends were joined to a corridor within "
                f"{project.settings.routing.snap_tolerance_m:g} m",
                severity="warning",
            )
        )
    if network.near_misses:
        notes.append(_near_misses(project, network))
    return tuple(notes)


def _near_misses(project: Project, network: CorridorNetwork) -> Fault:
    """Warn of loose ends that may have been meant to join a corridor, the nearest first."""
    tolerance = project.settings.routing.snap_tolerance_m
    pairs: dict[tuple[str, str], float] = {}
    for distance, corridor, other in sorted(network.near_misses):
        first, second = sorted((project.corridors[corridor].id, project.corridors[other].id))
        pairs.setdefault((first, second), distance)
    shown = [f"{first} and {second} {apart:.1f} m" for (first, second), apart in pairs.items()]
    more = f" and {len(shown) - _SHOWN_MISSES} more" if len(shown) > _SHOWN_MISSES else ""
    return Fault(
        "corridors",
        f"ends lie near another corridor and do not join it: {', '.join(shown[:_SHOWN_MISSES])}{more}",
        expected=f"at most {tolerance:g} m (routing.snap_tolerance_m)",
        mend="Draw them together, or raise the tolerance",
        severity="warning",
    )
