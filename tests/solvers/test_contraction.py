"""Edges that every best tree uses: worked by hand for each kind of cut, and against all best trees of small graphs."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from hypothesis import given, settings
from support.examples import examples
from support.steiner import best_trees, graph_of, instance_of, simple

from fiberplan.solvers.reductions.contraction import needed_edges
from fiberplan.solvers.reductions.special_distance import no_profits, special_distance_tables

if TYPE_CHECKING:
    from fiberplan.solvers.problem.steiner import SteinerInstance


def needed(instance: SteinerInstance) -> list[int]:
    graph = graph_of(instance)
    base, distance, _, _ = special_distance_tables(graph, no_profits(graph))
    return np.flatnonzero(needed_edges(graph, base, distance)).tolist()


@settings(max_examples=examples(400), deadline=None)
@given(simple())
def test_every_best_tree_uses_them(instance: SteinerInstance) -> None:
    result = set(needed(instance))
    assert all(result <= set(tree) for tree in best_trees(instance))


def test_the_way_to_the_nearest_vertex() -> None:
    # Whatever tree leaves terminal 0 by its edge of 9 is better off by the edge of 2 and the way of 5 to terminal 2.
    square = instance_of(4, [(0, 1, 2), (1, 2, 5), (0, 3, 9), (3, 2, 1)], [0, 2])
    assert 0 in needed(square)
    tie = instance_of(4, [(0, 1, 2), (1, 2, 7), (0, 3, 9), (3, 2, 0)], [0, 2])
    assert not needed(tie)  # of two that cost the same, one may be left out


def test_a_short_link_between_regions() -> None:
    # Nodes 1 and 4 belong to terminals 0 and 5; their link of 3 with 1 + 1 at its ends beats the only other one, of 8.
    edges = [(0, 1, 1), (0, 2, 4), (1, 4, 3), (2, 3, 8), (3, 5, 4), (4, 5, 1), (1, 2, 4), (3, 4, 4)]
    assert 2 in needed(instance_of(6, edges, [0, 5]))


def test_a_link_between_the_sides_of_a_spanning_tree() -> None:
    # Two squares of cheap streets with a bridge of 5 and another of 20; terminals are two steps from the bridge on both sides.
    squares = [(0, 1, 3), (1, 2, 3), (2, 3, 3), (3, 0, 3), (4, 5, 3), (5, 6, 3), (6, 7, 3), (7, 4, 3)]
    bridges = [(2, 4, 5), (3, 7, 20)]
    assert needed(instance_of(8, [*squares, *bridges], [0, 6])) == [8]
    assert needed(instance_of(8, [*squares, (2, 4, 5), (3, 7, 10)], [0, 6])) == []


def test_an_edge_to_where_no_terminal_is_has_nothing_to_replace_it_and_is_not_needed() -> None:
    assert needed(instance_of(4, [(0, 1, 3), (1, 2, 3), (0, 3, 1)], [0, 2])) == [0, 1]


def test_loops_and_other_parts_of_the_graph_do_no_harm() -> None:
    edges = [(0, 0, 0), (0, 1, 2), (1, 2, 5), (0, 3, 9), (3, 2, 1), (4, 5, 1), (5, 6, 1), (4, 6, 1)]
    result = needed(instance_of(7, edges, [0, 2]))
    assert 1 in result
    assert not {0, 5, 6, 7} & set(result)
