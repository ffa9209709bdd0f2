"""Prices on the edges: what it would cost, in present value, to take each one (`docs/design-rules.md`, S1 to S8).

An edge is stamped with all that its length alone decides: trench or attachment, duct, the smallest cable,
joints, handholes and poles in proportion, permits and crossings, or the rodding and lease of an existing duct; and
with the survey, contingency, maintenance and renewal that these bring. `cost` prices what was chosen again from the
bill of quantities; a test holds the two together.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from fractions import Fraction
from typing import TYPE_CHECKING, Final

import numpy as np

from fiberplan.errors import SolverInputError
from fiberplan.money import discount_ratio, to_minor
from fiberplan.project.corridors import Corridor, CorridorKind, Surface

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from decimal import Decimal

    from numpy.typing import NDArray

    from fiberplan.graph.noding import Piece
    from fiberplan.project.catalogue import Catalogue
    from fiberplan.project.settings import Settings

SPUR_KIND: Final = CorridorKind.TRACK
SPUR_SURFACE: Final = Surface.SOIL
_SAFE: Final = 2**62


@dataclass(frozen=True, slots=True)
class _Item:
    """Something that a stretch has by its length.

    Attributes
    ----------
    name
        In the catalogue.
    occurrence
        Which time it occurs on the corridor: two permit bodies may share a price, and both are paid.
    spacing_m
        Pieces stand this far apart; ``None`` for what is priced by the metre.
    life
        Name of its life in the catalogue, at whose end it is bought again; ``None`` if it outlives every horizon.
    is_maintained
        Whether its upkeep is paid every year.
    """

    name: str
    occurrence: int = 0
    spacing_m: int | None = None
    life: str | None = None
    is_maintained: bool = True


def stamp_pieces(
    pieces: Sequence[Piece], *, corridors: Sequence[Corridor], catalogue: Catalogue, settings: Settings
) -> NDArray[np.int64]:
    """Price every piece of corridor.

    Parameters
    ----------
    pieces
        Stretches of corridors between nodes.
    corridors
        The corridors that they are of, by number.
    catalogue
        Prices.
    settings
        Horizon, discount rate and rules of the design.

    Returns
    -------
    numpy.ndarray
        Shape (len(pieces),), minor units, present value.

    Raises
    ------
    CatalogueError
        The catalogue prices no such kind of corridor.
    SolverInputError
        The prices add up to more than a solver can count.
    """
    stamps = _Stamps(np.array([piece.length_mm for piece in pieces], dtype=np.int64), catalogue, settings)
    owner = np.array([piece.corridor for piece in pieces], dtype=np.int64)
    members: defaultdict[_Item, list[int]] = defaultdict(list)
    for index, corridor in enumerate(corridors):
        for item in _items_by_length(corridor, catalogue, settings):
            members[item].append(index)
    for item, indices in members.items():
        stamps.add_item(item, np.isin(owner, indices))
    for edge, piece in enumerate(pieces):
        stamps.add_extras(edge, piece, corridors[piece.corridor])
    return stamps.total()


def stamp_spurs(
    length_mm: NDArray[np.int64], *, catalogue: Catalogue, settings: Settings
) -> NDArray[np.int64]:
    """Price spurs: a soft trench across the field with duct, handholes and cable, without permits.

    Parameters
    ----------
    length_mm
        Shape (k,), lengths in millimetres.
    catalogue
        Prices.
    settings
        Horizon, discount rate and rules of the design.
    """
    stamps = _Stamps(length_mm, catalogue, settings)
    every = np.ones(len(length_mm), dtype=bool)
    for item in _construction(SPUR_KIND, SPUR_SURFACE, catalogue, settings):
        stamps.add_item(item, every)
    return stamps.total()


def pieces_along(
    length_mm: NDArray[np.int64], spacing_m: int, *, factor: Decimal | int = 1
) -> NDArray[np.int64]:
    """Count what stands at a spacing along stretches, in thousandths of a piece, in proportion to length.

    Proportion rather than whole pieces: how finely a map is cut into stretches must not change a cost.

    Parameters
    ----------
    length_mm
        Shape (k,).
    spacing_m
        Metres from one piece to the next.
    factor
        Metres that count for a metre of length.
    """
    numerator, denominator = (Fraction(factor) / spacing_m).as_integer_ratio()
    return np.asarray(_times(length_mm, numerator, denominator), dtype=np.int64)


def price_lengths(
    item: str, length_mm: NDArray[np.int64], catalogue: Catalogue, *, factor: Decimal | int = 1
) -> NDArray[np.int64]:
    """Price many quantities at once, each rounded as `Catalogue.price` rounds one.

    Parameters
    ----------
    item
        Of the catalogue.
    length_mm
        Shape (k,), thousandths of the item's unit.
    factor
        Units of the item for a unit of quantity.
    catalogue
        The price list.

    Raises
    ------
    SolverInputError
        A price is more than a solver can count.
    """
    rate = catalogue.value(item) * factor * catalogue.currency.minor_per_major
    numerator, denominator = rate.as_integer_ratio()
    prices = _times(length_mm, numerator, 1000 * denominator)
    if prices.max(initial=0) >= _SAFE:
        raise SolverInputError(f"the price of {item} on one stretch exceeds 2**62 minor units")
    return np.asarray(prices, dtype=np.int64)


def _times(
    amounts: NDArray[np.int64] | NDArray[np.object_], numerator: int, denominator: int
) -> NDArray[np.int64] | NDArray[np.object_]:
    """Multiply amounts, none negative, by a fraction; halves are rounded up, and nothing overflows."""
    largest = int(amounts.max(initial=0))
    if amounts.dtype != np.object_ and 2 * largest * numerator + denominator >= _SAFE:
        amounts = amounts.astype(np.object_)
    if 2 * denominator >= _SAFE:
        amounts = amounts.astype(np.object_)
    return np.asarray((2 * amounts * numerator + denominator) // (2 * denominator))


def _construction(
    kind: CorridorKind, surface: Surface, catalogue: Catalogue, settings: Settings, *, is_priced: bool = True
) -> list[_Item]:
    """List what is built along a stretch of a kind; ``is_priced`` is false where the corridor brings its own price."""
    items = []
    life = "life.duct" if kind.is_dug else None
    if is_priced:
        items.append(_Item(catalogue.civil_item(kind, surface), life=life))
        if kind.is_dug:
            items.append(_Item("duct.hdpe", life=life))
    if kind.is_dug:
        items.append(_Item("handhole", spacing_m=settings.design.handhole_spacing_m))
    if kind.is_aerial:
        items.append(_Item("pole.attachment", spacing_m=settings.design.pole_spacing_m))
    return items


def _items_by_length(corridor: Corridor, catalogue: Catalogue, settings: Settings) -> list[_Item]:
    permits = [catalogue.permit_item(body) for body in corridor.permit_bodies]
    items = [
        _Item(name, permits[:place].count(name), is_maintained=False) for place, name in enumerate(permits)
    ]
    is_priced = corridor.build_cost is None
    return items + _construction(corridor.kind, corridor.surface, catalogue, settings, is_priced=is_priced)


class _Stamps:
    """Adds up what stretches cost, with the cable that all of them have.

    Parameters
    ----------
    length_mm
        Shape (n,), lengths of the stretches.
    """

    def __init__(self, length_mm: NDArray[np.int64], catalogue: Catalogue, settings: Settings) -> None:
        self._length_mm = length_mm
        self._catalogue = catalogue
        self._settings = settings
        self._maintained, self._bare, self._later = (
            np.zeros(len(length_mm), dtype=np.object_) for _ in range(3)
        )
        self._add_cable()

    def _add_cable(self) -> None:
        every = np.ones(len(self._length_mm), dtype=bool)
        name = f"cable.{self._catalogue.smallest_cable(self._settings.design.min_cable_fibres)}"
        design = self._settings.design
        slack = 1 + design.cable_slack_share
        cable = price_lengths(name, self._length_mm, self._catalogue, factor=slack)
        self._add(_Item(name, life="life.cable"), every, cable)
        joints = pieces_along(self._length_mm, design.reel_m, factor=slack)
        self._add(_Item("closure.joint"), every, price_lengths("closure.joint", joints, self._catalogue))

    def add_item(self, item: _Item, mask: NDArray[np.bool_]) -> None:
        """Add an item to some stretches."""
        quantity = self._length_mm[mask]
        if item.spacing_m is not None:
            quantity = pieces_along(quantity, item.spacing_m)
        self._add(item, mask, price_lengths(item.name, quantity, self._catalogue))

    def _add(self, item: _Item, mask: NDArray[np.bool_], amounts: NDArray[np.int64]) -> None:
        kept = self._maintained if item.is_maintained else self._bare
        kept[mask] += amounts
        if item.life is not None:
            life = self._catalogue.life_years(item.life)
            self._later[mask] += self._present(amounts, range(life, self._settings.horizon_years, life))

    def add_extras(self, edge: int, piece: Piece, corridor: Corridor) -> None:
        """Add what is not a plain rate by length: a cost of its own, crossings, a lease."""
        catalogue = self._catalogue
        if corridor.build_cost is not None:
            self._maintained[edge] += to_minor(corridor.build_cost * piece.share, catalogue.currency)
        for kind, count in corridor.crossings.items():
            self._bare[edge] += catalogue.price(f"crossing.{kind}", count * piece.share)
        if corridor.kind.is_leased:
            rate = corridor.lease_per_m_year
            rate = catalogue.value("lease.duct") if rate is None else rate
            yearly = np.array([to_minor(rate * piece.length_mm / 1000, catalogue.currency)], dtype=np.object_)
            self._later[edge] += self._present(yearly, self._years())[0]

    def total(self) -> NDArray[np.int64]:
        """Add survey and contingency to what is built, and upkeep to what is maintained."""
        built = self._maintained + self._bare
        upkeep = self._share("opex.passive", self._maintained)
        total = built + self._later + self._present(upkeep, self._years())
        for name in ("share.design", "share.contingency"):
            total = total + self._share(name, built)
        if total.sum() >= _SAFE:
            raise SolverInputError("the prices of all corridors together exceed 2**62 minor units")
        return np.asarray(total, dtype=np.int64)

    def _years(self) -> range:
        return range(1, self._settings.horizon_years + 1)

    def _share(self, name: str, amounts: NDArray[np.object_]) -> NDArray[np.object_]:
        numerator, denominator = self._catalogue.value(name).as_integer_ratio()
        return _times(amounts, numerator, 100 * denominator).astype(np.object_)

    def _present(
        self, amounts: NDArray[np.int64] | NDArray[np.object_], years: Iterable[int]
    ) -> NDArray[np.object_]:
        """Discount amounts that fall due in each of some years, each rounded, and add them up."""
        total = np.zeros(len(amounts), dtype=np.object_)
        whole = amounts.astype(np.object_)
        for year in years:
            total += _times(whole, *discount_ratio(self._settings.discount_rate, year))
        return total
