"""What a rule on accounts answers: weights (`docs/cost-split.md` §4)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from collections.abc import Mapping

    from fiberplan.money import Rational
    from fiberplan.sharing.accounts.account import Account


class Weighing(Protocol):
    """Weights by which the operators divide an account that several of them use."""

    def weights(self, account: Account) -> Mapping[str, Rational]:
        """Weigh the operators for an account with two users or more."""
        ...
