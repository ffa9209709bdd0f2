"""Rows of a linear programme over arcs, each of them valid for a best tree, in a set that grows."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from itertools import compress
from typing import TYPE_CHECKING, Self

import numpy as np
from scipy import sparse

from fiberplan.solvers.problem.steiner import IntArray

if TYPE_CHECKING:
    from collections.abc import Iterator

    from fiberplan.solvers.problem.steiner import BoolArray


def _nothing() -> IntArray:
    return np.empty(0, np.int64)


@dataclass(eq=False)
class Rows:
    """Rows ``sum(coefficient * x[arc]) >= least``, all different.

    Attributes
    ----------
    sizes, least
        Of each row: its number of arcs, and the right-hand side, int64[k].
    arcs, coefficients
        Row after row, in each by rising arc, int64.
    """

    sizes: IntArray = field(default_factory=_nothing)
    arcs: IntArray = field(default_factory=_nothing)
    coefficients: IntArray = field(default_factory=_nothing)
    least: IntArray = field(default_factory=_nothing)
    _names: dict[bytes, None] = field(default_factory=dict)

    def __len__(self) -> int:
        return int(self.sizes.size)

    def __iter__(self) -> Iterator[tuple[IntArray, IntArray, int]]:
        """Go through arcs, coefficients and right-hand side of each row."""
        ends = np.cumsum(self.sizes)
        for first, last, least in zip(
            (ends - self.sizes).tolist(), ends.tolist(), self.least.tolist(), strict=True
        ):
            yield self.arcs[first:last], self.coefficients[first:last], least

    def add(self, sizes: IntArray, arcs: IntArray, coefficients: IntArray, least: IntArray) -> int:
        """Add those rows that are not there yet; how many.

        Parameters
        ----------
        sizes, arcs, coefficients, least
            As the attributes, the arcs of a row in any order.
        """
        order = np.lexsort((arcs, np.repeat(np.arange(sizes.size), sizes)))
        arcs, coefficients = arcs[order].astype(np.int64), coefficients[order].astype(np.int64)
        ends = np.cumsum(sizes)
        fresh = np.zeros(sizes.size, np.bool_)
        for row, (first, last) in enumerate(zip((ends - sizes).tolist(), ends.tolist(), strict=True)):
            name = arcs[first:last].tobytes() + coefficients[first:last].tobytes() + least[row].tobytes()
            fresh[row] = name not in self._names
            self._names[name] = None
        entries = np.repeat(fresh, sizes)
        self.sizes = np.append(self.sizes, sizes[fresh])
        self.arcs = np.append(self.arcs, arcs[entries])
        self.coefficients = np.append(self.coefficients, coefficients[entries])
        self.least = np.append(self.least, least[fresh])
        return int(fresh.sum())

    def add_cuts(self, sizes: IntArray, arcs: IntArray) -> int:
        """Add rows that at least one of the arcs is used; how many were new.

        Parameters
        ----------
        sizes, arcs
            As in `add`; of each row, all the arcs that enter a set of nodes with a terminal, without the root.
        """
        return self.add(sizes, arcs, np.ones(arcs.size, np.int64), np.ones(sizes.size, np.int64))

    def after(self, count: int) -> Self:
        """Give the rows that came after the first so many.

        Parameters
        ----------
        count
            How many to leave out.
        """
        return self.select(np.arange(len(self)) >= count)

    def select(self, chosen: BoolArray) -> Self:
        """Give some of the rows; what is left out may be added again.

        Parameters
        ----------
        chosen
            Which, bool[k].
        """
        entries = np.repeat(chosen, self.sizes)
        return replace(
            self,
            sizes=self.sizes[chosen],
            arcs=self.arcs[entries],
            coefficients=self.coefficients[entries],
            least=self.least[chosen],
            _names=dict.fromkeys(compress(self._names, chosen.tolist())),
        )

    def matrix(self, arc_count: int) -> sparse.csr_array:
        """Give the coefficients as a matrix, int64[k, 2m].

        Parameters
        ----------
        arc_count
            Number of columns.
        """
        pointers = np.concatenate(([0], np.cumsum(self.sizes)))
        return sparse.csr_array((self.coefficients, self.arcs, pointers), shape=(len(self), arc_count))
