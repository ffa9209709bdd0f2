"""Faults: gathered from everywhere, worded for planners, raised once."""

from __future__ import annotations

import difflib
from collections import defaultdict
from dataclasses import dataclass, field, replace
from decimal import Decimal
from typing import TYPE_CHECKING, Any, Final

from fiberplan.errors import Fault, ProjectError

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

_SHOWN_VALUE: Final = 60
_SHOWN_ALIKE: Final = 5
"""So many faults that differ only in their row are shown in full; the rows of the others are listed in one."""


@dataclass
class FaultList:
    """Where the modules of the reader report faults."""

    faults: list[Fault] = field(default_factory=list)

    def error(self, file: str, message: str, **details: object) -> None:
        """Note a fault that stops the reading once all files are read.

        Parameters
        ----------
        file
            Name of the file as the planner knows it.
        message
            What is wrong, to be read after the place.
        **details
            Of `fiberplan.errors.Fault`: `row`, `column`, `value`, `expected`, `mend`.
        """
        self.faults.append(_fault(file, message, details))

    def warning(self, file: str, message: str, **details: object) -> None:
        """Note something that a planner should know and that stops nothing.

        Parameters
        ----------
        file
            Name of the file as the planner knows it.
        message
            What is to be known, to be read after the place.
        **details
            Of `fiberplan.errors.Fault`: `row`, `column`, `value`, `expected`, `mend`.
        """
        self.faults.append(replace(_fault(file, message, details), severity="warning"))

    @property
    def has_errors(self) -> bool:
        """Whether anything stops the reading."""
        return any(fault.severity == "error" for fault in self.faults)

    def raise_errors(self, *, tables: Sequence[str] = ()) -> None:
        """Raise all faults at once if one of them is an error."""
        if self.has_errors:
            raise ProjectError(self.sorted(tables=tables))

    def sorted(self, *, tables: Sequence[str] = ()) -> tuple[Fault, ...]:
        """All faults by table and row, errors first within a file, those alike shown together."""
        rank = {table: number for number, table in enumerate(tables)}
        ordered = sorted(
            _tell_together(self.faults),
            key=lambda f: (rank.get(_table_of(f.file), -1), f.file, f.severity == "warning", f.row or 0),
        )
        return tuple(ordered)


def _table_of(file: str) -> str:
    """Name the table of a file or layer: ``parks.csv``, ``data.gpkg|parks``."""
    return file.rsplit("|", 1)[-1].split(".", 1)[0].lower()


@dataclass(frozen=True, slots=True)
class RowFaults:
    """Where faults of one row go."""

    faults: FaultList
    file: str
    row: int

    def error(self, message: str, **details: object) -> None:
        """Note a fault of the row.

        Parameters
        ----------
        message
            What is wrong, to be read after the place.
        **details
            Of `fiberplan.errors.Fault`: `column`, `value`, `expected`, `mend`.
        """
        self.faults.error(self.file, message, row=self.row, **details)

    def warning(self, message: str, **details: object) -> None:
        """Note something to know of the row.

        Parameters
        ----------
        message
            What is to be known, to be read after the place.
        **details
            Of `fiberplan.errors.Fault`: `column`, `value`, `expected`, `mend`.
        """
        self.faults.warning(self.file, message, row=self.row, **details)


def _fault(file: str, message: str, details: Mapping[str, object]) -> Fault:
    shown: dict[str, Any] = dict(details)
    if shown.get("value") is not None:
        shown["value"] = shorten(shown["value"])
    return Fault(file=file, message=message, **shown)


def _tell_together(faults: Iterable[Fault]) -> list[Fault]:
    """Keep the first few of the faults that differ only in row and value, and list the rows of the others."""
    groups: defaultdict[Fault, list[Fault]] = defaultdict(list)
    for fault in dict.fromkeys(faults):
        groups[replace(fault, row=None, value=None) if fault.row is not None else fault].append(fault)
    shown: list[Fault] = []
    for key, group in groups.items():
        shown.extend(group[:_SHOWN_ALIKE])
        rows = sorted({fault.row for fault in group[_SHOWN_ALIKE:] if fault.row is not None})
        if rows:
            message = f"the same in {len(rows)} more row{'s' if len(rows) > 1 else ''} ({row_ranges(rows)}): {key.message}"
            shown.append(replace(key, message=message, row=rows[0], expected=None, mend=None))
    return shown


def row_ranges(rows: Sequence[int]) -> str:
    """Write ascending row numbers shortly.

    Examples
    --------
    >>> row_ranges([2, 3, 4, 9])
    '2-4, 9'
    """
    spans: list[list[int]] = []
    for row in rows:
        if spans and row == spans[-1][1] + 1:
            spans[-1][1] = row
        else:
            spans.append([row, row])
    return ", ".join(f"{a}-{b}" if a != b else str(a) for a, b in spans)


def shorten(value: object) -> str:
    """Show a value in at most 60 characters.

    Examples
    --------
    >>> shorten("x" * 100) == "x" * 57 + "..."
    True
    """
    text = str(int(value)) if isinstance(value, float) and value.is_integer() else str(value)
    return text if len(text) <= _SHOWN_VALUE else text[: _SHOWN_VALUE - 3] + "..."


def nearest(word: str, known: Iterable[str], *, cutoff: float = 0.65) -> str | None:
    """Find the known word that somebody may have meant.

    Parameters
    ----------
    word
        As written.
    known
        Words that would be right.
    cutoff
        Least similarity, from 0 to 1, as `difflib.get_close_matches` counts it.

    Examples
    --------
    >>> nearest("horizon_year", ["horizon_years", "seed"])
    'horizon_years'
    """
    by_fold = {name.casefold(): name for name in known}
    matches = difflib.get_close_matches(word.casefold(), by_fold, n=1, cutoff=cutoff)
    return by_fold[matches[0]] if matches else None


def did_you_mean(word: str, known: Iterable[str]) -> str | None:
    """Suggest the known word that somebody may have meant, as a sentence.

    Parameters
    ----------
    word
        As written.
    known
        Words that would be right.
    """
    close = nearest(word, known)
    return None if close is None else f"Did you mean {close!r}?"


def listed(words: Iterable[str], *, most: int = 12) -> str:
    """Write words as a list, cut where it gets long.

    Parameters
    ----------
    words
        In the order to be shown.
    most
        How many are written out.

    Examples
    --------
    >>> listed(["a", "b", "c"], most=2)
    'a, b and 1 more'
    """
    every = list(words)
    shown = ", ".join(every[:most])
    return shown if len(every) <= most else f"{shown} and {len(every) - most} more"


@dataclass(frozen=True, slots=True)
class Complaint:
    """What is wrong with a value, in plain words."""

    message: str
    expected: str | None = None
    mend: str | None = None


class CellError(ValueError):
    """A cell that cannot be read as what its column holds.

    Parameters
    ----------
    message, expected, mend
        As in `fiberplan.errors.Fault`.
    """

    def __init__(self, message: str, *, expected: str | None = None, mend: str | None = None) -> None:
        super().__init__(message)
        self.complaint = Complaint(message, expected, mend)


_NUMBER: Final = Complaint("is not a number", "a number such as 12.5")
_WHOLE: Final = Complaint("is not a whole number", "a whole number such as 12")
_TEXT: Final = Complaint("is not a text", "a text")
_TABLE: Final = Complaint("is not a table", "a table of keys and values")
_LIST: Final = Complaint("is not a list", 'a list such as ["en", "fa"]')
_DATE: Final = Complaint("is not a date", "a date such as 2026-01-31")
_ID: Final = Complaint(
    "cannot be an id",
    "1 to 64 letters a-z, digits, dots, dashes and underscores, the first a letter or digit",
    "An id becomes a file name; keep other characters for the name",
)

_BY_TYPE: Final[Mapping[str, Complaint]] = {
    "missing": Complaint("is missing", None, "Fill it in"),
    "int_parsing": _WHOLE,
    "int_parsing_size": _WHOLE,
    "int_type": _WHOLE,
    "int_from_float": _WHOLE,
    "float_parsing": _NUMBER,
    "float_type": _NUMBER,
    "decimal_parsing": _NUMBER,
    "decimal_type": _NUMBER,
    "finite_number": Complaint("is not a finite number", "a finite number"),
    "string_type": _TEXT,
    "string_pattern_mismatch": _ID,
    "mapping_type": _TABLE,
    "dict_type": _TABLE,
    "dataclass_type": _TABLE,
    "tuple_type": _LIST,
    "list_type": _LIST,
    "date_type": _DATE,
    "date_parsing": _DATE,
    "date_from_datetime_parsing": _DATE,
    "date_from_datetime_inexact": _DATE,
}


def complaint_of(error: Mapping[str, Any]) -> Complaint:
    """Say in plain words what pydantic reports.

    Parameters
    ----------
    error
        One entry of ``ValidationError.errors()``.
    """
    kind, context = str(error["type"]), error.get("ctx", {})
    if kind == "value_error":  # a rule of the model itself, in its own words
        return Complaint(str(context["error"]))
    if kind in {"enum", "literal_error"}:
        return _unknown_word(error["input"], str(context["expected"]))
    if kind in {"greater_than", "greater_than_equal", "less_than", "less_than_equal"}:
        return _out_of_range(kind, _number_of(error["input"]), context)
    if kind == "string_too_long":
        return Complaint(
            f"is too long: {len(error['input'])} characters", f"at most {context['max_length']} characters"
        )
    if kind == "string_too_short":
        return Complaint("is empty", "a text", "Fill it in or leave it out")
    return _BY_TYPE.get(kind, Complaint("cannot be read", "another kind of value"))


def _number_of(value: object) -> Decimal:
    """Read a number that pydantic could read, without zeros that say nothing."""
    try:
        return Decimal(str(value).strip()).normalize()
    except ArithmeticError:
        return Decimal(0)


def _out_of_range(kind: str, value: Decimal, context: Mapping[str, Any]) -> Complaint:
    limit = _number_of(next(context[key] for key in ("gt", "ge", "lt", "le") if key in context))
    if kind.startswith("greater"):
        word = "more than" if kind == "greater_than" else "at least"
        is_negative = limit == 0 and value < 0
        return Complaint("is negative" if is_negative else "is too small", f"{word} {limit:f}")
    word = "less than" if kind == "less_than" else "at most"
    is_percentage = limit == 1 and 1 < value <= 100
    mend = f"Write {value / 100:f} for {value:f} percent" if is_percentage else None
    return Complaint("is too large", f"{word} {limit:f}", mend)


def _unknown_word(value: object, expected: str) -> Complaint:
    known = expected.replace(" or ", ", ").replace("'", "").split(", ")
    return Complaint("is not a known value", f"one of {', '.join(known)}", did_you_mean(str(value), known))
