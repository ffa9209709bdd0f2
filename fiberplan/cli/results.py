"""Commands for saved results: map, report, verify."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from fiberplan.cli.options import load_plan, one_language

# Heavy libraries load when a command needs them, so that --help answers at once: ruff: noqa: PLC0415


def draw_map(
    saved: Annotated[Path, typer.Argument(help="plan.gpkg of an earlier run.")],
    output: Annotated[Path, typer.Option("--output", "-o", help="HTML file to write.")] = Path("map.html"),
    language: Annotated[str | None, typer.Option("--language", "-l", help="en or fa.")] = None,
) -> None:
    """Draw the map of a saved plan."""
    typer.echo(load_plan(saved).map(language=one_language(language)).save(output))


def report(
    saved: Annotated[Path, typer.Argument(help="plan.gpkg of an earlier run.")],
    party: Annotated[str, typer.Option(help="state, or the id of an operator.")] = "state",
    output: Annotated[Path, typer.Option("--output", "-o", help="PDF file to write.")] = Path("report.pdf"),
    language: Annotated[str | None, typer.Option("--language", "-l", help="en or fa.")] = None,
) -> None:
    """Typeset a party's report from a saved plan."""
    typer.echo(load_plan(saved).report(party=party, language=one_language(language)).save(output))


def verify(
    saved: Annotated[
        Path, typer.Argument(help="plan.gpkg of an earlier run, or the JSON file of a subsidy or an award.")
    ],
) -> None:
    """Check a saved result from its file alone.

    Sums, present values, caps and certificate of a plan; rules, amounts and proof of a subsidy or an award.
    """
    from fiberplan.errors import VerificationError
    from fiberplan.exports.verification import verify_file

    description, faults = verify_file(saved)
    if faults:
        raise VerificationError(str(saved), faults)
    typer.echo(f"{saved}: holds. {description}")
