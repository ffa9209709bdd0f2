"""What an edge is stamped with, by hand, on one corridor of 1,000 m of each kind (docs/design-rules.md, S1 to S8).

S1 to S6 are tried without what comes on top of them; S3's pieces, S7 and S8 then one by one.
"""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from support.builders import BARE, backbone, catalogue_of, corridor, park, project

from fiberplan.errors import CatalogueError, SolverInputError
from fiberplan.graph import build_graph
from fiberplan.graph.stamping import price_lengths
from fiberplan.project.catalogue import CatalogueItem, bundled_catalogue

if TYPE_CHECKING:
    from fiberplan.project.model import Project


def kilometre(*, spur_m: float = 0.0, **fields: Any) -> Project:  # noqa: ANN401 - fields of the corridor
    settings = fields.pop("settings", {})
    catalogue = fields.pop("catalogue", None) or catalogue_of(**BARE)
    return project(
        [park("p", 1000, spur_m)],
        [backbone("b", 0, 0)],
        [corridor("c", (0, 0), (1000, 0), length_m=1000, **fields)],
        catalogue=catalogue,
        **settings,
    )


def dollars(result: Project) -> list[float]:
    return [round(amount / 100, 2) for amount in build_graph(result).cost.tolist()]


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
        catalogue=catalogue_of(**BARE),
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
    assert big.catalogue.smallest_cable(big.settings.design.min_cable_fibres) == 288


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
    result = price_lengths("cable.24", np.array(lengths_mm, dtype=np.int64), catalogue, factor=factor)
    assert result.dtype == np.int64
    assert result.tolist() == [catalogue.price("cable.24", Decimal(mm) / 1000 * factor) for mm in lengths_mm]


def test_no_lengths_have_no_price() -> None:
    assert price_lengths("cable.24", np.array([], dtype=np.int64), bundled_catalogue()).tolist() == []


def with_prices(**changes: str) -> list[float]:
    return dollars(kilometre(catalogue=catalogue_of(**{**BARE, **changes})))


def test_pieces_stand_in_proportion_to_length() -> None:
    """1,000 m: 7.143 handholes at 140 m; a quarter of a reel of 4,000 m."""
    assert with_prices(handhole="100") == [10_000 + 714.30]
    assert with_prices(closure__joint="400") == [10_000 + 100]
    poles = kilometre(kind="pole_line", catalogue=catalogue_of(**{**BARE, "pole__attachment": "50"}))
    assert dollars(poles) == [4000 + 20 * 50]


def test_survey_and_contingency_are_shares_of_what_is_built() -> None:
    assert with_prices(share__design="6", share__contingency="10") == [11_600]
    permits = kilometre(permit_bodies=("x",), catalogue=catalogue_of(**{**BARE, "share__contingency": "10"}))
    assert dollars(permits) == [11_550]


def test_upkeep_is_discounted_and_not_paid_for_permits() -> None:
    """Two years at ten percent of 1 % of 10,000 dollars: 90.91 + 82.64."""
    assert with_prices(opex__passive="1") == [10_173.55]
    permits = kilometre(permit_bodies=("x",), catalogue=catalogue_of(**{**BARE, "opex__passive": "1"}))
    assert dollars(permits) == [10_673.55]


def test_a_lease_bears_upkeep_on_cable_alone() -> None:
    leased = kilometre(kind="existing_duct", catalogue=catalogue_of(**{**BARE, "opex__passive": "1"}))
    assert dollars(leased) == [pytest.approx(4735.54 + 3000 * 0.01 * (1 / 1.1 + 1 / 1.21), abs=0.02)]


def test_what_ends_its_life_within_the_horizon_is_bought_again() -> None:
    """Cable of 1,000 dollars lives 4 years of a horizon of 9: bought again in years 4 and 8; ducts live on."""
    years = {"horizon_years": 9, "discount_rate": 0}
    again = kilometre(settings=years, catalogue=catalogue_of(**{**BARE, "life__cable": "4"}))
    assert dollars(again) == [10_000 + 2 * 1000]
    ducts = kilometre(settings=years, catalogue=catalogue_of(**{**BARE, "life__duct": "9"}))
    assert dollars(ducts) == [10_000]
    ducts = kilometre(settings=years, catalogue=catalogue_of(**{**BARE, "life__duct": "8"}))
    assert dollars(ducts) == [10_000 + 9000]


def test_a_leased_duct_wins_where_all_it_saves_counts() -> None:
    """A trench that is a little cheaper to build than the duct to lease is costlier with what comes on top of it."""
    plain = kilometre(catalogue=catalogue_of(**BARE))
    leased = kilometre(kind="existing_duct", lease_per_m_year=Decimal("4.1"), catalogue=catalogue_of(**BARE))
    assert dollars(plain)[0] < dollars(leased)[0]
    assert (
        dollars(kilometre(catalogue=catalogue_of()))[0]
        > dollars(kilometre(kind="existing_duct", lease_per_m_year=Decimal("4.1"), catalogue=catalogue_of()))[
            0
        ]
    )
