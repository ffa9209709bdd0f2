"""The growing linear programme against another solver, with rows that come later."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import sparse
from scipy.optimize import linprog

from fiberplan.solvers.cuts.growing_lp import GrowingLp


@pytest.mark.parametrize("seed", range(8))
def test_another_solver_agrees_after_every_growth(seed: int) -> None:
    rng = np.random.default_rng(seed)
    columns = 30
    costs = rng.integers(1, 20, columns).astype(float)
    lp = GrowingLp(costs)
    rows: list[np.ndarray] = []
    least: list[int] = []
    for _ in range(4):
        fresh = [np.sort(rng.permutation(columns)[: rng.integers(1, 6)]) for _ in range(5)]
        sizes = np.array([row.size for row in fresh])
        lp.add_rows(sizes, np.concatenate(fresh), np.ones(int(sizes.sum()), np.int64), np.ones(5, np.int64))
        rows += fresh
        least += [1] * 5
        x, y = lp.solve(10.0)
        index = np.concatenate([np.full(row.size, k) for k, row in enumerate(rows)])
        matrix = sparse.csr_array(
            (np.ones(index.size), (index, np.concatenate(rows))), shape=(len(rows), columns)
        )
        other = linprog(costs, A_ub=-matrix, b_ub=-np.array(least), bounds=(0, None), method="highs")
        assert x @ costs == pytest.approx(other.fun)
        assert y @ np.array(least) == pytest.approx(other.fun)
        assert (matrix @ x >= np.array(least) - 1e-6).all()
        assert (matrix.T @ y <= costs + 1e-6).all()


def test_rows_that_nothing_satisfies_give_no_answer() -> None:
    lp = GrowingLp(np.ones(2))
    lp.add_rows(np.array([1]), np.array([0]), np.array([-1]), np.array([1]))
    assert lp.solve(1.0) is None
