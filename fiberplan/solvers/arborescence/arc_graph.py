"""A graph whose arcs have costs of their own, the root that they lead away from, and what it becomes when arcs go."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from fiberplan.solvers.kernels.jit import kernel
from fiberplan.solvers.problem.steiner import FORBIDDEN, Graph, IntArray, build_graph

if TYPE_CHECKING:
    from fiberplan.solvers.problem.arborescence import ArborescenceInstance
    from fiberplan.solvers.problem.steiner import BoolArray, NodeArray

# ruff: noqa: PLR0913, PLR0917, PLR1714


@dataclass(frozen=True, eq=False)
class ArcGraph:
    """A graph, a root and arcs with costs.

    Attributes
    ----------
    graph
        Nodes, edges and terminals, the root among them. Costs of its edges mean nothing.
    cost
        Cost of each arc, int64[2m], `FORBIDDEN` on arcs that are out of use.
    root
        Where arcs come from.
    edges
        What the instance calls each edge, int64[m].
    """

    graph: Graph
    cost: IntArray
    root: int
    edges: IntArray

    @property
    def useless(self) -> BoolArray:
        """Arcs out of use, bool[2m]."""
        out: BoolArray = self.cost >= FORBIDDEN
        return out

    @property
    def arc_count(self) -> int:
        """Number of arcs in use."""
        return int((self.cost < FORBIDDEN).sum())

    def restore(self, arcs: IntArray) -> IntArray:
        """Translate arcs to those of the instance.

        Parameters
        ----------
        arcs
            Arcs of this graph.
        """
        whole: IntArray = 2 * self.edges[arcs >> 1] + (arcs & 1)
        return whole

    def without(self, useless: BoolArray) -> ArcGraph:
        """Leave arcs out, and all that no tree uses then: dead ends, edges without arcs, nodes without edges.

        Parameters
        ----------
        useless
            What to leave out, bool[2m], besides what is out already.
        """
        graph = self.graph
        cost = np.where(useless, FORBIDDEN, self.cost)
        _drop_dead_ends(graph.start, graph.arcs, graph.neighbour, graph.is_terminal, self.root, cost)
        keep = (cost < FORBIDDEN).reshape(-1, 2).any(axis=1)
        tail, head = graph.tail[keep], graph.head[keep]
        used = graph.is_terminal.copy()
        used[tail] = True
        used[head] = True
        number = (np.cumsum(used) - 1).astype(np.int32)
        smaller = build_graph(
            int(used.sum()), number[tail], number[head], graph.cost[keep], number[graph.terminals]
        )
        return ArcGraph(smaller, cost[np.repeat(keep, 2)], int(number[self.root]), self.edges[keep])


def join_roots(instance: ArborescenceInstance) -> ArcGraph:
    """Make a graph of an instance: with one root as it is, with several under a super-root by arcs that cost what the roots do.

    Edges to the super-root are numbered behind those of the instance.

    Parameters
    ----------
    instance
        The problem, with a root.
    """
    tail, head, cost = instance.tail, instance.head, instance.arc_cost
    root, count = int(instance.roots[0]), instance.node_count
    if instance.roots.size > 1:
        root, count = count, count + 1
        tail = np.append(tail, np.full(instance.roots.size, root, np.int32))
        head = np.append(head, instance.roots)
        free = np.stack(
            (instance.node_costs[instance.roots], np.full(instance.roots.size, FORBIDDEN)), axis=1
        )
        cost = np.append(cost, free.ravel())
    terminals = np.union1d(instance.terminals, np.array([root], np.int32)).astype(np.int32)
    cost[np.repeat(tail == head, 2)] = FORBIDDEN
    graph = build_graph(count, tail, head, np.zeros(tail.size, np.int64), terminals)
    return ArcGraph(graph, cost, root, np.arange(tail.size))


@kernel
def _drop_dead_ends(
    start: IntArray,
    arcs: NodeArray,
    neighbour: NodeArray,
    is_terminal: BoolArray,
    root: int,
    cost: IntArray,
) -> None:
    """Forbid, in place, arcs into the root; back to where alone a node is entered from; and into nodes that lead nowhere else.

    A tree without useless leaves uses none of them: it enters each node by one arc and leaves all but terminals by another edge's.
    """
    count = start.size - 1
    queue = np.arange(count)
    queued = np.ones(count, np.bool_)
    first, size = 0, count
    while size > 0:
        node = queue[first]
        first = (first + 1) % count
        size -= 1
        queued[node] = False
        entered_from, left_to = -1, -1  # the only neighbour, or -2 if there are several
        for k in range(start[node], start[node + 1]):
            other = neighbour[k]
            if cost[arcs[k] ^ 1] < FORBIDDEN and entered_from != other:
                entered_from = other if entered_from == -1 else -2
            if cost[arcs[k]] < FORBIDDEN and left_to != other:
                left_to = other if left_to == -1 else -2
        changed = False
        for k in range(start[node], start[node + 1]):
            out, other = arcs[k], neighbour[k]
            into = out ^ 1
            leaf = not is_terminal[node] and (left_to == -1 or left_to == other)
            back = node != root and (entered_from == -1 or entered_from == other)
            forbid_in = cost[into] < FORBIDDEN and (node == root or leaf)
            forbid_out = cost[out] < FORBIDDEN and back
            if forbid_in:
                cost[into] = FORBIDDEN
            if forbid_out:
                cost[out] = FORBIDDEN
            if (forbid_in or forbid_out) and not queued[other]:
                queued[other] = True
                queue[(first + size) % count] = other
                size += 1
            changed |= forbid_in or forbid_out
        if changed and not queued[node]:
            queued[node] = True
            queue[(first + size) % count] = node
            size += 1
