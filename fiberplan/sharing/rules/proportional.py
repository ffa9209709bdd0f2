"""Rules that look at few costs: equal parts, parts by a key, parts of the savings."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from fractions import Fraction
from typing import TYPE_CHECKING, ClassVar

from fiberplan.errors import SharingError
from fiberplan.money import Rational
from fiberplan.sharing.games.players import Player, exact

if TYPE_CHECKING:
    from collections.abc import Iterable

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
    if strange := [player for player in weights if player not in set(expected)]:
        raise SharingError(f"a weight for {', '.join(map(str, strange[:5]))}, who takes no part")
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


@dataclass(frozen=True, slots=True)
class EqualParts:
    """Everybody pays the same, ``c(N) / n`` (the egalitarian solution; e.g. Young 1994, *Cost allocation*)."""

    name: ClassVar[str] = "equal"

    def __call__(self, game: CostGame) -> dict[Player, Fraction]:
        """Share the cost of the grand coalition."""
        return dict.fromkeys(game.players, game.total / game.size)


@dataclass(frozen=True, slots=True)
class Proportional:
    """In proportion to any key (Young 1994, *Cost allocation*, Handbook of Game Theory vol. 2, ch. 34).

    Attributes
    ----------
    weights
        Of every player, say its traffic or its units; by default what it costs alone, the only key a game has itself.
    """

    name: ClassVar[str] = "proportional"

    weights: Mapping[Player, Rational] | None = None

    def __call__(self, game: CostGame) -> dict[Player, Fraction]:
        """Share the cost of the grand coalition."""
        key = game.stand_alone() if self.weights is None else check_weights(self.weights, game.players)
        return divide(game.total, key)


@dataclass(frozen=True, slots=True)
class StandAloneProportional:
    """In proportion to what each costs alone, ``c(N) c(i) / sum of c(j)``.

    Moriarity 1975, *Another approach to allocating joint costs*, The Accounting Review 50: everybody saves the same
    part of its own cost.
    """

    name: ClassVar[str] = "stand-alone-proportional"

    def __call__(self, game: CostGame) -> dict[Player, Fraction]:
        """Share the cost of the grand coalition."""
        return divide(game.total, game.stand_alone())


@dataclass(frozen=True, slots=True)
class EqualSavings:
    """Everybody saves the same, ``c(i) - (sum of c(j) - c(N)) / n``.

    The centre of the imputation set (Driessen and Funaki 1991, *Coincidence of and collinearity between game theoretic
    solutions*, OR Spektrum 13).
    """

    name: ClassVar[str] = "equal-savings"

    def __call__(self, game: CostGame) -> dict[Player, Fraction]:
        """Share the cost of the grand coalition."""
        alone = game.stand_alone()
        saved = (sum(alone.values(), Fraction(0)) - game.total) / game.size
        return {player: cost - saved for player, cost in alone.items()}
