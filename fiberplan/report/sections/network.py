"""What is built: the routes of the parks, what is proven of them, second routes and single points of failure."""

from __future__ import annotations

from typing import TYPE_CHECKING

from fiberplan.report.blocks import Block, Bullets, Column, Section, Table, Text
from fiberplan.report.columns import sized
from fiberplan.report.glyphs import isolate

if TYPE_CHECKING:
    from collections.abc import Sequence

    from fiberplan.report.party import Viewpoint


def routes_section(view: Viewpoint) -> Section:
    """Show the routes."""
    words, record = view.words, view.record
    routing = record.routing
    blocks: list[Block] = [
        Text(
            words.text(
                "report.routes_proven" if record.is_proven else "report.routes_gap",
                cost=view.money(routing.objective),
                bound=view.money(routing.bound),
                gap=words.percent(routing.gap, digits=2),
            )
        ),
        Text(
            words.text(
                "report.routes_length",
                km=words.number(routing.length_km, digits=1),
                segments=words.number(len(routing.segments)),
                second_km=words.number(routing.protection_length_km, digits=1),
                second_cost=view.money(routing.protection_cost),
            )
        ),
    ]
    table = _routes_table(view)
    if table.rows:
        blocks.append(table)
    blocks += _weak_points(view)
    lost = [park for park in routing.unreachable if park.park_id in view.park_ids]
    if lost:
        blocks.append(Text(words.text("report.unreachable")))
        blocks.append(
            Bullets(
                tuple(f"{isolate(view.park_name(park.park_id))}: {isolate(park.reason)}" for park in lost)
            )
        )
    return Section(words.text("report.routes"), tuple(blocks))


def _routes_table(view: Viewpoint) -> Table:
    words, routing = view.words, view.record.routing
    second = {route.park_id: route for route in routing.second_routes}
    rows = []
    for route in sorted(routing.routes, key=lambda entry: entry.park_id):
        if route.park_id not in view.park_ids:
            continue
        other = second.get(route.park_id)
        park = view.record.project.park(route.park_id)
        rows.append(
            (
                park.id,
                view.park_name(park.id),
                words.text(f"common.tier.{park.tier}"),
                view.backbone_name(route.backbone_id),
                words.number(route.length_km, digits=1),
                view.backbone_name(other.backbone_id) if other else "–",
                words.number(other.length_km, digits=1) if other else "–",
            )
        )
    return sized(
        Table(
            columns=(
                Column(words.text("report.id"), "latin", width=36 if _has_short_ids(rows) else 70),
                Column(words.text("report.park"), "text", share=4),
                Column(words.text("report.tier"), "text", share=3),
                Column(words.text("report.first_node"), "text", share=3),
                Column(words.text("report.km")),
                Column(words.text("report.second_node"), "text", share=3),
                Column(words.text("report.km")),
            ),
            rows=tuple(rows),
            caption=words.text("report.routes_caption"),
        )
    )


def _has_short_ids(rows: Sequence[tuple[str, ...]]) -> bool:
    return all(len(row[0]) <= 6 for row in rows)


def _weak_points(view: Viewpoint) -> list[Block]:
    """Name the segments whose loss alone cuts off a park that allows no outage."""
    words, routing = view.words, view.record.routing
    second = [route for route in routing.second_routes if route.park_id in view.park_ids]
    if not second:
        return []
    weak = []
    for route in second:
        if route.shared_segment_ids:
            listed = words.text("report.comma").join(isolate(name) for name in route.shared_segment_ids)
            weak.append(
                words.text(
                    "report.single_point",
                    park=isolate(view.park_name(route.park_id)),
                    segments=listed,
                )
            )
        if route.shares_backbone:
            weak.append(
                words.text(
                    "report.same_node",
                    park=isolate(view.park_name(route.park_id)),
                    node=isolate(view.backbone_name(route.backbone_id)),
                )
            )
    if not weak:
        return [Text(words.text("report.no_single_points"))]
    return [Text(words.text("report.single_points")), Bullets(tuple(weak))]
