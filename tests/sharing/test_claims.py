"""Rationing: the Talmud's examples, orders of arrival by brute force, and what every method must keep (§9)."""

from __future__ import annotations

from fractions import Fraction
from itertools import permutations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fiberplan.errors import SharingError
from fiberplan.sharing import ration
from fiberplan.sharing.rules.claims import METHODS

F = Fraction
WIVES = {"A": 100, "B": 200, "C": 300}
problems = st.lists(st.integers(0, 30), min_size=1, max_size=5).flatmap(
    lambda claims: st.tuples(st.integers(0, sum(claims)), st.just({f"p{i}": c for i, c in enumerate(claims)}))
)


@pytest.mark.parametrize(
    ("money", "method", "expected"),
    [
        (100, "talmud", (F(100, 3),) * 3),
        (200, "talmud", (50, 75, 75)),
        (300, "talmud", (50, 100, 150)),
        (500, "talmud", (F(200, 3), F(500, 3), F(800, 3))),
        (300, "cea", (100, 100, 100)),
        (400, "cea", (100, 150, 150)),
        (300, "cel", (0, 100, 200)),
        (500, "cel", (F(200, 3), F(500, 3), F(800, 3))),
        (300, "proportional", (50, 100, 150)),
        (200, "random-arrival", (F(100, 3), F(250, 3), F(250, 3))),
        (0, "random-arrival", (0, 0, 0)),
    ],
)
def test_three_widows(money: int, method: str, expected: tuple[Fraction, ...]) -> None:
    """Mishna Ketubot 10:4; Aumann and Maschler 1985; O'Neill 1982."""
    assert tuple(ration(money, WIVES, method=method).values()) == expected


@given(problems)
def test_random_arrival_is_the_average_over_orders(problem: tuple[int, dict[str, int]]) -> None:
    money, claims = problem
    sums = dict.fromkeys(claims, 0)
    orders = list(permutations(claims))
    for order in orders:
        left = money
        for player in order:
            got = min(left, claims[player])
            sums[player] += got
            left -= got
    assert ration(money, claims, method="random-arrival") == {p: F(s, len(orders)) for p, s in sums.items()}


@given(problems, st.sampled_from(sorted(METHODS)))
def test_what_every_method_keeps(problem: tuple[int, dict[str, int]], method: str) -> None:
    money, claims = problem
    shares = ration(money, claims, method=method)
    assert sum(shares.values()) == money
    assert all(0 <= shares[player] <= claims[player] for player in claims)
    for one in claims:
        for other in claims:
            if claims[one] <= claims[other]:  # who claims more gets and loses no less
                assert shares[one] <= shares[other]
                assert claims[one] - shares[one] <= claims[other] - shares[other]
    turned = ration(2 * money, {p: 2 * claims[p] for p in reversed(claims)}, method=method)
    assert turned == {player: 2 * share for player, share in shares.items()}


@given(problems)
def test_the_talmud_and_random_arrival_are_their_own_duals(problem: tuple[int, dict[str, int]]) -> None:
    """Awards of a sum are losses of what it lacks (Aumann and Maschler 1985)."""
    money, claims = problem
    missing = sum(claims.values()) - money
    for method, dual in [("talmud", "talmud"), ("random-arrival", "random-arrival"), ("cea", "cel")]:
        lost = ration(missing, claims, method=dual)
        assert ration(money, claims, method=method) == {p: claims[p] - lost[p] for p in claims}


@pytest.mark.parametrize(
    ("money", "claims", "method", "message"),
    [
        (700, WIVES, "talmud", "700 is more than all claims together, 600"),
        (-1, WIVES, "cea", "the sum to be rationed is negative"),
        (1, {"A": -1, "B": 5}, "cea", "the claim of A is negative"),
        (1.5, WIVES, "cea", "expected an int"),
        (1, WIVES, "talmut", "no rationing method 'talmut'; did you mean 'talmud'"),
    ],
)
def test_what_cannot_be_rationed(money: int, claims: dict[str, int], method: str, message: str) -> None:
    with pytest.raises(SharingError, match=message):
        ration(money, claims, method=method)


def test_too_many_different_claims_for_random_arrival(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("fiberplan.sharing.rules.claims.MAX_STATES", 10)
    with pytest.raises(SharingError, match="too many for random arrival"):
        ration(100, {i: 2**i for i in range(10)}, method="random-arrival")
