"""Lower bounds by dual ascent on the directed cut formulation, and the cuts that prove them.

Source: Wong (1984), A dual ascent approach for Steiner tree problems on a directed graph. Terminals take turns, smallest
cut first, and those first that a good tree enters only once, as in an optimal pair; they leave for good once another active
terminal reaches them (Pajor, Uchoa and Werneck 2018, A robust and scalable algorithm for the Steiner problem in graphs).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from fiberplan.solvers.kernels.connectivity import root_tree
from fiberplan.solvers.kernels.jit import kernel, part, stretched
from fiberplan.solvers.kernels.shortest_paths import heap_pop, heap_push
from fiberplan.solvers.problem.steiner import FORBIDDEN, IntArray, NodeArray

if TYPE_CHECKING:
    from collections.abc import Iterator

    from fiberplan.solvers.problem.steiner import BoolArray, Graph

# ruff: noqa: PLR0913, PLR0917


DETOUR = 20
"""Each time that a guiding tree enters a cut once more than it must counts as so many arcs."""


class _Cut(NamedTuple):
    """Work arrays for the cut around one terminal.

    Attributes
    ----------
    seen
        Turn in which each node was inside last, int32[n].
    queue
        Nodes inside.
    border, outside
        Arcs that enter with some slack left, and their tails.
    """

    seen: NodeArray
    queue: NodeArray
    border: NodeArray
    outside: NodeArray


@part
def _explore(
    start: IntArray,
    arcs: NodeArray,
    neighbour: NodeArray,
    slack: IntArray,
    active: BoolArray,
    root: int,
    cut: _Cut,
    turn: int,
    first: int,
    last: int,
    width: int,
) -> tuple[bool, int, int]:
    """Take in what reaches the nodes inside, from the ``first`` on, without slack, and list the arcs with slack.

    Returns whether the root or another active terminal is among it, and how many nodes and arcs there are by then.
    """
    seen, queue, border, outside = cut
    while first < last:
        node = queue[first]
        first += 1
        for k in range(start[node], start[node + 1]):
            other = neighbour[k]
            if seen[other] == turn:
                continue
            arc = arcs[k] ^ 1
            if slack[arc] == 0:
                if other == root or active[other]:
                    return True, last, width
                seen[other] = turn
                queue[last] = other
                last += 1
            elif slack[arc] < FORBIDDEN:
                border[width] = arc
                outside[width] = other
                width += 1
    return False, last, width


@part
def _tidy(cut: _Cut, turn: int, width: int, slack: IntArray, guide: BoolArray) -> tuple[int, int, int]:
    """Drop arcs that are inside by now; how many are left, how many of these the guide uses, and the least slack."""
    seen, _, border, outside = cut
    kept, crossings = 0, 0
    least = FORBIDDEN
    for k in range(width):
        if seen[outside[k]] != turn:
            border[kept] = border[k]
            outside[kept] = outside[k]
            least = min(least, slack[border[k]])
            kept += 1
            if guide[border[k]]:
                crossings += 1
    return kept, crossings, int(least)


@part
def _spend(
    cut: _Cut, turn: int, width: int, last: int, least: int, slack: IntArray, active: BoolArray, root: int
) -> tuple[bool, int]:
    """Take slack from all arcs; whether that lets in the root or another active terminal, and how many nodes are inside."""
    reached = False
    for k in range(width):
        slack[cut.border[k]] -= least
        if slack[cut.border[k]] == 0:
            other = cut.outside[k]
            if other == root or active[other]:
                reached = True
            elif cut.seen[other] != turn:
                cut.seen[other] = turn
                cut.queue[last] = other
                last += 1
    return reached, last


@kernel
def _ascend(
    start: IntArray,
    arcs: NodeArray,
    neighbour: NodeArray,
    is_terminal: BoolArray,
    root: int,
    slack: IntArray,
    guide: BoolArray,
    record: bool,  # noqa: FBT001 - kernels have positional arguments only
) -> tuple[int, IntArray, IntArray]:
    """Raise cuts until the root reaches every terminal by arcs without slack.

    Returns the bound, the nodes of the cuts, and a row (first node, one past the last, value) per cut; the bound is -1 if
    some terminal cannot be reached at all. Works on ``slack`` in place.
    """
    count = start.size - 1
    active = is_terminal.copy()
    active[root] = False
    key = start[1:] - start[:-1]
    heap, place = np.empty(count, np.int32), np.full(count, -1, np.int32)
    size = 0
    for node in np.flatnonzero(active):
        size = heap_push(heap, place, size, key, int(node))
    cut = _Cut(
        np.full(count, -1, np.int32),
        np.empty(count, np.int32),
        np.empty(arcs.size, np.int32),
        np.empty(arcs.size, np.int32),
    )
    nodes, cuts = np.empty(1024, np.int64), np.empty(1024, np.int64)
    used, raised, bound, turn = 0, 0, 0, -1
    while size > 0:
        terminal = heap_pop(heap, place, size, key)
        size -= 1
        rival = key[heap[0]] if size > 0 else FORBIDDEN
        limit = rival + (rival >> 2)
        turn += 1
        cut.seen[terminal] = turn
        cut.queue[0] = terminal
        first, last, width = 0, 1, 0
        begin = used
        while True:
            reached, last, width = _explore(
                start, arcs, neighbour, slack, active, root, cut, turn, first, last, width
            )
            first = last
            if reached:
                active[terminal] = False
                break
            width, crossings, least = _tidy(cut, turn, width, slack, guide)
            if width == 0:
                return -1, nodes[:0], cuts[:0]
            rank = width + DETOUR * max(crossings - 1, 0)
            if rank > limit:
                key[terminal] = rank
                size = heap_push(heap, place, size, key, terminal)
                break
            if record:
                nodes, cuts = stretched(nodes, begin + last), stretched(cuts, raised + 3)
                nodes[used : begin + last] = cut.queue[used - begin : last]
                used = begin + last
                cuts[raised], cuts[raised + 1], cuts[raised + 2] = begin, used, least
                raised += 3
            bound += int(least)
            reached, last = _spend(cut, turn, width, last, least, slack, active, root)
            if reached:
                active[terminal] = False
                break
    return bound, nodes[:used], cuts[:raised]


@dataclass(frozen=True, eq=False)
class DualAscent:
    """A lower bound and the cuts that prove it.

    Attributes
    ----------
    root
        The terminal from which all others are to be reached.
    bound
        Lower bound on the cost of every tree; ``None`` if the arcs allowed connect no tree.
    slack
        Reduced cost of each arc, int64[2m].
    nodes, spans, values
        The cuts: ``nodes[spans[i, 0] : spans[i, 1]]`` and its dual value, empty unless asked for.
    """

    root: int
    bound: int | None
    slack: IntArray
    nodes: IntArray
    spans: IntArray
    values: IntArray

    def cuts(self) -> Iterator[IntArray]:
        """Yield the node set of each cut raised."""
        for first, last in self.spans.tolist():
            yield self.nodes[first:last]


def away_from(graph: Graph, tree: IntArray, root: int) -> BoolArray:
    """Mark the arcs of a tree as it leads away from a root, bool[2m].

    Parameters
    ----------
    graph
        The graph.
    tree
        Edges of the tree.
    root
        One of its nodes.
    """
    in_tree = np.zeros(graph.edge_count, np.bool_)
    in_tree[tree] = True
    parent, above, _, _ = root_tree(graph, in_tree, root)
    below = np.flatnonzero(above >= 0)
    used = np.zeros(2 * graph.edge_count, np.bool_)
    used[2 * above[below].astype(np.int64) + (graph.tail[above[below]] != parent[below])] = True
    return used


def ascend_dual(
    graph: Graph,
    root: int,
    *,
    arc_cost: IntArray | None = None,
    guide: IntArray | None = None,
    record: bool = False,
) -> DualAscent:
    """Bound the cost of every tree from below.

    Parameters
    ----------
    graph
        The graph.
    root
        A terminal.
    arc_cost
        Cost of each arc, int64[2m], `FORBIDDEN` on arcs that no tree of interest uses; the cost of its edge by default.
    guide
        Edges of a good tree.
    record
        Keep the cuts.
    """
    slack = graph.arc_cost if arc_cost is None else arc_cost.copy()
    used = np.zeros(2 * graph.edge_count, np.bool_) if guide is None else away_from(graph, guide, root)
    bound, nodes, flat = _ascend(
        graph.start, graph.arcs, graph.neighbour, graph.is_terminal, root, slack, used, record
    )
    table = flat.reshape(-1, 3)
    return DualAscent(root, None if bound < 0 else int(bound), slack, nodes, table[:, :2], table[:, 2])
