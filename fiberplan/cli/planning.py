"""Commands that plan or prepare a project: demo, plan, check, init, solve."""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path
from typing import Annotated

import typer

from fiberplan.cli.options import Languages, Output, languages_of, positive, read_folder
from fiberplan.errors import InfeasibleError, NoPlanError

# Heavy libraries load when a command needs them, so that --help answers at once: ruff: noqa: PLC0415


def demo(
    output: Output = Path("out"),
    language: Languages = None,
    copy: Annotated[
        Path | None, typer.Option(help="Only copy the example project into this folder, to edit it.")
    ] = None,
) -> None:
    """Plan the bundled Lorestan example.

    Writes what the command plan writes.
    """
    from fiberplan import datasets

    if copy is not None:
        datasets.copy("lorestan", copy)
        typer.echo(f"The example project is in {copy}; plan it with: fiberplan plan {copy} -o {output}")
        return
    _plan_and_write(datasets.path("lorestan"), output, language, time_limit=None)


def plan(
    project: Annotated[Path, typer.Argument(help="Project folder, with project.toml and tables.")],
    output: Output = Path("out"),
    language: Languages = None,
    time_limit: Annotated[
        float | None, typer.Option(min=0.1, help="Seconds for one routing, in place of the project's.")
    ] = None,
) -> None:
    """Plan a project folder.

    Writes the plan with routes, cost and split, the map, reports, workbooks and a summary.
    """
    _plan_and_write(project, output, language, time_limit=time_limit)


def check(project: Annotated[Path, typer.Argument(help="Project folder.")]) -> None:
    """Check a project folder and list all faults.

    Plans nothing and writes nothing.
    """
    from fiberplan.cli.show.plan import show_notes
    from fiberplan.result.rollout import check_project

    content = read_folder(project)
    graph = check_project(content)
    show_notes(content.notes + graph.notes)
    typer.echo(
        f"{len(content.parks)} parks, {len(content.backbone)} backbone nodes, {len(content.corridors)} corridors, "
        f"{len(content.operators)} operators; candidate graph: {graph.node_count} nodes, {graph.edge_count} edges. "
        "The project can be planned."
    )


def init(
    osm: Annotated[Path, typer.Option(help="OpenStreetMap extract, .osm.pbf.")],
    output: Annotated[Path, typer.Option("--output", "-o", help="Project folder to create.")],
    backbone: Annotated[
        list[str] | None, typer.Option(help="LON,LAT of a backbone node; may be repeated.")
    ] = None,
    min_area_ha: Annotated[
        float, typer.Option(min=0.0, help="Smallest industrial area that counts as a park, hectares.")
    ] = 2.0,
    currency: Annotated[str, typer.Option(help="ISO 4217 code of the project.")] = "USD",
    exchange_rate: Annotated[
        Decimal | None,
        typer.Option(
            parser=positive, metavar="RATE", help="Units of the currency for one US dollar, if it is another."
        ),
    ] = None,
) -> None:
    """Create a project folder from an OpenStreetMap extract."""
    from fiberplan.cli.show.plan import show_notes
    from fiberplan.inputs.osm import project_from_osm
    from fiberplan.inputs.writing import write_project

    points = [_lonlat(text) for text in backbone or []]
    project = project_from_osm(
        osm, backbone=points, min_area_ha=min_area_ha, currency=currency, exchange_rate=exchange_rate
    )
    write_project(project, output)
    show_notes(project.notes)
    typer.echo(
        f"{output}: {len(project.parks)} parks, {len(project.backbone)} backbone nodes, {len(project.corridors)} corridors. "
        f"Check the tables, then: fiberplan plan {output} -o {output}-out"
    )


def solve(
    instance: Annotated[
        Path, typer.Argument(help="Steiner tree instance: .gr (PACE) or .stp (SteinLib), also .gz.")
    ],
    time_limit: Annotated[float, typer.Option(min=0.1, help="Seconds until the solver stops.")] = 60.0,
    seed: Annotated[int, typer.Option(help="Seed of the solver's random choices.")] = 0,
    options: Annotated[Path | None, typer.Option(help="TOML file of options that tune the search.")] = None,
) -> None:
    """Solve a Steiner tree instance.

    The tree goes to stdout in the PACE format, bound and status to stderr.
    """
    from fiberplan.cli.show.plan import PlanProgress
    from fiberplan.solvers.problem.formats import format_tree, read_instance
    from fiberplan.solvers.run.options import SearchOptions
    from fiberplan.solvers.steiner.solve import solve_steiner_tree

    tuning = None if options is None else SearchOptions.from_toml(options)
    problem = read_instance(instance)
    with PlanProgress() as progress:
        progress.stage("routes", step=1, steps=2)
        solution = solve_steiner_tree(
            problem, time_limit_s=time_limit, seed=seed, progress=progress.solver, options=tuning
        )
    result = solution.report
    if solution.unreachable:
        lost = ", ".join(str(node + 1) for node in solution.unreachable)
        raise InfeasibleError(f"no path joins the first terminal to {lost}")
    if result.objective is None:
        raise NoPlanError(f"no tree was found within {time_limit:g} s")
    typer.echo(
        f"status {result.status}, objective {result.objective}, bound {result.bound}, gap {result.gap:.4%}, "
        f"{result.seconds:.2f} s, {result.stage}",
        err=True,
    )
    typer.echo(format_tree(problem, solution.edges), nl=False)


def _plan_and_write(
    folder: Path, output: Path, languages: list[str] | None, *, time_limit: float | None
) -> None:
    from fiberplan.cli.show.plan import PlanProgress, show_notes, show_plan
    from fiberplan.plan import plan_rollout

    chosen = languages_of(languages)
    project = read_folder(folder)
    try:
        with PlanProgress() as progress:
            result = plan_rollout(project, time_limit_s=time_limit, progress=progress)
            from fiberplan.exports.folder import write_outputs

            files = write_outputs(result, output, languages=chosen, progress=progress.file)
    except KeyboardInterrupt:
        raise NoPlanError("stopped; earlier results are as they were") from None
    show_notes(result.notes)
    show_plan(result, files, language=chosen[0] if chosen else None)


def _lonlat(text: str) -> tuple[float, float]:
    try:
        lon, lat = (float(part) for part in text.split(","))
    except ValueError:
        raise typer.BadParameter(f"{text!r} is not LON,LAT, as in 48.35,33.48") from None
    if not (-180 <= lon <= 180 and -90 <= lat <= 90):
        raise typer.BadParameter(f"{text!r} is not a place on earth; longitude is first")
    return lon, lat
