"""Prices on the edges: what it would cost, in present value, to take each one (`docs/design-rules.md`, S1 to S6).

An edge is stamped with its trench or attachment, duct, the smallest cable laid, permits and crossings, or with the
rodding and the lease of an existing duct over the horizon. `cost` prices what was chosen again from the bill of
quantities; a test holds the two together.
"""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING, Final

import numpy as np

from fiberplan.errors import SolverInputError
from fiberplan.model import Corridor, CorridorKind, Surface
from fiberplan.money import present_value, to_minor

if TYPE_CHECKING:
    from collections.abc import Sequence
    from decimal import Decimal

    from numpy.typing import NDArray

    from fiberplan.catalogue import Catalogue
    from fiberplan.graph.noding import Piece
    from fiberplan.options import Settings

SPUR_KIND: Final = CorridorKind.TRACK
SPUR_SURFACE: Final = Surface.SOIL
_SAFE: Final = 2**62


def stamp_pieces(
    pieces: Sequence[Piece], *, corridors: Sequence[Corridor], catalogue: Catalogue, settings: Settings
) -> NDArray[np.int64]:
    """Price every piece of corridor.

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
    length_mm = np.array([piece.length_mm for piece in pieces], dtype=np.int64)
    owner = np.array([piece.corridor for piece in pieces], dtype=np.int64)
    members: defaultdict[tuple[str, int], list[int]] = defaultdict(list)
    for index, corridor in enumerate(corridors):
        items = _items_by_metre(corridor, catalogue)
        for place, item in enumerate(items):  # two bodies may share a price: both are paid
            members[item, items[:place].count(item)].append(index)
    total = _price_cable(length_mm, catalogue, settings).astype(object)
    for (item, _), indices in sorted(members.items()):
        mask = np.isin(owner, indices)
        total[mask] += price_lengths(item, length_mm[mask], catalogue)
    for edge, piece in enumerate(pieces):
        total[edge] += _extras(piece, corridors[piece.corridor], catalogue, settings)
    if total.sum() >= _SAFE:
        raise SolverInputError("the prices of all corridors together exceed 2**62 minor units")
    return total.astype(np.int64)


def stamp_spurs(
    length_mm: NDArray[np.int64], *, catalogue: Catalogue, settings: Settings
) -> NDArray[np.int64]:
    """Price spurs: a soft trench across the field with duct and cable, without permits."""
    civil = catalogue.civil_item(SPUR_KIND, SPUR_SURFACE)
    return (
        price_lengths(civil, length_mm, catalogue)
        + price_lengths("duct.hdpe", length_mm, catalogue)
        + _price_cable(length_mm, catalogue, settings)
    )


def price_lengths(
    item: str, length_mm: NDArray[np.int64], catalogue: Catalogue, *, factor: Decimal | int = 1
) -> NDArray[np.int64]:
    """Price many lengths at once, each rounded as `Catalogue.price` rounds one.

    Parameters
    ----------
    item
        Priced by the metre.
    length_mm
        Shape (k,).
    factor
        Metres of the item for a metre of length.

    Raises
    ------
    SolverInputError
        A price is more than a solver can count.
    """
    rate = catalogue.value(item) * factor * catalogue.currency.minor_per_major
    numerator, denominator = rate.as_integer_ratio()
    denominator *= 1000
    longest = int(length_mm.max(initial=0))
    wide = 2 * longest * numerator + denominator >= _SAFE
    lengths = length_mm.astype(object) if wide else length_mm
    prices = (2 * lengths * numerator + denominator) // (2 * denominator)
    if wide and prices.max() >= _SAFE:
        raise SolverInputError(f"the price of {item} on one stretch exceeds 2**62 minor units")
    return np.asarray(prices, dtype=np.int64)


def _price_cable(length_mm: NDArray[np.int64], catalogue: Catalogue, settings: Settings) -> NDArray[np.int64]:
    size = smallest_cable(catalogue, settings)
    return price_lengths(f"cable.{size}", length_mm, catalogue, factor=1 + settings.design.cable_slack_share)


def smallest_cable(catalogue: Catalogue, settings: Settings) -> int:
    """Size in fibres of the smallest cable that may be laid on the way to a park."""
    sizes = catalogue.cable_sizes()
    return next((size for size in sizes if size >= settings.design.min_cable_fibres), sizes[-1])


def _items_by_metre(corridor: Corridor, catalogue: Catalogue) -> list[str]:
    items = [catalogue.permit_item(body) for body in corridor.permit_bodies]
    if corridor.build_cost is None:
        items.append(catalogue.civil_item(corridor.kind, corridor.surface))
        if corridor.kind.is_dug:
            items.append("duct.hdpe")
    return items


def _extras(piece: Piece, corridor: Corridor, catalogue: Catalogue, settings: Settings) -> int:
    """Price what is not a plain rate by the metre: a cost of its own, crossings, a lease."""
    currency = catalogue.currency
    amount = 0
    if corridor.build_cost is not None:
        amount += to_minor(corridor.build_cost * piece.share, currency)
    for kind, count in corridor.crossings.items():
        amount += catalogue.price(f"crossing.{kind}", count * piece.share)
    if corridor.kind is CorridorKind.EXISTING_DUCT:
        rate = corridor.lease_per_m_year
        rate = catalogue.value("lease.duct") if rate is None else rate
        yearly = to_minor(rate * piece.length_mm / 1000, currency)
        amount += sum(
            present_value(yearly, year, settings.discount_rate)
            for year in range(1, settings.horizon_years + 1)
        )
    return amount
