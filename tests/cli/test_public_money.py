"""``fiberplan split --subsidy``, ``finance``, ``auction`` and ``verify`` of what they save, run as a planner would."""

from __future__ import annotations

import csv
import json
import shutil
from dataclasses import replace
from pathlib import Path

import pytest
from support.builders import three_arms
from support.command import run
from support.paths import GOOD

import fiberplan as fp
from fiberplan.plan import Plan
from fiberplan.sharing.subsidy.rules import RuleKind
from fiberplan.wording import load_wording

POOR = {"ability": {"op-a": 10_000, "op-b": 20_000}}


@pytest.fixture(scope="module")
def saved(tmp_path_factory: pytest.TempPathFactory) -> Path:
    project = three_arms(
        funding={"public_share": {"backhaul": 0.5}},
        subsidy=POOR,
        business={"op-a": {"arpu_per_month": 20}},
        instruments={"viability_gap": {"all": {}}},
    )
    return fp.plan_rollout(project).save(tmp_path_factory.mktemp("money") / "plan.gpkg")


def test_the_smallest_subsidy_is_found_shown_saved_and_verified(
    saved: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    target, document = tmp_path / "new.gpkg", tmp_path / "subsidy.json"
    options = ("--subsidy", "minimal", "-o", target, "--save-subsidy", document)
    assert run(monkeypatch, "split", saved, *options) == 0
    output = capsys.readouterr().out
    assert "Smallest subsidy: 126,785.32 USD" in output
    assert "op-a can pay at most 10,000.00 USD: 1" in output
    assert "Operators share by: Nucleolus" in output, "a rule on accounts has no game to divide"
    loaded = Plan.load(target)
    assert loaded.split.payments["state"] == 12_678_532
    for file in (target, document):
        assert run(monkeypatch, "verify", file) == 0
        assert "holds" in capsys.readouterr().out
    assert run(monkeypatch, "split", target, "--rule", "shapley") == 0
    assert "State: 126,785.32 USD" in capsys.readouterr().out
    forged = json.loads(document.read_text(encoding="utf-8"))
    forged["subsidy"]["found"]["public"] = "1"
    document.write_text(json.dumps(forged), encoding="utf-8")
    assert run(monkeypatch, "verify", document) == 2
    assert "the grants do not sum to the public money" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("--subsidy", "maximal"), "choose from minimal"),
        (("--save-subsidy", "x.json"), "needs --subsidy minimal"),
        (("--settings", "."), "needs --subsidy minimal"),
        (("--subsidy", "minimal", "--compare"), "exclude each other"),
        (("--subsidy", "minimal", "--game", "none"), "needs a game"),
        (("--subsidy", "minimal", "--rule", "equal"), "divides accounts"),
    ],
)
def test_options_that_do_not_fit_a_subsidy_exit_with_2(
    saved: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    arguments: tuple[str, ...],
    message: str,
) -> None:
    assert run(monkeypatch, "split", saved, *arguments) == 2
    assert message in " ".join(capsys.readouterr().err.replace("│", " ").split())


def test_shares_that_break_rules_of_the_state_are_moved_and_reported(
    saved: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    result = Plan.load(saved)
    strict = three_arms(
        subsidy={"ability": {"op-a": 92_000, "op-b": 50_000}, "least_share_of_stand_alone": "0.4"}
    )
    settings = replace(result.project.settings, subsidy=strict.settings.subsidy)
    other = replace(result, project=replace(result.project, settings=settings)).save(tmp_path / "plan.gpkg")
    assert run(monkeypatch, "split", other, "--subsidy", "minimal", "--rule", "stand-alone-proportional") == 0
    output = capsys.readouterr().out
    assert "Smallest subsidy" in output
    assert "The sharing rule alone would break rules of the state" in output


def test_cash_flows_are_shown_checked_and_written(
    saved: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    target = tmp_path / "cash.csv"
    assert run(monkeypatch, "finance", saved, "-o", target) == 0
    output = capsys.readouterr().out
    assert "Checked by sums alone" in output
    assert "Viability gap: all" in output
    assert "Business cases are assumptions: op-a" in output
    with target.open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    plan = Plan.load(saved)
    assert len(rows) == 4 * 3
    due = plan.ledger.totals("year", nominal=True)
    for year in range(3):
        assert -sum(int(row["cost"]) for row in rows if int(row["year"]) == year) == due[year]
    assert run(monkeypatch, "finance", saved, "-l", "fa") == 0
    assert "ارزش کنونی خالص" in capsys.readouterr().out


def test_other_terms_may_be_tried_on_a_saved_plan(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    folder = Path(shutil.copytree(GOOD, tmp_path / "project"))
    assert run(monkeypatch, "plan", folder, "-o", tmp_path / "out", "-l", "en") == 0
    capsys.readouterr()
    with (folder / "project.toml").open("a", encoding="utf-8") as file:
        file.write("\n[instruments.soft_loan.bank]\nshare = 0.5\nterm_years = 5\n")
    saved = tmp_path / "out" / "plan.gpkg"
    assert run(monkeypatch, "finance", saved) == 0
    assert "Soft loan" not in capsys.readouterr().out
    assert run(monkeypatch, "finance", saved, "--settings", folder) == 0
    assert "Soft loan: bank" in capsys.readouterr().out
    with (folder / "project.toml").open("a", encoding="utf-8") as file:
        file.write("\n[subsidy]\nleast_public_share = 0.25\n")
    assert run(monkeypatch, "split", saved, "--subsidy", "minimal", "--settings", folder) == 0
    assert "(25.0%)" in capsys.readouterr().out


BIDS = """operator_id,package,amount,units
op-a,p,300,10
op-b,q,200,10
op-c,q;r,900,20
"""


def test_an_auction_is_held_on_a_plan_and_checked_again(
    saved: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    bids, target = tmp_path / "bids.csv", tmp_path / "award.json"
    bids.write_text(BIDS, encoding="utf-8")
    assert run(monkeypatch, "auction", saved, "--bids", bids, "--budget", "600", "-o", target) == 0
    output = capsys.readouterr().out
    assert "2 of 3 bids" in output
    assert "beyond the budget" in output
    assert "paid 500.00 USD" in output
    assert "Proven" in output
    assert run(monkeypatch, "verify", target) == 0
    assert "an award of 2 of 3 bids" in capsys.readouterr().out
    award = json.loads(target.read_text(encoding="utf-8"))
    award["award"]["paid"]["op-a"] += 1
    target.write_text(json.dumps(award), encoding="utf-8")
    assert run(monkeypatch, "verify", target) == 2
    assert "1 figure that does not hold" in capsys.readouterr().err


def test_vickrey_payments_in_persian(
    saved: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """At 1,000 a park op-a saves 700 and op-c 1,100; without op-c it would be op-b's 800. So op-a gets 1,000, op-c 1,200."""
    bids = tmp_path / "bids.csv"
    bids.write_text(BIDS, encoding="utf-8")
    goal = ("--goal", "least-money", "--payment", "vcg", "--reserve-per-park", "1000")
    assert run(monkeypatch, "auction", saved, "--bids", bids, *goal, "-l", "fa") == 0
    output = capsys.readouterr().out
    assert "مناقصهٔ معکوس" in output
    assert "(op-a)" not in output, "operators without names are named by their ids"
    for paid in ("op-a مبلغ ۱٬۰۰۰٫۰۰", "op-c مبلغ ۱٬۲۰۰٫۰۰"):
        assert paid in output


def test_all_faults_of_bids_are_reported_at_once(
    saved: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    bids = tmp_path / "bids.csv"
    bids.write_text("operator_id,package,amount,units\nop-x,p,1,10\nop-a,z,-1,10\n", encoding="utf-8")
    assert run(monkeypatch, "auction", saved, "--bids", bids) == 2
    output = capsys.readouterr().err
    assert "op-x" in output
    assert "row 3" in output
    bids.write_text("operator_id,package,amount,units\n", encoding="utf-8")
    assert run(monkeypatch, "auction", saved, "--bids", bids) == 2
    assert "at least one bid" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("{", "not JSON"),
        ("[]", "neither an award nor a subsidy"),
        ('{"fiberplan": 9, "award": {}}', "format 9"),
        ('{"fiberplan": 1, "award": {}}', "damaged"),
        ('{"fiberplan": 1, "subsidy": {}, "game": []}', "damaged"),
    ],
)
def test_files_that_are_no_results(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    text: str,
    message: str,
) -> None:
    file = tmp_path / "x.json"
    file.write_text(text, encoding="utf-8")
    assert run(monkeypatch, "verify", file) == 2
    assert message in capsys.readouterr().err


@pytest.mark.parametrize("language", ["en", "fa"])
def test_every_rule_of_the_state_has_its_words(language: str) -> None:
    words = load_wording(language)
    for kind in RuleKind:
        assert words.text(f"subsidy.rule.{kind.value}", who="a", bound="1", least="1")
        assert words.text(f"subsidy.kind.{kind.value}")
