"""A dual ascent that is improved: terminals take back their cuts and raise others, as long as that gains enough.

Where terminals are far apart, the cuts of a greedy ascent get in each other's way, and its bound stays some per cent below the optimum;
`moves` halve that gap in about fifty moves for each terminal.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from fiberplan.solvers.dual.ascent import DualAscent, away_from
from fiberplan.solvers.dual.climbs import Climbs, Ways, climb, pay, scratch
from fiberplan.solvers.dual.moves import improve
from fiberplan.solvers.kernels.connectivity import reached
from fiberplan.solvers.kernels.shortest_paths import dijkstra
from fiberplan.solvers.kernels.threads import share
from fiberplan.solvers.problem.steiner import MAX_TOTAL_COST
from fiberplan.solvers.run.options import SearchOptions

if TYPE_CHECKING:
    from collections.abc import Iterator

    from fiberplan.solvers.problem.steiner import BoolArray, Graph, IntArray, NodeArray


class DualSearch:
    """A bound, and the cuts that prove it, to be improved.

    Parameters
    ----------
    graph
        The graph; it connects its terminals.
    root
        A terminal.
    tree
        Edges of a good tree.
    seed
        Of the random choices.
    options
        What tunes the search; defaults if left out.

    Attributes
    ----------
    bound
        Lower bound on the cost of every tree.
    climbs
        The cuts that prove it, as kernels keep them.
    """

    def __init__(
        self, graph: Graph, root: int, tree: IntArray, *, seed: int, options: SearchOptions | None = None
    ) -> None:
        self.bound = 0
        self._options = options or SearchOptions()
        self._graph = graph
        self._root = root
        self._random = np.random.default_rng(seed)
        guide = np.zeros(2 * graph.edge_count, np.bool_)
        everywhere = np.zeros(graph.node_count, np.bool_)
        self._ways = Ways(graph.start, graph.arcs, graph.neighbour, graph.arc_cost, guide, everywhere)
        self.follow(tree)
        self._region, self._near_start, self._near = _neighbours(graph)
        self.climbs = Climbs(
            np.empty(1, np.int32),
            np.empty(1, np.int64),
            np.empty((1, 5), np.int64),
            np.full(graph.node_count, -1, np.int64),
            np.zeros(2, np.int64),
        )
        self._connect()

    def follow(self, tree: IntArray) -> None:
        """Let another tree guide from now on.

        Parameters
        ----------
        tree
            Its edges.
        """
        self._ways.guide[:] = away_from(self._graph, tree, self._root)

    def search(self, target: int, least_gain: float) -> Iterator[int]:
        """Try moves as long as they gain enough.

        Parameters
        ----------
        target
            Cost that trees of interest stay below.
        least_gain
            The part of the gap that a few moves for each terminal have to gain for the search to go on.

        Yields
        ------
        int
            The bound, now and then.
        """
        gap = target - self.bound
        gain = gap
        while gap > 0 and gain > least_gain * gap:
            gain = self.run(
                self._options.moves_per_terminal, self._options.loss_share * gap / self._graph.terminals.size
            )
            gap = target - self.bound
            yield self.bound

    def run(self, moves: int, temperature: float) -> int:
        """Try moves.

        Parameters
        ----------
        moves
            How many for each terminal.
        temperature
            What one may lose, on average.

        Returns
        -------
        int
            What the bound has gained, which may be negative unless the temperature is 0.
        """
        before = self.bound
        parts = self._halves()
        seeds = self._random.integers(2**31, size=len(parts))
        outcomes = share(
            lambda k: self._improve(parts[k], moves, temperature, int(seeds[k])), list(range(len(parts)))
        )
        self._merge(parts, outcomes)
        self._connect()
        return self.bound - before

    def ascent(self) -> DualAscent:
        """Return the bound, its cuts and what it leaves of the costs."""
        used, rows = self.climbs.filled
        members, levels, table = (
            self.climbs.members[:used],
            self.climbs.levels[:used],
            self.climbs.table[:rows],
        )
        sizes = table[:, 1] - table[:, 0]
        following = np.append(levels[1:], 0)
        following[table[:, 1] - 1] = table[:, 2]
        last = np.flatnonzero(following > levels)
        first = np.repeat(table[:, 0], sizes)[last]
        return DualAscent(
            self._root,
            self.bound,
            self._ways.slack.copy(),
            members.astype(np.int64),
            np.stack((first, last + 1), axis=1),
            following[last] - levels[last],
        )

    def _halves(self) -> list[BoolArray]:
        """Divide the nodes into those around terminals on one side and on the other, elsewhere each time."""
        graph = self._graph
        if graph.terminals.size < self._options.halves_from_terminals:
            return [np.ones(graph.node_count, np.bool_)]
        source = self._random.choice(graph.terminals, 1).astype(np.int32)
        far = dijkstra(graph.start, graph.arcs, graph.neighbour, graph.arc_cost, 0, source, MAX_TOTAL_COST)[0]
        near = far[self._region] <= np.median(far[graph.terminals])
        return [near, ~near]

    def _improve(self, allowed: BoolArray, moves: int, temperature: float, seed: int) -> Climbs:
        """Try moves that change nothing but arcs that enter some of the nodes."""
        graph, climbs = self._graph, self.climbs
        candidates = graph.terminals[allowed[graph.terminals]]
        copy = Climbs(
            climbs.members.copy(),
            climbs.levels.copy(),
            climbs.table.copy(),
            climbs.latest.copy(),
            climbs.filled.copy(),
        )
        return improve(
            self._ways._replace(reached=self._ways.reached.copy()),
            graph.is_terminal,
            self._root,
            allowed,
            candidates,
            self._near_start,
            self._near,
            copy,
            self._options.movers,
            moves * candidates.size,
            temperature,
            seed,
        )

    def _merge(self, parts: list[BoolArray], outcomes: list[Climbs]) -> None:
        """Keep the climbs that still count, those of each terminal from the part that it is in."""
        terminals = self._graph.terminals
        members, levels, tables = [], [], []
        used = rows = 0
        latest = self.climbs.latest
        latest[:] = -1
        for part, climbs in zip(parts, outcomes, strict=True):
            row = climbs.latest[terminals[part[terminals]]]
            live = np.zeros(climbs.filled[1], np.bool_)
            while (row := row[row >= 0]).size:
                live[row] = True
                row = climbs.table[row, 4]
            table = climbs.table[: live.size][live]
            sizes = table[:, 1] - table[:, 0]
            ends = used + np.cumsum(sizes)
            where = np.arange(sizes.sum()) + np.repeat(table[:, 0] - (ends - sizes - used), sizes)
            members.append(climbs.members[where])
            levels.append(climbs.levels[where])
            number = np.where(live, rows + np.cumsum(live) - 1, -1)
            table[:, 0], table[:, 1] = ends - sizes, ends
            table[:, 4] = np.where(table[:, 4] < 0, -1, number[table[:, 4]])
            tables.append(table)
            own = climbs.latest >= 0
            own &= part
            latest[own] = number[climbs.latest[own]]
            used += int(sizes.sum())
            rows += len(table)
        self.climbs = Climbs(
            np.concatenate(members),
            np.concatenate(levels),
            np.concatenate(tables),
            latest,
            np.array([used, rows]),
        )
        self.bound = int(self.climbs.table[:rows, 2].sum())

    def check(self) -> None:
        """Charge all climbs anew: the bound rests on this, not on the moves that led here.

        Raises
        ------
        AssertionError
            The cuts do not prove the bound.
        """
        graph, climbs = self._graph, self.climbs
        used, rows = climbs.filled
        first, owner = climbs.table[:rows, 0], climbs.table[:rows, 3]
        around = (climbs.members[first] == owner) & graph.is_terminal[owner] & (climbs.levels[first] == 0)
        if not around.all() or (climbs.members[:used] == self._root).any():
            raise AssertionError("the cuts of a bound have a terminal inside and the root outside")
        slack = graph.arc_cost
        work = scratch(graph.node_count, slack.size)
        for row in range(rows):
            pay(self._ways._replace(slack=slack), climbs, row, -1, work, 0, row)
        spent = slack.min(initial=0) < 0 or not np.array_equal(slack, self._ways.slack)
        if spent or self.bound != climbs.table[:rows, 2].sum():
            raise AssertionError("the cuts of a bound spend what the arcs cost, and no more")

    def _connect(self) -> None:
        """Raise what there is to raise around terminals that the root does not reach yet, and check the whole."""
        graph = self._graph
        ways = self._ways
        ways.reached[:] = reached(graph, ways.slack == 0, self._root)
        apart = graph.terminals[~ways.reached[graph.terminals]]
        if apart.size:
            work = scratch(graph.node_count, 2 * graph.edge_count)
            work.active[apart] = True
            everywhere = np.ones(graph.node_count, np.bool_)
            raised, self.climbs, _ = climb(
                ways, everywhere, self.climbs, work, apart, np.ones(apart.size), 20.0, 1.25, 0, 0
            )
            if raised < 0:
                raise AssertionError("the graph connects its terminals")
            self.bound += raised
            ways.reached[:] = reached(graph, ways.slack == 0, self._root)
        self.check()


def _neighbours(graph: Graph) -> tuple[NodeArray, IntArray, NodeArray]:
    """Find the nearest terminal of each node, and the terminals near each terminal: those whose regions touch its own."""
    links = (graph.start, graph.arcs, graph.neighbour)
    region = dijkstra(*links, graph.arc_cost, 0, graph.terminals, MAX_TOTAL_COST)[2]
    one, two = region[graph.tail].astype(np.int64), region[graph.head].astype(np.int64)
    apart = one != two
    pairs = np.concatenate((one * graph.node_count + two, two * graph.node_count + one))
    pairs = np.unique(pairs[np.concatenate((apart, apart))])
    near_start = np.searchsorted(pairs, np.arange(graph.node_count + 1) * graph.node_count)
    return region, near_start, (pairs % graph.node_count).astype(np.int32)
