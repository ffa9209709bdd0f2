"""The state's rules for the smallest subsidy, as `[subsidy]` of `project.toml` (`docs/cost-split.md` §13.2).

Amounts are major units of the project's currency, present value; shares are decimals, 0.5 for half.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Annotated

from pydantic import ConfigDict, Field
from pydantic.dataclasses import dataclass

from fiberplan.project.contradictions import Contradiction
from fiberplan.project.terms import NonNegative, Share, TermsName

_STRICT = ConfigDict(extra="forbid")


@dataclass(frozen=True, kw_only=True, config=_STRICT)
class PoolTerms:
    """Public money set aside for something: an asset class, a region.

    Attributes
    ----------
    cap
        The most it holds; no limit if not given.
    operators
        Who may get money from it; all if empty.
    """

    cap: NonNegative | None = None
    operators: tuple[TermsName, ...] = ()


@dataclass(frozen=True, kw_only=True, config=_STRICT)
class SubsidyTerms:
    """The state's rules for the smallest subsidy.

    Attributes
    ----------
    ability
        By operator: the most that it can pay; in place of what its business case can carry.
    use_business_cases
        Whether operators with a business case pay no more than that can carry (§12.24).
    cap_per_operator, cap_total
        Most public money for each operator, and in all.
    largest_subsidy_share, largest_network_share
        Most of all public money that one operator may get, and of the network's cost that it may carry.
    least_share_of_stand_alone, least_share_of_total
        Least that each operator pays, as a share of its stand-alone cost, or of the cost of the network.
    least_public_share
        Least public share of what each operator carries.
    most_recipients
        Most operators that get public money.
    smallest_grant
        A grant is nothing or at least this much.
    pool
        Where public money comes from, by name; one without a limit if none is given.
    """

    ability: Mapping[TermsName, NonNegative] = Field(default_factory=dict)
    use_business_cases: bool = True
    cap_per_operator: NonNegative | None = None
    cap_total: NonNegative | None = None
    largest_subsidy_share: Share | None = None
    largest_network_share: Share | None = None
    least_share_of_stand_alone: Share | None = None
    least_share_of_total: Share | None = None
    least_public_share: Share | None = None
    most_recipients: Annotated[int, Field(ge=0)] | None = None
    smallest_grant: NonNegative | None = None
    pool: Mapping[TermsName, PoolTerms] = Field(default_factory=dict)


def unknown_operators(terms: SubsidyTerms, operators: Collection[str]) -> tuple[Contradiction, ...]:
    """List the unknown operators that the rules of the subsidy name.

    Parameters
    ----------
    terms
        The rules.
    operators
        Known ids.
    """
    faults = [
        Contradiction(f"subsidy.ability.{who}", "is for an unknown operator", who)
        for who in sorted(terms.ability.keys() - set(operators))
    ]
    for name, pool in sorted(terms.pool.items()):
        faults += [
            Contradiction(f"subsidy.pool.{name}.operators", "names an unknown operator", who)
            for who in sorted(set(pool.operators) - set(operators))
        ]
    return tuple(faults)
