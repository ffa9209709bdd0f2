"""Smaller graphs with the same optimum: what simple tests remove or merge, and the way back.

Self-loops and dearer parallels go; a node of degree 1 goes, and if it is a terminal its edge is in every tree; a node of
degree 2 that is no terminal becomes an edge; a terminal whose cheapest edge leads to a terminal merges with it; an edge that
is longer than the special distance of its ends goes; a node of degree 3 that no best tree branches at becomes edges between
its neighbours.
Sources: Duin and Volgenant (1989), Reduction tests for the Steiner problem in graphs; Duin (1993), Steiner's problem in
graphs; Koch and Martin (1998), Solving Steiner tree problems in graphs to optimality.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from fiberplan.solvers.arrays import FORBIDDEN, MAX_TOTAL_COST, Graph, IntArray, build_graph
from fiberplan.solvers.edge_lists import drop_edge, join_edge, short_way
from fiberplan.solvers.jit import kernel
from fiberplan.solvers.special_distance import special_distance, special_distance_tables

if TYPE_CHECKING:
    from fiberplan.solvers.arrays import BoolArray, NodeArray

# ruff: noqa: PLR0913, PLR0917, PLR0912, PLR0915, C901

LOOPS_AND_PARALLELS = 0
"""Self-loops and parallels; these tests always run."""
DEGREE_ONE = 1
"""Leaves."""
DEGREE_TWO = 2
"""Nodes in the middle of a line."""
SHORT_TERMINAL_EDGES = 4
"""Cheapest edges of terminals that lead to terminals."""
LONG_EDGES = 8
"""Edges dearer than another way between their ends, where one may rest at terminals."""
DEGREE_THREE = 16
"""Nodes of degree 3 that no best tree branches at."""
ALL_TESTS = DEGREE_ONE | DEGREE_TWO | SHORT_TERMINAL_EDGES | LONG_EDGES | DEGREE_THREE
EFFORT = 24
"""Nodes looked at in the search for another way between two nodes."""


@kernel
def _reduce(
    count: int,
    tail: NodeArray,
    head: NodeArray,
    price: IntArray,
    terminal: BoolArray,
    base: NodeArray,
    near: IntArray,
    region: NodeArray,
    link: IntArray,
    tests: int,
) -> tuple[NodeArray, IntArray, BoolArray, IntArray, IntArray, IntArray, BoolArray]:
    """Run the tests until none applies.

    Returns the node of each half-edge, the cost, life and the two parts of each edge (-1: original), the edges known to be
    in a best tree, and which nodes are terminals now.
    """
    original = tail.size
    room = original + 3 * count
    terminal = terminal.copy()
    cost = np.zeros(room, np.int64)
    cost[:original] = price
    alive = np.zeros(room, np.bool_)
    left = np.full(room, -1, np.int64)
    right = np.full(room, -1, np.int64)
    node_of = np.full(2 * room, -1, np.int32)
    after = np.full(2 * room, -1, np.int32)
    prior = np.full(2 * room, -1, np.int32)
    first = np.full(count, -1, np.int32)
    degree = np.zeros(count, np.int32)
    fixed = np.empty(room, np.int64)
    fixes = 0
    used = original
    remaining = int(np.sum(terminal))
    for edge in range(original):
        join_edge(first, after, prior, node_of, degree, alive, cost, edge, tail[edge], head[edge])
    total = np.sum(price)
    distance = np.full(count, FORBIDDEN, np.int64)
    heap = np.empty(count, np.int32)
    place = np.full(count, -1, np.int32)
    halves = np.empty(3, np.int32)
    apart = np.empty(3, np.int64)
    queue = np.arange(count).astype(np.int32)  # a ring: no node is in it twice
    waiting = np.ones(count, np.bool_)
    begin = 0
    length = count
    while length > 0:
        node = queue[begin]
        begin = (begin + 1) % count
        length -= 1
        waiting[node] = False
        touched_one, touched_two, touched_three = -1, -1, -1
        half = first[node] if tests & LONG_EDGES else -1
        while half >= 0:
            edge, other = half >> 1, node_of[half ^ 1]
            half = after[half]
            useless = special_distance(base, near, region, link, node, other, cost[edge]) < cost[edge]
            if not useless:
                way = short_way(
                    first, after, node_of, cost, distance, heap, place, node, other, edge, cost[edge], EFFORT
                )
                useless = way < FORBIDDEN
            if useless:
                drop_edge(first, after, prior, node_of, degree, alive, edge)
                if not waiting[other]:
                    waiting[other] = True
                    queue[(begin + length) % count] = other
                    length += 1
        if degree[node] == 1 and tests & DEGREE_ONE and (not terminal[node] or remaining > 1):
            half = first[node]
            other = node_of[half ^ 1]
            if terminal[node]:
                fixed[fixes] = half >> 1
                fixes += 1
                terminal[node] = False
                if terminal[other]:
                    remaining -= 1
                terminal[other] = True
            drop_edge(first, after, prior, node_of, degree, alive, half >> 1)
            touched_one = other
        elif degree[node] == 2 and tests & DEGREE_TWO and not terminal[node]:
            one = first[node]
            two = after[one]
            touched_one, touched_two = node_of[one ^ 1], node_of[two ^ 1]
            cost[used] = cost[one >> 1] + cost[two >> 1]
            left[used] = one >> 1
            right[used] = two >> 1
            drop_edge(first, after, prior, node_of, degree, alive, one >> 1)
            drop_edge(first, after, prior, node_of, degree, alive, two >> 1)
            join_edge(first, after, prior, node_of, degree, alive, cost, used, touched_one, touched_two)
            used += 1
        elif degree[node] == 3 and tests & DEGREE_THREE and not terminal[node]:
            halves[0] = first[node]
            halves[1] = after[halves[0]]
            halves[2] = after[halves[1]]
            star = cost[halves[0] >> 1] + cost[halves[1] >> 1] + cost[halves[2] >> 1]
            if total + star > MAX_TOTAL_COST:
                continue
            for k in range(3):
                one, two = halves[k], halves[(k + 1) % 3]
                ends = node_of[one ^ 1], node_of[two ^ 1]
                apart[k] = special_distance(base, near, region, link, ends[0], ends[1], star)
                both = cost[one >> 1] + cost[two >> 1]
                if apart[k] >= both:
                    way = short_way(
                        first,
                        after,
                        node_of,
                        cost,
                        distance,
                        heap,
                        place,
                        ends[0],
                        ends[1],
                        -1,
                        both - 1,
                        EFFORT,
                    )
                    apart[k] = min(apart[k], way)
            # Two of the three must connect the neighbours for less than the star does. No value exceeds the star's.
            if np.sum(apart) - np.max(apart) >= star:
                continue
            touched_one, touched_two, touched_three = (
                node_of[halves[0] ^ 1],
                node_of[halves[1] ^ 1],
                node_of[halves[2] ^ 1],
            )
            for k in range(3):
                drop_edge(first, after, prior, node_of, degree, alive, halves[k] >> 1)
            for k in range(3):
                one, two = halves[k], halves[(k + 1) % 3]
                both = cost[one >> 1] + cost[two >> 1]
                if apart[k] >= both:
                    cost[used] = both
                    left[used] = one >> 1
                    right[used] = two >> 1
                    ends = node_of[one ^ 1], node_of[two ^ 1]
                    join_edge(first, after, prior, node_of, degree, alive, cost, used, ends[0], ends[1])
                    used += 1
            total += star
        elif terminal[node] and degree[node] > 0 and tests & SHORT_TERMINAL_EDGES:
            best = first[node]
            half = after[best]
            while half >= 0:
                cheaper = cost[half >> 1] < cost[best >> 1]
                tie = cost[half >> 1] == cost[best >> 1] and terminal[node_of[half ^ 1]]
                if cheaper or tie:
                    best = half
                half = after[half]
            other = node_of[best ^ 1]
            if terminal[other]:
                fixed[fixes] = best >> 1
                fixes += 1
                remaining -= 1
                terminal[node] = False
                drop_edge(first, after, prior, node_of, degree, alive, best >> 1)
                while first[node] >= 0:
                    half = first[node]
                    far = node_of[half ^ 1]
                    drop_edge(first, after, prior, node_of, degree, alive, half >> 1)
                    join_edge(first, after, prior, node_of, degree, alive, cost, half >> 1, other, far)
                    if not waiting[far]:
                        waiting[far] = True
                        queue[(begin + length) % count] = far
                        length += 1
                touched_one = other
        for other in (touched_one, touched_two, touched_three):
            if other >= 0 and not waiting[other]:
                waiting[other] = True
                queue[(begin + length) % count] = other
                length += 1
    return node_of, cost[:used], alive[:used], left[:used], right[:used], fixed[:fixes], terminal


@kernel
def _unmerge(left: IntArray, right: IntArray, edges: IntArray) -> IntArray:
    """Replace merged edges by what they were merged from."""
    result = np.empty(left.size, np.int64)
    stack = np.empty(left.size + edges.size, np.int64)
    stack[: edges.size] = edges
    size = edges.size
    found = 0
    while size > 0:
        size -= 1
        edge = stack[size]
        if left[edge] < 0:
            result[found] = edge
            found += 1
        else:
            stack[size] = left[edge]
            stack[size + 1] = right[edge]
            size += 2
    return result[:found]


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
            Edges of the graph before, sorted, the fixed ones included. They connect all terminals and cost no more; where
            edges merged at the same node were both used, they may close a cycle or have free ends.
        """
        return np.unique(_unmerge(self.left, self.right, np.concatenate((self.origin[edges], self.fixed))))


def reduce_graph(graph: Graph, *, keep: BoolArray | None = None, tests: int = ALL_TESTS) -> Reduction:
    """Make a graph smaller, without losing all of its best trees.

    Parameters
    ----------
    graph
        The graph; its terminals are connected by the edges kept.
    keep
        Edges to consider, bool[m]; all by default.
    tests
        Sum of the tests to run, `ALL_TESTS` by default.
    """
    chosen = np.arange(graph.edge_count) if keep is None else np.flatnonzero(keep)
    part = build_graph(
        graph.node_count, graph.tail[chosen], graph.head[chosen], graph.cost[chosen], graph.terminals
    )
    node_of, cost, alive, left, right, fixed, terminal = _reduce(
        part.node_count,
        part.tail,
        part.head,
        part.cost,
        part.is_terminal,
        *special_distance_tables(part),
        tests,
    )
    origin = np.flatnonzero(alive)
    tail, head = node_of[2 * origin], node_of[2 * origin + 1]
    used = terminal.copy()
    used[tail] = True
    used[head] = True
    number = (np.cumsum(used) - 1).astype(np.int32)
    smaller = build_graph(
        int(used.sum()), number[tail], number[head], cost[origin], number[np.flatnonzero(terminal)]
    )
    # Originals get the number they have in the graph before; merged edges follow after all of those.
    shift = graph.edge_count - chosen.size
    names = np.concatenate((chosen, np.arange(chosen.size, cost.size) + shift))
    left_out = np.full(cost.size + shift, -1, np.int64)
    right_out = left_out.copy()
    merged = np.flatnonzero(left >= 0)
    left_out[names[merged]] = names[left[merged]]
    right_out[names[merged]] = names[right[merged]]
    offset = int(cost[fixed].sum())
    return Reduction(smaller, offset, names[origin], left_out, right_out, names[fixed])
