"""Sharing rules on games: published figures, definitions by brute force, and what every rule must keep (§8)."""

from __future__ import annotations

from fractions import Fraction
from typing import TYPE_CHECKING

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from support.cost_games import (
    AIRPORT,
    SWEDEN,
    TENNESSEE,
    TRIANGLE,
    close,
    cost_games,
    networks,
    plain_game,
    renamed,
    shapley_by_orders,
    spanning_games,
    trees,
)

from fiberplan.errors import SharingError
from fiberplan.money import apportion
from fiberplan.sharing import (
    CostGame,
    FixedNetworkGame,
    SpanningTreeGame,
    TreeGame,
    compare_rules,
    in_money,
    rule,
)
from fiberplan.sharing.rules.registry import game_rules
from fiberplan.sharing.rules.shapley_value import SampledShares, sampled_shapley

if TYPE_CHECKING:
    from collections.abc import Mapping

F = Fraction
ALWAYS = (
    "equal-parts",
    "equal-savings",
    "scrb",
    "ensc",
    "shapley",
    "weighted-shapley",
    "nucleolus",
    "per-capita-nucleolus",
)
RULES = [kind.name for kind in game_rules()]
COVARIANT = (
    "equal-savings",
    "scrb",
    "ensc",
    "shapley",
    "weighted-shapley",
    "nucleolus",
    "per-capita-nucleolus",
)
WITH_DUMMIES = ("shapley", "weighted-shapley", "nucleolus")


def shares_of(name: str, game: CostGame) -> Mapping[int | str, Fraction] | None:
    """Apply a rule; nothing where it is not defined."""
    try:
        return rule(name)(game)
    except SharingError:
        assert name not in ALWAYS or name == "scrb"
        return None


@pytest.mark.parametrize("game", [AIRPORT, plain_game(AIRPORT)], ids=["line", "table"])
def test_the_airport(game: CostGame) -> None:
    """Littlechild and Owen 1973; Littlechild 1974 for the nucleolus."""
    for name in ("shapley", "airport", "shapley-by-segment"):
        assert rule(name)(game) == {"A": 2, "B": 3, "C": 4, "D": 9}
    assert rule("nucleolus")(game) == {"A": F(13, 4), "B": F(13, 4), "C": F(13, 4), "D": F(33, 4)}


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("scrb", (117_476, 99_157, 195_951)),
        ("shapley", (117_829, 100_756.5, 193_998.5)),
        ("nucleolus", (116_234, 93_540, 202_810)),
        ("ensc", (119_424, 107_973, 185_187)),
    ],
)
def test_the_tennessee_valley(name: str, expected: tuple[float, ...]) -> None:
    """Straffin and Heaney 1981; Young 1994, table 3; ENSC by hand: 45,214, 33,763, 110,977 and 74,210 each."""
    shares = rule(name)(TENNESSEE)
    assert close(shares, dict(zip(("navigation", "flood", "power"), expected, strict=True)), 0.5)
    assert sum(shares.values()) == TENNESSEE.total


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("scrb", (1954, 1328, 562, 1090, 1666, 1782)),
        ("shapley", (2001, 1071, 661, 1037, 1694, 1918)),
        ("nucleolus", (2035, 1206, 500, 861, 1832, 1949)),
        ("proportional-nucleolus", (1981, 1257, 435, 925, 1837, 1947)),
        ("per-capita-nucleolus", (2003, 1252, 394, 907, 1854, 1971)),
    ],
)
def test_the_water_of_skane(name: str, expected: tuple[float, ...]) -> None:
    """Young, Okada and Hashimoto 1982, rounded there to 10,000 crowns.

    Their working paper of 1979 stopped at the first program: M and T there have the same sum (see test_nucleolus).
    """
    assert close(rule(name)(SWEDEN), dict(zip("AHKLMT", expected, strict=True)), 1.01)


def test_three_villages() -> None:
    """The spanning tree problem of issue 4: Bird 1976, Bergantinos and Vidal-Puga 2007, Kar 2002."""
    assert rule("bird")(TRIANGLE) == {1: 6, 2: 4, 3: 4}
    assert rule("folk")(TRIANGLE) == dict.fromkeys((1, 2, 3), F(14, 3))
    assert rule("kar")(TRIANGLE) == {1: F(13, 3), 2: F(16, 3), 3: F(13, 3)}
    assert rule("nucleolus")(TRIANGLE) == {1: 5, 2: 4, 3: 5}


def test_two_players_by_hand() -> None:
    """Alone 8 and 11, together 13: six are saved; separable costs 2 and 5."""
    game = CostGame.from_table({("A",): 8, ("B",): 11, ("A", "B"): 13})
    for name in ("equal-savings", "scrb", "ensc", "shapley", "nucleolus", "tau", "per-capita-nucleolus"):
        assert rule(name)(game) == {"A": 5, "B": 8}, name
    assert rule("equal-parts")(game) == {"A": F(13, 2), "B": F(13, 2)}
    for name in ("proportional", "stand-alone-proportional", "proportional-nucleolus"):
        assert rule(name)(game) == {"A": F(8 * 13, 19), "B": F(11 * 13, 19)}, name
    assert rule("proportional", weights={"A": 1, "B": 3})(game) == {"A": F(13, 4), "B": F(39, 4)}
    assert rule("pnsc")(game) == {"A": 2 + F(48, 19), "B": 5 + F(66, 19)}
    assert rule("weighted-shapley", weights={"A": 1, "B": 2})(game) == {"A": 6, "B": 7}
    assert rule("weighted-shapley", priority={"A": 1, "B": 2})(game) == {"A": 8, "B": 5}


def test_the_tau_value_of_the_tennessee_valley_is_scrb() -> None:
    """With three players and the largest gap in the grand coalition, concessions are remaining benefits."""
    assert rule("tau")(TENNESSEE) == rule("scrb")(TENNESSEE)


@settings(deadline=None, max_examples=60)
@given(cost_games())
def test_shapley_is_the_average_over_orders(game: CostGame) -> None:
    assert rule("shapley")(game) == shapley_by_orders(game) == rule("weighted-shapley")(game)


@settings(deadline=None, max_examples=40)
@given(networks())
def test_structure_and_enumeration_agree(game: FixedNetworkGame) -> None:
    assert (
        rule("shapley")(game)
        == rule("shapley")(plain_game(game))
        == rule("shapley-by-segment")(plain_game(game))
    )


@settings(deadline=None, max_examples=40)
@given(spanning_games())
def test_folk_is_the_shapley_value_of_the_irreducible_game(game: SpanningTreeGame) -> None:
    """Bergantinos and Vidal-Puga 2007, theorem 1. Both lie in the core, and so does Bird's."""
    folk = rule("folk")(game)
    assert folk == shapley_by_orders(game.irreducible())
    assert game.irreducible().total == game.total
    assert rule("kar")(game) == shapley_by_orders(plain_game(game))
    for shares in (folk, rule("bird")(game)):
        assert sum(shares.values()) == game.total
        for mask in range(1, 2**game.size):
            assert sum(shares[player] for player in game.members(mask)) <= game.at(mask)


@settings(deadline=None, max_examples=40)
@given(cost_games(4), st.lists(st.integers(1, 4), min_size=4, max_size=4), st.permutations(range(4)))
def test_weighted_shapley_by_random_orders(game: CostGame, weights: list[int], levels: list[int]) -> None:
    """Kalai and Samet 1987: groups arrive one after the other; within one, who is last has odds by weight."""
    weight = dict(zip(game.players, weights, strict=False))
    rank = {player: level // 2 for player, level in zip(game.players, levels, strict=False)}
    expected = dict.fromkeys(game.players, F(0))

    def leave(left: tuple[int | str, ...], chance: Fraction) -> None:
        last = [player for player in left if rank[player] == max(rank[other] for other in left)]
        for player in last:
            odds = chance * F(weight[player], sum(weight[other] for other in last))
            others = tuple(other for other in left if other != player)
            expected[player] += odds * (game.cost(left) - game.cost(others))
            if others:
                leave(others, odds)

    leave(game.players, F(1))
    assert rule("weighted-shapley", weights=weight, priority=rank)(game) == expected


@settings(deadline=None, max_examples=60)
@given(st.one_of(cost_games(), networks(), trees(5), spanning_games()))
def test_every_rule_covers_the_cost_for_everybody(game: CostGame) -> None:
    for name in RULES:
        shares = shares_of(name, game)
        if shares is not None:
            assert sum(shares.values()) == game.total, name
            assert tuple(shares) == game.players, name
            assert all(isinstance(share, Fraction) for share in shares.values()), name


@settings(deadline=None, max_examples=40)
@given(cost_games(4), st.permutations(range(4)), st.fractions(F(1, 50), 100, max_denominator=50))
def test_names_order_and_scale_change_nothing(game: CostGame, order: list[int], factor: Fraction) -> None:
    other = renamed(game, lambda player: f"q{order[int(str(player)[1:])]}", factor)
    for name in RULES:
        before, after = shares_of(name, game), shares_of(name, other)
        if before is None:
            assert after is None, name
        else:
            expected = {f"q{order[int(str(p)[1:])]}": share * factor for p, share in before.items()}
            assert after == expected, name


@settings(deadline=None, max_examples=40)
@given(cost_games(4), st.lists(st.integers(0, 50), min_size=4, max_size=4), st.integers(1, 5))
def test_own_costs_are_added_to_what_each_pays(game: CostGame, own: list[int], factor: int) -> None:
    """Covariance: c'(S) = a c(S) + b(S) gives a x + b."""
    added = dict(zip(game.players, own, strict=False))
    table = {
        group: cost.upper * factor + sum(added[player] for player in group)
        for group, cost in game.table().items()
    }
    other = CostGame.from_table(table)
    for name in COVARIANT:
        before, after = shares_of(name, game), shares_of(name, other)
        assert before is not None
        assert after is not None
        assert dict(after) == {p: share * factor + added[p] for p, share in before.items()}, name


@settings(deadline=None, max_examples=40)
@given(cost_games(4), st.integers(0, 50))
def test_who_changes_nothing_for_others_pays_its_own(game: CostGame, own: int) -> None:
    table = {group: cost.upper for group, cost in game.table().items()}
    table |= {group | {"z"}: cost + own for group, cost in table.items()}
    table[frozenset("z")] = F(own)
    for name in WITH_DUMMIES:
        assert rule(name)(CostGame.from_table(table))["z"] == own, name


@settings(deadline=None, max_examples=40)
@given(cost_games(4, least=2))
def test_players_alike_pay_alike(game: CostGame) -> None:
    """The cost of a coalition with one of the first two players is that with the other."""
    table = {group: cost.upper for group, cost in game.table().items()}
    for group in list(table):
        if "p0" in group and "p1" not in group:
            table[group] = table[group - {"p0"} | {"p1"}]
    for name in RULES:
        shares = shares_of(name, CostGame.from_table(table))
        assert shares is None or shares["p0"] == shares["p1"], name


def test_zero_costs_one_player_and_no_savings() -> None:
    nothing = CostGame.from_array("AB", [0, 0, 0, 0])
    alone = CostGame.from_table({("A",): 7})
    for name in RULES:
        assert shares_of(name, nothing) in (None, {"A": 0, "B": 0}), name
        assert shares_of(name, alone) in (None, {"A": 7}), name
    loss = CostGame.from_array("AB", [0, 1, 2, 10])
    assert rule("nucleolus")(loss) == {"A": F(9, 2), "B": F(11, 2)}
    with pytest.raises(SharingError, match="not defined"):
        rule("tau")(loss)


def test_ties_of_trees_are_broken_by_id() -> None:
    game = SpanningTreeGame.from_costs({(0, "b"): 3, (0, "a"): 3, ("a", "b"): 1})
    assert rule("bird")(game) == {"a": 3, "b": 1}


def test_the_structure_of_a_tree_serves_thousands() -> None:
    edges = {(i // 2, i): i % 7 + 1 for i in range(1, 2001)}
    game = TreeGame.from_edges(edges)
    for name in ("shapley", "nucleolus"):
        shares = rule(name)(game)
        assert sum(shares.values()) == game.total
        assert min(shares.values()) >= 0


def test_what_cannot_be_enumerated_is_sampled_and_says_so() -> None:
    game = CostGame.from_function(range(26), max)
    shares = rule("shapley", orders=300, seed=7)(game)
    assert isinstance(shares, SampledShares)
    assert sum(shares.values()) == 25
    assert shares.orders == 300
    assert dict(shares) == dict(rule("shapley", orders=300, seed=7)(game))
    exact = rule("airport")(CostGame.from_function(range(12), max))
    estimate = sampled_shapley(CostGame.from_function(range(12), max), orders=2000, confidence=0.999)
    assert all(abs(estimate[p] - exact[p]) <= max(estimate.half_width[p], 1e-9) for p in exact)
    with pytest.raises(SharingError, match="expected 4 or more"):
        sampled_shapley(game, orders=2)


@pytest.mark.parametrize(
    ("name", "options", "message"),
    [
        ("nucleous", {}, "no sharing rule 'nucleous'; did you mean 'nucleolus'"),
        ("zzz", {}, "there are airport, bird"),
        ("nucleolus", {"weights": {}}, "has no option 'weights', and it has none"),
        ("shapley", {"sede": 1}, "has no option 'sede'; it has orders, seed, confidence"),
    ],
)
def test_unknown_rules_and_options(name: str, options: dict[str, object], message: str) -> None:
    with pytest.raises(SharingError, match=message):
        rule(name, **options)


@pytest.mark.parametrize(
    ("name", "options", "message"),
    [
        ("bird", {}, "'bird' is for a SpanningTreeGame, and this is a CostGame"),
        (
            "airport",
            {},
            "no fixed network: its costs need a segment of {navigation, flood, power}|alone that costs",
        ),
        ("proportional", {"weights": {"navigation": 1}}, "no weight for flood, power"),
        ("proportional", {"weights": {"navigation": 1, "flood": 1, "power": 1, "x": 1}}, "a weight for x"),
        ("proportional", {"weights": {"navigation": 0, "flood": 0, "power": 0}}, "weights that are all zero"),
        ("weighted-shapley", {"weights": {"navigation": 0, "flood": 1, "power": 1}}, "navigation is 0"),
        ("weighted-shapley", {"priority": {"x": 1}}, "a priority for x"),
    ],
)
def test_rules_that_do_not_apply_say_why(name: str, options: dict[str, object], message: str) -> None:
    with pytest.raises(SharingError, match=message):
        rule(name, **options)(TENNESSEE)


def test_an_airport_has_one_line() -> None:
    with pytest.raises(SharingError, match="not in one line"):
        rule("airport")(FixedNetworkGame.from_segments([("A", 1), ("B", 1)]))


@given(st.one_of(cost_games(5), networks()), st.sampled_from(ALWAYS))
def test_money_is_apportioned_from_the_fractions(game: CostGame, name: str) -> None:
    shares = shares_of(name, game)
    assert shares is not None
    amounts = in_money(shares)
    assert sum(amounts.values()) == game.total
    assert all(abs(amounts[player] - share) < 1 for player, share in shares.items())
    if game.total and min(shares.values()) >= 0:
        by_text = {f"{player:>9}": share for player, share in shares.items()}
        assert list(amounts.values()) == list(apportion(int(game.total), by_text).values())
    with pytest.raises(SharingError, match="no whole amount"):
        in_money({"A": F(1, 2)})


def test_all_rules_beside_each_other() -> None:
    table = compare_rules(TRIANGLE, weights={1: 1, 2: 2, 3: 3})
    assert {"bird", "folk", "kar", "shapley", "nucleolus", "scrb", "tau", "equal-parts"} <= set(table.shares)
    assert not {"shapley-by-segment", "airport"} & set(table.shares)
    frame = table.frame.set_index("rule")
    assert frame.loc["bird", "1"] == 6
    assert frame.loc["bird", "core"] is True
    assert frame.loc["proportional", "3"] == 7
    assert frame.loc["proportional", "stand-alone"] is False
    assert "no fixed network" in frame.loc["airport", "reason"]
    assert "does not apply" in table.summary()
    assert "folk" in compare_rules(TRIANGLE, rules=["kar", rule("folk")]).summary()
    assert dict(zip(frame.index, frame["core"], strict=True))["shapley"] is True
    assert compare_rules(SWEDEN, rules=["shapley"]).results[0].findings[4].passed is False
