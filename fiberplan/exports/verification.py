"""Checks of any saved result from its file alone: a plan, a smallest subsidy, an award."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from fiberplan.exports.geopackage import read_plan
from fiberplan.result.saved import verify_result
from fiberplan.result.verify import verify_plan

if TYPE_CHECKING:
    from fiberplan.result.record import PlanRecord


def verify_file(path: str | Path) -> tuple[str, tuple[str, ...]]:
    """Check the figures of a saved result from its file alone.

    Parameters
    ----------
    path
        A saved plan, or the JSON file of a subsidy or an award.

    Returns
    -------
    tuple
        What was checked, as a sentence, and what does not hold, a sentence each.

    Raises
    ------
    PlanFileError
        The file does not exist, or is no saved result.
    """
    source = Path(path)
    if source.suffix == ".json":
        description, faults = verify_result(source)
        return f"It is {description}.", faults
    record = read_plan(source)
    return _description(record), verify_plan(record)


def _description(record: PlanRecord) -> str:
    lines, cells = len(record.ledger.lines), len(record.split.cells)
    basis = "no operator takes part" if record.proof is None else f"certificate against {record.proof.basis}"
    public = "caps" if record.subsidy is None else "the smallest subsidy and its proof"
    return f"{lines:,} ledger lines, {cells:,} payments, {public}, {basis}."
