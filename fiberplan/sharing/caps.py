"""Caps and floors on public money: what they are, which of them hold for whom, and how amounts are made to keep them.

This is the one place for them. Four tables have caps, under these names:

| cap | `FundingPolicy` | `PublicLimits` | `SubsidyTerms` | `AuctionRules` |
|---|---|---|---|---|
| per park | `cap_per_park` | `cap_per_park` | | `reserve_per_park` |
| per unit | `cap_per_unit` | `cap_per_unit` | | `reserve_per_unit` |
| per operator | | `cap_per_operator` | `cap_per_operator` | `most_money` |
| per year | | `budget_by_year` | | |
| in all | `cap_total` | `cap_total` | `cap_total` | `budget` |
| floors | | `floor_per_operator`, `floor_total` | | |

What is counted against a cap depends on who applies it: a split counts present values (`docs/cost-split.md` §3), a
financing plan what is paid out (§12.18), a smallest subsidy makes a row of a linear program of each cap (§13), an auction
a row of its packing problem (§14).
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from fractions import Fraction
from typing import TYPE_CHECKING, Any, TypeVar, overload

from fiberplan.money import Rational, apportion

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from fiberplan.project.settings import FundingPolicy
    from fiberplan.project.subsidy_terms import SubsidyTerms
    from fiberplan.project.terms import PublicLimits

Key = TypeVar("Key", int, str, tuple[int, str])

Each = Rational | Mapping[Any, Any] | None
"""One number for everybody, or one for each by id; ``None`` and who is not named have no limit."""


class CapKind(StrEnum):
    """What a cap is on."""

    PER_PARK = "per-park"
    PER_UNIT = "per-unit"
    PER_OPERATOR = "per-operator"
    PER_YEAR = "per-year"
    TOTAL = "total"

    @property
    def term(self) -> str:
        """Name of the cap in the tables of `project.toml`."""
        return _TERMS[self]


_TERMS: Mapping[CapKind, str] = {
    CapKind.PER_PARK: "cap_per_park",
    CapKind.PER_UNIT: "cap_per_unit",
    CapKind.PER_OPERATOR: "cap_per_operator",
    CapKind.PER_YEAR: "budget_by_year",
    CapKind.TOTAL: "cap_total",
}


@dataclass(frozen=True, slots=True)
class Cap:
    """The most public money for something.

    Attributes
    ----------
    key
        The park, operator or year; empty for what is counted in all.
    most
        In the unit of the caps, exact.
    """

    kind: CapKind
    key: str | int
    most: Rational

    @property
    def whole(self) -> int:
        """The most in whole units, never above it."""
        return math.floor(self.most)


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


@dataclass(frozen=True, slots=True, kw_only=True)
class Caps:
    """All caps and floors of one table, in one unit of money: minor units, or the unit of a game's costs.

    Attributes
    ----------
    per_park, per_operator
        One number for each of them, or by id; who is not named has no cap.
    per_unit
        For each connected unit of a park or a package of parks.
    by_year
        From year 0; the last goes on.
    total
        In all.
    floor_per_operator, floor_total
        The least public money.
    """

    per_park: Each = None
    per_unit: Rational | None = None
    per_operator: Each = None
    by_year: tuple[Rational, ...] = ()
    total: Rational | None = None
    floor_per_operator: Rational | None = None
    floor_total: Rational | None = None

    @classmethod
    def of(cls, terms: FundingPolicy | PublicLimits | SubsidyTerms, minor_per_major: int) -> Caps:
        """Take the caps of a table of `project.toml`, exactly, in minor units.

        Parameters
        ----------
        terms
            The table; amounts in major units.
        minor_per_major
            Of the currency.
        """

        def minor(name: str) -> Fraction | None:
            amount = getattr(terms, name, None)
            return None if amount is None else Fraction(amount) * minor_per_major

        return cls(
            per_park=minor("cap_per_park"),
            per_unit=minor("cap_per_unit"),
            per_operator=minor("cap_per_operator"),
            by_year=tuple(Fraction(most) * minor_per_major for most in getattr(terms, "budget_by_year", ())),
            total=minor("cap_total"),
            floor_per_operator=minor("floor_per_operator"),
            floor_total=minor("floor_total"),
        )

    def on_parks(self, park_ids: Sequence[str], units: int) -> tuple[Cap, ...]:
        """List the caps on a park, or on a package of parks: its parks' together, if all have one, and by its units.

        Parameters
        ----------
        park_ids
            One park or more.
        units
            Connected units in all of them.

        Examples
        --------
        >>> [cap.whole for cap in Caps(per_park=100, per_unit=30).on_parks(["p", "q"], 5)]
        [200, 150]
        """
        key = ", ".join(park_ids)
        each = [limit_for(self.per_park, park) for park in park_ids]
        known = [most for most in each if most is not None]
        caps = []
        if len(known) == len(each):
            caps.append(Cap(CapKind.PER_PARK, key, sum((Fraction(most) for most in known), Fraction(0))))
        if self.per_unit is not None:
            caps.append(Cap(CapKind.PER_UNIT, key, Fraction(self.per_unit) * units))
        return tuple(caps)

    def on_operator(self, operator: str | int) -> Cap | None:
        """Look up the cap on an operator."""
        most = limit_for(self.per_operator, operator)
        return None if most is None else Cap(CapKind.PER_OPERATOR, operator, most)

    def on_year(self, year: int) -> Cap | None:
        """Look up the budget of a year.

        Examples
        --------
        >>> Caps(by_year=(5, 7)).on_year(9).most
        7
        """
        if not self.by_year:
            return None
        return Cap(CapKind.PER_YEAR, year, self.by_year[min(year, len(self.by_year) - 1)])

    def in_all(self) -> Cap | None:
        """Look up the cap on all public money."""
        return None if self.total is None else Cap(CapKind.TOTAL, "", self.total)


@overload
def limit_for(limit: int | Mapping[str, int] | None, who: str) -> int | None: ...
@overload
def limit_for(limit: Each, who: str | int) -> Rational | None: ...
def limit_for(limit: Each, who: str | int) -> Rational | None:
    """Look up what a limit says of somebody.

    Parameters
    ----------
    limit
        One number for everybody, or one for each; ``None`` and who is not named have no limit.
    who
        An operator or a park.

    Examples
    --------
    >>> limit_for(5, "a"), limit_for({"a": 5}, "a"), limit_for({"a": 5}, "b")
    (5, 5, None)
    """
    return limit.get(who) if isinstance(limit, Mapping) else limit


def strictest(caps: Iterable[Cap]) -> Cap | None:
    """Choose the cap that allows least; of equal ones that on the park.

    Examples
    --------
    >>> strictest(Caps(per_park=100, per_unit=30).on_parks(["p"], 3)).kind
    <CapKind.PER_UNIT: 'per-unit'>
    """
    return min(caps, key=lambda cap: (cap.whole, cap.kind), default=None)


def shrink(amounts: Mapping[Key, int], most: int) -> dict[Key, int]:
    """Shrink amounts in proportion until they sum to no more than a cap; without need nothing changes.

    Parameters
    ----------
    amounts
        Minor units, not negative.
    most
        What they may sum to.

    Examples
    --------
    >>> shrink({"a": 30, "b": 10}, 20), shrink({"a": 30, "b": 10}, 40)
    ({'a': 15, 'b': 5}, {'a': 30, 'b': 10})
    """
    return apportion(most, amounts) if sum(amounts.values()) > most else dict(amounts)
