"""The payment schedule: the ledger and its split by year, operator and park, before any further instrument.

(`docs/cost-split.md` §12.6.)
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from enum import IntEnum
from typing import TYPE_CHECKING, Final

from fiberplan.errors import MoneyError
from fiberplan.finance.flows import CashFlow
from fiberplan.finance.joining import Purchase, SharesOverTime, share_over_time, users_at
from fiberplan.money import apportion
from fiberplan.project.settings import AssetClass
from fiberplan.sharing.accounts.dividing import STATE, UNFUNDED
from fiberplan.sharing.accounts.public_money import by_account, grant_public_money

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from fiberplan.cost import CostSplit, SplitCell
    from fiberplan.design.network import Design
    from fiberplan.ledger.lines import CostLedger, CostLine
    from fiberplan.sharing.accounts.account import Account

LEASE_ITEMS: Final = ("lease.duct", "corridor.lease")


class CostKind(IntEnum):
    """What a cost is to its payer: something that lasts, or something used up; leases of ducts apart."""

    BUILDING = 0
    OPERATION = 1
    LEASE = 2


@dataclass(frozen=True)
class PaymentSchedule:
    """What operators have to pay by year; all amounts are minor units and not negative, but for settlements.

    Attributes
    ----------
    operators
        By id; `unfunded` among them where something is.
    own
        By operator: what it pays after public money by asset class, before settlements.
    public
        By operator and park: the public money by asset class that is granted to it.
    building, lease
        By operator: the part of both together that lasts, and the leases in what it pays itself.
    settlements
        By operator: what late joiners pay it (positive), or it pays on joining.
    by_park
        By operator: what it pays for each park, present value, by which money is allocated to parks.
    units
        Connected units by operator and park.
    """

    operators: tuple[str, ...]
    own: Mapping[str, CashFlow]
    public: Mapping[tuple[str, str], CashFlow]
    building: Mapping[str, CashFlow]
    lease: Mapping[str, CashFlow]
    settlements: Mapping[str, CashFlow]
    by_park: Mapping[str, Mapping[str, int]]
    units: Mapping[tuple[str, str], int]

    def public_of(self, operator: str, years: int) -> CashFlow:
        """Public money by asset class that is granted to an operator, over all parks.

        Parameters
        ----------
        operator
            Id.
        years
            The last year.
        """
        return sum(
            (flow for (name, _), flow in self.public.items() if name == operator), CashFlow.zero(years)
        )

    def units_of(self, operator: str) -> int:
        """Count the connected units of an operator over all parks."""
        return sum(count for (name, _), count in self.units.items() if name == operator)


def schedule_payments(  # noqa: PLR0913 - what payments depend on, by name
    ledger: CostLedger,
    split: CostSplit,
    design: Design,
    *,
    years: int,
    default_life_years: int,
    joins: Mapping[str, int] | None = None,
    joining_interest: Decimal = Decimal(0),
) -> PaymentSchedule:
    """Allocate the nominal cost of every year to who pays it.

    A party pays of every year of an account the share that it pays of the account's present value.

    Parameters
    ----------
    ledger, split, design
        Of one plan.
    years
        The last year.
    default_life_years
        Of what outlives the horizon, for depreciation when somebody joins late.
    joins
        Year in which each operator joins; 0 if not named.
    joining_interest
        A year, on what late joiners pay to others.

    Returns
    -------
    PaymentSchedule
        In every year, what operators pay, what the state pays for them and what is unfunded sum to the ledger.

    Raises
    ------
    MoneyError
        The split is not one of this ledger.
    """
    collector = _Collector(ledger, split, design, joins or {}, default_life_years)
    collector.allocate()
    shares = share_over_time(collector.purchases, collector.joins, interest_rate=joining_interest)
    return collector.result(shares, years, split)


class _Collector:
    """Goes through the ledger by account, year, kind and life."""

    def __init__(
        self,
        ledger: CostLedger,
        split: CostSplit,
        design: Design,
        joins: Mapping[str, int],
        default_life_years: int,
    ) -> None:
        self.joins = joins
        self._default_life = default_life_years
        self._lives = {line.item: line.life_years for line in design.bill if line.life_years is not None}
        self._buckets = self._gather(ledger.lines)
        accounts, places = ledger.accounts()
        assert len({key for key, *_ in self._buckets}) == len(accounts), "lines are gathered as accounts are"
        self._accounts = accounts
        cells = _cells_of(accounts, places, split)
        self._weights = _operator_weights(accounts, cells)
        self._granted_to = [
            next((dict(cell.granted_to) for cell in own if cell.party == STATE), {}) for own in cells
        ]
        self.units: Counter[tuple[str, str]] = Counter()
        for need in design.requirements:
            if need.operator_id is not None:
                self.units[need.operator_id, need.park_id] += need.units
        grants, _ = grant_public_money(accounts, split.policy, ledger.currency, design.units_by_park)
        self._parks = by_account(grants)
        self.purchases: list[Purchase] = []
        self.kinds: list[CostKind] = []
        self.public: Counter[tuple[str, str, int]] = Counter()
        self.building: Counter[tuple[str, int]] = Counter()

    def _gather(self, lines: Iterable[CostLine]) -> dict[tuple[int, int, CostKind, int], int]:
        """Add up lines of one account, year, kind and life; accounts are counted as `CostLedger.accounts` does."""
        index: dict[tuple[object, ...], int] = {}
        buckets: defaultdict[tuple[int, int, CostKind, int], int] = defaultdict(int)
        for line in lines:
            account = index.setdefault(line.account_key, len(index))
            kind, life = CostKind.BUILDING, self._lives.get(line.item, self._default_life)
            if line.asset_class is AssetClass.OPERATION:
                kind = CostKind.LEASE if line.item in LEASE_ITEMS else CostKind.OPERATION
                life = 0
            buckets[account, line.year, kind, life] += line.amount
        return buckets

    def allocate(self) -> None:
        """Allocate every bucket to the state's parks and to the operators."""
        for (key, year, kind, life), amount in self._buckets.items():
            if not amount:
                continue
            weights, public = self._weights[key]
            by_park = self._parks_of(key, public)
            parks = sorted(by_park)
            shares = {0: self._accounts[key].amount - public}
            shares |= {number: by_park[park] for number, park in enumerate(parks, start=1)}
            parts = apportion(amount, shares) if public else {0: amount}
            users = users_at(self._granted_to[key] or weights, self.joins, year)
            for number, park in enumerate(parks, start=1):
                for operator, part in apportion(parts[number], users).items():
                    self.public[operator, park, year] += part
                    if kind is CostKind.BUILDING:
                        self.building[operator, year] += part
            self.purchases.append(Purchase(len(self.purchases), year, parts[0], life, weights))
            self.kinds.append(kind)

    def _parks_of(self, key: int, public: int) -> Mapping[str, int]:
        """Allocate the public money of an account to parks: as the policy grants it, else by claims."""
        if not public:
            return {}
        granted = self._parks.get(key, {})
        return granted if sum(granted.values()) == public else apportion(public, self._accounts[key].by_park)

    def result(self, shares: SharesOverTime, years: int, split: CostSplit) -> PaymentSchedule:
        """Put the flows together."""
        own: Counter[tuple[str, int]] = Counter()
        lease: Counter[tuple[str, int]] = Counter()
        for (key, operator), amount in shares.payments.items():
            year, kind = self.purchases[key].year, self.kinds[key]
            own[operator, year] += amount
            if kind is CostKind.LEASE:
                lease[operator, year] += amount
            elif kind is CostKind.BUILDING:
                self.building[operator, year] += amount
        settled: Counter[tuple[str, int]] = Counter()
        for one in shares.settlements:
            settled[one.party, one.year] += one.amount
        by_park: defaultdict[str, Counter[str]] = defaultdict(Counter)
        for cell in split.park_cells:
            by_park[cell.party][cell.park_id] += cell.amount
        payers = {name for name, _ in own} | {name for name, *_ in self.public}
        operators = tuple(sorted({*payers, *split.parties} - {STATE, UNFUNDED}))
        operators += (UNFUNDED,) if UNFUNDED in payers else ()
        public: defaultdict[tuple[str, str], dict[int, int]] = defaultdict(dict)
        for (operator, park, year), amount in sorted(self.public.items()):
            public[operator, park][year] = amount
        return PaymentSchedule(
            operators=operators,
            own=_flows(own, operators, years),
            public={key: CashFlow.of(amounts, years) for key, amounts in public.items()},
            building=_flows(self.building, operators, years),
            lease=_flows(lease, operators, years),
            settlements=_flows(settled, operators, years),
            by_park={operator: dict(by_park.get(operator, {})) for operator in operators},
            units=dict(self.units),
        )


def _flows(
    amounts: Mapping[tuple[str, int], int], operators: Iterable[str], years: int
) -> dict[str, CashFlow]:
    by_operator: defaultdict[str, dict[int, int]] = defaultdict(dict)
    for (operator, year), amount in amounts.items():
        by_operator[operator][year] = amount
    return {operator: CashFlow.of(by_operator[operator], years) for operator in operators}


def _cells_of(
    accounts: Sequence[Account], places: Sequence[tuple[object, str]], split: CostSplit
) -> list[list[SplitCell]]:
    """Find the cells of every account, and check that they pay it."""
    cells: dict[int, list[SplitCell]] = {account.key: [] for account in accounts}
    for cell in split.cells:
        if cell.account not in cells:
            raise MoneyError("the split is not one of this ledger: it pays for what the ledger does not have")
        cells[cell.account].append(cell)
    for account, place in zip(accounts, places, strict=True):
        own = cells[account.key]
        paid = sum(cell.amount for cell in own)
        about = {(cell.place_kind, cell.place_id, cell.asset_class) for cell in own}
        if paid != account.amount or about - {(*place, account.asset_class)}:
            raise MoneyError(
                f"the split is not one of this ledger: it pays {paid} of the {account.amount} "
                f"for {account.asset_class} at {place[1]}"
            )
    return list(cells.values())


def _operator_weights(
    accounts: Sequence[Account], cells: Sequence[Sequence[SplitCell]]
) -> list[tuple[dict[str, int], int]]:
    """Weigh the operators of each account by what they pay of it, else by their claims; with what the state pays."""
    weights = []
    for account, own in zip(accounts, cells, strict=True):
        paid = {cell.party: cell.amount for cell in own if cell.party != STATE}
        public = sum(cell.amount for cell in own if cell.party == STATE)
        weights.append((paid or dict(account.by_operator) or {UNFUNDED: 1}, public))
    return weights
