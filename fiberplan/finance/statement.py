"""The financing plan: government and operators by year, with net present value, pay-back and rate of return.

(`docs/cost-split.md` §12.22.)
"""

from __future__ import annotations

import html
from dataclasses import astuple, dataclass
from decimal import Decimal
from functools import cached_property
from typing import TYPE_CHECKING, Any

from fiberplan.finance.flows import CashFlow, total_flow
from fiberplan.finance.limits import LimitApplied, Outlay
from fiberplan.finance.positions import Effect, Line, Position
from fiberplan.finance.returns import internal_rates
from fiberplan.money import CURRENCIES, Currency, round_half_up
from fiberplan.project.terms import InstrumentTerms
from fiberplan.sharing.accounts.dividing import STATE, UNFUNDED
from fiberplan.wording import load_wording

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    import pandas as pd

    from fiberplan.wording import Wording


@dataclass(frozen=True)
class Measures:
    """What a party's cash comes to.

    Attributes
    ----------
    net_present_value
        At the party's own discount rate, minor units, rounded once.
    closes
        Whether it is exactly zero or more.
    internal_rates
        All of them: none, one, or several, which by themselves decide nothing.
    payback_year, discounted_payback_year
        From which on the sum so far stays at zero or more; ``None`` for never.
    """

    discount_rate: Decimal
    net_present_value: int
    closes: bool
    internal_rates: tuple[float, ...]
    payback_year: int | None
    discounted_payback_year: int | None

    @property
    def internal_rate(self) -> float | None:
        """The internal rate of return where there is exactly one."""
        return self.internal_rates[0] if len(self.internal_rates) == 1 else None

    @classmethod
    def of(cls, net: CashFlow, discount_rate: Decimal) -> Measures:
        """Measure a flow.

        Parameters
        ----------
        net
            All cash of a party.
        discount_rate
            Of the party.
        """
        exact = net.exact_value(discount_rate)
        return cls(
            discount_rate=discount_rate,
            net_present_value=round_half_up(exact),
            closes=exact >= 0,
            internal_rates=internal_rates(net),
            payback_year=net.payback_year(),
            discounted_payback_year=net.payback_year(discount_rate),
        )


@dataclass(frozen=True)
class FinancingPlan:
    """Who pays and earns what, by year.

    Attributes
    ----------
    currency_code
        ISO 4217 code of every amount.
    discount_rate
        Of the state.
    positions
        Where each operator stands in the end, ``unfunded`` among them where something is.
    effects
        What every instrument does for every operator.
    outlays
        What the state pays out, by instrument, operator, park and year.
    limits
        Limits of public money that took effect.
    instruments
        The terms of the instruments.
    assumed
        Operators whose business case is an assumption.
    """

    currency_code: str
    discount_rate: Decimal
    positions: tuple[Position, ...]
    effects: tuple[Effect, ...]
    outlays: tuple[Outlay, ...]
    limits: tuple[LimitApplied, ...]
    instruments: InstrumentTerms
    assumed: tuple[str, ...]

    @property
    def currency(self) -> Currency:
        """Currency of every amount."""
        return CURRENCIES[self.currency_code]

    @property
    def years(self) -> int:
        """The last year."""
        return self.positions[0].years if self.positions else 0

    @property
    def parties(self) -> tuple[str, ...]:
        """``state``, the operators by id, and ``unfunded`` where something is."""
        return (STATE, *(position.operator for position in self.positions))

    @cached_property
    def books(self) -> Mapping[str, Mapping[Line, CashFlow]]:
        """Cash of every party by line and year, minor units; what comes in is positive.

        What all parties pay for the network is the ledger's cost of the year; every line but costs, revenue and own
        costs sums to nothing over the parties.
        """
        books: dict[str, Mapping[Line, CashFlow]] = {STATE: self._state_book()}
        for position in self.positions:
            book = {line: position.line(line) for line in Line}
            books[position.operator] = book | {Line.TAX: -position.tax}
        return books

    def _state_book(self) -> dict[Line, CashFlow]:
        """Write the other side of every effect, and the tax that relief leaves; operators settle without the state."""
        book = {
            line: -self._total(effect.book[line] for effect in self.effects if line in effect.book)
            for line in Line
        }
        book[Line.TAX] += self._total(position.full_tax for position in self.positions)
        return book

    def _total(self, flows: Iterable[CashFlow]) -> CashFlow:
        return total_flow(flows, self.years)

    def net(self, party: str) -> CashFlow:
        """All cash of a party."""
        return self._total(self.books[party].values())

    def debt(self, party: str) -> CashFlow:
        """Give what a party owes at the end of each year; negative for what is owed to it."""
        loans = [
            effect.debt.balance
            for effect in self.effects
            if effect.debt is not None and party in {STATE, effect.operator}
        ]
        owed = self._total(loans)
        return -owed if party == STATE else owed

    @cached_property
    def measures(self) -> Mapping[str, Measures]:
        """Net present value, rates of return and pay-back by party; nothing for what nobody pays."""
        rates = {STATE: self.discount_rate}
        rates |= {position.operator: position.discount_rate for position in self.positions}
        return {
            party: Measures.of(self.net(party), rates[party]) for party in self.parties if party != UNFUNDED
        }

    def grant_equivalent(self, operator: str) -> int:
        """All advantages of an operator from the state as one grant today, at its market rate, minor units."""
        rates = {position.operator: position.market_rate for position in self.positions}
        return sum(
            effect.grant_equivalent(rates[operator]) for effect in self.effects if effect.operator == operator
        )

    def advantage(self, party: str) -> int:
        """Give what a party gains by all instruments as one grant today; of the state, less what it gives. Minor units."""
        if party != STATE:
            return self.grant_equivalent(party)
        return -sum(self.grant_equivalent(position.operator) for position in self.positions)

    @cached_property
    def frame(self) -> pd.DataFrame:
        """One row a party and year: ``party``, ``year``, a column for each `Line`, and three sums; minor units.

        ``net`` is the sum of the lines, ``cumulative`` its sum so far, ``debt`` what is owed at the end of the year
        (negative for what is owed to the party).
        """
        import pandas as pd  # noqa: PLC0415 - heavy, and few use it

        tables = []
        for party in self.parties:
            net = self.net(party)
            columns: dict[str, Any] = {"party": party, "year": range(self.years + 1)}
            columns |= {line.value: self.books[party][line].amounts for line in Line}
            columns |= {
                "net": net.amounts,
                "cumulative": net.cumulative.amounts,
                "debt": self.debt(party).amounts,
            }
            tables.append(pd.DataFrame(columns))
        return pd.concat(tables, ignore_index=True)

    @cached_property
    def by_year(self) -> pd.DataFrame:
        """Government against operators: net cash by year (index) and party (columns), with a row ``total``; minor units."""
        import pandas as pd  # noqa: PLC0415 - heavy, and few use it

        table = pd.DataFrame(
            {party: self.net(party).amounts for party in self.parties},
            index=pd.Index(range(self.years + 1), name="year", dtype="object"),
        )
        table.loc["total"] = table.sum(axis=0)
        return table

    @cached_property
    def measures_frame(self) -> pd.DataFrame:
        """One row a party, indexed by ``party``.

        ``discount_rate`` (a year), ``net_present_value`` (minor units), ``closes``, ``internal_rate`` (empty unless
        there is exactly one), ``internal_rate_count``, ``payback_year`` and ``discounted_payback_year`` (empty for
        never), ``cost`` (nominal, what it pays for the network), ``grant_equivalent`` (minor units; of the state, what it
        gives), ``peak_debt``.
        """
        import pandas as pd  # noqa: PLC0415 - heavy, and few use it

        rows = [
            {
                "party": party,
                "discount_rate": float(measures.discount_rate),
                "net_present_value": measures.net_present_value,
                "closes": measures.closes,
                "internal_rate": measures.internal_rate,
                "internal_rate_count": len(measures.internal_rates),
                "payback_year": measures.payback_year,
                "discounted_payback_year": measures.discounted_payback_year,
                "cost": -self.books[party][Line.COST].total,
                "grant_equivalent": self.advantage(party),
                "peak_debt": max(self.debt(party)),
            }
            for party, measures in self.measures.items()
        ]
        types = dict.fromkeys(("payback_year", "discounted_payback_year"), "Int64")
        return pd.DataFrame(rows).astype(types | {"internal_rate": "float64"}).set_index("party")

    @cached_property
    def instruments_frame(self) -> pd.DataFrame:
        """One row an instrument and operator: ``instrument``, ``operator``, ``outlay``, ``grant_equivalent``, ``value_lent``.

        Minor units. ``outlay`` is what the state pays out, nominal; ``grant_equivalent`` is negative for claw-back.
        """
        import pandas as pd  # noqa: PLC0415 - heavy, and few use it

        rates = {position.operator: position.market_rate for position in self.positions}
        rows = [
            (
                effect.instrument,
                effect.operator,
                effect.outlay.total,
                effect.grant_equivalent(rates[effect.operator]),
                effect.value_lent,
            )
            for effect in self.effects
        ]
        return pd.DataFrame(
            rows, columns=["instrument", "operator", "outlay", "grant_equivalent", "value_lent"]
        )

    @cached_property
    def outlays_frame(self) -> pd.DataFrame:
        """Where public money goes: ``instrument``, ``operator``, ``park``, ``year``, ``amount`` (nominal, minor units), ``is_grant``.

        ``park`` is empty for money that is allocated to no park.
        """
        import pandas as pd  # noqa: PLC0415 - heavy, and few use it

        columns = ["instrument", "operator", "park", "year", "amount", "is_grant"]
        return pd.DataFrame([astuple(outlay) for outlay in self.outlays], columns=columns)

    def summary(self, language: str = "en") -> str:
        """Return a short summary: what each party's cash comes to, which limits bind, and what is assumed."""
        words = load_wording(language)
        lines = [words.text("finance.title", years=words.number(self.years))]
        lines += [
            f"  {self._party_line(party, measures, words)}" for party, measures in self.measures.items()
        ]
        lines += self.limit_lines(words)
        return "\n".join(lines)

    def limit_lines(self, words: Wording) -> tuple[str, ...]:
        """List which limits bind, and whose business cases are assumptions."""
        lines = [
            words.text(
                "finance.limit",
                rule=words.text(f"finance.{one.rule}"),
                of=words.figures(one.key),
                wanted=words.money_short(one.wanted, self.currency),
                granted=words.money_short(one.granted, self.currency),
            )
            for one in self.limits
        ]
        if self.assumed:
            lines.append(words.text("finance.assumed", operators=", ".join(self.assumed)))
        return tuple(lines)

    def _party_line(self, party: str, measures: Measures, words: Wording) -> str:
        rates = measures.internal_rates
        if len(rates) == 1:
            rate = words.text("finance.rate", rate=words.percent(rates[0], digits=1))
        else:
            rate = words.text("finance.several_rates" if rates else "finance.no_rate")
        never = measures.payback_year is None
        return words.text(
            "finance.party",
            party=words.text("common.state") if party == STATE else party,
            value=words.money_short(measures.net_present_value, self.currency),
            at=words.percent(measures.discount_rate, digits=1),
            rate=rate,
            payback=words.text("finance.never")
            if never
            else words.text("finance.payback", year=words.number(measures.payback_year or 0)),
        )

    def _repr_html_(self) -> str:
        return f"<pre>{html.escape(self.summary())}</pre>"
