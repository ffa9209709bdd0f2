"""Projects that ship with fiberplan."""

from __future__ import annotations

import shutil
import tempfile
from importlib import resources
from pathlib import Path
from typing import Final

from fiberplan.errors import FiberplanError

_BUNDLED: Final = ("lorestan",)


class UnknownDatasetError(FiberplanError, LookupError):
    """A name that no bundled project has."""


class FolderInUseError(FiberplanError, FileExistsError):
    """A folder that already holds something, which a copy would mix with."""


def names() -> tuple[str, ...]:
    """Name the bundled projects."""
    return _BUNDLED


def path(name: str) -> Path:
    """Find the folder of a bundled project; treat it as read-only, `copy` gives one to edit.

    Raises
    ------
    UnknownDatasetError
        There is no such project.

    Examples
    --------
    >>> path("lorestan").joinpath("project.toml").is_file()
    True
    """
    if name not in _BUNDLED:
        raise UnknownDatasetError(f"there is no bundled project {name!r}; there is {', '.join(_BUNDLED)}")
    return Path(str(resources.files("fiberplan.datasets").joinpath(name)))


def copy(name: str, folder: str | Path) -> Path:
    """Copy a bundled project to a folder of yours.

    Parameters
    ----------
    name
        One of `names`.
    folder
        A folder that does not exist yet or is empty. It appears whole or not at all.

    Returns
    -------
    pathlib.Path
        The folder.

    Raises
    ------
    UnknownDatasetError
        There is no such project.
    FolderInUseError
        The folder is a file, or holds something already.
    """
    source, target = path(name), Path(folder)
    if target.exists() and not (target.is_dir() and not any(target.iterdir())):
        raise FolderInUseError(f"{target} is there already and not empty; name a new folder")
    target.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=target.parent, prefix=f".{target.name}-") as beside:
        whole = Path(beside) / "project"
        shutil.copytree(source, whole, ignore=shutil.ignore_patterns("__pycache__"))
        if target.exists():
            target.rmdir()
        whole.rename(target)
    return target
