"""Trees whose nodes cost, too: a cabinet at every junction, a licence for every site.

Sources: Segev (1987), The node-weighted Steiner tree problem, for the problem; Wong (1984), A dual ascent approach for Steiner tree
problems on a directed graph, for directed cuts, by which it is solved: every node of a tree but the root is entered once, so that its
cost can be added to the arcs that enter it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from fiberplan.solvers.arborescence.solve import solve_arborescence
from fiberplan.solvers.problem.arborescence import ArborescenceInstance
from fiberplan.solvers.steiner.solve import SteinerSolution

if TYPE_CHECKING:
    from collections.abc import Callable

    import numpy.typing as npt

    from fiberplan.solvers.problem.steiner import SteinerInstance
    from fiberplan.solvers.run.options import ArborescenceOptions
    from fiberplan.solvers.run.report import LogEntry


def solve_node_weighted_tree(  # noqa: PLR0913 - the problem, limits and options by name
    instance: SteinerInstance,
    node_cost: npt.ArrayLike,
    *,
    time_limit_s: float = 60.0,
    seed: int = 0,
    progress: Callable[[LogEntry], None] | None = None,
    options: ArborescenceOptions | None = None,
) -> SteinerSolution:
    r"""Connect all terminals at least cost of edges and nodes.

    With any terminal :math:`r` as root, a tree :math:`T` costs

    .. math:: \sum_{e \in T} c_e + \sum_{v \in T} w_v = w_r + \sum_{(u, v) \in T_r} (c_{uv} + w_v)

    where :math:`T_r` is the tree with its edges turned away from the root. The right-hand side is a problem of directed costs.

    Parameters
    ----------
    instance
        The problem without node costs.
    node_cost
        Cost of every node that the tree touches, terminals too, int64[n], not negative; with all costs of edges at most
        `MAX_TOTAL_COST` in sum.
    time_limit_s, seed, progress, options
        As in `solve_arborescence`.

    Returns
    -------
    SteinerSolution
        As of `solve_steiner_tree`; the objective has both costs in it. One terminal alone costs what its node costs.

    Raises
    ------
    SolverInputError
        The node costs do not fit the problem.

    Examples
    --------
    From 0 to 2, round node 1, which is costly:

    >>> from fiberplan.solvers.problem.steiner import SteinerInstance
    >>> square = SteinerInstance(4, [0, 1, 2, 3], [1, 2, 3, 0], [3, 3, 4, 4], [0, 2])
    >>> solution = solve_node_weighted_tree(square, [1, 9, 1, 2])
    >>> solution.edges.tolist(), solution.report.objective
    ([2, 3], 12)
    """
    directed = ArborescenceInstance(
        instance.node_count,
        instance.tail,
        instance.head,
        instance.cost,
        instance.cost,
        instance.terminals[:1],
        instance.terminals,
        np.asarray(node_cost),
    )
    solution = solve_arborescence(
        directed, time_limit_s=time_limit_s, seed=seed, progress=progress, options=options
    )
    return SteinerSolution(solution.edges, solution.report, solution.unreachable)
