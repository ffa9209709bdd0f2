"""What operators offer in a reverse auction: the public money they ask for connecting parks."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Bid:
    """An offer to connect a package of parks, all of them or none.

    Attributes
    ----------
    id
        Unique among all bids.
    operator_id
        Who offers.
    park_ids
        The package: one park or more.
    amount
        Public money asked for all of it, minor units.
    units
        Units connected in all of it.
    group
        Of the bids of one operator with the same group at most one is awarded; ``None`` for a bid by itself.
    """

    id: str
    operator_id: str
    park_ids: tuple[str, ...]
    amount: int
    units: int
    group: str | None = None
