"""The nucleolus and its relatives: make the unhappiest coalition as happy as can be, then the next, and so on.

A sequence of linear programs over coalitions that are added as they are found violated, each solved exactly; the dual
prices of each stage prove which coalitions are settled by it (Kopelowitz 1967; Potters, Reijnierse and Ansing 1996).
"""

from __future__ import annotations

from fractions import Fraction
from typing import TYPE_CHECKING, Final, Protocol

import numpy as np

from fiberplan.money import to_integers
from fiberplan.sharing.games.coalitions import (
    Array,
    bits,
    coalition_sizes,
    exact_dtype,
    largest,
    subset_sums,
    times,
)
from fiberplan.solvers.exact_lp import Program, Row, null_space

if TYPE_CHECKING:
    from collections.abc import Sequence

    from fiberplan.sharing.games.game import CostArray, CostGame
    from fiberplan.sharing.games.players import Player

MAX_PLAYERS: Final = 20
"""Players up to which the most violated coalition is found by looking at every one."""

_ROWS_PER_ROUND: Final = 8


class GainMeasure(Protocol):
    """By what a coalition's gain is measured."""

    def __call__(self, costs: CostArray, count: int) -> Array:
        """Give the whole-number weight of each coalition; 0 for one that must not lose at all."""
        ...


def plain(costs: CostArray, count: int) -> Array:
    """Weigh every coalition alike.

    Parameters
    ----------
    costs
        Costs of all coalitions, by bits.
    count
        Players.
    """
    return np.ones_like(costs.values, shape=2**count)


def per_capita(costs: CostArray, count: int) -> Array:  # noqa: ARG001 - the shape of a GainMeasure
    """Weigh a coalition by its size.

    Parameters
    ----------
    costs
        Costs of all coalitions, by bits.
    count
        Players.
    """
    return coalition_sizes(count)


def by_cost(costs: CostArray, count: int) -> Array:  # noqa: ARG001 - the shape of a GainMeasure
    """Weigh a coalition by its cost.

    Parameters
    ----------
    costs
        Costs of all coalitions, by bits.
    count
        Players.
    """
    return costs.values


class Stages:
    """The linear programs of one game.

    Parameters
    ----------
    game
        With few enough players to look at every coalition.
    measure
        What gains are measured by.
    ceilings
        Whether nobody may pay more than alone.
    """

    def __init__(self, game: CostGame, measure: GainMeasure, *, ceilings: bool) -> None:
        game.require_few_players(MAX_PLAYERS)
        costs = game.array()
        self.count = game.size
        self.scale = costs.scale
        self.costs = costs.values
        self.weights = measure(costs, self.count)
        self.hard = [1 << player for player in range(self.count)] if ceilings else []
        self.hard += [int(mask) for mask in np.flatnonzero(self.weights[:-1] == 0)[1:]]
        self.settled: dict[int, Fraction] = {2**self.count - 1: Fraction(int(self.costs[-1]))}
        self._seen: set[int] = set()

    def open_coalitions(self) -> Array:
        """Mark the coalitions whose share the settled ones leave open."""
        is_open: Array = np.zeros(2**self.count, dtype=bool)
        for vector in self._directions():
            is_open |= subset_sums(vector) != 0
        is_open &= self.weights != 0
        return is_open

    def _directions(self) -> list[list[int]]:
        rows = [[mask >> player & 1 for player in range(self.count)] for mask in self.settled]
        return null_space(rows, self.count)

    def run(self) -> list[Fraction]:
        """Settle stage after stage until all shares are; they are in the scale of the costs."""
        shares, _, _ = self.stage()
        while self._directions():
            shares, _, _ = self.stage()
        return shares

    def stage(self) -> tuple[list[Fraction], Fraction, dict[int, Fraction]]:
        """Maximise the least gain of the open coalitions and settle those that limit it.

        Returns
        -------
        tuple
            Shares, the gain per unit of weight, and the dual price of each limiting coalition.
        """
        is_open = self.open_coalitions()
        program, masks = self._program(is_open)
        while True:
            corner = program.solve()
            violated = self._violated(is_open, corner.values)
            if not violated:
                break
            for mask in violated:
                self._add(program, masks, mask)
        prices = {
            masks[i]: price for i, price in corner.prices.items() if price and masks[i] not in self.settled
        }
        for mask in prices:
            self.settled[mask] = sum((corner.values[player] for player in bits(mask)), Fraction(0))
        return corner.values[:-1], corner.values[-1], prices

    def _program(self, is_open: Array) -> tuple[Program, list[int]]:
        unit = Fraction(max(largest(self.costs), 1))
        heaviest = max(largest(self.weights), 1)
        program = Program(self.count + 1, [unit] * self.count + [unit / heaviest])
        masks: list[int] = []
        for mask, share in self.settled.items():
            program.add(Row(self._coefficients(mask, 0), share, is_equal=True))
            masks.append(mask)
        for mask in self.hard:
            program.add(Row(self._coefficients(mask, 0), Fraction(int(self.costs[mask]))))
            masks.append(mask)
        full = 2**self.count - 1
        for player in range(self.count):
            self._seen |= {1 << player, full ^ (1 << player)} - {0, full}
        first = int(is_open.argmax())  # a coalition and all others bound the gain between them
        self._seen |= {first, full ^ first}
        self._seen = {mask for mask in self._seen if is_open[mask]}
        for mask in sorted(self._seen):
            self._add(program, masks, mask)
        if first:
            row_of = {mask: number for number, mask in enumerate(masks)}
            pair = (first, full ^ first)
            loose = {bits(mask)[0] for mask in pair}
            resting = [-1 - player for player in range(self.count) if player not in loose]
            program.start_from([row_of[full], *(row_of[mask] for mask in pair), *resting])
        return program, masks

    def _add(self, program: Program, masks: list[int], mask: int) -> None:
        program.add(Row(self._coefficients(mask, int(self.weights[mask])), Fraction(int(self.costs[mask]))))
        masks.append(mask)
        self._seen.add(mask)

    def _coefficients(self, mask: int, weight: int) -> tuple[int, ...]:
        return (*(mask >> player & 1 for player in range(self.count)), weight)

    def _violated(self, is_open: Array, values: Sequence[Fraction]) -> list[int]:
        """Find the open coalitions that a corner treats worst, exactly; none if it holds for all."""
        integers, scale = to_integers(values)
        charged, gain = subset_sums(integers[:-1]), integers[-1]
        bound = largest(charged) + largest(self.costs) * scale + largest(self.weights) * abs(gain)
        kind = exact_dtype(bound)
        excess: Array = charged.astype(kind, copy=False) + times(self.weights, gain).astype(kind, copy=False)
        excess -= times(self.costs, scale).astype(kind, copy=False)
        candidates = np.flatnonzero(is_open & (excess > 0))
        # the worst first, ties to the smaller mask: the same rows on every machine
        order = np.lexsort((candidates, -excess[candidates].astype(float)))
        return [int(mask) for mask in candidates[order[:_ROWS_PER_ROUND]]]


def lexicographic_shares(game: CostGame, measure: GainMeasure) -> dict[Player, Fraction]:
    """Share the cost so that the gains, as the measure measures them, are lexicographically largest.

    Parameters
    ----------
    game
        The game.
    measure
        By what the gain of a coalition is measured.
    """
    if game.size == 1:
        return {game.players[0]: game.total}
    ceilings = sum(game.stand_alone().values()) >= game.total
    stages = Stages(game, measure, ceilings=ceilings)
    return {player: share / stages.scale for player, share in zip(game.players, stages.run(), strict=True)}
