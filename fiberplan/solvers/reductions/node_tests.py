"""Kernels of the simple tests: one node after the other is looked at, and again when something next to it changes.

Self-loops and costlier parallels go as edges are put in. A node of degree 1 goes, and if it is a terminal its edge is in every tree;
a node of degree 2 that is no terminal becomes an edge; a terminal whose cheapest edge leads to a terminal merges with it; an edge that
is longer than the special distance of its ends goes; a node of degree 3 that no best tree branches at becomes edges between its
neighbours.
Sources: Duin and Volgenant (1989), Reduction tests for the Steiner problem in graphs; Duin (1993), Steiner's problem in
graphs; Koch and Martin (1998), Solving Steiner tree problems in graphs to optimality.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from fiberplan.solvers.kernels.edge_lists import EdgeLists, PathSearch, drop_edge, join_edge, short_way
from fiberplan.solvers.kernels.jit import inlined, kernel, part
from fiberplan.solvers.problem.steiner import FORBIDDEN, MAX_TOTAL_COST, BoolArray, IntArray, NodeArray
from fiberplan.solvers.reductions.special_distance import RegionTree, special_distance

# ruff: noqa: PLR0913, PLR0917

LOOPS_AND_PARALLELS = 0
"""Self-loops and parallels; these tests always run."""
DEGREE_ONE = 1
"""Leaves."""
DEGREE_TWO = 2
"""Nodes in the middle of a line."""
SHORT_TERMINAL_EDGES = 4
"""Cheapest edges of terminals that lead to terminals."""
LONG_EDGES = 8
"""Edges costlier than another way between their ends, with terminals as stops."""
DEGREE_THREE = 16
"""Nodes of degree 3 that no best tree branches at."""
NEEDED_EDGES = 32
"""Edges that are cheaper, with the ways on, than whatever else crosses a cut."""
ALL_TESTS = DEGREE_ONE | DEGREE_TWO | SHORT_TERMINAL_EDGES | LONG_EDGES | DEGREE_THREE | NEEDED_EDGES
MOST_NEIGHBOURS = 5
"""Greatest degree of a node to be replaced by edges between its neighbours."""
EFFORT = 24
"""Nodes looked at in the search for another way between two nodes."""

USED, FIXES, TERMINALS, BEGIN, LENGTH, TOTAL = range(6)
"""Places in `Changing.tally`."""


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


class Changing(NamedTuple):
    """The graph while it is being reduced, and the nodes to look at; all arrays change in place.

    Attributes
    ----------
    lists
        The graph. Edges from the number of the original ones on are merged from two others.
    terminal
        Whether each node is a terminal now, bool[n].
    left, right
        The two parts of each edge, int64, -1 for originals.
    slot
        Slot of each half-edge at its node, as in `Findings`, int64.
    fixed
        Edges known to be in a best tree, int64.
    queue, waiting
        A ring of the nodes to look at, none of them twice, and whether each node is in it.
    tally
        Edges in use, fixed edges, terminals, begin and length of the ring, and the sum of all costs, int64[6].
    """

    lists: EdgeLists
    terminal: BoolArray
    left: IntArray
    right: IntArray
    slot: IntArray
    fixed: IntArray
    queue: NodeArray
    waiting: BoolArray
    tally: IntArray


@inlined
def _enqueue(graph: Changing, node: int) -> None:
    """Let a node be looked at (again)."""
    if not graph.waiting[node]:
        graph.waiting[node] = True
        graph.queue[(graph.tally[BEGIN] + graph.tally[LENGTH]) % graph.queue.size] = node
        graph.tally[LENGTH] += 1


@part
def _dequeue(graph: Changing) -> int:
    """Take the next node to look at."""
    node = graph.queue[graph.tally[BEGIN]]
    graph.tally[BEGIN] = (graph.tally[BEGIN] + 1) % graph.queue.size
    graph.tally[LENGTH] -= 1
    graph.waiting[node] = False
    return int(node)


@inlined
def _fix(graph: Changing, edge: int) -> None:
    """Note an edge that is in a best tree."""
    graph.fixed[graph.tally[FIXES]] = edge
    graph.tally[FIXES] += 1


@inlined
def _merge_halves(graph: Changing, one: int, two: int) -> int:
    """Make a new edge of two whose half-edges meet at a node; its number. It is not in the lists yet."""
    edge = graph.tally[USED]
    graph.tally[USED] += 1
    graph.lists.cost[edge] = graph.lists.cost[one >> 1] + graph.lists.cost[two >> 1]
    graph.left[edge] = one >> 1
    graph.right[edge] = two >> 1
    graph.slot[2 * edge] = graph.slot[one ^ 1]
    graph.slot[2 * edge + 1] = graph.slot[two ^ 1]
    return int(edge)


@kernel
def _contract(graph: Changing, edge: int, node: int, other: int) -> None:
    """Fix an edge and contract it: what was at a node is then at the other, a terminal."""
    lists = graph.lists
    _fix(graph, edge)
    graph.tally[TERMINALS] += 1 - int(graph.terminal[node]) - int(graph.terminal[other])
    graph.terminal[node] = False
    graph.terminal[other] = True
    drop_edge(lists, edge)
    while lists.first[node] >= 0:
        half = lists.first[node]
        far = lists.node_of[half ^ 1]
        drop_edge(lists, half >> 1)
        one, two = (far, other) if half & 1 else (other, far)  # slots belong to half-edges
        join_edge(lists, half >> 1, one, two)


@part
def _drop_long_edges(graph: Changing, regions: RegionTree, work: PathSearch, node: int) -> None:
    """Remove edges at a node that are longer than another way between their ends."""
    lists = graph.lists
    half = lists.first[node]
    while half >= 0:
        edge, other = half >> 1, lists.node_of[half ^ 1]
        half = lists.after[half]
        cost = lists.cost[edge]
        useless = special_distance(regions, node, other, cost) < cost
        if not useless:
            useless = short_way(lists, work, node, other, edge, cost, EFFORT) < FORBIDDEN
        if useless:
            drop_edge(lists, edge)
            _enqueue(graph, other)


@part
def _remove_leaf(graph: Changing, node: int) -> None:
    """Remove a node of degree 1; the edge of a terminal is fixed, and its other end is a terminal then."""
    half = graph.lists.first[node]
    other = graph.lists.node_of[half ^ 1]
    if graph.terminal[node]:
        _fix(graph, half >> 1)
        graph.terminal[node] = False
        if graph.terminal[other]:
            graph.tally[TERMINALS] -= 1
        graph.terminal[other] = True
    drop_edge(graph.lists, half >> 1)
    _enqueue(graph, other)


@part
def _merge_line(graph: Changing, node: int) -> None:
    """Replace a node of degree 2 by an edge."""
    lists = graph.lists
    one = lists.first[node]
    two = lists.after[one]
    near, far = lists.node_of[one ^ 1], lists.node_of[two ^ 1]
    edge = _merge_halves(graph, one, two)
    drop_edge(lists, one >> 1)
    drop_edge(lists, two >> 1)
    join_edge(lists, edge, near, far)
    _enqueue(graph, near)
    _enqueue(graph, far)


@part
def _pairs_left(
    graph: Changing,
    regions: RegionTree,
    work: PathSearch,
    halves: NodeArray,
    star: int,
    refuted: int,
    pairs: NodeArray,
) -> tuple[int, int]:
    """Find the pairs of half-edges at a node, of edges that cost ``star`` together, that a best tree may use both.

    Pairs whose bit in ``refuted`` is set are left out. Returns how many there are, in ``pairs``, and the sum of all lengths between
    neighbours but the longest.
    """
    lists, slot = graph.lists, graph.slot
    count, apart, longest = 0, 0, 0
    for i in range(halves.size):
        for j in range(i + 1, halves.size):
            one, two = halves[i], halves[j]
            low, high = min(slot[one], slot[two]), max(slot[one], slot[two])
            if refuted >> (MOST_NEIGHBOURS * low + high) & 1:
                continue
            near, far = lists.node_of[one ^ 1], lists.node_of[two ^ 1]
            both = lists.cost[one >> 1] + lists.cost[two >> 1]
            way = special_distance(regions, near, far, star)
            if way >= both:
                way = min(way, short_way(lists, work, near, far, -1, both - 1, EFFORT))
            if way >= both:
                pairs[2 * count] = one
                pairs[2 * count + 1] = two
                count += 1
            apart += way
            longest = max(longest, way)
    return count, apart - longest


@part
def _replace_branching(
    graph: Changing,
    regions: RegionTree,
    work: PathSearch,
    node: int,
    passed: bool,  # noqa: FBT001 - kernels have positional arguments only
    refuted: int,
) -> None:
    """Replace a node at which no best tree branches by edges between its neighbours, if that makes the graph smaller."""
    lists, tally = graph.lists, graph.tally
    many = lists.degree[node]
    halves = np.empty(many, np.int32)
    halves[0] = lists.first[node]
    star = lists.cost[halves[0] >> 1]
    for k in range(1, many):
        halves[k] = lists.after[halves[k - 1]]
        star += lists.cost[halves[k] >> 1]
    if star > (MAX_TOTAL_COST - tally[TOTAL]) // MOST_NEIGHBOURS:
        return
    pairs = np.empty(2 * MOST_NEIGHBOURS * MOST_NEIGHBOURS, np.int32)
    count, apart = _pairs_left(graph, regions, work, halves, star, refuted, pairs)
    # Two of the three ways must connect the neighbours for less than the star does. No value exceeds the star's.
    if count > many or (not passed and apart >= star):
        return
    for k in range(many):
        other = lists.node_of[halves[k] ^ 1]
        drop_edge(lists, halves[k] >> 1)
        _enqueue(graph, other)
    for k in range(count):
        one, two = pairs[2 * k], pairs[2 * k + 1]
        edge = _merge_halves(graph, one, two)
        join_edge(lists, edge, lists.node_of[one ^ 1], lists.node_of[two ^ 1])
        tally[TOTAL] += lists.cost[edge]


@part
def _merge_terminal(graph: Changing, node: int) -> None:
    """Contract the cheapest edge of a terminal if it leads to a terminal."""
    lists = graph.lists
    best = lists.first[node]
    half = lists.after[best]
    while half >= 0:
        cheaper = lists.cost[half >> 1] < lists.cost[best >> 1]
        tie = lists.cost[half >> 1] == lists.cost[best >> 1] and graph.terminal[lists.node_of[half ^ 1]]
        if cheaper or tie:
            best = half
        half = lists.after[half]
    other = lists.node_of[best ^ 1]
    if graph.terminal[other]:
        _contract(graph, best >> 1, node, other)
        half = lists.first[other]
        while half >= 0:
            _enqueue(graph, lists.node_of[half ^ 1])
            half = lists.after[half]
        _enqueue(graph, other)


@part
def _changing(
    terminal: BoolArray, tail: NodeArray, head: NodeArray, cost: IntArray, slots: IntArray
) -> Changing:
    """Put the edges into lists, with space for those to come, and all nodes into the ring."""
    nodes, edges = terminal.size, tail.size
    space = edges + MOST_NEIGHBOURS * nodes
    lists = EdgeLists(
        np.full(nodes, -1, np.int32),
        np.full(2 * space, -1, np.int32),
        np.full(2 * space, -1, np.int32),
        np.full(2 * space, -1, np.int32),
        np.zeros(nodes, np.int32),
        np.zeros(space, np.bool_),
        np.zeros(space, np.int64),
    )
    lists.cost[:edges] = cost
    for edge in range(edges):
        join_edge(lists, edge, tail[edge], head[edge])
    slot = np.zeros(2 * space, np.int64)
    slot[: 2 * edges] = slots
    return Changing(
        lists,
        terminal.copy(),
        np.full(space, -1, np.int64),
        np.full(space, -1, np.int64),
        slot,
        np.empty(space, np.int64),
        np.arange(nodes).astype(np.int32),
        np.ones(nodes, np.bool_),
        np.array([edges, 0, np.sum(terminal), 0, nodes, np.sum(cost)], np.int64),
    )


@kernel
def run_node_tests(
    terminal: BoolArray,
    tail: NodeArray,
    head: NodeArray,
    cost: IntArray,
    regions: RegionTree,
    needed: IntArray,
    findings: Findings,
    tests: int,
) -> Changing:
    """Run the tests until none applies.

    Parameters
    ----------
    terminal, tail, head, cost
        The graph.
    regions
        What `special_distance_tables` made of it.
    needed
        Edges that every best tree uses.
    findings
        What is known of all best trees.
    tests
        Sum of the tests to run.

    Returns
    -------
    Changing
        The graph left, and how it came about.
    """
    graph = _changing(terminal, tail, head, cost, findings.slot)
    lists, tally = graph.lists, graph.tally
    for edge in needed:
        if lists.alive[edge]:
            _contract(graph, edge, lists.node_of[2 * edge], lists.node_of[2 * edge + 1])
    passed = findings.passed & ~graph.terminal
    nodes = terminal.size
    work = PathSearch(
        np.full(nodes, FORBIDDEN, np.int64), np.empty(nodes, np.int32), np.full(nodes, -1, np.int32)
    )
    while tally[LENGTH] > 0:
        node = _dequeue(graph)
        if tests & LONG_EDGES:
            _drop_long_edges(graph, regions, work, node)
        degree, is_terminal = lists.degree[node], graph.terminal[node]
        if degree == 1 and tests & DEGREE_ONE and (not is_terminal or tally[TERMINALS] > 1):
            _remove_leaf(graph, node)
        elif degree == 2 and tests & DEGREE_TWO and not is_terminal:
            _merge_line(graph, node)
        elif not is_terminal:
            if 3 <= degree <= MOST_NEIGHBOURS and (passed[node] or (degree == 3 and tests & DEGREE_THREE)):
                refuted = findings.refuted[node] if passed[node] else 0
                _replace_branching(graph, regions, work, node, passed[node], refuted)
        elif degree > 0 and tests & SHORT_TERMINAL_EDGES:
            _merge_terminal(graph, node)
    return graph
