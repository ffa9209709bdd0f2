"""From files to a `Project`: read a project folder, or write one."""

from __future__ import annotations

from fiberplan.inputs.project import read_project
from fiberplan.inputs.writing import write_project

__all__ = ["read_project", "write_project"]
