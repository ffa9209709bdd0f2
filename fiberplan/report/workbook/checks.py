"""The sheet of checks: sums of one sheet against those of another, and what was checked of the split."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from fiberplan.design.bill import PlaceKind
from fiberplan.report.glyphs import isolate
from fiberplan.report.sections.checks import check_label, check_title, verdict_text
from fiberplan.report.workbook.grid import LARGEST_EXACT, Grid, Total
from fiberplan.report.workbook.sheets import (
    COST_OF_PLACES,
    FIRST_PARTY_OF_PLACES,
    FIRST_PARTY_OF_SEGMENTS,
    PRESENT_VALUE_OF_LINES,
)

if TYPE_CHECKING:
    from collections.abc import Iterator

    from fiberplan.report.workbook.grid import Sheet
    from fiberplan.report.workbook.layout import SheetLayout


@dataclass(frozen=True, slots=True)
class Comparison:
    """Two sums that must be equal."""

    title: str
    left: Total
    right: Total


@dataclass(frozen=True)
class AmountSheets:
    """The sheets whose sums are compared.

    Attributes
    ----------
    summary
        What each party pays, in the order of the layout's columns.
    asset_classes, parks, segments, places, ledger
        As written.
    """

    summary: Sequence[Total]
    asset_classes: Grid
    parks: Grid
    segments: Grid
    places: Grid
    ledger: Grid


def comparisons(layout: SheetLayout, sheets: AmountSheets) -> Iterator[Comparison]:
    """Compare the sheets: an operator's have the others' payments only as far as they concern it.

    Parameters
    ----------
    layout
        Of the workbook.
    sheets
        All with amounts.
    """
    grids = {
        "asset_class": (sheets.asset_classes, 1),
        "park": (sheets.parks, 1),
        "places": (sheets.places, FIRST_PARTY_OF_PLACES),
    }
    for at, column in enumerate(layout.columns):
        if not layout.view.is_state and column.parties != (layout.view.party,):
            continue
        for key, (grid, first) in grids.items():
            if first + at in grid.totals:
                title = layout.text(f"book.check_{key}", party=column.title)
                yield Comparison(title, grid.totals[first + at], sheets.summary[at])
        of_segments = sheets.segments.totals.get(FIRST_PARTY_OF_SEGMENTS + at)
        if of_segments is not None:
            title = layout.text("book.check_segments", party=column.title)
            yield Comparison(title, of_segments, _total_at_segments(layout, sheets.places, at))
    if COST_OF_PLACES in sheets.places.totals:
        yield Comparison(
            layout.text("book.check_lines"),
            sheets.ledger.totals[PRESENT_VALUE_OF_LINES],
            sheets.places.totals[COST_OF_PLACES],
        )
        rest = FIRST_PARTY_OF_PLACES + len(layout.columns)
        yield Comparison(layout.text("book.check_rows"), sheets.places.totals[rest], Total("0", 0))


def _total_at_segments(layout: SheetLayout, places: Grid, at: int) -> Total:
    """Add up what a party pays at segments, from the sheet of places."""
    parts = layout.view.parts
    amount = sum(
        layout.columns[at].paid(part.payments) for part in parts if part.place_kind is PlaceKind.SEGMENT
    )
    kinds = places.range_of(0, len(parts))
    amounts = places.range_of(FIRST_PARTY_OF_PLACES + at, len(parts))
    return Total(f'SUMIF({kinds},"{layout.text("book.place.segment")}",{amounts})', amount)


def check_sheet(layout: SheetLayout, compared: Sequence[Comparison]) -> None:
    """Write the comparisons with formulas, and the checks of the split below them.

    Parameters
    ----------
    layout
        Of the workbook.
    compared
        In the order of the rows.
    """
    writer, view = layout.writer, layout.view
    sheet = layout.sheet("checks")
    sheet.set_column(0, 0, 58)
    sheet.set_column(1, 3, 24)
    sheet.set_column(4, 4, 16)
    for at, key in enumerate(("check", "left_side", "right_side", "difference", "result")):
        writer.text(sheet, 3, at, layout.text(f"book.{key}"), "header")
    sheet.freeze_panes(4, 1)
    for row, comparison in enumerate(compared, start=4):
        _comparison_row(layout, sheet, row, comparison)
    row = 5 + len(compared)
    for check in view.record.split.checks:
        writer.text(sheet, row, 0, check_title(view, check))
        writer.text(sheet, row, 1, check_label(view, check))
        writer.text(sheet, row, 2, verdict_text(view, check))
        row += 1
    if writer.has_text_amounts:
        writer.text(sheet, row + 1, 0, layout.text("book.note_text"), "note")


def _comparison_row(layout: SheetLayout, sheet: Sheet, row: int, comparison: Comparison) -> None:
    writer, left, right = layout.writer, comparison.left, comparison.right
    is_exact = max(abs(left.amount), abs(right.amount)) <= LARGEST_EXACT
    difference = left.amount - right.amount
    writer.text(sheet, row, 0, isolate(comparison.title))
    writer.amount_formula(sheet, row, 1, left.reference, left.amount, is_exact=is_exact)
    writer.amount_formula(sheet, row, 2, right.reference, right.amount, is_exact=is_exact)
    writer.amount_formula(sheet, row, 3, f"B{row + 1}-C{row + 1}", difference, is_exact=is_exact)
    writer.outcome(sheet, row, 4, f"D{row + 1}=0", holds=difference == 0)
