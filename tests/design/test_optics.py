"""Light on the way: no hop beyond its class, sites where they are needed and nowhere else."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from decimal import Decimal
from itertools import pairwise
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from support.builders import at, backbone, catalogue_of, corridor, demand, named, one_road, park, project

from fiberplan.crs import distance_m
from fiberplan.design.network import Design, design_network
from fiberplan.design.optics import choose_regeneration, light_routes, optic_classes
from fiberplan.errors import CatalogueError
from fiberplan.graph import build_graph
from fiberplan.project.catalogue import bundled_catalogue
from fiberplan.project.settings import DesignOptions
from fiberplan.routing import Routing, solve_routes

if TYPE_CHECKING:
    from fiberplan.project.model import Project

NO_SLACK = DesignOptions(cable_slack_share=Decimal(0))
CLASSES = optic_classes(bundled_catalogue(), NO_SLACK)
REACH = max(optic.reach_mm for optic in CLASSES)


def chain(*lengths_km: float, **fields: Any) -> Project:  # noqa: ANN401 - settings of the project
    """A road of several stretches from the backbone to a park; only the measured lengths are long."""
    corridors = [
        named(f"c{n}", str(n), str(n + 1), (n * 100, 0), (n * 100 + 100, 0), length_m=km * 1000)
        for n, km in enumerate(lengths_km)
    ]
    return project(
        [park("p", 100 * len(lengths_km), 0)],
        [backbone("b", 0, 0)],
        corridors,
        **({"design": NO_SLACK} | fields),
    )


def lit(example: Project) -> tuple[Routing, Design]:
    routing = solve_routes(build_graph(example))
    return routing, design_network(example, routing)


def test_budget_and_reach_by_hand() -> None:
    """LR: (6.2 - 3 - 2 * 0.3) / (0.35 + 0.1 / 4) = 6.933 km; ER 7.5 / 0.245 = 30.612; ZR 19.4 / 0.245 = 79.184."""
    assert [(optic.name, optic.reach_mm) for optic in CLASSES] == [
        ("lr", 6_933_333),
        ("er", 30_612_244),
        ("zr", 79_183_673),
    ]


def test_slack_shortens_the_reach_and_a_nominal_reach_caps_it() -> None:
    slack = optic_classes(bundled_catalogue(), DesignOptions(cable_slack_share=Decimal("0.1")))
    assert slack[0].reach_mm == 6_303_030
    strong = bundled_catalogue()
    items = dict(strong.items)
    line = items["optic.lr.budget"]
    items["optic.lr.budget"] = type(line)(item=line.item, value=Decimal(60), unit="dB", source="t", year=2026)
    capped = optic_classes(type(strong)(currency_code="USD", items=items), NO_SLACK)
    assert capped[0].reach_mm == 10_000_000


@pytest.mark.parametrize(
    ("km", "optic"), [(1, "lr"), (6.933333, "lr"), (6.934, "er"), (30.6, "er"), (30.7, "zr"), (79.1, "zr")]
)
def test_the_cheapest_class_that_reaches_is_taken(km: float, optic: str) -> None:
    _, design = lit(chain(km))
    (route,) = design.lit_routes
    assert [hop.optic for hop in route.hops] == [optic]
    assert design.sites == ()


def test_a_link_too_long_is_regenerated_at_the_last_node_within_reach() -> None:
    routing, design = lit(chain(40, 30, 20))
    (site,) = design.sites
    (route,) = design.lit_routes
    assert [hop.length_mm for hop in route.hops] == [70_000_000, 20_000_000]
    assert [hop.optic for hop in route.hops] == ["zr", "er"]
    assert route.site_ids == (site.id,)
    assert (site.segment_id, site.offset_mm) == ("c2/1", 0)
    assert site.lonlat == routing.node_lonlat[routing.routes[0].nodes[1]]


def test_on_a_segment_longer_than_the_reach_the_site_is_along_it() -> None:
    routing, design = lit(chain(200))
    assert [site.offset_mm for site in design.sites] == [REACH, 2 * REACH]
    (route,) = design.lit_routes
    assert [hop.length_mm for hop in route.hops] == [REACH, REACH, 200_000_000 - 2 * REACH]
    start = routing.node_lonlat["backbone:b"]
    assert distance_m(start, design.sites[0].lonlat) == pytest.approx(100 * REACH / 200e6, rel=1e-3)


def test_no_site_is_placed_at_a_junction_close_to_the_backbone() -> None:
    """1 + 150 km: one site at the reach, 79.18 km out, does what sites at 1 km and 80.18 km did."""
    _, design = lit(chain(1, 150))
    (site,) = design.sites
    assert (site.segment_id, site.offset_mm) == ("c1/1", REACH - 1_000_000)
    assert [hop.length_mm for hop in design.lit_routes[0].hops] == [REACH, 151_000_000 - REACH]


@pytest.mark.parametrize("turned", [False, True])
def test_a_site_along_a_segment_serves_routes_from_both_ends(turned: bool) -> None:
    """Second routes run 121 km each way between b1 and b2; one site, the reach from b2 at most, serves both."""
    places = (100, 0), (1300, 0)
    long = named("long", "3", "2", *places[::-1]) if turned else named("long", "2", "3", *places)
    roads = [
        named("west", "1", "2", (0, 0), (100, 0), length_m=1000),
        replace(long, length_m=120_000),
        named("east", "3", "4", (1300, 0), (1400, 0), length_m=1000),
    ]
    routing, design = lit(
        project(
            [park("p", 100, 0, tier=1), park("q", 1300, 0, tier=1)],
            [backbone("b1", 0, 0), backbone("b2", 1400, 0)],
            roads,
            design=NO_SLACK,
            routing={"entry_separation_m": 50_000.0},
        )
    )
    assert [route.length_km for route in routing.second_routes] == [121, 121]
    (site,) = design.sites
    hops = {
        tuple(hop.length_mm for hop in route.hops): route.site_ids
        for route in design.lit_routes
        if route.is_second
    }
    assert hops == {
        (REACH, 121_000_000 - REACH): (site.id,),
        (122_000_000 - REACH, REACH - 1_000_000): (site.id,),
    }
    # p comes first, from b2: the site is the reach less a kilometre from the east end of the long road
    from_east = REACH - 1_000_000
    assert (site.segment_id, site.offset_mm) == ("long/1", from_east if turned else 120_000_000 - from_east)
    assert distance_m(at(1300, 0), site.lonlat) == pytest.approx(1200 * from_east / 120e6, rel=1e-3)


@pytest.mark.parametrize(
    ("marks", "sites", "stops"),
    [
        ((0, 80), (), ()),
        ((0, 75, 150), (), (75,)),  # at a junction rather than out on the road
        ((0, 60, 100, 150), (), (80,)),  # from the junction at 60 a second site would be needed
        ((0, 60, 150), (70,), (70,)),  # an existing site rather than a new one
        ((0, 150), (70, 75), (75,)),  # the farthest existing site
        ((0, 150), (5,), (80,)),  # by way of 5 it takes one more hop
        ((0, 170), (30, 100), (30, 100)),  # nothing new, though the first hop is short
        ((0, 170), (85,), (80, 160)),  # 85 is beyond reach, and no hop is longer than that
    ],
)
def test_places_of_regeneration_by_hand(
    marks: tuple[int, ...], sites: tuple[int, ...], stops: tuple[int, ...]
) -> None:
    assert choose_regeneration(marks, sites, 80) == stops


def cheapest_counts(marks: list[int], sites: list[int], reach: int) -> tuple[int, int, int]:
    """Try every whole place as the last one before each: new sites, hops, new sites away from junctions."""
    total = marks[-1]
    best = {total: (0, 0, 0)}
    for start in range(total - 1, -1, -1):
        choices = []
        for stop in range(start + 1, min(start + reach, total) + 1):
            is_new = stop not in sites and stop != total
            new, hops, away = best[stop]
            choices.append((new + is_new, hops + 1, away + (is_new and stop not in marks)))
        best[start] = min(choices)
    return best[0]


@settings(max_examples=300, deadline=None)
@given(st.sets(st.integers(1, 40), min_size=1, max_size=6), st.sets(st.integers(1, 39)), st.integers(2, 15))
def test_the_number_of_sites_is_minimal(nodes: set[int], existing: set[int], reach: int) -> None:
    marks = sorted({0, *nodes})
    sites = sorted(place for place in existing if place < marks[-1])
    stops = choose_regeneration(marks, sites, reach)
    ends = [0, *stops, marks[-1]]
    assert all(0 < end - start <= reach for start, end in pairwise(ends))
    new = [stop for stop in stops if stop not in sites]
    counts = len(new), len(stops) + 1, sum(stop not in marks for stop in new)
    assert counts == cheapest_counts(marks, sites, reach)


def test_at_the_reach_to_the_millimetre_no_site_is_placed() -> None:
    assert lit(chain(REACH / 1e6))[1].sites == ()
    assert len(lit(chain((REACH + 1) / 1e6))[1].sites) == 1


def test_a_site_serves_every_park_beyond_it_and_is_billed_once() -> None:
    roads = [
        named("trunk", "1", "2", (0, 0), (100, 0), length_m=70_000),
        named("p", "2", "3", (100, 0), (100, 100), length_m=30_000),
        named("q", "2", "4", (100, 0), (100, -100), length_m=25_000),
    ]
    parks = [park("p", 100, 100), park("q", 100, -100)]
    demands = [demand("op-a", "p", 10), demand("op-b", "q", 150)]
    _, design = lit(project(parks, [backbone("b", 0, 0)], roads, demands, design=NO_SLACK))
    (site,) = design.sites
    assert [route.site_ids for route in design.lit_routes] == [(site.id,), (site.id,)]
    lines = [line for line in design.bill if line.place_id == site.id]
    assert Counter(line.item for line in lines) == {
        "site.active": 1,
        "equipment.chassis": 1,
        "equipment.line_card": 1,
        "opex.power_active_site": 1,
    }
    assert all(
        {(use.operator_id, use.park_id, use.weight) for use in line.uses}
        == {("op-a", "p", 1), ("op-b", "q", 2)}
        for line in lines
    )
    optics = {line.place_id: Counter() for line in design.bill if line.item.startswith("optic.")}
    for line in design.bill:
        if line.item.startswith("optic."):
            optics[line.place_id][line.item] += int(line.quantity)
    # two ends a hop and link: p has one link over zr and er, q two of each
    assert optics == {
        "p": {"optic.zr.price": 2, "optic.er.price": 2},
        "q": {"optic.zr.price": 4, "optic.er.price": 4},
    }


def test_a_shorter_route_is_regenerated_where_a_longer_one_is() -> None:
    """To p 40 and 60 km: a site after 40. To q 40, 30 and 20: one after 70 would do, but one exists after 40."""
    roads = [
        named("trunk", "1", "2", (0, 0), (100, 0), length_m=40_000),
        named("p", "2", "3", (100, 0), (100, 100), length_m=60_000),
        named("q1", "2", "4", (100, 0), (100, -100), length_m=30_000),
        named("q2", "4", "5", (100, -100), (100, -200), length_m=20_000),
    ]
    for sites in ([park("p", 100, 100), park("q", 100, -200)], [park("p", 100, -200), park("q", 100, 100)]):
        _, design = lit(project(sites, [backbone("b", 0, 0)], roads, design=NO_SLACK))
        assert len(design.sites) == 1
        assert {tuple(hop.length_mm for hop in route.hops) for route in design.lit_routes} == {
            (40_000_000, 60_000_000),
            (40_000_000, 50_000_000),
        }


def test_a_link_needs_a_port_at_its_ends_and_two_where_it_is_regenerated() -> None:
    base = chain(100)
    demands = [demand("a", "p", 7 * 140)]  # seven links, twelve ports a card
    _, design = lit(
        project(list(base.parks), list(base.backbone), list(base.corridors), demands, design=NO_SLACK)
    )
    cards = {line.place_id: line.quantity for line in design.bill if line.item == "equipment.line_card"}
    assert cards == {"b": 1, "p": 1, design.sites[0].id: 2}


def test_dark_fibre_is_not_lit() -> None:
    dark = chain(200)
    dark = project(
        list(dark.parks),
        list(dark.backbone),
        list(dark.corridors),
        [demand("a", "p", 4, measure="fibres")],
        design=NO_SLACK,
    )
    _, design = lit(dark)
    assert design.sites == design.lit_routes == ()
    assert not any(line.item.startswith(("optic.", "equipment.")) for line in design.bill)


def test_a_park_at_the_backbone_has_a_hop_of_no_length() -> None:
    _, design = lit(
        project([park("p", 0, 0)], [backbone("b", 0, 0)], [corridor("c", (0, 0), (1000, 0))], design=NO_SLACK)
    )
    ((hop,),) = [route.hops for route in design.lit_routes]
    assert (hop.length_mm, hop.optic) == (0, "lr")


@settings(max_examples=60, deadline=None)
@given(
    st.lists(st.floats(0.5, 250), min_size=1, max_size=6),
    st.lists(st.tuples(st.integers(0, 6), st.floats(0.5, 120)), max_size=3),
    st.sampled_from([Decimal(0), Decimal("0.1"), Decimal("0.25")]),
)
def test_no_hop_exceeds_reach_or_budget_and_every_site_is_used(
    trunk_km: list[float], arms: list[tuple[int, float]], slack: Decimal
) -> None:
    options = DesignOptions(cable_slack_share=slack)
    base = chain(*trunk_km, design=options)
    corridors = list(base.corridors)
    parks = list(base.parks)
    for number, (place, km) in enumerate(arms):
        joint = min(place, len(trunk_km))
        x, y = joint * 100, 100 + 50 * number
        corridors.append(
            named(f"arm{number}", str(joint), f"end{number}", (x, 0), (x, y), length_m=km * 1000)
        )
        parks.append(park(f"q{number}", x, y))
    example = project(parks, list(base.backbone), corridors, design=options)
    routing, design = lit(example)
    classes = {optic.name: optic for optic in optic_classes(example.catalogue, options)}
    reach = max(optic.reach_mm for optic in classes.values())
    lengths = {(route.park_id, route.is_second): route.length_mm for route in routing.routes}
    used = set()
    for route in design.lit_routes:
        assert sum(hop.length_mm for hop in route.hops) == lengths[route.park_id, route.is_second]
        assert len(route.site_ids) == len(route.hops) - 1 == len(set(route.site_ids))
        for hop in route.hops:
            assert hop.length_mm <= classes[hop.optic].reach_mm
            assert hop.loss_db <= float(example.catalogue.value(f"optic.{hop.optic}.budget")) + 0.005
            cheaper = [optic for optic in classes.values() if optic.price < classes[hop.optic].price]
            assert all(optic.reach_mm < hop.length_mm for optic in cheaper)
        if lengths[route.park_id, route.is_second] <= reach:
            assert not route.site_ids
        used.update(route.site_ids)
    assert used == {site.id for site in design.sites}
    assert {line.place_id for line in design.bill if line.item == "site.active"} == used
    for site in design.sites:
        assert 0 <= site.offset_mm <= routing.segment(site.segment_id).length_mm
    again = light_routes(routing, {one.id for one in parks}, example.catalogue, options)
    assert again == (design.sites, design.lit_routes)


def test_a_margin_above_every_budget_is_an_error() -> None:
    example = one_road(catalogue=catalogue_of(loss__margin="99"))
    with pytest.raises(CatalogueError, match="no transceiver class reaches"):
        optic_classes(example.catalogue, example.settings.design)


def test_a_life_that_is_no_whole_number_of_years_is_an_error() -> None:
    catalogue = catalogue_of(life__ont="0.5")
    with pytest.raises(CatalogueError, match=r"life\.ont is 0\.5"):
        catalogue.life_years("life.ont")
