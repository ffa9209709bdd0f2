"""Edges and nodes that the extended tests show to be in no best tree, or only passed through, taken out of a graph.

A node at which no best tree branches is replaced by edges between its neighbours (Duin and Volgenant 1989), only those that
the tests leave possible.
"""

from __future__ import annotations

from itertools import combinations
from typing import TYPE_CHECKING

import numpy as np

from fiberplan.solvers.arrays import MAX_TOTAL_COST, build_graph, exact_sum
from fiberplan.solvers.extended import Duals, Terrain, close_nodes, refute_stars
from fiberplan.solvers.fixing import reduced_distances
from fiberplan.solvers.reductions import Reduction
from fiberplan.solvers.special_distance import special_distance_tables

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from fiberplan.solvers.arrays import BoolArray, Graph, IntArray, NodeArray
    from fiberplan.solvers.fixing import Certificate

CLOSE = 48
"""Nodes whose distance is known exactly, per node."""
MOST_NEIGHBOURS = 5
"""Greatest degree of a node to be replaced."""
CHUNK = 2000
"""Edges or nodes between two looks at the clock."""
LARGEST_BUDGET = 2**56
"""Reduced costs are cut off here; a few dozen of them sum up without overflow."""


class _Tester:
    """The extended tests on one graph, in pieces, so that time is kept."""

    def __init__(
        self, land: Terrain, duals: Duals, depth: int, effort: int, stop: Callable[[], bool]
    ) -> None:
        self.land = land
        self._duals = duals
        self._depth = depth
        self._effort = effort
        self._stop = stop

    def __call__(
        self, rays: NodeArray, pointer: IntArray, group: IntArray, *, kill: bool = False
    ) -> BoolArray:
        """Find out which stars are in no best tree; those that time did not suffice for are not."""
        found = np.zeros(group.size, np.bool_)
        for first in range(0, group.size, CHUNK):
            if self._stop():
                break
            last = min(first + CHUNK, group.size)
            found[first:last] = refute_stars(
                self.land,
                self._duals,
                rays,
                pointer[first : last + 1],
                group[first:last],
                self._depth,
                self._effort,
                kill,
            )
        return found


def _live_degree(graph: Graph, dead: BoolArray) -> IntArray:
    """Count the live edges at each node."""
    ends = np.concatenate((graph.tail[~dead], graph.head[~dead]))
    return np.bincount(ends, minlength=graph.node_count)


def _far_apart(graph: Graph, wanted: BoolArray, rank: IntArray) -> BoolArray:
    """Choose nodes no two of which are neighbours, those of least rank first (Luby 1986)."""
    chosen = np.zeros_like(wanted)
    wanted = wanted.copy()
    while wanted.any():
        rivals = wanted[graph.tail] & wanted[graph.head]
        later = np.where(rank[graph.tail] < rank[graph.head], graph.head, graph.tail)
        winners = wanted.copy()
        winners[later[rivals]] = False
        chosen |= winners
        wanted &= ~winners
        wanted[graph.head[winners[graph.tail]]] = False
        wanted[graph.tail[winners[graph.head]]] = False
    return chosen


def _stars(graph: Graph, dead: BoolArray, least: int, most: int) -> tuple[NodeArray, IntArray, IntArray]:
    """List sets of live arcs that leave the same node, no terminal of degree 3 or more, as rays, pointers and nodes.

    The sets have between ``least`` and ``most`` arcs.
    """
    live = ~dead[graph.arcs >> 1]
    before = np.concatenate(([0], np.cumsum(live)))
    degree = before[graph.start[1:]] - before[graph.start[:-1]]
    arcs = graph.arcs[live]
    rays, sizes, centres = [], [], []
    for width in range(3, MOST_NEIGHBOURS + 1):
        nodes = np.flatnonzero((degree == width) & ~graph.is_terminal)
        table = arcs[before[graph.start[nodes]][:, None] + np.arange(width)]
        for size in range(least, min(most, width) + 1):
            for chosen in combinations(range(width), size):
                rays.append(table[:, chosen].ravel())
                sizes.append(np.full(nodes.size, size))
                centres.append(nodes)
    pointer = np.concatenate(([0], np.cumsum(np.concatenate(sizes))))
    centre = np.concatenate(centres)
    order = np.argsort(centre, kind="stable")
    length = np.diff(pointer)[order]
    begin = np.cumsum(length) - length
    places = np.repeat(pointer[order] - begin, length) + np.arange(pointer[-1])
    return np.concatenate(rays)[places].astype(np.int32), np.append(begin, pointer[-1]), centre[order]


def _terrain(graph: Graph, dead: BoolArray) -> Terrain:
    return Terrain(
        graph.start,
        graph.arcs,
        graph.neighbour,
        graph.cost,
        graph.is_terminal,
        graph.arc_tail,
        dead,
        *close_nodes(graph.start, graph.arcs, graph.neighbour, graph.cost, CLOSE),
        *special_distance_tables(graph),
    )


def _stack(graph: Graph, bounds: Sequence[Certificate]) -> Duals:
    """Put bounds and reduced distances side by side, cut off just above what a tree of interest may cost."""
    fit = [one for one in bounds if 0 <= one.budget <= LARGEST_BUDGET]
    slack = np.zeros((len(fit), 2 * graph.edge_count), np.int64)
    from_root = np.zeros((len(fit), graph.node_count), np.int64)
    to_terminal = from_root.copy()
    for d, one in enumerate(fit):
        slack[d] = np.minimum(one.slack, one.budget + 1)
        near, far = reduced_distances(graph, one.root, one.slack, one.budget)
        from_root[d] = np.minimum(near, one.budget + 1)
        to_terminal[d] = np.minimum(far, one.budget + 1)
    return Duals(slack, from_root, to_terminal, np.array([one.budget for one in fit], np.int64))


def eliminate(  # noqa: PLR0913 - what there is to know
    graph: Graph,
    bounds: Sequence[Certificate],
    *,
    dead: BoolArray,
    depth: int,
    effort: int,
    stop: Callable[[], bool] = lambda: False,
) -> Reduction:
    """Take out edges and nodes that the extended tests refute.

    Parameters
    ----------
    graph
        A graph that connects its terminals, without loops and parallels.
    bounds
        Bounds with their reduced costs.
    dead
        Edges already known to be in no tree of interest, bool[m].
    depth
        How often the leaves of a small tree may be extended.
    effort
        Small trees to look at per edge or node.
    stop
        Asked from time to time; true ends the search for more.

    Returns
    -------
    Reduction
        A graph with the same best trees, among those of interest.
    """
    test = _Tester(_terrain(graph, dead.copy()), _stack(graph, bounds), depth, effort, stop)
    edges = np.arange(graph.edge_count)
    test((2 * edges).astype(np.int32), np.arange(graph.edge_count + 1), edges, kill=True)
    dead = test.land.dead
    rays, pointer, centre = _stars(graph, dead, 3, MOST_NEIGHBOURS)
    possible = np.zeros(graph.node_count, np.bool_)
    possible[centre[~test(rays, pointer, centre)]] = True
    passed = np.zeros(graph.node_count, np.bool_)
    passed[centre] = True
    passed &= ~possible
    rays, pointer, centre = _stars(graph, dead | ~(passed[graph.tail] | passed[graph.head]), 2, 2)
    rays, centre = rays.reshape(-1, 2)[passed[centre]], centre[passed[centre]]
    possible_pairs = ~test(rays.ravel(), 2 * np.arange(centre.size + 1), np.arange(centre.size))
    rays, centre = rays[possible_pairs], centre[possible_pairs]
    more = np.bincount(centre, minlength=graph.node_count) - _live_degree(graph, dead)
    rank = np.lexsort((np.random.default_rng(0).permutation(graph.node_count), more)).argsort()
    replaced = _far_apart(graph, passed & (more <= 0), rank)
    return _without(graph, dead, replaced, rays[replaced[centre]].astype(np.int64))


def _without(graph: Graph, dead: BoolArray, replaced: BoolArray, pairs: IntArray) -> Reduction:
    """Build the graph without dead edges and replaced nodes, the pairs of arcs at the latter merged."""
    merged = graph.cost[pairs >> 1].sum(axis=1)
    alive = ~dead & ~replaced[graph.tail] & ~replaced[graph.head]
    if exact_sum(graph.cost[alive]) + exact_sum(merged) > MAX_TOTAL_COST:
        alive, merged, pairs = ~dead, merged[:0], pairs[:0]
    kept = np.flatnonzero(alive)
    ends = graph.arc_tail
    smaller = build_graph(
        graph.node_count,
        np.concatenate((graph.tail[kept], ends[pairs[:, 0] ^ 1])),
        np.concatenate((graph.head[kept], ends[pairs[:, 1] ^ 1])),
        np.concatenate((graph.cost[kept], merged)),
        graph.terminals,
    )
    nothing = np.full(graph.edge_count, -1, np.int64)
    return Reduction(
        smaller,
        0,
        np.concatenate((kept, graph.edge_count + np.arange(merged.size))),
        np.concatenate((nothing, pairs[:, 0] >> 1)),
        np.concatenate((nothing, pairs[:, 1] >> 1)),
        np.empty(0, np.int64),
    )
