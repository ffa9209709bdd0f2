"""How a language writes: its direction, its figures with their separators, and its calendar."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from functools import cached_property
from typing import TYPE_CHECKING, Literal, Self

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Mapping

LATIN_DIGITS = "0123456789"


class Calendar(StrEnum):
    """A calendar that dates can be written in."""

    GREGORIAN = "gregorian"
    SOLAR_HIJRI = "solar-hijri"

    def day_month_year(self, date: dt.date) -> tuple[int, int, int]:
        """Give the day, the month and the year of a date.

        Examples
        --------
        >>> import datetime as dt
        >>> Calendar.SOLAR_HIJRI.day_month_year(dt.date(2025, 12, 27))
        (6, 10, 1404)
        """
        if self is Calendar.GREGORIAN:
            return date.day, date.month, date.year
        from persiantools.jdatetime import JalaliDate  # noqa: PLC0415 - only this calendar needs it

        jalali = JalaliDate(date)  # type: ignore[no-untyped-call]
        return jalali.day, jalali.month, jalali.year


@dataclass(frozen=True)
class Notation:
    """How a language writes, from ``notation.toml`` of its folder.

    Attributes
    ----------
    direction
        Of the script.
    digits
        The ten figures, zero first.
    thousands, decimal
        Separators of groups of three figures, and of the fraction.
    percent
        Sign that follows the number.
    calendar
        Of dates.
    months
        Their twelve names.
    """

    direction: Literal["ltr", "rtl"]
    digits: str
    thousands: str
    decimal: str
    percent: str
    calendar: Calendar
    months: tuple[str, ...]

    @classmethod
    def of(cls, texts: Mapping[str, str]) -> Self:
        """Read the notation of a language.

        Raises
        ------
        ValueError
            The direction or calendar is unknown, or there are not ten digits or twelve months: a fault of the file.
        """
        direction = texts["notation.direction"]
        digits, months = texts["notation.digits"], tuple(texts["notation.months"].split())
        if direction not in {"ltr", "rtl"} or (len(digits), len(months)) != (10, 12):
            raise ValueError("notation.toml needs direction ltr or rtl, ten digits and twelve months")
        return cls(
            direction="rtl" if direction == "rtl" else "ltr",
            digits=digits,
            thousands=texts["notation.thousands"],
            decimal=texts["notation.decimal"],
            percent=texts["notation.percent"],
            calendar=Calendar(texts["notation.calendar"]),
            months=months,
        )

    @cached_property
    def of_digits(self) -> Mapping[int, str]:
        """The figure of each Latin digit, for `str.translate`."""
        return {ord(latin): own for latin, own in zip(LATIN_DIGITS, self.digits, strict=True)}

    @cached_property
    def of_numbers(self) -> Mapping[int, str]:
        """The same with the separators of numbers."""
        return {**self.of_digits, ord(","): self.thousands, ord("."): self.decimal}
