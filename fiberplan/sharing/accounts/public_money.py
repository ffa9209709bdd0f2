"""Public money: a share of every asset class, then the caps (`docs/cost-split.md` §3)."""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING

from fiberplan.money import Currency, apportion, round_half_up
from fiberplan.sharing.caps import CapApplied, Caps, shrink, strictest

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from fiberplan.project.settings import FundingPolicy
    from fiberplan.sharing.accounts.account import Account
    from fiberplan.sharing.caps import Cap


Grants = dict[tuple[int, str], int]
"""Public money in minor units by account and park."""


def grant_public_money(
    accounts: Sequence[Account], policy: FundingPolicy, currency: Currency, units: Mapping[str, int]
) -> tuple[Grants, tuple[CapApplied, ...]]:
    """Work out what the state pays.

    The share of its asset class is granted on every account and allocated to the account's parks by their weights.
    Where the money of a park exceeds its caps, all its grants shrink in proportion; then, if all parks together
    exceed the cap on everything, all grants do.

    Parameters
    ----------
    accounts
        What is paid for.
    policy
        Shares and caps; caps in major units.
    currency
        Of the amounts.
    units
        Connected units of each park.

    Returns
    -------
    tuple
        Grants, none above the account's part for the park and none negative; and the caps that took effect.
    """
    grants: Grants = {}
    for account in accounts:
        share = policy.public_share.get(account.asset_class)
        if not share or not account.amount:
            continue
        costs = apportion(account.amount, account.by_park)
        granted = apportion(round_half_up(account.amount * share), costs)
        grants.update({(account.key, park): amount for park, amount in granted.items() if amount})
    by_park: defaultdict[str, list[tuple[int, str]]] = defaultdict(list)
    for key in grants:
        by_park[key[1]].append(key)
    caps = Caps.of(policy, currency.minor_per_major)
    applied: list[CapApplied] = []
    for park_id, keys in sorted(by_park.items()):
        cap = strictest(caps.on_parks([park_id], units.get(park_id, 0)))
        applied += _apply(cap, grants, keys, park_id)
    applied += _apply(caps.in_all(), grants, list(grants), None)
    return grants, tuple(applied)


def _apply(
    cap: Cap | None, grants: Grants, keys: Sequence[tuple[int, str]], park_id: str | None
) -> list[CapApplied]:
    """Let a cap shrink some of the grants; report it if it took something away."""
    wanted = sum(grants[key] for key in keys)
    if cap is None or wanted <= cap.whole:
        return []
    grants.update(shrink({key: grants[key] for key in keys}, cap.whole))
    return [CapApplied(cap.kind, park_id, wanted, cap.whole)]


def by_account(grants: Grants) -> Mapping[int, dict[str, int]]:
    """Regroup grants: by account, then by park."""
    grouped: defaultdict[int, dict[str, int]] = defaultdict(dict)
    for (key, park_id), amount in grants.items():
        if amount:
            grouped[key][park_id] = amount
    return grouped
