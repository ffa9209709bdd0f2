"""An award is checked again from its data alone, with none of the code that awarded it (`docs/cost-split.md` §14.7).

That it is best is proven by going through the other choices: prices of the ceilings, from a linear program in floating
point, give in whole numbers a bound on every choice, and most bids drop out at once (Geoffrion 1974, *Lagrangean
relaxation for integer programming*). On small auctions this is enumeration; on large ones a second solver, HiGHS, decides.
"""

from __future__ import annotations

import math
from collections import Counter, defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from fiberplan.project.bids import Bid
from fiberplan.sharing.auction.award import Award
from fiberplan.sharing.auction.rules import AuctionRules, Goal, PaymentRule, auction_faults
from fiberplan.sharing.caps import limit_for

if TYPE_CHECKING:
    from collections.abc import Iterable

MAX_STEPS: Final = 20_000
"""Choices looked at before a second solver is used."""

MAX_SECONDS: Final = 60.0
"""What the second solver may take; after that it is left open whether an award is best."""

_NEAR: Final = 1e-9
"""How near, as a share of the value, the second solver's bound has to come."""

Rows = list[tuple[dict[int, int], int]]
"""Rules as rows: weights by number of the bid, and what they may sum to."""


def verify_award(claimed: Award, *, must_prove: bool = False) -> tuple[str, ...]:
    """Check an award: bids, rules, reasons, payments, and that no other award is better.

    Parameters
    ----------
    claimed
        As awarded or read from a file.
    must_prove
        Whether it is a fault if it is left open whether the award is best: neither `MAX_STEPS` choices nor the second
        solver settled it. By default that rests on the first solver's word; a better award is a fault in any case.

    Returns
    -------
    tuple of str
        What is wrong; empty if it holds.
    """
    if faults := auction_faults(claimed.bids, claimed.parks, claimed.rules):
        return tuple(faults)
    by_id = {bid.id: bid for bid in claimed.bids}
    if unknown := [name for name in claimed.won if name not in by_id]:
        return (f"{', '.join(unknown)} won without a bid",)
    won = [by_id[name] for name in claimed.won]
    faults = broken_rules(won, claimed.parks, claimed.rules)
    if _value(won, claimed.rules) != claimed.value:
        faults.append(f"the award is worth {_value(won, claimed.rules)}, not {claimed.value}")
    if claimed.is_proven and claimed.bound != claimed.value[0]:
        faults.append("the award is not at its bound and said to be proven")
    if {loss.bid_id for loss in claimed.lost} != set(by_id) - set(claimed.won):
        faults.append("the bids with a reason for losing are not those that are not awarded")
    faults += _payment_faults(claimed, by_id, won)
    if faults:
        return tuple(faults)
    faults += _better(claimed.bids, claimed, won, "", must_prove=must_prove and claimed.is_proven)
    for operator, names in claimed.without.items():
        others = [bid for bid in claimed.bids if bid.operator_id != operator]
        faults += _better(
            others, claimed, [by_id[name] for name in names], f" without {operator}", must_prove=must_prove
        )
    return tuple(faults)


def broken_rules(won: Sequence[Bid], parks: Iterable[str], rules: AuctionRules) -> list[str]:
    """List the rules that a set of winning bids breaks, in the words of `docs/cost-split.md` §14.

    Parameters
    ----------
    won
        The bids.
    parks
        Ids of all parks.
    rules
        Of the state.
    """
    texts = []
    served = Counter(park for bid in won for park in bid.park_ids)
    texts += [f"{park} is won more than once" for park, count in sorted(served.items()) if count > 1]
    groups = Counter((bid.operator_id, bid.group) for bid in won if bid.group is not None)
    texts += [
        f"{who} wins more than one bid of group {name}" for (who, name), n in sorted(groups.items()) if n > 1
    ]
    texts += [f"{bid.id} wins above its reserve price" for bid in won if _is_above_reserve(bid, rules)]
    if rules.budget is not None and sum(bid.amount for bid in won) > rules.budget:
        texts.append("the winning bids exceed the budget")
    if rules.cover_all:
        texts += [
            f"{park} must be won" for park in parks if not served[park] and _reserve(rules, park) is None
        ]
    own: defaultdict[str, list[Bid]] = defaultdict(list)
    for bid in won:
        own[bid.operator_id].append(bid)
    whole = sum(bid.units for bid in won)
    for operator, bids in sorted(own.items()):
        most_parks, most_money = limit_for(rules.most_parks, operator), limit_for(rules.most_money, operator)
        if most_parks is not None and sum(len(bid.park_ids) for bid in bids) > most_parks:
            texts.append(f"{operator} wins too many parks")
        if most_money is not None and sum(bid.amount for bid in bids) > most_money:
            texts.append(f"{operator} wins too much money")
        share = rules.largest_unit_share
        if share is not None and sum(bid.units for bid in bids) > Fraction(share) * whole:
            texts.append(f"{operator} wins too large a share of the units")
    return texts


def _reserve(rules: AuctionRules, park: str) -> int | None:
    return limit_for(rules.reserve_per_park, park)


def _is_above_reserve(bid: Bid, rules: AuctionRules) -> bool:
    reserves = [_reserve(rules, park) for park in bid.park_ids]
    known = [reserve for reserve in reserves if reserve is not None]
    is_above_parks = len(known) == len(reserves) and bid.amount > sum(known)
    return is_above_parks or (
        rules.reserve_per_unit is not None and bid.amount > rules.reserve_per_unit * bid.units
    )


def _value(bids: Iterable[Bid], rules: AuctionRules) -> tuple[int, int]:
    """Work out what §14.2 maximises."""
    line = list(bids)
    units, money = sum(bid.units for bid in line), sum(bid.amount for bid in line)
    if rules.goal is Goal.MOST_UNITS:
        if rules.payment is PaymentRule.PAY_AS_BID:
            return units, -money
        return (rules.reserve_per_unit or 0) * units - money, units
    reserves = [_reserve(rules, park) for bid in line for park in bid.park_ids]
    return reserves.count(None), sum(filter(None, reserves)) - money


def _payment_faults(claimed: Award, by_id: dict[str, Bid], won: Sequence[Bid]) -> list[str]:
    bid_total: defaultdict[str, int] = defaultdict(int)
    for bid in won:
        bid_total[bid.operator_id] += bid.amount
    if claimed.rules.payment is PaymentRule.PAY_AS_BID:
        return (
            []
            if dict(claimed.paid) == dict(bid_total)
            else ["the payments are not what the winners asked for"]
        )
    if set(claimed.without) != set(bid_total) or set(claimed.paid) != set(bid_total):
        return ["there is not one payment for each winner"]
    faults = []
    for operator, names in claimed.without.items():
        others = [by_id[name] for name in names if name in by_id]
        if len(others) < len(names) or any(bid.operator_id == operator for bid in others):
            faults.append(f"the award without {operator} has unknown bids")
            continue
        faults += [
            f"without {operator}: {text}" for text in broken_rules(others, claimed.parks, claimed.rules)
        ]
        now, then = _value(won, claimed.rules), _value(others, claimed.rules)
        in_units = claimed.rules.goal is Goal.MOST_UNITS
        if not in_units and now[0] != then[0]:
            faults.append(f"the payment of {operator} is not defined: a park would have nobody")
        due = bid_total[operator] + (now[0] - then[0] if in_units else now[1] - then[1])
        if claimed.paid[operator] != due:
            faults.append(f"{operator} is paid {claimed.paid[operator]} and not {due}")
    return faults


def _better(
    bids: Iterable[Bid], claimed: Award, won: Sequence[Bid], where: str, *, must_prove: bool
) -> list[str]:
    search = _Search(tuple(bid for bid in bids if not _is_above_reserve(bid, claimed.rules)), claimed, won)
    better = search.run()
    if better is None:
        return [f"it is left open whether the award{where} is best"] if must_prove else []
    if not better:
        return []
    names = ", ".join(bid.id for bid in better)
    return [f"the award{where} is not the best: {names} would be better"]


@dataclass
class _Search:
    """Goes through the choices that may be better than a given one."""

    bids: tuple[Bid, ...]
    claimed: Award
    won: Sequence[Bid]

    def __post_init__(self) -> None:
        rules = self.claimed.rules
        pairs = [_value([bid], rules) for bid in self.bids]
        spread = 1 + 2 * sum(abs(second) for _, second in pairs)
        self.worth = [first * spread + second for first, second in pairs]
        first, second = _value(self.won, rules)
        self.target = first * spread + second + 1
        self.steps = 0

    def run(self) -> tuple[Bid, ...] | None:
        """Find a better choice: empty if none is better, ``None`` if it is left open."""
        rows = self._rows()
        prices = self._prices(rows)
        scale = math.lcm(*(price.denominator for price in prices), 1)
        whole = [int(price * scale) for price in prices]
        reduced = [worth * scale for worth in self.worth]
        top = 0
        for price, (weights, limit) in zip(whole, rows, strict=True):
            top += price * limit
            for j, weight in weights.items():
                reduced[j] -= price * weight
        top += sum(max(0, value) for value in reduced)
        # what a decision against the prices costs; the costliest first, so that the search ends early
        order = sorted(range(len(self.bids)), key=lambda j: (-abs(reduced[j]), j))
        self.blocking = [
            [(r, row[j]) for r, (row, _) in enumerate(rows) if j in row] for j in range(len(self.bids))
        ]
        better = self._descend(order, reduced, top, self.target * scale, [limit for _, limit in rows])
        return self._by_second_solver() if better is None else better

    def _by_second_solver(self) -> tuple[Bid, ...] | None:
        """Let HiGHS choose; it counts in floating point, so a better choice is checked exactly."""
        from scipy.optimize import Bounds, LinearConstraint, milp  # noqa: PLC0415 - as below

        unit = max(map(abs, self.worth))
        matrix, right = self._matrix([*self._rows(), *self._mixed_rows()])
        result = milp(
            -np.array([worth / unit for worth in self.worth]),
            integrality=np.ones(len(self.bids), dtype=np.int64),
            bounds=Bounds(0, 1),
            constraints=LinearConstraint(matrix, ub=np.array(right)),
            options={"mip_rel_gap": _NEAR / 10, "time_limit": MAX_SECONDS},
        )
        chosen = [] if result.x is None else [j for j, value in enumerate(result.x) if value > 0.5]
        if (better := self._checked(chosen)) is not None:
            return better
        bound = result.mip_dual_bound
        return () if bound is not None and -bound * unit < self.target * (1 + _NEAR) else None

    def _checked(self, chosen: Iterable[int]) -> tuple[Bid, ...] | None:
        """Give a choice if it is indeed better and keeps all rules."""
        numbers = sorted(chosen)
        bids = tuple(self.bids[j] for j in numbers)
        is_better = sum(self.worth[j] for j in numbers) >= self.target
        return bids if is_better and not broken_rules(bids, self.claimed.parks, self.claimed.rules) else None

    def _descend(
        self, order: Sequence[int], reduced: Sequence[int], top: int, target: int, left: list[int]
    ) -> tuple[Bid, ...] | None:
        stack: list[tuple[int, int, tuple[int, ...]]] = [(0, top, ())]
        while stack:
            self.steps += 1
            if self.steps > MAX_STEPS:
                return None
            depth, bound, chosen = stack.pop()
            if bound < target or not self._fits(chosen, left):
                continue
            if depth == len(order):
                if (better := self._checked(chosen)) is not None:
                    return better
                continue
            j = order[depth]
            options = [(bound - max(0, reduced[j]), chosen), (bound + min(0, reduced[j]), (*chosen, j))]
            options.sort(key=lambda option: option[0])
            stack += [(depth + 1, most, taken) for most, taken in options]
        return ()

    def _fits(self, chosen: tuple[int, ...], left: Sequence[int]) -> bool:
        used: defaultdict[int, int] = defaultdict(int)
        for j in chosen:
            for row, weight in self.blocking[j]:
                used[row] += weight
        return all(amount <= left[row] for row, amount in used.items())

    def _rows(self) -> Rows:
        """List the rules that only get tighter with every bid: parks, groups, budget and limits of operators."""
        rules, numbered = self.claimed.rules, list(enumerate(self.bids))
        parks_wanted = sorted({park for bid in self.bids for park in bid.park_ids})
        rows = [({j: 1 for j, bid in numbered if park in bid.park_ids}, 1) for park in parks_wanted]
        groups = sorted({(bid.operator_id, bid.group) for bid in self.bids if bid.group is not None})
        rows += [({j: 1 for j, bid in numbered if (bid.operator_id, bid.group) == key}, 1) for key in groups]
        if rules.budget is not None:
            rows.append(({j: bid.amount for j, bid in numbered}, rules.budget))
        for operator in sorted({bid.operator_id for bid in self.bids}):
            own = [(j, bid) for j, bid in numbered if bid.operator_id == operator]
            if (parks := limit_for(rules.most_parks, operator)) is not None:
                rows.append(({j: len(bid.park_ids) for j, bid in own}, parks))
            if (money := limit_for(rules.most_money, operator)) is not None:
                rows.append(({j: bid.amount for j, bid in own}, money))
        return rows

    def _mixed_rows(self) -> Rows:
        """List the rules that a further bid may also loosen: shares of all units, and parks that must be won."""
        rules, numbered = self.claimed.rules, list(enumerate(self.bids))
        rows: Rows = []
        if rules.largest_unit_share is not None:
            most, whole = Fraction(rules.largest_unit_share).as_integer_ratio()
            for operator in sorted({bid.operator_id for bid in self.bids}):
                own = {j: whole * bid.units for j, bid in numbered if bid.operator_id == operator}
                rows.append(({j: own.get(j, 0) - most * bid.units for j, bid in numbered}, 0))
        if rules.cover_all:
            for park in (park for park in self.claimed.parks if _reserve(rules, park) is None):
                rows.append(({j: -1 for j, bid in numbered if park in bid.park_ids}, -1))
        return rows

    def _matrix(self, rows: Rows) -> tuple[Any, list[float]]:
        """Write rules for a solver in floating point, each so that its largest number is 1."""
        from scipy.sparse import dok_array  # noqa: PLC0415 - as below

        matrix: Any = dok_array((len(rows), len(self.bids)), dtype=float)
        right = []
        for r, (weights, limit) in enumerate(rows):
            height = max(map(abs, weights.values()), default=1) or 1
            right.append(limit / height)
            for j, weight in weights.items():
                matrix[r, j] = weight / height
        return matrix.tocsr(), right

    def _prices(self, rows: Rows) -> list[Fraction]:
        """Suggest prices; any that are not negative give a bound, good ones a close one."""
        # SciPy's optimisers take a while to load, which only those who check should wait for
        from scipy.optimize import linprog  # noqa: PLC0415

        none = [Fraction(0)] * len(rows)
        if not rows or not any(self.worth):
            return none
        heights = [max(map(abs, weights.values())) or 1 for weights, _ in rows]
        unit = max(map(abs, self.worth))
        matrix, right = self._matrix(rows)
        result = linprog(
            -np.array([worth / unit for worth in self.worth]),
            A_ub=matrix,
            b_ub=right,
            bounds=(0, 1),
        )
        if result.status != 0:
            return none
        slopes = -result.ineqlin.marginals
        return [
            max(
                Fraction(0), Fraction(float(slope)).limit_denominator(10**12) * unit / height
            ).limit_denominator(10**6)
            for slope, height in zip(slopes, heights, strict=True)
        ]
