"""Count what a stretch of corridor crosses: railways, watercourses, motorways.

A crossing inside a stretch belongs to it. One that lies on a junction (a level crossing is a node of the road and of
the railway) belongs to all stretches that meet there but the longest, so that whoever passes pays once.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING, Any, Final

import numpy as np
import shapely
from numpy.typing import NDArray

if TYPE_CHECKING:
    from collections.abc import Iterable


_ON_JUNCTION_M: Final = 0.05
_SAME_CROSSING_M: Final = 50.0
"""Two tracks, two carriageways or a stream in two arms this near to each other are one crossing."""


@dataclass(frozen=True, slots=True)
class Stretches:
    """Corridors on the plane: lines in metres, and the junctions at their ends."""

    lines: NDArray[Any]
    ends: Sequence[tuple[int, int]]

    @property
    def lengths(self) -> NDArray[np.float64]:
        """Lengths in metres of the plane, to compare only."""
        return np.asarray(shapely.length(self.lines), dtype=np.float64)


def count_crossings(
    stretches: Stretches, obstacles: NDArray[Any], *, apply_to: NDArray[np.bool_]
) -> NDArray[np.int64]:
    """Count the crossings of one kind on each stretch.

    Parameters
    ----------
    stretches
        The corridors.
    obstacles
        Lines in metres.
    apply_to
        Which stretches cross such a thing at all (a railway does not cross itself).

    Returns
    -------
    numpy.ndarray
        Shape (number of stretches,).
    """
    counts = np.zeros(len(stretches.lines), dtype=np.int64)
    if len(obstacles) == 0 or len(stretches.lines) == 0:
        return counts
    which, other = shapely.STRtree(obstacles).query(stretches.lines, predicate="intersects")
    keep = apply_to[which]
    which, other = which[keep], other[keep]
    points, part_of = _points(shapely.intersection(stretches.lines[which], obstacles[other]))
    owner = which[part_of]
    at = shapely.line_locate_point(stretches.lines[owner], points)
    for index, places in _belongings(stretches, owner, at, apply_to).items():
        counts[index] = _clusters(places)
    return counts


def _points(shapes: NDArray[Any]) -> tuple[NDArray[Any], NDArray[np.int64]]:
    """Break intersections into points; a shared stretch counts by its middle."""
    parts, part_of = shapely.get_parts(shapes, return_index=True)
    is_line = shapely.get_dimensions(parts) == 1
    parts[is_line] = shapely.line_interpolate_point(parts[is_line], 0.5, normalized=True)
    return parts, part_of


def _belongings(
    stretches: Stretches, owner: NDArray[np.int64], at: NDArray[np.float64], apply_to: NDArray[np.bool_]
) -> dict[int, list[float]]:
    """Give each crossing to the stretches it belongs to: places along them, in metres."""
    lengths = stretches.lengths
    places: defaultdict[int, list[float]] = defaultdict(list)
    junctions: set[int] = set()
    for index, place in zip(owner.tolist(), at.tolist(), strict=True):
        if place < _ON_JUNCTION_M:
            junctions.add(stretches.ends[index][0])
        elif place > lengths[index] - _ON_JUNCTION_M:
            junctions.add(stretches.ends[index][1])
        else:
            places[index].append(place)
    for index, junction in _all_but_longest(stretches, junctions, lengths, apply_to):
        places[index].append(0.0 if stretches.ends[index][0] == junction else float(lengths[index]))
    return places


def _all_but_longest(
    stretches: Stretches, junctions: set[int], lengths: NDArray[np.float64], apply_to: NDArray[np.bool_]
) -> Iterable[tuple[int, int]]:
    meeting: defaultdict[int, list[int]] = defaultdict(list)
    for index, ends in enumerate(stretches.ends):
        if apply_to[index]:
            for end in ends:
                if end in junctions:
                    meeting[end].append(index)
    for junction in sorted(meeting):
        longest = max(meeting[junction], key=lambda index: (lengths[index], -index))
        for index in meeting[junction]:
            if index != longest:
                yield index, junction


def _clusters(places: list[float]) -> int:
    ordered = sorted(places)
    return 1 + sum(b - a > _SAME_CROSSING_M for a, b in pairwise(ordered))
