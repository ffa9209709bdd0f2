"""Sharing rules: how operators divide what public money leaves of an account (`docs/cost-split.md` §4).

A rule sees one account at a time and answers with weights. What only one operator uses is that operator's under
every rule (direct cost before joint cost); the rules differ on what several use.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from fractions import Fraction
from typing import TYPE_CHECKING, Protocol

from fiberplan.errors import SharingError
from fiberplan.project.settings import SharingRuleName

if TYPE_CHECKING:
    from fiberplan.money import Rational
    from fiberplan.sharing.accounts.account import Account


class SharingRule(Protocol):
    """Weights by which the operators divide an account that several of them use."""

    @property
    def name(self) -> SharingRuleName:
        """Name of the rule."""
        ...

    def weights(self, account: Account) -> Mapping[str, Rational]:
        """Weigh the operators for an account with two users or more."""
        ...


@dataclass(frozen=True, slots=True)
class SegmentUse:
    """Each account in equal parts among those who use it.

    On a fixed network this is the Shapley value of the game in which a group of operators pays for every segment
    that one of them uses: each segment is then a game of its own, in which its users are alike (Shapley 1953;
    Littlechild and Owen 1973 for the airport game, which is the case of a line).
    """

    name: SharingRuleName = SharingRuleName.SEGMENT_USE

    def weights(self, account: Account) -> Mapping[str, Rational]:
        """Weigh every user alike."""
        return dict.fromkeys(account.by_operator, 1)


@dataclass(frozen=True, slots=True)
class DemandShare:
    """Joint costs in proportion to total demand, whoever uses what.

    Proportional allocation to a measure of use (Young 1994, *Cost allocation*, Handbook of Game Theory vol. 2).

    Attributes
    ----------
    demand
        Busy-hour Mbit/s of each operator over all its parks.
    """

    demand: Mapping[str, Fraction]
    name: SharingRuleName = SharingRuleName.DEMAND

    def weights(self, account: Account) -> Mapping[str, Rational]:  # noqa: ARG002 - the same for every account
        """Weigh every operator by its total demand."""
        return self.demand


@dataclass(frozen=True, slots=True)
class EqualShare:
    """Joint costs in equal parts among all operators that have any demand.

    Attributes
    ----------
    operators
        Those who take part.
    """

    operators: tuple[str, ...]
    name: SharingRuleName = SharingRuleName.EQUAL

    def weights(self, account: Account) -> Mapping[str, Rational]:  # noqa: ARG002 - the same for every account
        """Weigh every operator alike."""
        return dict.fromkeys(self.operators, 1)


def make_rule(name: SharingRuleName, demand: Mapping[str, Fraction]) -> SharingRule:
    """Make the rule of a name.

    Parameters
    ----------
    name
        Which rule.
    demand
        Busy-hour Mbit/s of each operator that takes part, not zero.

    Raises
    ------
    SharingError
        It is a rule on games, which looks at no account.
    """
    match name:
        case SharingRuleName.SEGMENT_USE:
            return SegmentUse()
        case SharingRuleName.DEMAND:
            return DemandShare(demand)
        case SharingRuleName.EQUAL:
            return EqualShare(tuple(sorted(demand)))
    raise SharingError(f"'{name}' is a rule on cost games and divides no account by itself")
