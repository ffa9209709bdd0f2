"""What is known during a search: best tree, bound, pool of trees, log and clock."""

from __future__ import annotations

import logging
import time
from typing import TYPE_CHECKING

import numpy as np

from fiberplan.solvers.arrays import build_graph
from fiberplan.solvers.heuristics import clean_tree
from fiberplan.solvers.report import LogEntry, SolveReport, Status

if TYPE_CHECKING:
    from collections.abc import Callable

    from fiberplan.solvers.arrays import IntArray, SteinerInstance

log = logging.getLogger(__name__)


class Record:
    """Keeps the best tree and the best bound of an instance.

    Parameters
    ----------
    instance
        The problem.
    time_limit_s
        Wall clock allowed.
    progress
        Called whenever bound or incumbent improve.
    cutoff
        Only trees cheaper than this are of interest; it stands for the incumbent until there is one.

    Attributes
    ----------
    edges
        Edges of the best tree.
    incumbent
        Its cost, ``None`` before there is one.
    bound
        No tree costs less.
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
    ) -> None:
        self.edges: IntArray = np.empty(0, np.int64)
        self.incumbent = cutoff
        self.bound = 0
        self.pool: dict[bytes, tuple[int, IntArray]] = {}
        self._instance = instance
        self._time_limit_s = time_limit_s
        self._progress = progress
        self._begin = time.perf_counter()
        self._log: list[LogEntry] = []
        self._stage = "none"

    def seconds(self) -> float:
        """Wall clock since the beginning."""
        return time.perf_counter() - self._begin

    def remaining(self) -> float:
        """Seconds left."""
        return self._time_limit_s - self.seconds()

    @property
    def stage(self) -> str:
        """Who made the last progress."""
        return self._stage

    def extend(self, seconds: float, cutoff: int) -> None:
        """Allow more time from now on, for the search of trees cheaper than a cutoff.

        Parameters
        ----------
        seconds
            How much.
        cutoff
            Dearer trees are of no interest any more.
        """
        self._time_limit_s = self.seconds() + seconds
        if self.incumbent is None or cutoff < self.incumbent:
            self.incumbent = cutoff

    def late(self) -> bool:
        """Whether time is up."""
        return self.remaining() <= 0

    @property
    def closed(self) -> bool:
        """Whether bound and incumbent meet."""
        return self.incumbent is not None and self.bound >= self.incumbent

    def over(self) -> bool:
        """Whether there is nothing left to do, or no time to do it."""
        return self.closed or self.late()

    def _note(self, stage: str) -> None:
        self._stage = stage
        entry = LogEntry(self.seconds(), self.bound, self.incumbent)
        self._log.append(entry)
        log.debug("%s: %s", stage, entry)
        if self._progress is not None:
            self._progress(entry)

    def offer(self, edges: IntArray, stage: str) -> None:
        """Take edges that connect all terminals into the pool, as a tree, and as incumbent if it is the cheapest.

        Parameters
        ----------
        edges
            Edges of the instance; free ends and cycles are removed.
        stage
            Who found it.
        """
        edges = self._pruned(edges)
        cost = int(self._instance.cost[edges].sum())
        self.pool[edges.tobytes()] = (cost, edges)
        if self.incumbent is None or cost < self.incumbent:
            self.edges = edges
            self.incumbent = cost
            self._note(stage)

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
        return edges[clean_tree(union, np.ones(instance.node_count, np.bool_))]

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

    def raise_bound(self, bound: int, stage: str) -> None:
        """Take a bound that holds for all trees cheaper than the incumbent, and so, up to its cost, for all.

        Parameters
        ----------
        bound
            The bound.
        stage
            Who proved it.
        """
        if self.incumbent is not None:
            bound = min(bound, self.incumbent)
        if bound > self.bound:
            self.bound = bound
            self._note(stage)

    def report(self, stage: str | None = None) -> SolveReport:
        """Sum up.

        Parameters
        ----------
        stage
            Who closed the gap; by default, who made the last progress.
        """
        status = Status.OPTIMAL if self.closed else Status.FEASIBLE
        if self.incumbent is None:
            status = Status.NO_SOLUTION
        return SolveReport(
            status, self.incumbent, self.bound, self.seconds(), stage or self._stage, tuple(self._log)
        )
