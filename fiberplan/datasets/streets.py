"""The streets of a synthetic province: towns, country, and the network that joins them, in metres."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import coo_array
from scipy.sparse.csgraph import dijkstra, minimum_spanning_tree
from scipy.spatial import Delaunay, cKDTree

if TYPE_CHECKING:
    from numpy.random import Generator

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
Flags = NDArray[np.bool_]

_TOWN_SPACING_M: Final = 130.0
_COUNTRY_SPACING_M: Final = 900.0
_TOWN_SHARE: Final = 0.55
_JITTER: Final = 0.35
"""How far a junction lies off its grid point, in grid spacings."""
_HOLES: Final = 0.12
_DROPPED: Final = 0.55
"""Share of the streets beyond a spanning tree that are left out, for 1.7 streets a junction."""


@dataclass(frozen=True, slots=True)
class Streets:
    """A connected street network on a plane.

    Attributes
    ----------
    points
        Shape (junctions, 2), metres.
    edges
        Shape (streets, 2), junction numbers, the smaller one first.
    lengths
        Metres, straight.
    in_town, arterial
        Of each street: whether both ends lie in a town, and whether it is on the way from town to town.
    country
        Junctions outside the towns.
    town_nodes
        The middle junction of each town.
    links
        Town pairs that an arterial joins, as town numbers.
    paths
        The junctions along each of these arterials.
    """

    points: Floats
    edges: Ints
    lengths: Floats
    in_town: Flags
    arterial: Flags
    country: Ints
    town_nodes: Ints
    links: tuple[tuple[int, int], ...]
    paths: tuple[tuple[int, ...], ...]


def draw_streets(nodes: int, towns: int, random: Generator) -> Streets:
    """Draw three towns or more on a plain and a Gabriel graph over all junctions.

    The Gabriel graph (Gabriel and Sokal 1969) joins two points where no third lies in the circle over them: planar and
    connected. A share of its streets is left out again, as in real networks.

    Parameters
    ----------
    nodes
        Junctions in all.
    towns
        Towns, three or more.
    random
        A generator of random numbers, which makes the network reproducible.
    """
    points, town_of, centres = _junctions(nodes, towns, random)
    edges, lengths = _gabriel(points)
    keep = _spanning(edges, lengths, len(points)) | (random.random(len(edges)) >= _DROPPED)
    edges, lengths = edges[keep], lengths[keep]
    town_nodes = np.asarray(cKDTree(points).query(centres)[1], dtype=np.int64)
    links = _town_links(centres)
    paths, arterial = _arterials(edges, lengths, town_nodes, links, len(points))
    return Streets(
        points=points,
        edges=edges,
        lengths=lengths,
        in_town=(town_of[edges[:, 0]] >= 0) & (town_of[edges[:, 1]] >= 0),
        arterial=arterial,
        country=np.flatnonzero(town_of < 0),
        town_nodes=town_nodes,
        links=links,
        paths=paths,
    )


def _junctions(nodes: int, towns: int, random: Generator) -> tuple[Floats, Ints, Floats]:
    """Place the junctions: a jittered grid with holes, fine in the towns, coarse between them."""
    in_towns = round(nodes * _TOWN_SHARE)
    side = _COUNTRY_SPACING_M * float(np.sqrt((nodes - in_towns) / (1 - _HOLES)))
    centres = _spread(towns, side, random)
    weights = 0.4 + random.random(towns)
    sizes = np.maximum(4, np.round(in_towns * weights / weights.sum())).astype(np.int64)
    groups, owner = [], []
    for town, size in enumerate(sizes.tolist()):
        group = _disc(size, centres[town], random)
        groups.append(group)
        owner.append(np.full(len(group), town, dtype=np.int64))
    radii = np.array([np.max(np.hypot(*(g - c).T)) for g, c in zip(groups, centres, strict=True)])
    country = _grid(side, _COUNTRY_SPACING_M, random)
    distance, nearest = cKDTree(centres).query(country)
    country = country[distance > radii[nearest] + _COUNTRY_SPACING_M / 3]
    wanted = max(nodes - int(sizes.sum()), 1)
    country = country[np.sort(np.argsort(random.random(len(country)), kind="stable")[:wanted])]
    owner.append(np.full(len(country), -1, dtype=np.int64))
    return np.concatenate([*groups, country]), np.concatenate(owner), centres


def _spread(count: int, side: float, random: Generator) -> Floats:
    """Place towns apart from each other: of several throws, the one farthest from those that stand."""
    placed = np.array([[0.5, 0.5]]) * side
    while len(placed) < count:
        throws = (0.08 + 0.84 * random.random((12, 2))) * side
        distance = np.hypot(*(throws[:, None, :] - placed[None, :, :]).transpose(2, 0, 1)).min(axis=1)
        placed = np.vstack([placed, throws[int(np.argmax(distance))]])
    return placed[:count]


def _grid(side: float, spacing: float, random: Generator) -> Floats:
    count = max(2, int(np.ceil(side / spacing)) + 1)
    rows, columns = np.divmod(np.arange(count * count), count)
    jitter = (random.random((count * count, 2)) - 0.5) * 2 * _JITTER
    return np.asarray((np.column_stack([columns, rows]) + jitter) * spacing, dtype=np.float64)


def _disc(size: int, centre: Floats, random: Generator) -> Floats:
    """Take the grid points nearest to a town's centre, less some holes."""
    side = _TOWN_SPACING_M * float(np.sqrt(size / (1 - _HOLES)) * 1.3 + 3)
    grid = _grid(side, _TOWN_SPACING_M, random) - side / 2
    grid = grid[random.random(len(grid)) >= _HOLES]
    order = np.argsort(np.hypot(grid[:, 0], grid[:, 1]), kind="stable")[:size]
    return np.asarray(grid[np.sort(order)] + centre, dtype=np.float64)


def _gabriel(points: Floats) -> tuple[Ints, Floats]:
    triangles = Delaunay(points).simplices
    pairs = np.sort(
        np.concatenate([triangles[:, [0, 1]], triangles[:, [1, 2]], triangles[:, [0, 2]]]), axis=1
    )
    edges = np.unique(pairs, axis=0).astype(np.int64)
    a, b = points[edges[:, 0]], points[edges[:, 1]]
    lengths = np.hypot(*(b - a).T)
    nearest, _ = cKDTree(points).query((a + b) / 2)
    keep = nearest >= lengths / 2 * (1 - 1e-9)
    return edges[keep], lengths[keep]


def _matrix(edges: Ints, lengths: Floats, nodes: int) -> coo_array:
    ends = edges.astype(np.int32)  # as the graph routines of scipy before 1.15 need them
    return coo_array((lengths, (ends[:, 0], ends[:, 1])), shape=(nodes, nodes))


def _spanning(edges: Ints, lengths: Floats, nodes: int) -> Flags:
    """Mark the edges of a minimum spanning tree."""
    tree = minimum_spanning_tree(_matrix(edges, lengths, nodes).tocsr()).tocoo()
    keys = np.minimum(tree.row, tree.col).astype(np.int64) * nodes + np.maximum(tree.row, tree.col)
    return np.isin(edges[:, 0] * nodes + edges[:, 1], keys)


def _town_links(centres: Floats) -> tuple[tuple[int, int], ...]:
    """Pair each town with its nearest, and all by a spanning tree."""
    distance = np.hypot(*(centres[:, None, :] - centres[None, :, :]).transpose(2, 0, 1))
    tree = minimum_spanning_tree(distance).tocoo()
    pairs = {(min(i, j), max(i, j)) for i, j in zip(tree.row.tolist(), tree.col.tolist(), strict=True)}
    for town, row in enumerate(distance):
        near = np.argsort(row, kind="stable")[1:3].tolist()
        pairs.update((min(town, other), max(town, other)) for other in near)
    return tuple(sorted(pairs))


def _arterials(
    edges: Ints, lengths: Floats, town_nodes: Ints, links: tuple[tuple[int, int], ...], nodes: int
) -> tuple[tuple[tuple[int, ...], ...], Flags]:
    """Find the shortest way along the streets for each town pair."""
    matrix = _matrix(edges, lengths, nodes).tocsr()
    _, before = dijkstra(matrix, directed=False, indices=town_nodes, return_predecessors=True)
    paths = []
    for start, end in links:
        path = [int(town_nodes[end])]
        while path[-1] != town_nodes[start]:
            path.append(int(before[start, path[-1]]))
        paths.append(tuple(reversed(path)))
    steps = np.concatenate(
        [np.column_stack([path[:-1], path[1:]]) for path in map(np.array, paths) if len(path) > 1]
    )
    steps = np.sort(steps, axis=1)
    arterial = np.isin(edges[:, 0] * nodes + edges[:, 1], steps[:, 0] * nodes + steps[:, 1])
    return tuple(paths), arterial
