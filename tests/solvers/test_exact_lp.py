"""Exact linear algebra: sparse systems and their null spaces."""

from __future__ import annotations

from fractions import Fraction

from hypothesis import given, settings
from hypothesis import strategies as st
from support.examples import examples

from fiberplan.solvers.exact_lp import null_space, solve_square


@st.composite
def sparse_squares(draw: st.DrawFn) -> list[list[int]]:
    size = draw(st.integers(1, 7))
    entry = st.sampled_from([0, 0, 0, 0, 1, -1, 2, 3])
    return draw(st.lists(st.lists(entry, min_size=size, max_size=size), min_size=size, max_size=size))


@settings(max_examples=examples(300))
@given(sparse_squares())
def test_sparse_systems_are_solved_exactly(rows: list[list[int]]) -> None:
    right = [Fraction(i + 1, 3) for i in range(len(rows))]
    result = solve_square(rows, right)
    assert (result is None) == bool(null_space(rows, len(rows)))
    if result is not None:
        assert [sum(a * v for a, v in zip(row, result, strict=True)) for row in rows] == right


def test_a_chain_of_equations_is_solved_exactly() -> None:
    rows = [[int(j in {i, i - 1}) for j in range(40)] for i in range(40)]
    result = solve_square(rows, [Fraction(1)] * 40)
    assert result == [Fraction(1 - i % 2) for i in range(40)]
