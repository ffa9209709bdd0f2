"""Kernels for the climbs that make up a dual ascent, kept so that they can be taken back.

A *climb* is what a terminal raises in one go: nested cuts, all the nodes within a growing distance by the slack that is left. It is kept
as its nodes in the order in which they joined, with the distance at which each did; an arc pays what was raised after its head joined and
before its tail did.
Source: Wong (1984), A dual ascent approach for Steiner tree problems on a directed graph.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from fiberplan.solvers.kernels.jit import kernel, part, stretched
from fiberplan.solvers.kernels.shortest_paths import heap_pop, heap_push
from fiberplan.solvers.problem.steiner import FORBIDDEN

if TYPE_CHECKING:
    from fiberplan.solvers.problem.steiner import BoolArray, FloatArray, IntArray, NodeArray

# ruff: noqa: PLR0912, PLR0913, PLR0915, PLR0917, C901

REACHED, OUTRANKED, STUCK = range(3)
"""How a search around a terminal ends: at the root's side or another active terminal, at a narrower rival, at arcs not to change."""


class Ways(NamedTuple):
    """A graph and what a bound leaves of its costs, for kernels.

    Attributes
    ----------
    start, arcs, neighbour
        As in `Graph`.
    slack
        Reduced cost of each arc, changed in place.
    guide
        Arcs of a good tree that leads away from the root, bool[2m].
    reached
        Nodes that the root reaches by arcs without slack, or that may count as such, bool[n], changed in place.
    """

    start: IntArray
    arcs: NodeArray
    neighbour: NodeArray
    slack: IntArray
    guide: BoolArray
    reached: BoolArray


class Climbs(NamedTuple):
    """Storage of climbs.

    Attributes
    ----------
    members, levels
        Nodes of all climbs, one climb after the other, and the distance at which each joined.
    table
        A row for each climb: its first member, one past the last, all that it raised, whose it is, and the climb
        that its owner made before it (-1: none).
    latest
        Last climb of each node (-1: none), int64[n].
    filled
        How many members and how many rows are in use, int64[2].
    """

    members: NodeArray
    levels: IntArray
    table: IntArray
    latest: IntArray
    filled: IntArray


class Scratch(NamedTuple):
    """Arrays for kernels to work with: clean between calls where that is said, else without meaning.

    Attributes
    ----------
    distance, place, level
        Of nodes, `FORBIDDEN`, -1 and -1 between calls.
    active, is_touched
        Of nodes, false between calls.
    heap, zeros, touched, was_reached
        Of nodes, without meaning.
    changed, old, stamp
        Arcs whose slack a move changed, what it was, and the move that changed it last.
    """

    distance: IntArray
    place: NodeArray
    level: IntArray
    active: BoolArray
    is_touched: BoolArray
    heap: NodeArray
    zeros: NodeArray
    touched: NodeArray
    was_reached: BoolArray
    changed: NodeArray
    old: IntArray
    stamp: NodeArray


@kernel
def scratch(nodes: int, arcs: int) -> Scratch:
    """Make work arrays.

    Parameters
    ----------
    nodes, arcs
        How many there are.
    """
    return Scratch(
        np.full(nodes, FORBIDDEN, np.int64),
        np.full(nodes, -1, np.int32),
        np.full(nodes, -1, np.int64),
        np.zeros(nodes, np.bool_),
        np.zeros(nodes, np.bool_),
        np.empty(nodes, np.int32),
        np.empty(nodes, np.int32),
        np.empty(nodes, np.int32),
        np.empty(nodes, np.bool_),
        np.empty(arcs, np.int32),
        np.empty(arcs, np.int64),
        np.full(arcs, -1, np.int32),
    )


@kernel
def pay(ways: Ways, climbs: Climbs, row: int, sign: int, work: Scratch, changes: int, move: int) -> int:
    """Charge arcs for a climb, or give it back, and note what they had before.

    Parameters
    ----------
    ways, climbs
        The graph and the climbs.
    row
        Which climb.
    sign
        -1 charges, +1 gives back.
    work
        Work arrays.
    changes
        How many arcs the move changed before.
    move
        Number of the move.

    Returns
    -------
    int
        The same, with those changed here.
    """
    start, arcs, neighbour, slack = ways.start, ways.arcs, ways.neighbour, ways.slack
    members, levels, level = climbs.members, climbs.levels, work.level
    first, last, height = climbs.table[row, 0], climbs.table[row, 1], climbs.table[row, 2]
    for k in range(first, last):
        level[members[k]] = levels[k]
    for k in range(first, last):
        node, joined = members[k], levels[k]
        for j in range(start[node], start[node + 1]):
            tail_joined = level[neighbour[j]]
            value = (height if tail_joined < 0 else tail_joined) - joined
            arc = arcs[j] ^ 1
            if value > 0 and slack[arc] < FORBIDDEN:
                if work.stamp[arc] != move:
                    work.stamp[arc] = move
                    work.changed[changes] = arc
                    work.old[changes] = slack[arc]
                    changes += 1
                slack[arc] += sign * value
    for k in range(first, last):
        level[members[k]] = -1
    return changes


class _Outcome(NamedTuple):
    """How the search around a terminal ended.

    Attributes
    ----------
    end
        `REACHED`, `OUTRANKED` or `STUCK`.
    height
        Distance at which it ended: what the climb raises.
    used
        Members in use, those of this climb included.
    size, first, last
        What is left in the heap and in the list of nodes without slack.
    """

    end: int
    height: int
    used: int
    size: int
    first: int
    last: int


@part
def _choose(movers: NodeArray, active: BoolArray, rank: FloatArray) -> tuple[int, float]:
    """Choose the active terminal of the least rank; its place and the next rank."""
    chosen, rival = -1, np.inf
    for i in range(movers.size):
        if active[movers[i]]:
            if chosen < 0 or rank[i] < rank[chosen]:
                rival = rival if chosen < 0 else rank[chosen]
                chosen = i
            elif rank[i] < rival:
                rival = rank[i]
    return chosen, rival


@part
def _with_space(climbs: Climbs, nodes: int) -> Climbs:
    """Make space for one more climb."""
    used, rows = climbs.filled[0], climbs.filled[1]
    table = climbs.table
    if rows == table.shape[0]:
        table = np.empty((2 * rows, 5), np.int64)
        table[:rows] = climbs.table
    return Climbs(
        stretched(climbs.members, used + nodes),
        stretched(climbs.levels, used + nodes),
        table,
        climbs.latest,
        climbs.filled,
    )


@part
def _gather(
    ways: Ways,
    allowed: BoolArray,
    climbs: Climbs,
    work: Scratch,
    terminal: int,
    limit: float,
    weight: float,
    detour: float,
) -> tuple[_Outcome, float]:
    """Take in nodes by their distance to a terminal until one is reached or active, or the cut ranks above the limit.

    Nodes in the set have a level. Returns how it ended, and the rank of the last cut (-1: none was ranked).
    """
    # Arrays are taken out of the tuples here: in the loop that would count references for each node.
    start, arcs, neighbour, slack, guide, reached = ways
    members, levels, active = climbs.members, climbs.levels, work.active
    distance, place, heap, zeros, level = work.distance, work.place, work.heap, work.zeros, work.level
    used = climbs.filled[0]
    rank = -1.0
    distance[terminal] = 0
    zeros[0] = terminal
    size, first, last = 0, 0, 1
    height, width, crossings = 0, 0, 0
    end = -1
    while end < 0:
        if first < last:
            node = zeros[first]
            first += 1
        elif size > 0:
            node = heap_pop(heap, place, size, distance)
            size -= 1
            if distance[node] > height:
                rank = (width + detour * max(crossings - 1, 0)) * weight
                if rank > limit:
                    distance[node] = FORBIDDEN
                    end = OUTRANKED
                    continue
                height = distance[node]
        else:
            end = STUCK
            continue
        if reached[node] or (active[node] and node != terminal):
            distance[node] = FORBIDDEN
            end = REACHED
        elif not allowed[node]:
            distance[node] = FORBIDDEN
            end = STUCK
        else:
            members[used] = node
            levels[used] = height
            used += 1
            level[node] = height
            for k in range(start[node], start[node + 1]):
                other, arc = neighbour[k], arcs[k] ^ 1
                if level[other] >= 0:
                    back = arc ^ 1
                    if FORBIDDEN > slack[back] > height - level[other]:
                        width -= 1
                        crossings -= guide[back]
                elif slack[arc] < FORBIDDEN:
                    width += 1
                    crossings += guide[arc]
                    length = height + slack[arc]
                    if length < distance[other]:
                        distance[other] = length
                        if slack[arc] == 0 and place[other] < 0:
                            zeros[last] = other
                            last += 1
                        else:
                            size = heap_push(heap, place, size, distance, other)
    return _Outcome(end, height, used, size, first, last), rank


@part
def _clear(work: Scratch, members: NodeArray, begin: int, outcome: _Outcome) -> None:
    """Make the work arrays clean again."""
    distance, place, heap, zeros, level = work.distance, work.place, work.heap, work.zeros, work.level
    for k in range(outcome.size):
        distance[heap[k]] = FORBIDDEN
        place[heap[k]] = -1
    for k in range(outcome.first, outcome.last):
        distance[zeros[k]] = FORBIDDEN
    for k in range(begin, outcome.used):
        distance[members[k]] = FORBIDDEN
        level[members[k]] = -1


@part
def _keep(climbs: Climbs, terminal: int, outcome: _Outcome) -> int:
    """Keep a climb without the nodes that joined where it ended; its row."""
    first, row, used = climbs.filled[0], climbs.filled[1], outcome.used
    levels = climbs.levels
    while levels[used - 1] == outcome.height:
        used -= 1
    climbs.table[row, 0], climbs.table[row, 1], climbs.table[row, 2] = first, used, outcome.height
    climbs.table[row, 3], climbs.table[row, 4] = terminal, climbs.latest[terminal]
    climbs.latest[terminal] = row
    climbs.filled[0], climbs.filled[1] = used, row + 1
    return int(row)


@kernel
def climb(
    ways: Ways,
    allowed: BoolArray,
    climbs: Climbs,
    work: Scratch,
    movers: NodeArray,
    weight: FloatArray,
    detour: float,
    patience: float,
    changes: int,
    move: int,
) -> tuple[int, Climbs, int]:
    """Let active terminals climb until each is reached, or reaches another that is active.

    Parameters
    ----------
    ways
        The graph.
    allowed
        Nodes whose arcs may change, bool[n]. The climbs end at once where they would need others.
    climbs
        Where they go.
    work
        Work arrays; they mark the movers that are active. None is afterwards.
    movers
        The terminals that may be.
    weight
        A factor for the width of each mover's cuts. The one with the least width climbs first.
    detour
        Each time that the guiding tree enters a cut once more than it must counts as so many arcs.
    patience
        A terminal climbs on until its cut has so many times the arcs of its rival's.
    changes, move
        As in `pay`.

    Returns
    -------
    tuple
        What was raised (-1: they would have needed arcs that may not change), the climbs, and how many arcs changed.
    """
    active = work.active
    raised, left = 0, 0
    rank = (ways.start[movers + 1] - ways.start[movers]) * weight
    for node in movers:
        active[node] &= not ways.reached[node]
        left += active[node]
    stuck = False
    while left > 0 and not stuck:
        chosen, rival = _choose(movers, active, rank)
        terminal = movers[chosen]
        climbs = _with_space(climbs, active.size)
        outcome, last_rank = _gather(
            ways, allowed, climbs, work, terminal, rival * patience, weight[chosen], detour
        )
        if last_rank >= 0:
            rank[chosen] = last_rank
        _clear(work, climbs.members, climbs.filled[0], outcome)
        stuck = outcome.end == STUCK
        if outcome.end == REACHED:
            active[terminal] = False
            left -= 1
        if outcome.height > 0 and not stuck:
            row = _keep(climbs, terminal, outcome)
            changes = pay(ways, climbs, row, -1, work, changes, move)
            raised += outcome.height
    for node in movers:
        active[node] = False
    return -1 if stuck else raised, climbs, changes
