"""A plan as tables with geometry, for engineers, for maps and for files: one GeoDataFrame for each kind of thing."""

from __future__ import annotations

from typing import TYPE_CHECKING

import geopandas as gpd
import pandas as pd
import shapely

from fiberplan.crs import WGS84
from fiberplan.graph.snapping import park_point

if TYPE_CHECKING:
    from fiberplan.result.record import PlanRecord


def segments_frame(record: PlanRecord) -> gpd.GeoDataFrame:
    """One row a built segment.

    Columns
    -------
    segment_id, corridor_id, role, kind, surface
        What it is; ``corridor_id`` is empty for a spur.
    length_m
        Trench length.
    cables, cable_fibres, working_fibres
        Cables (``96+24``), their fibres, and the fibres in use.
    joint_closures, branch_closures, handholes, poles
        Pieces; handholes and poles in proportion to length.
    is_protection
        Whether it serves second routes only.
    is_single_point
        Whether its loss alone cuts off a tier-1 park.
    routed_cost
        What the router paid, minor units, present value.
    total_cost
        All that the ledger has on it, minor units, present value.
    parks, operators
        Who uses it, ids.
    ``pays_<party>``
        What each party pays of it, minor units, present value.
    geometry
        LineString, WGS 84.
    """
    split = record.split
    cost = record.ledger.totals("segment")
    weak = {name for names in record.routing.single_points_of_failure.values() for name in names}
    rows = []
    for segment, designed in zip(record.routing.segments, record.design.segments, strict=True):
        rows.append(
            {
                "segment_id": segment.id,
                "corridor_id": segment.corridor_id or "",
                "role": segment.role.value,
                "kind": designed.kind.value,
                "surface": designed.surface.value,
                "length_m": segment.length_m,
                "cables": "+".join(str(size) for size in designed.cables),
                "cable_fibres": designed.fibres,
                "working_fibres": designed.working_fibres,
                "joint_closures": float(designed.joint_closures),
                "branch_closures": designed.branch_closures,
                "handholes": float(designed.handholes),
                "poles": float(designed.poles),
                "is_protection": segment.is_protection,
                "is_single_point": segment.id in weak,
                "routed_cost": segment.cost,
                "total_cost": cost.get(segment.id, 0),
                "parks": ", ".join(sorted({use.park_id for use in designed.uses})),
                "operators": ", ".join(sorted({use.operator_id for use in designed.uses if use.operator_id})),
                **{f"pays_{party}": split.by_segment.get((party, segment.id), 0) for party in split.parties},
            }
        )
    return gpd.GeoDataFrame(
        rows, geometry=[segment.geometry for segment in record.routing.segments], crs=WGS84
    )


def parks_frame(record: PlanRecord) -> gpd.GeoDataFrame:
    """One row a park, reached or not.

    Columns
    -------
    park_id, ``name_<language>``, county, tier, units, active_units, coord_quality
        As in the project.
    is_connected, backbone_id, route_km
        Where its first route goes and how long it is.
    second_backbone_id, second_route_km, single_points
        Of its second route, if it has one; ids of the segments whose loss cuts it off.
    total_cost
        What all parties pay for it, minor units, present value.
    ``pays_<party>``
        What each party pays for it.
    geometry
        Point where the cable goes, WGS 84.
    """
    first = {route.park_id: route for route in record.routing.routes}
    second = {route.park_id: route for route in record.routing.second_routes}
    split = record.split
    rows = []
    for park in record.project.parks:
        route, other = first.get(park.id), second.get(park.id)
        pays = {party: split.by_park.get((party, park.id), 0) for party in split.parties}
        rows.append(
            {
                "park_id": park.id,
                **{f"name_{language}": park.name(language) for language in record.project.settings.languages},
                "county": park.county,
                "tier": park.tier,
                "units": park.units,
                "active_units": park.active_units,
                "coord_quality": park.coord_quality,
                "is_connected": route is not None,
                "backbone_id": "" if route is None else route.backbone_id,
                "route_km": None if route is None else route.length_km,
                "second_backbone_id": "" if other is None else other.backbone_id,
                "second_route_km": None if other is None else other.length_km,
                "single_points": "" if other is None else ", ".join(other.shared_segment_ids),
                "total_cost": sum(pays.values()),
                **{f"pays_{party}": amount for party, amount in pays.items()},
            }
        )
    points = [shapely.Point(park_point(park)) for park in record.project.parks]
    return gpd.GeoDataFrame(rows, geometry=points, crs=WGS84)


def backbone_frame(record: PlanRecord) -> gpd.GeoDataFrame:
    """One row a backbone node: ``backbone_id``, names, ``owner``, ``ports_free``, ``parks`` served, point."""
    served: dict[str, set[str]] = {}
    for route in record.routing.all_routes:
        served.setdefault(route.backbone_id, set()).add(route.park_id)
    rows = [
        {
            "backbone_id": node.id,
            **{f"name_{language}": node.name(language) for language in record.project.settings.languages},
            "owner": node.owner,
            "ports_free": node.ports_free,
            "parks": ", ".join(sorted(served.get(node.id, ()))),
        }
        for node in record.project.backbone
    ]
    return gpd.GeoDataFrame(rows, geometry=[node.geometry for node in record.project.backbone], crs=WGS84)


def sites_frame(record: PlanRecord) -> gpd.GeoDataFrame:
    """One row an intermediate active site: ``site_id``, ``segment_id``, ``total_cost``, point."""
    cost = {
        place_id: amount
        for (kind, place_id), amount in record.ledger.totals("place").items()
        if kind.value == "active_site"
    }
    rows = [
        {"site_id": site.id, "segment_id": site.segment_id, "total_cost": cost.get(site.id, 0)}
        for site in record.design.sites
    ]
    columns = None if rows else ["site_id", "segment_id", "total_cost"]
    points = [shapely.Point(site.lonlat) for site in record.design.sites]
    return gpd.GeoDataFrame(rows, columns=columns, geometry=points, crs=WGS84)


def stand_alone_frame(record: PlanRecord) -> pd.DataFrame:
    """One row an operator, minor units, present value.

    Columns
    -------
    operator_id, parks
        Who, and the ids of its parks.
    cost, public, own
        Of its network alone: all of it, what the state would pay, what is left to the operator.
    share, saving
        What it pays in the joint plan, and what it saves by that.
    status
        What is proven of the routes alone.
    """
    columns = ["operator_id", "parks", "cost", "public", "own", "share", "saving", "status"]
    rows = [
        (
            alone.operator_id,
            ", ".join(alone.park_ids),
            alone.cost,
            alone.public,
            alone.own,
            alone.share,
            alone.saving,
            alone.status.value,
        )
        for alone in record.stand_alone
    ]
    return pd.DataFrame(rows, columns=columns)
