"""Tasks for `fiberplan.result.executor`; in a module of their own, since other processes import them."""

from __future__ import annotations

import os
import signal
import time
from dataclasses import dataclass
from pathlib import Path

DEADLY = 3
"""Number of the task that kills its process."""


@dataclass(frozen=True)
class Setting:
    """Where tasks leave marks, and which process is the test itself."""

    folder: Path
    main: int


@dataclass(frozen=True)
class Unloadable(Setting):
    """A setting that ends every process that loads it."""

    def __reduce__(self) -> tuple[object, ...]:
        """Replace the setting by an exit where it is unpickled."""
        return os._exit, (1,)


def square(setting: Setting, number: int) -> tuple[int, bool]:
    """Return the square, and whether another process worked it out."""
    (setting.folder / f"{number}-{time.monotonic_ns()}").touch()
    return number * number, os.getpid() != setting.main


def square_or_kill_once(setting: Setting, number: int) -> tuple[int, bool]:
    """Kill the process at the first try of one task, once another task was run."""
    mark = setting.folder / "killed"
    if number == DEADLY and not mark.exists():
        while len(list(setting.folder.iterdir())) == 0:
            time.sleep(0.01)
        mark.touch()
        os.kill(os.getpid(), signal.SIGKILL)
    return square(setting, number)


def square_or_kill_always(setting: Setting, number: int) -> tuple[int, bool]:
    """Kill every process but the test's own."""
    if number == DEADLY and os.getpid() != setting.main:
        (setting.folder / f"killed-{time.monotonic_ns()}").touch()
        os.kill(os.getpid(), signal.SIGKILL)
    return square(setting, number)


def fail(setting: Setting, number: int) -> tuple[int, bool]:
    """Raise an error in one task."""
    if number == DEADLY:
        raise ValueError(f"task {number} fails")
    return square(setting, number)


def wait(setting: Setting, number: int) -> tuple[int, bool]:
    """Take long, but for the first task."""
    if number:
        time.sleep(60)
    return square(setting, number)
