"""How many examples hypothesis tries, and how large slow instances are: full size in CI, less elsewhere."""

from __future__ import annotations

import os


def full_size() -> bool:
    """Return whether tests run at full size: in CI, where conftest.py loads the profile "ci"."""
    return bool(os.environ.get("CI"))


def examples(full: int) -> int:
    """Return the number of examples to try: all of them at full size, a quarter else, 20 at least."""
    return full if full_size() else max(full // 4, 20)
