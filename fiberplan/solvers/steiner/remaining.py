"""What is left to decide: the graph under its layers of reductions, and how trees and bounds come back from there."""

from __future__ import annotations

import logging
import math
from typing import TYPE_CHECKING, Protocol

import numpy as np

from fiberplan.solvers.kernels.connectivity import connects
from fiberplan.solvers.reductions.elimination import eliminate
from fiberplan.solvers.reductions.fixing import Certificate, useless_arcs, useless_edges
from fiberplan.solvers.reductions.simple import reduce_graph
from fiberplan.solvers.run.options import SearchOptions, Stage
from fiberplan.solvers.trees.local_search import improve_tree

if TYPE_CHECKING:
    from collections.abc import Iterable

    from fiberplan.solvers.dual.ascent import DualAscent
    from fiberplan.solvers.problem.steiner import BoolArray, Graph, IntArray, SteinerInstance
    from fiberplan.solvers.reductions.node_tests import Findings
    from fiberplan.solvers.steiner.record import Record

log = logging.getLogger(__name__)


class Layer(Protocol):
    """What numbers edges anew."""

    def restore(self, edges: IntArray, /) -> IntArray:
        """Translate edges back."""


class Remaining:
    """The graph that is left to decide, under the reductions that led to it.

    Only trees cheaper than the incumbent are sought, and reductions may remove all others from the graph; a bound on the
    graph's trees is therefore one on all trees up to the incumbent's cost.

    Parameters
    ----------
    instance
        The problem, its terminals connected.
    graph
        The same as a graph.
    record
        Where trees and bounds go.
    seed
        Of the random choices.
    nested
        Whether this is a recombination, which does not recombine itself.
    layers
        How edges of the graph become edges of the instance.
    options
        What tunes the search; defaults if left out.
    """

    def __init__(  # noqa: PLR0913 - the state of a search
        self,
        instance: SteinerInstance,
        graph: Graph,
        record: Record,
        seed: int,
        *,
        nested: bool = False,
        layers: Iterable[Layer] = (),
        options: SearchOptions | None = None,
    ) -> None:
        self._instance = instance
        self._graph = graph
        self._record = record
        self._seed = seed
        self._nested = nested
        self._random = np.random.default_rng(seed)
        self._options = options or SearchOptions()
        self._layers: list[Layer] = list(layers)
        self._offset = 0
        self._effort = 0

    @property
    def _target(self) -> int:
        """Trees of interest cost less than this, without what is fixed."""
        assert self._record.incumbent is not None
        return self._record.incumbent - self._offset

    def _offer(self, edges: IntArray, stage: str) -> IntArray:
        """Improve a tree of the graph, translate it back, record it, and return the improved tree."""
        if edges.size and not self._nested and not self._record.tick():
            edges = improve_tree(self._graph, edges, stop=self._record.tick)
        self._record.offer(self._restored(edges), stage)
        return edges

    def _restored(self, edges: IntArray) -> IntArray:
        """Translate edges of the graph back, and add what is fixed."""
        for layer in reversed(self._layers):
            edges = layer.restore(edges)
        return np.unique(edges)

    def _raise_bound(self, bound: int, stage: str) -> None:
        """Record a bound on the trees of the graph."""
        self._record.raise_bound(bound + self._offset, stage)

    def _certificate(self, ascent: DualAscent) -> Certificate:
        """Turn a dual ascent into what the tests need of it."""
        assert ascent.bound is not None
        return Certificate(ascent.root, ascent.slack, self._target - 1 - ascent.bound)

    def _useless_arcs(self, ascent: DualAscent) -> BoolArray:
        """Find the arcs that a dual ascent shows to be in no tree of interest."""
        assert ascent.bound is not None
        return useless_arcs(self._graph, ascent.root, ascent.slack, self._target - 1 - ascent.bound)

    def _try_harder(self) -> bool:
        """Let the extended tests look further from now on, if they may."""
        efforts, following = self._options.efforts, self._effort + 1
        if Stage.HARDER_TESTS in self._options.skip or following >= len(efforts) - self._nested:
            return False
        if self._graph.edge_count > efforts[following][2]:
            return False
        self._effort += 1
        return True

    def _eliminate(self, bounds: list[Certificate], worthwhile: float = 1.0) -> bool:
        """Go on without what bounds and extended tests show to be useless, if enough goes; whether it does."""
        graph = self._graph
        useless = np.zeros(graph.edge_count, np.bool_)
        for certificate in bounds:
            useless |= useless_edges(
                useless_arcs(graph, certificate.root, certificate.slack, certificate.budget)
            )
        depth, effort, _ = self._options.efforts[self._effort]
        findings = eliminate(
            graph,
            sorted(bounds, key=lambda certificate: certificate.budget)[: self._options.bounds_in_tests],
            dead=useless,
            depth=depth,
            effort=effort,
            stop=lambda: self._record.is_out_of_time,
        )
        return self._reduce("extended tests", findings=findings, worthwhile=worthwhile)

    def _reduce(
        self,
        stage: str,
        *,
        keep: BoolArray | None = None,
        findings: Findings | None = None,
        worthwhile: float = math.inf,
    ) -> bool:
        """Go on with a smaller graph, if it is small enough; if it no longer connects the terminals, the incumbent is best."""
        graph = self._graph
        alive = np.ones(graph.edge_count, np.bool_) if keep is None else keep
        if findings is not None:
            alive = alive & ~findings.dead
        if not connects(graph, alive):
            self._raise_bound(self._target, stage)
            return True
        layer = reduce_graph(graph, keep=alive, findings=findings)
        if layer.graph.edge_count > worthwhile * graph.edge_count:
            return False
        size: float = math.inf
        while True:
            if not connects(layer.graph):  # nodes were replaced by ways through them, and none was left
                self._raise_bound(self._target, stage)
                return True
            self._layers.append(layer)
            self._offset += layer.offset
            if layer.graph.edge_count >= self._options.repeat_share * size:
                break
            size = layer.graph.edge_count
            layer = reduce_graph(layer.graph)
        self._graph = layer.graph
        log.debug("%s: %d nodes, %d edges left", stage, layer.graph.node_count, layer.graph.edge_count)
        if self._graph.terminals.size <= 1:
            self._offer(np.empty(0, np.int64), stage)
        self._raise_bound(0, stage)
        return True
