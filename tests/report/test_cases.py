"""Plans for the tests of reports: a small one with names that would do harm, in euro and cent."""

from __future__ import annotations

from support.hostile_plan import NAMES, hostile_plan


def test_the_small_plan_has_every_case_that_reports_show() -> None:
    plan = hostile_plan()
    assert tuple(site.name("en") for site in plan.project.parks) == NAMES
    assert plan.split.payments["unfunded"] > 0
    assert plan.currency.minor_digits == 2
