"""The ledger: it prices what the router saw to the last unit, and all its totals are of one whole."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from decimal import Decimal
from fractions import Fraction
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from support.accounts import shapley
from support.builders import backbone, catalogue_of, corridor, demand, one_road, park, project, square, star

from fiberplan.cost import CostLedger, price_design, split_costs
from fiberplan.datasets import synthetic
from fiberplan.design.bill import PlaceKind
from fiberplan.design.network import Design, design_network
from fiberplan.errors import MoneyError
from fiberplan.graph import build_graph
from fiberplan.money import present_value, round_half_up
from fiberplan.project.corridors import CorridorKind, Crossing, Surface
from fiberplan.project.settings import AssetClass, FundingPolicy
from fiberplan.routing import Routing, solve_routes
from fiberplan.sharing.accounts.checks import CheckKind
from fiberplan.sharing.accounts.dividing import STATE, UNFUNDED

if TYPE_CHECKING:
    from fiberplan.plan import Plan
    from fiberplan.project.corridors import Corridor
    from fiberplan.project.model import Project


def priced(result: Project) -> tuple[Routing, Design, CostLedger]:
    routing = solve_routes(build_graph(result))
    design = design_network(result, routing)
    return routing, design, price_design(result, design)


def check_ledger(routing: Routing, ledger: CostLedger) -> None:
    """Hold the ledger to the router segment by segment, and its totals to each other."""
    assert ledger.routed == routing.objective + routing.protection_cost
    on_segment: Counter[str] = Counter({segment.id: 0 for segment in routing.segments})
    for line in ledger.lines:
        if line.is_routed:
            assert line.place_kind is PlaceKind.SEGMENT
            on_segment[line.place_id] += line.present_value
    assert on_segment == {segment.id: segment.cost for segment in routing.segments}
    for nominal in (False, True):
        whole = sum(line.amount if nominal else line.present_value for line in ledger.lines)
        for by in ("asset_class", "place", "park", "operator", "year"):
            assert sum(ledger.totals(by, nominal=nominal).values()) == whole, by
    assert ledger.present_value == sum(line.present_value for line in ledger.lines)
    assert ledger.totals("year", nominal=True)[0] == ledger.capex
    accounts, places = ledger.accounts()
    assert sum(account.amount for account in accounts) == ledger.present_value
    assert len(places) == len(accounts)
    assert all(account.amount >= 0 and account.by_park for account in accounts)
    segments = ledger.totals("segment")
    assert segments == {
        place: amount for (kind, place), amount in ledger.totals("place").items() if kind is PlaceKind.SEGMENT
    }


@pytest.mark.parametrize("seed", [1, 2])
def test_a_synthetic_province_adds_up(seed: int) -> None:
    routing, _, ledger = priced(synthetic(parks=12, nodes=200, seed=seed))
    assert any(segment.is_protection for segment in routing.segments) or seed == 2
    check_ledger(routing, ledger)


def test_lorestan_adds_up(lorestan_plan: Plan) -> None:
    check_ledger(lorestan_plan.routing, lorestan_plan.ledger)


@st.composite
def projects(draw: st.DrawFn) -> Project:
    """Draw a road of a few stretches of any kind, with parks beside it, second entries and any demand."""
    price = st.decimals("0.01", 500, places=2)
    corridors: list[Corridor] = []
    for number in range(draw(st.integers(1, 4))):
        x = number * 2000
        corridors.append(
            corridor(
                f"c{number}",
                (x, 0),
                (x + 700, draw(st.integers(-300, 300))),
                (x + 2000, 0),
                kind=draw(st.sampled_from(CorridorKind)),
                surface=draw(st.sampled_from(Surface)),
                permit_bodies=tuple(
                    draw(st.lists(st.sampled_from(["municipality", "railway", "x", "y"]), unique=True))
                ),
                crossings=draw(st.dictionaries(st.sampled_from(Crossing), st.integers(0, 3))),
                length_m=draw(st.none() | st.floats(50, 90_000)),
                build_cost=draw(st.none() | price.map(lambda value: value * 1000)),
                lease_per_m_year=draw(st.none() | price),
            )
        )
    parks, wanted = [], []
    for number in range(draw(st.integers(1, 4))):
        x, y = draw(st.integers(0, 2000 * len(corridors))), draw(st.integers(-900, 900))
        parks.append(park(f"p{number}", x, y, tier=draw(st.sampled_from([1, 2, 3]))))
        for operator in draw(st.lists(st.sampled_from(["op-a", "op-b", "op-c"]), unique=True)):
            measure = draw(st.sampled_from(["units", "mbps", "fibres"]))
            wanted.append(demand(operator, f"p{number}", draw(st.integers(1, 900)), measure=measure))
    nodes = [backbone("b", 0, 0)] + ([backbone("c", 2000 * len(corridors), 0)] if draw(st.booleans()) else [])
    code = draw(st.sampled_from(["USD", "IRR"]))
    return project(
        parks,
        nodes,
        corridors,
        wanted,
        catalogue=catalogue_of()
        if code == "USD"
        else catalogue_of().with_currency(code, Decimal("1234567.8")),
        currency=code,
        horizon_years=draw(st.integers(1, 60)),
        discount_rate=draw(st.decimals(0, "0.3", places=3)),
        design={
            "cable_slack_share": draw(st.decimals(0, "0.3", places=2)),
            "min_cable_fibres": draw(st.sampled_from([1, 24, 90, 1000])),
        },
        funding=FundingPolicy(
            public_share=draw(st.dictionaries(st.sampled_from(AssetClass), st.decimals(0, 1, places=2))),
            cap_per_park=draw(st.none() | price.map(lambda value: value * 1000)),
            cap_total=draw(st.none() | price.map(lambda value: value * 10_000)),
        ),
    )


@settings(max_examples=50, deadline=None)
@given(projects())
def test_any_project_adds_up_and_is_split_to_the_last_unit(result: Project) -> None:
    routing, design, ledger = priced(result)
    check_ledger(routing, ledger)
    public = set()
    for rule in ("segment-use", "demand", "equal"):
        split = split_costs(ledger, design, policy=result.funding, rule=rule)
        assert split.total == sum(split.payments.values()) == ledger.present_value
        assert all(cell.amount > 0 for cell in split.cells)
        places: Counter[tuple[PlaceKind, str]] = Counter()
        for cell in split.cells:
            places[cell.place_kind, cell.place_id] += cell.amount
        assert places == Counter(ledger.totals("place"))
        by_park: Counter[str] = Counter()
        for cell in split.park_cells:
            by_park[cell.party] += cell.amount
        assert by_park == Counter(split.payments)
        passed = {check.kind: check.passed for check in split.checks}
        assert passed[CheckKind.BALANCE]
        assert passed[CheckKind.NOT_NEGATIVE]
        assert passed[CheckKind.INCREMENTAL]
        if rule == "segment-use":
            assert passed[CheckKind.GROUPS]
        minor = ledger.currency.minor_per_major
        policy = result.funding
        if policy.cap_total is not None:
            assert split.payments[STATE] <= policy.cap_total * minor
        if policy.cap_per_park is not None:
            for site in result.parks:
                assert split.by_park.get((STATE, site.id), 0) <= policy.cap_per_park * minor
        public.add(
            tuple(sorted((c.place_id, c.asset_class, c.amount) for c in split.cells if c.party == STATE))
        )
        table = split.frame
        assert table.loc["total", "total"] == ledger.present_value
        assert list(table.index) == [*split.parties, "total"]
    assert len(public) == 1


KILOMETRE = 1_000_000 + 464_295 + 10_500
"""Cents for a kilometre of road: 10 dollars a metre, 7.143 handholes of 650 and a quarter of a joint of 420."""


def lines_of(result: Project, item: str) -> list[tuple[int, int, int]]:
    return [
        (line.year, line.amount, line.present_value) for line in priced(result)[2].lines if line.item == item
    ]


def test_construction_falls_in_year_0_and_operation_at_the_ends_of_years() -> None:
    """Road and duct of 9,000 dollars, cable 1,000, 7.143 handholes of 650, a quarter joint of 420: 1.2 percent a year."""
    result = one_road()
    assert lines_of(result, "civil.road_verge.soil") == [(0, 700_000, 700_000)]
    base = KILOMETRE
    opex = [
        line for line in priced(result)[2].lines if line.item == "opex.passive" and line.place_id == "road/1"
    ]
    yearly = round_half_up(Fraction(base * 12, 1000))
    assert [(line.year, line.amount) for line in opex] == [(1, yearly), (2, yearly)]
    assert [line.present_value for line in opex] == [
        present_value(yearly, year, Decimal("0.1")) for year in (1, 2)
    ]


def test_design_and_contingency_are_shares_of_construction() -> None:
    base = KILOMETRE
    _, _, ledger = priced(one_road())
    shares = {
        line.item: line
        for line in ledger.lines
        if line.place_id == "road/1" and line.item.startswith("share.")
    }
    assert shares["share.design"].amount == round_half_up(Fraction(base * 6, 100))
    assert shares["share.contingency"].amount == round_half_up(Fraction(base * 10, 100))
    assert shares["share.design"].asset_class is AssetClass.DESIGN
    for line in ledger.lines:
        assert abs(Fraction(line.quantity) * Fraction(line.unit_price) * 100 - line.amount) <= Fraction(1, 2)


@pytest.mark.parametrize(
    ("horizon", "equipment", "terminals", "cable"),
    [
        (1, [0], [0], [0]),
        (5, [0], [0], [0]),
        (6, [0], [0, 5], [0]),
        (8, [0], [0, 5], [0]),
        (9, [0, 8], [0, 5], [0]),
        (20, [0, 8, 16], [0, 5, 10, 15], [0]),
        (21, [0, 8, 16], [0, 5, 10, 15, 20], [0, 20]),
    ],
)
def test_what_wears_out_is_bought_again_while_there_are_years_left(
    horizon: int, equipment: list[int], terminals: list[int], cable: list[int]
) -> None:
    result = one_road(horizon_years=horizon)
    assert [year for year, _, _ in lines_of(result, "equipment.chassis")] == equipment
    assert [year for year, _, _ in lines_of(result, "access.ont")] == terminals
    assert [year for year, _, _ in lines_of(result, "cable.24")] == cable
    assert [year for year, _, _ in lines_of(result, "duct.hdpe")] == [0]
    assert [year for year, _, _ in lines_of(result, "opex.power_park")] == list(range(1, horizon + 1))


def test_the_router_saw_the_renewal_too() -> None:
    _, _, ledger = priced(one_road(horizon_years=25))
    cable = {line.year: line.is_routed for line in ledger.lines if line.item == "cable.24"}
    assert cable == {0: True, 20: True}


def test_at_no_discount_the_present_value_is_the_nominal_sum() -> None:
    _, _, ledger = priced(star(discount_rate=0, horizon_years=9))
    assert ledger.present_value == sum(line.amount for line in ledger.lines)


def test_a_larger_cable_is_billed_as_the_smallest_and_what_it_costs_beyond() -> None:
    base = one_road()
    wanted = [demand("a", "p", 300, measure="fibres")]  # 375 fibres: 288 + 96
    result = project(
        list(base.parks), list(base.backbone), list(base.corridors), wanted, design={"cable_slack_share": 0}
    )
    assert lines_of(result, "cable.24") == [(0, 100_000, 100_000)]
    assert lines_of(result, "cable.288 over cable.24") == [(0, 500_000, 500_000)]
    assert lines_of(result, "cable.96") == [(0, 300_000, 300_000)]


def test_a_larger_cable_that_is_cheaper_makes_no_negative_account() -> None:
    base = one_road(catalogue=catalogue_of(cable__48="0.2"))
    wanted = [demand("a", "p", 30, measure="fibres")]
    result = project(
        list(base.parks), list(base.backbone), list(base.corridors), wanted, catalogue=base.catalogue
    )
    routing, design, ledger = priced(result)
    check_ledger(routing, ledger)
    assert split_costs(ledger, design, policy=FundingPolicy()).total == ledger.present_value


def test_totals_by_hand() -> None:
    """The trunk of 2 km serves both parks, and each arm its own."""
    routing, _, ledger = priced(star(horizon_years=1, discount_rate=0))
    check_ledger(routing, ledger)
    trunk = 2_000_000 + 928_590 + 21_000  # 14.286 handholes, half a joint
    closure = 56_000  # where the arms meet; the router did not see it
    parts = {"trunk/1": [trunk, closure], "arm-p/1": [KILOMETRE], "arm-q/1": [KILOMETRE]}
    base = {name: sum(amounts) for name, amounts in parts.items()}
    shares = (Fraction(6, 100), Fraction(10, 100), Fraction(12, 1000))
    assert ledger.totals("segment") == {
        name: sum(amount + sum(round_half_up(amount * share) for share in shares) for amount in amounts)
        for name, amounts in parts.items()
    }
    assert set(ledger.totals("park")) == {"p", "q"}
    assert set(ledger.totals("operator")) == {"op-a", "op-b"}
    assert ledger.totals("asset_class")[AssetClass.BACKHAUL] == sum(base.values())


def test_the_split_of_a_star_by_hand() -> None:
    """Trunk: op-a and op-b half each; arm to p: op-a alone; arm to q: half each."""
    _, design, ledger = priced(star(horizon_years=1, discount_rate=0))
    split = split_costs(ledger, design, policy=FundingPolicy())
    cost = ledger.totals("segment")
    half_q = sum(
        Fraction(cell.amount) for cell in split.cells if cell.place_id == "arm-q/1" and cell.party == "op-b"
    )
    assert abs(split.by_segment["op-b", "trunk/1"] - Fraction(cost["trunk/1"], 2)) <= 3
    assert split.by_segment["op-a", "arm-p/1"] == cost["arm-p/1"]
    assert ("op-b", "arm-p/1") not in split.by_segment
    assert abs(half_q - Fraction(cost["arm-q/1"], 2)) <= 3
    assert split.payments[STATE] == 0
    assert split.parties == (STATE, "op-a", "op-b")


def test_a_park_that_nobody_asked_for_is_unfunded_but_its_share_of_the_trunk_is_its_users() -> None:
    base = star()
    quiet = project(list(base.parks), list(base.backbone), list(base.corridors), [demand("op-a", "p")])
    _, design, ledger = priced(quiet)
    split = split_costs(
        ledger, design, policy=FundingPolicy(public_share={AssetClass.BACKHAUL: Decimal("0.5")})
    )
    assert split.parties == (STATE, "op-a", UNFUNDED)
    assert {cell.place_id for cell in split.cells if cell.party == UNFUNDED} == {"arm-q/1", "q"}
    assert split.by_segment[STATE, "arm-q/1"] > 0
    assert "trunk/1" in {cell.place_id for cell in split.cells if cell.party == "op-a"}
    assert ledger.totals("operator")[None] > 0


def test_segment_use_on_the_network_is_its_shapley_value() -> None:
    """Four operators on a small tree; the value by enumeration of all orders of arrival, account by account."""
    base = star()
    wanted = [
        demand("op-a", "p"),
        demand("op-b", "p"),
        demand("op-c", "q"),
        demand("op-d", "q"),
        demand("op-d", "p"),
    ]
    result = project(list(base.parks), list(base.backbone), list(base.corridors), wanted)
    _, design, ledger = priced(result)
    split = split_costs(ledger, design, policy=FundingPolicy())
    accounts, _ = ledger.accounts()
    for operator, value in shapley(list(accounts), ("op-a", "op-b", "op-c", "op-d")).items():
        joint = sum(operator in account.by_operator and len(account.by_operator) > 1 for account in accounts)
        assert abs(split.payments[operator] - value) < joint


def test_a_negative_account_is_refused() -> None:
    _, design, ledger = priced(one_road())
    broken = replace(ledger, lines=(*ledger.lines, replace(ledger.lines[0], present_value=-(10**12))))
    with pytest.raises(MoneyError, match=r"backhaul at road/1 has a negative cost"):
        split_costs(broken, design, policy=FundingPolicy())


def test_the_frame_has_a_row_a_line_with_its_users() -> None:
    _, _, ledger = priced(star())
    frame = ledger.frame
    assert len(frame) == len(ledger.lines)
    assert frame["present_value"].sum() == ledger.present_value
    trunk = frame[frame["place_id"] == "trunk/1"].iloc[0]
    assert (trunk["parks"], trunk["operators"]) == ("p, q", "op-a, op-b")


def test_the_second_route_is_in_the_ledger() -> None:
    routing, _, ledger = priced(square())
    assert routing.protection_cost > 0
    check_ledger(routing, ledger)


def test_maintenance_of_what_is_leased_or_permitted_is_not_charged() -> None:
    result: dict[str, Any] = {"horizon_years": 1, "discount_rate": 0}
    road = corridor(
        "c",
        (0, 0),
        (1000, 0),
        length_m=1000,
        kind="existing_duct",
        permit_bodies=("x",),
        crossings={"rail": 1},
    )
    _, _, ledger = priced(
        project(
            [park("p", 1000, 0)], [backbone("b", 0, 0)], [road], design={"cable_slack_share": 0}, **result
        )
    )
    (upkeep,) = [line for line in ledger.lines if line.place_id == "c/1" and line.item == "opex.passive"]
    assert upkeep.amount == (2000 + 1000 + 105) * 100 * 12 // 1000
