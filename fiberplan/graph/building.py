"""From a project to its candidate graph: noding, snapping, stamping, in this order."""

from __future__ import annotations

import logging
from decimal import Decimal
from typing import TYPE_CHECKING

import numpy as np
import shapely

from fiberplan.crs import LocalProjection
from fiberplan.errors import Fault, InfeasibleError, ProjectError
from fiberplan.graph.candidate import CandidateGraph, UnreachablePark
from fiberplan.graph.noding import CorridorNetwork
from fiberplan.graph.snapping import Landing, Snapper, Spur, land_site, park_point
from fiberplan.graph.stamping import stamp_pieces, stamp_spurs
from fiberplan.money import round_half_up
from fiberplan.options import Unreachable

if TYPE_CHECKING:
    from collections.abc import Hashable, Mapping, Sequence

    from numpy.typing import NDArray

    from fiberplan.graph.noding import Piece
    from fiberplan.model import Park, Project

_log = logging.getLogger(__name__)


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
    _insist_on_content(project)
    if faults := project.inconsistencies():
        raise ProjectError(faults)
    projection = _projection(project)
    network = CorridorNetwork(project.corridors, projection, project.settings.routing.snap_tolerance_m)
    site_nodes: dict[str, Hashable] = {}
    spurs: dict[str, list[Spur]] = {}
    landed_on: list[int] = []
    for label, corridor, node, laid in _land_backbone(project, network, projection):
        site_nodes[label], spurs[label] = node, laid
        landed_on.append(corridor)
    components = network.components()
    live = np.isin(components, components[landed_on])
    unreachable: list[UnreachablePark] = []
    everywhere = Snapper(network, projection, np.ones(len(project.corridors), dtype=bool))
    snapper = Snapper(network, projection, live)
    for park in project.parks:
        landings = _park_landings(park, snapper, project)
        if not landings:
            unreachable.append(_explain(park, everywhere, snapper, project))
            continue
        label = f"park:{park.id}"
        site_nodes[label], spurs[label] = land_site(network, label, park_point(park), landings)
    _judge(unreachable, project)
    graph = _assemble(project, network, site_nodes, spurs, tuple(unreachable))
    _log.info("candidate graph: %d nodes, %d edges", graph.node_count, graph.edge_count)
    return graph


def _insist_on_content(project: Project) -> None:
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


def _land_backbone(
    project: Project, network: CorridorNetwork, projection: LocalProjection
) -> list[tuple[str, int, Hashable, list[Spur]]]:
    snapper = Snapper(network, projection, np.ones(len(project.corridors), dtype=bool))
    landed = []
    limit = project.settings.routing.max_spur_m
    for node in project.backbone:
        lonlat = (float(node.geometry.x), float(node.geometry.y))
        landing = snapper.nearest(lonlat)
        if landing is None or landing.distance_m > limit:
            continue
        label = f"backbone:{node.id}"
        landed.append((label, landing.corridor, *land_site(network, label, lonlat, [landing])))
    if not landed:
        raise InfeasibleError(
            f"no backbone node lies within {limit:,.0f} m of a corridor (routing.max_spur_m); "
            "move the nodes, draw the missing corridor, or raise the limit"
        )
    return landed


def _park_landings(park: Park, snapper: Snapper, project: Project) -> list[Landing]:
    options = project.settings.routing
    lonlat = park_point(park)
    first = snapper.nearest(lonlat)
    if first is None or first.distance_m > options.max_spur_m:
        return []
    if park.tier != 1:
        return [first]
    second = snapper.nearest_apart(
        lonlat, first, separation_m=options.entry_separation_m, within_m=options.max_spur_m
    )
    return [first] if second is None else [first, second]


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


def _judge(unreachable: Sequence[UnreachablePark], project: Project) -> None:
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
    laid = [(label, spur) for label, several in spurs.items() for spur in several]
    detour = project.settings.routing.spur_detour
    spur_mm = np.array(
        [round_half_up(Decimal(round(spur.straight_m * 1000)) * detour) for _, spur in laid], dtype=np.int64
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
    ends += [(nodes[spur.site], nodes[spur.corridor_node]) for _, spur in laid]
    geometry = [piece.geometry for piece in pieces] + [spur.geometry for _, spur in laid]
    for (tail, head), line in zip(ends, geometry, strict=True):
        nodes.place(tail, line.coords[0])
        nodes.place(head, line.coords[-1])
    sites = {label: nodes[node] for label, node in site_nodes.items()}
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
        corridor=np.array([piece.corridor for piece in pieces] + [-1] * len(laid), dtype=np.int32),
        corridor_share=tuple([piece.share for piece in pieces] + [Decimal(1)] * len(laid)),
        edge_ids=_edge_ids(pieces, laid, corridor_ids),
        geometry=tuple(geometry),
        park_nodes={key.removeprefix("park:"): n for key, n in sites.items() if key.startswith("park:")},
        backbone_nodes={
            key.removeprefix("backbone:"): n for key, n in sites.items() if key.startswith("backbone:")
        },
        unreachable=unreachable,
        notes=_notes(project, network, unreachable, sites),
    )


def _edge_ids(
    pieces: Sequence[Piece], laid: Sequence[tuple[str, Spur]], corridor_ids: Sequence[str]
) -> tuple[str, ...]:
    ids = [f"{corridor_ids[piece.corridor]}/{piece.number + 1}" for piece in pieces]
    ids += [f"spur/{label.partition(':')[2]}/{spur.number + 1}" for label, spur in laid]
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
    return tuple(notes)
