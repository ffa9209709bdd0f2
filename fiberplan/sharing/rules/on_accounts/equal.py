"""Joint costs in equal parts."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar, Self

from fiberplan.sharing.rules.rule import AccountRule

if TYPE_CHECKING:
    from collections.abc import Mapping
    from fractions import Fraction

    from fiberplan.money import Rational
    from fiberplan.sharing.accounts.account import Account


@dataclass(frozen=True, slots=True)
class EqualShare(AccountRule):
    """Joint costs in equal parts among all operators that have any demand.

    Attributes
    ----------
    operators
        Those who take part.
    """

    operators: tuple[str, ...]
    name: ClassVar[str] = "equal"
    place: ClassVar[int] = 25
    name_on_games: ClassVar[str] = "equal-parts"

    @classmethod
    def for_demand(cls, demand: Mapping[str, Fraction]) -> Self:
        """Make the rule for operators with their busy-hour Mbit/s over all their parks."""
        return cls(tuple(sorted(demand)))

    def weights(self, account: Account) -> Mapping[str, Rational]:  # noqa: ARG002 - the same for every account
        """Weigh every operator alike."""
        return dict.fromkeys(self.operators, 1)
