"""The division itself: public money first, then the operators by the rule, to the last minor unit."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

from fiberplan.money import apportion
from fiberplan.sharing.accounts.allocation import allocate_totals
from fiberplan.sharing.accounts.public_money import by_account

if TYPE_CHECKING:
    from collections.abc import Sequence

    from fiberplan.sharing.accounts.account import Account
    from fiberplan.sharing.accounts.public_money import Grants
    from fiberplan.sharing.accounts.rules import Weighing

STATE: Final = "state"
UNFUNDED: Final = "unfunded"
"""The party that stands for what nobody pays: the rest of what serves parks that no operator asked for."""


@dataclass(frozen=True, slots=True)
class Payment:
    """What one party pays of one account, and for which parks.

    Attributes
    ----------
    amount
        Minor units, not negative.
    by_park
        The same amount by park.
    granted_to
        What the state pays in place of each operator, where that was decided; it sums to the amount.
    """

    account: int
    party: str
    amount: int
    by_park: Mapping[str, int]
    granted_to: Mapping[str, int] = field(default_factory=dict)


def divide_accounts(accounts: Sequence[Account], grants: Grants, rule: Weighing) -> tuple[Payment, ...]:
    """Divide every account among the state, the operators and nobody.

    Parameters
    ----------
    accounts
        What there is to pay.
    grants
        Public money by account and park.
    rule
        How operators divide an account that several use.

    Returns
    -------
    tuple of Payment
        For each account the payments sum to its amount.
    """
    public = by_account(grants)
    left = _left(accounts, public)
    parts = {account.key: _operator_parts(account, left[account.key], rule) for account in accounts}
    return _payments(accounts, public, parts)


def divide_by_totals(
    accounts: Sequence[Account], grants: Grants, totals: Mapping[str, int]
) -> tuple[Payment, ...]:
    """Divide every account so that each operator pays a total in all (`docs/cost-split.md` §11.7).

    Parameters
    ----------
    accounts
        What there is to pay.
    grants
        Public money by account and park.
    totals
        What each operator pays, minor units.

    Returns
    -------
    tuple of Payment
        For each account the payments sum to its amount, for each operator to its total.

    Raises
    ------
    SharingError
        A total is negative, or the totals do not sum to what public money leaves of what operators use.
    """
    public = by_account(grants)
    left = _left(accounts, public)
    used = [account for account in accounts if account.by_operator]
    allocated = allocate_totals(
        [(frozenset(account.by_operator), left[account.key]) for account in used], totals
    )
    parts: dict[int, Mapping[str, int]] = {account.key: {UNFUNDED: left[account.key]} for account in accounts}
    parts.update(zip((account.key for account in used), allocated, strict=True))
    return _payments(accounts, public, parts)


def divide_by_grants(
    accounts: Sequence[Account], totals: Mapping[str, int], granted: Mapping[str, int]
) -> tuple[Payment, ...]:
    """Divide every account so that each operator pays a total and the state pays it another (§13.10).

    What both come to is allocated to accounts; then each operator's public money is allocated to its parts of them, in
    proportion.

    Parameters
    ----------
    accounts
        What there is to pay.
    totals
        What each operator pays itself, minor units.
    granted
        What the state pays in its place, minor units.

    Returns
    -------
    tuple of Payment
        For each account the payments sum to its amount, for each operator to its total.

    Raises
    ------
    SharingError
        An amount is negative, or all do not sum to what operators use.
    """
    carried = {who: amount + granted.get(who, 0) for who, amount in totals.items()}
    allocated = divide_by_totals(accounts, {}, carried)
    public: defaultdict[int, dict[str, int]] = defaultdict(dict)
    for who, amount in granted.items():
        parts = {payment.account: payment.amount for payment in allocated if payment.party == who}
        for key, part in (apportion(amount, parts) if amount else {}).items():
            if part:
                public[key][who] = part
    by_park: defaultdict[int, Counter[str]] = defaultdict(Counter)
    own: defaultdict[int, list[Payment]] = defaultdict(list)
    for payment in allocated:
        grant = public[payment.account].get(payment.party, 0)
        parks = apportion(grant, payment.by_park) if grant else {}
        by_park[payment.account].update({park: part for park, part in parks.items() if part})
        if left := payment.amount - grant:
            rest = {park: amount - parks.get(park, 0) for park, amount in payment.by_park.items()}
            own[payment.account].append(Payment(payment.account, payment.party, left, rest))
    payments: list[Payment] = []
    for account in accounts:
        if granted_to := public[account.key]:
            whole = sum(granted_to.values())
            payments.append(Payment(account.key, STATE, whole, by_park[account.key], granted_to))
        payments += own[account.key]
    return tuple(payments)


def _left(accounts: Sequence[Account], public: Mapping[int, Mapping[str, int]]) -> dict[int, int]:
    """Say what public money leaves of each account."""
    return {account.key: account.amount - sum(public.get(account.key, {}).values()) for account in accounts}


def _payments(
    accounts: Sequence[Account],
    public: Mapping[int, dict[str, int]],
    parts: Mapping[int, Mapping[str, int]],
) -> tuple[Payment, ...]:
    payments: list[Payment] = []
    for account in accounts:
        granted = public.get(account.key, {})
        if granted:
            payments.append(Payment(account.key, STATE, sum(granted.values()), granted))
        for party, amount in parts[account.key].items():
            if amount:
                parks = account.parks_of.get(party) or account.by_park
                payments.append(Payment(account.key, party, amount, apportion(amount, parks)))
    return tuple(payments)


def _operator_parts(account: Account, rest: int, rule: Weighing) -> Mapping[str, int]:
    if not account.by_operator:
        return {UNFUNDED: rest}
    if len(account.by_operator) == 1:
        return dict.fromkeys(account.by_operator, rest)
    return apportion(rest, rule.weights(account))
