"""Solvers of Steiner problems on arrays; parks and operators are unknown here.

`solve_steiner_tree` is the entry point; `solve_arborescence`, `solve_node_weighted_tree`, `solve_from_roots` and
`solve_steiner_forest` solve related problems.

Names in `__all__` are public; the modules behind them are internal.
"""

from __future__ import annotations

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)
