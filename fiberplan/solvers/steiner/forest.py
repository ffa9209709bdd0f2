"""One tree for each separate region: the components of a graph are problems of their own, reported together."""

from __future__ import annotations

import logging
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from scipy import sparse
from scipy.sparse import csgraph

from fiberplan.solvers.problem.steiner import SteinerInstance, build_graph
from fiberplan.solvers.run.journal import Journal
from fiberplan.solvers.steiner.record import Record
from fiberplan.solvers.steiner.search import Search
from fiberplan.solvers.steiner.solve import SteinerSolution
from fiberplan.solvers.trees.growing import mehlhorn_tree

if TYPE_CHECKING:
    from collections.abc import Callable

    from fiberplan.solvers.problem.steiner import IntArray, NodeArray
    from fiberplan.solvers.run.options import SearchOptions
    from fiberplan.solvers.run.report import LogEntry

log = logging.getLogger(__name__)


@dataclass(frozen=True, eq=False)
class SteinerForest(SteinerSolution):
    """A tree for each region with terminals, and what is known about all of them.

    Attributes
    ----------
    edges, report
        Of all trees together.
    unreachable
        Empty: terminals in another region need no way.
    trees
        Tree by tree, in the order of their first terminals; edges are numbered as in the whole instance, and each report speaks of its
        tree alone.
    """

    trees: tuple[SteinerSolution, ...] = ()


def solve_steiner_forest(
    instance: SteinerInstance,
    *,
    time_limit_s: float = 60.0,
    seed: int = 0,
    progress: Callable[[LogEntry], None] | None = None,
    options: SearchOptions | None = None,
) -> SteinerForest:
    """Connect the terminals of each component of the graph at least cost.

    Components that hold a single terminal, or none, need no edge. This is not the problem of connecting given pairs of terminals that
    goes by the same name.

    Parameters
    ----------
    instance
        The problem; its terminals need not be connected.
    time_limit_s
        Wall clock for all trees together: small components come first, and each may take an equal part of what is left. First trees are
        found whatever the limit.
    seed, progress, options
        As in `solve_steiner_tree`; bound and incumbent are sums over all trees.

    Returns
    -------
    SteinerForest
        Status is ``OPTIMAL`` if all trees are proven, else ``FEASIBLE``. An interruption from the keyboard returns what is known by
        then.

    Examples
    --------
    >>> two = SteinerInstance(6, [0, 1, 0, 3, 4], [1, 2, 2, 4, 5], [1, 1, 3, 5, 7], [0, 2, 3, 4])
    >>> forest = solve_steiner_forest(two)
    >>> forest.edges.tolist(), forest.report.objective, [tree.report.objective for tree in forest.trees]
    ([0, 1, 3], 7, [2, 5])
    """
    whole = _Whole(time_limit_s, progress)
    parts = [_Part(instance, edges, terminals, whole) for edges, terminals in _components(instance)]
    whole.records = tuple(part.record for part in parts)
    try:
        for part in parts:
            part.offer_first_tree()
        whole.note_sums("heuristics")
        queue = sorted(parts, key=lambda part: part.edges.size)
        for left, part in zip(range(len(queue), 0, -1), queue, strict=True):
            part.solve(whole.remaining() / left, seed, options)
    except KeyboardInterrupt:
        log.warning("interrupted; the best trees so far are returned, with their bounds")
        whole.add_up()
    trees = tuple(SteinerSolution(part.best, part.record.report()) for part in parts)
    known = trees if whole.incumbent is not None else ()
    edges = np.sort(np.concatenate([np.empty(0, np.int64), *(tree.edges for tree in known)]))
    return SteinerForest(edges, whole.report(), trees=trees)


class _Whole(Journal):
    """The sums over all trees."""

    records: tuple[Record, ...] = ()

    def add_up(self) -> bool:
        """Take the sums; whether they are better than before."""
        before = self.bound, self.incumbent
        costs = [record.incumbent for record in self.records]
        known = [cost for cost in costs if cost is not None]
        self.bound = sum(record.bound for record in self.records)
        if len(known) == len(costs):
            self.incumbent = sum(known)
        return (self.bound, self.incumbent) != before

    def note_sums(self, stage: str) -> None:
        """Take the sums, and note them if they are better."""
        if self.add_up():
            self._note(stage)


class _Part:
    """One component and what is known about its tree: edges and terminals as the whole instance numbers them."""

    def __init__(
        self, instance: SteinerInstance, edges: IntArray, terminals: NodeArray, whole: _Whole
    ) -> None:
        self.edges = edges
        ends = np.concatenate((terminals, instance.tail[edges], instance.head[edges]))
        nodes, number = np.unique(ends, return_inverse=True)
        own, tail, head = np.split(number.astype(np.int32), (terminals.size, terminals.size + edges.size))
        self._instance = SteinerInstance(nodes.size, tail, head, instance.cost[edges], own)
        self._graph = build_graph(
            nodes.size,
            self._instance.tail,
            self._instance.head,
            self._instance.cost,
            self._instance.terminals,
        )
        self.record = Record(self._instance, 0.0, lambda _: whole.note_sums(self.record.stage))

    @property
    def best(self) -> IntArray:
        """Edges of the best tree, as the whole instance numbers them."""
        return self.edges[self.record.edges]

    def offer_first_tree(self) -> None:
        """Find a first tree."""
        if self._instance.terminals.size == 1:
            self.record.offer(np.empty(0, np.int64), "trivial")
        else:
            self.record.offer(mehlhorn_tree(self._graph), "heuristics")

    def solve(self, seconds: float, seed: int, options: SearchOptions | None) -> None:
        """Search for the best tree.

        Parameters
        ----------
        seconds
            Wall clock allowed from now on.
        seed, options
            As in `solve_steiner_forest`.
        """
        if self.record.incumbent is not None and not self.record.closed:
            self.record.extend(seconds, self.record.incumbent)
            search = Search(self._instance, self._graph, self.record, seed, options=options)
            search.run(np.ones(self._instance.edge_count, np.bool_))


def _components(instance: SteinerInstance) -> list[tuple[IntArray, NodeArray]]:
    """Find edges and terminals of each component with terminals, in the order of their first terminals."""
    links = sparse.coo_array(
        (np.ones(instance.edge_count), (instance.tail, instance.head)),
        shape=(instance.node_count, instance.node_count),
    )
    label = csgraph.connected_components(links, directed=False)[1]
    of_edge, of_terminal = label[instance.tail], label[instance.terminals]
    order = np.argsort(of_edge, kind="stable")
    components = {}
    for name, first in zip(*np.unique(of_terminal, return_index=True), strict=True):
        begin, end = np.searchsorted(of_edge[order], (name, name + 1))
        components[int(first)] = np.sort(order[begin:end]), instance.terminals[of_terminal == name]
    return [components[first] for first in sorted(components)]
