"""The Shapley value: by structure on fixed networks, by enumeration of all coalitions, by samples beyond."""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from fractions import Fraction
from itertools import pairwise
from random import Random
from statistics import NormalDist
from typing import TYPE_CHECKING, ClassVar, Final

import numpy as np

from fiberplan.errors import SharingError
from fiberplan.money import Rational, to_integers
from fiberplan.sharing.games.coalitions import (
    LIMB_BITS,
    Array,
    coalition_sizes,
    dividends,
    limbs,
    subset_sums,
)
from fiberplan.sharing.games.game import MAX_ENUMERATED, CostGame
from fiberplan.sharing.games.networks import FixedNetworkGame, as_fixed_network
from fiberplan.sharing.games.players import Player
from fiberplan.sharing.rules.proportional import check_weights

if TYPE_CHECKING:
    from collections.abc import Sequence

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


@dataclass(frozen=True, slots=True)
class Shapley:
    """What each adds to those before it, averaged over all orders in which the players may arrive.

    Shapley 1953, *A value for n-person games*. Exact for any number of players on a fixed network (each segment in
    equal parts among its users: Littlechild and Owen 1973, Megiddo 1978) and by enumeration of all coalitions up to
    `fiberplan.sharing.games.game.MAX_ENUMERATED` players. Beyond that it is estimated (Castro, Gomez and Tejada 2009,
    *Polynomial calculation of the Shapley value based on sampling*), which the result, `SampledShares`, says.

    Attributes
    ----------
    orders, seed, confidence
        Of the estimate, where there must be one.
    """

    name: ClassVar[str] = "shapley"

    orders: int = 1000
    seed: int = 0
    confidence: float = 0.95

    def __call__(self, game: CostGame) -> dict[Player, Fraction]:
        """Share the cost of the grand coalition."""
        if isinstance(game, FixedNetworkGame):
            return by_segment(game)
        if game.size <= MAX_ENUMERATED:
            return enumerated_shapley(game)
        return sampled_shapley(game, orders=self.orders, seed=self.seed, confidence=self.confidence)


@dataclass(frozen=True, slots=True)
class SegmentUse:
    """Each segment in equal parts among those who use it: the Shapley value of a fixed network.

    Littlechild and Owen 1973, *A simple expression for the Shapley value in a special case*, Management Science 20. A
    game that is not made of segments is taken apart into them, which is possible in one way at most.
    """

    name: ClassVar[str] = "segment-use"

    def __call__(self, game: CostGame) -> dict[Player, Fraction]:
        """Share the cost of the grand coalition."""
        return by_segment(as_fixed_network(game))


@dataclass(frozen=True, slots=True)
class Airport:
    """Sequential equal contributions: each further piece of a line in equal parts among those who reach it.

    Littlechild and Owen 1973 (the Shapley value of the airport game); the serial rule of Moulin and Shenker 1992 for a
    capacity. It wants a game in which a coalition costs what its most demanding member does.
    """

    name: ClassVar[str] = "airport"

    def __call__(self, game: CostGame) -> dict[Player, Fraction]:
        """Share the cost of the grand coalition.

        Raises
        ------
        SharingError
            The game is not an airport game.
        """
        network = as_fixed_network(game)
        groups = sorted(network.segments, key=len)
        if not all(inner < outer for inner, outer in pairwise(groups)):
            raise SharingError("the game is no airport game: its users are not in one line")
        return by_segment(network)


@dataclass(frozen=True, slots=True)
class WeightedShapley:
    """Joint savings by weight, and those who come first pay in full.

    The weighted Shapley value (Shapley 1953, *Additive and non-additive set functions*) with priority groups (Kalai
    and Samet 1987, *On weighted Shapley values*, Int. J. Game Theory 16). The dividend of a coalition, what it costs
    beyond all that its parts cost, goes to those of its members who are in the latest group, in proportion to their
    weights.

    Attributes
    ----------
    weights
        Positive; 1 each if not given. Double weight is a double part of every saving.
    priority
        A number for each player, 0 if not given. Those with a lower number (an anchor operator) are there first and
        pay what they cost without the others; the later groups have the whole saving from joining.
    """

    name: ClassVar[str] = "weighted-shapley"

    weights: Mapping[Player, Rational] | None = None
    priority: Mapping[Player, int] | None = None

    def __call__(self, game: CostGame) -> dict[Player, Fraction]:
        """Share the cost of the grand coalition."""
        game.insist_on_few(MAX_WEIGHTED)
        given = check_weights(self.weights or dict.fromkeys(game.players, 1), game.players)
        if weightless := [player for player, weight in given.items() if not weight]:
            raise SharingError(f"the weight of {weightless[0]} is 0; expected more, or a priority of its own")
        ranks = self.priority or {}
        if strange := [player for player in ranks if player not in given]:
            raise SharingError(f"a priority for {strange[0]}, who takes no part")
        levels = [ranks.get(player, 0) for player in game.players]
        weights, _ = to_integers([given[player] for player in game.players])
        costs = game.array()
        parts = dividends(costs.values, game.size)
        shares = {}
        for i, player in enumerate(game.players):
            peers = [
                weight if level == levels[i] else 0 for weight, level in zip(weights, levels, strict=True)
            ]
            later = subset_sums([int(level > levels[i]) for level in levels])
            mine = (np.arange(len(parts)) >> i & 1 == 1) & (later == 0)
            by_weight: defaultdict[int, int] = defaultdict(int)
            for weight, part in zip(subset_sums(peers)[mine].tolist(), parts[mine].tolist(), strict=True):
                by_weight[weight] += part
            shares[player] = (
                _sum([Fraction(part * weights[i], weight) for weight, part in by_weight.items()])
                / costs.scale
            )
        return shares


def _sum(parts: Sequence[Fraction]) -> Fraction:
    """Add many fractions in pairs, so that denominators grow late."""
    if len(parts) <= 2:
        return sum(parts, Fraction(0))
    half = len(parts) // 2
    return _sum(parts[:half]) + _sum(parts[half:])


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
