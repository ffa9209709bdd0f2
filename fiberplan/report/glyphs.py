"""Text from input made fit for the page: no controls, nothing that breaks a line, no glyph that the typeface lacks.

A character without a glyph would come out as an empty box or not at all, so such characters are written with
their base letter or as a question mark, and the report names them.
"""

from __future__ import annotations

import unicodedata
from functools import lru_cache
from typing import TYPE_CHECKING, Final

from fiberplan.wording.typeface import font_file

if TYPE_CHECKING:
    from collections.abc import Iterable

_ISOLATE: Final = "\u2068"
_POP: Final = "\u2069"
_ZERO_WIDTH_SPACE: Final = "\u200b"
_PAGE_ONLY: Final = str.maketrans("", "", f"\u2066{_ISOLATE}{_POP}{_ZERO_WIDTH_SPACE}")
_JOINERS: Final = frozenset("\u200c\u200d")
_INVISIBLE: Final = frozenset(
    f"\u2066\u2067{_ISOLATE}{_POP}{_ZERO_WIDTH_SPACE}\u200c\u200d\u200e\u200f\u00a0\n "
)
"""What needs no glyph: it only controls how other characters are set."""

_LONG_WORD: Final = 24
_PIECE: Final = 8
"""A word longer than the one may break after every so many characters."""


@lru_cache(maxsize=4096)
def clean(text: str) -> str:
    r"""Take controls, direction marks and line ends out of a text, and let very long words break.

    Examples
    --------
    >>> clean("Azna\u202e\n 2\x07")
    'Azna 2'
    """
    kept = "".join(
        character
        if character in _JOINERS or unicodedata.category(character)[0] != "C"
        else " "
        if character.isspace()
        else ""
        for character in unicodedata.normalize("NFC", text)
    )
    return " ".join(_breakable(word) for word in kept.split())


def _breakable(word: str) -> str:
    if len(word) <= _LONG_WORD:
        return word
    pieces = [word[at : at + _PIECE] for at in range(0, len(word), _PIECE)]
    return _ZERO_WIDTH_SPACE.join(pieces)


def isolate(text: str) -> str:
    """Clean a text and isolate its direction, so that it may be put into text of the other direction."""
    return f"{_ISOLATE}{clean(text)}{_POP}"


def shortened(text: str, longest: int = 40) -> str:
    """Cut a text for a narrow place.

    Parameters
    ----------
    text
        Any.
    longest
        Characters at most.

    Examples
    --------
    >>> shortened("Operator of the northern provinces", 12)
    'Operator of…'
    """
    whole = clean(unbroken(text))
    return whole if len(whole) <= longest else clean(unbroken(text)[: longest - 1]).rstrip() + "…"


def unbroken(text: str) -> str:
    """Take everything out of a text that only serves the page: places to break and marks of isolation."""
    return text.translate(_PAGE_ONLY)


@lru_cache(maxsize=1)
def covered_characters() -> frozenset[str]:
    """List every character that the typeface has a glyph for, or that needs none."""
    from matplotlib.ft2font import FT2Font  # noqa: PLC0415 - heavy, and only a report needs it

    charmap = FT2Font(str(font_file("Regular"))).get_charmap()
    return frozenset(map(chr, charmap)) | _INVISIBLE


def missing_characters(texts: Iterable[str]) -> tuple[str, ...]:
    """List the characters of some texts that the typeface has no glyph for, in the order of their numbers.

    Examples
    --------
    >>> missing_characters(["شهرک Azna", "公園 park"])
    ('公', '園')
    """
    return tuple(sorted({character for text in texts for character in text} - covered_characters()))


def cover(text: str) -> str:
    """Write a text with glyphs that the typeface has: base letters for accented ones, else a question mark.

    Examples
    --------
    >>> cover("Győr 公園")
    'Gyor ??'
    """
    covered = covered_characters()
    if covered.issuperset(text):
        return text
    return "".join(
        character if character in covered else _substitute(character, covered) for character in text
    )


def _substitute(character: str, covered: frozenset[str]) -> str:
    base = "".join(
        part for part in unicodedata.normalize("NFKD", character) if not unicodedata.combining(part)
    )
    return base if base and covered.issuperset(base) else "?"
