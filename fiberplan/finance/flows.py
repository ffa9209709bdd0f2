"""Cash flows: whole amounts by year, exact present values, pay-back (`docs/cost-split.md` §12.1 to §12.3)."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from itertools import accumulate
from typing import TYPE_CHECKING

from fiberplan.errors import MoneyError
from fiberplan.money import discount_ratio, present_value

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping
    from decimal import Decimal


@dataclass(frozen=True, slots=True)
class CashFlow:
    """Amounts by year.

    Attributes
    ----------
    amounts
        Minor units, from year 0, each due at the end of its year; what comes in is positive.

    Examples
    --------
    >>> flow = CashFlow((-1000, 300, 300, 300, 300))
    >>> flow.total, flow.payback_year()
    (200, 4)
    """

    amounts: tuple[int, ...]

    def __post_init__(self) -> None:
        odd = [amount for amount in self.amounts if not isinstance(amount, int) or isinstance(amount, bool)]
        if odd:
            raise MoneyError(f"{odd[0]!r} is no whole amount of minor units")

    @classmethod
    def zero(cls, years: int) -> CashFlow:
        """Nothing in years 0 to a last one."""
        return cls((0,) * (years + 1))

    @classmethod
    def of(cls, amounts: Mapping[int, int], years: int) -> CashFlow:
        """Make a flow from amounts by year.

        Parameters
        ----------
        amounts
            Minor units by year; years that are not named have none.
        years
            The last year.

        Raises
        ------
        MoneyError
            A year lies outside 0 to the last one.
        """
        outside = sorted(year for year in amounts if not 0 <= year <= years)
        if outside:
            raise MoneyError(f"year {outside[0]} lies outside the years 0 to {years}")
        return cls(tuple(amounts.get(year, 0) for year in range(years + 1)))

    def __iter__(self) -> Iterator[int]:
        return iter(self.amounts)

    def __getitem__(self, year: int) -> int:
        return self.amounts[year]

    def __len__(self) -> int:
        return len(self.amounts)

    def __bool__(self) -> bool:
        return any(self.amounts)

    def __add__(self, other: CashFlow) -> CashFlow:
        return total_flow((self, other), max(len(self), len(other)) - 1)

    def __sub__(self, other: CashFlow) -> CashFlow:
        return self + -other

    def __neg__(self) -> CashFlow:
        return CashFlow(tuple(-amount for amount in self.amounts))

    @property
    def total(self) -> int:
        """Sum over the years, not discounted."""
        return sum(self.amounts)

    @property
    def cumulative(self) -> CashFlow:
        """Sum up to each year."""
        return CashFlow(tuple(accumulate(self.amounts)))

    def exact_value(self, discount_rate: Decimal) -> Fraction:
        """Present value without any rounding, minor units.

        Examples
        --------
        >>> from decimal import Decimal
        >>> CashFlow((-100, 110, 11)).exact_value(Decimal("0.1"))
        Fraction(100, 11)
        """
        return sum(
            (
                amount * Fraction(*discount_ratio(discount_rate, year))
                for year, amount in enumerate(self.amounts)
                if amount
            ),
            Fraction(0),
        )

    def present_value(self, discount_rate: Decimal) -> int:
        """Present value, each year rounded to a minor unit, as the ledger counts (`docs/cost-split.md` §1.3).

        Examples
        --------
        >>> from decimal import Decimal
        >>> CashFlow((-1000, 300, 300, 300, 300)).present_value(Decimal("0.1"))
        -49
        """
        return sum(present_value(amount, year, discount_rate) for year, amount in enumerate(self.amounts))

    def payback_year(self, discount_rate: Decimal | None = None) -> int | None:
        """First year from which on the sum of all years so far never is negative again, if any.

        The pay-back period in whole years (Brealey, Myers and Allen, *Principles of Corporate Finance*, ch. 5).

        Parameters
        ----------
        discount_rate
            For the discounted pay-back; sums are exact.

        Examples
        --------
        >>> from decimal import Decimal
        >>> CashFlow((-1000, 500, 500, 300)).payback_year(), CashFlow((-1000, 500, 500, 300)).payback_year(Decimal("0.1"))
        (2, 3)
        """
        so_far = Fraction(0)
        since: int | None = None
        for year, amount in enumerate(self.amounts):
            factor = Fraction(1) if discount_rate is None else Fraction(*discount_ratio(discount_rate, year))
            so_far += amount * factor
            if so_far < 0:
                since = None
            elif since is None:
                since = year
        return since


def total_flow(flows: Iterable[CashFlow], years: int) -> CashFlow:
    """Add up flows over years 0 to a last one.

    Parameters
    ----------
    flows
        None of them longer.
    years
        The last year.

    Examples
    --------
    >>> total_flow([CashFlow((1, 2)), CashFlow((3,))], 1)
    CashFlow(amounts=(4, 2))
    """
    sums = [0] * (years + 1)
    for flow in flows:
        for year, amount in enumerate(flow.amounts):
            sums[year] += amount
    return CashFlow(tuple(sums))
