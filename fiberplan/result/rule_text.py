"""The texts of a sharing rule: its own where it brings some, else those of the wording catalogues."""

from __future__ import annotations

from typing import TYPE_CHECKING

from fiberplan.sharing.rules.registry import find_rule

if TYPE_CHECKING:
    from fiberplan.wording import Wording


def rule_name(rule: str, words: Wording) -> str:
    """Name a sharing rule for people; by its id where it has no name in the language.

    Parameters
    ----------
    rule
        Its name in settings.
    words
        The language.

    Examples
    --------
    >>> from fiberplan.wording import load_wording
    >>> rule_name("equal-savings", load_wording("en"))
    'Equal savings'
    """
    return rule_text(rule, "name", words) or rule


def rule_text(rule: str, key: str, words: Wording, **values: object) -> str | None:
    """Fill in a text of a sharing rule.

    Parameters
    ----------
    rule
        Its name in settings.
    key
        ``name``, ``text``, or ``text_own`` for the report of one operator.
    words
        The language.
    **values
        For the braces of the text.

    Returns
    -------
    str or None
        ``None`` where the rule has no such text.
    """
    own = find_rule(rule).words.get(words.language, {})
    if key in own:
        return own[key].format_map(values)
    path = f"rule.{rule}.{key}"
    return words.text(path, **values) if path in words.texts else None
