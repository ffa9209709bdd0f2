"""Stability of a split: the most violated coalition, the least core, and whether the core is empty."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from fractions import Fraction
from typing import TYPE_CHECKING, Annotated, Final

import numpy as np

from fiberplan.money import to_integers
from fiberplan.sharing.games.coalitions import (
    WIDEST,
    Array,
    coalition_sizes,
    largest,
    subset_sums,
    times,
    widened,
)
from fiberplan.sharing.games.game import MAX_ENUMERATED, CostGame, Shares
from fiberplan.sharing.games.networks import FixedNetworkGame
from fiberplan.sharing.games.players import Coalition, Player, SavedCoalition
from fiberplan.sharing.rules.nested import nested_least_gain, nested_nucleolus
from fiberplan.sharing.rules.stages import MAX_PLAYERS, Stages, plain
from fiberplan.sharing.saved_types import Pairs

if TYPE_CHECKING:
    from collections.abc import Sequence

_FOREVER: Final = WIDEST - 1


@dataclass(frozen=True, slots=True)
class LeastCore:
    """The least core: the smallest amount beyond its cost that every coalition can be held to, with its proof.

    Maschler, Peleg and Shapley 1979. Where `epsilon` is positive the core is empty, and the balanced weights prove it:
    the coalitions, each with its weight, would serve all players for less than the grand coalition costs
    (Bondareva 1963; Shapley 1967).

    Attributes
    ----------
    epsilon
        The smallest amount such that some split of the cost charges every coalition at most its cost and that.
    shares
        Such a split.
    weights
        Balanced weights: those of the coalitions of each player sum to 1. Any split charges some coalition at least
        ``epsilon`` more than its cost, because ``c(N) - sum of w(S) c(S) = epsilon * sum of w(S)``. Empty where the
        result follows from the structure of a network.
    """

    epsilon: Fraction
    shares: Shares
    weights: Annotated[Mapping[SavedCoalition, Fraction], Pairs()]

    @property
    def core_is_empty(self) -> bool:
        """Whether every split makes some coalition pay more than its cost."""
        return self.epsilon > 0

    def faults(self, game: CostGame) -> list[str]:
        """Check shares and weights against a game by sums alone; empty if they prove `epsilon`."""
        faults = []
        if sum(self.shares.values(), Fraction(0)) != game.total:
            faults.append("the shares of the least core do not sum to the cost")
        worst = worst_coalition(game, self.shares)
        if worst is not None and worst.excess > self.epsilon:
            faults.append(f"the shares of the least core charge {worst.members} more than epsilon")
        if game.size == 1:
            return faults
        sums = {
            p: sum((w for group, w in self.weights.items() if p in group), Fraction(0)) for p in game.players
        }
        faults += [
            f"the balanced weights of {player} do not sum to 1" for player, w in sums.items() if w != 1
        ]
        whole = sum((weight * game.cost(group) for group, weight in self.weights.items()), Fraction(0))
        if min(self.weights.values(), default=Fraction(0)) < 0:
            faults.append("a balanced weight is negative")
        if game.total - whole != self.epsilon * sum(self.weights.values(), Fraction(0)):
            faults.append("the balanced weights do not prove epsilon")
        return faults


@dataclass(frozen=True, slots=True)
class Excess:
    """What a coalition pays beyond its cost; negative if it gains."""

    members: tuple[Player, ...]
    excess: Fraction


def least_core(game: CostGame) -> LeastCore | None:
    """Find the least core.

    Returns
    -------
    LeastCore or None
        ``None`` where the game has too many players and is no fixed network of nested groups.
    """
    if game.size == 1:
        return LeastCore(Fraction(0), {game.players[0]: game.total}, {})
    if game.size <= MAX_PLAYERS:
        stages = Stages(game, plain, ceilings=False)
        shares, gain, prices = stages.stage()
        together = sum(price for mask, price in prices.items() if mask & 1)
        weights = {frozenset(game.members(mask)): price / together for mask, price in sorted(prices.items())}
        by_player = {p: share / stages.scale for p, share in zip(game.players, shares, strict=True)}
        return LeastCore(-gain / stages.scale, by_player, weights)
    if isinstance(game, FixedNetworkGame) and (groups := game.nested_groups()) is not None:
        return LeastCore(-nested_least_gain(game, groups), nested_nucleolus(game, groups), {})
    return None


def excesses(values: Array, scale: int, shares: Sequence[Fraction]) -> tuple[Array, int]:
    """Compute what every coalition pays beyond its cost, as integers and their common denominator.

    Parameters
    ----------
    values
        Costs of all coalitions by bit mask, shape ``(2**players,)``.
    scale
        Denominator of the costs.
    shares
        What each player pays, in their order.
    """
    integers, denominator = to_integers([*shares, Fraction(1, scale)])
    charged, factor = subset_sums(integers[:-1]), integers[-1]
    costs = times(values, factor)
    return widened(charged, 2) - widened(costs, 2 if largest(charged) < WIDEST // 2 else 1), denominator


def worst_coalition(
    game: CostGame, shares: Shares, *, use_lower: bool = False, rounding: int = 0
) -> Excess | None:
    """Find the coalition, not all players, that pays most beyond its cost, exactly.

    Parameters
    ----------
    game
        Up to `MAX_ENUMERATED` players, or a fixed network.
    shares
        What each pays.
    use_lower
        Whether to compare with proven lower bounds instead of costs.
    rounding
        What each player in it may pay beyond an exact share, in the unit of the costs.

    Returns
    -------
    Excess or None
        ``None`` if there are too many players to know. On a large network a coalition without excess is the empty one.
    """
    if game.size == 1:
        return Excess((), Fraction(0))
    if game.size <= MAX_ENUMERATED:
        costs = game.array()
        values = costs.lower if use_lower else costs.values
        over, scale = excesses(values, costs.scale, [shares[player] for player in game.players])
        if rounding:
            sizes = coalition_sizes(game.size)
            over = over - times(np.minimum(sizes, game.size - sizes), rounding * scale)
        mask = int(over[1:-1].argmax()) + 1
        return Excess(game.members(mask), Fraction(int(over[mask]), scale))
    if not isinstance(game, FixedNetworkGame):
        return None
    reduced = {player: shares[player] - rounding for player in game.players}
    groups = game.nested_groups()
    return _worst_by_flow(game, reduced) if groups is None else _worst_nested(game, groups, reduced)


def _worst_nested(game: FixedNetworkGame, groups: Sequence[Coalition], shares: Shares) -> Excess:
    """Take those behind a segment in if they together pay more than it costs, inner segments first."""
    chosen: dict[Player, list[Player]] = {player: [player] for player in game.players if shares[player] > 0}
    gain = {player: shares[player] for player in chosen}
    for users in reversed(groups):
        heads = [player for player in users if player in chosen]
        together = sum((gain[player] for player in heads), Fraction(0)) - game.segments[users]
        members = [member for head in heads for member in chosen.pop(head)]
        if together > 0:
            head = members[0]
            chosen[head], gain[head] = members, together
    members = [member for group in chosen.values() for member in group]
    return Excess(
        tuple(p for p in game.players if p in set(members)), sum((gain[h] for h in chosen), Fraction(0))
    )


def _worst_by_flow(game: FixedNetworkGame, shares: Shares) -> Excess | None:
    """Find it as a cheapest cut: who pays is on one side, the segments they need with them (Picard 1976)."""
    # OR-Tools takes a tenth of a second to load, and only large networks need it.
    from ortools.graph.python import max_flow  # noqa: PLC0415

    paying = [player for player in game.players if shares[player] > 0]
    segments = list(game.segments.items())
    integers, _ = to_integers([*(shares[player] for player in paying), *(cost for _, cost in segments)])
    if sum(integers) >= WIDEST:
        return None
    flow = max_flow.SimpleMaxFlow()
    node = {player: i + 2 for i, player in enumerate(paying)}
    for player, amount in zip(paying, integers[: len(paying)], strict=True):
        flow.add_arc_with_capacity(0, node[player], amount)
    for i, ((users, _), amount) in enumerate(zip(segments, integers[len(paying) :], strict=True)):
        segment = len(paying) + 2 + i
        flow.add_arc_with_capacity(segment, 1, amount)
        for player in users & node.keys():
            flow.add_arc_with_capacity(node[player], segment, _FOREVER)
    if not paying or flow.solve(0, 1) != flow.OPTIMAL:
        return Excess((), Fraction(0)) if not paying else None
    side = set(flow.get_source_side_min_cut())
    members = tuple(player for player in paying if node[player] in side)
    return Excess(members, sum((shares[p] for p in members), Fraction(0)) - game.cost(members))
