"""The stages of the solver, each alone: arrays, files, checks, reductions, trees, bounds."""

from __future__ import annotations

import gzip
from itertools import product
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
from hypothesis import given, settings
from support.examples import examples
from support.steiner import connected, dreyfus_wagner, graph_of, instance_of, two_stars

from fiberplan.errors import SolverInputError
from fiberplan.solvers.dual.ascent import ascend_dual
from fiberplan.solvers.kernels.connectivity import reached
from fiberplan.solvers.kernels.shortest_paths import dijkstra
from fiberplan.solvers.problem.checks import check_bound_certificate, check_tree
from fiberplan.solvers.problem.formats import (
    format_gr,
    format_stp,
    format_tree,
    parse_instance,
    read_instance,
    write_instance,
)
from fiberplan.solvers.problem.steiner import FORBIDDEN, MAX_TOTAL_COST, SteinerInstance
from fiberplan.solvers.reductions import node_tests
from fiberplan.solvers.reductions.fixing import useless_arcs, useless_edges
from fiberplan.solvers.reductions.simple import reduce_graph
from fiberplan.solvers.steiner.solve import solve_steiner_tree
from fiberplan.solvers.trees.growing import grow_tree, mehlhorn_tree

if TYPE_CHECKING:
    from pathlib import Path


# -- arrays ---------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        ((2, [0], [2], [1], [0]), r"head\[0\] is node 2"),
        ((2, [-1], [1], [1], [0]), r"tail\[0\] is node -1"),
        ((2, [0], [1], [-1], [0]), r"cost\[0\] is -1"),
        ((2, [0], [1], [0.5], [0]), "integers"),
        ((2, [0], [1], [1], [2]), r"terminals\[0\] is node 2"),
        ((2, [0, 1], [1], [1], [0]), "one entry per edge"),
        ((2, [[0]], [1], [1], [0]), "flat"),
        ((-1, [], [], [], []), "number of nodes"),
        ((2, [0, 0], [1, 1], [2**61, 2**61], [0]), "sum to"),
        ((2, [0], [1], [2**62], [0]), "too large"),
        ((2, [0], [1], [2**70], [0]), "64 bits"),
    ],
)
def test_arrays_that_are_no_problem_are_refused(arguments: tuple[Any, ...], words: str) -> None:
    with pytest.raises(SolverInputError, match=words):
        SteinerInstance(*arguments)


def test_the_largest_sum_is_allowed() -> None:
    instance = SteinerInstance(3, [0, 1], [1, 2], [MAX_TOTAL_COST - 1, 1], [0, 2])
    assert solve_steiner_tree(instance).report.objective == MAX_TOTAL_COST


def test_arrays_are_copied_and_frozen() -> None:
    tail = np.array([0])
    instance = SteinerInstance(2, tail, [1], [1], [1, 0, 1])
    tail[0] = 1
    assert instance.tail.tolist() == [0]
    assert instance.terminals.tolist() == [0, 1]
    with pytest.raises(ValueError, match="read-only"):
        instance.cost[0] = 3


# -- files ----------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", ["a.gr", "a.stp", "a.gr.gz", "a.stp.gz"])
@pytest.mark.parametrize("instance", [two_stars(), instance_of(3, [], []), instance_of(1, [(0, 0, 4)], [0])])
def test_files_return_what_was_written(tmp_path: Path, name: str, instance: SteinerInstance) -> None:
    write_instance(instance, tmp_path / name)
    again = read_instance(tmp_path / name)
    assert again.node_count == instance.node_count
    for one, two in (
        (instance.tail, again.tail),
        (instance.head, again.head),
        (instance.cost, again.cost),
        (instance.terminals, again.terminals),
    ):
        assert one.tolist() == two.tolist()
    assert [path.name for path in tmp_path.iterdir()] == [name]


def test_comments_and_coordinates_are_skipped() -> None:
    text = format_stp(two_stars(), name='a "name"')
    text = text.replace("EOF", "SECTION Coordinates\nDD 1 10 20\nDD 2 x y\nEND\n\nEOF\nrubbish")
    assert parse_instance(text.splitlines()).edge_count == 9


@pytest.mark.parametrize(
    ("old", "new", "words"),
    [
        ("E 1 5 2", "E 1 5", "line 4"),
        ("E 1 5 2", "E 1 5 2.5", "line 4"),
        ("E 1 5 2", "E 1 7 2", "node 6"),
        ("E 1 5 2", "Q 1 5 2", "line 4"),
        ("E 1 5 2", "E 1 5 99999999999999999999", "64 bits"),
        ("Edges 9", "Edges 8", "8 edges are announced, but 9"),
        ("Nodes 6\n", "", "Nodes"),
        ("T 1\n", "", "4 terminals are announced, but 3"),
    ],
)
def test_faults_of_files_are_named(tmp_path: Path, old: str, new: str, words: str) -> None:
    path = tmp_path / "bad.gr"
    path.write_text(format_gr(two_stars()).replace(old, new, 1), encoding="utf-8")
    with pytest.raises(SolverInputError, match=words) as caught:
        read_instance(path)
    assert "bad.gr" in str(caught.value)


def test_a_broken_gzip_and_a_strange_ending_are_named(tmp_path: Path) -> None:
    for name, raw in (("plain.gr.gz", b"SECTION"), ("cut.gr.gz", gzip.compress(b"SECTION Graph" * 50)[:-9])):
        (tmp_path / name).write_bytes(raw)
        with pytest.raises(SolverInputError, match=name):
            read_instance(tmp_path / name)
    with pytest.raises(SolverInputError, match="ending"):
        write_instance(two_stars(), tmp_path / "a.txt")


def test_tree_in_the_output_form_of_pace() -> None:
    assert format_tree(two_stars(), np.array([0, 1])) == "VALUE 4\n1 5\n2 5\n"


# -- checks ---------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("edges", "words"),
    [
        ([0, 1, 2, 3, 4, 5], "cycle"),
        ([0, 1, 2, 3], "fall apart"),
        ([0, 1, 2, 4], "terminal 3"),
        ([0, 0], "twice"),
        ([9], "does not exist"),
        ([], "terminal 0"),
    ],
)
def test_what_is_no_tree_is_refused(edges: list[int], words: str) -> None:
    with pytest.raises(SolverInputError, match=words):
        check_tree(two_stars(), edges)


def test_a_tree_is_priced() -> None:
    assert check_tree(two_stars(), [0, 1, 2, 3, 4]) == 11


@pytest.mark.parametrize(
    ("root", "cuts", "values", "words"),
    [
        (4, [], [], "not a terminal"),
        (0, [[1]], [], "1 cuts, but 0"),
        (0, [[1]], [-1], "non-negative"),
        (0, [[0, 1]], [1], "separate"),
        (0, [[4]], [1], "separate"),
        (0, [[1]], [3], "spend 3 on edge 1"),
    ],
)
def test_certificates_that_prove_nothing_are_refused(
    root: int, cuts: list[list[int]], values: list[int], words: str
) -> None:
    with pytest.raises(SolverInputError, match=words):
        check_bound_certificate(two_stars(), root, cuts, values)


# -- reductions -----------------------------------------------------------------------------------------------------------

EACH = [
    node_tests.LOOPS_AND_PARALLELS,
    node_tests.DEGREE_ONE,
    node_tests.DEGREE_TWO,
    node_tests.SHORT_TERMINAL_EDGES,
    node_tests.LONG_EDGES,
    node_tests.DEGREE_THREE,
    node_tests.NEEDED_EDGES,
    node_tests.ALL_TESTS,
]


@pytest.mark.parametrize("tests", EACH)
@settings(max_examples=examples(60), deadline=None)
@given(connected())
def test_each_reduction_keeps_the_optimum_and_finds_the_way_back(
    tests: int, instance: SteinerInstance
) -> None:
    optimum = dreyfus_wagner(instance)
    reduction = reduce_graph(graph_of(instance), tests=tests)
    small = reduction.graph
    rest = SteinerInstance(small.node_count, small.tail, small.head, small.cost, small.terminals)
    inner = 0 if rest.terminals.size <= 1 else dreyfus_wagner(rest)
    assert inner + reduction.offset == optimum
    edges = reduction.restore(solve_steiner_tree(rest).edges)
    part = np.zeros(instance.edge_count, np.bool_)
    part[edges] = True
    assert instance.cost[edges].sum() <= optimum
    usable = np.repeat(part, 2)
    assert reached(graph_of(instance), usable, int(instance.terminals[0]))[instance.terminals].all()


def test_leaf_and_line_vanish() -> None:
    line = instance_of(5, [(0, 1, 1), (1, 2, 2), (2, 3, 3), (2, 4, 9)], [0, 3])
    reduction = reduce_graph(graph_of(line), tests=node_tests.DEGREE_ONE | node_tests.DEGREE_TWO)
    assert reduction.graph.terminals.size == 1
    assert reduction.offset == 6
    assert sorted(reduction.restore(np.empty(0, np.int64)).tolist()) == [0, 1, 2]


def test_long_edge_goes_where_one_may_rest_at_a_terminal() -> None:
    triangle = instance_of(3, [(0, 1, 3), (1, 2, 3), (0, 2, 4)], [0, 1, 2])
    assert reduce_graph(graph_of(triangle), tests=node_tests.LONG_EDGES).origin.tolist() == [0, 1]


# -- distances and trees --------------------------------------------------------------------------------------------------


def test_search_gives_distances_and_regions() -> None:
    graph = graph_of(two_stars())
    here = (graph.start, graph.arcs, graph.neighbour, graph.arc_cost)
    distance, _, base = dijkstra(*here, 0, np.array([0, 2], np.int32), MAX_TOTAL_COST)
    assert distance.tolist() == [0, 4, 0, 4, 2, 2]
    assert base.tolist() == [0, 0, 2, 2, 0, 2]
    near = dijkstra(*here, 1, np.array([0], np.int32), 3)[0]
    assert near.tolist() == [0, FORBIDDEN, FORBIDDEN, FORBIDDEN, 2, FORBIDDEN]


@settings(max_examples=examples(60), deadline=None)
@given(connected())
def test_heuristics_make_trees_no_better_than_the_optimum(instance: SteinerInstance) -> None:
    graph, optimum = graph_of(instance), dreyfus_wagner(instance)
    for edges in (
        mehlhorn_tree(graph),
        *(grow_tree(graph, graph.arc_cost, start) for start in range(graph.node_count)),
    ):
        assert optimum <= check_tree(instance, edges) <= 2 * optimum


# -- bounds ---------------------------------------------------------------------------------------------------------------


@settings(max_examples=examples(60), deadline=None)
@given(connected())
def test_dual_ascent_proves_its_bound(instance: SteinerInstance) -> None:
    graph, optimum = graph_of(instance), dreyfus_wagner(instance)
    for root, guide in product(instance.terminals.tolist(), (None, mehlhorn_tree(graph))):
        ascent = ascend_dual(graph, root, guide=guide, record=True)
        cuts = [cut.tolist() for cut in ascent.cuts()]
        assert check_bound_certificate(instance, root, cuts, ascent.values.tolist()) == ascent.bound
        assert ascent.bound <= optimum
        assert (ascent.slack >= 0).all()
        assert reached(graph, ascent.slack == 0, root)[graph.terminals].all()


def test_dual_ascent_notices_that_arcs_do_not_suffice() -> None:
    graph = graph_of(two_stars())
    arc_cost = graph.arc_cost
    arc_cost[graph.arc_head == 3] = FORBIDDEN
    assert ascend_dual(graph, 0, arc_cost=arc_cost).bound is None


@settings(max_examples=examples(60), deadline=None)
@given(connected())
def test_fixing_keeps_all_better_trees(instance: SteinerInstance) -> None:
    graph, optimum = graph_of(instance), dreyfus_wagner(instance)
    root = int(graph.terminals[0])
    ascent = ascend_dual(graph, root)
    useless = useless_arcs(graph, root, ascent.slack, optimum - ascent.bound)
    keep = np.flatnonzero(~useless_edges(useless))
    left = SteinerInstance(
        graph.node_count, graph.tail[keep], graph.head[keep], graph.cost[keep], graph.terminals
    )
    assert dreyfus_wagner(left) == optimum
    assert useless_arcs(graph, root, ascent.slack, -1).all()
