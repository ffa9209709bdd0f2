"""The estimate inside a park."""

from __future__ import annotations

import math
from dataclasses import replace

import pytest
import shapely
from support.builders import at, one_road, park

from fiberplan.design.access import estimate_access
from fiberplan.design.network import design_network
from fiberplan.design.traffic import Requirement
from fiberplan.graph import build_graph
from fiberplan.project.settings import DesignOptions
from fiberplan.routing import solve_routes

OPTIONS = DesignOptions()


def test_lengths_and_pieces_follow_the_formula() -> None:
    """A hundred units on 25 hectares: 0.6331 * sqrt(100 * 250,000 m2) * 4 / pi = 4,030 m."""
    estimate = estimate_access(
        park("p", 0, 0, units=100, area_ha=25.0), [Requirement("a", "p", units=33)], OPTIONS
    )
    assert estimate is not None
    assert estimate.distribution_m == 4030 == round(0.6331 * math.sqrt(25e6) * 4 / math.pi)
    assert (estimate.units, estimate.connected, estimate.area_ha, estimate.area_is_assumed) == (
        100,
        33,
        25.0,
        False,
    )
    assert (estimate.drop_m, estimate.splitters, estimate.olt_ports, estimate.terminals) == (
        33 * 40,
        2,
        2,
        33,
    )


def test_units_passed_are_at_least_those_connected() -> None:
    needs = [Requirement("a", "p", units=8), Requirement("b", "p", units=8)]
    estimate = estimate_access(park("p", 0, 0, units=10, area_ha=1.0), needs, OPTIONS)
    assert estimate is not None
    assert (estimate.units, estimate.connected, estimate.splitters) == (16, 16, 1)


def test_an_unknown_area_is_assumed_and_marked_as_assumed() -> None:
    estimate = estimate_access(park("p", 0, 0, units=10), [Requirement("a", "p", units=1)], OPTIONS)
    assert estimate is not None
    assert (estimate.area_ha, estimate.area_is_assumed) == (5.0, True)


def test_a_polygon_gives_the_area() -> None:
    box = shapely.Polygon([at(0, 0), at(1000, 0), at(1000, 1000), at(0, 1000)])
    estimate = estimate_access(
        replace(park("p", 0, 0), geometry=box), [Requirement("a", "p", units=1)], OPTIONS
    )
    assert estimate is not None
    assert estimate.area_ha == pytest.approx(100, rel=1e-5)
    assert not estimate.area_is_assumed
    stated = replace(park("p", 0, 0), geometry=box, area_ha=7.0)
    known = estimate_access(stated, [Requirement("a", "p", units=1)], OPTIONS)
    assert known is not None
    assert known.area_ha == 7


def test_without_connected_units_there_is_no_network_inside() -> None:
    assert estimate_access(park("p", 0, 0), [Requirement(None, "p", dark_fibres=2)], OPTIONS) is None
    assert estimate_access(park("p", 0, 0), [], OPTIONS) is None


def test_every_line_of_it_is_labelled_an_estimate_and_no_other() -> None:
    example = one_road()
    bill = design_network(example, solve_routes(build_graph(example))).bill
    estimated = {line.item for line in bill if line.is_estimate}
    assert estimated == {
        "access.distribution",
        "access.splitter",
        "access.drop",
        "access.ont",
        "equipment.olt_port",
    }
    assert not {line.item for line in bill if not line.is_estimate} & estimated
