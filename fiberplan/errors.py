"""The errors of fiberplan: one tree, and what a fault in an input looks like.

Every error is a `FiberplanError` and also the built-in error that it is a kind of, so that
``except ValueError`` and ``except FiberplanError`` both do what a reader expects.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from collections.abc import Sequence

__all__ = [
    "CatalogueError",
    "ConflictError",
    "Fault",
    "FiberplanError",
    "InfeasibleError",
    "MissingCrsError",
    "MoneyError",
    "NoPlanError",
    "PlanFileError",
    "ProjectError",
    "SharingError",
    "SolverInputError",
    "VerificationError",
]


class FiberplanError(Exception):
    """Whatever fiberplan itself has to complain about."""


class MoneyError(FiberplanError, ValueError):
    """An amount that cannot be had exactly: a fraction of a minor unit, a negative weight."""


class CatalogueError(FiberplanError, ValueError):
    """A price or an attribute that the catalogue does not have, or has twice."""


class MissingCrsError(FiberplanError, ValueError):
    """Geometry arrived without a coordinate reference system."""


class InfeasibleError(FiberplanError, ValueError):
    """The project has no plan: a park that no corridor reaches, a region without a backbone node."""


class NoPlanError(FiberplanError, RuntimeError):
    """The work stopped (time limit, interruption) before there was a plan to show."""


class SolverInputError(FiberplanError, ValueError):
    """Arrays that describe no graph: an endpoint out of range, a negative or non-integer cost."""


class SharingError(FiberplanError, ValueError):
    """A cost game or a split that cannot be worked out: a missing coalition, a negative cost, an unknown rule."""


class ConflictError(SharingError):
    """Rules that nothing can meet together.

    Parameters
    ----------
    rules
        The rules in words: without any one of them the others could be met.
    """

    def __init__(self, rules: Sequence[str]) -> None:
        self.rules = tuple(rules)
        head = "these rules contradict each other; without any one of them the others could be met:"
        super().__init__("\n".join([head, *(f"  {rule}" for rule in self.rules)]))


class PlanFileError(FiberplanError, ValueError):
    """A file that is not a saved plan, or one of a version that cannot be read."""


class VerificationError(FiberplanError, ValueError):
    """A saved plan whose figures do not hold.

    Parameters
    ----------
    file
        Of the plan.
    faults
        What is wrong, a sentence each.
    """

    def __init__(self, file: str, faults: Sequence[str]) -> None:
        self.faults = tuple(faults)
        head = f"{file}: {len(self.faults)} figure{'s that do' if len(self.faults) != 1 else ' that does'} not hold"
        super().__init__("\n".join([head, *(f"  {fault}" for fault in self.faults)]))


@dataclass(frozen=True, slots=True)
class Fault:
    """One thing wrong in an input, worded so that a planner can mend it.

    Attributes
    ----------
    file
        Name of the file, relative to the project folder.
    message
        What is wrong, in one sentence.
    row
        1-based line of a CSV (the header is line 1) or 1-based feature of a layer; ``None`` for the whole file.
    column
        Name of the column or TOML key.
    value
        The offending value, shortened to 60 characters.
    expected
        What would have been right.
    mend
        What to do about it.
    severity
        ``error`` stops the reading once all files are read; ``warning`` is kept in `Project.notes`.
    """

    file: str
    message: str
    row: int | None = None
    column: str | None = None
    value: str | None = None
    expected: str | None = None
    mend: str | None = None
    severity: Literal["error", "warning"] = "error"

    def __str__(self) -> str:
        place = self.file
        if self.row is not None:
            place += f" row {self.row}"
        if self.column is not None:
            place += f", column '{self.column}'"
        text = f"{place}: {self.message}"
        if self.value is not None:
            text += f" (found {self.value!r})"
        if self.expected is not None:
            text += f"; expected {self.expected}"
        if self.mend is not None:
            text += f". {self.mend}"
        return text


class ProjectError(FiberplanError, ValueError):
    """A project folder with faults: all of them, of all files, in one error.

    Parameters
    ----------
    faults
        Every fault found, warnings included, in the order of files and rows.
    """

    def __init__(self, faults: Sequence[Fault]) -> None:
        self.faults = tuple(faults)
        count = sum(fault.severity == "error" for fault in self.faults)
        head = f"{count} fault{'s' if count != 1 else ''} in the project"
        super().__init__("\n".join([head, *(f"  {fault}" for fault in self.faults)]))
