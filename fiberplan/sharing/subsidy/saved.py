"""A smallest subsidy as plain JSON values, and back, so that it can be checked from saved data alone."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from fractions import Fraction
from typing import Annotated, Final

from pydantic import TypeAdapter

from fiberplan.sharing.saved_types import Json, complete, read_saved
from fiberplan.sharing.subsidy.money import SubsidyInMoney
from fiberplan.sharing.subsidy.result import MinimalSubsidy, SubsidySolution
from fiberplan.sharing.subsidy.rules import RuleKind, SubsidyRules


@dataclass(frozen=True, slots=True, kw_only=True)
class _SavedSubsidy:
    """A smallest subsidy as it is saved; what is the same twice is saved once."""

    total: Fraction
    rules: Annotated[SubsidyRules, complete(SubsidyRules)]
    found: SubsidySolution
    is_proven: bool
    safe: SubsidySolution | None
    rule_costs: Mapping[RuleKind, Fraction]
    money: SubsidyInMoney | None


_ADAPTER: Final = TypeAdapter(_SavedSubsidy)


def subsidy_to_json(subsidy: MinimalSubsidy) -> Json:
    """Write a smallest subsidy with its rules and its proof."""
    saved = _SavedSubsidy(
        total=subsidy.total,
        rules=subsidy.rules,
        found=subsidy.solution,
        is_proven=subsidy.is_proven,
        safe=None if subsidy.is_proven else subsidy.safe,
        rule_costs=subsidy.rule_costs,
        money=subsidy.money,
    )
    written: Json = _ADAPTER.dump_python(saved, mode="json")
    return written


def subsidy_from_json(saved: Mapping[str, object]) -> MinimalSubsidy:
    """Read a smallest subsidy back; `verify_subsidy` says whether it is true.

    Raises
    ------
    SharingError
        It is none.
    """
    read = read_saved(_ADAPTER, saved, "subsidy")
    return MinimalSubsidy(
        total=read.total,
        rules=read.rules,
        solution=read.found,
        safe=read.found if read.is_proven else read.safe,
        rule_costs=read.rule_costs,
        money=read.money,
    )
