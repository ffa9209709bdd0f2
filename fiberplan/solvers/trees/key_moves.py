"""Kernels that look at all moves next to a tree: key paths exchanged, key vertices eliminated.

A move takes away the inside of a key path, or a key vertex that is no terminal with the insides of all key paths at it, and connects the
parts again at least cost, over boundaries of Voronoi regions of the tree's nodes; the regions of what was taken away are shared out
anew. One pass over the tree from its leaves up looks at all moves; the boundaries are kept in heaps that are merged on the way.
Source: Uchoa and Werneck (2010), Fast local search for Steiner trees in graphs.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from fiberplan.solvers.kernels.jit import inlined, kernel, part
from fiberplan.solvers.kernels.shortest_paths import heap_pop, heap_push
from fiberplan.solvers.problem.steiner import FORBIDDEN, BoolArray, IntArray, NodeArray

# ruff: noqa: PLR0913, PLR0917, C901

MOST_PARTS = 7
"""Parts of the tree below a key vertex, at most, for it to be eliminated."""


class State(NamedTuple):
    """Graph, tree, regions and work arrays.

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
        Work arrays of the search that shares out regions.
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
def _part_of(s: State, parts: IntArray, node: int) -> int:
    """Find which part of the tree a node is in; the number of parts if it is in none below."""
    at = s.tin[node]
    for k in range(parts.size):
        if s.tin[parts[k]] <= at < s.tin[parts[k]] + s.size[parts[k]]:
            return k
    return int(parts.size)


@inlined
def _share_out(s: State, nodes: IntArray, stamp: int) -> None:
    """Give the regions of nodes that are gone to those of other nodes."""
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


@part
def _pop_boundaries(
    s: State, parts: IntArray, spent: int, stamp: int, best: IntArray, link: IntArray
) -> None:
    """Note the cheapest boundaries between parts of the tree that their heaps hold; what lies within a part is dropped."""
    for k in range(parts.size):
        root = parts[k]
        while s.top[root] >= 0 and s.key[s.top[root] >> 1] < spent:
            half = s.top[root]
            other = s.base[s.ends[half ^ 1]]
            far = k if s.gone[other] == stamp else _part_of(s, parts, other)
            length = s.key[half >> 1]
            if far != k and length < best[k, far]:
                best[k, far] = length
                best[far, k] = length
                link[k, far] = half
                link[far, k] = half
            if far == parts.size:
                break
            s.top[root] = _meld(s.left, s.right, s.key, s.left[half], s.right[half])


@part
def _cross_gap(
    s: State, parts: IntArray, nodes: IntArray, spent: int, stamp: int, best: IntArray, link: IntArray
) -> None:
    """Note the cheapest boundaries at nodes whose regions were shared out."""
    for node in nodes:
        if s.again[node] >= spent:
            continue
        near = _part_of(s, parts, s.owner[node])
        for k in range(s.start[node], s.start[node + 1]):
            other = s.neighbour[k]
            fresh = s.moved[other] == stamp
            rest = s.again[other] if fresh else s.distance[other]
            length = s.again[node] + s.cost[s.arcs[k] >> 1]
            if rest < FORBIDDEN and length + rest < spent:
                far = _part_of(s, parts, s.owner[other] if fresh else s.base[other])
                if near != far and length + rest < best[near, far]:
                    best[near, far] = length + rest
                    best[far, near] = length + rest
                    link[near, far] = s.arcs[k]
                    link[far, near] = s.arcs[k]


@part
def _nearest_pair(joined: BoolArray, best: IntArray, limit: int) -> tuple[int, int]:
    """Find the part that is nearest to those joined, and which of these it is nearest to; -1 if none is within the limit."""
    one, two = -1, -1
    least = limit
    for a in range(joined.size):
        for b in range(joined.size):
            if joined[a] and not joined[b] and best[a, b] < least:
                least = best[a, b]
                one, two = a, b
    return one, two


@part
def _list_way(s: State, node: int, stamp: int, change: IntArray, needed: int) -> int:
    """List the nodes from one to the tree; how many are listed then, more than fit if there is no space."""
    while needed < change.size:
        change[needed] = node
        needed += 1
        if s.moved[node] == stamp:
            node = s.before[node]
        elif s.entry[node] >= 0:
            node = s.ends[s.entry[node]]
        else:
            return needed
    return int(change.size) + 1


@inlined
def _try_move(
    s: State, parts: IntArray, taken: IntArray, spent: int, stamp: int, change: IntArray
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
    _pop_boundaries(s, parts, spent, stamp, best, link)
    nodes = np.empty(total, np.int64)
    total = 0
    for node in taken:
        for k in range(s.region[node], s.region[node + 1]):
            nodes[total] = s.member[k]
            s.moved[s.member[k]] = stamp
            total += 1
    _share_out(s, nodes, stamp)
    _cross_gap(s, parts, nodes, spent, stamp, best, link)
    joined = np.zeros(many, np.bool_)
    joined[0] = True
    price, needed = 0, 0
    for _ in range(parts.size):
        one, two = _nearest_pair(joined, best, spent)
        if one < 0:
            return 0, 0
        joined[two] = True
        price += best[one, two]
        if price >= spent:
            return 0, 0
        for side in range(2):
            needed = _list_way(s, s.ends[link[one, two] ^ side], stamp, change, needed)
            if needed > change.size:
                return 0, 0
    return spent - price, needed


@part
def _parts_below(child: NodeArray, sibling: NodeArray, vertex: int, parts: IntArray) -> int:
    """Collect the key vertices next below one, as many as fit; how many there are."""
    many = 0
    below = child[vertex]
    while below >= 0:
        if many < parts.size:
            parts[many] = below
        many += 1
        below = sibling[below]
    return many


@part
def _take_path(
    s: State, node: int, is_key: BoolArray, parent: IntArray, above: IntArray, taken: IntArray, removed: int
) -> tuple[int, int]:
    """Take the nodes inside the key path above a key vertex; how many are taken then, and what the path costs."""
    spent = s.cost[above[node]]
    node = parent[node]
    while not is_key[node]:
        taken[removed] = node
        removed += 1
        spent += s.cost[above[node]]
        node = parent[node]
    return removed, spent


@part
def _merge_below(s: State, child: NodeArray, sibling: NodeArray, parent: IntArray, vertex: int) -> None:
    """Merge the heaps of all that hangs below a key vertex into its own: it becomes one part."""
    below = child[vertex]
    while below >= 0:
        node = int(below)
        while node != vertex:
            s.top[vertex] = _meld(s.left, s.right, s.key, s.top[vertex], s.top[node])
            node = parent[node]
        below = sibling[below]


@kernel
def find_moves(
    s: State, is_key: BoolArray, is_terminal: BoolArray, order: IntArray, parent: IntArray, above: IntArray
) -> tuple[IntArray, IntArray, IntArray]:
    """Look at all moves from the leaves of a tree up.

    Parameters
    ----------
    s
        Graph, tree and regions, their boundaries in the heaps.
    is_key, is_terminal
        Marks of key vertices and of terminals, bool[n].
    order
        Nodes of the tree in preorder.
    parent, above
        Parent of each node of the tree and the edge to it, int64[n], -1 at the root.

    Returns
    -------
    tuple
        What each move gains, where its list ends, and the lists: nodes needed as their numbers, those taken away as ``-1 - node``.
    """
    count = is_key.size
    child, sibling = np.full(count, -1, np.int32), np.full(count, -1, np.int32)
    gains, stops = np.empty(2 * count, np.int64), np.empty(2 * count, np.int64)
    lists = np.empty(4 * count, np.int64)
    change, taken = np.empty(count, np.int64), np.empty(count, np.int64)
    parts = np.empty(MOST_PARTS, np.int64)
    moves, used, stamp = 0, 0, 0
    for at in range(order.size - 1, -1, -1):
        vertex = order[at]
        if not is_key[vertex]:
            continue
        for attempt in range(2):
            removed = 0
            spent = s.cost[0] - s.cost[0]
            if attempt == 0:  # without the vertex
                many = _parts_below(child, sibling, vertex, parts)
                allowed = not is_terminal[vertex] and many <= MOST_PARTS
                taken[0] = vertex
                removed = 1
            else:  # without the path above it
                parts[0] = vertex
                many = 1
                allowed = parent[vertex] >= 0
            if allowed:
                for k in range(many + 1 - attempt):
                    node = parts[k] if k < many else vertex
                    if parent[node] >= 0:
                        removed, path = _take_path(s, node, is_key, parent, above, taken, removed)
                        spent += path
                stamp += 1
                gain, needed = _try_move(s, parts[:many], taken[:removed], spent, stamp, change)
                if gain > 0 and used + removed + needed <= lists.size:
                    lists[used : used + removed] = -1 - taken[:removed]
                    lists[used + removed : used + removed + needed] = change[:needed]
                    used += removed + needed
                    gains[moves], stops[moves] = gain, used
                    moves += 1
            if attempt == 0:
                _merge_below(s, child, sibling, parent, vertex)
        upper = parent[vertex]
        if upper >= 0:
            while not is_key[upper]:
                upper = parent[upper]
            sibling[vertex] = child[upper]
            child[upper] = vertex
    return gains[:moves], stops[:moves], lists[:used]


@kernel
def stack_boundaries(s: State, tail: NodeArray, head: NodeArray) -> None:
    """Put every edge between two regions into the heaps of both.

    Parameters
    ----------
    s
        Graph, tree and regions.
    tail, head
        Ends of the edges.
    """
    for edge in range(tail.size):
        one, two = s.base[tail[edge]], s.base[head[edge]]
        if one >= 0 and two >= 0 and one != two:
            s.key[edge] = s.distance[tail[edge]] + s.cost[edge] + s.distance[head[edge]]
            s.top[one] = _meld(s.left, s.right, s.key, s.top[one], 2 * edge)
            s.top[two] = _meld(s.left, s.right, s.key, s.top[two], 2 * edge + 1)
