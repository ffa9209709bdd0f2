"""Random small road networks, drawn over six junctions."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from hypothesis import strategies as st
from support.builders import backbone, corridor, park, project

if TYPE_CHECKING:
    from fiberplan.project.corridors import Corridor
    from fiberplan.project.model import Project

JUNCTIONS = [(0, 0), (1000, 0), (2000, 0), (0, 1000), (1000, 1000), (2000, 1000)]


@dataclass(frozen=True)
class Sketch:
    """Roads between junctions with a cost each, the junctions of parks and those of backbone nodes."""

    roads: tuple[tuple[int, int, int], ...]
    parks: tuple[int, ...]
    nodes: tuple[int, ...]
    tier: int = 2

    def project(self) -> Project:
        return project(
            [park(f"p{n}", *JUNCTIONS[place], tier=self.tier) for n, place in enumerate(self.parks)],
            [backbone(f"b{n}", *JUNCTIONS[place]) for n, place in enumerate(self.nodes)],
            [self.road(n, *road) for n, road in enumerate(self.roads)],
            routing={"entry_separation_m": 5000.0},  # one entry a park, so that there are no other edges
        )

    @staticmethod
    def road(number: int, tail: int, head: int, cost: int) -> Corridor:
        (x, y), (u, v) = JUNCTIONS[tail], JUNCTIONS[head]
        # each bends its own way, so that roads do not lie on each other's junctions
        bend = ((x + u) / 2 + 7 * number + 31, (y + v) / 2 + 90 + 13 * number)
        return corridor(
            f"r{number}", (x, y), bend, (u, v), build_cost=cost, from_node=f"j{tail}", to_node=f"j{head}"
        )


@st.composite
def sketches(draw: st.DrawFn, *, tier: int = 2, most_roads: int = 8) -> Sketch:
    """Draw up to ten edges: a random tree over the junctions, so that all are reached, and a few roads more."""
    count = draw(st.integers(2, 6))
    cost = st.integers(0, draw(st.sampled_from([2, 10_000])))
    roads = [(draw(st.integers(0, n - 1)), n, draw(cost)) for n in range(1, count)]
    junction = st.integers(0, count - 1)
    more = draw(st.lists(st.tuples(junction, junction, cost), max_size=most_roads - len(roads)))
    roads += [road for road in more if road[0] != road[1]]
    parks = draw(st.lists(junction, min_size=1, max_size=4, unique=True))
    nodes = draw(st.lists(junction, min_size=1, max_size=3, unique=True))
    return Sketch(tuple(roads), tuple(parks), tuple(nodes), tier)
