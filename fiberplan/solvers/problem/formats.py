"""Instances from and to files: PACE 2018 ``.gr`` (also gzipped) and SteinLib ``.stp``; trees in PACE's output form.

Sources: the PACE 2018 challenge (https://pacechallenge.org/2018/steiner-tree) and Koch, Martin and Voss (2001),
SteinLib: An Updated Library on Steiner Tree Problems in Graphs. Both kinds are sections of lines of keyword and
numbers; nodes count from 1 in the file and from 0 in the arrays.
"""

from __future__ import annotations

import gzip
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from fiberplan.errors import SolverInputError
from fiberplan.solvers.problem.steiner import SteinerInstance

if TYPE_CHECKING:
    from collections.abc import Iterable

    from fiberplan.solvers.problem.steiner import IntArray

STP_MAGIC = "33D32945 STP File, STP Format Version 1.0"


def read_instance(path: Path | str) -> SteinerInstance:
    """Read a Steiner tree instance.

    Parameters
    ----------
    path
        A ``.gr`` or ``.stp`` file, or one of them gzipped (``.gr.gz``).

    Raises
    ------
    SolverInputError
        The file is no such instance; the message names the line.
    """
    path = Path(path)
    try:
        raw = gzip.decompress(path.read_bytes()) if path.suffix == ".gz" else path.read_bytes()
        text = raw.decode("utf-8", errors="replace")
    except (gzip.BadGzipFile, EOFError) as error:
        raise SolverInputError(f"{path.name} is not a gzip file: {error}") from error
    try:
        return parse_instance(text.splitlines())
    except SolverInputError as error:
        raise SolverInputError(f"{path.name}: {error}") from error


def parse_instance(lines: Iterable[str]) -> SteinerInstance:
    r"""Read the lines of a ``.gr`` or ``.stp`` file.

    Parameters
    ----------
    lines
        The text, with or without line ends.

    Raises
    ------
    SolverInputError
        A line cannot be read, or the numbers don't fit together.

    Examples
    --------
    >>> lines = ["SECTION Graph", "Nodes 2", "Edges 1", "E 1 2 7", "END", "SECTION Terminals", "T 2", "END", "EOF"]
    >>> parse_instance(lines).cost.tolist()
    [7]
    """
    counts: dict[str, int] = {}
    edges: list[tuple[int, int, int]] = []
    terminals: list[int] = []
    skipping = False
    for number, line in enumerate(lines, start=1):
        words = line.split()
        key = words[0].lower() if words else ""
        if key == "section":
            skipping = len(words) < 2 or words[1].lower() not in {"graph", "terminals"}
        elif key == "eof":
            break
        elif skipping or not key or key in {"end", "#", "c"} or line.startswith(STP_MAGIC[:8]):
            continue
        else:
            try:
                _take(key, [int(word) for word in words[1:]], counts, edges, terminals)
            except ValueError as error:
                raise SolverInputError(f"line {number} cannot be read: {line.strip()[:60]!r}") from error
    for name, count in (("edges", len(edges)), ("terminals", len(terminals))):
        if counts.get(name, count) != count:
            raise SolverInputError(f"{counts[name]} {name} are announced, but {count} follow")
    if "nodes" not in counts:
        raise SolverInputError("no line 'Nodes n'")
    return _assemble(counts["nodes"], edges, terminals)


def _take(
    key: str,
    numbers: list[int],
    counts: dict[str, int],
    edges: list[tuple[int, int, int]],
    terminals: list[int],
) -> None:
    """Sort the numbers of one line to where they belong; ValueError where they belong nowhere."""
    if key in {"nodes", "edges", "terminals"}:
        (counts[key],) = numbers
    elif key == "e":
        tail, head, cost = numbers
        edges.append((tail - 1, head - 1, cost))
    elif key == "t":
        (terminal,) = numbers
        terminals.append(terminal - 1)
    else:
        raise ValueError(key)


def _assemble(node_count: int, edges: list[tuple[int, int, int]], terminals: list[int]) -> SteinerInstance:
    try:
        table = np.array(edges, np.int64).reshape(-1, 3)
    except OverflowError as error:
        raise SolverInputError("a number does not fit into 64 bits") from error
    columns = table.T.copy()
    return SteinerInstance(node_count, columns[0], columns[1], columns[2], np.array(terminals, np.int64))


def format_gr(instance: SteinerInstance) -> str:
    """Write an instance as the text of a PACE ``.gr`` file.

    Parameters
    ----------
    instance
        What to write.
    """
    return "\n".join([*_sections(instance), "EOF", ""])


def format_stp(instance: SteinerInstance, *, name: str = "instance") -> str:
    """Write an instance as the text of a SteinLib ``.stp`` file.

    Parameters
    ----------
    instance
        What to write.
    name
        Goes into the comment section.
    """
    quoted = name.replace('"', "'").replace("\n", " ")
    comment = ["SECTION Comment", f'Name "{quoted}"', 'Creator "fiberplan"', "END", ""]
    return "\n".join([STP_MAGIC, "", *comment, *_sections(instance), "EOF", ""])


def _sections(instance: SteinerInstance) -> list[str]:
    triples = zip(instance.tail.tolist(), instance.head.tolist(), instance.cost.tolist(), strict=True)
    return [
        "SECTION Graph",
        f"Nodes {instance.node_count}",
        f"Edges {instance.edge_count}",
        *(f"E {tail + 1} {head + 1} {cost}" for tail, head, cost in triples),
        "END",
        "",
        "SECTION Terminals",
        f"Terminals {instance.terminals.size}",
        *(f"T {terminal + 1}" for terminal in instance.terminals.tolist()),
        "END",
        "",
    ]


def write_instance(instance: SteinerInstance, path: Path | str) -> None:
    """Write an instance to a file, in the format of its ending.

    Parameters
    ----------
    instance
        What to write.
    path
        Ends in ``.gr``, ``.stp``, ``.gr.gz`` or ``.stp.gz``. Written beside the target first, then renamed.

    Raises
    ------
    SolverInputError
        The path has another ending.
    """
    path = Path(path)
    plain = path.with_suffix("") if path.suffix == ".gz" else path
    if plain.suffix == ".gr":
        text = format_gr(instance)
    elif plain.suffix == ".stp":
        text = format_stp(instance, name=plain.stem)
    else:
        raise SolverInputError(f"{path.name}: the ending must be .gr, .stp, .gr.gz or .stp.gz")
    raw = text.encode()
    part = path.with_name(path.name + ".part")
    part.write_bytes(gzip.compress(raw, mtime=0) if path.suffix == ".gz" else raw)
    part.replace(path)


def format_tree(instance: SteinerInstance, edges: IntArray) -> str:
    """Write a tree in PACE's output form: ``VALUE n``, then one ``u v`` a line.

    Parameters
    ----------
    instance
        The problem.
    edges
        Indices of the edges of the tree.
    """
    chosen = edges.tolist()
    value = sum(int(instance.cost[edge]) for edge in chosen)
    lines = [f"{int(instance.tail[edge]) + 1} {int(instance.head[edge]) + 1}" for edge in chosen]
    return "\n".join([f"VALUE {value}", *lines, ""])
