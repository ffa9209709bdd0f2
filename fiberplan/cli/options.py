"""What commands have in common: their options, and how they read what the options name."""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
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


def read_folder(folder: Path) -> Project:
    """Read a project folder."""
    from fiberplan.inputs import read_project

    return read_project(folder)


def load_plan(saved: Path) -> Plan:
    """Reopen a saved plan."""
    from fiberplan.plan import Plan

    return Plan.load(saved)


def languages_of(asked: list[str] | None) -> tuple[str, ...] | None:
    """Read the languages that are asked for; ``None`` for those of the project."""
    from fiberplan.project.settings import Language

    if not asked:
        return None
    every = [part for text in asked for part in (tuple(Language) if text == "both" else (text,))]
    return tuple(dict.fromkeys(one_language(text) or "" for text in every))


def one_language(text: str | None) -> str | None:
    """Check a language; ``None`` for the project's."""
    from fiberplan.project.settings import Language

    known = [language.value for language in Language]
    if text is not None and text not in known:
        raise typer.BadParameter(
            f"{text!r} is not a language that fiberplan speaks; choose from {', '.join(known)}"
        )
    return text
