"""The orchestra: all stages in turn, on a graph that gets smaller.

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
from fiberplan.solvers.steiner.record import Record
from fiberplan.solvers.steiner.remaining import Remaining
from fiberplan.solvers.trees.few_terminals import label_trees
from fiberplan.solvers.trees.growing import clean_tree, grow_tree, mehlhorn_tree

if TYPE_CHECKING:
    from fiberplan.solvers.cuts.rows import Rows
    from fiberplan.solvers.kernels.blocks import Block
    from fiberplan.solvers.problem.steiner import BoolArray, FloatArray, Graph, IntArray

log = logging.getLogger(__name__)

ROOTS_PER_ROUND = 3
"""Dual ascents in each round, each from another root."""
STARTS = 12
"""Nodes to grow trees from at first."""
EASY = 8000
"""From as many edges on, fewer of them."""
CHEAPEST_SHAKE = 0.75
"""Costs are perturbed by a factor from this to 1."""
EFFORT_IN_BLOCKS = 2
"""Where in `EFFORTS` blocks begin, since the whole graph has been tested with less."""
POOL = 10
"""Trees remembered from one recombination to the next, where the fresh ones join them."""
RECOMBINED = 3000
"""Trees are recombined on graphs of at least so many edges; on smaller ones the linear programme finds what they have in common
as quickly."""
RECOMBINATION_SHARE = 0.05
"""Part of the time left that one recombination may take."""
TIGHT = 0.008
"""If a dual ascent comes so near the incumbent, it is not improved, unless a large linear programme is to begin with its cuts."""
DUAL_SHARE, DUAL_SHARE_AT_LARGE = 0.6, 0.95
"""Part of the time left that a search for a better dual ascent may take, and on a graph that is too large for linear programmes."""
DUAL_WORTH, DUAL_WORTH_AT_LARGE = (0.06, 0.02), (0.06, 0.002)
"""Parts of the gap that it has to gain to go on, until a better tree guides it, and after that."""
PROGRAMMABLE = 100_000
"""With more edges than so many, a graph is too large for linear programmes."""
WORTHWHILE = 0.8
"""A round succeeds if it leaves at most this part of the edges."""
RETEST = 0.5
"""If what is left between bound and incumbent falls below this part, the tests run again."""
RESTART = 0.8
"""If cuts leave at most this part of the edges, all stages start over on the smaller graph."""
LAST_RESTART = 0.9
"""The same, when there are no more cuts and branching would be next."""
ROUGH = 8000
"""From as many arcs on, a first-order method solves the linear programme of cuts."""
SLOW = 0.03
"""If a linear programme closes less than this part of the gap, the next is solved more sharply."""
FEW_TERMINALS = 32
"""Up to so many, dynamic programming over sets of terminals is tried before linear programmes."""
FEWEST_LABELS, MOST_LABELS = 10_000, 6_000_000
FEW_LABELS_PER_NODE, LABELS_PER_NODE, LABELS_PER_SECOND = 15, 150, 100_000
"""What dynamic programming may spend: it outdoes linear programmes on large graphs rather than on small ones."""
DENSE = 20
"""Terminals are dense if there is one for so many nodes at least."""
WIDEST_SEED = 60
"""Where they are, and a simplex method solves the programme, cuts of dual ascent with more arcs are left out at first: they make it slow,
and few are needed in the end. Elsewhere wide cuts bear the bound."""
SEED_ENTRIES = 4_000_000
"""Entries of the cuts of dual ascent that the linear programme starts with, at most."""


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
        if shrink and not self._labels_decide():
            self._shrink()
        if not self._record.closed:
            self._grow_first_trees()
        if not self._record.over():
            ascent = ascend_dual(self._graph, int(self._graph.terminals[0]))
            self._raise_bound(ascent.bound or 0, "dual ascent")

    def _shrink(self) -> None:
        """Run the extended tests as long as they pay, with a single quick bound: it tells little about a large graph."""
        while not self._record.over():
            edge_count = self._graph.edge_count
            ascent = ascend_dual(self._graph, int(self._random.choice(self._graph.terminals)))
            self._raise_bound(ascent.bound or 0, "dual ascent")
            if self._record.closed:
                break
            self._eliminate([self._certificate(ascent)])
            if self._graph.edge_count > WORTHWHILE * edge_count and not self._try_harder():
                break
        self._effort = EFFORT_IN_BLOCKS

    def resume(self) -> None:
        """Go on searching until the gap is closed or time is up."""
        stalled = False
        while not self._record.over():
            if not stalled:
                stalled = not (self._round_succeeds() or self._try_harder() or self._recombine())
            elif self._nested:
                return
            elif len(blocks := split_blocks(self._graph)) > 1:
                self._solve_blocks(blocks)
                return
            elif self._cuts_shrink_graph():
                stalled = False
            else:
                return

    def _open(self, block: Block, record: Record) -> Search:
        """Begin the search in a block: a bound and a few trees."""
        part = block.instance
        graph = build_graph(part.node_count, part.tail, part.head, part.cost, part.terminals)
        search = Search(part, graph, record, self._seed, nested=self._nested)
        search._effort = EFFORT_IN_BLOCKS
        record.extend(self._record.remaining(), self._target)
        if part.edge_count == 1:
            record.offer(np.zeros(1, np.int64), "blocks")
            record.raise_bound(int(part.cost[0]), "blocks")
        elif not self._record.late():
            search.begin(np.ones(part.edge_count, np.bool_))
        return search

    def _solve_blocks(self, blocks: list[Block]) -> None:
        """Solve each block as a problem of its own, several times if time runs out."""
        record = self._record
        log.debug("blocks: %s edges", [block.edges.size for block in blocks])
        records = [Record(block.instance, 0.0, work=record.work) for block in blocks]
        searches = [self._open(block, part) for block, part in zip(blocks, records, strict=True)]
        while not record.over():
            self._raise_bound(sum(part.bound for part in records), "blocks")
            unsolved = [k for k, part in enumerate(records) if not part.closed]
            for turn, k in enumerate(unsolved):
                others = sum(part.bound for j, part in enumerate(records) if j != k)
                records[k].extend(record.remaining() / (len(unsolved) - turn), self._target - others)
                searches[k].resume()
                self._raise_bound(sum(part.bound for part in records), records[k].stage)
                if record.over():
                    break
            if all(part.edges.size for part in records):
                trees = [block.edges[part.edges] for block, part in zip(blocks, records, strict=True)]
                self._offer(np.concatenate(trees), "blocks")

    def _grow_first_trees(self) -> None:
        """Grow trees from several nodes."""
        graph = self._graph
        many = min(STARTS, 1 + STARTS * EASY // graph.edge_count)
        starts = self._random.permutation(graph.terminals)[: (many + 1) // 2].tolist()
        starts += self._random.integers(graph.node_count, size=many - len(starts)).tolist()
        for start in starts:
            if self._record.late():
                return
            self._offer(grow_tree(graph, graph.arc_cost, start), "heuristics")

    def _round_succeeds(self) -> bool:
        """Bound from several roots, make trees, fix and test; whether that got anywhere."""
        edge_count = self._graph.edge_count
        ascents = self._ascend_from_several()
        if not self._record.over():
            self._eliminate([self._certificate(ascent) for ascent in ascents])
        return self._graph.edge_count <= WORTHWHILE * edge_count

    def _ascend_from_several(self) -> list[DualAscent]:
        """Dual ascent from several roots, each followed by trees on what it left free and on perturbed costs."""
        graph = self._graph
        ascents: list[DualAscent] = []
        guide: IntArray | None = None
        count = min(ROOTS_PER_ROUND, 1 + ROOTS_PER_ROUND * EASY // graph.edge_count)
        for root in self._random.permutation(graph.terminals)[:count].tolist():
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
            if self._record.over():
                break
            if graph.edge_count <= 2 * EASY:
                shake = self._random.uniform(CHEAPEST_SHAKE, 1.0, graph.edge_count)
                shaken = np.repeat((graph.cost * shake).astype(np.int64), 2)
                self._offer(grow_tree(graph, shaken, root), "perturbed costs")
        if guide is not None and not self._nested and not self._record.over():
            best = max(ascents, key=lambda ascent: ascent.bound or 0)
            if self._target - (best.bound or 0) > TIGHT * self._target:
                ascents.append(self._improve_ascent(best.root, guide))
        return ascents

    def _improve_ascent(self, root: int, guide: IntArray) -> DualAscent:
        """Search for a better dual ascent, and for a tree among what it leaves without slack."""
        graph, record = self._graph, self._record
        dual = DualSearch(graph, root, guide, seed=int(self._random.integers(2**31)))
        large = graph.edge_count > PROGRAMMABLE
        end = record.remaining() * (1.0 - (DUAL_SHARE_AT_LARGE if large else DUAL_SHARE))
        for worth in DUAL_WORTH_AT_LARGE if large else DUAL_WORTH:
            for bound in dual.search(self._target, worth):
                self._raise_bound(bound, "dual search")
                if record.late() or record.remaining() < end:
                    break
            if record.over():
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
        inner = Record(part, RECOMBINATION_SHARE * record.remaining(), cutoff=cutoff, work=record.work)
        Search(part, graph, inner, self._seed, nested=True).run(np.ones(part.edge_count, np.bool_))
        return edges[inner.edges]

    def _recombine(self) -> bool:
        """Solve the problem on the union of the best trees and all fresh ones; whether that is better than all of them."""
        record, whole = self._record, self._instance
        if self._nested or record.over() or self._graph.edge_count < RECOMBINED:
            return False
        incumbent = record.incumbent
        union = np.unique(np.concatenate([edges for _, edges in record.pool.values()]))
        record.best_of_pool(POOL)
        edges = self._solve_among(whole, union, record.incumbent)
        if edges.size:
            record.offer(edges, "recombination")
        return record.incumbent != incumbent

    def _cuts_shrink_graph(self) -> bool:
        """Solve the LP of directed cuts, then branch; whether to start over on a smaller graph instead."""
        graph, record = self._graph, self._record
        root = self._best_root(
            graph.terminals.size if graph.terminals.size <= FEW_TERMINALS else ROOTS_PER_ROUND
        )
        guide = self._offer(grow_tree(graph, graph.arc_cost, root), "heuristics")
        rough = 2 * graph.edge_count >= ROUGH
        ascent = ascend_dual(graph, root, guide=guide, record=True)
        self._raise_bound(ascent.bound or 0, "dual ascent")
        if not record.over() and (rough or self._target - (ascent.bound or 0) > TIGHT * self._target):
            ascent = self._improve_ascent(root, guide)
        useless = self._useless_arcs(ascent)
        if record.over() or self._labels_decide(ascent, LABELS_PER_NODE):
            return False
        widest = None if rough or graph.node_count > DENSE * graph.terminals.size else WIDEST_SEED
        rows = seed_rows(graph, ascent, useless, entries=SEED_ENTRIES, stop=record.late, widest=widest)
        lp = CutLp(graph, useless, rows, rough=rough)
        if self._programme_shrinks_graph(lp, root, useless):
            return True
        if not record.over():
            self._branch(root, useless, lp.rows)
        return False

    def _programme_shrinks_graph(self, lp: CutLp, root: int, useless: BoolArray) -> bool:
        """Add cuts to a linear programme until there are no more; whether its bound made the graph smaller before that."""
        graph, record = self._graph, self._record
        tested = budget = math.inf
        certificate: Certificate | None = None
        while not record.over():
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
                if budget < RETEST * tested and not record.over():
                    tested = budget
                    if self._eliminate([certificate], RESTART):
                        return True
            if record.over() or not (self._separate(lp, root, useless, x) or lp.rough):
                break
            if record.bound - before < SLOW * (self._target + self._offset - before) and not lp.sharpen():
                break
        return not record.over() and certificate is not None and self._eliminate([certificate], LAST_RESTART)

    def _labels_decide(self, ascent: DualAscent | None = None, per_node: int = FEW_LABELS_PER_NODE) -> bool:
        """Try dynamic programming if there are few terminals; whether that decides."""
        graph, record = self._graph, self._record
        if record.over() or not 1 < graph.terminals.size <= FEW_TERMINALS:
            return record.closed
        if ascent is None:
            self._grow_first_trees()
            ascent = ascend_dual(graph, self._best_root(graph.terminals.size), record=True)
            self._raise_bound(ascent.bound or 0, "dual ascent")
        most = min(max(FEWEST_LABELS, per_node * graph.node_count), MOST_LABELS)
        most = min(most, int(record.remaining() * LABELS_PER_SECOND))
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
            stop=self._record.too_late,
        )
        log.debug("%d rows, %d added, tolerance %.1e", len(lp.rows), added, lp.tolerance)
        return added

    def _best_root(self, count: int) -> int:
        """Find which of several terminals dual ascent makes most of as a root."""
        graph = self._graph
        roots = self._random.permutation(graph.terminals)[:count].tolist()
        return int(max(roots, key=lambda root: ascend_dual(graph, root).bound or 0))

    def _grow_along(self, x: FloatArray, root: int) -> None:
        """Grow a tree that likes the arcs the linear programme uses."""
        graph = self._graph
        use = np.clip(x.reshape(-1, 2).max(axis=1), 0.0, 1.0)
        liked = np.repeat((graph.cost * (1.0 - use)).astype(np.int64), 2)
        self._offer(grow_tree(graph, liked, root), "directed cuts")

    def _branch(self, root: int, useless: BoolArray, rows: Rows) -> None:
        """Hand what is left to branching."""
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
