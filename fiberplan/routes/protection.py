"""A second route for parks that allow no outage, given the edges that are already chosen.

Every tier-1 park gets, one after the other, a second way in addition to the one along the tree. Of all ways it is
the one that shares the fewest edges with the first; then one that ends at another backbone node; then the one that
adds the least cost, edges that are already built adding none; then the shortest.

A first way can be a trap: no second way is disjoint from it, though two others are disjoint (Suurballe 1974,
*Disjoint paths in a network*; Bhandari 1999, *Survivable Networks*). Their method is used: the second way is searched
in the residual network, where it may run against the first; such edges are removed from both, and the ends of the two
are exchanged. One rule is added, because objective and proof are those of the tree: an edge of the tree is removed
only where the route of another park uses it. So the tree stays as it is, and every edge of it is used. Where this
rule forbids the exchange, the shared edge is reported as avoidable with another tree.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, TypeAlias

import numpy as np

from fiberplan.solvers.kernels.shortest_paths import dijkstra
from fiberplan.solvers.problem.steiner import FORBIDDEN, build_graph

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Mapping, Sequence

    from fiberplan.graph import CandidateGraph
    from fiberplan.solvers.problem.steiner import IntArray

Way: TypeAlias = tuple[tuple[int, ...], int]
"""Edges from a park, and the backbone node (of the graph) where they end."""


@dataclass(frozen=True, slots=True)
class Protection:
    """Both ways of a park.

    Attributes
    ----------
    first
        The one along the tree, unless that was a trap.
    second
        The other.
    shared
        Edges of both: each is a single point of failure.
    avoidable
        Those of ``shared`` that no way would have to share if the tree were another; the rest are bridges of the
        graph.
    """

    first: Way
    second: Way
    shared: tuple[int, ...]
    avoidable: tuple[int, ...] = ()

    @property
    def weakness(self) -> tuple[int, bool]:
        """How weak the protection is: number of shared edges, then whether the backbone node is shared."""
        return len(self.shared), self.first[1] == self.second[1]


def protect(
    graph: CandidateGraph, tree: Collection[int], ways: Mapping[str, Way], critical: Sequence[str]
) -> dict[str, Protection]:
    """Find second ways, and exchange first ways that are traps.

    Parameters
    ----------
    graph
        Brings edges, costs (minor units) and lengths (mm).
    tree
        Edges that are built in any case, each on one of the ways.
    ways
        Of every park, along the tree.
    critical
        Parks that need a second way, in the order in which they get it.

    Returns
    -------
    dict
        By critical park. Every edge of the tree is still on some way of some park.
    """
    finder = SecondPathFinder(graph)
    pairs: dict[str, Protection] = {}
    built = set(tree)
    for park in critical:
        pairs[park] = finder.beside(graph.park_nodes[park], ways[park], built)
        built.update(pairs[park].second[0])
    uses = Counter(edge for edges, _ in ways.values() for edge in edges)
    for pair in pairs.values():
        uses.update(pair.second[0])
    while _exchange_one(graph, set(tree), ways, pairs, finder, uses):
        pass
    for park, pair in pairs.items():
        if pair.shared:
            bridges = finder.bridges(graph.park_nodes[park], ways[park])
            avoidable = tuple(edge for edge in pair.shared if edge not in bridges)
            pairs[park] = replace(pair, avoidable=avoidable)
    return pairs


def _exchange_one(  # noqa: PLR0913, PLR0917 - all of what `protect` has computed so far
    graph: CandidateGraph,
    tree: set[int],
    ways: Mapping[str, Way],
    pairs: dict[str, Protection],
    finder: SecondPathFinder,
    uses: Counter[int],
) -> bool:
    """Exchange both ways of the next park that gains by it, and return whether there was one.

    One exchange can free edges for another. Each reduces a weakness, so the loop ends.
    """
    for park, old in pairs.items():
        if old.weakness == (0, False) or not ways[park][0]:
            continue
        own = Counter((*old.first[0], *old.second[0]))
        others = {edge for edge, count in uses.items() if count > own[edge]}
        pair = finder.exchanged(graph.park_nodes[park], ways[park], others | tree, others)
        if pair.weakness < old.weakness and tree <= others.union(pair.first[0], pair.second[0]):
            pairs[park] = pair
            uses.subtract(own)
            uses.update((*pair.first[0], *pair.second[0]))
            return True
    return False


class SecondPathFinder:
    """Finds second ways in a candidate graph.

    Parameters
    ----------
    graph
        Brings edges, costs (minor units) and lengths (mm).
    """

    def __init__(self, graph: CandidateGraph) -> None:
        self._arrays = build_graph(
            graph.node_count, graph.tail, graph.head, graph.cost, np.empty(0, dtype=np.int32)
        )
        self._leaves, self._enters = self._arrays.arc_tail, self._arrays.arc_head
        # One more, so that of two backbone nodes the nearer is taken though no length lies between them.
        self._length = np.repeat(graph.length_mm, 2) + 1
        self._ends = sorted(set(graph.backbone_nodes.values()))

    def beside(self, park_node: int, first: Way, built: Iterable[int]) -> Protection:
        """Find the best second way beside a first that stays as it is.

        Parameters
        ----------
        park_node
            Where both start.
        first
            The first way.
        built
            Edges that cost nothing more.
        """
        along = self._along(park_node, first[0])
        shared = np.zeros(self._leaves.size, dtype=np.int64)
        shared[along] = shared[along ^ 1] = 1
        arcs = self._best(park_node, first[1], [shared, self._price(built), self._length])
        return self._pair(park_node, first[0], [arc >> 1 for arc in arcs])

    def exchanged(
        self, park_node: int, first: Way, built: Iterable[int], released: Collection[int]
    ) -> Protection:
        """Find the best two ways that together still use every edge of a first, except the released ones.

        Parameters
        ----------
        park_node
            Where both start.
        first
            The way that they replace, built.
        built
            Edges that cost nothing more.
        released
            Edges of the first that neither has to use.
        """
        along = self._along(park_node, first[0])
        undone = np.array([arc ^ 1 for arc in along.tolist() if arc >> 1 in released], dtype=np.int64)
        shared = np.zeros(self._leaves.size, dtype=np.int64)
        shared[along] = 1
        shared[along ^ 1] = FORBIDDEN
        shared[undone] = 0
        length = self._length.copy()
        length[undone] = 0  # exactly it would be negative, but only ties depend on it
        arcs = self._best(park_node, first[1], [shared, self._price(built), length])
        one, two = self._exchange(along.tolist(), arcs)
        price = self._price(built)

        def rank(edges: Sequence[int]) -> tuple[int, int]:
            arcs = 2 * np.array(edges, dtype=np.int64)
            return int(price[arcs].sum()), int(self._length[arcs].sum())

        return self._pair(park_node, *sorted((one, two), key=rank))

    def bridges(self, park_node: int, first: Way) -> set[int]:
        """Find the edges of the graph without which a park reaches no backbone node.

        Parameters
        ----------
        park_node
            The park.
        first
            Any way from it to a backbone node.
        """
        along = self._along(park_node, first[0])
        shared = np.zeros(self._leaves.size, dtype=np.int64)
        shared[along] = 1
        arcs = self._best(park_node, first[1], [shared])
        return {arc >> 1 for arc in set(along.tolist()).intersection(arcs)}

    def _price(self, built: Iterable[int]) -> IntArray:
        cost = self._arrays.cost.copy()
        cost[list(built)] = 0
        return np.repeat(cost, 2)

    def _along(self, node: int, edges: Iterable[int]) -> IntArray:
        """Turn the edges of a way into arcs, from its start."""
        arcs = []
        for edge in edges:
            arcs.append(2 * edge + int(self._arrays.tail[edge] != node))
            node = int(self._enters[arcs[-1]])
        return np.array(arcs, dtype=np.int64)

    def _best(self, source: int, first_end: int, levels: Sequence[IntArray]) -> list[int]:
        """Find the arcs to the best backbone node: of the least first level, another than the first, the others.

        Each level is a search of its own, over the arcs that lie on a best way by all levels before it. So no sum
        of unlike quantities is ever formed, and none can overflow.
        """
        allowed = np.ones(self._leaves.size, dtype=np.bool_)
        distances = []
        for level in levels:
            cost = np.where(allowed, level, FORBIDDEN)
            distance, entry, _ = dijkstra(
                self._arrays.start,
                self._arrays.arcs,
                self._arrays.neighbour,
                cost,
                0,
                np.array([source], dtype=np.int32),
                int(FORBIDDEN) - 1,
            )
            distances.append(distance)
            allowed = (cost < FORBIDDEN) & (distance[self._enters] - distance[self._leaves] == cost)
        end = min(
            self._ends,
            key=lambda node: (
                int(distances[0][node]),
                node == first_end,
                *(int(distance[node]) for distance in distances[1:]),
            ),
        )
        arcs: list[int] = []
        while end != source:
            arcs.append(int(entry[end]))
            end = int(self._leaves[arcs[-1]])
        return arcs[::-1]

    @staticmethod
    def _exchange(one: Sequence[int], two: Sequence[int]) -> tuple[list[int], list[int]]:
        """Undo the arcs that two ways run against each other, and continue along the other way from there.

        Returns the edges of both.
        """
        gone = {arc for arc in one if arc ^ 1 in set(two)}
        gone |= {arc ^ 1 for arc in gone}
        place = [{arc: at for at, arc in enumerate(way)} for way in (one, two)]
        ways = []
        for start in (0, 1):
            edges: list[int] = []
            side, at = start, 0
            while at < len((one, two)[side]):
                arc = (one, two)[side][at]
                if arc in gone:
                    side = 1 - side
                    at = place[side][arc ^ 1] + 1
                else:
                    edges.append(arc >> 1)
                    at += 1
            ways.append(edges)
        return ways[0], ways[1]

    def _pair(self, park_node: int, one: Sequence[int], two: Sequence[int]) -> Protection:
        first, second = self._way(park_node, one), self._way(park_node, two)
        both = set(first[0])
        return Protection(first, second, shared=tuple(edge for edge in second[0] if edge in both))

    def _way(self, park_node: int, edges: Sequence[int]) -> Way:
        """Cut the loops out of a way: it passes no node twice."""
        nodes = [park_node]
        kept: list[int] = []
        for arc in self._along(park_node, edges).tolist():
            node = int(self._enters[arc])
            kept.append(arc >> 1)
            if node in nodes:
                del kept[nodes.index(node) :]
                del nodes[nodes.index(node) + 1 :]
            else:
                nodes.append(node)
        return tuple(kept), nodes[-1]
