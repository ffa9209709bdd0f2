"""Kernels for the climbs that make up a dual ascent, kept so that they can be taken back.

A *climb* is what a terminal raises in one go: nested cuts, all the nodes within a growing distance by the slack that is left. It is kept
as its nodes in the order in which they joined, with the distance at which each did; an arc pays what was raised after its head joined and
before its tail did.
Source: Wong (1984), A dual ascent approach for Steiner tree problems on a directed graph.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from fiberplan.solvers.kernels.jit import kernel, stretched
from fiberplan.solvers.kernels.shortest_paths import heap_pop, heap_push
from fiberplan.solvers.problem.steiner import FORBIDDEN

if TYPE_CHECKING:
    from fiberplan.solvers.problem.steiner import BoolArray, FloatArray, IntArray, NodeArray

# ruff: noqa: PLR0913, PLR0917, PLR0912, PLR0915, C901


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
    """Make room to work in.

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
def pay(ways: Ways, climbs: Climbs, row: int, sign: int, room: Scratch, changes: int, move: int) -> int:
    """Charge arcs for a climb, or give it back, and note what they had before.

    Parameters
    ----------
    ways, climbs
        The graph and the climbs.
    row
        Which climb.
    sign
        -1 charges, +1 gives back.
    room
        Room to work in.
    changes
        How many arcs the move changed before.
    move
        Number of the move.

    Returns
    -------
    int
        How many it changed by now.
    """
    start, arcs, neighbour, slack = ways.start, ways.arcs, ways.neighbour, ways.slack
    members, levels, level = climbs.members, climbs.levels, room.level
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
                if room.stamp[arc] != move:
                    room.stamp[arc] = move
                    room.changed[changes] = arc
                    room.old[changes] = slack[arc]
                    changes += 1
                slack[arc] += sign * value
    for k in range(first, last):
        level[members[k]] = -1
    return changes


@kernel
def climb(
    ways: Ways,
    mine: BoolArray,
    climbs: Climbs,
    room: Scratch,
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
    mine
        Nodes whose arcs may change, bool[n]. The climbs end at once where they would need others.
    climbs
        Where they go.
    room
        Room to work in; says who of the movers is active. None is afterwards.
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
    start, arcs, neighbour = ways.start, ways.arcs, ways.neighbour
    slack, guide, reached = ways.slack, ways.guide, ways.reached
    distance, place, heap, zeros = room.distance, room.place, room.heap, room.zeros
    level, active = room.level, room.active
    raised, left = 0, 0
    rank = np.empty(movers.size, np.float64)
    for i in range(movers.size):
        node = movers[i]
        rank[i] = (start[node + 1] - start[node]) * weight[i]
        active[node] &= not reached[node]
        left += active[node]
    stuck = False
    while left > 0 and not stuck:
        chosen, rival = -1, np.inf
        for i in range(movers.size):
            if active[movers[i]]:
                if chosen < 0 or rank[i] < rank[chosen]:
                    rival = rival if chosen < 0 else rank[chosen]
                    chosen = i
                elif rank[i] < rival:
                    rival = rank[i]
        terminal = movers[chosen]
        used, made = climbs.filled[0], climbs.filled[1]
        members = stretched(climbs.members, used + distance.size)
        levels = stretched(climbs.levels, used + distance.size)
        table = climbs.table
        if made == table.shape[0]:
            table = np.empty((2 * made, 5), np.int64)
            table[:made] = climbs.table
        climbs = Climbs(members, levels, table, climbs.latest, climbs.filled)
        # Nodes by their distance to the terminal; those in the set have a level.
        distance[terminal] = 0
        zeros[0] = terminal
        size, head, tail = 0, 0, 1
        first, height, width, crossings = used, 0, 0, 0
        done, outranked, node = False, False, terminal
        while not done and not outranked and not stuck:
            if head < tail:
                node = zeros[head]
                head += 1
            elif size > 0:
                node = heap_pop(heap, place, size, distance)
                size -= 1
                if distance[node] > height:
                    rank[chosen] = (width + detour * max(crossings - 1, 0)) * weight[chosen]
                    if rank[chosen] > rival * patience:
                        distance[node] = FORBIDDEN
                        outranked = True
                        continue
                    height = distance[node]
            else:
                stuck = True
                continue
            if reached[node] or (active[node] and node != terminal):
                distance[node] = FORBIDDEN
                done = True
                continue
            if not mine[node]:
                distance[node] = FORBIDDEN
                stuck = True
                continue
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
                            zeros[tail] = other
                            tail += 1
                        else:
                            size = heap_push(heap, place, size, distance, other)
        for k in range(size):
            distance[heap[k]] = FORBIDDEN
            place[heap[k]] = -1
        for k in range(head, tail):
            distance[zeros[k]] = FORBIDDEN
        for k in range(first, used):
            distance[members[k]] = FORBIDDEN
            level[members[k]] = -1
        if done:
            active[terminal] = False
            left -= 1
        if height > 0 and not stuck:
            while levels[used - 1] == height:
                used -= 1
            table[made, 0] = first
            table[made, 1] = used
            table[made, 2] = height
            table[made, 3] = terminal
            table[made, 4] = climbs.latest[terminal]
            climbs.latest[terminal] = made
            climbs.filled[0] = used
            climbs.filled[1] = made + 1
            changes = pay(ways, climbs, made, -1, room, changes, move)
            raised += height
    for node in movers:
        active[node] = False
    return -1 if stuck else raised, climbs, changes
