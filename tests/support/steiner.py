"""Steiner tree instances for tests, and their optima by plain methods."""

from __future__ import annotations

import math
from itertools import combinations, takewhile
from typing import TYPE_CHECKING

import networkx as nx
import numpy as np
from hypothesis import strategies as st

from fiberplan.solvers.problem.steiner import SteinerInstance, build_graph

if TYPE_CHECKING:
    from fiberplan.solvers.problem.steiner import Graph


def graph_of(instance: SteinerInstance) -> Graph:
    return build_graph(instance.node_count, instance.tail, instance.head, instance.cost, instance.terminals)


def instance_of(node_count: int, edges: list[tuple[int, int, int]], terminals: list[int]) -> SteinerInstance:
    table = np.array(edges, np.int64).reshape(-1, 3)
    return SteinerInstance(node_count, table[:, 0], table[:, 1], table[:, 2], np.array(terminals, np.int64))


@st.composite
def connected(draw: st.DrawFn) -> SteinerInstance:
    """Connected multigraphs, dense enough for the tests of reductions to bite."""
    node_count = draw(st.integers(2, 12))
    cost = st.integers(0, draw(st.sampled_from([2, 9, 1000])))
    edges = [(draw(st.integers(0, node - 1)), node, draw(cost)) for node in range(1, node_count)]
    node = st.integers(0, node_count - 1)
    edges += draw(st.lists(st.tuples(node, node, cost), max_size=2 * node_count))
    return instance_of(node_count, edges, draw(st.lists(node, min_size=2, max_size=6, unique=True)))


def dreyfus_wagner(instance: SteinerInstance) -> int:
    """Optimum by dynamic programming over sets of terminals (Dreyfus and Wagner 1971), distances by Floyd and Warshall."""
    count = instance.node_count
    way = [[0 if i == j else math.inf for j in range(count)] for i in range(count)]
    for tail, head, cost in zip(
        instance.tail.tolist(), instance.head.tolist(), instance.cost.tolist(), strict=True
    ):
        way[tail][head] = way[head][tail] = min(way[tail][head], cost)
    for k in range(count):
        for i in range(count):
            for j in range(count):
                way[i][j] = min(way[i][j], way[i][k] + way[k][j])
    *first, last = instance.terminals.tolist()
    best = {1 << bit: [way[node][v] for v in range(count)] for bit, node in enumerate(first)}
    for some in range(1, 1 << len(first)):
        if some in best:
            continue
        merged = [math.inf] * count
        part = (some - 1) & some
        while part:
            merged = [min(m, a + b) for m, a, b in zip(merged, best[part], best[some ^ part], strict=True)]
            part = (part - 1) & some
        best[some] = [min(merged[u] + way[u][v] for u in range(count)) for v in range(count)]
    return best[(1 << len(first)) - 1][last]


def best_trees(instance: SteinerInstance) -> list[list[int]]:
    """All best trees of a graph without parallels, less free ends, by going through sets of nodes and their spanning trees."""
    terminals = set(instance.terminals.tolist())
    ends = zip(instance.tail.tolist(), instance.head.tolist(), instance.cost.tolist(), strict=True)
    graph: nx.Graph[int] = nx.Graph()
    graph.add_edges_from((tail, head, {"cost": cost, "edge": k}) for k, (tail, head, cost) in enumerate(ends))
    others = sorted(set(graph) - terminals)
    trees = [
        tree
        for size in range(len(others) + 1)
        for chosen in combinations(others, size)
        if nx.is_connected(part := graph.subgraph(terminals | set(chosen)))
        for tree in spanning_trees(part)
        if all(tree.degree[node] > 1 for node in set(tree) - terminals)
    ]
    best = min(tree.size(weight="cost") for tree in trees)
    return [
        sorted(edge for _, _, edge in tree.edges(data="edge"))
        for tree in trees
        if tree.size(weight="cost") == best
    ]


def spanning_trees(part: nx.Graph[int]) -> list[nx.Graph[int]]:
    """All spanning trees of least cost."""
    cost = nx.minimum_spanning_tree(part, weight="cost").size(weight="cost")
    cheapest = takewhile(
        lambda tree: tree.size(weight="cost") == cost, nx.SpanningTreeIterator(part, weight="cost")
    )
    return list(cheapest)


@st.composite
def simple(draw: st.DrawFn) -> SteinerInstance:
    """Small connected graphs without loops and parallels, for going through all best trees."""
    instance = draw(connected().filter(lambda one: one.node_count <= 8))
    pairs = {
        (min(tail, head), max(tail, head)): cost
        for tail, head, cost in zip(
            instance.tail.tolist(), instance.head.tolist(), instance.cost.tolist(), strict=True
        )
        if tail != head
    }
    edges = [(*ends, cost + 1) for ends, cost in sorted(pairs.items())]
    return instance_of(instance.node_count, edges, instance.terminals.tolist())


def two_stars() -> SteinerInstance:
    """Terminals 0, 1 and 2, 3 around the nodes 4 and 5, which are joined; costly edges along the sides."""
    edges = [
        (0, 4, 2),
        (1, 4, 2),
        (2, 5, 2),
        (3, 5, 2),
        (4, 5, 3),
        (0, 1, 9),
        (1, 2, 9),
        (2, 3, 9),
        (3, 0, 9),
    ]
    return instance_of(6, edges, [0, 1, 2, 3])


def street_grid(seed: int, rows: int, columns: int, terminal_count: int) -> SteinerInstance:
    """Streets of similar lengths, some missing: like the instances that matter, but small."""
    rng = np.random.default_rng(seed)
    number = np.arange(rows * columns).reshape(rows, columns)
    across = np.stack((number[:, :-1].ravel(), number[:, 1:].ravel()), axis=1)
    down = np.stack((number[:-1].ravel(), number[1:].ravel()), axis=1)
    ends = np.concatenate((across, down))
    ends = ends[rng.random(len(ends)) < 0.95]
    cost = rng.integers(50, 150, len(ends))
    terminals = rng.permutation(rows * columns)[:terminal_count]
    return SteinerInstance(rows * columns, ends[:, 0], ends[:, 1], cost, terminals)


def hypercube(dimension: int, costs: list[int]) -> SteinerInstance:
    """SteinLib's hardest kind: terminals are the even corners."""
    nodes = range(2**dimension)
    ends = [(node, node | 1 << bit) for node in nodes for bit in range(dimension) if not node >> bit & 1]
    return instance_of(
        2**dimension,
        [(*pair, costs[k % len(costs)]) for k, pair in enumerate(ends)],
        [node for node in nodes if node.bit_count() % 2 == 0],
    )
