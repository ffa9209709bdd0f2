"""Random accounts to divide, and small ones made by hand."""

from __future__ import annotations

import math
from collections import Counter, defaultdict
from fractions import Fraction
from itertools import permutations
from typing import TYPE_CHECKING

from hypothesis import strategies as st

from fiberplan.project.settings import AssetClass, FundingPolicy
from fiberplan.sharing.accounts.account import Account

if TYPE_CHECKING:
    from collections.abc import Iterable

OPERATORS = ("op-a", "op-b", "op-c", "op-d", "op-e")
PARKS = ("p", "q", "r")


def account(
    key: int,
    amount: int,
    uses: Iterable[tuple[str | None, str, int]],
    asset_class: AssetClass = AssetClass.BACKHAUL,
) -> Account:
    """Make an account from who uses it: operator, park and weight, each pair once."""
    by_park: Counter[str] = Counter()
    by_operator: Counter[str] = Counter()
    parks_of: defaultdict[str, dict[str, int]] = defaultdict(dict)
    for operator, park, weight in uses:
        by_park[park] += weight
        if operator is not None:
            by_operator[operator] += weight
            parks_of[operator][park] = weight
    return Account(key, asset_class, amount, dict(by_park), dict(by_operator), dict(parks_of))


use = st.tuples(st.sampled_from([None, *OPERATORS]), st.sampled_from(PARKS), st.integers(1, 9))
uses = st.lists(use, min_size=1, max_size=6, unique_by=lambda claim: claim[:2])
amount = st.one_of(st.integers(0, 5), st.integers(0, 10**13))


@st.composite
def account_lists(draw: st.DrawFn, *, most: int = 6) -> list[Account]:
    count = draw(st.integers(1, most))
    return [account(key, draw(amount), draw(uses), draw(st.sampled_from(AssetClass))) for key in range(count)]


share = st.decimals(0, 1, places=3)
cap = st.none() | st.decimals(0, 10**11, places=2)


@st.composite
def policies(draw: st.DrawFn) -> FundingPolicy:
    return FundingPolicy(
        public_share=draw(st.dictionaries(st.sampled_from(AssetClass), share)),
        cap_per_park=draw(cap),
        cap_per_unit=draw(cap),
        cap_total=draw(cap),
    )


unit_counts = st.fixed_dictionaries({park: st.integers(0, 500) for park in PARKS})


def shapley(accounts: list[Account], operators: tuple[str, ...]) -> dict[str, Fraction]:
    """Average what each operator adds to the cost of the accounts in use, over all orders of arrival (Shapley 1953)."""
    value = dict.fromkeys(operators, Fraction(0))
    for order in permutations(operators):
        present: set[str] = set()
        for operator in order:
            present.add(operator)
            new = [
                one
                for one in accounts
                if operator in one.by_operator and present & set(one.by_operator) == {operator}
            ]
            value[operator] += sum(one.amount for one in new)
    return {operator: total / math.factorial(len(operators)) for operator, total in value.items()}
