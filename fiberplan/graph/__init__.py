"""Corridors and sites become one candidate graph with a price on every edge."""

from fiberplan.graph.building import build_graph
from fiberplan.graph.candidate import CandidateGraph, EdgeRole, UnreachablePark

__all__ = ["CandidateGraph", "EdgeRole", "UnreachablePark", "build_graph"]
