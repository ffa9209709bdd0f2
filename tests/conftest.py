"""What several test modules share: the bundled project and its plan, made once a worker."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

import pytest
from hypothesis import HealthCheck, settings

import fiberplan as fp

if TYPE_CHECKING:
    from fiberplan.plan import Plan
    from fiberplan.project.model import Project

# No deadline: cores are shared, so that a slow example is no fault. CI has no database of earlier failures: it prints
# what reproduces one.
settings.register_profile("local", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.register_profile("ci", settings.get_profile("local"), database=None, print_blob=True)
settings.load_profile("ci" if os.environ.get("CI") else "local")


@pytest.fixture(scope="session")
def lorestan_project() -> Project:
    return fp.read_project(fp.datasets.path("lorestan"))


@pytest.fixture(scope="session")
def lorestan_plan(lorestan_project: Project) -> Plan:
    return fp.plan_rollout(lorestan_project)
