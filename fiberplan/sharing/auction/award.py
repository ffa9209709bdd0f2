"""A reverse auction: operators name the public money that they require for parks, and the state awards what is best for it.

`docs/cost-split.md` §14 has the rules. Choosing among packages is the winner determination problem (Rothkopf, Pekec and
Harstad 1998; de Vries and Vohra 2003, *Combinatorial auctions: a survey*, INFORMS J. on Computing 15).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from html import escape
from typing import TYPE_CHECKING, Annotated

from fiberplan.errors import SharingError
from fiberplan.project.bids import Bid
from fiberplan.sharing.auction.packing import Choice, best_choice
from fiberplan.sharing.auction.rules import (
    AuctionRules,
    Goal,
    Packing,
    PaymentRule,
    Reason,
    auction_faults,
    packing_of,
)
from fiberplan.sharing.saved_types import complete

if TYPE_CHECKING:
    import pandas as pd


@dataclass(frozen=True, slots=True)
class Loss:
    """Why a bid is not awarded.

    Attributes
    ----------
    reasons
        Everything that would be broken if it were awarded too; ``no-gain`` if nothing, but the state gains nothing.
    beaten_by
        Winning bids on the same parks or in the same group.
    """

    bid_id: str
    reasons: tuple[Reason, ...]
    beaten_by: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Award:
    """The outcome of a reverse auction.

    Attributes
    ----------
    bids
        All bids, by id.
    parks
        Units of every park, by id; ``None`` where they are not known.
    rules
        Of the state.
    won
        Ids of the winning bids.
    paid
        Public money for each winning operator, minor units.
    lost
        Why each other bid is not awarded.
    without
        Under VCG payments: the winning bids if that operator had no bid.
    value
        What is maximised, first and second (§14.2).
    bound
        No award has a larger first value.
    is_proven
        Whether the award is proven to be the best.
    """

    bids: tuple[Bid, ...]
    parks: Mapping[str, int | None]
    rules: Annotated[AuctionRules, complete(AuctionRules)]
    won: tuple[str, ...]
    paid: Mapping[str, int]
    lost: tuple[Loss, ...]
    without: Mapping[str, tuple[str, ...]]
    value: tuple[int, int]
    bound: int
    is_proven: bool

    @property
    def winners(self) -> tuple[Bid, ...]:
        """The winning bids."""
        return tuple(bid for bid in self.bids if bid.id in set(self.won))

    @property
    def units(self) -> int:
        """Units connected."""
        return sum(bid.units for bid in self.winners)

    @property
    def asked(self) -> int:
        """What the winning bids ask for together, minor units."""
        return sum(bid.amount for bid in self.winners)

    @property
    def total_paid(self) -> int:
        """What the state pays, minor units."""
        return sum(self.paid.values())

    @property
    def over_budget(self) -> int:
        """By how much the payments exceed the budget, minor units: VCG pays more than was asked for."""
        return 0 if self.rules.budget is None else max(0, self.total_paid - self.rules.budget)

    @property
    def uncovered(self) -> tuple[str, ...]:
        """Parks that nobody wins."""
        covered = {park for bid in self.winners for park in bid.park_ids}
        return tuple(park for park in self.parks if park not in covered)

    @property
    def is_truthful(self) -> bool:
        """Whether no bidder could have gained by asking for anything but its cost.

        True of VCG payments unless a rule shuts bids out by what they ask for: a budget, a limit on an operator's money, a
        reserve price that is not weighed against the bids (per unit for the least money, per park for the most units),
        or a share of units, where a bid shut out by its reserve price may be what lets others in.
        """
        rules = self.rules
        other = rules.reserve_per_park if rules.goal is Goal.MOST_UNITS else rules.reserve_per_unit
        limits = (rules.budget, rules.most_money, other, rules.largest_unit_share)
        return rules.payment is PaymentRule.VCG and all(limit is None for limit in limits)

    @property
    def frame(self) -> pd.DataFrame:
        """One row a bid.

        Columns
        -------
        bid_id, operator_id, group
            Which bid; ``group`` is empty for a bid by itself.
        parks
            Ids, with ``;`` between them.
        units
            Units connected.
        amount
            Public money wanted, minor units.
        won
            Whether it is awarded.
        reasons, beaten_by
            Why not, and by which bids; with ``;`` between them.
        """
        # pandas takes long to load, which only users of a table should wait for
        import pandas as pd  # noqa: PLC0415

        lost = {loss.bid_id: loss for loss in self.lost}
        rows = [
            {
                "bid_id": bid.id,
                "operator_id": bid.operator_id,
                "group": bid.group or "",
                "parks": ";".join(bid.park_ids),
                "units": bid.units,
                "amount": bid.amount,
                "won": bid.id not in lost,
                "reasons": ";".join(lost[bid.id].reasons) if bid.id in lost else "",
                "beaten_by": ";".join(lost[bid.id].beaten_by) if bid.id in lost else "",
            }
            for bid in self.bids
        ]
        return pd.DataFrame(rows)

    @property
    def winners_frame(self) -> pd.DataFrame:
        """One row a winning operator.

        Columns
        -------
        operator_id
            Who.
        bids, parks, units
            How many of each it wins.
        asked, paid
            What its winning bids ask for, and what it gets, minor units.
        """
        import pandas as pd  # noqa: PLC0415 - as above

        rows = []
        for operator, paid in self.paid.items():
            own = [bid for bid in self.winners if bid.operator_id == operator]
            parks, units = sum(len(bid.park_ids) for bid in own), sum(bid.units for bid in own)
            rows.append((operator, len(own), parks, units, sum(bid.amount for bid in own), paid))
        return pd.DataFrame(rows, columns=["operator_id", "bids", "parks", "units", "asked", "paid"])

    def summary(self) -> str:
        """Write it for people."""
        rules = self.rules
        proof = "proven best" if self.is_proven else f"not proven best; no award is above {self.bound}"
        lines = [
            f"Reverse auction for {rules.goal.value}: {len(self.won)} of {len(self.bids)} bids, {proof}",
            f"  {len(self.parks) - len(self.uncovered)} of {len(self.parks)} parks, {self.units} units",
            f"  asked for {self.asked}, paid {self.total_paid} ({rules.payment.value})",
        ]
        lines += [f"  {bid.id}: {bid.operator_id} connects {', '.join(bid.park_ids)}" for bid in self.winners]
        lines += [f"  {operator} is paid {amount}" for operator, amount in self.paid.items()]
        for loss in self.lost:
            beaten = f" (by {', '.join(loss.beaten_by)})" if loss.beaten_by else ""
            lines.append(f"  {loss.bid_id} is not awarded: {', '.join(loss.reasons)}{beaten}")
        if self.uncovered:
            lines.append(f"  nobody connects {', '.join(self.uncovered)}")
        if self.over_budget:
            lines.append(
                f"  the payments exceed the budget by {self.over_budget}: VCG pays more than was asked for"
            )
        if rules.weighs_worth:
            lines.append(
                "  units were weighed against money at the reserve price of a unit, as VCG payments require"
            )
        if rules.payment is PaymentRule.VCG and not self.is_truthful:
            lines.append(
                "  these rules shut bids out by what they ask for, so it may pay not to ask for one's true cost"
            )
        return "\n".join(lines)

    def _repr_html_(self) -> str:
        return f"<pre>{escape(self.summary())}</pre>"


def run_auction(
    bids: Iterable[Bid],
    parks: Iterable[str] | Mapping[str, int],
    *,
    rules: AuctionRules | None = None,
    time_limit_s: float | None = None,
) -> Award:
    """Award bids in the best way that the rules allow, and work out what winners get.

    Parameters
    ----------
    bids
        In any order.
    parks
        Ids of all parks, or their units by id; then no bid may connect more units than its parks have.
    rules
        Most units without limits and pay-as-bid by default.
    time_limit_s
        For each step of the search; without it the search ends when the award is proven best.

    Returns
    -------
    Award
        `fiberplan.sharing.verify_award` checks it again.

    Raises
    ------
    SharingError
        Bids or rules are faulty (all faults are named), not every park can be covered though it must be, or a VCG
        payment is not defined: without that operator a park would have nobody and has no reserve price.

    Examples
    --------
    >>> bids = [Bid(id=i, operator_id=i, park_ids=("p",), amount=a, units=9) for i, a in (("A", 70), ("B", 90))]
    >>> rules = AuctionRules(goal="least-money", payment="vcg")
    >>> run_auction(bids, ["p"], rules=rules).paid
    {'A': 90}
    """
    required = rules or AuctionRules()
    line = tuple(sorted(bids, key=lambda bid: bid.id))
    units = dict(parks) if isinstance(parks, Mapping) else dict.fromkeys(parks)
    if faults := auction_faults(line, units, required):
        raise SharingError("\n".join(["the auction is faulty", *map("  {}".format, faults)]))
    packing = packing_of(line, units, required)
    best = best_choice(packing, time_limit_s=time_limit_s)
    if best is None:
        raise SharingError(f"no award covers all parks: {_why_uncovered(packing)}")
    winners = [packing.bids[j] for j in best.chosen]
    paid = dict.fromkeys(sorted({bid.operator_id for bid in winners}), 0)
    for bid in winners:
        paid[bid.operator_id] += bid.amount
    without = {}
    if required.payment is PaymentRule.VCG:
        without = _without(packing, best, paid, time_limit_s=time_limit_s)
        paid = {
            operator: amount + _marginal(packing, best, operator, without[operator], required)
            for operator, amount in paid.items()
        }
    return Award(
        bids=line,
        parks=dict(sorted(units.items())),
        rules=required,
        won=tuple(bid.id for bid in winners),
        paid=paid,
        lost=tuple(losses(line, packing, best.chosen)),
        without={operator: tuple(bid.id for bid in others) for operator, others in without.items()},
        value=best.value,
        bound=best.bound,
        is_proven=best.is_proven,
    )


def _why_uncovered(packing: Packing) -> str:
    """Name the parks that must be won and have no bid, if that is why."""
    hopeless = [c.who for c in packing.ceilings if c.reason is Reason.COVER and not c.weights]
    if hopeless:
        return f"no bid within its reserve price is for {', '.join(hopeless)}"
    return "the bids exclude each other, or the budget or another limit is too small"


def _without(
    packing: Packing, best: Choice, operators: Iterable[str], *, time_limit_s: float | None
) -> dict[str, tuple[Bid, ...]]:
    """Find the best award without each winner."""
    awards = {}
    for operator in operators:
        smaller = packing.without(operator)
        choice = best_choice(smaller, time_limit_s=time_limit_s)
        if choice is None:
            raise SharingError(
                f"the VCG payment of {operator} is not defined: without it not every park can be covered "
                f"({_why_uncovered(smaller)}); set reserve prices for parks"
            )
        if not (choice.is_proven and best.is_proven):
            raise SharingError("VCG payments need awards that are proven best: give the search more time")
        awards[operator] = tuple(smaller.bids[j] for j in choice.chosen)
    return awards


def _marginal(
    packing: Packing, best: Choice, operator: str, others: Iterable[Bid], rules: AuctionRules
) -> int:
    """Work out what the award is better with an operator than without, in money.

    Vickrey 1961; Clarke 1971; Groves 1973: who is paid its bid and that gains nothing by asking for more or less than its cost.
    """
    place = {bid.id: j for j, bid in enumerate(packing.bids)}
    rest = packing.value(place[bid.id] for bid in others)
    if rules.weighs_worth:
        return best.value[0] - rest[0]
    if best.value[0] != rest[0]:
        now = {park for j in best.chosen for park in packing.bids[j].park_ids}
        left = now - {park for bid in others for park in bid.park_ids}
        lacking = sorted(park for park in left if rules.reserve_of(park) is None)
        raise SharingError(
            f"the VCG payment of {operator} is not defined: without it {', '.join(lacking)} would have nobody; "
            "set a reserve price for it"
        )
    return best.value[1] - rest[1]


def losses(bids: Iterable[Bid], packing: Packing, chosen: Iterable[int]) -> Iterable[Loss]:
    """List for every bid that is not awarded what rules it out.

    Parameters
    ----------
    bids
        All of them.
    packing
        Those within their reserve prices, with the ceilings.
    chosen
        Numbers of the winning bids.
    """
    taken = set(chosen)
    place = {bid.id: j for j, bid in enumerate(packing.bids)}
    for bid in bids:
        j = place.get(bid.id)
        if j is None:
            yield Loss(bid.id, (Reason.RESERVE,))
        elif j not in taken:
            broken = [
                c
                for c in packing.ceilings
                if j in c.weights and sum(c.weights.get(i, 0) for i in {*taken, j}) > c.limit
            ]
            beaten = {
                packing.bids[i].id
                for c in broken
                if c.reason in {Reason.PARK, Reason.GROUP}
                for i in c.weights
                if i in taken
            }
            reasons = tuple(reason for reason in Reason if any(c.reason is reason for c in broken))
            yield Loss(bid.id, reasons or (Reason.NO_GAIN,), tuple(sorted(beaten)))
