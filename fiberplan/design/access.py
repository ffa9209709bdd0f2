"""Inside a park: an estimate of the distribution network, drops and terminals from units and area.

Until parks are drawn plot by plot this is parametric, and every bill line based on it is labelled an estimate.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from fiberplan.crs import area_ha

if TYPE_CHECKING:
    from collections.abc import Sequence

    from fiberplan.design.traffic import Requirement
    from fiberplan.project.model import Park
    from fiberplan.project.settings import DesignOptions

MST_CONSTANT: Final = 0.6331
"""Length of a minimum spanning tree on n uniform points in an area A over sqrt(n A), for large n (Cortina-Borja and
Robinson 2000, Statistics and Probability Letters 47: 125-128)."""
STREET_DETOUR: Final = 4 / math.pi
"""Mean ratio of right-angled to straight distance over all directions."""


@dataclass(frozen=True, slots=True)
class ParkAccess:
    """The network inside one park, estimated.

    Attributes
    ----------
    units
        Units passed: let, or connected if those are more.
    connected
        Units connected, all operators together.
    area_ha
        Area, and whether it was assumed from the number of units.
    distribution_m
        Length of the distribution trench, whole metres.
    drop_m
        Length of all drops, metres.
    splitters, olt_ports, terminals
        Numbers of pieces.
    """

    park_id: str
    units: int
    connected: int
    area_ha: float
    area_is_assumed: bool
    distribution_m: int
    drop_m: int
    splitters: int
    olt_ports: int
    terminals: int


def estimate_access(park: Park, needs: Sequence[Requirement], options: DesignOptions) -> ParkAccess | None:
    """Estimate the network inside a park.

    The distribution trench is ``0.6331 * sqrt(n * A) * 4 / pi`` for ``n`` units on the area ``A``: the
    expected minimum spanning tree, stretched to a street grid.

    Parameters
    ----------
    park
        The park, with its units and area.
    needs
        What operators need there.
    options
        Splitting ratio, length of a drop, area of a unit where the park has none.

    Returns
    -------
    ParkAccess or None
        ``None`` if no units are connected.
    """
    connected = sum(need.units for need in needs)
    if connected == 0:
        return None
    units = max(park.units, connected)
    area, assumed = _area(park, units, options)
    groups = math.ceil(connected / options.splitter_ratio)
    return ParkAccess(
        park_id=park.id,
        units=units,
        connected=connected,
        area_ha=area,
        area_is_assumed=assumed,
        distribution_m=round(MST_CONSTANT * math.sqrt(units * area * 10_000) * STREET_DETOUR),
        drop_m=connected * options.drop_m,
        splitters=groups,
        olt_ports=groups,
        terminals=connected,
    )


def _area(park: Park, units: int, options: DesignOptions) -> tuple[float, bool]:
    if park.area_ha is not None:
        return park.area_ha, False
    if park.geometry.geom_type in {"Polygon", "MultiPolygon"}:
        return area_ha(park.geometry), False
    return float(units * options.area_per_unit_ha), True
