"""Longitude and latitude that changed places: seen by where the other layers lie."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import numpy as np
import shapely

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from fiberplan.inputs.faults import FaultList
    from fiberplan.inputs.tables.rows import Rows

_SPREAD_FACTOR: Final = 4.0
_SPREAD_QUANTILE: Final = 0.75
_LEAST_REACH: Final = 0.3
"""The region around the other layers: so many times their spread, at least so many degrees."""


def check_swapped(tables: Sequence[Rows[Any]], faults: FaultList) -> None:
    """Report rows that lie far from the other layers and would lie among them with their coordinates swapped.

    Parameters
    ----------
    tables
        Those with geometry.
    faults
        Takes what is wrong.
    """
    present = [table for table in tables if table.objects]
    centres = [_centres(table) for table in present]
    for number, (table, own) in enumerate(zip(present, centres, strict=True)):
        others = centres[:number] + centres[number + 1 :]
        if not others:
            continue
        middle, reach = _region(others)
        is_far = np.abs(own - middle).max(axis=1) > reach
        would_fit = np.abs(own[:, ::-1] - middle).max(axis=1) <= reach
        files = " and ".join(str(other.file) for other in present if other is not table)
        where = f"{files}, around lon {middle[0]:.2f}, lat {middle[1]:.2f}"
        _report(table, own, np.flatnonzero(is_far & would_fit), where, faults)


def _report(
    table: Rows[Any], own: NDArray[np.float64], swapped: NDArray[np.intp], where: str, faults: FaultList
) -> None:
    """Tell it once if the whole layer is swapped, else row by row."""
    message = f"longitude and latitude look swapped: far from {where}"
    if len(swapped) == len(own):
        lon, lat = np.median(own, axis=0)
        value = f"lon {lon:.2f}, lat {lat:.2f} in the middle"
        mend = "Swap the two columns" if str(table.file).endswith(".csv") else "Swap the coordinates"
        faults.error(str(table.file), message, value=value, mend=mend)
        return
    for index in swapped.tolist():
        lon, lat = own[index]
        value, mend = f"lon {lon:.6g}, lat {lat:.6g}", "Swap the two values"
        faults.error(str(table.file), message, row=table.rows[index], value=value, mend=mend)


def _centres(table: Rows[Any]) -> NDArray[np.float64]:
    """Give the middle of each geometry's bounds; shape (n, 2)."""
    bounds = shapely.bounds(np.array([thing.geometry for thing in table.objects], dtype=object))
    return np.asarray((bounds[:, :2] + bounds[:, 2:]) / 2, dtype=np.float64)


def _region(layers: Sequence[NDArray[np.float64]]) -> tuple[NDArray[np.float64], float]:
    """Give middle and reach (degrees) of several layers, each counting alike, few strays not at all."""
    middle = np.median([np.median(points, axis=0) for points in layers], axis=0)
    spread = max(
        float(np.quantile(np.abs(points - middle).max(axis=1), _SPREAD_QUANTILE)) for points in layers
    )
    return middle, max(_SPREAD_FACTOR * spread, _LEAST_REACH)
