"""Checks of trees and bounds in plain Python, which share no code with the solvers."""

from __future__ import annotations

import itertools
from typing import TYPE_CHECKING

from fiberplan.errors import SolverInputError

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from fiberplan.solvers.problem.arborescence import ArborescenceInstance
    from fiberplan.solvers.problem.steiner import SteinerInstance


def check_tree(instance: SteinerInstance, edges: Iterable[int]) -> int:
    """Check that edges form a tree over all terminals, and return what it costs.

    No edges are a tree if there is at most one terminal.

    Parameters
    ----------
    instance
        The problem.
    edges
        Indices of edges of the instance.

    Returns
    -------
    int
        The sum of the costs.

    Raises
    ------
    SolverInputError
        An index is out of range or repeated, the edges close a cycle, fall apart, or miss a terminal.
    """
    chosen = [int(edge) for edge in edges]
    if len(set(chosen)) != len(chosen):
        raise SolverInputError("an edge is listed twice")
    parent: dict[int, int] = {}
    objective = 0
    for edge in chosen:
        if not 0 <= edge < len(instance.tail):
            raise SolverInputError(f"edge {edge} does not exist")
        ends = _find(parent, int(instance.tail[edge])), _find(parent, int(instance.head[edge]))
        if ends[0] == ends[1]:
            raise SolverInputError(f"edge {edge} closes a cycle")
        parent[ends[0]] = ends[1]
        objective += int(instance.cost[edge])
    terminals = [int(node) for node in instance.terminals]
    missed = [node for node in terminals if node not in parent]
    if missed and (chosen or len(terminals) > 1):
        raise SolverInputError(f"terminal {missed[0]} is not in the tree")
    if len({_find(parent, node) for node in list(parent)}) > 1:
        raise SolverInputError("the edges fall apart into several trees")
    return objective


def _find(parent: dict[int, int], node: int) -> int:
    """Find what stands for the component of a node."""
    parent.setdefault(node, node)
    while parent[node] != node:
        parent[node] = parent[parent[node]]
        node = parent[node]
    return node


def check_arborescence(instance: ArborescenceInstance, arcs: Iterable[int]) -> int:
    """Check that arcs lead from roots to all terminals, as a tree at each root that is used, and return what they cost.

    Parameters
    ----------
    instance
        The problem.
    arcs
        Arcs of the instance: ``2 * e`` is edge ``e`` from its tail to its head, ``2 * e + 1`` the way back.

    Returns
    -------
    int
        The sum of the costs of arcs and of nodes that are terminals or ends of arcs.

    Raises
    ------
    SolverInputError
        An arc does not exist or is forbidden, a node is entered twice, or a node that is used does not hang from a root.
    """
    roots = {int(node) for node in instance.roots}
    before: dict[int, int] = {}
    used = {int(node) for node in instance.terminals}
    objective = 0
    for arc in map(int, arcs):
        edge, turned = divmod(arc, 2)
        if not 0 <= edge < len(instance.tail):
            raise SolverInputError(f"arc {arc} does not exist")
        ends = int(instance.tail[edge]), int(instance.head[edge])
        tail, head = reversed(ends) if turned else ends
        price = int((instance.back_cost if turned else instance.cost)[edge])
        if price >= 2**62:
            raise SolverInputError(f"edge {edge} may not be used from node {tail} to node {head}")
        if head in before:
            raise SolverInputError(f"node {head} is entered twice")
        before[head] = tail
        used |= {tail, head}
        objective += price
    for node in sorted(used):
        place, steps = node, 0
        while place in before and steps <= len(before):
            place, steps = before[place], steps + 1
        if place in before or place not in roots:
            raise SolverInputError(f"node {node} does not hang from a root")
    return objective + sum(int(instance.node_costs[node]) for node in used)


def check_bound_certificate(
    instance: SteinerInstance, root: int, cuts: Sequence[Iterable[int]], values: Sequence[int]
) -> int:
    """Check a lower bound by the cuts and integer dual values that prove it, and return it.

    A cut is a set of nodes with a terminal inside and the root outside: whatever connects the terminals enters it by
    at least one arc. If, for each arc, the values of the cuts that it enters sum to no more than the arc costs, then
    the sum of all values is a lower bound on the cost of every tree (weak duality of the directed cut formulation,
    Wong 1984).

    Parameters
    ----------
    instance
        The problem.
    root
        A terminal.
    cuts
        Sets of nodes.
    values
        One non-negative integer a cut.

    Returns
    -------
    int
        The bound proven.

    Raises
    ------
    SolverInputError
        The certificate proves nothing; the message says why.
    """
    terminals = {int(node) for node in instance.terminals}
    if root not in terminals:
        raise SolverInputError(f"the root {root} is not a terminal")
    if len(cuts) != len(values):
        raise SolverInputError(f"{len(cuts)} cuts, but {len(values)} values")
    touching = _touching(instance)
    spent = [0] * (2 * len(instance.tail))
    total = 0
    for number, (cut, value) in enumerate(zip(cuts, values, strict=True)):
        inside = {int(node) for node in cut}
        if value < 0 or int(value) != value:
            raise SolverInputError(f"cut {number} has the value {value}, which is no non-negative integer")
        if root in inside or not inside & terminals:
            raise SolverInputError(f"cut {number} does not separate a terminal from the root")
        for neighbour, arc in itertools.chain.from_iterable(touching[node] for node in inside):
            if neighbour not in inside:
                spent[arc] += int(value)
        total += int(value)
    for arc, amount in enumerate(spent):
        if amount > int(instance.cost[arc // 2]):
            raise SolverInputError(f"the cuts spend {amount} on edge {arc // 2}, which costs less")
    return total


def _touching(instance: SteinerInstance) -> list[list[tuple[int, int]]]:
    """List, for each node, where arcs that enter it come from, and their numbers."""
    touching: list[list[tuple[int, int]]] = [[] for _ in range(instance.node_count)]
    for edge in range(len(instance.tail)):
        tail, head = int(instance.tail[edge]), int(instance.head[edge])
        touching[tail].append((head, 2 * edge + 1))
        touching[head].append((tail, 2 * edge))
    return touching
