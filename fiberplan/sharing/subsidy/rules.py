"""What the smallest subsidy has to respect: the state's rules, and their texts.

The rules are numbered in `docs/cost-split.md` §13.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from fractions import Fraction
from typing import TYPE_CHECKING, Annotated, Final

from pydantic import ConfigDict, PlainSerializer, PlainValidator, TypeAdapter

from fiberplan.errors import SharingError
from fiberplan.sharing.caps import Caps, limit_for
from fiberplan.sharing.games.players import Player, SavedCoalition, coalition_text, exact, player_order
from fiberplan.sharing.saved_types import Exact, Pairs

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from fiberplan.money import Rational

_Each = Annotated[Mapping[Player, Exact | None], Pairs()]
Limit = Annotated[
    Exact | _Each | None,
    PlainSerializer(
        lambda limit: (_EACH if isinstance(limit, Mapping) else _ALL).dump_python(limit, mode="json")
    ),
    PlainValidator(lambda saved: (_EACH if isinstance(saved, list) else _ALL).validate_python(saved)),
]
"""One number for every operator, or one for each; ``None`` and who is not named have no limit."""

_EACH: Final[TypeAdapter[_Each]] = TypeAdapter(_Each)
_ALL: Final[TypeAdapter[Exact | None]] = TypeAdapter(Exact | None)

OPEN_POOL: Final = "public"
"""Name of the pool that all public money comes from if the state names none."""


class RuleKind(StrEnum):
    """Which rule; `SETTLED` is what was decided before, not a rule of the state."""

    COST = "cost"
    SETTLED = "settled"
    COALITION = "coalition"
    NOT_NEGATIVE = "not-negative"
    ABILITY = "ability"
    CAP_OPERATOR = "cap-per-operator"
    CAP_POOL = "cap-of-pool"
    CAP_TOTAL = "cap-in-all"
    SUBSIDY_SHARE = "largest-share-of-subsidy"
    NETWORK_SHARE = "largest-share-of-network"
    LEAST_OF_ALONE = "least-share-of-stand-alone"
    LEAST_OF_TOTAL = "least-share-of-total"
    PUBLIC_SHARE = "least-public-share"
    RECIPIENTS = "most-recipients"
    SMALLEST_GRANT = "smallest-grant"


@dataclass(frozen=True, slots=True, kw_only=True)
class Pool:
    """Public money set aside for something: a park, an asset class, a region.

    Attributes
    ----------
    id
        Name, unique among the pools.
    cap
        The most it holds, in the unit of the costs; ``None`` for no limit.
    operators
        Who may get money from it; ``None`` for everybody.
    """

    id: str
    cap: Exact | None = None
    operators: SavedCoalition | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class SubsidyRules:
    """What the state requires. Amounts are in the unit of the costs, shares are from 0 to 1.

    Attributes
    ----------
    ability
        The most that each operator's business case can carry, as a present value.
    cap_per_operator, cap_total
        The most public money for each operator, and in all.
    pools
        Where public money comes from, in the order in which it is spent; none for one pool without a limit.
    largest_subsidy_share
        The most that one operator may get of all public money.
    largest_network_share
        The most of the network's cost that one operator may carry: what it pays and the grants it gets.
    least_share_of_stand_alone, least_share_of_total
        The least that each operator pays, as a share of its stand-alone cost, or of the cost of the network.
    least_public_share
        The least public share of what each operator carries.
    most_recipients
        The most operators that get public money.
    smallest_grant
        A grant is nothing or at least this much, in whole units of money.
    """

    ability: Limit = None
    cap_per_operator: Limit = None
    cap_total: Exact | None = None
    pools: tuple[Pool, ...] = ()
    largest_subsidy_share: Exact | None = None
    largest_network_share: Exact | None = None
    least_share_of_stand_alone: Limit = None
    least_share_of_total: Limit = None
    least_public_share: Limit = None
    most_recipients: int | None = None
    smallest_grant: int = 0

    __pydantic_config__ = ConfigDict(extra="forbid")

    @property
    def caps(self) -> Caps:
        """The caps on public money among the rules; those of pools stand with the pools."""
        return Caps(per_operator=self.cap_per_operator, total=self.cap_total)

    @property
    def has_choices(self) -> bool:
        """Whether a rule is a yes or no choice, so that no linear program decides."""
        return self.most_recipients is not None or self.smallest_grant > 0

    def faults(self, players: Iterable[Player]) -> list[str]:
        """List what is wrong with the rules themselves; empty if nothing is."""
        known = set(players)
        faults = _Faults(known)
        for name in ("ability", "cap_per_operator"):
            faults.limit(name, getattr(self, name), most=None)
        for name in ("least_share_of_stand_alone", "least_share_of_total", "least_public_share"):
            faults.limit(name, getattr(self, name), most=1)
        faults.number("cap_total", self.cap_total, most=None)
        for name in ("largest_subsidy_share", "largest_network_share"):
            faults.number(name, getattr(self, name), most=1)
        ids = [pool.id for pool in self.pools]
        faults.texts += [
            f"pool {name!r} is listed twice" for name in sorted({i for i in ids if ids.count(i) > 1})
        ]
        for pool in self.pools:
            faults.number(f"the cap of pool {pool.id!r}", pool.cap, most=None)
            faults.unknown(f"pool {pool.id!r}", pool.operators or ())
        for name, least in (("most_recipients", 0), ("smallest_grant", 0)):
            value = getattr(self, name)
            if value is not None and (isinstance(value, bool) or not isinstance(value, int) or value < least):
                faults.texts.append(f"{name} is {value!r}; expected a whole number, {least} or more")
        return faults.texts


@dataclass
class _Faults:
    known: set[Player]
    texts: list[str] = field(default_factory=list)

    def number(self, name: str, value: Rational | None, *, most: int | None) -> None:
        if value is None:
            return
        try:
            number = exact(value, name)
        except SharingError as error:
            self.texts.append(str(error))
            return
        if most is not None and number > most:
            self.texts.append(f"{name} is {value}; expected a share from 0 to {most}")

    def limit(self, name: str, limit: Limit, *, most: int | None) -> None:
        if not isinstance(limit, Mapping):
            self.number(name, limit, most=most)
            return
        self.unknown(name, limit)
        for player in sorted(limit, key=player_order):
            self.number(f"{name} of {player}", limit[player], most=most)

    def unknown(self, name: str, players: Iterable[Player]) -> None:
        if unknown := sorted(set(players) - self.known, key=player_order):
            self.texts.append(
                f"{name} names {', '.join(map(str, unknown[:5]))}, who is no player of this game"
            )


def limit_of(limit: Limit, player: Player) -> Fraction | None:
    """Look up what a limit says of a player.

    Parameters
    ----------
    limit
        One number for everybody, or one for each.
    player
        Who.
    """
    value = limit_for(limit, player)
    return None if value is None else Fraction(value)


_TEXTS: Final[Mapping[RuleKind, str]] = {
    RuleKind.COST: "payments and public money cover the cost of the network, {bound}",
    RuleKind.SETTLED: "amounts that were settled before are kept",
    RuleKind.COALITION: "{group} could build for {bound}",
    RuleKind.NOT_NEGATIVE: "{who} is not paid for taking part",
    RuleKind.ABILITY: "{who} can pay at most {bound}",
    RuleKind.CAP_OPERATOR: "{who} may get at most {bound} of public money",
    RuleKind.CAP_POOL: "pool {who} holds at most {bound}",
    RuleKind.CAP_TOTAL: "public money is at most {bound} in all",
    RuleKind.SUBSIDY_SHARE: "{who} may get at most its largest share of all public money",
    RuleKind.NETWORK_SHARE: "{who} may carry at most {bound} of the network",
    RuleKind.LEAST_OF_ALONE: "{who} must pay at least {least}, by its stand-alone cost",
    RuleKind.LEAST_OF_TOTAL: "{who} must pay at least {least}, by the cost of the network",
    RuleKind.PUBLIC_SHARE: "the state must pay its least share of what {who} carries",
    RuleKind.RECIPIENTS: "at most {bound} operators may get public money",
    RuleKind.SMALLEST_GRANT: "a grant is nothing or at least {bound}",
}


def rule_text(kind: RuleKind, who: Sequence[Player], bound: Fraction) -> str:
    """Write a rule for people.

    Parameters
    ----------
    kind
        Which rule.
    who
        Whom it is about.
    bound
        Its right side.

    Examples
    --------
    >>> rule_text(RuleKind.ABILITY, ["A"], Fraction(5))
    'A can pay at most 5'
    """
    return _TEXTS[kind].format(
        who=", ".join(map(str, who)), group=coalition_text(who), bound=bound, least=-bound
    )
