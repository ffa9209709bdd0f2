"""The stages that need no two-way streets, in turn, on a graph that gets smaller.

Reductions by special distances, contraction and extended tests compare ways with the same ways back, so none of them is here. Rounds of
dual ascent, trees of arcs with exchanges of key paths, and reduced-cost fixing; on what remains, directed cuts in a linear programme;
on what that leaves open, branching.
Sources: Wong (1984), A dual ascent approach for Steiner tree problems on a directed graph; Takahashi and Matsuyama (1980), An
approximate solution for the Steiner problem in graphs; Koch and Martin (1998), Solving Steiner tree problems in graphs to optimality.
"""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING

import numpy as np

from fiberplan.solvers.cuts.branching import branch
from fiberplan.solvers.cuts.directed_cut import CutLp
from fiberplan.solvers.cuts.first_rows import seed_rows
from fiberplan.solvers.cuts.rows import Rows
from fiberplan.solvers.cuts.safe_bound import prove_bound
from fiberplan.solvers.cuts.separation import violated_cuts
from fiberplan.solvers.dual.ascent import ascend_dual
from fiberplan.solvers.kernels.connectivity import reached
from fiberplan.solvers.problem.steiner import FORBIDDEN
from fiberplan.solvers.reductions.fixing import useless_arcs
from fiberplan.solvers.run.options import ArborescenceOptions, Stage
from fiberplan.solvers.trees.directed_local_search import improve_arborescence
from fiberplan.solvers.trees.growing import grow_arborescence

if TYPE_CHECKING:
    from fiberplan.solvers.arborescence.arc_graph import ArcGraph
    from fiberplan.solvers.arborescence.record import ArborescenceRecord
    from fiberplan.solvers.cuts.safe_bound import SafeBound
    from fiberplan.solvers.dual.ascent import DualAscent
    from fiberplan.solvers.problem.steiner import BoolArray, FloatArray, IntArray

log = logging.getLogger(__name__)

USED = 1e-7
"""Below this a multiplier counts as none."""


class DirectedSearch:
    """The stages and the arcs that are left to decide.

    Only trees cheaper than the incumbent are sought: arcs that none of them uses go. Bounds hold for these trees and so, up to the
    incumbent's cost, for all.

    Parameters
    ----------
    part
        The problem; its root reaches all terminals.
    record
        Where trees and bounds go.
    seed
        Of the random choices.
    options
        What tunes the search; defaults if left out.
    """

    def __init__(
        self,
        part: ArcGraph,
        record: ArborescenceRecord,
        seed: int,
        *,
        options: ArborescenceOptions | None = None,
    ) -> None:
        self._part = part
        self._record = record
        self._seed = seed
        self._options = options or ArborescenceOptions()
        self._random = np.random.default_rng(seed)
        self._tight = Rows()

    @property
    def _target(self) -> int:
        """Trees of interest cost less than this."""
        assert self._record.incumbent is not None
        return self._record.incumbent - self._record.offset

    def run(self) -> None:
        """Search until the gap is closed or time is up."""
        self._grow(self._part.cost, "heuristics")
        self._raise_bound(0, "heuristics")
        self._leave_out(np.zeros(self._part.cost.size, np.bool_), "heuristics")
        while not self._record.tick_unless_closed():
            if self._run_round() or self._record.closed:
                continue
            if self._record.remaining() < self._options.building_s_per_arc * self._part.arc_count:
                continue  # further rounds are the better use of the time
            if not self._run_cuts():
                return

    def _raise_bound(self, bound: int, stage: str) -> None:
        self._record.raise_bound(bound + self._record.offset, stage)

    def _grow(self, cost: IntArray, stage: str) -> IntArray | None:
        """Grow a tree by some costs, improve it by the true ones, and offer it."""
        part = self._part
        best = grow_arborescence(part.graph, cost, part.root)
        if best is None:
            return None
        while True:
            best = improve_arborescence(part.graph, part.cost, part.root, best, stop=self._record.tick)
            inside = np.zeros(part.graph.node_count, np.bool_)
            inside[part.graph.arc_head[best]] = True
            inside[part.root] = True
            within = inside[part.graph.arc_tail] & inside[part.graph.arc_head]
            again = grow_arborescence(part.graph, np.where(within, part.cost, FORBIDDEN), part.root)
            if again is None or part.cost[again].sum() >= part.cost[best].sum():
                break
            best = again
        self._record.offer(part.restore(best), stage)
        return best

    def _leave_out(self, useless: BoolArray, stage: str) -> None:
        """Go on without some arcs; if the rest does not reach all terminals, the incumbent is best."""
        part = self._part.without(useless)
        if reached(part.graph, ~part.useless, part.root)[part.graph.terminals].all():
            self._part = part
            log.debug("%s: %d nodes, %d arcs left", stage, part.graph.node_count, part.arc_count)
        else:
            self._raise_bound(self._target, stage)

    def _ascend(self, *, guide: IntArray | None = None, record: bool = False) -> tuple[DualAscent, int]:
        """Raise the bound by dual ascent; what it found and its bound."""
        part = self._part
        ascent = ascend_dual(part.graph, part.root, arc_cost=part.cost, guide=guide, record=record)
        if ascent.bound is None:
            raise AssertionError("the root reaches its terminals")
        self._raise_bound(ascent.bound, "dual ascent")
        return ascent, ascent.bound

    def _run_round(self) -> bool:
        """Bound without and with a guide, make trees, fix; whether that removed enough for another round."""
        if Stage.ROUNDS in self._options.skip:
            return False
        part = self._part
        useless = np.zeros(part.cost.size, np.bool_)
        guide: IntArray | None = None
        for _ in range(2):
            ascent, bound = self._ascend(guide=guide)
            tree = self._grow(np.where(ascent.slack == 0, part.cost, FORBIDDEN), "ascend and prune")
            guide = None if tree is None else tree >> 1
            useless |= useless_arcs(part.graph, part.root, ascent.slack, self._target - 1 - bound)
            if self._record.tick_unless_closed():
                return False
        for _ in range(self._options.perturbed_trees):
            shake = self._random.uniform(self._options.cheapest_factor, 1.0, part.cost.size)
            self._grow(_scaled(part.cost, shake), "perturbed costs")
            if self._record.tick_unless_closed():
                return False
        self._leave_out(useless, "dual ascent")
        return self._part.arc_count <= self._options.worthwhile_share * part.arc_count

    def _run_cuts(self) -> bool:
        """Solve the LP of directed cuts, then branch; whether to start over on a smaller graph instead."""
        part, record = self._part, self._record
        ascent, _ = self._ascend(record=True)
        excluded = part.useless
        rough = part.arc_count >= self._options.rough_from_arcs
        most = self._options.first_cut_entries_rough if rough else self._options.first_cut_entries
        rows = seed_rows(part.graph, ascent, excluded, entries=most, stop=record.tick)
        self._recall(rows)
        lp = CutLp(part.graph, excluded, rows, rough=rough, arc_cost=part.cost, options=self._options)
        useless = excluded.copy()
        while not record.tick_unless_closed():
            answer = lp.solve(record.remaining)
            if answer is None:
                break
            x, multipliers = answer
            before = record.bound
            proof = prove_bound(part.graph, part.root, excluded, lp.rows, multipliers, arc_cost=part.cost)
            if proof is not None:
                self._raise_bound(proof.bound, "directed cuts")
                self._grow(_scaled(part.cost, 1.0 - np.clip(x, 0.0, 1.0)), "directed cuts")
                useless |= self._useless_by(proof)
                enough = self._options.restart_share * part.arc_count
                if not record.tick_unless_closed() and (~useless).sum() <= enough:
                    self._restart(useless, lp.rows.select((multipliers > USED) & (lp.rows.least == 1)))
                    return True
            if record.tick_unless_closed() or not (self._separate(lp, excluded, x) or lp.rough):
                break
            gap = self._target + record.offset - before
            if record.bound - before < self._options.slow_share * gap and not lp.sharpen():
                break
        if not record.tick_unless_closed():
            self._branch(useless, lp.rows)
        return False

    def _restart(self, useless: BoolArray, tight: Rows) -> None:
        """Go on with a smaller graph, and keep the cuts that matter."""
        tight.arcs = self._part.restore(tight.arcs)
        self._tight = tight
        self._leave_out(useless, "directed cuts")

    def _recall(self, rows: Rows) -> None:
        """Add the cuts that mattered before the graph shrank."""
        part, tight = self._part, self._tight
        place = np.full(int(tight.arcs.max(initial=0)) // 2 + 1, -1, np.int64)
        known = np.flatnonzero(part.edges < place.size)
        place[part.edges[known]] = known
        arcs = 2 * place[tight.arcs >> 1] + (tight.arcs & 1)
        keep = (arcs >= 0) & ~part.useless[arcs]
        row = np.repeat(np.arange(len(tight)), tight.sizes)[keep]
        rows.add_cuts(np.bincount(row, minlength=len(tight)), arcs[keep])

    def _useless_by(self, proof: SafeBound) -> BoolArray:
        """Find the arcs that a bound of the linear programme shows to be in no tree of interest."""
        budget = (self._target - 1) * proof.scale - proof.scaled
        return useless_arcs(self._part.graph, self._part.root, proof.slack, budget)

    def _separate(self, lp: CutLp, useless: BoolArray, x: FloatArray) -> int:
        """Add cuts that a solution of the linear programme violates; how many."""
        added = violated_cuts(
            self._part.graph,
            self._part.root,
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

    def _branch(self, useless: BoolArray, rows: Rows) -> None:
        """Decide what is left by branching."""
        part = self._part
        result = branch(
            part.graph,
            part.root,
            useless,
            rows,
            self._target,
            seed=self._seed % 2**31,
            remaining=self._record.remaining,
            arc_cost=part.cost,
        )
        if result.arcs is not None:
            self._grow(np.where(result.arcs, part.cost, FORBIDDEN), "branching")
        self._raise_bound(result.bound, "branching")


def _scaled(cost: IntArray, factor: FloatArray) -> IntArray:
    """Scale costs by factors up to 1; what is forbidden stays so."""
    return np.where(cost < FORBIDDEN, np.minimum((cost * factor).astype(np.int64), cost), cost)
