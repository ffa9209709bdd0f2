"""A time limit that holds whatever the work is doing.

A kernel on a million edges takes many seconds and looks at no clock; solvers of linear programmes look at theirs now and then. So the work
runs in a thread of its own. When its time is up it is given a moment to come to an end, and then left to do so by itself. Only a first
solution is waited for, however late it is.
"""

from __future__ import annotations

import logging
import threading
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

    from fiberplan.solvers.run.journal import Journal

log = logging.getLogger(__name__)

SHORTEST_WAIT_S, LONGEST_WAIT_S = 0.05, 1e6
"""How long to wait at once: for a first solution that is late, and at most, since threads cannot be waited for any longer."""


def run_in_time(journal: Journal, work: Callable[[], None], *, grace_s: float = 1.0) -> None:
    """Do some work until it is done, its time is up, or the keyboard interrupts it.

    Parameters
    ----------
    journal
        Its clock, and where the work puts its results. Work that is left alone stops at its next tick; take results by
        `Journal.snapshot`.
    work
        What to do. Errors that it raises are raised here.
    grace_s
        Seconds that the work may go on when it is late, before it is left alone.
    """
    errors: list[BaseException] = []

    def do() -> None:
        try:
            work()
        except BaseException as error:  # noqa: BLE001 - raised again where it belongs
            errors.append(error)

    thread = threading.Thread(target=do, name="solver", daemon=True)
    try:
        thread.start()
        while thread.is_alive() and (journal.incumbent is None or journal.remaining() > -grace_s):
            thread.join(min(max(journal.remaining() + grace_s, SHORTEST_WAIT_S), LONGEST_WAIT_S))
        if errors:
            raise errors[0]
    except KeyboardInterrupt:
        log.warning("interrupted; the best solution so far is returned, with its bound")
        journal.abandon()
        thread.join(grace_s)
    journal.abandon()
