"""Smaller graphs with the same optimum: what simple tests remove or merge, and the way back.

The tests are in `node_tests`; an edge that every best tree uses contracts, as `contraction` finds it.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from fiberplan.solvers.kernels.jit import kernel
from fiberplan.solvers.problem.steiner import BoolArray, Graph, IntArray, build_graph
from fiberplan.solvers.reductions.contraction import needed_edges
from fiberplan.solvers.reductions.node_tests import (
    ALL_TESTS,
    FIXES,
    NEEDED_EDGES,
    USED,
    Changing,
    Findings,
    run_node_tests,
)
from fiberplan.solvers.reductions.special_distance import no_profits, special_distance_tables


@kernel
def _unmerge(left: IntArray, right: IntArray, edges: IntArray) -> IntArray:
    """Replace merged edges by what they were merged from."""
    result = np.empty(2 * edges.size + 16, np.int64)
    stack = np.empty(edges.size + left.size, np.int64)
    stack[: edges.size] = edges
    size = edges.size
    count = 0
    while size > 0:
        size -= 1
        edge = stack[size]
        if left[edge] < 0:
            if count == result.size:
                result = np.append(result, result)
            result[count] = edge
            count += 1
        else:
            stack[size] = left[edge]
            stack[size + 1] = right[edge]
            size += 2
    return result[:count]


@dataclass(frozen=True, eq=False)
class Reduction:
    """A smaller graph with the same optimum, less what is fixed.

    Attributes
    ----------
    graph
        What is left; its nodes and edges are numbered afresh.
    offset
        Cost of the edges that are fixed.
    origin
        Number of each edge of `graph` in `left` and `right`.
    left, right
        The two edges that an edge was merged from; -1 for edges of the graph before.
    fixed
        Edges known to be in a best tree.
    """

    graph: Graph
    offset: int
    origin: IntArray
    left: IntArray
    right: IntArray
    fixed: IntArray

    def restore(self, edges: IntArray) -> IntArray:
        """Translate a tree of the smaller graph into one of the graph before.

        Parameters
        ----------
        edges
            Edges of `graph`.

        Returns
        -------
        IntArray
            Edges of the graph before, the fixed ones included. They connect all terminals and cost no more; where edges merged
            at the same node were both used, they may come twice, close a cycle or have free ends.
        """
        return _unmerge(self.left, self.right, np.concatenate((self.origin[edges], self.fixed)))


def reduce_graph(
    graph: Graph, *, keep: BoolArray | None = None, findings: Findings | None = None, tests: int = ALL_TESTS
) -> Reduction:
    """Make a graph smaller, without losing all of its best trees.

    Parameters
    ----------
    graph
        The graph; its terminals are connected by the edges kept.
    keep
        Edges to consider, bool[m]; all by default.
    findings
        What is known about all best trees; dead edges are left out, and nodes that are only passed through are replaced.
    tests
        Sum of the tests to run, `ALL_TESTS` by default.
    """
    findings = _nothing_known(graph) if findings is None else findings
    chosen = np.flatnonzero(~findings.dead if keep is None else keep & ~findings.dead)
    part = build_graph(
        graph.node_count, graph.tail[chosen], graph.head[chosen], graph.cost[chosen], graph.terminals
    )
    regions = special_distance_tables(part, no_profits(part))
    needed = np.empty(0, np.int64)
    if tests & NEEDED_EDGES and part.terminals.size > 1:
        needed = np.flatnonzero(needed_edges(part, regions.base, regions.distance))
    known = findings._replace(slot=findings.slot.reshape(-1, 2)[chosen].ravel())
    changed = run_node_tests(part.is_terminal, part.tail, part.head, part.cost, regions, needed, known, tests)
    return _reduction(graph, chosen, changed)


def _nothing_known(graph: Graph) -> Findings:
    """Return findings that say nothing."""
    return Findings(
        np.zeros(graph.edge_count, np.bool_),
        np.zeros(graph.node_count, np.bool_),
        np.zeros(graph.node_count, np.int64),
        np.zeros(2 * graph.edge_count, np.int64),
    )


def _reduction(graph: Graph, chosen: IntArray, changed: Changing) -> Reduction:
    """Give what is left new numbers; ``chosen`` are the edges of the graph that the tests began with."""
    lists, used, fixes = changed.lists, int(changed.tally[USED]), int(changed.tally[FIXES])
    origin = np.flatnonzero(lists.alive[:used])
    tail, head = lists.node_of[2 * origin], lists.node_of[2 * origin + 1]
    remains = changed.terminal.copy()
    remains[tail] = True
    remains[head] = True
    number = (np.cumsum(remains) - 1).astype(np.int32)
    terminals = number[np.flatnonzero(changed.terminal)]
    smaller = build_graph(int(remains.sum()), number[tail], number[head], lists.cost[origin], terminals)
    # Originals get the number they have in the graph before; merged edges follow after all of those.
    shift = graph.edge_count - chosen.size
    names = np.concatenate((chosen, np.arange(chosen.size, used) + shift))
    left = np.full(used + shift, -1, np.int64)
    right = left.copy()
    merged = np.flatnonzero(changed.left[:used] >= 0)
    left[names[merged]] = names[changed.left[merged]]
    right[names[merged]] = names[changed.right[merged]]
    fixed = changed.fixed[:fixes]
    return Reduction(smaller, int(lists.cost[fixed].sum()), names[origin], left, right, names[fixed])
