"""Projects to try things on: bundled ones, and a seeded generator of synthetic provinces."""

from __future__ import annotations

import shutil
import tempfile
from importlib import import_module, resources
from pathlib import Path
from typing import TYPE_CHECKING, Final

from fiberplan.errors import FiberplanError

if TYPE_CHECKING:
    from fiberplan.datasets.generator import synthetic

__all__ = ["FolderInUseError", "UnknownDatasetError", "copy", "names", "path", "synthetic"]

_BUNDLED: Final = ("lorestan",)


class UnknownDatasetError(FiberplanError, LookupError):
    """A name that no bundled project has."""


class FolderInUseError(FiberplanError, FileExistsError):
    """A folder that already holds something, which a copy would mix with."""


def names() -> tuple[str, ...]:
    """Name the bundled projects."""
    return _BUNDLED


def path(name: str) -> Path:
    """Find the folder of a bundled project; it is read-only in spirit, `copy` gives one to edit.

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


def __getattr__(name: str) -> object:
    # The generator needs scipy, which a look at the bundled files should not wait for.
    if name == "synthetic":
        return import_module("fiberplan.datasets.generator").synthetic
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
