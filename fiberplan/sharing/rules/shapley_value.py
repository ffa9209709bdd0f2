"""The Shapley value: by structure on fixed networks, by enumeration of all coalitions, by samples beyond."""

from __future__ import annotations

import math
from fractions import Fraction
from random import Random
from statistics import NormalDist
from typing import TYPE_CHECKING, Final

import numpy as np

from fiberplan.errors import SharingError
from fiberplan.sharing.games.coalitions import (
    LIMB_BITS,
    Array,
    coalition_sizes,
    limbs,
)
from fiberplan.sharing.games.players import Player

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from fiberplan.sharing.games.game import CostGame
    from fiberplan.sharing.games.networks import FixedNetworkGame

MAX_WEIGHTED: Final = 16
"""Players up to which the weighted value is worked out: each coalition may have a denominator of its own."""


class SampledShares(dict[Player, Fraction]):
    """Shares estimated from random orders; they sum to the cost exactly.

    Attributes
    ----------
    half_width
        By player: half the width of its confidence interval.
    confidence
        Of each interval.
    orders
        How many orders were drawn.
    """

    def __init__(
        self,
        shares: Mapping[Player, Fraction],
        half_width: Mapping[Player, float],
        confidence: float,
        orders: int,
    ) -> None:
        super().__init__(shares)
        self.half_width = dict(half_width)
        self.confidence = confidence
        self.orders = orders


def sum_in_pairs(parts: Sequence[Fraction]) -> Fraction:
    """Add many fractions in pairs, so that denominators grow late."""
    if len(parts) <= 2:
        return sum(parts, Fraction(0))
    half = len(parts) // 2
    return sum_in_pairs(parts[:half]) + sum_in_pairs(parts[half:])


def by_segment(game: FixedNetworkGame) -> dict[Player, Fraction]:
    """Divide each segment in equal parts among its users."""
    shares = dict.fromkeys(game.players, Fraction(0))
    for users, cost in game.segments.items():
        part = cost / len(users)
        for player in users:
            shares[player] += part
    return shares


def enumerated_shapley(game: CostGame) -> dict[Player, Fraction]:
    """Work out the Shapley value from all coalitions.

    With ``T(s)`` the sum of the costs of all coalitions of ``s`` players and ``A(s)`` that of those with player ``i``,
    what ``i`` adds to all coalitions of ``s`` others is ``A(s + 1) - T(s) + A(s)``, and each order of arrival has such
    a coalition with probability ``s! (n - s - 1)! / n!``.
    """
    count = game.size
    costs = game.array()
    sizes = coalition_sizes(count)
    by_size = np.argsort(sizes, kind="stable")
    pieces = [piece[by_size] for piece in limbs(costs.values)]
    starts = np.searchsorted(sizes[by_size], np.arange(count + 1))

    def sums_by_size(chosen: Array) -> list[int]:
        sums = [np.add.reduceat(np.where(chosen, piece, 0), starts).tolist() for piece in pieces]
        return [
            sum(part << LIMB_BITS * k for k, part in enumerate(column)) for column in zip(*sums, strict=True)
        ]

    all_sums = sums_by_size(np.ones_like(by_size, dtype=bool))
    shares = {}
    for i, player in enumerate(game.players):
        sums = sums_by_size(by_size >> i & 1 == 1)
        weighted = sum(
            math.factorial(s) * math.factorial(count - s - 1) * (sums[s + 1] - all_sums[s] + sums[s])
            for s in range(count)
        )
        shares[player] = Fraction(weighted, math.factorial(count) * costs.scale)
    return shares


def sampled_shapley(
    game: CostGame, *, orders: int = 1000, seed: int = 0, confidence: float = 0.95
) -> SampledShares:
    """Estimate the Shapley value from random orders, each taken forwards and backwards.

    Parameters
    ----------
    game
        Any number of players.
    orders
        How many, at least 4; rounded up to an even number.
    seed
        The same seed draws the same orders.
    confidence
        Of the interval of each share, between 0 and 1.

    Raises
    ------
    SharingError
        Too few orders, or a confidence that is none.
    """
    if orders < 4 or not 0 < confidence < 1:
        raise SharingError(
            f"{orders} orders with confidence {confidence}: expected 4 or more, and between 0 and 1"
        )
    random = Random(seed)  # noqa: S311 - drawn to be repeated, not to be secret
    pairs = (orders + 1) // 2
    line = list(range(game.size))
    sums = [Fraction(0)] * game.size
    samples = np.zeros((pairs, game.size))
    for pair in range(pairs):
        random.shuffle(line)
        for order in (line, line[::-1]):
            mask, before = 0, Fraction(0)
            for i in order:
                mask |= 1 << i
                after = game.at(mask)
                sums[i] += after - before
                samples[pair, i] += float(after - before) / 2
                before = after
    spread = samples.std(axis=0, ddof=1) / math.sqrt(pairs) * NormalDist().inv_cdf((1 + confidence) / 2)
    shares = {player: sums[i] / (2 * pairs) for i, player in enumerate(game.players)}
    widths = {player: float(spread[i]) for i, player in enumerate(game.players)}
    return SampledShares(shares, widths, confidence, 2 * pairs)
