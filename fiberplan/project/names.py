"""Ids of what a project has, and names by language."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated

from pydantic import StringConstraints

Id = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9][A-Za-z0-9._\-]{0,63}$")]
"""Letters, digits, dot, dash and underscore: an id becomes a file name and a column name."""

Name = Annotated[str, StringConstraints(min_length=1, max_length=200)]
Names = Mapping[str, Name]
"""A name by language code; the key ``""`` is for a name of unknown language."""


def name_in(names: Mapping[str, str], language: str, *, default: str) -> str:
    """Pick a name in a language, else the one without a language, else the first, else the default.

    Parameters
    ----------
    names
        Names by language code.
    language
        Code of the preferred language.
    default
        Result if ``names`` is empty.

    Examples
    --------
    >>> name_in({"en": "Azna", "fa": "ازنا"}, "fa", default="LR12"), name_in({}, "fa", default="LR12")
    ('ازنا', 'LR12')
    """
    for key in (language, "", "en"):
        if key in names:
            return names[key]
    return next(iter(names.values()), default)
