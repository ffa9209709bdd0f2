"""Rows of flow balance: what enters a node goes on, and what leaves it has come in.

A best tree, its arcs pointing away from the root, enters an inner node by one arc and leaves it by one at least; what leaves it towards a
neighbour has entered it from another one. Only so do few cuts suffice to connect a fractional solution.
Sources: Koch and Martin (1998), Solving Steiner tree problems in graphs to optimality; Gamrath, Koch, Maher, Rehfeldt and Shinano (2017),
SCIP-Jack: a solver for STP and variants with parallelization extensions.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from fiberplan.solvers.cuts.rows import Rows
    from fiberplan.solvers.problem.steiner import BoolArray, Graph, IntArray


def add_flow_rows(graph: Graph, useless: BoolArray, rows: Rows) -> int:
    """Add for nodes that are no terminals: as much leaves them as enters them, and by no arc more than enters by others.

    Not every tree obeys, but every tree without useless leaves does, and so does a best one.

    Parameters
    ----------
    graph
        The graph; the root is one of its terminals.
    useless
        Arcs to leave out, bool[2m].
    rows
        Where to add.

    Returns
    -------
    int
        How many were added.
    """
    inner = ~graph.is_terminal
    useless = useless | (graph.arc_tail == graph.arc_head)
    leaving = np.flatnonzero(inner[graph.arc_tail] & ~useless)
    return _add_balance(graph, useless, rows, inner) + _add_feeding(graph, useless, rows, leaving)


def _add_balance(graph: Graph, useless: BoolArray, rows: Rows, chosen: BoolArray) -> int:
    """Add for some nodes: as much leaves as enters."""
    at = np.repeat(chosen, np.diff(graph.start))
    owner = np.repeat(np.arange(graph.node_count), np.diff(graph.start))[at]
    leaving = graph.arcs[at].astype(np.int64)
    sides = np.concatenate((leaving, leaving ^ 1))
    signs = np.repeat([1, -1], leaving.size)
    keep = ~useless[sides]
    owners = np.concatenate((owner, owner))[keep]
    entered = np.zeros(graph.node_count, np.bool_)
    entered[owners[signs[keep] < 0]] = True
    return _add(rows, owners, sides[keep], signs[keep], entered[owners])


def _add_feeding(graph: Graph, useless: BoolArray, rows: Rows, leaving: IntArray) -> int:
    """Add for some arcs: no more leaves by them than enters by others."""
    tails = graph.arc_tail[leaving]
    degree = graph.start[tails + 1] - graph.start[tails]
    begin = np.cumsum(degree) - degree
    number = np.repeat(np.arange(leaving.size), degree)
    place = np.arange(number.size) - begin[number] + graph.start[tails][number]
    entering = graph.arcs[place].astype(np.int64) ^ 1
    keep = ~useless[entering] & (entering != leaving[number] ^ 1)
    return _add(
        rows,
        np.concatenate((number[keep], np.arange(leaving.size))),
        np.concatenate((entering[keep], leaving)),
        np.concatenate((np.ones(int(keep.sum()), np.int64), np.full(leaving.size, -1))),
    )


def _add(rows: Rows, number: IntArray, arcs: IntArray, signs: IntArray, keep: BoolArray | None = None) -> int:
    """Add the rows that entries with equal numbers make up."""
    if keep is not None:
        number, arcs, signs = number[keep], arcs[keep], signs[keep]
    order = np.argsort(number, kind="stable")
    _, sizes = np.unique(number, return_counts=True)
    return rows.add(sizes, arcs[order], signs[order], np.zeros(sizes.size, np.int64))
