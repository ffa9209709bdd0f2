"""Edges and nodes that the extended tests show to be in no best tree, or only passed through.

A node at which no best tree branches can be replaced by edges between its neighbours (Duin and Volgenant 1989), only those that
the tests leave possible.
"""

from __future__ import annotations

from itertools import combinations
from typing import TYPE_CHECKING

import numpy as np

from fiberplan.solvers.kernels.threads import THREADS, share
from fiberplan.solvers.reductions.extended import refute_stars
from fiberplan.solvers.reductions.fixing import reduced_distances
from fiberplan.solvers.reductions.node_tests import MOST_NEIGHBOURS, Findings
from fiberplan.solvers.reductions.special_distance import implied_profits, no_profits, special_distance_tables
from fiberplan.solvers.reductions.tested_graph import Distances, Duals, TestedGraph, close_nodes

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from fiberplan.solvers.problem.steiner import BoolArray, Graph, IntArray, NodeArray
    from fiberplan.solvers.reductions.fixing import Certificate
    from fiberplan.solvers.reductions.special_distance import Profits

CLOSE = 32
"""Nodes whose distance is known exactly, per node."""
SHARED = 300
"""From so many stars on, they are shared out among threads."""
CHUNK = 2000
"""Edges or nodes between two looks at the clock."""
LARGEST_BUDGET = 2**56
"""Reduced costs are cut off here; a few dozen of them sum up without overflow."""


class _Tester:
    """The extended tests on one graph, in pieces, so that time is kept."""

    def __init__(
        self, graph: TestedGraph, duals: Duals, depth: int, effort: int, stop: Callable[[], bool]
    ) -> None:
        self.graph = graph
        self._duals = duals
        self._depth = depth
        self._effort = effort
        self._stop = stop

    def __call__(
        self, rays: NodeArray, pointer: IntArray, group: IntArray, *, kill: bool = False
    ) -> BoolArray:
        """Find out which stars are in no best tree; those that time did not suffice for are not."""
        halves = THREADS if group.size >= SHARED else 1
        middle = group[np.arange(1, halves) * group.size // halves]
        bounds = [0, *np.searchsorted(group, middle).tolist(), group.size]  # a group stays together
        graphs = [self.graph._replace(dead=self.graph.dead.copy()) for _ in range(halves)]

        def refute(part: tuple[TestedGraph, int, int]) -> BoolArray:
            graph, begin, end = part
            refuted = np.zeros(end - begin, np.bool_)
            for first in range(begin, end, CHUNK):
                if self._stop():
                    break
                last = min(first + CHUNK, end)
                refuted[first - begin : last - begin] = refute_stars(
                    graph,
                    self._duals,
                    rays,
                    pointer[first : last + 1],
                    group[first:last],
                    self._depth,
                    self._effort,
                    kill,
                )
            return refuted

        refuted = share(refute, list(zip(graphs, bounds[:-1], bounds[1:], strict=True)))
        for graph in graphs:
            np.logical_or(self.graph.dead, graph.dead, out=self.graph.dead)
        return np.concatenate(refuted)


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


def _tested_graph(graph: Graph, dead: BoolArray) -> TestedGraph:
    return TestedGraph(
        graph.start,
        graph.arcs,
        graph.neighbour,
        graph.cost,
        graph.is_terminal,
        graph.arc_tail,
        dead,
        *share(lambda profits: _distances(graph, profits), (no_profits(graph), implied_profits(graph))),
    )


def _distances(graph: Graph, profits: Profits) -> Distances:
    return Distances(
        *close_nodes(graph.start, graph.arcs, graph.neighbour, graph.cost, profits, CLOSE),
        special_distance_tables(graph, profits),
    )


def _stack(graph: Graph, bounds: Sequence[Certificate]) -> Duals:
    """Put bounds and reduced distances side by side, cut off just above what a tree of interest may cost."""
    fit = [bound for bound in bounds if 0 <= bound.budget <= LARGEST_BUDGET]
    slack = np.zeros((len(fit), 2 * graph.edge_count), np.int64)
    from_root = np.zeros((len(fit), graph.node_count), np.int64)
    to_terminal = from_root.copy()
    for d, bound in enumerate(fit):
        slack[d] = np.minimum(bound.slack, bound.budget + 1)
        near, far = reduced_distances(graph, bound.root, bound.slack, bound.budget)
        from_root[d] = np.minimum(near, bound.budget + 1)
        to_terminal[d] = np.minimum(far, bound.budget + 1)
    return Duals(slack, from_root, to_terminal, np.array([bound.budget for bound in fit], np.int64))


def eliminate(  # noqa: PLR0913 - the graph, what is known of it, and how far to look
    graph: Graph,
    bounds: Sequence[Certificate],
    *,
    dead: BoolArray,
    depth: int,
    effort: int,
    stop: Callable[[], bool] = lambda: False,
) -> Findings:
    """Find edges and branchings that the extended tests refute.

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
        Called from time to time; true ends the search for more.

    Returns
    -------
    Findings
        What holds for all best trees, among those of interest.
    """
    test = _Tester(_tested_graph(graph, dead.copy()), _stack(graph, bounds), depth, effort, stop)
    edges = np.arange(graph.edge_count)
    test((2 * edges).astype(np.int32), np.arange(graph.edge_count + 1), edges, kill=True)
    dead = test.graph.dead
    slot = _slots(graph, dead)
    rays, pointer, centre = _stars(graph, dead, 3, MOST_NEIGHBOURS)
    possible = np.zeros(graph.node_count, np.bool_)
    possible[centre[~test(rays, pointer, centre)]] = True
    passed = np.zeros(graph.node_count, np.bool_)
    passed[centre] = True
    passed &= ~possible
    rays, _, centre = _stars(graph, dead | ~(passed[graph.tail] | passed[graph.head]), 2, 2)
    rays, centre = rays.reshape(-1, 2)[passed[centre]], centre[passed[centre]]
    gone = test(rays.ravel(), 2 * np.arange(centre.size + 1), np.arange(centre.size))
    slots = np.sort(slot[rays[gone]], axis=1)
    refuted = np.zeros(graph.node_count, np.int64)
    np.bitwise_or.at(refuted, centre[gone], 1 << (MOST_NEIGHBOURS * slots[:, 0] + slots[:, 1]))
    return Findings(dead, passed, refuted, slot)


def _slots(graph: Graph, dead: BoolArray) -> IntArray:
    """Count the live arcs that leave each node, and give each its number."""
    live = ~dead[graph.arcs >> 1]
    before = np.cumsum(live) - live
    slot = np.zeros(graph.arcs.size, np.int64)
    slot[graph.arcs] = before - np.repeat(
        before[graph.start[:-1].clip(max=max(before.size - 1, 0))], np.diff(graph.start)
    )
    return slot
