"""What an edge is stamped with, by hand, on one corridor of 1,000 m of each kind (docs/design-rules.md, S1 to S6)."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
from builders import backbone, catalogue_of, corridor, park, project
from hypothesis import example, given
from hypothesis import strategies as st

from fiberplan.catalogue import CatalogueItem, bundled_catalogue
from fiberplan.errors import CatalogueError, SolverInputError
from fiberplan.graph import build_graph
from fiberplan.graph.stamping import price_lengths, smallest_cable

if TYPE_CHECKING:
    from fiberplan.model import Project


def kilometre(*, spur_m: float = 0.0, **fields: Any) -> Project:  # noqa: ANN401 - fields of the corridor
    settings = fields.pop("settings", {})
    catalogue = fields.pop("catalogue", None)
    return project(
        [park("p", 1000, spur_m)],
        [backbone("b", 0, 0)],
        [corridor("c", (0, 0), (1000, 0), length_m=1000, **fields)],
        catalogue=catalogue,
        **settings,
    )


def dollars(found: Project) -> list[float]:
    return [round(amount / 100, 2) for amount in build_graph(found).cost.tolist()]


def test_a_dug_corridor_costs_trench_duct_and_cable() -> None:
    assert dollars(kilometre()) == [1000 * (7 + 2 + 1)]


def test_the_surface_counts() -> None:
    assert dollars(kilometre(surface="asphalt")) == [1000 * (17 + 2 + 1)]


def test_an_aerial_corridor_has_no_duct() -> None:
    assert dollars(kilometre(kind="pole_line")) == [1000 * (3 + 1)]


def test_an_existing_duct_costs_rodding_cable_and_the_present_value_of_its_lease() -> None:
    """Two years of 1,000 dollars at ten percent: 909.09 + 826.45."""
    assert dollars(kilometre(kind="existing_duct")) == [4735.54]


def test_a_corridor_s_own_lease_comes_before_the_catalogue_s() -> None:
    own = kilometre(kind="existing_duct", lease_per_m_year=Decimal("0.5"))
    assert dollars(own) == [3867.77]
    assert dollars(kilometre(kind="existing_duct", lease_per_m_year=Decimal(0))) == [3000]


def test_a_lease_means_nothing_where_there_is_no_duct() -> None:
    assert dollars(kilometre(lease_per_m_year=Decimal(5))) == [10_000]


def test_the_lease_runs_over_the_horizon() -> None:
    undiscounted = {"horizon_years": 7, "discount_rate": 0}
    assert dollars(kilometre(kind="existing_duct", settings=undiscounted)) == [3000 + 7 * 1000]


def test_a_build_cost_replaces_trench_and_duct_and_nothing_else() -> None:
    own = kilometre(build_cost=Decimal("1234.56"), permit_bodies=("municipality",), crossings={"rail": 1})
    assert dollars(own) == [4734.56]
    assert dollars(kilometre(build_cost=Decimal(0))) == [1000]


def test_a_build_cost_is_shared_among_the_pieces_by_length() -> None:
    own = project(
        [park("p", 1000, 0), park("q", 250, 0)],
        [backbone("b", 0, 0)],
        [
            corridor(
                "c", (0, 0), (1000, 0), length_m=1000, build_cost=Decimal(4000), crossings={"waterway": 2}
            )
        ],
    )
    assert dollars(own) == pytest.approx([1000 + 250 + 200, 3000 + 750 + 600], abs=0.02)


def test_each_body_gives_its_own_permit_and_two_without_a_price_pay_twice_that_of_any() -> None:
    assert dollars(kilometre(permit_bodies=("municipality",))) == [11_500]
    assert dollars(kilometre(permit_bodies=("x",))) == [10_500]
    assert dollars(kilometre(permit_bodies=("x", "y"))) == [11_000]
    assert dollars(kilometre(permit_bodies=("x", "municipality", "y"))) == [12_500]


def test_crossings_are_counted() -> None:
    assert dollars(kilometre(crossings={"rail": 2, "waterway": 3, "motorway": 0})) == [10_000 + 2000 + 1200]


def test_slack_lengthens_the_cable_alone() -> None:
    assert dollars(kilometre(settings={"design": {"cable_slack_share": Decimal("0.1")}})) == [10_100]


def test_the_cable_stamped_is_the_smallest_that_may_be_laid() -> None:
    assert dollars(kilometre(settings={"design": {"min_cable_fibres": 25, "cable_slack_share": 0}})) == [
        11_000
    ]
    big = kilometre(settings={"design": {"min_cable_fibres": 1000}})
    assert smallest_cable(big.catalogue, big.settings) == 288


def test_a_spur_is_a_soft_track_with_duct_and_cable_and_no_permit() -> None:
    spur = dollars(kilometre(spur_m=500.0, permit_bodies=("municipality",)))[-1]
    assert spur == pytest.approx(500 * 1.2 * (5 + 2 + 1), abs=0.1)


def test_a_kind_without_a_price_is_named() -> None:
    items = {name: line for name, line in bundled_catalogue().items.items() if "railway" not in name}
    with pytest.raises(CatalogueError, match="railway"):
        build_graph(
            kilometre(kind="railway", catalogue=type(bundled_catalogue())(currency_code="USD", items=items))
        )


@pytest.mark.parametrize(
    "absurd",
    [
        {"build_cost": Decimal(2**62)},
        {"build_cost": Decimal(10) ** 30},
        {"catalogue": catalogue_of(duct__hdpe=str(2**62))},
        {"catalogue": catalogue_of(duct__hdpe=str(2**45), cable__24=str(2**45))},
    ],
)
def test_what_a_solver_cannot_count_is_refused(absurd: dict[str, Any]) -> None:
    with pytest.raises(SolverInputError, match=r"2\*\*62"):
        build_graph(kilometre(**absurd))


@given(
    st.lists(st.integers(0, 10**9), min_size=1, max_size=6),
    st.decimals(0, 10**6, places=4),
    st.sampled_from(["USD", "IRR"]),
    st.sampled_from([Decimal(1), Decimal("1.1"), Decimal("1.25")]),
)
@example([10**9, 1], Decimal("999999.9999"), "IRR", Decimal("1.1"))
@example([500, 499, 501, 1500], Decimal("0.01"), "USD", Decimal(1))
def test_many_lengths_are_priced_as_one_by_one(
    lengths_mm: list[int], rate: Decimal, code: str, factor: Decimal
) -> None:
    """Rial rates make numbers that leave 64 bits on the way; the result is exact all the same."""
    exchange = Decimal(1) if code == "USD" else Decimal(1_000_000)
    catalogue = (
        bundled_catalogue()
        .with_currency(code, exchange)
        .with_items(
            [CatalogueItem(item="cable.24", value=rate * exchange, unit=f"{code}/m", source="t", year=2026)]
        )
    )
    found = price_lengths("cable.24", np.array(lengths_mm, dtype=np.int64), catalogue, factor=factor)
    assert found.dtype == np.int64
    assert found.tolist() == [catalogue.price("cable.24", Decimal(mm) / 1000 * factor) for mm in lengths_mm]


def test_no_lengths_have_no_price() -> None:
    assert price_lengths("cable.24", np.array([], dtype=np.int64), bundled_catalogue()).tolist() == []
