"""Options that tune a search: defaults, TOML files, what is refused, and that they reach the search."""

from __future__ import annotations

from dataclasses import FrozenInstanceError, fields
from typing import TYPE_CHECKING

import pytest
from support.command import run
from support.steiner import street_grid

from fiberplan.errors import FiberplanError, SolverInputError
from fiberplan.solvers.arborescence.node_costs import solve_node_weighted_tree
from fiberplan.solvers.run.options import ArborescenceOptions, SearchOptions, SharedOptions, Stage
from fiberplan.solvers.steiner.forest import solve_steiner_forest
from fiberplan.solvers.steiner.solve import solve_steiner_tree
from fiberplan.solvers.steiner.super_root import solve_from_roots

if TYPE_CHECKING:
    from pathlib import Path

ALL = (SharedOptions, SearchOptions, ArborescenceOptions)


def toml(folder: Path, text: str) -> Path:
    file = folder / "options.toml"
    file.write_text(text, encoding="utf-8")
    return file


@pytest.mark.parametrize("options", ALL)
def test_an_empty_file_gives_the_defaults(tmp_path: Path, options: type[SharedOptions]) -> None:
    assert options.from_toml(toml(tmp_path, "")) == options()


def test_a_file_sets_what_it_names_and_nothing_else(tmp_path: Path) -> None:
    text = """
    first_trees = 3
    tight_share = 0
    skip = ["rounds", "blocks"]
    dual_gains = [0.1]
    efforts = [[1, 6, 1000], [2, 15, 300], [3, 60, 100]]
    """
    given = SearchOptions.from_toml(toml(tmp_path, text))
    assert given == SearchOptions(
        first_trees=3,
        tight_share=0.0,
        skip=frozenset({Stage.ROUNDS, Stage.BLOCKS}),
        dual_gains=(0.1,),
        efforts=((1, 6, 1000), (2, 15, 300), (3, 60, 100)),
    )
    assert given.roots_per_round == SearchOptions().roots_per_round
    directed = ArborescenceOptions.from_toml(toml(tmp_path, "perturbed_trees = 1\ngrace_s = 0.5"))
    assert directed == ArborescenceOptions(perturbed_trees=1, grace_s=0.5)


@pytest.mark.parametrize(
    ("text", "fault"),
    [
        ("frist_trees = 3", "unknown option 'frist_trees'"),
        ("perturbed_trees = 3", "unknown option 'perturbed_trees'"),  # of the other search
        ('first_trees = "many"', "option 'first_trees': .*, not 'many'"),
        ("first_trees = 0", "option 'first_trees': .*greater than or equal to 1, not 0"),
        ("worthwhile_share = 1.5", "option 'worthwhile_share': .*less than or equal to 1"),
        ("grace_s = nan", "option 'grace_s': .*finite"),
        ("labels_up_to_terminals = 62", "option 'labels_up_to_terminals'"),
        ('skip = ["everything"]', "option 'skip.*'rounds'"),
        ("effort_in_blocks = 4", "effort_in_blocks is none of the 4 efforts"),
        ("efforts = [[1, 2, 3]]", "option 'efforts'"),
        ("first_trees = ", "no TOML"),
        ("a = 1\nfirst_trees = 0", "unknown option 'a'.*first_trees|first_trees.*unknown option 'a'"),
    ],
)
def test_what_no_option_can_be_is_refused_with_its_name(tmp_path: Path, text: str, fault: str) -> None:
    file = toml(tmp_path, text)
    with pytest.raises(SolverInputError, match=fault) as caught:
        SearchOptions.from_toml(file)
    assert str(file) in str(caught.value)
    assert isinstance(caught.value, FiberplanError)


@pytest.mark.parametrize("name", ["frist_trees", "perturbed_trees"])
def test_code_cannot_set_what_there_is_not(name: str) -> None:
    with pytest.raises(ValueError, match=name):
        SearchOptions(**{name: 3})


@pytest.mark.parametrize("options", ALL)
def test_options_stay_as_they_are(options: type[SharedOptions]) -> None:
    with pytest.raises(FrozenInstanceError):
        options().grace_s = 2.0


@pytest.mark.parametrize("options", ALL)
def test_every_option_is_documented(options: type[SharedOptions]) -> None:
    text = " ".join(kind.__doc__ or "" for kind in options.__mro__)
    names = {
        name.strip() for line in text.splitlines() for name in line.split(",") if " " not in name.strip()
    }
    assert {field.name for field in fields(options)} <= names


@pytest.mark.parametrize("skip", [set(), set(Stage), {Stage.ROUNDS}, {Stage.BLOCKS, Stage.FIRST_TESTS}])
def test_stages_left_out_change_no_optimum(skip: set[Stage]) -> None:
    instance = street_grid(3, 12, 12, 9)
    options = SearchOptions(skip=frozenset(skip), labels_up_to_terminals=0)
    objective = solve_steiner_tree(instance).report.objective
    report = solve_steiner_tree(instance, options=options).report
    assert report.objective == report.bound == objective
    assert solve_steiner_forest(instance, options=options).report.objective == objective
    assert solve_from_roots(instance, instance.terminals[:1], options=options).report.objective == objective
    directed = ArborescenceOptions(skip=frozenset(skip))
    free = [0] * instance.node_count
    assert solve_node_weighted_tree(instance, free, options=directed).report.objective == objective


def test_the_command_line_reads_a_file_of_options(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    problem = tmp_path / "square.gr"
    problem.write_text(
        "SECTION Graph\nNodes 4\nEdges 4\nE 1 2 3\nE 2 3 3\nE 3 4 3\nE 4 1 8\nEND\n"
        "SECTION Terminals\nTerminals 3\nT 1\nT 3\nT 4\nEND\nEOF\n",
        encoding="utf-8",
    )
    assert run(monkeypatch, "solve", problem, "--options", toml(tmp_path, "first_trees = 2")) == 0
    assert "objective 9" in capsys.readouterr().err
    assert run(monkeypatch, "solve", problem, "--options", toml(tmp_path, "frist_trees = 2")) == 2
    assert "unknown option 'frist_trees'" in capsys.readouterr().err
