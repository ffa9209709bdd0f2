"""Cells become values: numbers, ids, words, lists, as spreadsheets and GIS programs write them."""

from __future__ import annotations

import re
from decimal import Decimal
from typing import Final

import shapely
from shapely.errors import ShapelyError

from fiberplan.inputs.faults import CellError
from fiberplan.inputs.text import clean_id, clean_text, how_to_write_number, latin_digits, plain_number

_TEXT_LENGTH: Final = 2000
_YES: Final = frozenset({"true", "t", "yes", "y", "1", "on", "بله", "بلی"})
_NO: Final = frozenset({"false", "f", "no", "n", "0", "off", "خیر", "نه"})
_SEMICOLON: Final = re.compile("[;؛]")
_NUMBER_HINT: Final = "a number such as 1250.5"


def read_text(cell: object) -> str:
    """Read a text."""
    if isinstance(cell, dict | list | bytes):
        raise CellError("is not a text", expected="a text")
    if isinstance(cell, float) and cell.is_integer():
        cell = int(cell)
    text = clean_text(str(cell))
    if len(text) > _TEXT_LENGTH:
        raise CellError(f"is too long: {len(text)} characters", expected=f"at most {_TEXT_LENGTH} characters")
    return text


def read_name(cell: object, *, persian: bool = True) -> str:
    """Read a name, of any length: the model says how long it may be.

    Parameters
    ----------
    cell
        As the file has it.
    persian
        Whether Arabic forms of letters become the Persian ones.
    """
    if isinstance(cell, dict | list | bytes):
        raise CellError("is not a text", expected="a text")
    return clean_text(str(cell), persian=persian)


def read_arabic_name(cell: object) -> str:
    """Read a name that keeps its Arabic letters."""
    return read_name(cell, persian=False)


def read_id(cell: object) -> str:
    """Read an id; programs make numbers of ids that look like them."""
    return clean_id(read_text(cell))


def read_word(cell: object) -> str:
    """Read a word of a fixed list: ``Road verge`` is ``road_verge``."""
    return "_".join(clean_id(read_text(cell)).lower().replace("-", " ").split())


def read_decimal(cell: object) -> Decimal:
    """Read an exact number."""
    if isinstance(cell, bool) or not isinstance(cell, int | float | str):
        raise CellError("is not a number", expected=_NUMBER_HINT)
    plain = plain_number(repr(cell) if isinstance(cell, float) else str(cell))
    if plain is None:
        raise CellError("is not a number", expected=_NUMBER_HINT, mend=how_to_write_number(str(cell)))
    return Decimal(plain)


def read_float(cell: object) -> float:
    """Read a number."""
    if isinstance(cell, float):
        return cell
    return float(read_decimal(cell))


def read_whole(cell: object) -> int:
    """Read a whole number; 12.0 is one."""
    number = read_decimal(cell)
    if number != number.to_integral_value():
        raise CellError("is not a whole number", expected="a whole number such as 12")
    return int(number)


def read_flag(cell: object) -> bool:
    """Read yes or no."""
    word = latin_digits(clean_text(str(cell))).lower()
    if word in _YES:
        return True
    if word in _NO:
        return False
    raise CellError("is neither yes nor no", expected="true or false")


def read_list(cell: object) -> tuple[str, ...]:
    """Read words between semicolons, Latin or Persian ones."""
    parts = cell if isinstance(cell, list) else _SEMICOLON.split(read_text(cell))
    return tuple(dict.fromkeys(word for part in parts if part is not None and (word := read_word(part))))


def read_crossings(cell: object) -> dict[str, int]:
    """Read counts by kind: ``rail:1;waterway:2``."""
    if isinstance(cell, dict):
        pairs = [(str(key), value) for key, value in cell.items() if value is not None]
    else:
        pairs = [_split_pair(part) for part in _SEMICOLON.split(read_text(cell)) if part.strip()]
    counts: dict[str, int] = {}
    for key, value in pairs:
        word = read_word(key)
        if word in counts:
            raise CellError(f"names {word!r} twice", expected="each kind once")
        counts[word] = read_whole(value)
    return counts


def _split_pair(part: str) -> tuple[str, str]:
    kind, colon, count = part.partition(":")
    if not colon or plain_number(count) is None:
        raise CellError("is not a list of crossings", expected="kinds and counts such as rail:1;waterway:2")
    return kind, count


def read_point(cell: object) -> shapely.Point:
    """Read a point in well-known text."""
    try:
        point = shapely.force_2d(shapely.from_wkt(latin_digits(str(cell))))
    except (ShapelyError, ValueError, TypeError, NotImplementedError):  # the last for curves
        point = None
    if not isinstance(point, shapely.Point) or point.is_empty or not is_on_earth(point.x, point.y):
        raise CellError("is not a point", expected="POINT (48.35 33.48), longitude first")
    return point


def is_on_earth(lon: float, lat: float) -> bool:
    """Say whether longitude and latitude are within their range.

    Parameters
    ----------
    lon, lat
        Degrees.
    """
    return abs(lon) <= 180 and abs(lat) <= 90
