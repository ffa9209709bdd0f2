"""Games and certificates as plain JSON values, and back: a certificate can be checked from saved data alone.

Numbers are texts of exact fractions, coalitions are lists of players.
"""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from typing import TYPE_CHECKING, Annotated, Final, Literal

from pydantic import Field, TypeAdapter

from fiberplan.errors import SharingError
from fiberplan.sharing.certificates.certificate import SplitCertificate
from fiberplan.sharing.games.game import CostBounds, CostGame
from fiberplan.sharing.games.networks import FixedNetworkGame
from fiberplan.sharing.games.players import Player, SavedCoalition, player_order
from fiberplan.sharing.games.spanning_tree import SpanningTreeGame
from fiberplan.sharing.saved_types import Json, Row, read_saved

if TYPE_CHECKING:
    from collections.abc import Mapping


@dataclass(frozen=True, slots=True)
class _Network:
    """The segments of a `FixedNetworkGame`: their users and cost."""

    players: tuple[Player, ...]
    kind: Literal["network"]
    segments: tuple[tuple[SavedCoalition, Fraction], ...]

    @classmethod
    def of(cls, game: FixedNetworkGame) -> _Network:
        by_text = sorted(
            game.segments.items(), key=lambda one: str([sorted(one[0], key=player_order), str(one[1])])
        )
        return cls(game.players, "network", tuple(by_text))

    def game(self) -> CostGame:
        return FixedNetworkGame.from_segments(self.segments, players=self.players)


@dataclass(frozen=True, slots=True)
class _SpanningTree:
    """The connections of a `SpanningTreeGame`: both ends and cost."""

    players: tuple[Player, ...]
    kind: Literal["spanning-tree"]
    source: Player
    edges: tuple[tuple[Player, Player, Fraction], ...]

    @classmethod
    def of(cls, game: SpanningTreeGame) -> _SpanningTree:
        return cls(game.players, "spanning-tree", game.source, tuple(game.edges))

    def game(self) -> CostGame:
        costs = {(one, other): cost for one, other, cost in self.edges}
        return SpanningTreeGame.from_costs(costs, source=self.source)


@dataclass(frozen=True, slots=True)
class _Table:
    """Lower and upper bound of the cost of every coalition; bit ``i`` of its number plus one is player ``i``."""

    players: tuple[Player, ...]
    kind: Literal["table"]
    costs: tuple[Annotated[CostBounds, Row()], ...]

    @classmethod
    def of(cls, game: CostGame) -> _Table:
        bounds = (CostBounds(*game.bounds_at(mask)) for mask in range(1, game.full_mask + 1))
        return cls(game.players, "table", tuple(bounds))

    def game(self) -> CostGame:
        if len(self.costs) != 2 ** len(self.players) - 1:
            raise SharingError(f"the saved game has {len(self.costs)} costs for {len(self.players)} players")
        groups = (
            frozenset(player for i, player in enumerate(self.players) if mask >> i & 1)
            for mask in range(1, len(self.costs) + 1)
        )
        return CostGame.from_table(dict(zip(groups, self.costs, strict=True)))


_GAME: Final[TypeAdapter[_Network | _SpanningTree | _Table]] = TypeAdapter(
    Annotated[_Network | _SpanningTree | _Table, Field(discriminator="kind")]
)
_CERTIFICATE: Final = TypeAdapter(SplitCertificate)


def game_to_json(game: CostGame) -> Json:
    """Write a game: a network by its segments or connections, any other by all its coalitions."""
    saved: _Network | _SpanningTree | _Table
    if isinstance(game, FixedNetworkGame):
        saved = _Network.of(game)
    elif isinstance(game, SpanningTreeGame):
        saved = _SpanningTree.of(game)
    else:
        saved = _Table.of(game)
    written: Json = _GAME.dump_python(saved, mode="json")
    return written


def game_from_json(saved: Mapping[str, object]) -> CostGame:
    """Read a game back.

    Raises
    ------
    SharingError
        It is none, or its costs are not.
    """
    return read_saved(_GAME, saved, "game").game()


def certificate_to_json(found: SplitCertificate) -> Json:
    """Write a certificate with its proofs."""
    written: Json = _CERTIFICATE.dump_python(found, mode="json")
    return written


def certificate_from_json(saved: Mapping[str, object]) -> SplitCertificate:
    """Read a certificate back; `verify_certificate` says whether it is true.

    Raises
    ------
    SharingError
        It is none.
    """
    return read_saved(_CERTIFICATE, saved, "certificate")
