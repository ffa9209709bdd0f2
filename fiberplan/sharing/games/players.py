"""Players and coalitions of them: who may be one, how they are ordered and written, which costs are exact."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction
from typing import Annotated

import numpy as np

from fiberplan.errors import SharingError
from fiberplan.sharing.saved_types import sorted_by

Player = str | int
Coalition = frozenset[Player]


def player_order(player: Player) -> tuple[int, int, str]:
    """Rank players: numbers before texts, each in their own order."""
    return (1, 0, player) if isinstance(player, str) else (0, player, "")


SavedCoalition = Annotated[Coalition, sorted_by(player_order)]
"""A coalition that is saved as the list of its members, in their order."""


def coalition_text(coalition: Iterable[Player]) -> str:
    """Write a coalition the way people read it.

    Examples
    --------
    >>> coalition_text({"B", "A"})
    '{A, B}'
    """
    return "{" + ", ".join(str(player) for player in sorted(coalition, key=player_order)) + "}"


def check_players(players: Iterable[Player]) -> tuple[Player, ...]:
    """Insist on players that are texts or whole numbers, each once, and at least one.

    Raises
    ------
    SharingError
        They are not.
    """
    listed = tuple(players)
    for player in listed:
        if isinstance(player, bool) or not isinstance(player, str | int):
            raise SharingError(f"player {player!r} is neither a text nor a whole number")
    if not listed:
        raise SharingError("a cost game needs at least one player")
    if len(set(listed)) < len(listed):
        twice = next(player for player in listed if listed.count(player) > 1)
        raise SharingError(f"player {twice!r} is listed twice")
    return listed


@dataclass(frozen=True, slots=True)
class CostOf:
    """What an error's text calls the cost of a coalition; written only if there is an error."""

    coalition: Iterable[Player]

    def __str__(self) -> str:
        return f"the cost of {coalition_text(self.coalition)}"


def exact(value: object, of: object) -> Fraction:
    """Take an exact number that is not negative.

    Parameters
    ----------
    value
        An ``int``, `fractions.Fraction` or `decimal.Decimal`.
    of
        What it is the cost of, for the error's text.

    Raises
    ------
    SharingError
        It is a float or no number, or negative.
    """
    kind = type(value).__name__
    if isinstance(value, np.integer):
        value = int(value)
    if isinstance(value, bool) or not isinstance(value, int | Fraction | Decimal):
        raise SharingError(f"{of} is {value!r} ({kind}); expected an int, a Fraction or a Decimal")
    if isinstance(value, Decimal) and not value.is_finite():
        raise SharingError(f"{of} is {value}; expected a finite number")
    number = Fraction(value)
    if number < 0:
        raise SharingError(f"{of} is negative: {value}")
    return number
