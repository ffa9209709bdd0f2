"""The clock, the bound, the best solution and the log of a solver, whatever its solutions are.

Bound and solution may be read at any time, also while another thread improves them.
"""

from __future__ import annotations

import logging
import threading
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from fiberplan.solvers.run.report import LogEntry, SolveReport, Status

if TYPE_CHECKING:
    from collections.abc import Callable

    from fiberplan.solvers.problem.steiner import IntArray

log = logging.getLogger(__name__)

LONGEST_S = 1e9
"""A limit of more seconds is none."""


@dataclass
class Work:
    """Work allowed and done, in units that do not depend on the machine: `Journal.tick` counts one.

    Attributes
    ----------
    limit
        Units allowed; ``None`` for any number.
    done
        Units so far.
    stopped
        Whether the search was abandoned.
    """

    limit: int | None = None
    done: int = 0
    stopped: bool = False


class Journal:
    """Keeps the best solution and the best bound.

    Parameters
    ----------
    time_limit_s
        Wall clock allowed.
    progress
        Called whenever bound or incumbent improve.
    cutoff
        Only solutions cheaper than this are of interest; it stands for the incumbent until there is one.
    work
        Counts units of work; the journals of parts of a search share that of the whole, so that they stop together.

    Attributes
    ----------
    incumbent
        Cost of the best solution, ``None`` before there is one.
    chosen
        Indices of the parts of the best solution, int64; empty before there is one.
    bound
        No solution costs less.
    work
        Units of work.
    """

    def __init__(
        self,
        time_limit_s: float,
        progress: Callable[[LogEntry], None] | None = None,
        *,
        cutoff: int | None = None,
        work: Work | None = None,
    ) -> None:
        self.work = work or Work()
        self.incumbent = cutoff
        self.chosen: IntArray = np.empty(0, np.int64)
        self.bound = 0
        self._lock = threading.RLock()
        self._time_limit_s = min(time_limit_s, LONGEST_S)
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
        """Stage that made the last progress."""
        return self._stage

    def extend(self, seconds: float, cutoff: int) -> None:
        """Allow more time from now on, for the search of trees cheaper than a cutoff.

        Parameters
        ----------
        seconds
            How much.
        cutoff
            Costlier trees are of no interest any more.
        """
        self._time_limit_s = self.seconds() + seconds
        if self.incumbent is None or cutoff < self.incumbent:
            self.incumbent = cutoff

    @property
    def is_out_of_time(self) -> bool:
        """Whether time is up or the search was abandoned, however much work is allowed: for threads that ask in any order."""
        return self.work.stopped or self.remaining() <= 0

    @property
    def is_late(self) -> bool:
        """Whether time or work is used up, or the search was abandoned."""
        return self.is_out_of_time or (self.work.limit is not None and self.work.done > self.work.limit)

    def tick(self) -> bool:
        """Count a unit of work; returns `is_late`, so that it serves as a function to call now and then."""
        self.work.done += 1
        return self.is_late

    def tick_unless_closed(self) -> bool:
        """Count a unit of work if bound and incumbent do not meet; returns whether they do, or `is_late`."""
        return self.closed or self.tick()

    def abandon(self) -> None:
        """Let the search stop at its next tick, and report no more progress."""
        self.work.stopped = True

    @property
    def closed(self) -> bool:
        """Whether bound and incumbent meet."""
        return self.incumbent is not None and self.bound >= self.incumbent

    def _note(self, stage: str) -> None:
        self._stage = stage
        entry = LogEntry(self.seconds(), self.bound, self.incumbent)
        self._log.append(entry)
        log.debug("%s: %s", stage, entry)
        if self._progress is not None and not self.work.stopped:
            self._progress(entry)

    def take(self, cost: int, chosen: IntArray, stage: str) -> None:
        """Take a solution if it is the cheapest.

        Parameters
        ----------
        cost, chosen
            Its cost and its parts.
        stage
            Stage that found it.
        """
        with self._lock:
            if self.incumbent is None or cost < self.incumbent:
                self.chosen = chosen
                self.incumbent = cost
                self._note(stage)

    def raise_bound(self, bound: int, stage: str) -> None:
        """Take a bound that holds for all trees cheaper than the incumbent, and so, up to its cost, for all.

        Parameters
        ----------
        bound
            The bound.
        stage
            Stage that proved it.
        """
        with self._lock:
            if self.incumbent is not None:
                bound = min(bound, self.incumbent)
            if bound > self.bound:
                self.bound = bound
                self._note(stage)

    def snapshot(self) -> tuple[IntArray, SolveReport]:
        """Return the best solution and the report on it, which belong together."""
        with self._lock:
            return self.chosen, self.report()

    def report(self, stage: str | None = None) -> SolveReport:
        """Sum up.

        Parameters
        ----------
        stage
            Stage that closed the gap; by default, the one that made the last progress.
        """
        status = Status.OPTIMAL if self.closed else Status.FEASIBLE
        if self.incumbent is None:
            status = Status.NO_SOLUTION
        return SolveReport(
            status, self.incumbent, self.bound, self.seconds(), stage or self._stage, tuple(self._log)
        )
