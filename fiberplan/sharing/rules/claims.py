"""More claims than money: how a fixed sum is rationed (O'Neill 1982; Thomson 2003, a survey)."""

from __future__ import annotations

import math
from collections import defaultdict
from fractions import Fraction
from typing import TYPE_CHECKING, Final

from fiberplan.errors import SharingError
from fiberplan.sharing.games.players import Player, exact
from fiberplan.sharing.nearest import nearest_name
from fiberplan.sharing.rules.division import divide

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from fiberplan.money import Rational

Claims = dict[Player, Fraction]

MAX_STATES: Final = 2_000_000
"""Sums of claims that random arrival keeps apart at most."""


def ration(total: Rational, claims: Mapping[Player, Rational], *, method: str = "proportional") -> Claims:
    """Divide a sum among claims that exceed it.

    Parameters
    ----------
    total
        What there is, not negative and not more than all claims.
    claims
        Not negative.
    method
        ``proportional``; ``cea``, constrained equal awards (Maimonides); ``cel``, constrained equal losses;
        ``talmud`` (Aumann and Maschler 1985); ``random-arrival`` (O'Neill 1982).

    Returns
    -------
    dict
        What each gets, exact: never negative and never more than the claim.

    Raises
    ------
    SharingError
        There is more money than claims, something is negative or not exact, or the method is unknown.

    Examples
    --------
    >>> {who: str(sum) for who, sum in ration(200, {"A": 100, "B": 200, "C": 300}, method="talmud").items()}
    {'A': '50', 'B': '75', 'C': '75'}
    """
    if method not in METHODS:
        raise SharingError(f"there is no rationing method {method!r}{nearest_name(method, METHODS)}")
    money = exact(total, "the sum to be rationed")
    wanted = {player: exact(claim, f"the claim of {player}") for player, claim in claims.items()}
    whole = sum(wanted.values(), Fraction(0))
    if money > whole:
        raise SharingError(f"{money} is more than all claims together, {whole}: nothing has to be rationed")
    return METHODS[method](money, wanted)


def equal_awards(money: Fraction, claims: Claims) -> Claims:
    """Everybody gets the same, but nobody more than the claim.

    Parameters
    ----------
    money
        What there is to divide.
    claims
        What each claimant claims.

    Examples
    --------
    >>> [str(sum) for sum in equal_awards(Fraction(10), {"A": Fraction(2), "B": Fraction(9)}).values()]
    ['2', '8']
    """
    awards = dict.fromkeys(claims, Fraction(0))
    left = money
    ordered = sorted(claims, key=lambda player: claims[player])
    for i, player in enumerate(ordered):
        awards[player] = min(claims[player], left / (len(ordered) - i))
        left -= awards[player]
    return awards


def equal_losses(money: Fraction, claims: Claims) -> Claims:
    """Everybody loses the same, but nobody more than the claim.

    Parameters
    ----------
    money
        What there is to divide.
    claims
        What each claimant claims.
    """
    losses = equal_awards(sum(claims.values(), Fraction(0)) - money, claims)
    return {player: claim - losses[player] for player, claim in claims.items()}


def talmud(money: Fraction, claims: Claims) -> Claims:
    """Up to half of each claim by equal awards, beyond that by equal losses.

    Aumann and Maschler 1985, *Game theoretic analysis of a bankruptcy problem from the Talmud*, J. Economic Theory 36:
    the nucleolus of the bankruptcy game.

    Parameters
    ----------
    money
        What there is to divide.
    claims
        What each claimant claims.
    """
    halves = {player: claim / 2 for player, claim in claims.items()}
    half = sum(halves.values(), Fraction(0))
    if money <= half:
        return equal_awards(money, halves)
    more = equal_losses(money - half, halves)
    return {player: halves[player] + more[player] for player in claims}


def random_arrival(money: Fraction, claims: Claims) -> Claims:
    """Who comes first gets the claim while money lasts, averaged over all orders.

    O'Neill 1982, *A problem of rights arbitration from the Talmud*, Math. Social Sciences 2: the Shapley value of the
    bankruptcy game. Instead of orders, the groups that may come before a claimant are counted by size and sum.

    Parameters
    ----------
    money
        What there is to divide.
    claims
        What each claimant claims.
    """
    count = len(claims)
    awards = {}
    for player, claim in claims.items():
        before = _groups(money, [other for who, other in claims.items() if who != player])
        chances = (
            ways * math.factorial(size) * math.factorial(count - size - 1) * min(claim, money - taken)
            for (size, taken), ways in before.items()
        )
        awards[player] = sum(chances, Fraction(0)) / math.factorial(count)
    return awards


def _groups(money: Fraction, claims: list[Fraction]) -> dict[tuple[int, Fraction], int]:
    """Count the groups of claimants that leave some money, by size and sum of claims."""
    ways_by_state: dict[tuple[int, Fraction], int] = {(0, Fraction(0)): 1} if money else {}
    for claim in claims:
        grown: defaultdict[tuple[int, Fraction], int] = defaultdict(int, ways_by_state)
        for (size, taken), ways in ways_by_state.items():
            if taken + claim < money:
                grown[size + 1, taken + claim] += ways
        ways_by_state = dict(grown)
        if len(ways_by_state) > MAX_STATES:
            raise SharingError(
                f"{len(claims) + 1} claims are too many for random arrival: their sums differ too much"
            )
    return ways_by_state


METHODS: Final[Mapping[str, Callable[[Fraction, Claims], Claims]]] = {
    "proportional": divide,
    "cea": equal_awards,
    "cel": equal_losses,
    "talmud": talmud,
    "random-arrival": random_arrival,
}
