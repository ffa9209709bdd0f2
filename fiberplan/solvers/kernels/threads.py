"""Work divided among threads: kernels hold no lock, so that two of them use two cores.

What each thread does depends on nothing that another does, so answers are the same however they take turns.
"""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, TypeVar

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

T = TypeVar("T")
R = TypeVar("R")

THREADS = 2


def share(work: Callable[[T], R], parts: Sequence[T]) -> list[R]:
    """Work on all parts, several at a time.

    Parameters
    ----------
    work
        What to do with a part.
    parts
        The parts.

    Returns
    -------
    list
        Their results, in their order.
    """
    if len(parts) == 1:
        return [work(parts[0])]
    with ThreadPoolExecutor(THREADS) as pool:
        return list(pool.map(work, parts))
