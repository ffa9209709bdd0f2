"""What several commands need: their common options, and functions that read values of options."""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from collections.abc import Iterable

    from fiberplan.plan import Plan
    from fiberplan.project.model import Project

# Heavy libraries load when a command needs them, so that --help answers at once: ruff: noqa: PLC0415

Languages = Annotated[
    list[str] | None,
    typer.Option(
        "--language", "-l", help="en, fa or both; may be repeated. The project's languages by default."
    ),
]
Output = Annotated[Path, typer.Option("--output", "-o", help="Folder for the results.")]


def positive(text: str) -> Decimal:
    """Read a positive number."""
    try:
        rate = Decimal(text)
    except ArithmeticError:
        rate = Decimal(0)
    if not (rate.is_finite() and rate > 0):
        raise typer.BadParameter(f"{text!r} is not a positive number")
    return rate


def one_of(text: str | None, names: Iterable[str], what: str) -> str | None:
    """Check a name; ``None`` if it is not given.

    Parameters
    ----------
    text
        Value of the option.
    names
        What may be chosen.
    what
        What the names are, with an article.
    """
    choices = list(names)
    if text is not None and text not in choices:
        raise typer.BadParameter(f"{text!r} is not {what}; choose from {', '.join(choices)}")
    return text


def read_folder(folder: Path) -> Project:
    """Read a project folder."""
    from fiberplan.inputs import read_project

    return read_project(folder)


def load_plan(saved: Path) -> Plan:
    """Reopen a saved plan."""
    from fiberplan.plan import Plan

    return Plan.load(saved)


def languages_of(texts: list[str] | None) -> tuple[str, ...] | None:
    """Read languages; ``None`` for those of the project."""
    from fiberplan.project.settings import Language

    if not texts:
        return None
    every = [part for text in texts for part in (tuple(Language) if text == "both" else (text,))]
    return tuple(dict.fromkeys(one_language(text) or "" for text in every))


def one_language(text: str | None) -> str | None:
    """Check a language; ``None`` for the project's."""
    from fiberplan.project.settings import Language

    return one_of(text, [language.value for language in Language], "a language of reports")
