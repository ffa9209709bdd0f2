"""Trees of arcs where costs have directions, with a proof or a gap."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from fiberplan.solvers.arborescence.arc_graph import join_roots
from fiberplan.solvers.arborescence.record import ArborescenceRecord
from fiberplan.solvers.arborescence.search import DirectedSearch
from fiberplan.solvers.kernels.connectivity import reached
from fiberplan.solvers.problem.steiner import IntArray
from fiberplan.solvers.run.deadline import run_in_time
from fiberplan.solvers.run.options import ArborescenceOptions
from fiberplan.solvers.run.report import LogEntry, SolveReport, Status

if TYPE_CHECKING:
    from collections.abc import Callable

    from fiberplan.solvers.problem.arborescence import ArborescenceInstance


@dataclass(frozen=True, eq=False)
class ArborescenceSolution:
    """A tree of arcs, or one from each root that is used, and what is known about it.

    Attributes
    ----------
    arcs
        Sorted, int64: ``2 * e`` is edge ``e`` from its tail to its head, ``2 * e + 1`` the way back; empty without a solution.
    report
        Status, objective, bound, seconds.
    unreachable
        Terminals that no root reaches; empty unless the problem is infeasible.
    """

    arcs: IntArray
    report: SolveReport
    unreachable: tuple[int, ...] = ()

    @property
    def edges(self) -> IntArray:
        """Indices of the edges used, sorted."""
        return self.arcs >> 1


def solve_arborescence(
    instance: ArborescenceInstance,
    *,
    time_limit_s: float = 60.0,
    seed: int = 0,
    progress: Callable[[LogEntry], None] | None = None,
    options: ArborescenceOptions | None = None,
) -> ArborescenceSolution:
    """Reach all terminals from the roots at least cost.

    Several roots are joined to a super-root by arcs that cost what the roots themselves cost (folklore; see Hwang, Richards and Winter 1992,
    *The Steiner Tree Problem*). With costs that are the same both ways and nodes that cost nothing, `solve_steiner_tree` is much
    quicker: its reductions need both.

    Parameters
    ----------
    instance
        The problem.
    time_limit_s
        Wall clock after which the best tree so far is returned, with its gap. A first tree is found whatever the limit.
    seed
        Of the random choices. Unless the time limit strikes, equal seeds give equal trees.
    progress
        Called whenever bound or incumbent improve.
    options
        What tunes the search; defaults if left out.

    Returns
    -------
    ArborescenceSolution
        An interruption from the keyboard returns what is known by then. Status is ``OPTIMAL``, ``FEASIBLE`` or, if roots do not
        reach all terminals, ``INFEASIBLE``. Without terminals there are no arcs and no costs; terminals that are roots need no arcs.

    Examples
    --------
    Round a square: costly from 0 to 3, cheap the other way, which is of no use here.

    >>> from fiberplan.solvers.problem.arborescence import ArborescenceInstance
    >>> square = ArborescenceInstance(4, [0, 1, 2, 3], [1, 2, 3, 0], [3, 3, 3, 1], [3, 3, 3, 8], [0], [2, 3])
    >>> solution = solve_arborescence(square)
    >>> solution.arcs.tolist(), solution.report.objective, solution.report.status
    ([0, 2, 4], 9, <Status.OPTIMAL: 'optimal'>)
    """
    if instance.terminals.size == 0 or instance.roots.size == 0:
        record = ArborescenceRecord(np.empty(0, np.int64), 0, time_limit_s, progress)
        if instance.terminals.size:
            return _infeasible(record, tuple(instance.terminals.tolist()))
        record.offer(np.empty(0, np.int64), "trivial")
        return ArborescenceSolution(record.arcs, record.report())
    part = join_roots(instance)
    offset = int(instance.node_costs[instance.roots[0]]) if instance.roots.size == 1 else 0
    record = ArborescenceRecord(part.cost, offset, time_limit_s, progress)
    connected = reached(part.graph, ~part.useless, part.root)
    unreachable = tuple(instance.terminals[~connected[instance.terminals]].tolist())
    if unreachable:
        return _infeasible(record, unreachable)
    options = options or ArborescenceOptions()
    run_in_time(record, DirectedSearch(part, record, seed, options=options).run, grace_s=options.grace_s)
    arcs, report = record.snapshot()
    return ArborescenceSolution(arcs[arcs < 2 * instance.edge_count], report)


def _infeasible(record: ArborescenceRecord, unreachable: tuple[int, ...]) -> ArborescenceSolution:
    report = SolveReport(Status.INFEASIBLE, None, 0, record.seconds(), "connectivity")
    return ArborescenceSolution(record.arcs, report, unreachable)
