"""Exact linear algebra and linear programs: OR-Tools finds the basis, integers prove it.

GLOP solves in floating point and names the rows that meet in its optimal corner. Those rows are solved again in exact
rational arithmetic (by FLINT), which gives the corner and its dual prices without error, and every other row is checked exactly.
Where GLOP's tolerance hid a violation, or it gave up on numbers of very different size, exact dual pivots repair the
last basis (Applegate, Cook, Dash and Espinoza 2007, *Exact solutions to linear programming problems*, Operations
Research Letters 35).
"""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from typing import TYPE_CHECKING, Any, Final

from flint import fmpz_mat

from fiberplan.errors import SharingError
from fiberplan.money import to_integers

if TYPE_CHECKING:
    from collections.abc import Sequence

MAX_PIVOTS: Final = 5000
_GREEDY_PIVOTS: Final = 200
"""After so many the first violated row enters instead of the worst: Bland's rule, which cannot go in circles."""

_GLOP_OPTIONS: Final = (
    "use_preprocessing: false use_dual_simplex: true",
    "use_preprocessing: false use_dual_simplex: false",
)


def solve_square(rows: Sequence[Sequence[int]], right: Sequence[Fraction]) -> list[Fraction] | None:
    """Solve a square system of equations exactly.

    Parameters
    ----------
    rows
        Coefficients, as many rows as columns.
    right
        Right-hand side of each row.

    Returns
    -------
    list or None
        Value of each unknown; ``None`` if the rows depend on each other.

    Examples
    --------
    >>> solve_square([[1, 1], [1, -1]], [Fraction(3), Fraction(1)])
    [Fraction(2, 1), Fraction(1, 1)]
    """
    size = len(rows)
    if size == 0:
        return []
    scaled, scale = to_integers(right)
    try:
        values = _matrix(rows, size).solve(fmpz_mat(size, 1, scaled))
    except ZeroDivisionError:
        return None
    return [Fraction(int(value.p), int(value.q) * scale) for value in values.entries()]


def null_space(rows: Sequence[Sequence[int]], width: int) -> list[list[int]]:
    """Find whole-number vectors that span everything at right angles to the rows.

    Parameters
    ----------
    rows
        Vectors, any number of them.
    width
        Entries of each.

    Returns
    -------
    list
        One vector for each column without a leading entry in the reduced echelon form of the rows, by column.

    Examples
    --------
    >>> null_space([[1, 1, 1]], 3)
    [[-1, 1, 0], [-1, 0, 1]]
    """
    reduced, denominator, rank = _matrix(rows, width).rref()
    table = [[int(value) for value in row] for row in reduced.tolist()[:rank]]
    leads = [next(j for j, value in enumerate(row) if value) for row in table]
    basis = []
    for free in sorted(set(range(width)).difference(leads)):
        vector = [Fraction(0)] * width
        vector[free] = Fraction(1)
        for lead, row in zip(leads, table, strict=True):
            vector[lead] = Fraction(-row[free], int(denominator))
        basis.append(to_integers(vector)[0])
    return basis


def _matrix(rows: Sequence[Sequence[int]], width: int) -> fmpz_mat:
    return fmpz_mat(len(rows), width, [value for row in rows for value in row])


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
        Unit of each variable, so that the solver sees numbers around one.
    """

    def __init__(self, width: int, units: Sequence[Fraction]) -> None:
        # OR-Tools takes a tenth of a second to load, so they are imported when a program is made.
        from ortools.linear_solver import pywraplp  # noqa: PLC0415

        self.rows: list[Row] = []
        self._units = units
        self._solver: Any = pywraplp.Solver.CreateSolver("GLOP")
        self._statuses = pywraplp.Solver
        self._parameters: Any = pywraplp.MPSolverParameters()
        self._infinity = self._solver.infinity()
        self._variables = [self._solver.NumVar(-self._infinity, self._infinity, "") for _ in range(width)]
        self._solver.Maximize(self._variables[-1])
        self._handles: list[Any] = []
        self._scales: list[Fraction] = []
        self._basis: list[int] | None = None

    def add(self, row: Row) -> None:
        """Add a row."""
        coefficients = [Fraction(a) * unit for a, unit in zip(row.coefficients, self._units, strict=True)]
        scale = max((abs(a) for a in coefficients), default=Fraction(1)) or Fraction(1)
        bound = float(row.bound / scale)
        handle = self._solver.Constraint(bound if row.is_equal else -self._infinity, bound, "")
        for variable, coefficient in zip(self._variables, coefficients, strict=True):
            if coefficient:
                handle.SetCoefficient(variable, float(coefficient / scale))
        self.rows.append(row)
        self._handles.append(handle)
        self._scales.append(scale)

    def start_from(self, basis: Sequence[int]) -> None:
        """Set a basis to be repaired if the solver finds none.

        Parameters
        ----------
        basis
            As many rows as there are variables, with prices that are not negative; ``-1 - j`` for variable ``j`` at zero.
        """
        self._basis = list(basis)

    def solve(self) -> Corner:
        """Find an optimal corner, exactly.

        Raises
        ------
        SharingError
            The rows contradict each other, or there is no optimum.
        """
        self._take_basis()
        for pivot in range(MAX_PIVOTS):
            corner, prices = self._corner()
            number = self._worst_row(corner, greedy=pivot < _GREEDY_PIVOTS)
            if number is None:
                return Corner(
                    corner, {i: price for i, price in zip(self._known_basis, prices, strict=True) if i >= 0}
                )
            self._pivot(number, corner, prices)
        raise SharingError("the linear program of the rule could not be solved exactly")

    @property
    def _known_basis(self) -> list[int]:
        """The rows that meet in the corner; ``-1 - j`` stands for variable ``j`` resting at zero."""
        assert self._basis is not None
        return self._basis

    def _take_basis(self) -> None:
        """Take over the solver's basis if its prices are right; otherwise stay with the last one."""
        outcomes = []
        for options in _GLOP_OPTIONS:
            self._solver.SetSolverSpecificParametersAsString(options)
            outcomes.append(self._solver.Solve(self._parameters))
            before = self._basis
            if outcomes[-1] == self._statuses.OPTIMAL:
                self._basis = self._solver_basis()
                if self._has_prices():
                    return
                self._basis = before
            if before is not None:
                return
            self._parameters.SetIntegerParam(
                self._parameters.INCREMENTALITY, self._parameters.INCREMENTALITY_OFF
            )
        if self._statuses.INFEASIBLE in outcomes:
            raise SharingError("the conditions of the rule contradict each other: no shares meet them all")
        raise SharingError(f"the linear program of the rule has no optimum (GLOP status {outcomes[0]})")

    def _solver_basis(self) -> list[int]:
        basic = self._statuses.BASIC
        tight = [i for i, handle in enumerate(self._handles) if handle.basis_status() != basic]
        return tight + [
            -1 - j for j, variable in enumerate(self._variables) if variable.basis_status() != basic
        ]

    def _has_prices(self) -> bool:
        """Whether the basis is one, with dual prices that prove an optimum of its rows."""
        if len(self._known_basis) != len(self._variables):
            return False
        prices = self._combine([0] * (len(self._variables) - 1) + [1])
        return prices is not None and all(
            not price if i < 0 else price >= 0 or self.rows[i].is_equal
            for i, price in zip(self._known_basis, prices, strict=True)
        )

    def _system(self) -> list[list[int]]:
        width = len(self._variables)
        return [
            list(self.rows[i].coefficients) if i >= 0 else [int(j == -1 - i) for j in range(width)]
            for i in self._known_basis
        ]

    def _combine(self, goal: Sequence[int]) -> list[Fraction] | None:
        """Write a row as a combination of the basis."""
        columns = [list(column) for column in zip(*self._system(), strict=True)]
        return solve_square(columns, [Fraction(value) for value in goal])

    def _corner(self) -> tuple[list[Fraction], list[Fraction]]:
        right = [self.rows[i].bound if i >= 0 else Fraction(0) for i in self._known_basis]
        values = solve_square(self._system(), right)
        prices = self._combine([0] * (len(self._variables) - 1) + [1])
        assert values is not None
        assert prices is not None
        return values, prices

    def _worst_row(self, values: Sequence[Fraction], *, greedy: bool) -> int | None:
        """Find a row that the corner violates."""
        worst, violated = Fraction(0), None
        integers, scale = to_integers(values)
        for number, row in enumerate(self.rows):
            left = sum(a * v for a, v in zip(row.coefficients, integers, strict=True) if a)
            over = Fraction(left, scale) - row.bound
            over = (abs(over) if row.is_equal else over) / self._scales[number]
            if over > worst:
                worst, violated = over, number
                if not greedy:
                    break
        return violated

    def _pivot(self, entering: int, values: Sequence[Fraction], prices: Sequence[Fraction]) -> None:
        """Let a violated row enter the basis for the one whose price is the first to reach zero."""
        row = self.rows[entering]
        parts = self._combine(row.coefficients)
        assert parts is not None
        if _dot(row.coefficients, values) < row.bound:
            parts = [-part for part in parts]
        ratios = [
            (price / part if i >= 0 else Fraction(0), i, place)
            for place, (i, part, price) in enumerate(zip(self._known_basis, parts, prices, strict=True))
            if (part if i < 0 else part > 0 and not self.rows[i].is_equal)
        ]
        if not ratios:
            raise SharingError("the conditions of the rule contradict each other: no shares meet them all")
        self._known_basis[min(ratios)[2]] = entering


def _dot(coefficients: Sequence[int], values: Sequence[Fraction]) -> Fraction:
    return sum((a * v for a, v in zip(coefficients, values, strict=True) if a), Fraction(0))
