"""Cost games of plans (`docs/cost-split.md` §11): every coalition against a network planned for it by itself."""

from __future__ import annotations

import multiprocessing
import os
import signal
from dataclasses import replace
from fractions import Fraction
from itertools import combinations
from typing import TYPE_CHECKING

import pytest
from support.builders import project, star

import fiberplan as fp
from fiberplan.datasets import synthetic
from fiberplan.errors import SharingError
from fiberplan.project.settings import AssetClass, FundingPolicy, SharingOptions
from fiberplan.result import coalitions as coalition_costs
from fiberplan.result.coalitions import CoalitionCache, CoalitionOptions, CoalitionPlanner, plan_groups
from fiberplan.result.game import operators_pay
from fiberplan.result.own_network import OwnNetwork, demand_of
from fiberplan.sharing.accounts.dividing import STATE, UNFUNDED
from fiberplan.sharing.games.game import CostBounds
from fiberplan.sharing.rules.shapley_value import by_segment
from fiberplan.solvers.run.report import Status

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from fiberplan.plan import Plan
    from fiberplan.project.model import Project

OPERATORS = ("op-a", "op-b", "op-c", "op-d")


def capped(result: Project) -> Project:
    """Let the state pay most of the backhaul, and caps bind."""
    policy = FundingPolicy(
        public_share={AssetClass.BACKHAUL: "0.7", AssetClass.SITE: "0.5"},
        cap_per_park=40_000,
        cap_total=200_000,
    )
    return replace(result, settings=replace(result.settings, funding=policy))


@pytest.fixture(scope="module")
def plan() -> Plan:
    return fp.plan_rollout(capped(synthetic(parks=6, nodes=100, seed=3)))


def coalitions(names: tuple[str, ...]) -> Iterator[frozenset[str]]:
    for size in range(1, len(names) + 1):
        yield from map(frozenset, combinations(names, size))


def test_every_coalition_costs_what_its_demand_alone_costs(plan: Plan) -> None:
    """The same stages one by one, with a ledger of every line: the game leaves lines out (§11.1)."""
    graph = fp.build_graph(plan.project)
    net, gross = plan.cost_game(), plan.cost_game(gross=True)
    assert net.players == OPERATORS
    for group in list(coalitions(OPERATORS))[:-1]:
        own = replace(plan.project, demand=demand_of(plan.project, group))
        routing = fp.solve_routes(graph, parks={entry.park_id for entry in own.demand})
        design = fp.design_network(own, routing)
        ledger = fp.price_design(own, design)
        split = fp.split_costs(ledger, design, policy=own.funding)
        assert split.caps
        assert gross.cost(group) == ledger.present_value
        assert net.cost(group) == ledger.present_value - split.payments[STATE]


def test_a_project_of_the_coalition_alone_costs_nearly_the_same(plan: Plan) -> None:
    """In a project without the parks of others their spurs are missing, so that routes can only cost more (§11.1)."""
    planner = CoalitionPlanner(fp.build_graph(plan.project), "operators", 60.0)
    for group in (frozenset({"op-a", "op-c"}), frozenset({"op-b"})):
        own = demand_of(plan.project, group)
        parks = tuple(park for park in plan.project.parks if park.id in planner.parks_of(group))
        alone = fp.plan_rollout(replace(plan.project, demand=own, parks=parks))
        (network,) = planner.plan(planner.parks_of(group), [group])
        assert network.objective <= alone.routing.objective * (1 + 1e-6)
        assert float(plan.cost_game().cost(group)) == pytest.approx(operators_pay(alone), rel=0.02)


def test_all_together_cost_what_operators_pay_in_the_joint_plan(plan: Plan) -> None:
    """§11.2, whatever the rule."""
    for rule in ("segment-use", "equal"):
        paid = plan.split_costs(rule=rule).payments
        shared = sum(amount for party, amount in paid.items() if party not in {STATE, UNFUNDED})
        assert plan.cost_game().total == plan.fixed_network_game().total == shared
    assert (
        plan.cost_game(gross=True).total == plan.fixed_network_game(gross=True).total == plan.islands().joint
    )


def test_what_the_plan_knows_of_operators_alone_is_in_the_game(plan: Plan) -> None:
    game = plan.cost_game()
    assert game.stand_alone() == {entry.operator_id: entry.own for entry in plan.stand_alone}


def test_names_of_operators_change_no_cost() -> None:
    result = capped(synthetic(parks=4, nodes=80, seed=5, operators=3))
    other = {"op-a": "z", "op-b": "y", "op-c": "x"}
    renamed = replace(
        result,
        operators=tuple(replace(entry, id=other[entry.id]) for entry in result.operators),
        demand=tuple(replace(entry, operator_id=other[entry.operator_id]) for entry in result.demand),
    )
    game, again = fp.plan_rollout(result).cost_game(), fp.plan_rollout(renamed).cost_game()
    for group, bounds in game.table().items():
        assert again.cost([other[str(name)] for name in group]) == bounds.upper


def test_parks_that_are_the_same_are_routed_once(plan: Plan, monkeypatch: pytest.MonkeyPatch) -> None:
    routed = []
    real = coalition_costs.solve_routes

    def counted(*arguments: object, parks: tuple[str, ...], **options: object) -> object:
        routed.append(parks)
        return real(*arguments, parks=parks, **options)  # type: ignore[arg-type]

    monkeypatch.setattr(coalition_costs, "solve_routes", counted)
    graph = fp.build_graph(plan.project)
    planner = CoalitionPlanner(graph, "operators", 60.0)
    groups = list(coalitions(OPERATORS))
    result = dict(plan_groups(planner, groups))
    assert set(result) == set(groups)
    assert len(routed) == len(set(routed)) == len({planner.parks_of(group) for group in groups}) < len(groups)


@pytest.mark.slow
def test_processes_change_no_result(plan: Plan) -> None:
    planner = CoalitionPlanner(fp.build_graph(plan.project), "operators", 60.0)
    groups = list(coalitions(OPERATORS))
    assert dict(plan_groups(planner, groups, workers=2)) == dict(plan_groups(planner, groups, workers=1))


def test_a_killed_process_loses_no_group(plan: Plan) -> None:
    planner = CoalitionPlanner(fp.build_graph(plan.project), "operators", 60.0)
    groups = list(coalitions(OPERATORS))
    expected = dict(plan_groups(planner, groups))
    before = set(multiprocessing.active_children())
    results = plan_groups(planner, groups, workers=2)
    networks = dict([next(results)])
    for child in set(multiprocessing.active_children()) - before:
        assert child.pid is not None
        os.kill(child.pid, signal.SIGKILL)
    networks |= results
    assert networks == expected


def test_an_interruption_keeps_what_is_known(plan: Plan, tmp_path: Path) -> None:
    cache = tmp_path / "costs.json"
    options = CoalitionOptions(cache=cache, workers=1)

    def interrupt(done: int, count: int) -> None:
        if done == 4:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        plan.cost_game(options=options, progress=interrupt)
    calls: list[tuple[int, int]] = []
    game = plan.cost_game(options=options, progress=lambda done, count: calls.append((done, count)))
    assert calls == [(done, 10) for done in range(5, 11)]  # 15 less four alone and all together
    assert game.table() == plan.cost_game().table()
    calls.clear()
    plan.cost_game(options=options, progress=lambda done, count: calls.append((done, count)))
    assert calls == []


def test_what_is_remembered_belongs_to_its_project(plan: Plan) -> None:
    """Prices, demand and public money count; how operators share and what things are called do not."""

    def key(result: Project, group: frozenset[str] = frozenset({"op-a"})) -> str:
        return CoalitionPlanner(fp.build_graph(result), "operators", 60.0).key_of(group)

    base = plan.project
    shared = replace(base, settings=replace(base.settings, sharing=SharingOptions(rule="equal")))
    assert key(shared) == key(base)
    others = [
        base.with_prices({"duct.hdpe": 99}),
        replace(base, demand=base.demand[:-1]),
        replace(base, settings=replace(base.settings, funding=FundingPolicy())),
    ]
    assert len({key(base), key(base, frozenset({"op-b"})), *map(key, others)}) == 5


@pytest.mark.parametrize("text", ["", "[]", '{"x": 1}', '{"x": {"cost": 1}}'])
def test_a_file_that_is_no_cache_is_refused_and_left_alone(tmp_path: Path, text: str) -> None:
    path = tmp_path / "costs.json"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(SharingError, match=r"costs\.json: not a file of what coalitions cost"):
        CoalitionCache(path)
    assert path.read_text(encoding="utf-8") == text


def test_operators_who_act_as_one_are_one_player(plan: Plan) -> None:
    game = plan.cost_game()
    joined = plan.cost_game(groups={"ab": ["op-a", "op-b"]})
    assert joined.players == ("ab", "op-c", "op-d")
    assert joined.cost(["ab", "op-c"]) == game.cost(["op-a", "op-b", "op-c"])
    assert joined.total == game.total
    with pytest.raises(SharingError, match="shares a member"):
        plan.cost_game(groups={"ab": ["op-a", "op-b"], "bc": ["op-b", "op-c"]})
    with pytest.raises(SharingError, match="'op-z' is not a player"):
        plan.cost_game(groups={"az": ["op-a", "op-z"]})


def test_parks_can_be_players(plan: Plan) -> None:
    game = plan.cost_game(players="parks", groups={"rest": [f"P000{n}" for n in range(2, 7)]})
    assert game.players == ("P0001", "rest")
    assert game.total == plan.cost_game().total
    own = demand_of(plan.project, ["P0001"], by="parks")
    assert {entry.park_id for entry in own} == {"P0001"}
    alone = fp.plan_rollout(replace(plan.project, demand=own, parks=plan.project.parks[:1]))
    assert float(game.cost(["P0001"])) == pytest.approx(operators_pay(alone), rel=0.02)


def test_coalitions_of_many_players_are_planned_when_their_costs_are_needed(plan: Plan) -> None:
    calls = []
    options = CoalitionOptions(max_ahead=5)
    game = plan.cost_game(players="parks", options=options, progress=lambda *done: calls.append(done))
    assert calls == []
    assert len(game.remembered()) == 1
    assert game.cost(["P0001", "P0002"]) <= game.cost(["P0001"]) + game.cost(["P0002"])
    assert len(game.remembered()) == 4


def test_routes_that_are_not_proven_give_an_interval() -> None:
    """§11.4: cheaper routes could save no more than their gap, 100 − 70; nothing costs less than nothing."""
    network = OwnNetwork(("p",), 250, 50, Status.FEASIBLE, 100, 70)
    assert not network.is_proven
    assert network.bounds() == CostBounds(170, 200)
    assert network.bounds(gross=True) == CostBounds(220, 250)
    assert replace(network, public=240).bounds() == CostBounds(0, 10)
    assert replace(network, bound=100).bounds() == CostBounds(200, 200)


def test_a_joint_plan_that_is_not_proven_is_an_interval_too(plan: Plan) -> None:
    report = replace(plan.routing.report, bound=plan.routing.objective - 1000, status=Status.FEASIBLE)
    rough = replace(plan, routing=replace(plan.routing, report=report))
    game = rough.cost_game()
    assert game.bounds_at(game.full_mask) == (game.total - 1000, game.total)
    assert not game.array().is_proven


def test_without_demand_there_is_no_game() -> None:
    base = star()
    without_demand = fp.plan_rollout(project(list(base.parks), list(base.backbone), list(base.corridors), []))
    for create in (without_demand.cost_game, without_demand.fixed_network_game):
        with pytest.raises(SharingError, match="no operator has demand"):
            create()


def test_on_the_fixed_network_segment_use_is_the_shapley_value(plan: Plan) -> None:
    """§4 and §7.3: within a unit for each joint account."""
    game = plan.fixed_network_game()
    accounts, _ = plan.ledger.accounts()
    paid = plan.split_costs(rule="segment-use").payments
    for operator, value in by_segment(game).items():
        joint = sum(operator in account.by_operator and len(account.by_operator) > 1 for account in accounts)
        assert abs(paid[str(operator)] - value) < joint


def test_nobody_pays_more_on_its_own_network_than_on_the_joint_one_where_routes_are_proven() -> None:
    """A coalition's cheapest routes cost no more than its part of the joint routes; at stamps alone, exactly so."""
    plan = fp.plan_rollout(star())
    for entry in plan.stand_alone:
        used = [
            segment.cost
            for segment, built in zip(plan.routing.segments, plan.design.segments, strict=True)
            if any(use.operator_id == entry.operator_id for use in built.uses)
        ]
        assert entry.objective <= sum(used)
    assert plan.cost_game().cost(["op-a"]) <= plan.fixed_network_game().cost(["op-a"])
    assert plan.fixed_network_game().total == Fraction(operators_pay(plan))
