"""Limits of the state's money over all instruments: caps, floors, the budget of every year (`docs/cost-split.md` §12.18)."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass, replace
from decimal import Decimal
from fractions import Fraction
from typing import TYPE_CHECKING, Final

from fiberplan.errors import SharingError
from fiberplan.money import apportion, discount_ratio

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from fiberplan.project.terms import PublicLimits

FLOOR_PER_OPERATOR: Final = "limits.floor_per_operator"
FLOOR_TOTAL: Final = "limits.floor_total"


@dataclass(frozen=True, slots=True, order=True)
class Outlay:
    """Money that the state pays out for one instrument.

    Attributes
    ----------
    park
        That it is laid on; empty for none.
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
class Frame:
    """What limits are measured by.

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
        By operator: weights by which a grant for a floor is laid on parks.
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
    outlays: Iterable[Outlay], limits: PublicLimits, frame: Frame
) -> tuple[tuple[Outlay, ...], tuple[LimitApplied, ...]]:
    """Shrink outlays until they keep every cap, and add what floors ask for.

    Floors are promised first: out of what the caps alone would leave of an operator's grants, then out of the rest of
    them, in proportion; then by a further grant in year 0. What is not promised shrinks in proportion, cap after cap; no
    cap lets anything grow, so all are kept.

    Returns
    -------
    tuple
        The outlays, each at most what was asked for but for those of floors; and the limits that took effect.

    Raises
    ------
    SharingError
        What floors promise is more than a cap allows; the error names every such pair of rules.
    """
    parts = [
        _Part(one, 0, one.amount, Fraction(*discount_ratio(frame.discount_rate, one.year)))
        for one in sorted(outlays)
        if one.amount
    ]
    for _, _, limit, members, is_nominal in _caps(parts, limits, frame):
        _keep(members, limit, is_nominal=is_nominal)
    for part in parts:
        part.safe, part.free = part.free, part.outlay.amount
    rules = _promise(parts, limits, frame)
    applied: list[LimitApplied] = []
    conflicts: list[str] = []
    for rule, key, limit, members, is_nominal in _caps(parts, limits, frame):
        found = _keep(members, limit, is_nominal=is_nominal)
        if found is None:
            promised = sum(part.promised if is_nominal else part.promised_value for part in members)
            named = " and ".join(rules) + (" promises" if len(rules) == 1 else " promise")
            most, least = (
                f"{Decimal(amount) / frame.minor_per_major:f}" for amount in (limit, _ceil(promised))
            )
            conflicts.append(f"{rule}{f' for {key}' if key else ''} allows {most}, and {named} {least}")
        elif found[0] > found[1]:
            applied.append(LimitApplied(rule, key, *found))
    if conflicts:
        raise SharingError("public money cannot keep its own limits: " + "; ".join(conflicts))
    kept = (replace(part.outlay, amount=part.promised + part.free) for part in parts)
    return tuple(one for one in kept if one.amount), tuple(applied)


# --- floors ----------------------------------------------------------------------------------------------------


def _promise(parts: list[_Part], limits: PublicLimits, frame: Frame) -> list[str]:
    """Promise what floors ask for; return the floors that there are."""
    rules = []
    if limits.floor_per_operator is not None:
        rules.append("floor_per_operator")
        floor = _ceil(limits.floor_per_operator * frame.minor_per_major)
        for operator in sorted(frame.costs):
            mine = [part for part in parts if part.outlay.operator == operator and part.outlay.is_grant]
            short = _set_aside(mine, min(floor, frame.costs[operator]))
            parts += _topped_up(FLOOR_PER_OPERATOR, {operator: short}, frame)
    if limits.floor_total is not None:
        rules.append("floor_total")
        floor = _ceil(limits.floor_total * frame.minor_per_major)
        grants = [part for part in parts if part.outlay.is_grant]
        promised = sum((part.promised_value for part in grants), Fraction(0))
        short = _set_aside(grants, max(0, _ceil(min(floor, sum(frame.costs.values())) - promised)))
        room = {
            operator: max(0, cost - _ceil(_value(grants, operator)))
            for operator, cost in sorted(frame.costs.items())
        }
        if short:
            parts += _topped_up(FLOOR_TOTAL, apportion(min(short, sum(room.values())), room), frame)
    return rules


def _value(parts: Iterable[_Part], operator: str) -> Fraction:
    mine = (part for part in parts if part.outlay.operator == operator)
    return sum((part.promised_value + part.free_value for part in mine), Fraction(0))


def _set_aside(parts: Sequence[_Part], wanted: int) -> int:
    """Promise so much of what is free, by value and in proportion; return what is missing, minor units."""
    for only_safe in (True, False):
        there = [
            min(part.free, max(0, part.safe - part.promised)) if only_safe else part.free for part in parts
        ]
        values = {number: int(there[number] * part.factor) for number, part in enumerate(parts)}
        promised = min(wanted, sum(values.values()))
        for number, share in (apportion(promised, values) if promised else {}).items():
            part = parts[number]
            moved = min(there[number], _ceil(share / part.factor))
            part.promised += moved
            part.free -= moved
        wanted -= promised
    return wanted


def _topped_up(name: str, grants: Mapping[str, int], frame: Frame) -> list[_Part]:
    """Pay a floor's grant in year 0, laid on the operator's parks."""
    added = []
    for operator, amount in grants.items():
        weights = frame.by_park.get(operator) or {"": 1}
        for park, part in sorted(apportion(amount, weights).items()):
            if part:
                added.append(_Part(Outlay(name, operator, park, 0, part), part, 0, Fraction(1)))
    return added


# --- caps ------------------------------------------------------------------------------------------------------


def _caps(
    parts: Sequence[_Part], limits: PublicLimits, frame: Frame
) -> Iterable[tuple[str, str, int, list[_Part], bool]]:
    """List every cap with its key, its limit in minor units, what it counts, and whether nominal; in their order."""
    grants = [part for part in parts if part.outlay.is_grant]
    minor = frame.minor_per_major
    for park, mine in _grouped(grants, "park"):
        if limits.cap_per_park is not None:
            yield "cap_per_park", park, int(limits.cap_per_park * minor), mine, False
        if limits.cap_per_unit is not None:
            most = int(limits.cap_per_unit * minor * frame.units.get(park, 0))
            yield "cap_per_unit", park, most, mine, False
    for operator, mine in _grouped(grants, "operator"):
        if limits.cap_per_operator is not None and operator in frame.costs:
            yield "cap_per_operator", operator, int(limits.cap_per_operator * minor), mine, False
    for year, mine in _grouped(parts, "year") if limits.budget_by_year else ():
        budget = limits.budget_by_year[min(int(year), len(limits.budget_by_year) - 1)]
        yield "budget_by_year", year, int(budget * minor), mine, True
    if limits.cap_total is not None:
        yield "cap_total", "", int(limits.cap_total * minor), grants, False


def _grouped(parts: Iterable[_Part], name: str) -> list[tuple[str, list[_Part]]]:
    groups: defaultdict[str | int, list[_Part]] = defaultdict(list)
    for part in parts:
        groups[getattr(part.outlay, name)].append(part)
    return [(str(key), groups[key]) for key in sorted(groups)]


def _keep(members: Sequence[_Part], limit: int, *, is_nominal: bool) -> tuple[int, int] | None:
    """Shrink what is free until a cap is kept; say what there was and is, or nothing if promises exceed the cap.

    By value, each part counts as rounded up, and is rounded down when it shrinks, so that the exact sum keeps the cap.
    """
    factors = [Fraction(1) if is_nominal else part.factor for part in members]
    promised = sum(
        (part.promised * factor for part, factor in zip(members, factors, strict=True)), Fraction(0)
    )
    if promised > limit:
        return None
    values = {
        number: _ceil(part.free * factor)
        for number, (part, factor) in enumerate(zip(members, factors, strict=True))
    }
    there = sum(values.values())
    room = limit - _ceil(promised)
    if there <= room:
        return there, there
    for number, share in apportion(room, values).items():
        members[number].free = min(members[number].free, int(share / factors[number]))
    return _ceil(promised) + there, _ceil(promised) + room


def _ceil(amount: Fraction | Decimal | int) -> int:
    numerator, denominator = amount.as_integer_ratio()
    return -(-numerator // denominator)
