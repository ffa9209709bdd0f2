"""Checks of a split: they pass on what the code makes, and each can fail (docs/cost-split.md §5)."""

from __future__ import annotations

from dataclasses import replace
from itertools import combinations
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from support.accounts import OPERATORS, account, account_lists, policies, unit_counts

from fiberplan.money import CURRENCIES
from fiberplan.sharing.accounts.checks import MAX_OPERATORS_FOR_GROUPS, Check, CheckKind, check_split
from fiberplan.sharing.accounts.dividing import STATE, Payment, divide_accounts
from fiberplan.sharing.accounts.public_money import grant_public_money
from fiberplan.sharing.rules.on_accounts.equal import EqualShare
from fiberplan.sharing.rules.on_accounts.segment_use import SegmentUse

if TYPE_CHECKING:
    from fiberplan.project.settings import FundingPolicy
    from fiberplan.sharing.accounts.account import Account

ACCOUNTS = [
    account(0, 1000, [("op-a", "p", 1), ("op-b", "q", 1)]),
    account(1, 300, [("op-a", "p", 1)]),
    account(2, 400, [("op-b", "q", 1)]),
]
GRANTS = {(0, "p"): 100, (0, "q"): 100, (2, "q"): 50}
PAYMENTS = divide_accounts(ACCOUNTS, GRANTS, SegmentUse())
ALONE = {"op-a": 1100, "op-b": 1200}


def outcome(
    kind: CheckKind, payments: tuple[Payment, ...] = PAYMENTS, alone: dict[str, int] | None = None
) -> Check:
    checks = check_split(ACCOUNTS, payments, ALONE if alone is None else alone)
    assert [check.kind for check in checks] == list(CheckKind)
    return next(check for check in checks if check.kind is kind)


def tampered(account_key: int, party: str, change: int) -> tuple[Payment, ...]:
    return tuple(
        replace(payment, amount=payment.amount + change)
        if (payment.account, payment.party) == (account_key, party)
        else payment
        for payment in PAYMENTS
    )


def test_an_honest_split_passes() -> None:
    assert all(check.passed for check in check_split(ACCOUNTS, PAYMENTS, ALONE))


@pytest.mark.parametrize("change", [-1, 1])
def test_a_unit_too_few_or_many_is_out_of_balance(change: int) -> None:
    result = outcome(CheckKind.BALANCE, tampered(0, "op-a", change))
    assert (result.passed, result.amount) == (False, 1)


def test_errors_that_cancel_between_accounts_are_out_of_balance() -> None:
    both = tuple(
        replace(
            payment,
            amount=payment.amount
            + {("op-a", 0): 7, ("op-a", 1): -7}.get((payment.party, payment.account), 0),
        )
        for payment in PAYMENTS
    )
    assert outcome(CheckKind.BALANCE, both).amount == 14


def test_a_payment_for_nothing_and_one_left_out_are_out_of_balance() -> None:
    bogus = (*PAYMENTS, Payment(99, "op-b", 5, {"q": 5}))
    assert outcome(CheckKind.BALANCE, bogus) == Check(CheckKind.BALANCE, passed=False, amount=5)
    assert outcome(CheckKind.BALANCE, PAYMENTS[1:]).amount == 200


def test_a_negative_payment_is_named() -> None:
    result = outcome(CheckKind.NOT_NEGATIVE, tampered(1, "op-a", -305))
    assert result == Check(CheckKind.NOT_NEGATIVE, passed=False, parties=("op-a",), amount=5)


def test_who_pays_more_than_alone_is_named() -> None:
    """op-a pays 400 + 300, op-b 400 + 350."""
    result = outcome(CheckKind.STAND_ALONE, alone={"op-a": 699, "op-b": 740})
    assert result == Check(CheckKind.STAND_ALONE, passed=False, parties=("op-b",), amount=10)
    assert outcome(CheckKind.STAND_ALONE, alone={"op-a": 700, "op-b": 750}).passed


def test_without_stand_alone_costs_that_check_is_open() -> None:
    assert outcome(CheckKind.STAND_ALONE, alone={}).passed is None


def test_who_pays_less_than_what_only_it_uses_is_named() -> None:
    moved = tampered(1, "op-a", -300)
    moved = tuple(
        replace(p, amount=p.amount - 350) if (p.account, p.party) == (0, "op-a") else p for p in moved
    )
    result = outcome(CheckKind.INCREMENTAL, moved)
    assert result == Check(CheckKind.INCREMENTAL, passed=False, parties=("op-a",), amount=250)


def test_what_only_one_uses_is_added_up_over_accounts() -> None:
    accounts = [account(0, 300, [("op-a", "p", 1)]), account(1, 200, [("op-a", "p", 1)])]
    payments = (Payment(0, "op-a", 300, {"p": 300}), Payment(1, "op-b", 200, {"p": 200}))
    result = check_split(accounts, payments, {})[list(CheckKind).index(CheckKind.INCREMENTAL)]
    assert result == Check(CheckKind.INCREMENTAL, passed=False, parties=("op-a",), amount=200)


def test_a_group_that_pays_more_than_what_it_uses_is_named() -> None:
    """op-a uses 800 + 300 after public money; one unit of rounding is allowed for the one joint account."""

    def shifted(amount: int) -> tuple[Payment, ...]:
        moves = {(0, "op-a"): amount, (0, "op-b"): -amount}
        return tuple(replace(p, amount=p.amount + moves.get((p.account, p.party), 0)) for p in PAYMENTS)

    assert outcome(CheckKind.GROUPS, shifted(401)).passed
    result = outcome(CheckKind.GROUPS, shifted(402))
    assert result == Check(CheckKind.GROUPS, passed=False, parties=("op-a",), amount=2)


def test_equal_shares_may_overcharge_a_group_of_two() -> None:
    """Two small ones pay two thirds of what only the big one and one of them use."""
    accounts = [
        account(0, 900, [("op-a", "p", 1), ("op-b", "q", 1)]),
        account(1, 30, [("op-c", "r", 1), ("op-b", "q", 1)]),
    ]
    payments = divide_accounts(accounts, {}, EqualShare(("op-a", "op-b", "op-c")))
    groups = check_split(accounts, payments, {})[-1]
    assert groups == Check(CheckKind.GROUPS, passed=False, parties=("op-c",), amount=280)


def test_too_many_operators_leave_groups_open() -> None:
    many = [f"op-{n}" for n in range(MAX_OPERATORS_FOR_GROUPS + 1)]
    accounts = [account(0, 1300, [(name, "p", 1) for name in many])]
    checks = check_split(accounts, divide_accounts(accounts, {}, SegmentUse()), {})
    assert checks[-1] == Check(CheckKind.GROUPS, passed=None)


@given(account_lists(), policies(), unit_counts)
def test_segment_use_passes_every_check(
    accounts: list[Account], policy: FundingPolicy, units: dict[str, int]
) -> None:
    """Each operator pays at least its own and no group more than what it uses: the Shapley value of a concave game."""
    grants, _ = grant_public_money(accounts, policy, CURRENCIES["IRR"], units)
    payments = divide_accounts(accounts, grants, SegmentUse())
    assert all(check.passed in {True, None} for check in check_split(accounts, payments, {}))
    for size in range(1, len(OPERATORS) + 1):
        for group in combinations(OPERATORS, size):
            pays = sum(p.amount for p in payments if p.party in group)
            uses = sum(one.amount for one in accounts if set(one.by_operator) & set(group))
            assert pays <= uses - sum(
                p.amount
                for p in payments
                if p.party == STATE and set(accounts[p.account].by_operator) & set(group)
            )
