"""Steiner trees, with a proof or a gap."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from fiberplan.solvers.kernels.connectivity import reached
from fiberplan.solvers.kernels.ordering import in_order
from fiberplan.solvers.problem.steiner import IntArray, SteinerInstance
from fiberplan.solvers.run.deadline import run_in_time
from fiberplan.solvers.run.journal import Work
from fiberplan.solvers.run.options import SearchOptions
from fiberplan.solvers.run.report import LogEntry, SolveReport, Status
from fiberplan.solvers.steiner.record import Record
from fiberplan.solvers.steiner.search import Search

if TYPE_CHECKING:
    from collections.abc import Callable


@dataclass(frozen=True, eq=False)
class SteinerSolution:
    """A tree and what is known about it.

    Attributes
    ----------
    edges
        Indices of the edges of the instance, sorted, int64; empty without a solution.
    report
        Status, objective, bound, seconds.
    unreachable
        Terminals that no path joins to the first one; empty unless the problem is infeasible.
    """

    edges: IntArray
    report: SolveReport
    unreachable: tuple[int, ...] = ()


def solve_steiner_tree(  # noqa: PLR0913 - the problem, limits and options by name
    instance: SteinerInstance,
    *,
    time_limit_s: float = 60.0,
    work_limit: int | None = None,
    seed: int = 0,
    progress: Callable[[LogEntry], None] | None = None,
    options: SearchOptions | None = None,
) -> SteinerSolution:
    """Connect all terminals at least cost.

    Parameters
    ----------
    instance
        The problem.
    time_limit_s
        Wall clock after which the best tree so far is returned, with its gap. A first tree is found whatever the limit.
    work_limit
        Units of work after which the search ends, so that with no limit of time (``math.inf``) it ends with the same answer on every
        machine. A unit is a step of a stage: `Journal.tick` counts them.
    seed
        Of the random choices. Unless the time limit strikes, equal seeds give equal trees.
    progress
        Called whenever bound or incumbent improve.
    options
        What tunes the search; defaults if left out.

    Returns
    -------
    SteinerSolution
        An interruption from the keyboard returns what is known by then. Status is ``OPTIMAL``, ``FEASIBLE`` or, if the terminals are
        not connected, ``INFEASIBLE``. With no terminal or one, the tree is empty and costs nothing.

    Examples
    --------
    >>> square = SteinerInstance(4, [0, 1, 2, 3], [1, 2, 3, 0], [3, 3, 3, 8], [0, 2, 3])
    >>> solution = solve_steiner_tree(square)
    >>> solution.edges.tolist(), solution.report.objective, solution.report.status
    ([0, 1, 2], 9, <Status.OPTIMAL: 'optimal'>)
    """
    options = options or SearchOptions()
    record = Record(instance, time_limit_s, progress, work=Work(work_limit))
    if instance.terminals.size <= 1:
        record.offer(np.empty(0, np.int64), "trivial")
        return SteinerSolution(record.edges, record.report())
    ordering = in_order(instance, from_nodes=options.reorder_from_nodes)
    graph, terminals = ordering.graph, ordering.nodes[instance.terminals]
    connected = reached(graph, np.ones(2 * graph.edge_count, np.bool_), int(terminals[0]))
    unreachable = tuple(instance.terminals[~connected[terminals]].tolist())
    if unreachable:
        report = SolveReport(Status.INFEASIBLE, None, 0, record.seconds(), "connectivity")
        return SteinerSolution(record.edges, report, unreachable)
    search = Search(instance, graph, record, seed, layers=[ordering], options=options)
    run_in_time(record, lambda: search.run(connected[graph.tail]), grace_s=options.grace_s)
    return SteinerSolution(*record.snapshot())
