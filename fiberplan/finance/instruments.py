"""Instruments of the state, one small class each, and the order in which they are stacked.

(`docs/cost-split.md` §12.9 to §12.18.)
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from fractions import Fraction
from typing import TYPE_CHECKING, Protocol

from fiberplan.finance.business import MONTHS
from fiberplan.finance.flows import CashFlow
from fiberplan.finance.loans import repay_loan
from fiberplan.finance.positions import Effect, Line, Position
from fiberplan.finance.viability import smallest_grant
from fiberplan.money import round_half_up
from fiberplan.project import terms as given

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence
    from decimal import Decimal


class Instrument(Protocol):
    """A way in which the state helps an operator."""

    @property
    def name(self) -> str:
        """Kind and name."""
        ...

    @property
    def operators(self) -> tuple[str, ...]:
        """Whom it is for; everybody if empty."""
        ...

    def effect(self, position: Position, *, paid: CashFlow | None = None) -> Effect:
        """Work out what it does for an operator.

        Parameters
        ----------
        position
            Where the operator stands after the instruments before it.
        paid
            What the state pays out by year, where that is settled; else what the instrument asks for.
        """
        ...


def _in_year_0(amount: int, position: Position) -> CashFlow:
    return CashFlow.of({0: amount}, position.years)


def _capped(amount: int, cap: Decimal | None, position: Position) -> int:
    return amount if cap is None else min(amount, int(cap * position.minor_per_major))


@dataclass(frozen=True, slots=True)
class PublicShare:
    """The share of every asset class that `FundingPolicy` and the split give: the basic case."""

    name: str = "public_share"
    operators: tuple[str, ...] = ()

    def effect(self, position: Position, *, paid: CashFlow | None = None) -> Effect:
        """Bear that part of the costs."""
        outlay = position.share if paid is None else paid
        return Effect(
            instrument=self.name, operator=position.operator, book={Line.COST: outlay}, outlay=outlay
        )


@dataclass(frozen=True, slots=True)
class LentDucts:
    """Leases of ducts are borne by the state, which owns the ducts: no cash, but a cost that somebody else bears."""

    name: str
    terms: given.InKindDucts

    @property
    def operators(self) -> tuple[str, ...]:
        """Whom it is for."""
        return self.terms.operators

    def effect(self, position: Position, *, paid: CashFlow | None = None) -> Effect:  # noqa: ARG002 - no cash is paid
        """Take over the lease, as far as the operator still pays it."""
        cost = -position.line(Line.COST)
        saved = CashFlow(
            tuple(
                min(max(0, left), round_half_up(lease * Fraction(self.terms.share)))
                for lease, left in zip(position.lease, cost, strict=True)
            )
        )
        return Effect(
            instrument=self.name,
            operator=position.operator,
            book={Line.COST: saved},
            outlay=CashFlow.zero(position.years),
            value_lent=int(self.terms.asset_value * position.minor_per_major),
        )


@dataclass(frozen=True, slots=True)
class Matching:
    """Public money for own money: with ``k`` for each unit, the state pays ``k / (1 + k)`` of what is to be paid."""

    name: str
    terms: given.MatchedFunding

    @property
    def operators(self) -> tuple[str, ...]:
        """Whom it is for."""
        return self.terms.operators

    def effect(self, position: Position, *, paid: CashFlow | None = None) -> Effect:
        """Match the operator's own money for the building in year 0."""
        rate = Fraction(self.terms.rate)
        wanted = round_half_up(position.to_finance * rate / (1 + rate))
        outlay = _in_year_0(_capped(wanted, self.terms.cap, position), position) if paid is None else paid
        return Effect(
            instrument=self.name, operator=position.operator, book={Line.GRANT: outlay}, outlay=outlay
        )


@dataclass(frozen=True, slots=True)
class FixedGrant:
    """A grant that is paid as it is told, such as one that a floor asks for."""

    name: str
    grants: Mapping[str, CashFlow]
    operators: tuple[str, ...] = ()

    def effect(self, position: Position, *, paid: CashFlow | None = None) -> Effect:
        """Pay it."""
        asked = self.grants.get(position.operator, CashFlow.zero(position.years))
        outlay = asked if paid is None else paid
        return Effect(
            instrument=self.name, operator=position.operator, book={Line.GRANT: outlay}, outlay=outlay
        )


@dataclass(frozen=True, slots=True)
class Guarantee:
    """The state buys what is left of a guaranteed capacity, so that revenue does not fall short of it."""

    name: str
    terms: given.GuaranteedPurchase

    @property
    def operators(self) -> tuple[str, ...]:
        """Whom it is for."""
        return self.terms.operators

    def effect(self, position: Position, *, paid: CashFlow | None = None) -> Effect:
        """Pay the shortfall of each guaranteed year."""
        price = (
            self.terms.price_per_month
            if self.terms.price_per_month is not None
            else position.terms.arpu_per_month
        )
        yearly = round_half_up(
            Fraction(price) * MONTHS * position.minor_per_major * position.units * Fraction(self.terms.share)
        )
        first = position.terms.joins_year + 1
        shortfall = {
            year: max(0, yearly - position.line(Line.REVENUE)[year] - position.line(Line.GUARANTEE)[year])
            for year in range(first, min(first + self.terms.years - 1, position.years) + 1)
        }
        outlay = CashFlow.of(shortfall, position.years) if paid is None else paid
        return Effect(
            instrument=self.name, operator=position.operator, book={Line.GUARANTEE: outlay}, outlay=outlay
        )


@dataclass(frozen=True, slots=True)
class Loan:
    """A loan below the market rate on a share of the operator's own money for the building."""

    name: str
    terms: given.SoftLoan

    @property
    def operators(self) -> tuple[str, ...]:
        """Whom it is for."""
        return self.terms.operators

    def effect(self, position: Position, *, paid: CashFlow | None = None) -> Effect:
        """Lend and be paid back; `check_terms` has seen to it that all is paid back in time."""
        terms = self.terms
        wanted = round_half_up(position.to_finance * Fraction(terms.share))
        principal = wanted if paid is None else paid[0]
        debt = repay_loan(
            principal,
            rate=terms.rate,
            term_years=terms.term_years,
            grace_years=terms.grace_years,
            method=terms.method,
        )
        fill = CashFlow.zero(position.years)
        return Effect(
            instrument=self.name,
            operator=position.operator,
            book={
                Line.DRAWDOWN: debt.drawdown + fill,
                Line.INTEREST: fill - debt.interest,
                Line.REPAYMENT: fill - debt.repayment,
            },
            outlay=debt.drawdown + fill,
            is_grant=False,
            debt=debt,
        )


@dataclass(frozen=True, slots=True)
class GapGrant:
    """The smallest grant that closes the business case, with all that is stacked after it."""

    name: str
    terms: given.ViabilityGap

    @property
    def operators(self) -> tuple[str, ...]:
        """Whom it is for."""
        return self.terms.operators

    def effect(self, position: Position, *, paid: CashFlow | None = None) -> Effect:
        """Ask for the gap, up to the cap."""
        if paid is None:
            gap = 0 if position.worth is None else smallest_grant(position.worth)
            paid = _in_year_0(_capped(gap, self.terms.cap, position), position)
        return Effect(
            instrument=self.name, operator=position.operator, book={Line.VIABILITY_GRANT: paid}, outlay=paid
        )


@dataclass(frozen=True, slots=True)
class Return:
    """Claw-back: a share of the revenue above the plan, until the public money has come back."""

    name: str
    terms: given.ClawBack

    @property
    def operators(self) -> tuple[str, ...]:
        """Whom it is for."""
        return self.terms.operators

    def effect(self, position: Position, *, paid: CashFlow | None = None) -> Effect:  # noqa: ARG002 - nothing is paid out
        """Pay back."""
        left = position.public_money + position.line(Line.CLAW_BACK).total
        back = []
        for planned, found in zip(position.planned_revenue, position.line(Line.REVENUE), strict=True):
            above = found - planned * (1 + Fraction(self.terms.threshold))
            amount = min(max(0, left), round_half_up(max(Fraction(0), above) * Fraction(self.terms.share)))
            left -= amount
            back.append(-amount)
        return Effect(
            instrument=self.name,
            operator=position.operator,
            book={Line.CLAW_BACK: CashFlow(tuple(back))},
            outlay=CashFlow.zero(position.years),
            is_grant=False,
        )


@dataclass(frozen=True, slots=True)
class Relief:
    """A tax holiday, and a credit for the operator's own money in the building."""

    name: str
    terms: given.TaxRelief

    @property
    def operators(self) -> tuple[str, ...]:
        """Whom it is for."""
        return self.terms.operators

    def effect(self, position: Position, *, paid: CashFlow | None = None) -> Effect:  # noqa: ARG002 - nothing is paid out
        """Forgo tax."""
        credit = round_half_up(position.to_finance * Fraction(self.terms.credit_share))
        first = position.terms.joins_year + 1
        forgone = []
        for year, tax in enumerate(position.tax):
            if first <= year < first + self.terms.holiday_years:
                forgone.append(tax)
                continue
            used = min(credit, tax)
            credit -= used
            forgone.append(used)
        return Effect(
            instrument=self.name,
            operator=position.operator,
            book={Line.TAX: CashFlow(tuple(forgone))},
            outlay=CashFlow.zero(position.years),
        )


@dataclass(frozen=True, slots=True)
class Equity:
    """A public fund pays a share of the own money for the building and gets dividends."""

    name: str
    terms: given.EquityShare

    @property
    def operators(self) -> tuple[str, ...]:
        """Whom it is for."""
        return self.terms.operators

    def effect(self, position: Position, *, paid: CashFlow | None = None) -> Effect:
        """Pay in, and get a share of what each year's operation leaves; where less is paid in, so is less paid out."""
        wanted = round_half_up(position.to_finance * Fraction(self.terms.share))
        outlay = _in_year_0(wanted, position) if paid is None else paid
        share = self.terms.share if self.terms.dividend_share is None else self.terms.dividend_share
        part = Fraction(share) * Fraction(outlay[0], wanted) if wanted else Fraction(0)
        dividends = [
            0,
            *(-round_half_up(max(0, cash) * part) for cash in position.operating_cash.amounts[1:]),
        ]
        return Effect(
            instrument=self.name,
            operator=position.operator,
            book={Line.EQUITY: outlay, Line.DIVIDEND: CashFlow(tuple(dividends))},
            outlay=outlay,
            is_grant=False,
        )


def make_instruments(
    terms: given.InstrumentTerms, floors: Iterable[Instrument] = ()
) -> tuple[Instrument, ...]:
    """Make the instruments of a project in the order in which they are stacked (`docs/cost-split.md` §12.9).

    Parameters
    ----------
    floors
        Grants that floors ask for; they come after matched funding.
    """
    kinds: tuple[tuple[str, Callable[..., Instrument], Mapping[str, object]], ...] = (
        ("in_kind_ducts", LentDucts, terms.in_kind_ducts),
        ("matched_funding", Matching, terms.matched_funding),
        ("", FixedGrant, {}),
        ("guaranteed_purchase", Guarantee, terms.guaranteed_purchase),
        ("soft_loan", Loan, terms.soft_loan),
        ("viability_gap", GapGrant, terms.viability_gap),
        ("claw_back", Return, terms.claw_back),
        ("tax_relief", Relief, terms.tax_relief),
        ("equity_share", Equity, terms.equity_share),
    )
    stack: list[Instrument] = [PublicShare()]
    for kind, make, named in kinds:
        if not kind:
            stack += floors
        stack += [make(f"{kind}.{name}", entry) for name, entry in sorted(named.items())]
    return tuple(stack)


def stack_instruments(
    position: Position,
    instruments: Sequence[Instrument],
    paid: Mapping[str, CashFlow] | None = None,
) -> tuple[Position, tuple[Effect, ...]]:
    """Let the instruments work on an operator one after another.

    Parameters
    ----------
    position
        With its gross costs in the book, and revenue and own costs.
    instruments
        In their order.
    paid
        By name of the instrument, what the state pays out, where that is settled.

    Returns
    -------
    tuple
        Where the operator stands in the end, and the effect of every instrument that is for it.
    """
    settled = paid or {}
    effects: list[Effect] = []
    for number, instrument in enumerate(instruments):
        if instrument.operators and position.operator not in instrument.operators:
            continue
        rest = [other for other in instruments[number + 1 :] if not isinstance(other, GapGrant)]
        effect = instrument.effect(
            replace(position, worth=_worth_of(position, rest)), paid=settled.get(instrument.name)
        )
        effects.append(effect)
        position = position.with_book(effect.book)
    return position, tuple(effects)


def _worth_of(position: Position, rest: Sequence[Instrument]) -> Callable[[int], Fraction]:
    def worth(grant: int) -> Fraction:
        granted = position.with_book({Line.VIABILITY_GRANT: _in_year_0(grant, position)})
        return stack_instruments(granted, rest)[0].net_present_value

    return worth
