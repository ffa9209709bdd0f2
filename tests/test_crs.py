"""Geometry enters with a CRS and leaves in metres."""

from __future__ import annotations

import geopandas as gpd
import numpy as np
import pytest
import shapely
from hypothesis import given
from hypothesis import strategies as st
from pydantic import TypeAdapter, ValidationError

from fiberplan.crs import (
    WGS84,
    Geometry,
    LocalProjection,
    area_ha,
    distance_m,
    length_m,
    segment_lengths_m,
    to_wgs84,
)
from fiberplan.errors import MissingCrsError

ADAPTER: TypeAdapter[shapely.Geometry] = TypeAdapter(Geometry)


def test_a_minute_of_latitude_is_a_nautical_mile() -> None:
    assert distance_m((48, 45), (48, 45 + 1 / 60)) == pytest.approx(1852, abs=1)


def test_web_mercator_would_be_a_fifth_longer() -> None:
    """DESIGN section 4: at 33.5 degrees north."""
    line = gpd.GeoSeries([shapely.LineString([(48, 33.5), (48.01, 33.5)])], crs=WGS84)
    mercator = line.to_crs("EPSG:3857").length.iloc[0]
    assert mercator / length_m(line.iloc[0]) == pytest.approx(1.2, abs=0.01)


def test_a_line_is_as_long_as_its_segments() -> None:
    line = shapely.LineString([(48, 33), (48.2, 33.1), (48.2, 33.4), (48.25, 33.4)])
    parts = segment_lengths_m(shapely.get_coordinates(line))
    assert parts.shape == (3,)
    assert parts.sum() == pytest.approx(length_m(line), rel=1e-12)
    assert parts[0] == pytest.approx(distance_m((48, 33), (48.2, 33.1)))


def test_the_area_does_not_depend_on_the_direction_of_the_ring() -> None:
    box = shapely.box(48, 33, 48.01, 33.01)
    assert area_ha(box) == pytest.approx(area_ha(box.reverse()))
    assert area_ha(box) == pytest.approx(
        distance_m((48, 33.005), (48.01, 33.005)) * distance_m((48, 33), (48, 33.01)) / 1e4, rel=1e-4
    )


def test_a_layer_without_crs_is_refused_unless_there_is_one_to_assume() -> None:
    layer = gpd.GeoDataFrame(geometry=[shapely.Point(254_000, 3_710_000), shapely.Point(254_100, 3_710_000)])
    with pytest.raises(MissingCrsError, match="coordinate reference system"):
        to_wgs84(layer)
    point = to_wgs84(layer, fallback="EPSG:32639").geometry.iloc[0]
    assert (point.x, point.y) == pytest.approx((48.36, 33.5), abs=0.05)
    assert layer.crs is None


@given(st.floats(-150_000, 150_000), st.floats(-150_000, 150_000))
def test_the_local_plane_keeps_distances_to_a_thousandth(x: float, y: float) -> None:
    plane = LocalProjection((48.0, 33.5))
    places = plane.inverse(np.array([[x, y], [x + 3000, y + 4000]]))
    other = plane.forward(places)
    assert other == pytest.approx(np.array([[x, y], [x + 3000, y + 4000]]), abs=1e-3)
    assert distance_m(tuple(places[0]), tuple(places[1])) == pytest.approx(5000, rel=1e-3)


def test_a_chosen_crs_replaces_the_local_plane() -> None:
    utm = LocalProjection((48.0, 33.5), crs="EPSG:32639")
    assert utm.crs.to_epsg() == 32639
    assert utm.project(shapely.Point(51, 0)).x == pytest.approx(500_000, abs=1e-6)


@given(st.lists(st.tuples(st.floats(-180, 180), st.floats(-90, 90)), min_size=2, max_size=5))
def test_a_geometry_survives_writing_bit_for_bit(points: list[tuple[float, float]]) -> None:
    line = shapely.LineString(points)
    again = ADAPTER.validate_json(ADAPTER.dump_json(line))
    assert shapely.to_wkb(again) == shapely.to_wkb(line)


def test_heights_are_left_at_the_door() -> None:
    assert not ADAPTER.validate_python(shapely.Point(48, 33, 1200)).has_z


@pytest.mark.parametrize("value", [17, "POINT", "01", b"\x01"])
def test_what_is_no_geometry_is_refused(value: object) -> None:
    with pytest.raises(ValidationError, match=r"not a geometry|not hexadecimal WKB"):
        ADAPTER.validate_python(value)
