"""From the numbers of a graph's nodes and edges to a `Routing`, which names corridors, parks and backbone nodes."""

from __future__ import annotations

from typing import TYPE_CHECKING

from fiberplan.routes.result import Route, RouteSegment, Routing

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from fiberplan.graph import CandidateGraph
    from fiberplan.routes.protection import Protection, Way
    from fiberplan.solvers.run.report import SolveReport


def translate_solution(
    graph: CandidateGraph,
    tree: Sequence[int],
    ways: Mapping[str, Way],
    pairs: Mapping[str, Protection],
    report: SolveReport,
) -> Routing:
    """Translate the node and edge numbers of a solution into the ids of a project.

    Parameters
    ----------
    graph
        The graph that they are numbers of.
    tree
        Edges of the tree.
    ways
        First way of every park, by park id.
    pairs
        Both ways of every tier-1 park, by park id.
    report
        Of the tree.
    """
    in_tree = set(tree)
    built = sorted(
        in_tree.union(edge for pair in pairs.values() for edge in (*pair.first[0], *pair.second[0]))
    )
    segments = tuple(_segment(graph, edge, is_protection=edge not in in_tree) for edge in built)
    ends = {label for segment in segments for label in (segment.tail, segment.head)}
    ends |= {graph.node_labels[node] for node in graph.backbone_nodes.values()}
    backbone_at = {node: site for site, node in reversed(list(graph.backbone_nodes.items()))}

    def route(park: str, way: Way, pair: Protection | None = None) -> Route:
        edges, end = way
        return Route(
            park_id=park,
            backbone_id=backbone_at[end],
            segment_ids=tuple(graph.edge_ids[edge] for edge in edges),
            nodes=_nodes_on(graph, graph.park_nodes[park], edges),
            length_mm=int(graph.length_mm[list(edges)].sum()),
            is_second=pair is not None,
            shared_segment_ids=tuple(graph.edge_ids[edge] for edge in pair.shared) if pair else (),
            shares_backbone=pair is not None and end == pair.first[1],
            avoidable_segment_ids=tuple(graph.edge_ids[edge] for edge in pair.avoidable) if pair else (),
        )

    return Routing(
        segments=segments,
        routes=tuple(route(park, way) for park, way in ways.items()),
        second_routes=tuple(route(park, pair.second, pair) for park, pair in pairs.items()),
        node_lonlat={
            label: (float(lon), float(lat))
            for label, (lon, lat) in zip(graph.node_labels, graph.node_lonlat.tolist(), strict=True)
            if label in ends
        },
        unreachable=graph.unreachable,
        report=report,
    )


def _nodes_on(graph: CandidateGraph, start: int, edges: Sequence[int]) -> tuple[str, ...]:
    nodes = [start]
    for edge in edges:
        tail, head = int(graph.tail[edge]), int(graph.head[edge])
        nodes.append(head if tail == nodes[-1] else tail)
    return tuple(graph.node_labels[node] for node in nodes)


def _segment(graph: CandidateGraph, edge: int, *, is_protection: bool) -> RouteSegment:
    corridor = int(graph.corridor[edge])
    return RouteSegment(
        id=graph.edge_ids[edge],
        role=graph.role(edge),
        corridor_id=graph.project.corridors[corridor].id if corridor >= 0 else None,
        corridor_share=graph.corridor_share[edge],
        tail=graph.node_labels[graph.tail[edge]],
        head=graph.node_labels[graph.head[edge]],
        length_mm=int(graph.length_mm[edge]),
        cost=int(graph.cost[edge]),
        geometry=graph.geometry[edge],
        is_protection=is_protection,
    )
