"""Dividing costs: public money, sharing rules and checks on numbers alone; nothing here knows a map.

Names are handed on when they are first used: games need numpy and some rules OR-Tools, accounts need neither.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from fiberplan.sharing.amounts import in_money
    from fiberplan.sharing.auction import Award, run_auction
    from fiberplan.sharing.auction_checks import verify_award
    from fiberplan.sharing.auction_rules import AuctionRules
    from fiberplan.sharing.auction_saved import award_from_json, award_to_json
    from fiberplan.sharing.certificates import SplitCertificate, certificate, verify_certificate
    from fiberplan.sharing.claims import ration
    from fiberplan.sharing.games import CostBounds, CostGame
    from fiberplan.sharing.kohlberg import is_nucleolus
    from fiberplan.sharing.networks import AirportGame, FixedNetworkGame, TreeGame
    from fiberplan.sharing.registry import compare_rules, rule
    from fiberplan.sharing.spanning_tree import SpanningTreeGame
    from fiberplan.sharing.stability import least_core
    from fiberplan.sharing.subsidy import cost_of_stability, minimal_subsidy
    from fiberplan.sharing.subsidy_checks import verify_stability, verify_subsidy
    from fiberplan.sharing.subsidy_result import CostOfStability, MinimalSubsidy
    from fiberplan.sharing.subsidy_rules import Pool, SubsidyRules
    from fiberplan.sharing.subsidy_saved import subsidy_from_json, subsidy_to_json

_HOME = {
    "AirportGame": "networks",
    "AuctionRules": "auction_rules",
    "Award": "auction",
    "CostBounds": "games",
    "CostGame": "games",
    "CostOfStability": "subsidy_result",
    "FixedNetworkGame": "networks",
    "MinimalSubsidy": "subsidy_result",
    "Pool": "subsidy_rules",
    "SpanningTreeGame": "spanning_tree",
    "SplitCertificate": "certificates",
    "SubsidyRules": "subsidy_rules",
    "TreeGame": "networks",
    "award_from_json": "auction_saved",
    "award_to_json": "auction_saved",
    "certificate": "certificates",
    "compare_rules": "registry",
    "cost_of_stability": "subsidy",
    "in_money": "amounts",
    "is_nucleolus": "kohlberg",
    "least_core": "stability",
    "minimal_subsidy": "subsidy",
    "ration": "claims",
    "rule": "registry",
    "run_auction": "auction",
    "subsidy_from_json": "subsidy_saved",
    "subsidy_to_json": "subsidy_saved",
    "verify_award": "auction_checks",
    "verify_certificate": "certificates",
    "verify_stability": "subsidy_checks",
    "verify_subsidy": "subsidy_checks",
}

__all__ = [
    "AirportGame",
    "AuctionRules",
    "Award",
    "CostBounds",
    "CostGame",
    "CostOfStability",
    "FixedNetworkGame",
    "MinimalSubsidy",
    "Pool",
    "SpanningTreeGame",
    "SplitCertificate",
    "SubsidyRules",
    "TreeGame",
    "award_from_json",
    "award_to_json",
    "certificate",
    "compare_rules",
    "cost_of_stability",
    "in_money",
    "is_nucleolus",
    "least_core",
    "minimal_subsidy",
    "ration",
    "rule",
    "run_auction",
    "subsidy_from_json",
    "subsidy_to_json",
    "verify_award",
    "verify_certificate",
    "verify_stability",
    "verify_subsidy",
]


def __getattr__(name: str) -> object:
    if name in _HOME:
        value = getattr(import_module(f"fiberplan.sharing.{_HOME[name]}"), name)
        globals()[name] = value
        return value
    raise AttributeError(f"module 'fiberplan.sharing' has no attribute {name!r}")


def __dir__() -> list[str]:
    return sorted([*globals(), *__all__])
