"""The search for cuts that a fractional solution violates.

Source: Koch and Martin (1998), Solving Steiner tree problems in graphs to optimality.
"""

from __future__ import annotations

from itertools import chain
from typing import TYPE_CHECKING

import numpy as np

from fiberplan.solvers.kernels.connectivity import reached
from fiberplan.solvers.kernels.jit import kernel, stretched
from fiberplan.solvers.kernels.local_flow import CREEP, nested_cuts
from fiberplan.solvers.kernels.threads import THREADS, share
from fiberplan.solvers.run.options import SharedOptions

if TYPE_CHECKING:
    from collections.abc import Callable

    from fiberplan.solvers.cuts.rows import Rows
    from fiberplan.solvers.problem.steiner import BoolArray, FloatArray, Graph, IntArray, NodeArray

# ruff: noqa: PLR0913, PLR0917

UNIT_FLOW = 1_000_000
"""Capacity that stands for an arc that is fully used."""
SHARED = 200
"""From so many terminals on, they are divided among threads."""
CHUNK = 200
"""Terminals between two looks at the clock."""


@kernel
def entering(
    start: IntArray,
    arcs: NodeArray,
    neighbour: NodeArray,
    nodes: IntArray,
    spans: IntArray,
    useless: BoolArray,
) -> tuple[IntArray, IntArray]:
    """Collect the arcs that enter each of some sets of nodes, save useless ones.

    Parameters
    ----------
    start, arcs, neighbour
        The graph.
    nodes, spans
        The sets: ``nodes[spans[i, 0] : spans[i, 1]]``.
    useless
        Arcs to leave out, bool[2m].

    Returns
    -------
    tuple
        How many enter each set, and which, set after set.
    """
    inside = np.full(start.size - 1, -1, np.int64)
    sizes = np.zeros(spans.shape[0], np.int64)
    collected = np.empty(1024, np.int64)
    count = 0
    for row in range(spans.shape[0]):
        for place in range(spans[row, 0], spans[row, 1]):
            inside[nodes[place]] = row
        for place in range(spans[row, 0], spans[row, 1]):
            node = nodes[place]
            for k in range(start[node], start[node + 1]):
                if inside[neighbour[k]] == row or useless[arcs[k] ^ 1]:
                    continue
                collected = stretched(collected, count + 1)
                collected[count] = arcs[k] ^ 1
                count += 1
                sizes[row] += 1
    return sizes, collected[:count]


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
    spans = np.array([[0, nodes.size]])
    return entering(graph.start, graph.arcs, graph.neighbour, nodes.astype(np.int64), spans, useless)[1]


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
    cuts = [entering_arcs(graph, np.flatnonzero(~from_root), useless)]
    covered = np.zeros(graph.node_count, np.bool_)
    for terminal in missing.tolist():
        if covered[terminal]:
            continue
        around = reached(graph, used, terminal, backwards=True)
        covered |= around
        cuts.append(entering_arcs(graph, np.flatnonzero(around), useless))
    return rows.add_cuts(np.array([cut.size for cut in cuts]), np.concatenate(cuts))


def violated_cuts(
    graph: Graph,
    root: int,
    x: FloatArray,
    useless: BoolArray,
    rows: Rows,
    *,
    tolerance: float,
    random: np.random.Generator,
    stop: Callable[[], bool],
    options: SharedOptions | None = None,
) -> int:
    """Add cuts that a fractional solution violates; the number added, 0 if there are none.

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
    tolerance
        A cut counts as violated if less than one minus this enters it.
    random
        Of the order in which terminals are looked at.
    stop
        Called between flows; true ends the search.
    options
        What tunes the search; defaults if left out.
    """
    options = options or SharedOptions()
    # What the root reaches by whole arcs is one node with it.
    source = reached(graph, x >= 1 - tolerance, root)
    capacity = np.rint(np.maximum(x, 0.0) * UNIT_FLOW).astype(np.int64) + CREEP
    capacity[useless] = 0
    terminals = random.permutation(graph.terminals[~source[graph.terminals]])

    def cuts_around(part: NodeArray) -> list[tuple[IntArray, IntArray]]:
        cuts = []
        reaching, covered = source.copy(), np.zeros(graph.node_count, np.int64)
        for first in range(0, part.size, CHUNK):
            if stop():
                break
            cuts.append(
                nested_cuts(
                    graph.start,
                    graph.arcs,
                    graph.neighbour,
                    capacity,
                    reaching,
                    part[first : first + CHUNK],
                    covered,
                    UNIT_FLOW,
                    int(UNIT_FLOW * (1 - tolerance)),
                    options.nested_cuts,
                    options.most_cuts_around,
                )
            )
        return cuts

    parts = [terminals] if terminals.size < SHARED else [terminals[k::THREADS].copy() for k in range(THREADS)]
    cuts = list(chain.from_iterable(share(cuts_around, parts)))
    if not cuts:
        return 0
    sizes = np.concatenate([np.diff(pointers) for _, pointers in cuts])
    return rows.add_cuts(sizes, np.concatenate([arcs for arcs, _ in cuts]))
