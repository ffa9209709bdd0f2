"""Arithmetic on all coalitions at once: arrays of ``2**n`` exact integers.

Coalition ``m`` has player ``i`` where bit ``i`` of ``m`` is set. Arrays are ``int64`` while that is certainly wide
enough and hold Python integers beyond, so no sum ever wraps around.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import numpy as np
import numpy.typing as npt

if TYPE_CHECKING:
    from collections.abc import Sequence


Array = npt.NDArray[Any]

WIDEST: Final = 2**62
"""Above this an integer is kept as a Python integer; one bit is left for a sum of two."""

LIMB_BITS: Final = 31


def exact_dtype(bound: int) -> type:
    """Choose what holds integers of absolute value up to a bound."""
    return np.int64 if bound < WIDEST else object


def largest(values: Array) -> int:
    """Find the largest absolute value."""
    return max(abs(int(values.max())), abs(int(values.min())))


def widened(values: Array, factor: int) -> Array:
    """Widen the type for results up to a factor larger.

    Parameters
    ----------
    values
        Whole numbers, of any shape.
    factor
        The largest by which they will be multiplied.
    """
    return values.astype(exact_dtype(largest(values) * factor), copy=False)


def times(values: Array, factor: int) -> Array:
    """Multiply without wrapping around.

    Parameters
    ----------
    values
        Whole numbers, of any shape.
    factor
        What they are multiplied by.
    """
    return widened(values, abs(factor) + 1) * factor


def subset_sums(weights: Sequence[int]) -> Array:
    """Sum the weights over every coalition.

    Examples
    --------
    >>> subset_sums([1, 10]).tolist()
    [0, 1, 10, 11]
    """
    sums: Array = np.zeros(1, dtype=exact_dtype(sum(abs(weight) for weight in weights)))
    for weight in weights:
        sums = np.concatenate([sums, sums + weight])
    return sums


def coalition_sizes(count: int) -> Array:
    """Count the players of every coalition of ``count`` players."""
    return subset_sums([1] * count)


def dividends(values: Array, count: int) -> Array:
    """Work out Harsanyi's dividends: ``d(T)`` with ``c(S)`` the sum of ``d(T)`` over all ``T`` within ``S``.

    The Moebius transform of the costs (Harsanyi 1959, *A bargaining model for the cooperative n-person game*).

    Parameters
    ----------
    values
        Shape (2**count,), the cost of each coalition, by bits.
    count
        Players.

    Examples
    --------
    >>> dividends(np.array([0, 8, 11, 13]), 2).tolist()
    [0, 8, 11, -6]
    """
    result = widened(values, 2**count).copy()
    for player in range(count):
        pairs = result.reshape(-1, 2, 2**player)
        pairs[:, 1] -= pairs[:, 0]
    return result


def limbs(values: Array) -> list[Array]:
    """Cut numbers that are not negative into pieces of 31 bits, lowest first: sums of four billion of them fit.

    Examples
    --------
    >>> [piece.tolist() for piece in limbs(np.array([5, 2**31 + 1]))]
    [[5, 1], [0, 1]]
    """
    width = max(int(values.max()).bit_length(), 1)
    mask = (1 << LIMB_BITS) - 1
    return [(values >> shift & mask).astype(np.int64) for shift in range(0, width, LIMB_BITS)]


def bits(mask: int) -> list[int]:
    """List the players of a coalition."""
    return [player for player in range(mask.bit_length()) if mask >> player & 1]
