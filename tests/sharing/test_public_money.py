"""Public money: shares, then caps (docs/cost-split.md §3)."""

from __future__ import annotations

from collections import Counter
from decimal import Decimal
from fractions import Fraction
from typing import TYPE_CHECKING

from hypothesis import given
from hypothesis import strategies as st
from support.accounts import account, account_lists, policies, unit_counts

from fiberplan.money import CURRENCIES
from fiberplan.project.settings import AssetClass, FundingPolicy
from fiberplan.sharing.accounts.public_money import by_account, grant_public_money
from fiberplan.sharing.caps import CapApplied, CapKind

if TYPE_CHECKING:
    from fiberplan.sharing.accounts.account import Account

EUR, IRR = CURRENCIES["EUR"], CURRENCIES["IRR"]
HALF = {AssetClass.BACKHAUL: Decimal("0.5")}
TWO_PARKS = account(0, 1001, [("a", "p", 3), ("b", "q", 1)])


def test_the_share_of_the_asset_class_is_allocated_to_the_parks_of_the_account() -> None:
    """Half of 1,001 is 501; p has three quarters of the weight: 376 against 125."""
    grants, caps = grant_public_money([TWO_PARKS], FundingPolicy(public_share=HALF), IRR, {})
    assert grants == {(0, "p"): 376, (0, "q"): 125}
    assert caps == ()


def test_a_class_that_is_not_named_gets_nothing() -> None:
    site = account(0, 1000, [("a", "p", 1)], AssetClass.SITE)
    assert grant_public_money([site], FundingPolicy(public_share=HALF), IRR, {}) == ({}, ())


def test_the_cap_of_a_park_shrinks_its_grants_in_proportion() -> None:
    accounts = [
        account(0, 3000, [("a", "p", 1)]),
        account(1, 1000, [("a", "p", 1)]),
        account(2, 800, [("a", "q", 1)]),
    ]
    policy = FundingPolicy(public_share=HALF, cap_per_park=Decimal(1000))
    grants, caps = grant_public_money(accounts, policy, IRR, {})
    assert grants == {(0, "p"): 750, (1, "p"): 250, (2, "q"): 400}
    assert caps == (CapApplied(CapKind.PER_PARK, "p", 2000, 1000),)


def test_caps_are_in_major_units_and_never_exceeded() -> None:
    policy = FundingPolicy(public_share=HALF, cap_per_park=Decimal("1.999"))
    grants, caps = grant_public_money([account(0, 1000, [("a", "p", 1)])], policy, EUR, {})
    assert grants == {(0, "p"): 199}
    assert caps[0].granted == 199


def test_the_cap_of_a_unit_counts_connected_units_and_the_stricter_cap_wins() -> None:
    one = [account(0, 2000, [("a", "p", 1)])]
    policy = FundingPolicy(public_share=HALF, cap_per_park=Decimal(500), cap_per_unit=Decimal(30))
    assert grant_public_money(one, policy, IRR, {"p": 10})[1] == (
        CapApplied(CapKind.PER_UNIT, "p", 1000, 300),
    )
    assert grant_public_money(one, policy, IRR, {"p": 20})[1] == (
        CapApplied(CapKind.PER_PARK, "p", 1000, 500),
    )
    assert grant_public_money(one, policy, IRR, {})[0] == {(0, "p"): 0}


def test_the_cap_on_everything_comes_after_those_of_parks() -> None:
    accounts = [account(0, 4000, [("a", "p", 1)]), account(1, 1000, [("a", "q", 1)])]
    policy = FundingPolicy(public_share=HALF, cap_per_park=Decimal(1500), cap_total=Decimal(1000))
    grants, caps = grant_public_money(accounts, policy, IRR, {})
    assert grants == {(0, "p"): 750, (1, "q"): 250}
    assert caps == (
        CapApplied(CapKind.PER_PARK, "p", 2000, 1500),
        CapApplied(CapKind.TOTAL, None, 2000, 1000),
    )


def test_a_cap_of_nothing_is_a_cap() -> None:
    policy = FundingPolicy(public_share=HALF, cap_total=Decimal(0))
    grants, _ = grant_public_money([TWO_PARKS], policy, IRR, {})
    assert by_account(grants) == {}


@given(account_lists(), policies(), unit_counts, st.sampled_from([EUR, IRR]))
def test_grants_stay_within_shares_and_caps(
    accounts: list[Account], policy: FundingPolicy, units: dict[str, int], currency: object
) -> None:
    grants, caps = grant_public_money(accounts, policy, currency, units)
    minor = currency.minor_per_major
    per_park: Counter[str] = Counter()
    for (_, park), amount in grants.items():
        assert amount >= 0
        per_park[park] += amount
    for park, amount in per_park.items():
        if policy.cap_per_park is not None:
            assert amount <= policy.cap_per_park * minor
        if policy.cap_per_unit is not None:
            assert amount <= policy.cap_per_unit * units[park] * minor
    if policy.cap_total is not None:
        assert sum(per_park.values()) <= policy.cap_total * minor
    for one in accounts:
        own = {park: amount for (key, park), amount in grants.items() if key == one.key}
        share = Fraction(policy.public_share.get(one.asset_class, Decimal(0)))
        assert sum(own.values()) <= one.amount
        assert sum(own.values()) <= share * one.amount + Fraction(1, 2)
        for park, amount in own.items():
            assert amount <= -(-one.amount * one.by_park[park] // sum(one.by_park.values()))
        if not caps:
            assert abs(sum(own.values()) - share * one.amount) <= Fraction(1, 2)
    for cap in caps:
        assert cap.granted < cap.wanted


@given(account_lists(), policies(), unit_counts, st.randoms(use_true_random=False))
def test_the_order_of_accounts_changes_no_grant(
    accounts: list[Account], policy: FundingPolicy, units: dict[str, int], random: object
) -> None:
    mixed = list(accounts)
    random.shuffle(mixed)
    assert grant_public_money(accounts, policy, EUR, units) == grant_public_money(mixed, policy, EUR, units)
