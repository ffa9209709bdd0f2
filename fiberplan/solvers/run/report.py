"""The outcome of a solver: status, objective, bound, gap, and the course of the search."""

from __future__ import annotations

import math
from dataclasses import dataclass
from enum import StrEnum


class Status(StrEnum):
    """What is known of a solver's result; check it before using the solution."""

    OPTIMAL = "optimal"
    """The objective is proven to be the least possible."""
    FEASIBLE = "feasible"
    """There is a solution; it is not proven that none is better."""
    INFEASIBLE = "infeasible"
    """It is proven that there is no solution."""
    NO_SOLUTION = "no-solution"
    """The solver stopped before it had a solution, and nothing is proven but the bound."""


@dataclass(frozen=True)
class LogEntry:
    """One line of a solver's log.

    Attributes
    ----------
    seconds
        Since the start of the solver.
    bound
        No solution costs less than this.
    incumbent
        Cost of the best solution so far; ``None`` before there is one.
    """

    seconds: float
    bound: int
    incumbent: int | None


@dataclass(frozen=True)
class SolveReport:
    """Outcome of a solver.

    Attributes
    ----------
    status
        What is proven.
    objective
        Cost of the solution in the unit of the input; ``None`` without one.
    bound
        Lower bound on the cost of every solution, valid in integers.
    seconds
        Wall clock spent. It varies from run to run; don't compare it.
    stage
        The stage that closed the gap, or the last one that ran.
    log
        Bound and incumbent over time.
    """

    status: Status
    objective: int | None
    bound: int
    seconds: float
    stage: str
    log: tuple[LogEntry, ...] = ()

    @property
    def gap(self) -> float:
        """Relative distance of the objective to the bound: ``(objective - bound) / objective``.

        0.0 when both are equal (also both zero), infinite without an objective.

        Examples
        --------
        >>> SolveReport(Status.FEASIBLE, 200, 190, 1.0, "dual ascent").gap
        0.05
        >>> SolveReport(Status.OPTIMAL, 0, 0, 1.0, "trivial").gap
        0.0
        """
        if self.objective is None:
            return math.inf
        if self.objective == self.bound:
            return 0.0
        return (self.objective - self.bound) / self.objective

    @property
    def is_optimal(self) -> bool:
        """Whether the solution is proven to be the best."""
        return self.status is Status.OPTIMAL
