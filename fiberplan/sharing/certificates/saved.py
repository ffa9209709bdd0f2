"""Games and certificates as plain JSON values, and back: a certificate can be checked from saved data alone.

Numbers are texts of exact fractions, coalitions are lists of players.
"""

from __future__ import annotations

from fractions import Fraction
from typing import TYPE_CHECKING, Any

from fiberplan.errors import SharingError
from fiberplan.sharing.certificates.certificate import Finding, Property, SplitCertificate
from fiberplan.sharing.certificates.stability import LeastCore
from fiberplan.sharing.games.game import CostBounds, CostGame
from fiberplan.sharing.games.networks import FixedNetworkGame
from fiberplan.sharing.games.players import Coalition, Player, player_order
from fiberplan.sharing.rules.spanning_tree import SpanningTreeGame

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

Json = dict[str, Any]


def game_to_json(game: CostGame) -> Json:
    """Write a game: a network by its segments or connections, any other by all its coalitions."""
    saved: Json = {"players": list(game.players)}
    if isinstance(game, FixedNetworkGame):
        segments = [[_members(users), str(cost)] for users, cost in game.segments.items()]
        return {**saved, "kind": "network", "segments": sorted(segments, key=str)}
    if isinstance(game, SpanningTreeGame):
        edges = [[one, other, str(cost)] for one, other, cost in game.edges]
        return {**saved, "kind": "spanning-tree", "source": game.source, "edges": edges}
    costs = [[str(bound) for bound in game.bounds_at(mask)] for mask in range(1, game.full_mask + 1)]
    return {**saved, "kind": "table", "costs": costs}


def game_from_json(saved: Mapping[str, Any]) -> CostGame:
    """Read a game back.

    Raises
    ------
    SharingError
        It is none, or its costs are not.
    """
    try:
        return _read_game(saved)
    except (KeyError, TypeError, ValueError, ZeroDivisionError) as error:
        if isinstance(error, SharingError):
            raise
        raise SharingError(f"the saved game cannot be read: {error!r}") from error


def _read_game(saved: Mapping[str, Any]) -> CostGame:
    players = tuple(saved["players"])
    kind = saved["kind"]
    if kind == "network":
        segments = [(users, Fraction(cost)) for users, cost in saved["segments"]]
        return FixedNetworkGame.from_segments(segments, players=players)
    if kind == "spanning-tree":
        costs = {(one, other): Fraction(cost) for one, other, cost in saved["edges"]}
        return SpanningTreeGame.from_costs(costs, source=saved["source"])
    if kind != "table":
        raise SharingError(f"a saved game of an unknown kind {kind!r}")
    if len(saved["costs"]) != 2 ** len(players) - 1:
        raise SharingError(f"the saved game has {len(saved['costs'])} costs for {len(players)} players")
    table: dict[tuple[Player, ...] | Coalition, CostBounds] = {}
    for mask, (lower, upper) in enumerate(saved["costs"], start=1):
        group = frozenset(player for i, player in enumerate(players) if mask >> i & 1)
        table[group] = CostBounds(Fraction(lower), Fraction(upper))
    return CostGame.from_table(table)


def certificate_to_json(found: SplitCertificate) -> Json:
    """Write a certificate with its proofs."""
    least = found.least_core
    return {
        "total": str(found.total),
        "shares": _pairs(found.shares),
        "findings": [
            {
                "kind": f.kind.value,
                "passed": f.passed,
                "coalition": list(f.coalition),
                "amount": str(f.amount),
            }
            for f in found.findings
        ],
        "least_core": None
        if least is None
        else {
            "epsilon": str(least.epsilon),
            "shares": _pairs(least.shares),
            "weights": [[_members(group), str(weight)] for group, weight in least.weights.items()],
        },
        "core_witness": None if found.core_witness is None else _pairs(found.core_witness),
        "is_proven": found.is_proven,
        "rounding": found.rounding,
    }


def certificate_from_json(saved: Mapping[str, Any]) -> SplitCertificate:
    """Read a certificate back; `verify_certificate` says whether it is true.

    Raises
    ------
    SharingError
        It is none.
    """
    try:
        least, witness = saved["least_core"], saved["core_witness"]
        return SplitCertificate(
            total=Fraction(saved["total"]),
            shares=_shares(saved["shares"]),
            findings=tuple(
                Finding(Property(f["kind"]), f["passed"], tuple(f["coalition"]), Fraction(f["amount"]))
                for f in saved["findings"]
            ),
            least_core=None
            if least is None
            else LeastCore(
                Fraction(least["epsilon"]),
                _shares(least["shares"]),
                {frozenset(group): Fraction(weight) for group, weight in least["weights"]},
            ),
            core_witness=None if witness is None else _shares(witness),
            is_proven=bool(saved["is_proven"]),
            rounding=int(saved["rounding"]),
        )
    except (KeyError, TypeError, ValueError, ZeroDivisionError) as error:
        raise SharingError(f"the saved certificate cannot be read: {error!r}") from error


def _members(coalition: Iterable[Player]) -> list[Player]:
    return sorted(coalition, key=player_order)


def _pairs(shares: Mapping[Player, Fraction]) -> list[list[Player]]:
    return [[player, str(share)] for player, share in shares.items()]


def _shares(pairs: Sequence[Sequence[Any]]) -> dict[Player, Fraction]:
    return {player: Fraction(share) for player, share in pairs}
