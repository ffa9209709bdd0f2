"""Names for people: catalogue items, units of prices, places, and quantities as in a price list."""

from __future__ import annotations

from typing import TYPE_CHECKING

from fiberplan.report.glyphs import clean

if TYPE_CHECKING:
    from decimal import Decimal

    from fiberplan.money import Currency
    from fiberplan.wording import Wording


def item_name(item: str, words: Wording) -> str:
    """Name a catalogue item; one that a project added keeps its id.

    Parameters
    ----------
    item
        Its dotted name.
    words
        Of the language.

    Examples
    --------
    >>> from fiberplan.wording import load_wording
    >>> item_name("civil.road_verge.rock", load_wording("en")), item_name("cable.48 over cable.24", load_wording("en"))
    ('Trench: road verge, rock', 'Cable of 48 fibres, over 24')
    """
    return words.texts.get(f"report.item.{item}") or _family_name(item, words) or clean(item)


def _family_name(item: str, words: Wording) -> str | None:
    """Name an item of a family that projects may add to."""
    family, _, rest = item.partition(".")
    large, _, small = rest.partition(" over cable.")
    if family == "civil":
        return _civil_name(rest, words)
    if family == "cable" and large.isdigit() and small.isdigit():
        sizes = {"size": words.number(int(large)), "base": words.number(int(small))}
        return words.text("report.item_cable_over", **sizes)
    if family == "cable" and rest.isdigit():
        return words.text("report.item_cable", size=words.number(int(rest)))
    if family == "permit":
        return words.text("report.item_permit", body=clean(rest))
    if family == "optic":
        return words.text("report.item_optic", optic=clean(rest.partition(".")[0].upper()))
    return None


def _civil_name(rest: str, words: Wording) -> str | None:
    kind, _, surface = rest.rpartition(".")
    kind_name = words.texts.get(f"common.kind.{kind}")
    if kind_name is None:
        return None
    if surface == "any":
        return words.text("report.item_civil_any", kind=kind_name)
    surface_name = words.texts.get(f"common.surface.{surface}", clean(surface))
    return words.text("report.item_civil", kind=kind_name, surface=surface_name)


def unit_name(unit: str, currency: Currency, words: Wording) -> str:
    """Name the unit of a price or quantity.

    Parameters
    ----------
    unit
        As in the catalogue.
    currency
        Of the plan.
    words
        Of the language.

    Examples
    --------
    >>> from fiberplan.money import CURRENCIES
    >>> from fiberplan.wording import load_wording
    >>> unit_name("IRR/m/year", CURRENCIES["IRR"], load_wording("en"))
    'rial / m / year'
    """
    names = [
        words.currency_name(currency)
        if part == currency.code
        else words.texts.get(f"report.unit.{part}", part)
        for part in unit.split("/")
    ]
    return clean(" / ".join(names))


def quantity(value: Decimal, words: Wording) -> str:
    """Write a quantity with all the digits it has.

    Parameters
    ----------
    value
        Any number.
    words
        Of the language.

    Examples
    --------
    >>> from decimal import Decimal
    >>> from fiberplan.wording import load_wording
    >>> quantity(Decimal("1200.50"), load_wording("en")), quantity(Decimal("1E+3"), load_wording("en"))
    ('1,200.5', '1,000')
    """
    exponent = value.normalize().as_tuple().exponent
    digits = -exponent if isinstance(exponent, int) and exponent < 0 else 0
    return words.number(value, digits=digits)
