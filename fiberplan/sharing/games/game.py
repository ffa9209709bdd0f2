"""Cost games: players and an exact cost for every coalition of them (`docs/cost-split.md` §7)."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction
from itertools import islice
from typing import Annotated, Any, Final, Self

import numpy as np

from fiberplan.errors import SharingError
from fiberplan.money import Rational, to_integers
from fiberplan.sharing.games.coalitions import Array, exact_dtype
from fiberplan.sharing.games.players import (
    Coalition,
    CostOf,
    Player,
    check_players,
    coalition_text,
    exact,
    player_order,
)
from fiberplan.sharing.saved_types import Pairs

Shares = Annotated[Mapping[Player, Fraction], Pairs()]
"""What each player pays, exact; saved as pairs, since players may be numbers."""

MAX_ENUMERATED: Final = 22
"""Players up to which all coalitions are held in memory: four million of them."""


@dataclass(frozen=True, slots=True)
class CostBounds:
    """The cost of a coalition whose optimum is not proven.

    Attributes
    ----------
    lower
        What no network of the coalition can cost less than.
    upper
        Cost of the best network found; the coalition can have it, so this is what a game calls its cost.
    """

    lower: Rational
    upper: Rational


Cost = int | Fraction | Decimal | CostBounds


@dataclass(frozen=True, slots=True)
class CostArray:
    """All costs of a game as integers.

    Attributes
    ----------
    values
        ``2**n`` costs times `scale`; bit ``i`` of the index stands for player ``i`` of the game.
    lower
        The same for the proven bounds; the same array where everything is proven.
    scale
        Common denominator of the costs, 1 or more.
    """

    values: Array
    lower: Array
    scale: int

    @property
    def is_proven(self) -> bool:
        """Whether every coalition's cost is its proven optimum."""
        return self.lower is self.values or bool((self.lower == self.values).all())


def _bounds(cost: object, of: object) -> tuple[Fraction, Fraction]:
    if not isinstance(cost, CostBounds):
        value = exact(cost, of)
        return value, value
    lower, upper = exact(cost.lower, f"the lower bound of {of}"), exact(cost.upper, of)
    if lower > upper:
        raise SharingError(f"{of} is {upper}, below its own lower bound {lower}")
    return lower, upper


class CostGame:
    """Players and the cost of every coalition; each coalition is asked for once and remembered.

    Make one with `from_table`, `from_function` or `from_array`.

    Attributes
    ----------
    players
        In the order of the bits of coalition masks.

    Examples
    --------
    >>> game = CostGame.from_table({("A",): 8, ("B",): 11, ("A", "B"): 13})
    >>> game.cost(["A", "B"]), game.cost([])
    (Fraction(13, 1), Fraction(0, 1))
    """

    def __init__(self, players: Iterable[Player], coalition_cost: Callable[[Coalition], Cost]) -> None:
        self.players = check_players(players)
        self._ask = coalition_cost
        self._bit = {player: 1 << i for i, player in enumerate(self.players)}
        self._known: dict[int, tuple[Fraction, Fraction]] = {0: (Fraction(0), Fraction(0))}
        self._array: CostArray | None = None

    @classmethod
    def from_table(cls, table: Mapping[tuple[Player, ...] | Coalition, Cost]) -> Self:
        """Make a game of a table that has every coalition.

        Parameters
        ----------
        table
            Cost of each coalition; the empty one may be left out.

        Raises
        ------
        SharingError
            A coalition is missing, or is there twice with two costs; a cost is negative or not exact.
            The error names all that was found.
        """
        known: dict[Coalition, object] = {}
        problems: list[str] = []
        entries: Iterable[tuple[object, object]] = table.items()
        for key, cost in entries:
            if not isinstance(key, tuple | frozenset):
                problems.append(f"{key!r} is no coalition; expected a tuple or a frozenset of player ids")
                continue
            coalition = frozenset(key)
            if len(coalition) < len(key):
                problems.append(f"{key!r} has a player twice")
            elif (first := known.setdefault(coalition, cost)) is not cost and first != cost:
                text = coalition_text(coalition)
                problems.append(f"unbalanced: {text} costs {first} in one place and {cost} in another")
        if known.pop(frozenset(), 0) != 0:
            problems.append("unbalanced: the empty coalition has a cost; it must be 0 or left out")
        if problems:
            raise SharingError(
                "\n".join(["the table of costs is no cost game", *map("  {}".format, problems)])
            )
        players = sorted(frozenset().union(*known), key=player_order)
        game = cls(players, _missing)
        game.remember(known)
        game._check_complete()
        return game

    @classmethod
    def from_function(
        cls,
        players: Iterable[Player],
        coalition_cost: Callable[[Coalition], Cost],
        *,
        known: Mapping[Coalition, Cost] | None = None,
    ) -> Self:
        """Make a game of a function that is asked once for each coalition that somebody needs.

        Parameters
        ----------
        players
            Sorted here, so that their order changes nothing.
        coalition_cost
            Cost of a coalition that is not empty.
        known
            Answers from before, say of an interrupted run.
        """
        game = cls(sorted(check_players(players), key=player_order), coalition_cost)
        game.remember(known or {})
        return game

    @classmethod
    def from_array(cls, players: Sequence[Player], costs: Sequence[Any] | Array) -> Self:
        """Make a game of ``2**n`` costs in the order of coalition masks.

        Parameters
        ----------
        players
            Player ``i`` is bit ``i`` of the index.
        costs
            Integers or exact numbers; the first one, of nobody, is 0.
        """
        game = cls(players, _missing)
        if len(costs) != 2 ** len(game.players):
            raise SharingError(
                f"{len(game.players)} players have {2 ** len(game.players):,} coalitions, "
                f"and the array has {len(costs):,} costs"
            )
        given = np.asarray(costs)
        if given.dtype.kind in "iu" or set(map(type, costs)) == {int}:
            bound = max(int(given.max()), -int(given.min()))
            values: Array = given.astype(exact_dtype(bound))
            scale = 1
        else:
            integers, scale = to_integers(
                [exact(cost, CostOf(game.members(i))) for i, cost in enumerate(costs)]
            )
            values = np.array(integers, dtype=exact_dtype(max(integers)))
        if (negative := int(values.argmin())) and values[negative] < 0:
            raise SharingError(f"the cost of {game.name_of(negative)} is negative: {values[negative]}")
        if values[0] != 0:
            raise SharingError("unbalanced: the empty coalition has a cost; the first of the array must be 0")
        values.setflags(write=False)
        game._array = CostArray(values, values, scale)
        return game

    def __repr__(self) -> str:
        shown = ", ".join(map(str, self.players[:6])) + (", ..." if len(self.players) > 6 else "")
        return f"{type(self).__name__}({len(self.players)} players: {shown})"

    @property
    def size(self) -> int:
        """Number of players."""
        return len(self.players)

    @property
    def full_mask(self) -> int:
        """Mask of the grand coalition."""
        return (1 << len(self.players)) - 1

    @property
    def total(self) -> Fraction:
        """Cost of the grand coalition: what is to be shared."""
        return self.at(self.full_mask)

    def cost(self, coalition: Iterable[Player]) -> Fraction:
        """Look up what a coalition costs."""
        return self.at(self.mask_of(coalition))

    def stand_alone(self) -> dict[Player, Fraction]:
        """List what each player costs alone."""
        return {player: self.at(bit) for player, bit in self._bit.items()}

    def marginal(self) -> dict[Player, Fraction]:
        """List each player's separable cost: what the grand coalition saves without it."""
        full = self.full_mask
        return {player: self.at(full) - self.at(full ^ bit) for player, bit in self._bit.items()}

    def mask_of(self, coalition: Iterable[Player]) -> int:
        """Turn a coalition into its mask.

        Raises
        ------
        SharingError
            Somebody in it is not in the game.
        """
        mask = 0
        for player in coalition:
            if player not in self._bit:
                raise SharingError(f"{player!r} is not a player of this game")
            mask |= self._bit[player]
        return mask

    def members(self, mask: int) -> tuple[Player, ...]:
        """Turn a mask into its players, in the game's order."""
        return tuple(player for player, bit in self._bit.items() if mask & bit)

    def name_of(self, mask: int) -> str:
        """Write the coalition of a mask."""
        return coalition_text(self.members(mask))

    def at(self, mask: int) -> Fraction:
        """Look up the cost of the coalition of a mask."""
        return self.bounds_at(mask)[1]

    def bounds_at(self, mask: int) -> tuple[Fraction, Fraction]:
        """Look up the proven lower bound and the cost of the coalition of a mask."""
        if self._array is not None:
            scale = self._array.scale
            lower, upper = self._array.lower[mask], self._array.values[mask]
            return Fraction(int(lower), scale), Fraction(int(upper), scale)
        if mask not in self._known:
            coalition = frozenset(self.members(mask))
            self._known[mask] = _bounds(self._ask(coalition), CostOf(coalition))
        return self._known[mask]

    def remember(self, costs: Mapping[Coalition, Any]) -> None:
        """Take in costs that were worked out elsewhere; they are not asked for again."""
        for coalition, cost in costs.items():
            self._known[self.mask_of(coalition)] = _bounds(cost, CostOf(coalition))

    def remembered(self) -> dict[Coalition, CostBounds]:
        """List every coalition that has been asked for so far, to be saved."""
        return {
            frozenset(self.members(mask)): CostBounds(*bounds) for mask, bounds in self._known.items() if mask
        }

    def table(self) -> dict[Coalition, CostBounds]:
        """List the cost of every coalition but the empty one; `from_table` reads it back."""
        masks = range(1, self.full_mask + 1)
        self.require_few_players(MAX_ENUMERATED)
        return {frozenset(self.members(mask)): CostBounds(*self.bounds_at(mask)) for mask in masks}

    def array(self) -> CostArray:
        """Work out the costs of all coalitions.

        Raises
        ------
        SharingError
            There are more players than `MAX_ENUMERATED`.
        """
        if self._array is None:
            self.require_few_players(MAX_ENUMERATED)
            self._array = self._build_array()
        return self._array

    def require_few_players(self, limit: int) -> None:
        """Refuse to enumerate the coalitions of too many players.

        Raises
        ------
        SharingError
            There are more than the limit.
        """
        if self.size > limit:
            raise SharingError(
                f"{self.size} players are too many to go through all their coalitions (at most {limit}); "
                "a FixedNetworkGame, TreeGame or AirportGame has rules that need not"
            )

    def _build_array(self) -> CostArray:
        bounds = [self.bounds_at(mask) for mask in range(self.full_mask + 1)]
        integers, scale = to_integers([*(upper for _, upper in bounds), *(lower for lower, _ in bounds)])
        dtype = exact_dtype(max(integers))
        values: Array = np.array(integers[: len(bounds)], dtype=dtype)
        lower: Array = np.array(integers[len(bounds) :], dtype=dtype)
        return CostArray(values, values if (values == lower).all() else lower, scale)

    def grouped(self, groups: Mapping[Player, Iterable[Player]]) -> CostGame:
        """Make the game of groups of players, each acting as one (a consortium).

        Parameters
        ----------
        groups
            Name and members of each; who is in none stays alone.

        Raises
        ------
        SharingError
            Groups overlap, or a name is also that of a player outside.
        """
        masks = {name: self.mask_of(members) for name, members in groups.items()}
        taken = 0
        for name, mask in masks.items():
            if taken & mask or not mask:
                raise SharingError(f"group {name!r} is empty or shares a member with another group")
            taken |= mask
        for player in self.members(self.full_mask ^ taken):
            if player in masks:
                raise SharingError(f"{player!r} is the name of a group and of a player outside of it")
            masks[player] = self._bit[player]

        def cost(coalition: Coalition) -> CostBounds:
            return CostBounds(*self.bounds_at(sum(masks[name] for name in coalition)))

        return CostGame.from_function(masks, cost)

    def _check_complete(self) -> None:
        missing = (mask for mask in range(1, self.full_mask + 1) if mask not in self._known)
        if shown := list(islice(missing, 5)):
            count = self.full_mask + 1 - len(self._known)
            names = ", ".join(self.name_of(mask) for mask in shown) + (", ..." if count > len(shown) else "")
            plural = "coalition is" if count == 1 else "coalitions are"
            raise SharingError(f"{count} {plural} missing from the table of costs: {names}")


def _missing(coalition: Coalition) -> Cost:
    raise SharingError(f"the coalition {coalition_text(coalition)} is missing from the costs")
