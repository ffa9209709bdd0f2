"""From a project to a plan: the stages in their order."""

from __future__ import annotations

import logging
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Protocol

from fiberplan.cost import price_design, split_costs
from fiberplan.design.network import design_network
from fiberplan.errors import Fault
from fiberplan.graph import build_graph
from fiberplan.result.coalitions import CoalitionPlanner, CoalitionRun
from fiberplan.result.record import PlanRecord, StandAlone
from fiberplan.result.split import certifying_game, check_sharing, split_again
from fiberplan.routing import solve_routes

if TYPE_CHECKING:
    from collections.abc import Sequence

    from fiberplan.graph import CandidateGraph
    from fiberplan.project.model import Project
    from fiberplan.solvers.run.report import LogEntry

_log = logging.getLogger(__name__)


class Progress(Protocol):
    """What a caller may pass to follow the work."""

    def stage(self, name: str, *, step: int, steps: int) -> None:
        """Report that a stage begins.

        Parameters
        ----------
        name
            ``graph``, ``routes``, ``design``, ``cost``, ``alone`` (once an operator) or ``split``. Where the sharing
            rule needs the costs of coalitions, ``coalitions`` follows after each of them.
        step
            Number of the stage, from 1; for ``coalitions`` the number that is done.
        steps
            Number of all stages, or of all coalitions.
        """
        ...

    def solver(self, entry: LogEntry) -> None:
        """Report a better bound or a better solution."""
        ...


class _Logged:
    """Progress that only the log shows."""

    def stage(self, name: str, *, step: int, steps: int) -> None:
        _log.debug("%s (%d of %d)", name, step, steps)

    def solver(self, entry: LogEntry) -> None:
        _log.debug("bound %s, incumbent %s", entry.bound, entry.incumbent)


@dataclass
class _Stages:
    """Counts the stages of a run."""

    progress: Progress
    steps: int
    step: int = 0

    def begin(self, name: str) -> None:
        self.step += 1
        self.progress.stage(name, step=self.step, steps=self.steps)


def check_project(project: Project) -> CandidateGraph:
    """Check before anything is planned that a project can be, and join its corridors.

    Returns
    -------
    CandidateGraph
        Where cable can go; its notes are warnings.

    Raises
    ------
    ProjectError
        Corridors, parks and backbone nodes cannot be joined.
    SharingError
        The sharing rule cannot be worked out.
    """
    check_sharing(project)
    return build_graph(project)


def plan_project(
    project: Project, *, time_limit_s: float | None = None, progress: Progress | None = None
) -> PlanRecord:
    """Plan a project, as `fiberplan.plan_rollout` describes it.

    Parameters
    ----------
    project
        With demand, prices and rules.
    time_limit_s
        Seconds for one routing; that of the project if ``None``.
    progress
        Follows the stages and the solver.
    """
    check_sharing(project)
    if time_limit_s is not None:
        project = _with_time_limit(project, time_limit_s)
    follower: Progress = progress or _Logged()
    operators = project.operators_with_demand
    stages = _Stages(follower, 5 + len(operators))
    stages.begin("graph")
    graph = build_graph(project)
    stages.begin("routes")
    routing = solve_routes(graph, progress=follower.solver)
    stages.begin("design")
    design = design_network(project, routing)
    stages.begin("cost")
    ledger = price_design(project, design)
    alone = _stand_alone(graph, operators, stages)
    stages.begin("split")
    record = PlanRecord(
        project=project,
        routing=routing,
        design=design,
        ledger=ledger,
        split=split_costs(ledger, design, policy=project.funding, operators=operators),
        stand_alone=alone,
        notes=(*project.notes, *graph.notes, *design.notes, *_without_part(operators, alone)),
    )

    def count(done: int, of: int) -> None:
        follower.stage("coalitions", step=done, steps=of)

    return split_again(record, game=certifying_game(record, CoalitionRun(progress=count)))


def _with_time_limit(project: Project, seconds: float) -> Project:
    routing = replace(project.settings.routing, time_limit_s=seconds)
    return replace(project, settings=replace(project.settings, routing=routing))


def _stand_alone(graph: CandidateGraph, operators: Sequence[str], stages: _Stages) -> tuple[StandAlone, ...]:
    """Plan the network of each operator alone; all of them together get the time that the joint plan had."""
    seconds = graph.project.settings.routing.time_limit_s / max(1, len(operators))
    planner = CoalitionPlanner(graph, "operators", seconds)
    alone = []
    for operator_id in operators:
        stages.begin("alone")
        group = frozenset([operator_id])
        if parks := planner.parks_of(group):
            (network,) = planner.plan(parks, [group], progress=stages.progress.solver)
            alone.append(StandAlone.of(operator_id, network))
    return tuple(alone)


def _without_part(operators: Sequence[str], alone: tuple[StandAlone, ...]) -> list[Fault]:
    """Warn of operators that take no part."""
    return [
        Fault("demand", f"operator {name} takes no part: none of its parks is reached", severity="warning")
        for name in sorted(set(operators) - {entry.operator_id for entry in alone})
    ]
