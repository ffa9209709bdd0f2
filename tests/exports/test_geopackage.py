"""A saved plan: reopened without loss, the same byte for byte, and files that are refused."""

from __future__ import annotations

import sqlite3
import zlib
from contextlib import closing
from dataclasses import replace
from typing import TYPE_CHECKING, Any
from xml.etree import ElementTree as ET

import geopandas as gpd
import pyogrio
import pytest
from support.builders import backbone, corridor, one_road, park, project, square, star
from support.paths import DATA

import fiberplan as fp
from fiberplan.errors import PlanFileError
from fiberplan.exports import geopackage
from fiberplan.result.saved_plan import PLAN_FORMAT, PlanFormat

if TYPE_CHECKING:
    from pathlib import Path

    from fiberplan.plan import Plan
    from fiberplan.result.saved_plan import Migration

SAVED = DATA / "saved"


@pytest.fixture(scope="module")
def plan() -> Plan:
    return fp.plan_rollout(star())


@pytest.fixture
def saved(plan: Plan, tmp_path: Path) -> Path:
    return plan.save(tmp_path / "plan.gpkg")


def test_lorestan_reopens_without_loss_and_saves_to_the_same_bytes(
    lorestan_plan: Plan, tmp_path: Path
) -> None:
    first = lorestan_plan.save(tmp_path / "one.gpkg")
    again = fp.Plan.load(first)
    assert again == lorestan_plan
    assert isinstance(again, fp.Plan)
    assert again.summary() == lorestan_plan.summary()
    assert again.routing.report.is_optimal
    second = again.save(tmp_path / "two.gpkg")
    assert first.read_bytes() == second.read_bytes()


@pytest.mark.parametrize(
    "result",
    [
        one_road(),
        square(),
        project([park("p", 0, 0)], [backbone("b", 0, 0)], [corridor("c", (0, 0), (1000, 0))]),
        project([park("p", 1000, 0)], [backbone("b", 0, 0)], [corridor("c", (0, 0), (1000, 0))], []),
        project(
            [park("p", 1000, 0), park("far", 0, 90_000)],
            [backbone("b", 0, 0)],
            [corridor("c", (0, 0), (1000, 0))],
            routing={"unreachable": "skip"},
        ),
    ],
    ids=["one road", "two routes", "no cable", "no demand", "unreachable"],
)
def test_any_plan_reopens_without_loss(result: fp.Project, tmp_path: Path) -> None:
    plan = fp.plan_rollout(result)
    path = plan.save(tmp_path / "plan.gpkg")
    assert fp.Plan.load(path) == plan
    assert path.read_bytes() == plan.save(tmp_path / "again.gpkg").read_bytes()


def test_two_runs_save_the_same_bytes(plan: Plan, saved: Path, tmp_path: Path) -> None:
    """Though the solver needed another time."""
    again = fp.plan_rollout(star())
    assert again.routing.report.seconds != plan.routing.report.seconds
    assert again.save(tmp_path / "again.gpkg").read_bytes() == saved.read_bytes()


def test_layers_are_tables_that_others_read(plan: Plan, saved: Path) -> None:
    layers = {name for name, _ in pyogrio.list_layers(saved)}
    assert layers >= {"segments", "parks", "backbone", "ledger", "split", "stand_alone"}
    segments = gpd.read_file(saved, layer="segments")
    assert segments.crs.to_epsg() == 4326
    assert list(segments["segment_id"]) == [segment.id for segment in plan.routing.segments]
    assert segments["total_cost"].sum() == plan.segments["total_cost"].sum()
    ledger = pyogrio.read_dataframe(saved, layer="ledger", read_geometry=False)
    assert ledger["present_value"].sum() == plan.ledger.present_value
    split = pyogrio.read_dataframe(saved, layer="split", read_geometry=False).set_index("party")
    assert split.loc["total", "total"] == plan.split.total


def test_styles_are_complete_documents_for_existing_layers(saved: Path) -> None:
    with closing(sqlite3.connect(saved)) as database:
        styles = dict(database.execute("SELECT f_table_name, styleQML FROM layer_styles"))
        tables = {row[0] for row in database.execute("SELECT table_name FROM gpkg_contents")}
    assert set(styles) == {"segments", "parks", "backbone"} <= tables
    for text in styles.values():
        assert ET.fromstring(text).find("renderer-v2/symbols/symbol") is not None  # noqa: S314 - our own file


def test_an_older_file_is_replaced_only_by_a_whole_one(
    plan: Plan, saved: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = saved.read_bytes()

    def fail(*_: object) -> None:
        raise RuntimeError("the disk is full")

    monkeypatch.setattr(geopackage, "layer_styles", fail)
    with pytest.raises(RuntimeError, match="disk"):
        plan.save(saved)
    assert saved.read_bytes() == before
    assert [file.name for file in saved.parent.iterdir()] == ["plan.gpkg"]
    monkeypatch.undo()
    assert plan.save(saved).read_bytes() == before


def test_a_missing_folder_is_created(plan: Plan, tmp_path: Path) -> None:
    assert plan.save(tmp_path / "new" / "deep" / "plan.gpkg").is_file()


def test_a_missing_file_is_refused(tmp_path: Path) -> None:
    with pytest.raises(PlanFileError, match="no such file"):
        fp.Plan.load(tmp_path / "nothing.gpkg")
    with pytest.raises(PlanFileError, match="no such file"):
        fp.Plan.load(tmp_path)


@pytest.mark.parametrize("content", [b"", b"garbage", b"SQLite format 3\x00" + b"\xff" * 200])
def test_garbage_is_no_plan(content: bytes, tmp_path: Path) -> None:
    path = tmp_path / "plan.gpkg"
    path.write_bytes(content)
    with pytest.raises(PlanFileError, match="not a plan"):
        fp.Plan.load(path)


def test_a_database_without_the_table_is_no_plan(tmp_path: Path) -> None:
    path = tmp_path / "other.gpkg"
    with closing(sqlite3.connect(path)) as database, database:
        database.execute("CREATE TABLE something (key TEXT)")
    with pytest.raises(PlanFileError, match="not a plan"):
        fp.Plan.load(path)


@pytest.mark.parametrize("part", [0.3, 0.6, 0.9])
def test_a_truncated_file_is_refused(saved: Path, part: float) -> None:
    content = saved.read_bytes()
    saved.write_bytes(content[: int(len(content) * part)])
    with pytest.raises(PlanFileError):
        fp.Plan.load(saved)


def change(path: Path, key: str, value: object) -> None:
    with closing(sqlite3.connect(path)) as database, database:
        database.execute("UPDATE fiberplan_plan SET value = ? WHERE key = ?", (value, key))


@pytest.mark.parametrize("version", [0, 1, 3, "2", None])
def test_another_version_is_named(saved: Path, version: object) -> None:
    if version is None:
        with closing(sqlite3.connect(saved)) as database, database:
            database.execute("DELETE FROM fiberplan_plan WHERE key = 'format_version'")
    else:
        change(saved, "format_version", version)
    with pytest.raises(PlanFileError, match=rf"format {version}, and this fiberplan reads format 2"):
        fp.Plan.load(saved)


@pytest.mark.parametrize("result", [b"junk", "text", 7, zlib.compress(b"{}"), zlib.compress(b"not json")])
def test_a_damaged_plan_is_refused(saved: Path, result: object) -> None:
    change(saved, "plan", result)
    with pytest.raises(PlanFileError, match="damaged"):
        fp.Plan.load(saved)


def test_a_plan_with_a_broken_geometry_is_damaged(saved: Path) -> None:
    with closing(sqlite3.connect(saved)) as database:
        (content,) = database.execute("SELECT value FROM fiberplan_plan WHERE key = 'plan'").fetchone()
    change(
        saved, "plan", zlib.compress(zlib.decompress(content).replace(b'"geometry":"01', b'"geometry":"77'))
    )
    with pytest.raises(PlanFileError, match="damaged"):
        fp.Plan.load(saved)


def test_a_table_of_another_make_is_no_plan(tmp_path: Path) -> None:
    path = tmp_path / "other.gpkg"
    with closing(sqlite3.connect(path)) as database, database:
        database.execute("CREATE TABLE fiberplan_plan (key TEXT, something BLOB)")
    with pytest.raises(PlanFileError, match="not a plan"):
        fp.Plan.load(path)


# --- formats ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("name", "payments"),
    [
        ("plan-format-2", {"state": 122_461_140, "op-a": 103_889_839, "op-b": 80_025_355}),
        ("plan-format-2-subsidy", {"state": 0, "op-a": 166_476_366, "op-b": 139_899_968}),
    ],
)
def test_a_plan_saved_in_an_older_format_opens_and_holds(name: str, payments: dict[str, int]) -> None:
    """Written by the code of their time; one file at least for each format that can be read."""
    plan = fp.Plan.load(SAVED / f"{name}.gpkg")
    assert plan.project.name("en") == "Good valley"
    assert (plan.routing.objective, plan.routing.bound) == (75_286_975, 75_286_975)
    assert plan.ledger.present_value == 306_376_334
    assert plan.split.payments == payments
    assert plan.proof is not None
    assert plan.proof.basis == "own-networks"
    assert (plan.subsidy is not None) == name.endswith("subsidy")
    assert plan.verify() == ()


def test_there_is_a_saved_plan_of_every_format_that_can_be_read() -> None:
    for version in range(PLAN_FORMAT.oldest, PLAN_FORMAT.version + 1):
        assert (SAVED / f"plan-format-{version}.gpkg").is_file()


def test_an_older_format_is_migrated_step_by_step(plan: Plan, saved: Path) -> None:
    calls = []

    def step(version: int) -> Migration:
        def migrate(data: dict[str, Any]) -> dict[str, Any]:
            calls.append(version)
            settings = data["project"]["settings"]
            settings["name"] = {"en": f"{settings['name']['en']} from {version}"}
            return data

        return migrate

    later = PlanFormat(version=4, migrations={2: step(2), 3: step(3)})
    record = geopackage.read_plan(saved, plan_format=later)
    assert calls == [2, 3]
    assert record.project.name("en") == f"{plan.project.name('en')} from 2 from 3"
    assert fp.Plan.of(replace(record, project=plan.project)) == plan
    change(saved, "format_version", 4)
    assert fp.Plan.of(geopackage.read_plan(saved, plan_format=later)) == plan
    assert calls == [2, 3]


def test_a_format_that_is_too_old_or_too_new_is_refused_with_advice(saved: Path) -> None:
    later = PlanFormat(version=3, migrations={2: dict})
    for version, message in (
        (1, "saved in format 1, and this fiberplan reads formats 2 to 3; plan the project again"),
        (4, "saved in format 4, and this fiberplan reads formats 2 to 3; a newer fiberplan reads it"),
    ):
        change(saved, "format_version", version)
        with pytest.raises(PlanFileError, match=message):
            geopackage.read_plan(saved, plan_format=later)


def test_a_plan_that_a_migration_cannot_read_is_damaged(saved: Path) -> None:
    later = PlanFormat(version=3, migrations={2: lambda data: data["missing"]})
    with pytest.raises(PlanFileError, match=r"plan\.gpkg: the saved plan is damaged"):
        geopackage.read_plan(saved, plan_format=later)


def test_migrations_without_a_step_are_refused() -> None:
    with pytest.raises(ValueError, match="do not lead to 5"):
        PlanFormat(version=5, migrations={2: dict, 4: dict})
