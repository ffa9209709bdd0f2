"""The Steiner tree solver.

For users: `solve_steiner_tree`, `solve_from_roots` and `solve_steiner_forest`, all from `fiberplan.solvers`. The rest is internal.
"""
