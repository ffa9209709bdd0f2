"""What several test modules share: the bundled project and its plan, made once."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from hypothesis import HealthCheck, settings

import fiberplan as fp

if TYPE_CHECKING:
    from fiberplan.plan import Plan
    from fiberplan.project.model import Project

# The machines that test share their cores: slow is not wrong.
settings.register_profile("fiberplan", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("fiberplan")


@pytest.fixture(scope="session")
def lorestan_project() -> Project:
    return fp.read_project(fp.datasets.path("lorestan"))


@pytest.fixture(scope="session")
def lorestan_plan(lorestan_project: Project) -> Plan:
    return fp.plan_rollout(lorestan_project)
