"""Solver kernels: arrays in, arrays out; they know no parks.

`fiberplan.solvers.steiner.solve.solve_steiner_tree` is the way in; `arborescence`, `node_costs`, `super_root` and `forest` have those of its
relatives.
"""
