"""Kohlberg's criterion: whether shares are the nucleolus, without working it out.

Kohlberg 1971, *On the nucleolus of a characteristic function game*, SIAM J. Appl. Math. 20: shares are the nucleolus if
and only if, at every level, the coalitions that gain no more than that form a balanced family (Sobolev 1975 for the
prenucleolus; the same with gains divided by weights). Balance is decided exactly: a family is balanced if no change of
the shares that sums to nothing and costs none of its coalitions anything relieves one of them.
"""

from __future__ import annotations

from fractions import Fraction
from typing import TYPE_CHECKING, Final

from fiberplan.errors import SharingError
from fiberplan.sharing.games.coalitions import bits
from fiberplan.sharing.rules.stages import GainMeasure, by_cost, per_capita, plain
from fiberplan.solvers.exact_lp import Program, Row, null_space

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from fiberplan.sharing.games.game import CostGame, Shares

MAX_PLAYERS: Final = 15

_YARDSTICKS: Final[Mapping[str, GainMeasure]] = {
    "nucleolus": plain,
    "per-capita-nucleolus": per_capita,
    "proportional-nucleolus": by_cost,
}


def is_nucleolus(game: CostGame, shares: Shares, *, name: str = "nucleolus") -> bool:
    """Decide whether shares are the nucleolus of a game by Kohlberg's criterion, exactly.

    Parameters
    ----------
    game
        Of up to 15 players.
    shares
        Exact.
    name
        ``nucleolus``, ``per-capita-nucleolus`` or ``proportional-nucleolus``.
    """
    if name not in _YARDSTICKS:
        raise SharingError(
            f"Kohlberg's criterion is not for {name!r}; expected one of {', '.join(_YARDSTICKS)}"
        )
    game.require_few_players(MAX_PLAYERS)
    if sum(shares.values(), Fraction(0)) != game.total:
        return False
    if not game.total and name == "proportional-nucleolus":
        return not any(shares.values())  # relative gains of a coalition and of the rest are then 1 on average
    weights = _YARDSTICKS[name](game.array(), game.size).tolist()
    alone = game.stand_alone()
    ceilings = sum(alone.values(), Fraction(0)) >= game.total
    hard = [1 << i for i, player in enumerate(game.players) if ceilings and shares[player] == alone[player]]
    levels, free = _levels(game, shares, weights)
    too_much = ceilings and any(shares[player] > alone[player] for player in game.players)
    if too_much or any(gain < 0 for gain in free.values()):
        return False
    hard += [mask for mask, gain in free.items() if gain == 0]
    settled = [game.full_mask]
    for level in sorted(levels):
        directions = null_space([_row(mask, game.size) for mask in settled], game.size)
        if not directions:
            return True
        new = [m for m in levels[level] if any(sum(d[i] for i in bits(m)) for d in directions)]
        if new and not _is_balanced(new, settled, hard, game.size):
            return False
        settled += new
    return not null_space([_row(mask, game.size) for mask in settled], game.size)


def _levels(
    game: CostGame, shares: Shares, weights: Sequence[int]
) -> tuple[dict[Fraction, list[int]], dict[int, Fraction]]:
    """Group the coalitions by their gain per weight; give the gains of those without weight apart."""
    levels: dict[Fraction, list[int]] = {}
    free: dict[int, Fraction] = {}
    for mask in range(1, game.full_mask):
        gain = game.at(mask) - sum((shares[player] for player in game.members(mask)), Fraction(0))
        if weights[mask]:
            levels.setdefault(gain / weights[mask], []).append(mask)
        else:
            free[mask] = gain
    return levels, free


def _row(mask: int, count: int) -> list[int]:
    return [mask >> player & 1 for player in range(count)]


def _is_balanced(new: Sequence[int], settled: Sequence[int], hard: Sequence[int], count: int) -> bool:
    """Look for a change that leaves the settled as they are, burdens nobody and relieves somebody new."""
    program = Program(count + 1, [Fraction(1)] * (count + 1))
    for mask in _independent(settled, count):
        program.add(Row((*_row(mask, count), 0), Fraction(0), is_equal=True))
    for mask in [*hard, *new[: 2 * count]]:
        program.add(Row((*_row(mask, count), 0), Fraction(0)))
    together = [sum(mask >> player & 1 for mask in new) for player in range(count)]
    program.add(Row((*together, 1), Fraction(0)))
    program.add(Row((*[0] * count, 1), Fraction(1)))
    while True:
        change = program.solve().values
        burdened = [m for m in new if sum((change[i] for i in bits(m)), Fraction(0)) > 0]
        if not burdened:
            return change[-1] <= 0
        for mask in burdened[: 2 * count]:
            program.add(Row((*_row(mask, count), 0), Fraction(0)))


def _independent(masks: Sequence[int], count: int) -> list[int]:
    """Keep coalitions that span what all do."""
    kept: list[int] = []
    left = count
    for mask in masks:
        if (after := len(null_space([_row(m, count) for m in [*kept, mask]], count))) < left:
            kept.append(mask)
            left = after
    return kept
