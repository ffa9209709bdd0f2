"""Styles that QGIS applies by itself when it opens a saved plan."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final
from xml.etree.ElementTree import Element, SubElement, tostring

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from fiberplan.result.record import PlanRecord

_LINE_COLOURS: Final = ("#9ecae1", "#6baed6", "#4292c6", "#2171b5", "#08519c", "#08306b")
"""ColorBrewer's blues (Brewer 2003), light for small cables, readable by the colour-blind."""
_TIERS: Final = {"1": ("#b2182b", "4.2"), "2": ("#ef8a62", "3.4"), "3": ("#fddbc7", "2.8")}


def layer_styles(record: PlanRecord) -> Mapping[str, str]:
    """Return a QML document for each layer.

    Returns
    -------
    Mapping
        By layer name.
    """
    sizes = sorted({designed.fibres for designed in record.design.segments})
    styles = {
        "segments": _categorised(
            "cable_fibres", [_cable_line(rank, size) for rank, size in enumerate(sizes)], "line"
        ),
        "parks": _categorised(
            "tier", [(tier, f"tier {tier}", _marker(*look)) for tier, look in _TIERS.items()], "marker"
        ),
        "backbone": _single(_marker("#1b7837", "4.6", shape="square"), "marker"),
    }
    if record.design.sites:
        styles["active_sites"] = _single(_marker("#762a83", "3.6", shape="triangle"), "marker")
    return styles


def _cable_line(rank: int, size: int) -> tuple[str, str, tuple[str, Mapping[str, str]]]:
    colour = _LINE_COLOURS[min(rank, len(_LINE_COLOURS) - 1)]
    look = {
        "line_color": _rgba(colour),
        "line_width": f"{0.5 + 0.3 * rank:.1f}",
        "line_width_unit": "MM",
        "capstyle": "round",
        "joinstyle": "round",
    }
    return str(size), f"{size} fibres", ("SimpleLine", look)


def _marker(colour: str, size: str, *, shape: str = "circle") -> tuple[str, Mapping[str, str]]:
    look = {
        "name": shape,
        "color": _rgba(colour),
        "size": size,
        "size_unit": "MM",
        "outline_color": "255,255,255,255",
        "outline_width": "0.4",
    }
    return "SimpleMarker", look


def _rgba(colour: str) -> str:
    red, green, blue = (int(colour[at : at + 2], 16) for at in (1, 3, 5))
    return f"{red},{green},{blue},255"


def _categorised(
    field: str, categories: Sequence[tuple[str, str, tuple[str, Mapping[str, str]]]], kind: str
) -> str:
    document, renderer = _document("categorizedSymbol")
    renderer.set("attr", field)
    listed, symbols = SubElement(renderer, "categories"), SubElement(renderer, "symbols")
    for number, (value, label, look) in enumerate(categories):
        SubElement(
            listed, "category", {"value": value, "label": label, "symbol": str(number), "render": "true"}
        )
        _add_symbol(symbols, str(number), kind, look)
    return _write(document)


def _single(look: tuple[str, Mapping[str, str]], kind: str) -> str:
    document, renderer = _document("singleSymbol")
    _add_symbol(SubElement(renderer, "symbols"), "0", kind, look)
    return _write(document)


def _document(renderer_type: str) -> tuple[Element, Element]:
    document = Element("qgis", {"version": "3.22", "styleCategories": "Symbology"})
    renderer = SubElement(
        document, "renderer-v2", {"type": renderer_type, "enableorderby": "0", "forceraster": "0"}
    )
    return document, renderer


def _add_symbol(symbols: Element, name: str, kind: str, look: tuple[str, Mapping[str, str]]) -> None:
    symbol = SubElement(symbols, "symbol", {"name": name, "type": kind, "alpha": "1", "clip_to_extent": "1"})
    layer_class, options = look
    layer = SubElement(symbol, "layer", {"class": layer_class, "enabled": "1", "locked": "0", "pass": "0"})
    settings = SubElement(layer, "Option", {"type": "Map"})
    for key, value in options.items():
        SubElement(settings, "Option", {"name": key, "value": value, "type": "QString"})
        SubElement(layer, "prop", {"k": key, "v": value})


def _write(document: Element) -> str:
    return "<!DOCTYPE qgis PUBLIC 'http://mrcc.com/qgis.dtd' 'SYSTEM'>\n" + tostring(
        document, encoding="unicode"
    )
