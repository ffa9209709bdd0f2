"""Each account in equal parts among its users."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

from fiberplan.sharing.rules.rule import AccountRule

if TYPE_CHECKING:
    from collections.abc import Mapping

    from fiberplan.money import Rational
    from fiberplan.sharing.accounts.account import Account


@dataclass(frozen=True, slots=True)
class SegmentUse(AccountRule):
    """Each account in equal parts among those who use it.

    On a fixed network this is the Shapley value of the game in which a group of operators pays for every segment
    that one of them uses: each segment is then a game of its own, in which its users are alike (Shapley 1953;
    Littlechild and Owen 1973 for the airport game, which is the case of a line).
    """

    name: ClassVar[str] = "segment-use"
    place: ClassVar[int] = 10
    name_on_games: ClassVar[str] = "shapley-by-segment"

    def weights(self, account: Account) -> Mapping[str, Rational]:
        """Weigh every user alike."""
        return dict.fromkeys(account.by_operator, 1)
