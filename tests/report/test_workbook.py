"""Workbooks: formulas that carry their results, sheets that hold together, and text that stays text."""

from __future__ import annotations

import io
import re
from dataclasses import replace
from functools import cache
from typing import TYPE_CHECKING, Any

import openpyxl
import pytest
from openpyxl.utils import range_boundaries
from support.builders import star
from support.hostile_plan import NAMES, hostile_plan

import fiberplan as fp
from fiberplan.report import UnknownPartyError, party_workbook
from fiberplan.report.workbook.grid import LARGEST_EXACT

if TYPE_CHECKING:
    from pathlib import Path

    from openpyxl.workbook import Workbook

    from fiberplan.plan import Plan

PARTIES = ("state", "op-a", "op-e")
_RANGE = r"(?:'(?P<sheet{0}>[^']+)'!)?(?P<cells{0}>\$?[A-Z]+\$?\d+(?::\$?[A-Z]+\$?\d+)?)"


class Files:
    """Workbooks of the bundled plan, written when first used."""

    def __init__(self, plan: Plan) -> None:
        self._plan = plan
        self._made: dict[tuple[str, str], bytes] = {}

    def __getitem__(self, key: tuple[str, str]) -> bytes:
        if key not in self._made:
            self._made[key] = party_workbook(self._plan, party=key[0], language=key[1]).xlsx
        return self._made[key]


@pytest.fixture(scope="module")
def files(lorestan_plan: Plan) -> Files:
    return Files(lorestan_plan)


@pytest.fixture(scope="module")
def hostile() -> Plan:
    return hostile_plan()


@cache
def opened(xlsx: bytes, *, values: bool = False) -> Workbook:
    return openpyxl.load_workbook(io.BytesIO(xlsx), data_only=values)


class Calculator:
    """Works the formulas of a workbook out from its constants alone."""

    def __init__(self, xlsx: bytes) -> None:
        self._book = opened(xlsx)

    def formulas(self) -> list[tuple[str, str, Any]]:
        return [
            (sheet.title, cell.coordinate, self.value(sheet.title, cell.coordinate))
            for sheet in self._book
            for row in sheet.iter_rows()
            for cell in row
            if cell.data_type == "f"
        ]

    def value(self, sheet: str, cell: str) -> Any:  # noqa: ANN401 - a cell
        stored = self._book[sheet][cell.replace("$", "")].value
        if not isinstance(stored, str) or not stored.startswith("="):
            return 0 if stored is None else stored
        return self._work_out(sheet, stored[1:])

    def _cells(self, sheet: str, cells: str) -> list[Any]:
        left, top, right, bottom = range_boundaries(cells.replace("$", ""))
        rows = self._book[sheet].iter_rows(top, bottom, left, right)
        return [self.value(sheet, cell.coordinate) for row in rows for cell in row]

    def _work_out(self, sheet: str, text: str) -> Any:  # noqa: ANN401, PLR0911 - a cell; one return a kind of formula
        if match := re.fullmatch(r"ROUND\((.*),(\d)\)", text):
            return round(self._work_out(sheet, match[1]), int(match[2]))
        if match := re.fullmatch(r'IF\((.*)=0,"(.*)","(.*)"\)', text):
            return match[2] if self._work_out(sheet, match[1]) == 0 else match[3]
        if match := re.fullmatch(f'SUMIF\\({_RANGE.format(1)},"(.*)",{_RANGE.format(2)}\\)', text):
            keys = self._cells(match["sheet1"], match["cells1"])
            amounts = self._cells(match["sheet2"], match["cells2"])
            return sum(amount for key, amount in zip(keys, amounts, strict=True) if key == match[3])
        if match := re.fullmatch(f"SUM\\({_RANGE.format(1)}\\)", text):
            return sum(self._cells(match["sheet1"] or sheet, match["cells1"]))
        if match := re.fullmatch(r"([A-Z]+\d+)-(.*)", text):
            return self.value(sheet, match[1]) - self._work_out(sheet, match[2])
        if match := re.fullmatch(_RANGE.format(1), text):
            return self.value(match["sheet1"] or sheet, match["cells1"])
        return int(text)


@pytest.mark.parametrize(("party", "language"), [("state", "en"), ("op-e", "fa")])
def test_results_beside_formulas_are_what_the_formulas_give(files: Files, party: str, language: str) -> None:
    stored = opened(files[party, language], values=True)
    formulas = Calculator(files[party, language]).formulas()
    assert len(formulas) > 100
    assert [(sheet, cell) for sheet, cell, value in formulas if stored[sheet][cell].value != value] == []


def test_results_are_right_in_euro_and_cent_too(hostile: Plan) -> None:
    xlsx = party_workbook(hostile, party="state", language="en").xlsx
    stored = opened(xlsx, values=True)
    for sheet, cell, value in Calculator(xlsx).formulas():
        assert stored[sheet][cell].value == (
            value if isinstance(value, str) else pytest.approx(value, abs=0.001)
        )
    checks = stored["Checks"]
    results = [row[4].value for row in checks.iter_rows(min_row=5) if row[4].value]
    assert set(results) == {"OK"}


@pytest.mark.parametrize("party", PARTIES)
def test_every_check_holds_and_there_is_one_for_each_sheet(files: Files, party: str) -> None:
    checks = opened(files[party, "en"], values=True)["Checks"]
    rows = [[cell.value for cell in row] for row in checks.iter_rows(min_row=5) if row[4].value]
    assert {row[4] for row in rows} == {"OK"}
    titles = " ".join(row[0] for row in rows)
    for word in ("By asset class", "By park", "Places", "Ledger", "Segments"):
        assert word in titles


@pytest.mark.parametrize("party", PARTIES)
def test_parts_sum_to_the_payments_of_the_split(files: Files, lorestan_plan: Plan, party: str) -> None:
    book = opened(files[party, "en"], values=True)
    split = lorestan_plan.split
    summary = {row[0].value: row[1].value for row in book["Summary"].iter_rows(min_row=5)}
    name = lorestan_plan.party_name(party, "en") or "State"
    assert summary[name] == split.payments[party]
    assert summary["State"] == split.payments["state"]
    assert summary["Total"] == split.total
    places = book["Places"]
    titles = [cell.value for cell in places[4]]
    parts = [row[titles.index(name)].value for row in places.iter_rows(min_row=5, max_row=places.max_row - 1)]
    assert all(isinstance(part, int) for part in parts)
    assert sum(parts) == split.payments[party]


def test_the_governments_ledger_has_every_cost(files: Files, lorestan_plan: Plan) -> None:
    sheet = opened(files["state", "en"], values=True)["Ledger"]
    assert sheet.cell(sheet.max_row, 11).value == lorestan_plan.ledger.present_value
    nominal = sum(line.amount for line in lorestan_plan.ledger.lines)
    assert sheet.cell(sheet.max_row, 10).value == nominal
    assert "1–20" in {row[5].value for row in sheet.iter_rows(min_row=5)}


@pytest.mark.parametrize("language", ["en", "fa"])
def test_an_operator_sees_no_other_operator(files: Files, lorestan_plan: Plan, language: str) -> None:
    hidden = {
        word
        for operator in lorestan_plan.project.operators
        if operator.id != "op-a"
        for word in (operator.id, *operator.names.values())
    }
    book = opened(files["op-a", language])
    texts = [str(cell.value) for sheet in book for row in sheet.iter_rows() for cell in row if cell.value]
    assert [word for word in hidden if any(word in text for text in texts)] == []


def test_connections_of_others_are_not_among_the_lines(files: Files, lorestan_plan: Plan) -> None:
    sheet = opened(files["op-e", "en"], values=True)["Ledger"]
    drops = {row[1].value for row in sheet.iter_rows(min_row=5) if row[4].value == "access.drop"}
    own = {
        need.park_id
        for need in lorestan_plan.design.requirements
        if need.operator_id == "op-e" and need.units
    }
    assert drops == own == {"LR02"}


@pytest.mark.parametrize(("language", "flipped"), [("en", False), ("fa", True)])
def test_persian_sheets_run_from_right_to_left(files: Files, language: str, flipped: bool) -> None:
    book = opened(files["op-a", language])
    assert len(book.sheetnames) == 7
    for sheet in book:
        assert bool(sheet.sheet_view.rightToLeft) is flipped
        assert sheet.freeze_panes is not None
        assert len(sheet.title) <= 31
        assert not set(sheet.title) & set("[]:*?/\\'")


def test_amounts_are_shown_with_separators(files: Files, hostile: Plan) -> None:
    assert opened(files["state", "en"])["Summary"]["B5"].number_format == "#,##0"
    euro = opened(party_workbook(hostile, party="state", language="en").xlsx)
    assert euro["Summary"]["B5"].number_format == "#,##0.00"


@pytest.mark.parametrize("party", ["state", "o1"])
def test_no_text_becomes_a_formula_or_a_link(hostile: Plan, party: str) -> None:
    book = opened(party_workbook(hostile, party=party, language="en").xlsx)
    texts = set()
    for sheet in book:
        for row in sheet.iter_rows():
            for cell in row:
                assert cell.hyperlink is None
                if cell.data_type == "s":
                    texts.add(cell.value)
                elif cell.data_type == "f":
                    assert re.match(r"=(ROUND|IF|'|SUM)", str(cell.value))
    asked_for = NAMES[2:] if party == "state" else NAMES[2:5]
    assert [name for name in asked_for if name not in texts] == []


def test_amounts_that_a_spreadsheet_would_round_are_written_as_text() -> None:
    project = star("ab")
    prices = {
        name: replace(item, value=item.value * 10**11) if item.is_price else item
        for name, item in project.catalogue.items.items()
    }
    plan = fp.plan_rollout(replace(project, catalogue=replace(project.catalogue, items=prices)))
    xlsx = party_workbook(plan, party="op-a", language="en").xlsx
    paid = plan.split.payments["op-a"]
    assert paid > LARGEST_EXACT
    summary, checks = opened(xlsx)["Summary"], opened(xlsx)["Checks"]
    assert summary["B5"].data_type == "s"
    assert summary["B5"].value == f"{paid // 100}.{paid % 100:02}"
    assert any("more than 15 digits" in str(row[0].value) for row in checks.iter_rows())


def test_the_same_plan_gives_the_same_bytes(files: Files, lorestan_plan: Plan) -> None:
    again = party_workbook(lorestan_plan, party="op-a", language="fa").xlsx
    assert again == files["op-a", "fa"]
    assert str(opened(again).properties.created) == "2025-12-27 00:00:00"


def test_an_unknown_party_is_refused(lorestan_plan: Plan) -> None:
    with pytest.raises(UnknownPartyError, match="op-z"):
        party_workbook(lorestan_plan, party="op-z", language="en")


def test_saving_replaces_what_was_there(files: Files, lorestan_plan: Plan, tmp_path: Path) -> None:
    target = tmp_path / "book.xlsx"
    target.write_bytes(b"before")
    party_workbook(lorestan_plan, party="op-e", language="en").save(target)
    assert target.read_bytes() == files["op-e", "en"]
    assert list(tmp_path.iterdir()) == [target]
