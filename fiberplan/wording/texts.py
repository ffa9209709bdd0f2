"""Words, numbers, money and dates in a language: the one place where figures become text for people.

Texts are in ``<language>/<topic>.toml`` beside this module, so that each topic (map, report, terminal) has its
own file. Every language has the same keys, which a test holds.
"""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal
from functools import lru_cache
from importlib import resources
from typing import TYPE_CHECKING, Any, Final

from fiberplan.money import Currency, to_major
from fiberplan.project.settings import Language
from fiberplan.wording.notation import Notation

if TYPE_CHECKING:
    import datetime as dt

_SCALES: Final = ((10**12, "trillion"), (10**9, "billion"), (10**6, "million"))
_MINUS: Final = "\u2212"


@dataclass(frozen=True, slots=True)
class Wording:
    """The words of one language.

    Attributes
    ----------
    language
        Which.
    texts
        By dotted key, ``topic.key``.
    notation
        How it writes numbers and dates.
    """

    language: Language
    texts: Mapping[str, str]
    notation: Notation

    @property
    def is_right_to_left(self) -> bool:
        """Whether the script runs from right to left."""
        return self.notation.direction == "rtl"

    @property
    def direction(self) -> str:
        """``rtl`` or ``ltr``."""
        return self.notation.direction

    def text(self, key: str, **values: object) -> str:
        """Fill in a text.

        Parameters
        ----------
        key
            ``topic.key``.
        values
            For its ``{braces}``; strings are put in as they are, so give numbers through `number`.

        Raises
        ------
        KeyError
            There is no such text: a fault of the program.
        """
        return self.texts[key].format_map(values) if values else self.texts[key]

    def number(self, value: float | Decimal, *, digits: int = 0) -> str:
        """Write a number with thousands separators and the figures of the language.

        Parameters
        ----------
        value
            Any number.
        digits
            Decimals; half is rounded away from zero.

        Examples
        --------
        >>> load_wording("en").number(-1234567.891, digits=1), load_wording("fa").number(1234.5, digits=1)
        ('−1,234,567.9', '۱٬۲۳۴٫۵')
        """
        exact = Decimal(value) if isinstance(value, int | Decimal) else Decimal(repr(float(value)))
        rounded = exact.quantize(Decimal(1).scaleb(-digits), rounding=ROUND_HALF_UP)
        text = f"{abs(rounded):,f}".translate(self.notation.of_numbers)
        return _MINUS + text if rounded < 0 else text

    def figures(self, text: str) -> str:
        """Write the Latin digits of a text in the figures of the language, and nothing else of it."""
        return text.translate(self.notation.of_digits)

    def percent(self, share: float | Decimal, *, digits: int = 0) -> str:
        """Write a share as a percentage.

        Parameters
        ----------
        share
            1 for the whole.
        digits
            Decimals of the percentage.

        Examples
        --------
        >>> load_wording("en").percent(Decimal("0.6")), load_wording("fa").percent(Decimal("0.125"), digits=1)
        ('60%', '۱۲٫۵٪')
        """
        share = share if isinstance(share, Decimal) else Decimal(repr(float(share)))
        return self.number(share * 100, digits=digits) + self.notation.percent

    def money(self, amount: int, currency: Currency, *, with_unit: bool = True) -> str:
        """Write an amount exactly, to its last minor unit.

        Parameters
        ----------
        amount
            Minor units.
        currency
            Of the amount.
        with_unit
            Whether to name the currency.

        Examples
        --------
        >>> from fiberplan.money import CURRENCIES
        >>> load_wording("en").money(123456789, CURRENCIES["EUR"])
        '1,234,567.89 EUR'
        >>> load_wording("fa").money(1234567, CURRENCIES["IRR"])
        '۱٬۲۳۴٬۵۶۷ ریال'
        """
        figure = self.number(to_major(amount, currency), digits=currency.minor_digits)
        return f"{figure} {self.currency_name(currency)}" if with_unit else figure

    def money_short(self, amount: int, currency: Currency) -> str:
        """Write an amount roughly, with three figures that matter, for maps and the terminal.

        Parameters
        ----------
        amount
            Minor units.
        currency
            Of the amount.

        Examples
        --------
        >>> from fiberplan.money import CURRENCIES
        >>> load_wording("en").money_short(123456789, CURRENCIES["EUR"])
        '1.23 million EUR'
        """
        major = to_major(amount, currency)
        for scale, name in _SCALES:
            if abs(major) >= scale:
                scaled = major / scale
                digits = 2 if abs(scaled) < 10 else 1 if abs(scaled) < 100 else 0
                figure = self.number(scaled, digits=digits)
                return f"{figure} {self.text(f'common.{name}')} {self.currency_name(currency)}"
        return f"{self.number(major)} {self.currency_name(currency)}"

    def currency_name(self, currency: Currency) -> str:
        """Name a currency: its own name where the language has one, else its code."""
        return self.texts.get(f"common.currency_{currency.code}", currency.code)

    def date(self, day: dt.date) -> str:
        """Write a date in the calendar of the language.

        Examples
        --------
        >>> import datetime as dt
        >>> load_wording("en").date(dt.date(2025, 12, 27)), load_wording("fa").date(dt.date(2025, 12, 27))
        ('27 December 2025', '۶ دی ۱۴۰۴')
        """
        number, month, year = self.notation.calendar.day_month_year(day)
        return self.figures(f"{number} {self.notation.months[month - 1]} {year}")

    def length(self, length_m: float | Decimal) -> str:
        """Write a length in metres or kilometres, whichever reads better."""
        if length_m < 1000:
            return f"{self.number(length_m)} {self.text('common.m')}"
        return f"{self.number(length_m / 1000, digits=1)} {self.text('common.km')}"


@lru_cache
def load_wording(language: str) -> Wording:
    """Load the words of a language.

    Raises
    ------
    ValueError
        fiberplan has no such language.
    """
    chosen = Language(language)
    texts: dict[str, str] = {}
    folder = resources.files("fiberplan.wording").joinpath(chosen.value)
    for file in sorted(folder.iterdir(), key=lambda entry: entry.name):
        topic = file.name.removesuffix(".toml")
        texts.update(_flatten(tomllib.loads(file.read_text(encoding="utf-8")), topic))
    return Wording(chosen, texts, Notation.of(texts))


def _flatten(table: Mapping[str, Any], prefix: str) -> dict[str, str]:
    flat: dict[str, str] = {}
    for key, value in table.items():
        path = f"{prefix}.{key}"
        flat.update(_flatten(value, path) if isinstance(value, dict) else {path: str(value)})
    return flat
