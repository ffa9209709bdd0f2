"""Rows of the directed cut formulation, and the search for violated ones by maximum flow.

Sources: Koch and Martin (1998), Solving Steiner tree problems in graphs to optimality, for back cuts, nested cuts and
flow-balance rows; maximum flows by OR-Tools.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np
from ortools.graph.python import max_flow

from fiberplan.solvers.arrays import IntArray
from fiberplan.solvers.connectivity import reached
from fiberplan.solvers.jit import kernel

if TYPE_CHECKING:
    from collections.abc import Callable

    from fiberplan.solvers.arrays import BoolArray, FloatArray, Graph, NodeArray

# ruff: noqa: PLR0913, PLR0917

UNIT_FLOW = 1_000_000
"""Capacity that stands for an arc that is fully used."""
CREEP = 1
"""Capacity added to every arc, so that of several least cuts one of few arcs is found (Koch and Martin 1998)."""
NESTED_CUTS = 8
"""Cuts around one terminal, each outside the one before, at most."""
FEW_NODES = 1500
"""Up to here all flow balances go into the programme at once, and solving it again is cheaper than flows to terminals that lie
inside a cut found already."""
TOLERANCE = 1e-3
"""A cut counts as violated if less than one minus this enters it. It decides about effort only, never about validity."""


@dataclass(eq=False)
class Rows:
    """A growing set of rows ``sum(coefficient * x[arc]) >= least``, each of them valid for every tree.

    Attributes
    ----------
    arcs, coefficients
        Per row, int64 arrays of the same length.
    least
        Per row, the right-hand side.
    """

    arcs: list[IntArray] = field(default_factory=list)
    coefficients: list[IntArray] = field(default_factory=list)
    least: list[int] = field(default_factory=list)
    _known: set[bytes] = field(default_factory=set)

    def __len__(self) -> int:
        return len(self.least)

    def add(self, arcs: IntArray, coefficients: IntArray, least: int) -> bool:
        """Add a row unless it is there already, and say whether it was added.

        Parameters
        ----------
        arcs, coefficients, least
            The row.
        """
        order = np.argsort(arcs)
        arcs, coefficients = arcs[order], coefficients[order]
        name = arcs.tobytes() + coefficients.tobytes() + bytes([least])
        if name in self._known:
            return False
        self._known.add(name)
        self.arcs.append(arcs)
        self.coefficients.append(coefficients)
        self.least.append(least)
        return True

    def add_cut(self, arcs: IntArray) -> bool:
        """Add the row that at least one of these arcs is used.

        Parameters
        ----------
        arcs
            All the arcs that enter a set of nodes with a terminal, without the root.
        """
        return self.add(arcs, np.ones(arcs.size, np.int64), 1)


@kernel
def _entering(
    start: IntArray,
    arcs: NodeArray,
    neighbour: NodeArray,
    inside: BoolArray,
    nodes: IntArray,
    useless: BoolArray,
) -> IntArray:
    """Collect the arcs that enter a set of nodes, save useless ones."""
    found = np.empty(max(np.sum(start[nodes + 1] - start[nodes]), 1), np.int64)
    count = 0
    for node in nodes:
        for k in range(start[node], start[node + 1]):
            arc = arcs[k] ^ 1
            if not inside[neighbour[k]] and not useless[arc]:
                found[count] = arc
                count += 1
    return found[:count]


def entering_arcs(graph: Graph, nodes: IntArray, useless: BoolArray) -> IntArray:
    """Find the arcs that enter a set of nodes, save useless ones.

    Parameters
    ----------
    graph
        The graph.
    nodes
        The set.
    useless
        Arcs to leave out, bool[2m].
    """
    inside = np.zeros(graph.node_count, np.bool_)
    inside[nodes] = True
    return _entering(graph.start, graph.arcs, graph.neighbour, inside, nodes.astype(np.int64), useless)


def balance_rows(
    graph: Graph, root: int, useless: BoolArray, rows: Rows, *, x: FloatArray | None = None
) -> int:
    """Add for nodes that are no terminals: as much leaves them as enters them, at least; the number added.

    Not every tree obeys, but every tree without useless leaves does, and so does a best one.

    Parameters
    ----------
    graph
        The graph.
    root
        The terminal that arcs lead away from.
    useless
        Arcs to leave out.
    rows
        Where to add.
    x
        Value of each arc, float64[2m]: only rows that it violates are added; all if ``None``.
    """
    wanted = ~graph.is_terminal
    wanted[root] = False
    if x is not None:
        surplus = np.bincount(graph.arc_head, weights=x, minlength=graph.node_count)
        surplus -= np.bincount(graph.arc_tail, weights=x, minlength=graph.node_count)
        wanted &= surplus > TOLERANCE
    added = 0
    for node in np.flatnonzero(wanted).tolist():
        here = slice(graph.start[node], graph.start[node + 1])
        leaving = graph.arcs[here][graph.neighbour[here] != node].astype(np.int64)
        entering = leaving ^ 1
        leaving, entering = leaving[~useless[leaving]], entering[~useless[entering]]
        if entering.size:
            signs = np.concatenate((np.ones(leaving.size, np.int64), np.full(entering.size, -1)))
            added += rows.add(np.concatenate((leaving, entering)), signs, 0)
    return added


def disconnected_cuts(graph: Graph, root: int, used: BoolArray, useless: BoolArray, rows: Rows) -> int:
    """Add cuts around the terminals that the root does not reach by used arcs; the number added.

    Parameters
    ----------
    graph
        The graph.
    root
        Where arcs come from.
    used
        Arcs in use, bool[2m].
    useless
        Arcs to leave out of cuts.
    rows
        Where to add.
    """
    from_root = reached(graph, used, root)
    missing = graph.terminals[~from_root[graph.terminals]]
    if missing.size == 0:
        return 0
    added = int(rows.add_cut(entering_arcs(graph, np.flatnonzero(~from_root), useless)))
    covered = np.zeros(graph.node_count, np.bool_)
    for terminal in missing.tolist():
        if covered[terminal]:
            continue
        around = reached(graph, used, terminal, backwards=True)
        covered |= around
        added += rows.add_cut(entering_arcs(graph, np.flatnonzero(around), useless))
    return added


def violated_rows(
    graph: Graph, root: int, x: FloatArray, useless: BoolArray, rows: Rows, *, stop: Callable[[], bool]
) -> int:
    """Add cuts and flow balances that a fractional solution violates; the number added, 0 if there are none.

    Parameters
    ----------
    graph
        The graph.
    root
        Where arcs come from.
    x
        Value of each arc, float64[2m].
    useless
        Arcs to leave out of cuts.
    rows
        Where to add.
    stop
        Asked between flows; true ends the search.
    """
    added = disconnected_cuts(graph, root, x > 1e-6, useless, rows)
    added += balance_rows(graph, root, useless, rows, x=x)
    full = reached(graph, x >= 1 - TOLERANCE, root)
    number = np.where(full, 0, np.cumsum(~full))  # what the root reaches by whole arcs is one node with it
    support = np.flatnonzero(~useless & ~full[graph.arc_head])
    flow = max_flow.SimpleMaxFlow()
    tails, heads = number[graph.arc_tail[support]], number[graph.arc_head[support]]
    capacity = np.rint(np.maximum(x[support], 0.0) * UNIT_FLOW).astype(np.int64) + CREEP
    handles = flow.add_arcs_with_capacity(tails, heads, capacity)
    count = int(number.max(initial=0)) + 1
    is_small = graph.node_count <= FEW_NODES
    covered = np.zeros(count, np.bool_)
    for terminal in number[graph.terminals[~full[graph.terminals]]].tolist():
        if stop():
            break
        if is_small and covered[terminal]:
            continue
        for _ in range(NESTED_CUTS):  # nested cuts: saturate what was found, look for the next around it
            flow.solve(0, terminal)
            if flow.optimal_flow() >= UNIT_FLOW * (1 - TOLERANCE):
                break
            near = np.zeros(count, np.bool_)
            near[flow.get_sink_side_min_cut()] = True
            far = np.ones(count, np.bool_)
            far[flow.get_source_side_min_cut()] = False
            covered |= near
            for side in (near, far):
                side[terminal] = True  # validity must not hang on what the flow solver says
                side[0] = False
                added += rows.add_cut(entering_arcs(graph, np.flatnonzero(side[number]), useless))
            crossing = near[heads] & ~near[tails]
            flow.set_arcs_capacity(handles[crossing], np.full(int(crossing.sum()), UNIT_FLOW))
    return added
