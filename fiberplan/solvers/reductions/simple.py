"""Smaller graphs with the same optimum: what simple tests remove or merge, and the way back.

Self-loops and dearer parallels go; a node of degree 1 goes, and if it is a terminal its edge is in every tree; a node of
degree 2 that is no terminal becomes an edge; a terminal whose cheapest edge leads to a terminal merges with it; an edge that
is longer than the special distance of its ends goes; a node of degree 3 that no best tree branches at becomes edges between
its neighbours; an edge that every best tree uses contracts, as `contraction` finds it.
Sources: Duin and Volgenant (1989), Reduction tests for the Steiner problem in graphs; Duin (1993), Steiner's problem in
graphs; Koch and Martin (1998), Solving Steiner tree problems in graphs to optimality.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from fiberplan.solvers.kernels.edge_lists import drop_edge, join_edge, short_way
from fiberplan.solvers.kernels.jit import kernel
from fiberplan.solvers.problem.steiner import (
    FORBIDDEN,
    MAX_TOTAL_COST,
    BoolArray,
    Graph,
    IntArray,
    NodeArray,
    build_graph,
)
from fiberplan.solvers.reductions.contraction import needed_edges
from fiberplan.solvers.reductions.special_distance import (
    no_profits,
    special_distance,
    special_distance_tables,
)

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
NEEDED_EDGES = 32
"""Edges that are cheaper, with the ways on, than whatever else crosses a cut."""
ALL_TESTS = DEGREE_ONE | DEGREE_TWO | SHORT_TERMINAL_EDGES | LONG_EDGES | DEGREE_THREE | NEEDED_EDGES
MOST_NEIGHBOURS = 5
"""Greatest degree of a node to be replaced by edges between its neighbours."""
EFFORT = 24
"""Nodes looked at in the search for another way between two nodes."""


class Findings(NamedTuple):
    """What tests found out about all best trees of a graph.

    Attributes
    ----------
    dead
        Edges in none of them, bool[m].
    passed
        Nodes, no terminals, at which none of them branches, bool[n].
    refuted
        At each of these, pairs of edges of which none of them uses both, int64[n]: bit ``MOST_NEIGHBOURS * i + j``, ``i < j``, is
        for the edges in slots ``i`` and ``j``.
    slot
        Number of each arc among the live ones that leave the same node, int64[2m].
    """

    dead: BoolArray
    passed: BoolArray
    refuted: IntArray
    slot: IntArray


class _Lists(NamedTuple):
    """The changing graph: see `edge_lists`."""

    first: NodeArray
    after: NodeArray
    prior: NodeArray
    node_of: NodeArray
    degree: NodeArray
    alive: BoolArray
    cost: IntArray


@kernel
def _merge(lists: _Lists, edge: int, node: int, other: int) -> None:
    """Contract an edge: what was at a node is then at the other."""
    first, after, prior, node_of, degree, alive, cost = lists
    drop_edge(first, after, prior, node_of, degree, alive, edge)
    while first[node] >= 0:
        half = first[node]
        far = node_of[half ^ 1]
        drop_edge(first, after, prior, node_of, degree, alive, half >> 1)
        one, two = (far, other) if half & 1 else (other, far)  # slots belong to half-edges
        join_edge(first, after, prior, node_of, degree, alive, cost, half >> 1, one, two)


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
    needed: IntArray,
    passed: BoolArray,
    refuted: IntArray,
    slots: IntArray,
    tests: int,
) -> tuple[NodeArray, IntArray, BoolArray, IntArray, IntArray, IntArray, BoolArray]:
    """Run the tests until none applies.

    Returns the node of each half-edge, the cost, life and the two parts of each edge (-1: original), the edges known to be
    in a best tree, and which nodes are terminals now.
    """
    original = tail.size
    room = original + MOST_NEIGHBOURS * count
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
    lists = _Lists(first, after, prior, node_of, degree, alive, cost)
    for edge in needed:
        node, other = node_of[2 * edge], node_of[2 * edge + 1]
        if alive[edge]:
            fixed[fixes] = edge
            fixes += 1
            remaining += 1 - int(terminal[node]) - int(terminal[other])
            _merge(lists, edge, node, other)
            terminal[node] = False
            terminal[other] = True
    passed = passed & ~terminal
    total = np.sum(price)
    distance = np.full(count, FORBIDDEN, np.int64)
    heap = np.empty(count, np.int32)
    place = np.full(count, -1, np.int32)
    slot = np.zeros(2 * room, np.int64)
    slot[: 2 * original] = slots
    halves = np.empty(MOST_NEIGHBOURS, np.int32)
    merged_one = np.empty(MOST_NEIGHBOURS * MOST_NEIGHBOURS, np.int32)
    merged_two = merged_one.copy()
    queue = np.arange(count).astype(np.int32)  # a ring: no node is in it twice
    waiting = np.ones(count, np.bool_)
    begin = 0
    length = count
    while length > 0:
        node = queue[begin]
        begin = (begin + 1) % count
        length -= 1
        waiting[node] = False
        touched_one, touched_two = -1, -1
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
            slot[2 * used] = slot[one ^ 1]
            slot[2 * used + 1] = slot[two ^ 1]
            drop_edge(first, after, prior, node_of, degree, alive, one >> 1)
            drop_edge(first, after, prior, node_of, degree, alive, two >> 1)
            join_edge(first, after, prior, node_of, degree, alive, cost, used, touched_one, touched_two)
            used += 1
        elif (
            not terminal[node]
            and 3 <= degree[node] <= MOST_NEIGHBOURS
            and (passed[node] or (degree[node] == 3 and tests & DEGREE_THREE))
        ):
            many = degree[node]
            halves[0] = first[node]
            star = cost[halves[0] >> 1]
            for k in range(1, many):
                halves[k] = after[halves[k - 1]]
                star += cost[halves[k] >> 1]
            if star > (MAX_TOTAL_COST - total) // MOST_NEIGHBOURS:
                continue
            pairs, apart, longest = 0, 0, 0
            for i in range(many):
                for j in range(i + 1, many):
                    one, two = halves[i], halves[j]
                    low, high = min(slot[one], slot[two]), max(slot[one], slot[two])
                    if passed[node] and refuted[node] >> (MOST_NEIGHBOURS * low + high) & 1:
                        continue
                    near_end, far_end = node_of[one ^ 1], node_of[two ^ 1]
                    both = cost[one >> 1] + cost[two >> 1]
                    way = special_distance(base, near, region, link, near_end, far_end, star)
                    if way >= both:
                        found = short_way(
                            first,
                            after,
                            node_of,
                            cost,
                            distance,
                            heap,
                            place,
                            near_end,
                            far_end,
                            -1,
                            both - 1,
                            EFFORT,
                        )
                        way = min(way, found)
                    if way >= both:
                        merged_one[pairs] = one
                        merged_two[pairs] = two
                        pairs += 1
                    apart += way
                    longest = max(longest, way)
            # Two of the three ways must connect the neighbours for less than the star does. No value exceeds the star's.
            if pairs > many or (not passed[node] and apart - longest >= star):
                continue
            for k in range(many):
                other = node_of[halves[k] ^ 1]
                drop_edge(first, after, prior, node_of, degree, alive, halves[k] >> 1)
                if not waiting[other]:
                    waiting[other] = True
                    queue[(begin + length) % count] = other
                    length += 1
            for k in range(pairs):
                one, two = merged_one[k], merged_two[k]
                cost[used] = cost[one >> 1] + cost[two >> 1]
                left[used] = one >> 1
                right[used] = two >> 1
                slot[2 * used] = slot[one ^ 1]
                slot[2 * used + 1] = slot[two ^ 1]
                join_edge(
                    first,
                    after,
                    prior,
                    node_of,
                    degree,
                    alive,
                    cost,
                    used,
                    node_of[one ^ 1],
                    node_of[two ^ 1],
                )
                total += cost[used]
                used += 1
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
                _merge(lists, best >> 1, node, other)
                half = first[other]
                while half >= 0:
                    far = node_of[half ^ 1]
                    half = after[half]
                    if not waiting[far]:
                        waiting[far] = True
                        queue[(begin + length) % count] = far
                        length += 1
                touched_one = other
        for other in (touched_one, touched_two):
            if other >= 0 and not waiting[other]:
                waiting[other] = True
                queue[(begin + length) % count] = other
                length += 1
    return node_of, cost[:used], alive[:used], left[:used], right[:used], fixed[:fixes], terminal


@kernel
def _unmerge(left: IntArray, right: IntArray, edges: IntArray) -> IntArray:
    """Replace merged edges by what they were merged from."""
    result = np.empty(2 * edges.size + 16, np.int64)
    stack = np.empty(edges.size + left.size, np.int64)
    stack[: edges.size] = edges
    size = edges.size
    found = 0
    while size > 0:
        size -= 1
        edge = stack[size]
        if left[edge] < 0:
            if found == result.size:
                result = np.append(result, result)
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
    if findings is None:
        nothing = np.zeros(graph.node_count, np.int64)
        findings = Findings(
            np.zeros(graph.edge_count, np.bool_),
            np.zeros(graph.node_count, np.bool_),
            nothing,
            np.zeros(2 * graph.edge_count, np.int64),
        )
    chosen = np.flatnonzero(~findings.dead if keep is None else keep & ~findings.dead)
    part = build_graph(
        graph.node_count, graph.tail[chosen], graph.head[chosen], graph.cost[chosen], graph.terminals
    )
    tables = special_distance_tables(part, no_profits(part))
    needed = np.empty(0, np.int64)
    if tests & NEEDED_EDGES and part.terminals.size > 1:
        needed = np.flatnonzero(needed_edges(part, *tables[:2]))
    node_of, cost, alive, left, right, fixed, terminal = _reduce(
        part.node_count,
        part.tail,
        part.head,
        part.cost,
        part.is_terminal,
        *tables,
        needed,
        findings.passed,
        findings.refuted,
        findings.slot.reshape(-1, 2)[chosen].ravel(),
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
