"""Exact linear algebra and linear programs: OR-Tools finds the basis, integers prove it.

GLOP solves in floating point and names the rows that meet in its optimal corner. Those rows are solved again in exact
rational arithmetic, which gives the corner and its dual prices without error, and every other row is checked exactly.
Where GLOP's tolerance hid a violation, or it gave up on numbers of very different size, exact dual pivots repair the
last basis (Applegate, Cook, Dash and Espinoza 2007, *Exact solutions to linear programming problems*, Operations
Research Letters 35).
"""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from typing import TYPE_CHECKING, Any, Final

from fiberplan.errors import SharingError
from fiberplan.money import to_integers

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

MAX_PIVOTS: Final = 5000
_GREEDY_PIVOTS: Final = 200
"""After so many the first violated row enters instead of the worst: Bland's rule, which cannot go in circles."""

_GLOP_OPTIONS: Final = (
    "use_preprocessing: false use_dual_simplex: true",
    "use_preprocessing: false use_dual_simplex: false",
)


def solve_square(rows: Sequence[Sequence[int]], right: Sequence[Fraction]) -> list[Fraction] | None:
    """Solve a square system of equations exactly.

    What one equation alone decides, or only one equation needs, is taken off first: most rows of a corner are bounds of
    single variables. The rest is eliminated without fractions (Bareiss 1968).

    Returns
    -------
    list or None
        ``None`` if the rows depend on each other.

    Examples
    --------
    >>> solve_square([[1, 1], [1, -1]], [Fraction(3), Fraction(1)])
    [Fraction(2, 1), Fraction(1, 1)]
    """
    entries = [{j: value for j, value in enumerate(row) if value} for row in rows]
    found: dict[int, Fraction] = {}
    last = _peel(entries, right, found)
    if last is None:
        return None
    done = {i for i, _ in last[0]} | last[1]
    core = [i for i in range(len(rows)) if i not in done]
    later = {j for _, j in last[0]}
    columns = [j for j in range(len(rows)) if j not in found and j not in later]
    rest = [right[i] - _known(entries[i], found) for i in core]
    solved = _eliminate([[rows[i][j] for j in columns] for i in core], rest)
    if solved is None:
        return None
    found.update(zip(columns, solved, strict=True))
    for i, j in reversed(last[0]):
        found[j] = (right[i] - _known(entries[i], found)) / entries[i][j]
    return [found[j] for j in range(len(rows))]


def _peel(  # noqa: C901 - two mirrored cases, for a row and for a column
    entries: Sequence[dict[int, int]], right: Sequence[Fraction], found: dict[int, Fraction]
) -> tuple[list[tuple[int, int]], set[int]] | None:
    """Take off rows with one unknown, which give its value, and unknowns of one row, to be worked out last.

    Returns
    -------
    tuple or None
        Row and column of each unknown for later, in order, and the rows that are used up; ``None`` if the rows depend
        on each other.
    """
    size = len(entries)
    in_row = [set(row) for row in entries]
    in_column: list[set[int]] = [set() for _ in range(size)]
    for i, row in enumerate(entries):
        for j in row:
            in_column[j].add(i)
    later: list[tuple[int, int]] = []
    used: set[int] = set()
    taken: set[int] = set()

    def take(i: int, j: int) -> None:
        for other in in_row[i]:
            in_column[other].discard(i)
        for other in in_column[j]:
            in_row[other].discard(j)
        taken.add(j)

    rows_to_see, columns_to_see = list(range(size)), list(range(size))
    gone = set()
    while rows_to_see or columns_to_see:
        if rows_to_see:
            i = rows_to_see.pop()
            if i in gone or len(in_row[i]) > 1:
                continue
            if not in_row[i]:
                return None
            (j,) = in_row[i]
            found[j] = (right[i] - _known(entries[i], found)) / entries[i][j]
            used.add(i)
        else:
            j = columns_to_see.pop()
            if j in taken or len(in_column[j]) > 1:
                continue
            if not in_column[j]:
                return None
            (i,) = in_column[j]
            later.append((i, j))
        gone.add(i)
        rows_to_see += in_column[j]
        columns_to_see += in_row[i]
        take(i, j)
    return later, used


def _known(row: Mapping[int, int], found: Mapping[int, Fraction]) -> Fraction:
    return sum((value * found[j] for j, value in row.items() if j in found), Fraction(0))


def _eliminate(rows: Sequence[Sequence[int]], right: Sequence[Fraction]) -> list[Fraction] | None:
    """Solve a square system by Bareiss's elimination."""
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
        self._ask_solver()
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

    def _ask_solver(self) -> None:
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
        worst, found = Fraction(0), None
        integers, scale = to_integers(values)
        for number, row in enumerate(self.rows):
            left = sum(a * v for a, v in zip(row.coefficients, integers, strict=True) if a)
            over = Fraction(left, scale) - row.bound
            over = (abs(over) if row.is_equal else over) / self._scales[number]
            if over > worst:
                worst, found = over, number
                if not greedy:
                    break
        return found

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
