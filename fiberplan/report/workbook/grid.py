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
    from collections.abc import Sequence

    from fiberplan.money import Currency
    from fiberplan.wording import Wording

LARGEST_EXACT: Final = 10**15 - 1
"""In minor units. A spreadsheet shows 15 figures; 2**53, where its numbers stop being exact, is beyond that."""

_LONGEST_TEXT: Final = 32_000
_HEADER_ROW: Final = 3
_ACCENT: Final = "#0B5C6B"

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
        return self.kind == "money" or self.is_formula

    @property
    def is_formula(self) -> bool:
        """Whether its cells are formulas over other cells of their row."""
        return self.kind in {"sum", "rest"}


@dataclass(frozen=True, slots=True)
class Total:
    """The sum of a column: its cell and its amount."""

    reference: str
    amount: int


@dataclass
class Grid:
    """A sheet that was written, with the sums that other sheets refer to."""

    name: str
    totals: dict[int, Total] = field(default_factory=dict)

    def range_of(self, column: int, rows: int) -> str:
        """Refer to the cells of a column from another sheet.

        Parameters
        ----------
        column
            Its position.
        rows
            How many rows below the header.
        """
        from xlsxwriter.utility import xl_range_abs  # noqa: PLC0415 - only a workbook needs it

        cells = xl_range_abs(_HEADER_ROW + 1, column, _HEADER_ROW + rows, column)
        return f"'{self.name}'!{cells}"


def _styles(currency: Currency) -> dict[str, dict[str, Any]]:
    money = "#,##0" + ("." + "0" * currency.minor_digits if currency.minor_digits else "")
    total = {"top": 1, "top_color": _ACCENT, "bold": True}
    header = {"bold": True, "font_color": _ACCENT, "bottom": 2, "bottom_color": _ACCENT}
    return {
        "text": {},
        "money": {"num_format": money},
        "count": {"num_format": "#,##0"},
        "number": {"num_format": "#,##0.###"},
        "percent": {"num_format": "0.0%"},
        "digits": {"align": "right"},
        "title": {"bold": True, "font_size": 14, "font_color": _ACCENT},
        "note": {"italic": True, "font_color": "#5D6975"},
        "header": {**header, "text_wrap": True, "valign": "vcenter"},
        "total_text": total,
        "total_money": {**total, "num_format": money},
        "total_digits": {**total, "align": "right"},
    }


class BookWriter:
    """Writes sheets.

    Parameters
    ----------
    book
        An ``xlsxwriter.Workbook``.
    words
        Of the language.
    currency
        Of all amounts.
    """

    def __init__(self, book: Book, words: Wording, currency: Currency) -> None:
        self._book = book
        self.words = words
        self.currency = currency
        font = {"font_name": "Tahoma" if words.is_right_to_left else "Calibri", "font_size": 10}
        self._formats = {
            name: book.add_format({**font, **style}) for name, style in _styles(currency).items()
        }
        self.has_text_amounts = False

    def sheet(self, key: str, title: str, note: str) -> Sheet:
        """Start a sheet with its title.

        Parameters
        ----------
        key
            Of the sheet's name.
        title, note
            Lines at its top.
        """
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

    def text(self, sheet: Sheet, row: int, column: int, text: str, style: str = "text") -> None:
        """Write a text as a text.

        Parameters
        ----------
        sheet, row, column
            The cell, counted from 0.
        text
            Whatever it holds, it becomes no formula and no link.
        style
            Name of a format.
        """
        sheet.write_string(row, column, unbroken(text)[:_LONGEST_TEXT], self._formats[style])

    def amount(self, sheet: Sheet, row: int, column: int, amount: int, *, is_total: bool = False) -> None:
        """Write an amount: a number where that is exact, else its digits as text.

        Parameters
        ----------
        sheet, row, column
            The cell, counted from 0.
        amount
            Minor units.
        is_total
            Whether it is in the row of sums.
        """
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
        """Write a formula with its result, or the result alone where a spreadsheet cannot calculate it.

        Parameters
        ----------
        sheet, row, column
            The cell, counted from 0.
        formula
            Without the equals sign.
        amount
            Its result, minor units.
        is_exact
            Whether a spreadsheet has all the amounts in it exactly.
        is_total
            Whether it is in the row of sums.
        """
        if not is_exact or abs(amount) > LARGEST_EXACT:
            self.amount(sheet, row, column, amount, is_total=is_total)
            return
        digits = self.currency.minor_digits
        text = f"=ROUND({formula},{digits})" if digits else f"={formula}"
        style = self._formats["total_money" if is_total else "money"]
        sheet.write_formula(row, column, text, style, _plain(amount, self.currency))

    def outcome(self, sheet: Sheet, row: int, column: int, formula: str, *, holds: bool) -> None:
        """Write a formula that says whether something holds.

        Parameters
        ----------
        sheet, row, column
            The cell, counted from 0.
        formula
            True or false, without the equals sign.
        holds
            Its result.
        """
        good, bad = self.words.text("report.book.ok"), self.words.text("report.book.not_ok")
        sheet.write_formula(
            row, column, f'=IF({formula},"{good}","{bad}")', self._formats["text"], good if holds else bad
        )

    def grid(
        self, sheet: Sheet, key: str, columns: Sequence[GridColumn], rows: Sequence[Sequence[Value]]
    ) -> Grid:
        """Write a header, rows and sums of the columns of money.

        Parameters
        ----------
        sheet
            With its title.
        key
            Of the sheet's name.
        columns
            From the left.
        rows
            One value a column: text, an amount in minor units, a count, a decimal, ``None`` for nothing;
            anything for ``sum`` and ``rest``, which are formulas.
        """
        grid = Grid(self.words.text(f"report.sheet.{key}"))
        self._header(sheet, columns)
        sums = dict.fromkeys((at for at, column in enumerate(columns) if column.is_amount), 0)
        exact = dict.fromkeys(sums, True)
        for number, values in enumerate(rows, start=_HEADER_ROW + 1):
            for at, (column, value) in enumerate(zip(columns, values, strict=True)):
                amount = self._cell(sheet, number, at, column, value, values)
                if column.is_amount:
                    sums[at] += amount
                    exact[at] = exact[at] and abs(amount) <= LARGEST_EXACT
        if sums and rows:
            bottom = _HEADER_ROW + 1 + len(rows)
            for at in range(len(columns)):
                self.text(sheet, bottom, at, "", "total_text")
            self.text(sheet, bottom, 0, self.words.text("common.total"), "total_text")
            for at, amount in sums.items():
                formula = f"SUM({_cell_name(_HEADER_ROW + 1, at)}:{_cell_name(bottom - 1, at)})"
                self.amount_formula(sheet, bottom, at, formula, amount, is_exact=exact[at], is_total=True)
                grid.totals[at] = Total(f"'{grid.name}'!{_cell_name(bottom, at, is_absolute=True)}", amount)
        return grid

    def _header(self, sheet: Sheet, columns: Sequence[GridColumn]) -> None:
        for at, column in enumerate(columns):
            sheet.set_column(at, at, column.width)
            self.text(sheet, _HEADER_ROW, at, column.title, "header")
        sheet.set_row(_HEADER_ROW, 32)
        sheet.freeze_panes(_HEADER_ROW + 1, 1)
        sheet.repeat_rows(_HEADER_ROW)

    def _cell(  # noqa: PLR0913, PLR0917 - a cell, its column and its row
        self,
        sheet: Sheet,
        row: int,
        at: int,
        column: GridColumn,
        value: Value,
        values: Sequence[Value],
    ) -> int:
        """Write a cell; give its amount, or 0."""
        if column.is_formula:
            formula, amount, is_exact = _formula_of(row, column, values)
            self.amount_formula(sheet, row, at, formula, amount, is_exact=is_exact)
            return amount
        if value is None:
            return 0
        match column.kind:
            case "text":
                self.text(sheet, row, at, str(value))
            case "money":
                self.amount(sheet, row, at, int(value))
                return int(value)
            case _:
                sheet.write_number(row, at, float(value), self._formats[column.kind])
        return 0


def _formula_of(row: int, column: GridColumn, values: Sequence[Value]) -> tuple[str, int, bool]:
    """Work out a ``sum`` or ``rest``: its formula, its amount, and whether a spreadsheet has it exactly."""
    parts = [int(part) for part in values[column.first : column.last + 1]]
    amount = sum(parts)
    formula = f"SUM({_cell_name(row, column.first)}:{_cell_name(row, column.last)})"
    if column.kind == "rest":
        whole = int(values[column.of])
        parts.append(whole)
        amount = whole - amount
        formula = f"{_cell_name(row, column.of)}-{formula}"
    return formula, amount, all(abs(part) <= LARGEST_EXACT for part in parts)


def _cell_name(row: int, column: int, *, is_absolute: bool = False) -> str:
    from xlsxwriter.utility import xl_rowcol_to_cell  # noqa: PLC0415 - only a workbook needs it

    name: str = xl_rowcol_to_cell(row, column, row_abs=is_absolute, col_abs=is_absolute)
    return name


def _plain(amount: int, currency: Currency) -> float | int:
    return amount if not currency.minor_digits else float(to_major(amount, currency))
