"""The price list of a project: the bundled one in the project's currency, with the project's own lines over it."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING, Annotated, Final

from pydantic import Field
from pydantic.dataclasses import dataclass

from fiberplan.inputs.faults import FaultList, RowFaults, did_you_mean, listed
from fiberplan.inputs.settings import FILE
from fiberplan.inputs.tables.cells import read_decimal, read_text, read_whole
from fiberplan.inputs.tables.specs import TableSpec
from fiberplan.inputs.text import clean_id
from fiberplan.project.catalogue import BASE_CURRENCY, Catalogue, CatalogueItem, bundled_catalogue
from fiberplan.project.corridors import CorridorKind, Surface

if TYPE_CHECKING:
    from fiberplan.inputs.tables.rows import Rows
    from fiberplan.project.settings import Settings

OWN_SOURCE: Final = "project"
"""Source of a line of the project that names none."""

ODD_RATIO: Final = 20
"""A price this many times another, or this part of it, is worth a look."""
ABSURD_RATIO: Final = 1000
"""A price this many times another, or this part of it, is in the wrong unit or currency."""


@dataclass(frozen=True, kw_only=True)
class PriceLine:
    """A row of the ``catalogue`` table."""

    item: str
    value: Annotated[Decimal, Field(ge=0)]
    unit: str = ""
    source: str = ""
    year: Annotated[int, Field(ge=1900, le=2200)] | None = None
    note: str = ""


def _read_item(cell: object) -> str:
    return clean_id(read_text(cell)).lower()


def _read_unit(cell: object) -> str:
    return "".join(read_text(cell).split())


PRICES: Final = TableSpec(
    name="catalogue",
    purpose="one row for each price of your own",
    kind=PriceLine,
    readers={
        "item": _read_item,
        "value": read_decimal,
        "unit": _read_unit,
        "source": read_text,
        "year": read_whole,
        "note": read_text,
    },
    required=("item", "value"),
    is_required=False,
    has_names=False,
)


def base_catalogue(settings: Settings) -> Catalogue:
    """Give the price list that a project's own lines go over.

    Returns
    -------
    Catalogue
        In the project's currency; without an exchange rate from US dollars it has attributes and no prices.
    """
    bundled = bundled_catalogue()
    if settings.currency == BASE_CURRENCY:
        return bundled
    if settings.catalogue.exchange_rate is not None:
        return bundled.with_currency(settings.currency, settings.catalogue.exchange_rate)
    attributes = {name: line for name, line in bundled.items.items() if not line.is_price}
    return Catalogue(currency_code=settings.currency, items=attributes)


def read_catalogue(lines: Rows[PriceLine], settings: Settings, faults: FaultList) -> Catalogue:
    """Make the price list.

    Parameters
    ----------
    lines
        Rows of the ``catalogue`` table.
    settings
        For currency and exchange rate.
    faults
        Takes what is wrong.
    """
    base = base_catalogue(settings)
    own: dict[str, CatalogueItem] = {}
    for line, place in lines.each(faults):
        check = _LineCheck(line, place, base)
        if line.item in own:
            place.error("comes twice", column="item", value=line.item, mend="Keep one of the two rows")
        unit = check.unit()
        if unit is not None:
            own[line.item] = CatalogueItem(
                item=line.item,
                value=line.value,
                unit=unit,
                source=line.source or OWN_SOURCE,
                year=line.year or settings.date.year,
                note=line.note,
                is_override=True,
            )
    catalogue = base.with_items(own.values())
    missing = [name for name in bundled_catalogue().items if name not in catalogue]
    if missing and (lines.is_whole or lines.file is None):
        faults.error(
            FILE,
            f"the currency is {settings.currency} and {len(missing)} prices are known in US dollars only: "
            f"{listed(missing, most=8)}",
            column="catalogue.exchange_rate",
            expected=f"the price of one US dollar in {settings.currency}, or all these items in the table 'catalogue'",
            mend="Add to project.toml, under [catalogue]: exchange_rate = ...",
        )
    return catalogue


@dataclass(frozen=True)
class _LineCheck:
    """The checks of one line of the price list."""

    line: PriceLine
    place: RowFaults
    base: Catalogue

    @property
    def currency(self) -> str:
        return self.base.currency_code

    def unit(self) -> str | None:
        """Check the line and give its unit, or ``None`` if the line is wrong."""
        known = bundled_catalogue().items.get(self.line.item)
        if known is None:
            return self._unit_of_new()
        expected = self.currency + known.unit[3:] if known.is_price else known.unit
        if self.line.unit and self.line.unit.casefold() != expected.casefold():
            self.place.error(
                "is not the unit of this item", column="unit", value=self.line.unit, expected=expected
            )
            return None
        return expected if self._is_sane(known) else None

    def _unit_of_new(self) -> str | None:
        item, expected = self.line.item, f"{self.currency}/m"
        if not self.base.accepts(item) or not self._is_usable(item):
            self.place.error(
                "is not an item of the price list",
                column="item",
                value=item,
                expected="an item of the bundled list, or a new cable.<fibres>, permit.<body> or civil.<kind>.<surface>",
                mend=did_you_mean(item, [*bundled_catalogue().items, *_CIVIL]),
            )
            return None
        if self.line.unit.casefold() != expected.casefold():
            what = "is not the unit of such an item" if self.line.unit else "is missing; a new item needs it"
            self.place.error(what, column="unit", value=self.line.unit or None, expected=expected)
            return None
        return expected

    def _is_usable(self, item: str) -> bool:
        """Say whether anything would ever read a new item of these families."""
        return not item.startswith("civil.") or item in _CIVIL

    def _is_sane(self, known: CatalogueItem) -> bool:
        line = self.line
        if line.value == 0 and not known.is_price and line.item.split(".")[0] in {"life", "optic"}:
            self.place.error(
                "is zero", column="value", value=line.value, expected=f"more than 0 {known.unit}"
            )
            return False
        if line.item.startswith("life.") and (line.value < 1 or line.value != int(line.value)):
            self.place.error(
                "is no life", column="value", value=line.value, expected="a whole number of years, at least 1"
            )
            return False
        if known.unit.startswith("percent") and line.value > 100:
            self.place.error("is too large", column="value", value=line.value, expected="at most 100 percent")
            return False
        reference = self.base.items.get(line.item)
        ratio = None if reference is None else odd_ratio(line.value, reference.value)
        if reference is None or ratio is None:
            return True
        shown = f"about {float(reference.value):.6g} {reference.unit}, as in the bundled list"
        message = f"is {ratio_text(ratio)} the bundled value of {line.item}"
        if is_absurd(ratio):
            mend = f"Prices are in {self.currency}, and shares in percent"
            self.place.error(message, column="value", value=line.value, expected=shown, mend=mend)
            return False
        self.place.warning(message, column="value", value=line.value, expected=shown)
        return True


_CIVIL: Final = frozenset(
    f"civil.{kind.value}.{surface}"
    for kind in CorridorKind
    for surface in (*(s.value for s in Surface), "any")
)
"""Every item that a corridor can be priced by."""


def odd_ratio(value: Decimal, reference: Decimal) -> Decimal | None:
    """Compare two prices.

    Parameters
    ----------
    value
        A price.
    reference
        The price that it is compared with, in the same unit.

    Returns
    -------
    Decimal or None
        Their ratio if it is odd; ``None`` if it is not, or if one of them is zero.
    """
    if value <= 0 or reference <= 0:
        return None
    ratio = value / reference
    return ratio if ratio > ODD_RATIO or ratio * ODD_RATIO < 1 else None


def is_absurd(ratio: Decimal) -> bool:
    """Say whether a ratio of two prices can only be a mistake."""
    return ratio > ABSURD_RATIO or ratio * ABSURD_RATIO < 1


def ratio_text(ratio: Decimal) -> str:
    """Put a ratio into words.

    Examples
    --------
    >>> ratio_text(Decimal("0.01")), ratio_text(Decimal(250))
    ('1/100 of', '250 times')
    """
    return f"{round(ratio):,} times" if ratio >= 1 else f"1/{round(1 / ratio):,} of"
