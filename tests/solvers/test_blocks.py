"""Blocks: solved one by one they cost what the whole costs."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from hypothesis import given, settings
from support.examples import examples
from support.steiner import connected, dreyfus_wagner, graph_of, instance_of

from fiberplan.solvers.kernels.blocks import split_blocks
from fiberplan.solvers.kernels.connectivity import connects
from fiberplan.solvers.reductions.node_tests import LOOPS_AND_PARALLELS
from fiberplan.solvers.reductions.simple import reduce_graph
from fiberplan.solvers.steiner.solve import solve_steiner_tree

if TYPE_CHECKING:
    from fiberplan.solvers.problem.steiner import SteinerInstance


@settings(max_examples=examples(200), deadline=None)
@given(connected())
def test_blocks_cost_what_the_whole_costs(instance: SteinerInstance) -> None:
    graph = reduce_graph(graph_of(instance), tests=LOOPS_AND_PARALLELS).graph
    blocks = split_blocks(graph)
    assert sum(dreyfus_wagner(block.instance) for block in blocks) == dreyfus_wagner(instance)
    trees = [block.edges[solve_steiner_tree(block.instance).edges] for block in blocks]
    used = np.zeros(graph.edge_count, np.bool_)
    used[np.concatenate(trees)] = True
    assert connects(graph, used)


def test_two_triangles_and_a_tail() -> None:
    # 0-1-2 and 2-3-4 are triangles that share node 2, and 5 hangs at 1 for nothing.
    edges = [(0, 1, 1), (1, 2, 1), (2, 0, 3), (2, 3, 1), (3, 4, 1), (4, 2, 3), (1, 5, 1)]
    blocks = split_blocks(graph_of(instance_of(6, edges, [0, 4])))
    assert sorted(sorted(block.edges.tolist()) for block in blocks) == [[0, 1, 2], [3, 4, 5]]
    assert [block.instance.terminals.size for block in blocks] == [2, 2]
