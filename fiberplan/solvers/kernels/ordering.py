"""Nodes in an order that keeps neighbours near each other in memory, where searches in large graphs spend most of their time.

Source: Cuthill and McKee (1969), Reducing the bandwidth of sparse symmetric matrices, by SciPy.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from scipy.sparse import csr_array
from scipy.sparse.csgraph import reverse_cuthill_mckee

from fiberplan.solvers.problem.steiner import Graph, IntArray, NodeArray, build_graph

if TYPE_CHECKING:
    from fiberplan.solvers.problem.steiner import SteinerInstance


@dataclass(frozen=True, eq=False)
class Ordering:
    """A problem with nodes and edges numbered anew.

    Attributes
    ----------
    graph
        The problem.
    nodes
        Number that each of the nodes has now, int32[n].
    edges
        Number that each of the edges of the graph had before, int64[m].
    """

    graph: Graph
    nodes: NodeArray
    edges: IntArray

    def restore(self, edges: IntArray) -> IntArray:
        """Translate edges of the graph back.

        Parameters
        ----------
        edges
            Edges of the graph.
        """
        return self.edges[edges]


def in_order(instance: SteinerInstance, *, from_nodes: int) -> Ordering:
    """Renumber nodes and edges if there are many.

    Parameters
    ----------
    instance
        The problem.
    from_nodes
        With fewer nodes they keep their numbers.
    """
    count, tail, head = instance.node_count, instance.tail, instance.head
    number, edges = np.arange(count, dtype=np.int32), np.arange(instance.edge_count)
    if count >= from_nodes:
        ends = np.concatenate((tail, head)), np.concatenate((head, tail))
        links = csr_array((np.ones(ends[0].size, np.int8), ends), shape=(count, count))
        number[reverse_cuthill_mckee(links, symmetric_mode=True)] = np.arange(count, dtype=np.int32)
        tail, head = number[tail], number[head]
        edges = np.lexsort((np.maximum(tail, head), np.minimum(tail, head)))
    graph = build_graph(
        count, tail[edges], head[edges], instance.cost[edges], np.sort(number[instance.terminals])
    )
    return Ordering(graph, number, edges)
