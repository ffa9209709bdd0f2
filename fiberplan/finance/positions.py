"""Where a party stands: its cash by year and kind, its tax, and what an instrument does to it.

(`docs/cost-split.md` §12.7 and §12.8.)
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from decimal import Decimal
from enum import StrEnum
from fractions import Fraction
from functools import cached_property
from typing import Final

from fiberplan.finance.flows import CashFlow, total_flow
from fiberplan.finance.loans import DebtSchedule
from fiberplan.money import apportion, round_half_up
from fiberplan.project.terms import BusinessTerms


class Line(StrEnum):
    """A kind of cash, a column of the table; what comes in is positive."""

    COST = "cost"
    REVENUE = "revenue"
    OWN_OPEX = "own_opex"
    TAX = "tax"
    GRANT = "grant"
    VIABILITY_GRANT = "viability_grant"
    GUARANTEE = "guarantee"
    DRAWDOWN = "drawdown"
    INTEREST = "interest"
    REPAYMENT = "repayment"
    EQUITY = "equity"
    DIVIDEND = "dividend"
    CLAW_BACK = "claw_back"
    JOINING = "joining"


OUTSIDE: Final = frozenset({Line.COST, Line.REVENUE, Line.OWN_OPEX})
"""Lines whose other side is no party of the plan: suppliers and customers. All others sum to nothing over the parties."""

GRANTS: Final = (Line.GRANT, Line.VIABILITY_GRANT, Line.GUARANTEE)


@dataclass(frozen=True, kw_only=True)
class Effect:
    """What one instrument does for one operator.

    Attributes
    ----------
    instrument
        Kind and name: ``soft_loan.green``.
    book
        Cash of the operator by line; the state's is the same with the other sign.
    outlay
        What the state pays out for it, by year, not negative; limits count it.
    is_grant
        Whether the outlay never comes back, so that caps on public money count it.
    debt
        Of a loan.
    value_lent
        Of assets lent, minor units.
    """

    instrument: str
    operator: str
    book: Mapping[Line, CashFlow]
    outlay: CashFlow
    is_grant: bool = True
    debt: DebtSchedule | None = None
    value_lent: int = 0

    @property
    def flow(self) -> CashFlow:
        """All cash of the operator from it."""
        return total_flow(self.book.values(), len(self.outlay) - 1)

    def grant_equivalent(self, market_rate: Decimal) -> int:
        """Give the grant that would be worth as much: the present value of the advantage at the market rate.

        The *gross grant equivalent* of Regulation (EU) 651/2014, Art. 2 (22), with the reference rates of Commission
        Communication 2008/C 14/02: what the market would have to be paid for the same terms. A loan at the market rate
        is worth nothing, an interest-free one what its interest would have been.
        """
        return self.flow.present_value(market_rate)


@dataclass(frozen=True, kw_only=True)
class Position:
    """Where an operator stands after the instruments so far.

    Attributes
    ----------
    years
        The last year.
    terms
        Of its business case.
    discount_rate, market_rate
        At which it values its money, and could borrow.
    units
        Connected units.
    minor_per_major
        Of the currency.
    gross, building, lease
        Its costs by year before any public money; what of them lasts; what of them are leases of ducts. Positive.
    share
        Public money by asset class as the split has it; positive.
    planned_revenue
        As the business case plans it; the book has what happens.
    book
        Its cash by line, without tax but with relief of it.
    value_with_grant
        Exact net present value that it will have with a grant in year 0, for `ViabilityGap`.
    """

    operator: str
    years: int
    terms: BusinessTerms
    discount_rate: Decimal
    market_rate: Decimal
    units: int
    minor_per_major: int
    gross: CashFlow
    building: CashFlow
    lease: CashFlow
    share: CashFlow
    planned_revenue: CashFlow
    book: Mapping[Line, CashFlow] = field(default_factory=dict)
    value_with_grant: Callable[[int], Fraction] | None = None

    def line(self, line: Line) -> CashFlow:
        """Cash of one line, nothing if there is none."""
        return self.book.get(line, CashFlow.zero(self.years))

    def with_book(self, book: Mapping[Line, CashFlow]) -> Position:
        """Add cash to the book."""
        merged = dict(self.book)
        for line, flow in book.items():
            merged[line] = self.line(line) + flow
        return replace(self, book=merged)

    @property
    def borne(self) -> CashFlow:
        """What the state bears of its costs."""
        return self.gross + self.line(Line.COST)

    @property
    def to_finance(self) -> int:
        """Its own money for the building in year 0: what public shares and matched funding leave, minor units."""
        return max(0, -self.line(Line.COST)[0] - self.line(Line.GRANT)[0])

    @property
    def public_money(self) -> int:
        """Public money so far that does not come back, nominal: costs that the state bears, and grants."""
        return self.borne.total + sum(self.line(line).total for line in GRANTS)

    @cached_property
    def lasting(self) -> CashFlow:
        """What of the costs that it pays itself lasts; public money of a year counts against the building first."""
        borne = self.borne
        return CashFlow(
            tuple(max(0, built - public) for built, public in zip(self.building, borne, strict=True))
        )

    @cached_property
    def depreciation(self) -> CashFlow:
        """Building costs less grants, written off in equal parts over the tax life from the year after.

        Grants lower what is written off, the earliest first (the net method of IAS 20, paragraph 24).
        """
        life, off = self.terms.tax_life_years, [0] * (self.years + 1)
        grants = self.line(Line.GRANT).total + self.line(Line.VIABILITY_GRANT).total
        for year, cost in enumerate(self.lasting):
            used = min(grants, cost)
            grants -= used
            for after, part in apportion(cost - used, dict.fromkeys(range(1, life + 1), 1)).items():
                if year + after <= self.years:
                    off[year + after] += part
        return CashFlow(tuple(off))

    @cached_property
    def income(self) -> CashFlow:
        """Profit before tax: revenue, guarantees, less what is used up, interest, claw-back and depreciation."""
        used_up = -self.line(Line.COST) - self.lasting
        earned = (Line.REVENUE, Line.OWN_OPEX, Line.GUARANTEE, Line.INTEREST, Line.CLAW_BACK)
        return total_flow(map(self.line, earned), self.years) - used_up - self.depreciation

    @cached_property
    def full_tax(self) -> CashFlow:
        """Tax by year before any relief, not negative; losses are carried forward without limit."""
        losses, due = 0, []
        for income in self.income:
            if income < 0:
                losses -= income
                due.append(0)
                continue
            used = min(losses, income)
            losses -= used
            due.append(round_half_up((income - used) * Fraction(self.terms.tax_rate)))
        return CashFlow(tuple(due))

    @property
    def tax(self) -> CashFlow:
        """Tax that is left after the relief so far."""
        return self.full_tax - self.line(Line.TAX)

    @property
    def net(self) -> CashFlow:
        """All its cash, after tax."""
        return total_flow(self.book.values(), self.years) - self.full_tax

    @property
    def operating_cash(self) -> CashFlow:
        """What operation leaves after tax and debt service; a share of it are dividends."""
        lines = (
            Line.REVENUE,
            Line.OWN_OPEX,
            Line.GUARANTEE,
            Line.INTEREST,
            Line.REPAYMENT,
            Line.CLAW_BACK,
            Line.COST,
        )
        return total_flow(map(self.line, lines), self.years) - self.tax

    @property
    def net_present_value(self) -> Fraction:
        """Exact, at its own discount rate, minor units."""
        return self.net.exact_value(self.discount_rate)
