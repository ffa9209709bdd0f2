"""Names from OpenStreetMap tags: cleaned, cut to length, never trusted."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from fiberplan.inputs.text import clean_text
from fiberplan.project.settings import Language

if TYPE_CHECKING:
    from collections.abc import Mapping

_LONGEST: Final = 200
_KEYS: Final[Mapping[str, str]] = {"name": "", **{f"name:{code}": code.value for code in Language}}


def names_of(tags: Mapping[str, str]) -> dict[str, str]:
    """Read ``name`` and the name in each language that fiberplan writes, such as ``name:fa``.

    Examples
    --------
    >>> names_of({"name": "Vaduz", "name:fa": "فادوتس"})
    {'': 'Vaduz', 'fa': 'فادوتس'}
    """
    names = {language: short_name(tags.get(key, "")) for key, language in _KEYS.items()}
    return {language: name for language, name in names.items() if name}


def short_name(text: str) -> str:
    """Clean a name and cut it at 200 characters."""
    return clean_text(text)[:_LONGEST].strip()
