"""What all sheets of a party's workbook share: its texts, the columns of its parties, and the writer."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from fiberplan.report.glyphs import clean
from fiberplan.report.party import PartyColumn, Viewpoint
from fiberplan.report.sections.paying import amounts_note
from fiberplan.report.workbook.grid import BookWriter, Grid, GridColumn, Sheet, Value

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence


@dataclass(frozen=True)
class SheetLayout:
    """The common layout of a workbook's sheets.

    Attributes
    ----------
    view
        The plan as the reader may see it.
    writer
        Of the workbook.
    columns
        Parties with a column of their own.
    """

    view: Viewpoint
    writer: BookWriter
    columns: tuple[PartyColumn, ...]

    @classmethod
    def of(cls, view: Viewpoint, writer: BookWriter) -> SheetLayout:
        """Choose the columns: every operator by itself for the state, the others in one sum for an operator.

        Parameters
        ----------
        view
            The plan as the reader may see it.
        writer
            Of the workbook.
        """
        columns = view.summary_columns()
        if view.is_state:
            state, _, *rest = columns
            columns = (state, *view.operator_columns(), *rest)
        return cls(view, writer, columns)

    def text(self, key: str, **values: object) -> str:
        """Fill in a text of the report.

        Parameters
        ----------
        key
            Without its topic.
        values
            For its ``{braces}``.
        """
        return self.view.words.text(f"report.{key}", **values)

    def sheet(self, key: str) -> Sheet:
        """Start a sheet with its title and note."""
        return self.writer.sheet(key, self._title(), amounts_note(self.view))

    def grid(self, key: str, columns: Sequence[GridColumn], rows: Sequence[Sequence[Value]]) -> Grid:
        """Write a sheet with a header, rows and sums.

        Parameters
        ----------
        key
            Of the sheet.
        columns, rows
            As in `BookWriter.grid`.
        """
        return self.writer.grid(self.sheet(key), key, columns, rows)

    def money_columns(self, start: int) -> list[GridColumn]:
        """Columns of what each party pays, and their sum, from a position on."""
        last = start + len(self.columns) - 1
        return [
            *(GridColumn(column.title, "money", 21) for column in self.columns),
            GridColumn(self.view.words.text("common.total"), "sum", 21, start, last),
        ]

    def money_row(self, head: Sequence[Value], payments: Mapping[str, int]) -> tuple[Value, ...]:
        """Cells of a row that ends with `money_columns`.

        Parameters
        ----------
        head
            Cells before them.
        payments
            By party, minor units.
        """
        return (*head, *(column.paid(payments) for column in self.columns), None)

    def _title(self) -> str:
        view = self.view
        return f"{clean(view.record.project.name(view.words.language))} – {view.party_name(view.party)}"
