"""The map of a report: lines and marks as SVG made of numbers only, and the names to be set over it.

An operator sees the cable sizes of the segments it uses; the rest of the joint network is one light line, since
its sizes would reveal the demand of others.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

import numpy as np
import shapely

from fiberplan.crs import LocalProjection
from fiberplan.graph.snapping import park_point
from fiberplan.project.names import name_in
from fiberplan.report.blocks import Label, LegendEntry, MapFigure
from fiberplan.report.columns import PAGE_WIDTH_PT
from fiberplan.report.glyphs import clean

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from fiberplan.report.party import Viewpoint

ACCENT: Final = "#0b5c6b"
SECOND: Final = "#c07a1e"
ALARM: Final = "#a3271d"
INK: Final = "#1c2630"
_BASE: Final = "#dde2e5"
_CORRIDOR: Final = "#bcc6cc"
_REST: Final = "#8fb3ba"
_MARGIN_SHARE: Final = 0.06
_TALLEST_PT: Final = 360.0
_DETAIL_PT: Final = 0.25
"""Lines are simplified to this distance, far below what print can show."""
_MOST_PARK_LABELS: Final = 60


@dataclass(frozen=True, slots=True)
class _Frame:
    """The position of a place on the page."""

    projection: LocalProjection
    left: float
    top: float
    points_per_m: float
    width: float
    height: float

    def place(self, geometry: Any) -> Any:  # noqa: ANN401 - a geometry or an array of them, as shapely has it
        """Bring longitudes and latitudes to points from the top left corner."""

        def onto_page(coordinates: np.typing.NDArray[np.float64]) -> np.typing.NDArray[np.float64]:
            metres = self.projection.forward(coordinates)
            return np.column_stack(
                [
                    (metres[:, 0] - self.left) * self.points_per_m,
                    (self.top - metres[:, 1]) * self.points_per_m,
                ]
            )

        return shapely.transform(geometry, onto_page)


def draw_map_figure(view: Viewpoint) -> MapFigure:
    """Draw the plan as the reader may see it."""
    words = view.words
    frame = _frame(view)
    svg, legend = _Drawing(view, frame).draw()
    scale_m = _round_length(120 / frame.points_per_m)
    return MapFigure(
        svg=svg,
        width=round(frame.width, 2),
        height=round(frame.height, 2),
        labels=_labels(view, frame),
        legend=tuple(legend),
        scale_width=round(scale_m * frame.points_per_m, 2),
        scale_text=_scale_text(view, scale_m),
        alt=words.text("report.map_alt"),
        caption=words.text("report.map_caption" if view.is_state else "report.map_caption_operator"),
    )


def _frame(view: Viewpoint) -> _Frame:
    record = view.record
    shapes: list[Any] = [segment.geometry for segment in record.routing.segments]
    shapes += [shapely.Point(park_point(park)) for park in record.project.parks]
    shapes += [node.geometry for node in record.project.backbone]
    west, south, east, north = shapely.total_bounds(shapes)
    projection = LocalProjection(((west + east) / 2, (south + north) / 2))
    left, bottom, right, top = shapely.total_bounds([projection.project(shape) for shape in shapes])
    margin = max(_MARGIN_SHARE * max(right - left, top - bottom), 100.0)
    left, right, bottom, top = left - margin, right + margin, bottom - margin, top + margin
    scale = min(PAGE_WIDTH_PT / (right - left), _TALLEST_PT / (top - bottom))
    height = max(scale * (top - bottom), 150.0)
    # the width of the page is filled, the place in the middle
    spare_x = (PAGE_WIDTH_PT / scale - (right - left)) / 2
    spare_y = (height / scale - (top - bottom)) / 2
    return _Frame(projection, left - spare_x, top + spare_y, scale, PAGE_WIDTH_PT, height)


def _round_length(most_m: float) -> float:
    """Find the largest of 1, 2, 5 times a power of ten that is not longer."""
    power = 10.0 ** np.floor(np.log10(most_m))
    return float(max(step * power for step in (1, 2, 5) if step * power <= most_m))


def _scale_text(view: Viewpoint, scale_m: float) -> str:
    words = view.words
    if scale_m < 1000:
        return f"{words.number(scale_m)} {words.text('common.m')}"
    return f"{words.number(scale_m / 1000)} {words.text('common.km')}"


class _Drawing:
    def __init__(self, view: Viewpoint, frame: _Frame) -> None:
        self._view = view
        self._frame = frame
        self._parts: list[str] = []
        self._legend: list[LegendEntry] = []

    def draw(self) -> tuple[str, list[LegendEntry]]:
        record = self._view.record
        base = [feature for feature in record.project.basemap if feature.geometry.geom_type != "Point"]
        for kind, colour, weight in (
            ("water", "#cfe0ea", 0.8),
            ("boundary", "#c9c3d6", 0.8),
            ("road", _BASE, 0.7),
        ):
            self._lines([feature.geometry for feature in base if feature.kind == kind], colour, weight)
        self._lines(
            [feature.geometry for feature in base if feature.kind == "railway"], _BASE, 0.7, dash="1 1.6"
        )
        self._lines([corridor.geometry for corridor in record.project.corridors], _CORRIDOR, 0.6)
        self._segments()
        self._marks()
        self._legend.append(LegendEntry("line", _CORRIDOR, 0.6, self._text("legend_corridor")))
        width, height = self._frame.width, self._frame.height
        head = f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width:.2f} {height:.2f}" width="{width:.2f}" height="{height:.2f}">'
        return head + "".join(self._parts) + "</svg>", self._legend

    def _text(self, key: str, **values: object) -> str:
        return self._view.words.text(f"report.{key}", **values)

    def _segments(self) -> None:
        record, view = self._view.record, self._view
        weak = {name for names in record.routing.single_points_of_failure.values() for name in names}
        sizes: dict[int, list[Any]] = {}
        rest, protection, single = [], [], []
        for segment, designed in zip(record.routing.segments, record.design.segments, strict=True):
            if segment.id not in view.segment_ids:
                rest.append(segment.geometry)
            elif segment.is_protection:
                protection.append(segment.geometry)
            else:
                sizes.setdefault(designed.fibres, []).append(segment.geometry)
            if segment.id in weak and segment.id in view.segment_ids:
                single.append(segment.geometry)
        if rest:
            self._lines(rest, _REST, 1.0)
        self._lines(single, ALARM, 6.0, opacity=0.28)
        for number, fibres in enumerate(sorted(sizes)):
            weight = min(1.1 + 1.1 * number, 6.0)
            self._lines(sizes[fibres], ACCENT, weight)
            text = self._text("legend_cable", size=view.words.number(fibres))
            self._legend.append(LegendEntry("line", ACCENT, weight, text))
        if protection:
            self._lines(protection, SECOND, 1.6, dash="3 2.4")
            self._legend.append(LegendEntry("dash", SECOND, 1.6, self._text("legend_second")))
        if single:
            self._legend.append(LegendEntry("line", "#e4bdb9", 6.0, self._text("legend_single")))
        if rest:
            self._legend.append(LegendEntry("line", _REST, 1.0, self._text("legend_rest")))

    def _marks(self) -> None:
        record, view = self._view.record, self._view
        own = [park for park in record.project.parks if park.id in view.park_ids]
        other = [park for park in record.project.parks if park.id not in view.park_ids]
        for park in other:
            x, y = self._point(park_point(park))
            self._parts.append(
                f'<circle cx="{x:.2f}" cy="{y:.2f}" r="1.7" fill="#ffffff" stroke="{_REST}" stroke-width="0.9"/>'
            )
        for park in own:
            x, y = self._point(park_point(park))
            ring = f'<circle cx="{x:.2f}" cy="{y:.2f}" r="4.3" fill="none" stroke="{ACCENT}" stroke-width="0.7"/>'
            dot = f'<circle cx="{x:.2f}" cy="{y:.2f}" r="2.5" fill="{ACCENT}" stroke="#ffffff" stroke-width="0.6"/>'
            self._parts.append(ring + dot if park.tier == 1 else dot)
        for node in record.project.backbone:
            x, y = self._point((node.geometry.x, node.geometry.y))
            self._parts.append(
                f'<rect x="{x - 3.4:.2f}" y="{y - 3.4:.2f}" width="6.8" height="6.8" fill="{INK}" stroke="#ffffff" stroke-width="0.8"/>'
            )
        self._legend.append(LegendEntry("square", INK, 3.4, self._text("legend_node")))
        key = "legend_park" if view.is_state else "legend_own_park"
        if own:
            self._legend.append(LegendEntry("dot", ACCENT, 2.5, self._text(key)))
        if other:
            self._legend.append(LegendEntry("ring", _REST, 2.0, self._text("legend_other_park")))

    def _point(self, lonlat: tuple[float, float]) -> tuple[float, float]:
        placed = self._frame.place(shapely.Point(lonlat))
        return placed.x, placed.y

    def _lines(
        self, geometries: Iterable[Any], colour: str, weight: float, *, dash: str = "", opacity: float = 1.0
    ) -> None:
        outlines = [shape.boundary if shape.geom_type.endswith("Polygon") else shape for shape in geometries]
        if not outlines:
            return
        # All at once: a project from OpenStreetMap has tens of thousands of lines.
        shapes = np.empty(len(outlines), dtype=np.object_)
        shapes[:] = outlines
        box = shapely.box(-20, -20, self._frame.width + 20, self._frame.height + 20)
        placed = shapely.simplify(shapely.intersection(self._frame.place(shapes), box), _DETAIL_PT)
        points, owner = shapely.get_coordinates(shapely.get_parts(placed), return_index=True)
        lines = np.split(points, np.flatnonzero(np.diff(owner)) + 1)
        paths = [
            "M" + "L".join(f"{x:.2f} {y:.2f}" for x, y in line.tolist()) for line in lines if len(line) > 1
        ]
        if not paths:
            return
        extra = f' stroke-dasharray="{dash}"' if dash else ""
        extra += f' stroke-opacity="{opacity}"' if opacity < 1 else ""
        self._parts.append(
            f'<path d="{"".join(paths)}" fill="none" stroke="{colour}" stroke-width="{weight}"'
            f' stroke-linecap="round" stroke-linejoin="round"{extra}/>'
        )


def _labels(view: Viewpoint, frame: _Frame) -> tuple[Label, ...]:
    """Place as many names as fit without touching: backbone nodes first, then parks, then towns."""
    record, language = view.record, view.words.language
    wanted: list[tuple[tuple[float, float], str, str, float]] = [
        ((node.geometry.x, node.geometry.y), clean(node.name(language)), "node", 7.4)
        for node in record.project.backbone
    ]
    if len(view.parks) <= _MOST_PARK_LABELS:
        wanted += [
            (park_point(park), clean(park.id), "own" if not view.is_state else "park", 6.2)
            for park in view.parks
        ]
    nodes = {text for _, text, _, _ in wanted}
    towns = [feature for feature in record.project.basemap if feature.kind == "place"]
    for town in towns:
        name = clean(name_in(town.names, language, default=""))
        if town.geometry.geom_type == "Point" and name and name not in nodes:
            lon, lat = shapely.get_coordinates(town.geometry)[0].tolist()
            wanted.append(((lon, lat), name, "town", 6.6))
    taken: list[tuple[float, float, float, float]] = []
    for park in record.project.parks:
        place = frame.place(shapely.Point(park_point(park)))
        taken.append((place.x - 3, place.y - 3, place.x + 3, place.y + 3))
    for node in record.project.backbone:
        place = frame.place(node.geometry)
        taken.append((place.x - 4, place.y - 4, place.x + 4, place.y + 4))
    lines = _built_boxes(view, frame)
    labels = []
    for lonlat, text, style, size in wanted:
        place = frame.place(shapely.Point(lonlat))
        width = 0.56 * size * len(text)
        spot = _free_spot(place.x, place.y, width, size, [*taken, *lines], frame)
        if spot is None and style != "town":
            spot = _free_spot(place.x, place.y, width, size, taken, frame)
        if spot is not None and len(text) <= 30:
            x, y, box = spot
            taken.append(box)
            labels.append(Label(round(x, 2), round(y, 2), text, style))  # type: ignore[arg-type]
    return tuple(labels)


def _built_boxes(view: Viewpoint, frame: _Frame) -> list[tuple[float, float, float, float]]:
    """Cover the built lines with small boxes, so that names avoid them where there is space."""
    boxes = []
    for segment in view.record.routing.segments:
        line = frame.place(segment.geometry)
        steps = min(int(line.length / 5) + 1, 400)
        points = shapely.line_interpolate_point(line, np.linspace(0, 1, steps + 1), normalized=True)
        boxes += [(x - 1.5, y - 1.5, x + 1.5, y + 1.5) for x, y in shapely.get_coordinates(points).tolist()]
    return boxes


def _free_spot(  # noqa: PLR0913, PLR0917 - a point, a size, and what is around
    x: float,
    y: float,
    width: float,
    size: float,
    taken: Sequence[tuple[float, float, float, float]],
    frame: _Frame,
) -> tuple[float, float, tuple[float, float, float, float]] | None:
    """Find a free place beside a point: below, above, to the right, to the left, then a little further."""
    half, tall = width / 2, size * 0.62
    for far in (5.5, 9.0, 13.0):
        for dx, dy in (
            (0, far + tall),
            (0, -far - tall + 2),
            (half + far, 0),
            (-half - far, 0),
            (half + far - 2, far),
            (-half - far + 2, far),
            (half + far - 2, -far),
            (-half - far + 2, -far),
        ):
            left, right, top, bottom = x + dx - half, x + dx + half, y + dy - tall, y + dy + tall
            if left < 2 or top < 2 or right > frame.width - 2 or bottom > frame.height - 2:
                continue
            if left < 150 and bottom > frame.height - 24:
                continue  # the scale bar has that place
            if all(right < a or left > c or bottom < b or top > d for a, b, c, d in taken):
                return x + dx, y + dy, (left, top, right, bottom)
    return None
