"""Cuts of a dual ascent, grouped by the terminals inside: what they demand of trees that serve only some terminals.

Source: Wong (1984), A dual ascent approach for Steiner tree problems on a directed graph.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from fiberplan.solvers.kernels.jit import kernel

if TYPE_CHECKING:
    from fiberplan.solvers.problem.steiner import IntArray

# ruff: noqa: PLR0913, PLR0917, C901

MOST_GROUPS = 96
"""Cuts are distinguished by the terminals inside, as long as there are not more kinds; the others are left out."""


class Guide(NamedTuple):
    """Cuts of a dual ascent, grouped by the terminals inside.

    Attributes
    ----------
    bound
        Sum of their values, less those of cuts in no group.
    masks, totals
        Of each group: the set of terminals and the sum of values, int64[g].
    within
        Sum of the values of those cuts of each group that a node lies in, int64[n, g].
    """

    bound: int
    masks: IntArray
    totals: IntArray
    within: IntArray


@kernel
def group_cuts(
    count: int, nodes: IntArray, spans: IntArray, values: IntArray, bit: IntArray, most: int
) -> tuple[int, IntArray, IntArray, IntArray]:
    """Group cuts by the terminals inside.

    Parameters
    ----------
    count
        Number of nodes.
    nodes, spans, values
        The cuts, as in `DualAscent`.
    bit
        The bit of each terminal, 0 for other nodes, int64[n].
    most
        Groups, at most.

    Returns
    -------
    tuple
        Sum of the values of the cuts that are in no group, then ``masks``, ``totals`` and ``within`` as in `Guide`.
    """
    masks = np.zeros(most, np.int64)
    totals = np.zeros(most, np.int64)
    within = np.zeros((count, most), np.int64)
    group = np.empty(values.size, np.int64)
    groups, ignored = 0, 0
    first = 0
    while first < values.size:  # cuts that grew from one another share their first nodes
        begin = spans[first, 0]
        last = first
        mask, at = 0, begin
        while last < values.size and spans[last, 0] == begin:
            while at < spans[last, 1]:
                mask |= bit[nodes[at]]
                at += 1
            g = 0
            while g < groups and masks[g] != mask:
                g += 1
            if g == groups and groups < most:
                masks[g] = mask
                groups += 1
            if g < groups:
                totals[g] += values[last]
            else:
                ignored += values[last]
            group[last] = g
            last += 1
        rest = np.int64(0)
        for cut in range(last - 1, first - 1, -1):
            if cut == last - 1 or group[cut] != group[cut + 1]:
                rest = np.int64(0)
            rest += values[cut]
            ends_run = cut == first or group[cut] != group[cut - 1]
            low = begin if ends_run else spans[cut - 1, 1]
            if group[cut] < groups:
                for at in range(low, spans[cut, 1]):
                    within[nodes[at], group[cut]] += rest
        first = last
    return ignored, masks[:groups], totals[:groups], within[:, :groups].copy()
