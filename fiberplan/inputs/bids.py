"""The bids of a reverse auction from a table, checked against the project they are for."""

from __future__ import annotations

from collections import Counter
from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Final

from pydantic import Field
from pydantic.dataclasses import dataclass

from fiberplan.inputs.faults import FaultList, RowFaults, did_you_mean
from fiberplan.inputs.tables.cells import read_decimal, read_id, read_text, read_whole
from fiberplan.inputs.tables.rows import Rows, build_rows
from fiberplan.inputs.tables.specs import TableSpec
from fiberplan.inputs.tables.table import read_table
from fiberplan.inputs.text import clean_id
from fiberplan.money import to_major, to_minor
from fiberplan.project.bids import Bid
from fiberplan.project.names import Id

if TYPE_CHECKING:
    from fiberplan.project.model import Project


@dataclass(frozen=True, kw_only=True)
class BidLine:
    """A row of a table of bids; the amount in major units."""

    operator_id: Id
    package: Annotated[tuple[Id, ...], Field(min_length=1)]
    amount: Annotated[Decimal, Field(ge=0)]
    units: Annotated[int, Field(ge=0)]
    group: str | None = None
    id: Id | None = None


def _read_package(cell: object) -> tuple[str, ...]:
    return tuple(park for part in read_text(cell).split(";") if (park := clean_id(part)))


BIDS: Final = TableSpec(
    name="bids",
    purpose="one row for each offer to connect a package of parks",
    kind=BidLine,
    readers={
        "id": read_id,
        "operator_id": read_id,
        "package": _read_package,
        "amount": read_decimal,
        "units": read_whole,
        "group": read_id,
    },
    required=("operator_id", "package", "amount", "units"),
    has_names=False,
)


def read_bids(path: str | Path, project: Project) -> tuple[Bid, ...]:
    """Read a table of bids.

    Parameters
    ----------
    path
        A file such as ``bids.csv``; `docs/project-folder.md` has its columns. Amounts are in major units.
    project
        Whose parks and operators the bids are about.

    Returns
    -------
    tuple of Bid
        In the order of the file. A bid without an id is named after its operator and its place among the operator's
        bids: ``op-a-1``.

    Raises
    ------
    ProjectError
        The table has faults; the error lists all of them.
    """
    faults = FaultList()
    file = Path(path)
    if not file.is_file():
        faults.error(str(path), "does not exist", expected="a table of bids")
        faults.raise_errors()
    rows = build_rows(BIDS, read_table(file, BIDS, faults=faults), faults)
    if rows.is_whole and not rows.count:
        faults.error(file.name, "has no rows", expected="at least one bid")
    bids = _bids(rows, project, faults)
    faults.raise_errors()
    return bids


def _bids(rows: Rows[BidLine], project: Project, faults: FaultList) -> tuple[Bid, ...]:
    taken: dict[str, int] = {}
    counts: Counter[str] = Counter()
    named = {line.id for line in rows.objects}
    bids = []
    for line, place in rows.each(faults):
        _check_references(line, project, place)
        if line.id in taken:
            place.error(
                f"is the id of row {taken[line.id]} too",
                column="id",
                value=line.id,
                expected="an id of its own",
            )
        name = line.id
        while name is None or (line.id is None and name in named):
            counts[line.operator_id] += 1
            name = f"{line.operator_id}-{counts[line.operator_id]}"
        taken.setdefault(name, place.row)
        bids.append(
            Bid(
                id=name,
                operator_id=line.operator_id,
                park_ids=line.package,
                amount=to_minor(line.amount, project.currency),
                units=line.units,
                group=line.group,
            )
        )
    return tuple(bids)


def _check_references(line: BidLine, project: Project, place: RowFaults) -> None:
    """Check what only the project knows: operators, parks, their units and the currency's minor unit."""
    operators = sorted(operator.id for operator in project.operators)
    parks = project.units_by_park
    if line.operator_id not in operators:
        place.error(
            "is an id that nothing has",
            column="operator_id",
            value=line.operator_id,
            expected="an id of an operator of the project",
            mend=did_you_mean(line.operator_id, operators),
        )
    for park in (park for park in line.package if park not in parks):
        place.error(
            "is an id that nothing has",
            column="package",
            value=park,
            expected="ids of parks of the project with ; between them",
            mend=did_you_mean(park, sorted(parks)),
        )
    if len(set(line.package)) < len(line.package):
        place.error("names a park twice", column="package", value=";".join(line.package))
    most = sum(parks.get(park, 0) for park in line.package)
    if line.units > most and all(park in parks for park in line.package):
        place.error(
            "is more than the parks have", column="units", value=line.units, expected=f"at most {most}"
        )
    if to_major(to_minor(line.amount, project.currency), project.currency) != line.amount:
        place.error(
            "is finer than the currency",
            column="amount",
            value=line.amount,
            expected=f"at most {project.currency.minor_digits} decimals, for {project.currency.code}",
        )
