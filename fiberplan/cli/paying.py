"""The command that divides the cost of a saved plan anew: split."""

from __future__ import annotations

from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, TypeVar

import typer

from fiberplan.cli.options import load_plan, one_language, positive, read_folder
from fiberplan.errors import NoPlanError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from fiberplan.cli.show.plan import PlanProgress
    from fiberplan.plan import Plan
    from fiberplan.result.coalitions import CoalitionOptions
    from fiberplan.sharing.games.game import CostGame

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
            help="What groups of operators are compared with: own-networks, each planned anew; joint-network, their "
            "part of the plan; or none, single operators only. The project's by default."
        ),
    ] = None,
    weights: Annotated[
        str | None, typer.Option(help="For proportional and weighted-shapley: op-a=2,op-b=1")
    ] = None,
    priority: Annotated[
        str | None, typer.Option(help="For weighted-shapley: op-a=0,op-b=1; lower numbers are there first.")
    ] = None,
    subsidy: Annotated[
        str | None,
        typer.Option(
            help="minimal: the state pays the smallest subsidy in place of public shares; rules in [subsidy] of the "
            "project."
        ),
    ] = None,
    save_subsidy: Annotated[
        Path | None, typer.Option(help="JSON file to write the smallest subsidy and its game to.")
    ] = None,
    settings: Annotated[
        Path | None,
        typer.Option(
            help="Project folder whose [subsidy] and [business] count for the smallest subsidy, in place of those saved "
            "with the plan."
        ),
    ] = None,
    compare: Annotated[bool, typer.Option("--compare", help="Print all rules side by side instead.")] = False,
    output: Annotated[
        Path | None,
        typer.Option("--output", "-o", help="GeoPackage to write the plan with its new split to."),
    ] = None,
    cache: Annotated[
        Path | None,
        typer.Option(help="JSON file that keeps what groups would pay, so that an interrupted run goes on."),
    ] = None,
    workers: Annotated[int | None, typer.Option(min=1, help="Processes; all cores by default.")] = None,
    language: Annotated[str | None, typer.Option("--language", "-l", help="en or fa.")] = None,
) -> None:
    """Divide the cost of a saved plan anew, without routing it again, and certify the split."""
    from fiberplan.cli.show.plan import show_comparison, show_new_split
    from fiberplan.result.coalitions import CoalitionOptions

    chosen = one_language(language)
    is_subsidy = _is_subsidy(subsidy, save_subsidy, settings, compare=compare)
    found = load_plan(saved)
    if settings is not None:
        found = _on_terms_of(found, settings)
    game = game or found.project.settings.sharing.game.value
    found = _asked(found, rule=rule, game=game, weights=weights, priority=priority, is_subsidy=is_subsidy)
    options = CoalitionOptions(workers=workers, cache=cache)
    if is_subsidy:
        made = _subsidised(found, options, language=chosen, save_as=save_subsidy)
    else:
        with _planning(cache) as progress:
            # A plan with a subsidy has its game, without public money.
            needs_game = compare or found.subsidy is None
            costs = _game(found, game, options, progress) if needs_game else None
            if compare and costs is not None:
                compared = found.compare_rules(costs)
            else:
                made = found.with_split(game=costs)
        if compare and costs is not None:
            show_comparison(found, compared, language=chosen)
            return
    show_new_split(made, language=chosen)
    if output is not None:
        typer.echo(made.save(output))


def _on_terms_of(plan: Plan, folder: Path) -> Plan:
    """Put the business cases and the rules of the subsidy of a project folder into a plan."""
    from dataclasses import replace

    other = read_folder(folder).settings
    own = replace(plan.project.settings, subsidy=other.subsidy, business=other.business)
    return replace(plan, project=replace(plan.project, settings=own))


def _is_subsidy(subsidy: str | None, save_as: Path | None, settings: Path | None, *, compare: bool) -> bool:
    """Check what is asked for with ``--subsidy``."""
    if subsidy not in {None, "minimal"}:
        raise typer.BadParameter(f"{subsidy!r} is not a way to find a subsidy; there is minimal")
    for option, given in (("--save-subsidy", save_as), ("--settings", settings)):
        if subsidy is None and given is not None:
            raise typer.BadParameter(f"{option} needs --subsidy minimal")
    if subsidy is not None and compare:
        raise typer.BadParameter("--compare writes no subsidy; leave one of the two out")
    return subsidy is not None


def _subsidised(plan: Plan, options: CoalitionOptions, *, language: str | None, save_as: Path | None) -> Plan:
    """Find the smallest subsidy of a plan, show it, save it if asked, and split the plan by it."""
    from fiberplan.cli.show.money import show_subsidy
    from fiberplan.errors import SharingError, VerificationError
    from fiberplan.project.settings import GameName
    from fiberplan.result.game import MAX_AHEAD, players_of
    from fiberplan.result.saved import write_subsidy
    from fiberplan.result.subsidy import game_without_state
    from fiberplan.sharing.subsidy.checks import verify_subsidy

    is_planned = plan.project.settings.sharing.game is GameName.OWN_NETWORKS
    if is_planned and plan.subsidy is None and len(players_of(plan)) > MAX_AHEAD:
        raise SharingError(
            f"at most {MAX_AHEAD} operators can have a network planned for each of their groups; "
            "--game joint-network needs none"
        )
    with _planning(options.cache) as progress:
        costs = game_without_state(plan, options=options, progress=_counter(progress))
        least = plan.minimal_subsidy(game=costs)
    if faults := verify_subsidy(costs, least):
        raise VerificationError("the smallest subsidy", faults)
    made = plan.with_split(funding=least, game=costs)
    assert made.subsidy is not None, "it was just put in"
    show_subsidy(made, made.subsidy, language=language)
    if save_as is not None:
        typer.echo(write_subsidy(made.subsidy.found, costs, save_as))
    typer.echo()
    return made


@contextmanager
def _planning(cache: Path | None) -> Iterator[PlanProgress]:
    """Show a progress bar; say what is kept when somebody interrupts."""
    from fiberplan.cli.show.plan import PlanProgress

    try:
        with PlanProgress() as progress:
            yield progress
    except KeyboardInterrupt:
        kept = (
            "; nothing is kept" if cache is None else f"; {cache} has what is known, run this again to go on"
        )
        raise NoPlanError(f"stopped{kept}") from None


def _counter(progress: PlanProgress) -> Callable[[int, int], None]:
    def count(done: int, of: int) -> None:
        progress.stage("coalitions", step=done, steps=of)

    return count


def _asked(
    plan: Plan, *, rule: str | None, game: str, weights: str | None, priority: str | None, is_subsidy: bool
) -> Plan:
    """Put what the options of ``split`` say into the project of a plan."""
    from dataclasses import replace

    from fiberplan.project.settings import GameName, SharingRuleName

    sharing = plan.project.settings.sharing
    names = [name.value for name in SharingRuleName]
    if rule is not None and rule not in names:
        raise typer.BadParameter(f"{rule!r} is not a sharing rule; choose from {', '.join(names)}")
    if game not in {*GameName, "none"}:
        raise typer.BadParameter(f"{game!r} is not a game; choose from own-networks, joint-network, none")
    sharing = replace(sharing, rule=SharingRuleName(rule or sharing.rule))
    if is_subsidy and rule is None and not sharing.rule.is_on_game:
        sharing = replace(sharing, rule=SharingRuleName.NUCLEOLUS)
    if game == "none" and (sharing.rule.is_on_game or is_subsidy):
        raise typer.BadParameter(f"the rule {sharing.rule} needs a game; --game none has none")
    if game != "none":
        sharing = replace(sharing, game=GameName(game))
    if weights is not None:
        sharing = replace(sharing, weights=_numbers(weights, positive))
    if priority is not None:
        sharing = replace(sharing, priority=_numbers(priority, int))
    settings = replace(plan.project.settings, sharing=sharing)
    return replace(plan, project=replace(plan.project, settings=settings))


def _game(plan: Plan, game: str, options: CoalitionOptions, progress: PlanProgress) -> CostGame | None:
    """Work out the game that ``split`` compares with; ``None`` if it is to have none, or nobody takes part."""
    from fiberplan.errors import SharingError
    from fiberplan.result.game import MAX_AHEAD, players_of

    players = players_of(plan)
    if game == "none" or not players:
        return None
    if game == "joint-network":
        return plan.fixed_network_game()
    if len(players) > MAX_AHEAD:
        raise SharingError(
            f"{len(players)} operators form 2**{len(players)} groups, and at most {MAX_AHEAD} operators can have a network "
            "planned for each; --game joint-network needs none"
        )
    return plan.cost_game(options=options, progress=_counter(progress))


def _numbers(text: str, number: Callable[[str], Number]) -> dict[str, Number]:
    """Read ``name=number,name=number``."""
    try:
        pairs = [part.split("=") for part in text.split(",")]
        return {name.strip(): number(value.strip()) for name, value in pairs}
    except ValueError:
        raise typer.BadParameter(f"{text!r} is not NAME=NUMBER,NAME=NUMBER") from None
