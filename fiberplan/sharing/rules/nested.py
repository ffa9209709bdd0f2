"""The nucleolus where the users of segments are nested: airports, trees, chains of trees, with thousands of players.

On such a network the only coalitions that can limit the nucleolus are those that leave out a single player or
everybody behind one segment: every other coalition's gain is at least the sum of gains of such ones (they are the
dually essential coalitions, which suffice where there is a core: Huberman 1980; Granot, Granot and Zhu 1998,
*Characterization sets for the nucleolus*, Int. J. Game Theory 27; Solymosi and Sziklai 2016). Their complements form
one nested family: group ``B`` has the *own cost* ``b(B)``, the cost of all segments that nobody outside of it uses,
and gains ``x(B) - b(B)``. The least gain is made as large as can be, group by group, in exact arithmetic: what a
group must pay at least is a convex function of the gain, made of straight pieces, so that Newton's steps end after
finitely many. (Megiddo 1978 and Granot and others 1996 solve the same game by other means.)
"""

from __future__ import annotations

from dataclasses import dataclass, field
from fractions import Fraction
from typing import TYPE_CHECKING

from fiberplan.sharing.games.players import Player

if TYPE_CHECKING:
    from collections.abc import Sequence

    from fiberplan.sharing.games.networks import FixedNetworkGame
    from fiberplan.sharing.games.players import Coalition


@dataclass(slots=True, eq=False)
class _Group:
    own_cost: Fraction
    player: Player | None = None
    parts: list[_Group] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class _Piece:
    """What a group must pay at least, near one gain: ``at + slope * gain``, and whether its parts decide that."""

    at: Fraction
    slope: int
    parts_decide: bool


def nested_nucleolus(game: FixedNetworkGame, groups: Sequence[Coalition]) -> dict[Player, Fraction]:
    """Find the nucleolus of a game whose groups of users are nested.

    Parameters
    ----------
    game
        A fixed network.
    groups
        Its groups of users, larger ones first (`FixedNetworkGame.nested_groups`).
    """
    shares: dict[Player, Fraction] = {}
    waiting = [(_family(game, groups), game.total)]
    while waiting:
        group, paid = waiting.pop()
        if group.player is not None:
            shares[group.player] = paid
        else:
            waiting += _divide(group, paid)
    return {player: shares[player] for player in game.players}


def _family(game: FixedNetworkGame, groups: Sequence[Coalition]) -> _Group:
    """Arrange everybody, the groups of users and the single players into a tree, with their own costs."""
    everybody = frozenset(game.players)
    top = _Group(Fraction(0))
    created: dict[Coalition, _Group] = {everybody: top}
    holder: dict[Player, _Group] = dict.fromkeys(everybody, top)
    for users in groups:
        if len(users) > 1 and users not in created:
            group = created[users] = _Group(Fraction(0))
            holder[next(iter(users))].parts.append(group)
            holder.update(dict.fromkeys(users, group))
    for player in game.players:
        if len(everybody) == 1:
            top.player = player
        else:
            single = created[frozenset([player])] = _Group(Fraction(0), player)
            holder[player].parts.append(single)
    for users, cost in game.segments.items():
        created[users].own_cost += cost
    for group in _inner_first(top):
        group.own_cost += sum((part.own_cost for part in group.parts), Fraction(0))
    return top


def _inner_first(top: _Group) -> list[_Group]:
    order = [top]
    for group in order:
        order += group.parts
    return order[::-1]


def nested_least_gain(game: FixedNetworkGame, groups: Sequence[Coalition]) -> Fraction:
    """Find the largest gain that every coalition can have at once: minus epsilon of the least core.

    Parameters
    ----------
    game
        A fixed network.
    groups
        Its groups of users, larger ones first (`FixedNetworkGame.nested_groups`).
    """
    top = _family(game, groups)
    gain, _ = _largest_gain(top, game.total)
    return gain


def _largest_gain(top: _Group, paid: Fraction) -> tuple[Fraction, dict[int, _Piece]]:
    """Find the largest least gain of the parts of a group that pays so much.

    Newton's method from the right: what the parts must pay is convex in the gain and grows with it, so that the steps
    come down to the gain at which the parts must pay exactly what the group does.
    """
    order = _inner_first(top)[:-1]
    gain = paid
    while True:
        pieces = _pieces(order, gain)
        at = sum((pieces[id(part)].at for part in top.parts), Fraction(0))
        slope = sum(pieces[id(part)].slope for part in top.parts)
        following = (paid - at) / slope
        if following == gain:
            return gain, pieces
        gain = following


def _divide(top: _Group, paid: Fraction) -> list[tuple[_Group, Fraction]]:
    """Divide what a group pays among its parts with the largest least gain; return what that settles."""
    gain, pieces = _largest_gain(top, paid)
    settled = []
    waiting = list(top.parts)
    while waiting:
        group = waiting.pop()
        piece = pieces[id(group)]
        if piece.parts_decide:
            waiting += group.parts
        else:
            settled.append((group, piece.at + piece.slope * gain))
    return settled


def _pieces(order: Sequence[_Group], gain: Fraction) -> dict[int, _Piece]:
    """Work out what each group must pay at least, inner groups first.

    Where its own cost and its parts ask for the same, the steeper piece is taken, that of the parts: it is the one to
    the right, on which Newton's steps from the right go on; and it settles the parts too.
    """
    pieces: dict[int, _Piece] = {}
    for group in order:
        alone = group.own_cost + gain
        at = sum((pieces[id(part)].at for part in group.parts), Fraction(0))
        slope = sum(pieces[id(part)].slope for part in group.parts)
        if group.parts and at + slope * gain >= alone:
            pieces[id(group)] = _Piece(at, slope, parts_decide=True)
        else:
            pieces[id(group)] = _Piece(group.own_cost, 1, parts_decide=False)
    return pieces
