"""Trees that may begin at any of several roots, such as backbone nodes: all roots are joined to one super-root at no cost.

The reduction is folklore; see Hwang, Richards and Winter (1992), The Steiner Tree Problem.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from fiberplan.solvers.problem.steiner import SteinerInstance, as_nodes
from fiberplan.solvers.steiner.solve import SteinerSolution, solve_steiner_tree

if TYPE_CHECKING:
    from collections.abc import Callable

    import numpy.typing as npt

    from fiberplan.solvers.run.options import SearchOptions
    from fiberplan.solvers.run.report import LogEntry


def solve_from_roots(  # noqa: PLR0913 - the problem, limits and options by name
    instance: SteinerInstance,
    roots: npt.ArrayLike,
    *,
    time_limit_s: float = 60.0,
    seed: int = 0,
    progress: Callable[[LogEntry], None] | None = None,
    options: SearchOptions | None = None,
) -> SteinerSolution:
    """Connect every terminal to some root at least cost.

    Parameters
    ----------
    instance
        The problem. A terminal that is a root is connected.
    roots
        Nodes, one at least if there are terminals.
    time_limit_s, seed, progress, options
        As in `solve_steiner_tree`.

    Returns
    -------
    SteinerSolution
        Its edges are a tree at each root that is used; its unreachable terminals are those that no root reaches.

    Raises
    ------
    SolverInputError
        A root is no node.

    Examples
    --------
    >>> path = SteinerInstance(5, [0, 1, 2, 3], [1, 2, 3, 4], [2, 9, 1, 1], [1, 2, 3])
    >>> solution = solve_from_roots(path, [0, 4])
    >>> solution.edges.tolist(), solution.report.objective
    ([0, 2, 3], 4)
    """
    places = np.unique(as_nodes("roots", roots, instance.node_count)).astype(np.int32)
    top = instance.node_count
    # The super-root goes first, so that unreachable means not reached from it.
    whole = SteinerInstance(
        top + 1,
        np.append(instance.tail + 1, np.zeros(places.size, np.int32)),
        np.append(instance.head + 1, places + 1),
        np.append(instance.cost, np.zeros(places.size, np.int64)),
        np.append(instance.terminals + 1, np.zeros(min(1, instance.terminals.size), np.int32)),
    )
    solution = solve_steiner_tree(
        whole, time_limit_s=time_limit_s, seed=seed, progress=progress, options=options
    )
    return SteinerSolution(
        solution.edges[solution.edges < instance.edge_count],
        solution.report,
        tuple(node - 1 for node in solution.unreachable),
    )
