"""The command that divides the cost of a saved plan again: split."""

from __future__ import annotations

from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, TypeVar

import typer

from fiberplan.cli.options import load_plan, one_language, one_of, positive, read_folder
from fiberplan.errors import NoPlanError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from fiberplan.plan import Plan
    from fiberplan.result.coalitions import CoalitionProgress

Number = TypeVar("Number")

# Heavy libraries load when a command needs them, so that --help answers at once: ruff: noqa: PLC0415


def split(
    saved: Annotated[Path, typer.Argument(help="plan.gpkg of an earlier run.")],
    *,
    rule: Annotated[
        str | None,
        typer.Option(help="How operators share, such as nucleolus; the project's rule by default."),
    ] = None,
    game: Annotated[
        str | None,
        typer.Option(
            help="What groups of operators are compared with: own-networks, one planned for each group; joint-network, "
            "their part of the plan; none, only single operators. The project's game by default."
        ),
    ] = None,
    weights: Annotated[
        str | None, typer.Option(help="For proportional and weighted-shapley: op-a=2,op-b=1")
    ] = None,
    priority: Annotated[
        str | None, typer.Option(help="For weighted-shapley: op-a=0,op-b=1; lower numbers join first.")
    ] = None,
    subsidy: Annotated[
        str | None,
        typer.Option(
            help="minimal: the state pays the smallest subsidy in place of public shares, under [subsidy] of the project."
        ),
    ] = None,
    save_subsidy: Annotated[
        Path | None, typer.Option(help="JSON file to write the smallest subsidy and its game to.")
    ] = None,
    settings: Annotated[
        Path | None,
        typer.Option(
            help="Project folder with other [subsidy] and [business] than those saved with the plan, for the smallest "
            "subsidy."
        ),
    ] = None,
    compare: Annotated[bool, typer.Option("--compare", help="Only compare all rules.")] = False,
    output: Annotated[
        Path | None,
        typer.Option("--output", "-o", help="GeoPackage to write the plan with its new split to."),
    ] = None,
    cache: Annotated[
        Path | None,
        typer.Option(
            help="JSON file that keeps what groups would pay: an interrupted run continues from it."
        ),
    ] = None,
    workers: Annotated[int | None, typer.Option(min=1, help="Processes; all cores by default.")] = None,
    language: Annotated[str | None, typer.Option("--language", "-l", help="en or fa.")] = None,
) -> None:
    """Divide the cost of a saved plan by another rule.

    The split is certified; the joint network is not routed again.
    """
    from fiberplan.cli.show.plan import show_comparison, show_new_split
    from fiberplan.project.settings import GameName
    from fiberplan.result.coalitions import CoalitionOptions
    from fiberplan.result.split import NO_GAME

    chosen = one_language(language)
    game = one_of(game, [*GameName, NO_GAME], "a game")
    _check_subsidy_options(subsidy, save_subsidy, settings, compare=compare)
    plan = _with_terms(load_plan(saved), settings, weights, priority)
    game = game or plan.project.settings.sharing.game
    options = CoalitionOptions(workers=workers, cache=cache)
    with _planning(cache) as count:
        if compare:
            compared = plan.compare_rules(game, options=options, progress=count)
        elif subsidy is not None:
            result = plan.with_minimal_subsidy(rule=rule, game=game, options=options, progress=count)
        else:
            result = plan.with_split(rule=rule, game=game, options=options, progress=count)
    if compare:
        show_comparison(plan, compared, language=chosen)
        return
    if subsidy is not None:
        _show_and_save_subsidy(result, save_subsidy, language=chosen)
    show_new_split(result, language=chosen)
    if output is not None:
        typer.echo(result.save(output))


def _check_subsidy_options(
    subsidy: str | None, save_as: Path | None, settings: Path | None, *, compare: bool
) -> None:
    """Check that options which need ``--subsidy`` come with it, and others do not."""
    one_of(subsidy, ["minimal"], "a kind of subsidy")
    for option, given in (("--save-subsidy", save_as), ("--settings", settings)):
        if subsidy is None and given is not None:
            raise typer.BadParameter(f"{option} needs --subsidy minimal")
    if subsidy is not None and compare:
        raise typer.BadParameter("--compare and --subsidy exclude each other")


def _with_terms(plan: Plan, settings: Path | None, weights: str | None, priority: str | None) -> Plan:
    """Put weights, priorities and the terms of a project folder into a plan."""
    from dataclasses import replace

    sharing = plan.project.settings.sharing
    if weights is not None:
        sharing = replace(sharing, weights=_numbers(weights, positive))
    if priority is not None:
        sharing = replace(sharing, priority=_numbers(priority, int))
    if settings is None:
        return plan.with_terms(sharing=sharing)
    other = read_folder(settings).settings
    return plan.with_terms(sharing=sharing, subsidy=other.subsidy, business=other.business)


def _show_and_save_subsidy(plan: Plan, save_as: Path | None, *, language: str | None) -> None:
    from fiberplan.cli.show.money import show_subsidy
    from fiberplan.result.saved import write_subsidy

    assert plan.subsidy is not None, "the plan was split by a subsidy"
    show_subsidy(plan, plan.subsidy, language=language)
    if save_as is not None:
        typer.echo(write_subsidy(plan.subsidy.minimal_subsidy, plan.subsidy.cost_game, save_as))
    typer.echo()


@contextmanager
def _planning(cache: Path | None) -> Iterator[CoalitionProgress]:
    """Show a progress bar; at an interruption say what is kept."""
    from fiberplan.cli.show.plan import PlanProgress

    try:
        with PlanProgress() as progress:
            yield lambda done, of: progress.stage("coalitions", step=done, steps=of)
    except KeyboardInterrupt:
        kept = (
            "nothing is kept"
            if cache is None
            else f"{cache} has the results so far, run this again to continue"
        )
        raise NoPlanError(f"stopped; {kept}") from None


def _numbers(text: str, number: Callable[[str], Number]) -> dict[str, Number]:
    """Read ``name=number,name=number``."""
    try:
        pairs = [part.split("=") for part in text.split(",")]
        return {name.strip(): number(value.strip()) for name, value in pairs}
    except ValueError:
        raise typer.BadParameter(f"{text!r} is not NAME=NUMBER,NAME=NUMBER") from None
