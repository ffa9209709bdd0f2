"""Exact linear algebra and linear programs: OR-Tools finds the basis, integers prove it.

GLOP solves in floating point and names the rows that meet in its optimal corner. Those rows are solved again in exact
rational arithmetic, which gives the corner and its dual prices without error; every other row is then checked exactly.
Where GLOP's tolerance hid a violation, the program is solved again around the corner found, magnified
(iterative refinement: Gleixner, Steffy and Wolter 2016, *INFORMS Journal on Computing* 28).
"""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from typing import TYPE_CHECKING, Any, Final

from fiberplan.errors import SharingError
from fiberplan.sharing.coalitions import to_integers

if TYPE_CHECKING:
    from collections.abc import Sequence

MAX_REFINEMENTS: Final = 30
_GLOP_OPTIONS: Final = "use_preprocessing: false use_dual_simplex: true"


def solve_square(rows: Sequence[Sequence[int]], right: Sequence[Fraction]) -> list[Fraction] | None:
    """Solve a square system of equations exactly (Bareiss 1968: elimination without fractions).

    Returns
    -------
    list or None
        ``None`` if the rows depend on each other.

    Examples
    --------
    >>> solve_square([[1, 1], [1, -1]], [Fraction(3), Fraction(1)])
    [Fraction(2, 1), Fraction(1, 1)]
    """
    size = len(rows)
    scaled, scale = to_integers(right)
    work = [[*row, value] for row, value in zip(rows, scaled, strict=True)]
    previous = 1
    for k in range(size):
        pivot_row = next((i for i in range(k, size) if work[i][k]), None)
        if pivot_row is None:
            return None
        work[k], work[pivot_row] = work[pivot_row], work[k]
        pivot, tail = work[k][k], work[k]
        for i in range(k + 1, size):
            row = work[i]
            head = row[k]
            for j in range(k + 1, size + 1):
                row[j] = (row[j] * pivot - head * tail[j]) // previous
        previous = pivot
    found: list[Fraction] = [Fraction(0)] * size
    for k in range(size - 1, -1, -1):
        rest = work[k][size] - sum(
            (work[k][j] * found[j] for j in range(k + 1, size) if work[k][j]), Fraction(0)
        )
        found[k] = Fraction(rest) / work[k][k]
    return [value / scale for value in found]


def null_space(rows: Sequence[Sequence[int]], width: int) -> list[list[int]]:
    """Find whole-number vectors that span everything at right angles to the rows.

    Examples
    --------
    >>> null_space([[1, 1, 1]], 3)
    [[-1, 1, 0], [-1, 0, 1]]
    """
    reduced: dict[int, list[Fraction]] = {}
    for row in rows:
        rest = [Fraction(value) for value in row]
        for lead, other in reduced.items():
            if factor := rest[lead]:
                rest = [a - factor * b for a, b in zip(rest, other, strict=True)]
        lead = next((j for j, value in enumerate(rest) if value), -1)
        if lead < 0:
            continue
        rest = [value / rest[lead] for value in rest]
        for key, other in reduced.items():
            if factor := other[lead]:
                reduced[key] = [a - factor * b for a, b in zip(other, rest, strict=True)]
        reduced[lead] = rest
    basis = []
    for free in (j for j in range(width) if j not in reduced):
        vector = [Fraction(0)] * width
        vector[free] = Fraction(1)
        for lead, row_values in reduced.items():
            vector[lead] = -row_values[free]
        basis.append(to_integers(vector)[0])
    return basis


@dataclass(frozen=True, slots=True)
class Row:
    """One row ``coefficients . v <= bound``, or ``==``.

    Attributes
    ----------
    coefficients
        Whole numbers; the last one is that of the objective.
    """

    coefficients: tuple[int, ...]
    bound: Fraction
    is_equal: bool = False


@dataclass(frozen=True, slots=True)
class Corner:
    """An exact optimum of the rows so far.

    Attributes
    ----------
    values
        Of all variables; the last one is the objective.
    prices
        Dual price of each row in the basis, by the row's number: positive for a row that every optimum meets.
    """

    values: list[Fraction]
    prices: dict[int, Fraction]


class Program:
    """Maximise the last of some free variables under rows that may be added as they are found to be violated.

    Parameters
    ----------
    width
        Number of variables.
    units
        What to count each variable in, so that the solver sees numbers around one.
    """

    def __init__(self, width: int, units: Sequence[Fraction]) -> None:
        # OR-Tools takes a tenth of a second to load, which only those who need a program should wait for.
        from ortools.linear_solver import pywraplp  # noqa: PLC0415

        self.rows: list[Row] = []
        self._units = units
        self._solver: Any = pywraplp.Solver.CreateSolver("GLOP")
        self._solver.SetSolverSpecificParametersAsString(_GLOP_OPTIONS)
        self._statuses = pywraplp.Solver
        infinity = self._solver.infinity()
        self._variables = [self._solver.NumVar(-infinity, infinity, "") for _ in range(width)]
        self._solver.Maximize(self._variables[-1])
        self._handles: list[Any] = []
        self._scales: list[Fraction] = []
        self._centre = [Fraction(0)] * width
        self._magnified = Fraction(1)

    def add(self, row: Row) -> None:
        """Add a row."""
        coefficients = [Fraction(a) * unit for a, unit in zip(row.coefficients, self._units, strict=True)]
        scale = max((abs(a) for a in coefficients), default=Fraction(1)) or Fraction(1)
        handle = self._solver.Constraint(-self._solver.infinity(), self._solver.infinity(), "")
        for variable, coefficient in zip(self._variables, coefficients, strict=True):
            if coefficient:
                handle.SetCoefficient(variable, float(coefficient / scale))
        self.rows.append(row)
        self._handles.append(handle)
        self._scales.append(scale)
        self._set_bound(len(self.rows) - 1)

    def solve(self) -> Corner:
        """Find an optimal corner, exactly.

        Raises
        ------
        SharingError
            The rows contradict each other, or the solver's corner cannot be proven.
        """
        for _ in range(MAX_REFINEMENTS):
            status = self._solver.Solve()
            if status == self._statuses.INFEASIBLE:
                raise SharingError(
                    "the conditions of the rule contradict each other: no shares meet them all"
                )
            if status not in {self._statuses.OPTIMAL, self._statuses.FEASIBLE}:
                raise SharingError(f"the linear program of the rule has no optimum (GLOP status {status})")
            corner = self._corner()
            worst = max(
                (self._violation(number, corner) for number in range(len(self.rows))), default=Fraction(0)
            )
            if worst <= 0:
                self._insist_on_prices(corner)
                return corner
            self._centre = corner.values
            self._magnified = max(Fraction(int(1 / worst)), Fraction(1)) if worst < 1 else Fraction(1)
            for number in range(len(self.rows)):
                self._set_bound(number)
        raise SharingError("the linear program of the rule could not be solved exactly")

    def _residual(self, number: int, values: Sequence[Fraction]) -> Fraction:
        row = self.rows[number]
        met = sum((a * v for a, v in zip(row.coefficients, values, strict=True) if a), Fraction(0))
        return (row.bound - met) / self._scales[number]

    def _violation(self, number: int, corner: Corner) -> Fraction:
        rest = self._residual(number, corner.values)
        return abs(rest) if self.rows[number].is_equal else -rest

    def _set_bound(self, number: int) -> None:
        bound = float(self._residual(number, self._centre) * self._magnified)
        self._handles[number].SetBounds(
            bound if self.rows[number].is_equal else -self._solver.infinity(), bound
        )

    def _corner(self) -> Corner:
        basic = self._statuses.BASIC
        tight = [i for i, handle in enumerate(self._handles) if handle.basis_status() != basic]
        resting = [j for j, variable in enumerate(self._variables) if variable.basis_status() != basic]
        width = len(self._variables)
        system = [list(self.rows[i].coefficients) for i in tight]
        system += [[int(j == k) for k in range(width)] for j in resting]
        if len(system) != width:
            raise SharingError("the solver's basis has the wrong size")
        right = [self.rows[i].bound for i in tight] + [self._centre[j] for j in resting]
        values = solve_square(system, right)
        objective = [Fraction(int(j == width - 1)) for j in range(width)]
        prices = solve_square([list(column) for column in zip(*system, strict=True)], objective)
        if values is None or prices is None:
            raise SharingError("the solver's basis is singular")
        if any(prices[len(tight) :]):
            raise SharingError("the linear program of the rule has no bound")
        return Corner(values, dict(zip(tight, prices, strict=False)))

    def _insist_on_prices(self, corner: Corner) -> None:
        if any(price < 0 and not self.rows[number].is_equal for number, price in corner.prices.items()):
            raise SharingError("the solver's optimum could not be proven in exact arithmetic")
