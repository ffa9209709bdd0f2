"""A second route for parks that may never go dark, given the routes that are already chosen.

The simple form: the routes of the tree stay, and each tier-1 park gets, one after the other, the cheapest way that
shares no edge with its first route and ends at another backbone node; what is already built costs nothing more.
Where there is no such way, the requirement is relaxed in this order: the same backbone node, then edges of the
first route. Choosing first and second routes together is left to a later solver; the result says "given the tree".
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from fiberplan.solvers.arrays import FORBIDDEN, build_graph
from fiberplan.solvers.shortest_paths import search

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable

    from fiberplan.graph import CandidateGraph


@dataclass(frozen=True, slots=True)
class SecondPath:
    """A second way from a park.

    Attributes
    ----------
    edges
        From the park to the backbone node.
    backbone_node
        Where it ends, as a node of the graph.
    shared
        Edges that it shares with the first route: each is a single point of failure.
    """

    edges: tuple[int, ...]
    backbone_node: int
    shared: tuple[int, ...]


class SecondPathFinder:
    """Finds second paths in a candidate graph.

    Parameters
    ----------
    graph
        Whose edges and prices count.
    built
        Edges that are there already, at no further cost.
    """

    def __init__(self, graph: CandidateGraph, built: Iterable[int]) -> None:
        self._graph = graph
        self._arrays = build_graph(
            graph.node_count, graph.tail, graph.head, graph.cost, np.empty(0, dtype=np.int32)
        )
        self._cost = graph.cost.copy()
        self.build(built)

    def build(self, edges: Iterable[int]) -> None:
        """Count edges as built from now on."""
        self._cost[list(edges)] = 0

    def find(self, park_node: int, first: Collection[int], first_backbone: int) -> SecondPath:
        """Find the best second path of a park.

        Parameters
        ----------
        park_node
            Where it starts.
        first
            Edges of its first route.
        first_backbone
            Node where that one ends.
        """
        every = np.array(sorted(self._graph.backbone_nodes.values()), dtype=np.int32)
        others = every[every != first_backbone]
        used = list(first)
        disjoint = self._cost.copy()
        disjoint[used] = FORBIDDEN
        for targets in (others, every):
            path = self._path(park_node, targets, disjoint)
            if path is not None:
                return SecondPath(*path, shared=())
        # Every way shares something with the first: share as little as possible, by number of edges, then by price.
        count = np.zeros_like(self._cost)
        count[used] = 1
        for targets in (others, every):
            fewest = self._path(park_node, targets, count)
            if fewest is None:
                continue
            dear = self._cost.copy()
            dear[used] += int(self._cost[list(fewest[0])].sum()) + 1
            path = self._path(park_node, targets, dear)
            assert path is not None  # the same edges lead there
            return SecondPath(*path, shared=tuple(edge for edge in path[0] if edge in set(first)))
        raise AssertionError("a park of the tree always reaches the end of its own first route")

    def _path(
        self,
        source: int,
        targets: np.typing.NDArray[np.int32],
        cost: np.typing.NDArray[np.int64],
    ) -> tuple[tuple[int, ...], int] | None:
        if not targets.size:
            return None
        distance, entry, _ = search(
            self._arrays.start,
            self._arrays.arcs,
            self._arrays.neighbour,
            np.repeat(cost, 2),
            0,
            np.array([source], dtype=np.int32),
            int(FORBIDDEN) - 1,
        )
        end = int(targets[np.argmin(distance[targets])])
        if distance[end] >= FORBIDDEN:
            return None
        edges: list[int] = []
        node = end
        while node != source:
            arc = int(entry[node])
            edges.append(arc >> 1)
            node = int(self._arrays.head[arc >> 1] if arc & 1 else self._arrays.tail[arc >> 1])
        return tuple(reversed(edges)), end
