"""The instance with directions: reach all terminals from roots, over edges that cost something else each way, and over nodes that cost."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from fiberplan.errors import SolverInputError
from fiberplan.solvers.problem.steiner import (
    FORBIDDEN,
    IntArray,
    NodeArray,
    as_costs,
    as_nodes,
    check_total,
    exact_sum,
)


@dataclass(frozen=True, eq=False)
class ArborescenceInstance:
    """Reach every terminal from some root by arcs, and pay for the arcs and for the nodes that they touch, as little as possible.

    Edge ``e`` is two arcs, ``2 * e`` from its tail to its head and ``2 * e + 1`` back. The arrays are copied, converted and made
    read-only.

    Attributes
    ----------
    node_count
        Nodes are the numbers from 0 to ``node_count - 1``.
    tail, head
        End points of each edge, int32[m]. Parallel edges and self-loops are allowed.
    cost, back_cost
        Cost of each edge from tail to head, and from head to tail, int64[m], not negative; `FORBIDDEN` where it may not be used that
        way. In sum, of each edge the costlier way that is allowed, and with all node costs, at most `MAX_TOTAL_COST`.
    roots
        Where arcs may come from, int32[r], sorted, each once. A terminal that is a root is reached.
    terminals
        Nodes to reach, int32[k], sorted, each once.
    node_cost
        Cost of each node that is used, int64[n], not negative: of terminals, of ends of arcs. Nothing by default.

    Raises
    ------
    SolverInputError
        The arrays describe no such problem.
    """

    node_count: int
    tail: NodeArray
    head: NodeArray
    cost: IntArray
    back_cost: IntArray
    roots: NodeArray
    terminals: NodeArray
    node_cost: IntArray | None = None

    def __post_init__(self) -> None:
        count = self.node_count
        if count < 0 or count >= 2**31:
            raise SolverInputError(f"the number of nodes must lie between 0 and 2^31 - 1, not {count}")
        nodes = {
            "tail": as_nodes("tail", self.tail, count),
            "head": as_nodes("head", self.head, count),
            "roots": np.unique(as_nodes("roots", self.roots, count)),
            "terminals": np.unique(as_nodes("terminals", self.terminals, count)),
        }
        no_cost = np.zeros(count, np.int64)
        costs = {
            "cost": as_costs("cost", self.cost, greatest=int(FORBIDDEN)),
            "back_cost": as_costs("back_cost", self.back_cost, greatest=int(FORBIDDEN)),
            "node_cost": as_costs("node_cost", no_cost if self.node_cost is None else self.node_cost),
        }
        self._check(nodes, costs)
        for name, array in (nodes | costs).items():
            array.flags.writeable = False
            object.__setattr__(self, name, array)

    def _check(self, nodes: dict[str, NodeArray], costs: dict[str, IntArray]) -> None:
        """Check what arrays mean together."""
        sizes = [nodes["tail"].size, nodes["head"].size, costs["cost"].size, costs["back_cost"].size]
        if len(set(sizes)) > 1:
            listed = ", ".join(map(str, sizes))
            raise SolverInputError(
                f"tail, head, cost and back_cost must have one entry per edge, but have {listed}"
            )
        if costs["node_cost"].size != self.node_count:
            raise SolverInputError(
                f"node_cost must have one entry for each of {self.node_count} nodes, but has {costs['node_cost'].size}"
            )
        forth, back = (np.where(costs[name] < FORBIDDEN, costs[name], 0) for name in ("cost", "back_cost"))
        check_total(exact_sum(np.maximum(forth, back)) + exact_sum(costs["node_cost"]))

    @property
    def edge_count(self) -> int:
        """Number of edges, parallels and self-loops included."""
        return int(self.tail.size)

    @property
    def node_costs(self) -> IntArray:
        """Cost of each node, int64[n]."""
        assert self.node_cost is not None
        return self.node_cost

    @property
    def arc_cost(self) -> IntArray:
        """Cost of each arc together with the node that it enters, int64[2m], `FORBIDDEN` where it may not be used; a fresh array."""
        forth = np.where(self.cost < FORBIDDEN, self.cost + self.node_costs[self.head], FORBIDDEN)
        back = np.where(self.back_cost < FORBIDDEN, self.back_cost + self.node_costs[self.tail], FORBIDDEN)
        return np.stack((forth, back), axis=1).ravel()
