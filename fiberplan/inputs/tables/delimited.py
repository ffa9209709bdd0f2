"""CSV tables."""

from __future__ import annotations

import csv
import io
import re
from typing import TYPE_CHECKING, Final

from fiberplan.inputs.tables.raw import RawTable, decode_utf8, name_columns

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from fiberplan.inputs.faults import FaultList


_DECIMAL_COMMA: Final = re.compile(r"^([+-]?\d+),(?!\d{3}$)(\d+)$")
"""A number that can only have a decimal comma: three figures after it could also be thousands, and are left to be refused."""


def read_csv(path: Path, *, layer: str | None, file: str, faults: FaultList) -> RawTable | None:  # noqa: ARG001 - every reader is called alike
    """Read a CSV table, separated by commas, semicolons or tabs.

    Parameters
    ----------
    path
        The file.
    layer
        Not used: there are none.
    file
        Name to show in faults.
    faults
        Takes what is wrong.

    Returns
    -------
    RawTable or None
        ``None`` if nothing could be read; the reason is among the faults.
    """
    text = decode_utf8(path.read_bytes(), file, faults)
    if text is None:
        return None
    first = text.lstrip("\r\n").split("\n", 1)[0]
    delimiter = "," if "," in first else next((mark for mark in (";", "\t") if mark in first), ",")
    before = len(faults.faults)
    records = list(_records(text, delimiter, file, faults))
    if not records:
        if len(faults.faults) == before:
            faults.error(file, "has no header", expected="the names of the columns in the first line")
        return None
    header_row, header = records[0]
    width = len(header)
    rows: list[int] = []
    cells: list[list[str]] = []
    for row, record in records[1:]:
        kept = record[:width] if not any(record[width:]) else record
        if len(kept) != width:
            faults.error(
                file,
                f"has {len(record)} cells where the header has {width}",
                row=row,
                mend='Put cells that hold the separator in double quotes: "a, b"',
            )
            continue
        rows.append(row)
        cells.append(kept)
    if delimiter != ",":
        cells = [[_DECIMAL_COMMA.sub(r"\1.\2", cell) for cell in record] for record in cells]
    values = [[cell or None for cell in column] for column in zip(*cells, strict=True)] or [
        [] for _ in header
    ]
    is_complete = len(faults.faults) == before
    columns = name_columns(header, values, file, faults, row=header_row)
    return None if columns is None else RawTable(file, ".csv", rows, columns, is_complete=is_complete)


def _records(text: str, delimiter: str, file: str, faults: FaultList) -> Iterator[tuple[int, list[str]]]:
    """Yield rows that are not blank, each with the line that it starts on."""
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True)
    start = 1
    try:
        for record in reader:
            cells = [cell.strip() for cell in record]
            if any(cells):
                yield start, cells
            start = reader.line_num + 1
    except csv.Error:
        faults.error(
            file,
            "has a quoted cell that does not end, or that something follows, or that is far too long",
            row=start,
            mend='A quote inside a quoted cell is written twice: "the ""old"" park"',
        )
