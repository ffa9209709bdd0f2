"""Least cuts around terminals, by augmenting paths searched backwards from each of them.

The root reaches most of the graph along whole arcs, so a search that begins at a terminal stays small, where a flow through the
whole graph would not. Cuts are nested: what was found is filled up, and the next cut around it is sought.
Sources: Edmonds and Karp (1972), Theoretical improvements in algorithmic efficiency for network flow problems, for the paths;
Koch and Martin (1998), Solving Steiner tree problems in graphs to optimality, for nested cuts, back cuts and creep flow.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from fiberplan.solvers.kernels.jit import inlined, kernel, stretched

if TYPE_CHECKING:
    from fiberplan.solvers.problem.steiner import BoolArray, IntArray, NodeArray

# ruff: noqa: PLR0912, PLR0913, PLR0917, C901

CREEP = 1
"""Capacity added to every arc, so that of several least cuts one of few arcs is found."""


class Flow(NamedTuple):
    """A flow to one terminal, and work arrays of the search.

    Attributes
    ----------
    capacity, rest
        Of each arc: capacity, and what is left of it, int64[2m].
    source, sources
        Whether flow comes from a node, bool[n], and the nodes that it comes from.
    seen, toward, onward, queue
        Of each node: the search that saw it, the next node and the arc on the way to the terminal; and the nodes seen.
    changed, touched
        Whether what is left of an edge differs from its capacity, and which edges those are.
    tally
        Searches made, edges touched, and sources.
    """

    capacity: IntArray
    rest: IntArray
    source: BoolArray
    sources: NodeArray
    seen: NodeArray
    toward: NodeArray
    onward: NodeArray
    queue: NodeArray
    changed: BoolArray
    touched: NodeArray
    tally: IntArray


@inlined
def _touch(flow: Flow, edge: int) -> None:
    if not flow.changed[edge]:
        flow.changed[edge] = True
        flow.touched[flow.tally[1]] = edge
        flow.tally[1] += 1


@inlined
def _send(
    start: IntArray, arcs: NodeArray, neighbour: NodeArray, flow: Flow, terminal: int, needed: int, least: int
) -> tuple[int, int]:
    """Send flow along arcs with more than ``least`` left, until as much as needed arrives or no more can.

    Returns the amount and how many nodes the last search saw.
    """
    sent = 0
    while True:
        flow.tally[0] += 1
        turn = flow.tally[0]
        flow.seen[terminal] = turn
        flow.queue[0] = terminal
        first, last = 0, 1
        origin = -1
        while first < last and origin < 0:
            node = flow.queue[first]
            first += 1
            for k in range(start[node], start[node + 1]):
                other = neighbour[k]
                if flow.rest[arcs[k] ^ 1] > least and flow.seen[other] != turn:
                    flow.seen[other] = turn
                    flow.toward[other] = node
                    flow.onward[other] = arcs[k] ^ 1
                    if flow.source[other]:
                        origin = other
                        break
                    flow.queue[last] = other
                    last += 1
        if origin < 0:
            return sent, last
        amount = needed - sent
        node = origin
        while node != terminal:
            amount = min(amount, flow.rest[flow.onward[node]])
            node = flow.toward[node]
        node = origin
        while node != terminal:
            arc = flow.onward[node]
            flow.rest[arc] -= amount
            flow.rest[arc ^ 1] += amount
            _touch(flow, arc >> 1)
            node = flow.toward[node]
        sent += amount
        if sent >= needed:
            return sent, last


@inlined
def _near(
    start: IntArray, arcs: NodeArray, neighbour: NodeArray, flow: Flow, size: int, cut: NodeArray
) -> int:
    """Collect the arcs that enter what the last search saw; how many."""
    count = 0
    for i in range(size):
        node = flow.queue[i]
        for k in range(start[node], start[node + 1]):
            arc = arcs[k] ^ 1
            if flow.seen[neighbour[k]] != flow.tally[0] and flow.capacity[arc] > 0:
                cut[count] = arc
                count += 1
    return count


@inlined
def _far(start: IntArray, arcs: NodeArray, neighbour: NodeArray, flow: Flow, cut: NodeArray) -> int:
    """Collect the arcs that enter what no more flow from the source reaches; how many."""
    flow.tally[0] += 1
    turn = flow.tally[0]
    first, last = 0, flow.tally[2]
    flow.queue[:last] = flow.sources[:last]
    while first < last:
        node = flow.queue[first]
        first += 1
        for k in range(start[node], start[node + 1]):
            other = neighbour[k]
            if flow.rest[arcs[k]] > 0 and not flow.source[other] and flow.seen[other] != turn:
                flow.seen[other] = turn
                flow.queue[last] = other
                last += 1
    count = 0
    for i in range(last):
        node = flow.queue[i]
        for k in range(start[node], start[node + 1]):
            other = neighbour[k]
            if not flow.source[other] and flow.seen[other] != turn and flow.capacity[arcs[k]] > 0:
                cut[count] = arcs[k]
                count += 1
    return count


@inlined
def _restore(flow: Flow) -> None:
    """Take all flow back."""
    for i in range(flow.tally[1]):
        edge = flow.touched[i]
        flow.changed[edge] = False
        flow.rest[2 * edge] = flow.capacity[2 * edge]
        flow.rest[2 * edge + 1] = flow.capacity[2 * edge + 1]
    flow.tally[1] = 0


@inlined
def _join(start: IntArray, arcs: NodeArray, neighbour: NodeArray, flow: Flow, node: int, enough: int) -> None:
    """Let flow come from a node, too, and from all that arcs with enough capacity lead to from there."""
    if flow.source[node]:
        return
    first = flow.tally[2]
    flow.source[node] = True
    flow.sources[first] = node
    last = first + 1
    while first < last:
        tail = flow.sources[first]
        first += 1
        for k in range(start[tail], start[tail + 1]):
            other = neighbour[k]
            if flow.capacity[arcs[k]] >= enough and not flow.source[other]:
                flow.source[other] = True
                flow.sources[last] = other
                last += 1
    flow.tally[2] = last


@kernel
def nested_cuts(
    start: IntArray,
    arcs: NodeArray,
    neighbour: NodeArray,
    capacity: IntArray,
    source: BoolArray,
    terminals: NodeArray,
    covered: IntArray,
    whole: int,
    enough: int,
    depth: int,
    most: int,
) -> tuple[IntArray, IntArray]:
    """Find cuts around terminals that let less than enough through.

    Parameters
    ----------
    start, arcs, neighbour
        The graph.
    capacity
        Of each arc, int64[2m], `CREEP` included; 0 on arcs that count as absent.
    source
        Nodes that flow comes from, bool[n]. Terminals that get enough join them, in place: what gets enough from them
        gets it from the root, since every cut around it leaves out or separates those that get enough.
    terminals
        Nodes to look at, best those near the source first.
    covered
        In how many cuts each node lies, counted on in place, int64[n].
    whole
        Capacity of an arc that lets everything through.
    enough
        Flow that suffices for a terminal.
    depth
        Cuts around one terminal, each outside the one before, at most.
    most
        Pass over terminals that lie inside so many cuts.

    Returns
    -------
    tuple
        Arcs of all cuts, and where those of each begin, with the end as last entry.
    """
    count = start.size - 1
    flow = Flow(
        capacity,
        capacity.copy(),
        source,
        np.empty(count, np.int32),
        np.zeros(count, np.int32),
        np.zeros(count, np.int32),
        np.zeros(count, np.int32),
        np.empty(count, np.int32),
        np.zeros(arcs.size // 2, np.bool_),
        np.empty(arcs.size // 2, np.int32),
        np.zeros(3, np.int64),
    )
    for node in np.flatnonzero(source):
        flow.sources[flow.tally[2]] = node
        flow.tally[2] += 1
    cut = np.empty(arcs.size, np.int32)
    entered = np.empty(4096, np.int64)
    pointer = np.zeros(1024, np.int64)
    cuts = 0
    for terminal in terminals:
        if source[terminal] or covered[terminal] >= most:
            continue
        sent = 0
        for level in range(depth):
            for least in (CREEP, 0):  # creep last
                if sent < enough:
                    more, size = _send(start, arcs, neighbour, flow, terminal, enough - sent, least)
                    sent += more
            if sent >= enough:
                if level == 0:
                    _join(start, arcs, neighbour, flow, terminal, enough)
                break
            for i in range(size):
                covered[flow.queue[i]] += 1
            width = _near(start, arcs, neighbour, flow, size, cut)
            for side in range(2):
                if side == 1:
                    width = _far(start, arcs, neighbour, flow, cut)
                used = pointer[cuts]
                entered = stretched(entered, used + width)
                pointer = stretched(pointer, cuts + 2)
                entered[used : used + width] = cut[:width]
                cuts += 1
                pointer[cuts] = used + width
                if side == 0:
                    near = used
            if level + 1 < depth:  # fill the near cut up
                for i in range(near, pointer[cuts - 1]):
                    arc = entered[i]
                    _touch(flow, arc >> 1)
                    flow.rest[arc] += max(whole - capacity[arc], 0)
        _restore(flow)
    return entered[: pointer[cuts]], pointer[: cuts + 1]
