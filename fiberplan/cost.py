"""Who pays what of a ledger: the state, the operators, and nobody (`docs/cost-split.md`)."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING, Annotated, Any

from pydantic import Field

from fiberplan.design.bill import PlaceKind
from fiberplan.errors import MoneyError
from fiberplan.ledger.lines import CostLedger, CostLine
from fiberplan.ledger.pricing import price_design
from fiberplan.money import CURRENCIES, Currency
from fiberplan.project.settings import DEFAULT_RULE, AssetClass, FundingPolicy
from fiberplan.sharing.accounts.checks import Check, check_split
from fiberplan.sharing.accounts.dividing import (
    STATE,
    UNFUNDED,
    divide_accounts,
    divide_by_grants,
    divide_by_totals,
)
from fiberplan.sharing.accounts.public_money import Grants, grant_public_money
from fiberplan.sharing.caps import CapApplied
from fiberplan.sharing.rules.registry import find_account_rule, find_rule

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    import pandas as pd

    from fiberplan.design.network import Design
    from fiberplan.sharing.accounts.account import Account

__all__ = [
    "CostLedger",
    "CostLine",
    "CostSplit",
    "ParkCell",
    "SplitCell",
    "price_design",
    "public_money",
    "split_costs",
]


@dataclass(frozen=True, slots=True)
class SplitCell:
    """What one party pays of one account, minor units, present value.

    Attributes
    ----------
    account
        Key of the account (`CostLedger.accounts`).
    place_kind, place_id, asset_class
        Those of the account.
    granted_to
        What the state pays in place of each operator, where that was decided (§13.10); saved as ``spared``.
    """

    account: int
    place_kind: PlaceKind
    place_id: str
    asset_class: AssetClass
    party: str
    amount: int
    granted_to: Annotated[Mapping[str, int], Field(alias="spared")] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class ParkCell:
    """What one party pays for one asset class on behalf of one park, minor units, present value."""

    park_id: str
    asset_class: AssetClass
    party: str
    amount: int


@dataclass(frozen=True)
class CostSplit:
    """Who pays what.

    Attributes
    ----------
    currency_code
        ISO 4217 code of every amount.
    rule
        How operators shared.
    policy
        What the state paid.
    parties
        ``state``, the operators by id, and ``unfunded`` where something is.
    cells
        By account and party; those of an account sum to it.
    park_cells
        The same money by park.
    caps
        Caps on public money that took effect.
    checks
        What was checked of this split.
    """

    currency_code: str
    rule: str
    policy: FundingPolicy
    parties: tuple[str, ...]
    cells: tuple[SplitCell, ...]
    park_cells: tuple[ParkCell, ...]
    caps: tuple[CapApplied, ...] = ()
    checks: tuple[Check, ...] = field(default=())

    @property
    def currency(self) -> Currency:
        """Currency of every amount."""
        return CURRENCIES[self.currency_code]

    @cached_property
    def payments(self) -> dict[str, int]:
        """What each party pays in all, minor units, present value."""
        paid = Counter(dict.fromkeys(self.parties, 0))
        for cell in self.cells:
            paid[cell.party] += cell.amount
        return dict(paid)

    @property
    def total(self) -> int:
        """What all parties pay together."""
        return sum(self.payments.values())

    @cached_property
    def by_asset_class(self) -> dict[tuple[str, AssetClass], int]:
        """By party and asset class."""
        return _total((cell.party, cell.asset_class, cell.amount) for cell in self.cells)

    @cached_property
    def by_park(self) -> dict[tuple[str, str], int]:
        """By party and park."""
        return _total((cell.party, cell.park_id, cell.amount) for cell in self.park_cells)

    @cached_property
    def by_segment(self) -> dict[tuple[str, str], int]:
        """By party and segment."""
        return _total(
            (cell.party, cell.place_id, cell.amount)
            for cell in self.cells
            if cell.place_kind is PlaceKind.SEGMENT
        )

    @cached_property
    def frame(self) -> pd.DataFrame:
        """Party by asset class, minor units, with a row and a column of totals."""
        import pandas as pd  # noqa: PLC0415 - heavy, and few ask for it

        classes = [
            asset_class
            for asset_class in AssetClass
            if any(key[1] is asset_class for key in self.by_asset_class)
        ]
        table = pd.DataFrame(
            {
                asset_class.value: [
                    self.by_asset_class.get((party, asset_class), 0) for party in self.parties
                ]
                for asset_class in classes
            },
            index=pd.Index(self.parties, name="party"),
            dtype="int64",
        )
        table["total"] = table.sum(axis=1)
        table.loc["total"] = table.sum(axis=0)
        return table

    @cached_property
    def checks_frame(self) -> pd.DataFrame:
        """One row a check: its name, whether it holds (empty if not worked out), who breaks it worst, by how much."""
        import pandas as pd  # noqa: PLC0415 - heavy, and few ask for it

        return pd.DataFrame(
            {
                "check": [check.kind.value for check in self.checks],
                "passed": [check.passed for check in self.checks],
                "parties": [", ".join(check.parties) for check in self.checks],
                "amount": [check.amount for check in self.checks],
            }
        )


def _total(entries: Iterable[tuple[str, Any, int]]) -> dict[tuple[str, Any], int]:
    totals: Counter[tuple[str, Any]] = Counter()
    for party, key, amount in entries:
        totals[party, key] += amount
    return dict(totals)


def public_money(
    accounts: Sequence[Account], design: Design, policy: FundingPolicy, currency: Currency
) -> tuple[Grants, tuple[CapApplied, ...]]:
    """Work out what the state pays of a design's accounts, by account and park, and the caps that took effect.

    Parameters
    ----------
    accounts
        What is paid for.
    design
        The design whose requirements say how many units a park has.
    policy
        Public shares and caps.
    currency
        Of the accounts; caps are in its major unit.
    """
    return grant_public_money(accounts, policy, currency, design.units_by_park)


def split_costs(
    ledger: CostLedger,
    design: Design,
    *,
    policy: FundingPolicy,
    rule: str = DEFAULT_RULE,
    totals: Mapping[str, int] | None = None,
    granted: Mapping[str, int] | None = None,
    stand_alone: Mapping[str, int] | None = None,
    stand_alone_is_proven: bool = True,
    operators: Iterable[str] = (),
) -> CostSplit:
    """Divide the present value of a ledger among the state and the operators.

    Parameters
    ----------
    ledger
        What there is to pay.
    design
        Whose requirements say who asked for what.
    policy
        Public shares and caps.
    rule
        Name of the rule by which operators divide the rest (`docs/cost-split.md` §4).
    totals
        What each operator pays in all, minor units, by a rule on games (§11.6); it is allocated to accounts (§11.7).
    granted
        What the state pays in place of each operator, minor units; then there are totals, and the policy has no
        public shares (§13.10).
    stand_alone
        What each operator would pay alone, minor units; checked if given.
    stand_alone_is_proven
        Whether those figures rest on routes that are proven cheapest.
    operators
        Operators to list even if the design has nothing for them.

    Returns
    -------
    CostSplit
        Its cells sum to the ledger exactly, and none is negative.

    Raises
    ------
    MoneyError
        An account is negative, so that there is no fair way to divide it.
    SharingError
        There is no rule of that name, or a rule on games comes without totals, or with totals that cannot be allocated
        to accounts.
    """
    kind = find_rule(rule)
    accounts, places = ledger.accounts()
    for account, place in zip(accounts, places, strict=True):
        if account.amount < 0:
            raise MoneyError(f"{account.asset_class} at {place[1]} has a negative cost of {account.amount}")
    grants, caps = public_money(accounts, design, policy, ledger.currency)
    if totals is None:
        payments = divide_accounts(
            accounts, grants, find_account_rule(kind.name).for_demand(design.traffic_by_operator)
        )
    elif granted is not None:
        payments = divide_by_grants(accounts, totals, granted)
    else:
        payments = divide_by_totals(accounts, grants, totals)
    cells = tuple(
        SplitCell(
            payment.account,
            *places[payment.account],
            accounts[payment.account].asset_class,
            payment.party,
            payment.amount,
            payment.granted_to,
        )
        for payment in payments
    )
    parks: Counter[tuple[str, AssetClass, str]] = Counter()
    for payment in payments:
        for park_id, amount in payment.by_park.items():
            parks[park_id, accounts[payment.account].asset_class, payment.party] += amount
    unfunded = (UNFUNDED,) if any(payment.party == UNFUNDED for payment in payments) else ()
    return CostSplit(
        currency_code=ledger.currency_code,
        rule=kind.name,
        policy=policy,
        parties=(STATE, *sorted({*design.traffic_by_operator, *operators}), *unfunded),
        cells=cells,
        park_cells=tuple(ParkCell(*key, amount) for key, amount in sorted(parks.items()) if amount),
        caps=caps,
        checks=check_split(
            accounts, payments, stand_alone or {}, stand_alone_is_proven=stand_alone_is_proven
        ),
    )
