"""The workbook of a party: every amount of its report, with formulas that add it up and compare the sheets."""

from __future__ import annotations

import datetime as dt
import io
from dataclasses import dataclass
from typing import TYPE_CHECKING

from fiberplan.files import write_file
from fiberplan.report.glyphs import clean
from fiberplan.report.party import Viewpoint
from fiberplan.report.workbook import sheets
from fiberplan.report.workbook.checks import AmountSheets, check_sheet, comparisons
from fiberplan.report.workbook.grid import BookWriter
from fiberplan.report.workbook.layout import SheetLayout

if TYPE_CHECKING:
    from pathlib import Path

    from fiberplan.result.record import PlanRecord

_TEXT_STAYS_TEXT = {"strings_to_formulas": False, "strings_to_urls": False, "strings_to_numbers": False}


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
        return write_file(path, self.xlsx)


def party_workbook(record: PlanRecord, *, party: str, language: str) -> PartyWorkbook:
    """Write the workbook of a party.

    Parameters
    ----------
    record
        A finished plan.
    party
        ``state`` for everything, or an operator's id for what concerns it.
    language
        Code of a `Language`, such as ``en``; sheets of a language that is written from right to left run so.

    Raises
    ------
    UnknownPartyError
        The party has no part in the plan.
    ValueError
        fiberplan has no such language.
    """
    import xlsxwriter  # noqa: PLC0415 - only a workbook needs it

    view = Viewpoint.of(record, party=party, language=language)
    buffer = io.BytesIO()
    book = xlsxwriter.Workbook(buffer, {"in_memory": True, **_TEXT_STAYS_TEXT})
    midnight = dt.datetime.combine(record.project.settings.date, dt.time(), tzinfo=dt.UTC)
    book.set_properties(
        {
            "title": clean(record.project.name(language)),
            "author": "fiberplan",
            "created": midnight.replace(tzinfo=None),
        }
    )
    _write_sheets(SheetLayout.of(view, BookWriter(book, view.words, record.currency)))
    book.close()
    return PartyWorkbook(buffer.getvalue())


def _write_sheets(layout: SheetLayout) -> None:
    """Write all sheets, in the order in which a reader finds them."""
    written = AmountSheets(
        summary=sheets.summary_sheet(layout),
        asset_classes=sheets.asset_class_sheet(layout),
        parks=sheets.park_sheet(layout),
        segments=sheets.segment_sheet(layout),
        places=sheets.place_sheet(layout),
        ledger=sheets.ledger_sheet(layout),
    )
    check_sheet(layout, list(comparisons(layout, written)))
