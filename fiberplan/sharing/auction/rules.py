"""What a reverse auction has to respect, and the packing problem that bids and rules become (`docs/cost-split.md` §14)."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from fractions import Fraction
from typing import TYPE_CHECKING, TypeVar

from pydantic import ConfigDict

from fiberplan.errors import SharingError
from fiberplan.project.bids import Bid
from fiberplan.sharing.caps import Caps, limit_for, strictest
from fiberplan.sharing.games.players import exact
from fiberplan.sharing.nearest import nearest_name
from fiberplan.sharing.saved_types import Exact

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

Count = int | Mapping[str, int] | None
"""One whole number for everybody, or one for each; ``None`` and who is not named have no limit."""


class Goal(StrEnum):
    """What an award makes as large or as small as can be."""

    MOST_UNITS = "most-units"
    LEAST_MONEY = "least-money"


class PaymentRule(StrEnum):
    """What winners get."""

    PAY_AS_BID = "pay-as-bid"
    VCG = "vcg"


Named = TypeVar("Named", Goal, PaymentRule)


class Reason(StrEnum):
    """Why a bid is not awarded: what would be broken if it were, beside the bids that are."""

    RESERVE = "above-reserve"
    PARK = "park-taken"
    GROUP = "one-of-group"
    BUDGET = "budget"
    MOST_PARKS = "most-parks"
    MOST_MONEY = "most-money"
    UNIT_SHARE = "largest-unit-share"
    COVER = "cover-all"
    NO_GAIN = "no-gain"


@dataclass(frozen=True, slots=True, kw_only=True)
class AuctionRules:
    """What the state requires. Money is in minor units.

    Attributes
    ----------
    goal
        Most units, then least money; or most parks, then least money.
    payment
        What winners get.
    budget
        The most that the winning bids may ask for together.
    cover_all
        Whether every park must be won that has no reserve price.
    reserve_per_park
        What the state would pay for a park at most, and could have it for otherwise; for a package the reserves of its
        parks together. Under ``least-money`` a park with a reserve price that nobody wins counts as much money.
    reserve_per_unit
        What the state would pay for a unit at most.
    most_parks, most_money
        The most parks, and the most money in winning bids, of one operator.
    largest_unit_share
        The most of all units awarded that one operator may have, from 0 to 1.
    """

    goal: Goal = Goal.MOST_UNITS
    payment: PaymentRule = PaymentRule.PAY_AS_BID
    budget: int | None = None
    cover_all: bool = False
    reserve_per_park: Count = None
    reserve_per_unit: int | None = None
    most_parks: Count = None
    most_money: Count = None
    largest_unit_share: Exact | None = None

    __pydantic_config__ = ConfigDict(extra="forbid")

    def __post_init__(self) -> None:
        """Take goals and payment rules as plain texts, too.

        Raises
        ------
        SharingError
            A name is unknown.
        """
        object.__setattr__(self, "goal", _named(Goal, self.goal, "goal of an auction"))
        object.__setattr__(self, "payment", _named(PaymentRule, self.payment, "payment rule"))

    def reserve_of(self, park_id: str) -> int | None:
        """Look up the reserve price of a park."""
        return limit_for(self.reserve_per_park, park_id)

    def reserve(self, bid: Bid) -> int | None:
        """Work out the most that a bid may ask for; ``None`` for no limit."""
        cap = strictest(self.caps.on_parks(bid.park_ids, bid.units))
        return None if cap is None else cap.whole

    @property
    def caps(self) -> Caps:
        """The caps on public money among the rules; a reserve price is one on the bids for a park or unit."""
        return Caps(
            per_park=self.reserve_per_park,
            per_unit=self.reserve_per_unit,
            per_operator=self.most_money,
            total=self.budget,
        )

    @property
    def weighs_worth(self) -> bool:
        """Whether units are weighed against money, as VCG payments require."""
        return self.payment is PaymentRule.VCG and self.goal is Goal.MOST_UNITS


def _named(kind: type[Named], name: str, what: str) -> Named:
    names = [member.value for member in kind]
    if name not in names:
        raise SharingError(f"there is no {what} {name!r}{nearest_name(name, names)}")
    return kind(name)


@dataclass(frozen=True, slots=True)
class Ceiling:
    """A rule as a row: the weights of the bids that are awarded sum to at most a limit.

    Attributes
    ----------
    who
        The park, the operator or the group.
    weights
        By number of the bid.
    """

    reason: Reason
    who: str
    weights: Mapping[int, int]
    limit: int


@dataclass(frozen=True, slots=True)
class Packing:
    """Bids to choose from.

    Attributes
    ----------
    bids
        Those within their reserve prices, by id.
    values
        For each what is maximised: the first sum, then the second.
    ceilings
        What a choice has to keep.
    """

    bids: tuple[Bid, ...]
    values: tuple[tuple[int, int], ...]
    ceilings: tuple[Ceiling, ...]

    def value(self, chosen: Iterable[int]) -> tuple[int, int]:
        """Sum the values of some bids."""
        numbers = list(chosen)
        return sum(self.values[j][0] for j in numbers), sum(self.values[j][1] for j in numbers)

    def without(self, operator_id: str) -> Packing:
        """Leave an operator's bids out."""
        kept = [j for j, bid in enumerate(self.bids) if bid.operator_id != operator_id]
        place = {j: number for number, j in enumerate(kept)}
        ceilings = [
            Ceiling(c.reason, c.who, {place[j]: w for j, w in c.weights.items() if j in place}, c.limit)
            for c in self.ceilings
        ]
        return Packing(
            tuple(self.bids[j] for j in kept),
            tuple(self.values[j] for j in kept),
            tuple(c for c in ceilings if c.weights or c.limit < 0),
        )


def packing_of(bids: Iterable[Bid], parks: Iterable[str], rules: AuctionRules) -> Packing:
    """Turn bids and rules into a packing problem; bids above their reserve price stay outside.

    Parameters
    ----------
    bids
        In any order.
    parks
        Ids of all parks.
    rules
        Without faults.
    """
    within = [bid for bid in bids if (most := rules.reserve(bid)) is None or bid.amount <= most]
    line = tuple(sorted(within, key=lambda bid: bid.id))
    ceilings = list(_ceilings(line, rules))
    if rules.cover_all:
        must = sorted(park for park in parks if rules.reserve_of(park) is None)
        covers = ({j: -1 for j, bid in enumerate(line) if park in bid.park_ids} for park in must)
        ceilings += [Ceiling(Reason.COVER, park, at, -1) for park, at in zip(must, covers, strict=True)]
    return Packing(line, tuple(_value(bid, rules) for bid in line), tuple(ceilings))


def _value(bid: Bid, rules: AuctionRules) -> tuple[int, int]:
    if rules.weighs_worth:
        return (rules.reserve_per_unit or 0) * bid.units - bid.amount, bid.units
    if rules.goal is Goal.MOST_UNITS:
        return bid.units, -bid.amount
    reserves = [rules.reserve_of(park) for park in bid.park_ids]
    return reserves.count(None), sum(reserve or 0 for reserve in reserves) - bid.amount


def _ceilings(line: Sequence[Bid], rules: AuctionRules) -> Iterable[Ceiling]:
    everybody = dict(enumerate(line))
    for park in sorted({park for bid in line for park in bid.park_ids}):
        yield Ceiling(Reason.PARK, park, {j: 1 for j, bid in everybody.items() if park in bid.park_ids}, 1)
    for operator, group in sorted({(bid.operator_id, bid.group) for bid in line if bid.group is not None}):
        group_bids = {
            j: 1 for j, bid in everybody.items() if (bid.operator_id, bid.group) == (operator, group)
        }
        yield Ceiling(Reason.GROUP, f"{operator}/{group}", group_bids, 1)
    caps = rules.caps
    if (cap := caps.in_all()) is not None:
        yield Ceiling(Reason.BUDGET, "", {j: bid.amount for j, bid in everybody.items()}, cap.whole)
    for operator in sorted({bid.operator_id for bid in line}):
        own = {j: bid for j, bid in everybody.items() if bid.operator_id == operator}
        if (parks := limit_for(rules.most_parks, operator)) is not None:
            yield Ceiling(Reason.MOST_PARKS, operator, {j: len(b.park_ids) for j, b in own.items()}, parks)
        if (cap := caps.on_operator(operator)) is not None:
            yield Ceiling(Reason.MOST_MONEY, operator, {j: b.amount for j, b in own.items()}, cap.whole)
        if rules.largest_unit_share is not None:
            most, whole = Fraction(rules.largest_unit_share).as_integer_ratio()
            weights = {j: (whole if j in own else 0) * b.units - most * b.units for j, b in everybody.items()}
            yield Ceiling(Reason.UNIT_SHARE, operator, weights, 0)


def auction_faults(bids: Sequence[Bid], parks: Iterable[str], rules: AuctionRules) -> list[str]:
    """List everything that is wrong with bids and rules; empty if nothing is.

    Parameters
    ----------
    bids
        In any order.
    parks
        Ids of all parks, or their units by id.
    rules
        Of the state.
    """
    units = dict(parks) if isinstance(parks, Mapping) else dict.fromkeys(parks)
    if not bids:
        return ["the auction has no bids", *_rule_faults(bids, units, rules)]
    twice = [name for name, count in sorted(Counter(bid.id for bid in bids).items()) if count > 1]
    texts = [f"bid {name!r} is listed more than once" for name in twice]
    for bid in bids:
        texts += [f"bid {bid.id!r} {text}" for text in _bid_faults(bid, units)]
    return [*texts, *_rule_faults(bids, units, rules)]


def _bid_faults(bid: Bid, units: Mapping[str, int | None]) -> Iterable[str]:
    if not bid.park_ids:
        yield "is for no park"
    unknown = sorted({park for park in bid.park_ids if park not in units})
    if unknown:
        yield f"is for {', '.join(unknown)}, which is no park of this auction"
    if len(set(bid.park_ids)) < len(bid.park_ids):
        yield "names a park twice"
    for name, value in (("amount", bid.amount), ("units", bid.units)):
        if not _is_count(value):
            yield f"has {name} {value!r}; expected a whole number, 0 or more"
    counts = [units.get(park) for park in bid.park_ids]
    known = [count for count in counts if count is not None]
    if not unknown and len(known) == len(counts) and _is_count(bid.units) and bid.units > sum(known):
        yield f"connects {bid.units} units, and its parks have {sum(known)}"


def _rule_faults(bids: Sequence[Bid], units: Mapping[str, object], rules: AuctionRules) -> Iterable[str]:
    yield from _number_faults(rules)
    operators = {bid.operator_id for bid in bids}
    names: tuple[tuple[str, Callable[[str], bool], str], ...] = (
        ("reserve_per_park", lambda key: key in units, "no park of this auction"),
        ("most_parks", lambda key: not bids or key in operators, "no bidder"),
        ("most_money", lambda key: not bids or key in operators, "no bidder"),
    )
    for name, is_known, what in names:
        count = getattr(rules, name)
        each = count if isinstance(count, Mapping) else {} if count is None else {"everybody": count}
        for key, value in sorted(each.items()):
            if not _is_count(value):
                yield f"{name} of {key} is {value!r}; expected a whole number, 0 or more"
            if isinstance(count, Mapping) and not is_known(key):
                yield f"{name} names {key}, which is {what}"
    if rules.weighs_worth and rules.reserve_per_unit is None:
        yield (
            "VCG payments for most-units need reserve_per_unit, what a unit is worth to the state: "
            "without it units and money cannot be added up"
        )


def _number_faults(rules: AuctionRules) -> Iterable[str]:
    for name in ("budget", "reserve_per_unit"):
        value = getattr(rules, name)
        if value is not None and not _is_count(value):
            yield f"{name} is {value!r}; expected a whole number, 0 or more"
    if rules.largest_unit_share is not None:
        try:
            if exact(rules.largest_unit_share, "largest_unit_share") > 1:
                yield f"largest_unit_share is {rules.largest_unit_share}; expected a share from 0 to 1"
        except SharingError as error:
            yield str(error)


def _is_count(value: object) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and value >= 0
