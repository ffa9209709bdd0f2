"""What several test modules share: the bundled project and its plan, made once."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

import fiberplan as fp

if TYPE_CHECKING:
    from fiberplan.model import Project
    from fiberplan.plan import Plan


@pytest.fixture(scope="session")
def lorestan_project() -> Project:
    return fp.read_project(fp.datasets.path("lorestan"))


@pytest.fixture(scope="session")
def lorestan_plan(lorestan_project: Project) -> Plan:
    return fp.plan_rollout(lorestan_project)
