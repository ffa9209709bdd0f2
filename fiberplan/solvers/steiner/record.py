"""What is known during a search for a tree: the best one, a bound, a pool of trees, log and clock."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from fiberplan.solvers.problem.steiner import build_graph
from fiberplan.solvers.run.journal import Journal
from fiberplan.solvers.trees.growing import clean_tree

if TYPE_CHECKING:
    from collections.abc import Callable

    from fiberplan.solvers.problem.steiner import IntArray, SteinerInstance
    from fiberplan.solvers.run.journal import Work
    from fiberplan.solvers.run.report import LogEntry


class Record(Journal):
    """Keeps the best tree and the best bound of an instance.

    Parameters
    ----------
    instance
        The problem.
    time_limit_s, progress, cutoff, work
        As in `Journal`.

    Attributes
    ----------
    pool
        Trees seen: their cost and edges, by the bytes of the latter.
    """

    def __init__(
        self,
        instance: SteinerInstance,
        time_limit_s: float,
        progress: Callable[[LogEntry], None] | None = None,
        *,
        cutoff: int | None = None,
        work: Work | None = None,
    ) -> None:
        super().__init__(time_limit_s, progress, cutoff=cutoff, work=work)
        self.pool: dict[bytes, tuple[int, IntArray]] = {}
        self._instance = instance

    @property
    def edges(self) -> IntArray:
        """Edges of the best tree."""
        return self.chosen

    def offer(self, edges: IntArray, stage: str) -> None:
        """Take edges that connect all terminals into the pool, as a tree, and as incumbent if it is the cheapest.

        Parameters
        ----------
        edges
            Edges of the instance; free ends and cycles are removed.
        stage
            Stage that found it.
        """
        edges = self._pruned(edges)
        cost = int(self._instance.cost[edges].sum())
        self.pool[edges.tobytes()] = (cost, edges)
        self.take(cost, edges, stage)

    def _pruned(self, edges: IntArray) -> IntArray:
        instance = self._instance
        if edges.size == 0:
            return edges
        union = build_graph(
            instance.node_count,
            instance.tail[edges],
            instance.head[edges],
            instance.cost[edges],
            instance.terminals,
        )
        tree = edges[clean_tree(union, np.ones(instance.node_count, np.bool_))]
        nodes = np.unique((instance.tail[tree], instance.head[tree]))
        if nodes.size != tree.size + 1 or not np.isin(instance.terminals, nodes).all():
            raise AssertionError("the edges do not connect the terminals")
        return tree

    def best_of_pool(self, count: int) -> list[IntArray]:
        """Forget all trees but the cheapest few, and return these.

        Parameters
        ----------
        count
            How many to keep.
        """
        best = sorted(self.pool.values(), key=lambda item: (item[0], item[1].tobytes()))[:count]
        self.pool = {edges.tobytes(): (cost, edges) for cost, edges in best}
        return [edges for _, edges in best]
