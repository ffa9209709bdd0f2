"""What tunes a search: options with defaults, for code and for TOML files.

Options decide how long a search takes and what it finds within a time limit, never whether a bound or an optimum is right.
"""

from __future__ import annotations

import tomllib
from dataclasses import field
from enum import StrEnum
from typing import TYPE_CHECKING, Annotated, Self

from pydantic import ConfigDict, Field, TypeAdapter, ValidationError
from pydantic.dataclasses import dataclass

from fiberplan.errors import SolverInputError

if TYPE_CHECKING:
    from pathlib import Path

Share = Annotated[float, Field(ge=0.0, le=1.0)]
"""A part of a whole, from 0 to 1."""
Count = Annotated[int, Field(ge=0)]
Positive = Annotated[int, Field(ge=1)]

_CONFIG = ConfigDict(extra="forbid", strict=False, allow_inf_nan=False)


class Stage(StrEnum):
    """Stages of a search that may be left out, to measure what each gives or to test the others."""

    FIRST_TESTS = "first-tests"
    """Extended tests before there is more than one quick bound."""
    ROUNDS = "rounds"
    """Rounds of dual ascent, trees and fixing."""
    HARDER_TESTS = "harder-tests"
    """Extended tests that look further when rounds stall."""
    RECOMBINATION = "recombination"
    """The problem on the union of the best trees."""
    BLOCKS = "blocks"
    """The graph split at its articulation points."""


@dataclass(frozen=True, kw_only=True, config=_CONFIG)
class SharedOptions:
    """What all searches have in common.

    Attributes
    ----------
    skip
        Stages to leave out; none by default. In a file: a list of their names.
    cheapest_factor
        Costs are perturbed by random factors from this to 1 (0.75), enough for other trees that are still good.
    worthwhile_share
        A round is followed by another if it leaves at most this part of the edges or arcs (0.8). Rounds that remove less cost more
        than the stages that come next.
    restart_share
        If linear programmes of cuts leave at most this part of the edges or arcs (0.8), all stages start over on the smaller graph.
    slow_share
        If a linear programme closes less than this part of the gap (0.03), the next is solved more sharply.
    first_tolerance, last_tolerance
        Relative errors of the first and of the last rough solution of a linear programme (1e-3 and 1e-6). A few hundred steps
        reach the first; below the last, floating point is not exact enough.
    least_violation
        Flow by which a cut has to be violated to be added (1e-3). It decides about effort only, never about validity.
    nested_cuts
        Cuts around one terminal, each outside the one before, at most (8).
    most_cuts_around
        No cuts are sought around terminals that lie inside so many of those found (20).
    grace_s
        Seconds that work may go on after its time limit before it is left alone (1.0): most kernels end within that.
    """

    skip: frozenset[Stage] = field(default_factory=frozenset)
    cheapest_factor: Share = 0.75
    worthwhile_share: Share = 0.8
    restart_share: Share = 0.8
    slow_share: Share = 0.03
    first_tolerance: Annotated[float, Field(gt=0.0, le=1.0)] = 1e-3
    last_tolerance: Annotated[float, Field(gt=0.0, le=1.0)] = 1e-6
    least_violation: Annotated[float, Field(gt=0.0, le=1.0)] = 1e-3
    nested_cuts: Positive = 8
    most_cuts_around: Positive = 20
    grace_s: Annotated[float, Field(ge=0.0)] = 1.0

    @classmethod
    def from_toml(cls, path: Path) -> Self:
        """Read options from a TOML file: one key an option, defaults for those left out.

        Parameters
        ----------
        path
            The file.

        Raises
        ------
        SolverInputError
            The file is no TOML, names an unknown option, or has a value that an option cannot take.
        OSError
            The file cannot be read.
        """
        try:
            table = tomllib.loads(path.read_text(encoding="utf-8"))
        except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
            raise SolverInputError(f"{path}: no TOML: {error}") from error
        try:
            return TypeAdapter(cls).validate_python(table)
        except ValidationError as error:
            raise SolverInputError(f"{path}: {_explained(error)}") from error


def _explained(error: ValidationError) -> str:
    """Put what is wrong with options into one line."""
    faults = []
    for fault in error.errors(include_url=False):
        name = ".".join(str(part) for part in fault["loc"])
        if fault["type"] == "unexpected_keyword_argument":
            faults.append(f"unknown option '{name}'")
        elif not name:
            faults.append(fault["msg"].removeprefix("Value error, "))
        else:
            faults.append(f"option '{name}': {fault['msg'].lower()}, not {fault['input']!r}")
    return "; ".join(faults)


@dataclass(frozen=True, kw_only=True, config=_CONFIG)
class SearchOptions(SharedOptions):
    """What tunes the search for a Steiner tree. The defaults were found on street networks of 3,000 to 150,000 edges.

    Attributes
    ----------
    reorder_from_nodes
        From so many nodes on they are numbered so that neighbours are near each other in memory (10,000); smaller graphs fit into
        the cache in any order.
    first_trees
        Nodes to grow trees from at first (12).
    large_from_edges
        From as many edges on, fewer trees and fewer dual ascents are made (8000), since each takes longer.
    roots_per_round
        Dual ascents in each round, each from another root (3).
    efforts
        How often the extended tests extend a small tree, how many they look at per edge or star, and on how many edges at most: the
        next triple is taken when rounds stall.
    effort_in_blocks
        With which of `efforts`, counted from 0, blocks begin (2), since the whole graph has been tested with those before.
    bounds_in_tests
        Bounds whose reduced costs the extended tests look at (2).
    repeat_share
        Simple reductions are repeated while they leave at most this part of the edges (0.98).
    pool_size
        Trees remembered from one recombination to the next, where the fresh ones join them (10).
    recombine_from_edges
        Trees are recombined on graphs of at least so many edges (3000); on smaller ones the linear programme finds what they have in
        common as quickly.
    recombination_time_share
        Part of the time left that one recombination may take (0.05).
    tight_share
        If a dual ascent is within this part of the incumbent (0.008), it is not improved, unless a large linear programme is to begin
        with its cuts.
    dual_time_share, dual_time_share_large
        Part of the time left that the search for a better dual ascent may take (0.6), and on a graph that is too large for linear
        programmes (0.95).
    dual_gains, dual_gains_large
        Parts of the gap that this search has to gain to go on, until a better tree guides it, and after that (0.06 and 0.02; on a graph
        that is too large for linear programmes 0.06 and 0.002).
    movers
        Terminals that take back what they raised in one move of this search, at most (3).
    moves_per_terminal
        Its moves for each terminal between two looks at what was gained (4).
    loss_share
        What a move may lose on average, as a part of the gap that there is for each terminal (0.2).
    halves_from_terminals
        From as many terminals on, two halves of them are worked on at the same time (200).
    programme_up_to_edges
        With more edges a graph is too large for linear programmes (100,000).
    retest_share
        If what is left between bound and incumbent falls below this part, the tests run again (0.5).
    last_restart_share
        As `restart_share` when there are no more cuts and branching would be next (0.9).
    rough_from_arcs
        From as many arcs on, a first-order method solves the linear programme of cuts instead of a simplex method (8000).
    labels_up_to_terminals
        Up to so many terminals, dynamic programming over sets of them is tried before linear programmes (32); 61 fit.
    least_labels, most_labels
        Labels of dynamic programming that are always allowed, and at most (10,000 and 6,000,000: about 1 GB).
    first_labels_per_node, labels_per_node, labels_per_second
        What it may spend in between: by nodes, at the first try and later, and by seconds left (15, 150, 100,000).
    dense_nodes_per_terminal
        Terminals are dense if there is one for so many nodes at least (20).
    widest_first_cut
        Where they are, and a simplex method solves the programme, cuts of dual ascent with more arcs are left out at first (60): they
        make it slow, and few are needed in the end. Elsewhere wide cuts bear the bound.
    first_cut_entries
        Entries of the cuts of dual ascent that the linear programme begins with, at most (4,000,000).

    Examples
    --------
    >>> SearchOptions(first_trees=3).first_trees, SearchOptions().first_trees
    (3, 12)
    """

    reorder_from_nodes: Count = 10_000
    first_trees: Positive = 12
    large_from_edges: Positive = 8000
    roots_per_round: Positive = 3
    efforts: Annotated[tuple[tuple[Positive, Positive, Count], ...], Field(min_length=2)] = (
        (1, 6, 10**9),
        (2, 15, 300_000),
        (3, 60, 100_000),
        (4, 150, 1500),
    )
    effort_in_blocks: Count = 2
    bounds_in_tests: Positive = 2
    repeat_share: Share = 0.98
    pool_size: Positive = 10
    recombine_from_edges: Count = 3000
    recombination_time_share: Share = 0.05
    tight_share: Share = 0.008
    dual_time_share: Share = 0.6
    dual_time_share_large: Share = 0.95
    dual_gains: Annotated[tuple[Share, ...], Field(min_length=1)] = (0.06, 0.02)
    dual_gains_large: Annotated[tuple[Share, ...], Field(min_length=1)] = (0.06, 0.002)
    movers: Positive = 3
    moves_per_terminal: Positive = 4
    loss_share: Annotated[float, Field(ge=0.0)] = 0.2
    halves_from_terminals: Annotated[int, Field(ge=2)] = 200
    programme_up_to_edges: Count = 100_000
    retest_share: Share = 0.5
    last_restart_share: Share = 0.9
    rough_from_arcs: Count = 8000
    labels_up_to_terminals: Annotated[int, Field(ge=0, le=61)] = 32
    least_labels: Count = 10_000
    most_labels: Count = 6_000_000
    first_labels_per_node: Count = 15
    labels_per_node: Count = 150
    labels_per_second: Count = 100_000
    dense_nodes_per_terminal: Count = 20
    widest_first_cut: Positive = 60
    first_cut_entries: Count = 4_000_000

    def __post_init__(self) -> None:
        if self.effort_in_blocks >= len(self.efforts):
            raise ValueError(f"effort_in_blocks is none of the {len(self.efforts)} efforts")


@dataclass(frozen=True, kw_only=True, config=_CONFIG)
class ArborescenceOptions(SharedOptions):
    """What tunes the search for a tree of arcs.

    Attributes
    ----------
    perturbed_trees
        Trees on perturbed costs in each round (3).
    rough_from_arcs
        From as many arcs on, a first-order method solves the linear programme of cuts instead of a simplex method (3000).
    first_cut_entries, first_cut_entries_rough
        Entries of the cuts of dual ascent that a linear programme begins with, at most: for a simplex method and for a first-order
        method (150,000 and 1,000,000).
    building_s_per_arc
        Seconds an arc that it takes to build a large linear programme and to get a first answer, at least (5e-5). With less time left,
        further rounds are the better use of it.
    """

    perturbed_trees: Count = 3
    rough_from_arcs: Count = 3000
    first_cut_entries: Count = 150_000
    first_cut_entries_rough: Count = 1_000_000
    building_s_per_arc: Annotated[float, Field(ge=0.0)] = 5e-5
