"""The figures of a report, calculated from a plan's record: parts of every account, cash by year, worked examples."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from fractions import Fraction
from typing import TYPE_CHECKING, TypeVar

from fiberplan.design.bill import PlaceKind
from fiberplan.errors import FiberplanError
from fiberplan.money import apportion, round_half_up
from fiberplan.project.settings import AssetClass
from fiberplan.sharing.accounts.account import Account
from fiberplan.sharing.accounts.dividing import STATE, UNFUNDED
from fiberplan.sharing.rules.registry import find_rule
from fiberplan.sharing.rules.rule import AccountRule

if TYPE_CHECKING:
    from collections.abc import Iterable

    from fiberplan.ledger.lines import AccountKey
    from fiberplan.result.record import PlanRecord


class SplitMismatchError(FiberplanError, ValueError):
    """The split of a record is not of the record's ledger, so nothing can be traced to its place."""


@dataclass(frozen=True, slots=True)
class AccountPart:
    """An account of the ledger with who pays it: all lines of one asset class at one place for the same users.

    Attributes
    ----------
    operators, parks
        Who uses it.
    payments
        By party, minor units, present value; they sum to the amount.
    account
        As the sharing rule sees it.
    """

    place_kind: PlaceKind
    place_id: str
    asset_class: AssetClass
    amount: int
    users: int
    operators: tuple[str, ...]
    parks: tuple[str, ...]
    payments: Mapping[str, int]
    account: Account

    @property
    def account_key(self) -> AccountKey:
        """The same as that of the account's cost lines."""
        return self.place_kind, self.place_id, self.asset_class, self.users

    @property
    def public(self) -> int:
        """What the state pays of it."""
        return self.payments.get(STATE, 0)


def account_parts(record: PlanRecord) -> tuple[AccountPart, ...]:
    """Match the ledger's accounts with the cells of the split, which are in the same order.

    Raises
    ------
    SplitMismatchError
        They do not fit together.
    """
    accounts, places = record.ledger.accounts()
    index = _users_by_account(record)
    cells = iter(record.split.cells)
    parts = []
    for account, place, users in zip(accounts, places, index, strict=True):
        payments: dict[str, int] = {}
        left = account.amount
        while left > 0:
            cell = next(cells, None)
            if cell is None or (cell.place_kind, cell.place_id) != place or cell.amount > left:
                raise SplitMismatchError(f"the split does not divide {account.asset_class} at {place[1]}")
            payments[cell.party] = cell.amount
            left -= cell.amount
        parts.append(
            AccountPart(
                *place,
                account.asset_class,
                account.amount,
                users,
                tuple(sorted(account.by_operator)),
                tuple(sorted(account.by_park)),
                payments,
                account,
            )
        )
    return tuple(parts)


def _users_by_account(record: PlanRecord) -> tuple[int, ...]:
    keys = dict.fromkeys(line.account_key for line in record.ledger.lines)
    return tuple(key[3] for key in keys)


@dataclass(frozen=True, slots=True)
class CashYear:
    """The money of one year.

    Attributes
    ----------
    investment, operation
        Of the whole project, nominal: building in year 0 and renewals later; maintenance, power and leases.
    party, party_present_value
        What the party pays of them, nominal and discounted.
    """

    year: int
    investment: int
    operation: int
    party: int
    party_present_value: int


def cash_by_year(record: PlanRecord, party: str) -> tuple[CashYear, ...]:
    """Give the project's cost and a party's part of it by year.

    Every line of an account is paid in the proportions of the account, so that a party's discounted years sum to
    its payment exactly. Nominal parts are rounded year by year; in year 0, which is not discounted, both are one.

    Parameters
    ----------
    record
        A finished plan.
    party
        Whose part.
    """
    nominal: defaultdict[AccountKey, Counter[int]] = defaultdict(Counter)
    present: defaultdict[AccountKey, Counter[int]] = defaultdict(Counter)
    for line in record.ledger.lines:
        nominal[line.account_key][line.year] += line.amount
        present[line.account_key][line.year] += line.present_value
    investment: Counter[int] = Counter()
    operation: Counter[int] = Counter()
    paid: Counter[int] = Counter()
    discounted: Counter[int] = Counter()
    for part in account_parts(record):
        key = part.account_key
        bucket = operation if part.asset_class is AssetClass.OPERATION else investment
        bucket.update(nominal[key])
        own = part.payments.get(party, 0)
        if own:
            discounted.update(apportion(own, present[key]))
            paid.update(
                {
                    year: apportion(amount, part.payments)[party]
                    for year, amount in nominal[key].items()
                    if amount and year
                }
            )
    return tuple(
        CashYear(
            year, investment[year], operation[year], paid[year] if year else discounted[0], discounted[year]
        )
        for year in range(record.project.settings.horizon_years + 1)
    )


@dataclass(frozen=True, slots=True)
class Example:
    """A segment whose division can be followed by hand.

    Attributes
    ----------
    parts
        Its accounts.
    is_capped
        Whether a cap took public money from it.
    """

    segment_id: str
    length_mm: int
    parts: tuple[AccountPart, ...]
    is_capped: bool

    @property
    def operators(self) -> tuple[str, ...]:
        """Who uses it."""
        return tuple(sorted({who for part in self.parts for who in part.operators}))


def worked_example(record: PlanRecord, parts: Iterable[AccountPart], party: str) -> Example | None:
    """Choose the segment that shows a party the rule best.

    One that several operators use and no cap affects, if there is any; among those the one of which the party
    pays most.

    Parameters
    ----------
    record
        A finished plan.
    parts
        Accounts to choose from.
    party
        The reader.
    """
    by_segment: defaultdict[str, list[AccountPart]] = defaultdict(list)
    for part in parts:
        if part.place_kind is PlaceKind.SEGMENT:
            by_segment[part.place_id].append(part)
    capped_parks = {cap.park_id for cap in record.split.caps}
    best: tuple[tuple[bool, bool, int, str], Example] | None = None
    for segment in record.routing.segments:
        own = by_segment.get(segment.id, [])
        paid = sum(part.payments.get(party, 0) for part in own)
        if not paid:
            continue
        is_capped = None in capped_parks or any(capped_parks.intersection(part.parks) for part in own)
        example = Example(segment.id, segment.length_mm, tuple(own), is_capped)
        rank = (len(example.operators) > 1, not is_capped, paid, segment.id)
        if best is None or rank > best[0]:
            best = rank, example
    return None if best is None else best[1]


K = TypeVar("K")


def payments_by_key(paid: Mapping[tuple[str, K], int]) -> dict[K, dict[str, int]]:
    """Group payments by party and something else, such as a park, by that: each with its payments by party."""
    payments: defaultdict[K, dict[str, int]] = defaultdict(dict)
    for (party, key), amount in paid.items():
        payments[key][party] = amount
    return dict(payments)


def public_before_caps(record: PlanRecord, part: AccountPart) -> int:
    """Calculate the state's share of an account before any cap.

    Parameters
    ----------
    record
        A finished plan.
    part
        The account.
    """
    share = record.split.policy.public_share.get(part.asset_class)
    return round_half_up(part.amount * share) if share else 0


def sharing_weights(record: PlanRecord, part: AccountPart) -> Mapping[str, Fraction]:
    """Calculate the weights by which operators divide what public money leaves of an account.

    There are none under a rule on games, which says what each pays in all; that is allocated to accounts afterwards.

    Parameters
    ----------
    record
        A finished plan.
    part
        The account.
    """
    if not part.operators:
        return {UNFUNDED: Fraction(1)}
    kind = find_rule(record.split.rule)
    if not issubclass(kind, AccountRule):
        return {}
    if len(part.operators) == 1:
        return {part.operators[0]: Fraction(1)}
    weights = kind.for_demand(record.design.traffic_by_operator).weights(part.account)
    return {who: Fraction(weights[who]) for who in sorted(weights)}
