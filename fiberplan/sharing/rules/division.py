"""Exact division by weights, which several rules share."""

from __future__ import annotations

from fractions import Fraction
from typing import TYPE_CHECKING

from fiberplan.errors import SharingError
from fiberplan.sharing.games.players import Player, exact

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from fiberplan.money import Rational
    from fiberplan.sharing.games.game import CostGame


def check_weights(weights: Mapping[Player, Rational], players: Iterable[Player]) -> dict[Player, Fraction]:
    """Insist on exactly one weight for every player, none negative.

    Parameters
    ----------
    weights
        A weight for each player.
    players
        Who must have one.

    Raises
    ------
    SharingError
        Somebody has none, or somebody else has one, or a weight is negative or not exact.
    """
    expected = list(players)
    if missing := [player for player in expected if player not in weights]:
        raise SharingError(f"no weight for {', '.join(map(str, missing[:5]))}")
    if others := [player for player in weights if player not in set(expected)]:
        raise SharingError(f"a weight for {', '.join(map(str, others[:5]))}, who takes no part")
    return {player: exact(weights[player], f"the weight of {player}") for player in expected}


def divide(total: Fraction, weights: Mapping[Player, Fraction]) -> dict[Player, Fraction]:
    """Divide an amount by weights, exactly.

    Parameters
    ----------
    total
        The amount.
    weights
        The weight of each player, none negative.

    Raises
    ------
    SharingError
        All weights are zero while there is something to divide.

    Examples
    --------
    >>> divide(Fraction(10), {"A": Fraction(1), "B": Fraction(2)})
    {'A': Fraction(10, 3), 'B': Fraction(20, 3)}
    """
    whole = sum(weights.values(), Fraction(0))
    if total and not whole:
        raise SharingError(f"{total} cannot be divided by weights that are all zero")
    return {player: total * weight / whole if whole else Fraction(0) for player, weight in weights.items()}


def left_over(game: CostGame, separable: Mapping[Player, Fraction]) -> Fraction:
    """Return what of the cost of the grand coalition is not separable.

    Parameters
    ----------
    game
        The game.
    separable
        What each player adds to all others.
    """
    return game.total - sum(separable.values(), Fraction(0))
