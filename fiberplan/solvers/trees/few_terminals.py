"""Few terminals: dynamic programming over sets of them, guided by the cuts of a dual ascent.

A label is a node with a set of terminals and the cost of a tree that connects them all. Labels become final in the order of their cost
plus a bound on what the rest of the tree costs; a final label passes itself on along edges and joins others at its node. The bound is
what the cuts of a dual ascent demand that are not yet served, so the better the dual ascent, the fewer labels are looked at.
Sources: Dreyfus and Wagner (1971), The Steiner problem in graphs; Hougardy, Silvanus and Vygen (2017), Dijkstra meets Steiner: a fast
exact goal-oriented Steiner tree algorithm, for labels in the order of bounds and for leaving out sets that are joined more cheaply
elsewhere; Wong (1984) for the cuts.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from fiberplan.solvers.kernels.jit import inlined, kernel, stretched
from fiberplan.solvers.kernels.shortest_paths import dijkstra, heap_pop, heap_push
from fiberplan.solvers.problem.steiner import FORBIDDEN, MAX_TOTAL_COST, IntArray
from fiberplan.solvers.trees.cut_guide import MOST_GROUPS, Guide, group_cuts
from fiberplan.solvers.trees.growing import clean_tree

if TYPE_CHECKING:
    from fiberplan.solvers.dual.ascent import DualAscent
    from fiberplan.solvers.problem.steiner import Graph, NodeArray

# ruff: noqa: PLR0912, PLR0913, PLR0917, C901

MOST_TERMINALS = 60
"""So many, besides the root, fit into the bits of a set."""
FIRST_SPACE = 1 << 12
"""Labels and sets that there is space for at first; a power of two."""
FINAL = -2
"""Place of labels that are final."""


@dataclass(frozen=True, eq=False)
class LabelResult:
    """What labels prove.

    Attributes
    ----------
    bound
        Every tree that is cheaper than the target costs at least this; the target itself if there is none.
    edges
        Edges of a cheapest tree, if it is cheaper than the target and was found, else ``None``.
    """

    bound: int
    edges: IntArray | None


class Labels(NamedTuple):
    """Labels, sets, and how to find both.

    Attributes
    ----------
    node, group, cost, key, below, beside, following
        Of each label: its node, its set, its cost, cost plus bound; the label it came from, the one it joined (-1: it came along an
        edge, -2: it is where it begins), and the next final label at its node.
    place, heap, table
        Places in the heap, the heap, and a hash table of labels.
    mask, spent, joined, sets
        Of each set: its terminals, the values of cuts inside it, the least cost at which it is joined to one more terminal; and a hash
        table of sets.
    tally
        Labels, sets, and labels in the heap.
    """

    node: NodeArray
    group: NodeArray
    cost: IntArray
    key: IntArray
    below: NodeArray
    beside: NodeArray
    following: NodeArray
    place: NodeArray
    heap: NodeArray
    table: NodeArray
    mask: IntArray
    spent: IntArray
    joined: IntArray
    sets: NodeArray
    tally: IntArray


@inlined
def _hash(one: int, two: int, size: int) -> int:
    """Mix two numbers into a place in a table whose size is a power of two."""
    mixed = (one + 1) * 1_000_003 + two * 7_368_787
    mixed ^= mixed >> 17
    mixed *= 668_265_263
    mixed ^= mixed >> 23
    return int(mixed & (size - 1))


@inlined
def _set_of(labels: Labels, guide: Guide, mask: int) -> int:
    """Find the number of a set, or give it one."""
    at = _hash(mask, mask >> 21, labels.sets.size)
    while labels.sets[at] >= 0:
        if labels.mask[labels.sets[at]] == mask:
            return int(labels.sets[at])
        at = (at + 1) & (labels.sets.size - 1)
    number = labels.tally[1]
    labels.tally[1] += 1
    labels.sets[at] = number
    labels.mask[number] = mask
    labels.joined[number] = FORBIDDEN
    spent = 0
    for g in range(guide.masks.size):
        if guide.masks[g] & ~mask == 0:
            spent += guide.totals[g]
    labels.spent[number] = spent
    return int(number)


@inlined
def _offer(
    labels: Labels, guide: Guide, node: int, mask: int, cost: int, below: int, beside: int, limit: int
) -> None:
    """Make or improve a label, unless it leads to nothing of interest."""
    if cost > limit:  # so that no sum below can overflow
        return
    group = _set_of(labels, guide, mask)
    if cost > labels.joined[group]:
        return
    key = cost + guide.bound - labels.spent[group]
    for g in range(guide.masks.size):
        if guide.masks[g] & ~mask == 0:
            key += guide.within[node, g]
    if key > limit:
        return
    at = _hash(node, group, labels.table.size)
    while labels.table[at] >= 0:
        label = labels.table[at]
        if labels.node[label] == node and labels.group[label] == group:
            break
        at = (at + 1) & (labels.table.size - 1)
    label = labels.table[at]
    if label < 0:
        label = labels.tally[0]
        labels.tally[0] += 1
        labels.table[at] = label
        labels.node[label] = node
        labels.group[label] = group
        labels.place[label] = -1
        labels.following[label] = -1
    elif cost >= labels.cost[label]:
        return
    if labels.place[label] == FINAL:
        return
    labels.cost[label] = cost
    labels.key[label] = key
    labels.below[label] = below
    labels.beside[label] = beside
    labels.tally[2] = heap_push(labels.heap, labels.place, labels.tally[2], labels.key, label)


@inlined
def _grown(labels: Labels, size: int) -> Labels:
    """Copy labels to longer arrays."""
    table = np.full(4 * size, -1, np.int32)
    sets = np.full(4 * size, -1, np.int32)
    for label in range(labels.tally[0]):
        at = _hash(labels.node[label], labels.group[label], table.size)
        while table[at] >= 0:
            at = (at + 1) & (table.size - 1)
        table[at] = label
    for number in range(labels.tally[1]):
        at = _hash(labels.mask[number], labels.mask[number] >> 21, sets.size)
        while sets[at] >= 0:
            at = (at + 1) & (sets.size - 1)
        sets[at] = number
    return Labels(
        stretched(labels.node, size),
        stretched(labels.group, size),
        stretched(labels.cost, size),
        stretched(labels.key, size),
        stretched(labels.below, size),
        stretched(labels.beside, size),
        stretched(labels.following, size),
        stretched(labels.place, size),
        stretched(labels.heap, size),
        table,
        stretched(labels.mask, size),
        stretched(labels.spent, size),
        stretched(labels.joined, size),
        sets,
        labels.tally,
    )


@inlined
def _traced(
    start: IntArray, arcs: NodeArray, neighbour: NodeArray, cost: IntArray, labels: Labels, label: int
) -> IntArray:
    """Collect the edges of a label's tree."""
    edges = np.empty(labels.tally[0], np.int64)
    count = 0
    stack = np.empty(labels.tally[0] + 1, np.int32)
    stack[0] = label
    size = 1
    while size > 0:
        size -= 1
        top = stack[size]
        below = labels.below[top]
        if below < 0:
            continue
        stack[size] = below
        size += 1
        if labels.beside[top] >= 0:
            stack[size] = labels.beside[top]
            size += 1
            continue
        node, other = labels.node[top], labels.node[below]
        for k in range(start[node], start[node + 1]):
            way = labels.cost[top] - labels.cost[below]
            if neighbour[k] == other and cost[arcs[k] >> 1] == way:
                edges[count] = arcs[k] >> 1
                count += 1
                break
    return edges[:count]


@kernel
def _label_trees(
    start: IntArray,
    arcs: NodeArray,
    neighbour: NodeArray,
    cost: IntArray,
    bit: IntArray,
    root: int,
    terminals: NodeArray,
    away: IntArray,
    guide: Guide,
    limit: int,
    most: int,
) -> tuple[int, IntArray]:
    """Grow labels until the root has one for all terminals; the least that a tree costs and its edges, none if not found.

    ``away`` are the distances of all nodes from each of the terminals, the root last. ``limit`` is the most that a tree of interest costs.
    """
    labels = Labels(
        np.empty(FIRST_SPACE, np.int32),
        np.empty(FIRST_SPACE, np.int32),
        np.empty(FIRST_SPACE, np.int64),
        np.empty(FIRST_SPACE, np.int64),
        np.empty(FIRST_SPACE, np.int32),
        np.empty(FIRST_SPACE, np.int32),
        np.empty(FIRST_SPACE, np.int32),
        np.empty(FIRST_SPACE, np.int32),
        np.empty(FIRST_SPACE, np.int32),
        np.full(4 * FIRST_SPACE, -1, np.int32),
        np.empty(FIRST_SPACE, np.int64),
        np.empty(FIRST_SPACE, np.int64),
        np.empty(FIRST_SPACE, np.int64),
        np.full(4 * FIRST_SPACE, -1, np.int32),
        np.zeros(3, np.int64),
    )
    final = np.full(start.size - 1, -1, np.int32)  # first final label at each node
    finals = np.zeros(start.size - 1, np.int64)
    everything = np.int64(0)
    for terminal in terminals:
        everything |= bit[terminal]
        _offer(labels, guide, terminal, bit[terminal], 0, -1, -2, limit)
    while labels.tally[2] > 0:
        label = heap_pop(labels.heap, labels.place, labels.tally[2], labels.key)
        labels.tally[2] -= 1
        node, group, so_far = labels.node[label], labels.group[label], labels.cost[label]
        mask = labels.mask[group]
        if node == root and mask == everything:
            return labels.cost[label], _traced(start, arcs, neighbour, cost, labels, label)
        if so_far > labels.joined[group]:
            continue
        need = max(labels.tally[0], labels.tally[1])
        if need >= most:
            return labels.key[label], np.empty(0, np.int64)
        need += start[node + 1] - start[node] + finals[node]
        size = labels.node.size
        while size < need:
            size *= 2
        if size > labels.node.size:
            labels = _grown(labels, size)
        labels.place[label] = FINAL
        for j in range(terminals.size + 1):  # the root is in no set
            if j == terminals.size or mask & bit[terminals[j]] == 0:
                labels.joined[group] = min(labels.joined[group], so_far + away[j, node])
        other = final[node]
        while other >= 0:
            apart = labels.mask[labels.group[other]]
            # What all sets at a terminal share is the terminal itself.
            if (mask & apart) & ~bit[node] == 0:
                _offer(labels, guide, node, mask | apart, so_far + labels.cost[other], label, other, limit)
            other = labels.following[other]
        labels.following[label] = final[node]
        final[node] = label
        finals[node] += 1
        if node != root:
            for k in range(start[node], start[node + 1]):
                far = neighbour[k]
                _offer(labels, guide, far, mask | bit[far], so_far + cost[arcs[k] >> 1], label, -1, limit)
    return limit + 1, np.empty(0, np.int64)


def label_trees(graph: Graph, ascent: DualAscent, target: int, most: int) -> LabelResult:
    """Find a cheapest tree that costs less than a target, or prove that there is none, with so many labels at most.

    Parameters
    ----------
    graph
        A graph that connects its terminals, of which there are at most `MOST_TERMINALS` and one.
    ascent
        A dual ascent on the costs of the graph, its cuts recorded.
    target
        The tree must cost less.
    most
        Labels. A million need some 150 MB and ten seconds.

    Raises
    ------
    ValueError
        There are more terminals than bits.
    """
    root = ascent.root
    if graph.terminals.size > MOST_TERMINALS + 1:
        raise ValueError(f"labels hold {MOST_TERMINALS} terminals and the root, not {graph.terminals.size}")
    others = graph.terminals[graph.terminals != root]
    bit = np.zeros(graph.node_count, np.int64)
    bit[others] = 1 << np.arange(others.size, dtype=np.int64)
    ignored, *groups = group_cuts(
        graph.node_count, ascent.nodes, ascent.spans.copy(), ascent.values.copy(), bit, MOST_GROUPS
    )
    guide = Guide((ascent.bound or 0) - ignored, *groups)
    links = (graph.start, graph.arcs, graph.neighbour)
    away = np.stack(
        [
            dijkstra(*links, graph.arc_cost, 0, np.array([terminal], np.int32), MAX_TOTAL_COST)[0]
            for terminal in [*others.tolist(), root]
        ]
    )
    cost, edges = _label_trees(*links, graph.cost, bit, root, others, away, guide, target - 1, most)
    if edges.size == 0:
        return LabelResult(min(int(cost), target), None)
    inside = np.zeros(graph.node_count, np.bool_)
    inside[graph.tail[edges]] = inside[graph.head[edges]] = True
    return LabelResult(int(cost), clean_tree(graph, inside))  # edges that cost nothing may have closed cycles
