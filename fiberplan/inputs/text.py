"""Text on its way in: one alphabet, one set of digits, no invisible characters.

Persian text arrives with Arabic letters, three sets of digits and direction marks, depending on the keyboard that
wrote it. Names are brought to one spelling so that they compare and print alike; numbers and ids to Latin digits.
"""

from __future__ import annotations

import re
import unicodedata
from typing import Final

from persiantools import digits

_PRESENTATION: Final = re.compile("[\ufb50-\ufdc7\ufe70-\ufefc]+")
"""Arabic letters that carry their shape, as old programs and PDF files write them."""

# Not `persiantools.characters.ar_to_fa`: it also drops the kasra after six letters, which changes names.
_ARABIC_TO_PERSIAN: Final = str.maketrans({"ي": "ی", "ى": "ی", "ك": "ک"})

_ZWNJ: Final = "\u200c"
_ZWJ: Final = "\u200d"
_ZWNJ_RUN: Final = re.compile(f"{_ZWNJ}{{2,}}|(?<=\\s){_ZWNJ}+|{_ZWNJ}+(?=\\s)")
_SPACES: Final = re.compile(r"\s+")

_PLAIN_NUMBER: Final = re.compile(r"[+-]?(\d{1,40}(\.\d{0,40})?|\.\d{1,40})([eE][+-]?\d{1,2})?")
_GROUPED: Final = re.compile(r"[+-]?\d{1,3}(?P<mark>[٬ ])\d{3}((?P=mark)\d{3})*(\.\d*)?")
"""Thousands apart, all by the Persian separator or all by a space."""
_AFTER_SIGN: Final = re.compile(r"^([+-]) +")
_MINUS: Final = str.maketrans({"\u2212": "-", "\u2010": "-", "\u2011": "-", "\u2013": "-"})


def latin_digits(text: str) -> str:
    """Turn Persian and Arabic digits into Latin ones.

    Examples
    --------
    >>> latin_digits("۱۲٣")
    '123'
    """
    return text if text.isascii() else digits.fa_to_en(digits.ar_to_fa(text))


def clean_text(text: str, *, persian: bool = True) -> str:
    r"""Bring a name or note to its one spelling.

    Unicode NFC; Arabic yeh and kaf become Persian; control characters, direction marks and lone surrogates go; white
    space becomes single spaces; a zero-width non-joiner stays between letters and goes elsewhere. Everything else,
    markup and formulas included, is kept: to escape it is the work of whoever writes it out.

    Parameters
    ----------
    text
        As it came.
    persian
        Whether Arabic letters become Persian ones; false for a name that is Arabic.

    Examples
    --------
    >>> clean_text(" شهرك  صنعتي\u200e ")
    'شهرک صنعتی'
    >>> clean_text("=1+1<b>")
    '=1+1<b>'
    """
    if text.isascii() and text.isprintable():
        return " ".join(text.split())
    text = _PRESENTATION.sub(lambda match: unicodedata.normalize("NFKC", match.group()), text)
    text = unicodedata.normalize("NFC", text)
    text = _SPACES.sub(" ", "".join(_visible(character) for character in text))
    if persian:
        text = text.translate(_ARABIC_TO_PERSIAN)
    text = unicodedata.normalize("NFC", text)
    text = _ZWNJ_RUN.sub(lambda match: _ZWNJ if len(match.group()) > 1 else "", text)
    text = _ZWNJ_RUN.sub("", text)
    return _SPACES.sub(" ", text).strip(f" {_ZWNJ}")


def _visible(character: str) -> str:
    if character in {_ZWNJ, _ZWJ}:
        return character
    if character.isspace():
        return " "
    category = unicodedata.category(character)
    return "" if category in {"Cc", "Cf", "Cs", "Cn"} else character


def clean_id(text: str) -> str:
    """Bring an id to Latin digits without invisible characters."""
    return latin_digits(clean_text(text)).strip()


def plain_number(text: str) -> str | None:
    """Read a number as people write it, Persian digits and separators included, and write it plainly.

    Returns
    -------
    str or None
        What `decimal.Decimal` reads, or ``None`` where it is no number. A Latin comma is none: it means thousands to
        some and decimals to others.

    Examples
    --------
    >>> plain_number("۱۲٬۵۰۰٫۷۵"), plain_number("4 012"), plain_number("40 12"), plain_number("1,5")
    ('12500.75', '4012', None, None)
    """
    text = latin_digits(clean_text(text)).translate(_MINUS).replace("٫", ".")
    text = _AFTER_SIGN.sub(r"\1", text)
    if _GROUPED.fullmatch(text):
        text = text.replace("٬", "").replace(" ", "")
    return text if _PLAIN_NUMBER.fullmatch(text) and text.isascii() else None


def how_to_write_number(text: str) -> str | None:
    """Say how to write what is meant as a number and is none, where that can be guessed."""
    if "%" in text or "٪" in text:
        return "Write 0.6 for 60 percent"
    if "," in text or "،" in text:
        return "Write it without thousands separators and with a decimal point"
    if re.fullmatch(r"[+-]?\d+/\d+", latin_digits(clean_text(text))):
        return "Write a decimal point in place of the slash"
    if re.search(r"\d\s*[^\W\d_]+", latin_digits(text)):
        return "Write the number alone; its unit is that of the column"
    return None


def is_garbled(text: str) -> str | None:
    """Recognise UTF-8 that a program read as Windows-1256 and saved again.

    Returns
    -------
    str or None
        What the text was; ``None`` if it is not garbled. Persian text itself, written in Windows-1256, is not UTF-8.

    Examples
    --------
    >>> is_garbled("ط§ظ¾ط±ط§طھظˆط±"), is_garbled("اپراتور"), is_garbled("Operator")
    ('اپراتور', None, None)
    """
    if text.isascii():
        return None
    try:
        return text.encode("cp1256").decode("utf-8")
    except UnicodeError:
        return None
