"""Time limits that hold although the work looks at no clock."""

from __future__ import annotations

import math
import time

import numpy as np
import pytest
from support.steiner import street_grid

from fiberplan.solvers.problem.checks import check_tree
from fiberplan.solvers.run.deadline import run_in_time
from fiberplan.solvers.run.journal import Journal, Work
from fiberplan.solvers.run.options import SearchOptions
from fiberplan.solvers.run.report import LogEntry, Status
from fiberplan.solvers.steiner import solve as steiner
from fiberplan.solvers.steiner.solve import solve_steiner_tree

ONE = np.array([1])


def test_work_in_time_is_done() -> None:
    journal = Journal(60.0)
    run_in_time(journal, lambda: journal.take(7, ONE, "work"))
    chosen, report = journal.snapshot()
    assert (chosen.tolist(), report.objective) == ([1], 7)
    assert journal.is_late  # whatever still ran would stop


def test_work_that_looks_at_no_clock_is_left_alone() -> None:
    seen: list[LogEntry] = []
    journal = Journal(0.1, seen.append)
    gone_on = False

    def work() -> None:
        nonlocal gone_on
        journal.take(7, ONE, "work")
        time.sleep(0.8)
        journal.take(5, ONE, "too late")
        gone_on = True

    begin = time.perf_counter()
    run_in_time(journal, work, grace_s=0.1)
    assert time.perf_counter() - begin < 0.6
    assert journal.snapshot()[1].objective == 7
    while not gone_on:
        time.sleep(0.05)
    assert [entry.incumbent for entry in seen] == [7]  # no progress is reported after the answer


def test_a_first_solution_is_waited_for() -> None:
    journal = Journal(0.0)

    def work() -> None:
        time.sleep(0.3)
        journal.take(7, ONE, "work")

    run_in_time(journal, work, grace_s=0.0)
    assert journal.snapshot()[1].objective == 7


def test_errors_come_back_and_interruptions_do_not() -> None:
    def fail() -> None:
        raise ValueError("kernel")

    with pytest.raises(ValueError, match="kernel"):
        run_in_time(Journal(60.0), fail)

    def interrupt() -> None:
        raise KeyboardInterrupt

    journal = Journal(60.0)
    journal.take(3, ONE, "before")
    run_in_time(journal, interrupt)
    assert journal.snapshot()[1].objective == 3


def test_parts_of_a_search_stop_with_the_whole() -> None:
    whole = Journal(60.0)
    part = Journal(60.0, work=whole.work)
    assert not part.is_late
    whole.abandon()
    assert part.is_late
    assert part.is_out_of_time


def test_ticks_count_and_questions_do_not() -> None:
    whole = Journal(60.0, work=Work(2))
    part = Journal(60.0, work=whole.work)
    for _ in range(5):
        assert not whole.is_late
    assert [whole.tick(), part.tick(), part.is_late, whole.tick(), part.is_late] == [
        False,
        False,
        False,
        True,
        True,
    ]
    assert not part.is_out_of_time  # work is used up, time is not


def test_a_closed_gap_counts_no_work() -> None:
    journal = Journal(60.0)
    assert not journal.tick_unless_closed()
    journal.take(7, ONE, "work")
    journal.raise_bound(7, "work")
    assert journal.tick_unless_closed()
    assert journal.work.done == 1


def test_the_answer_of_a_search_left_alone_is_whole(monkeypatch: pytest.MonkeyPatch) -> None:
    instance = street_grid(1, 60, 60, 400)
    slow = steiner.Search.resume

    def resume(self: steiner.Search) -> None:
        time.sleep(3.0)
        slow(self)

    monkeypatch.setattr(steiner.Search, "resume", resume)
    begin = time.perf_counter()
    solution = solve_steiner_tree(instance, time_limit_s=0.3, options=SearchOptions(grace_s=0.05))
    assert time.perf_counter() - begin < 2.5
    assert solution.report.status is Status.FEASIBLE
    assert check_tree(instance, solution.edges) == solution.report.objective
    assert solution.report.bound <= (solution.report.objective or 0)


@pytest.mark.parametrize("limit", [0, 5, 20, 60])
def test_equal_work_gives_equal_answers(limit: int) -> None:
    instance = street_grid(4, 40, 40, 250)
    runs = [solve_steiner_tree(instance, time_limit_s=math.inf, work_limit=limit, seed=3) for _ in range(2)]
    one, two = (run.report for run in runs)
    assert (one.objective, one.bound, one.stage) == (two.objective, two.bound, two.stage)
    assert runs[0].edges.tolist() == runs[1].edges.tolist()
    assert [(entry.bound, entry.incumbent) for entry in one.log] == [
        (entry.bound, entry.incumbent) for entry in two.log
    ]
    if limit == 0:
        assert one.status is Status.FEASIBLE


def test_more_work_gives_no_worse_answers_and_enough_gives_proof() -> None:
    instance = street_grid(4, 40, 40, 250)
    gaps = [
        solve_steiner_tree(instance, time_limit_s=math.inf, work_limit=limit).report.gap
        for limit in (0, 20, 10**6)
    ]
    assert gaps == sorted(gaps, reverse=True)
    assert gaps[-1] == 0
