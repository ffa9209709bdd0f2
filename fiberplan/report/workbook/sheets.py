"""Sheets with amounts: the summary, asset classes, parks, segments, places and the ledger."""

from __future__ import annotations

from collections import defaultdict
from decimal import Decimal
from typing import TYPE_CHECKING, Any, Final

from fiberplan.design.bill import PlaceKind
from fiberplan.report.figures import payments_by_key
from fiberplan.report.naming import item_name, unit_name
from fiberplan.report.workbook.grid import Grid, GridColumn, Total

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from fiberplan.cost import CostLine
    from fiberplan.report.figures import AccountPart
    from fiberplan.report.workbook.grid import Value
    from fiberplan.report.workbook.layout import SheetLayout

COST_OF_PLACES: Final = 3
FIRST_PARTY_OF_PLACES: Final = 4
FIRST_PARTY_OF_SEGMENTS: Final = 7
PRESENT_VALUE_OF_LINES: Final = 10
"""Positions of columns."""

_FIRST_ROW: Final = 5
"""Number of the first row below the header, as a spreadsheet counts."""


def summary_sheet(layout: SheetLayout) -> list[Total]:
    """Write what each party pays, its share, and what it would pay alone; give the payments."""
    view = layout.view
    split = view.record.split
    alone = {entry.operator_id: entry for entry in view.stand_alone}
    rows = []
    for column in layout.columns:
        paid = column.paid(split.payments)
        entry = alone.get(column.parties[0]) if len(column.parties) == 1 else None
        share = Decimal(paid) / split.total if split.total else Decimal(0)
        rows.append(
            (column.title, paid, share, entry.own if entry else None, entry.saving if entry else None)
        )
    grid = layout.grid(
        "summary",
        (
            GridColumn(layout.text("book.party"), width=34),
            GridColumn(layout.text("book.payment"), "money", 24),
            GridColumn(layout.text("book.share"), "percent", 10),
            GridColumn(layout.text("book.alone"), "money", 24),
            GridColumn(layout.text("book.saving"), "money", 24),
        ),
        rows,
    )
    return [Total(f"'{grid.name}'!$B${number}", row[1]) for number, row in enumerate(rows, start=_FIRST_ROW)]


def asset_class_sheet(layout: SheetLayout) -> Grid:
    """Write what each party pays for each asset class."""
    record = layout.view.record
    payments = payments_by_key(record.split.by_asset_class)
    rows = [
        layout.money_row((layout.view.words.text(f"common.asset_class.{name}"),), payments.get(name, {}))
        for name in record.asset_classes()
    ]
    columns = (GridColumn(layout.text("asset_class"), width=28), *layout.money_columns(1))
    return layout.grid("asset_class", columns, rows)


def park_sheet(layout: SheetLayout) -> Grid:
    """Write what each party pays for each park that concerns the reader."""
    view = layout.view
    payments = payments_by_key(view.record.split.by_park)
    rows = [
        layout.money_row((view.park_name(park.id),), payments[park.id])
        for park in view.parks
        if park.id in payments
    ]
    columns = (GridColumn(layout.text("park"), width=34), *layout.money_columns(1))
    return layout.grid("park", columns, rows)


def segment_sheet(layout: SheetLayout) -> Grid:
    """Write what each party pays for each segment that concerns the reader."""
    columns = (
        GridColumn(layout.text("book.segment"), width=30),
        GridColumn(layout.text("book.corridor"), width=26),
        GridColumn(layout.text("book.kind"), width=20),
        GridColumn(layout.text("book.surface"), width=12),
        GridColumn(layout.text("book.length_m"), "number", 14),
        GridColumn(layout.text("book.cables"), width=14),
        GridColumn(layout.text("book.n_operators"), "count", 12),
        *layout.money_columns(FIRST_PARTY_OF_SEGMENTS),
    )
    return layout.grid("segments", columns, list(_segment_rows(layout)))


def _segment_rows(layout: SheetLayout) -> Iterator[tuple[Value, ...]]:
    view = layout.view
    record, words = view.record, view.words
    paid: defaultdict[str, defaultdict[str, int]] = defaultdict(lambda: defaultdict(int))
    users: defaultdict[str, set[str]] = defaultdict(set)
    for part in view.parts:
        if part.place_kind is PlaceKind.SEGMENT:
            users[part.place_id].update(part.operators)
            for party, amount in part.payments.items():
                paid[part.place_id][party] += amount
    for segment, designed in zip(record.routing.segments, record.design.segments, strict=True):
        if segment.id in view.segment_ids:
            head = (
                segment.id,
                segment.corridor_id or "",
                words.text(f"common.kind.{designed.kind}"),
                words.text(f"common.surface.{designed.surface}"),
                segment.length_m,
                "+".join(str(size) for size in designed.cables),
                len(users[segment.id]),
            )
            yield layout.money_row(head, paid[segment.id])


def place_sheet(layout: SheetLayout) -> Grid:
    """Write every account: what it costs, who pays it, and that nothing is left over."""
    words = layout.view.words
    rows = [
        (
            words.text(f"report.book.place.{part.place_kind}"),
            part.place_id,
            words.text(f"common.asset_class.{part.asset_class}"),
            part.amount,
            *layout.money_row((), part.payments),
            len(part.operators),
        )
        for part in layout.view.parts
    ]
    last = FIRST_PARTY_OF_PLACES + len(layout.columns) - 1
    columns = (
        GridColumn(layout.text("book.place_kind"), width=14),
        GridColumn(layout.text("book.place_id"), width=30),
        GridColumn(layout.text("asset_class"), width=24),
        GridColumn(layout.text("cost"), "money", 21),
        *(GridColumn(column.title, "money", 21) for column in layout.columns),
        GridColumn(
            layout.text("book.difference"), "rest", 12, FIRST_PARTY_OF_PLACES, last, of=COST_OF_PLACES
        ),
        GridColumn(layout.text("book.n_operators"), "count", 12),
    )
    return layout.grid("places", columns, rows)


def ledger_sheet(layout: SheetLayout) -> Grid:
    """Write every item at every place, its years in one row."""
    users = "book.operators" if layout.view.is_state else "book.n_operators"
    columns = (
        GridColumn(layout.text("book.place_kind"), width=14),
        GridColumn(layout.text("book.place_id"), width=30),
        GridColumn(layout.text("asset_class"), width=24),
        GridColumn(layout.text("item_title"), width=34),
        GridColumn(layout.text("book.item_id"), width=28),
        GridColumn(layout.text("book.years"), width=14),
        GridColumn(layout.text("quantity"), "number", 14),
        GridColumn(layout.text("unit_title"), width=16),
        GridColumn(layout.text("book.unit_price"), "number", 18),
        GridColumn(layout.text("book.amount"), "money", 21),
        GridColumn(layout.text("book.present_value"), "money", 21),
        GridColumn(layout.text("book.estimate"), width=10),
        GridColumn(layout.text("book.parks"), width=28),
        GridColumn(layout.text(users), width=24),
    )
    return layout.grid("lines", columns, list(_ledger_rows(layout)))


def _ledger_rows(layout: SheetLayout) -> Iterator[tuple[Value, ...]]:
    view = layout.view
    record, words = view.record, view.words
    shown = {part.account_key: part for part in view.parts}
    for key, lines in _lines_by_item(record.ledger.lines, shown).items():
        part, first = shown[key[:4]], lines[0]
        yield (
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


def _lines_by_item(
    lines: Sequence[CostLine], accounts: Mapping[tuple[Any, ...], AccountPart]
) -> dict[tuple[Any, ...], list[CostLine]]:
    """Group the lines of some accounts by account, item, quantity and price."""
    groups: dict[tuple[Any, ...], list[CostLine]] = {}
    for line in lines:
        if line.account_key in accounts:
            groups.setdefault((*line.account_key, line.item, line.quantity, line.unit_price), []).append(line)
    return groups


def _years(years: Sequence[int]) -> str:
    """Write years in short: a run as its ends, others one by one."""
    first, last = years[0], years[-1]
    if len(years) > 2 and list(years) == list(range(first, last + 1)):
        return f"{first}–{last}"
    return ", ".join(str(year) for year in years)
