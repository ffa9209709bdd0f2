"""A subsidy in whole units of money, so that every rule still holds to the last unit: integers in CP-SAT."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import TYPE_CHECKING, Annotated, Any, Final

from fiberplan.errors import ConflictError, SharingError
from fiberplan.money import round_half_up
from fiberplan.sharing.games.coalitions import WIDEST
from fiberplan.sharing.games.players import Player
from fiberplan.sharing.saved_types import Pairs
from fiberplan.sharing.subsidy.program import whole_row
from fiberplan.sharing.subsidy.rules import RuleKind, rule_text

if TYPE_CHECKING:
    from fiberplan.sharing.games.game import CostGame
    from fiberplan.sharing.subsidy.program import SubsidyProgram
    from fiberplan.sharing.subsidy.rows import Columns, Condition
    from fiberplan.sharing.subsidy.rules import SubsidyRules

_REACH: Final = 2
"""Amounts are looked for this many units per player around their exact values."""


@dataclass(frozen=True, slots=True)
class SubsidyInMoney:
    """Whole amounts that meet every rule.

    Attributes
    ----------
    public
        All public money.
    bound
        No whole amounts with less public money than this can meet the rules.
    payments
        What each operator pays.
    grants
        Public money by pool and operator.
    """

    public: int
    bound: int
    payments: Annotated[Mapping[Player, int], Pairs()]
    grants: Annotated[Mapping[tuple[str, Player], int], Pairs()]

    def granted(self, player: Player) -> int:
        """Sum a player's grants."""
        return sum(grant for (_, who), grant in self.grants.items() if who == player)

    @property
    def is_least(self) -> bool:
        """Whether it is proven that no less public money will do."""
        return self.public == self.bound


def whole_amounts(
    game: CostGame,
    rules: SubsidyRules,
    program: SubsidyProgram,
    *,
    public: Fraction,
    near: Sequence[Fraction],
) -> SubsidyInMoney | None:
    """Find whole amounts with the least public money, then as near to the exact ones as can be.

    First the amount that is farthest off counts, then the sum of all distances; of those that are equally near, more is paid by the operators with the smaller ids.

    Parameters
    ----------
    game
        Its cost must be whole for there to be whole amounts.
    rules
        For those that are yes or no choices.
    program
        With the coalitions that matter so far; others are looked for here too.
    public
        The exact optimum, which is a lower bound.
    near
        The exact amounts, by column.

    Returns
    -------
    SubsidyInMoney or None
        ``None`` if there are none near the exact ones.

    Raises
    ------
    ConflictError
        Rules that are yes or no choices cannot be met together with the others.
    """
    if game.total.denominator != 1:
        return None
    search = _Search(program, rules, near, at_least=math.ceil(public), total=int(game.total))
    columns = program.columns
    values = search.run()
    if values is None:
        if rules.has_choices:
            raise ConflictError([*_choices(rules), "all other rules of the subsidy together"])
        return None
    spent = sum(values[len(columns.players) :])
    return SubsidyInMoney(
        spent,
        search.bound,
        dict(zip(columns.players, values[: len(columns.players)], strict=True)),
        dict(zip(columns.grants, values[len(columns.players) :], strict=True)),
    )


def _choices(rules: SubsidyRules) -> list[str]:
    texts = []
    if rules.most_recipients is not None:
        texts.append(rule_text(RuleKind.RECIPIENTS, (), Fraction(rules.most_recipients)))
    if rules.smallest_grant:
        texts.append(rule_text(RuleKind.SMALLEST_GRANT, (), Fraction(rules.smallest_grant)))
    return texts


class _Search:
    """One model, solved for one aim after the other; each aim is then kept.

    Its variables count from whole amounts near the exact ones, so that large sums of money make no large numbers; where a
    rule is a yes or no choice they count from zero.
    """

    def __init__(
        self,
        program: SubsidyProgram,
        rules: SubsidyRules,
        near: Sequence[Fraction],
        *,
        at_least: int,
        total: int,
    ) -> None:
        # OR-Tools takes a while to load, which only those who need it should wait for
        from ortools.sat.python import cp_model  # noqa: PLC0415

        self._cp: Any = cp_model
        self._model: Any = cp_model.CpModel()
        self._program = program
        self._columns: Columns = program.columns
        self._kept = 0
        self.bound = at_least
        reach = _REACH * (len(self._columns.players) + 1)
        signed = not any(row.kind is RuleKind.NOT_NEGATIVE for row in program.conditions)
        self._base = [0 if rules.has_choices else math.floor(value) for value in near]
        self._vars: list[Any] = []
        for column, base in enumerate(self._base):
            low, high = (-total if signed else 0, total) if rules.has_choices else (-reach, reach + 1)
            if column >= len(self._columns.players) or not signed:
                low = max(low, -base)
            self._vars.append(self._model.new_int_var(low, high, ""))
        self._widest = total if rules.has_choices else reach + 1
        self._amounts = self._amounts_near(near)
        self._spent = sum(self._vars[column] for column in self._columns.all_grants)
        self._already = sum(self._base[column] for column in self._columns.all_grants)
        self._model.add(self._spent >= at_least - self._already)
        self._add_choices(rules, total)
        self._proves_all = rules.has_choices

    def run(self) -> list[int] | None:
        """Take the least public money, then the nearest amounts, then settle ties by id."""
        first = self._solve(self._spent)
        if first is None:
            return None
        values, spent = first
        if self._proves_all:
            self.bound = spent + self._already
        self._model.add(self._spent == spent)
        away = []
        farthest_off = (self._widest + 1) * (len(self._vars) + 1)
        for amount, goal in self._amounts:
            distance = self._model.new_int_var(0, farthest_off, "")
            self._model.add_abs_equality(distance, amount - goal)
            away.append(distance)
        farthest = self._model.new_int_var(0, farthest_off, "")
        self._model.add_max_equality(farthest, away)
        for aim in (
            farthest,
            sum(away),
            *(-amount for amount, _ in self._amounts),
            *(-variable for variable in self._vars),
        ):
            result = self._solve(aim)
            assert result is not None
            values, best = result
            self._model.add(aim == best)
        return values

    def _amounts_near(self, near: Sequence[Fraction]) -> list[tuple[Any, int]]:
        """List each player's payment and all its grants together, with what they would best be."""
        amounts = []
        for player in self._columns.players:
            for columns in ([self._columns.payment(player)], self._columns.grants_to(player)):
                exact = sum((near[column] for column in columns), Fraction(0))
                best = round_half_up(exact) - sum(self._base[column] for column in columns)
                amounts.append((sum(self._vars[column] for column in columns), best))
        return amounts

    def _add_choices(self, rules: SubsidyRules, total: int) -> None:
        if not rules.has_choices:
            return
        chosen = []
        for player in self._columns.players:
            granted = sum(self._vars[column] for column in self._columns.grants_to(player))
            gets = self._model.new_bool_var("")
            self._model.add(granted <= total * gets)
            self._model.add(granted >= max(rules.smallest_grant, 1) * gets)
            chosen.append(gets)
        if rules.most_recipients is not None:
            self._model.add(sum(chosen) <= rules.most_recipients)

    def _solve(self, aim: Any) -> tuple[list[int], int] | None:  # noqa: ANN401 - an expression of OR-Tools
        """Solve, and again with every coalition that the amounts treat badly, until there is none.

        Returns
        -------
        tuple or None
            The amounts and how large the aim is; ``None`` if no amounts meet the rules.
        """
        self._model.minimize(aim)
        while True:
            for row in self._program.conditions[self._kept :]:
                self._add_row(row)
            self._kept = len(self._program.conditions)
            solver = self._cp.CpSolver()
            solver.parameters.num_workers = 1
            solver.parameters.random_seed = 0
            if solver.solve(self._model) != self._cp.OPTIMAL:
                return None
            values = [base + int(solver.value(v)) for base, v in zip(self._base, self._vars, strict=True)]
            payments = [Fraction(value) for value in values[: len(self._columns.players)]]
            fresh = self._program.separate(payments)
            if not fresh:
                return values, int(solver.value(aim))
            self._program.conditions.extend(fresh)

    def _add_row(self, row: Condition) -> None:
        if row.kind is RuleKind.SETTLED:
            return
        whole, _ = whole_row(row.coefficients, row.bound, self._columns.width)
        base = sum(a * value for a, value in zip(whole.coefficients, self._base, strict=True))
        slack = math.floor(whole.bound) - base
        most = sum(map(abs, whole.coefficients)) * self._widest
        if most >= WIDEST:
            raise SharingError("the amounts of this subsidy are too large for rules that ask yes or no")
        if not row.is_equal and slack >= most:
            return  # nothing that is looked at can break it
        terms = sum(a * variable for a, variable in zip(whole.coefficients, self._vars, strict=True) if a)
        slack = max(slack, -most - 1)
        self._model.add(terms == slack if row.is_equal else terms <= slack)
