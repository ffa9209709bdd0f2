"""The command line: it asks the library and shows what it answers.

Exit status: 0 done, 2 bad input, 3 no feasible plan (with the reason), 4 stopped without a plan. Progress and errors
go to stderr, results to stdout.
"""

from __future__ import annotations

import sys
from contextlib import contextmanager
from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, NoReturn, TypeVar

import typer

from fiberplan.errors import FiberplanError, InfeasibleError, NoPlanError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from fiberplan.coalition_costs import CoalitionOptions
    from fiberplan.model import Project
    from fiberplan.plan import Plan
    from fiberplan.sharing.games import CostGame
    from fiberplan.terminal import PlanProgress

Number = TypeVar("Number")

# Heavy libraries load when a command needs them, so that --help answers at once: ruff: noqa: PLC0415

app = typer.Typer(
    name="fiberplan",
    help="Plan how industrial parks get fibre: routes with a proof, cost line by line, and who pays what.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
)

Languages = Annotated[
    list[str] | None,
    typer.Option(
        "--language", "-l", help="en, fa or both; may be repeated. The project's languages by default."
    ),
]
Output = Annotated[Path, typer.Option("--output", "-o", help="Folder for the results.")]


def _rate(text: str) -> Decimal:
    try:
        rate = Decimal(text)
    except ArithmeticError:
        rate = Decimal(0)
    if not (rate.is_finite() and rate > 0):
        raise typer.BadParameter(f"{text!r} is not a positive number")
    return rate


@app.command()
def demo(
    output: Output = Path("out"),
    language: Languages = None,
    copy: Annotated[
        Path | None, typer.Option(help="Only copy the example project into this folder, to edit it.")
    ] = None,
) -> None:
    """Plan the bundled Lorestan example and write map, reports and files."""
    from fiberplan import datasets

    if copy is not None:
        datasets.copy("lorestan", copy)
        typer.echo(f"The example project is in {copy}; plan it with: fiberplan plan {copy} -o {output}")
        return
    _plan_and_write(datasets.path("lorestan"), output, language, time_limit=None)


@app.command()
def plan(
    project: Annotated[Path, typer.Argument(help="Project folder, with project.toml and tables.")],
    output: Output = Path("out"),
    language: Languages = None,
    time_limit: Annotated[
        float | None, typer.Option(min=0.1, help="Seconds for one routing, in place of the project's.")
    ] = None,
) -> None:
    """Plan a project folder: routes, cost, split; write map, reports and files."""
    _plan_and_write(project, output, language, time_limit=time_limit)


@app.command()
def check(project: Annotated[Path, typer.Argument(help="Project folder.")]) -> None:
    """Read a project folder and build its graph; tell everything that is wrong with it."""
    from fiberplan.graph import build_graph
    from fiberplan.plan_split import check_sharing
    from fiberplan.terminal import show_notes

    found = _read(project)
    check_sharing(found)
    graph = build_graph(found)
    show_notes(found.notes + graph.notes)
    typer.echo(
        f"{len(found.parks)} parks, {len(found.backbone)} backbone nodes, {len(found.corridors)} corridors, "
        f"{len(found.operators)} operators; candidate graph: {graph.node_count} nodes, {graph.edge_count} edges. "
        "The project can be planned."
    )


@app.command()
def init(
    osm: Annotated[Path, typer.Option(help="OpenStreetMap extract, .osm.pbf.")],
    output: Annotated[Path, typer.Option("--output", "-o", help="Project folder to make.")],
    backbone: Annotated[
        list[str] | None, typer.Option(help="LON,LAT of a backbone node; may be repeated.")
    ] = None,
    min_area_ha: Annotated[
        float, typer.Option(min=0.0, help="Smallest industrial area taken as a park.")
    ] = 2.0,
    currency: Annotated[str, typer.Option(help="ISO 4217 code of the project.")] = "USD",
    exchange_rate: Annotated[
        Decimal | None,
        typer.Option(
            parser=_rate, metavar="RATE", help="Units of the currency for one US dollar, if it is another."
        ),
    ] = None,
) -> None:
    """Make a project folder from an OpenStreetMap extract."""
    from fiberplan.inputs.osm import project_from_osm
    from fiberplan.inputs.writing import write_project
    from fiberplan.terminal import show_notes

    points = [_lonlat(text) for text in backbone or []]
    found = project_from_osm(
        osm, backbone=points, min_area_ha=min_area_ha, currency=currency, exchange_rate=exchange_rate
    )
    write_project(found, output)
    show_notes(found.notes)
    typer.echo(
        f"{output}: {len(found.parks)} parks, {len(found.backbone)} backbone nodes, {len(found.corridors)} corridors. "
        f"Look through the tables, then: fiberplan plan {output} -o {output}-out"
    )


@app.command(name="map")
def map_(
    saved: Annotated[Path, typer.Argument(help="plan.gpkg of an earlier run.")],
    output: Annotated[Path, typer.Option("--output", "-o", help="HTML file to write.")] = Path("map.html"),
    language: Annotated[str | None, typer.Option("--language", "-l", help="en or fa.")] = None,
) -> None:
    """Draw the map of a saved plan."""
    typer.echo(_load(saved).map(language=_one_language(language)).save(output))


@app.command()
def report(
    saved: Annotated[Path, typer.Argument(help="plan.gpkg of an earlier run.")],
    party: Annotated[str, typer.Option(help="state, or the id of an operator.")] = "state",
    output: Annotated[Path, typer.Option("--output", "-o", help="PDF file to write.")] = Path("report.pdf"),
    language: Annotated[str | None, typer.Option("--language", "-l", help="en or fa.")] = None,
) -> None:
    """Set the report of one party from a saved plan."""
    typer.echo(_load(saved).report(party=party, language=_one_language(language)).save(output))


@app.command()
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
    from fiberplan.coalition_costs import CoalitionOptions
    from fiberplan.terminal import PlanProgress, show_comparison, show_new_split

    chosen = _one_language(language)
    found = _load(saved)
    game = game or found.project.settings.sharing.game.value
    found = _asked(found, rule=rule, game=game, weights=weights, priority=priority)
    options = CoalitionOptions(workers=workers, cache=cache)
    try:
        with PlanProgress() as progress:
            costs = _game(found, game, options, progress)
            if compare and costs is not None:
                compared = found.compare_rules(costs)
            else:
                made = found.with_split(game=costs)
    except KeyboardInterrupt:
        kept = (
            "; nothing is kept" if cache is None else f"; {cache} has what is known, run this again to go on"
        )
        raise NoPlanError(f"stopped{kept}") from None
    if compare and costs is not None:
        show_comparison(found, compared, language=chosen)
        return
    show_new_split(made, language=chosen)
    if output is not None:
        typer.echo(made.save(output))


@app.command()
def verify(saved: Annotated[Path, typer.Argument(help="plan.gpkg of an earlier run.")]) -> None:
    """Check a saved plan from its file alone: sums, present values, caps, and the certificate of its split."""
    from fiberplan.errors import VerificationError

    found = _load(saved)
    if faults := found.verify():
        raise VerificationError(str(saved), faults)
    lines, cells = len(found.ledger.lines), len(found.split.cells)
    basis = "no operator takes part" if found.proof is None else f"certificate against {found.proof.basis}"
    typer.echo(f"{saved}: holds. {lines:,} ledger lines, {cells:,} payments, caps, {basis}.")


@app.command()
def solve(
    instance: Annotated[
        Path, typer.Argument(help="Steiner tree instance: .gr (PACE) or .stp (SteinLib), also .gz.")
    ],
    time_limit: Annotated[float, typer.Option(min=0.1, help="Seconds.")] = 60.0,
    seed: Annotated[int, typer.Option(help="Of the solver's random choices.")] = 0,
) -> None:
    """Solve one Steiner tree instance; the tree goes to stdout in the PACE format, bound and status to stderr."""
    from fiberplan.solvers.formats import format_tree, read_instance
    from fiberplan.solvers.steiner import solve_steiner_tree
    from fiberplan.terminal import PlanProgress

    problem = read_instance(instance)
    with PlanProgress() as progress:
        progress.stage("routes", step=1, steps=2)
        solution = solve_steiner_tree(problem, time_limit_s=time_limit, seed=seed, progress=progress.solver)
    found = solution.report
    if solution.unreachable:
        lost = ", ".join(str(node + 1) for node in solution.unreachable)
        raise InfeasibleError(f"no way joins the first terminal to {lost}")
    if found.objective is None:
        raise NoPlanError(f"no tree was found within {time_limit:g} s")
    typer.echo(
        f"status {found.status}, objective {found.objective}, bound {found.bound}, gap {found.gap:.4%}, "
        f"{found.seconds:.2f} s, {found.stage}",
        err=True,
    )
    typer.echo(format_tree(problem, solution.edges), nl=False)


def _asked(plan: Plan, *, rule: str | None, game: str, weights: str | None, priority: str | None) -> Plan:
    """Put what the options of ``split`` say into the project of a plan."""
    from dataclasses import replace

    from fiberplan.options import GameName, SharingRuleName

    sharing = plan.project.settings.sharing
    names = [name.value for name in SharingRuleName]
    if rule is not None and rule not in names:
        raise typer.BadParameter(f"{rule!r} is not a sharing rule; choose from {', '.join(names)}")
    if game not in {*GameName, "none"}:
        raise typer.BadParameter(f"{game!r} is not a game; choose from own-networks, joint-network, none")
    sharing = replace(sharing, rule=SharingRuleName(rule or sharing.rule))
    if game == "none" and sharing.rule.is_on_game:
        raise typer.BadParameter(f"the rule {sharing.rule} needs a game; --game none has none")
    if game != "none":
        sharing = replace(sharing, game=GameName(game))
    if weights is not None:
        sharing = replace(sharing, weights=_numbers(weights, _rate))
    if priority is not None:
        sharing = replace(sharing, priority=_numbers(priority, int))
    settings = replace(plan.project.settings, sharing=sharing)
    return replace(plan, project=replace(plan.project, settings=settings))


def _game(plan: Plan, game: str, options: CoalitionOptions, progress: PlanProgress) -> CostGame | None:
    """Work out the game that ``split`` compares with; ``None`` if it is to have none, or nobody takes part."""
    from fiberplan.errors import SharingError
    from fiberplan.plan_game import MAX_AHEAD, players_of

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

    def count(done: int, of: int) -> None:
        progress.stage("coalitions", step=done, steps=of)

    return plan.cost_game(options=options, progress=count)


def _numbers(text: str, number: Callable[[str], Number]) -> dict[str, Number]:
    """Read ``name=number,name=number``."""
    try:
        pairs = [part.split("=") for part in text.split(",")]
        return {name.strip(): number(value.strip()) for name, value in pairs}
    except ValueError:
        raise typer.BadParameter(f"{text!r} is not NAME=NUMBER,NAME=NUMBER") from None


def _plan_and_write(
    folder: Path, output: Path, languages: list[str] | None, *, time_limit: float | None
) -> None:
    from dataclasses import replace

    from fiberplan.plan import plan_rollout
    from fiberplan.terminal import PlanProgress, show_notes, show_plan

    chosen = _languages(languages)
    found = _read(folder)
    if time_limit is not None:
        routing = replace(found.settings.routing, time_limit_s=time_limit)
        found = replace(found, settings=replace(found.settings, routing=routing))
    try:
        with PlanProgress() as progress:
            made = plan_rollout(found, progress=progress)
            from fiberplan.outputs import write_outputs

            files = write_outputs(made, output, languages=chosen, progress=progress.file)
    except KeyboardInterrupt:
        raise NoPlanError("stopped; earlier results are as they were") from None
    show_notes(made.notes)
    show_plan(made, files, language=chosen[0] if chosen else None)


def _read(folder: Path) -> Project:
    from fiberplan.inputs import read_project

    return read_project(folder)


def _load(saved: Path) -> Plan:
    from fiberplan.plan import Plan

    return Plan.load(saved)


def _languages(asked: list[str] | None) -> tuple[str, ...] | None:
    if not asked:
        return None
    every = [part for text in asked for part in (("en", "fa") if text == "both" else (text,))]
    return tuple(dict.fromkeys(_one_language(text) or "" for text in every))


def _one_language(text: str | None) -> str | None:
    from fiberplan.options import Language

    known = [language.value for language in Language]
    if text is not None and text not in known:
        raise typer.BadParameter(
            f"{text!r} is not a language that fiberplan speaks; choose from {', '.join(known)}"
        )
    return text


def _lonlat(text: str) -> tuple[float, float]:
    try:
        lon, lat = (float(part) for part in text.split(","))
    except ValueError:
        raise typer.BadParameter(f"{text!r} is not LON,LAT, as in 48.35,33.48") from None
    if not (-180 <= lon <= 180 and -90 <= lat <= 90):
        raise typer.BadParameter(f"{text!r} lies outside the earth; longitude comes first")
    return lon, lat


def _stop(error: BaseException, status: int) -> NoReturn:
    from rich.console import Console
    from rich.text import Text

    Console(stderr=True, soft_wrap=True).print(Text.assemble(("fiberplan: ", "bold red"), str(error)))
    sys.exit(status)


@contextmanager
def _told() -> Iterator[None]:
    """Turn the errors of the library into words and an exit status."""
    try:
        yield
    except InfeasibleError as error:
        _stop(error, 3)
    except NoPlanError as error:
        _stop(error, 4)
    except FiberplanError as error:
        _stop(error, 2)
    except OSError as error:
        _stop(error, 2)


def main() -> None:
    """Run the command line."""
    with _told():
        app()
