"""The division itself: public money first, then the operators by the rule, to the last minor unit."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from fiberplan.money import apportion
from fiberplan.sharing.funding import by_account

if TYPE_CHECKING:
    from collections.abc import Sequence

    from fiberplan.sharing.accounts import Account
    from fiberplan.sharing.funding import Grants
    from fiberplan.sharing.rules import SharingRule

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
    """

    account: int
    party: str
    amount: int
    by_park: Mapping[str, int]


def divide_accounts(accounts: Sequence[Account], grants: Grants, rule: SharingRule) -> tuple[Payment, ...]:
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
    payments: list[Payment] = []
    for account in accounts:
        granted = public.get(account.key, {})
        paid = sum(granted.values())
        if paid:
            payments.append(Payment(account.key, STATE, paid, granted))
        for party, amount in _operator_parts(account, account.amount - paid, rule).items():
            if amount:
                parks = account.parks_of.get(party) or account.by_park
                payments.append(Payment(account.key, party, amount, apportion(amount, parks)))
    return tuple(payments)


def _operator_parts(account: Account, rest: int, rule: SharingRule) -> Mapping[str, int]:
    if not account.by_operator:
        return {UNFUNDED: rest}
    if len(account.by_operator) == 1:
        return dict.fromkeys(account.by_operator, rest)
    return apportion(rest, rule.weights(account))
