"""Better trees next to a tree: key paths exchanged, key vertices eliminated.

Key vertices are terminals and branchings of the tree; key paths lead from one to the next. `key_moves` finds the moves; those that gain
most and do not touch each other are applied at once.
Source: Uchoa and Werneck (2010), Fast local search for Steiner trees in graphs.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from fiberplan.solvers.kernels.connectivity import connects, root_tree
from fiberplan.solvers.kernels.shortest_paths import dijkstra
from fiberplan.solvers.problem.steiner import FORBIDDEN, MAX_TOTAL_COST
from fiberplan.solvers.trees.growing import clean_tree
from fiberplan.solvers.trees.key_moves import State, find_moves, stack_boundaries

if TYPE_CHECKING:
    from collections.abc import Callable

    from fiberplan.solvers.problem.steiner import BoolArray, Graph, IntArray

PASSES = 30
"""Passes over a tree, at most."""


def _moves(graph: Graph, edges: IntArray) -> tuple[IntArray, IntArray, IntArray]:
    count, half_count = graph.node_count, 2 * graph.edge_count
    in_tree = np.zeros(graph.edge_count, np.bool_)
    in_tree[edges] = True
    links = (graph.start, graph.arcs, graph.neighbour)
    parent, above, first, last = root_tree(graph, in_tree, int(graph.terminals[0]))
    order = np.argsort(first, kind="stable")[np.count_nonzero(first < 0) :]
    degree = np.bincount(np.concatenate((graph.tail[edges], graph.head[edges])), minlength=count)
    distance, entry, base = dijkstra(*links, graph.arc_cost, 0, order.astype(np.int32), MAX_TOTAL_COST)
    member = np.argsort(base, kind="stable")
    member = member[np.searchsorted(base[member], 0) :]
    region = np.concatenate(([0], np.cumsum(np.bincount(base[member], minlength=count))))
    state = State(
        *links,
        graph.cost,
        graph.arc_tail,
        distance,
        entry,
        base,
        region,
        member,
        first.astype(np.int64),
        (last - first).astype(np.int64),
        np.full(half_count, -1, np.int32),
        np.full(half_count, -1, np.int32),
        np.zeros(graph.edge_count, np.int64),
        np.full(count, -1, np.int32),
        np.zeros(count, np.int64),
        np.zeros(count, np.int64),
        np.full(count, FORBIDDEN, np.int64),
        np.full(count, -1, np.int32),
        np.full(count, -1, np.int32),
        np.empty(count, np.int32),
        np.full(count, -1, np.int32),
    )
    stack_boundaries(state, graph.tail, graph.head)
    is_key = graph.is_terminal | (degree >= 3)
    return find_moves(
        state, is_key, graph.is_terminal, order, parent.astype(np.int64), above.astype(np.int64)
    )


def _apply(graph: Graph, nodes: BoolArray, moves: list[IntArray]) -> IntArray | None:
    """Apply moves that do not touch each other; the tree over the nodes then, or ``None`` if they fall apart."""
    nodes = nodes.copy()
    touched = np.zeros_like(nodes)
    for change in moves:
        both = np.where(change < 0, -1 - change, change)
        if not touched[both].any():
            touched[both] = True
            nodes[both[change < 0]] = False
            nodes[change[change >= 0]] = True
    if not connects(graph, nodes[graph.tail] & nodes[graph.head]):
        return None
    return clean_tree(graph, nodes)


def improve_tree(graph: Graph, edges: IntArray, *, stop: Callable[[], bool] = lambda: False) -> IntArray:
    """Apply moves as long as they gain.

    Parameters
    ----------
    graph
        A connected graph with at least two terminals.
    edges
        A tree over all terminals, without useless leaves.
    stop
        Called between passes; true ends the search.

    Returns
    -------
    IntArray
        A tree that costs no more, sorted.
    """
    cost = int(graph.cost[edges].sum())
    for _ in range(PASSES):
        gains, stops, lists = _moves(graph, edges)
        changes = np.split(lists, stops[:-1])
        moves = [changes[k] for k in np.argsort(-gains, kind="stable").tolist()] if gains.size else []
        nodes = np.zeros(graph.node_count, np.bool_)
        nodes[graph.tail[edges]] = True
        nodes[graph.head[edges]] = True
        better = None
        while moves and better is None:
            better = _apply(graph, nodes, moves)
            if better is not None and int(graph.cost[better].sum()) >= cost:
                better = None
            moves = moves[: len(moves) // 2]
        if better is None:
            break
        edges = better
        cost = int(graph.cost[edges].sum())
        if stop():
            break
    return edges
