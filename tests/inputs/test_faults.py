"""Every kind of defective project folder, each a case of `tests/data/faulty` laid over `tests/data/good`.

A case states its faults as file, row, column and a part of the text; there must be no other fault. Warnings start
with ``note:``.
"""

from __future__ import annotations

import re
import shutil
from typing import TYPE_CHECKING

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from support.paths import DATA

from fiberplan.errors import Fault, FiberplanError, ProjectError
from fiberplan.inputs import read_project
from fiberplan.inputs.faults import FaultList, complaint_of
from fiberplan.inputs.settings import check_settings
from fiberplan.project.settings import Settings

if TYPE_CHECKING:
    from pathlib import Path

SUFFIXES = (".csv", ".geojson", ".gpkg", ".shp")
Expected = list[tuple[str, int | None, str | None, str]]

CASES: dict[str, Expected] = {
    # files and formats
    "missing_settings": [("project.toml", None, None, "is missing. Make a file project.toml")],
    "missing_table": [
        ("parks", None, None, "the table is missing; expected parks.csv, .geojson, .gpkg or .shp")
    ],
    "missing_operators": [("operators", None, None, "one row for each company")],
    "misnamed_table": [("corridors", None, None, "Did you mean 'corridor.geojson'? Rename it")],
    "unknown_format": [("parks", None, None, "Found 'parks.kml', which is none of these formats")],
    "two_files": [("parks.csv", None, None, "is there beside parks.geojson")],
    "picture_as_csv": [("parks.csv", None, None, "ends in .csv but is a PNG picture")],
    "page_as_csv": [("parks.csv", None, None, "is an XML or HTML document")],
    "text_as_geopackage": [("parks.gpkg", None, None, "is something that is not a GeoPackage")],
    "cut_geopackage": [("parks.gpkg", None, None, "cannot be read: it is broken or cut off")],
    "zip_as_geojson": [("corridors.geojson", None, None, "is a zip archive or a spreadsheet workbook")],
    "empty_file": [("parks.csv", None, None, "is an empty file")],
    "utf16": [("parks.csv", None, None, "is encoded in UTF-16; expected UTF-8")],
    "not_utf8": [("parks.csv", 2, None, "is not encoded in UTF-8")],
    "broken_json": [("corridors.geojson", None, None, "is not valid JSON at line 2, column 15")],
    "other_json": [("corridors.geojson", None, None, "is JSON but no GeoJSON layer")],
    "odd_features": [
        ("corridors.geojson", 1, None, "is not a GeoJSON feature"),
        ("corridors.geojson", 2, None, "is not a GeoJSON feature"),
    ],
    "ragged_rows": [
        ("parks.csv", 3, None, "has 4 cells where the header has 5"),
        ("parks.csv", 4, None, "has 6 cells where the header has 5"),
    ],
    "open_quote": [("parks.csv", 2, None, "has a quoted cell that does not end")],
    "column_twice": [("parks.csv", 1, "units", "comes twice")],
    "column_without_name": [("parks.csv", 1, None, "has a column without a name")],
    "several_layers": [
        ("parks.gpkg", None, None, "has 2 layers and none of them is called 'parks' (found 'a, b')")
    ],
    # geometry
    "missing_crs": [("parks.shp", None, None, "names no coordinate reference system (CRS)")],
    "degrees_in_metric_crs": [("parks.geojson", None, None, "has coordinates in degrees, but")],
    "unknown_crs": [("parks.geojson", None, None, "names a coordinate reference system that is not known")],
    "no_place_columns": [
        ("parks.csv", None, "lon", "the column is missing"),
        ("parks.csv", None, "lat", "the column is missing"),
        ("parks.csv", None, None, "note: long_itude is not a known column"),
    ],
    "xy_without_crs": [
        ("parks.csv", None, None, "gives places as x and y without a coordinate reference system")
    ],
    "swapped_layer": [
        (
            "parks.csv",
            None,
            None,
            (
                "longitude and latitude look swapped: far from backbone.csv and corridors.geojson, "
                "around lon 48.43, lat 33.48 (found 'lon 33.48, lat 48.43 in the middle'). Swap the two columns"
            ),
        ),
    ],
    "swapped_row": [("parks.csv", 3, None, "longitude and latitude look swapped")],
    "swapped_out_of_range": [
        ("backbone.csv", 2, None, "lies outside the world (found 'lon 33.48, lat 148.35')")
    ],
    "metres_as_degrees": [("corridors.geojson", 1, None, "These look like metres")],
    "null_island": [("parks.csv", 2, None, "lies at longitude 0, latitude 0")],
    "bad_numbers": [
        ("parks.csv", 2, "lon", "is missing"),
        ("parks.csv", 3, "lat", "is not a number (found '33,42')"),
    ],
    "bad_geometry": [
        ("corridors.geojson", 2, None, "has no geometry"),
        ("corridors.geojson", 3, None, "has a"),
        ("corridors.geojson", 4, None, "not finite numbers (NaN)"),
        ("corridors.geojson", 5, None, "cannot be read"),
        ("corridors.geojson", 6, None, "is a polygon; expected a line"),
        ("corridors.geojson", 7, None, "cannot be read"),
        ("corridors.geojson", 8, None, "cannot be read"),
    ],
    "multi_part_line": [("corridors.geojson", 2, None, "is a line of 2 parts that do not join end to end")],
    "line_without_length": [("corridors.geojson", 2, None, "is a line without length")],
    "self_crossing_line": [("corridors.geojson", 1, None, "note: the line crosses or retraces itself")],
    "self_crossing_polygon": [("parks.geojson", 1, None, "note: the outline crosses itself and was mended")],
    "bad_wkt": [("corridors.csv", 2, "wkt", "is not well-known text")],
    "no_wkt": [("corridors.csv", None, "wkt", "the column is missing")],
    # cells and rows
    "missing_column": [("parks.csv", None, "units", "the column is missing. Did you mean 'unitz'?")],
    "unknown_columns": [
        (
            "parks.csv",
            None,
            "activ_units",
            "note: is not a known column and is not read. Did you mean 'active_units'?",
        ),
        ("parks.csv", None, None, "note: colour is not a known column"),
    ],
    "zero_parks": [("parks.csv", None, None, "has no rows; expected at least one park")],
    "zero_backbone": [("backbone.csv", None, None, "has no rows; expected at least one backbone node")],
    "zero_corridors": [("corridors.geojson", None, None, "has no rows; expected at least one corridor")],
    "zero_operators": [("operators.csv", None, None, "has no rows; expected at least one operator")],
    "zero_demand": [("demand.csv", None, None, "note: has no rows: nobody is there to pay")],
    "duplicate_ids": [
        ("parks.csv", 3, "id", "is the id of row 2 too (found 'P1')"),
        ("operators.csv", 4, "id", "is the id of row 2 too (found 'OP-A')"),
        ("demand.csv", 4, "park_id", "is an id that nothing has (found 'P2')"),
        ("demand.csv", None, "quantity", "note: operators expect 25 units"),
    ],
    "unknown_references": [
        ("demand.csv", 2, "operator_id", "found 'op-c'); expected an id of operators.csv. Did you mean 'op-"),
        ("demand.csv", 3, "park_id", "found 'P22'); expected an id of parks.csv. Did you mean 'P2'?"),
        ("units.csv", 2, "park_id", "is an id that nothing has (found 'P9')"),
    ],
    "reserved_id": [("operators.csv", 4, "id", "an operator cannot be called 'State'")],
    "slash_in_id": [
        ("parks.csv", 3, "id", "cannot be an id (found 'P/2')"),
        ("demand.csv", 4, "park_id", "is an id that nothing has (found 'P2')"),
    ],
    "long_name": [("parks.csv", 2, "name_en", "is too long: 10000 characters")],
    "hostile_names": [],
    "active_above_units": [
        ("parks.csv", 3, "active_units", "is more than all units of the park (found '13')")
    ],
    "negative_values": [
        ("parks.csv", 2, "units", "is negative (found '-40'); expected at least 0"),
        ("parks.csv", 2, "tier", "is not a known value (found '7'); expected one of 1, 2, 3"),
    ],
    "bad_costs": [
        ("corridors.geojson", 1, "build_cost", "is negative (found '-5')"),
        ("corridors.geojson", 2, "build_cost", "6,881 times the price list's civil.road_verge.soil"),
        ("corridors.geojson", 3, "build_cost", "note: comes to 949.6 EUR a metre, 23 times the price list's"),
        ("corridors.geojson", 4, "build_cost", "1/108,989 of the price list's"),
        ("corridors.geojson", 5, "lease_per_m_year", "8,893 times the price list's lease.duct"),
        ("corridors.geojson", 6, "lease_per_m_year", "is not a number (found '5 EUR')"),
    ],
    "bad_lengths": [
        ("corridors.geojson", 1, "length_m", "is far less than the 15838 m between the ends"),
        ("corridors.geojson", 2, "length_m", "note: is less than the 9048 m between the ends"),
        ("corridors.geojson", 3, "length_m", "is more than 10 times the 9048 m of the line as drawn"),
        ("corridors.geojson", 4, "length_m", "is too small (found '0'); expected more than 0"),
    ],
    "bad_words": [
        ("corridors.geojson", 1, "kind", "Did you mean 'road_verge'?"),
        ("corridors.geojson", 2, "crossings", "expected kinds and counts such as rail:1;waterway:2"),
        ("corridors.geojson", 3, "crossings", "is not a known value (found 'railway')"),
        ("corridors.geojson", 4, "to_node", "is missing while the other end names its junction"),
        (
            "corridors.geojson",
            5,
            "permit_bodies",
            "note: has no price of its own and takes that of permit.any",
        ),
    ],
    "many_alike": [
        *[("corridors.geojson", row, "kind", "is not a known value (found 'rode')") for row in range(1, 6)],
        ("corridors.geojson", 6, "kind", "the same in 25 more rows (6-30): is not a known value"),
    ],
    "demand_above_units": [
        ("demand.csv", None, "quantity", "note: operators expect 50 units (quantity times")
    ],
    "park_without_demand": [("parks.csv", 3, None, "note: no operator has demand at park P2")],
    "duplicate_demand": [("demand.csv", 4, None, "has the same operator, park and measure as row 2")],
    "bad_demand": [
        (
            "demand.csv",
            2,
            "take_up",
            "is too large (found '60'); expected at most 1. Write 0.6 for 60 percent",
        ),
        ("demand.csv", 3, "quantity", "Write it without thousands separators"),
        ("demand.csv", 4, "take_up", "Write 0.6 for 60 percent"),
        ("demand.csv", 5, "quantity", "is missing. Fill it in"),
    ],
    "bad_entry": [
        ("parks.csv", 2, "entry_lat", "does not make a point with its partner"),
        ("parks.csv", 3, "entry", "note: lies 2088.0 km from the park"),
        ("parks.csv", 4, "entry", "is not a point (found 'somewhere')"),
    ],
    "too_many_units": [
        ("parks.csv", 3, "units", "note: is less than the 3 rows of park P2 in units.csv"),
        ("demand.csv", None, "quantity", "note: operators expect 9 units"),
        ("units.csv", 3, "active", "is neither yes nor no (found 'perhaps')"),
    ],
    # settings and price list
    "toml_broken": [("project.toml", 2, None, "is not valid TOML at line 2, column 12: Invalid value")],
    "toml_without_name": [("project.toml", None, "name", 'is missing. Add the line: name = "My project"')],
    "toml_typos": [
        ("project.toml", None, "horizon_year", "is not a known key. Did you mean 'horizon_years'?"),
        ("project.toml", None, "funding.public_share.bakhaul", "Did you mean 'backhaul'?"),
        ("project.toml", None, "routing.time_limit", "Did you mean 'time_limit_s'?"),
        ("project.toml", None, "routing.discount_rat", "Did you mean 'discount_rate'? It belongs at the top"),
        ("project.toml", None, "colours", "is not a known key. Known here: name, description"),
    ],
    "toml_values": [
        ("project.toml", None, "name.english", "is not a language code"),
        ("project.toml", None, "name.fa", "is empty"),
        ("project.toml", None, "discount_rate", "Write 0.08 for 8 percent"),
        ("project.toml", None, "horizon_years", "is not expected to be true or false"),
        ("project.toml", None, "languages.1", "is not a known value (found 'de'); expected one of en, fa"),
        ("project.toml", None, "seed", "is not a whole number"),
        ("project.toml", None, "date", "is not a date (found 'soon'); expected a date such as 2026-01-31"),
        ("project.toml", None, "funding.public_share.backhaul", "Write 0.605 for 60.5 percent"),
        ("project.toml", None, "funding.cap_total", "is negative"),
        ("project.toml", None, "funding.cap_per_park", "is not a usable number"),
        ("project.toml", None, "routing.unreachable", "Did you mean 'skip'?"),
        ("project.toml", None, "routing.time_limit_s", "is too small (found '0'); expected more than 0"),
        ("project.toml", None, "design.reel_m", "is not a whole number (found 'long')"),
    ],
    "toml_terms": [
        ("project.toml", None, "business.op-x.take_up.1", "Write 0.4 for 40 percent"),
        (
            "project.toml",
            None,
            "business.op-x.arpu",
            "is not a known key. Known here: arpu_per_month, take_up",
        ),
        ("project.toml", None, "business.op-a.logistic.final_shar", "Did you mean 'final_share'?"),
        (
            "project.toml",
            None,
            "instruments.matched_funding.one.rate",
            "is missing. Add the line: rate = ...",
        ),
        (
            "project.toml",
            None,
            "instruments.claw_back.share",
            (
                "is not a table (found '0.5'); expected a table of keys and values. "
                "Give the table a name of its own: [instruments.claw_back.my-name]"
            ),
        ),
        ("project.toml", None, "instruments.limits.cap_total", "is negative"),
        ("project.toml", None, "instruments.limits.floor_per_park", "Did you mean 'floor_per_operator'?"),
        ("project.toml", None, "instruments.soft_loans", "Did you mean 'soft_loan'?"),
        ("project.toml", None, "business.op-a.take_up", "contradicts business.op-a.logistic"),
        (
            "project.toml",
            None,
            "business.op-a.joins_year",
            "is not before the end of the horizon of 20 years",
        ),
        ("project.toml", None, "business.op-x", "is for an unknown operator"),
        (
            "project.toml",
            None,
            "instruments.soft_loan.green.operators",
            "names an unknown operator (found 'op-z')",
        ),
        (
            "project.toml",
            None,
            "instruments.soft_loan.green.term_years",
            "ends after the horizon of 20 years",
        ),
    ],
    "unknown_currency": [("project.toml", None, "currency", "Write 'EUR'")],
    "toman": [("project.toml", None, "currency", "Write 'IRR'; reports show IRT by themselves")],
    "no_exchange_rate": [
        (
            "project.toml",
            None,
            "catalogue.exchange_rate",
            "59 prices are known in US dollars only: civil.road_verge",
        ),
    ],
    "unknown_project_crs": [("project.toml", None, "crs", "is not a known coordinate reference system")],
    "project_crs_in_degrees": [
        ("project.toml", None, "crs", "is not a coordinate reference system in metres")
    ],
    "bad_catalogue": [
        ("catalogue.csv", 2, "item", "is not an item of the price list (found 'handhol')"),
        ("catalogue.csv", 3, "value", "is negative"),
        ("catalogue.csv", 4, "unit", "is missing; a new item needs it; expected EUR/m"),
        ("catalogue.csv", 5, "unit", "is not the unit of such an item (found 'EUR/km'); expected EUR/m"),
        ("catalogue.csv", 6, "item", "(found 'civil.road_verge.mud')"),
        ("catalogue.csv", 7, "unit", "is not the unit of this item (found 'USD/each'); expected EUR/each"),
        ("catalogue.csv", 8, "value", "is zero (found '0'); expected more than 0 years"),
        ("catalogue.csv", 9, "value", "is 9,783 times the bundled value of site.park"),
        ("catalogue.csv", 10, "value", "is too large (found '120'); expected at most 100 percent"),
        ("catalogue.csv", 11, "value", "note: is 38 times the bundled value of crossing.rail"),
        ("catalogue.csv", 13, "item", "comes twice"),
        ("catalogue.csv", 14, "value", "is not a number (found 'ten')"),
    ],
}


def lay_over(case: str, folder: Path) -> Path:
    """Copy the good project with a case over it."""
    shutil.copytree(DATA / "good", folder, dirs_exist_ok=True)
    files = [path for path in (DATA / "faulty" / case).iterdir() if path.name != "REMOVE"]
    removed = DATA / "faulty" / case / "REMOVE"
    if removed.exists():
        (folder / removed.read_text(encoding="utf-8")).unlink()
    for path in files:
        for suffix in SUFFIXES if path.suffix in SUFFIXES else ():
            (folder / (path.stem + suffix)).unlink(missing_ok=True)
    for path in files:
        shutil.copy(path, folder / path.name)
    return folder


def read_faults(folder: Path) -> tuple[Fault, ...]:
    try:
        return read_project(folder).notes
    except ProjectError as error:
        return error.faults


def test_every_case_is_tested_and_every_test_has_a_case() -> None:
    assert {path.name for path in (DATA / "faulty").iterdir()} == set(CASES)


@pytest.mark.parametrize("case", CASES)
def test_fault_is_reported(case: str, tmp_path: Path) -> None:
    result = list(read_faults(lay_over(case, tmp_path / "p")))
    for file, row, column, part in CASES[case]:
        severity = "warning" if part.startswith("note: ") else "error"
        text = part.removeprefix("note: ")
        match = [
            fault
            for fault in result
            if (fault.file, fault.row, fault.column, fault.severity) == (file, row, column, severity)
            and text in str(fault)
        ]
        assert match, f"{part!r} is not among:\n" + "\n".join(map(repr, result))
        result.remove(match[0])
    assert not result, "\n".join(str(fault) for fault in result)


@pytest.mark.parametrize("case", CASES)
def test_fault_is_reported_in_plain_words(case: str, tmp_path: Path) -> None:
    for fault in read_faults(lay_over(case, tmp_path / "p")):
        text = str(fault)
        assert not re.search(r"pydantic|https?://(?!x)|Input should|Errno|Traceback|GDAL|<class", text), text
        assert len(text) < 700, text
        assert "\n" not in text


def test_warnings_alone_stop_nothing(tmp_path: Path) -> None:
    project = read_project(lay_over("self_crossing_line", tmp_path / "p"))
    assert [note.severity for note in project.notes] == ["warning"]
    assert len(project.corridors) == 1


def test_faults_of_all_files_come_in_one_error_in_the_order_of_files(tmp_path: Path) -> None:
    folder = lay_over("slash_in_id", tmp_path / "p")
    for case in ("toml_typos", "bad_words", "zero_operators"):
        for path in (DATA / "faulty" / case).iterdir():
            shutil.copy(path, folder / path.name)
    with pytest.raises(ProjectError) as caught:
        read_project(folder)
    files = list(dict.fromkeys(fault.file for fault in caught.value.faults))
    assert files == ["project.toml", "parks.csv", "corridors.geojson", "operators.csv", "demand.csv"]
    assert str(caught.value).startswith("12 faults in the project\n  project.toml, column '")
    assert isinstance(caught.value, FiberplanError | ValueError)


def test_hostile_names_are_kept_as_they_are(tmp_path: Path) -> None:
    parks = read_project(lay_over("hostile_names", tmp_path / "p")).parks
    assert [park.names["en"] for park in parks] == ["<script>alert(1)</script>", '=HYPERLINK("http://x")']


def test_mended_outline_is_valid(tmp_path: Path) -> None:
    park = read_project(lay_over("self_crossing_polygon", tmp_path / "p")).parks[0]
    assert park.geometry.is_valid
    assert park.geometry.area > 0


def test_a_folder_that_is_not_there() -> None:
    with pytest.raises(ProjectError, match="does not exist; expected a project folder"):
        read_project("no/such/folder")


def test_a_file_in_place_of_a_folder() -> None:
    with pytest.raises(ProjectError, match="is a file; expected a project folder"):
        read_project(DATA / "good" / "parks.csv")


def test_an_empty_folder_lists_everything_it_lacks(tmp_path: Path) -> None:
    files = [fault.file for fault in read_faults(tmp_path)]
    assert files == ["project.toml", "parks", "backbone", "corridors", "operators", "demand"]


def test_rows_that_differ_in_value_only_are_reported_together() -> None:
    faults = FaultList()
    for row in range(2, 2000):
        faults.error("parks.csv", "is negative", row=row, column="units", value=-row)
    messages = faults.sorted()
    assert len(messages) == 6
    assert "1993 more rows (7-1999)" in messages[-1].message


def test_an_error_of_pydantic_that_nobody_foresaw_is_still_reported_plainly() -> None:
    assert complaint_of({"type": "new_in_pydantic_9", "input": 3}).message == "cannot be read"


OPTION = st.sampled_from(
    [
        "name",
        "currency",
        "languages",
        "funding",
        "public_share",
        "time_limit_s",
        "date",
        "backhaul",
        "business",
        "instruments",
        "soft_loan",
        "take_up",
        "[key]",
        "",
    ]
)
LEAF = (
    st.booleans()
    | st.integers()
    | st.text(max_size=6)
    | st.dates()
    | st.times()
    | st.datetimes()
    | st.decimals()
)
TOML = st.recursive(
    LEAF, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(OPTION, inner, max_size=3)
)


@settings(max_examples=100, deadline=None)
@given(st.dictionaries(OPTION, TOML, max_size=5))
def test_no_shape_of_settings_raises_anything(document: dict[str, object]) -> None:
    faults = FaultList()
    assert isinstance(check_settings(document, faults), Settings)
    assert all(str(fault) for fault in faults.sorted())
