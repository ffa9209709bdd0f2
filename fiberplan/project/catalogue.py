"""The price list: every unit cost and technical attribute, with its unit, source and year.

An item has a dotted name (``civil.road_verge.soil``, ``cable.48``, ``optic.er.reach``). The bundled list is in US
dollars; a project brings its own currency by an exchange rate and its own prices by a ``catalogue`` table. Prices
are exact decimals in major units; `Catalogue.price` turns a quantity into an integer amount.
"""

from __future__ import annotations

import csv
from collections.abc import Mapping
from dataclasses import replace
from decimal import Decimal
from functools import cached_property, lru_cache
from importlib import resources
from typing import TYPE_CHECKING, Final

from pydantic import ConfigDict
from pydantic.dataclasses import dataclass

from fiberplan.errors import CatalogueError
from fiberplan.money import CURRENCIES, Currency, to_minor

if TYPE_CHECKING:
    from collections.abc import Iterable

BASE_CURRENCY: Final = "USD"
_OPEN_FAMILIES: Final = ("cable.", "permit.", "civil.")
"""Families to which a project may add members of its own."""


@dataclass(frozen=True, kw_only=True, config=ConfigDict(extra="forbid"))
class CatalogueItem:
    """One line of the price list.

    Attributes
    ----------
    item
        Dotted name.
    value
        Price in major units, or the value of an attribute.
    unit
        ``USD/m``, ``each``...; a price starts with its currency code.
    source, year, note
        Where the figure is from. ``assumption`` marks an unpublished one.
    is_override
        Whether the project set it.
    """

    item: str
    value: Decimal
    unit: str
    source: str
    year: int
    note: str = ""
    is_override: bool = False

    @property
    def is_price(self) -> bool:
        """Whether the value is money."""
        return self.unit[:3] in CURRENCIES

    @property
    def is_assumption(self) -> bool:
        """Whether the figure is assumed rather than published."""
        return self.source == "assumption" or self.source.startswith("trade-")


@dataclass(frozen=True, kw_only=True, config=ConfigDict(extra="forbid"))
class Catalogue:
    """A price list in one currency.

    Attributes
    ----------
    currency_code
        ISO 4217 code of every price.
    items
        By name.
    """

    currency_code: str
    items: Mapping[str, CatalogueItem]

    @property
    def currency(self) -> Currency:
        """Currency of every price."""
        return CURRENCIES[self.currency_code]

    def __contains__(self, item: str) -> bool:
        return item in self.items

    def item(self, name: str) -> CatalogueItem:
        """Find an item by its name.

        Raises
        ------
        CatalogueError
            There is no such item.
        """
        try:
            return self.items[name]
        except KeyError:
            raise CatalogueError(f"the catalogue has no item {name!r}") from None

    def value(self, item: str) -> Decimal:
        """Value of an item.

        Raises
        ------
        CatalogueError
            There is no such item.
        """
        return self.item(item).value

    def life_years(self, item: str) -> int:
        """Life of an item in whole years.

        Raises
        ------
        CatalogueError
            The life is not a whole number of years, at least one.
        """
        value = self.value(item)
        if value < 1 or value != int(value):
            raise CatalogueError(f"{item} is {value}, but a life is a whole number of years, at least 1")
        return int(value)

    def price(self, item: str, quantity: Decimal | int = 1) -> int:
        """Price a quantity: minor units, halves rounded up, one rounding for the whole quantity.

        Parameters
        ----------
        item
            Its name in the price list.
        quantity
            In the unit of the item's price.
        """
        return to_minor(self.value(item) * quantity, self.currency)

    def civil_item(self, kind: str, surface: str) -> str:
        """Name the item that prices a metre of a corridor kind in a surface.

        Parameters
        ----------
        kind
            A `CorridorKind`.
        surface
            A `Surface`.
        """
        for item in (f"civil.{kind}.{surface}", f"civil.{kind}.any"):
            if item in self.items:
                return item
        raise CatalogueError(f"the catalogue prices no {kind!r} in {surface!r}")

    def permit_item(self, body: str) -> str:
        """Name the item that prices a permit of a body, ``permit.any`` where it has none of its own."""
        item = f"permit.{body}"
        return item if item in self.items else "permit.any"

    def cable_sizes(self) -> tuple[int, ...]:
        """Cable sizes in fibres, ascending."""
        return self._cable_sizes

    @cached_property
    def _cable_sizes(self) -> tuple[int, ...]:
        # every segment of every design reads them
        names = [name for name in self.items if name.startswith("cable.")]
        return tuple(sorted(int(name.removeprefix("cable.")) for name in names))

    def smallest_cable(self, min_fibres: int) -> int:
        """Find the smallest cable of at least some fibres; the largest of all if none has so many."""
        sizes = self.cable_sizes()
        return next((size for size in sizes if size >= min_fibres), sizes[-1])

    def optic_classes(self) -> tuple[str, ...]:
        """Names of the transceiver classes, shortest reach first."""
        names = {name.split(".")[1] for name in self.items if name.startswith("optic.")}
        return tuple(sorted(names, key=lambda name: (self.value(f"optic.{name}.reach"), name)))

    def accepts(self, item: str) -> bool:
        """Whether a project may set an item: an existing one, or a new member of an open family."""
        if item in self.items:
            return True
        family = next((prefix for prefix in _OPEN_FAMILIES if item.startswith(prefix)), None)
        if family is None:
            return False
        rest = item.removeprefix(family)
        return rest.isdigit() and int(rest) > 0 if family == "cable." else bool(rest)

    def with_currency(self, code: str, exchange_rate: Decimal) -> Catalogue:
        """Convert every price at one rate (units of the new currency for one of the old).

        Parameters
        ----------
        code
            ISO 4217.
        exchange_rate
            Units of the new currency for one of the old.
        """
        items = {
            name: replace(
                line,
                value=line.value * exchange_rate,
                unit=code + line.unit[3:],
                source=line.source,
            )
            if line.is_price
            else line
            for name, line in self.items.items()
        }
        return Catalogue(currency_code=code, items=items)

    def with_items(self, lines: Iterable[CatalogueItem]) -> Catalogue:
        """Put a project's own lines over these."""
        return Catalogue(
            currency_code=self.currency_code, items={**self.items, **{line.item: line for line in lines}}
        )


def _rows(name: str) -> list[dict[str, str]]:
    text = resources.files("fiberplan.project").joinpath(name).read_text(encoding="utf-8")
    return list(csv.DictReader(text.splitlines()))


@lru_cache(maxsize=1)
def bundled_catalogue() -> Catalogue:
    """Read the price list that ships with fiberplan, in US dollars."""
    lines = [
        CatalogueItem(
            item=row["item"],
            value=Decimal(row["value"]),
            unit=row["unit"],
            source=row["source"],
            year=int(row["year"]),
            note=row["note"],
        )
        for row in _rows("catalogue.csv")
    ]
    return Catalogue(currency_code=BASE_CURRENCY, items={line.item: line for line in lines})


@lru_cache(maxsize=1)
def source_references() -> Mapping[str, str]:
    """Full references of the short source names in the bundled price list."""
    return {row["source"]: row["reference"] for row in _rows("sources.csv")}
