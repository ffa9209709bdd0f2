"""A reverse auction for the parks of a project, with rules in its currency (`docs/cost-split.md` §14)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING

from fiberplan.errors import VerificationError
from fiberplan.inputs import read_bids
from fiberplan.sharing.auction.award import run_auction
from fiberplan.sharing.auction.checks import verify_award
from fiberplan.sharing.auction.rules import AuctionRules, Goal, PaymentRule

if TYPE_CHECKING:
    from fiberplan.money import Currency
    from fiberplan.project.bids import Bid
    from fiberplan.project.model import Project
    from fiberplan.sharing.auction.award import Award

Amount = Decimal | int
"""Major units of the project's currency."""


@dataclass(frozen=True, slots=True, kw_only=True)
class AuctionTerms:
    """The rules of a reverse auction, in major units of the project's currency.

    Attributes
    ----------
    goal
        Most units, then least money; or most parks, then least money.
    payment
        What winners get.
    budget
        The most that the winning bids may ask for together.
    cover_all
        Whether every park must be won that has no reserve price.
    reserve_per_park
        The most that the state would pay for a park, for all or by park id.
    reserve_per_unit
        The most that the state would pay for a connected unit.
    most_parks, most_money
        The most parks, and the most money in winning bids, of one operator, for all or by operator id.
    largest_unit_share
        The most of all units awarded that one operator may have, from 0 to 1.
    """

    goal: Goal = Goal.MOST_UNITS
    payment: PaymentRule = PaymentRule.PAY_AS_BID
    budget: Amount | None = None
    cover_all: bool = False
    reserve_per_park: Amount | Mapping[str, Amount] | None = None
    reserve_per_unit: Amount | None = None
    most_parks: int | Mapping[str, int] | None = None
    most_money: Amount | Mapping[str, Amount] | None = None
    largest_unit_share: Decimal | None = None

    def rules(self, currency: Currency) -> AuctionRules:
        """Return the rules in minor units of a currency; parts of a minor unit are cut off.

        Raises
        ------
        SharingError
            There is no goal or payment rule of that name.
        """

        def minor(amount: Amount | None) -> int | None:
            return None if amount is None else int(amount * currency.minor_per_major)

        def each(amount: Amount | Mapping[str, Amount] | None) -> int | Mapping[str, int] | None:
            if isinstance(amount, Mapping):
                return {name: int(value * currency.minor_per_major) for name, value in amount.items()}
            return minor(amount)

        return AuctionRules(
            goal=self.goal,
            payment=self.payment,
            budget=minor(self.budget),
            cover_all=self.cover_all,
            reserve_per_park=each(self.reserve_per_park),
            reserve_per_unit=minor(self.reserve_per_unit),
            most_parks=self.most_parks,
            most_money=each(self.most_money),
            largest_unit_share=self.largest_unit_share,
        )


def hold_auction(
    project: Project,
    bids: Iterable[Bid] | str | Path,
    terms: AuctionTerms | None = None,
    *,
    time_limit_s: float | None = None,
) -> Award:
    """Award bids for the parks of a project, and check the award again.

    Parameters
    ----------
    project
        Whose parks and operators the bids are about, and in whose currency the terms are.
    bids
        In any order; or a table of bids, as `read_bids` reads it.
    terms
        Rules of the auction; most units without limits and pay-as-bid if ``None``.
    time_limit_s
        For each step of the search; without it the search ends when the award is proven best.

    Returns
    -------
    Award
        Its amounts are in minor units.

    Raises
    ------
    ProjectError
        The table of bids has faults; the error lists all of them.
    SharingError
        Bids or terms are faulty, or not every park can be covered though it must be.
    VerificationError
        The award does not hold.
    """
    offers = read_bids(bids, project) if isinstance(bids, str | Path) else bids
    rules = (terms or AuctionTerms()).rules(project.currency)
    award = run_auction(offers, project.units_by_park, rules=rules, time_limit_s=time_limit_s)
    if faults := verify_award(award):
        raise VerificationError("the award", faults)
    return award
