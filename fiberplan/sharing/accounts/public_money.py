"""Public money: a share of every asset class, then the caps (`docs/cost-split.md` §3)."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

from fiberplan.money import Currency, apportion, round_half_up

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from decimal import Decimal

    from fiberplan.project.settings import FundingPolicy
    from fiberplan.sharing.accounts.account import Account


class CapKind(StrEnum):
    """Which cap."""

    PER_PARK = "per-park"
    PER_UNIT = "per-unit"
    TOTAL = "total"


@dataclass(frozen=True, slots=True)
class CapApplied:
    """A cap that took something away.

    Attributes
    ----------
    park_id
        ``None`` for the cap on everything.
    wanted, granted
        Public money before and after, minor units.
    """

    kind: CapKind
    park_id: str | None
    wanted: int
    granted: int


Grants = dict[tuple[int, str], int]
"""Public money in minor units by account and park."""


def grant_public_money(
    accounts: Sequence[Account], policy: FundingPolicy, currency: Currency, units: Mapping[str, int]
) -> tuple[Grants, tuple[CapApplied, ...]]:
    """Work out what the state pays.

    The share of its asset class is granted on every account and laid on the account's parks by their weights.
    Where the money of a park exceeds its caps, all its grants shrink in proportion; then, if all parks together
    exceed the cap on everything, all grants do.

    Parameters
    ----------
    accounts
        What there is to pay for.
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
    caps: list[CapApplied] = []
    by_park: defaultdict[str, list[tuple[int, str]]] = defaultdict(list)
    for key in grants:
        by_park[key[1]].append(key)
    for park_id, limit, kind in _park_limits(sorted(by_park), policy, currency, units):
        wanted = _shrink(grants, by_park[park_id], limit)
        if wanted > limit:
            caps.append(CapApplied(kind, park_id, wanted, limit))
    if policy.cap_total is not None:
        limit = _floor(policy.cap_total, currency)
        wanted = _shrink(grants, list(grants), limit)
        if wanted > limit:
            caps.append(CapApplied(CapKind.TOTAL, None, wanted, limit))
    return grants, tuple(caps)


def _park_limits(
    parks: Sequence[str], policy: FundingPolicy, currency: Currency, units: Mapping[str, int]
) -> list[tuple[str, int, CapKind]]:
    """List what each park may get, by the stricter of its two caps."""
    limits = []
    for park_id in parks:
        found: list[tuple[int, CapKind]] = []
        if policy.cap_per_park is not None:
            found.append((_floor(policy.cap_per_park, currency), CapKind.PER_PARK))
        if policy.cap_per_unit is not None:
            found.append((_floor(policy.cap_per_unit * units.get(park_id, 0), currency), CapKind.PER_UNIT))
        if found:
            limit, kind = min(found)
            limits.append((park_id, limit, kind))
    return limits


def _floor(amount: Decimal, currency: Currency) -> int:
    """Turn a limit into minor units, never above it."""
    return int(amount * currency.minor_per_major)


def _shrink(grants: Grants, keys: Sequence[tuple[int, str]], limit: int) -> int:
    """Shrink some grants in proportion until they keep a limit; return what they were together."""
    wanted = sum(grants[key] for key in keys)
    if wanted > limit:
        grants.update(apportion(limit, {key: grants[key] for key in keys}))
    return wanted


def by_account(grants: Grants) -> Mapping[int, dict[str, int]]:
    """Regroup grants: by account, then by park."""
    grouped: defaultdict[int, dict[str, int]] = defaultdict(dict)
    for (key, park_id), amount in grants.items():
        if amount:
            grouped[key][park_id] = amount
    return grouped
