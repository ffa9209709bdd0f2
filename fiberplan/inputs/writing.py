"""Write a project."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path

    from fiberplan.model import Project


def write_project(project: Project, folder: str | Path, *, overwrite: bool = False) -> None:
    """Write a project folder."""
    raise NotImplementedError
