"""The map of a plan as bytes: what is in the page, and what must never be."""

from __future__ import annotations

import html
import json
import re
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import folium
import pytest
import shapely
from hypothesis import given
from hypothesis import strategies as st
from support.builders import at, backbone, corridor, line, one_road, park, project, square, star
from support.hostile import HOSTILE

import fiberplan as fp
from fiberplan.maps import OnlineTiles, draw_map, geometry
from fiberplan.maps.assets import leaflet_script, leaflet_styles
from fiberplan.maps.escaping import script_json
from fiberplan.maps.styles import FIRST_RAMP, SECOND_RAMP, SizeScale, blend, size_class
from fiberplan.project.model import BaseFeature
from fiberplan.solvers.run.report import Status
from fiberplan.wording import load_wording

if TYPE_CHECKING:
    from pathlib import Path

    from fiberplan.plan import Plan

_DATA = re.compile(r'<script type="application/json" id="plan-data">(.*?)</script>', re.DOTALL)
PAPER = "#f6f5f1"


def data_of(page: str) -> dict[str, Any]:
    """What the page draws."""
    (payload,) = _DATA.findall(page)
    data: dict[str, Any] = json.loads(payload)
    return data


def words_of(page: str) -> str:
    """Text of the panel, without its markup."""
    panel = page[page.index("<aside") : page.index("</aside>")]
    return re.sub(r"\s+", " ", html.unescape(re.sub(r"<[^>]*>", " ", panel)))


@pytest.fixture(scope="module")
def english(lorestan_plan: Plan) -> str:
    return draw_map(lorestan_plan, language="en").html


@pytest.fixture(scope="module")
def persian(lorestan_plan: Plan) -> str:
    return draw_map(lorestan_plan, language="fa").html


# what is drawn


def test_every_segment_park_node_and_site_is_drawn_once(english: str, lorestan_plan: Plan) -> None:
    data = data_of(english)
    assert len(data["segments"]) == len(lorestan_plan.routing.segments)
    assert [entry["name"] for entry in data["parks"]] == [
        site.name("en") for site in lorestan_plan.project.parks
    ]
    assert len(data["nodes"]) == len(lorestan_plan.project.backbone)
    assert len(data["sites"]) == len(lorestan_plan.design.sites)
    assert len(data["base"]["corridors"]) == len(lorestan_plan.project.corridors)
    assert len(data["places"]) == sum(entry.kind == "place" for entry in lorestan_plan.project.basemap)


def test_a_park_lists_the_segments_of_its_routes(english: str, lorestan_plan: Plan) -> None:
    data, routing = data_of(english), lorestan_plan.routing
    numbers = {segment.id: number for number, segment in enumerate(routing.segments)}
    first = {route.park_id: [numbers[name] for name in route.segment_ids] for route in routing.routes}
    second = {route.park_id: [numbers[name] for name in route.segment_ids] for route in routing.second_routes}
    for site, drawn in zip(lorestan_plan.project.parks, data["parks"], strict=True):
        assert drawn["first"] == first[site.id]
        assert drawn["second"] == second.get(site.id, [])


def test_the_shares_of_a_segment_are_those_of_the_split() -> None:
    plan = fp.plan_rollout(star(funding={"public_share": {"backhaul": "0.5"}}))
    (trunk,) = [
        entry for entry in data_of(draw_map(plan, language="en").html)["segments"] if "trunk" in entry["name"]
    ]
    paid = plan.split.by_segment
    cost = plan.ledger.totals("segment")["trunk/1"]
    assert dict(trunk["rows"])["Cost"] == load_wording("en").money_short(cost, plan.currency)
    assert trunk["shares"] == [
        [
            name,
            load_wording("en").money_short(amount, plan.currency),
            load_wording("en").percent(amount / cost),
        ]
        for name, amount in (
            ("State", paid["state", "trunk/1"]),
            ("op-a", paid["op-a", "trunk/1"]),
            ("op-b", paid["op-b", "trunk/1"]),
        )
    ]


def test_second_routes_and_single_points_of_failure_are_marked() -> None:
    looped = data_of(draw_map(fp.plan_rollout(square()), language="en").html)
    assert {"first", "second"} <= {entry["layer"] for entry in looped["segments"]}
    assert not any(entry["weak"] for entry in looped["segments"])
    alone = data_of(draw_map(fp.plan_rollout(star_with_tier_one()), language="en").html)
    weak = [entry for entry in alone["segments"] if entry["weak"]]
    assert {entry["name"] for entry in weak} == {"trunk", "arm-p"}
    assert all("cuts off \u2068p\u2069" in " ".join(entry["notes"]) for entry in weak)


def star_with_tier_one() -> fp.Project:
    whole = star()
    return replace(whole, parks=(replace(whole.parks[0], tier=1), whole.parks[1]))


def test_an_unreachable_park_is_named_with_its_nearest_corridor() -> None:
    road = corridor("road", (0, 0), (1000, 0), length_m=1000)
    parks = [park("near", 1000, 0), park("far", 40_000, 0)]
    plan = fp.plan_rollout(project(parks, [backbone("b", 0, 0)], [road], routing={"unreachable": "skip"}))
    page = draw_map(plan, language="en").html
    lost = data_of(page)["parks"][1]
    assert not lost["reached"]
    assert re.search(r"No corridor reaches .* \u2068road\u2069, is 39\.\d km away", lost["notes"][0])
    assert "1 of 2" in words_of(page)
    assert "Not reached" in words_of(page)


def test_coordinates_have_six_decimals_at_most(english: str) -> None:
    numbers = re.findall(r"-?\d+\.(\d+)", json.dumps(data_of(english)["segments"][0]["at"]))
    assert numbers
    assert max(map(len, numbers)) <= 6


def test_each_kind_of_base_feature_is_drawn_as_such() -> None:
    ring = shapely.Polygon(
        [at(0, 0), at(900, 0), at(900, 900), at(0, 900)],
        [[at(300, 300), at(600, 300), at(600, 600), at(300, 600)]],
    )
    both = shapely.GeometryCollection(
        [ring, shapely.MultiLineString([line((0, 0), (1, 1)), line((5, 5), (6, 6))])]
    )
    features = (
        BaseFeature(geometry=ring, kind="boundary"),
        BaseFeature(geometry=both, kind="water"),
        BaseFeature(geometry=ring, kind="building"),
        BaseFeature(geometry=ring, kind="place", names={"": "Town"}),
        BaseFeature(geometry=ring, kind="place"),
    )
    plan = fp.plan_rollout(replace(one_road(), basemap=features))
    data = data_of(draw_map(plan, language="fa").html)
    assert {name: len(entries) for name, entries in data["base"].items()} == {
        "boundary": 2,
        "waterAreas": 1,
        "waterLines": 2,
        "buildings": 1,
        "roads": 0,
        "railways": 0,
        "corridors": 1,
    }
    assert len(data["base"]["waterAreas"][0]) == 2
    assert [entry["name"] for entry in data["places"]] == ["Town"]


def test_too_many_features_are_simplified_and_the_page_says_so(lorestan_plan: Plan, english: str) -> None:
    page = draw_map(lorestan_plan, language="en", most_features=10).html
    assert "lines are simplified: they may be up to 10 m off" in words_of(page)
    assert "simplified" not in words_of(english)
    numbers = re.findall(r"-?\d+\.(\d+)", json.dumps([entry["at"] for entry in data_of(page)["segments"]]))
    assert max(map(len, numbers)) <= 5


def test_a_simplified_line_stays_within_the_tolerance() -> None:
    wiggle = [(100.0 * step, 8.0 * (step % 2)) for step in range(20)]
    writer = geometry.GeometryWriter(at(0, 0), is_simple=True)
    (drawn,) = writer.lines([line(*wiggle)])
    assert len(drawn) == 2
    (full,) = geometry.GeometryWriter(at(0, 0), is_simple=False).lines([line(*wiggle)])
    assert len(full) == 20


# the panel


def test_the_headline_figures_are_those_of_the_plan(english: str, lorestan_plan: Plan) -> None:
    text, words = words_of(english), load_wording("en")
    for expected in (
        "Lorestan industrial parks",
        "25 of 25",
        "531.8 km",
        words.money_short(lorestan_plan.ledger.present_value, lorestan_plan.currency),
        f"State pays {words.percent(lorestan_plan.public_share, digits=1)}",
        "Proven: no cheaper first routes exist, by all costs that grow with length.",
        f"assumptions, not offers: {len(lorestan_plan.assumed_items())} price items",
        "Operator A",
    ):
        assert expected in text
    assert data_of(english)["credit"] == lorestan_plan.project.settings.credit["en"]


def test_the_persian_page_is_in_persian(persian: str) -> None:
    assert '<html lang="fa" dir="rtl">' in persian
    assert "<title>طرح فیبر نوری: شهرک‌های صنعتی لرستان</title>" in persian
    text = words_of(persian)
    for expected in ("۲۵ از ۲۵", "۵۳۱٫۸ کیلومتر", "ردهٔ ۱: قطعی مجاز نیست", "دولت"):
        assert expected in text
    assert not re.search(r"[0-9]", text)
    assert not re.search(r"[A-DF-Za-z]", text.replace("Esc", ""))


def test_a_plan_that_is_not_proven_shows_its_gap(lorestan_plan: Plan) -> None:
    routing = lorestan_plan.routing
    report = replace(routing.report, status=Status.FEASIBLE, bound=routing.objective * 97 // 100)
    page = draw_map(replace(lorestan_plan, routing=replace(routing, report=report)), language="en").html
    assert "could save at most 3.0% of their cost" in words_of(page)
    assert "Proven" not in words_of(page)


def test_the_legend_has_what_the_plan_has_and_nothing_else(english: str) -> None:
    keys = re.findall(r'data-layer="(\w+)"', english)
    assert keys == ["first", "second", "spur", "weak", "parks", "nodes", "sites", "corridors", "base"]
    small = draw_map(fp.plan_rollout(one_road()), language="en").html
    assert re.findall(r'data-layer="(\w+)"', small) == ["first", "parks", "nodes", "corridors"]
    assert "in a trench" not in words_of(small)


def test_both_languages_have_the_same_texts() -> None:
    keys = [{key for key in load_wording(name).texts if key.startswith("map.")} for name in ("en", "fa")]
    assert keys[0] == keys[1]
    for key in keys[0]:
        braces = [set(re.findall(r"{(\w+)}", load_wording(name).texts[key])) for name in ("en", "fa")]
        assert braces[0] == braces[1], key


def test_another_language_is_refused(lorestan_plan: Plan) -> None:
    with pytest.raises(ValueError, match="de"):
        draw_map(lorestan_plan, language="de")


# one file, offline, always the same


def test_the_page_refers_to_nothing_outside_itself(english: str, persian: str) -> None:
    for page in (english, persian):
        markup = page.replace(leaflet_script(), "")
        assert "<link" not in markup
        assert not re.search(r"<script[^>]*\ssrc", markup)
        assert not re.search(r"url\((?!data:)", markup)
        assert "sourceMappingURL" not in page
        assert "default-src 'none'; script-src 'sha256-" in html.unescape(markup)
        for library in ("jquery", "bootstrap", "fontawesome", "cdn."):
            assert library not in markup.lower()


def test_leaflets_styles_request_no_pictures() -> None:
    assert "url(" not in leaflet_styles()
    assert ".leaflet-control-zoom-in" in leaflet_styles()


def test_the_page_stays_small(english: str, persian: str) -> None:
    assert len(english.encode()) < 500_000
    assert len(persian.encode()) < 600_000


def test_the_same_plan_gives_the_same_bytes(lorestan_plan: Plan, english: str) -> None:
    drawn = draw_map(lorestan_plan, language="en")
    assert drawn.html == english
    assert drawn.html == english


def test_saving_is_whole_or_not_at_all(
    tmp_path: Path, lorestan_plan: Plan, english: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    target = tmp_path / "map.html"
    drawn = draw_map(lorestan_plan, language="en")
    assert drawn.save(target) == target
    assert target.read_text(encoding="utf-8") == english

    def broken(*_: object, **__: object) -> None:
        raise OSError("disk full")

    monkeypatch.setattr("pathlib.Path.replace", broken)
    with pytest.raises(OSError, match="disk full"):
        draw_map(lorestan_plan, language="fa").save(str(target))
    monkeypatch.undo()
    assert target.read_text(encoding="utf-8") == english
    assert [entry.name for entry in tmp_path.iterdir()] == ["map.html"]


def test_a_notebook_shows_the_page_in_a_frame(lorestan_plan: Plan, english: str) -> None:
    frame = draw_map(lorestan_plan, language="en")._repr_html_()
    (inside,) = re.findall(r'<iframe srcdoc="([^"]*)"', frame)
    assert html.unescape(inside) == english


def test_more_can_be_put_on_the_folium_map(lorestan_plan: Plan) -> None:
    drawn = draw_map(lorestan_plan, language="en")
    assert isinstance(drawn.folium_map, folium.Map)
    folium.CircleMarker([33.5, 48.4], radius=5).add_to(drawn.folium_map)
    assert "L.circleMarker" in drawn.html.replace(leaflet_script(), "")


def test_tiles_are_off_until_asked_for_and_alone_allowed(lorestan_plan: Plan, english: str) -> None:
    tiles = OnlineTiles("https://{s}.example.org/{z}/{x}/{y}.png", "Example")
    page = draw_map(lorestan_plan, language="en", tiles=tiles).html
    assert re.search(r'<input[^>]*data-layer="tiles" autocomplete', page)
    assert "img-src data: https://*.example.org" in html.unescape(page)
    assert 'data-layer="tiles"' not in english


# hostile input


def hostile_project(text: str) -> fp.Project:
    """Put one text wherever a project takes text that the map shows."""
    small = square(name={"en": text}, credit={"en": text})
    names = {"": text}
    return replace(
        small,
        parks=tuple(
            replace(site, names=names, coord_quality=text, county=text, note=text) for site in small.parks
        ),
        backbone=tuple(replace(node, names=names, owner=text) for node in small.backbone),
        corridors=tuple(replace(road, names=names, owner=text) for road in small.corridors),
        operators=tuple(replace(operator, names=names) for operator in small.operators),
        basemap=(BaseFeature(geometry=shapely.Point(at(500, 500)), kind="place", names=names),),
    )


@pytest.mark.parametrize("text", HOSTILE)
def test_hostile_text_stays_text(text: str) -> None:
    page = draw_map(fp.plan_rollout(hostile_project(text)), language="en").html
    calm = draw_map(fp.plan_rollout(hostile_project("calm")), language="en").html
    for tag in ("<script", "</script", "<img", "<svg", "<!--", "onerror=", "onload="):
        allowed = calm.count(tag)
        count = len(re.findall(re.escape(tag), page)) if tag.startswith("<") else 0
        assert count <= allowed, tag
    data = data_of(page)
    assert data["parks"][0]["name"] == text
    assert data["credit"] == text
    (raw,) = _DATA.findall(page)
    assert not re.search(r"[<>&'`$\u2028\u2029]|{{|{%|{#", raw)
    assert " ".join(text.split()) in words_of(page) or "<" in text or "&" in text


_JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=6), inner, max_size=4),
    max_leaves=12,
)


@given(_JSON)
def test_json_for_a_script_is_read_back_unchanged(value: object) -> None:
    written = script_json(value)
    assert json.loads(written) == value
    assert not re.search(r"[<>&'`$\u2028\u2029]|{{|{%|{#", written)


# looks


def contrast(first: str, second: str) -> float:
    """Contrast of two colours by WCAG 2.2."""

    def luminance(colour: str) -> float:
        parts = [part / 255 for part in bytes.fromhex(colour[1:])]
        linear = [part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts]
        return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]

    light, dark = sorted((luminance(first), luminance(second)), reverse=True)
    return (light + 0.05) / (dark + 0.05)


@pytest.mark.parametrize("ramp", [FIRST_RAMP, SECOND_RAMP])
def test_larger_cables_are_darker_and_all_are_seen(ramp: tuple[str, ...]) -> None:
    contrasts = [contrast(blend(ramp, step / 5), PAPER) for step in range(6)]
    assert contrasts == sorted(contrasts)
    assert contrasts[0] >= 3


def test_the_scale_spreads_over_the_sizes_that_there_are() -> None:
    scale = SizeScale([24, 24, 96, 500])
    assert [entry.at_most for entry in scale.classes] == [24, 96, None]
    assert scale.colour(size_class(24), second=False) == FIRST_RAMP[0]
    assert scale.colour(size_class(500), second=True) == SECOND_RAMP[-1]
    assert SizeScale([24]).colour(size_class(24), second=False) == FIRST_RAMP[1]
