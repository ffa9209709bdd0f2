"""Independent tasks in several processes: a killed process loses no task, and results do not depend on the number of processes."""

from __future__ import annotations

import gc
import logging
import multiprocessing
import os
import signal
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future, ProcessPoolExecutor, as_completed
from concurrent.futures.process import BrokenProcessPool
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final, Generic, TypeVar

if TYPE_CHECKING:
    from collections.abc import Generator

Shared = TypeVar("Shared")
Task = TypeVar("Task")
Result = TypeVar("Result")

_log = logging.getLogger(__name__)


@dataclass(frozen=True, kw_only=True)
class ProcessExecutor(Generic[Shared, Task, Result]):
    """Runs one function on many tasks, in processes of their own where there are several workers.

    A process that is killed (by the system for want of memory, or by somebody) takes its pool with it. Tasks without a
    result are then submitted again, to new processes, and in the end run in this process. An exception of the function
    itself is raised here and ends the other tasks.

    Python starts the processes by importing the main program, so a script needs ``if __name__ == "__main__":``.

    Attributes
    ----------
    function
        Called with `shared` and a task; a function of a module, since other processes import it.
    shared
        What all tasks need, sent to each process once.
    workers
        Processes; all available cores if ``None``. With one, everything runs in this process.
    restarts
        How often new processes are started after one was killed.
    """

    function: Callable[[Shared, Task], Result]
    shared: Shared
    workers: int | None = None
    restarts: int = 2

    def run(
        self, tasks: Sequence[Task], *, progress: Callable[[int, int], None] | None = None
    ) -> list[Result]:
        """Run all tasks.

        Parameters
        ----------
        tasks
            Each can be pickled, as can its result.
        progress
            Called after each task with the number done, and of all.

        Returns
        -------
        list
            Results in the order of the tasks.
        """
        results = dict(self.as_completed(tasks, progress=progress))
        return [results[number] for number in range(len(tasks))]

    def as_completed(
        self, tasks: Sequence[Task], *, progress: Callable[[int, int], None] | None = None
    ) -> Generator[tuple[int, Result], None, None]:
        """Run all tasks and yield each result as soon as it is known.

        Parameters
        ----------
        tasks, progress
            As in `run`.

        Yields
        ------
        tuple
            Number of the task, from 0, and result. If the iteration is closed, the processes end with it.
        """
        for done, entry in enumerate(self._results(dict(enumerate(tasks))), start=1):
            if progress is not None:
                progress(done, len(tasks))
            yield entry

    def _results(self, pending: dict[int, Task]) -> Iterator[tuple[int, Result]]:
        """Yield results, and take their tasks out of the pending ones."""
        workers = min(available_cores() if self.workers is None else self.workers, len(pending))
        attempts = 1 + self.restarts if workers > 1 else 0
        for _ in range(attempts):
            is_started = yield from self._in_processes(pending, workers)
            if not pending:
                return
            if not is_started:
                _log.warning("no other process can start; all tasks run in this one")
                break
            _log.warning("a process ended early; %d tasks have no result yet", len(pending))
        for number in list(pending):
            yield number, self.function(self.shared, pending.pop(number))

    def _in_processes(
        self, pending: dict[int, Task], workers: int
    ) -> Generator[tuple[int, Result], None, bool]:
        """Run pending tasks in a pool until all are done or the pool breaks; return whether a process could start."""
        with _pool(workers, self.function, self.shared) as (pool, end_processes):
            try:
                pool.submit(os.getpid).result()
            except BrokenProcessPool:
                end_processes()
                return False
            futures: dict[Future[Any], int] = {}
            try:
                for number, task in pending.items():
                    futures[pool.submit(_call, task)] = number
            except BrokenProcessPool:
                end_processes()  # what was submitted so far may still have results
            for future in as_completed(futures):
                try:
                    result = future.result()
                except BrokenProcessPool:
                    end_processes()
                    continue
                number = futures[future]
                del pending[number]
                yield number, result
        return True


def available_cores() -> int:
    """Count the cores that this process may use."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


@contextmanager
def _pool(
    workers: int, function: Callable[[Any, Any], Any], shared: object
) -> Iterator[tuple[ProcessPoolExecutor, Callable[[], None]]]:
    """Start a pool whose processes have the function and what all tasks need; end them if the work is given up.

    Beside the pool comes a function that ends its processes. A pool that breaks while it starts a process does not end
    that one, and waits for it for ever, so whoever sees it broken has to.
    """
    before = set(multiprocessing.active_children())
    # Spawned, not forked: OR-Tools and numba have threads, which a fork does not copy.
    context = multiprocessing.get_context("spawn")
    pool = ProcessPoolExecutor(workers, mp_context=context, initializer=_start, initargs=(function, shared))
    is_done = False

    def end_processes() -> None:
        for child in set(multiprocessing.active_children()) - before:
            child.terminate()

    try:
        yield pool, end_processes
        is_done = True
    finally:
        if not is_done:
            end_processes()
        pool.shutdown(wait=is_done, cancel_futures=True)


_OF_THIS_PROCESS: Final[list[tuple[Callable[[Any, Any], Any], Any]]] = []
"""Function and shared object of a pool's process: sent once, when it starts."""


def _start(function: Callable[[Any, Any], Any], shared: object) -> None:
    # An interruption is for the main program; a solver here would take it as the end of its time.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    _OF_THIS_PROCESS[:] = [(function, shared)]
    # What is shared stays to the end: the collector need not search it again and again.
    gc.freeze()


def _call(task: object) -> object:
    ((function, shared),) = _OF_THIS_PROCESS
    return function(shared, task)
