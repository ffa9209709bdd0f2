"""The price list: complete, sourced, exact."""

from __future__ import annotations

from decimal import Decimal

import pytest

from fiberplan.errors import CatalogueError
from fiberplan.project.catalogue import Catalogue, CatalogueItem, bundled_catalogue, source_references
from fiberplan.project.corridors import CorridorKind, Crossing, Surface


@pytest.fixture
def bundled() -> Catalogue:
    return bundled_catalogue()


def test_every_kind_and_surface_has_a_price(bundled: Catalogue) -> None:
    for kind in CorridorKind:
        for surface in Surface:
            assert bundled.value(bundled.civil_item(kind, surface)) > 0
    for crossing in Crossing:
        assert bundled.value(f"crossing.{crossing}") > 0


def test_every_figure_has_a_unit_a_year_and_a_source_with_a_reference(bundled: Catalogue) -> None:
    references = source_references()
    for item in bundled.items.values():
        assert item.unit
        assert 2000 <= item.year <= 2026
        assert references[item.source]
        assert item.value > 0


def test_facts_of_the_field_hold(bundled: Catalogue) -> None:
    """DESIGN section 4: cable sizes, hard about twice soft, aerial about 40 percent of buried, track well below verge."""
    assert bundled.cable_sizes() == (12, 24, 48, 96, 144, 288)
    soft, hard = (bundled.value(f"civil.road_verge.{surface}") for surface in ("soil", "asphalt"))
    assert Decimal("1.8") < hard / soft < Decimal("2.2")
    assert Decimal("0.35") < bundled.value("civil.pole_line.any") / soft < Decimal("0.5")
    assert bundled.value("civil.track.soil") < soft
    assert bundled.optic_classes() == ("lr", "er", "zr")
    prices = [bundled.value(f"cable.{size}") for size in bundled.cable_sizes()]
    assert prices == sorted(prices)


def test_a_price_is_rounded_once_for_the_whole_quantity(bundled: Catalogue) -> None:
    cheap = bundled.with_items(
        [CatalogueItem(item="cable.12", value=Decimal("0.005"), unit="USD/m", source="t", year=2026)]
    )
    assert cheap.price("cable.12", 1) == 1
    assert cheap.price("cable.12", 100) == 50
    assert cheap.price("cable.12", Decimal("0.5")) == 0


def test_another_currency_converts_prices_and_nothing_else(bundled: Catalogue) -> None:
    rial = bundled.with_currency("IRR", Decimal(1_000_000))
    assert rial.price("cable.12", 1000) == 900_000_000
    assert rial.items["cable.12"].unit == "IRR/m"
    assert rial.items["lease.duct"].unit == "IRR/m/year"
    for item in ("optic.er.reach", "loss.splice", "life.cable", "share.design", "opex.passive"):
        assert rial.items[item] == bundled.items[item]
    assert rial.currency.code == "IRR"
    assert bundled.currency.code == "USD"


def test_a_body_without_a_price_of_its_own_takes_that_of_any(bundled: Catalogue) -> None:
    assert bundled.permit_item("railway") == "permit.railway"
    assert bundled.permit_item("harbour_master") == "permit.any"


@pytest.mark.parametrize(
    ("item", "accepted"),
    [
        ("cable.24", True),
        ("cable.432", True),
        ("cable.0", False),
        ("cable.many", False),
        ("cable.", False),
        ("permit.harbour_master", True),
        ("permit.", False),
        ("civil.track.sand", True),
        ("crossing.rail", True),
        ("crossing.canal", False),
        ("price", False),
    ],
)
def test_a_project_may_add_to_open_families_only(bundled: Catalogue, item: str, accepted: bool) -> None:
    assert bundled.accepts(item) is accepted


def test_an_unknown_item_is_named(bundled: Catalogue) -> None:
    with pytest.raises(CatalogueError, match=r"'cable\.13'"):
        bundled.value("cable.13")
    with pytest.raises(CatalogueError, match="'sea' in 'water'"):
        bundled.civil_item("sea", "water")
    assert "cable.12" in bundled
    assert "cable.13" not in bundled
