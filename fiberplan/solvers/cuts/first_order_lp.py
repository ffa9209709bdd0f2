"""A large linear programme solved roughly and quickly by OR-Tools' PDLP, again and again from the point before.

A simplex method needs as many steps as there are rows, each of them slower the more there are; the steps of a first-order method cost
two products with the matrix, and a few hundred come close to the optimum. The rest is done by exact arithmetic elsewhere.
Source: Applegate et al. (2021), Practical large-scale linear programming using primal-dual hybrid gradient.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING

import numpy as np
from ortools.math_opt import callback_pb2, model_parameters_pb2, model_pb2, parameters_pb2
from ortools.math_opt.core.python import solver
from ortools.math_opt.python import mathopt

from fiberplan.solvers.problem.steiner import FloatArray

if TYPE_CHECKING:
    from scipy import sparse

    from fiberplan.solvers.problem.steiner import IntArray

THREADS = 2


@dataclass(frozen=True, eq=False)
class RoughPoint:
    """Where a solution has come to.

    Attributes
    ----------
    x, y
        Value of each column and multiplier of each row, both only nearly feasible.
    weight
        How far multipliers moved for each unit that values moved, 0 if unknown.
    """

    x: FloatArray
    y: FloatArray
    weight: float = 0.0


def solve_roughly(  # noqa: PLR0913 - a programme and its limits
    costs: FloatArray,
    matrix: sparse.csr_array,
    least: IntArray,
    start: RoughPoint | None,
    *,
    tolerance: float,
    seconds: float,
) -> RoughPoint | None:
    """Minimise ``costs @ x`` over ``0 <= x <= 1`` and ``matrix @ x >= least``.

    Parameters
    ----------
    costs
        One a column.
    matrix, least
        The rows, by rising column in each.
    start
        Where to begin.
    tolerance
        Relative error at which to stop.
    seconds
        How long it may take.

    Returns
    -------
    RoughPoint or None
        ``None`` if there is no time.
    """
    if seconds <= 0:
        return None
    columns, rows = costs.size, least.size
    model = model_pb2.ModelProto()
    model.variables.ids.extend(range(columns))
    model.variables.lower_bounds.extend(np.zeros(columns))
    model.variables.upper_bounds.extend(np.ones(columns))
    model.variables.integers.extend(np.zeros(columns, np.bool_))
    model.objective.linear_coefficients.ids.extend(range(columns))
    model.objective.linear_coefficients.values.extend(costs)
    model.linear_constraints.ids.extend(range(rows))
    model.linear_constraints.lower_bounds.extend(least.astype(np.float64))
    model.linear_constraints.upper_bounds.extend(np.full(rows, math.inf))
    model.linear_constraint_matrix.row_ids.extend(np.repeat(np.arange(rows), np.diff(matrix.indptr)))
    model.linear_constraint_matrix.column_ids.extend(matrix.indices)
    model.linear_constraint_matrix.coefficients.extend(matrix.data.astype(np.float64))
    parameters = mathopt.SolveParameters(time_limit=timedelta(seconds=seconds), threads=THREADS)
    criteria = parameters.pdlp.termination_criteria.simple_optimality_criteria
    criteria.eps_optimal_relative = tolerance
    criteria.eps_optimal_absolute = 0.0
    hints = model_parameters_pb2.ModelSolveParametersProto()
    if start is not None:
        if start.weight > 0:
            parameters.pdlp.initial_primal_weight = start.weight
        hint = hints.solution_hints.add()
        hint.variable_values.ids.extend(range(columns))
        hint.variable_values.values.extend(start.x)
        hint.dual_values.ids.extend(range(rows))
        hint.dual_values.values.extend(start.y)
    result = solver.solve(
        model,
        mathopt.SolverType.PDLP.value,
        parameters_pb2.SolverInitializerProto(),
        parameters.to_proto(),
        hints,
        None,
        callback_pb2.CallbackRegistrationProto(),
        None,
        None,
    )
    if not result.solutions:
        return None
    best = result.solutions[0]
    x, y = np.zeros(columns), np.zeros(rows)
    x[best.primal_solution.variable_values.ids] = best.primal_solution.variable_values.values
    y[best.dual_solution.dual_values.ids] = best.dual_solution.dual_values.values
    return RoughPoint(x, y, _weight(start, x, y))


def _weight(start: RoughPoint | None, x: FloatArray, y: FloatArray) -> float:
    """Compare the ways that multipliers and values went, smoothed over time."""
    if start is None:
        return 0.0
    ways = float(np.linalg.norm(x - start.x)), float(np.linalg.norm(y - start.y))
    if min(ways) == 0.0:
        return start.weight
    weight = ways[1] / ways[0]
    return math.sqrt(weight * start.weight) if start.weight > 0 else weight
