"""From exact shares to whole amounts of money (`docs/cost-split.md` §8.1)."""

from __future__ import annotations

from fractions import Fraction
from typing import TYPE_CHECKING

from fiberplan.errors import SharingError
from fiberplan.money import apportion
from fiberplan.sharing.games.players import player_order

if TYPE_CHECKING:
    from collections.abc import Mapping

    from fiberplan.sharing.games.players import Player


def in_money(shares: Mapping[Player, Fraction]) -> dict[Player, int]:
    """Round exact shares to whole units that sum to the same, by largest remainders, ties to the smaller id.

    Shares that are not negative come out as `fiberplan.money.apportion` divides their sum; a share may be negative too.

    Raises
    ------
    SharingError
        The shares do not sum to a whole number.

    Examples
    --------
    >>> in_money({"A": Fraction(14, 3), "B": Fraction(14, 3), "C": Fraction(-1, 3)})
    {'A': 5, 'B': 5, 'C': -1}
    """
    total = sum(shares.values(), Fraction(0))
    if total.denominator != 1:
        raise SharingError(f"the shares sum to {total}, which is no whole amount")
    line = sorted(shares, key=player_order)
    floors = {player: share.numerator // share.denominator for player, share in shares.items()}
    left = int(total) - sum(floors.values())
    more = apportion(left, {i: shares[player] - floors[player] for i, player in enumerate(line)})
    place = {player: i for i, player in enumerate(line)}
    return {player: floors[player] + more[place[player]] for player in shares}
