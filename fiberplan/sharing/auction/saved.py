"""An award as plain JSON values, and back, so that it can be checked from saved data alone."""

from __future__ import annotations

from dataclasses import asdict, fields
from fractions import Fraction
from typing import TYPE_CHECKING, Any

from fiberplan.errors import SharingError
from fiberplan.project.bids import Bid
from fiberplan.sharing.auction.award import Award, Loss
from fiberplan.sharing.auction.rules import AuctionRules, Reason

if TYPE_CHECKING:
    from collections.abc import Mapping

    from fiberplan.sharing.certificates.saved import Json


def award_to_json(award: Award) -> Json:
    """Write an award with all bids and rules."""
    share = award.rules.largest_unit_share
    rules = {one.name: getattr(award.rules, one.name) for one in fields(award.rules)}
    return {
        "bids": [{**asdict(bid), "park_ids": list(bid.park_ids)} for bid in award.bids],
        "parks": dict(award.parks),
        "rules": {**rules, "largest_unit_share": None if share is None else str(Fraction(share))},
        "won": list(award.won),
        "paid": dict(award.paid),
        "lost": [
            {"bid_id": loss.bid_id, "reasons": list(loss.reasons), "beaten_by": list(loss.beaten_by)}
            for loss in award.lost
        ],
        "without": {operator: list(names) for operator, names in award.without.items()},
        "value": list(award.value),
        "bound": award.bound,
        "is_proven": award.is_proven,
    }


def award_from_json(saved: Mapping[str, Any]) -> Award:
    """Read an award back; `verify_award` says whether it is true.

    Raises
    ------
    SharingError
        It is none.
    """
    try:
        share = saved["rules"]["largest_unit_share"]
        first, second = saved["value"]
        return Award(
            bids=tuple(Bid(**{**bid, "park_ids": tuple(bid["park_ids"])}) for bid in saved["bids"]),
            parks=dict(saved["parks"]),
            rules=AuctionRules(
                **{**saved["rules"], "largest_unit_share": None if share is None else Fraction(share)}
            ),
            won=tuple(saved["won"]),
            paid={operator: int(amount) for operator, amount in saved["paid"].items()},
            lost=tuple(
                Loss(loss["bid_id"], tuple(map(Reason, loss["reasons"])), tuple(loss["beaten_by"]))
                for loss in saved["lost"]
            ),
            without={operator: tuple(names) for operator, names in saved["without"].items()},
            value=(int(first), int(second)),
            bound=int(saved["bound"]),
            is_proven=bool(saved["is_proven"]),
        )
    except (AttributeError, KeyError, TypeError, ValueError, ZeroDivisionError) as error:
        raise SharingError(f"the saved award cannot be read: {error!r}") from error
