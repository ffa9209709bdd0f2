"""What only the whole project can know: empty tables, duplicates, references and sums."""

from __future__ import annotations

from collections import defaultdict
from decimal import Decimal
from typing import TYPE_CHECKING, Any, Final

import shapely

from fiberplan.crs import segment_lengths_m
from fiberplan.inputs.checks.corridors import check_corridors
from fiberplan.inputs.checks.swapped import check_swapped
from fiberplan.inputs.faults import did_you_mean
from fiberplan.inputs.text import is_garbled
from fiberplan.project.model import DemandMeasure

if TYPE_CHECKING:
    from fiberplan.inputs.faults import FaultList
    from fiberplan.inputs.tables.rows import ProjectRows, Rows
    from fiberplan.project.catalogue import Catalogue
    from fiberplan.project.model import Demand, Park, Unit

_FAR_ENTRY_M: Final = 5000.0


def check_project(rows: ProjectRows, catalogue: Catalogue, faults: FaultList) -> None:
    """Check the tables against each other and note what is wrong.

    Parameters
    ----------
    rows
        All tables.
    catalogue
        Prices of the project.
    faults
        Takes what is wrong.
    """
    needed: tuple[tuple[Rows[Any], str], ...] = (
        (rows.parks, "park"),
        (rows.backbone, "backbone node"),
        (rows.corridors, "corridor"),
        (rows.operators, "operator"),
    )
    for table, what in needed:
        if table.is_whole and not table.count:
            faults.error(str(table.file), "has no rows", expected=f"at least one {what}")
    with_ids: tuple[Rows[Any], ...] = (rows.parks, rows.backbone, rows.corridors, rows.operators, rows.units)
    for table in with_ids:
        _check_duplicates(table, faults, fold_case=table is rows.operators)
    for table in with_ids:
        _check_names(table, faults)
    check_swapped((rows.parks, rows.backbone, rows.corridors, rows.units), faults)
    check_corridors(rows.corridors, catalogue, faults)
    _check_parks(rows.parks, faults)
    _check_references(rows.demand, "operator_id", rows.operators, faults)
    _check_references(rows.demand, "park_id", rows.parks, faults)
    _check_references(rows.units, "park_id", rows.parks, faults)
    _check_demand(rows.demand, rows.parks, faults)
    _check_units(rows.units, rows.parks, faults)


def _check_names(table: Rows[Any], faults: FaultList) -> None:
    """Warn about names that another program has read in the wrong encoding and written again."""
    for thing, place in table.each(faults):
        for language, name in thing.names.items():
            if (meant := is_garbled(name)) is not None:
                place.warning(
                    "looks like UTF-8 that was read as Windows-1256",
                    column=f"name_{language}" if language else "name",
                    value=name,
                    mend=f"{meant} is meant; open the file as UTF-8",
                )


def _check_duplicates(table: Rows[Any], faults: FaultList, *, fold_case: bool) -> None:
    """Report ids that come twice; an operator's id names files, and some systems know no capital letters there."""
    first: dict[str, int] = {}
    for thing, place in table.each(faults):
        key = thing.id.casefold() if fold_case else thing.id
        if key in first:
            place.error(
                f"is the id of row {first[key]} too", column="id", value=thing.id, expected="an id of its own"
            )
        first.setdefault(key, place.row)


def _check_references(table: Rows[Any], column: str, target: Rows[Any], faults: FaultList) -> None:
    """Report ids that the other table does not have."""
    if not target.ids:
        return  # there is no such table, or what is wrong with it is reported already
    for thing, place in table.each(faults):
        value = getattr(thing, column)
        if value not in target.ids:
            place.error(
                "is an id that nothing has",
                column=column,
                value=value,
                expected=f"an id of {target.file}",
                mend=did_you_mean(value, sorted({thing.id for thing in target.objects})),
            )


def _check_parks(parks: Rows[Park], faults: FaultList) -> None:
    for park, place in parks.each(faults):
        if park.active_units > park.units:
            place.error(
                "is more than all units of the park",
                column="active_units",
                value=park.active_units,
                expected=f"at most {park.units}, the value in 'units'",
            )
        if park.entry is None:
            continue
        ends = shapely.get_coordinates(shapely.shortest_line(park.geometry, park.entry))
        away = float(segment_lengths_m(ends).sum())
        if away > _FAR_ENTRY_M:
            place.warning(
                f"lies {away / 1000:.1f} km from the park",
                column="entry",
                value=park.entry.wkt,
                mend="Is longitude first and latitude second?",
            )


def _check_units(units: Rows[Unit], parks: Rows[Park], faults: FaultList) -> None:
    counts: defaultdict[str, int] = defaultdict(int)
    for unit in units.objects:
        counts[unit.park_id] += 1
    for park, place in parks.each(faults):
        if counts[park.id] > park.units:
            place.warning(
                f"is less than the {counts[park.id]} rows of park {park.id} in {units.file}",
                column="units",
                value=park.units,
            )


def _check_demand(demand: Rows[Demand], parks: Rows[Park], faults: FaultList) -> None:
    """Report demand that comes twice, and compare it with what is there."""
    first: dict[tuple[str, str, str], int] = {}
    wanted: defaultdict[str, Decimal] = defaultdict(Decimal)
    for line, place in demand.each(faults):
        key = (line.operator_id, line.park_id, line.measure.value)
        if key in first:
            place.error(
                f"has the same operator, park and measure as row {first[key]}",
                value=", ".join(key),
                mend="Add the two up in one row",
            )
        first.setdefault(key, place.row)
        if line.measure is DemandMeasure.UNITS:
            wanted[line.park_id] += line.quantity * line.take_up
    if not demand.is_whole or len(demand.objects) < demand.count:
        return  # sums over a part of the table would mislead
    if not demand.objects:
        message = "has no rows: nobody is there to pay what public money leaves, and it stays unfunded"
        faults.warning(str(demand.file), message)
        return
    served = {line.park_id for line in demand.objects}
    for park, place in parks.each(faults):
        if wanted[park.id] > park.units:
            expected = f"{wanted[park.id].normalize():f}"
            faults.warning(
                str(demand.file),
                f"operators expect {expected} units (quantity times take-up) in park {park.id}, which has {park.units}",
                column="quantity",
            )
        if park.id not in served:
            place.warning(
                f"no operator has demand at park {park.id}: what public money leaves of its cost stays unfunded"
            )
