"""What somebody may have meant by a name that there is not."""

from __future__ import annotations

from difflib import get_close_matches
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable


def nearest_name(name: str, known: Iterable[str]) -> str:
    """Write a suggestion to be put behind an error's text.

    Parameters
    ----------
    name
        What was written.
    known
        What might have been meant.

    Examples
    --------
    >>> nearest_name("nucleous", ["nucleolus", "shapley"])
    "; did you mean 'nucleolus'?"
    >>> nearest_name("xyz", ["nucleolus", "shapley"])
    '; there are nucleolus, shapley'
    """
    names = sorted(known)
    close = get_close_matches(name, names, n=1)
    return f"; did you mean {close[0]!r}?" if close else f"; there are {', '.join(names)}"
