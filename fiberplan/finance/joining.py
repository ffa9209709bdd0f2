"""Late joiners: who carries what while operators come one by one, and what those who paid before get back.

(`docs/cost-split.md` §12.19 to §12.21)
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction
from functools import cached_property
from typing import TYPE_CHECKING

from fiberplan.errors import MoneyError
from fiberplan.money import apportion, discount_ratio, round_half_up

if TYPE_CHECKING:
    from collections.abc import Iterable

    import pandas as pd


@dataclass(frozen=True, slots=True)
class Purchase:
    """Something that its users pay for together.

    Attributes
    ----------
    key
        Unique and sortable.
    year
        When it is paid.
    amount
        Minor units, not negative.
    life_years
        Over which it loses its value, straight line; 0 for what is used up in its year, such as operation.
    weights
        Of all who ever use it, joined or not.
    """

    key: int
    year: int
    amount: int
    life_years: int
    weights: Mapping[str, int]


@dataclass(frozen=True, slots=True)
class Settlement:
    """What one party gets back (positive) or pays (negative) for one purchase when somebody joins, minor units.

    Attributes
    ----------
    value
        Of the share that changes hands.
    interest
        On top of it.
    """

    year: int
    purchase: int
    party: str
    value: int
    interest: int

    @property
    def amount(self) -> int:
        """Both together."""
        return self.value + self.interest


@dataclass(frozen=True)
class SharesOverTime:
    """Who paid what, and the settlements at every joining.

    Attributes
    ----------
    payments
        By purchase and party; those of a purchase sum to its amount.
    settlements
        By year, purchase and party; those of a year and purchase sum to nothing.
    """

    purchases: tuple[Purchase, ...]
    payments: Mapping[tuple[int, str], int]
    settlements: tuple[Settlement, ...]

    @cached_property
    def by_party_and_year(self) -> dict[tuple[str, int], int]:
        """What each party pays in each year, less what it gets back; the sum of a year is what is bought in it."""
        years = {purchase.key: purchase.year for purchase in self.purchases}
        paid: Counter[tuple[str, int]] = Counter()
        for (key, party), amount in self.payments.items():
            paid[party, years[key]] += amount
        for settlement in self.settlements:
            paid[settlement.party, settlement.year] -= settlement.amount
        return dict(paid)

    @cached_property
    def frame(self) -> pd.DataFrame:
        """One row a year and party: ``year``, ``party``, ``paid``, ``refunded``, ``interest``, ``net``; minor units.

        ``refunded`` and ``interest`` are negative for who joins; ``net`` is ``paid`` less both.
        """
        import pandas as pd  # noqa: PLC0415 - heavy, and few use it

        years = {purchase.key: purchase.year for purchase in self.purchases}
        paid: Counter[tuple[int, str]] = Counter()
        value: Counter[tuple[int, str]] = Counter()
        interest: Counter[tuple[int, str]] = Counter()
        for (key, party), amount in self.payments.items():
            paid[years[key], party] += amount
        for one in self.settlements:
            value[one.year, one.party] += one.value
            interest[one.year, one.party] += one.interest
        rows = [
            (
                year,
                party,
                paid[year, party],
                value[year, party],
                interest[year, party],
                paid[year, party] - value[year, party] - interest[year, party],
            )
            for year, party in sorted({*paid, *value, *interest})
        ]
        return pd.DataFrame(rows, columns=["year", "party", "paid", "refunded", "interest", "net"])


def book_value(purchase: Purchase, year: int) -> int:
    """Value of a purchase at the end of a year, straight line, rounded to a minor unit.

    Parameters
    ----------
    purchase
        With its life.
    year
        From year 0.

    Examples
    --------
    >>> book_value(Purchase(0, 0, 1000, 40, {"a": 1}), 10)
    750
    """
    left = purchase.life_years - (year - purchase.year)
    if left <= 0:
        return 0
    return round_half_up(Fraction(purchase.amount * min(left, purchase.life_years), purchase.life_years))


def share_over_time(
    purchases: Iterable[Purchase], joins: Mapping[str, int], *, interest_rate: Decimal = Decimal(0)
) -> SharesOverTime:
    """Share purchases among those who have joined, and settle whenever somebody joins.

    A purchase is paid by those of its users that have joined by its year; where none has, by those who join first.
    When somebody joins, the book value of every earlier purchase that it uses is shared anew, and the difference
    changes hands: the value of a share is what its holder has paid less depreciation.

    Parameters
    ----------
    purchases
        In any order.
    joins
        Year in which each party joins; 0 if not named.
    interest_rate
        A year, on what is settled, from the purchase on.

    Returns
    -------
    SharesOverTime
        Every year balances to the last unit.

    Raises
    ------
    MoneyError
        A purchase is negative, has a key twice, or has no user with a weight.

    Examples
    --------
    >>> shares = share_over_time([Purchase(0, 0, 1200, 10, {"a": 1, "b": 1, "c": 1})], {"c": 5})
    >>> [(one.party, one.amount) for one in shares.settlements]
    [('a', 100), ('b', 100), ('c', -200)]
    """
    known = tuple(sorted(purchases, key=lambda purchase: purchase.key))
    _check(known)
    payments: dict[tuple[int, str], int] = {}
    settlements: list[Settlement] = []
    for purchase in known:
        users = users_at(purchase.weights, joins, purchase.year)
        for party, amount in apportion(purchase.amount, users).items():
            payments[purchase.key, party] = amount
        years = sorted({joins.get(party, 0) for party, weight in purchase.weights.items() if weight})
        for year in years:
            if year > purchase.year:
                settlements += _settle(purchase, joins, year, interest_rate)
    settlements.sort(key=lambda one: (one.year, one.purchase, one.party))
    return SharesOverTime(known, payments, tuple(settlements))


def _check(purchases: tuple[Purchase, ...]) -> None:
    counted = Counter(purchase.key for purchase in purchases)
    faults = [f"purchase {key} is listed {times} times" for key, times in counted.items() if times > 1]
    faults += [f"purchase {one.key} costs {one.amount}" for one in purchases if one.amount < 0]
    faults += [
        f"purchase {one.key} has no user with a weight above zero"
        for one in purchases
        if not any(weight > 0 for weight in one.weights.values())
    ]
    if faults:
        raise MoneyError("; ".join(faults))


def users_at(weights: Mapping[str, int], joins: Mapping[str, int], year: int) -> dict[str, int]:
    """Weigh the users that have joined by a year, or those who join first if none has.

    Parameters
    ----------
    weights
        Of all users.
    joins
        Year in which each joins; 0 if not named.
    year
        By which they have joined.

    Examples
    --------
    >>> users_at({"a": 2, "b": 1}, {"b": 5}, 4), users_at({"b": 1, "c": 1}, {"b": 5, "c": 7}, 0)
    ({'a': 2}, {'b': 1})
    """
    users = {party: weight for party, weight in weights.items() if weight}
    since = max(year, min(joins.get(party, 0) for party in users))
    return {party: weight for party, weight in users.items() if joins.get(party, 0) <= since}


def _settle(
    purchase: Purchase, joins: Mapping[str, int], year: int, interest_rate: Decimal
) -> list[Settlement]:
    value = book_value(purchase, year)
    before = apportion(value, users_at(purchase.weights, joins, year - 1))
    after = apportion(value, users_at(purchase.weights, joins, year))
    moved = {party: before.get(party, 0) - after.get(party, 0) for party in sorted({*before, *after})}
    denominator, numerator = discount_ratio(interest_rate, year - purchase.year)
    growth = Fraction(numerator, denominator) - 1
    interest = {party: -round_half_up(-amount * growth) for party, amount in moved.items() if amount < 0}
    to_share = -sum(interest.values())
    if to_share:
        interest |= apportion(to_share, {party: amount for party, amount in moved.items() if amount > 0})
    return [
        Settlement(year, purchase.key, party, amount, interest.get(party, 0))
        for party, amount in moved.items()
        if amount
    ]
