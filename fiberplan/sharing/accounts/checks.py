"""Checks of a split, worked out from accounts and payments alone, without the code that made the split.

(`docs/cost-split.md` §5.) What only one operator uses is its incremental cost on the joint network; what a group
uses is the group's cost alone on it. Both leave out public money, which the state pays whoever builds.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from itertools import combinations
from typing import TYPE_CHECKING, Final

from fiberplan.sharing.accounts.dividing import STATE, UNFUNDED

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from fiberplan.sharing.accounts.account import Account
    from fiberplan.sharing.accounts.dividing import Payment

MAX_OPERATORS_FOR_GROUPS: Final = 12


class CheckKind(StrEnum):
    """What is checked."""

    BALANCE = "balance"
    NOT_NEGATIVE = "not-negative"
    STAND_ALONE = "stand-alone"
    INCREMENTAL = "incremental"
    GROUPS = "groups"


@dataclass(frozen=True, slots=True)
class Check:
    """The outcome of one check.

    Attributes
    ----------
    passed
        ``None`` where it was not worked out.
    parties
        Who violates it worst; empty where it holds.
    amount
        By how much, minor units; 0 where it holds.
    """

    kind: CheckKind
    passed: bool | None
    parties: tuple[str, ...] = ()
    amount: int = 0


def check_split(
    accounts: Sequence[Account],
    payments: Sequence[Payment],
    stand_alone: Mapping[str, int],
    *,
    stand_alone_is_proven: bool = True,
) -> tuple[Check, ...]:
    """Check a split.

    Parameters
    ----------
    accounts
        What was to be paid.
    payments
        Who pays.
    stand_alone
        What each operator would pay for a network of its own, minor units; empty if that was not worked out.
    stand_alone_is_proven
        Whether the routes of all those networks are proven cheapest. If not, each figure is an upper bound: paying
        more than it is a violation, paying less proves nothing.

    Returns
    -------
    tuple of Check
        One of each kind.
    """
    paid: dict[str, int] = {}
    by_account: dict[int, int] = {}
    public: dict[int, int] = {}
    for payment in payments:
        paid[payment.party] = paid.get(payment.party, 0) + payment.amount
        by_account[payment.account] = by_account.get(payment.account, 0) + payment.amount
        if payment.party == STATE:
            public[payment.account] = public.get(payment.account, 0) + payment.amount
    operators = sorted(party for party in paid if party not in {STATE, UNFUNDED})
    private = [
        (frozenset(account.by_operator), account.amount - public.get(account.key, 0)) for account in accounts
    ]
    return (
        _balance(accounts, by_account),
        _not_negative(payments),
        _stand_alone(paid, stand_alone, is_proven=stand_alone_is_proven),
        _incremental(operators, paid, private),
        _groups(operators, paid, private),
    )


def _worst(kind: CheckKind, excess: Iterable[tuple[int, tuple[str, ...]]]) -> Check:
    amount, parties = max(excess, default=(0, ()), key=lambda entry: entry[0])
    return (
        Check(kind, passed=True) if amount <= 0 else Check(kind, passed=False, parties=parties, amount=amount)
    )


def _balance(accounts: Sequence[Account], by_account: Mapping[int, int]) -> Check:
    owed = {account.key: account.amount for account in accounts}
    off = sum(abs(owed.get(key, 0) - by_account.get(key, 0)) for key in owed.keys() | by_account.keys())
    return Check(CheckKind.BALANCE, passed=off == 0, amount=off)


def _not_negative(payments: Sequence[Payment]) -> Check:
    return _worst(CheckKind.NOT_NEGATIVE, ((-payment.amount, (payment.party,)) for payment in payments))


def _stand_alone(paid: Mapping[str, int], stand_alone: Mapping[str, int], *, is_proven: bool) -> Check:
    if not stand_alone:
        return Check(CheckKind.STAND_ALONE, passed=None)
    excess = ((paid.get(operator, 0) - alone, (operator,)) for operator, alone in sorted(stand_alone.items()))
    check = _worst(CheckKind.STAND_ALONE, excess)
    return Check(CheckKind.STAND_ALONE, passed=None) if check.passed and not is_proven else check


def _incremental(
    operators: Sequence[str], paid: Mapping[str, int], private: Sequence[tuple[frozenset[str], int]]
) -> Check:
    own = dict.fromkeys(operators, 0)
    for users, amount in private:
        if len(users) == 1:
            (only,) = users
            own[only] = own.get(only, 0) + amount
    return _worst(CheckKind.INCREMENTAL, ((cost - paid.get(who, 0), (who,)) for who, cost in own.items()))


def _groups(
    operators: Sequence[str], paid: Mapping[str, int], private: Sequence[tuple[frozenset[str], int]]
) -> Check:
    if len(operators) > MAX_OPERATORS_FOR_GROUPS:
        return Check(CheckKind.GROUPS, passed=None)
    by_users: dict[frozenset[str], int] = {}
    for users, amount in private:
        by_users[users] = by_users.get(users, 0) + amount

    def excess(group: tuple[str, ...]) -> int:
        cost = sum(amount for users, amount in by_users.items() if not users.isdisjoint(group))
        return sum(paid[who] for who in group) - cost

    groups = (group for size in range(1, len(operators) + 1) for group in combinations(operators, size))
    # Rounding moves each account by less than one unit, so a group may be off by one for every joint account.
    slack = sum(len(users) > 1 for users, _ in private)
    return _worst(CheckKind.GROUPS, ((over, group) for group in groups if (over := excess(group)) > slack))
