"""Tasks in processes: order, progress, errors, and processes that are killed."""

from __future__ import annotations

import multiprocessing
import os
from typing import TYPE_CHECKING

import pytest
from support.tasks import (
    DEADLY,
    Setting,
    Unloadable,
    fail,
    square,
    square_or_kill_always,
    square_or_kill_once,
    wait,
)

from fiberplan.result.executor import ProcessExecutor, available_cores

if TYPE_CHECKING:
    from pathlib import Path

TASKS = [5, 4, DEADLY, 2, 1, 0]
SQUARES = [25, 16, 9, 4, 1, 0]


@pytest.fixture
def setting(tmp_path: Path) -> Setting:
    return Setting(tmp_path, os.getpid())


@pytest.mark.parametrize("workers", [1, 2])
def test_results_come_in_the_order_of_the_tasks(setting: Setting, workers: int) -> None:
    calls: list[tuple[int, int]] = []
    executor = ProcessExecutor(function=square, shared=setting, workers=workers)
    results = executor.run(TASKS, progress=lambda done, count: calls.append((done, count)))
    assert results == [(value, workers > 1) for value in SQUARES]
    assert calls == [(done, 6) for done in range(1, 7)]


def test_each_result_comes_once_with_its_number(setting: Setting) -> None:
    executor = ProcessExecutor(function=square, shared=setting, workers=2)
    assert sorted(executor.as_completed(TASKS)) == [(n, (value, True)) for n, value in enumerate(SQUARES)]


def test_without_tasks_nothing_is_started(setting: Setting) -> None:
    assert ProcessExecutor(function=square, shared=setting).run([]) == []


def test_a_single_task_runs_in_this_process(setting: Setting) -> None:
    assert ProcessExecutor(function=square, shared=setting, workers=4).run([3]) == [(9, False)]


def test_tasks_of_a_killed_process_are_submitted_again(
    setting: Setting, caplog: pytest.LogCaptureFixture
) -> None:
    executor = ProcessExecutor(function=square_or_kill_once, shared=setting, workers=2)
    assert executor.run(TASKS) == [(value, True) for value in SQUARES]
    assert (setting.folder / "killed").exists()
    assert "a process ended early" in caplog.text


@pytest.mark.parametrize("restarts", [0, 1])
def test_tasks_that_kill_every_process_run_in_this_one(setting: Setting, restarts: int) -> None:
    executor = ProcessExecutor(function=square_or_kill_always, shared=setting, workers=2, restarts=restarts)
    results = executor.run(TASKS)
    assert [value for value, _ in results] == SQUARES
    assert results[TASKS.index(DEADLY)] == (9, False)
    assert len(list(setting.folder.glob("killed-*"))) == 1 + restarts


def test_where_no_process_can_start_all_tasks_run_in_this_one(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    shared = Unloadable(tmp_path, os.getpid())
    executor = ProcessExecutor(function=square, shared=shared, workers=2)
    assert executor.run(TASKS) == [(value, False) for value in SQUARES]
    assert caplog.text.count("no other process can start") == 1


@pytest.mark.parametrize("workers", [1, 2])
def test_an_error_of_a_task_is_raised(setting: Setting, workers: int) -> None:
    executor = ProcessExecutor(function=fail, shared=setting, workers=workers)
    with pytest.raises(ValueError, match="task 3 fails"):
        executor.run(TASKS)


def test_processes_end_with_an_iteration_that_is_closed(setting: Setting) -> None:
    before = set(multiprocessing.active_children())
    results = ProcessExecutor(function=wait, shared=setting, workers=2).as_completed([0, 1, 2])
    assert next(results) == (0, (0, True))
    results.close()
    for child in set(multiprocessing.active_children()) - before:
        child.join(timeout=10)
        assert not child.is_alive()


def test_there_is_at_least_one_core() -> None:
    assert available_cores() >= 1
