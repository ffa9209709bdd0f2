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


def test_the_formula() -> None:
    """A hundred units on 25 hectares: 0.6331 * sqrt(100 * 250,000 m2) * 4 / pi = 4,030 m."""
    found = estimate_access(
        park("p", 0, 0, units=100, area_ha=25.0), [Requirement("a", "p", units=33)], OPTIONS
    )
    assert found is not None
    assert found.distribution_m == 4030 == round(0.6331 * math.sqrt(25e6) * 4 / math.pi)
    assert (found.units, found.connected, found.area_ha, found.area_is_assumed) == (100, 33, 25.0, False)
    assert (found.drop_m, found.splitters, found.olt_ports, found.terminals) == (33 * 40, 2, 2, 33)


def test_units_passed_are_at_least_those_connected() -> None:
    needs = [Requirement("a", "p", units=8), Requirement("b", "p", units=8)]
    found = estimate_access(park("p", 0, 0, units=10, area_ha=1.0), needs, OPTIONS)
    assert found is not None
    assert (found.units, found.connected, found.splitters) == (16, 16, 1)


def test_an_unknown_area_is_assumed_and_says_so() -> None:
    found = estimate_access(park("p", 0, 0, units=10), [Requirement("a", "p", units=1)], OPTIONS)
    assert found is not None
    assert (found.area_ha, found.area_is_assumed) == (5.0, True)


def test_a_polygon_gives_the_area() -> None:
    box = shapely.Polygon([at(0, 0), at(1000, 0), at(1000, 1000), at(0, 1000)])
    found = estimate_access(replace(park("p", 0, 0), geometry=box), [Requirement("a", "p", units=1)], OPTIONS)
    assert found is not None
    assert found.area_ha == pytest.approx(100, rel=1e-5)
    assert not found.area_is_assumed
    stated = replace(park("p", 0, 0), geometry=box, area_ha=7.0)
    known = estimate_access(stated, [Requirement("a", "p", units=1)], OPTIONS)
    assert known is not None
    assert known.area_ha == 7


def test_where_nobody_connects_units_there_is_nothing_inside() -> None:
    assert estimate_access(park("p", 0, 0), [Requirement(None, "p", dark_fibres=2)], OPTIONS) is None
    assert estimate_access(park("p", 0, 0), [], OPTIONS) is None


def test_every_line_of_it_is_labelled_an_estimate_and_no_other() -> None:
    found = one_road()
    bill = design_network(found, solve_routes(build_graph(found))).bill
    estimated = {line.item for line in bill if line.is_estimate}
    assert estimated == {
        "access.distribution",
        "access.splitter",
        "access.drop",
        "access.ont",
        "equipment.olt_port",
    }
    assert not {line.item for line in bill if not line.is_estimate} & estimated
