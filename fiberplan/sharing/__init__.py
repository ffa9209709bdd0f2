"""Dividing costs: public money, sharing rules and checks on numbers alone; nothing here knows a map.

Names are handed on when they are first used: games need numpy and some rules OR-Tools, accounts need neither.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from fiberplan.sharing.auction.award import Award, run_auction
    from fiberplan.sharing.auction.checks import verify_award
    from fiberplan.sharing.auction.rules import AuctionRules
    from fiberplan.sharing.auction.saved import award_from_json, award_to_json
    from fiberplan.sharing.certificates.certificate import SplitCertificate, certify_split, verify_certificate
    from fiberplan.sharing.certificates.stability import least_core
    from fiberplan.sharing.comparison import compare_rules, rule
    from fiberplan.sharing.games.game import CostBounds, CostGame
    from fiberplan.sharing.games.networks import AirportGame, FixedNetworkGame, TreeGame
    from fiberplan.sharing.rules.claims import ration
    from fiberplan.sharing.rules.kohlberg import is_nucleolus
    from fiberplan.sharing.rules.rounding import in_money
    from fiberplan.sharing.rules.spanning_tree import SpanningTreeGame
    from fiberplan.sharing.subsidy.checks import verify_stability, verify_subsidy
    from fiberplan.sharing.subsidy.result import CostOfStability, MinimalSubsidy
    from fiberplan.sharing.subsidy.rules import Pool, SubsidyRules
    from fiberplan.sharing.subsidy.saved import subsidy_from_json, subsidy_to_json
    from fiberplan.sharing.subsidy.solve import cost_of_stability, minimal_subsidy

_HOME = {
    "AirportGame": "games.networks",
    "AuctionRules": "auction.rules",
    "Award": "auction.award",
    "CostBounds": "games.game",
    "CostGame": "games.game",
    "CostOfStability": "subsidy.result",
    "FixedNetworkGame": "games.networks",
    "MinimalSubsidy": "subsidy.result",
    "Pool": "subsidy.rules",
    "SpanningTreeGame": "rules.spanning_tree",
    "SplitCertificate": "certificates.certificate",
    "SubsidyRules": "subsidy.rules",
    "TreeGame": "games.networks",
    "award_from_json": "auction.saved",
    "award_to_json": "auction.saved",
    "certify_split": "certificates.certificate",
    "compare_rules": "comparison",
    "cost_of_stability": "subsidy.solve",
    "in_money": "rules.rounding",
    "is_nucleolus": "rules.kohlberg",
    "least_core": "certificates.stability",
    "minimal_subsidy": "subsidy.solve",
    "ration": "rules.claims",
    "rule": "comparison",
    "run_auction": "auction.award",
    "subsidy_from_json": "subsidy.saved",
    "subsidy_to_json": "subsidy.saved",
    "verify_award": "auction.checks",
    "verify_certificate": "certificates.certificate",
    "verify_stability": "subsidy.checks",
    "verify_subsidy": "subsidy.checks",
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
    "certify_split",
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
