"""Better trees next to a tree: key paths exchanged, key vertices eliminated.

Key vertices are terminals and branchings of the tree; key paths lead from one to the next. A move takes away the inside of a
key path, or a key vertex that is no terminal with the insides of all key paths at it, and connects the parts again at least
cost, over boundaries of Voronoi regions of the tree's nodes; the regions of what was taken away are shared out anew. One
pass over the tree from its leaves up looks at all moves; the boundaries are kept in heaps that are merged on the way.
Source: Uchoa and Werneck (2010), Fast local search for Steiner trees in graphs.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from fiberplan.solvers.kernels.connectivity import connects, hang_tree
from fiberplan.solvers.kernels.jit import inlined, kernel
from fiberplan.solvers.kernels.shortest_paths import dijkstra, heap_pop, heap_push
from fiberplan.solvers.problem.steiner import FORBIDDEN, MAX_TOTAL_COST, BoolArray, IntArray, NodeArray
from fiberplan.solvers.trees.growing import clean_tree

if TYPE_CHECKING:
    from collections.abc import Callable

    from fiberplan.solvers.problem.steiner import Graph

# ruff: noqa: PLR0913, PLR0917, PLR0912, PLR0915, C901

MOST_PARTS = 7
"""Parts of the tree below a key vertex, at most, for it to be eliminated."""
PASSES = 30


class Scene(NamedTuple):
    """Graph, tree, regions and room to work in.

    Attributes
    ----------
    start, arcs, neighbour, cost, ends
        The graph; ``ends`` is the tail of each arc.
    distance, entry, base
        The Voronoi regions of the tree's nodes, as `dijkstra` makes them.
    region, member
        The nodes of the region of node ``v`` are ``member[region[v]:region[v + 1]]``.
    tin, size
        Place in preorder and number of the nodes of the subtree of each node of the tree.
    left, right, key, top
        Heaps of half-edges between regions, one per node of the tree.
    gone, moved
        Marks of nodes taken away and of nodes of their regions.
    again, before, owner, heap, place
        Room for the search that shares out regions.
    """

    start: IntArray
    arcs: NodeArray
    neighbour: NodeArray
    cost: IntArray
    ends: NodeArray
    distance: IntArray
    entry: NodeArray
    base: NodeArray
    region: IntArray
    member: IntArray
    tin: IntArray
    size: IntArray
    left: NodeArray
    right: NodeArray
    key: IntArray
    top: NodeArray
    gone: IntArray
    moved: IntArray
    again: IntArray
    before: NodeArray
    owner: NodeArray
    heap: NodeArray
    place: NodeArray


@inlined
def _meld(left: NodeArray, right: NodeArray, key: IntArray, one: int, two: int) -> int:
    """Merge two skew heaps of half-edges (Sleator and Tarjan 1986)."""
    if one < 0:
        return two
    if two < 0:
        return one
    if key[two >> 1] < key[one >> 1]:
        one, two = two, one
    top = one
    while True:
        rest = right[one]
        right[one] = left[one]
        if rest < 0:
            left[one] = two
            return top
        if key[two >> 1] < key[rest >> 1]:
            rest, two = two, rest
        left[one] = rest
        one = rest


@inlined
def _part_of(s: Scene, parts: IntArray, node: int) -> int:
    """Find which part of the tree a node is in; the number of parts if it is in none below."""
    at = s.tin[node]
    for k in range(parts.size):
        if s.tin[parts[k]] <= at < s.tin[parts[k]] + s.size[parts[k]]:
            return k
    return int(parts.size)


@inlined
def _share_out(s: Scene, nodes: IntArray, stamp: int) -> None:
    """Give the regions of nodes that are gone to the others."""
    size = 0
    for node in nodes:
        s.again[node] = FORBIDDEN
        for k in range(s.start[node], s.start[node + 1]):
            other = s.neighbour[k]
            if s.base[other] >= 0 and s.gone[s.base[other]] != stamp:
                length = s.distance[other] + s.cost[s.arcs[k] >> 1]
                if length < s.again[node]:
                    s.again[node] = length
                    s.before[node] = other
                    s.owner[node] = s.base[other]
        if s.again[node] < FORBIDDEN:
            size = heap_push(s.heap, s.place, size, s.again, node)
    while size > 0:
        node = heap_pop(s.heap, s.place, size, s.again)
        size -= 1
        for k in range(s.start[node], s.start[node + 1]):
            other = s.neighbour[k]
            length = s.again[node] + s.cost[s.arcs[k] >> 1]
            if s.moved[other] == stamp and length < s.again[other]:
                s.again[other] = length
                s.before[other] = node
                s.owner[other] = s.owner[node]
                size = heap_push(s.heap, s.place, size, s.again, other)


@inlined
def _try_move(
    s: Scene, parts: IntArray, taken: IntArray, spent: int, stamp: int, change: IntArray
) -> tuple[int, int]:
    """Connect parts of the tree, and the rest of it, without some nodes; what that gains, and how many nodes it needs.

    The nodes needed are left in ``change``.
    """
    many = parts.size + 1
    best = np.full((many, many), spent, np.int64)
    link = np.full((many, many), -1, np.int64)
    total = 0
    for node in taken:
        s.gone[node] = stamp
        total += s.region[node + 1] - s.region[node]
    for k in range(parts.size):
        root = parts[k]
        while s.top[root] >= 0 and s.key[s.top[root] >> 1] < spent:
            half = s.top[root]
            other = s.base[s.ends[half ^ 1]]
            there = k if s.gone[other] == stamp else _part_of(s, parts, other)
            length = s.key[half >> 1]
            if there != k and length < best[k, there]:
                best[k, there] = length
                best[there, k] = length
                link[k, there] = half
                link[there, k] = half
            if there == parts.size:
                break
            s.top[root] = _meld(s.left, s.right, s.key, s.left[half], s.right[half])
    nodes = np.empty(total, np.int64)
    total = 0
    for node in taken:
        for k in range(s.region[node], s.region[node + 1]):
            nodes[total] = s.member[k]
            s.moved[s.member[k]] = stamp
            total += 1
    _share_out(s, nodes, stamp)
    for node in nodes:
        if s.again[node] >= spent:
            continue
        here = _part_of(s, parts, s.owner[node])
        for k in range(s.start[node], s.start[node + 1]):
            other = s.neighbour[k]
            fresh = s.moved[other] == stamp
            far = s.again[other] if fresh else s.distance[other]
            length = s.again[node] + s.cost[s.arcs[k] >> 1]
            if far < FORBIDDEN and length + far < spent:
                there = _part_of(s, parts, s.owner[other] if fresh else s.base[other])
                if here != there and length + far < best[here, there]:
                    best[here, there] = length + far
                    best[there, here] = length + far
                    link[here, there] = s.arcs[k]
                    link[there, here] = s.arcs[k]
    joined = np.zeros(many, np.bool_)
    joined[0] = True
    price = 0
    needed = 0
    for _ in range(parts.size):
        one, two = -1, -1
        least = spent
        for a in range(many):
            for b in range(many):
                if joined[a] and not joined[b] and best[a, b] < least:
                    least = best[a, b]
                    one, two = a, b
        if one < 0:
            return 0, 0
        joined[two] = True
        price += least
        if price >= spent:
            return 0, 0
        for side in range(2):
            node = s.ends[link[one, two] ^ side]
            while True:
                if needed == change.size:
                    return 0, 0
                change[needed] = node
                needed += 1
                if s.moved[node] == stamp:
                    node = s.before[node]
                elif s.entry[node] >= 0:
                    node = s.ends[s.entry[node]]
                else:
                    break
    return spent - price, needed


@kernel
def _find_moves(
    s: Scene, is_key: BoolArray, is_terminal: BoolArray, order: IntArray, parent: IntArray, above: IntArray
) -> tuple[IntArray, IntArray, IntArray]:
    """Look at all moves from the leaves up; what each gains, where its list ends, and the lists.

    The nodes are numbers in the lists, those taken away as ``-1 - node``. ``above`` is the edge to the parent.
    """
    count = is_key.size
    child = np.full(count, -1, np.int32)
    sibling = np.full(count, -1, np.int32)
    gains = np.empty(2 * count, np.int64)
    stops = np.empty(2 * count, np.int64)
    lists = np.empty(4 * count, np.int64)
    change = np.empty(count, np.int64)
    taken = np.empty(count, np.int64)
    parts = np.empty(MOST_PARTS, np.int64)
    moves, used, stamp = 0, 0, 0
    for at in range(order.size - 1, -1, -1):
        vertex = order[at]
        if not is_key[vertex]:
            continue
        for attempt in range(2):
            gain, needed, many, removed = 0, 0, 0, 0
            spent = s.cost[0] - s.cost[0]
            if attempt == 0:
                below = child[vertex]
                while below >= 0:
                    if many < MOST_PARTS:
                        parts[many] = below
                    many += 1
                    below = sibling[below]
                allowed = not is_terminal[vertex] and many <= MOST_PARTS
                if allowed:
                    taken[0] = vertex
                    removed = 1
            else:
                parts[0] = vertex
                many = 1
                allowed = parent[vertex] >= 0
            if allowed:
                for k in range(many + 1 - attempt):
                    node = parts[k] if k < many else vertex
                    if parent[node] < 0:
                        continue
                    spent += s.cost[above[node]]
                    node = parent[node]
                    while not is_key[node]:
                        taken[removed] = node
                        removed += 1
                        spent += s.cost[above[node]]
                        node = parent[node]
                stamp += 1
                gain, needed = _try_move(s, parts[:many], taken[:removed], spent, stamp, change)
                if gain > 0 and used + removed + needed <= lists.size:
                    for k in range(removed):
                        lists[used + k] = -1 - taken[k]
                    lists[used + removed : used + removed + needed] = change[:needed]
                    used += removed + needed
                    gains[moves] = gain
                    stops[moves] = used
                    moves += 1
            if attempt == 0:  # everything below becomes one part
                below = child[vertex]
                while below >= 0:
                    node = int(below)
                    while node != vertex:
                        s.top[vertex] = _meld(s.left, s.right, s.key, s.top[vertex], s.top[node])
                        node = parent[node]
                    below = sibling[below]
        upper = parent[vertex]
        if upper >= 0:
            while not is_key[upper]:
                upper = parent[upper]
            sibling[vertex] = child[upper]
            child[upper] = vertex
    return gains[:moves], stops[:moves], lists[:used]


@kernel
def _stack_boundaries(s: Scene, tail: NodeArray, head: NodeArray) -> None:
    """Put every edge between two regions into the heaps of both."""
    for edge in range(tail.size):
        one, two = s.base[tail[edge]], s.base[head[edge]]
        if one >= 0 and two >= 0 and one != two:
            s.key[edge] = s.distance[tail[edge]] + s.cost[edge] + s.distance[head[edge]]
            s.top[one] = _meld(s.left, s.right, s.key, s.top[one], 2 * edge)
            s.top[two] = _meld(s.left, s.right, s.key, s.top[two], 2 * edge + 1)


def _moves(graph: Graph, edges: IntArray) -> tuple[IntArray, IntArray, IntArray]:
    count, half_count = graph.node_count, 2 * graph.edge_count
    in_tree = np.zeros(graph.edge_count, np.bool_)
    in_tree[edges] = True
    here = (graph.start, graph.arcs, graph.neighbour)
    parent, above, first, last = hang_tree(graph, in_tree, int(graph.terminals[0]))
    order = np.argsort(first, kind="stable")[np.count_nonzero(first < 0) :]
    degree = np.bincount(np.concatenate((graph.tail[edges], graph.head[edges])), minlength=count)
    distance, entry, base = dijkstra(*here, graph.arc_cost, 0, order.astype(np.int32), MAX_TOTAL_COST)
    member = np.argsort(base, kind="stable")
    member = member[np.searchsorted(base[member], 0) :]
    region = np.concatenate(([0], np.cumsum(np.bincount(base[member], minlength=count))))
    scene = Scene(
        *here,
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
    _stack_boundaries(scene, graph.tail, graph.head)
    is_key = graph.is_terminal | (degree >= 3)
    return _find_moves(
        scene, is_key, graph.is_terminal, order, parent.astype(np.int64), above.astype(np.int64)
    )


def _apply(graph: Graph, nodes: BoolArray, moves: list[IntArray]) -> IntArray | None:
    """Make moves that do not touch each other; the tree over the nodes then, or ``None`` if they fall apart."""
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
    """Make moves as long as they gain.

    Parameters
    ----------
    graph
        A connected graph with at least two terminals.
    edges
        A tree over all terminals, without useless leaves.
    stop
        Asked between passes; true ends the search.

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
