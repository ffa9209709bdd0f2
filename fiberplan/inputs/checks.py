"""What only the whole project can know: references, duplicates, sums, and layers that lie apart."""

from __future__ import annotations

from collections import defaultdict
from decimal import Decimal
from typing import TYPE_CHECKING, Any, Final

import numpy as np
import shapely

from fiberplan.crs import length_m, segment_lengths_m
from fiberplan.errors import CatalogueError
from fiberplan.inputs.faults import did_you_mean
from fiberplan.inputs.prices import is_absurd, odd_ratio, say_ratio
from fiberplan.model import CorridorKind, DemandMeasure

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from numpy.typing import NDArray

    from fiberplan.catalogue import Catalogue
    from fiberplan.inputs.faults import FaultList
    from fiberplan.inputs.rows import Rows
    from fiberplan.model import BackboneNode, Corridor, Demand, Operator, Park, Unit

SHORTEST_RATIO: Final = 0.5
"""A measured length below this part of the straight distance between the ends is in the wrong unit."""
LONGEST_RATIO: Final = 10.0
"""A measured length above so many times the drawn one is in the wrong unit."""
_SHORT_TOLERANCE_M: Final = 5.0
"""Places are not known better than this, nor is what lies between them."""
_FAR_ENTRY_M: Final = 5000.0


def check_project(
    *,
    parks: Rows[Park],
    backbone: Rows[BackboneNode],
    corridors: Rows[Corridor],
    operators: Rows[Operator],
    demand: Rows[Demand],
    units: Rows[Unit],
    catalogue: Catalogue,
    faults: FaultList,
) -> None:
    """Check the tables against each other and note what is wrong."""
    _check_presence(parks, backbone, corridors, operators, faults)
    for table in (parks, backbone, corridors, operators, units):
        _check_duplicates(table, faults, fold_case=table is operators)
    _check_swapped({"parks": parks, "backbone": backbone, "corridors": corridors, "units": units}, faults)
    _check_parks(parks, faults)
    _check_corridors(corridors, catalogue, faults)
    _check_references(demand, "operator_id", operators, "operators", faults)
    _check_references(demand, "park_id", parks, "parks", faults)
    _check_references(units, "park_id", parks, "parks", faults)
    _check_demand(demand, parks, faults)
    _check_units(units, parks, faults)


def _check_presence(
    parks: Rows[Park],
    backbone: Rows[BackboneNode],
    corridors: Rows[Corridor],
    operators: Rows[Operator],
    faults: FaultList,
) -> None:
    for table, what in (
        (parks, "park"),
        (backbone, "backbone node"),
        (corridors, "corridor"),
        (operators, "operator"),
    ):
        if table.is_whole and not table.count:
            faults.error(str(table.file), "has no rows", expected=f"at least one {what}")


def _check_duplicates(table: Rows[Any], faults: FaultList, *, fold_case: bool) -> None:
    """Report ids that come twice; an operator's id names files, and some systems know no capital letters there."""
    first: dict[str, int] = {}
    for thing, row in zip(table.objects, table.rows, strict=True):
        key = thing.id.casefold() if fold_case else thing.id
        if key in first:
            faults.error(
                str(table.file),
                f"is the id of row {first[key]} too",
                row=row,
                column="id",
                value=thing.id,
                expected="an id of its own",
            )
        first.setdefault(key, row)


def _check_references(
    table: Rows[Any], column: str, target: Rows[Any], target_name: str, faults: FaultList
) -> None:
    """Report ids that the other table does not have."""
    if target.file is None:
        return
    for thing, row in zip(table.objects, table.rows, strict=True):
        value = getattr(thing, column)
        if value not in target.ids:
            faults.error(
                str(table.file),
                f"is not in the table '{target_name}'",
                row=row,
                column=column,
                value=value,
                expected=f"an id of {target.file}",
                mend=did_you_mean(value, sorted(target.ids)),
            )


# --- parks, units, demand --------------------------------------------------------------------------------------


def _check_parks(parks: Rows[Park], faults: FaultList) -> None:
    for park, row in zip(parks.objects, parks.rows, strict=True):
        if park.active_units > park.units:
            faults.error(
                str(parks.file),
                "is more than all units of the park",
                row=row,
                column="active_units",
                value=park.active_units,
                expected=f"at most {park.units}, the value in 'units'",
            )
        if park.entry is None:
            continue
        ends = shapely.get_coordinates(shapely.shortest_line(park.geometry, park.entry))
        away = float(segment_lengths_m(ends).sum())
        if away > _FAR_ENTRY_M:
            faults.warning(
                str(parks.file),
                f"lies {away / 1000:.1f} km from the park",
                row=row,
                column="entry",
                value=park.entry.wkt,
                mend="Are longitude and latitude in this order?",
            )


def _check_units(units: Rows[Unit], parks: Rows[Park], faults: FaultList) -> None:
    counts: defaultdict[str, int] = defaultdict(int)
    for unit in units.objects:
        counts[unit.park_id] += 1
    for park, row in zip(parks.objects, parks.rows, strict=True):
        if counts[park.id] > park.units:
            faults.warning(
                str(parks.file),
                f"is less than the {counts[park.id]} rows of park {park.id} in {units.file}",
                row=row,
                column="units",
                value=park.units,
            )


def _check_demand(demand: Rows[Demand], parks: Rows[Park], faults: FaultList) -> None:
    first: dict[tuple[str, str, str], int] = {}
    wanted: defaultdict[str, Decimal] = defaultdict(Decimal)
    served = set()
    for line, row in zip(demand.objects, demand.rows, strict=True):
        key = (line.operator_id, line.park_id, line.measure.value)
        served.add(line.park_id)
        if key in first:
            faults.error(
                str(demand.file),
                f"says the same operator, park and measure as row {first[key]}",
                row=row,
                value=", ".join(key),
                mend="Add the two up in one row",
            )
            continue
        first[key] = row
        if line.measure is DemandMeasure.UNITS:
            wanted[line.park_id] += line.quantity * line.take_up
    if not demand.is_whole or len(demand.objects) < demand.count:
        return  # sums over a part of the table would mislead
    if not demand.objects:
        faults.warning(
            str(demand.file),
            "has no rows: nobody is there to pay what public money leaves, and it stays unfunded",
        )
        return
    for park, row in zip(parks.objects, parks.rows, strict=True):
        if wanted[park.id] > park.units:
            faults.warning(
                str(demand.file),
                f"operators expect {wanted[park.id].normalize():f} units (quantity times take-up) in park {park.id}, "
                f"which has {park.units}",
                column="quantity",
            )
        if park.id not in served:
            faults.warning(
                str(parks.file),
                f"no operator has demand at park {park.id}: what public money leaves of its cost stays unfunded",
                row=row,
            )


# --- corridors -------------------------------------------------------------------------------------------------


def _check_corridors(corridors: Rows[Corridor], catalogue: Catalogue, faults: FaultList) -> None:
    file = str(corridors.file)
    for corridor, row in zip(corridors.objects, corridors.rows, strict=True):
        if corridor.length_m is not None:
            _check_length(corridor, corridor.length_m, file, row, faults)
        if corridor.build_cost:
            _check_build_cost(corridor, catalogue, file, row, faults)
        if corridor.lease_per_m_year and "lease.duct" in catalogue:
            expected = catalogue.value("lease.duct")
            _check_price(
                corridor.lease_per_m_year, expected, "lease_per_m_year", file, row, catalogue, faults
            )
        if (corridor.from_node is None) != (corridor.to_node is None):
            faults.error(
                file,
                "is missing while the other end names its junction",
                row=row,
                column="to_node" if corridor.to_node is None else "from_node",
                mend="Name the junctions at both ends or at neither",
            )
    _check_permits(corridors, catalogue, faults)


def _check_length(corridor: Corridor, measured: float, file: str, row: int, faults: FaultList) -> None:
    """Compare a measured length with the drawn line (both in metres)."""
    coordinates = shapely.get_coordinates(corridor.geometry)
    straight = float(segment_lengths_m(coordinates[[0, -1]])[0])
    drawn = float(segment_lengths_m(coordinates).sum())
    details = {"row": row, "column": "length_m", "value": f"{measured:g}"}
    if measured < SHORTEST_RATIO * straight:
        faults.error(
            file,
            f"is far less than the {straight:.0f} m between the ends of the line",
            expected=f"at least {straight:.0f} m",
            mend="Write metres, not kilometres",
            **details,
        )
    elif measured + _SHORT_TOLERANCE_M < straight:
        faults.warning(file, f"is less than the {straight:.0f} m between the ends of the line", **details)
    elif measured > LONGEST_RATIO * drawn:
        faults.error(
            file,
            f"is more than {LONGEST_RATIO:g} times the {drawn:.0f} m of the line as drawn",
            expected=f"about {drawn:.0f} m",
            mend="Write metres, or draw the line to its ends",
            **details,
        )


def _check_build_cost(
    corridor: Corridor, catalogue: Catalogue, file: str, row: int, faults: FaultList
) -> None:
    """Compare a build cost per metre with the price list."""
    try:
        expected = catalogue.value(catalogue.civil_item(corridor.kind, corridor.surface))
    except CatalogueError:
        return
    if corridor.build_cost is None or corridor.kind is CorridorKind.EXISTING_DUCT:
        return
    metres = Decimal(corridor.length_m if corridor.length_m is not None else length_m(corridor.geometry))
    _check_price(corridor.build_cost / metres, expected, "build_cost", file, row, catalogue, faults)


def _check_price(
    per_metre: Decimal,
    expected: Decimal,
    column: str,
    file: str,
    row: int,
    catalogue: Catalogue,
    faults: FaultList,
) -> None:
    ratio = odd_ratio(per_metre, expected)
    if ratio is None:
        return
    code = catalogue.currency_code
    message = f"comes to {float(per_metre):.4g} {code} a metre, {say_ratio(ratio)} the price list"
    details: dict[str, Any] = {
        "row": row,
        "column": column,
        "expected": f"about {expected.normalize():f} {code} a metre",
    }
    if is_absurd(ratio):
        whole = (
            "the cost of the whole corridor" if column == "build_cost" else "the price of a metre for a year"
        )
        faults.error(file, message, mend=f"Write {whole}, in {code}", **details)
    else:
        faults.warning(file, message, **details)


def _check_permits(corridors: Rows[Corridor], catalogue: Catalogue, faults: FaultList) -> None:
    """Warn about a permit body that has no price and is nearly the name of one that has."""
    priced = [name.removeprefix("permit.") for name in catalogue.items if name.startswith("permit.")]
    first: dict[str, int] = {}
    for corridor, row in zip(corridors.objects, corridors.rows, strict=True):
        for body in corridor.permit_bodies:
            if body not in priced:
                first.setdefault(body, row)
    for body, row in first.items():
        hint = did_you_mean(body, priced)
        if hint is not None:
            faults.warning(
                str(corridors.file),
                "has no price of its own and takes that of permit.any",
                row=row,
                column="permit_bodies",
                value=body,
                mend=hint,
            )


# --- layers that lie apart -------------------------------------------------------------------------------------

_SPREAD_FACTOR: Final = 4.0
_SPREAD_LEAST: Final = 0.3
"""The region around the other layers: so many times their spread, at least so many degrees."""


def _check_swapped(tables: dict[str, Rows[Any]], faults: FaultList) -> None:
    """Report rows that lie far from the other layers and would lie among them with longitude and latitude swapped."""
    centres = {
        name: _centres([thing.geometry for thing in table.objects])
        for name, table in tables.items()
        if table.objects
    }
    for name, own in centres.items():
        others = {other: points for other, points in centres.items() if other != name}
        if not others:
            continue
        middle, reach = _region(list(others.values()))
        is_far = np.abs(own - middle).max(axis=1) > reach
        would_fit = np.abs(own[:, ::-1] - middle).max(axis=1) <= reach
        swapped = np.flatnonzero(is_far & would_fit)
        if swapped.size:
            _report_swapped(
                tables[name], own, swapped, [str(tables[other].file) for other in others], middle, faults
            )


def _report_swapped(
    table: Rows[Any],
    own: NDArray[np.float64],
    swapped: NDArray[np.intp],
    others: Sequence[str],
    middle: NDArray[np.float64],
    faults: FaultList,
) -> None:
    there = f"{' and '.join(others)}, which lie{'s' if len(others) == 1 else ''} around lon {middle[0]:.2f}, lat {middle[1]:.2f}"
    mend = "Swap the two columns" if len(swapped) == len(own) else "Swap the two values"
    if len(swapped) == len(own):
        lon, lat = np.median(own, axis=0)
        faults.error(
            str(table.file),
            f"longitude and latitude look swapped: the layer lies around lon {lon:.2f}, lat {lat:.2f}, far from {there}",
            mend=mend,
        )
        return
    for index in swapped:
        lon, lat = own[index]
        faults.error(
            str(table.file),
            f"longitude and latitude look swapped: the row lies far from {there}",
            row=table.rows[int(index)],
            value=f"lon {lon:.6g}, lat {lat:.6g}",
            mend=mend,
        )


def _centres(shapes: Iterable[shapely.Geometry]) -> NDArray[np.float64]:
    """Give the middle of each geometry's bounds; shape (n, 2)."""
    bounds = shapely.bounds(np.array(list(shapes), dtype=object))
    return np.asarray((bounds[:, :2] + bounds[:, 2:]) / 2, dtype=np.float64)


def _region(layers: Sequence[NDArray[np.float64]]) -> tuple[NDArray[np.float64], float]:
    """Give middle and reach (degrees) of several layers, each counting alike, few strays not at all."""
    middle = np.median([np.median(points, axis=0) for points in layers], axis=0)
    spread = max(float(np.quantile(np.abs(points - middle).max(axis=1), 0.75)) for points in layers)
    return middle, max(_SPREAD_FACTOR * spread, _SPREAD_LEAST)
