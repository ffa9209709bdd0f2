"""The graph as the extended tests see it: arrays, distances, bounds with their reduced costs."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from fiberplan.solvers.kernels.jit import kernel
from fiberplan.solvers.problem.steiner import FORBIDDEN, BoolArray, IntArray, NodeArray
from fiberplan.solvers.reductions.special_distance import Profits, RegionTree, step_length

# ruff: noqa: PLR0913, PLR0917, C901

NOWHERE = np.int32(2**31 - 1)
"""Stands for no node in lists of close nodes, after all others."""


class Distances(NamedTuple):
    """Upper bounds on special distances.

    Attributes
    ----------
    near, near_length
        Of each node, others close to it, sorted, and how far they are at most.
    regions
        What `special_distance_tables` made.
    """

    near: NodeArray
    near_length: IntArray
    regions: RegionTree


class TestedGraph(NamedTuple):
    """The graph as the tests see it.

    Attributes
    ----------
    start, arcs, neighbour, cost, is_terminal, arc_tail
        The graph; ``cost`` is of edges.
    dead
        Edges known to be in no best tree, bool[m].
    plain, implied
        Distances, and distances less what passing through nodes saves.
    """

    start: IntArray
    arcs: NodeArray
    neighbour: NodeArray
    cost: IntArray
    is_terminal: BoolArray
    arc_tail: NodeArray
    dead: BoolArray
    plain: Distances
    implied: Distances


class Duals(NamedTuple):
    """Several bounds with their reduced costs, none of which exceeds the budget by more than one.

    Attributes
    ----------
    slack
        Reduced cost of each arc, int64[bounds, 2m].
    from_root
        Reduced distance of each node from the root, int64[bounds, n].
    to_terminal
        Reduced distance of each node to the nearest terminal, int64[bounds, n].
    budget
        What a tree of interest may cost above each bound, int64[bounds].
    """

    slack: IntArray
    from_root: IntArray
    to_terminal: IntArray
    budget: IntArray


@kernel
def close_nodes(
    start: IntArray, arcs: NodeArray, neighbour: NodeArray, cost: IntArray, profits: Profits, many: int
) -> tuple[NodeArray, IntArray]:
    """Find the nearest nodes of each node.

    Parameters
    ----------
    start, arcs, neighbour, cost
        The graph.
    profits
        What passing through nodes saves.
    many
        How many, the node itself included.

    Returns
    -------
    tuple
        Nodes, sorted, int32[n, many], `NOWHERE` where there are fewer; and their distances.
    """
    count = start.size - 1
    near = np.full((count, many), NOWHERE, np.int32)
    length = np.full((count, many), FORBIDDEN, np.int64)
    distance = np.full(count, FORBIDDEN, np.int64)
    space = 64 * many
    touched = np.empty(space, np.int32)
    origin = np.full(count, -2, np.int32)
    for source in range(count):
        # A plain list serves as queue: it is short.
        distance[source] = 0
        touched[0] = source
        last = 1
        first = 0
        while first < last and first < many:
            best = first
            for k in range(first + 1, last):
                if distance[touched[k]] < distance[touched[best]]:
                    best = k
            node = touched[best]
            touched[best] = touched[first]
            touched[first] = node
            first += 1
            for k in range(start[node], start[node + 1]):
                other = neighbour[k]
                way = step_length(profits, node, origin[node], other, distance[node], cost[arcs[k] >> 1])
                if way < distance[other]:
                    if distance[other] == FORBIDDEN:
                        if last == space:
                            continue
                        touched[last] = other
                        last += 1
                    distance[other] = way
                    origin[other] = node
        for k in range(first):
            node = touched[k]
            at = k
            while at > 0 and near[source, at - 1] > node:
                near[source, at] = near[source, at - 1]
                length[source, at] = length[source, at - 1]
                at -= 1
            near[source, at] = node
            length[source, at] = distance[node]
        for k in range(last):
            distance[touched[k]] = FORBIDDEN
            origin[touched[k]] = -2
    return near, length
