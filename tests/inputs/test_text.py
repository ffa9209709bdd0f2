from __future__ import annotations

import unicodedata
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fiberplan.inputs.text import clean_id, clean_text, latin_digits, plain_number

if TYPE_CHECKING:
    from decimal import Decimal

PERSIAN = st.text(
    alphabet="اآبپكکيیىئؤۀةگ۱۲٣٤ \u200c\u200d\u200e\u202e\u064e\u0654\ufeff\ufb56\ufef7\ufdf2\t=<>",
    max_size=20,
)
ANY_TEXT = st.text(max_size=30) | PERSIAN


@given(ANY_TEXT)
def test_cleaning_twice_is_cleaning_once(text: str) -> None:
    once = clean_text(text)
    assert clean_text(once) == once


@given(ANY_TEXT)
def test_nothing_invisible_stays(text: str) -> None:
    once = clean_text(text)
    assert once == once.strip()
    assert not [
        c for c in once if unicodedata.category(c) in {"Cc", "Cs"} or c in "\u202e\u2066\u200e\u200f\ufeff"
    ]
    once.encode("utf-8")


@given(st.text(alphabet=st.characters(min_codepoint=33, max_codepoint=126), max_size=30))
def test_plain_text_is_kept_to_the_letter(text: str) -> None:
    assert clean_text(text) == text


@pytest.mark.parametrize(
    ("text", "clean"),
    [
        ("شركت  ملي", "شرکت ملی"),
        ("می\u200c\u200cشود", "می\u200cشود"),
        ("می\u200c شود\u200c", "می شود"),
        ("\u202eevil\u202c\x00", "evil"),
        ("a\tb\nc", "a b c"),
        ("e\u0301", "é"),
        ("\ufed9\ufe98\ufe8e\ufb8f", "کتاک"),
        ("lone \ud800 surrogate", "lone surrogate"),
        ("دِز", "دِز"),
    ],
)
def test_clean_text(text: str, clean: str) -> None:
    assert clean_text(text) == clean


def test_an_arabic_name_keeps_its_letters() -> None:
    assert clean_text("كي", persian=False) == "كي"


@pytest.mark.parametrize(
    ("text", "plain"),
    [
        ("۱۲۳", "123"),
        ("٤٥٫٥", "45.5"),
        ("۱٬۲۳۴٬۵۶۷٫۸", "1234567.8"),
        ("−5", "-5"),
        (" 12 500 ", "12500"),
        ("1e3", "1e3"),
        ("1,5", None),
        ("1,234", None),
        ("۱،۵", None),
        ("12۬3", None),
        ("nan", None),
        ("inf", None),
        ("1e999", None),
        ("1" * 60, None),
        ("", None),
        ("0x10", None),
        ("1_000", None),
        ("۱٬۲۳", None),
    ],
)
def test_plain_number(text: str, plain: str | None) -> None:
    assert plain_number(text) == plain


@given(st.decimals(allow_nan=False, allow_infinity=False, min_value=-(10**20), max_value=10**20, places=6))
def test_a_number_in_persian_digits_is_the_same_number(number: Decimal) -> None:
    persian = str(number).translate(str.maketrans("0123456789.", "۰۱۲۳۴۵۶۷۸۹٫"))
    assert plain_number(persian) == plain_number(str(number))


def test_ids_and_digits() -> None:
    assert clean_id(" LR۰١\u200f") == "LR01"
    assert latin_digits("۷٧7") == "777"
