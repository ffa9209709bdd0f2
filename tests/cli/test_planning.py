"""The command line, run as a planner would, in this process."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest
from support.command import run
from support.paths import GOOD

from fiberplan.exports import folder as outputs
from fiberplan.plan import Plan


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Copy the good project, so that a test may spoil it."""
    return Path(shutil.copytree(GOOD, tmp_path / "project"))


@pytest.fixture(scope="module")
def planned(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Plan the good project once, in both languages."""
    folder = tmp_path_factory.mktemp("cli") / "out"
    with pytest.MonkeyPatch.context() as monkeypatch:
        assert run(monkeypatch, "plan", GOOD, "-o", folder, "--language", "both") == 0
    return folder


def contents(folder: Path) -> dict[str, bytes]:
    return {file.name: file.read_bytes() for file in sorted(folder.iterdir())}


def test_plan_writes_every_file_that_its_summary_names(planned: Path) -> None:
    summary = json.loads((planned / "summary.json").read_text(encoding="utf-8"))
    assert sorted(summary["files"]) == sorted(contents(planned))
    assert {"plan.gpkg", "map.html", "map-fa.html", "report-government.pdf"} <= set(summary["files"])
    assert sum(summary["split"]["payments"].values()) == summary["cost"]["present_value"]


def test_the_same_input_gives_the_same_bytes(
    planned: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert run(monkeypatch, "plan", GOOD, "-o", tmp_path / "again", "-l", "en", "-l", "fa") == 0
    first, again = contents(planned), contents(tmp_path / "again")
    assert [name for name in first if first[name] != again.get(name)] == []


def test_check_reports_that_a_good_project_can_be_planned(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(monkeypatch, "check", GOOD) == 0
    assert "can be planned" in capsys.readouterr().out


def test_bad_input_exits_with_2_and_names_file_and_column(
    folder: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    settings = folder / "project.toml"
    settings.write_text("discount_rat = 0.1\n" + settings.read_text(encoding="utf-8"), encoding="utf-8")
    assert run(monkeypatch, "plan", folder, "-o", folder / "out") == 2
    captured = capsys.readouterr().err
    assert "project.toml" in captured
    assert "discount_rate" in captured
    assert not (folder / "out").exists()


def test_a_missing_folder_exits_with_2(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert run(monkeypatch, "check", tmp_path / "nowhere") == 2


def test_a_park_out_of_reach_exits_with_3_and_is_named(
    folder: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    parks = folder / "parks.csv"
    lines = parks.read_text(encoding="utf-8").splitlines()
    lat = lines[0].split(",").index("lat")
    cells = lines[1].split(",")
    cells[lat] = str(float(cells[lat]) + 0.2)  # 22 km to the north
    parks.write_text("\n".join([lines[0], ",".join(cells), *lines[2:]]), encoding="utf-8")
    assert run(monkeypatch, "plan", folder, "-o", folder / "out") == 3
    captured = capsys.readouterr().err
    assert cells[0] in captured
    assert "routing.max_spur_m" in captured


def test_a_run_that_fails_leaves_earlier_output_as_it_was(
    planned: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    target = Path(shutil.copytree(planned, tmp_path / "out"))
    before = contents(target)

    def fail(*_: object, **__: object) -> None:
        raise OSError("the disk is full")

    monkeypatch.setattr(outputs, "party_workbook", fail)
    assert run(monkeypatch, "plan", GOOD, "-o", target) == 2
    assert contents(target) == before
    assert [entry.name for entry in tmp_path.iterdir()] == ["out"]


def test_an_interruption_exits_with_4(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def interrupt(*_: object, **__: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(outputs, "write_plan", interrupt)
    assert run(monkeypatch, "plan", GOOD, "-o", tmp_path / "out") == 4
    assert "stopped" in capsys.readouterr().err
    assert list(tmp_path.iterdir()) == []


def test_files_of_an_operator_that_left_are_removed_and_others_stay(
    planned: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    target = Path(shutil.copytree(planned, tmp_path / "out"))
    (target / "my-notes.txt").write_text("my-lorestan", encoding="utf-8")
    assert run(monkeypatch, "plan", GOOD, "-o", target, "-l", "en") == 0
    names = set(contents(target))
    assert "my-notes.txt" in names
    assert "map-fa.html" not in names
    assert "map.html" in names


def test_files_elsewhere_that_a_summary_names_are_kept(
    planned: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    target = Path(shutil.copytree(planned, tmp_path / "out"))
    precious = tmp_path / "precious.txt"
    precious.write_text("my-lorestan", encoding="utf-8")
    (target / "summary.json").write_text(json.dumps({"files": ["../precious.txt"]}), encoding="utf-8")
    assert run(monkeypatch, "plan", GOOD, "-o", target, "-l", "en") == 0
    assert precious.read_text(encoding="utf-8") == "my-lorestan"


def test_map_and_report_are_written_from_a_saved_plan(
    planned: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    saved = planned / "plan.gpkg"
    assert run(monkeypatch, "map", saved, "-o", tmp_path / "m.html") == 0
    assert (tmp_path / "m.html").read_bytes() == (planned / "map.html").read_bytes()
    operator = Plan.load(saved).stand_alone[0].operator_id
    assert run(monkeypatch, "report", saved, "--party", operator, "-l", "fa", "-o", tmp_path / "r.pdf") == 0
    assert (tmp_path / "r.pdf").read_bytes() == (planned / f"report-{operator}-fa.pdf").read_bytes()


@pytest.mark.parametrize(
    "arguments",
    [
        ("plan", GOOD, "-l", "xx"),
        ("init", "--osm", "x.osm.pbf", "-o", "y", "--backbone", "north"),
        ("init", "--osm", "x.osm.pbf", "-o", "y", "--backbone", "48,133"),
        ("report", "no.gpkg"),
        ("init", "--osm", "not-there.osm.pbf", "-o", "y"),
    ],
)
def test_arguments_that_make_no_sense_exit_with_2(
    arguments: tuple[object, ...], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    assert run(monkeypatch, *arguments) == 2
    assert list(tmp_path.iterdir()) == []


def test_the_demo_can_be_copied_and_checked(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert run(monkeypatch, "demo", "--copy", tmp_path / "my-lorestan") == 0
    assert run(monkeypatch, "check", tmp_path / "my-lorestan") == 0
    assert run(monkeypatch, "demo", "--copy", tmp_path / "my-lorestan") == 2


def test_solve_writes_a_tree_in_the_pace_format(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """A square with a cheap middle: the tree over the four corners goes through it."""
    edges = [(1, 2, 3), (2, 3, 3), (3, 4, 3), (4, 1, 3), (5, 1, 2), (5, 2, 2), (5, 3, 2), (5, 4, 2)]
    lines = ["SECTION Graph", "Nodes 5", "Edges 8", *(f"E {u} {v} {cost}" for u, v, cost in edges), "END", ""]
    lines += ["SECTION Terminals", "Terminals 4", "T 1", "T 2", "T 3", "T 4", "END", "", "EOF"]
    (tmp_path / "square.gr").write_text("\n".join(lines), encoding="utf-8")
    assert run(monkeypatch, "solve", tmp_path / "square.gr") == 0
    captured = capsys.readouterr()
    assert captured.out.splitlines()[0] == "VALUE 8"
    assert sorted(captured.out.splitlines()[1:]) == ["5 1", "5 2", "5 3", "5 4"]
    assert "status optimal, objective 8, bound 8" in captured.err
    (tmp_path / "odd.gr").write_text("SECTION Graph\nEnd of the world\n", encoding="utf-8")
    assert run(monkeypatch, "solve", tmp_path / "odd.gr") == 2


def test_solve_names_terminals_that_cannot_be_joined(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    text = "SECTION Graph\nNodes 3\nEdges 1\nE 1 2 1\nEND\n\nSECTION Terminals\nTerminals 2\nT 1\nT 3\nEND\n\nEOF\n"
    (tmp_path / "apart.gr").write_text(text, encoding="utf-8")
    assert run(monkeypatch, "solve", tmp_path / "apart.gr") == 3
    assert "to 3" in capsys.readouterr().err
