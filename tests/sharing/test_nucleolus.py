"""The nucleolus: against Kohlberg's criterion by a second solver, published figures, bankruptcy, trees."""

from __future__ import annotations

from fractions import Fraction
from itertools import pairwise
from typing import TYPE_CHECKING

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.optimize import linprog
from support.cost_games import EMPTY_CORE, SWEDEN, TENNESSEE, cost_games, networks, plain_game, trees

from fiberplan.errors import SharingError
from fiberplan.sharing import AirportGame, CostGame, FixedNetworkGame, TreeGame, is_nucleolus, ration, rule
from fiberplan.solvers.exact_lp import Program, Row, null_space, solve_square

if TYPE_CHECKING:
    from fiberplan.sharing.games.game import Shares

F = Fraction


def is_balanced(masks: list[int], hard: list[int], count: int) -> bool:
    """Look for positive weights of the masks, and others of the hard ones, that sum to the same for everybody."""
    columns = [[mask >> i & 1 for i in range(count)] for mask in [*masks, *hard]]
    free = len(masks)
    # variables: weights, the common sum, the least weight
    equal = np.column_stack([np.array(columns, dtype=float).T, -np.ones(count), np.zeros(count)])
    whole = np.array([[1.0] * free + [0.0] * len(hard) + [0.0, 0.0]])
    least = np.column_stack([-np.eye(free), np.zeros((free, len(hard) + 1)), np.ones(free)])
    goal = np.zeros(free + len(hard) + 2)
    goal[-1] = -1
    bounds = [(0, None)] * (free + len(hard)) + [(None, None), (None, 1)]
    result = linprog(
        goal,
        A_ub=least,
        b_ub=np.zeros(free),
        A_eq=np.vstack([equal, whole]),
        b_eq=np.array([0.0] * count + [1.0]),
        bounds=bounds,
    )
    return bool(result.status == 0 and -result.fun > 1e-9)


def kohlberg(game: CostGame, shares: Shares) -> bool:
    """Check every level for balance, exhaustively, with scipy's solver (Kohlberg 1971)."""
    gains: dict[Fraction, list[int]] = {}
    for mask in range(1, 2**game.size - 1):
        gain = game.at(mask) - sum(shares[player] for player in game.members(mask))
        gains.setdefault(gain, []).append(mask)
    alone = game.stand_alone()
    hard = []
    if sum(alone.values()) >= game.total:
        if any(shares[player] > alone[player] for player in game.players):
            return False
        hard = [1 << i for i, player in enumerate(game.players) if shares[player] == alone[player]]
    masks: list[int] = []
    for gain in sorted(gains):
        masks = masks + gains[gain]
        if not is_balanced(masks, hard, game.size):
            return False
    return sum(shares.values()) == game.total


@settings(deadline=None, max_examples=80)
@given(cost_games(4, least=2))
def test_kohlbergs_criterion_by_a_second_solver(game: CostGame) -> None:
    shares = rule("nucleolus")(game)
    assert kohlberg(game, shares)
    assert is_nucleolus(game, shares)


@settings(deadline=None, max_examples=60)
@given(cost_games(4, least=2), st.fractions(F(1, 40), 3, max_denominator=40))
def test_nothing_else_passes_kohlbergs_criterion(game: CostGame, moved: Fraction) -> None:
    shares = rule("nucleolus")(game)
    shares[game.players[0]] += moved
    shares[game.players[1]] -= moved
    assert not is_nucleolus(game, shares)
    assert not kohlberg(game, shares)
    shares[game.players[1]] += 2 * moved
    assert not is_nucleolus(game, shares)


@settings(deadline=None, max_examples=40)
@given(cost_games(5), st.sampled_from(["per-capita-nucleolus", "proportional-nucleolus"]))
def test_the_weighted_ones_pass_the_criterion_for_their_gains(game: CostGame, name: str) -> None:
    try:
        shares = rule(name)(game)
    except SharingError:
        assert name == "proportional-nucleolus"
        assert any(not cost.upper for cost in game.table().values())
        return
    assert is_nucleolus(game, shares, name=name)


@settings(deadline=None, max_examples=150)
@given(trees())
def test_trees_by_structure_and_by_enumeration(game: TreeGame) -> None:
    """§7: the same network with its structure forgotten."""
    assert rule("nucleolus")(game) == rule("nucleolus")(plain_game(game))


@settings(deadline=None, max_examples=30)
@given(networks())
def test_networks_that_are_no_trees(game: FixedNetworkGame) -> None:
    assert is_nucleolus(game, rule("nucleolus")(game))


@settings(deadline=None, max_examples=50)
@given(st.lists(st.integers(0, 60), min_size=1, max_size=60))
def test_airports_by_littlechilds_formula(costs: list[int]) -> None:
    """Littlechild 1974, *A simple expression for the nucleolus in a special case*, Int. J. Game Theory 3."""
    needs = dict(enumerate(sorted(costs)))
    expected: dict[int, Fraction] = {}
    taken = F(0)
    while len(expected) < len(needs):
        left = [player for player in needs if player not in expected]
        total = max(needs.values()) - taken
        pieces = [(total / len(left), len(left))]
        pieces += [((needs[p] - taken) / (k + 2), k + 1) for k, p in enumerate(left[:-1])]
        share, count = min(pieces)
        for player in left[:count]:
            expected[player] = share
            taken += share
    assert rule("nucleolus")(AirportGame.from_costs(needs)) == expected


@settings(deadline=None, max_examples=60)
@given(st.lists(st.integers(0, 40), min_size=1, max_size=5), st.data())
def test_bankruptcy_is_the_talmud(claims: list[int], data: st.DataObject) -> None:
    """Aumann and Maschler 1985. The game of losses: a group can take what the others' claims leave."""
    money = data.draw(st.integers(0, sum(claims)))
    wanted = {f"p{i}": claim for i, claim in enumerate(claims)}
    game = CostGame.from_function(wanted, lambda group: min(money, sum(wanted[p] for p in group)))
    assert rule("nucleolus")(game) == ration(money, wanted, method="talmud")
    assert rule("shapley")(game) == ration(money, wanted, method="random-arrival")


def test_the_working_paper_on_skane_stopped_at_the_first_program() -> None:
    """Young, Okada and Hashimoto 1979 print 18.60 and 19.21 for M and T: the least core, not yet the nucleolus."""
    exact = rule("nucleolus")(SWEDEN)
    assert is_nucleolus(SWEDEN, exact)
    assert exact["M"] + exact["T"] == pytest.approx(1860 + 1921, abs=1.01)
    assert not is_nucleolus(SWEDEN, {**exact, "M": F(1860), "T": exact["M"] + exact["T"] - 1860})


def test_an_empty_core() -> None:
    assert rule("nucleolus")(EMPTY_CORE) == dict.fromkeys((1, 2, 3), F(20, 3))


def test_nobody_pays_more_than_alone_where_that_can_be() -> None:
    """The prenucleolus would have C pay 8/3 and more than its 1; Schmeidler's nucleolus may not."""
    game = CostGame.from_array("ABC", [0, 6, 6, 2, 1, 1, 1, 9])
    shares = rule("nucleolus")(game)
    assert all(shares[player] <= alone for player, alone in game.stand_alone().items())
    assert kohlberg(game, shares)


def test_differences_below_the_solvers_tolerance_count() -> None:
    """A rial in a thousand million million decides who is unhappiest."""
    big = 10**15
    game = CostGame.from_array(
        "ABC", [0, big, big + 1, 2 * big - 3, big + 2, 2 * big - 1, 2 * big, 3 * big - 7]
    )
    shares = rule("nucleolus")(game)
    assert is_nucleolus(game, shares)
    assert kohlberg(
        CostGame.from_array("ABC", [0, 0, 1, 0, 2, 2, 3, 0]), {"A": F(-1), "B": F(0), "C": F(1)}
    ) in (True, False)


@pytest.mark.parametrize("count", [9, 13])
def test_larger_games_have_a_proof(count: int) -> None:
    generator = np.random.default_rng(count)
    costs = [
        0,
        *(int(10_000 * mask.bit_count() ** 0.7 + generator.integers(3_000)) for mask in range(1, 2**count)),
    ]
    game = CostGame.from_array(range(count), costs)
    shares = rule("nucleolus")(game)
    assert sum(shares.values()) == game.total
    assert is_nucleolus(game, shares)


def test_two_hundred_in_a_tree() -> None:
    game = TreeGame.from_edges({(i * 7 % i if i > 1 else 0, i): i * i % 101 for i in range(1, 201)})
    shares = rule("nucleolus")(game)
    assert sum(shares.values()) == game.total


def test_kohlbergs_criterion_wants_the_cost_covered_and_a_known_rule() -> None:
    shares = rule("nucleolus")(TENNESSEE)
    assert not is_nucleolus(TENNESSEE, {**shares, "power": shares["power"] + 1})
    with pytest.raises(SharingError, match="not for 'shapley'"):
        is_nucleolus(TENNESSEE, shares, name="shapley")


@given(st.lists(st.lists(st.integers(-9, 9), min_size=4, max_size=4), min_size=4, max_size=4))
def test_square_systems_are_solved_exactly(rows: list[list[int]]) -> None:
    result = solve_square(rows, [F(1, 3), F(2), F(-1), F(0)])
    free = null_space(rows, 4)
    assert (result is None) == bool(free)
    for vector in free:
        assert any(vector)
        assert all(sum(a * v for a, v in zip(row, vector, strict=True)) == 0 for row in rows)
    if result is not None:
        assert [sum(a * v for a, v in zip(row, result, strict=True)) for row in rows] == [F(1, 3), 2, -1, 0]


def test_programs_without_an_optimum_say_so() -> None:
    program = Program(2, [F(1), F(1)])
    program.add(Row((1, 0), F(3)))
    with pytest.raises(SharingError, match=r"no optimum|no bound"):
        program.solve()
    program.add(Row((0, 1), F(5)))
    assert program.solve().values[-1] == 5
    program.add(Row((1, 0), F(4), is_equal=True))
    with pytest.raises(SharingError, match="contradict"):
        program.solve()


def test_every_pair_of_an_additive_game_is_settled_at_once() -> None:
    game = CostGame.from_array(range(10), [mask.bit_count() * 3 for mask in range(2**10)])
    shares = rule("nucleolus")(game)
    assert all(a == b == 3 for a, b in pairwise(shares.values()))
    assert is_nucleolus(game, shares)
