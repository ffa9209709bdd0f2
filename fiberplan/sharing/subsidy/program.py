"""The linear programs of the smallest subsidy: exact, with coalitions added when they are violated."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import TYPE_CHECKING, Final, TypeVar

import numpy as np

from fiberplan.errors import ConflictError, SharingError
from fiberplan.money import to_integers
from fiberplan.sharing.certificates.stability import excesses, worst_coalition
from fiberplan.sharing.games.game import MAX_ENUMERATED
from fiberplan.sharing.games.networks import FixedNetworkGame
from fiberplan.sharing.subsidy.rows import Columns, Condition, coalition_condition
from fiberplan.sharing.subsidy.rules import RuleKind, rule_text
from fiberplan.solvers.exact_lp import Corner, Program, Row

if TYPE_CHECKING:
    from fiberplan.sharing.games.game import CostGame

Key = TypeVar("Key", bound=Hashable)
Goal = Mapping[int, Fraction]
"""A sum of variables that is to be small."""

Separate = Callable[[Sequence[Fraction]], list[Condition]]
"""Given the payments, in the order of the columns, find coalitions that pay more than their cost."""

_ROWS_PER_ROUND: Final = 8


@dataclass(frozen=True, slots=True)
class Optimum:
    """An exact optimum.

    Attributes
    ----------
    values
        Of all columns.
    level
        The largest goal, which is as small as can be.
    prices
        Dual price of each condition by its number; only those that are not zero.
    limiting
        Numbers of the goals that are at the level in every optimum.
    """

    values: list[Fraction]
    level: Fraction
    prices: dict[int, Fraction]
    limiting: list[int]


def coalition_finder(game: CostGame, columns: Columns, *, use_lower: bool) -> Separate:
    """Return a function that finds coalitions that pay too much: among all of them, or by the structure of a network.

    Parameters
    ----------
    game
        Costs of coalitions.
    columns
        Where the payments stand.
    use_lower
        Whether to compare with proven lower bounds instead of costs.

    Raises
    ------
    SharingError
        Too many players, without a structure that helps.
    """
    if game.size > MAX_ENUMERATED and not isinstance(game, FixedNetworkGame):
        game.require_few_players(MAX_ENUMERATED)
    if game.size == 1:
        return lambda _: []
    if game.size > MAX_ENUMERATED:

        def by_structure(payments: Sequence[Fraction]) -> list[Condition]:
            worst = worst_coalition(game, dict(zip(columns.players, payments, strict=True)))
            if worst is None:
                raise SharingError("the amounts of this network are too large to find coalitions by a cut")
            if worst.excess <= 0:
                return []
            return [coalition_condition(columns, worst.members, game.cost(worst.members))]

        return by_structure

    costs = game.array()
    values = costs.lower if use_lower else costs.values
    place = [columns.payment(player) for player in game.players]

    def by_enumeration(payments: Sequence[Fraction]) -> list[Condition]:
        over, _ = excesses(values, costs.scale, [payments[column] for column in place])
        over[-1] = 0  # what all pay together is the cost less public money
        violated = np.flatnonzero(over > 0)
        # the worst first, ties to the smaller mask: the same rows on every machine
        order = np.lexsort((violated, -over[violated].astype(float)))[:_ROWS_PER_ROUND]
        masks = [int(violated[i]) for i in order]
        return [
            coalition_condition(columns, game.members(mask), Fraction(int(values[mask]), costs.scale))
            for mask in masks
        ]

    return by_enumeration


class SubsidyProgram:
    """Conditions on payments and grants, and the programs over them.

    Parameters
    ----------
    columns
        Where the variables stand.
    conditions
        Rows to begin with.
    separate
        Finds more of them.
    unit
        A typical amount, so that the solver sees numbers around one.
    """

    def __init__(
        self, columns: Columns, conditions: Sequence[Condition], separate: Separate, *, unit: Fraction
    ) -> None:
        self.columns = columns
        self.conditions = list(conditions)
        self.separate = separate
        self._unit = unit

    def without(self, kind: RuleKind) -> SubsidyProgram:
        """Make the program without a kind of rule."""
        kept = [row for row in self.conditions if row.kind is not kind]
        separate: Separate = (lambda _: []) if kind is RuleKind.COALITION else self.separate
        return SubsidyProgram(self.columns, kept, separate, unit=self._unit)

    def least(self, goals: Sequence[Goal], *, unit: Fraction | None = None) -> Optimum:
        """Make the largest of some goals as small as can be.

        Parameters
        ----------
        goals
            Sums of variables.
        unit
            A typical value of them; by default that of the amounts.

        Raises
        ------
        ConflictError
            The conditions contradict each other.
        """
        try:
            return self._least(goals, self._unit if unit is None else unit)
        except SharingError:
            conflict = conflicting(self.conditions, self.columns, unit=self._unit)
            if not conflict:
                raise
            raise ConflictError([rule_text(c.kind, c.who, c.bound) for c in conflict]) from None

    def settle(self, goals: Mapping[Key, Goal], *, unit: Fraction | None = None) -> dict[Key, Fraction]:
        """Make the largest goal as small as can be, then the next, and so on; each is then fixed at its value.

        Parameters
        ----------
        goals
            Sums of variables by key.
        unit
            A typical value of them; by default that of the amounts.
        """
        pending, settled = dict(goals), {}
        while pending:
            keys = list(pending)
            optimum = self.least(list(pending.values()), unit=unit)
            for number in optimum.limiting:
                key = keys[number]
                settled[key] = optimum.level
                self.fix(pending.pop(key), optimum.level)
        return settled

    def fix(self, goal: Goal, value: Fraction) -> None:
        """Fix a sum of variables.

        Parameters
        ----------
        goal
            The sum.
        value
            What it is from now on.
        """
        self.conditions.append(Condition(RuleKind.SETTLED, (), goal, value, is_equal=True))

    def _least(self, goals: Sequence[Goal], level_unit: Fraction) -> Optimum:
        """Solve and separate until no coalition is left out."""
        width = self.columns.width
        program = Program(width + 1, [*[self._unit] * width, level_unit])
        owners: list[tuple[str, int, int]] = []
        floors: dict[int, int] = {}

        def add(what: str, number: int, row: Mapping[int, Fraction], bound: Fraction, *, equal: bool) -> None:
            whole, factor = whole_row(row, bound, width + 1, is_equal=equal)
            program.add(whole)
            owners.append((what, number, factor))

        def add_condition(number: int) -> None:
            row = self.conditions[number]
            if row.kind is RuleKind.NOT_NEGATIVE:
                floors[next(iter(row.coefficients))] = len(owners)
            add("condition", number, row.coefficients, row.bound, equal=row.is_equal)

        for number, goal in enumerate(goals):
            add("goal", number, {**goal, width: Fraction(1)}, Fraction(0), equal=False)
        for column in self.columns.all_grants:
            floors[column] = len(owners)
            add("sign", column, {column: Fraction(-1)}, Fraction(0), equal=False)
        for number in range(len(self.conditions)):
            add_condition(number)
        program.start_from(_start(goals[0], floors, self.columns))
        corner = program.solve()
        while fresh := self.separate(corner.values[: len(self.columns.players)]):
            for condition in fresh:
                self.conditions.append(condition)
                add_condition(len(self.conditions) - 1)
            corner = program.solve()
        return _read(corner, owners, width)


def _start(goal: Goal, floors: Mapping[int, int], columns: Columns) -> list[int]:
    """Give a basis with prices that are not negative: the first goal against the floors of its variables.

    Other payments rest at zero, other grants on their floors; so exact pivots can begin where floating point gives up.
    """
    first_grant = len(columns.players)
    rows = [floors[c] if c >= first_grant or c in goal else -1 - c for c in range(columns.width)]
    return [0, *rows]


def _read(corner: Corner, owners: Sequence[tuple[str, int, int]], width: int) -> Optimum:
    prices: dict[int, Fraction] = {}
    limiting = []
    for row, price in sorted(corner.prices.items()):
        what, number, factor = owners[row]
        if price and what == "condition":
            prices[number] = price * factor
        elif price and what == "goal":
            limiting.append(number)
    return Optimum(corner.values[:width], -corner.values[-1], prices, limiting)


def whole_row(
    coefficients: Mapping[int, Fraction], bound: Fraction, width: int, *, is_equal: bool = False
) -> tuple[Row, int]:
    """Write a row in whole numbers.

    Parameters
    ----------
    coefficients
        By column.
    bound
        Right side.
    width
        Number of columns.
    is_equal
        Whether both sides are equal.

    Returns
    -------
    tuple
        The row, and the factor by which it was multiplied.
    """
    columns = list(coefficients)
    whole, factor = to_integers([coefficients[column] for column in columns])
    dense = [0] * width
    for column, value in zip(columns, whole, strict=True):
        dense[column] = value
    return Row(tuple(dense), bound * factor, is_equal), factor


def conflicting(conditions: Sequence[Condition], columns: Columns, *, unit: Fraction) -> list[Condition]:
    """Find a smallest set of conditions that contradict each other: without any one of them the others can be met.

    A linear program decides by how much the conditions must be eased; its dual prices name those that matter, and of these
    each is left out that the contradiction does not need (the deletion filter: Chinneck and Dravnieks 1991, *Locating
    minimal infeasible constraint sets in linear programs*, ORSA J. on Computing 3).

    Parameters
    ----------
    conditions
        To be met together.
    columns
        Where the variables stand.
    unit
        A typical amount.

    Returns
    -------
    list
        Empty if they can all be met.
    """
    fixed = [row for row in conditions if row.is_equal]
    suspects = _blamed(fixed, [row for row in conditions if not row.is_equal], columns, unit=unit)
    kept = list(suspects)
    for row in suspects:
        others = [other for other in kept if other is not row]
        if len(kept) > 1 and _blamed(fixed, others, columns, unit=unit):
            kept = others
    return [*(row for row in fixed if row.kind is RuleKind.COST and kept), *kept]


def _blamed(
    fixed: Sequence[Condition], eased: Sequence[Condition], columns: Columns, *, unit: Fraction
) -> list[Condition]:
    """List the conditions that force an easing; empty if none is needed."""
    width = columns.width
    program = Program(width + 1, [unit] * (width + 1))
    program.start_from([*range(len(columns.grants) + 1), *(-1 - c for c in range(len(columns.players)))])
    program.add(whole_row({width: Fraction(1)}, Fraction(0), width + 1)[0])
    owners: list[Condition | None] = [None]
    for column in columns.all_grants:
        program.add(whole_row({column: Fraction(-1)}, Fraction(0), width + 1)[0])
        owners.append(None)
    for row in (*fixed, *eased):
        slack = {} if row.is_equal else {width: Fraction(1)}
        program.add(whole_row({**row.coefficients, **slack}, row.bound, width + 1, is_equal=row.is_equal)[0])
        owners.append(None if row.is_equal else row)
    corner = program.solve()
    if not corner.values[-1]:
        return []
    blamed = [owners[i] for i, price in sorted(corner.prices.items()) if price]
    return [row for row in blamed if row is not None]
