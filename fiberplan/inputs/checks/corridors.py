"""Corridors against what is drawn and what things cost elsewhere: a slip of unit or currency shows as a ratio."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING, Final

import numpy as np
import shapely

from fiberplan.crs import segment_lengths_m
from fiberplan.inputs.faults import did_you_mean
from fiberplan.inputs.prices import is_absurd, odd_ratio, ratio_text

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from fiberplan.inputs.faults import FaultList, RowFaults
    from fiberplan.inputs.tables.rows import Rows
    from fiberplan.project.catalogue import Catalogue
    from fiberplan.project.corridors import Corridor

_END_COLUMNS: Final = ("from_node", "to_node")
SHORTEST_RATIO: Final = 0.5
"""A measured length below this part of the straight distance between the ends is in the wrong unit."""
LONGEST_RATIO: Final = 10.0
"""A measured length above so many times the drawn one is in the wrong unit."""
ODD_LENGTH_RATIO: Final = 1.5
"""A measured length above so many times the drawn one is worth a look; cable is up to a tenth longer than its trench."""
FOOT_M: Final = 0.3048
_FEET_TOLERANCE: Final = 0.1
SKETCH_SEGMENT_M: Final = 500.0
"""A line whose straight pieces are longer than this on average is a sketch: a mountain road is twice as long."""
ODD_SKETCH_RATIO: Final = 2.5
JUNCTION_SPREAD_M: Final = 50.0
"""Ends that name one junction and lie farther apart than this are hardly one place."""
_SHORT_TOLERANCE_M: Final = 5.0
"""Places are not known better than this, nor is what lies between them."""


def check_corridors(corridors: Rows[Corridor], catalogue: Catalogue, faults: FaultList) -> None:
    """Check lengths, prices, junctions and permit bodies.

    Parameters
    ----------
    corridors
        The table of corridors.
    catalogue
        Prices that those of the corridors are compared with.
    faults
        Takes what is wrong.
    """
    for corridor, place in corridors.each(faults):
        if corridor.length_m is not None:
            _check_length(corridor, corridor.length_m, place)
        if corridor.build_cost:
            _check_build_cost(corridor, corridor.build_cost, catalogue, place)
        if corridor.lease_per_m_year and "lease.duct" in catalogue:
            item = "lease.duct"
            _check_rate(corridor.lease_per_m_year, item, catalogue, place, column="lease_per_m_year")
        if (corridor.from_node is None) != (corridor.to_node is None):
            place.error(
                "is missing while the other end names its junction",
                column="to_node" if corridor.to_node is None else "from_node",
                mend="Name the junctions at both ends or at neither",
            )
    _check_junctions(corridors, faults)
    _check_permits(corridors, catalogue, faults)


def _check_junctions(corridors: Rows[Corridor], faults: FaultList) -> None:
    """Warn about ends that name the junction of another end and lie far from it."""
    first: dict[str, tuple[str, NDArray[np.float64]]] = {}
    for corridor, place in corridors.each(faults):
        ends = shapely.get_coordinates(corridor.geometry)[[0, -1]]
        for column, name, end in zip(_END_COLUMNS, (corridor.from_node, corridor.to_node), ends, strict=True):
            if name is None:
                continue
            other, junction = first.setdefault(name, (corridor.id, end))
            apart = float(segment_lengths_m(np.array([junction, end]))[0])
            if apart > JUNCTION_SPREAD_M:
                place.warning(
                    f"is joined at no cost to the end of {other} that lies {apart:,.0f} m away",
                    column=column,
                    value=name,
                    mend="Give the junction a name of its own, or draw the line to it",
                )


def _check_length(corridor: Corridor, measured: float, place: RowFaults) -> None:
    """Compare a measured length with the drawn line (both in metres)."""
    coordinates = shapely.get_coordinates(corridor.geometry)
    straight = float(segment_lengths_m(coordinates[[0, -1]])[0])
    drawn = float(segment_lengths_m(coordinates).sum())
    value = f"{measured:g}"
    if measured < SHORTEST_RATIO * straight:
        place.error(
            f"is far less than the {straight:.0f} m between the ends of the line",
            column="length_m",
            value=value,
            expected=f"at least {straight:.0f}",
            mend="Write metres, not kilometres",
        )
    elif measured + _SHORT_TOLERANCE_M < straight:
        message = f"is less than the {straight:.0f} m between the ends of the line"
        place.warning(message, column="length_m", value=value)
    elif measured > LONGEST_RATIO * drawn:
        place.error(
            f"is more than {LONGEST_RATIO:g} times the {drawn:.0f} m of the line as drawn",
            column="length_m",
            value=value,
            expected=f"about {drawn:.0f}",
            mend="Write metres, or draw the line to its ends",
        )
    else:
        _compare_with_drawing(measured, drawn, drawn / (len(coordinates) - 1), place)


def _compare_with_drawing(measured: float, drawn: float, segment_m: float, place: RowFaults) -> None:
    """Warn where a measured length is far above the drawn one, or looks like feet."""
    ratio = measured / drawn
    in_feet = abs(ratio * FOOT_M - 1) < _FEET_TOLERANCE
    odd = ODD_SKETCH_RATIO if segment_m > SKETCH_SEGMENT_M else ODD_LENGTH_RATIO
    if in_feet or (ratio > odd and measured > drawn + _SHORT_TOLERANCE_M):
        place.warning(
            f"is {ratio:.1f} times the {drawn:.0f} m of the line as drawn",
            column="length_m",
            value=f"{measured:g}",
            expected=f"about {drawn:.0f}",
            mend="Write metres, not feet" if in_feet else "Measure it again, or draw the line along its way",
        )


def _check_build_cost(corridor: Corridor, cost: Decimal, catalogue: Catalogue, place: RowFaults) -> None:
    """Compare a build cost per metre with the price list."""
    items = (f"civil.{corridor.kind}.{corridor.surface}", f"civil.{corridor.kind}.any")
    item = next((name for name in items if name in catalogue), None)
    if item is None or corridor.kind.is_leased:
        return  # what it costs to mend an existing duct is no price by the metre
    metres = corridor.length_m
    if metres is None:
        metres = float(segment_lengths_m(shapely.get_coordinates(corridor.geometry)).sum())
    _check_rate(cost / Decimal(metres), item, catalogue, place, column="build_cost")


def _check_rate(rate: Decimal, item: str, catalogue: Catalogue, place: RowFaults, *, column: str) -> None:
    """Compare a price per metre with that of an item."""
    listed_rate, code = catalogue.value(item), catalogue.currency_code
    ratio = odd_ratio(rate, listed_rate)
    if ratio is None:
        return
    message = f"comes to {float(rate):.4g} {code} a metre, {ratio_text(ratio)} the price list's {item}"
    expected = f"about {float(listed_rate):.6g} {code} a metre"
    if is_absurd(ratio):
        meant = (
            "the cost of the whole corridor" if column == "build_cost" else "the price of a metre for a year"
        )
        place.error(message, column=column, expected=expected, mend=f"Write {meant}, in {code}")
    else:
        place.warning(message, column=column, expected=expected)


def _check_permits(corridors: Rows[Corridor], catalogue: Catalogue, faults: FaultList) -> None:
    """Warn about a permit body that has no price and is nearly the name of one that has."""
    priced = [name.removeprefix("permit.") for name in catalogue.items if name.startswith("permit.")]
    seen = set(priced)
    for corridor, place in corridors.each(faults):
        for body in corridor.permit_bodies:
            hint = None if body in seen else did_you_mean(body, priced)
            if hint is not None:
                place.warning(
                    "has no price of its own and takes that of permit.any",
                    column="permit_bodies",
                    value=body,
                    mend=hint,
                )
            seen.add(body)
