"""All stages in turn, on a graph that gets smaller.

Reductions and trees along shortest paths; rounds of dual ascent, ascend-and-prune, recombination of the best trees and
reduced-cost fixing; on what remains, labels if terminals are few, and directed cuts in a linear programme; on what that leaves open,
branching.
Sources: Polzin and Daneshmand (2001), Improved algorithms for the Steiner problem in networks, for the order of stages;
Ribeiro, Uchoa and Werneck (2002), A hybrid GRASP with perturbations for the Steiner problem in graphs, for perturbed costs.
"""

from __future__ import annotations

import logging
import math
from typing import TYPE_CHECKING

import numpy as np

from fiberplan.solvers.cuts.branching import branch
from fiberplan.solvers.cuts.directed_cut import CutLp
from fiberplan.solvers.cuts.first_rows import seed_rows
from fiberplan.solvers.cuts.safe_bound import prove_bound
from fiberplan.solvers.cuts.separation import violated_cuts
from fiberplan.solvers.dual.ascent import DualAscent, ascend_dual
from fiberplan.solvers.dual.search import DualSearch
from fiberplan.solvers.kernels.blocks import split_blocks
from fiberplan.solvers.problem.steiner import FORBIDDEN, SteinerInstance, build_graph
from fiberplan.solvers.reductions.fixing import Certificate, useless_arcs, useless_edges
from fiberplan.solvers.run.options import Stage
from fiberplan.solvers.steiner.record import Record
from fiberplan.solvers.steiner.remaining import Remaining
from fiberplan.solvers.trees.few_terminals import label_trees
from fiberplan.solvers.trees.growing import clean_tree, grow_tree, mehlhorn_tree

if TYPE_CHECKING:
    from fiberplan.solvers.cuts.rows import Rows
    from fiberplan.solvers.kernels.blocks import Block
    from fiberplan.solvers.problem.steiner import BoolArray, FloatArray, Graph, IntArray

log = logging.getLogger(__name__)


class Search(Remaining):
    """The stages in turn; the parameters are those of what is left."""

    def run(self, keep: BoolArray) -> None:
        """Search until the gap is closed or time is up.

        Parameters
        ----------
        keep
            Edges to consider; they connect the terminals.
        """
        self.begin(keep, shrink=not self._nested)
        self.resume()

    def begin(self, keep: BoolArray, *, shrink: bool = False) -> None:
        """Reduce the graph, grow trees and find a bound, all once.

        Parameters
        ----------
        keep
            As in `run`.
        shrink
            Whether to run the extended tests before there is a bound.
        """
        if shrink:  # a first tree at once, whatever comes of the rest
            self._record.offer(self._restored(mehlhorn_tree(self._graph)), "heuristics")
        self._reduce("reductions", keep=keep)
        if not self._record.closed:
            self._offer(mehlhorn_tree(self._graph), "heuristics")
        if shrink and not self._run_labels():
            self._shrink()
        if not self._record.closed:
            self._grow_first_trees()
        if not self._record.tick_unless_closed():
            ascent = ascend_dual(self._graph, int(self._graph.terminals[0]))
            self._raise_bound(ascent.bound or 0, "dual ascent")

    def _shrink(self) -> None:
        """Run the extended tests as long as they pay, with a single quick bound: on a large graph a better one gains little."""
        if Stage.FIRST_TESTS in self._options.skip:
            return
        while not self._record.tick_unless_closed():
            edge_count = self._graph.edge_count
            ascent = ascend_dual(self._graph, int(self._random.choice(self._graph.terminals)))
            self._raise_bound(ascent.bound or 0, "dual ascent")
            if self._record.closed:
                break
            self._eliminate([self._certificate(ascent)])
            if (
                self._graph.edge_count > self._options.worthwhile_share * edge_count
                and not self._try_harder()
            ):
                break
        self._effort = self._options.effort_in_blocks

    def resume(self) -> None:
        """Go on searching until the gap is closed or time is up."""
        stalled = False
        while not self._record.tick_unless_closed():
            if not stalled:
                stalled = not (self._run_round() or self._try_harder() or self._recombine())
            elif self._nested:
                return
            elif Stage.BLOCKS not in self._options.skip and len(blocks := split_blocks(self._graph)) > 1:
                self._solve_blocks(blocks)
                return
            elif self._run_cuts():
                stalled = False
            else:
                return

    def _open(self, block: Block, record: Record) -> Search:
        """Begin the search in a block: a bound and a few trees."""
        part = block.instance
        graph = build_graph(part.node_count, part.tail, part.head, part.cost, part.terminals)
        search = Search(part, graph, record, self._seed, nested=self._nested, options=self._options)
        search._effort = self._options.effort_in_blocks
        record.extend(self._record.remaining(), self._target)
        if part.edge_count == 1:
            record.offer(np.zeros(1, np.int64), "blocks")
            record.raise_bound(int(part.cost[0]), "blocks")
        elif not self._record.tick():
            search.begin(np.ones(part.edge_count, np.bool_))
        return search

    def _solve_blocks(self, blocks: list[Block]) -> None:
        """Solve each block as a problem of its own, several times if time runs out."""
        record = self._record
        log.debug("blocks: %s edges", [block.edges.size for block in blocks])
        records = [Record(block.instance, 0.0, work=record.work) for block in blocks]
        searches = [self._open(block, part) for block, part in zip(blocks, records, strict=True)]
        while not record.tick_unless_closed():
            self._raise_bound(sum(part.bound for part in records), "blocks")
            unsolved = [k for k, part in enumerate(records) if not part.closed]
            for turn, k in enumerate(unsolved):
                others = sum(part.bound for j, part in enumerate(records) if j != k)
                records[k].extend(record.remaining() / (len(unsolved) - turn), self._target - others)
                searches[k].resume()
                self._raise_bound(sum(part.bound for part in records), records[k].stage)
                if record.tick_unless_closed():
                    break
            if all(part.edges.size for part in records):
                trees = [block.edges[part.edges] for block, part in zip(blocks, records, strict=True)]
                self._offer(np.concatenate(trees), "blocks")

    def _grow_first_trees(self) -> None:
        """Grow trees from several nodes."""
        graph = self._graph
        many = self._count(self._options.first_trees)
        starts = self._random.permutation(graph.terminals)[: (many + 1) // 2].tolist()
        starts += self._random.integers(graph.node_count, size=many - len(starts)).tolist()
        for start in starts:
            if self._record.tick():
                return
            self._offer(grow_tree(graph, graph.arc_cost, start), "heuristics")

    def _count(self, most: int) -> int:
        """Find how many trees or ascents to make: fewer on larger graphs."""
        return min(most, 1 + most * self._options.large_from_edges // self._graph.edge_count)

    def _run_round(self) -> bool:
        """Bound from several roots, make trees, fix and test; whether that removed enough for another round."""
        if Stage.ROUNDS in self._options.skip:
            return False
        edge_count = self._graph.edge_count
        ascents = self._ascend_from_several()
        if not self._record.tick_unless_closed():
            self._eliminate([self._certificate(ascent) for ascent in ascents])
        return self._graph.edge_count <= self._options.worthwhile_share * edge_count

    def _ascend_from_several(self) -> list[DualAscent]:
        """Dual ascent from several roots, each followed by trees on what it left free and on perturbed costs."""
        graph = self._graph
        ascents: list[DualAscent] = []
        guide: IntArray | None = None
        roots = self._random.permutation(graph.terminals)[: self._count(self._options.roots_per_round)]
        for root in roots.tolist():
            ascent = ascend_dual(graph, root, guide=guide)
            if ascent.bound is None:
                raise AssertionError("the graph connects its terminals")
            ascents.append(ascent)
            self._raise_bound(ascent.bound, "dual ascent")
            free = ascent.slack.reshape(-1, 2).min(axis=1) == 0
            tree = self._offer(
                grow_tree(graph, np.repeat(np.where(free, graph.cost, FORBIDDEN), 2), root),
                "ascend and prune",
            )
            if guide is None or graph.cost[tree].sum() < graph.cost[guide].sum():
                guide = tree
            if self._record.tick_unless_closed():
                break
            if graph.edge_count <= 2 * self._options.large_from_edges:
                shake = self._random.uniform(self._options.cheapest_factor, 1.0, graph.edge_count)
                shaken = np.repeat((graph.cost * shake).astype(np.int64), 2)
                self._offer(grow_tree(graph, shaken, root), "perturbed costs")
        if guide is not None and not self._nested and not self._record.tick_unless_closed():
            best = max(ascents, key=lambda ascent: ascent.bound or 0)
            if self._target - (best.bound or 0) > self._options.tight_share * self._target:
                ascents.append(self._improve_ascent(best.root, guide))
        return ascents

    def _improve_ascent(self, root: int, guide: IntArray) -> DualAscent:
        """Search for a better dual ascent, and for a tree among what it leaves without slack."""
        graph, record = self._graph, self._record
        options = self._options
        dual = DualSearch(graph, root, guide, seed=int(self._random.integers(2**31)), options=options)
        large = graph.edge_count > options.programme_up_to_edges
        share = options.dual_time_share_large if large else options.dual_time_share
        end = record.remaining() * (1.0 - share)
        for least_gain in options.dual_gains_large if large else options.dual_gains:
            for bound in dual.search(self._target, least_gain):
                self._raise_bound(bound, "dual search")
                if record.tick() or record.remaining() < end:
                    break
            if record.tick_unless_closed():
                break
            some = ~useless_edges(useless_arcs(graph, root, dual.ascent().slack, 0))
            some[guide] = True
            edges = self._solve_among(graph, np.flatnonzero(some))
            if edges.size:
                guide = self._offer(edges, "recombination")
                dual.follow(guide)
        return dual.ascent()

    def _solve_among(
        self, whole: Graph | SteinerInstance, edges: IntArray, cutoff: int | None = None
    ) -> IntArray:
        """Find a good tree that uses only some of the edges, which connect the terminals; none if it costs as much as the cutoff."""
        record = self._record
        part = SteinerInstance(
            whole.node_count, whole.tail[edges], whole.head[edges], whole.cost[edges], whole.terminals
        )
        graph = build_graph(part.node_count, part.tail, part.head, part.cost, part.terminals)
        seconds = self._options.recombination_time_share * record.remaining()
        inner = Record(part, seconds, cutoff=cutoff, work=record.work)
        search = Search(part, graph, inner, self._seed, nested=True, options=self._options)
        search.run(np.ones(part.edge_count, np.bool_))
        return edges[inner.edges]

    def _recombine(self) -> bool:
        """Solve the problem on the union of the best trees and all fresh ones; whether that is better than all of them."""
        record, whole = self._record, self._instance
        if Stage.RECOMBINATION in self._options.skip:
            return False
        if (
            self._nested
            or record.tick_unless_closed()
            or self._graph.edge_count < self._options.recombine_from_edges
        ):
            return False
        incumbent = record.incumbent
        union = np.unique(np.concatenate([edges for _, edges in record.pool.values()]))
        record.best_of_pool(self._options.pool_size)
        edges = self._solve_among(whole, union, record.incumbent)
        if edges.size:
            record.offer(edges, "recombination")
        return record.incumbent != incumbent

    def _run_cuts(self) -> bool:
        """Solve the LP of directed cuts, then branch; whether to start over on a smaller graph instead."""
        graph, record = self._graph, self._record
        options, few = self._options, graph.terminals.size <= self._options.labels_up_to_terminals
        root = self._best_root(graph.terminals.size if few else options.roots_per_round)
        guide = self._offer(grow_tree(graph, graph.arc_cost, root), "heuristics")
        rough = 2 * graph.edge_count >= options.rough_from_arcs
        ascent = ascend_dual(graph, root, guide=guide, record=True)
        self._raise_bound(ascent.bound or 0, "dual ascent")
        slack = self._target - (ascent.bound or 0)
        if not record.tick_unless_closed() and (rough or slack > options.tight_share * self._target):
            ascent = self._improve_ascent(root, guide)
        useless = self._useless_arcs(ascent)
        if record.tick_unless_closed() or self._run_labels(ascent, options.labels_per_node):
            return False
        sparse = graph.node_count > options.dense_nodes_per_terminal * graph.terminals.size
        widest = None if rough or sparse else options.widest_first_cut
        entries = options.first_cut_entries
        rows = seed_rows(graph, ascent, useless, entries=entries, stop=record.tick, widest=widest)
        lp = CutLp(graph, useless, rows, rough=rough, options=options)
        if self._run_programme(lp, root, useless):
            return True
        if not record.tick_unless_closed():
            self._branch(root, useless, lp.rows)
        return False

    def _run_programme(self, lp: CutLp, root: int, useless: BoolArray) -> bool:
        """Add cuts to a linear programme until there are no more; whether its bound made the graph smaller before that."""
        graph, record = self._graph, self._record
        tested = budget = math.inf
        certificate: Certificate | None = None
        while not record.tick_unless_closed():
            answer = lp.solve(record.remaining)
            if answer is None:
                break
            x, multipliers = answer
            before = record.bound
            proof = prove_bound(graph, root, useless, lp.rows, multipliers)
            if proof is not None:
                self._raise_bound(proof.bound, "directed cuts")
                self._grow_along(x, root)
                budget = (self._target - 1) * proof.scale - proof.scaled
                certificate = Certificate(root, proof.slack, budget)
                if budget < self._options.retest_share * tested and not record.tick_unless_closed():
                    tested = budget
                    if self._eliminate([certificate], self._options.restart_share):
                        return True
            if record.tick_unless_closed() or not (self._separate(lp, root, useless, x) or lp.rough):
                break
            gap = self._target + self._offset - before
            if record.bound - before < self._options.slow_share * gap and not lp.sharpen():
                break
        if record.tick_unless_closed() or certificate is None:
            return False
        return self._eliminate([certificate], self._options.last_restart_share)

    def _run_labels(self, ascent: DualAscent | None = None, per_node: int | None = None) -> bool:
        """Try dynamic programming if there are few terminals; whether that closes the gap."""
        graph, record, options = self._graph, self._record, self._options
        if record.tick_unless_closed() or not 1 < graph.terminals.size <= options.labels_up_to_terminals:
            return record.closed
        if ascent is None:
            self._grow_first_trees()
            ascent = ascend_dual(graph, self._best_root(graph.terminals.size), record=True)
            self._raise_bound(ascent.bound or 0, "dual ascent")
        per_node = options.first_labels_per_node if per_node is None else per_node
        most = min(max(options.least_labels, per_node * graph.node_count), options.most_labels)
        most = min(most, int(record.remaining() * options.labels_per_second))
        result = label_trees(graph, ascent, self._target, most)
        if result.edges is not None:
            self._offer(result.edges, "few terminals")
        self._raise_bound(result.bound, "few terminals")
        return record.closed

    def _separate(self, lp: CutLp, root: int, useless: BoolArray, x: FloatArray) -> int:
        """Add cuts that a solution of the linear programme violates; how many."""
        added = violated_cuts(
            self._graph,
            root,
            x,
            useless,
            lp.rows,
            tolerance=lp.violation,
            random=self._random,
            stop=lambda: self._record.is_out_of_time,
            options=self._options,
        )
        log.debug("%d rows, %d added, tolerance %.1e", len(lp.rows), added, lp.tolerance)
        return added

    def _best_root(self, count: int) -> int:
        """Find which of several terminals dual ascent makes most of as a root."""
        graph = self._graph
        roots = self._random.permutation(graph.terminals)[:count].tolist()
        return int(max(roots, key=lambda root: ascend_dual(graph, root).bound or 0))

    def _grow_along(self, x: FloatArray, root: int) -> None:
        """Grow a tree that favours the arcs the linear programme uses."""
        graph = self._graph
        use = np.clip(x.reshape(-1, 2).max(axis=1), 0.0, 1.0)
        favoured = np.repeat((graph.cost * (1.0 - use)).astype(np.int64), 2)
        self._offer(grow_tree(graph, favoured, root), "directed cuts")

    def _branch(self, root: int, useless: BoolArray, rows: Rows) -> None:
        """Decide what is left by branching."""
        result = branch(
            self._graph,
            root,
            useless,
            rows,
            self._target,
            seed=self._seed % 2**31,
            remaining=self._record.remaining,
        )
        if result.nodes is not None:
            self._offer(clean_tree(self._graph, result.nodes), "branching")
        self._raise_bound(result.bound, "branching")
