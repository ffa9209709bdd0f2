"""Lower bounds by dual ascent on the directed cut formulation, and the cuts that prove them.

Source: Wong (1984), A dual ascent approach for Steiner tree problems on a directed graph. Terminals take turns, smallest
cut first, and those first that a good tree enters only once, as in an optimal pair; they leave for good once another active terminal reaches them (Pajor, Uchoa and Werneck 2018, A robust and
scalable algorithm for the Steiner problem in graphs).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from fiberplan.solvers.kernels.connectivity import hang_tree
from fiberplan.solvers.kernels.jit import kernel, stretched
from fiberplan.solvers.kernels.shortest_paths import heap_pop, heap_push
from fiberplan.solvers.problem.steiner import FORBIDDEN, IntArray

if TYPE_CHECKING:
    from collections.abc import Iterator

    from fiberplan.solvers.problem.steiner import BoolArray, Graph, NodeArray

# ruff: noqa: PLR0913, PLR0917, PLR0912, PLR0915, C901


DETOUR = 20
"""Each time that a guiding tree enters a cut once more than it must counts as so many arcs."""


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
    key = np.zeros(count, np.int64)
    heap = np.empty(count, np.int32)
    place = np.full(count, -1, np.int32)
    size = 0
    for node in range(count):
        if active[node]:
            key[node] = start[node + 1] - start[node]
            size = heap_push(heap, place, size, key, node)
    seen = np.full(count, -1, np.int32)
    queue = np.empty(count, np.int32)
    border = np.empty(arcs.size, np.int32)
    outside = np.empty(arcs.size, np.int32)
    nodes = np.empty(1024, np.int64)
    cuts = np.empty(1024, np.int64)
    used = 0
    raised = 0
    bound = 0
    turn = -1
    while size > 0:
        terminal = heap_pop(heap, place, size, key)
        size -= 1
        rival = key[heap[0]] if size > 0 else FORBIDDEN
        limit = rival + (rival >> 2)
        turn += 1
        seen[terminal] = turn
        queue[0] = terminal
        first, last, width = 0, 1, 0
        begin = used
        while True:
            reached = False
            while first < last and not reached:
                node = queue[first]
                first += 1
                for k in range(start[node], start[node + 1]):
                    other = neighbour[k]
                    if seen[other] == turn:
                        continue
                    arc = arcs[k] ^ 1
                    if slack[arc] == 0:
                        if other == root or active[other]:
                            reached = True
                            break
                        seen[other] = turn
                        queue[last] = other
                        last += 1
                    elif slack[arc] < FORBIDDEN:
                        border[width] = arc
                        outside[width] = other
                        width += 1
            if reached:
                active[terminal] = False
                break
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
            width = kept
            if width == 0:
                return -1, nodes[:0], cuts[:0]
            rank = width + DETOUR * max(crossings - 1, 0)
            if rank > limit:
                key[terminal] = rank
                size = heap_push(heap, place, size, key, terminal)
                break
            if record:
                nodes = stretched(nodes, begin + last)
                for k in range(used - begin, last):
                    nodes[begin + k] = queue[k]
                used = begin + last
                cuts = stretched(cuts, raised + 3)
                cuts[raised] = begin
                cuts[raised + 1] = used
                cuts[raised + 2] = least
                raised += 3
            bound += int(least)
            for k in range(width):
                slack[border[k]] -= least
                if slack[border[k]] == 0:
                    other = outside[k]
                    if other == root or active[other]:
                        reached = True
                    elif seen[other] != turn:
                        seen[other] = turn
                        queue[last] = other
                        last += 1
            if reached:
                active[terminal] = False
                break
    return bound, nodes[:used], cuts[:raised]


@dataclass(frozen=True, eq=False)
class DualAscent:
    """What a dual ascent found.

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
    parent, above, _, _ = hang_tree(graph, in_tree, root)
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
