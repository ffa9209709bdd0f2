"""Numba's compiler behind typed decorators, which all kernels use."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ParamSpec, TypeVar, cast

import numpy as np
import numpy.typing as npt
from numba import njit

if TYPE_CHECKING:
    from collections.abc import Callable

P = ParamSpec("P")
R = TypeVar("R")
A = TypeVar("A", bound=npt.NDArray[Any])


def kernel(function: Callable[P, R]) -> Callable[P, R]:
    """Compile a function of arrays and scalars at its first call and keep the machine code on disk.

    Parameters
    ----------
    function
        Python in the subset numba understands.

    Notes
    -----
    numba renews its cache when the file of the kernel changes, not when a kernel in another file that it calls
    does; after a change to `shortest_paths`, remove the ``__pycache__`` folders below ``fiberplan/solvers``.
    """
    return cast("Callable[P, R]", njit(cache=True, nogil=True)(function))


def inlined(function: Callable[P, R]) -> Callable[P, R]:
    """Compile a small kernel into the kernels that call it, for those called a million times with many arrays.

    Parameters
    ----------
    function
        As in `kernel`.
    """
    return cast("Callable[P, R]", njit(cache=True, nogil=True, forceinline=True)(function))


def part(function: Callable[P, R]) -> Callable[P, R]:
    """Compile a kernel as if its statements stood in the one kernel that calls it: it costs no compilation of its own.

    Parameters
    ----------
    function
        As in `kernel`, called in one place.
    """
    return cast("Callable[P, R]", njit(cache=True, nogil=True, inline="always")(function))


@kernel
def stretched(array: A, needed: int) -> A:
    """Copy a flat array into a longer one if it is too short, twice as long at least; what is new is not set.

    Parameters
    ----------
    array
        The array.
    needed
        Entries needed.
    """
    if needed <= array.size:
        return array
    longer = np.empty(max(needed, 2 * array.size), array.dtype)
    longer[: array.size] = array
    return longer  # type: ignore[return-value]
