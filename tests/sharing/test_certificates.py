"""Certificates: what they prove, that they catch a tampered split, and what unproven optima do to them (§10)."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from support.cost_games import (
    AIRPORT,
    EMPTY_CORE,
    SWEDEN,
    TENNESSEE,
    TRIANGLE,
    cost_games,
    networks,
    plain_game,
    trees,
)

from fiberplan.errors import SharingError
from fiberplan.money import apportion
from fiberplan.sharing import (
    CostBounds,
    CostGame,
    FixedNetworkGame,
    SpanningTreeGame,
    TreeGame,
    certify_split,
    least_core,
    rule,
    verify_certificate,
)
from fiberplan.sharing.certificates.certificate import Property
from fiberplan.sharing.certificates.stability import worst_coalition

F = Fraction


def test_a_stable_split() -> None:
    """The nucleolus of the Tennessee Valley: every single one gains 47,286, and nobody could gain more."""
    shares = rule("nucleolus")(TENNESSEE)
    result = certify_split(TENNESSEE, shares)
    assert result.passed
    assert result.in_core
    assert result.most_violated is None
    assert result.violation == 0
    assert result.epsilon == -47_286
    assert result.core_is_empty is False
    assert result.core_witness is not None
    assert result.balanced_weights == {}
    assert "the core is not empty" in result.summary()
    assert verify_certificate(TENNESSEE, result) == ()


def test_an_empty_core_and_its_proof() -> None:
    """Half of each pair would do it for 18, and all together need 20 (Bondareva 1963; Shapley 1967)."""
    result = certify_split(EMPTY_CORE, dict.fromkeys((1, 2, 3), F(20, 3)))
    assert result.core_is_empty
    assert result.epsilon == F(4, 3)
    assert result.balanced_weights == dict.fromkeys(map(frozenset, [(1, 2), (1, 3), (2, 3)]), F(1, 2))
    assert result.violation == F(4, 3)
    assert result.most_violated == (1, 2)
    assert not result.in_core
    assert result.core_witness is None
    assert "1/2 {1, 2}" in result.summary()
    assert verify_certificate(EMPTY_CORE, result) == ()


def test_the_shapley_value_of_skane_is_not_stable() -> None:
    """Young, Okada and Hashimoto 1982: H, K and L pay 27.69 and could have it for 27.26."""
    result = certify_split(SWEDEN, rule("shapley")(SWEDEN))
    assert result.most_violated == ("H", "K", "L")
    assert float(result.violation) == pytest.approx(43, abs=1)


@settings(deadline=None, max_examples=60)
@given(cost_games(), st.sampled_from(["equal-parts", "shapley", "nucleolus"]))
def test_certificates_by_brute_force(game: CostGame, name: str) -> None:
    shares = rule(name)(game)
    result = certify_split(game, shares)
    proper = range(1, 2**game.size - 1)
    over = [sum(shares[p] for p in game.members(mask)) - game.at(mask) for mask in proper]
    assert result.violation == max([0, *over])
    assert result.in_core == (max([0, *over]) == 0)
    alone = game.stand_alone()
    assert result.finding("stand-alone").passed == all(shares[p] <= alone[p] for p in game.players)
    added = game.marginal()
    assert result.finding("incremental").passed == all(shares[p] >= added[p] for p in game.players)
    assert verify_certificate(game, result) == ()
    if result.core_is_empty:
        weights = result.balanced_weights
        assert all(sum(w for group, w in weights.items() if p in group) == 1 for p in game.players)
        assert sum(w * game.cost(group) for group, w in weights.items()) < game.total
        assert min(weights.values()) > 0
    else:
        witness = result.core_witness
        assert witness is not None
        assert certify_split(game, witness).in_core


@settings(deadline=None, max_examples=40)
@given(cost_games(4, least=2), st.fractions(F(1, 9), 9, max_denominator=9), st.booleans())
def test_a_tampered_split_is_caught(game: CostGame, moved: Fraction, keep: bool) -> None:
    result = certify_split(game, rule("nucleolus")(game))
    shares = dict(result.shares)
    shares[game.players[0]] += moved
    if keep:
        shares[game.players[1]] -= moved
    faults = verify_certificate(game, replace(result, shares=shares))
    still_true = certify_split(game, shares).findings == result.findings
    assert bool(faults) != still_true
    if not keep:
        assert "'balance' is not as claimed" in faults


def test_forged_proofs_are_caught() -> None:
    result = certify_split(EMPTY_CORE, rule("equal-parts")(EMPTY_CORE))
    least = result.least_core
    assert least is not None
    half = dict.fromkeys(least.weights, F(1, 3))
    for forged in (
        replace(least, epsilon=F(0)),
        replace(least, epsilon=F(5)),
        replace(least, weights=half),
        replace(least, shares={1: F(20), 2: F(0), 3: F(0)}),
        replace(least, shares={1: F(1), 2: F(0), 3: F(0)}),
        replace(
            least,
            weights={
                frozenset([1]): F(2),
                frozenset([2]): F(1),
                frozenset([3]): F(1),
                frozenset([1, 2]): F(-1),
            },
        ),
    ):
        assert verify_certificate(EMPTY_CORE, replace(result, least_core=forged))
    assert verify_certificate(EMPTY_CORE, replace(result, core_witness=result.shares))
    assert verify_certificate(EMPTY_CORE, replace(result, total=F(19)))


def test_who_is_subsidised_and_who_would_leave() -> None:
    result = certify_split(AIRPORT, {"A": 9, "B": 3, "C": 3, "D": 3})
    assert result.finding(Property.STAND_ALONE).coalition == ("A",)
    assert result.finding(Property.STAND_ALONE).amount == 1
    assert result.finding(Property.INCREMENTAL).coalition == ("D",)
    assert result.finding(Property.INCREMENTAL).amount == 2
    assert result.most_violated == ("A", "B", "C")
    assert result.violation == 2
    assert result.finding(Property.MONOTONICITY).passed is False
    assert result.finding(Property.MONOTONICITY).coalition[0] == "A"
    assert result.finding(Property.EQUAL_TREATMENT).passed


def test_a_split_that_does_not_cover_the_cost() -> None:
    result = certify_split(AIRPORT, {"A": 2, "B": 3, "C": 4, "D": 8})
    assert result.finding("balance").passed is False
    assert result.finding("balance").amount == 1
    assert result.in_core is False


def test_demand_decides_who_must_not_pay_less() -> None:
    shares = {"A": 5, "B": 3, "C": 4, "D": 6}
    assert (
        certify_split(AIRPORT, shares, demands={"A": 3, "B": 1, "C": 2, "D": 4})
        .finding("monotonicity")
        .passed
    )
    other = certify_split(AIRPORT, shares, demands={"A": 1, "B": 1, "C": 2, "D": 4}).finding("monotonicity")
    assert (other.passed, other.coalition, other.amount) == (False, ("A", "C"), 1)
    with pytest.raises(SharingError, match="no demand for B"):
        certify_split(AIRPORT, shares, demands={"A": 1})


def test_players_alike_that_pay_differently() -> None:
    result = certify_split(EMPTY_CORE, {1: 8, 2: 6, 3: 6}).finding("equal-treatment")
    assert (result.passed, result.coalition, result.amount) == (False, (1, 2), 2)


def test_what_is_not_proven_is_said() -> None:
    """A costs between 6 and 8 alone: paying 9 is too much for certain, 7 perhaps, 6 is not."""
    game = CostGame.from_table({("A",): CostBounds(6, 8), ("B",): 11, ("A", "B"): 13})
    for share, passed in [(9, False), (7, None), (6, True)]:
        result = certify_split(game, {"A": share, "B": 13 - share})
        assert result.finding("stand-alone").passed is passed
        assert result.finding("core").passed is passed
        assert result.in_core is passed
        assert not result.is_proven
        assert "not proven optima" in result.summary()
        assert verify_certificate(game, result) == ()


def test_rounded_money_is_certified_with_its_rounding() -> None:
    game = plain_game(EMPTY_CORE)
    exact = rule("nucleolus")(game)
    paid = apportion(20, {str(player): share for player, share in exact.items()})
    shares = {int(player): amount for player, amount in paid.items()}
    assert certify_split(game, shares).finding("equal-treatment").passed is False
    assert certify_split(game, shares, rounding=1).finding("equal-treatment").passed
    assert certify_split(game, shares, rounding=1).finding("core").amount == 1
    assert verify_certificate(game, certify_split(game, shares, rounding=1)) == ()


@pytest.mark.parametrize(
    ("shares", "message"),
    [
        ({"A": 1}, "no share for B, C, D"),
        ({**dict.fromkeys("ABCD", 1), "Z": 1}, "a share for Z"),
        (dict.fromkeys("ABCD", 1.5), r"the share of A is 1.5 \(float\)"),
    ],
)
def test_shares_of_other_players(shares: dict[str, int], message: str) -> None:
    with pytest.raises(SharingError, match=message):
        certify_split(AIRPORT, shares)


@settings(deadline=None, max_examples=60)
@given(st.one_of(trees(6), networks(6)), st.data())
def test_structure_finds_the_coalition_that_enumeration_does(
    game: FixedNetworkGame, data: st.DataObject
) -> None:
    assume(game.size > 1)
    cuts = [data.draw(st.fractions(-3, 20, max_denominator=6)) for _ in game.players]
    shares = dict(zip(game.players, cuts, strict=True))
    expected = max(
        sum((shares[p] for p in game.members(mask)), F(0)) - game.at(mask) for mask in range(2**game.size)
    )
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("fiberplan.sharing.certificates.stability.MAX_ENUMERATED", 0)
        result = worst_coalition(game, shares)
    assert result is not None
    assert result.excess == expected
    assert sum((shares[p] for p in result.members), F(0)) - game.cost(result.members) == expected


@settings(deadline=None, max_examples=60)
@given(trees(6))
def test_the_least_core_of_a_tree_by_structure(game: TreeGame) -> None:
    assume(game.size > 1)
    expected = least_core(game)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("fiberplan.sharing.certificates.stability.MAX_PLAYERS", 0)
        result = least_core(game)
    assert expected is not None
    assert result is not None
    assert result.epsilon == expected.epsilon


def test_large_games_have_certificates_too() -> None:
    tree = TreeGame.from_edges({(i // 2, i): i % 5 + 1 for i in range(1, 301)})
    result = certify_split(tree, rule("shapley")(tree))
    assert result.in_core
    assert result.core_is_empty is False
    assert result.epsilon is not None
    assert result.finding("equal-treatment").passed
    assert result.finding("monotonicity").passed is None
    assert verify_certificate(tree, result) == ()
    crossing = FixedNetworkGame.from_segments([((i, (i + 1) % 40), i + 1) for i in range(40)])
    result = certify_split(crossing, rule("shapley")(crossing))
    assert result.in_core
    assert result.core_is_empty is False
    assert result.epsilon is None
    changed = {**result.shares, 0: result.shares[0] + 30, 20: result.shares[20] - 30}
    assert certify_split(crossing, changed).violation > 0
    spanning = SpanningTreeGame.from_costs({(i, j): 1 + (i * j) % 7 for j in range(1, 25) for i in range(j)})
    result = certify_split(spanning, rule("folk")(spanning))
    assert result.finding("core").passed is None
    assert result.core_is_empty is False


def test_one_player() -> None:
    game = CostGame.from_table({("A",): 7})
    result = certify_split(game, {"A": 7})
    assert result.passed
    assert result.core_is_empty is False
    assert certify_split(TRIANGLE, rule("folk")(TRIANGLE)).in_core
