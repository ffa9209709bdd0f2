"""From files to a `Project`: read a project folder or a table of bids, or write a folder."""

from __future__ import annotations

from fiberplan.inputs.bids import read_bids
from fiberplan.inputs.project import read_project
from fiberplan.inputs.writing import write_project

__all__ = ["read_bids", "read_project", "write_project"]
