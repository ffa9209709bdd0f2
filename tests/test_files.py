"""Files are whole or not there."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from fiberplan.files import delivering, replacing

if TYPE_CHECKING:
    from pathlib import Path


def test_a_file_appears_when_it_is_whole(tmp_path: Path) -> None:
    target = tmp_path / "deep" / "plan.txt"
    with replacing(target) as draft:
        draft.write_text("new")
        assert not target.exists()
    assert target.read_text() == "new"
    assert [file.name for file in target.parent.iterdir()] == ["plan.txt"]


def test_a_failure_leaves_the_file_as_it_was(tmp_path: Path) -> None:
    target = tmp_path / "plan.txt"
    target.write_text("old")

    def write() -> None:
        with replacing(target) as draft:
            draft.write_text("half")
            raise OSError("the disk is full")

    with pytest.raises(OSError, match="full"):
        write()
    assert target.read_text() == "old"
    assert [file.name for file in tmp_path.iterdir()] == ["plan.txt"]


def test_files_are_delivered_together_and_others_stay(tmp_path: Path) -> None:
    target = tmp_path / "out"
    target.mkdir()
    (target / "notes.txt").write_text("mine")
    (target / "a.txt").write_text("old")
    with delivering(target) as draft:
        (draft / "a.txt").write_text("new")
        (draft / "b.txt").write_text("new")
        assert (target / "a.txt").read_text() == "old"
    assert {file.name: file.read_text() for file in target.iterdir()} == {
        "a.txt": "new",
        "b.txt": "new",
        "notes.txt": "mine",
    }
    assert [file.name for file in tmp_path.iterdir()] == ["out"]


def test_a_failure_delivers_nothing(tmp_path: Path) -> None:
    target = tmp_path / "out"

    def write() -> None:
        with delivering(target) as draft:
            (draft / "a.txt").write_text("new")
            raise OSError("the disk is full")

    with pytest.raises(OSError, match="full"):
        write()
    assert not target.exists()
    assert list(tmp_path.iterdir()) == []
