"""The bundled Lorestan project: its sums are the public ones, and everything in it hangs together."""

from __future__ import annotations

import re
import tomllib
from collections import Counter, defaultdict
from decimal import Decimal
from typing import TYPE_CHECKING

import networkx as nx
import pytest
import shapely

from fiberplan import datasets
from fiberplan.crs import LocalProjection, distance_m, length_m
from fiberplan.errors import FiberplanError
from fiberplan.inputs import read_project
from fiberplan.project.corridors import CorridorKind, Crossing
from fiberplan.project.model import DemandMeasure

if TYPE_CHECKING:
    from pathlib import Path

    from shapely.geometry.base import BaseGeometry

    from fiberplan.project.model import Park, Project

COUNTED = {f"LR{number:02d}" for number in range(1, 20)} - {"LR07"}
"""The 18 parks of the public count: those that operate, without the zone of Oshtorinan."""


@pytest.fixture(scope="module")
def lorestan() -> Project:
    return read_project(datasets.path("lorestan"))


def test_it_reads_without_a_warning(lorestan: Project) -> None:
    assert lorestan.notes == ()
    assert lorestan.settings.currency == "IRR"
    assert [str(language) for language in lorestan.settings.languages] == ["en", "fa"]


def test_it_has_the_parks_nodes_and_corridors_of_the_facts(lorestan: Project) -> None:
    assert sorted(park.id for park in lorestan.parks) == [f"LR{number:02d}" for number in range(1, 26)]
    assert [node.id for node in lorestan.backbone] == ["BB1", "BB2", "BB3", "BB4"]
    assert {node.capacity_gbps for node in lorestan.backbone} == {Decimal(100)}
    kinds = Counter(corridor.id[0] for corridor in lorestan.corridors)
    assert kinds == {"R": 37, "A": 2, "T": 4, "D": 3, "L": 2, "P": 1, "S": 2}
    lengths = {corridor.id: corridor.length_m for corridor in lorestan.corridors}
    assert lengths["R-khorramabad-zagheh"] == 36_000
    assert lengths["R-dorud-azna"] == 43_000
    assert lengths["R-poldokhtar-andimeshk"] == 114_000


def test_units_sum_to_the_public_counts(lorestan: Project) -> None:
    counted = [park for park in lorestan.parks if park.id in COUNTED]
    assert len(counted) == 18
    assert sum(park.units for park in counted) == 404
    assert sum(park.active_units for park in counted) == 211
    counties: Counter[str] = Counter()
    for park in counted:
        counties[park.county] += park.units
    assert (counties["Khorramabad"], counties["Dorud"], counties["Azna"]) == (209, 13, 19)


def test_units_that_are_not_counted_are_marked_as_assumed(lorestan: Project) -> None:
    for park in lorestan.parks:
        if park.id in COUNTED:
            assert "Counted;" in park.note
        else:
            assert park.units > 0
            assert park.active_units == 0
            assert "assumed" in park.note


def test_areas_and_tiers(lorestan: Project) -> None:
    parks = {park.id: park for park in lorestan.parks}
    assert (parks["LR12"].area_ha, parks["LR07"].area_ha) == (463, 68)
    assert (parks["LR05"].area_ha or 0) + (parks["LR06"].area_ha or 0) == 130
    assert {park.id for park in lorestan.parks if park.tier == 1} == {"LR07", "LR12"}


def test_parks_lie_on_points_of_their_own_outside_the_towns(lorestan: Project) -> None:
    places = {(park.geometry.x, park.geometry.y) for park in lorestan.parks}
    assert len(places) == 25
    towns = [f.geometry for f in lorestan.basemap if f.kind == "place"]
    for park in lorestan.parks:
        assert park.coord_quality == "approximate"
        nearest = min(distance_m((park.geometry.x, park.geometry.y), (t.x, t.y)) for t in towns)
        assert 1_500 < nearest < 10_500, park.id


def test_each_park_has_a_corridor_within_a_kilometre(lorestan: Project) -> None:
    plane = LocalProjection((48.6, 33.6))
    lines = shapely.STRtree([plane.project(corridor.geometry) for corridor in lorestan.corridors])
    for park in lorestan.parks:
        point = plane.project(park.geometry)
        nearest = lines.geometries[lines.nearest(point)]
        assert point.distance(nearest) < 1_000 < lorestan.settings.routing.max_spur_m, park.id


def _ends(geometry: BaseGeometry) -> tuple[tuple[float, ...], tuple[float, ...]]:
    return tuple(geometry.coords[0]), tuple(geometry.coords[-1])


def test_corridors_join_by_shared_end_points_into_one_network(lorestan: Project) -> None:
    network = nx.MultiGraph()
    for corridor in lorestan.corridors:
        network.add_edge(*_ends(corridor.geometry), key=corridor.id)
    assert nx.is_connected(network)
    assert {(node.geometry.x, node.geometry.y) for node in lorestan.backbone} & set(network.nodes)


def test_lines_meet_only_at_their_ends_but_for_one_level_crossing(lorestan: Project) -> None:
    lines = [corridor.geometry for corridor in lorestan.corridors]
    crossing = set()
    for i, j in shapely.STRtree(lines).query(lines, predicate="crosses").T:
        meeting = shapely.get_parts(lines[i].intersection(lines[j]))
        if any(tuple(p.coords[0]) not in {*_ends(lines[i]), *_ends(lines[j])} for p in meeting):
            crossing.add(frozenset({lorestan.corridors[i].id, lorestan.corridors[j].id}))
    assert crossing == {frozenset({"R-dorud-azna", "T-dorud-azna"})}
    road = next(corridor for corridor in lorestan.corridors if corridor.id == "R-dorud-azna")
    assert road.crossings[Crossing.RAIL] > 0


def test_a_measured_length_is_never_shorter_than_its_line(lorestan: Project) -> None:
    for corridor in lorestan.corridors:
        assert corridor.length_m is not None
        assert 0.999 < corridor.length_m / length_m(corridor.geometry) < 2.2, corridor.id


def test_ducts_are_leased_and_the_railway_asks_the_railway(lorestan: Project) -> None:
    for corridor in lorestan.corridors:
        if corridor.kind is CorridorKind.EXISTING_DUCT:
            assert corridor.lease_per_m_year == 250_000
        if corridor.kind is CorridorKind.RAILWAY:
            assert "railway" in corridor.permit_bodies
        else:
            assert corridor.permit_bodies or corridor.kind is CorridorKind.EXISTING_DUCT


def test_demand_serves_every_park_and_no_operator_is_everywhere(lorestan: Project) -> None:
    parks = {park.id: park for park in lorestan.parks}
    operators = {operator.id for operator in lorestan.operators}
    served: defaultdict[str, set[str]] = defaultdict(set)
    taken: defaultdict[str, Decimal] = defaultdict(Decimal)
    for demand in lorestan.demand:
        assert demand.operator_id in operators
        served[demand.operator_id].add(parks[demand.park_id].id)
        if demand.measure is DemandMeasure.UNITS:
            taken[demand.park_id] += demand.quantity * demand.take_up
    assert len(operators) == len(served) == 5
    assert set().union(*served.values()) == set(parks)
    assert all(len(some) < len(parks) for some in served.values())
    assert all(taken[park.id] <= park.units for park in lorestan.parks)
    assert {demand.measure for demand in lorestan.demand} == set(DemandMeasure)


def _all_names(project: Project) -> list[tuple[str, str]]:
    parks: tuple[Park, ...] = project.parks
    things = [*parks, *project.backbone, *project.corridors, *project.operators]
    return [(thing.id, thing.names["fa"]) for thing in things] + [
        ("base", f.names["fa"]) for f in project.basemap
    ]


def test_every_name_is_there_in_persian_letters(lorestan: Project) -> None:
    for owner, name in _all_names(lorestan):
        assert not re.search(r"[A-Za-z0-9يك]", name), owner
        assert re.search(r"[\u0600-\u06ff]", name), owner


def test_every_price_of_its_own_is_called_an_assumption(lorestan: Project) -> None:
    own = [item for item in lorestan.catalogue.items.values() if item.is_override]
    assert len(own) > 40
    assert {item.source for item in own} == {"assumption"}
    assert all(item.is_price for item in own)


def test_the_readme_names_its_sources_and_that_prices_are_assumed() -> None:
    readme = datasets.path("lorestan").joinpath("README.md").read_text(encoding="utf-8")
    assert "GeoNames, CC BY 4.0" in readme
    assert "No Iranian unit price is public" in readme


def test_it_is_made_of_plain_files_that_qgis_and_a_spreadsheet_open() -> None:
    folder = datasets.path("lorestan")
    assert {file.suffix for file in folder.iterdir()} <= {".toml", ".csv", ".geojson", ".md"}
    tomllib.loads(folder.joinpath("project.toml").read_text(encoding="utf-8"))


def test_an_unknown_name_is_told_the_known_ones() -> None:
    assert datasets.names() == ("lorestan",)
    with pytest.raises(FiberplanError, match="no bundled project 'fars'; there is lorestan"):
        datasets.path("fars")


def test_a_copy_is_whole_and_readable(tmp_path: Path) -> None:
    folder = datasets.copy("lorestan", tmp_path / "deep" / "mine")
    assert read_project(folder) == read_project(datasets.path("lorestan"))
    assert [entry.name for entry in (tmp_path / "deep").iterdir()] == ["mine"]


def test_a_copy_fills_an_empty_folder_and_leaves_a_full_one_alone(tmp_path: Path) -> None:
    target = tmp_path / "mine"
    target.mkdir()
    datasets.copy("lorestan", target)
    target.joinpath("parks.csv").write_text("my own work", encoding="utf-8")
    with pytest.raises(FileExistsError, match="not empty"):
        datasets.copy("lorestan", target)
    assert target.joinpath("parks.csv").read_text(encoding="utf-8") == "my own work"


def test_what_is_commented_out_can_be_taken_in(tmp_path: Path) -> None:
    folder = tmp_path / "project"
    datasets.copy("lorestan", folder)
    file = folder / "project.toml"
    file.write_text(
        re.sub(r"^#(?=[\[a-z])", "", file.read_text(encoding="utf-8"), flags=re.MULTILINE), encoding="utf-8"
    )
    settings = read_project(folder).settings
    assert set(settings.business) == {"op-a"}
    assert set(settings.instruments.by_name()) == {"viability_gap.everybody", "soft_loan.bank"}
    assert settings.subsidy.largest_subsidy_share is not None
