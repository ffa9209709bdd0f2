"""Limits of the state's money over all instruments: caps, floors, the budget of every year (`docs/cost-split.md` §12.18)."""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass, replace
from decimal import Decimal
from fractions import Fraction
from typing import TYPE_CHECKING, Final, TypeVar

from fiberplan.errors import SharingError
from fiberplan.money import apportion, discount_ratio
from fiberplan.sharing.caps import CapKind, Caps, shrink

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence

    from fiberplan.project.terms import PublicLimits
    from fiberplan.sharing.caps import Cap

Key = TypeVar("Key", int, str)

FLOOR_PER_OPERATOR: Final = "limits.floor_per_operator"
FLOOR_TOTAL: Final = "limits.floor_total"


@dataclass(frozen=True, slots=True, order=True)
class Outlay:
    """Money that the state pays out for one instrument.

    Attributes
    ----------
    park
        To which it is allocated; empty for none.
    amount
        Nominal, minor units, not negative.
    is_grant
        Whether it never comes back.
    """

    instrument: str
    operator: str
    park: str
    year: int
    amount: int
    is_grant: bool = True


@dataclass(frozen=True, slots=True)
class LimitApplied:
    """A limit that took something away, minor units; of the present value, or nominal for the budget of a year.

    Attributes
    ----------
    rule
        ``cap_per_park`` and so on, as in `PublicLimits`.
    key
        Park, operator or year; empty for what is counted in all.
    wanted, granted
        Before and after.
    """

    rule: str
    key: str
    wanted: int
    granted: int


@dataclass(frozen=True, slots=True)
class LimitContext:
    """What limits are measured by: the context of a plan.

    Attributes
    ----------
    discount_rate
        Of the state.
    minor_per_major
        Of the currency.
    units
        Connected units by park.
    costs
        Present value of each operator's costs before public money, minor units: no floor gives more.
    by_park
        By operator: weights by which a grant for a floor is allocated to parks.
    """

    discount_rate: Decimal
    minor_per_major: int
    units: Mapping[str, int]
    costs: Mapping[str, int]
    by_park: Mapping[str, Mapping[str, int]]


@dataclass(slots=True)
class _Part:
    """An outlay, cut into what a floor has promised and what caps may take; and what caps alone would leave of it."""

    outlay: Outlay
    promised: int
    free: int
    factor: Fraction
    safe: int = 0

    @property
    def promised_value(self) -> Fraction:
        return self.promised * self.factor

    @property
    def free_value(self) -> Fraction:
        return self.free * self.factor


def limit_outlays(
    outlays: Iterable[Outlay], limits: PublicLimits, context: LimitContext
) -> tuple[tuple[Outlay, ...], tuple[LimitApplied, ...]]:
    """Shrink outlays until they keep every cap, and add what floors ask for.

    Floors are promised first: out of what the caps alone would leave of an operator's grants, then out of the rest of
    them, in proportion; then by a further grant in year 0. What is not promised shrinks in proportion, cap after cap; no
    cap lets anything grow, so all are kept.

    Parameters
    ----------
    outlays
        What the instruments ask for.
    limits
        Caps and floors, major units.
    context
        Of the plan.

    Returns
    -------
    tuple
        The outlays, each at most what was asked for but for those of floors; and the limits that took effect.

    Raises
    ------
    SharingError
        What floors promise is more than a cap allows; the error names every such pair of rules.
    """
    caps = Caps.of(limits, context.minor_per_major)
    parts = [
        _Part(one, 0, one.amount, Fraction(*discount_ratio(context.discount_rate, one.year)))
        for one in sorted(outlays)
        if one.amount
    ]
    for cap, members in _caps(parts, caps, context):
        _shrink_to(cap, members)
    for part in parts:
        part.safe, part.free = part.free, part.outlay.amount
    rules = _promise(parts, caps, context)
    applied: list[LimitApplied] = []
    conflicts: list[str] = []
    for cap, members in _caps(parts, caps, context):
        sums = _shrink_to(cap, members)
        if sums is None:
            conflicts.append(_conflict(cap, rules, _promised(cap, members), context.minor_per_major))
        elif sums[0] > sums[1]:
            applied.append(LimitApplied(cap.kind.term, str(cap.key), *sums))
    if conflicts:
        raise SharingError("public money cannot keep its own limits: " + "; ".join(conflicts))
    kept = (replace(part.outlay, amount=part.promised + part.free) for part in parts)
    return tuple(one for one in kept if one.amount), tuple(applied)


def _conflict(cap: Cap, rules: Sequence[str], promised: Fraction, minor_per_major: int) -> str:
    named = " and ".join(rules) + (" promises" if len(rules) == 1 else " promise")
    most, least = (f"{Decimal(amount) / minor_per_major:f}" for amount in (cap.whole, math.ceil(promised)))
    return f"{cap.kind.term}{f' for {cap.key}' if cap.key != '' else ''} allows {most}, and {named} {least}"


# --- floors ----------------------------------------------------------------------------------------------------


def _promise(parts: list[_Part], caps: Caps, context: LimitContext) -> list[str]:
    """Promise what floors ask for; return the floors that there are."""
    rules = []
    if caps.floor_per_operator is not None:
        rules.append("floor_per_operator")
        floor = math.ceil(caps.floor_per_operator)
        for operator in sorted(context.costs):
            own = [part for part in parts if part.outlay.operator == operator and part.outlay.is_grant]
            missing = _set_aside(own, min(floor, context.costs[operator]))
            parts += _topped_up(FLOOR_PER_OPERATOR, {operator: missing}, context)
    if caps.floor_total is not None:
        rules.append("floor_total")
        floor = math.ceil(caps.floor_total)
        grants = [part for part in parts if part.outlay.is_grant]
        promised = sum((part.promised_value for part in grants), Fraction(0))
        missing = _set_aside(grants, max(0, math.ceil(min(floor, sum(context.costs.values())) - promised)))
        left = {
            operator: max(0, cost - math.ceil(_value(grants, operator)))
            for operator, cost in sorted(context.costs.items())
        }
        if missing:
            parts += _topped_up(FLOOR_TOTAL, apportion(min(missing, sum(left.values())), left), context)
    return rules


def _value(parts: Iterable[_Part], operator: str) -> Fraction:
    own = (part for part in parts if part.outlay.operator == operator)
    return sum((part.promised_value + part.free_value for part in own), Fraction(0))


def _set_aside(parts: Sequence[_Part], wanted: int) -> int:
    """Promise so much of what is free, by value and in proportion; return what is missing, minor units."""
    for only_safe in (True, False):
        available = [
            min(part.free, max(0, part.safe - part.promised)) if only_safe else part.free for part in parts
        ]
        values = {number: int(available[number] * part.factor) for number, part in enumerate(parts)}
        promised = min(wanted, sum(values.values()))
        for number, share in (apportion(promised, values) if promised else {}).items():
            part = parts[number]
            moved = min(available[number], math.ceil(share / part.factor))
            part.promised += moved
            part.free -= moved
        wanted -= promised
    return wanted


def _topped_up(name: str, grants: Mapping[str, int], context: LimitContext) -> list[_Part]:
    """Pay a floor's grant in year 0, allocated to the operator's parks."""
    added = []
    for operator, amount in grants.items():
        weights = context.by_park.get(operator) or {"": 1}
        for park, part in sorted(apportion(amount, weights).items()):
            if part:
                added.append(_Part(Outlay(name, operator, park, 0, part), part, 0, Fraction(1)))
    return added


# --- caps ------------------------------------------------------------------------------------------------------


def _caps(parts: Sequence[_Part], caps: Caps, context: LimitContext) -> Iterator[tuple[Cap, Sequence[_Part]]]:
    """List every cap, in their order, with the parts that it counts."""
    grants = [part for part in parts if part.outlay.is_grant]
    for park, members in _grouped(grants, lambda outlay: outlay.park):
        for cap in caps.on_parks([park], context.units.get(park, 0)):
            yield cap, members
    for operator, members in _grouped(grants, lambda outlay: outlay.operator):
        if operator in context.costs and (most := caps.on_operator(operator)) is not None:
            yield most, members
    for year, members in _grouped(parts, lambda outlay: outlay.year):
        if (budget := caps.on_year(year)) is not None:
            yield budget, members
    if (whole := caps.in_all()) is not None:
        yield whole, grants


def _grouped(parts: Iterable[_Part], key_of: Callable[[Outlay], Key]) -> list[tuple[Key, list[_Part]]]:
    groups: defaultdict[Key, list[_Part]] = defaultdict(list)
    for part in parts:
        groups[key_of(part.outlay)].append(part)
    return [(key, groups[key]) for key in sorted(groups)]


def _shrink_to(cap: Cap, members: Sequence[_Part]) -> tuple[int, int] | None:
    """Shrink what is free until a cap is kept; return what there was and is, or nothing if promises exceed the cap.

    By value, each part counts as rounded up, and is rounded down when it shrinks, so that the exact sum keeps the cap.
    """
    factors = [_factor(cap, part) for part in members]
    promised = _promised(cap, members)
    if promised > cap.whole:
        return None
    values = {
        number: math.ceil(part.free * factor)
        for number, (part, factor) in enumerate(zip(members, factors, strict=True))
    }
    left = cap.whole - math.ceil(promised)
    wanted = sum(values.values())
    if wanted <= left:
        return wanted, wanted
    for number, share in shrink(values, left).items():
        members[number].free = min(members[number].free, int(share / factors[number]))
    return math.ceil(promised) + wanted, math.ceil(promised) + left


def _factor(cap: Cap, part: _Part) -> Fraction:
    """Count a budget of a year as paid, every other cap by present value."""
    return Fraction(1) if cap.kind is CapKind.PER_YEAR else part.factor


def _promised(cap: Cap, members: Iterable[_Part]) -> Fraction:
    return sum((part.promised * _factor(cap, part) for part in members), Fraction(0))
