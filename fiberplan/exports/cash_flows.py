"""Cash flows as a CSV file."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from fiberplan.files import replacing

if TYPE_CHECKING:
    from fiberplan.finance.statement import FinancingPlan


def write_cash_flows(financing: FinancingPlan, path: str | Path) -> Path:
    """Write cash flows by party and year; an older file is replaced only when the new one is complete.

    Parameters
    ----------
    financing
        From `Plan.cash_flows`.
    path
        Of the CSV file.
    """
    target = Path(path)
    with replacing(target) as draft:
        financing.frame.to_csv(draft, index=False, lineterminator="\n")
    return target
