"""Tiny projects to check by hand: everything lies in metres around one point, prices are round, money is whole dollars.

`PRICES` puts round figures over the bundled price list, so that a metre of road verge with its cable costs 10 dollars.
"""

# ruff: noqa: ANN401 - fields are handed on to the model, which checks them

from __future__ import annotations

from decimal import Decimal
from functools import lru_cache
from typing import Any

import numpy as np
import shapely

from fiberplan.crs import LocalProjection
from fiberplan.project.catalogue import Catalogue, CatalogueItem, bundled_catalogue
from fiberplan.project.corridors import Corridor
from fiberplan.project.model import BackboneNode, Demand, Operator, Park, Project
from fiberplan.project.settings import Settings

PLANE = LocalProjection((48.0, 33.5))

PRICES: dict[str, str] = {
    "civil.road_verge.soil": "7",
    "civil.road_verge.asphalt": "17",
    "civil.track.soil": "5",
    "civil.pole_line.any": "3",
    "civil.existing_duct.any": "2",
    "duct.hdpe": "2",
    "cable.12": "0.5",
    "cable.24": "1",
    "cable.48": "2",
    "cable.96": "3",
    "cable.144": "4",
    "cable.288": "6",
    "permit.any": "0.5",
    "permit.municipality": "1.5",
    "crossing.rail": "1000",
    "crossing.waterway": "400",
    "lease.duct": "1",
}


BARE: dict[str, str] = {
    "share__design": "0",
    "share__contingency": "0",
    "opex__passive": "0",
    "closure__joint": "0",
    "handhole": "0",
    "pole__attachment": "0",
}
"""Changes that leave no survey, contingency, upkeep or pieces: what is left is priced by the metre."""


@lru_cache(maxsize=64)
def _catalogue(prices: tuple[tuple[str, str], ...]) -> Catalogue:
    known = bundled_catalogue().items
    return bundled_catalogue().with_items(
        CatalogueItem(
            item=item,
            value=Decimal(value),
            unit=known[item].unit if item in known else "USD/m",
            source="test",
            year=2026,
        )
        for item, value in prices
    )


def catalogue_of(**changes: str) -> Catalogue:
    """Price list with the round prices and changes, whose keys have ``__`` for a dot."""
    prices = PRICES | {item.replace("__", "."): value for item, value in changes.items()}
    return _catalogue(tuple(sorted(prices.items())))


def at(x_m: float, y_m: float) -> tuple[float, float]:
    """Longitude and latitude of a place in metres east and north of the middle."""
    lon, lat = PLANE.inverse(np.array([[x_m, y_m]], dtype=float))[0].tolist()
    return lon, lat


def line(*points: tuple[float, float]) -> shapely.LineString:
    return shapely.LineString([at(*point) for point in points])


def corridor(corridor_id: str, *points: tuple[float, float], **fields: Any) -> Corridor:
    return Corridor(id=corridor_id, geometry=line(*points), **fields)


def named(corridor_id: str, start: str, end: str, *points: tuple[float, float], **fields: Any) -> Corridor:
    """Make a corridor that knows its junctions."""
    return corridor(corridor_id, *points, from_node=start, to_node=end, **fields)


def park(park_id: str, x_m: float, y_m: float, **fields: Any) -> Park:
    return Park(id=park_id, geometry=shapely.Point(at(x_m, y_m)), **({"units": 10} | fields))


def backbone(node_id: str, x_m: float, y_m: float, **fields: Any) -> BackboneNode:
    return BackboneNode(id=node_id, geometry=shapely.Point(at(x_m, y_m)), **fields)


def demand(operator_id: str, park_id: str, quantity: str | int = 10, **fields: Any) -> Demand:
    return Demand(operator_id=operator_id, park_id=park_id, quantity=Decimal(quantity), **fields)


def project(
    parks: list[Park],
    nodes: list[BackboneNode],
    corridors: list[Corridor],
    demands: list[Demand] | None = None,
    *,
    catalogue: Catalogue | None = None,
    **settings: Any,
) -> Project:
    """Put a project together; demand of one operator ``op-a`` for ten units at every park unless it is given."""
    if demands is None:
        demands = [demand("op-a", site.id) for site in parks]
    operators = sorted({entry.operator_id for entry in demands})
    defaults: dict[str, Any] = {
        "name": {"en": "test"},
        "horizon_years": 2,
        "discount_rate": Decimal("0.1"),
        "design": {"cable_slack_share": 0},
    }
    return Project(
        settings=Settings(**(defaults | settings)),
        catalogue=catalogue or catalogue_of(),
        parks=tuple(parks),
        backbone=tuple(nodes),
        corridors=tuple(corridors),
        operators=tuple(Operator(id=operator) for operator in operators),
        demand=tuple(demands),
    )


def one_road(**settings: Any) -> Project:
    """One park at the end of one straight kilometre of road verge, the backbone at its start: 10,000 dollars routed."""
    road = corridor("road", (0, 0), (1000, 0), length_m=1000)
    return project([park("p", 1000, 0)], [backbone("b", 0, 0)], [road], **settings)


def star(operators: str = "ab", **settings: Any) -> Project:
    """Backbone, a trunk of 2 km, then two arms of 1 km to the parks ``p`` and ``q``; the first operator is at both."""
    corridors = [
        corridor("trunk", (0, 0), (2000, 0), length_m=2000),
        corridor("arm-p", (2000, 0), (2000, 1000), length_m=1000),
        corridor("arm-q", (2000, 0), (2000, -1000), length_m=1000),
    ]
    demands = [demand(f"op-{operators[0]}", "p")]
    demands += [demand(f"op-{operator}", "q") for operator in operators]
    parks = [park("p", 2000, 1000), park("q", 2000, -1000)]
    return project(parks, [backbone("b", 0, 0)], corridors, demands, **settings)


def square(tier: int = 1, **settings: Any) -> Project:
    """Build a loop of four 1 km roads: backbone ``b1`` in one corner, ``b2`` opposite, the park in between."""
    corridors = [
        corridor("south", (0, 0), (1000, 0), length_m=1000),
        corridor("east", (1000, 0), (1000, 1000), length_m=1100),
        corridor("north", (1000, 1000), (0, 1000), length_m=1200),
        corridor("west", (0, 1000), (0, 0), length_m=1300),
    ]
    nodes = [backbone("b1", 0, 0), backbone("b2", 1000, 1000)]
    return project([park("p", 1000, 0, tier=tier)], nodes, corridors, **settings)


def three_arms(**settings: object) -> Project:
    """Two kilometres of trunk, then an arm of a kilometre to each of three parks, of one operator each."""
    base = star()
    return project(
        [park("p", 3000, 0), park("q", 2000, 1000), park("r", 2000, -1000)],
        [backbone("b", 0, 0)],
        [
            corridor("trunk", (0, 0), (2000, 0), length_m=2000),
            corridor("arm-p", (2000, 0), (3000, 0), length_m=1000),
            corridor("arm-q", (2000, 0), (2000, 1000), length_m=1000),
            corridor("arm-r", (2000, 0), (2000, -1000), length_m=1000),
        ],
        [demand("op-a", "p"), demand("op-b", "q"), demand("op-c", "r", 40)],
        catalogue=base.catalogue,
        **settings,
    )
