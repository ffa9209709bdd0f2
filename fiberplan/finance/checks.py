"""Checks of a financing plan by sums alone, without the code that plans it (`docs/cost-split.md` §12.23)."""

from __future__ import annotations

import math
from collections import Counter, defaultdict
from dataclasses import dataclass
from enum import StrEnum
from fractions import Fraction
from typing import TYPE_CHECKING

from fiberplan.finance.positions import OUTSIDE, Line
from fiberplan.sharing.accounts.dividing import UNFUNDED

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from decimal import Decimal

    from fiberplan.finance.limits import Outlay
    from fiberplan.finance.statement import FinancingPlan
    from fiberplan.ledger.lines import CostLedger


class FinancingCheckKind(StrEnum):
    """What is checked."""

    LEDGER = "ledger"
    TRANSFERS = "transfers"
    DEBT = "debt"
    OUTLAYS = "outlays"
    LIMITS = "limits"


@dataclass(frozen=True, slots=True)
class FinancingCheck:
    """The outcome of one check.

    Attributes
    ----------
    where
        The first year, loan or limit that breaks it; empty where it holds.
    amount
        By how much, minor units.
    """

    kind: FinancingCheckKind
    passed: bool
    where: str = ""
    amount: int = 0


def check_financing(
    plan: FinancingPlan, ledger: CostLedger, units: Mapping[str, int]
) -> tuple[FinancingCheck, ...]:
    """Check a financing plan.

    Parameters
    ----------
    plan
        What to check.
    ledger
        Whose costs it pays.
    units
        Connected units by park, for the cap per unit.

    Returns
    -------
    tuple of FinancingCheck
        One of each kind: costs of all parties are the ledger's in every year; other lines sum to nothing; what is lent is paid
        back; outlays by park are those of the instruments; every limit is kept, by exact present values.
    """
    return (
        _first(FinancingCheckKind.LEDGER, _off_ledger(plan, ledger)),
        _first(FinancingCheckKind.TRANSFERS, _off_transfers(plan)),
        _first(FinancingCheckKind.DEBT, _off_debt(plan)),
        _first(FinancingCheckKind.OUTLAYS, _off_outlays(plan)),
        _first(FinancingCheckKind.LIMITS, _over_limits(plan, units)),
    )


def _first(kind: FinancingCheckKind, faults: Iterable[tuple[str, Fraction | int]]) -> FinancingCheck:
    for where, amount in faults:
        if amount:
            return FinancingCheck(kind, passed=False, where=where, amount=math.ceil(abs(Fraction(amount))))
    return FinancingCheck(kind, passed=True)


def _off_ledger(plan: FinancingPlan, ledger: CostLedger) -> Iterable[tuple[str, int]]:
    due: Counter[int] = Counter()
    for line in ledger.lines:
        due[line.year] += line.amount
    for year in sorted({*due, *range(plan.years + 1)}):
        paid = 0
        if year <= plan.years:
            paid = -sum(plan.books[party][Line.COST][year] for party in plan.parties)
        yield str(year), paid - due[year]


def _off_transfers(plan: FinancingPlan) -> Iterable[tuple[str, int]]:
    for line in Line:
        if line not in OUTSIDE:
            for year in range(plan.years + 1):
                moved = sum(plan.books[party][line][year] for party in plan.parties)
                yield f"{line.value} {year}", moved


def _off_debt(plan: FinancingPlan) -> Iterable[tuple[str, int]]:
    for effect in plan.effects:
        if effect.debt is None:
            continue
        owed = 0
        for year, balance in enumerate(effect.debt.balance):
            drawn = effect.debt.drawdown.amounts[year] - effect.debt.repayment.amounts[year]
            owed += drawn
            yield f"{effect.instrument} {effect.operator} {year}", owed - balance
        yield f"{effect.instrument} {effect.operator}", owed


def _off_outlays(plan: FinancingPlan) -> Iterable[tuple[str, int]]:
    differences: Counter[tuple[str, str, int]] = Counter()
    for outlay in plan.outlays:
        differences[outlay.instrument, outlay.operator, outlay.year] += outlay.amount
    for effect in plan.effects:
        for year, amount in enumerate(effect.outlay):
            differences[effect.instrument, effect.operator, year] -= amount
    for (instrument, operator, year), amount in sorted(differences.items()):
        yield f"{instrument} {operator} {year}", amount


def _over_limits(plan: FinancingPlan, units: Mapping[str, int]) -> Iterable[tuple[str, Fraction]]:
    limits, minor = plan.instruments.limits, plan.currency.minor_per_major
    growth = 1 + Fraction(plan.discount_rate)
    value: defaultdict[tuple[str, str], Fraction] = defaultdict(Fraction)
    paid: Counter[int] = Counter()
    for outlay in plan.outlays:
        paid[outlay.year] += outlay.amount
        if outlay.is_grant:
            for counted in _keys_of(outlay):
                value[counted] += Fraction(outlay.amount) / growth**outlay.year
    for (rule, key), total in sorted(value.items()):
        cap: Decimal | None = getattr(limits, rule)
        if cap is not None and not (rule == "cap_per_operator" and key == UNFUNDED):
            times = units.get(key, 0) if rule == "cap_per_unit" else 1
            yield f"{rule} {key}".strip(), max(Fraction(0), total - Fraction(cap) * times * minor)
    for year, amount in sorted(paid.items()):
        if limits.budget_by_year:
            budget = limits.budget_by_year[min(year, len(limits.budget_by_year) - 1)]
            yield f"budget_by_year {year}", max(Fraction(0), amount - Fraction(budget) * minor)


def _keys_of(outlay: Outlay) -> tuple[tuple[str, str], ...]:
    return (
        ("cap_per_park", outlay.park),
        ("cap_per_unit", outlay.park),
        ("cap_per_operator", outlay.operator),
        ("cap_total", ""),
    )
