"""``fiberplan split`` and ``fiberplan verify``, run as a planner would, in this process."""

from __future__ import annotations

import json
import sqlite3
import zlib
from contextlib import closing
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest
from support.builders import demand, three_arms
from support.command import run

import fiberplan as fp
from fiberplan.plan import Plan
from fiberplan.result import coalitions as coalition_costs

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture(scope="module")
def saved(tmp_path_factory: pytest.TempPathFactory) -> Path:
    plan = fp.plan_rollout(three_arms(funding={"public_share": {"backhaul": 0.5}}))
    return plan.save(tmp_path_factory.mktemp("split") / "plan.gpkg")


def test_a_saved_plan_is_split_by_another_rule_and_verified(
    saved: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    target = tmp_path / "new.gpkg"
    assert run(monkeypatch, "split", saved, "--rule", "nucleolus", "-o", target) == 0
    output = capsys.readouterr().out
    assert "Operators share by: Nucleolus" in output
    assert "7 groups in all" in output
    assert str(target) in output
    loaded = Plan.load(target)
    assert loaded.split.payments == Plan.load(saved).split_costs(rule="nucleolus").payments
    for amount in loaded.split.payments.values():
        assert f"{amount / 100:,.2f} USD" in output
    assert run(monkeypatch, "verify", target) == 0
    assert "holds" in capsys.readouterr().out


def test_the_joint_network_is_not_routed_again(saved: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Three pairs are, and nothing else: singles and all together are in the plan."""
    routed = []
    real = coalition_costs.solve_routes

    def counted(*arguments: object, parks: tuple[str, ...], **options: object) -> object:
        routed.append(parks)
        return real(*arguments, parks=parks, **options)  # type: ignore[arg-type]

    monkeypatch.setattr(coalition_costs, "solve_routes", counted)
    assert run(monkeypatch, "split", saved, "--rule", "shapley") == 0
    assert sorted(routed) == [("p", "q"), ("p", "r"), ("q", "r")]
    routed.clear()
    assert run(monkeypatch, "split", saved, "--rule", "shapley", "--game", "joint-network") == 0
    assert run(monkeypatch, "split", saved, "--rule", "demand", "--game", "none") == 0
    assert routed == []


def test_all_rules_side_by_side(
    saved: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(monkeypatch, "split", saved, "--compare", "--weights", "op-a=1,op-b=2,op-c=1") == 0
    output = capsys.readouterr().out
    for name in ("segment-use", "demand", "equal", "proportional", "nucleolus", "tau", "weighted-shapley"):
        assert name in output
    assert run(monkeypatch, "split", saved, "--compare", "-l", "fa") == 0
    assert "قاعده" in capsys.readouterr().out


def test_weights_and_priority_are_read(
    saved: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    arguments = ("split", saved, "--rule", "weighted-shapley", "--priority", "op-b=1,op-c=1")
    assert run(monkeypatch, *arguments) == 0
    plan = Plan.load(saved)
    own = {entry.operator_id: entry.own for entry in plan.stand_alone}["op-a"]
    assert f"{own / 100:,.2f} USD" in capsys.readouterr().out
    assert run(monkeypatch, "split", saved, "--rule", "proportional") == 2
    assert "needs a weight for each operator" in capsys.readouterr().err


@pytest.mark.parametrize(
    "options",
    [
        ("--rule", "nucleous"),
        ("--game", "chess"),
        ("--rule", "shapley", "--game", "none"),
        ("--weights", "op-a"),
        ("--weights", "op-a=-1"),
        ("--priority", "op-a=first"),
        ("--rule", "weighted-shapley", "--weights", "op-z=1,op-a=1,op-b=1,op-c=1"),
    ],
)
def test_options_that_make_no_sense_exit_with_2(
    saved: Path, monkeypatch: pytest.MonkeyPatch, options: tuple[str, ...]
) -> None:
    assert run(monkeypatch, "split", saved, *options) == 2


def test_faults_of_the_rule_are_reported_before_planning(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    folder = fp.datasets.copy("lorestan", tmp_path / "my-lorestan")
    settings = folder / "project.toml"
    text = settings.read_text(encoding="utf-8")
    assert 'rule = "segment-use"' in text
    settings.write_text(text.replace('rule = "segment-use"', 'rule = "proportional"'), encoding="utf-8")
    for command in ("check", "plan"):
        assert run(monkeypatch, command, folder) == 2
        assert "needs a weight for each operator with demand" in capsys.readouterr().err
    weights = 'rule = "proportional"\nweights = { op-a = 1, op-b = 1, op-c = 1, op-d = 1, op-e = 0.5 }'
    settings.write_text(text.replace('rule = "segment-use"', weights), encoding="utf-8")
    assert run(monkeypatch, "check", folder) == 0


def test_an_interrupted_run_can_be_continued(
    saved: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    cache = tmp_path / "costs.json"
    real = coalition_costs.price_own_network
    calls = []

    def interrupted(*arguments: object) -> object:
        calls.append(arguments)
        if len(calls) == 3:
            raise KeyboardInterrupt
        return real(*arguments)  # type: ignore[arg-type]

    monkeypatch.setattr(coalition_costs, "price_own_network", interrupted)
    assert run(monkeypatch, "split", saved, "--rule", "nucleolus", "--cache", cache) == 4
    assert "run this again to continue" in capsys.readouterr().err
    assert len(json.loads(cache.read_bytes())) == 2
    assert run(monkeypatch, "split", saved, "--rule", "nucleolus", "--cache", cache) == 0
    assert len(calls) == 4


def test_too_many_groups_are_not_planned(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    entries = tuple(demand(f"op-{letter}", "p") for letter in "abcdefghijklm")
    operators = tuple(fp.Operator(id=entry.operator_id) for entry in entries)
    crowd = fp.plan_rollout(replace(three_arms(), operators=operators, demand=entries))
    saved = crowd.save(tmp_path / "crowd.gpkg")
    assert run(monkeypatch, "split", saved) == 2
    assert "2**13 groups" in capsys.readouterr().err
    assert run(monkeypatch, "split", saved, "--rule", "shapley", "--game", "joint-network") == 0
    assert run(monkeypatch, "split", saved, "--game", "none") == 0


def test_a_changed_file_does_not_verify(
    saved: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    forged = tmp_path / "forged.gpkg"
    forged.write_bytes(saved.read_bytes())
    with closing(sqlite3.connect(forged)) as database, database:
        (packed,) = database.execute("SELECT value FROM fiberplan_plan WHERE key = 'plan'").fetchone()
        plan = json.loads(zlib.decompress(packed))
        cell = next(cell for cell in plan["split"]["cells"] if cell["party"] == "op-a")
        cell["amount"] -= 100
        database.execute(
            "UPDATE fiberplan_plan SET value = ? WHERE key = 'plan'",
            (zlib.compress(json.dumps(plan).encode()),),
        )
    assert run(monkeypatch, "verify", forged) == 2
    output = capsys.readouterr().err
    assert "not hold" in output
    assert "about other payments" in output
    assert run(monkeypatch, "verify", tmp_path / "nothing.gpkg") == 2
