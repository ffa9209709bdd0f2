"""The best choice of bids under ceilings, by CP-SAT, with a choice among equals that does not depend on chance."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from fiberplan.errors import SharingError
from fiberplan.sharing.games.coalitions import WIDEST

if TYPE_CHECKING:
    from collections.abc import Sequence

    from fiberplan.sharing.auction.rules import Packing

_BITS: Final = 40
"""So many bids have their tie settled at once, by powers of two."""


@dataclass(frozen=True, slots=True)
class Choice:
    """The best choice of bids.

    Attributes
    ----------
    chosen
        Numbers of the bids, ascending.
    value
        Their first and second sum.
    bound
        No choice has a larger first sum.
    is_proven
        Whether no choice is better, first or second sum.
    """

    chosen: tuple[int, ...]
    value: tuple[int, int]
    bound: int
    is_proven: bool


def best_choice(
    packing: Packing, *, settle_ties: bool = True, time_limit_s: float | None = None
) -> Choice | None:
    """Choose the bids with the largest first sum, then the largest second sum.

    Of several such choices it is the one with the bid of the smallest id that not all of them have, and so on.

    Parameters
    ----------
    packing
        Bids, values and ceilings.
    settle_ties
        Whether it matters which of several best choices is found.
    time_limit_s
        For each of the steps; without it the search ends when the optimum is proven.

    Returns
    -------
    Choice or None
        ``None`` if no choice keeps the ceilings.

    Raises
    ------
    SharingError
        No choice in time, or the amounts are too large.
    """
    if any(not ceiling.weights and ceiling.limit < 0 for ceiling in packing.ceilings):
        return None
    if not packing.bids:
        return Choice((), (0, 0), 0, is_proven=True)
    model = _Model(packing, time_limit_s)
    bound, choice = 0, None
    for part in (0, 1):
        choice = model.improve([value[part] for value in packing.values])
        if choice is None:
            return None
        bound = choice.bound if part == 0 else bound
        if not choice.is_proven:
            return Choice(choice.chosen, packing.value(choice.chosen), bound, is_proven=False)
    if settle_ties:
        for start in range(0, len(packing.bids), _BITS):
            block = range(start, min(start + _BITS, len(packing.bids)))
            weights = [2 ** (block[-1] - j) if j in block else 0 for j in range(len(packing.bids))]
            choice = model.improve(weights) or choice
    assert choice is not None
    return Choice(choice.chosen, packing.value(choice.chosen), bound, is_proven=choice.is_proven)


class _Model:
    """One model, solved for one sum after the other; each sum is then kept."""

    def __init__(self, packing: Packing, time_limit_s: float | None) -> None:
        # OR-Tools takes a while to load, which only those who need it should wait for
        from ortools.sat.python import cp_model  # noqa: PLC0415

        self._cp: Any = cp_model
        self._model: Any = cp_model.CpModel()
        self._time_limit_s = time_limit_s
        self._vars = [self._model.new_bool_var("") for _ in packing.bids]
        for ceiling in packing.ceilings:
            factor = math.gcd(*ceiling.weights.values()) or 1
            weights = {j: weight // factor for j, weight in ceiling.weights.items() if weight}
            self._model.add(self._sum(weights) <= ceiling.limit // factor)

    def improve(self, weights: Sequence[int]) -> Choice | None:
        """Make a sum as large as can be, and keep it so; ``None`` if nothing keeps the ceilings."""
        factor = math.gcd(*weights) or 1
        aim = self._sum({j: weight // factor for j, weight in enumerate(weights) if weight})
        self._model.maximize(aim)
        solver = self._cp.CpSolver()
        solver.parameters.num_workers = 1
        solver.parameters.random_seed = 0
        if self._time_limit_s is not None:
            solver.parameters.max_time_in_seconds = self._time_limit_s
        status = solver.solve(self._model)
        if status == self._cp.INFEASIBLE:
            return None
        if status not in {self._cp.OPTIMAL, self._cp.FEASIBLE}:
            raise SharingError("no award was found in the time that was given")
        chosen = tuple(j for j, variable in enumerate(self._vars) if solver.value(variable))
        best = sum(weights[j] for j in chosen)
        proven = status == self._cp.OPTIMAL
        bound = best if proven else math.floor(solver.best_objective_bound) * factor
        self._model.add(aim >= best // factor)
        self._model.clear_hints()
        for j, variable in enumerate(self._vars):
            self._model.add_hint(variable, int(j in chosen))
        return Choice(chosen, (best, 0), bound, proven)

    def _sum(self, weights: dict[int, int]) -> Any:  # noqa: ANN401 - an expression of OR-Tools
        if sum(map(abs, weights.values())) >= WIDEST:
            raise SharingError("the amounts of this auction are too large to be added up")
        numbers = list(weights)
        return self._cp.LinearExpr.weighted_sum(
            [self._vars[j] for j in numbers], [weights[j] for j in numbers]
        )
