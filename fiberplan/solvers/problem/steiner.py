"""The instance: a Steiner tree problem as arrays, validated, and the graph that the kernels walk."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TypeAlias

import numpy as np
import numpy.typing as npt

from fiberplan.errors import SolverInputError

NodeArray: TypeAlias = npt.NDArray[np.int32]
IntArray: TypeAlias = npt.NDArray[np.int64]
BoolArray: TypeAlias = npt.NDArray[np.bool_]
FloatArray: TypeAlias = npt.NDArray[np.float64]

MAX_TOTAL_COST = 2**62 - 1
"""Greatest sum of all costs: twice as much still fits into a signed 64-bit integer, so no sum of two paths overflows."""

FORBIDDEN = np.int64(2**62)
"""Cost of an arc that may not be used; no path costs as much."""


@dataclass(frozen=True, eq=False)
class SteinerInstance:
    """Connect all terminals by edges of least total cost.

    The arrays are copied, converted and made read-only.

    Attributes
    ----------
    node_count
        Nodes are the numbers from 0 to ``node_count - 1``.
    tail, head
        End points of each edge, int32[m]. Edges are undirected; parallel edges and self-loops are allowed.
    cost
        Cost of each edge, int64[m], not negative, in sum at most `MAX_TOTAL_COST`.
    terminals
        Nodes to connect, int32[k], sorted, each once.

    Raises
    ------
    SolverInputError
        The arrays describe no such problem.
    """

    node_count: int
    tail: NodeArray
    head: NodeArray
    cost: IntArray
    terminals: NodeArray

    def __post_init__(self) -> None:
        if self.node_count < 0 or self.node_count >= 2**31:
            raise SolverInputError(
                f"the number of nodes must lie between 0 and 2^31 - 1, not {self.node_count}"
            )
        tail = as_nodes("tail", self.tail, self.node_count)
        head = as_nodes("head", self.head, self.node_count)
        cost = as_costs("cost", self.cost)
        check_total(exact_sum(cost))
        if not tail.size == head.size == cost.size:
            raise SolverInputError(
                f"tail, head and cost must have one entry per edge, but have {tail.size}, {head.size} and {cost.size}"
            )
        terminals = np.unique(as_nodes("terminals", self.terminals, self.node_count))
        for name, array in (("tail", tail), ("head", head), ("cost", cost), ("terminals", terminals)):
            array.flags.writeable = False
            object.__setattr__(self, name, array)

    @property
    def edge_count(self) -> int:
        """Number of edges, parallels and self-loops included."""
        return int(self.tail.size)


def _as_integers(name: str, values: npt.ArrayLike) -> npt.NDArray[np.integer]:
    array = np.asarray(values)
    if array.ndim != 1:
        raise SolverInputError(f"{name} must be a flat array, but has {array.ndim} dimensions")
    if array.size == 0:
        return np.empty(0, np.int64)
    if array.dtype.kind not in "iu":
        raise SolverInputError(f"{name} must be integers that fit into 64 bits, but is of type {array.dtype}")
    return array


def as_nodes(name: str, values: npt.ArrayLike, node_count: int) -> NodeArray:
    """Take an array of nodes from outside.

    Parameters
    ----------
    name
        What messages call it.
    values
        The array.
    node_count
        Nodes are less than this.

    Raises
    ------
    SolverInputError
        It is no flat array of such integers.
    """
    array = _as_integers(name, values)
    wrong = np.flatnonzero((array < 0) | (array >= node_count))
    if wrong.size:
        at = int(wrong[0])
        raise SolverInputError(
            f"{name}[{at}] is node {int(array[at])}, but nodes run from 0 to {node_count - 1}"
        )
    return array.astype(np.int32)


def as_costs(name: str, values: npt.ArrayLike, *, greatest: int = MAX_TOTAL_COST) -> IntArray:
    """Take an array of costs from outside.

    Parameters
    ----------
    name
        What messages call it.
    values
        The array.
    greatest
        No cost may be greater.

    Raises
    ------
    SolverInputError
        It is no flat array of such integers, or one is negative.
    """
    array = _as_integers(name, values)
    wrong = np.flatnonzero(array < 0)
    if wrong.size:
        at = int(wrong[0])
        raise SolverInputError(f"{name}[{at}] is {int(array[at])}, but costs must not be negative")
    if array.size and int(array.max()) > greatest:
        raise SolverInputError(
            f"a cost of {int(array.max())} is too large: all costs may sum to {MAX_TOTAL_COST} at most"
        )
    return array.astype(np.int64)


def check_total(total: int) -> None:
    """Check that sums of costs fit into 64 bits in every case.

    Parameters
    ----------
    total
        The sum of all costs.

    Raises
    ------
    SolverInputError
        It is more than `MAX_TOTAL_COST`.
    """
    if total > MAX_TOTAL_COST:
        raise SolverInputError(
            f"the costs sum to {total}: {MAX_TOTAL_COST} is the most that can be handled exactly"
        )


def exact_sum(values: IntArray) -> int:
    """Sum non-negative integers without overflow.

    Parameters
    ----------
    values
        Fewer than 2^31 integers, none negative.

    Examples
    --------
    >>> exact_sum(np.array([2**62, 2**62, 2**62])) == 3 * 2**62
    True
    """
    return (int((values >> 32).sum()) << 32) + int((values & 0xFFFFFFFF).sum())


@dataclass(frozen=True, eq=False)
class Graph:
    """What the kernels walk: a graph in compressed rows of arcs.

    Edge ``e`` is two arcs: ``2 * e`` from its tail to its head and ``2 * e + 1`` back, so ``a ^ 1`` turns an arc
    around and ``a >> 1`` is its edge.

    Attributes
    ----------
    tail, head, cost
        The edges: int32[m], int32[m], int64[m].
    terminals
        Sorted int32[k].
    is_terminal
        bool[n].
    start
        int64[n + 1]: the arcs that leave node ``v`` are at ``start[v]`` to ``start[v + 1] - 1`` of the next two.
    arcs, neighbour
        int32[2m] each: the arc and the node it leads to.
    """

    tail: NodeArray
    head: NodeArray
    cost: IntArray
    terminals: NodeArray
    is_terminal: BoolArray
    start: IntArray
    arcs: NodeArray
    neighbour: NodeArray

    @property
    def node_count(self) -> int:
        """Number of nodes."""
        return int(self.is_terminal.size)

    @property
    def edge_count(self) -> int:
        """Number of edges."""
        return int(self.tail.size)

    @property
    def arc_tail(self) -> NodeArray:
        """Node that each arc leaves, int32[2m]."""
        return np.stack((self.tail, self.head), axis=1).ravel()

    @property
    def arc_head(self) -> NodeArray:
        """Node that each arc enters, int32[2m]."""
        return np.stack((self.head, self.tail), axis=1).ravel()

    @property
    def arc_cost(self) -> IntArray:
        """Cost of each arc, int64[2m]; a fresh array."""
        return np.repeat(self.cost, 2)


def build_graph(
    node_count: int, tail: NodeArray, head: NodeArray, cost: IntArray, terminals: NodeArray
) -> Graph:
    """Sort the arcs of a graph by the node they leave.

    Parameters
    ----------
    node_count
        Number of nodes.
    tail, head, cost
        The edges.
    terminals
        Nodes to connect, sorted, each once.
    """
    # Copies, because numba compiles every kernel a second time for read-only arrays such as an instance's.
    tail, head, cost, terminals = tail.copy(), head.copy(), cost.copy(), terminals.copy()
    is_terminal = np.zeros(node_count, np.bool_)
    is_terminal[terminals] = True
    leaves = np.stack((tail, head), axis=1).ravel()
    enters = np.stack((head, tail), axis=1).ravel()
    arcs = np.argsort(leaves, kind="stable").astype(np.int32)
    start = np.zeros(node_count + 1, np.int64)
    np.cumsum(np.bincount(leaves, minlength=node_count), out=start[1:])
    return Graph(tail, head, cost, terminals, is_terminal, start, arcs, enters[arcs])
