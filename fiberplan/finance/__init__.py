"""Money over the years: cash flows, loans, public instruments, business cases, late joiners; it knows no map.

Names are handed on when they are first used.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from fiberplan.finance.checks import check_financing
    from fiberplan.finance.flows import CashFlow
    from fiberplan.finance.joining import Purchase, SharesOverTime, share_over_time
    from fiberplan.finance.loans import DebtSchedule, repay_loan
    from fiberplan.finance.planning import plan_financing
    from fiberplan.finance.returns import internal_rates
    from fiberplan.finance.statement import FinancingPlan
    from fiberplan.finance.viability import smallest_grant

_HOME = {
    "CashFlow": "flows",
    "DebtSchedule": "loans",
    "FinancingPlan": "statement",
    "Purchase": "joining",
    "SharesOverTime": "joining",
    "check_financing": "checks",
    "internal_rates": "returns",
    "plan_financing": "planning",
    "repay_loan": "loans",
    "share_over_time": "joining",
    "smallest_grant": "viability",
}

__all__ = [
    "CashFlow",
    "DebtSchedule",
    "FinancingPlan",
    "Purchase",
    "SharesOverTime",
    "check_financing",
    "internal_rates",
    "plan_financing",
    "repay_loan",
    "share_over_time",
    "smallest_grant",
]


def __getattr__(name: str) -> object:
    if name in _HOME:
        value = getattr(import_module(f"fiberplan.finance.{_HOME[name]}"), name)
        globals()[name] = value
        return value
    raise AttributeError(f"module 'fiberplan.finance' has no attribute {name!r}")


def __dir__() -> list[str]:
    return sorted([*globals(), *__all__])
