"""Networks of their own for many groups: same parks routed once, in parallel, and kept from run to run."""

from __future__ import annotations

import hashlib
import json
import time
from collections import defaultdict
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from functools import cached_property, lru_cache
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, Self

from pydantic import TypeAdapter, ValidationError

from fiberplan.errors import SharingError
from fiberplan.files import replacing
from fiberplan.graph import CandidateGraph
from fiberplan.project.model import Project
from fiberplan.result.executor import ProcessExecutor
from fiberplan.result.own_network import DemandBy, OwnNetwork, demand_of, price_own_network
from fiberplan.routing import solve_routes

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from fiberplan.solvers.run.report import LogEntry

Group = frozenset[str]
"""Operators, or parks, that act as one."""

CoalitionProgress = Callable[[int, int], None]
"""Called after each coalition with the number that is done, and of all."""

MAX_AHEAD: Final = 12
"""Players up to which all coalitions are planned at once, in parallel; with more, each when its cost is needed."""

SMALL: Final = 100_000
"""Edges times routings up to which one process is as quick as starting others."""
_SAVE_EVERY_S: Final = 5.0


@dataclass(frozen=True, kw_only=True)
class CoalitionOptions:
    """How networks of many groups are planned; none of it changes what they cost if the routes are proven.

    Attributes
    ----------
    time_limit_s
        Seconds for one routing; that of the project if ``None``.
    workers
        Processes; as many as there are cores if ``None``, or one where the work is small. Python starts them by
        importing the main program, so a script that uses several needs ``if __name__ == "__main__":``.
    cache
        JSON file that keeps what is known from run to run; created where there is none.
    max_ahead
        Players up to which all coalitions are planned at once; with more, each when its cost is needed.
    """

    time_limit_s: float | None = None
    workers: int | None = None
    cache: Path | None = None
    max_ahead: int = MAX_AHEAD


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
        """Route some parks, then design and price the network of every group that needs just these.

        Parameters
        ----------
        parks
            Ids of the parks.
        groups
            Each needs these parks and no others.
        progress
            Called with each better bound or routing.

        Returns
        -------
        list of OwnNetwork
            In the order of the groups.
        """
        options = replace(self.project.settings.routing, time_limit_s=self.time_limit_s)
        routing = solve_routes(self.graph, parks=parks, options=options, progress=progress)
        return [
            price_own_network(self.project, demand_of(self.project, group, by=self.by), routing)
            for group in groups
        ]

    @cached_property
    def _fingerprint(self) -> bytes:
        """Digest everything that a network's cost depends on, and the version of the program."""
        free: set[str] = {"sharing", "languages", "name", "description", "credit"}
        free |= {"business", "instruments", "subsidy"}
        ignored: dict[str, Any] = {"basemap": True, "notes": True, "settings": free}
        text = TypeAdapter(Project).dump_json(self.project, exclude=ignored)
        head = f"{_program_version()} {self.by} {self.time_limit_s!r} "
        return hashlib.sha256(head.encode() + text).digest()

    def key_of(self, group: Group) -> str:
        """Return the key of a group's network in a cache: a digest of the project and the group."""
        names = json.dumps(sorted(group)).encode()
        return hashlib.sha256(self._fingerprint + names).hexdigest()


class CoalitionCache:
    """Networks by `CoalitionPlanner.key_of`, of any number of projects, in a JSON file if there is a path for one.

    Parameters
    ----------
    path
        Of the file, which may not exist yet.

    Raises
    ------
    SharingError
        The file exists and is of another kind.
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
        """Return a network by its key; ``None`` if it is not known."""
        return self._networks.get(key)

    def add(self, key: str, network: OwnNetwork) -> None:
        """Add a network, and save every few seconds.

        Parameters
        ----------
        key
            By `CoalitionPlanner.key_of`.
        network
            What that group's network costs.
        """
        self._networks[key] = network
        self._is_new = True
        if time.monotonic() - self._saved > _SAVE_EVERY_S:
            self.save()

    def save(self) -> None:
        """Write the file if anything is new; the old one stays until the new one is complete."""
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
        Group and network, as they are done. If the iteration is closed, the processes end with it.
    """
    by_parks: defaultdict[tuple[str, ...], list[Group]] = defaultdict(list)
    for group in sorted(set(groups), key=sorted):
        by_parks[planner.parks_of(group)].append(group)
    # The largest first, so that no process is left with one of them at the end.
    tasks = [
        _Task(parks, tuple(by_parks[parks]))
        for parks in sorted(by_parks, key=lambda parks: (-len(parks), parks))
    ]
    if workers is None and planner.graph.edge_count * len(tasks) <= SMALL:
        workers = 1
    executor = ProcessExecutor(function=_plan_task, shared=planner, workers=workers)
    for number, networks in executor.as_completed(tasks):
        yield from zip(tasks[number].groups, networks, strict=True)


def _plan_task(planner: CoalitionPlanner, task: _Task) -> list[OwnNetwork]:
    return planner.plan(task.parks, task.groups)


@dataclass(frozen=True, kw_only=True)
class CoalitionRun:
    """What every step that plans networks of coalitions needs: options, networks that are known, and progress.

    Attributes
    ----------
    options
        How networks are planned.
    cache
        Networks that are known; new ones are added.
    progress
        Called after each coalition that is planned ahead.
    """

    options: CoalitionOptions = field(default_factory=CoalitionOptions)
    cache: CoalitionCache = field(default_factory=CoalitionCache)
    progress: CoalitionProgress | None = None

    @classmethod
    def of(
        cls,
        options: CoalitionOptions | None,
        progress: CoalitionProgress | None,
        *,
        known: CoalitionCache | None = None,
    ) -> Self:
        """Create a run from optional arguments.

        Parameters
        ----------
        options
            The usual ones if ``None``.
        progress
            As in the class.
        known
            The cache where the options name no file.
        """
        options = options or CoalitionOptions()
        cache = CoalitionCache(options.cache) if options.cache is not None or known is None else known
        return cls(options=options, cache=cache, progress=progress)

    def planner(self, graph: CandidateGraph, by: DemandBy) -> CoalitionPlanner:
        """Create the planner of this run.

        Parameters
        ----------
        graph
            Where cable can go.
        by
            Whether groups are of operators or of parks.
        """
        time_limit_s = self.options.time_limit_s or graph.project.settings.routing.time_limit_s
        return CoalitionPlanner(graph, by, time_limit_s)

    def network(self, planner: CoalitionPlanner, group: Group) -> OwnNetwork:
        """Return the network of a group, planned now if it is not known.

        Parameters
        ----------
        planner
            Plans it.
        group
            With at least one park that the graph reaches.
        """
        key = planner.key_of(group)
        network = self.cache.get(key)
        if network is None:
            ((_, network),) = plan_groups(planner, [group], workers=1)
            self.cache.add(key, network)
        return network

    def plan_ahead(self, planner: CoalitionPlanner, groups: Iterable[Group]) -> None:
        """Plan all groups that are not known; the cache is saved at the end, also at an interruption or an error.

        Parameters
        ----------
        planner
            Plans them.
        groups
            Each with at least one park that the graph reaches.
        """
        every = list(groups)
        missing = [group for group in every if self.cache.get(planner.key_of(group)) is None]
        done = len(every) - len(missing)
        try:
            for group, network in plan_groups(planner, missing, workers=self.options.workers):
                self.cache.add(planner.key_of(group), network)
                done += 1
                if self.progress is not None:
                    self.progress(done, len(every))
        finally:
            self.cache.save()


def _program_version() -> str:
    try:
        return version("fiberplan")
    except PackageNotFoundError:  # a checkout that is not installed
        return "0+unknown"
