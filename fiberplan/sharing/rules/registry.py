"""All sharing rules by name: those of fiberplan, found by their files, and those that a program registers.

Names are known without loading a rule; a rule loads when it is asked for.
"""

from __future__ import annotations

from functools import lru_cache
from importlib import import_module
from pkgutil import iter_modules
from typing import Final, TypeVar

from fiberplan.errors import SharingError
from fiberplan.sharing.nearest import nearest_name
from fiberplan.sharing.rules import on_accounts, on_games, on_networks
from fiberplan.sharing.rules.rule import AccountRule, GameRule, SharingRule

Kind = TypeVar("Kind", bound=type[SharingRule])

FOR_PLANS: Final = (on_accounts, on_games)
"""Packages of rules that any plan can be split by; those in `on_networks` need a game of one form."""

_registered: dict[str, type[SharingRule]] = {}


@lru_cache(maxsize=1)
def _modules() -> dict[str, str]:
    """Name the module of each rule of fiberplan."""
    return {
        module.name.replace("_", "-"): f"{package.__name__}.{module.name}"
        for package in (*FOR_PLANS, on_networks)
        for module in iter_modules(package.__path__)
    }


def rule_names(*, for_plans: bool = False) -> tuple[str, ...]:
    """Name all rules, in the order of the alphabet; nothing loads.

    Parameters
    ----------
    for_plans
        Whether to leave out rules that need a game of one form.
    """
    folders = tuple(f"{package.__name__}." for package in FOR_PLANS)
    known = [name for name, module in _modules().items() if not for_plans or module.startswith(folders)]
    return tuple(sorted({*known, *_registered}))


def find_rule(name: str) -> type[SharingRule]:
    """Find the class of a rule.

    Parameters
    ----------
    name
        Its name.

    Raises
    ------
    SharingError
        There is no such rule; the message has the nearest name.
    """
    if name in _registered:
        return _registered[name]
    if name not in _modules():
        raise SharingError(f"there is no sharing rule {name!r}{nearest_name(name, rule_names())}")
    values = vars(import_module(_modules()[name])).values()
    return next(
        value
        for value in values
        if isinstance(value, type) and issubclass(value, SharingRule) and getattr(value, "name", "") == name
    )


def find_account_rule(name: str) -> type[AccountRule]:
    """Find the class of a rule on accounts.

    Parameters
    ----------
    name
        Its name.

    Raises
    ------
    SharingError
        There is no such rule, or it is one on games.
    """
    kind = find_rule(name)
    if not issubclass(kind, AccountRule):
        raise SharingError(f"'{name}' is a rule on cost games and divides no account by itself")
    return kind


def find_game_rule(name: str) -> type[GameRule]:
    """Find the class of a rule on games.

    Parameters
    ----------
    name
        Its name.

    Raises
    ------
    SharingError
        There is no such rule, or it is one on accounts.
    """
    kind = find_rule(name)
    if not issubclass(kind, GameRule):
        hint = f"; on games that is '{kind.name_on_games}'" if kind.name_on_games else ""
        raise SharingError(f"'{name}' divides accounts and shares no cost game{hint}")
    return kind


def rules_for_plans() -> tuple[type[SharingRule], ...]:
    """Load the rules that any plan can be split by, in the order in which tables show them."""
    kinds = [find_rule(name) for name in rule_names(for_plans=True)]
    return tuple(sorted(kinds, key=lambda kind: (kind.place, kind.name)))


def game_rules() -> tuple[type[GameRule], ...]:
    """Load all rules on games, in the order in which tables show them."""
    kinds = [kind for name in rule_names() if issubclass(kind := find_rule(name), GameRule)]
    return tuple(sorted(kinds, key=lambda kind: (kind.place, kind.name)))


def register_rule(kind: Kind) -> Kind:
    """Make a rule of your own known by its name; a decorator of its class.

    Parameters
    ----------
    kind
        An `AccountRule` or a `GameRule` with a `name` and, for reports, `words`.

    Raises
    ------
    SharingError
        It has no name, or a rule of fiberplan has it.
    """
    name = getattr(kind, "name", "")
    if not name or name in _modules():
        raise SharingError(f"a rule needs a name of its own, and this one has {name!r}")
    _registered[name] = kind
    return kind


def forget_rule(name: str) -> None:
    """Undo `register_rule`; nothing happens if no rule of that name was registered."""
    _registered.pop(name, None)
