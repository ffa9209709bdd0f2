"""Projects from OpenStreetMap: a tiny map that can be checked by hand, and a real country."""

from __future__ import annotations

import time
from dataclasses import dataclass, field
from decimal import Decimal
from pathlib import Path
from tempfile import TemporaryDirectory
from xml.sax.saxutils import quoteattr

import networkx as nx
import numpy as np
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st
from support.examples import examples
from support.paths import SHARED

from fiberplan.crs import LocalProjection, distance_m
from fiberplan.errors import ProjectError
from fiberplan.inputs import read_project, write_project
from fiberplan.inputs.osm import project_from_osm
from fiberplan.project.corridors import Corridor, CorridorKind, Crossing, Surface
from fiberplan.project.model import BackboneNode, Project

LIECHTENSTEIN = SHARED / "osm" / "liechtenstein.osm.pbf"
HOSTILE = '<script>alert("1")</script>`${x}` =1+1 ' + "\u202e\t" + "x" * 300

METRE_LAT = 1 / 111_170
METRE_LON = 1 / 75_900
"""Degrees for a metre at 47 degrees north."""


@dataclass
class Sketch:
    """A map drawn in metres around 9.5 east, 47.1 north, written as OSM XML."""

    nodes: dict[int, str] = field(default_factory=dict)
    ways: dict[int, str] = field(default_factory=dict)
    relations: dict[int, str] = field(default_factory=dict)

    def node(self, number: int, x: float, y: float, **tags: str) -> int:
        place = f'lat="{47.1 + y * METRE_LAT:.7f}" lon="{9.5 + x * METRE_LON:.7f}"'
        self.nodes[number] = f'<node id="{number}" version="1" {place}>{_tags(tags)}</node>'
        return number

    def way(self, number: int, nodes: list[int], **tags: str) -> None:
        refs = "".join(f'<nd ref="{node}"/>' for node in nodes)
        self.ways[number] = f'<way id="{number}" version="1">{refs}{_tags(tags)}</way>'

    def box(self, number: int, x: float, y: float, width: float, height: float, **tags: str) -> None:
        corners = [(x, y), (x + width, y), (x + width, y + height), (x, y + height)]
        nodes = [self.node(number * 10 + i, *corner) for i, corner in enumerate(corners)]
        self.way(number, [*nodes, nodes[0]], **tags)

    def multipolygon(self, number: int, outer: int, other: int, *, role: str = "inner", **tags: str) -> None:
        members = (
            f'<member type="way" ref="{outer}" role="outer"/><member type="way" ref="{other}" role="{role}"/>'
        )
        tagged = _tags({"type": "multipolygon", **tags})
        self.relations[number] = f'<relation id="{number}" version="1">{members}{tagged}</relation>'

    def save(self, folder: Path, *, nodes_last: bool = False) -> Path:
        file = folder / "tiny.osm"
        kinds = (
            (self.ways, self.relations, self.nodes) if nodes_last else (self.nodes, self.ways, self.relations)
        )
        body = "".join(kind[i] for kind in kinds for i in sorted(kind))
        file.write_text(
            f'<?xml version="1.0" encoding="UTF-8"?><osm version="0.6">{body}</osm>', encoding="utf-8"
        )
        return file


def _tags(tags: dict[str, str]) -> str:
    return "".join(f"<tag k={quoteattr(k.replace('__', ':'))} v={quoteattr(v)}/>" for k, v in tags.items())


def draw_tiny() -> Sketch:
    """A primary road from west to east, and everything that can meet it.

    n1 -- stream -- n2 -- (bridge above) -- n3 -- n7 level crossing -- motorway -- n4
    """
    m = Sketch()
    for number, x, y in [(1, 0, 0), (2, 500, 0), (3, 1000, 0), (7, 1400, 0), (4, 2000, 0)]:
        m.node(number, x, y)
    m.way(100, [1, 2, 3, 7, 4], highway="primary", name="Main road", surface="asphalt")
    m.way(101, [m.node(5, 750, -300), m.node(6, 750, 300)], highway="tertiary", bridge="yes")
    m.way(102, [2, m.node(8, 500, -400)], highway="residential")
    m.way(103, [6, 3], highway="track", tracktype="grade4")
    m.way(104, [m.node(9, 1700, -500), m.node(10, 1700, 500)], highway="motorway")
    m.way(105, [4, m.node(11, 2000, 60)], highway="service", bridge="yes")
    m.way(106, [1, m.node(12, -300, 0), m.node(13, -300, 90), 1], highway="unclassified")
    m.way(107, [8, m.node(14, 600, -450)], highway="steps")
    m.way(200, [m.node(20, 1400, -500), 7, m.node(21, 1400, 500)], railway="rail")
    m.way(201, [7, m.node(22, 1410, 500)], railway="rail", service="siding")
    m.way(300, [m.node(30, 250, -200), m.node(31, 250, 200)], waterway="stream")
    m.way(301, [m.node(32, 300, -200), m.node(33, 300, 200)], waterway="stream", tunnel="culvert")
    m.box(400, 500, -700, 200, 200, landuse="industrial", name=HOSTILE, name__fa="شهرك صنعتي")
    m.box(411, 520, -680, 20, 20, building="yes")
    m.box(412, 560, -680, 20, 20, building="industrial", name="Works")
    m.box(413, 620, -680, 20, 20, building="yes")
    m.box(414, 680, -680, 5, 5, building="shed")
    m.box(415, 690, -520, 30, 30, building="yes")  # its middle lies outside
    m.box(401, 1800, 100, 300, 200)
    m.box(402, 1900, 150, 50, 50)
    m.multipolygon(500, 401, 402, landuse="industrial")
    m.box(
        403, 0, 600, 100, 150, landuse="industrial"
    )  # 1.5 ha each, 20 m apart: too small alone, a park together
    m.box(404, 120, 600, 100, 160, landuse="industrial")
    m.box(405, 2500, 600, 60, 60, landuse="industrial")
    m.node(60, 900, 900, place="village", name="Smallville", population="900")
    m.node(61, 100, 300, place="village", name="Bigville", population="9.000")
    return m


@pytest.fixture(scope="module")
def tiny(tmp_path_factory: pytest.TempPathFactory) -> Project:
    return project_from_osm(draw_tiny().save(tmp_path_factory.mktemp("osm")))


def by_id(project: Project) -> dict[str, Corridor]:
    return {corridor.id: corridor for corridor in project.corridors}


def network(project: Project) -> nx.MultiGraph:
    graph = nx.MultiGraph()
    for corridor in project.corridors:
        graph.add_edge(corridor.from_node, corridor.to_node, key=corridor.id)
    return graph


def test_ways_are_split_at_shared_nodes_and_name_them(tiny: Project) -> None:
    ends = {c.id: (c.from_node, c.to_node) for c in tiny.corridors if c.id.startswith("w100")}
    assert ends == {
        "w100-1": ("n1", "n2"),
        "w100-2": ("n2", "n3"),
        "w100-3": ("n3", "n7"),
        "w100-4": ("n7", "n4"),
    }
    assert by_id(tiny)["w101"].geometry.coords[0] == pytest.approx(
        (9.5 + 750 * METRE_LON, 47.1 - 300 * METRE_LAT)
    )


def test_a_bridge_joins_nothing_beneath_it(tiny: Project) -> None:
    graph = network(tiny)
    assert set(graph["n5"]) == {"n6"}
    assert by_id(tiny)["w100-2"].geometry.crosses(by_id(tiny)["w101"].geometry)


def test_a_ring_is_cut_so_that_no_stretch_ends_where_it_starts(tiny: Project) -> None:
    ring = [c for c in tiny.corridors if c.id.startswith("w106")]
    assert len(ring) == 2
    assert all(c.from_node != c.to_node for c in tiny.corridors)


def test_crossings_lie_on_the_exact_stretch(tiny: Project) -> None:
    result = {c.id: dict(c.crossings) for c in tiny.corridors if c.crossings}
    assert result == {
        "w100-1": {Crossing.WATERWAY: 1},  # the stream, not the culvert
        "w100-3": {
            Crossing.RAIL: 1
        },  # the level crossing, on the shorter of the two stretches that meet there
        "w100-4": {Crossing.MOTORWAY: 1},
        "w105": {Crossing.WATERWAY: 1},  # a bridge over nothing that is mapped
    }


def test_motorways_steps_and_sidings_are_no_corridors(tiny: Project) -> None:
    ways = {corridor.id.split("-")[0] for corridor in tiny.corridors}
    assert ways == {"w100", "w101", "w102", "w103", "w105", "w106", "w200"}


def test_the_railway_joins_the_road_at_the_level_crossing(tiny: Project) -> None:
    assert set(network(tiny)["n7"]) == {"n3", "n4", "n20", "n21"}
    rail = by_id(tiny)["w200-1"]
    assert (rail.kind, rail.permit_bodies) == (CorridorKind.RAILWAY, ("railway",))


def test_kind_and_surface_follow_class_and_place(tiny: Project) -> None:
    corridors = by_id(tiny)
    assert (corridors["w100-2"].kind, corridors["w100-2"].surface) == (CorridorKind.ROAD_VERGE, Surface.SOIL)
    assert (corridors["w102"].kind, corridors["w102"].surface) == (CorridorKind.CARRIAGEWAY, Surface.ASPHALT)
    assert (corridors["w103"].kind, corridors["w103"].surface) == (CorridorKind.TRACK, Surface.SOIL)


def test_a_road_between_houses_is_opened_in_its_paving(tmp_path: Path) -> None:
    sketch = draw_tiny()
    sketch.box(600, -50, -100, 1100, 200, landuse="residential")
    corridors = by_id(project_from_osm(sketch.save(tmp_path)))
    assert (corridors["w100-2"].kind, corridors["w100-2"].surface) == (
        CorridorKind.CARRIAGEWAY,
        Surface.ASPHALT,
    )
    assert corridors["w100-4"].kind is CorridorKind.ROAD_VERGE


def test_industrial_areas_become_parks_and_neighbours_one(tiny: Project) -> None:
    assert [park.id for park in tiny.parks] == ["r500", "w400", "w404"]
    areas = {park.id: park.area_ha or 0 for park in tiny.parks}
    assert areas["w400"] == pytest.approx(4, rel=0.02)
    assert areas["r500"] == pytest.approx(6 - 0.25, rel=0.02)
    assert areas["w404"] == pytest.approx(1.5 + 1.6 + 0.3, rel=0.03)
    assert {park.geometry.geom_type for park in tiny.parks} == {"Polygon"}
    assert {park.coord_quality for park in tiny.parks} == {"mapped"}


def test_diagonal_neighbours_still_become_one_polygon(tmp_path: Path) -> None:
    sketch = draw_tiny()
    sketch.box(408, 4000, 0, 150, 150, landuse="industrial")
    sketch.box(409, 4169, 169, 150, 150, landuse="industrial")
    park = next(p for p in project_from_osm(sketch.save(tmp_path)).parks if p.id in {"w408", "w409"})
    assert park.geometry.geom_type == "Polygon"
    assert park.area_ha == pytest.approx(4.5, rel=0.03)


def test_units_are_the_buildings_inside(tiny: Project) -> None:
    parks = {park.id: park for park in tiny.parks}
    assert [(unit.id, unit.park_id) for unit in tiny.units] == [
        ("w411", "w400"),
        ("w412", "w400"),
        ("w413", "w400"),
    ]
    assert (parks["w400"].units, parks["w400"].active_units) == (3, 3)
    assert "assumption" in parks["w400"].note
    assert tiny.units[1].names == {"": "Works"}
    assert all(parks["w400"].geometry.contains(unit.geometry) for unit in tiny.units)
    assert parks["r500"].units == 12  # no building: one for half a hectare


def test_a_hostile_name_is_kept_as_text_cleaned_and_cut(tiny: Project) -> None:
    names = next(park for park in tiny.parks if park.id == "w400").names
    assert names[""].startswith('<script>alert("1")</script>')
    assert len(names[""]) == 200
    assert "\u202e" not in names[""]
    assert "\t" not in names[""]
    assert names["fa"] == "شهرک صنعتی"


def test_a_nameless_park_is_called_after_the_nearest_settlement(tiny: Project) -> None:
    assert next(park for park in tiny.parks if park.id == "w404").names == {
        "en": "Bigville industrial area 1"
    }


def test_without_a_tagged_site_the_largest_settlement_is_assumed_and_said(tiny: Project) -> None:
    (node,) = tiny.backbone
    assert (node.id, node.coord_quality) == ("n61", "assumed")
    (note,) = tiny.notes
    assert note.severity == "warning"
    assert "assumed in the largest settlement, Bigville" in str(note)
    assert "--backbone" in str(note)
    assert "Bigville" in tiny.settings.description["en"]


def test_tagged_sites_are_taken(tmp_path: Path) -> None:
    sketch = draw_tiny()
    sketch.node(70, 100, 100, telecom="exchange", name="Exchange")
    sketch.box(71, 200, 100, 30, 30, building="yes", telecom="data_center")
    sketch.node(72, 100, 100, telecom="service_device")
    project = project_from_osm(sketch.save(tmp_path))
    assert [(node.id, node.coord_quality) for node in project.backbone] == [
        ("n70", "mapped"),
        ("w71", "mapped"),
    ]
    assert project.notes == ()


def test_given_points_come_first(tmp_path: Path) -> None:
    file = draw_tiny().save(tmp_path)
    own = BackboneNode(id="mine", geometry=shapely.Point(9.5, 47.1))
    project = project_from_osm(file, backbone=[(9.51, 47.1), own])
    assert [node.id for node in project.backbone] == ["bb-1", "mine"]
    assert project.notes == ()
    with pytest.raises(ProjectError, match="backbone point 1 is not on the globe"):
        project_from_osm(file, backbone=[(47.1, 95.0)])


def test_operators_demand_and_rules_are_assumptions_that_the_description_names(tiny: Project) -> None:
    assert [operator.id for operator in tiny.operators] == ["operator-1", "operator-2"]
    for park in tiny.parks:
        selected = [demand for demand in tiny.demand if demand.park_id == park.id]
        assert sum(demand.take_up for demand in selected) == 1
        assert {demand.quantity for demand in selected} == {Decimal(park.units)}
    assert "Assumed: operators, demand" in tiny.settings.description["en"]
    assert tiny.settings.credit["en"] == "(c) OpenStreetMap contributors, ODbL 1.0"
    assert tiny.settings.routing.unreachable == "skip"


def test_another_currency_needs_a_rate(tmp_path: Path) -> None:
    file = draw_tiny().save(tmp_path)
    project = project_from_osm(file, currency="CHF", exchange_rate=Decimal("0.9"), name="Tiny")
    assert project.catalogue.currency_code == project.settings.currency == "CHF"
    assert project.settings.name == {"en": "Tiny"}
    with pytest.raises(ProjectError, match="needs an exchange rate"):
        project_from_osm(file, currency="CHF")
    with pytest.raises(ProjectError, match="unknown currency"):
        project_from_osm(file, currency="XYZ")


def test_it_survives_writing_and_reading(tiny: Project, tmp_path: Path) -> None:
    write_project(tiny, tmp_path / "li")
    again = read_project(tmp_path / "li")
    assert again.parks == tiny.parks
    assert again.units == tiny.units
    assert again.backbone == tiny.backbone
    assert again.corridors == tiny.corridors
    assert again.demand == tiny.demand
    assert again.settings == tiny.settings


def test_a_way_over_the_edge_of_the_extract_keeps_its_longest_piece(tmp_path: Path) -> None:
    sketch = draw_tiny()
    sketch.way(120, [4, 999, 11, 10, 9], highway="residential")
    corridors = by_id(project_from_osm(sketch.save(tmp_path)))
    assert {c.from_node for i, c in corridors.items() if i.startswith("w120")} == {"n11"}


def test_two_tracks_side_by_side_are_one_crossing(tmp_path: Path) -> None:
    sketch = draw_tiny()
    sketch.way(210, [sketch.node(230, 640, -500), sketch.node(231, 640, 500)], railway="rail", bridge="yes")
    sketch.way(211, [sketch.node(232, 645, -500), sketch.node(233, 645, 500)], railway="rail", bridge="yes")
    corridors = by_id(project_from_osm(sketch.save(tmp_path)))
    assert corridors["w100-2"].crossings == {Crossing.RAIL: 1}


@pytest.mark.parametrize(
    ("content", "name"),
    [(b"no map at all", "x.osm.pbf"), (b"", "x.osm.pbf"), (b"<osm", "x.osm"), (b"a,b", "x.csv")],
)
def test_a_file_that_is_no_map_is_named(tmp_path: Path, content: bytes, name: str) -> None:
    file = tmp_path / name
    file.write_bytes(content)
    with pytest.raises(ProjectError, match=f"{name}: cannot be read as OpenStreetMap data"):
        project_from_osm(file)


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(ProjectError, match=r"gone\.osm\.pbf: is missing"):
        project_from_osm(tmp_path / "gone.osm.pbf")


def test_a_map_without_parks_roads_or_settlements_says_which(tmp_path: Path) -> None:
    with pytest.raises(ProjectError, match="no landuse=industrial area of 50 ha"):
        project_from_osm(draw_tiny().save(tmp_path), min_area_ha=50)
    with pytest.raises(ProjectError, match="no road or railway"):
        project_from_osm(Sketch().save(tmp_path))
    empty = Sketch()
    empty.way(1, [empty.node(1, 0, 0), empty.node(2, 100, 0)], highway="residential")
    empty.box(2, 0, 0, 300, 300, landuse="industrial")
    with pytest.raises(ProjectError, match=r"no telecom=exchange.*--backbone LON,LAT"):
        project_from_osm(empty.save(tmp_path))


def test_an_extract_that_is_cut_short_is_named(tmp_path: Path) -> None:
    if not LIECHTENSTEIN.is_file():
        pytest.skip("the shared extract is not here")
    file = tmp_path / "short.osm.pbf"
    file.write_bytes(LIECHTENSTEIN.read_bytes()[:300_000])
    with pytest.raises(ProjectError, match="cannot be read as OpenStreetMap data"):
        project_from_osm(file)


@pytest.fixture(scope="module")
def liechtenstein() -> Project:
    if not LIECHTENSTEIN.is_file():
        pytest.skip("the shared extract is not here")
    start = time.perf_counter()
    project = project_from_osm(LIECHTENSTEIN)
    assert time.perf_counter() - start < 15  # under two on an idle machine
    return project


def test_liechtenstein_has_its_parks_units_and_streets(liechtenstein: Project) -> None:
    assert len(liechtenstein.parks) == 10
    assert len(liechtenstein.units) == sum(park.units for park in liechtenstein.parks) == 178
    assert len(liechtenstein.corridors) == 7579
    largest = max(nx.connected_components(network(liechtenstein)), key=len)
    assert len(largest) == 5942
    kinds = {corridor.kind for corridor in liechtenstein.corridors}
    assert CorridorKind.RAILWAY in kinds
    crossed = {kind for corridor in liechtenstein.corridors for kind in corridor.crossings}
    assert crossed == {Crossing.RAIL, Crossing.WATERWAY}


def test_liechtenstein_assumes_a_node_in_its_largest_village(liechtenstein: Project) -> None:
    assert liechtenstein.settings.name == {"en": "Liechtenstein"}
    (node,) = liechtenstein.backbone
    assert (node.name("en"), node.coord_quality) == ("Schaan", "assumed")
    assert len(liechtenstein.notes) == 1


def test_liechtenstein_has_a_light_base_map(liechtenstein: Project) -> None:
    kinds = {feature.kind for feature in liechtenstein.basemap}
    assert kinds == {"boundary", "place", "road", "railway", "water"}
    assert len(liechtenstein.basemap) < 200
    points = sum(shapely.get_num_coordinates(feature.geometry) for feature in liechtenstein.basemap)
    assert points < 5_000
    boundary = next(feature for feature in liechtenstein.basemap if feature.kind == "boundary")
    assert boundary.names[""] == "Liechtenstein"


def test_liechtenstein_joins_only_what_shares_a_node(liechtenstein: Project) -> None:
    places: dict[str, tuple[float, ...]] = {}
    for corridor in liechtenstein.corridors:
        assert corridor.from_node is not None
        assert corridor.to_node is not None
        for node, place in (
            (corridor.from_node, corridor.geometry.coords[0]),
            (corridor.to_node, corridor.geometry.coords[-1]),
        ):
            assert distance_m(places.setdefault(node, tuple(place)), (place[0], place[1])) == 0


def on_a_road() -> Sketch:
    m = Sketch()
    m.way(100, [m.node(1, 0, 0), m.node(2, 2000, 0)], highway="secondary")
    m.node(3, 100, 100, place="village", name="Smallville", population="900")
    return m


def test_a_broken_area_is_left_out_with_a_note(tmp_path: Path) -> None:
    m = on_a_road()
    m.box(200, 100, 100, 300, 200, landuse="industrial")
    m.way(
        201,
        [m.node(21, 120, 120), m.node(22, 160, 160), m.node(23, 160, 120), m.node(24, 120, 160), 21],
        building="yes",
        name="Bow",
    )
    project = project_from_osm(m.save(tmp_path))
    assert [park.id for park in project.parks] == ["w200"]
    assert any("left out: w201 Bow" in note.message for note in project.notes)


def test_a_park_of_two_parts_is_one_park_with_its_area_once(tmp_path: Path) -> None:
    """Both sides of a motorway, 100 m apart, as one relation: 6 and 4 hectares."""
    m = on_a_road()
    m.box(200, 100, 100, 300, 200)
    m.box(201, 100, 400, 200, 200)
    m.multipolygon(300, 200, 201, role="outer", landuse="industrial", name="Two sides")
    project = project_from_osm(m.save(tmp_path))
    (park,) = project.parks
    assert park.id == "r300"
    assert park.geometry.is_valid
    assert park.area_ha == pytest.approx(10, rel=0.01)
    assert project.parks == read_project(write_project(project, tmp_path / "written")).parks


def test_neighbours_with_names_of_their_own_stay_apart(tmp_path: Path) -> None:
    m = on_a_road()
    m.box(200, 100, 100, 300, 200, landuse="industrial", name="First park")
    m.box(201, 420, 100, 200, 200, landuse="industrial", name="Second park")
    m.box(202, 640, 100, 60, 60, landuse="industrial")
    m.box(203, 640, 180, 60, 60, landuse="industrial", name="Third, a small one")
    project = project_from_osm(m.save(tmp_path))
    assert {park.id: park.names[""] for park in project.parks} == {
        "w200": "First park",
        "w201": "Second park",
    }
    assert [park.area_ha for park in project.parks] == pytest.approx(
        [6, 5.1], abs=0.1
    )  # gaps of 20 m are filled
    assert [note.message for note in project.notes if "Third" in note.message] == [
        "has Third, a small one (w203) as a part of w201"
    ]


def test_a_named_area_inside_another_is_not_counted_twice(tmp_path: Path) -> None:
    m = on_a_road()
    m.box(200, 100, 100, 300, 200, landuse="industrial", name="Outer")
    m.box(201, 150, 150, 150, 100, landuse="industrial", name="Inner")
    m.box(210, 160, 160, 30, 30, building="yes")
    m.box(211, 350, 250, 30, 30, building="yes")
    project = project_from_osm(m.save(tmp_path), min_area_ha=1)
    assert {park.id: park.units for park in project.parks} == {"w200": 1, "w201": 1}
    assert [park.area_ha for park in project.parks] == pytest.approx([4.5, 1.5], rel=0.01)


def test_an_area_that_is_drawn_twice_under_two_names_loses_none_without_a_note(tmp_path: Path) -> None:
    m = on_a_road()
    m.box(200, 100, 100, 300, 200, landuse="industrial", name="Old name")
    m.box(201, 100, 100, 300, 200, landuse="industrial", name="New name")
    project = project_from_osm(m.save(tmp_path))
    assert [(park.names[""], park.area_ha) for park in project.parks] == [
        ("Old name", pytest.approx(6, abs=0.01))
    ]
    assert [note.message for note in project.notes if "part" in note.message] == [
        "has New name (w201) as a part of w200"
    ]


def test_a_building_drawn_twice_is_one_unit(tmp_path: Path) -> None:
    """A building with a yard, as a relation and as its outer way; another stands in the yard."""
    m = on_a_road()
    m.box(200, 100, 100, 300, 200, landuse="industrial")
    m.box(210, 120, 120, 100, 100, building="yes")
    m.box(211, 140, 140, 60, 60)
    m.multipolygon(300, 210, 211, building="industrial")
    m.box(212, 150, 150, 20, 20, building="yes")
    project = project_from_osm(m.save(tmp_path))
    assert [unit.id for unit in project.units] == ["r300", "w212"]


def test_a_file_with_nodes_after_ways_is_read(tmp_path: Path) -> None:
    in_order = project_from_osm(draw_tiny().save(tmp_path))
    (tmp_path / "other").mkdir()
    assert project_from_osm(draw_tiny().save(tmp_path / "other", nodes_last=True)) == in_order


BOXES = st.lists(
    st.tuples(
        *(st.sampled_from([0, 10, 100, 200, 310]) for _ in range(2)),
        *(st.sampled_from([100, 200]) for _ in range(2)),
        st.sampled_from(["A", "B", "C", None]),
    ),
    min_size=1,
    max_size=5,
)


@settings(max_examples=examples(100))
@given(BOXES)
def test_parks_never_overlap_and_no_name_is_lost(boxes: list[tuple[int, int, int, int, str | None]]) -> None:
    m = on_a_road()
    for number, (x, y, width, height, name) in enumerate(boxes, start=200):
        m.box(number, x, 100 + y, width, height, landuse="industrial", **({"name": name} if name else {}))
    with TemporaryDirectory() as folder:
        project = project_from_osm(m.save(Path(folder)), min_area_ha=1)
    plane = LocalProjection((9.5, 47.1))
    grounds = plane.project(np.array([park.geometry for park in project.parks], dtype=object))
    assert shapely.is_valid(grounds).all()
    drawn = shapely.union_all([shapely.box(x, y, x + width, y + height) for x, y, width, height, _ in boxes])
    assert shapely.area(grounds).sum() >= drawn.area * 0.99
    assert shapely.area(grounds).sum() - shapely.union_all(grounds).area < 100
    shown = {park.names.get("") for park in project.parks}
    for name in {name for *_, name in boxes if name}:
        assert name in shown or any(f"has {name} (" in note.message for note in project.notes)
