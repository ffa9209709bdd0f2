"""The weighted Shapley value with priorities."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from fractions import Fraction
from typing import TYPE_CHECKING, ClassVar

import numpy as np

from fiberplan.errors import SharingError
from fiberplan.money import Rational, to_integers
from fiberplan.sharing.games.coalitions import dividends, subset_sums
from fiberplan.sharing.games.players import Player
from fiberplan.sharing.rules.division import check_weights
from fiberplan.sharing.rules.rule import GameRule
from fiberplan.sharing.rules.shapley_value import MAX_WEIGHTED, sum_in_pairs

if TYPE_CHECKING:
    from fiberplan.sharing.games.game import CostGame


@dataclass(frozen=True, slots=True)
class WeightedShapley(GameRule):
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
    place: ClassVar[int] = 110

    weights: Mapping[Player, Rational] | None = None
    priority: Mapping[Player, int] | None = None

    def __call__(self, game: CostGame) -> dict[Player, Fraction]:
        """Share the cost of the grand coalition."""
        game.require_few_players(MAX_WEIGHTED)
        given = check_weights(self.weights or dict.fromkeys(game.players, 1), game.players)
        if weightless := [player for player, weight in given.items() if not weight]:
            raise SharingError(f"the weight of {weightless[0]} is 0; expected more, or a priority of its own")
        ranks = self.priority or {}
        if unknown := [player for player in ranks if player not in given]:
            raise SharingError(f"a priority for {unknown[0]}, who takes no part")
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
            settled_by_player = (np.arange(len(parts)) >> i & 1 == 1) & (later == 0)
            by_weight: defaultdict[int, int] = defaultdict(int)
            for weight, part in zip(
                subset_sums(peers)[settled_by_player].tolist(), parts[settled_by_player].tolist(), strict=True
            ):
                by_weight[weight] += part
            shares[player] = (
                sum_in_pairs([Fraction(part * weights[i], weight) for weight, part in by_weight.items()])
                / costs.scale
            )
        return shares
