"""Texts are complete in every language, and numbers, money and dates are written correctly."""

from __future__ import annotations

import datetime as dt
import re
from decimal import Decimal
from importlib import resources
from string import Formatter

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fiberplan.money import CURRENCIES
from fiberplan.project.catalogue import bundled_catalogue
from fiberplan.project.corridors import CorridorKind, Surface
from fiberplan.project.settings import AssetClass, Language
from fiberplan.sharing.rules.registry import rule_names
from fiberplan.solvers.run.report import Status
from fiberplan.wording import Wording, load_wording
from fiberplan.wording.notation import Notation

ENGLISH, PERSIAN = load_wording("en"), load_wording("fa")
ALL = tuple(load_wording(language) for language in Language)


def topics(language: str) -> set[str]:
    folder = resources.files("fiberplan.wording").joinpath(language)
    return {file.name for file in folder.iterdir()}


def placeholders(text: str) -> list[str]:
    return sorted(name for _, name, _, _ in Formatter().parse(text) if name is not None)


@pytest.mark.parametrize("words", ALL)
def test_every_language_has_the_same_topics_and_keys(words: Wording) -> None:
    assert topics(words.language) == topics("en")
    assert set(words.texts) == set(ENGLISH.texts)


@pytest.mark.parametrize("key", sorted(ENGLISH.texts))
def test_a_text_has_the_same_places_to_fill_in_in_every_language(key: str) -> None:
    for words in ALL:
        assert placeholders(words.texts[key]) == placeholders(ENGLISH.texts[key])
        assert words.texts[key].strip() or key.startswith("notation.")


def test_persian_is_written_in_persian_letters() -> None:
    """Arabic yeh and kaf look alike and sort and search differently; Arabic and Latin figures mix badly."""
    for key, text in PERSIAN.texts.items():
        assert not re.search("[يكى٠-٩]", text), key


@pytest.mark.parametrize("words", ALL)
def test_all_kinds_and_states_of_a_plan_have_a_name(words: Wording) -> None:
    for topic, members in (
        ("asset_class", AssetClass),
        ("kind", CorridorKind),
        ("surface", Surface),
        ("status", Status),
        ("tier", ("1", "2", "3")),
    ):
        for member in members:
            assert words.text(f"common.{topic}.{member}")


@pytest.mark.parametrize("words", ALL)
@pytest.mark.parametrize("rule", rule_names(for_plans=True))
def test_all_sharing_rules_have_a_name(words: Wording, rule: str) -> None:
    assert words.text(f"rule.{rule}.name")


def test_there_are_twelve_months() -> None:
    assert all(len(words.notation.months) == 12 for words in ALL)


@pytest.mark.parametrize(
    ("key", "value"),
    [("direction", "down"), ("digits", "012345678"), ("months", "one two"), ("calendar", "lunar")],
)
def test_a_notation_that_cannot_be_is_refused(key: str, value: str) -> None:
    with pytest.raises(ValueError, match=value if key == "calendar" else "ten digits and twelve months"):
        Notation.of({**ENGLISH.texts, f"notation.{key}": value})


def test_a_language_writes_numbers_as_its_file_says() -> None:
    own = {"thousands": "\u202f", "decimal": ",", "percent": "\u00a0%"}
    texts = {**ENGLISH.texts, **{f"notation.{key}": value for key, value in own.items()}}
    french = Wording(Language.ENGLISH, texts, Notation.of(texts))
    assert french.percent(12.3456, digits=1) == "1\u202f234,6\u00a0%"
    assert french.figures("3.5") == "3.5"


def test_an_unknown_language_is_refused() -> None:
    with pytest.raises(ValueError, match="'xx'"):
        load_wording("xx")
    assert load_wording("fa").language is Language.PERSIAN
    assert (ENGLISH.direction, PERSIAN.direction) == ("ltr", "rtl")


def test_an_unknown_text_is_a_fault_of_the_program() -> None:
    with pytest.raises(KeyError, match="nothing"):
        ENGLISH.text("common.nothing")


@given(st.integers(-(10**18), 10**18), st.sampled_from(sorted(CURRENCIES)))
def test_money_is_written_to_its_last_minor_unit(amount: int, code: str) -> None:
    currency = CURRENCIES[code]
    for words in (ENGLISH, PERSIAN):
        text = words.money(amount, currency, with_unit=False)
        latin = text.translate(str.maketrans("۰۱۲۳۴۵۶۷۸۹٬٫−", "0123456789,.-"))
        digits = latin.replace(",", "")
        assert int(Decimal(digits) * currency.minor_per_major) == amount
        assert all(len(group) == 3 for group in latin.partition(".")[0].lstrip("-").split(",")[1:])


@pytest.mark.parametrize(
    ("amount", "text"),
    [
        (0, "0 rial"),
        (999_999, "999,999 rial"),
        (1_234_567, "1.23 million rial"),
        (12_345_678, "12.3 million rial"),
        (123_456_789, "123 million rial"),
        (1_500_000_000, "1.50 billion rial"),
        (-2_000_000_000_000, "−2.00 trillion rial"),
    ],
)
def test_a_rough_amount_has_three_figures(amount: int, text: str) -> None:
    assert ENGLISH.money_short(amount, CURRENCIES["IRR"]) == text


@pytest.mark.parametrize(
    ("value", "digits", "text"),
    [
        (0.5, 0, "1"),
        (1.5, 0, "2"),
        (-0.4, 0, "0"),
        (2.675, 2, "2.68"),
        (1e15, 0, "1,000,000,000,000,000"),
        (-0.05, 1, "−0.1"),
    ],
)
def test_half_is_rounded_away_from_zero(value: float, digits: int, text: str) -> None:
    assert ENGLISH.number(value, digits=digits) == text


def test_lengths_take_the_unit_that_reads_better() -> None:
    assert ENGLISH.length(999) == "999 m"
    assert ENGLISH.length(1000) == "1.0 km"
    assert PERSIAN.length(Decimal(12_340)).startswith("۱۲٫۳ ")


def test_dates_are_in_the_calendar_of_the_language() -> None:
    newyear = dt.date(2025, 3, 21)
    assert ENGLISH.date(newyear) == "21 March 2025"
    assert PERSIAN.date(newyear) == "۱ فروردین ۱۴۰۴"
    assert PERSIAN.date(dt.date(2025, 3, 20)) == "۳۰ اسفند ۱۴۰۳"


def test_figures_change_digits_and_nothing_else() -> None:
    assert PERSIAN.figures("LR-12, 3.5") == "LR-۱۲, ۳.۵"
    assert ENGLISH.figures("LR-12, 3.5") == "LR-12, 3.5"


def test_every_currency_has_a_name() -> None:
    assert PERSIAN.currency_name(CURRENCIES["IRR"]) == "ریال"
    assert ENGLISH.currency_name(bundled_catalogue().currency) == "USD"
