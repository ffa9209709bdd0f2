"""Local search on trees of arcs: a key path, from one terminal or branching to the next, gives way to a cheaper one.

Source: Uchoa and Werneck (2010), Fast local search for the Steiner problem in graphs, for key paths. Where ways have directions, what
hangs below the path keeps its own, so that the new path has to end where the old one did; it may begin anywhere else in the tree.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from fiberplan.solvers.kernels.jit import kernel, part
from fiberplan.solvers.kernels.shortest_paths import heap_pop, heap_push
from fiberplan.solvers.problem.steiner import FORBIDDEN

if TYPE_CHECKING:
    from collections.abc import Callable

    from fiberplan.solvers.problem.steiner import BoolArray, Graph, IntArray, NodeArray

# ruff: noqa: PLR0912, PLR0913, PLR0917, PLR1714, C901


@kernel
def _hangs_below(
    top: int, node: int, root: int, entry: NodeArray, arc_tail: NodeArray, seen: NodeArray, turn: int
) -> bool:
    """Whether a node of the tree is another or hangs below it; what was found in this turn is remembered."""
    step = node
    while step != top and step != root and abs(seen[step]) != turn:
        step = arc_tail[entry[step]]
    below = step == top or (step != root and seen[step] == turn)
    last = step
    step = node
    while step != last:
        seen[step] = turn if below else -turn
        step = arc_tail[entry[step]]
    return below


@kernel
def _cut_off(
    node: int, root: int, is_terminal: BoolArray, entry: NodeArray, children: NodeArray, arc_tail: NodeArray
) -> None:
    """Take the arc into a node out of the tree, and all above it that lead nowhere else then."""
    while True:
        above = arc_tail[entry[node]]
        entry[node] = -1
        children[above] -= 1
        node = above
        if node == root or is_terminal[node] or children[node] > 0:
            break


@part
def _put_in(
    junction: int, key: int, onward: NodeArray, entry: NodeArray, children: NodeArray, arc_tail: NodeArray
) -> None:
    """Put the path from a node of the tree to a key vertex into the tree."""
    step = junction
    while step != key:
        arc = onward[step]
        if step != junction:
            children[step] += 1
        step = arc_tail[arc ^ 1]
        entry[step] = arc


@kernel
def _exchange(
    start: IntArray,
    arcs: NodeArray,
    neighbour: NodeArray,
    arc_tail: NodeArray,
    cost: IntArray,
    is_terminal: BoolArray,
    root: int,
    entry: NodeArray,
) -> int:
    """Look at each key path once and put a cheaper one in its place; the gain. ``entry``, the arc into each node, changes in place."""
    count = start.size - 1
    children = np.zeros(count, np.int32)
    for arc in entry[entry >= 0]:
        children[arc_tail[arc]] += 1
    distance = np.full(count, FORBIDDEN, np.int64)
    onward = np.empty(count, np.int32)
    touched = np.empty(count, np.int32)
    heap = np.empty(count, np.int32)
    place = np.full(count, -1, np.int32)
    seen = np.zeros(count, np.int32)
    inner = np.full(count, -1, np.int32)
    gain = 0
    for key in range(count):
        if entry[key] < 0 or not (is_terminal[key] or children[key] > 1):
            continue
        old = cost[entry[key]]
        step = arc_tail[entry[key]]
        while step != root and not is_terminal[step] and children[step] == 1:
            inner[step] = key
            old += cost[entry[step]]
            step = arc_tail[entry[step]]
        distance[key] = 0
        touched[0] = key
        width = 1
        size = heap_push(heap, place, 0, distance, key)
        junction = -1
        while size > 0:
            node = heap_pop(heap, place, size, distance)
            size -= 1
            if node != key and (node == root or (entry[node] >= 0 and inner[node] != key)):
                junction = node
                break
            for k in range(start[node], start[node + 1]):
                arc, other = arcs[k] ^ 1, neighbour[k]
                if cost[arc] >= old - distance[node] or distance[node] + cost[arc] >= distance[other]:
                    continue
                if (other == key or entry[other] >= 0) and _hangs_below(
                    key, other, root, entry, arc_tail, seen, key + 1
                ):
                    continue
                if distance[other] == FORBIDDEN:
                    touched[width] = other
                    width += 1
                distance[other] = distance[node] + cost[arc]
                onward[other] = arc
                size = heap_push(heap, place, size, distance, other)
        for k in range(size):
            place[heap[k]] = -1
        if junction >= 0:
            gain += old - distance[junction]
            children[junction] += 1  # before the old path goes, so that it does not go with it
            _cut_off(key, root, is_terminal, entry, children, arc_tail)
            _put_in(junction, key, onward, entry, children, arc_tail)
        for k in range(width):
            distance[touched[k]] = FORBIDDEN
    return gain


def improve_arborescence(
    graph: Graph, arc_cost: IntArray, root: int, arcs: IntArray, *, stop: Callable[[], bool]
) -> IntArray:
    """Exchange key paths as long as that gains.

    Parameters
    ----------
    graph
        The graph.
    arc_cost
        Cost of each arc, int64[2m], `FORBIDDEN` on arcs to keep off.
    root
        Where arcs come from.
    arcs
        A tree of arcs in which the root reaches all terminals and every leaf is one.
    stop
        Called between passes; true ends the search.

    Returns
    -------
    IntArray
        Arcs of such a tree, sorted, that costs no more.
    """
    entry = np.full(graph.node_count, -1, np.int32)
    entry[graph.arc_head[arcs]] = arcs
    walk = (graph.start, graph.arcs, graph.neighbour, graph.arc_tail)
    while not stop() and _exchange(*walk, arc_cost, graph.is_terminal, root, entry) > 0:
        pass
    return np.sort(entry[entry >= 0]).astype(np.int64)
