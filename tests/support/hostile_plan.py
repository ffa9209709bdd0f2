"""Plans for the tests of reports: a small one with names that would do harm, in euro and cent."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from support.builders import backbone, corridor, demand, park, project

import fiberplan as fp
from fiberplan.project.catalogue import bundled_catalogue
from fiberplan.project.model import Operator
from fiberplan.project.settings import AssetClass, FundingPolicy, SharingOptions

if TYPE_CHECKING:
    from fiberplan.plan import Plan

NAMES = (
    '#panic() $x$ \\ *b* _i_ `c` <label> @ref // /* = + - [x] {y} "q" ~ ---',
    "ن\u202eevil\u202c \u2066x\u2067 \x00\x07\n\t end",
    "X" * 200,
    '=HYPERLINK("http://x","y")',
    "+1 @cmd 公園 Győr",
    "-<svg onload=alert(1)>",
)


def hostile_plan(rule: str = "segment-use", **policy: Any) -> Plan:  # noqa: ANN401 - handed on to the model
    """Six parks on one road between two backbone nodes, two operators, and one park that nobody asked for."""
    parks = [
        park(f"P{at}", 4000 * at, 900 * (at % 2), names={"": name}, tier=1 if at == 0 else 2)
        for at, name in enumerate(NAMES)
    ]
    road = corridor("C-1", (-2000, 0), *((4000 * at, 900 * (at % 2)) for at in range(6)), (22_000, 0))
    wanted = [demand("o1", f"P{at}", 4 + at) for at in range(5)]
    wanted += [demand("o2", f"P{at}", 3) for at in range(4)]
    plain = project(
        parks,
        [backbone("N1", -2000, 0, names={"": NAMES[0]}), backbone("N2", 22_000, 0)],
        [road],
        wanted,
        catalogue=bundled_catalogue().with_currency("EUR", Decimal("0.9")),
        currency="EUR",
        name={"en": NAMES[0], "fa": NAMES[1]},
        description={"en": NAMES[2]},
        credit={"en": NAMES[0]},
        sharing=SharingOptions(rule=rule),
        funding=FundingPolicy(public_share={AssetClass.BACKHAUL: Decimal("0.333")}, **policy),
    )
    operators = (Operator(id="o1", names={"": NAMES[0]}), Operator(id="o2", names={"": NAMES[2]}))
    return fp.plan_rollout(replace(plain, operators=operators))
