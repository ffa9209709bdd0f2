"""A table as its file has it, whatever the format: columns, geometries and row numbers."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

import numpy as np
from numpy.typing import NDArray

if TYPE_CHECKING:
    from fiberplan.inputs.faults import FaultList

UNREADABLE: Final = "unreadable"
"""Stands in a geometry array for a geometry that is there and cannot be read."""


REPEATED: Final = " (again)"
"""Ends the name of a column that comes twice: an error if it is read, and of no matter if it is not."""


@dataclass(frozen=True, slots=True)
class RawTable:
    """A table as its file has it.

    Attributes
    ----------
    file
        Name to show in faults.
    suffix
        Ending of the file, such as ``.csv``.
    rows
        Row number of each record, as `fiberplan.errors.Fault` counts.
    columns
        Values by column name; ``None`` for blank.
    geometry
        Shape (len(rows),): geometries, ``None`` or `UNREADABLE`; ``None`` if the file has no geometry of its own.
    crs
        Of the geometry, ``None`` if the file names none.
    is_complete
        Whether every row of the file is here.
    """

    file: str
    suffix: str
    rows: Sequence[int]
    columns: dict[str, list[Any]]
    geometry: NDArray[np.object_] | None = None
    crs: Any = None
    is_complete: bool = True


def decode_utf8(data: bytes, file: str, faults: FaultList) -> str | None:
    """Decode a text file, with or without a byte order mark, or report that it is not UTF-8.

    Parameters
    ----------
    data
        Its bytes.
    file
        Name to show in faults.
    faults
        Takes what is wrong.

    Returns
    -------
    str or None
        ``None`` if it is not UTF-8; the reason is among the faults.
    """
    mend = "Save it as UTF-8 (in Excel: 'CSV UTF-8')"
    if data[:2] in {b"\xff\xfe", b"\xfe\xff"}:
        faults.error(file, "is encoded in UTF-16", expected="UTF-8", mend=mend)
        return None
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        row = data.count(b"\n", 0, error.start) + 1
        faults.error(file, "is not encoded in UTF-8", row=row, expected="UTF-8", mend=mend)
        return None
    if "\x00" in text:
        faults.error(file, "holds binary data", expected="a text file in UTF-8")
        return None
    return text


def name_columns(
    header: Sequence[str],
    values: Sequence[list[Any]],
    file: str,
    faults: FaultList,
    *,
    row: int | None = None,
) -> dict[str, list[Any]] | None:
    """Write the names of columns in small letters and underscores; one that comes again gets an ending, `REPEATED`.

    Parameters
    ----------
    header
        Names as the file has them.
    values
        Values of each column, as many as names.
    file
        Name to show in faults.
    faults
        Takes what is wrong.
    row
        Of the header, where it has one.

    Returns
    -------
    dict or None
        Values by name; ``None`` if a column has no name.
    """
    columns: dict[str, list[Any]] = {}
    good = True
    for name, column in zip(header, values, strict=True):
        key = "_".join(name.strip().lower().replace("-", " ").split())
        if not key and all(value is None for value in column):
            continue
        if not key:
            faults.error(file, "has a column without a name", row=row, mend="Name the column or delete it")
            good = False
        elif key in columns:
            columns[f"{key}{REPEATED}"] = column
        else:
            columns[key] = column
    return columns if good else None


def blank_to_none(value: object) -> object:
    """Read a text of blanks only as nothing."""
    return None if isinstance(value, str) and not value.strip() else value
