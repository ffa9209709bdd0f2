"""Arcs and edges that no better tree uses, found by reduced costs.

Source: Duin (1993), Steiner's problem in graphs; Polzin and Daneshmand (2001), Improved algorithms for the Steiner problem
in networks. A tree that uses an arc contains a path from the root to it and one from it to a terminal; if the bound
and the reduced costs of these reach the incumbent, the tree is no better than the incumbent.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from fiberplan.solvers.kernels.shortest_paths import dijkstra
from fiberplan.solvers.problem.steiner import FORBIDDEN, MAX_TOTAL_COST, IntArray

if TYPE_CHECKING:
    from fiberplan.solvers.problem.steiner import BoolArray, Graph


@dataclass(frozen=True, eq=False)
class Certificate:
    """A bound as the tests by reduced costs see it, in units of its own.

    Attributes
    ----------
    root, slack, budget
        As in `useless_arcs`.
    """

    root: int
    slack: IntArray
    budget: int


def reduced_distances(graph: Graph, root: int, slack: IntArray, budget: int) -> tuple[IntArray, IntArray]:
    """Measure how far each node is from the root, and from it to the nearest other terminal, by reduced costs.

    Parameters
    ----------
    graph, root, slack, budget
        As in `useless_arcs`; the budget is not negative.

    Returns
    -------
    tuple
        Two times int64[n], `FORBIDDEN` where it is beyond the budget.
    """
    links = (graph.start, graph.arcs, graph.neighbour)
    limit = min(budget, MAX_TOTAL_COST)
    from_root = dijkstra(*links, slack, 0, np.array([root], np.int32), limit)[0]
    targets = graph.terminals[graph.terminals != root]
    return from_root, dijkstra(*links, slack, 1, targets, limit)[0]


def useless_arcs(graph: Graph, root: int, slack: IntArray, budget: int) -> BoolArray:
    """Find the arcs whose use makes a tree cost more than a budget above the bound.

    Parameters
    ----------
    graph
        The graph.
    root
        The terminal that the bound was made from; arcs lead away from it.
    slack
        Reduced cost of each arc under the bound, not negative, `FORBIDDEN` where the arc is already known to be useless.
    budget
        What a tree of interest may cost above the bound, at most. For strictly better trees than an incumbent:
        ``incumbent - bound - 1``.

    Returns
    -------
    BoolArray
        bool[2m], true for arcs that no tree of interest uses, when oriented away from this root.
    """
    if budget < 0:
        return np.ones(slack.size, np.bool_)
    limit = min(budget, MAX_TOTAL_COST)
    from_root, to_terminal = reduced_distances(graph, root, slack, limit)
    # Taken away one by one, so that nothing overflows.
    rest = np.full(slack.size, limit, np.int64)
    useless = slack >= FORBIDDEN
    for part in (from_root[graph.arc_tail], slack, to_terminal[graph.arc_head]):
        useless |= part > rest
        rest = np.where(useless, 0, rest - part)
    useless |= graph.arc_head == root
    return useless


def useless_edges(useless: BoolArray) -> BoolArray:
    """Find the edges that are useless in both directions; these are useless whatever the root.

    Parameters
    ----------
    useless
        What `useless_arcs` found, for one root.
    """
    return useless[0::2] & useless[1::2]
