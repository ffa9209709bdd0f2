"""Files that are complete or absent: write beside the target, then rename; and names that are safe for a file.

Internal.
"""

from __future__ import annotations

import shutil
import tempfile
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator


@contextmanager
def replacing(path: str | Path) -> Iterator[Path]:
    """Give a temporary path beside a target and put it in the target's place if all goes well.

    Parameters
    ----------
    path
        The target; its folder is made if needed.

    Yields
    ------
    Path
        Where to write. If the block raises, the target stays as it was and nothing is left behind.
    """
    target = Path(path)
    target.parent.mkdir(parents=True, exist_ok=True)
    scratch = Path(tempfile.mkdtemp(prefix=f".{target.name}.", dir=target.parent))
    try:
        draft = scratch / target.name
        yield draft
        draft.replace(target)
    finally:
        shutil.rmtree(scratch, ignore_errors=True)


def write_file(path: str | Path, content: bytes) -> Path:
    """Write a file whole or not at all.

    Parameters
    ----------
    path
        Of the file; its folder is made if needed.
    content
        All of it.

    Returns
    -------
    Path
        Where it is.
    """
    with replacing(path) as draft:
        draft.write_bytes(content)
    return Path(path)


@contextmanager
def delivering(folder: str | Path) -> Iterator[Path]:
    """Give an empty folder whose files are moved into the target together if all goes well.

    Parameters
    ----------
    folder
        The target; files in it that the new ones do not replace stay.

    Yields
    ------
    Path
        Where to write. If the block raises, the target stays as it was.
    """
    target = Path(folder)
    target.parent.mkdir(parents=True, exist_ok=True)
    scratch = Path(tempfile.mkdtemp(prefix=f".{target.name}.", dir=target.parent))
    try:
        yield scratch
        target.mkdir(exist_ok=True)
        for file in sorted(scratch.iterdir()):
            file.replace(target / file.name)
    finally:
        shutil.rmtree(scratch, ignore_errors=True)
