"""Extended tests: what a best tree would look like around an edge or a node, followed until every way contradicts itself.

A small tree is *contained with full inside* in a Steiner tree if the latter uses all of its edges and, at its inner nodes, no
others. No best tree contains a small tree so if it costs more than a spanning tree of its leaves by special distances, if some
part of it between two branchings is longer than the special distance of two of its nodes on either side, or if the bound and
the reduced costs of what it forces reach the incumbent. Otherwise one of its leaves, if it is no terminal, is extended by
every set of further edges; if each of the larger trees is refuted, so is the smaller one.
All inequalities are strict: every best tree stays, so everything refuted on one graph may go at once.
Sources: Polzin and Vahdati Daneshmand (2002), Extending reduction techniques for the Steiner tree problem; Rehfeldt and Koch
(2021), Implications, conflicts, and reductions for Steiner trees.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from fiberplan.solvers.kernels.jit import inlined, kernel
from fiberplan.solvers.reductions.special_distance import special_distance

if TYPE_CHECKING:
    from fiberplan.solvers.problem.steiner import BoolArray, IntArray, NodeArray
    from fiberplan.solvers.reductions.tested_graph import Distances, Duals, TestedGraph

# ruff: noqa: PLR0913, PLR0917

MOST_NODES = 24
"""Nodes of a small tree, at most."""
MOST_BRANCHES = 4
"""Edges that a leaf may be extended by, at most."""


class Small(NamedTuple):
    """A small tree, each node after its parent.

    Attributes
    ----------
    node, parent, arc, degree
        Its nodes, the position of the parent of each, the arc from there, and its degree in the small tree.
    run, longest
        Work arrays, int64.
    way, used
        Work arrays.
    effort
        Small trees that may still be looked at.
    """

    node: IntArray
    parent: IntArray
    arc: IntArray
    degree: IntArray
    run: IntArray
    longest: IntArray
    way: IntArray
    used: BoolArray
    effort: IntArray


@inlined
def _apart(apart: Distances, one: int, two: int, limit: int) -> int:
    """Bound the special distance of two nodes from above; ``limit`` if it is not below."""
    best = limit
    low, high = 0, apart.near.shape[1] - 1
    while low < high:
        middle = (low + high) >> 1
        if apart.near[one, middle] < two:
            low = middle + 1
        else:
            high = middle
    if apart.near[one, low] == two and apart.near_length[one, low] < best:
        best = apart.near_length[one, low]
    return special_distance(apart.regions, one, two, best)


@inlined
def _too_costly(duals: Duals, tree: Small, size: int) -> bool:
    """Whether bound and reduced costs of what a small tree forces exceed the budget."""
    for d in range(duals.budget.size):
        budget = duals.budget[d]
        total = 0
        leaves = 0
        for k in range(size):
            if k > 0:
                total += duals.slack[d, tree.arc[k]]
            if tree.degree[k] == 1:
                leaves += duals.to_terminal[d, tree.node[k]]
        least = budget + 1
        for k in range(size):  # the root of all is reached through this leaf
            if k > 0:
                arc = tree.arc[k]
                tree.way[k] = tree.way[tree.parent[k]] - duals.slack[d, arc] + duals.slack[d, arc ^ 1]
            else:
                tree.way[k] = total
            if tree.degree[k] == 1:
                node = tree.node[k]
                through = tree.way[k] + leaves - duals.to_terminal[d, node] + duals.from_root[d, node]
                least = min(least, through)
        if least > budget:
            return True
    return False


@inlined
def _has_shortcut(graph: TestedGraph, tree: Small, size: int, leaf: int) -> bool:
    """Whether from a leaf to some node of the small tree there is something shorter than a part of the way there."""
    tree.used[:size] = False
    tree.run[leaf] = 0
    tree.longest[leaf] = 0
    tree.used[leaf] = True
    at = leaf
    while at > 0:
        above = tree.parent[at]
        before = 0 if tree.degree[at] >= 3 else tree.run[at]
        tree.run[above] = before + graph.cost[tree.arc[at] >> 1]
        tree.longest[above] = max(tree.longest[at], tree.run[above])
        tree.used[above] = True
        at = above
    for k in range(size):
        if not tree.used[k]:
            above = tree.parent[k]
            before = 0 if tree.degree[above] >= 3 else tree.run[above]
            tree.run[k] = before + graph.cost[tree.arc[k] >> 1]
            tree.longest[k] = max(tree.longest[above], tree.run[k])
    source = tree.node[leaf]
    for k in range(size):
        if k != leaf and k != tree.parent[leaf]:  # edges longer than special distances are gone before
            longest = tree.longest[k]
            if _apart(graph.implied, source, tree.node[k], longest) < longest:
                return True
    return False


@inlined
def _spans_cheaper(graph: TestedGraph, tree: Small, size: int) -> bool:
    """Whether the leaves can be spanned, by special distances, for less than the small tree costs (Prim 1957)."""
    total = 0
    for k in range(1, size):
        total += graph.cost[tree.arc[k] >> 1]
    tree.used[:size] = False
    tree.run[:size] = total
    at = 0
    while tree.degree[at] != 1:
        at += 1
    tree.used[at] = True
    spent = 0
    while True:
        nearest = -1
        for k in range(size):
            if tree.degree[k] == 1 and not tree.used[k]:
                tree.run[k] = _apart(graph.plain, tree.node[at], tree.node[k], tree.run[k])
                if nearest < 0 or tree.run[k] < tree.run[nearest]:
                    nearest = k
        if nearest < 0:
            return spent < total
        spent += tree.run[nearest]
        if spent >= total:
            return False
        tree.used[nearest] = True
        at = nearest


@inlined
def _contradicts(graph: TestedGraph, duals: Duals, tree: Small, size: int, fresh: int) -> bool:
    """Whether no best tree contains a small tree with full inside, as far as the leaves from ``fresh`` on show."""
    if _too_costly(duals, tree, size):
        return True
    for k in range(fresh, size):
        if tree.degree[k] == 1 and _has_shortcut(graph, tree, size, k):
            return True
    leaves = 0
    for k in range(size):
        if tree.degree[k] == 1:
            leaves += 1
    return bool(leaves > 2 and _spans_cheaper(graph, tree, size))


@inlined
def _branches_of(graph: TestedGraph, tree: Small, size: int, leaf: int, branch: NodeArray) -> int:
    """Collect where a leaf may be extended; how many ways there are, -1 if it is not to be extended."""
    node = tree.node[leaf]
    if tree.degree[leaf] != 1 or graph.is_terminal[node]:
        return -1
    width = 0
    for k in range(graph.start[node], graph.start[node + 1]):
        closed = graph.dead[graph.arcs[k] >> 1]
        for j in range(size):
            closed |= tree.node[j] == graph.neighbour[k]
        if not closed:
            if width == MOST_BRANCHES:
                return -1
            branch[width] = k
            width += 1
    return width if size + width <= MOST_NODES else -1


@inlined
def _extend(graph: TestedGraph, tree: Small, size: int, leaf: int, branch: NodeArray, bits: int) -> int:
    """Extend a leaf by some of its branches; how many."""
    added = 0
    for b in range(branch.size):
        if bits >> b & 1:
            at = size + added
            tree.node[at] = graph.neighbour[branch[b]]
            tree.parent[at] = leaf
            tree.arc[at] = graph.arcs[branch[b]]
            tree.degree[at] = 1
            added += 1
    tree.degree[leaf] += added
    return added


@inlined
def _refuted(graph: TestedGraph, duals: Duals, tree: Small, size: int, depth: int) -> bool:
    """Whether no best tree contains a small tree with full inside; its first node is a leaf."""
    branch = np.empty((depth, MOST_BRANCHES), np.int32)
    leaf = np.empty(depth, np.int64)  # that is being extended, or one past the next to try
    width = np.empty(depth, np.int64)
    bits = np.empty(depth, np.int64)
    added = np.empty(depth, np.int64)
    level = -1
    fresh = size - size
    while True:
        tree.effort[0] -= 1
        choose = not _contradicts(graph, duals, tree, size, fresh)
        if choose and level + 1 < depth and tree.effort[0] > 0:
            level += 1
            leaf[level] = size
        elif level < 0:
            return bool(not choose)
        else:
            size -= added[level]
            tree.degree[leaf[level]] -= added[level]
        while True:  # the next extension
            if choose:
                width[level] = -1
                while leaf[level] > 0 and width[level] < 0:
                    leaf[level] -= 1
                    width[level] = _branches_of(graph, tree, size, leaf[level], branch[level])
                bits[level] = 0
            bits[level] += 1
            done = width[level] >= 0 and bits[level] >= 1 << width[level]
            if width[level] >= 0 and not done:
                break
            level -= 1
            if level < 0:
                return bool(done)
            size -= added[level]
            tree.degree[leaf[level]] -= added[level]
            choose = not done
        added[level] = _extend(graph, tree, size, leaf[level], branch[level], bits[level])
        fresh = size
        size += added[level]


@kernel
def refute_stars(
    graph: TestedGraph,
    duals: Duals,
    rays: NodeArray,
    pointer: IntArray,
    group: IntArray,
    depth: int,
    effort: int,
    kill: bool,  # noqa: FBT001 - kernels have positional arguments only
) -> BoolArray:
    """Find out which stars no best tree contains with full inside.

    Parameters
    ----------
    graph, duals
        The graph and the bounds.
    rays
        Arcs that leave the centres.
    pointer
        The rays of star ``i`` are at ``pointer[i]`` to ``pointer[i + 1] - 1``. A star of one ray is an edge, with no inside.
    group
        To which group each star belongs; from the first star on that stays possible, the others of its group are skipped.
    depth
        How often leaves may be extended.
    effort
        Small trees to look at per star.
    kill
        Whether stars are single edges that are dead from then on.

    Returns
    -------
    BoolArray
        Per star; what was skipped counts as possible.
    """
    tree = Small(
        np.zeros(MOST_NODES, np.int64),
        np.zeros(MOST_NODES, np.int64),
        np.zeros(MOST_NODES, np.int64),
        np.zeros(MOST_NODES, np.int64),
        np.zeros(MOST_NODES, np.int64),
        np.zeros(MOST_NODES, np.int64),
        np.zeros(MOST_NODES, np.int64),
        np.zeros(MOST_NODES, np.bool_),
        np.zeros(1, np.int64),
    )
    refuted = np.zeros(group.size, np.bool_)
    failed = -1
    for star in range(group.size):
        if group[star] == failed:
            continue
        tree.effort[0] = effort
        arc = rays[pointer[star]]
        tree.node[0] = graph.arc_tail[arc ^ 1]
        tree.node[1] = graph.arc_tail[arc]
        tree.parent[1] = 0
        tree.arc[1] = arc ^ 1
        tree.degree[0] = 1
        tree.degree[1] = pointer[star + 1] - pointer[star]
        for k in range(1, tree.degree[1]):
            tree.node[k + 1] = graph.arc_tail[rays[pointer[star] + k] ^ 1]
            tree.parent[k + 1] = 1
            tree.arc[k + 1] = rays[pointer[star] + k]
            tree.degree[k + 1] = 1
        size = (
            tree.degree[1] + 1
        )  # not counted up from a literal, for which numba would compile everything once more
        refuted[star] = _refuted(graph, duals, tree, size, depth)
        if not refuted[star]:
            failed = group[star]
        elif kill:
            graph.dead[arc >> 1] = True
    return refuted
