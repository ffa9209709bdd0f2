"""Branching: what linear programming left open, decided by CP-SAT, whose arithmetic is exact in integers.

CP-SAT has no constraint for trees; it gets the rows found so far, and further cuts while its answers are not connected.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from ortools.sat.python import cp_model

from fiberplan.solvers.cuts.separation import disconnected_cuts
from fiberplan.solvers.kernels.connectivity import reached
from fiberplan.solvers.problem.steiner import BoolArray

if TYPE_CHECKING:
    from collections.abc import Callable

    from fiberplan.solvers.cuts.rows import Rows
    from fiberplan.solvers.problem.steiner import Graph, IntArray


@dataclass(frozen=True, eq=False)
class BranchResult:
    """Result of branching.

    Attributes
    ----------
    bound
        Every tree that is cheaper than the target costs at least this; the target itself if there is none.
    nodes
        Nodes of a tree cheaper than the target, bool[n], or ``None``.
    arcs
        Arcs that lead from the root to all terminals and together cost less than the target, bool[2m], or ``None``.
    """

    bound: int
    nodes: BoolArray | None
    arcs: BoolArray | None = None


def branch(  # noqa: PLR0913 - the graph and what is known of it
    graph: Graph,
    root: int,
    useless: BoolArray,
    rows: Rows,
    target: int,
    *,
    seed: int,
    remaining: Callable[[], float],
    arc_cost: IntArray | None = None,
) -> BranchResult:
    """Find a cheapest tree that costs less than a target, or prove that there is none.

    Parameters
    ----------
    graph
        The graph.
    root
        Where arcs come from.
    useless
        Arcs that no tree cheaper than the target uses.
    rows
        Rows that hold for a best tree; cuts found are added.
    target
        Trees must cost less.
    seed
        Of the random choices.
    remaining
        Seconds left.
    arc_cost
        Cost of each arc, int64[2m], `FORBIDDEN` only on useless ones; the cost of its edge by default.
    """
    model = cp_model.CpModel()
    cost = graph.arc_cost if arc_cost is None else arc_cost
    columns = {arc: model.new_bool_var("") for arc in np.flatnonzero(~useless).tolist()}
    total = cp_model.LinearExpr.weighted_sum(list(columns.values()), [int(cost[arc]) for arc in columns])
    model.minimize(total)
    model.add(total <= target - 1)
    bound, taken = 0, 0
    while True:
        for arcs, signs, least in rows.after(taken):
            open_arcs = ~useless[arcs]  # rows may be older than the knowledge of what is useless
            literals = [columns[arc] for arc in arcs[open_arcs].tolist()]
            if least == 1:
                model.add_bool_or(literals)
            else:
                model.add(cp_model.LinearExpr.weighted_sum(literals, signs[open_arcs].tolist()) >= least)
        taken = len(rows)
        solver = cp_model.CpSolver()
        solver.parameters.num_workers = 1
        solver.parameters.linearization_level = 2
        solver.parameters.random_seed = seed
        solver.parameters.max_time_in_seconds = max(remaining(), 0.01)
        status = solver.solve(model)
        if status == cp_model.INFEASIBLE:
            return BranchResult(target, None)
        bound = max(bound, int(solver.response_proto.inner_objective_lower_bound))
        if status not in {cp_model.OPTIMAL, cp_model.FEASIBLE}:
            return BranchResult(bound, None)
        used = np.zeros(2 * graph.edge_count, np.bool_)
        used[[arc for arc, column in columns.items() if solver.boolean_value(column)]] = True
        if disconnected_cuts(graph, root, used, useless, rows) == 0:
            return BranchResult(bound, reached(graph, used, root), used)
        if remaining() <= 0:
            return BranchResult(bound, None)
