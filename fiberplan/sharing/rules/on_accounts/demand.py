"""Joint costs by demand."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from fractions import Fraction
from typing import TYPE_CHECKING, ClassVar, Self

from fiberplan.sharing.rules.rule import AccountRule

if TYPE_CHECKING:
    from fiberplan.money import Rational
    from fiberplan.sharing.accounts.account import Account


@dataclass(frozen=True, slots=True)
class DemandShare(AccountRule):
    """Joint costs in proportion to total demand, whoever uses what.

    Proportional allocation to a measure of use (Young 1994, *Cost allocation*, Handbook of Game Theory vol. 2).

    Attributes
    ----------
    demand
        Busy-hour Mbit/s of each operator over all its parks.
    """

    demand: Mapping[str, Fraction]
    name: ClassVar[str] = "demand"
    place: ClassVar[int] = 20

    @classmethod
    def for_demand(cls, demand: Mapping[str, Fraction]) -> Self:
        """Make the rule for operators with their busy-hour Mbit/s over all their parks."""
        return cls(demand)

    def weights(self, account: Account) -> Mapping[str, Rational]:  # noqa: ARG002 - the same for every account
        """Weigh every operator by its total demand."""
        return self.demand
