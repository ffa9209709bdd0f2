"""What a candidate graph is: arrays inside, a networkx view beside them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from fiberplan.crs import Geometry
from fiberplan.errors import Fault
from fiberplan.project.model import Project

if TYPE_CHECKING:
    import networkx as nx


class EdgeRole(StrEnum):
    """What an edge of the graph stands for."""

    CORRIDOR = "corridor"
    SPUR = "spur"


@dataclass(frozen=True, slots=True)
class UnreachablePark:
    """A park that no cable can reach along the corridors.

    Attributes
    ----------
    nearest_corridor_id, distance_m
        The corridor nearest to it of all, and how far that is.
    reason
        One sentence for people.
    """

    park_id: str
    nearest_corridor_id: str | None
    distance_m: float | None
    reason: str


@dataclass(frozen=True, slots=True, eq=False)
class CandidateGraph:
    """Every way that a cable can go, as an undirected multigraph.

    Attributes
    ----------
    project
        What it was built from.
    node_labels
        ``park:<id>``, ``backbone:<id>`` or ``n<number>``, one a node.
    node_lonlat
        Shape (n, 2), WGS 84.
    tail, head
        Shape (m,), ends of the edges as node numbers; the geometry runs from tail to head.
    length_mm
        Shape (m,), trench length in millimetres.
    cost
        Shape (m,), what the router minimises, in minor units, present value.
    corridor
        Shape (m,), index into ``project.corridors``, -1 for a spur.
    corridor_share
        Share of its corridor that an edge is, by length; the shares of a corridor sum to 1.
    edge_ids
        ``<corridor id>/<number>`` or ``spur/<site id>/<number>``.
    second_entries
        Numbers of the edges that are second entries of tier-1 parks, there for second routes only.
    geometry
        One LineString an edge.
    park_nodes, backbone_nodes
        Node numbers of the sites that the graph reaches.
    unreachable
        Parks that it does not reach.
    notes
        What the planner should know of how the corridors were joined.
    """

    project: Project
    node_labels: tuple[str, ...]
    node_lonlat: NDArray[np.float64]
    tail: NDArray[np.int32]
    head: NDArray[np.int32]
    length_mm: NDArray[np.int64]
    cost: NDArray[np.int64]
    corridor: NDArray[np.int32]
    corridor_share: tuple[Decimal, ...]
    edge_ids: tuple[str, ...]
    second_entries: NDArray[np.int32]
    geometry: tuple[Geometry, ...]
    park_nodes: Mapping[str, int]
    backbone_nodes: Mapping[str, int]
    unreachable: tuple[UnreachablePark, ...]
    notes: tuple[Fault, ...]

    @property
    def node_count(self) -> int:
        """Number of nodes."""
        return len(self.node_labels)

    @property
    def edge_count(self) -> int:
        """Number of edges."""
        return len(self.edge_ids)

    @property
    def is_second_entry(self) -> NDArray[np.bool_]:
        """Shape (m,), whether an edge is there for second routes only: the first ones leave it out."""
        mask = np.zeros(self.edge_count, dtype=bool)
        mask[self.second_entries] = True
        return mask

    def role(self, edge: int) -> EdgeRole:
        """Tell a corridor edge from a spur."""
        return EdgeRole.SPUR if self.corridor[edge] < 0 else EdgeRole.CORRIDOR

    def to_networkx(self) -> nx.MultiGraph[str]:
        """View as a networkx multigraph.

        Nodes are the labels with ``lon`` and ``lat``; an edge's key is its id, and its attributes are
        ``length_m``, ``cost`` (minor units), ``corridor_id`` and ``role``.
        """
        import networkx as nx  # noqa: PLC0415 - heavy, and few ask for it

        view: nx.MultiGraph[str] = nx.MultiGraph()
        for label, (lon, lat) in zip(self.node_labels, self.node_lonlat.tolist(), strict=True):
            view.add_node(label, lon=lon, lat=lat)
        corridors = self.project.corridors
        for edge, key in enumerate(self.edge_ids):
            index = int(self.corridor[edge])
            view.add_edge(
                self.node_labels[self.tail[edge]],
                self.node_labels[self.head[edge]],
                key=key,
                length_m=int(self.length_mm[edge]) / 1000,
                cost=int(self.cost[edge]),
                corridor_id=corridors[index].id if index >= 0 else None,
                role=self.role(edge).value,
            )
        return view
