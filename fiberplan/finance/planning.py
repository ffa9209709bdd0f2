"""From a plan's ledger and split to who pays and earns what in which year, under all instruments.

(`docs/cost-split.md` §12.9: the order of the stack.)
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from fiberplan.errors import SharingError
from fiberplan.finance.business import own_opex, revenue
from fiberplan.finance.flows import CashFlow
from fiberplan.finance.instruments.fixed_grant import FixedGrant
from fiberplan.finance.instruments.instrument import Instrument
from fiberplan.finance.instruments.public_share import PublicShare
from fiberplan.finance.instruments.stack import make_instruments, stack_instruments
from fiberplan.finance.instruments.viability_gap import ViabilityGap
from fiberplan.finance.limits import FLOOR_PER_OPERATOR, FLOOR_TOTAL, LimitContext, Outlay, limit_outlays
from fiberplan.finance.payment_schedule import PaymentSchedule, schedule_payments
from fiberplan.finance.positions import Effect, Line, Position
from fiberplan.finance.statement import FinancingPlan
from fiberplan.money import apportion
from fiberplan.project.contradictions import contradictions
from fiberplan.project.model import Project
from fiberplan.project.terms import ASSUMPTION, BusinessTerms, InstrumentTerms
from fiberplan.sharing.accounts.dividing import UNFUNDED

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from fiberplan.cost import CostSplit
    from fiberplan.design.network import Design
    from fiberplan.ledger.lines import CostLedger


def plan_financing(  # noqa: PLR0913 - a finished plan, and what may be changed of its terms
    project: Project,
    design: Design,
    ledger: CostLedger,
    split: CostSplit,
    *,
    business: Mapping[str, BusinessTerms] | None = None,
    instruments: InstrumentTerms | None = None,
    further: Iterable[Instrument] = (),
) -> FinancingPlan:
    """Allocate a plan's costs, revenues and public money to years and parties.

    Parameters
    ----------
    project, design, ledger, split
        Of one plan.
    business
        Business cases by operator, in place of the project's.
    instruments
        In place of the project's.
    further
        Instruments of your own, which act beside those at their places in the stack.

    Returns
    -------
    FinancingPlan
        What all parties pay for the network sums to the ledger in every year, and what they pay each other to nothing.

    Raises
    ------
    SharingError
        Instruments contradict each other or the horizon, or limits cannot all be kept; all of it in one error.
    MoneyError
        The split is not one of this ledger.
    """
    settings = project.settings
    cases = dict(settings.business if business is None else business)
    terms = settings.instruments if instruments is None else instruments
    check_terms(
        cases, terms, operators={operator.id for operator in project.operators}, years=settings.horizon_years
    )
    schedule = schedule_payments(
        ledger,
        split,
        design,
        years=settings.horizon_years,
        default_life_years=project.catalogue.life_years("life.duct"),
        joins={operator: case.joins_year for operator, case in cases.items()},
        joining_interest=terms.joining_interest,
    )
    planner = _Planner(project, schedule, cases, terms, tuple(further))
    return planner.plan(ledger.currency_code)


@dataclass
class _Planner:
    """Runs the stack three times: as planned for the gaps, as it happens for what is asked for, and as it is paid."""

    project: Project
    schedule: PaymentSchedule
    cases: Mapping[str, BusinessTerms]
    terms: InstrumentTerms
    further: tuple[Instrument, ...]

    @property
    def _years(self) -> int:
        return self.project.settings.horizon_years

    def plan(self, currency_code: str) -> FinancingPlan:
        stack = make_instruments(self.terms, self.further)
        wanted: list[Effect] = []
        for operator in self.schedule.operators:
            own = self._stack_of(operator, stack)
            planned = stack_instruments(self._position(operator, actual=False), own)[1]
            gaps = {instrument.name for instrument in own if isinstance(instrument, ViabilityGap)}
            fixed = {effect.instrument: effect.outlay for effect in planned if effect.instrument in gaps}
            wanted += stack_instruments(self._position(operator, actual=True), own, fixed)[1]
        outlays = [outlay for effect in wanted for outlay in self._on_parks(effect)]
        kept, applied = limit_outlays(outlays, self.terms.limits, self._limit_context())
        paid: defaultdict[str, defaultdict[str, Counter[int]]] = defaultdict(lambda: defaultdict(Counter))
        for outlay in kept:
            paid[outlay.operator][outlay.instrument][outlay.year] += outlay.amount
        floors = [FixedGrant(name, {}) for name in (FLOOR_PER_OPERATOR, FLOOR_TOTAL)]
        stack = make_instruments(self.terms, (*floors, *self.further))
        positions: list[Position] = []
        effects: list[Effect] = []
        for operator in self.schedule.operators:
            own = self._stack_of(operator, stack)
            settled = {one.name: CashFlow.of(paid[operator][one.name], self._years) for one in own}
            position, given = stack_instruments(self._position(operator, actual=True), own, settled)
            positions.append(position)
            effects += [effect for effect in given if any(effect.book.values()) or effect.value_lent]
        return FinancingPlan(
            currency_code=currency_code,
            discount_rate=self.project.settings.discount_rate,
            positions=tuple(positions),
            effects=tuple(effects),
            outlays=kept,
            limits=applied,
            instruments=self.terms,
            assumed=tuple(sorted(name for name, case in self.cases.items() if case.source == ASSUMPTION)),
        )

    def _stack_of(self, operator: str, stack: Sequence[Instrument]) -> list[Instrument]:
        """Leave what no operator demands with its public shares, and fill no gap without a business case."""
        if operator == UNFUNDED:
            return [one for one in stack if isinstance(one, PublicShare)]
        return [one for one in stack if operator in self.cases or not isinstance(one, ViabilityGap)]

    def _position(self, operator: str, *, actual: bool) -> Position:
        schedule, settings, years = self.schedule, self.project.settings, self._years
        case = self.cases.get(operator, BusinessTerms())
        rate = settings.discount_rate if case.discount_rate is None else case.discount_rate
        minor, units = self.project.currency.minor_per_major, schedule.units_of(operator)
        share = schedule.public_of(operator, years)
        gross = schedule.own[operator] + share
        return Position(
            operator=operator,
            years=years,
            terms=case,
            discount_rate=rate,
            market_rate=rate if case.market_rate is None else case.market_rate,
            units=units,
            minor_per_major=minor,
            gross=gross,
            building=schedule.building[operator],
            lease=schedule.lease[operator],
            share=share,
            planned_revenue=revenue(case, units, years, minor_per_major=minor),
            book={
                Line.COST: -gross,
                Line.REVENUE: revenue(case, units, years, minor_per_major=minor, actual=actual),
                Line.OWN_OPEX: -own_opex(case, units, years, minor_per_major=minor, actual=actual),
                Line.JOINING: schedule.settlements[operator],
            },
        )

    def _on_parks(self, effect: Effect) -> Iterable[Outlay]:
        """Allocate an outlay to parks: public shares as the split does, others by the operator's own costs."""
        if effect.instrument == PublicShare().name:
            for (operator, park), flow in self.schedule.public.items():
                if operator == effect.operator:
                    for year, amount in enumerate(flow):
                        yield Outlay(effect.instrument, operator, park, year, amount)
            return
        weights = self.schedule.by_park[effect.operator] if effect.is_grant else {}
        for year, amount in enumerate(effect.outlay):
            parts = apportion(amount, weights) if amount and sum(weights.values()) else {"": amount}
            for park, part in parts.items():
                yield Outlay(effect.instrument, effect.operator, park, year, part, effect.is_grant)

    def _limit_context(self) -> LimitContext:
        units: Counter[str] = Counter()
        for (_, park), count in self.schedule.units.items():
            units[park] += count
        rate = self.project.settings.discount_rate
        costs = {
            operator: (
                self.schedule.own[operator] + self.schedule.public_of(operator, self._years)
            ).present_value(rate)
            for operator in self.schedule.operators
            if operator != UNFUNDED
        }
        return LimitContext(rate, self.project.currency.minor_per_major, units, costs, self.schedule.by_park)


def check_terms(
    cases: Mapping[str, BusinessTerms], terms: InstrumentTerms, *, operators: Collection[str], years: int
) -> None:
    """Check what no single table can know.

    Parameters
    ----------
    cases
        Business cases by operator.
    terms
        Of the instruments.
    operators
        Known ids.
    years
        The horizon.

    Raises
    ------
    SharingError
        An unknown operator, a loan beyond the horizon, loans and equity above the whole; all in one error.
    """
    faults = contradictions(cases, terms, operators=operators, horizon_years=years)
    if faults:
        texts = (f"{one.key} {one.message}" + (f" ({one.value})" if one.value else "") for one in faults)
        raise SharingError("; ".join(texts))
