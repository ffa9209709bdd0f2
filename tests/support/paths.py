"""Where the data of the tests lie."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Final

ROOT: Final = Path(__file__).parents[2]
"""Of the checkout."""

DATA: Final = ROOT / "tests" / "data"

GOOD: Final = DATA / "good"
"""A project folder without a fault."""

SHARED: Final = Path(os.environ.get("FIBERPLAN_SHARED_DATA", ROOT.parent / "shared" / "data"))
"""Data that are not part of the project; a test that needs them skips where they are absent."""
