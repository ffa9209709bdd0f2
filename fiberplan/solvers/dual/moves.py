"""Kernels that take back some climbs of a dual ascent and make others in their place: ruin and recreate, on the side of the bound.

Sources: Schrimpf, Schneider, Stamm-Wilbrandt and Dueck (2000), Record breaking optimization results using the ruin and
recreate principle; Kirkpatrick, Gelatt and Vecchi (1983), Optimization by simulated annealing, for moves that lose a little.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from fiberplan.solvers.dual.climbs import climb, pay, scratch
from fiberplan.solvers.kernels.jit import kernel, part

if TYPE_CHECKING:
    from fiberplan.solvers.dual.climbs import Climbs, Scratch, Ways
    from fiberplan.solvers.problem.steiner import BoolArray, IntArray, NodeArray

# ruff: noqa: PLR0913, PLR0917, NPY002

DETOURS = (0.0, 20.0, 100.0, 500.0)
"""Each time that the guiding tree enters a cut once more than it must counts as so many arcs, by turns."""
PATIENCE = (2.0, 4.0, 1000.0)
"""A terminal climbs on until its cut has so many times the arcs of its rival's, by turns."""
LEAST_SPREAD, MOST_SPREAD = 0.2, 1.2
"""Widths are weighed by logarithms normally distributed with a standard deviation between these, so that orders differ."""


@kernel
def spread(ways: Ways, root: int, work: Scratch, count: int) -> None:
    """Find out anew which of the first nodes touched are reached, all others being as before.

    Parameters
    ----------
    ways
        The graph.
    root
        From where.
    work
        Work arrays, with the nodes touched.
    count
        How many are.
    """
    start, arcs, neighbour, slack, reached = ways.start, ways.arcs, ways.neighbour, ways.slack, ways.reached
    touched, is_touched, queue = work.touched, work.is_touched, work.zeros
    for k in range(count):
        reached[touched[k]] = touched[k] == root
        is_touched[touched[k]] = True
    last = 0
    for k in range(count):
        node = touched[k]
        now = reached[node]
        for j in range(start[node], start[node + 1]):
            if now:
                break
            now = reached[neighbour[j]] and slack[arcs[j] ^ 1] == 0
        if now:
            reached[node] = True
            queue[last] = node
            last += 1
    first = 0
    while first < last:
        node = queue[first]
        first += 1
        for j in range(start[node], start[node + 1]):
            other = neighbour[j]
            if is_touched[other] and not reached[other] and slack[arcs[j]] == 0:
                reached[other] = True
                queue[last] = other
                last += 1
    for k in range(count):
        is_touched[touched[k]] = False


@kernel
def pick(
    root: int,
    candidates: NodeArray,
    near_start: IntArray,
    near: NodeArray,
    active: BoolArray,
    most: int,
    movers: NodeArray,
) -> int:
    """Pick some terminals near each other at random, by a walk from terminal to terminal.

    Parameters
    ----------
    root, candidates, near_start, near
        As in `improve`.
    active
        Marks those picked, bool[n].
    most
        How many, at most.
    movers
        Where they go.

    Returns
    -------
    int
        How many there are.
    """
    size = 0
    node = candidates[np.random.randint(candidates.size)]
    for _ in range(4 * most):
        if node != root and not active[node]:
            active[node] = True
            movers[size] = node
            size += 1
            if size == most:
                break
        if size > 0:
            node = movers[np.random.randint(size)]
        if near_start[node] == near_start[node + 1]:
            break
        node = near[np.random.randint(near_start[node], near_start[node + 1])]
    return size


@kernel
def touch(climbs: Climbs, movers: NodeArray, allowed: BoolArray, work: Scratch) -> tuple[int, bool]:
    """List the nodes in the climbs of some terminals, each once.

    Parameters
    ----------
    climbs, movers
        The climbs and the terminals.
    allowed
        Nodes whose arcs may change, bool[n].
    work
        Work arrays, where they are listed; they are marked as touched.

    Returns
    -------
    tuple
        How many nodes there are, and whether their arcs may all change.
    """
    count, all_allowed = 0, True
    for terminal in movers:
        all_allowed &= allowed[terminal]
        if not work.is_touched[terminal]:
            work.is_touched[terminal] = True
            work.touched[count] = terminal
            count += 1
        row = climbs.latest[terminal]
        while row >= 0:
            for k in range(climbs.table[row, 0], climbs.table[row, 1]):
                node = climbs.members[k]
                all_allowed &= allowed[node]
                if not work.is_touched[node]:
                    work.is_touched[node] = True
                    work.touched[count] = node
                    count += 1
            row = climbs.table[row, 4]
    return count, all_allowed


@part
def _take_back(
    ways: Ways,
    climbs: Climbs,
    work: Scratch,
    is_terminal: BoolArray,
    root: int,
    movers: NodeArray,
    chosen: int,
    count: int,
    move: int,
) -> tuple[int, int, int]:
    """Take back the climbs of the movers, and find out which of the nodes touched are reached then.

    Terminals that no longer are join the movers. Returns what was lost, how many arcs changed, and how many movers there are.
    """
    lost, changes = 0, 0
    for i in range(chosen):
        row = climbs.latest[movers[i]]
        while row >= 0:
            changes = pay(ways, climbs, row, 1, work, changes, move)
            lost += climbs.table[row, 2]
            row = climbs.table[row, 4]
    reached, touched, active, was_reached = ways.reached, work.touched, work.active, work.was_reached
    for k in range(count):
        was_reached[k] = reached[touched[k]]
    spread(ways, root, work, count)
    size = chosen
    for k in range(count):
        node = touched[k]
        if is_terminal[node] and not reached[node] and not active[node]:
            active[node] = True
            movers[size] = node
            size += 1
    return lost, changes, size


@part
def _accept(ways: Ways, climbs: Climbs, work: Scratch, root: int, used: int, count: int) -> None:
    """Keep a move: nodes of the new climbs, after the members used before, are touched, too."""
    touched, is_touched, members = work.touched, work.is_touched, climbs.members
    for k in range(count):
        is_touched[touched[k]] = True
    for k in range(used, climbs.filled[0]):
        node = members[k]
        if not is_touched[node]:
            is_touched[node] = True
            touched[count] = node
            count += 1
    spread(ways, root, work, count)


@part
def _undo(
    ways: Ways,
    climbs: Climbs,
    work: Scratch,
    movers: NodeArray,
    latest: IntArray,
    filled: tuple[int, int],
    count: int,
    changes: int,
) -> None:
    """Put everything back as it was before a move."""
    slack, reached, changed, old = ways.slack, ways.reached, work.changed, work.old
    touched, was_reached = work.touched, work.was_reached
    for k in range(changes):
        slack[changed[k]] = old[k]
    for k in range(count):
        reached[touched[k]] = was_reached[k]
    for i in range(movers.size):
        climbs.latest[movers[i]] = latest[i]
    climbs.filled[0], climbs.filled[1] = filled


@kernel
def improve(
    ways: Ways,
    is_terminal: BoolArray,
    root: int,
    allowed: BoolArray,
    candidates: NodeArray,
    near_start: IntArray,
    near: NodeArray,
    climbs: Climbs,
    most: int,
    moves: int,
    temperature: float,
    seed: int,
) -> Climbs:
    """Let a few terminals near each other take back their climbs and climb anew, again and again.

    Parameters
    ----------
    ways
        The graph.
    is_terminal
        bool[n].
    root
        The terminal that all others are to be reached from.
    allowed
        Nodes whose arcs may change, bool[n]. Moves that would need others are not made.
    candidates
        Terminals of which one is taken at first.
    near_start, near
        Terminals near each node that is one, as ``near[near_start[node] : near_start[node + 1]]``.
    climbs
        What was raised so far, changed in place.
    most
        How many terminals take back their climbs in one move, at most.
    moves
        How many moves to try.
    temperature
        By how much a move may lose: so much on average, distributed exponentially.
    seed
        Of the random choices.

    Returns
    -------
    Climbs
        The climbs, in the same place or in more work.
    """
    np.random.seed(seed)
    work = scratch(is_terminal.size, ways.slack.size)
    active = work.active
    movers = np.empty(is_terminal.size, np.int32)
    for move in range(moves):
        chosen = pick(root, candidates, near_start, near, active, 1 + np.random.randint(most), movers)
        count, all_allowed = touch(climbs, movers[:chosen], allowed, work)
        if not all_allowed:
            for i in range(chosen):
                active[movers[i]] = False
            for k in range(count):
                work.is_touched[work.touched[k]] = False
            continue
        lost, changes, size = _take_back(ways, climbs, work, is_terminal, root, movers, chosen, count, move)
        latest = climbs.latest[movers[:size]]
        for i in range(chosen):
            climbs.latest[movers[i]] = -1
        filled = climbs.filled[0], climbs.filled[1]
        deviation = LEAST_SPREAD + (MOST_SPREAD - LEAST_SPREAD) * np.random.random()
        raised, climbs, changes = climb(
            ways,
            allowed,
            climbs,
            work,
            movers[:size],
            np.exp(deviation * np.random.randn(size)),
            DETOURS[np.random.randint(len(DETOURS))],
            PATIENCE[np.random.randint(len(PATIENCE))],
            changes,
            move,
        )
        if raised >= 0 and raised - temperature * np.log(1.0 - np.random.random()) >= lost:
            _accept(ways, climbs, work, root, filled[0], count)
        else:
            _undo(ways, climbs, work, movers[:size], latest, filled, count, changes)
    return climbs
