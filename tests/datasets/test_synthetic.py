"""Synthetic provinces: the same every time, connected, and quick at scale."""

from __future__ import annotations

import hashlib
import os
import subprocess
import sys
import time
from collections import defaultdict
from decimal import Decimal
from typing import TYPE_CHECKING

import networkx as nx
import pytest
from pydantic import TypeAdapter

from fiberplan import datasets
from fiberplan.crs import distance_m, length_m
from fiberplan.errors import FiberplanError
from fiberplan.inputs import read_project, write_project
from fiberplan.project.corridors import CorridorKind, Surface
from fiberplan.project.model import Project

if TYPE_CHECKING:
    from pathlib import Path


def digest(project: Project) -> str:
    return hashlib.sha256(TypeAdapter(Project).dump_json(project)).hexdigest()


def network(project: Project) -> nx.MultiGraph:
    graph = nx.MultiGraph()
    for corridor in project.corridors:
        graph.add_edge(corridor.from_node, corridor.to_node, key=corridor.id)
    return graph


@pytest.mark.parametrize(("parks", "nodes", "seed"), [(1, 40, 0), (3, 60, 1), (20, 500, 2), (60, 3000, 3)])
def test_it_is_connected_and_of_the_size_asked_for(parks: int, nodes: int, seed: int) -> None:
    project = datasets.synthetic(parks, nodes, seed)
    graph = network(project)
    assert nx.is_connected(graph)
    assert len(project.parks) == parks
    assert abs(graph.number_of_nodes() - nodes) <= 0.05 * nodes
    assert 1.2 * nodes < len(project.corridors) < 2 * nodes


def test_the_same_seed_gives_the_same_project_and_another_seed_another() -> None:
    first = digest(datasets.synthetic(10, 300, 7))
    assert digest(datasets.synthetic(10, 300, 7)) == first
    assert digest(datasets.synthetic(10, 300, 8)) != first


def test_another_process_with_another_hash_seed_gives_the_same_project() -> None:
    code = (
        "import hashlib; from pydantic import TypeAdapter; from fiberplan import datasets;"
        "from fiberplan.project.model import Project; p = datasets.synthetic(10, 300, 7);"
        "print(hashlib.sha256(TypeAdapter(Project).dump_json(p)).hexdigest())"
    )
    environment = {**os.environ, "PYTHONHASHSEED": "4711"}
    done = subprocess.run(
        [sys.executable, "-c", code], env=environment, capture_output=True, text=True, check=True
    )
    assert done.stdout.strip() == digest(datasets.synthetic(10, 300, 7))


def test_lines_start_and_end_at_the_junctions_they_name() -> None:
    places: defaultdict[str, set[tuple[float, ...]]] = defaultdict(set)
    for corridor in datasets.synthetic(10, 400, 5).corridors:
        assert corridor.from_node is not None
        assert corridor.to_node is not None
        assert corridor.from_node != corridor.to_node
        places[corridor.from_node].add(tuple(corridor.geometry.coords[0]))
        places[corridor.to_node].add(tuple(corridor.geometry.coords[-1]))
        assert length_m(corridor.geometry) > 1
    assert all(len(some) == 1 for some in places.values())


def test_it_has_ways_of_every_sort() -> None:
    project = datasets.synthetic(20, 2000, 11)
    kinds = {corridor.kind for corridor in project.corridors}
    assert kinds >= set(CorridorKind) - {CorridorKind.POLE_LINE, CorridorKind.POWER_LINE}
    assert {corridor.surface for corridor in project.corridors} == set(Surface)
    crossed = {kind.value for corridor in project.corridors for kind in corridor.crossings}
    assert crossed == {"rail", "waterway"}


def test_parks_lie_near_a_road_and_differ() -> None:
    project = datasets.synthetic(40, 2000, 12)
    assert {park.tier for park in project.parks} == {1, 2, 3}
    assert len({park.units for park in project.parks}) > 10
    ends = [end for c in project.corridors for end in (c.geometry.coords[0], c.geometry.coords[-1])]
    for park in project.parks[:10]:
        here = (park.geometry.x, park.geometry.y)
        assert min(distance_m(here, (end[0], end[1])) for end in ends) < 500


def test_every_park_is_served_and_shares_stay_below_one() -> None:
    project = datasets.synthetic(30, 1000, 13, backbone=3, operators=6)
    assert len(project.backbone) == 3
    taken: defaultdict[str, Decimal] = defaultdict(Decimal)
    for demand in project.demand:
        taken[demand.park_id] += demand.take_up
    assert set(taken) == {park.id for park in project.parks}
    assert all(0 < share <= 1 for share in taken.values())
    assert {demand.operator_id for demand in project.demand} <= {o.id for o in project.operators}


def test_it_survives_writing_and_reading(tmp_path: Path) -> None:
    project = datasets.synthetic(5, 120, 3)
    write_project(project, tmp_path / "province")
    assert read_project(tmp_path / "province") == project


@pytest.mark.parametrize(
    ("arguments", "options"),
    [
        ((1, 39, 0), {}),
        ((0, 100, 0), {}),
        ((26, 100, 0), {}),
        ((2, 100, 0), {"backbone": 11}),
        ((2, 100, 0), {"operators": 27}),
    ],
)
def test_impossible_sizes_are_refused(arguments: tuple[int, int, int], options: dict[str, int]) -> None:
    with pytest.raises(FiberplanError, match=r"few|fit|letter"):
        datasets.synthetic(*arguments, **options)


def test_a_hundred_parks_and_twenty_thousand_corridors_take_seconds() -> None:
    start = time.perf_counter()
    project = datasets.synthetic(100, 12_000, 1)
    seconds = time.perf_counter() - start
    assert 19_000 < len(project.corridors) < 22_000
    assert nx.is_connected(network(project))
    assert seconds < 10  # about one on an idle machine
