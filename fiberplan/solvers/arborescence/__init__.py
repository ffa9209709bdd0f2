"""Trees of arcs from roots, where costs have directions, and problems that become one.

For users: `solve_arborescence` and `solve_node_weighted_tree`, both from `fiberplan.solvers`. The rest is internal.
"""
