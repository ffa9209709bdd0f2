"""Networks of their own for many groups: same parks routed once, in parallel, remembered, and taken up again."""

from __future__ import annotations

import gc
import hashlib
import json
import logging
import multiprocessing
import os
import signal
import time
from collections import defaultdict
from concurrent.futures import ProcessPoolExecutor, as_completed
from concurrent.futures.process import BrokenProcessPool
from contextlib import contextmanager
from dataclasses import dataclass, replace
from functools import cached_property, lru_cache
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from pydantic import TypeAdapter, ValidationError

from fiberplan.errors import SharingError
from fiberplan.files import replacing
from fiberplan.graph import CandidateGraph
from fiberplan.project.model import Project
from fiberplan.result.own_network import DemandBy, OwnNetwork, demand_of, price_own_network
from fiberplan.routing import solve_routes

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from fiberplan.solvers.run.report import LogEntry

_log = logging.getLogger(__name__)

Group = frozenset[str]
"""Operators, or parks, that act as one."""

SMALL: Final = 100_000
"""Edges times routings up to which one process is as quick as starting others."""
_SAVE_EVERY_S: Final = 5.0


@dataclass(frozen=True, kw_only=True)
class CoalitionOptions:
    """How networks of many groups are sought; none of it changes what they cost if the routes are proven.

    Attributes
    ----------
    time_limit_s
        Seconds for one routing; that of the project if ``None``.
    workers
        Processes; as many as there are cores if ``None``, or one where the work is small. Python starts them by
        importing the main program, so a script that asks for several needs ``if __name__ == "__main__":``.
    cache
        JSON file that remembers what is known, from run to run; made if need be.
    """

    time_limit_s: float | None = None
    workers: int | None = None
    cache: Path | None = None


@dataclass(frozen=True)
class CoalitionPlanner:
    """Plans networks for groups, on one graph.

    Attributes
    ----------
    graph
        Where cable can go; its project has demand, prices and rules.
    by
        Whether groups are of operators or of parks.
    time_limit_s
        Seconds for one routing.
    """

    graph: CandidateGraph
    by: DemandBy
    time_limit_s: float

    @property
    def project(self) -> Project:
        """Whose demand is planned for."""
        return self.graph.project

    def parks_of(self, group: Group) -> tuple[str, ...]:
        """List the parks that a group needs and the graph reaches."""
        wanted = {entry.park_id for entry in demand_of(self.project, group, by=self.by)}
        return tuple(sorted(wanted.intersection(self.graph.park_nodes)))

    def plan(
        self,
        parks: tuple[str, ...],
        groups: Iterable[Group],
        *,
        progress: Callable[[LogEntry], None] | None = None,
    ) -> list[OwnNetwork]:
        """Route some parks, then design and price the network of every group that needs just these."""
        options = replace(self.project.settings.routing, time_limit_s=self.time_limit_s)
        routing = solve_routes(self.graph, parks=parks, options=options, progress=progress)
        return [
            price_own_network(self.project, demand_of(self.project, group, by=self.by), routing)
            for group in groups
        ]

    @cached_property
    def _fingerprint(self) -> bytes:
        """Digest everything that a network's cost depends on, and the program that works it out."""
        told: set[str] = {"sharing", "languages", "name", "description", "credit"}
        told |= {"business", "instruments", "subsidy"}
        ignored: dict[str, Any] = {"basemap": True, "notes": True, "settings": told}
        text = TypeAdapter(Project).dump_json(self.project, exclude=ignored)
        head = f"{_program_version()} {self.by} {self.time_limit_s!r} "
        return hashlib.sha256(head.encode() + text).digest()

    def key_of(self, group: Group) -> str:
        """Name what a group's network would cost, for a file: a digest of the project and the group."""
        names = json.dumps(sorted(group)).encode()
        return hashlib.sha256(self._fingerprint + names).hexdigest()


class CoalitionCache:
    """Networks by `CoalitionPlanner.key_of`, of any number of projects, in a JSON file if there is a path for one.

    Parameters
    ----------
    path
        Of the file; it need not be there yet.

    Raises
    ------
    SharingError
        There is a file, and it is another.
    """

    def __init__(self, path: Path | None = None) -> None:
        self._path = path
        self._networks: dict[str, OwnNetwork] = {}
        self._saved = time.monotonic()
        self._is_new = False
        if path is not None and path.exists():
            try:
                self._networks = _adapter().validate_json(path.read_bytes())
            except ValidationError as error:
                raise SharingError(f"{path}: not a file of what coalitions cost") from error

    def get(self, key: str) -> OwnNetwork | None:
        """Look a network up."""
        return self._networks.get(key)

    def add(self, key: str, network: OwnNetwork) -> None:
        """Take in a network, and save every few seconds."""
        self._networks[key] = network
        self._is_new = True
        if time.monotonic() - self._saved > _SAVE_EVERY_S:
            self.save()

    def save(self) -> None:
        """Write the file if there is anything new; the old one stays until the new one is whole."""
        if self._path is None or not self._is_new:
            return
        with replacing(self._path) as draft:
            draft.write_bytes(_adapter().dump_json(dict(sorted(self._networks.items())), indent=1))
        self._saved, self._is_new = time.monotonic(), False


@lru_cache(maxsize=1)
def _adapter() -> TypeAdapter[dict[str, OwnNetwork]]:
    return TypeAdapter(dict[str, OwnNetwork])


@dataclass(frozen=True, slots=True)
class _Task:
    """Parks that are routed once, for all groups that need just these."""

    parks: tuple[str, ...]
    groups: tuple[Group, ...]


def plan_groups(
    planner: CoalitionPlanner, groups: Iterable[Group], *, workers: int | None = None
) -> Iterator[tuple[Group, OwnNetwork]]:
    """Plan a network for every group.

    Parameters
    ----------
    planner
        Plans one.
    groups
        Each with at least one park that the graph reaches.
    workers
        As in `CoalitionOptions`.

    Yields
    ------
    tuple
        Group and network, as they are done. If the iteration is given up, the processes end with it.
    """
    by_parks: defaultdict[tuple[str, ...], list[Group]] = defaultdict(list)
    for group in sorted(set(groups), key=sorted):
        by_parks[planner.parks_of(group)].append(group)
    # The largest first, so that no process is left with one of them at the end.
    tasks = [
        _Task(parks, tuple(by_parks[parks]))
        for parks in sorted(by_parks, key=lambda parks: (-len(parks), parks))
    ]
    if workers is None:
        workers = 1 if planner.graph.edge_count * len(tasks) <= SMALL else _cores()
    left = dict(enumerate(tasks))
    if min(workers, len(tasks)) > 1:
        try:
            yield from _in_processes(planner, left, min(workers, len(tasks)))
        except BrokenProcessPool:
            _log.warning("a process ended before its time; this one does what is left")
    for task in list(left.values()):
        yield from zip(task.groups, planner.plan(task.parks, task.groups), strict=True)


def _cores() -> int:
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


def _in_processes(
    planner: CoalitionPlanner, left: dict[int, _Task], workers: int
) -> Iterator[tuple[Group, OwnNetwork]]:
    """Work the tasks off in parallel, and out of what is left."""
    with _pool(planner, workers) as pool:
        futures = {pool.submit(_work, task): number for number, task in left.items()}
        for future in as_completed(futures):
            networks = future.result()
            task = left.pop(futures[future])
            yield from zip(task.groups, networks, strict=True)


@contextmanager
def _pool(planner: CoalitionPlanner, workers: int) -> Iterator[ProcessPoolExecutor]:
    """Give a pool whose processes have the planner; they are ended if the work is given up."""
    before = set(multiprocessing.active_children())
    # Spawned, not forked: OR-Tools and numba have threads, which a fork does not take along.
    context = multiprocessing.get_context("spawn")
    pool = ProcessPoolExecutor(workers, mp_context=context, initializer=_start, initargs=(planner,))
    is_done = False
    try:
        yield pool
        is_done = True
    finally:
        if not is_done:
            for child in set(multiprocessing.active_children()) - before:
                child.terminate()
        pool.shutdown(wait=is_done, cancel_futures=True)


_OF_THIS_PROCESS: Final[list[CoalitionPlanner]] = []
"""What the processes of a pool plan with: sent once, when they start."""


def _start(planner: CoalitionPlanner) -> None:
    # An interruption is for the program that started this; the solver here would take it as the end of its time.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    _OF_THIS_PROCESS[:] = [planner]
    # The graph stays to the end: the collector need not walk through all its geometry again and again.
    gc.freeze()


def _work(task: _Task) -> list[OwnNetwork]:
    return _OF_THIS_PROCESS[0].plan(task.parks, task.groups)


def _program_version() -> str:
    try:
        return version("fiberplan")
    except PackageNotFoundError:  # a checkout that is not installed
        return "0+unknown"
