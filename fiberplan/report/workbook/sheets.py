"""The workbook of a party: every amount of its report with formulas that add it up and hold the sheets together."""

from __future__ import annotations

import datetime as dt
import io
from collections import defaultdict
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from fiberplan.design.bill import PlaceKind
from fiberplan.files import replacing
from fiberplan.report.glyphs import clean, isolate
from fiberplan.report.naming import item_name, unit_name
from fiberplan.report.party import PartyColumn, Viewpoint
from fiberplan.report.sections.checks import check_label, check_title, verdict_text
from fiberplan.report.sections.paying import amounts_note
from fiberplan.report.workbook.grid import LARGEST_EXACT, BookWriter, Grid, GridColumn, Sheet, Total

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from fiberplan.cost import CostLine
    from fiberplan.report.figures import AccountPart
    from fiberplan.result.record import PlanRecord


_COST_OF_PLACES: Final = 3
_FIRST_PARTY_OF_PLACES: Final = 4
_FIRST_PARTY_OF_SEGMENTS: Final = 7
_PRESENT_VALUE_OF_LINES: Final = 10


@dataclass(frozen=True)
class PartyWorkbook:
    """The workbook of one party in one language.

    Attributes
    ----------
    xlsx
        The file.
    """

    xlsx: bytes

    def save(self, path: str | Path) -> Path:
        """Save as an xlsx; what was there before is replaced only once the new file is complete."""
        with replacing(path) as draft:
            draft.write_bytes(self.xlsx)
        return Path(path)


def party_workbook(record: PlanRecord, *, party: str, language: str) -> PartyWorkbook:
    """Write the workbook of a party.

    Parameters
    ----------
    record
        A finished plan.
    party
        ``state`` for everything, or an operator's id for what concerns it.
    language
        ``en`` or ``fa``; Persian sheets run from right to left.

    Raises
    ------
    UnknownPartyError
        The party has no part in the plan.
    ValueError
        fiberplan does not speak the language.
    """
    import xlsxwriter  # noqa: PLC0415 - only a workbook needs it

    view = Viewpoint.of(record, party=party, language=language)
    buffer = io.BytesIO()
    book = xlsxwriter.Workbook(
        buffer,
        {
            "in_memory": True,
            "strings_to_formulas": False,
            "strings_to_urls": False,
            "strings_to_numbers": False,
        },
    )
    day = record.project.settings.date
    book.set_properties(
        {
            "title": clean(record.project.name(language)),
            "author": "fiberplan",
            "created": dt.datetime.combine(day, dt.time(), tzinfo=dt.UTC).replace(tzinfo=None),
        }
    )
    _Book(view, BookWriter(book, view.words, record.currency)).write()
    book.close()
    return PartyWorkbook(buffer.getvalue())


class _Book:
    def __init__(self, view: Viewpoint, writer: BookWriter) -> None:
        self._view = view
        self._writer = writer
        self._columns: tuple[PartyColumn, ...] = view.summary_columns()
        if view.is_state:
            state, _, *rest = view.summary_columns()
            self._columns = (state, *view.operator_columns(), *rest)
        self._checks: list[tuple[str, Total, Total]] = []

    def write(self) -> None:
        summary = self._summary()
        grids = {"asset_class": self._by_asset_class(), "park": self._by_park()}
        segments = self._segments()
        places = grids["places"] = self._places()
        lines = self._lines()
        for at, column in enumerate(self._columns):
            if not self._view.is_state and column.parties != (self._view.party,):
                continue  # an operator's sheets have the others' payments only as far as they concern it
            for key, grid in grids.items():
                first = _FIRST_PARTY_OF_PLACES if grid is places else 1
                if first + at in grid.totals:
                    self._compare(f"check_{key}", grid.totals[first + at], summary[at], party=column.title)
            if _FIRST_PARTY_OF_SEGMENTS + at in segments.totals:
                of_places = self._at_segments(places, at)
                found = segments.totals[_FIRST_PARTY_OF_SEGMENTS + at]
                self._compare("check_segments", found, of_places, party=column.title)
        if _COST_OF_PLACES in places.totals:
            self._compare(
                "check_lines", lines.totals[_PRESENT_VALUE_OF_LINES], places.totals[_COST_OF_PLACES]
            )
            rest = _FIRST_PARTY_OF_PLACES + len(self._columns)
            self._compare("check_rows", places.totals[rest], Total("0", 0))
        self._check_sheet()

    def _at_segments(self, places: Grid, at: int) -> Total:
        """Add up what a party pays at segments, from the sheet of places."""
        view = self._view
        amount = sum(
            self._columns[at].paid(part.payments)
            for part in view.parts
            if part.place_kind is PlaceKind.SEGMENT
        )
        kinds = places.range_of(0, len(view.parts))
        amounts = places.range_of(_FIRST_PARTY_OF_PLACES + at, len(view.parts))
        name = view.words.text("report.book.place.segment")
        return Total(f'SUMIF({kinds},"{name}",{amounts})', amount)

    def _text(self, key: str, **values: object) -> str:
        return self._view.words.text(f"report.{key}", **values)

    def _title(self) -> str:
        view = self._view
        return f"{clean(view.record.project.name(view.words.language))} – {view.party_name(view.party)}"

    def _note(self) -> str:
        return amounts_note(self._view)

    def _compare(self, key: str, left: Total, right: Total, **values: object) -> None:
        self._checks.append((self._text(f"book.{key}", **values), left, right))

    def _money_columns(self, start: int) -> list[GridColumn]:
        count = len(self._columns)
        return [
            *(GridColumn(column.title, "money", 21) for column in self._columns),
            GridColumn(self._view.words.text("common.total"), "sum", 21, start, start + count - 1),
        ]

    def _summary(self) -> list[Total]:
        view, record = self._view, self._view.record
        payments = record.split.payments
        alone = {entry.operator_id: entry for entry in view.stand_alone}
        total = record.split.total
        rows = []
        for column in self._columns:
            paid = column.paid(payments)
            entry = alone.get(column.parties[0]) if len(column.parties) == 1 else None
            rows.append(
                (
                    column.title,
                    paid,
                    Decimal(paid) / total if total else Decimal(0),
                    entry.own if entry else None,
                    entry.saving if entry else None,
                )
            )
        grid = self._writer.grid(
            "summary",
            self._title(),
            self._note(),
            (
                GridColumn(self._text("book.party"), width=34),
                GridColumn(self._text("book.payment"), "money", 24),
                GridColumn(self._text("book.share"), "percent", 10),
                GridColumn(self._text("book.alone"), "money", 24),
                GridColumn(self._text("book.saving"), "money", 24),
            ),
            rows,
        )
        return [
            Total(f"'{grid.name}'!$B${5 + number}", row[1])  # the rows begin below the header
            for number, row in enumerate(rows)
        ]

    def _by_asset_class(self) -> Grid:
        view, record = self._view, self._view.record
        paid: defaultdict[str, dict[str, int]] = defaultdict(dict)
        for (party, asset_class), amount in record.split.by_asset_class.items():
            paid[asset_class][party] = amount
        rows = [
            self._money_row((view.words.text(f"common.asset_class.{asset_class}"),), paid[asset_class])
            for asset_class in record.asset_classes()
        ]
        columns = (GridColumn(self._text("asset_class"), width=28), *self._money_columns(1))
        return self._writer.grid("asset_class", self._title(), self._note(), columns, rows)

    def _by_park(self) -> Grid:
        view, record = self._view, self._view.record
        paid: defaultdict[str, dict[str, int]] = defaultdict(dict)
        for (party, park_id), amount in record.split.by_park.items():
            paid[park_id][party] = amount
        rows = [
            self._money_row((view.park_name(park.id),), paid[park.id])
            for park in view.parks
            if park.id in paid
        ]
        columns = (GridColumn(self._text("park"), width=34), *self._money_columns(1))
        return self._writer.grid("park", self._title(), self._note(), columns, rows)

    def _money_row(self, head: Sequence[object], paid: Mapping[str, int]) -> tuple[object, ...]:
        return (*head, *(column.paid(paid) for column in self._columns), None)

    def _segments(self) -> Grid:
        view, record = self._view, self._view.record
        paid: defaultdict[str, defaultdict[str, int]] = defaultdict(lambda: defaultdict(int))
        users: defaultdict[str, set[str]] = defaultdict(set)
        for part in view.parts:
            if part.place_kind is PlaceKind.SEGMENT:
                users[part.place_id].update(part.operators)
                for party, amount in part.payments.items():
                    paid[part.place_id][party] += amount
        rows = []
        for segment, designed in zip(record.routing.segments, record.design.segments, strict=True):
            if segment.id not in view.segment_ids:
                continue
            head = (
                segment.id,
                segment.corridor_id or "",
                view.words.text(f"common.kind.{designed.kind}"),
                view.words.text(f"common.surface.{designed.surface}"),
                segment.length_m,
                "+".join(str(size) for size in designed.cables),
                len(users[segment.id]),
            )
            rows.append(self._money_row(head, paid[segment.id]))
        columns = (
            GridColumn(self._text("book.segment"), width=30),
            GridColumn(self._text("book.corridor"), width=26),
            GridColumn(self._text("book.kind"), width=20),
            GridColumn(self._text("book.surface"), width=12),
            GridColumn(self._text("book.length_m"), "number", 14),
            GridColumn(self._text("book.cables"), width=14),
            GridColumn(self._text("book.n_operators"), "count", 12),
            *self._money_columns(_FIRST_PARTY_OF_SEGMENTS),
        )
        return self._writer.grid("segments", self._title(), self._note(), columns, rows)

    def _places(self) -> Grid:
        """Every account: what it costs, who pays it, and that nothing is left over."""
        view = self._view
        count = len(self._columns)
        rows = [
            (
                view.words.text(f"report.book.place.{part.place_kind}"),
                part.place_id,
                view.words.text(f"common.asset_class.{part.asset_class}"),
                part.amount,
                *(column.paid(part.payments) for column in self._columns),
                None,
                len(part.operators),
            )
            for part in view.parts
        ]
        columns = (
            GridColumn(self._text("book.place_kind"), width=14),
            GridColumn(self._text("book.place_id"), width=30),
            GridColumn(self._text("asset_class"), width=24),
            GridColumn(self._text("cost"), "money", 21),
            *(GridColumn(column.title, "money", 21) for column in self._columns),
            GridColumn(self._text("book.difference"), "rest", 12, 4, 3 + count, of=_COST_OF_PLACES),
            GridColumn(self._text("book.n_operators"), "count", 12),
        )
        return self._writer.grid("places", self._title(), self._note(), columns, rows)

    def _lines(self) -> Grid:
        """Every item at every place, its years in one row."""
        view, record = self._view, self._view.record
        words = view.words
        shown = {_key(part): part for part in view.parts}
        bought: dict[tuple[Any, ...], list[CostLine]] = {}
        for line in record.ledger.lines:
            account = (line.place_kind, line.place_id, line.asset_class, line.users)
            if account in shown:
                bought.setdefault((*account, line.item, line.quantity, line.unit_price), []).append(line)
        rows = []
        for key, lines in bought.items():
            part, first = shown[key[:4]], lines[0]
            rows.append(
                (
                    words.text(f"report.book.place.{first.place_kind}"),
                    first.place_id,
                    words.text(f"common.asset_class.{first.asset_class}"),
                    item_name(first.item, words),
                    first.item,
                    _years([line.year for line in lines]),
                    first.quantity,
                    unit_name(first.unit, record.currency, words),
                    first.unit_price,
                    sum(line.amount for line in lines),
                    sum(line.present_value for line in lines),
                    words.text("common.yes") if first.is_estimate else "",
                    ", ".join(park for park in part.parks if park in view.park_ids),
                    ", ".join(part.operators) if view.is_state else str(len(part.operators)),
                )
            )
        columns = (
            GridColumn(self._text("book.place_kind"), width=14),
            GridColumn(self._text("book.place_id"), width=30),
            GridColumn(self._text("asset_class"), width=24),
            GridColumn(self._text("item_title"), width=34),
            GridColumn(self._text("book.item_id"), width=28),
            GridColumn(self._text("book.years"), width=14),
            GridColumn(self._text("quantity"), "number", 14),
            GridColumn(self._text("unit_title"), width=16),
            GridColumn(self._text("book.unit_price"), "number", 18),
            GridColumn(self._text("book.amount"), "money", 21),
            GridColumn(self._text("book.present_value"), "money", 21),
            GridColumn(self._text("book.estimate"), width=10),
            GridColumn(self._text("book.parks"), width=28),
            GridColumn(self._text("book.operators" if view.is_state else "book.n_operators"), width=24),
        )
        return self._writer.grid("lines", self._title(), self._note(), columns, rows)

    def _check_sheet(self) -> None:
        writer, view = self._writer, self._view
        sheet = writer.sheet("checks", self._title(), self._note())
        sheet.set_column(0, 0, 58)
        sheet.set_column(1, 3, 24)
        sheet.set_column(4, 4, 16)
        keys = ("check", "left_side", "right_side", "difference", "result")
        for at, key in enumerate(keys):
            writer.text(sheet, 3, at, self._text(f"book.{key}"), "header")
        sheet.freeze_panes(4, 1)
        row = 4
        for title, left, right in self._checks:
            self._check_row(sheet, row, title, left, right)
            row += 1
        row += 1
        for check in view.record.split.checks:
            writer.text(sheet, row, 0, check_title(view, check))
            writer.text(sheet, row, 1, check_label(view, check))
            writer.text(sheet, row, 2, verdict_text(view, check))
            row += 1
        if writer.has_text_amounts:
            writer.text(sheet, row + 1, 0, self._text("book.note_text"), "note")

    def _check_row(self, sheet: Sheet, row: int, title: str, left: Total, right: Total) -> None:
        writer = self._writer
        is_exact = max(abs(left.amount), abs(right.amount)) <= LARGEST_EXACT
        writer.text(sheet, row, 0, isolate(title))
        writer.amount_formula(sheet, row, 1, left.reference, left.amount, is_exact=is_exact)
        writer.amount_formula(sheet, row, 2, right.reference, right.amount, is_exact=is_exact)
        difference = left.amount - right.amount
        cells = f"B{row + 1}-C{row + 1}"
        writer.amount_formula(sheet, row, 3, cells, difference, is_exact=is_exact)
        writer.outcome(sheet, row, 4, f"D{row + 1}=0", holds=difference == 0)


def _key(part: AccountPart) -> tuple[PlaceKind, str, str, int]:
    return part.place_kind, part.place_id, part.asset_class, part.users


def _years(years: Sequence[int]) -> str:
    """Write years shortly: a run as its ends, others one by one."""
    first, last = years[0], years[-1]
    if len(years) > 2 and list(years) == list(range(first, last + 1)):
        return f"{first}–{last}"
    return ", ".join(str(year) for year in years)
