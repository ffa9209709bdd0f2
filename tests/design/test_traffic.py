"""From demand to fibres (docs/design-rules.md, D1 to D3)."""

from __future__ import annotations

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st
from support.builders import demand, one_road, park, project

from fiberplan.design.traffic import RESERVED_FIBRES, Requirement, parks_of, requirements
from fiberplan.project.model import Demand


def need(*demands: Demand, **fields: object) -> Requirement:
    base = one_road()
    example = project(
        [park("p", 1000, 0, **fields)], list(base.backbone), list(base.corridors), list(demands)
    )
    (only,) = requirements(example)["p"]
    return only


def test_units_become_links_of_seven_gigabits() -> None:
    """Ten gigabits filled to 70 percent, 50 Mbit/s a unit: 140 units fill a link."""
    assert need(demand("a", "p", 140)) == Requirement("a", "p", units=140, links=1, mbps=Decimal(7000))
    assert need(demand("a", "p", 141)).links == 2
    assert need(demand("a", "p", 141)).fibres == 4


def test_take_up_counts_whole_units() -> None:
    requirement = need(demand("a", "p", 10, take_up=Decimal("0.25")))
    assert (requirement.units, requirement.mbps) == (3, 150)


def test_traffic_by_unit_of_a_park_overrides_the_default() -> None:
    assert need(demand("a", "p", 141), mbps_per_unit=Decimal(10)).links == 1


def test_traffic_connects_no_units_and_fibres_light_no_links() -> None:
    assert need(demand("a", "p", 7001, measure="mbps")) == Requirement("a", "p", links=2, mbps=Decimal(7001))
    dark = need(demand("a", "p", "2.5", measure="fibres"))
    assert dark == Requirement("a", "p", dark_fibres=3, mbps=Decimal(10_500))
    assert dark.fibres == 3


def test_measures_of_one_operator_add_up_before_they_are_rounded_to_links() -> None:
    requirement = need(demand("a", "p", 70), demand("a", "p", 70), demand("a", "p", 4, measure="fibres"))
    assert (requirement.units, requirement.links, requirement.dark_fibres, requirement.fibres) == (
        140,
        1,
        4,
        6,
    )


def test_a_park_without_demand_has_a_reserved_pair_of_no_operator() -> None:
    base = one_road()
    quiet = project(list(base.parks), list(base.backbone), list(base.corridors), [])
    assert requirements(quiet) == {"p": (Requirement(None, "p", dark_fibres=RESERVED_FIBRES),)}


def test_operators_come_in_the_order_of_their_ids() -> None:
    base = one_road()
    both = project(
        list(base.parks), list(base.backbone), list(base.corridors), [demand("b", "p"), demand("a", "p")]
    )
    assert [entry.operator_id for entry in requirements(both)["p"]] == ["a", "b"]


@given(
    st.decimals("0.0001", 100_000, places=4),
    st.decimals("0.01", 1, places=2),
    st.sampled_from(["units", "mbps", "fibres"]),
)
def test_every_demand_gets_fibre(quantity: Decimal, take_up: Decimal, measure: str) -> None:
    requirement = need(
        Demand(operator_id="a", park_id="p", quantity=quantity, take_up=take_up, measure=measure)
    )
    assert requirement.fibres >= 1
    assert requirement.mbps > 0
    assert 7000 * requirement.links >= (requirement.mbps if measure != "fibres" else 0)
    assert 7000 * (requirement.links - 1) < requirement.mbps


@pytest.mark.parametrize(("operator", "parks"), [("a", ("p", "q")), ("b", ("q",)), ("c", ())])
def test_parks_of_an_operator(operator: str, parks: tuple[str, ...]) -> None:
    demands = (demand("a", "q"), demand("a", "p"), demand("a", "q", 3), demand("b", "q"))
    assert parks_of(demands, operator) == parks
