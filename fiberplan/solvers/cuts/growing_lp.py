"""A linear programme that gets more and more rows, solved by OR-Tools' GLOP from where it stood.

MathOpt's model objects take a row coefficient by coefficient and return a dictionary of variables; with hundreds of solves of
thousands of rows that costs more than the simplex. So models and answers go over in bulk here, as MathOpt's own messages.
"""

from __future__ import annotations

import math
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import numpy as np
from ortools.math_opt import callback_pb2, model_parameters_pb2, model_pb2, model_update_pb2, result_pb2
from ortools.math_opt.core.python import solver
from ortools.math_opt.python import mathopt

if TYPE_CHECKING:
    from fiberplan.solvers.problem.steiner import FloatArray, IntArray


class GrowingLp:
    """Minimise ``costs @ x`` over ``x >= 0`` and rows ``entries @ x[columns] >= least``.

    Parameters
    ----------
    costs
        One a column.
    """

    def __init__(self, costs: FloatArray) -> None:
        self._columns = costs.size
        self.row_count = 0
        model = model_pb2.ModelProto()
        model.variables.ids.extend(range(costs.size))
        model.variables.lower_bounds.extend(np.zeros(costs.size))
        model.variables.upper_bounds.extend(np.full(costs.size, math.inf))
        model.variables.integers.extend(np.zeros(costs.size, np.bool_))
        priced = np.flatnonzero(costs)
        model.objective.linear_coefficients.ids.extend(priced)
        model.objective.linear_coefficients.values.extend(costs[priced])
        none = mathopt.StreamableSolverInitArguments().to_proto()
        self._solver: Any = solver.new(mathopt.SolverType.GLOP.value, model, none)

    def add_rows(self, sizes: IntArray, columns: IntArray, entries: IntArray, least: IntArray) -> None:
        """Add rows.

        Parameters
        ----------
        sizes
            Number of entries of each row.
        columns, entries
            All entries, row by row; in each row by rising column.
        least
            Right-hand side of each row.
        """
        names = np.arange(self.row_count, self.row_count + sizes.size)
        self.row_count += sizes.size
        update = model_update_pb2.ModelUpdateProto()
        update.new_linear_constraints.ids.extend(names)
        update.new_linear_constraints.lower_bounds.extend(least.astype(np.float64))
        update.new_linear_constraints.upper_bounds.extend(np.full(sizes.size, math.inf))
        matrix = update.linear_constraint_matrix_updates
        matrix.row_ids.extend(np.repeat(names, sizes))
        matrix.column_ids.extend(columns)
        matrix.coefficients.extend(entries.astype(np.float64))
        if not self._solver.update(update):
            raise AssertionError("GLOP takes new rows")

    def solve(self, seconds: float) -> tuple[FloatArray, FloatArray] | None:
        """Solve it.

        Parameters
        ----------
        seconds
            How long it may take.

        Returns
        -------
        tuple or None
            Value of each column and multiplier of each row, both only as good as floating point is; ``None`` if the solver has
            no basis with both.
        """
        parameters = mathopt.SolveParameters(
            lp_algorithm=mathopt.LPAlgorithm.DUAL_SIMPLEX,
            presolve=mathopt.Emphasis.OFF,
            time_limit=timedelta(seconds=max(seconds, 0.01)),
            threads=1,
        )
        result = self._solver.solve(
            parameters.to_proto(),
            model_parameters_pb2.ModelSolveParametersProto(),
            None,
            callback_pb2.CallbackRegistrationProto(),
            None,
            None,
        )
        if result.termination.reason != result_pb2.TERMINATION_REASON_OPTIMAL:
            return None
        best = result.solutions[0]
        x, y = np.zeros(self._columns), np.zeros(self.row_count)
        x[best.primal_solution.variable_values.ids] = best.primal_solution.variable_values.values
        y[best.dual_solution.dual_values.ids] = best.dual_solution.dual_values.values
        return x, y
