"""The orchestra: a Steiner tree from all stages, with a proof or an honest gap.

Reductions, trees along shortest paths, then rounds of dual ascent, ascend-and-prune and reduced-cost fixing; on what
remains, directed cuts in a linear programme; on what that leaves open, branching. The order of stages follows Polzin and
Daneshmand (2001), Improved algorithms for the Steiner problem in networks.
"""

from __future__ import annotations

import logging
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from fiberplan.solvers.arrays import FORBIDDEN, Graph, SteinerInstance, build_graph
from fiberplan.solvers.branching import branch
from fiberplan.solvers.cut_rows import Rows, balance_rows, entering_arcs, reached, violated_cuts
from fiberplan.solvers.directed_cut import CutLp, prove_bound
from fiberplan.solvers.dual_ascent import DualAscent, ascend_dual
from fiberplan.solvers.fixing import useless_arcs, useless_edges
from fiberplan.solvers.heuristics import clean_tree, grow_tree, mehlhorn_tree
from fiberplan.solvers.reductions import reduce_graph
from fiberplan.solvers.report import LogEntry, SolveReport, Status

if TYPE_CHECKING:
    from collections.abc import Callable

    from fiberplan.solvers.arrays import BoolArray, FloatArray, IntArray
    from fiberplan.solvers.reductions import Reduction

log = logging.getLogger(__name__)

ROOTS_PER_ROUND = 6
"""Dual ascents in each round, each from another root."""
STARTS = 12
"""Nodes to grow trees from at first."""
POOL = 10
"""Trees that are recombined."""
RECOMBINE_SHARE = 0.1
"""Part of the time limit that one recombination may take."""
PATIENCE = 3
"""Rounds without success before cuts take over."""
WORTHWHILE = 0.9
"""Another round is worth its time if it leaves at most this part of the edges."""
MAX_SEED_ENTRIES = 300_000
"""Entries of the cuts of dual ascent that the linear programme starts with, at most."""


@dataclass(frozen=True, eq=False)
class SteinerSolution:
    """A tree and what is known about it.

    Attributes
    ----------
    edges
        Indices of the edges of the instance, sorted, int64; empty without a solution.
    report
        Status, objective, bound, seconds.
    unreachable
        Terminals that no way leads to from the first one; empty unless the problem is infeasible.
    """

    edges: IntArray
    report: SolveReport
    unreachable: tuple[int, ...] = ()


def solve_steiner_tree(
    instance: SteinerInstance,
    *,
    time_limit_s: float = 60.0,
    seed: int = 0,
    progress: Callable[[LogEntry], None] | None = None,
) -> SteinerSolution:
    """Connect all terminals at least cost.

    Parameters
    ----------
    instance
        The problem.
    time_limit_s
        Wall clock after which the best tree so far is returned, with its gap. A first tree is made whatever the limit.
    seed
        Of the random choices. Unless the time limit strikes, equal seeds give equal trees.
    progress
        Called whenever bound or incumbent improve.

    Returns
    -------
    SteinerSolution
        Status is ``OPTIMAL``, ``FEASIBLE`` or, if the terminals are not connected, ``INFEASIBLE``. With no terminal or one,
        the tree is empty and costs nothing.

    Examples
    --------
    >>> square = SteinerInstance(4, [0, 1, 2, 3], [1, 2, 3, 0], [3, 3, 3, 8], [0, 2, 3])
    >>> solution = solve_steiner_tree(square)
    >>> solution.edges.tolist(), solution.report.objective, solution.report.status
    ([0, 1, 2], 9, <Status.OPTIMAL: 'optimal'>)
    """
    return _Search(instance, time_limit_s, seed, progress).solve()


class _Search:
    """What is known so far, and the stages that add to it.

    `graph` is what is left to decide, after `_layers` of reductions whose fixed edges cost `_offset`. Only trees that are
    cheaper than the incumbent are still in it, so that its bounds hold for all trees up to the incumbent's cost.
    """

    def __init__(
        self,
        instance: SteinerInstance,
        time_limit_s: float,
        seed: int,
        progress: Callable[[LogEntry], None] | None,
        *,
        nested: bool = False,
    ) -> None:
        self._begin = time.perf_counter()
        self._instance = instance
        self._time_limit_s = time_limit_s
        self._seed = seed
        self._nested = nested
        self._random = np.random.default_rng(seed)
        self._progress = progress
        self._layers: list[Reduction] = []
        self._offset = 0
        self._log: list[LogEntry] = []
        self._stage = "none"
        self._pool: dict[bytes, tuple[int, IntArray]] = {}
        self._edges: IntArray = np.empty(0, np.int64)
        self._incumbent: int | None = None if instance.terminals.size > 1 else 0
        self._bound = 0
        self.graph = build_graph(instance.node_count, instance.tail, instance.head, instance.cost, instance.terminals)

    # -- what is known ------------------------------------------------------------------------------------------------

    def seconds(self) -> float:
        """Wall clock since the beginning."""
        return time.perf_counter() - self._begin

    def remaining(self) -> float:
        """Seconds left."""
        return self._time_limit_s - self.seconds()

    @property
    def closed(self) -> bool:
        """Whether bound and incumbent meet."""
        return self._incumbent is not None and self._bound >= self._incumbent

    def over(self) -> bool:
        """Whether there is nothing left to do, or no time to do it."""
        return self.closed or self.remaining() <= 0

    @property
    def target(self) -> int:
        """Trees of the graph that are of interest cost less than this."""
        assert self._incumbent is not None
        return self._incumbent - self._offset

    def _note(self, stage: str) -> None:
        self._stage = stage
        entry = LogEntry(self.seconds(), self._bound, self._incumbent)
        self._log.append(entry)
        log.debug("%s: %s", stage, entry)
        if self._progress is not None:
            self._progress(entry)

    def offer(self, edges: IntArray, stage: str) -> None:
        """Take a tree of the graph into the pool, and as incumbent if it is cheaper."""
        for layer in reversed(self._layers):
            edges = layer.restore(edges)
        edges = self._pruned(edges)
        cost = int(self._instance.cost[edges].sum())
        self._pool[edges.tobytes()] = (cost, edges)
        self._adopt(cost, edges, stage)

    def _adopt(self, cost: int, edges: IntArray, stage: str) -> None:
        """Take a tree of the instance as incumbent if it is cheaper."""
        if self._incumbent is None or cost < self._incumbent:
            self._edges = edges
            self._incumbent = cost
            self._note(stage)

    def raise_bound(self, bound: int, stage: str) -> None:
        """Take a bound on the trees of the graph."""
        bound += self._offset
        if self._incumbent is not None:
            bound = min(bound, self._incumbent)
        if bound > self._bound:
            self._bound = bound
            self._note(stage)

    def finish(self, stage: str | None = None) -> SteinerSolution:
        """Pack up."""
        optimal = self.closed
        report = SolveReport(
            Status.OPTIMAL if optimal else Status.FEASIBLE,
            self._incumbent,
            self._bound,
            self.seconds(),
            stage or self._stage,
            tuple(self._log),
        )
        return SteinerSolution(self._edges, report)

    def give_up(self, unreachable: tuple[int, ...]) -> SteinerSolution:
        """Report that there is no tree."""
        report = SolveReport(Status.INFEASIBLE, None, 0, self.seconds(), "connectivity")
        return SteinerSolution(self._edges, report, unreachable)

    def _pruned(self, edges: IntArray) -> IntArray:
        """Span what the edges connect, without the free ends and cycles that reductions may leave."""
        if edges.size == 0:
            return edges
        instance = self._instance
        tree = build_graph(
            instance.node_count, instance.tail[edges], instance.head[edges], instance.cost[edges], instance.terminals
        )
        return edges[clean_tree(tree, np.ones(instance.node_count, np.bool_))]

    def solve(self) -> SteinerSolution:
        """Run the stages."""
        if self._instance.terminals.size <= 1:
            return self.finish("trivial")
        graph = self.graph
        from_first = reached(graph, np.ones(2 * graph.edge_count, np.bool_), int(graph.terminals[0]))
        unreachable = tuple(graph.terminals[~from_first[graph.terminals]].tolist())
        if unreachable:
            return self.give_up(unreachable)
        self.reduce(from_first[graph.tail], "reductions")
        if not self.closed:
            self.first_trees()
            self.run()
        return self.finish()

    # -- stages -------------------------------------------------------------------------------------------------------

    def reduce(self, keep: BoolArray, stage: str) -> None:
        """Go on with a smaller graph; if it no longer connects the terminals, the incumbent is best."""
        graph = self.graph
        kept = np.repeat(keep, 2)
        if not reached(graph, kept, int(graph.terminals[0]))[graph.terminals].all():
            self.raise_bound(self.target, stage)
            return
        layer = reduce_graph(graph, keep=keep)
        self._layers.append(layer)
        self._offset += layer.offset
        self.graph = layer.graph
        self.raise_bound(0, stage)
        if self.graph.terminals.size <= 1:
            self.offer(np.empty(0, np.int64), stage)
            self.raise_bound(0, stage)

    def first_trees(self) -> None:
        """Grow trees from several nodes."""
        graph = self.graph
        self.offer(mehlhorn_tree(graph), "heuristics")
        starts = self._random.permutation(graph.terminals)[: STARTS // 2].tolist()
        starts += self._random.integers(graph.node_count, size=STARTS - len(starts)).tolist()
        for start in starts:
            if self.remaining() <= 0:
                return
            self.offer(grow_tree(graph, graph.arc_cost, start), "heuristics")

    def run(self) -> None:
        """Bound, fix and reduce while it pays; then cuts, then branching."""
        patience = PATIENCE
        while not self.over():
            incumbent = self._incumbent
            ascent = self._ascend_from_several()
            if not self._nested and not self.over():
                self._recombine()
            if self.over():
                return
            before = self.graph.edge_count
            useless = self._fix(ascent)
            if self.over():
                return
            log.debug("%s nodes, %s edges, %s terminals", self.graph.node_count, self.graph.edge_count, self.graph.terminals.size)
            if self.graph.edge_count <= WORTHWHILE * before or self._incumbent != incumbent:
                patience = PATIENCE
                continue
            patience -= 1
            if patience > 0 and not self._nested:
                continue
            if self._cut(ascent, useless) or self.over():
                continue
            return

    def _ascend_from_several(self) -> list[DualAscent]:
        """Dual ascent from several roots, each followed by ascend-and-prune."""
        graph = self.graph
        ascents = []
        for root in self._random.permutation(graph.terminals)[:ROOTS_PER_ROUND].tolist():
            ascent = ascend_dual(graph, root)
            if ascent.bound is None:  # fixing has cut the terminals apart
                self.raise_bound(self.target, "dual ascent")
                return []
            self.raise_bound(ascent.bound, "dual ascent")
            free = ascent.slack.reshape(-1, 2).min(axis=1) == 0
            arc_cost = np.repeat(np.where(free, graph.cost, FORBIDDEN), 2)
            self.offer(grow_tree(graph, arc_cost, root), "ascend and prune")
            shaken = np.rint(graph.cost * self._random.uniform(1.0, 1.3, graph.edge_count)).astype(np.int64)
            self.offer(grow_tree(graph, np.repeat(shaken, 2), root), "perturbed costs")
            ascents.append(ascent)
            if self.over():
                break
        return ascents

    def _recombine(self) -> None:
        """Solve the problem on the union of the best trees, and keep only these."""
        best = sorted(self._pool.values(), key=lambda item: (item[0], item[1].tobytes()))[:POOL]
        self._pool = {edges.tobytes(): (cost, edges) for cost, edges in best}
        union = np.unique(np.concatenate([edges for _, edges in best]))
        instance = self._instance
        part = SteinerInstance(
            instance.node_count, instance.tail[union], instance.head[union], instance.cost[union], instance.terminals
        )
        inner = _Search(part, min(self.remaining(), RECOMBINE_SHARE * self._time_limit_s), self._seed, None, nested=True)
        assert self._incumbent is not None
        inner._adopt(self._incumbent, np.searchsorted(union, self._edges), "given")
        solution = inner.solve()
        assert solution.report.objective is not None
        edges = union[solution.edges]
        self._pool[edges.tobytes()] = (solution.report.objective, edges)
        self._adopt(solution.report.objective, edges, "recombination")

    def _fix(self, ascents: list[DualAscent]) -> BoolArray:
        """Remove the edges that no better tree uses."""
        graph = self.graph
        useless = np.zeros(graph.edge_count, np.bool_)
        for ascent in ascents:
            assert ascent.bound is not None
            arcs = useless_arcs(graph, ascent.root, ascent.slack, self.target - 1 - ascent.bound)
            useless |= useless_edges(graph, arcs)
        self.reduce(~useless, "reduced-cost fixing")
        return useless

    def _cut(self, ascents: list[DualAscent], useless_before: BoolArray) -> bool:
        """Solve the directed cut LP on what is left; whether another round of everything pays."""
        del useless_before
        graph = self.graph
        root = int(graph.terminals[0]) if not ascents else self._best_root()
        ascent = ascend_dual(graph, root, record=True)
        if ascent.bound is None:
            self.raise_bound(self.target, "dual ascent")
            return False
        self.raise_bound(ascent.bound, "dual ascent")
        useless = useless_arcs(graph, root, ascent.slack, self.target - 1 - ascent.bound)
        rows = self._seed_rows(ascent, useless)
        lp = CutLp(graph, useless, rows)
        while not self.over():
            answer = lp.solve(self.remaining())
            if answer is None:
                break
            x, y = answer
            proof = prove_bound(graph, useless, rows, y)
            if proof is not None:
                self.raise_bound(proof.bound, "directed cuts")
                self._grow_along(x, root)
                if self.closed:
                    return False
                budget = (self.target - 1) * proof.scale - proof.scaled
                fresh = useless_arcs(graph, root, proof.slack, budget)
                left = ~useless_edges(graph, fresh | useless)
                if left.sum() <= 0.8 * graph.edge_count:
                    self.reduce(left, "reduced-cost fixing")
                    return True
            if violated_cuts(graph, root, x, useless, rows, stop=lambda: self.remaining() <= 0) == 0:
                break
        if self.over():
            return False
        return self._branch(root, useless, rows)

    def _best_root(self) -> int:
        """Pick the root whose dual ascent is best."""
        graph = self.graph
        roots = self._random.permutation(graph.terminals)[:ROOTS_PER_ROUND].tolist()
        return int(max(roots, key=lambda root: (ascend_dual(graph, root).bound or 0, -root)))

    def _seed_rows(self, ascent: DualAscent, useless: BoolArray) -> Rows:
        """Begin with the cuts of dual ascent, dearest first, and flow balance."""
        rows = Rows()
        entries = 0
        cuts = list(ascent.cuts())
        for number in np.argsort(-ascent.values, kind="stable").tolist():
            arcs = entering_arcs(self.graph, cuts[number], useless)
            entries += arcs.size
            if entries > MAX_SEED_ENTRIES:
                break
            rows.add_cut(arcs)
        balance_rows(self.graph, ascent.root, useless, rows)
        return rows

    def _grow_along(self, x: FloatArray, root: int) -> None:
        """Grow a tree that likes the arcs the linear programme uses."""
        graph = self.graph
        use = np.clip(x.reshape(-1, 2).max(axis=1), 0.0, 1.0)
        liked = np.repeat(np.rint(graph.cost * (1.0 - use)).astype(np.int64), 2)
        self.offer(grow_tree(graph, liked, root), "directed cuts")

    def _branch(self, root: int, useless: BoolArray, rows: Rows) -> bool:
        """Hand what is left to branching."""
        result = branch(
            self.graph, root, useless, rows, self.target, seed=self._seed % 2**31, remaining=self.remaining
        )
        if result.nodes is not None:
            self.offer(clean_tree(self.graph, result.nodes), "branching")
        self.raise_bound(result.bound, "branching")
        return False
