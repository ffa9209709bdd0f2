"""Sheets of a workbook: a header, rows, a row of sums, with formulas that carry their results.

Amounts are numbers as long as a spreadsheet can hold them exactly, else text. Text is always text: nothing from the
input becomes a formula or a link.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final, Literal

from fiberplan.money import to_major
from fiberplan.report.glyphs import unbroken

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from fiberplan.money import Currency
    from fiberplan.wording import Wording

LARGEST_EXACT: Final = 10**15 - 1
"""In minor units. A spreadsheet shows 15 figures; 2**53, where its numbers stop being exact, is beyond that."""

_LONGEST_TEXT: Final = 32_000
_HEADER_ROW: Final = 3

Book = Any
Sheet = Any
"""Of xlsxwriter, which has no types."""

Value = Any
"""What a cell takes: it depends on the kind of its column."""

Kind = Literal["text", "money", "count", "number", "percent", "sum", "rest"]


@dataclass(frozen=True, slots=True)
class GridColumn:
    """A column of a sheet.

    Attributes
    ----------
    kind
        ``sum`` adds up the money columns from ``first`` to ``last`` by a formula; ``rest`` takes them from column
        ``of``.
    """

    title: str
    kind: Kind = "text"
    width: float = 18.0
    first: int = 0
    last: int = 0
    of: int = 0

    @property
    def is_amount(self) -> bool:
        """Whether its cells are amounts."""
        return self.kind == "money" or self.is_worked_out

    @property
    def is_worked_out(self) -> bool:
        """Whether its cells are formulas over others of their row."""
        return self.kind in {"sum", "rest"}


@dataclass(frozen=True, slots=True)
class Total:
    """The sum of a column: where it stands, and what it is."""

    reference: str
    amount: int


@dataclass
class Grid:
    """A sheet that was written, with the sums that other sheets refer to."""

    name: str
    totals: dict[int, Total] = field(default_factory=dict)

    def range_of(self, column: int, rows: int) -> str:
        """Refer to the cells of a column from another sheet."""
        from xlsxwriter.utility import xl_range_abs  # noqa: PLC0415 - only a workbook needs it

        cells = xl_range_abs(_HEADER_ROW + 1, column, _HEADER_ROW + rows, column)
        return f"'{self.name}'!{cells}"


class BookWriter:
    """Writes sheets.

    Parameters
    ----------
    book
        An ``xlsxwriter.Workbook``.
    """

    def __init__(self, book: Book, words: Wording, currency: Currency) -> None:
        self._book = book
        self.words = words
        self.currency = currency
        font = {"font_name": "Tahoma" if words.is_right_to_left else "Calibri", "font_size": 10}
        money = "#,##0" + ("." + "0" * currency.minor_digits if currency.minor_digits else "")
        line = {"top": 1, "top_color": "#0B5C6B", "bold": True}
        self._formats = {
            "text": book.add_format(font),
            "money": book.add_format({**font, "num_format": money}),
            "count": book.add_format({**font, "num_format": "#,##0"}),
            "number": book.add_format({**font, "num_format": "#,##0.###"}),
            "percent": book.add_format({**font, "num_format": "0.0%"}),
            "digits": book.add_format({**font, "align": "right"}),
            "title": book.add_format({**font, "bold": True, "font_size": 14, "font_color": "#0B5C6B"}),
            "note": book.add_format({**font, "italic": True, "font_color": "#5D6975"}),
            "header": book.add_format(
                {
                    **font,
                    "bold": True,
                    "font_color": "#0B5C6B",
                    "bottom": 2,
                    "bottom_color": "#0B5C6B",
                    "text_wrap": True,
                    "valign": "vcenter",
                }
            ),
            "total_text": book.add_format({**font, **line}),
            "total_money": book.add_format({**font, **line, "num_format": money}),
            "total_digits": book.add_format({**font, **line, "align": "right"}),
        }
        self.has_text_amounts = False

    def sheet(self, key: str, title: str, note: str) -> Sheet:
        """Start a sheet with its title."""
        sheet = self._book.add_worksheet(self.words.text(f"report.sheet.{key}"))
        if self.words.is_right_to_left:
            sheet.right_to_left()
        sheet.hide_gridlines(2)
        sheet.set_landscape()
        sheet.set_paper(9)
        sheet.fit_to_pages(1, 0)
        self.text(sheet, 0, 0, title, "title")
        self.text(sheet, 1, 0, note, "note")
        return sheet

    def text(self, sheet: Sheet, row: int, column: int, text: str, look: str = "text") -> None:
        """Write a text as a text."""
        sheet.write_string(row, column, unbroken(text)[:_LONGEST_TEXT], self._formats[look])

    def amount(self, sheet: Sheet, row: int, column: int, amount: int, *, is_total: bool = False) -> None:
        """Write an amount: a number where that is exact, else its digits as text."""
        prefix = "total_" if is_total else ""
        if abs(amount) <= LARGEST_EXACT:
            sheet.write_number(row, column, _plain(amount, self.currency), self._formats[f"{prefix}money"])
        else:
            self.has_text_amounts = True
            digits = f"{to_major(amount, self.currency):f}"
            sheet.write_string(row, column, digits, self._formats[f"{prefix}digits"])

    def amount_formula(  # noqa: PLR0913 - a cell, a formula and its result
        self,
        sheet: Sheet,
        row: int,
        column: int,
        formula: str,
        amount: int,
        *,
        is_exact: bool,
        is_total: bool = False,
    ) -> None:
        """Write a formula with its result, or the result alone where the spreadsheet could not work it out."""
        if not is_exact or abs(amount) > LARGEST_EXACT:
            self.amount(sheet, row, column, amount, is_total=is_total)
            return
        digits = self.currency.minor_digits
        text = f"=ROUND({formula},{digits})" if digits else f"={formula}"
        look = self._formats["total_money" if is_total else "money"]
        sheet.write_formula(row, column, text, look, _plain(amount, self.currency))

    def outcome(self, sheet: Sheet, row: int, column: int, formula: str, *, holds: bool) -> None:
        """Write a formula that says whether something holds."""
        good, bad = self.words.text("report.book.ok"), self.words.text("report.book.not_ok")
        sheet.write_formula(
            row, column, f'=IF({formula},"{good}","{bad}")', self._formats["text"], good if holds else bad
        )

    def grid(
        self, key: str, title: str, note: str, columns: Sequence[GridColumn], rows: Sequence[Sequence[Value]]
    ) -> Grid:
        """Write a sheet with a header, rows and sums of the columns of money.

        Parameters
        ----------
        rows
            One value a column: text, an amount in minor units, a count, a decimal, ``None`` for nothing;
            anything for ``sum`` and ``rest``, which are worked out.
        """
        from xlsxwriter.utility import xl_rowcol_to_cell  # noqa: PLC0415 - only a workbook needs it

        sheet = self.sheet(key, title, note)
        grid = Grid(self.words.text(f"report.sheet.{key}"))
        for at, column in enumerate(columns):
            sheet.set_column(at, at, column.width)
            self.text(sheet, _HEADER_ROW, at, column.title, "header")
        sheet.set_row(_HEADER_ROW, 32)
        sheet.freeze_panes(_HEADER_ROW + 1, 1)
        sheet.repeat_rows(_HEADER_ROW)
        sums = dict.fromkeys((at for at, column in enumerate(columns) if column.is_amount), 0)
        exact = dict.fromkeys(sums, True)
        for number, values in enumerate(rows, start=_HEADER_ROW + 1):
            for at, (column, value) in enumerate(zip(columns, values, strict=True)):
                amount = self._cell(sheet, number, at, column, value, values)
                if column.is_amount:
                    sums[at] += amount
                    exact[at] = exact[at] and abs(amount) <= LARGEST_EXACT
        bottom = _HEADER_ROW + 1 + len(rows)
        if sums and rows:
            for at in range(len(columns)):
                self.text(sheet, bottom, at, "", "total_text")
            self.text(sheet, bottom, 0, self.words.text("common.total"), "total_text")
        for at, amount in sums.items():
            if not rows:
                break
            top_cell = xl_rowcol_to_cell(_HEADER_ROW + 1, at)
            bottom_cell = xl_rowcol_to_cell(bottom - 1, at)
            self.amount_formula(
                sheet, bottom, at, f"SUM({top_cell}:{bottom_cell})", amount, is_exact=exact[at], is_total=True
            )
            place = xl_rowcol_to_cell(bottom, at, row_abs=True, col_abs=True)
            grid.totals[at] = Total(f"'{grid.name}'!{place}", amount)
        return grid

    def _cell(  # noqa: PLR0913, PLR0917 - a cell, its column and its row
        self,
        sheet: Sheet,
        row: int,
        at: int,
        column: GridColumn,
        value: Value,
        values: Sequence[Value],
    ) -> int:
        from xlsxwriter.utility import xl_rowcol_to_cell  # noqa: PLC0415 - only a workbook needs it

        if value is None and not column.is_worked_out:
            return 0
        match column.kind:
            case "text":
                self.text(sheet, row, at, str(value))
            case "money":
                self.amount(sheet, row, at, int(value))
                return int(value)
            case "count" | "number" | "percent":
                sheet.write_number(row, at, float(value), self._formats[column.kind])
            case "sum" | "rest":
                parts = [int(part) for part in values[column.first : column.last + 1]]
                total, formula = sum(parts), _sum_of(row, column, xl_rowcol_to_cell)
                if column.kind == "rest":
                    whole = int(values[column.of])
                    parts.append(whole)
                    total = whole - total
                    formula = f"{xl_rowcol_to_cell(row, column.of)}-{formula}"
                is_exact = all(abs(part) <= LARGEST_EXACT for part in parts)
                self.amount_formula(sheet, row, at, formula, total, is_exact=is_exact)
                return total
        return 0


def _sum_of(row: int, column: GridColumn, name_cell: Callable[[int, int], str]) -> str:
    return f"SUM({name_cell(row, column.first)}:{name_cell(row, column.last)})"


def _plain(amount: int, currency: Currency) -> float | int:
    return amount if not currency.minor_digits else float(to_major(amount, currency))
