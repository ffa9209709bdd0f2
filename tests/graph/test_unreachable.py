"""Project folders that read well and still have no plan: each in a file, each reported by name and distance."""

from __future__ import annotations

import re
import shutil
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest
from support.paths import DATA

import fiberplan as fp
from fiberplan.project.settings import Unreachable

if TYPE_CHECKING:
    from pathlib import Path


def project_with(case: str, folder: Path) -> fp.Project:
    """Lay the files of a case over the good project and read it."""
    shutil.copytree(DATA / "good", folder, dirs_exist_ok=True)
    shutil.copytree(DATA / "unreachable" / case, folder, dirs_exist_ok=True)
    return fp.read_project(folder)


def skipping(project: fp.Project) -> fp.Project:
    routing = replace(project.settings.routing, unreachable=Unreachable.SKIP)
    return replace(project, settings=replace(project.settings, routing=routing))


def test_a_park_that_no_corridor_reaches_is_named_with_its_nearest_corridor_and_the_distance(
    tmp_path: Path,
) -> None:
    project = project_with("far_park", tmp_path)
    with pytest.raises(fp.InfeasibleError) as messages:
        fp.build_graph(project)
    message = str(messages.value)
    assert "P2" in message
    assert "P1" not in message
    result = re.search(r"nearest corridor (C\d) is ([\d,]+) m away", message)
    assert result is not None
    assert result[1] in {"C3", "C4"}  # both end at the place where the park was
    assert float(result[2].replace(",", "")) == pytest.approx(11_090, abs=60)  # 0.1 degree of latitude


def test_a_park_beside_a_corridor_that_leads_nowhere_is_reported_so(tmp_path: Path) -> None:
    project = project_with("two_components", tmp_path)
    with pytest.raises(
        fp.InfeasibleError, match=r"P2: its nearest corridor C5 \(\d+ m\) leads to no backbone"
    ):
        fp.build_graph(project)


@pytest.mark.parametrize("case", ["far_park", "two_components"])
def test_the_other_parks_are_planned_if_the_project_says_so(case: str, tmp_path: Path) -> None:
    plan = fp.plan_rollout(skipping(project_with(case, tmp_path)))
    assert [route.park_id for route in plan.routing.routes] == ["P1"]
    assert [park.park_id for park in plan.routing.unreachable] == ["P2"]
    assert "P2" in plan.summary()
    assert any("P2" in str(note) for note in plan.notes)
    assert plan.split.total == plan.ledger.present_value


def test_a_backbone_node_far_from_every_corridor_is_reported(tmp_path: Path) -> None:
    with pytest.raises(fp.InfeasibleError, match="no backbone node lies within"):
        fp.build_graph(project_with("far_backbone", tmp_path))
