"""Dividing costs: public money, sharing rules and checks on numbers alone; nothing here knows a map.

Names are handed on when they are first used: games need numpy and some rules OR-Tools, accounts need neither.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from fiberplan.sharing.amounts import in_money
    from fiberplan.sharing.certificates import SplitCertificate, certificate, verify_certificate
    from fiberplan.sharing.claims import ration
    from fiberplan.sharing.games import CostBounds, CostGame
    from fiberplan.sharing.kohlberg import is_nucleolus
    from fiberplan.sharing.networks import AirportGame, FixedNetworkGame, TreeGame
    from fiberplan.sharing.registry import compare_rules, rule
    from fiberplan.sharing.spanning_tree import SpanningTreeGame
    from fiberplan.sharing.stability import least_core

_HOME = {
    "AirportGame": "networks",
    "CostBounds": "games",
    "CostGame": "games",
    "FixedNetworkGame": "networks",
    "SpanningTreeGame": "spanning_tree",
    "SplitCertificate": "certificates",
    "TreeGame": "networks",
    "certificate": "certificates",
    "compare_rules": "registry",
    "in_money": "amounts",
    "is_nucleolus": "kohlberg",
    "least_core": "stability",
    "ration": "claims",
    "rule": "registry",
    "verify_certificate": "certificates",
}

__all__ = [
    "AirportGame",
    "CostBounds",
    "CostGame",
    "FixedNetworkGame",
    "SpanningTreeGame",
    "SplitCertificate",
    "TreeGame",
    "certificate",
    "compare_rules",
    "in_money",
    "is_nucleolus",
    "least_core",
    "ration",
    "rule",
    "verify_certificate",
]


def __getattr__(name: str) -> object:
    if name in _HOME:
        value = getattr(import_module(f"fiberplan.sharing.{_HOME[name]}"), name)
        globals()[name] = value
        return value
    raise AttributeError(f"module 'fiberplan.sharing' has no attribute {name!r}")


def __dir__() -> list[str]:
    return sorted([*globals(), *__all__])
