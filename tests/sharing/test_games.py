"""Cost games: what makes one, what is wrong with a table, and networks as games (`docs/cost-split.md` §7)."""

from __future__ import annotations

import subprocess
import sys
from decimal import Decimal
from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given
from support.cost_games import AIRPORT, TRIANGLE, networks, plain_game, spanning_games, trees

from fiberplan.errors import FiberplanError, SharingError
from fiberplan.sharing import (
    AirportGame,
    CostBounds,
    CostGame,
    FixedNetworkGame,
    SpanningTreeGame,
    TreeGame,
    __all__,
    rule,
)
from fiberplan.sharing.games.networks import as_fixed_network


def test_a_table_is_a_game() -> None:
    game = CostGame.from_table({("B",): 11, frozenset("A"): Decimal("8.5"), ("B", "A"): Fraction(40, 3)})
    assert game.players == ("A", "B")
    assert game.cost(["A"]) == Fraction(17, 2)
    assert game.cost({"A", "B"}) == game.total == Fraction(40, 3)
    assert game.cost([]) == 0
    assert game.marginal() == {"A": Fraction(7, 3), "B": Fraction(29, 6)}
    assert game.array().values.tolist() == [0, 51, 66, 80]
    assert game.array().scale == 6


@pytest.mark.parametrize(
    ("table", "message"),
    [
        ({("A",): 8, ("A", "B"): 13}, r"1 coalition is missing from the table of costs: \{B\}"),
        (
            {("A", "B", "C"): 8},
            r"6 coalitions are missing .*: \{A\}, \{B\}, \{A, B\}, \{C\}, \{A, C\}, \.\.\.",
        ),
        ({("A",): -8}, r"the cost of \{A\} is negative: -8"),
        ({("A",): 8.0}, r"the cost of \{A\} is 8.0 \(float\); expected an int, a Fraction or a Decimal"),
        ({("A",): True}, "expected an int"),
        ({("A",): Decimal("NaN")}, "expected a finite number"),
        ({"AB": 8}, "'AB' is no coalition; expected a tuple or a frozenset"),
        ({("A", "A"): 8}, "has a player twice"),
        ({("A", "B"): 8, ("B", "A"): 9}, r"unbalanced: \{A, B\} costs 8 in one place and 9 in another"),
        ({(): 5, ("A",): 8}, "unbalanced: the empty coalition has a cost"),
        ({}, "at least one player"),
        ({(1.5,): 3}, "player 1.5 is neither a text nor a whole number"),
    ],
)
def test_a_table_that_is_no_game_says_why(table: dict[tuple[str, ...], int], message: str) -> None:
    with pytest.raises(SharingError, match=message):
        CostGame.from_table(table)


def test_all_faults_of_a_table_are_reported_at_once() -> None:
    with pytest.raises(SharingError) as messages:
        CostGame.from_table({("A", "B"): 8, ("B", "A"): 9, "C": 3, (): 1})
    assert str(messages.value).count("\n") == 3
    assert isinstance(messages.value, FiberplanError)
    assert isinstance(messages.value, ValueError)


def test_a_function_is_asked_once_for_each_coalition() -> None:
    requested: list[frozenset[str | int]] = []

    def cost(coalition: frozenset[str | int]) -> int:
        requested.append(coalition)
        return 10 * len(coalition)

    game = CostGame.from_function(["B", "A", "C"], cost, known={frozenset("A"): 10})
    assert game.players == ("A", "B", "C")
    for _ in range(2):
        rule("shapley")(game)
        rule("nucleolus")(game)
        game.cost("AB")
    assert len(requested) == len(set(requested)) == 6
    assert frozenset("A") not in requested
    assert game.remembered()[frozenset("AB")] == CostBounds(Fraction(20), Fraction(20))
    assert CostGame.from_table(game.remembered()).table() == game.table()


def test_an_array_is_in_the_order_of_masks() -> None:
    game = CostGame.from_array(["A", "B"], np.array([0, 8, 11, 13]))
    assert game.cost("A") == 8
    assert game.cost("B") == 11
    assert CostGame.from_array(["A"], [0, Fraction(1, 3)]).total == Fraction(1, 3)
    assert CostGame.from_array(["A"], [0, 10**30]).total == 10**30
    for costs, message in [
        ([0, 1, 2], "4 coalitions, and the array has 3"),
        ([0, 1, -2, 3], r"the cost of \{B\} is negative"),
        ([0, 1, 2.5, 3], r"the cost of \{B\} is 2.5"),
        ([1, 1, 2, 3], "the empty coalition has a cost"),
    ]:
        with pytest.raises(SharingError, match=message):
            CostGame.from_array(["A", "B"], costs)


def test_bounds_are_carried_through() -> None:
    game = CostGame.from_table({("A",): 8, ("B",): CostBounds(9, 11), ("A", "B"): 13})
    assert game.bounds_at(game.mask_of("B")) == (9, 11)
    assert game.cost("B") == 11
    assert not game.array().is_proven
    with pytest.raises(SharingError, match="below its own lower bound 9"):
        CostGame.from_table({("A",): CostBounds(9, 8)})


def test_a_consortium_acts_as_one() -> None:
    game = AIRPORT.grouped({"AB": ["A", "B"]})
    assert game.players == ("AB", "C", "D")
    assert game.cost(["AB"]) == 11
    assert game.cost(["AB", "D"]) == 18
    with pytest.raises(SharingError, match="shares a member"):
        AIRPORT.grouped({"x": "AB", "y": "BC"})
    with pytest.raises(SharingError, match="name of a group and of a player"):
        AIRPORT.grouped({"C": "AB"})


def test_strangers_and_too_many_players_are_refused() -> None:
    with pytest.raises(SharingError, match="'Z' is not a player"):
        AIRPORT.cost("Z")
    many = CostGame.from_function(range(40), len)
    with pytest.raises(SharingError, match="40 players are too many"):
        rule("nucleolus")(many)
    with pytest.raises(SharingError, match="listed twice"):
        CostGame.from_function(["A", "A"], len)


@given(networks())
def test_the_array_of_a_network_is_its_sums(game: FixedNetworkGame) -> None:
    costs = game.array()
    for mask in range(2**game.size):
        members = game.members(mask)
        expected = sum(cost for users, cost in game.segments.items() if not users.isdisjoint(members))
        assert costs.values[mask] == expected * costs.scale == game.cost(members) * costs.scale
    again = as_fixed_network(plain_game(game))
    assert again.segments == game.segments


@given(spanning_games())
def test_the_array_of_spanning_trees_is_kruskals(game: SpanningTreeGame) -> None:
    costs = game.array()
    fresh = SpanningTreeGame(game.players, 0, {frozenset((a, b)): cost for a, b, cost in game.edges})
    for mask in range(2**game.size):
        assert costs.values[mask] == fresh.cost(game.members(mask)) * costs.scale


@given(trees())
def test_trees_are_nested(game: TreeGame) -> None:
    groups = game.nested_groups()
    assert groups is not None
    assert all(a <= b or b <= a or not a & b for a in groups for b in groups)


def test_a_tree_is_its_ways_to_the_root() -> None:
    game = TreeGame.from_edges(
        {(0, "a"): 5, ("b", "a"): 3, ("a", "c"): 2}, homes={"x": "b", "y": "c", "z": 0}
    )
    assert game.cost("x") == 8
    assert game.cost("xy") == 10
    assert game.cost("z") == 0
    for edges in ({(1, 2): 3}, {(0, 1): 1, (1, 2): 1, (2, 0): 1}, {(0, 1): 1, (2, 3): 1}):
        with pytest.raises(SharingError, match="no tree that holds the source"):
            TreeGame.from_edges(edges)
    with pytest.raises(SharingError, match="lives at 7"):
        TreeGame.from_edges({(0, 1): 1}, homes={"x": 7})


def test_segments_that_overlap_are_not_nested() -> None:
    assert FixedNetworkGame.from_segments([("AB", 3), ("BC", 4)]).nested_groups() is None
    with pytest.raises(SharingError, match="segment 0 has no users"):
        FixedNetworkGame.from_segments([("", 3)])
    with pytest.raises(SharingError, match="segment 1 is negative"):
        FixedNetworkGame.from_segments([("A", 3), ("B", -3)])


def test_an_airport_is_its_dearest_member() -> None:
    assert AIRPORT.cost("AC") == 13
    assert AIRPORT.total == 18
    assert AirportGame.from_costs({"A": 0, "B": 3}).stand_alone() == {"A": 0, "B": 3}


def test_connections_are_checked() -> None:
    assert TRIANGLE.cost([2]) == 10
    assert TRIANGLE.total == 14
    for costs, message in [
        ({(0, 1): 3, (0, 2): 4}, "1 of the connections have no cost: 1 - 2"),
        ({(0, 1): 3, (1, 0): 4}, "costs 3 one way and 4 the other"),
        ({(0, 0): 3}, "no pair"),
        ({(1, 2): 3}, "no connection to the source 0"),
        ({(0, 1): -3}, "negative"),
    ]:
        with pytest.raises(SharingError, match=message):
            SpanningTreeGame.from_costs(costs)


@pytest.mark.parametrize("name", __all__)
def test_every_name_resolves(name: str) -> None:
    import fiberplan.sharing as package  # noqa: PLC0415

    assert getattr(package, name) is not None
    assert name in dir(package)
    with pytest.raises(AttributeError):
        package.nonsense  # noqa: B018


def test_importing_loads_nothing_heavy() -> None:
    code = "import sys, fiberplan.sharing; print(' '.join(sys.modules))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert not set(done.stdout.split()) & {"numpy", "ortools", "pandas", "fiberplan.sharing.games.game"}
    code = "import sys; from fiberplan.sharing import rule, certify_split; print(' '.join(sys.modules))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert not set(done.stdout.split()) & {"ortools", "pandas", "scipy"}
