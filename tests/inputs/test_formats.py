"""The same small project in every format that a planner may have it in."""

from __future__ import annotations

import contextlib
import dataclasses
import json
import shutil
import warnings
import zipfile
from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING

import geopandas
import pandas as pd
import pytest
import shapely
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from support.paths import GOOD, ROOT

from fiberplan.errors import ProjectError
from fiberplan.inputs import read_project
from fiberplan.inputs.project import TABLES
from fiberplan.project.corridors import CorridorKind, Crossing, Surface
from fiberplan.project.model import DemandMeasure, Project
from fiberplan.project.settings import (
    AssetClass,
    CatalogueOptions,
    DesignOptions,
    FundingPolicy,
    RoutingOptions,
    Settings,
    SharingOptions,
)

if TYPE_CHECKING:
    from collections.abc import Callable


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return Path(shutil.copytree(GOOD, tmp_path / "p"))


@pytest.fixture(scope="module")
def good() -> Project:
    return read_project(GOOD)


def layer(good: Project, table: str, crs: str | None = "EPSG:4326") -> geopandas.GeoDataFrame:
    """Give a table of the good project as a layer, in a CRS."""
    things = getattr(good, table)
    fields: dict[str, list[object]] = {
        "parks": lambda: {
            "id": [p.id for p in things],
            "name_en": [p.names["en"] for p in things],
            "name_fa": [p.names["fa"] for p in things],
            "units": [p.units for p in things],
            "active_units": [p.active_units for p in things],
            "tier": [p.tier for p in things],
            "county": [p.county for p in things],
        },
        "backbone": lambda: {
            "id": [n.id for n in things],
            "name_en": [n.names["en"] for n in things],
            "owner": [n.owner for n in things],
            "ports_free": [n.ports_free for n in things],
        },
        "corridors": lambda: {
            "id": [c.id for c in things],
            "name_en": [c.names.get("en") for c in things],
            "kind": [c.kind.value for c in things],
            "surface": [c.surface.value for c in things],
            "owner": [c.owner for c in things],
            "permit_bodies": [";".join(c.permit_bodies) for c in things],
            "length_m": [c.length_m for c in things],
            "lease_per_m_year": [
                None if c.lease_per_m_year is None else float(c.lease_per_m_year) for c in things
            ],
            "crossings": [";".join(f"{k}:{n}" for k, n in c.crossings.items()) for c in things],
        },
    }[table]()
    frame = geopandas.GeoDataFrame(fields, geometry=[t.geometry for t in things], crs="EPSG:4326")
    return frame.set_crs(None, allow_override=True) if crs is None else frame.to_crs(crs)


def test_the_good_project(good: Project) -> None:
    assert [park.id for park in good.parks] == ["P1", "P2"]
    assert good.parks[0].names == {"en": "North works", "fa": "شهرک شمالی"}
    assert good.corridors[1].length_m == 14200.5
    assert good.corridors[3].crossings == {Crossing.RAIL: 1, Crossing.WATERWAY: 2}
    assert good.corridors[2].lease_per_m_year == Decimal("1.25")
    assert good.demand[1].take_up == Decimal("0.9")
    assert good.catalogue.currency_code == "EUR"
    assert good.catalogue.value("cable.24") == Decimal("1.2") * Decimal("0.92")
    assert good.notes == ()


@pytest.mark.parametrize("table", ["parks", "backbone", "corridors"])
@pytest.mark.parametrize("ending", ["gpkg", "geojson", "shp"])
def test_every_format_gives_the_same_project(good: Project, folder: Path, table: str, ending: str) -> None:
    for path in folder.glob(f"{table}.*"):
        path.unlink()
    save(layer(good, table), folder / f"{table}.{ending}", encoding="utf-8")
    assert read_project(folder) == good


def test_one_geopackage_holds_several_tables(good: Project, folder: Path) -> None:
    for table in ("parks", "backbone", "corridors"):
        next(folder.glob(f"{table}.*")).unlink()
        layer(good, table).to_file(folder / "project.gpkg", layer=table)
    demand = pd.read_csv(folder / "demand.csv")
    (folder / "demand.csv").unlink()
    geopandas.GeoDataFrame(demand, geometry=[None] * len(demand), crs="EPSG:4326").to_file(
        folder / "project.gpkg", layer="demand"
    )
    assert read_project(folder) == good


def test_a_layer_beside_a_file_of_the_same_table_is_told(good: Project, folder: Path) -> None:
    layer(good, "parks").to_file(folder / "data.gpkg", layer="parks")
    with pytest.raises(ProjectError, match=r"parks\.csv: is there beside data\.gpkg\|parks"):
        read_project(folder)


@pytest.mark.parametrize("ending", ["gpkg", "shp", "geojson"])
def test_metric_layers_come_back_to_the_same_place(good: Project, folder: Path, ending: str) -> None:
    (folder / "corridors.geojson").unlink()
    options = {"RFC7946": "NO"} if ending == "geojson" else {}
    save(layer(good, "corridors", "EPSG:32639"), folder / f"corridors.{ending}", encoding="utf-8", **options)
    for got, want in zip(read_project(folder).corridors, good.corridors, strict=True):
        assert shapely.equals_exact(got.geometry, want.geometry, tolerance=1e-7)


def test_the_project_names_the_crs_that_a_layer_does_not(good: Project, folder: Path) -> None:
    (folder / "corridors.geojson").unlink()
    nameless = layer(good, "corridors", "EPSG:32639").set_crs(None, allow_override=True)
    save(nameless, folder / "corridors.shp", encoding="utf-8")
    toml = folder / "project.toml"
    toml.write_text('crs = "EPSG:32639"\n' + toml.read_text(encoding="utf-8"), encoding="utf-8")
    line = read_project(folder).corridors[0].geometry
    assert shapely.equals_exact(line, good.corridors[0].geometry, tolerance=1e-7)


def test_geopackage_with_an_undefined_crs_is_told(good: Project, folder: Path) -> None:
    (folder / "parks.csv").unlink()
    save(layer(good, "parks", None), folder / "parks.gpkg")
    with pytest.raises(ProjectError, match=r"parks\.gpkg: names no coordinate reference system"):
        read_project(folder)


def save(frame: geopandas.GeoDataFrame, path: Path, **options: str) -> None:
    """Write a layer; a Shapefile cuts the names of its columns, which is what the reader must bear."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        frame.to_file(path, **options)


def read_or_refuse(folder: Path) -> None:
    """Read what may be good or not; any other exception than the reader's own fails the test."""
    with contextlib.suppress(ProjectError):
        read_project(folder)


def edit(folder: Path, name: str, change: Callable[[str], str]) -> None:
    path = folder / name
    path.write_text(change(path.read_text(encoding="utf-8")), encoding="utf-8")


def test_csv_of_other_programs(good: Project, folder: Path) -> None:
    """A byte order mark, semicolons, Windows line ends, capital letters, blank lines, empty columns at the end."""
    text = (folder / "parks.csv").read_text(encoding="utf-8")
    head, *rows = text.splitlines()
    lines = [
        head.upper().replace(",", ";") + ";;",
        *(row.replace(",", ";") + ";;" for row in rows),
        ";;;;;;;;;;",
        "",
    ]
    (folder / "parks.csv").write_bytes(b"\xef\xbb\xbf" + "\r\n".join(lines).encode())
    assert read_project(folder) == good


def test_tabs_and_long_column_names(good: Project, folder: Path) -> None:
    edit(
        folder,
        "backbone.csv",
        lambda t: t.replace(",", "\t").replace("lon", "Longitude").replace("lat", "Latitude"),
    )
    assert read_project(folder) == good


def test_persian_digits_and_arabic_letters(good: Project, folder: Path) -> None:
    """A file typed on an Arabic keyboard gives the same project."""
    digits = str.maketrans("0123456789.", "۰۱۲۳۴۵۶۷۸۹٫")
    edit(
        folder,
        "parks.csv",
        lambda text: "\n".join(
            [text.splitlines()[0]]
            + [
                ",".join(
                    cell if n == 1 else cell.replace("ی", "ي").replace("ک", "ك").translate(digits)
                    for n, cell in enumerate(line.split(","))
                )
                for line in text.splitlines()[1:]
            ]
        ),
    )
    edit(folder, "demand.csv", lambda text: text.replace("20", "٢٠"))
    assert "ي" in (folder / "parks.csv").read_text(encoding="utf-8")
    assert read_project(folder) == good


def test_places_in_the_metres_of_the_project(good: Project, folder: Path) -> None:
    toml = folder / "project.toml"
    toml.write_text('crs = "EPSG:32639"\n' + toml.read_text(encoding="utf-8"), encoding="utf-8")
    places = layer(good, "backbone", "EPSG:32639")
    table = pd.DataFrame({"id": places["id"], "x": places.geometry.x, "y": places.geometry.y})
    table.to_csv(folder / "backbone.csv", index=False)
    for got, want in zip(read_project(folder).backbone, good.backbone, strict=True):
        assert shapely.equals_exact(got.geometry, want.geometry, tolerance=1e-7)


def test_well_known_text_in_csv(good: Project, folder: Path) -> None:
    (folder / "corridors.geojson").unlink()
    frame = layer(good, "corridors")
    frame["WKT"] = frame.geometry.to_wkt()
    pd.DataFrame(frame.drop(columns="geometry")).to_csv(folder / "corridors.csv", index=False)
    assert read_project(folder) == good


def test_optional_tables(folder: Path) -> None:
    (folder / "units.csv").write_text(
        "id,park_id,lon,lat,active\nU1,P1,48.4,33.55,بله\nU2,P1,48.4,33.55,0\n", "utf-8"
    )
    (folder / "basemap.geojson").write_text(
        json.dumps(
            {
                "type": "FeatureCollection",
                "features": [
                    {
                        "type": "Feature",
                        "properties": {"kind": "boundary", "name": "Edge", "name_ar": "كي"},
                        "geometry": {
                            "type": "MultiPolygon",
                            "coordinates": [[[[48, 33], [49, 33], [49, 34], [48, 33]]]],
                        },
                    }
                ],
            }
        ),
        "utf-8",
    )
    (folder / "catalogue.csv").write_text(
        "item,value,unit,source,year,note\nhandhole,۷۰۰,,quote,1404,\ncable.36,1.5,EUR/m,,,own\nloss.splice,0.05,,,,\n",
        "utf-8",
    )
    with pytest.raises(
        ProjectError, match=r"column 'year': is too small \(found '1404'\); expected at least 1900"
    ):
        read_project(folder)
    edit(folder, "catalogue.csv", lambda text: text.replace("1404", "2025"))
    project = read_project(folder)
    assert [unit.active for unit in project.units] == [True, False]
    assert project.basemap[0].names == {"": "Edge", "ar": "كي"}
    assert project.catalogue.value("handhole") == 700
    assert project.catalogue.items["handhole"].unit == "EUR/each"
    assert project.catalogue.items["cable.36"].source == "project"
    assert project.catalogue.items["cable.36"].year == 2026
    assert 36 in project.catalogue.cable_sizes()
    assert project.catalogue.items["loss.splice"].is_override


def test_a_full_price_list_needs_no_exchange_rate(good: Project, folder: Path) -> None:
    lines = [f"{line.item},{line.value}" for line in good.catalogue.items.values() if line.is_price]
    (folder / "catalogue.csv").write_text("\n".join(["item,value", *lines]) + "\n", "utf-8")
    edit(folder, "project.toml", lambda text: text.replace("exchange_rate = 0.92", ""))
    project = read_project(folder)
    assert {n: line.value for n, line in project.catalogue.items.items()} == {
        n: line.value for n, line in good.catalogue.items.items()
    }


def test_parts_that_join_become_one_line_in_the_direction_of_the_first(folder: Path) -> None:
    west, north, east = [48.35, 33.48], [48.40, 33.55], [48.52, 33.49]
    shapes = [
        {"type": "MultiLineString", "coordinates": [[north, west], [east, north]]},
        {"type": "MultiLineString", "coordinates": [[west, north, east]]},
        {"type": "LineString", "coordinates": [[*west, 1700.0], [*north, 1650.0]]},
    ]
    features = [
        {"type": "Feature", "properties": {"id": f"C{n}"}, "geometry": shape}
        for n, shape in enumerate(shapes)
    ]
    (folder / "corridors.geojson").write_text(
        json.dumps({"type": "FeatureCollection", "features": features}), "utf-8"
    )
    lines = [corridor.geometry for corridor in read_project(folder).corridors]
    assert lines[1].coords[:] == [(48.35, 33.48), (48.40, 33.55), (48.52, 33.49)]
    assert set(lines[0].coords) == set(lines[1].coords)
    assert not lines[2].has_z


def test_geojson_cells_of_other_kinds(folder: Path) -> None:
    """Numbers as ids, lists and objects in cells, an id beside the properties."""
    line = {"type": "LineString", "coordinates": [[48.35, 33.48], [48.40, 33.55]]}
    rows = [
        {"id": 7, "permit_bodies": ["municipality", None], "crossings": {"rail": 2, "waterway": None}},
        {"length_m": "۱۰٬۰۰۰"},
        {"id": 8.0, "kind": "Road verge", "name": "  "},
    ]
    features = [
        {"type": "Feature", "id": f"f{n}", "properties": row, "geometry": line} for n, row in enumerate(rows)
    ]
    (folder / "corridors.geojson").write_text(
        json.dumps({"type": "FeatureCollection", "features": features}), "utf-8"
    )
    corridors = read_project(folder).corridors
    assert [corridor.id for corridor in corridors] == ["7", "f1", "8"]
    assert corridors[0].permit_bodies == ("municipality",)
    assert corridors[0].crossings == {Crossing.RAIL: 2}
    assert corridors[1].length_m == 10_000
    assert corridors[2].names == {}


def test_rows_stay_in_the_order_of_the_file(good: Project, folder: Path) -> None:
    edit(
        folder, "parks.csv", lambda text: "\n".join([text.splitlines()[0], *reversed(text.splitlines()[1:])])
    )
    assert [park.id for park in read_project(folder).parks] == ["P2", "P1"]
    assert [park.id for park in good.parks] == ["P1", "P2"]


def test_reading_changes_no_file(folder: Path, good: Project) -> None:
    layer(good, "parks").to_file(folder / "parks.gpkg")
    (folder / "parks.csv").unlink()
    before = {path.name: path.read_bytes() for path in folder.iterdir()}
    read_project(folder)
    assert {path.name: path.read_bytes() for path in folder.iterdir()} == before


@pytest.mark.parametrize(
    "name", ["project.toml", "parks.csv", "corridors.geojson", "parks.gpkg", "parks.shp", "project.gpkg"]
)
@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data())
def test_garbage_raises_nothing_but_a_project_error(name: str, tmp_path: Path, data: st.DataObject) -> None:
    """Random bytes, also behind a true signature or inside a good file, never end in another exception."""
    folder = Path(shutil.copytree(GOOD, tmp_path / "p", dirs_exist_ok=True))
    original = (GOOD / name).read_bytes() if (GOOD / name).exists() else b""
    heads = [b"", b"{", b"SQLite format 3\x00", b"\x00\x00\x27\x0a", b"id,units,lon,lat\n", original[:100]]
    noise = data.draw(st.sampled_from(heads)) + data.draw(st.binary(max_size=60))
    at = data.draw(st.integers(0, len(original)))
    spoilt = (
        original[:at] + noise + original[at + data.draw(st.integers(0, 3)) :]
        if data.draw(st.booleans())
        else noise
    )
    (folder / name).write_bytes(spoilt)
    read_or_refuse(folder)


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8),
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(["type", "coordinates", "id"]), inner)
    ),
    max_leaves=6,
)


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    properties=st.dictionaries(
        st.sampled_from(["id", "kind", "length_m", "crossings", "build_cost", "name"]), JSON
    ),
    kind=st.sampled_from(["Point", "LineString", "MultiLineString", "Polygon", "GeometryCollection"]),
    coordinates=JSON | st.lists(st.lists(st.floats(), min_size=1, max_size=3), max_size=3),
)
def test_odd_features_raise_nothing_but_a_project_error(
    tmp_path: Path, properties: dict[str, object], kind: str, coordinates: object
) -> None:
    folder = Path(shutil.copytree(GOOD, tmp_path / "p", dirs_exist_ok=True))
    feature = {
        "type": "Feature",
        "properties": properties,
        "geometry": {"type": kind, "coordinates": coordinates},
    }
    document = {"type": "FeatureCollection", "features": [feature]}
    (folder / "corridors.geojson").write_text(json.dumps(document), encoding="utf-8")
    read_or_refuse(folder)


def test_deep_nesting_and_long_numbers_are_told(folder: Path) -> None:
    (folder / "corridors.geojson").write_text("[" * 100_000, encoding="utf-8")
    edit(folder, "project.toml", lambda text: f"seed = {'9' * 6000}\n" + text)
    with pytest.raises(ProjectError) as caught:
        read_project(folder)
    assert [fault.file for fault in caught.value.faults] == ["project.toml", "corridors.geojson"]


def test_a_shapefile_without_its_companions_says_which(good: Project, folder: Path) -> None:
    (folder / "parks.csv").unlink()
    save(layer(good, "parks"), folder / "parks.shp")
    (folder / "parks.shx").unlink()
    (folder / "parks.dbf").unlink()
    with pytest.raises(
        ProjectError, match=r"lacks files that belong to it; expected parks\.shx and parks\.dbf"
    ):
        read_project(folder)


def test_a_zip_named_gpkg(folder: Path) -> None:
    (folder / "parks.csv").unlink()
    with zipfile.ZipFile(folder / "parks.gpkg", "w") as archive:
        archive.writestr("parks.csv", "id")
    with pytest.raises(ProjectError, match=r"ends in \.gpkg but is a zip archive"):
        read_project(folder)


def test_the_documentation_names_every_column_and_every_key() -> None:
    page = (ROOT / "docs" / "project-folder.md").read_text(encoding="utf-8")
    columns = {column for spec in TABLES for column in spec.readers}
    keys = {
        name
        for kind in (Settings, RoutingOptions, DesignOptions, FundingPolicy, SharingOptions, CatalogueOptions)
        for name in (field.name for field in dataclasses.fields(kind))
    }
    words = {value for enum in (CorridorKind, Surface, Crossing, DemandMeasure, AssetClass) for value in enum}
    missing = [
        name
        for name in sorted({*columns, *keys, *words})
        if f"`{name}`" not in page and f"[{name}]" not in page
    ]
    assert not missing
