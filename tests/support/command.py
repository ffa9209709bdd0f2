"""The command line as a test calls it."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

from fiberplan import cli

if TYPE_CHECKING:
    import pytest


def run(monkeypatch: pytest.MonkeyPatch, *arguments: object) -> int:
    """Run the command line and return its exit status."""
    monkeypatch.setattr(sys, "argv", ["fiberplan", *map(str, arguments)])
    try:
        cli.main()
    except SystemExit as stopped:
        return stopped.code if isinstance(stopped.code, int) else 0
    return 0
