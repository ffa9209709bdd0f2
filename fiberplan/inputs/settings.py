"""`project.toml`: from text to `Settings`, with a hint for every key that nobody knows."""

from __future__ import annotations

import dataclasses
import re
import tomllib
from decimal import Decimal
from functools import lru_cache
from typing import TYPE_CHECKING, Any, Final, cast

from pydantic import TypeAdapter, ValidationError
from pyproj import CRS
from pyproj.exceptions import CRSError

from fiberplan.inputs.faults import Complaint, complaint_of, did_you_mean, listed, nearest
from fiberplan.inputs.tables.raw import decode_utf8
from fiberplan.inputs.text import clean_text
from fiberplan.money import CURRENCIES
from fiberplan.project.contradictions import contradictions
from fiberplan.project.settings import (
    CatalogueOptions,
    DesignOptions,
    FundingPolicy,
    RoutingOptions,
    Settings,
    SharingOptions,
)
from fiberplan.project.subsidy_terms import PoolTerms, SubsidyTerms, unknown_operators
from fiberplan.project.terms import BusinessTerms, InstrumentTerms, LogisticTakeUp, PublicLimits
from fiberplan.sharing.rules.registry import rule_names

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Collection, Mapping
    from pathlib import Path

    from fiberplan.inputs.faults import FaultList

FILE: Final = "project.toml"
_JALALI_YEARS: Final = 1300, 1500
_EARLIEST_YEAR: Final = 1900
"""No plan for fibre is older; the Solar Hijri year 1400 began in 2021."""
_NOBODY: Final = Settings(name={"": "unnamed"})
_LANGUAGE_KEY: Final = re.compile(r"[a-z]{2,3}|")
_NAME_LENGTH: Final = 200
_TEXT_LENGTH: Final = 5000
_EXPONENT: Final = 30
_TABLES: Final[Mapping[str, type]] = {
    "": Settings,
    "routing": RoutingOptions,
    "design": DesignOptions,
    "funding": FundingPolicy,
    "sharing": SharingOptions,
    "catalogue": CatalogueOptions,
    "business.<name>": BusinessTerms,
    "business.<name>.logistic": LogisticTakeUp,
    "instruments": InstrumentTerms,
    "instruments.limits": PublicLimits,
    **{f"instruments.{kind}.<name>": terms for kind, terms in InstrumentTerms.kinds().items()},
    "subsidy": SubsidyTerms,
    "subsidy.pool.<name>": PoolTerms,
}
_NAMED: Final[Mapping[str, int]] = {"business": 1, "instruments": 2, "subsidy": 2}
"""Tables below which stand names that a planner chooses, and how far below."""
_BY_LANGUAGE: Final = ("name", "description", "credit")


@lru_cache(maxsize=1)
def _adapter() -> TypeAdapter[Settings]:
    return TypeAdapter(Settings)


def read_settings(folder: Path, faults: FaultList) -> Settings:
    """Read `project.toml`.

    Parameters
    ----------
    folder
        Of the project.
    faults
        Takes what is wrong.

    Returns
    -------
    Settings
        What could be read; where there were faults, defaults stand in so that the tables can still be checked.
    """
    document = _load(folder, faults)
    if document is None:
        return _NOBODY
    return check_settings(document, faults)


def check_settings(document: Mapping[str, Any], faults: FaultList) -> Settings:
    """Turn a TOML document into settings.

    Parameters
    ----------
    document
        As `tomllib` gives it.
    faults
        Takes what is wrong.

    Returns
    -------
    Settings
        With defaults in place of what is faulty.
    """
    by_language = {key: {"": document[key]} for key in _BY_LANGUAGE if isinstance(document.get(key), str)}
    cleaned = cast("dict[str, Any]", _clean({**document, **by_language}, (), faults))
    settings = _validate(cleaned, faults)
    known = rule_names(for_plans=True)
    if settings.sharing.rule not in known:
        faults.error(
            FILE,
            "is an unknown sharing rule",
            column="sharing.rule",
            value=settings.sharing.rule,
            expected=f"one of {listed(known, most=len(known))}",
            mend=did_you_mean(settings.sharing.rule, known),
        )
    if settings.date.year < _EARLIEST_YEAR:
        faults.error(
            FILE,
            "is in the past by centuries",
            column="date",
            value=settings.date.isoformat(),
            mend=_as_gregorian(settings.date),
        )
    return _check(settings, document, faults)


def _as_gregorian(day: dt.date) -> str:
    """Suggest what a date is that was written in the Solar Hijri calendar."""
    from persiantools.jdatetime import JalaliDate  # noqa: PLC0415 - only such dates need it

    if not _JALALI_YEARS[0] <= day.year <= _JALALI_YEARS[1]:
        return "Write a date of the Gregorian calendar"
    try:
        meant = JalaliDate(day.year, day.month, day.day).to_gregorian()  # type: ignore[no-untyped-call]
    except ValueError:
        return "Write a date of the Gregorian calendar"
    return f"It looks like a Jalali date; write {meant.isoformat()}"


def are_prices_known(faults: FaultList) -> bool:
    """Say whether currency and exchange rate could be read, so that prices can be compared."""
    harmless = {*_keys(Settings)} - {"currency", "catalogue"}
    reported = [fault.column for fault in faults.faults if fault.file == FILE and fault.severity == "error"]
    return all(column is not None and column.split(".")[0] in harmless for column in reported)


def check_terms(settings: Settings, operators: Collection[str] | None, faults: FaultList) -> None:
    """Check business cases, instruments and rules of the subsidy against each other, the horizon and the operators.

    Parameters
    ----------
    operators
        Their ids; ``None`` if the table could not be read.
    settings
        As read.
    faults
        Where what is wrong is added.
    """
    reasons = contradictions(
        settings.business,
        settings.instruments,
        operators=operators,
        horizon_years=settings.horizon_years,
    )
    if operators is not None:
        reasons += unknown_operators(settings.subsidy, operators)
    for reason in reasons:
        mend = (
            None
            if reason.value is None or operators is None
            else did_you_mean(reason.value, sorted(operators))
        )
        faults.error(FILE, reason.message, column=reason.key, value=reason.value, mend=mend)


def _load(folder: Path, faults: FaultList) -> dict[str, Any] | None:
    path = folder / FILE
    if not path.is_file():
        faults.error(
            FILE, "is missing", mend=f'Make a file {FILE} with at least the line: name = "My project"'
        )
        return None
    text = decode_utf8(path.read_bytes(), FILE, faults)
    if text is None:
        return None
    try:
        return tomllib.loads(text, parse_float=Decimal)
    except (ValueError, ArithmeticError, RecursionError) as error:
        place = re.search(r"\(at line (\d+), column (\d+)\)", str(error))
        where = f" at line {place[1]}, column {place[2]}" if place else ""
        what = re.sub(r" \(at .*\)$", "", str(error)).rstrip(".")
        faults.error(
            FILE,
            f"is not valid TOML{where}: {what}",
            row=int(place[1]) if place else None,
            mend='Write key = value, with text in straight quotes: name = "My project"',
        )
        return None


def _clean(value: object, path: tuple[object, ...], faults: FaultList) -> object:
    """Clean the texts of a document, and take out, with a fault, what pydantic would let pass; ``None`` for what is out."""
    if isinstance(value, dict):
        inner = {key: _clean(part, (*path, key), faults) for key, part in value.items()}
        return {key: part for key, part in inner.items() if part is not None}
    if isinstance(value, list):
        parts = [_clean(part, (*path, number), faults) for number, part in enumerate(value)]
        return None if None in parts else parts  # a list means little without one of its entries
    if isinstance(value, str):
        return clean_text(value, persian=path[-1] != "ar")
    says = _odd(value)
    if says is None:
        return value
    shown = None if isinstance(value, int) and not isinstance(value, bool) else str(value).lower()
    faults.error(FILE, says.message, column=_dotted(path), value=shown, expected=says.expected)
    return None


def _odd(value: object) -> Complaint | None:
    """Say what is odd about a value, if anything is."""
    if isinstance(value, bool):
        return Complaint("is not expected to be true or false")
    if isinstance(value, Decimal) and not (value.is_finite() and abs(value.adjusted()) <= _EXPONENT):
        return Complaint("is not a usable number", "a finite number")
    if isinstance(value, int) and abs(value) >= 10**_EXPONENT:
        return Complaint("is too large", f"less than 10**{_EXPONENT}")
    return None


def _remove(document: object, path: tuple[object, ...]) -> None:
    """Take a value out of a document if it is still there, a list with any of its entries."""
    for number, key in enumerate(path):
        if not isinstance(document, dict):
            return
        is_last = number == len(path) - 1 or isinstance(document.get(key), list)
        if is_last:
            document.pop(key, None)
            return
        document = document.get(key)


def _dotted(path: tuple[Any, ...]) -> str:
    return ".".join(str(part) for part in path if part != "[key]")


def _validate(document: dict[str, Any], faults: FaultList) -> Settings:
    try:
        return _adapter().validate_python(document)
    except ValidationError as error:
        details = error.errors(include_url=False)
    for entry in details:
        _report(entry, faults)
        path = tuple(part for part in entry["loc"] if part != "[key]")
        _remove(document, path[:-1] if entry["type"] == "missing" and len(path) > 1 else path)
    document.setdefault("name", {"": "unnamed"})
    try:
        return _adapter().validate_python(document)
    except ValidationError:
        return _NOBODY


def _report(entry: Mapping[str, Any], faults: FaultList) -> None:
    path = tuple(entry["loc"])
    column = _dotted(path)
    if entry["type"] == "unexpected_keyword_argument":
        faults.error(FILE, "is not a known key", column=column, mend=_place_of(path))
    elif entry["type"] == "missing":
        line = 'name = "My project"' if column == "name" else f"{path[-1]} = ..."
        faults.error(FILE, "is missing", column=column, mend=f"Add the line: {line}")
    else:
        says = complaint_of(entry)
        value = None if isinstance(entry["input"], dict | list) else entry["input"]
        mend = says.mend
        if entry["type"] == "dataclass_type" and len(path) == _NAMED.get(str(path[0]), 0) + 1 > 1:
            mend = f"Give the table a name of its own: [{_dotted(path[:-1])}.my-name]"
        faults.error(FILE, says.message, column=column, value=value, expected=says.expected, mend=mend)


def _place_of(path: tuple[Any, ...]) -> str:
    """Say which key may have been meant: of the same table, or of another."""
    table, key = _kind_of_table(path[:-1]), str(path[-1])
    here = _keys(_TABLES.get(table, Settings))
    close = nearest(key, here)
    if close is not None:
        return f"Did you mean {close!r}?"
    for other, kind in _TABLES.items():
        close = nearest(key, _keys(kind), cutoff=0.8)
        if close is not None:
            where = f"under [{other}]" if other else "at the top, before the first [table]"
            return f"Did you mean {close!r}? It belongs {where}"
    return f"Known here: {listed(here, most=30)}"


def _kind_of_table(path: tuple[Any, ...]) -> str:
    """Name a table with ``<name>`` in place of what a planner calls it."""
    depth = _NAMED.get(str(path[0]), 0) if path else 0
    return _dotted(tuple("<name>" if depth and place == depth else part for place, part in enumerate(path)))


def _keys(kind: type) -> list[str]:
    return [field.name for field in dataclasses.fields(kind)]


def _check(settings: Settings, document: Mapping[str, Any], faults: FaultList) -> Settings:
    """Check what the types of the options do not say."""
    _check_texts(settings, faults)
    changes: dict[str, Any] = {}
    if settings.currency not in CURRENCIES:
        changes["currency"] = _report_currency(settings.currency, faults)
    if settings.crs is not None and not _check_crs(settings.crs, faults):
        changes["crs"] = None
    if not settings.languages or len(set(settings.languages)) < len(settings.languages):
        what = "names a language twice" if settings.languages else "names no language"
        faults.error(FILE, what, column="languages", expected='a list such as ["en", "fa"]')
        changes["languages"] = _NOBODY.languages
    if "name" in document and not settings.name:
        faults.error(FILE, "is empty", column="name", mend='Add the line: name = "My project"')
    return dataclasses.replace(settings, **changes)


def _check_texts(settings: Settings, faults: FaultList) -> None:
    for key in _BY_LANGUAGE:
        most = _NAME_LENGTH if key == "name" else _TEXT_LENGTH
        for language, value in getattr(settings, key).items():
            column = f"{key}.{language}" if language else key
            if not _LANGUAGE_KEY.fullmatch(language):
                faults.error(
                    FILE,
                    "is not a language code",
                    column=column,
                    expected="two or three small letters such as en",
                )
            if not value:
                faults.error(FILE, "is empty", column=column, expected="a text")
            if len(value) > most:
                faults.error(
                    FILE,
                    f"is too long: {len(value)} characters",
                    column=column,
                    value=value,
                    expected=f"at most {most} characters",
                )


def _report_currency(code: str, faults: FaultList) -> str:
    """Report a currency and guess which one was meant."""
    shown = {c.display_code: c.code for c in CURRENCIES.values() if c.display_code}
    meant = shown.get(code.upper()) or nearest(code, CURRENCIES)
    mend = None if meant is None else f"Write {meant!r}"
    if code.upper() in shown:
        mend = f"Write {meant!r}; reports show {code.upper()} by themselves"
    expected = f"one of {', '.join(CURRENCIES)}"
    faults.error(FILE, "is not a known currency", column="currency", value=code, expected=expected, mend=mend)
    return meant or _NOBODY.currency


def _check_crs(name: str, faults: FaultList) -> bool:
    expected = "a projected CRS in metres such as 'EPSG:32639'"
    try:
        crs = CRS.from_user_input(name)
    except CRSError:
        faults.error(
            FILE, "is not a known coordinate reference system", column="crs", value=name, expected=expected
        )
        return False
    if not crs.is_projected or any(axis.unit_conversion_factor != 1 for axis in crs.axis_info):
        faults.error(
            FILE,
            "is not a coordinate reference system in metres",
            column="crs",
            value=name,
            expected=expected,
        )
        return False
    return True
