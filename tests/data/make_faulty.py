"""Write `faulty/`: one folder a case, which a test lays over `good/`.

A file ``REMOVE`` names the files of `good/` that the case lacks. A table in a case takes the place of the good one,
whatever its format. Run it again after adding a case: ``python tests/data/make_faulty.py``.
"""

from __future__ import annotations

import io
import json
import shutil
import tempfile
import zipfile
from pathlib import Path

import geopandas
import shapely

HERE = Path(__file__).parent
FAULTY = HERE / "faulty"
GOOD = HERE / "good"
PARKS = (GOOD / "parks.csv").read_text(encoding="utf-8")
TOML = (GOOD / "project.toml").read_text(encoding="utf-8")
TERMS = """
[business.op-x]
arpu = 20
take_up = [0.1, 40]
[business.op-a]
joins_year = 20
take_up = [0.1]
source = "survey 2026"
[business.op-a.logistic]
final_shar = 0.8
[instruments.matched_funding.one]
cap = 1000
[instruments.soft_loan.green]
term_years = 30
operators = ["op-z"]
[instruments.soft_loans.red]
rate = 0.02
[instruments.equity_share.fund]
share = 0.5
[instruments.claw_back]
share = 0.5
[instruments.limits]
floor_per_park = 3
cap_total = -1
"""
HEAD = "id,name_en,lon,lat,units\n"
PNG = b"\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR\x00\x00\x00\x01\x00\x00\x00\x01\x08\x02\x00\x00\x00\x90wS\xde"


def case(name: str, **files: str | bytes) -> None:
    """Write a case; ``parks__csv`` stands for ``parks.csv``."""
    folder = FAULTY / name
    folder.mkdir(parents=True)
    for key, content in files.items():
        data = content.encode() if isinstance(content, str) else content
        (folder / key.replace("__", ".")).write_bytes(data)


def corridors(*lines: tuple[dict[str, object], object]) -> str:
    """Write a GeoJSON layer of properties and geometries; coordinates alone make a line."""
    features = []
    for number, (properties, shape) in enumerate(lines, start=1):
        geometry = shape if isinstance(shape, dict | None) else {"type": "LineString", "coordinates": shape}
        features.append(
            {"type": "Feature", "properties": {"id": f"C{number}", **properties}, "geometry": geometry}
        )
    return json.dumps({"type": "FeatureCollection", "features": features}, indent=1)


WEST, NORTH, EAST, SOUTH = [48.35, 33.48], [48.40, 33.55], [48.52, 33.49], [48.46, 33.42]
ROAD = [WEST, NORTH, EAST, SOUTH]


def files_and_formats() -> None:
    """Cases of files that are missing, twice, broken, or something else."""
    case("missing_settings", REMOVE="project.toml")
    case("missing_table", REMOVE="parks.csv")
    case("missing_operators", REMOVE="operators.csv")
    case("misnamed_table", REMOVE="corridors.geojson", corridor__geojson=corridors(({}, ROAD)))
    case("unknown_format", REMOVE="parks.csv", parks__kml="<kml/>")
    case("two_files", parks__csv=PARKS, parks__geojson='{"type": "FeatureCollection", "features": []}')
    case("picture_as_csv", parks__csv=PNG)
    case("page_as_csv", parks__csv="<!DOCTYPE html><html><body>Not found</body></html>")
    case("text_as_geopackage", parks__gpkg=PARKS)
    case("cut_geopackage", parks__gpkg=geopackage()[:6000])
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w") as archive:
        archive.writestr(zipfile.ZipInfo("a.txt", (2026, 1, 1, 0, 0, 0)), "x")
    case("zip_as_geojson", corridors__geojson=stream.getvalue())
    case("empty_file", parks__csv="")
    case("utf16", parks__csv=PARKS.encode("utf-16"))
    case("not_utf8", parks__csv=b"id,name_en,lon,lat,units\nP1,Z\xfcrich,48.4,33.5,3\n")
    case("broken_json", corridors__geojson='{"type": "FeatureCollection",\n "features": [}')
    case("other_json", corridors__geojson='{"parks": []}')
    case(
        "odd_features",
        corridors__geojson='{"type": "FeatureCollection", "features": [3, {"properties": []}]}',
    )
    case(
        "ragged_rows", parks__csv=HEAD + "P1,North,48.4,33.55,40\nP2,South,48.46,33.42\nP3,A, B,48.4,33.5,3\n"
    )
    case("open_quote", parks__csv=HEAD + 'P1,"North,48.4,33.55,40\nP2,South,48.46,33.42,12\n')
    case("column_twice", parks__csv="id,units,lon,lat,units\nP1,3,48.4,33.55,4\n")
    case("column_without_name", parks__csv="id,units,lon,lat,\nP1,3,48.4,33.55,4\n")
    case("several_layers", parks__gpkg=geopackage("a", "b"))


def shapes() -> None:
    """Cases of geometry."""
    shapefile("missing_crs", crs=None)
    case("degrees_in_metric_crs", parks__geojson=parks_layer(crs="EPSG:32639"))
    case("unknown_crs", parks__geojson=parks_layer(crs="EPSG:99999999"))
    case("no_place_columns", parks__csv="id,units,long_itude\nP1,3,48.4\nP2,3,48.4\n")
    case("xy_without_crs", parks__csv="id,units,x,y\nP1,3,250000,3700000\nP2,3,260000,3700000\n")
    case("swapped_layer", parks__csv=HEAD + "P1,North,33.55,48.40,40\nP2,South,33.42,48.46,12\n")
    case("swapped_row", parks__csv=HEAD + "P1,North,48.40,33.55,40\nP2,South,33.42,48.46,12\n")
    case("swapped_out_of_range", backbone__csv="id,lon,lat\nB1,33.48,148.35\nB2,48.52,33.49\n")
    case("metres_as_degrees", corridors__geojson=corridors(({}, [[250000, 3700000], [260000, 3710000]])))
    case("null_island", parks__csv=HEAD + "P1,North,0,0,40\nP2,South,48.46,33.42,12\n")
    case("bad_numbers", parks__csv=HEAD + 'P1,North,,33.55,40\nP2,South,48.46,"33,42",12\n')
    case(
        "bad_geometry",
        corridors__geojson=corridors(
            ({}, ROAD),
            ({}, None),
            ({}, {"type": "LineString", "coordinates": []}),
            ({}, [WEST, [float("nan"), 33.5]]),
            ({}, [WEST]),
            ({}, {"type": "Polygon", "coordinates": [[WEST, NORTH, EAST, WEST]]}),
            ({}, "LINESTRING (1 2, 3 4)"),
            ({}, {"type": "Nonsense"}),
        ),
    )
    case(
        "multi_part_line",
        corridors__geojson=corridors(
            ({}, {"type": "MultiLineString", "coordinates": [[NORTH, EAST], [WEST, NORTH]]}),
            ({}, {"type": "MultiLineString", "coordinates": [[WEST, NORTH], [EAST, SOUTH]]}),
            ({}, {"type": "MultiLineString", "coordinates": [[WEST, SOUTH]]}),
        ),
    )
    case("line_without_length", corridors__geojson=corridors(({}, ROAD), ({}, [WEST, WEST])))
    case("self_crossing_line", corridors__geojson=corridors(({}, [WEST, EAST, NORTH, SOUTH])))
    bow = [[48.40, 33.55], [48.42, 33.57], [48.42, 33.55], [48.40, 33.57], [48.40, 33.55]]
    case("self_crossing_polygon", parks__geojson=parks_layer(first={"type": "Polygon", "coordinates": [bow]}))
    case("bad_wkt", REMOVE="corridors.geojson", corridors__csv="id,wkt\nC1,LINESTRING(48.35 33.48 48.4)\n")
    case("no_wkt", REMOVE="corridors.geojson", corridors__csv="id,lon,lat\nC1,48.35,33.48\n")


def values() -> None:
    """Cases of single cells and of rows against each other."""
    case("missing_column", parks__csv="id,unitz,lon,lat\nP1,3,48.4,33.55\nP2,4,48.46,33.42\n")
    case(
        "unknown_columns", parks__csv=PARKS.replace("active_units", "activ_units").replace("county", "colour")
    )
    case("zero_parks", parks__csv=HEAD)
    case("zero_backbone", backbone__csv="id,lon,lat\n")
    case("zero_corridors", corridors__geojson='{"type": "FeatureCollection", "features": []}')
    case("zero_operators", operators__csv="id\n")
    case("zero_demand", demand__csv="operator_id,park_id,quantity\n")
    case("duplicate_ids", parks__csv=PARKS.replace("P2", "P1"), operators__csv="id\nop-a\nop-b\nOP-A\n")
    case(
        "unknown_references",
        demand__csv="operator_id,park_id,quantity\nop-c,P1,3\nop-a,P22,3\nop-b,P2,1\n",
        units__csv="id,park_id,lon,lat\nU1,P9,48.4,33.55\n",
    )
    case("reserved_id", operators__csv="id\nop-a\nop-b\nState\n")
    case("slash_in_id", parks__csv=PARKS.replace("P2", "P/2"))
    case("long_name", parks__csv=PARKS.replace("North works", "x" * 10_000))
    case(
        "hostile_names",
        parks__csv=PARKS.replace("North works", "<script>alert(1)</script>").replace(
            "South works", '"=HYPERLINK(""http://x"")"'
        ),
    )
    case("active_above_units", parks__csv=PARKS.replace("12,9", "12,13"))
    case("negative_values", parks__csv=PARKS.replace("40,30", "-40,30").replace(",1,North", ",7,North"))
    case(
        "bad_costs",
        corridors__geojson=corridors(
            ({"build_cost": -5}, ROAD),
            ({"build_cost": 9_000_000_000}, ROAD),
            ({"build_cost": 30_000_000}, ROAD),
            ({"build_cost": 12}, ROAD),
            ({"kind": "existing_duct", "lease_per_m_year": 9000}, ROAD),
            ({"kind": "existing_duct", "lease_per_m_year": "5 EUR"}, ROAD),
        ),
    )
    case(
        "bad_lengths",
        corridors__geojson=corridors(
            ({"length_m": 30}, [WEST, NORTH, EAST]),
            ({"length_m": 8900}, [WEST, NORTH]),
            ({"length_m": 900_000}, [WEST, NORTH]),
            ({"length_m": 0}, ROAD),
        ),
    )
    case(
        "bad_words",
        corridors__geojson=corridors(
            ({"kind": "road_verg"}, ROAD),
            ({"crossings": "rail"}, ROAD),
            ({"crossings": "railway:2"}, ROAD),
            ({"from_node": "n1"}, ROAD),
            ({"permit_bodies": "municipalty"}, ROAD),
        ),
    )
    case("many_alike", corridors__geojson=corridors(*[({"kind": "rode"}, ROAD)] * 30))
    case(
        "demand_above_units", demand__csv="operator_id,park_id,quantity\nop-a,P1,30\nop-b,P1,20\nop-a,P2,2\n"
    )
    case("park_without_demand", demand__csv="operator_id,park_id,quantity\nop-a,P1,3\n")
    case(
        "duplicate_demand",
        demand__csv="operator_id,park_id,quantity,measure\nop-a,P1,3,units\nop-a,P2,3,units\nop-a,P1,4,units\nop-a,P1,4,mbps\n",
    )
    case(
        "bad_demand",
        demand__csv='operator_id,park_id,quantity,take_up\nop-a,P1,3,60\nop-b,P1,"1,000",1\nop-a,P2,5,60%\nop-b,P2,,1\n',
    )
    case(
        "bad_entry",
        parks__csv="id,units,lon,lat,entry,entry_lon,entry_lat\n"
        "P1,3,48.4,33.55,,48.4,\nP2,4,48.46,33.42,POINT (33.42 48.46),,\nP3,4,48.46,33.42,somewhere,,\n",
        demand__csv="operator_id,park_id,quantity\nop-a,P1,3\nop-a,P2,3\nop-a,P3,3\n",
    )
    case(
        "too_many_units",
        parks__csv=PARKS.replace("12,9", "1,1"),
        units__csv="id,park_id,lon,lat,active\nU1,P2,48.46,33.42,yes\nU2,P2,48.46,33.42,perhaps\nU3,P2,48.46,33.42,خیر\n"
        "U4,P2,48.46,33.42,no\n",
    )


def settings() -> None:
    """Cases of `project.toml` and the price list."""
    case("toml_broken", project__toml='name = "x"\ncurrency = USD\n')
    case("toml_without_name", project__toml=TOML.split("\n", 1)[1])
    case(
        "toml_typos",
        project__toml=TOML.replace("horizon_years", "horizon_year").replace("backhaul =", "bakhaul =")
        + "\n[routing]\ntime_limit = 30\ndiscount_rat = 3\n\n[colours]\nred = 1\n",
    )
    case(
        "toml_values",
        project__toml="name = { english = 'x', fa = '' }\ndiscount_rate = 8\nhorizon_years = true\nlanguages = ['en', 'de']\n"
        "seed = 1.5\ndate = 'soon'\n[funding]\npublic_share = { backhaul = 60.5 }\ncap_total = -1\ncap_per_park = inf\n"
        "[routing]\nunreachable = 'skipp'\ntime_limit_s = 0\n[design]\nreel_m = 'long'\n",
    )
    case("toml_terms", project__toml=TOML + TERMS)
    case("unknown_currency", project__toml=TOML.replace('"EUR"', '"EURO"'))
    case("toman", project__toml=TOML.replace('"EUR"', '"IRT"'))
    case("no_exchange_rate", project__toml=TOML.replace("exchange_rate = 0.92", ""))
    case("unknown_project_crs", project__toml=TOML.replace("[funding]", 'crs = "EPSG:1"\n[funding]'))
    case("project_crs_in_degrees", project__toml=TOML.replace("[funding]", 'crs = "EPSG:4326"\n[funding]'))
    case(
        "bad_catalogue",
        catalogue__csv="item,value,unit\nhandhol,5,\nhandhole,-5,\ncable.36,1.1,\ncable.72,2.1,EUR/km\n"
        "civil.road_verge.mud,4,EUR/m\nclosure.joint,400,USD/each\nlife.duct,0,\nsite.park,99000000,\n"
        "share.design,120,\ncrossing.rail,900000,\nduct.hdpe,2,\nduct.hdpe,3,\nlife.ont,ten,\n",
    )


def parks_layer(*, crs: str | None = None, first: dict[str, object] | None = None) -> str:
    """Write the two good parks as GeoJSON."""
    places = [first or {"type": "Point", "coordinates": NORTH}, {"type": "Point", "coordinates": SOUTH}]
    document: dict[str, object] = {"type": "FeatureCollection"}
    if crs:
        document["crs"] = {"type": "name", "properties": {"name": crs}}
    document["features"] = [
        {"type": "Feature", "properties": {"id": f"P{n}", "units": 40}, "geometry": place}
        for n, place in enumerate(places, start=1)
    ]
    return json.dumps(document)


def _parks_frame(crs: str | None) -> geopandas.GeoDataFrame:
    return geopandas.GeoDataFrame(
        {"id": ["P1", "P2"], "units": [40, 12]}, geometry=shapely.points([NORTH, SOUTH]), crs=crs
    )


def geopackage(*layers: str) -> bytes:
    """Write the two good parks as a GeoPackage and give its bytes."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "x.gpkg"
        for layer in layers or ("parks",):
            _parks_frame("EPSG:4326").to_file(path, layer=layer)
        return path.read_bytes()


def shapefile(name: str, *, crs: str | None) -> None:
    """Write a case with the two good parks as a Shapefile."""
    folder = FAULTY / name
    folder.mkdir(parents=True)
    _parks_frame(crs).to_file(folder / "parks.shp")


if __name__ == "__main__":
    shutil.rmtree(FAULTY, ignore_errors=True)
    files_and_formats()
    shapes()
    values()
    settings()
