"""The map of a plan in a real Chromium with the network cut: it draws, it answers, and nothing in it runs that should not."""

from __future__ import annotations

import os
import re
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
import shapely
from support.builders import at, square
from support.hostile import HOSTILE

from fiberplan.maps import OnlineTiles, draw_map
from fiberplan.plan import plan_rollout
from fiberplan.project.corridors import Corridor
from fiberplan.project.model import BackboneNode, BaseFeature, Demand, Operator, Park, Project

if TYPE_CHECKING:
    from collections.abc import Iterator

    from playwright.sync_api import Browser, ConsoleMessage, Page, Request

    from fiberplan.plan import Plan

pytestmark = pytest.mark.browser

CHROMIUM = Path("/usr/bin/chromium")
REQUIRED = os.environ.get("FIBERPLAN_REQUIRE_BROWSER") == "1"
QUIET = (
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--no-first-run",
)
DESK, PHONE = (1400, 900), (390, 844)


def _miss(reason: str) -> None:
    """Skip where there is no browser, fail where there must be one."""
    if REQUIRED:
        pytest.fail(f"{reason}, and FIBERPLAN_REQUIRE_BROWSER=1 asks for it")
    pytest.skip(f"{reason}; `apt-get install chromium` brings it")


@pytest.fixture(scope="module")
def chromium() -> Iterator[Browser]:
    # one browser a module and not a session: playwright's event loop runs while it is open, and others need theirs
    if not CHROMIUM.exists():
        _miss(f"there is no {CHROMIUM}")
    try:
        from playwright.sync_api import sync_playwright  # noqa: PLC0415 - not everybody has it
    except ModuleNotFoundError:
        _miss("playwright is not installed")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=str(CHROMIUM), args=list(QUIET))
        yield browser
        browser.close()


class Opened:
    """A page with its requests and its messages."""

    def __init__(self, page: Page) -> None:
        self.page = page
        self.requests: list[str] = []
        self.messages: list[str] = []

    def of(self, script: str) -> Any:  # noqa: ANN401 - whatever the script gives
        return self.page.evaluate(script)

    def card(self) -> str:
        return self.page.locator("#card").inner_text()


class Opener:
    """Opens files in fresh contexts without a network."""

    def __init__(self, browser: Browser) -> None:
        self._browser = browser
        self._contexts: list[Any] = []

    def __call__(self, file: Path, *, size: tuple[int, int] = DESK) -> Opened:
        context = self._browser.new_context(
            viewport={"width": size[0], "height": size[1]}, offline=True, reduced_motion="reduce"
        )
        self._contexts.append(context)
        opened = Opened(context.new_page())
        address = file.as_uri()

        def on_request(request: Request) -> None:
            opened.requests.append(request.url)

        def on_console(message: ConsoleMessage) -> None:
            opened.messages.append(f"{message.type}: {message.text}")

        context.route(lambda url: url != address and not url.startswith("data:"), lambda route: route.abort())
        opened.page.on("request", on_request)
        opened.page.on("console", on_console)
        opened.page.on("pageerror", lambda error: opened.messages.append(str(error)))
        opened.page.on("dialog", lambda dialog: opened.messages.append(f"dialog: {dialog.message}"))
        opened.page.goto(address)
        opened.page.wait_for_selector("html[data-ready]", timeout=20_000)
        return opened

    def close(self) -> None:
        for context in self._contexts:
            context.close()


@pytest.fixture
def open_page(chromium: Browser) -> Iterator[Opener]:
    opener = Opener(chromium)
    yield opener
    opener.close()


@pytest.fixture(scope="module")
def english(lorestan_plan: Plan, tmp_path_factory: pytest.TempPathFactory) -> Path:
    return draw_map(lorestan_plan, language="en").save(tmp_path_factory.mktemp("map") / "map.html")


@pytest.fixture(scope="module")
def persian(lorestan_plan: Plan, tmp_path_factory: pytest.TempPathFactory) -> Path:
    return draw_map(lorestan_plan, language="fa").save(tmp_path_factory.mktemp("map") / "map-fa.html")


def outside(opened: Opened) -> list[str]:
    """Requests beyond the file itself; the font comes from inside it."""
    return [url for url in opened.requests[1:] if not url.startswith("data:")]


# it draws


def test_it_opens_with_the_network_cut_and_draws_everything(
    open_page: Opener, english: Path, lorestan_plan: Plan
) -> None:
    opened = open_page(english)
    assert opened.messages == []
    assert outside(opened) == []
    assert opened.of("fiberplan.drawn.filter((line) => fiberplan.map.hasLayer(line)).length") == len(
        lorestan_plan.routing.segments
    )
    signs = (
        len(lorestan_plan.project.parks)
        + len(lorestan_plan.project.backbone)
        + len(lorestan_plan.design.sites)
    )
    assert opened.page.locator(".marker").count() == signs
    assert opened.page.locator("[data-layer]").count() == 9
    assert opened.page.locator(".swatch").count() == 3 + 3 + 1 + 3
    assert opened.page.title() == "Fibre plan: Lorestan industrial parks"
    assert opened.page.locator("h1").inner_text() == "Lorestan industrial parks"
    assert opened.page.locator(".label:visible", has_text="Khorramabad").count() == 1
    assert "GeoNames" in opened.page.locator(".source").inner_text()
    assert re.fullmatch(r"\d+ km", opened.page.locator(".leaflet-control-scale-line").inner_text())


def test_the_cables_are_really_on_the_canvas(open_page: Opener, english: Path) -> None:
    opened = open_page(english)
    count = """() => {
        let coloured = 0;
        for (const canvas of document.querySelectorAll("canvas.leaflet-zoom-animated")) {
            const {data} = canvas.getContext("2d").getImageData(0, 0, canvas.width, canvas.height);
            for (let i = 0; i < data.length; i += 4) if (data[i + 3] > 200 && data[i + 2] > data[i] + 60) coloured++;
        }
        return coloured;
    }"""
    assert opened.of(count) > 1000
    for key in ("first", "spur"):
        opened.page.locator(f"#layer-{key}").uncheck()
    opened.page.wait_for_timeout(100)
    assert opened.of(count) < 100


def test_our_own_typeface_is_used(open_page: Opener, persian: Path) -> None:
    opened = open_page(persian)
    faces = opened.of("[...document.fonts].map((face) => [face.family, face.weight, face.status].join(' '))")
    assert sorted(faces) == ['"fiberplan sans" 400 loaded', '"fiberplan sans" 600 loaded'] or sorted(
        faces
    ) == [
        "fiberplan sans 400 loaded",
        "fiberplan sans 600 loaded",
    ]


def test_the_persian_page_runs_from_right_to_left(open_page: Opener, persian: Path) -> None:
    opened = open_page(persian)
    assert opened.messages == []
    assert outside(opened) == []
    assert opened.of("[document.documentElement.lang, document.documentElement.dir]") == ["fa", "rtl"]
    panel, chart = opened.page.locator("#panel").bounding_box(), opened.page.locator("main").bounding_box()
    assert panel is not None
    assert chart is not None
    assert panel["x"] > chart["x"]
    assert opened.page.locator("h1").inner_text() == "شهرک‌های صنعتی لرستان"
    assert re.fullmatch("[۰-۹]+ کیلومتر", opened.page.locator(".leaflet-control-scale-line").inner_text())


# it answers


def test_every_layer_goes_and_comes_back(open_page: Opener, english: Path) -> None:
    opened = open_page(english)
    for box in opened.page.locator("[data-layer]").all():
        name = box.get_attribute("data-layer")
        assert opened.of(f"fiberplan.map.hasLayer(fiberplan.layers.{name})")
        box.uncheck()
        assert not opened.of(f"fiberplan.map.hasLayer(fiberplan.layers.{name})")
    assert opened.page.locator(".marker").count() == 0
    assert opened.page.locator(".label:visible").count() == 0
    for box in opened.page.locator("[data-layer]").all():
        box.check()
    assert opened.page.locator(".marker").count() == 32
    assert opened.messages == []


def test_a_park_from_the_list_shows_its_routes_until_escape(open_page: Opener, english: Path) -> None:
    opened = open_page(english)
    page = opened.page
    page.get_by_text("Parks", exact=True).last.click()
    button = page.locator("#parks button", has_text="Oshtorinan SEZ")
    button.focus()
    page.keyboard.press("Enter")
    assert button.get_attribute("aria-pressed") == "true"
    for expected in (
        "Oshtorinan SEZ",
        "Tier 1",
        "Borujerd",
        "Second route",
        "State",
        "Position approximate.",
    ):
        assert expected in opened.card()
    faint = "fiberplan.drawn.filter((line) => line.options.opacity < 1).length"
    assert opened.of(faint) > 60
    page.keyboard.press("Escape")
    assert button.get_attribute("aria-pressed") == "false"
    assert page.locator("#card").is_hidden()
    assert opened.of(faint) == 0


def test_a_marker_reacts_to_the_keyboard(open_page: Opener, english: Path) -> None:
    opened = open_page(english)
    marker = opened.page.get_by_role("button", name="Khorramabad 2").last
    opened.page.keyboard.press("Tab")
    marker.focus()
    assert "Khorramabad 2" in opened.card()
    opened.page.keyboard.press("Enter")
    assert (
        opened.page.locator("#parks button", has_text="Khorramabad 2").get_attribute("aria-pressed") == "true"
    )


def test_the_card_of_a_segment_shows_its_cost_and_payers(open_page: Opener, english: Path) -> None:
    opened = open_page(english)
    x, y = opened.of("""() => {
        const {map, drawn} = fiberplan;
        map.setView(drawn[0].getCenter(), 13, {animate: false});
        const at = map.latLngToContainerPoint(drawn[0].getCenter());
        const box = map.getContainer().getBoundingClientRect();
        return [at.x + box.x, at.y + box.y];
    }""")
    opened.page.mouse.move(x + 3, y + 120)
    opened.page.mouse.move(x, y + 1, steps=4)
    opened.page.wait_for_timeout(100)  # Leaflet looks at the pointer every 32 ms
    opened.page.mouse.move(x, y)
    opened.page.locator("#card").wait_for(state="visible")
    text = opened.card()
    for expected in ("Cable", "fibres", "Length", "Installation", "Cost", "rial", "State", "%", "Used by"):
        assert expected in text


def test_a_narrow_screen_has_the_panel_as_a_sheet(open_page: Opener, persian: Path) -> None:
    opened = open_page(persian, size=PHONE)
    page = opened.page
    assert page.locator("#details").is_hidden()
    assert opened.of("document.documentElement.scrollWidth <= innerWidth")
    box = page.locator("main").bounding_box()
    assert box is not None
    assert box["height"] > 500
    page.locator("#grip").click()
    assert page.locator("#details").is_visible()
    assert page.locator("#grip").get_attribute("aria-expanded") == "true"
    page.locator("#park-section > summary").click()
    page.locator("#parks button").first.click()
    assert page.locator("#details").is_hidden()
    card = page.locator("#card").bounding_box()
    assert card is not None
    assert card["x"] >= 0
    assert card["x"] + card["width"] <= PHONE[0]
    sign = page.locator(".marker.chosen").bounding_box()
    assert sign is not None
    assert card["y"] + card["height"] < sign["y"] < 640


def test_tiles_are_requested_only_once_switched_on(
    open_page: Opener, lorestan_plan: Plan, tmp_path: Path
) -> None:
    tiles = OnlineTiles("https://tiles.example.org/{z}/{x}/{y}.png", "Example tiles")
    opened = open_page(draw_map(lorestan_plan, language="en", tiles=tiles).save(tmp_path / "map.html"))
    assert outside(opened) == []
    opened.page.locator("#layer-tiles").check()
    opened.page.wait_for_timeout(300)
    assert outside(opened)
    assert all(url.startswith("https://tiles.example.org/") for url in outside(opened))
    assert "Example tiles" in opened.page.locator(".source").inner_text()


# it is inert


@pytest.fixture(scope="module")
def hostile_plan() -> Plan:
    """Put every hostile text into every place that the map shows."""
    small = square(name={"en": " ".join(HOSTILE)}, credit={"en": " ".join(HOSTILE)})
    parks, corridors, places = [], [], []
    for number, text in enumerate(HOSTILE):
        x, names = 60.0 * (number + 1), {"": text}
        point = shapely.Point(at(x, 0))
        parks.append(Park(id=f"p{number}", names=names, geometry=point, units=9, coord_quality=text, tier=1))
        places.append(BaseFeature(geometry=shapely.Point(at(x * 3, x * 2)), names=names))
        corridors.append(
            Corridor(
                id=f"r{number}",
                names=names,
                geometry=shapely.LineString([at(x - 60, 0), at(x, 0)]),
                owner=text,
            )
        )
    everything = " ".join(HOSTILE)[:200]
    return plan_rollout(
        Project(
            settings=small.settings,
            catalogue=small.catalogue,
            parks=tuple(parks),
            backbone=tuple(
                BackboneNode(
                    id=node.id, geometry=shapely.Point(at(0, 0)), names={"": everything}, owner=HOSTILE[0]
                )
                for node in small.backbone[:1]
            ),
            corridors=tuple(corridors),
            operators=tuple(
                Operator(id=f"o{number}", names={"": text}) for number, text in enumerate(HOSTILE)
            ),
            demand=tuple(
                Demand(operator_id=f"o{number}", park_id=f"p{number}", quantity=5)  # type: ignore[arg-type]
                for number in range(len(HOSTILE))
            ),
            basemap=tuple(places),
        )
    )


@pytest.mark.parametrize("language", ["en", "fa"])
@pytest.mark.parametrize("has_policy", [True, False], ids=["with policy", "without policy"])
def test_hostile_names_are_shown_and_do_nothing(
    open_page: Opener, hostile_plan: Plan, tmp_path: Path, language: str, has_policy: bool
) -> None:
    file = draw_map(hostile_plan, language=language).save(tmp_path / "map.html")
    if not has_policy:  # what escapes the text must hold without the second lock too
        page = re.sub(r"<meta http-equiv=[^>]*>", "", file.read_text(encoding="utf-8"))
        file.write_text(page, encoding="utf-8")
    opened = open_page(file)
    opened.of("for (const part of document.querySelectorAll('details')) part.open = true")
    names = opened.of("[...document.querySelectorAll('#parks .name')].map((name) => name.textContent)")
    assert names == [text.replace("\r", "\n") for text in HOSTILE]
    for number in range(len(HOSTILE)):
        opened.of(f"fiberplan.choose({number}, {{zoom: true}})")
        assert opened.of("document.querySelector('#card h2').textContent") == HOSTILE[number]
    opened.of("fiberplan.drawn.forEach((line) => line.fire('click', {containerPoint: L.point(200, 200)}))")
    opened.of("fiberplan.map.setZoom(15, {animate: false})")
    opened.page.wait_for_timeout(200)
    assert opened.of("window.pwned") is None
    assert opened.page.locator("img, script[src], [onerror], [onload]").count() == 0
    assert opened.messages == []
    assert outside(opened) == []
