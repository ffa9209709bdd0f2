"""Bids from a table: read as all tables are read, with every fault reported at once (§14.8)."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from support.paths import GOOD

import fiberplan as fp
from fiberplan.errors import ProjectError
from fiberplan.inputs import read_bids
from fiberplan.project.bids import Bid
from fiberplan.sharing import run_auction

if TYPE_CHECKING:
    from pathlib import Path

PROJECT = fp.read_project(GOOD)


def table(folder: Path, *lines: str) -> Path:
    path = folder / "bids.csv"
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return path


def test_bids_are_read(tmp_path: Path) -> None:
    """Amounts in euros become cents; Persian digits are digits; ids are made where there are none."""
    path = table(
        tmp_path,
        "Operator id,package,amount,units,group",
        "op-a,P1;P2,۱۲۵۰٫۵,50,x",
        "op-a, P1 ,700,40,",
        "op-b,P2,300.25,12,",
    )
    bids = read_bids(path, PROJECT)
    assert bids == (
        Bid(id="op-a-1", operator_id="op-a", park_ids=("P1", "P2"), amount=125_050, units=50, group="x"),
        Bid(id="op-a-2", operator_id="op-a", park_ids=("P1",), amount=70_000, units=40),
        Bid(id="op-b-1", operator_id="op-b", park_ids=("P2",), amount=30_025, units=12),
    )
    award = run_auction(bids, {park.id: park.units for park in PROJECT.parks})
    assert award.won == ("op-a-2", "op-b-1")


def test_made_up_ids_keep_clear_of_given_ones(tmp_path: Path) -> None:
    path = table(tmp_path, "id,operator_id,package,amount,units", ",op-a,P1,7,4", "op-a-1,op-a,P2,3,2")
    assert [bid.id for bid in read_bids(path, PROJECT)] == ["op-a-2", "op-a-1"]


def test_all_faults_are_told(tmp_path: Path) -> None:
    path = table(
        tmp_path,
        "id,operator_id,package,amount,units",
        "b1,op-c,P1,-5,3",
        "b2,op-x,P1;P9,5.001,3",
        "b2,op-b,P2;P2,5,30",
        "b3,op-b,,5,many",
    )
    with pytest.raises(ProjectError) as caught:
        read_bids(path, PROJECT)
    result = {(fault.row, fault.column): str(fault) for fault in caught.value.faults}
    assert set(result) == {
        (2, "amount"),
        (3, "operator_id"),
        (3, "package"),
        (3, "amount"),
        (4, "id"),
        (4, "package"),
        (4, "units"),
        (5, "package"),
        (5, "units"),
    }
    assert "is negative" in result[2, "amount"]
    assert "finer than the currency" in result[3, "amount"]
    assert "is the id of row 3 too" in result[4, "id"]
    assert "expected at most 24" in result[4, "units"]
    assert "ids of parks" in result[3, "package"]


def test_files_that_are_no_table_of_bids(tmp_path: Path) -> None:
    for path, text in (
        (tmp_path / "none.csv", "does not exist"),
        (table(tmp_path, "operator_id,package,amount,units"), "has no rows"),
    ):
        with pytest.raises(ProjectError, match=text):
            read_bids(path, PROJECT)
    with pytest.raises(ProjectError, match="the column is missing"):
        read_bids(table(tmp_path, "operator_id,package,amount", "op-a,P1,5"), PROJECT)
    odd = tmp_path / "bids.kml"
    odd.write_text("<kml/>")
    with pytest.raises(ProjectError, match="unknown format"):
        read_bids(odd, PROJECT)
