"""The page itself: a Folium map whose figure contains everything that it needs and fetches nothing.

Two properties of Folium determine this module. Its elements are rendered twice: what a template gives out is compiled as
a template again (`branca.element.MacroElement.render`), so a park named ``{{ ... }}`` would run in Python. Therefore
nothing from input goes through Folium's own elements; the figure places it, once, after they are done. And its
elements carry random ids; those that this module makes are named.
"""

from __future__ import annotations

import html
from dataclasses import dataclass
from functools import lru_cache
from importlib import resources
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import urlsplit

import folium
from branca.element import Figure
from folium.template import Template
from jinja2 import Environment, StrictUndefined
from jinja2 import Template as PageTemplate
from markupsafe import Markup

from fiberplan.files import write_file
from fiberplan.maps.assets import font_faces, leaflet_script, leaflet_styles
from fiberplan.maps.escaping import script_hash, script_json
from fiberplan.maps.features import FeatureWriter
from fiberplan.maps.geometry import MOST_FEATURES
from fiberplan.maps.panel import PanelWriter
from fiberplan.wording import load_wording

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from pathlib import Path

    from fiberplan.result.record import PlanRecord

FONT: Final = "fiberplan sans"
"""What the page calls its typeface, of which it carries only the letters that it shows."""

_UI_TEXTS: Final = ("zoom_in", "zoom_out", "whole_plan", "panel_open", "panel_close")


@dataclass(frozen=True, slots=True)
class OnlineTiles:
    """A background from the network; it is off until the reader switches it on.

    Attributes
    ----------
    url
        Leaflet's pattern, such as ``https://tiles.example.org/{z}/{x}/{y}.png``.
    credit
        The credit that its owner requires.
    """

    url: str
    credit: str


class PlanMap:
    """A map of a plan.

    Parameters
    ----------
    folium_map
        With the page as its figure; more layers may be added to it.
    """

    def __init__(self, folium_map: folium.Map) -> None:
        self.folium_map = folium_map

    @property
    def html(self) -> str:
        """The whole page."""
        page: str = self.folium_map.get_root().render()
        return page

    def save(self, path: str | Path) -> Path:
        """Write the page to a file, whole or not at all.

        Parameters
        ----------
        path
            Of the file; its folder is made if needed.

        Returns
        -------
        Path
            Where it is.
        """
        return write_file(path, self.html.encode("utf-8"))

    def _repr_html_(self) -> str:
        """Show the map in a notebook, in a frame of its own."""
        return (
            f'<iframe srcdoc="{html.escape(self.html)}" style="width:100%;height:640px;border:0" '
            'allow="fullscreen" loading="lazy"></iframe>'
        )


def draw_map(
    record: PlanRecord,
    *,
    language: str,
    tiles: OnlineTiles | None = None,
    most_features: int = MOST_FEATURES,
) -> PlanMap:
    """Draw a plan on a page that needs no network.

    Parameters
    ----------
    record
        The plan.
    language
        Code of a `Language`, such as ``en``.
    tiles
        A background that the reader may switch on; without it the page cannot request anything from the network.
    most_features
        With more features than this, lines are simplified, and the page says so.

    Returns
    -------
    PlanMap
        The same record gives the same page, byte for byte.

    Raises
    ------
    ValueError
        fiberplan has no such language.
    """
    words = load_wording(language)
    features = FeatureWriter(record, words, most_features=most_features)
    panel = PanelWriter(features)
    context = {
        "language": words.language.value,
        "direction": words.direction,
        "title": words.text("map.title", name=panel.name),
        "text": words.text,
        "panel": panel,
        "tiles": tiles,
    }
    figure = _PlanFigure(context=context, payload=script_json(_payload(features, panel, tiles)))
    (south, west), (north, east) = features.bounds
    chart = _LeafletMap(
        location=[(south + north) / 2, (west + east) / 2],
        zoom_start=8,
        tiles=None,
        prefer_canvas=True,
        zoom_control=False,
        attribution_control=False,
        zoom_snap=0.25,
        max_zoom=19,
    )
    chart._id = "plan"  # noqa: SLF001 - branca has no other way to name an element
    chart.add_to(figure)
    return PlanMap(chart)


def _payload(features: FeatureWriter, panel: PanelWriter, tiles: OnlineTiles | None) -> dict[str, Any]:
    words = features.words
    return {
        "map": "map_plan",
        "bounds": features.bounds,
        "base": features.base(),
        "places": features.places(),
        "segments": features.segments(),
        "parks": features.parks(),
        "nodes": features.nodes(),
        "sites": features.sites(),
        "credit": panel.credit,
        "tiles": None if tiles is None else {"url": tiles.url, "credit": tiles.credit},
        "words": {name: words.text(f"map.{name}") for name in _UI_TEXTS}
        | {"m": words.text("common.m"), "km": words.text("common.km"), "digits": words.figures("0123456789")},
    }


class _LeafletMap(folium.Map):
    """Folium's map without what it fetches, and without forbidding the reader to zoom the page."""

    default_js: list[tuple[str, str]] = []  # noqa: RUF012 - as folium has it
    default_css: list[tuple[str, str]] = []  # noqa: RUF012
    _template = Template(
        """
        {% macro html(this, kwargs) %}
        <div class="folium-map" id={{ this.get_name()|tojson }}></div>
        {% endmacro %}
        {% macro script(this, kwargs) %}
        var {{ this.get_name() }} = L.map({{ this.get_name()|tojson }}, {
            center: {{ this.location|tojson }},
            ...{{ this.options|tojavascript }}
        });
        {% endmacro %}
        """
    )


class _PlanFigure(Figure):
    """The page around the map.

    Parameters
    ----------
    context
        For the templates; all of its text is escaped there.
    payload
        What `page.js` draws, as JSON that is safe inside a script element.
    """

    def __init__(self, *, context: Mapping[str, Any], payload: str) -> None:
        super().__init__(title=context["title"], height="640px")
        self.header._children.clear()  # noqa: SLF001 - the template has its own charset, first as it should be
        self._context = context
        self._payload = payload

    def render(self, **kwargs: Any) -> str:  # noqa: ANN401 - as branca has it
        for child in self._children.values():
            child.render(**kwargs)
        panel = _template("panel.html").render(self._context)
        letters = f"{panel}{self._payload}{_data('page.js')}"
        scripts = {
            "leaflet_script": leaflet_script(),
            "folium_script": f"\n{self.script.render(**kwargs)}\n",
            "page_script": _data("page.js"),
        }
        ready = {
            **scripts,
            "styles": f"{font_faces(FONT, letters)}\n{leaflet_styles()}\n{_data('page.css')}",
            "header": self.header.render(**kwargs),
            "body": self.html.render(**kwargs),
            "panel_html": panel,
            "payload": self._payload,
        }
        # our own files, what Folium made of no input at all, JSON, and a template that has escaped everything
        marked = {name: Markup(text) for name, text in ready.items()}  # noqa: S704
        policy = _policy(scripts.values(), self._context["tiles"])
        return _template("page.html").render(self._context, **marked, policy=policy)


def _policy(scripts: Iterable[str], tiles: OnlineTiles | None) -> str:
    """Write the Content-Security-Policy: these scripts and no request, or those of the tiles alone."""
    pictures = "data:"
    if tiles is not None:
        parts = urlsplit(tiles.url.replace("{s}", "*"))
        pictures += f" {parts.scheme}://{parts.netloc}"
    hashes = " ".join(script_hash(script) for script in scripts)
    return (
        f"default-src 'none'; script-src {hashes}; style-src 'unsafe-inline'; "
        f"font-src data:; img-src {pictures}"
    )


@lru_cache
def _data(name: str) -> str:
    return resources.files("fiberplan.maps").joinpath(name).read_text(encoding="utf-8")


@lru_cache
def _template(name: str) -> PageTemplate:
    environment = Environment(
        autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True
    )
    return environment.from_string(_data(name))
