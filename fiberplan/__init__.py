"""fiberplan: where the fibre to industrial parks goes, what it costs, and who pays what.

Names are handed on when they are first used, so that ``import fiberplan`` stays quick.
"""

from __future__ import annotations

from importlib import import_module
from importlib.metadata import PackageNotFoundError, version
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from fiberplan import datasets
    from fiberplan.cost import CostLedger, CostSplit, price_design, split_costs
    from fiberplan.design.network import Design, design_network
    from fiberplan.errors import FiberplanError, InfeasibleError, ProjectError
    from fiberplan.graph import CandidateGraph, build_graph
    from fiberplan.inputs import read_project
    from fiberplan.inputs.osm import project_from_osm
    from fiberplan.inputs.writing import write_project
    from fiberplan.plan import Plan, plan_rollout
    from fiberplan.project.catalogue import Catalogue
    from fiberplan.project.model import BackboneNode, Corridor, Demand, Operator, Park, Project
    from fiberplan.project.settings import FundingPolicy, RoutingOptions, Settings
    from fiberplan.result.coalitions import CoalitionOptions
    from fiberplan.routing import Routing, solve_routes

try:
    __version__ = version("fiberplan")
except PackageNotFoundError:  # a checkout that is not installed
    __version__ = "0+unknown"

_HOME = {
    "BackboneNode": "fiberplan.project.model",
    "CandidateGraph": "fiberplan.graph",
    "Catalogue": "fiberplan.project.catalogue",
    "CoalitionOptions": "fiberplan.result.coalitions",
    "Corridor": "fiberplan.project.model",
    "CostLedger": "fiberplan.cost",
    "CostSplit": "fiberplan.cost",
    "Demand": "fiberplan.project.model",
    "Design": "fiberplan.design.network",
    "FiberplanError": "fiberplan.errors",
    "FundingPolicy": "fiberplan.project.settings",
    "InfeasibleError": "fiberplan.errors",
    "Operator": "fiberplan.project.model",
    "Park": "fiberplan.project.model",
    "Plan": "fiberplan.plan",
    "Project": "fiberplan.project.model",
    "ProjectError": "fiberplan.errors",
    "Routing": "fiberplan.routing",
    "RoutingOptions": "fiberplan.project.settings",
    "Settings": "fiberplan.project.settings",
    "build_graph": "fiberplan.graph",
    "design_network": "fiberplan.design.network",
    "plan_rollout": "fiberplan.plan",
    "project_from_osm": "fiberplan.inputs.osm",
    "write_project": "fiberplan.inputs.writing",
    "price_design": "fiberplan.cost",
    "read_project": "fiberplan.inputs",
    "solve_routes": "fiberplan.routing",
    "split_costs": "fiberplan.cost",
}

__all__ = [
    "BackboneNode",
    "CandidateGraph",
    "Catalogue",
    "CoalitionOptions",
    "Corridor",
    "CostLedger",
    "CostSplit",
    "Demand",
    "Design",
    "FiberplanError",
    "FundingPolicy",
    "InfeasibleError",
    "Operator",
    "Park",
    "Plan",
    "Project",
    "ProjectError",
    "Routing",
    "RoutingOptions",
    "Settings",
    "build_graph",
    "datasets",
    "design_network",
    "plan_rollout",
    "price_design",
    "project_from_osm",
    "read_project",
    "solve_routes",
    "split_costs",
    "write_project",
]


def __getattr__(name: str) -> object:
    if name == "datasets":
        return import_module("fiberplan.datasets")
    if name in _HOME:
        value = getattr(import_module(_HOME[name]), name)
        globals()[name] = value
        return value
    raise AttributeError(f"module 'fiberplan' has no attribute {name!r}")


def __dir__() -> list[str]:
    return sorted([*globals(), *__all__])
