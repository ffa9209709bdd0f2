"""What a sharing rule is: a class with a name, parameters and words, in a module named as the rule.

A rule on accounts weighs the users of each account (`docs/cost-split.md` §4); a rule on games shares what all operators
cost together by what their groups would cost (§11.6). Parameters are the fields of the class. `registry` finds the rules.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping
from typing import TYPE_CHECKING, ClassVar, Self

if TYPE_CHECKING:
    from fractions import Fraction

    from fiberplan.money import Rational
    from fiberplan.sharing.accounts.account import Account
    from fiberplan.sharing.games.game import CostGame
    from fiberplan.sharing.games.players import Player

Texts = Mapping[str, Mapping[str, str]]
"""By language code, then by key: ``name``, which tables show, and ``text``, which explains the rule in reports."""


class SharingRule(ABC):
    """A rule by which operators divide what public money leaves.

    Attributes
    ----------
    name
        In `project.toml`, on the command line and in saved plans: small letters and hyphens.
    place
        Where tables of rules show it, small numbers first.
    words
        Texts that the wording catalogues lack: those of a rule that does not come with fiberplan.
    is_on_game
        Whether it shares a cost game, rather than each account among its users.
    needs_weights
        Whether a plan can be split by it only with `weights` of its operators.
    name_on_games
        Of a rule on accounts: the rule on games that does the same there, if there is one.
    """

    name: ClassVar[str]
    place: ClassVar[int] = 1000
    words: ClassVar[Texts] = {}
    is_on_game: ClassVar[bool]
    needs_weights: ClassVar[bool] = False
    name_on_games: ClassVar[str] = ""


class AccountRule(SharingRule):
    """A rule that sees one account at a time; what only one operator uses is that operator's under every such rule."""

    is_on_game: ClassVar[bool] = False

    @classmethod
    def for_demand(cls, demand: Mapping[str, Fraction]) -> Self:  # noqa: ARG003 - most rules need none
        """Make the rule for operators with their busy-hour Mbit/s over all their parks."""
        return cls()

    @abstractmethod
    def weights(self, account: Account) -> Mapping[str, Rational]:
        """Weigh the operators for an account with two users or more."""


class GameRule(SharingRule):
    """A rule that shares the cost of a game's grand coalition."""

    is_on_game: ClassVar[bool] = True

    @abstractmethod
    def __call__(self, game: CostGame) -> dict[Player, Fraction]:
        """Give every player its share, exact."""
