"""Corridors become a network: where they join, where they are cut, how long each piece is.

The rules (`docs/design-rules.md`, N1 to N4): corridors that name their junctions join there and nowhere else;
others join at vertices they share and where an end comes within the tolerance of another corridor; lines that
merely cross do not join, since one may be a bridge.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Hashable, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from functools import cached_property
from itertools import pairwise
from typing import TYPE_CHECKING, Final

import numpy as np
import shapely
from scipy.cluster.hierarchy import DisjointSet
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components

from fiberplan.crs import LocalProjection, segment_lengths_m
from fiberplan.money import apportion
from fiberplan.project.corridors import Corridor

if TYPE_CHECKING:
    from numpy.typing import NDArray


SAME_PLACE_M: Final = 0.5
"""Cuts of one corridor nearer than this are one place, in metres."""
NEAR_MISS: Final = 10.0
"""A loose end is worth a warning up to so many times the tolerance from another corridor."""
_GRID: Final = 1e7
_ROW: Final = 2**32
"""Numbers of grid cells: longitude times this, plus latitude; at most 7.7e18, inside 64 bits."""
"""Vertices are shared if they agree to this many parts of a degree (about a centimetre)."""
_SHARE_PARTS: Final = 10**9


@dataclass(slots=True)
class _Cut:
    position: float  # along the geometry, in the metres of the local plane
    node: Hashable


@dataclass(frozen=True, slots=True)
class _End:
    """A place where free corridors end, with all corridors that have a vertex there."""

    node: Hashable
    place: shapely.Point
    owners: frozenset[int]


@dataclass(frozen=True, slots=True)
class Piece:
    """A stretch of a corridor between two neighbouring cuts."""

    corridor: int
    number: int
    tail: Hashable
    head: Hashable
    geometry: shapely.LineString
    length_mm: int
    share: Decimal


@dataclass
class CorridorNetwork:
    """Corridors with the places where they are cut; sites add cuts, then `pieces` gives the edges.

    Parameters
    ----------
    corridors
        Each with a LineString.
    projection
        Metric plane for nearness.
    tolerance_m
        How near the end of a line must come to another corridor to join it.

    Attributes
    ----------
    joined_ends
        How many ends were joined so.
    near_misses
        Distance in metres, corridor that ends, and the other one, where a loose end lies a little farther than that from
        another corridor.
    """

    corridors: Sequence[Corridor]
    projection: LocalProjection
    tolerance_m: float
    joined_ends: int = 0
    near_misses: list[tuple[float, int, int]] = field(default_factory=list)
    _cuts: defaultdict[int, list[_Cut]] = field(default_factory=lambda: defaultdict(list))
    _same: DisjointSet[Hashable] = field(default_factory=DisjointSet)

    def __post_init__(self) -> None:
        self._join_named_junctions()
        self._join_near_ends(self._join_shared_vertices())

    @cached_property
    def lines(self) -> NDArray[np.object_]:
        """Corridors in the metric plane."""
        geometries = np.empty(len(self.corridors), dtype=np.object_)
        geometries[:] = [corridor.geometry for corridor in self.corridors]
        return np.asarray(self.projection.project(geometries), dtype=np.object_)

    @cached_property
    def tree(self) -> shapely.STRtree:
        """Spatial index over `lines`."""
        return shapely.STRtree(self.lines)

    @cached_property
    def _plane_lengths(self) -> NDArray[np.float64]:
        return np.asarray(shapely.length(self.lines), dtype=np.float64)

    @cached_property
    def _is_named(self) -> NDArray[np.bool_]:
        return np.array(
            [c.from_node is not None and c.to_node is not None for c in self.corridors], dtype=bool
        )

    def cut(self, corridor: int, position: float, node: Hashable) -> Hashable:
        """Cut a corridor at a position along it and return the node there, an old one where there is one.

        Parameters
        ----------
        corridor
            Its number.
        position
            Metres along its line in the plane.
        node
            Label of the node to make there.
        """
        for cut in self._cuts[corridor]:
            if abs(cut.position - position) <= SAME_PLACE_M:
                self._same.add(node)
                self._same.merge(cut.node, node)
                return cut.node
        self._cuts[corridor].append(_Cut(position, node))
        self._same.add(node)
        return node

    def add(self, node: Hashable) -> None:
        """Add a node that stands beside the corridors."""
        self._same.add(node)

    def node(self, node: Hashable) -> Hashable:
        """Name the one node that all joined names stand for."""
        return self._same[node]

    def _join_named_junctions(self) -> None:
        for index in np.flatnonzero(self._is_named).tolist():
            corridor = self.corridors[index]
            self.cut(index, 0.0, ("junction", corridor.from_node))
            self.cut(index, float(self._plane_lengths[index]), ("junction", corridor.to_node))

    def _join_shared_vertices(self) -> list[_End]:
        """Cut the free corridors at every shared vertex and at their ends; return the ends."""
        free = np.flatnonzero(~self._is_named)
        if not free.size:
            return []
        geometries = [self.corridors[i].geometry for i in free.tolist()]
        coordinates, owner = shapely.get_coordinates(geometries, return_index=True)
        key = _places(coordinates)
        count = np.bincount(key)
        plane = shapely.get_coordinates(self.lines[free])
        step = np.hypot(*np.diff(plane, axis=0).T)
        along = np.concatenate([[0.0], np.cumsum(step)])
        first = np.flatnonzero(np.r_[True, owner[1:] != owner[:-1]])
        last = np.r_[first[1:] - 1, len(owner) - 1]
        is_end = np.zeros(len(owner), dtype=bool)
        is_end[first] = is_end[last] = True
        for vertex in np.flatnonzero(is_end | (count[key] > 1)).tolist():
            local = int(owner[vertex])
            position = float(along[vertex] - along[first[local]])
            self.cut(int(free[local]), position, ("vertex", int(key[vertex])))
        owners: defaultdict[int, set[int]] = defaultdict(set)
        for vertex in np.flatnonzero(np.isin(key, key[is_end])).tolist():
            owners[int(key[vertex])].add(int(free[owner[vertex]]))
        places = {int(key[vertex]): plane[vertex] for vertex in np.flatnonzero(is_end).tolist()}
        return [
            _End(("vertex", number), shapely.Point(place), frozenset(owners[number]))
            for number, place in sorted(places.items())
        ]

    def _join_near_ends(self, ends: Sequence[_End]) -> None:
        """Join the ends of free corridors to another corridor next to them, free or named, if one is near enough."""
        if not ends or self.tolerance_m <= 0:
            return
        which, near = self.tree.query(
            [end.place for end in ends], predicate="dwithin", distance=NEAR_MISS * self.tolerance_m
        )
        candidates: defaultdict[int, list[tuple[float, int]]] = defaultdict(list)
        for number, corridor in zip(which.tolist(), near.tolist(), strict=True):
            if corridor not in ends[number].owners:
                distance = float(shapely.distance(ends[number].place, self.lines[corridor]))
                candidates[number].append((distance, corridor))
        for number, matches in sorted(candidates.items()):
            distance, corridor = min(matches)
            if distance > self.tolerance_m:
                if len(ends[number].owners) == 1:
                    self.near_misses.append((distance, min(ends[number].owners), corridor))
                continue
            position = float(shapely.line_locate_point(self.lines[corridor], ends[number].place))
            self.cut(corridor, self._pull_to_cut(corridor, position), ends[number].node)
            self.joined_ends += 1

    def _pull_to_cut(self, corridor: int, position: float) -> float:
        """Move a join to a cut that is already there within the tolerance."""
        near = [
            cut.position for cut in self._cuts[corridor] if abs(cut.position - position) <= self.tolerance_m
        ]
        return min(near, key=lambda place: abs(place - position), default=position)

    def components(self) -> NDArray[np.int64]:
        """Tell which connected component each corridor is in; a corridor is always in one piece."""
        sets: DisjointSet[Hashable] = DisjointSet()
        for index in range(len(self.corridors)):
            nodes = [self.node(cut.node) for cut in self._cuts[index]]
            for node in nodes:
                sets.add(node)
                sets.merge(nodes[0], node)
        numbers: dict[Hashable, int] = {}
        return np.array(
            [
                numbers.setdefault(sets[self.node(self._cuts[index][0].node)], len(numbers))
                for index in range(len(self.corridors))
            ],
            dtype=np.int64,
        )

    def pieces(self) -> list[Piece]:
        """Cut the corridors: one piece between every two neighbouring cuts, in order."""
        pieces: list[Piece] = []
        for index, corridor in enumerate(self.corridors):
            cuts = sorted(self._cuts[index], key=lambda cut: cut.position)
            parts = _slice(corridor.geometry, self.lines[index], [cut.position for cut in cuts])
            lengths = _lengths_mm(corridor, parts)
            shares = apportion(_SHARE_PARTS, {n: length or 1 for n, length in enumerate(lengths)})
            for number, (start, end) in enumerate(pairwise(cuts)):
                tail, head = self.node(start.node), self.node(end.node)
                if tail == head and len(cuts) == 2:
                    continue  # a ring that touches nothing but its own start leads nowhere
                pieces.append(
                    Piece(
                        index,
                        number,
                        tail,
                        head,
                        parts[number],
                        lengths[number],
                        Decimal(shares[number]) / _SHARE_PARTS,
                    )
                )
        return pieces


def _places(coordinates: NDArray[np.float64]) -> NDArray[np.int64]:
    """Give each vertex the number of its place: those that differ by no more than the tolerance share a number.

    Parameters
    ----------
    coordinates
        Shape (n, 2), degrees.

    Returns
    -------
    numpy.ndarray
        Shape (n,), from 0, in the order of longitude and latitude. Places are cells of a grid; two cells next to each
        other are one place where vertices on both sides of their border are that near.
    """
    grid = np.round(coordinates * _GRID).astype(np.int64)
    cells, cell = np.unique(grid[:, 0] * _ROW + grid[:, 1], return_inverse=True)
    order = np.argsort(cell, kind="stable")
    start = np.searchsorted(cell[order], np.arange(len(cells) + 1))
    pairs = []
    for step in (_ROW, 1, _ROW + 1, _ROW - 1):
        position = np.minimum(np.searchsorted(cells, cells + step), len(cells) - 1)
        for one in np.flatnonzero(cells[position] == cells + step).tolist():
            other = int(position[one])
            left, right = (coordinates[order[start[c] : start[c + 1]]] for c in (one, other))
            if np.abs(left[:, None] - right[None]).max(axis=2).min() * _GRID <= 1:
                pairs.append((one, other))
    if not pairs:
        return np.asarray(cell, dtype=np.int64)
    ends = np.array(pairs, dtype=np.int32).T  # as the graph routines of scipy before 1.15 need them
    joined = coo_array((np.ones(ends.shape[1]), ends), shape=(len(cells), len(cells)))
    _, place_of = connected_components(joined, directed=False)
    _, first, number = np.unique(place_of, return_index=True, return_inverse=True)
    rank = np.argsort(np.argsort(first))
    return np.asarray(rank[number][cell], dtype=np.int64)


def _slice(
    line: shapely.LineString, plane: shapely.LineString, cuts: list[float]
) -> list[shapely.LineString]:
    """Cut a line, given in degrees and in the plane, at positions along the plane (first and last are its ends)."""
    if len(cuts) <= 2:
        return [line]
    lonlat = shapely.get_coordinates(line)
    metres = shapely.get_coordinates(plane)
    along = np.concatenate([[0.0], np.cumsum(np.hypot(*np.diff(metres, axis=0).T))])
    inner = np.array(cuts[1:-1])
    at = np.column_stack([np.interp(inner, along, lonlat[:, 0]), np.interp(inner, along, lonlat[:, 1])])
    ends = [lonlat[0], *at, lonlat[-1]]
    bounds = [0.0, *inner.tolist(), float(along[-1])]
    parts = []
    for number, (start, end) in enumerate(pairwise(bounds)):
        between = lonlat[(along > start + 1e-6) & (along < end - 1e-6)]
        parts.append(shapely.LineString(np.vstack([ends[number], between, ends[number + 1]])))
    return parts


def _lengths_mm(corridor: Corridor, parts: list[shapely.LineString]) -> list[int]:
    """Divide the length of a corridor, measured or along its line, among its parts in millimetres.

    However finely it is cut, they sum to the same.
    """
    whole_m = corridor.length_m
    if whole_m is None:
        whole_m = float(segment_lengths_m(shapely.get_coordinates(corridor.geometry)).sum())
    geodesic = [float(segment_lengths_m(shapely.get_coordinates(part)).sum()) for part in parts]
    micrometres = {number: max(1, round(length * 1_000_000)) for number, length in enumerate(geodesic)}
    return list(apportion(round(whole_m * 1000), micrometres).values())
