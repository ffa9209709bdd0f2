"""A smallest subsidy as plain JSON values, and back, so that it can be checked from saved data alone."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import fields
from fractions import Fraction
from typing import TYPE_CHECKING, Any, Final

from fiberplan.errors import SharingError
from fiberplan.sharing.games.players import player_order
from fiberplan.sharing.subsidy.money import SubsidyInMoney
from fiberplan.sharing.subsidy.result import Binding, MinimalSubsidy, SubsidySolution
from fiberplan.sharing.subsidy.rules import Pool, RuleKind, SubsidyRules

if TYPE_CHECKING:
    from fiberplan.money import Rational
    from fiberplan.sharing.certificates.saved import Json

_WHOLE: Final = ("most_recipients", "smallest_grant")


def subsidy_to_json(found: MinimalSubsidy) -> Json:
    """Write a smallest subsidy with its rules and its proof."""
    money = found.money
    return {
        "total": str(found.total),
        "rules": _rules_to_json(found.rules),
        "found": _solution_to_json(found.found),
        "is_proven": found.is_proven,
        "safe": None if found.safe is None or found.is_proven else _solution_to_json(found.safe),
        "rule_costs": {kind.value: str(cost) for kind, cost in found.rule_costs.items()},
        "money": None
        if money is None
        else {
            "public": money.public,
            "bound": money.bound,
            "payments": [[player, amount] for player, amount in money.payments.items()],
            "grants": [[pool, player, amount] for (pool, player), amount in money.grants.items()],
        },
    }


def subsidy_from_json(saved: Mapping[str, Any]) -> MinimalSubsidy:
    """Read a smallest subsidy back; `verify_subsidy` says whether it is true.

    Raises
    ------
    SharingError
        It is none.
    """
    try:
        found = _solution_from_json(saved["found"])
        safe = None if saved["safe"] is None else _solution_from_json(saved["safe"])
        money = saved["money"]
        return MinimalSubsidy(
            total=Fraction(saved["total"]),
            rules=_rules_from_json(saved["rules"]),
            found=found,
            safe=found if saved["is_proven"] else safe,
            rule_costs={RuleKind(kind): Fraction(cost) for kind, cost in saved["rule_costs"].items()},
            money=None
            if money is None
            else SubsidyInMoney(
                int(money["public"]),
                int(money["bound"]),
                {player: int(amount) for player, amount in money["payments"]},
                {(pool, player): int(amount) for pool, player, amount in money["grants"]},
            ),
        )
    except (AttributeError, KeyError, TypeError, ValueError, ZeroDivisionError) as error:
        raise SharingError(f"the saved subsidy cannot be read: {error!r}") from error


def _solution_to_json(found: SubsidySolution) -> Json:
    return {
        "public": str(found.public),
        "payments": [[player, str(amount)] for player, amount in found.payments.items()],
        "grants": [[pool, player, str(amount)] for (pool, player), amount in found.grants.items()],
        "proof": [[b.kind.value, list(b.who), str(b.bound), str(b.price)] for b in found.proof],
    }


def _solution_from_json(saved: Mapping[str, Any]) -> SubsidySolution:
    return SubsidySolution(
        Fraction(saved["public"]),
        {player: Fraction(amount) for player, amount in saved["payments"]},
        {(pool, player): Fraction(amount) for pool, player, amount in saved["grants"]},
        tuple(
            Binding(RuleKind(kind), tuple(who), Fraction(bound), Fraction(price))
            for kind, who, bound, price in saved["proof"]
        ),
    )


def _rules_to_json(rules: SubsidyRules) -> Json:
    saved: Json = {}
    for one in fields(rules):
        value = getattr(rules, one.name)
        if one.name == "pools":
            saved[one.name] = [
                {
                    "id": pool.id,
                    "cap": _number(pool.cap),
                    "operators": None if pool.operators is None else sorted(pool.operators, key=player_order),
                }
                for pool in value
            ]
        elif isinstance(value, Mapping):
            saved[one.name] = [[player, _number(limit)] for player, limit in value.items()]
        else:
            saved[one.name] = value if one.name in _WHOLE else _number(value)
    return saved


def _rules_from_json(saved: Mapping[str, Any]) -> SubsidyRules:
    read: Json = {}
    for name, value in saved.items():
        if name == "pools":
            read[name] = tuple(
                Pool(
                    id=pool["id"],
                    cap=_fraction(pool["cap"]),
                    operators=None if pool["operators"] is None else frozenset(pool["operators"]),
                )
                for pool in value
            )
        elif isinstance(value, list):
            read[name] = {player: _fraction(limit) for player, limit in value}
        else:
            read[name] = value if name in _WHOLE else _fraction(value)
    return SubsidyRules(**read)


def _number(value: Rational | None) -> str | None:
    return None if value is None else str(Fraction(value))


def _fraction(text: str | None) -> Fraction | None:
    return None if text is None else Fraction(text)
