"""What is drawn: a plan's record as plain lists and texts, in the language of the map.

Every figure is written out here, so that the page only places texts. The keys are those that `page.js` reads.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import shapely

from fiberplan.design.bill import PlaceKind
from fiberplan.graph.candidate import EdgeRole
from fiberplan.graph.snapping import park_point
from fiberplan.maps.geometry import MOST_FEATURES, GeometryWriter
from fiberplan.maps.styles import SizeScale, dashes, size_class

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from fiberplan.design.cabling import DesignedSegment
    from fiberplan.project.model import Park
    from fiberplan.result.record import PlanRecord
    from fiberplan.routing import Route, RouteSegment
    from fiberplan.wording import Wording

MOST_NAMES = 6
"""Parks named in one list before the rest is counted."""

Row = list[str]
"""A label and a value."""


def isolate(name: str) -> str:
    """Isolate a name's direction of writing from the text around it (Unicode's FSI and PDI)."""
    return f"\u2068{name}\u2069"


def feature_count(record: PlanRecord) -> int:
    """Count what the map would draw."""
    project = record.project
    sites = len(project.parks) + len(project.backbone) + len(record.design.sites)
    return len(record.routing.segments) + len(project.corridors) + len(project.basemap) + sites


class FeatureWriter:
    """Writes the features of a plan.

    Parameters
    ----------
    record
        The plan.
    words
        Of the map's language.
    most_features
        With more features than this, lines are simplified.
    """

    def __init__(self, record: PlanRecord, words: Wording, *, most_features: int = MOST_FEATURES) -> None:
        self.record = record
        self.words = words
        self.scale = SizeScale(segment.fibres for segment in record.design.segments)
        self.is_simple = feature_count(record) > most_features
        west, south, east, north = self._extent()
        self.geometry = GeometryWriter(((west + east) / 2, (south + north) / 2), is_simple=self.is_simple)
        self.bounds = [self.geometry.point(west, south), self.geometry.point(east, north)]
        project, language = record.project, words.language
        self._park_names = {park.id: park.name(language) for park in project.parks}
        self._node_names = {node.id: node.name(language) for node in project.backbone}
        self._corridor_names = {corridor.id: corridor.name(language) for corridor in project.corridors}
        self._park_numbers = {park.id: number for number, park in enumerate(project.parks)}
        self._segment_numbers = {segment.id: number for number, segment in enumerate(record.routing.segments)}
        self._weak_for: dict[str, list[str]] = {}
        for park_id, names in record.routing.single_points_of_failure.items():
            for name in names:
                self._weak_for.setdefault(name, []).append(park_id)

    def _extent(self) -> tuple[float, float, float, float]:
        record = self.record
        shapes = [segment.geometry for segment in record.routing.segments]
        shapes += [shapely.Point(park_point(park)) for park in record.project.parks]
        shapes += [node.geometry for node in record.project.backbone]
        west, south, east, north = shapely.total_bounds(shapes).tolist()
        return west, south, east, north

    # the base ------------------------------------------------------------------------------------------------

    def base(self) -> dict[str, Any]:
        """Write what lies beneath the plan, and all corridors as thin lines."""
        by_kind: dict[str, list[Any]] = {}
        for feature in self.record.project.basemap:
            by_kind.setdefault(feature.kind, []).append(feature.geometry)
        empty: list[Any] = []
        return {
            "boundary": self.geometry.lines(map(_outline, by_kind.get("boundary", empty))),
            "waterAreas": self.geometry.polygons(by_kind.get("water", empty)),
            "waterLines": self.geometry.lines(by_kind.get("water", empty)),
            "buildings": self.geometry.polygons(by_kind.get("building", empty)),
            "roads": self.geometry.lines(by_kind.get("road", empty)),
            "railways": self.geometry.lines(by_kind.get("railway", empty)),
            "corridors": self.geometry.lines(corridor.geometry for corridor in self.record.project.corridors),
        }

    def places(self) -> list[dict[str, Any]]:
        """Write the places of the base with their names."""
        places = []
        for feature in self.record.project.basemap:
            if feature.kind == "place" and feature.names and not feature.geometry.is_empty:
                point = feature.geometry.representative_point()
                name = next(iter(feature.names.values()))
                name = feature.names.get(self.words.language, feature.names.get("", name))
                places.append({"at": self.geometry.point(point.x, point.y), "name": name})
        return places

    # the plan ------------------------------------------------------------------------------------------------

    def segments(self) -> list[dict[str, Any]]:
        """Write every built segment, in the order of the routing."""
        cost = self.record.ledger.totals("segment")
        pairs = zip(self.record.routing.segments, self.record.design.segments, strict=True)
        return [self._segment(segment, designed, cost.get(segment.id, 0)) for segment, designed in pairs]

    def _segment(self, segment: RouteSegment, designed: DesignedSegment, cost: int) -> dict[str, Any]:
        words, entry = self.words, size_class(designed.fibres)
        layer = "second" if segment.is_protection else "first"
        if segment.role is EdgeRole.SPUR:
            layer = "spur"
        rows = [
            [words.text("map.cable"), self._cable(designed)],
            [words.text("map.length"), words.length(segment.length_m)],
            [words.text("map.installation"), self._installation(designed)],
            [words.text("map.cost"), words.money_short(cost, self.record.currency)],
        ]
        notes = [words.text("map.second_only")] if segment.is_protection else []
        weak = self._weak_for.get(segment.id, [])
        if weak:
            notes.append(words.text("map.weak_for", parks=self._names(weak)))
        return {
            "at": self.geometry.lines([segment.geometry]),
            "layer": layer,
            "colour": self.scale.colour(entry, second=segment.is_protection),
            "width": entry.width,
            "dash": dashes(designed.kind.installation, entry.width),
            "weak": bool(weak),
            "name": self._segment_name(segment),
            "rows": rows,
            "shares": self._shares(self.record.split.by_segment, segment.id, cost),
            "foot": [
                [words.text("map.used_by"), self._names(sorted({use.park_id for use in designed.uses}))]
            ],
            "notes": notes,
        }

    def _segment_name(self, segment: RouteSegment) -> str:
        if segment.corridor_id is not None:
            return self._corridor_names[segment.corridor_id]
        site = segment.id.split("/")[1]
        name = self._park_names.get(site) or self._node_names.get(site) or site
        return self.words.text("map.spur_of", site=isolate(name))

    def _cable(self, designed: DesignedSegment) -> str:
        sizes = " + ".join(self.words.number(size) for size in designed.cables)
        return self.words.text(
            "map.cable_text", sizes=sizes, working=self.words.number(designed.working_fibres)
        )

    def _installation(self, designed: DesignedSegment) -> str:
        kind = self.words.text(f"common.kind.{designed.kind}")
        if not designed.kind.is_dug:
            return kind
        surface = self.words.text(f"common.surface.{designed.surface}")
        return self.words.text("map.installation_text", kind=kind, surface=surface)

    def parks(self) -> list[dict[str, Any]]:
        """Write every park, in the order of the project."""
        first = {route.park_id: route for route in self.record.routing.routes}
        second = {route.park_id: route for route in self.record.routing.second_routes}
        return [
            self._park(park, first.get(park.id), second.get(park.id)) for park in self.record.project.parks
        ]

    def _park(self, park: Park, first: Route | None, second: Route | None) -> dict[str, Any]:
        words = self.words
        rows = [
            [words.text("map.tier"), self.tier_name(park.tier)],
            [words.text("map.units"), self._units(park)],
        ]
        notes = [self._coord_note(park.coord_quality)]
        if first is None:
            notes.insert(0, self._unreachable_note(park.id))
        else:
            rows.append([words.text("map.route"), self._route(first)])
        if second is not None:
            rows.append([words.text("map.second_route"), self._route(second)])
            if second.shares_backbone:
                notes.insert(0, words.text("map.same_backbone"))
            if second.shared_segment_ids:
                count = words.number(len(second.shared_segment_ids))
                notes.insert(0, words.text("map.shares_segments", count=count))
        by_park = self.record.split.by_park
        cost = sum(by_park.get((party, park.id), 0) for party in self.record.split.parties)
        if first is not None:
            rows.append([words.text("map.cost"), words.money_short(cost, self.record.currency)])
        return {
            "at": self.geometry.point(*park_point(park)),
            "name": self._park_names[park.id],
            "tier": park.tier,
            "reached": first is not None,
            "rows": rows,
            "shares": self._shares(by_park, park.id, cost),
            "foot": [],
            "notes": notes,
            "brief": "" if first is None else self._route(first),
            "first": [] if first is None else [self._segment_numbers[name] for name in first.segment_ids],
            "second": [] if second is None else [self._segment_numbers[name] for name in second.segment_ids],
        }

    def tier_name(self, tier: int) -> str:
        """Name a tier with what it means."""
        meaning = self.words.text(f"common.tier.{tier}")
        return self.words.text("map.tier_text", tier=self.words.number(tier), meaning=meaning)

    def _units(self, park: Park) -> str:
        units = self.words.number(park.units)
        if not park.active_units:
            return units
        return self.words.text("map.units_text", units=units, active=self.words.number(park.active_units))

    def _route(self, route: Route) -> str:
        length = self.words.length(route.length_mm / 1000)
        return self.words.text(
            "map.route_text",
            node=isolate(self._node_names.get(route.backbone_id, route.backbone_id)),
            length=length,
        )

    def _coord_note(self, quality: str) -> str:
        known = self.words.texts.get(f"map.quality.{quality}")
        return known or self.words.text("map.quality_other", quality=isolate(quality))

    def _unreachable_note(self, park_id: str) -> str:
        lost = next((entry for entry in self.record.routing.unreachable if entry.park_id == park_id), None)
        if lost is None or lost.nearest_corridor_id is None or lost.distance_m is None:
            return self.words.text("map.unreachable_note")
        name = self._corridor_names.get(lost.nearest_corridor_id, lost.nearest_corridor_id)
        return self.words.text(
            "map.unreachable_near", corridor=isolate(name), distance=self.words.length(lost.distance_m)
        )

    def nodes(self) -> list[dict[str, Any]]:
        """Write every backbone node."""
        words, nodes = self.words, []
        served: dict[str, list[str]] = {}
        for route in self.record.routing.routes:
            served.setdefault(route.backbone_id, []).append(route.park_id)
        for node in self.record.project.backbone:
            rows: list[Row] = []
            if node.owner:
                owner = self.record.party_name(node.owner, words.language) or node.owner
                rows.append([words.text("map.owner"), isolate(owner)])
            if node.ports_free is not None:
                rows.append([words.text("map.ports"), words.number(node.ports_free)])
            rows.append([words.text("map.serves"), self._names(served.get(node.id, []))])
            place = node.geometry.representative_point()
            nodes.append(
                {
                    "at": self.geometry.point(place.x, place.y),
                    "name": self._node_names[node.id],
                    "kind": words.text("map.backbone_node"),
                    "rows": rows,
                    "notes": [self._coord_note(node.coord_quality)],
                }
            )
        return nodes

    def sites(self) -> list[dict[str, Any]]:
        """Write every intermediate active site."""
        cost = self.record.ledger.totals("place")
        segments = {segment.id: segment for segment in self.record.routing.segments}
        return [
            {
                "at": self.geometry.point(*site.lonlat),
                "name": self.words.text("map.active_site"),
                "kind": self._segment_name(segments[site.segment_id]),
                "rows": [
                    [
                        self.words.text("map.cost"),
                        self.words.money_short(
                            cost.get((PlaceKind.ACTIVE_SITE, site.id), 0), self.record.currency
                        ),
                    ]
                ],
                "notes": [self.words.text("map.active_site_note")],
            }
            for site in self.record.design.sites
        ]

    # what is common to them ----------------------------------------------------------------------------------

    def party_name(self, party: str) -> str:
        """Name a party: the state, an operator, or what nobody pays."""
        return self.record.party_name(party, self.words.language) or self.words.text(f"common.{party}")

    def _shares(self, paid: Mapping[tuple[str, str], int], place: str, cost: int) -> list[Row]:
        """Write what each party pays of a place: name, amount, percent; parties that pay nothing are left out."""
        if cost <= 0:
            return []
        amounts = [(party, paid.get((party, place), 0)) for party in self.record.split.parties]
        return [
            [
                self.party_name(party),
                self.words.money_short(amount, self.record.currency),
                self.words.percent(amount / cost),
            ]
            for party, amount in amounts
            if amount
        ]

    def _names(self, park_ids: Iterable[str]) -> str:
        names = [isolate(self._park_names[park_id]) for park_id in park_ids]
        if not names:
            return self.words.text("map.none")
        comma = self.words.text("map.comma")
        if len(names) <= MOST_NAMES:
            return comma.join(names)
        more = self.words.number(len(names) - MOST_NAMES + 1)
        return self.words.text("map.and_more", names=comma.join(names[: MOST_NAMES - 1]), more=more)


def _outline(geometry: Any) -> Any:  # noqa: ANN401 - a geometry of any kind, as shapely has it
    return geometry.boundary if geometry.geom_type.endswith("Polygon") else geometry
