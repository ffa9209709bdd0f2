"""What there is to divide: accounts, each an amount with those who use it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from fiberplan.project.settings import AssetClass


@dataclass(frozen=True, slots=True)
class Account:
    """An amount of one asset class at one place, with its users.

    Attributes
    ----------
    key
        Unique and sortable.
    amount
        Minor units, not negative.
    by_park
        Weight of each park that it serves; never empty.
    by_operator
        Weight of each operator that uses it; empty where none has asked for what it serves.
    parks_of
        By operator: the weight of each of its parks.
    """

    key: int
    asset_class: AssetClass
    amount: int
    by_park: Mapping[str, int]
    by_operator: Mapping[str, int]
    parks_of: Mapping[str, Mapping[str, int]]
