"""Slips that a spreadsheet, a GIS program or a typist makes: read where the meaning is certain, and else named."""

from __future__ import annotations

import re
import shutil
import sqlite3
from pathlib import Path

import pytest
from support.paths import GOOD

from fiberplan.errors import ProjectError
from fiberplan.inputs import read_project


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return Path(shutil.copytree(GOOD, tmp_path / "p"))


def change(path: Path, old: str, new: str) -> None:
    text = path.read_text(encoding="utf-8")
    assert old in text
    path.write_text(text.replace(old, new), encoding="utf-8")


def warnings_of(folder: Path) -> list[str]:
    return [str(note) for note in read_project(folder).notes]


def test_decimal_commas_between_semicolons_are_read(folder: Path) -> None:
    parks = folder / "parks.csv"
    parks.write_text(
        parks.read_text(encoding="utf-8")
        .replace(",", ";")
        .replace("48.40", "48,40")
        .replace("33.55", "33,5500"),
        encoding="utf-8",
    )
    assert read_project(folder).parks[0].geometry.coords[0] == (48.4, 33.55)


def test_three_figures_after_a_comma_may_be_thousands_and_are_refused_with_the_cure(folder: Path) -> None:
    parks = folder / "parks.csv"
    parks.write_text(
        parks.read_text(encoding="utf-8").replace(",", ";").replace("48.40", "48,400"), encoding="utf-8"
    )
    with pytest.raises(
        ProjectError, match=r"48,400.*Write it without thousands separators and with a decimal point"
    ):
        read_project(folder)


def test_a_slash_as_decimal_mark_is_refused_with_the_cure(folder: Path) -> None:
    change(folder / "parks.csv", "48.40", "۴۸/۴۰")
    with pytest.raises(ProjectError, match="Write a decimal point in place of the slash"):
        read_project(folder)


def test_persian_semicolons_part_lists(folder: Path) -> None:
    change(folder / "corridors.geojson", "municipality;road_authority", "municipality؛road_authority")
    change(folder / "corridors.geojson", "rail:1;waterway:2", "rail:1؛waterway:2")
    assert read_project(folder) == read_project(GOOD)


@pytest.mark.parametrize(("units", "value"), [("4 012", 4012), ("40 12", None), ("1 2", None), ("- 5", None)])
def test_spaces_part_thousands_and_nothing_else(folder: Path, units: str, value: int | None) -> None:
    change(folder / "parks.csv", ",40,30,", f",{units},30,")
    if value is None:
        with pytest.raises(ProjectError, match="column 'units'"):
            read_project(folder)
    else:
        assert read_project(folder).parks[0].units == value


def test_a_curve_in_well_known_text_is_named(folder: Path) -> None:
    (folder / "corridors.geojson").unlink()
    (folder / "corridors.csv").write_text(
        'id,kind,surface,wkt\nC1,road_verge,soil,"LINESTRING (48.35 33.48, 48.40 33.55)"\n'
        'C2,road_verge,soil,"CIRCULARSTRING (48.40 33.55, 48.46 33.53, 48.52 33.49)"\n',
        encoding="utf-8",
    )
    with pytest.raises(ProjectError, match=r"corridors\.csv row 3, column 'wkt': is a curve.*Segmentize"):
        read_project(folder)


def test_columns_that_come_twice_matter_only_if_they_are_read(folder: Path) -> None:
    change(folder / "corridors.geojson", '"id": "C1", ', '"id": "C1", "Type": "a", "TYPE": "b", ')
    assert [note for note in warnings_of(folder) if "type" in note] == [
        "corridors.geojson: type is not a known column and is not read"
    ]
    change(folder / "corridors.geojson", '"TYPE": "b", ', '"KIND": "railway", ')
    with pytest.raises(ProjectError, match=r"column 'kind': comes twice"):
        read_project(folder)


def test_tables_that_qgis_keeps_in_a_geopackage_are_no_layers(folder: Path) -> None:
    import geopandas  # noqa: PLC0415 - this test alone needs it

    frame = geopandas.read_file(folder / "corridors.geojson")
    (folder / "corridors.geojson").unlink()
    frame.to_file(folder / "corridors.gpkg", layer="roads_2026")
    with sqlite3.connect(folder / "corridors.gpkg") as connection:
        connection.execute("CREATE TABLE qgis_projects (name TEXT PRIMARY KEY, metadata BLOB, content BLOB)")
        connection.execute("CREATE TABLE remarks (fid INTEGER PRIMARY KEY, remark TEXT)")
    connection.close()
    assert [corridor.id for corridor in read_project(folder).corridors] == ["C1", "C2", "C3", "C4"]


def test_garbled_names_are_named_with_what_is_meant(folder: Path) -> None:
    change(folder / "operators.csv", "اپراتور الف", "اپراتور الف".encode().decode("cp1256"))
    (note,) = warnings_of(folder)
    assert "operators.csv row 2, column 'name_fa': looks like UTF-8 that was read as Windows-1256" in note
    assert "اپراتور الف is meant" in note


@pytest.mark.parametrize(
    ("date", "words"),
    [
        ("1404-12-28", "write 2026-03-19"),
        ("1899-12-31", "Gregorian"),
        ("1900-01-01", None),
        ("2026-03-19", None),
    ],
)
def test_a_jalali_date_is_refused_with_the_gregorian_one(folder: Path, date: str, words: str | None) -> None:
    toml = folder / "project.toml"
    toml.write_text(re.sub("date = .*", f"date = {date}", toml.read_text(encoding="utf-8")), encoding="utf-8")
    if words is None:
        assert read_project(folder).settings.date.isoformat() == date
    else:
        with pytest.raises(ProjectError, match=words):
            read_project(folder)


@pytest.mark.parametrize(
    ("factor", "words"),
    [(1.2, None), (2.4, None), (2.6, "2.6 times"), (3.28, "Write metres, not feet"), (3.7, "3.7 times")],
)
def test_a_length_far_above_the_drawn_one_is_a_warning(
    folder: Path, factor: float, words: str | None
) -> None:
    """C2 is a sketch of 12.99 km from end to end; roads in mountains are up to twice as long."""
    change(folder / "corridors.geojson", "14200.5", f"{12_990 * factor:.0f}")
    notes = warnings_of(folder)
    assert len(notes) == (words is not None)
    assert words is None or words in notes[0]


def test_ends_of_one_junction_that_lie_apart_are_a_warning(folder: Path) -> None:
    change(folder / "corridors.geojson", '"id": "C1", ', '"id": "C1", "from_node": "n1", "to_node": "n2", ')
    change(folder / "corridors.geojson", '"id": "C2", ', '"id": "C2", "from_node": "n2", "to_node": "n3", ')
    assert warnings_of(folder) == []
    change(
        folder / "corridors.geojson", "[[48.40, 33.55], [48.52, 33.49]]", "[[48.41, 33.55], [48.52, 33.49]]"
    )
    (note,) = [note for note in warnings_of(folder) if "junction" in note]
    assert (
        "corridors.geojson row 2, column 'from_node': is joined at no cost to the end of C1 that lies 92"
        in note
    )
