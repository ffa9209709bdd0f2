"""Commands about public money: cash flows over the years, and reverse auctions."""

from __future__ import annotations

from collections import Counter
from decimal import Decimal
from pathlib import Path
from typing import Annotated

import typer

from fiberplan.cli.options import load_plan, one_language, positive, read_folder
from fiberplan.sharing.auction.rules import AuctionRules, Goal, PaymentRule

# Heavy libraries load when a command needs them, so that --help answers at once: ruff: noqa: PLC0415


def finance(
    saved: Annotated[Path, typer.Argument(help="plan.gpkg of an earlier run.")],
    *,
    settings: Annotated[
        Path | None,
        typer.Option(
            help="Project folder whose [business] and [instruments] count, in place of those saved with the plan."
        ),
    ] = None,
    output: Annotated[
        Path | None,
        typer.Option("--output", "-o", help="CSV file for the table of parties, years and kinds of cash."),
    ] = None,
    language: Annotated[str | None, typer.Option("--language", "-l", help="en or fa.")] = None,
) -> None:
    """Show who pays and earns what in which year: government, operators, instruments, debt and returns."""
    from fiberplan.cli.show.money import show_cash_flows
    from fiberplan.errors import VerificationError
    from fiberplan.files import replacing
    from fiberplan.finance import check_financing

    chosen = one_language(language)
    plan = load_plan(saved)
    terms = plan.project.settings if settings is None else read_folder(settings).settings
    found = plan.cash_flows(business=terms.business, instruments=terms.instruments)
    units: Counter[str] = Counter()
    for need in plan.design.requirements:
        units[need.park_id] += need.units
    checks = check_financing(found, plan.ledger, units)
    show_cash_flows(plan, found, checks, language=chosen)
    if output is not None:
        with replacing(output) as draft:
            found.frame.to_csv(draft, index=False, lineterminator="\n")
        typer.echo(output)
    if failed := [check.kind.value for check in checks if not check.passed]:
        raise VerificationError(str(saved), failed)


def auction(
    source: Annotated[Path, typer.Argument(help="Project folder, or plan.gpkg of an earlier run.")],
    *,
    bids: Annotated[Path, typer.Option(help="Table of bids: operator_id, package, amount, units, group.")],
    goal: Annotated[
        Goal, typer.Option(help="As many units as can be, or as many parks, and then the least money.")
    ] = Goal.MOST_UNITS,
    payment: Annotated[
        PaymentRule,
        typer.Option(help="What winners get: what they ask for, or Vickrey-Clarke-Groves payments."),
    ] = PaymentRule.PAY_AS_BID,
    budget: Annotated[
        Decimal | None,
        typer.Option(parser=positive, metavar="AMOUNT", help="Most that winning bids ask for, major units."),
    ] = None,
    reserve_per_unit: Annotated[
        Decimal | None,
        typer.Option(parser=positive, metavar="AMOUNT", help="Most for a connected unit, major units."),
    ] = None,
    reserve_per_park: Annotated[
        Decimal | None, typer.Option(parser=positive, metavar="AMOUNT", help="Most for a park, major units.")
    ] = None,
    most_parks: Annotated[int | None, typer.Option(min=0, help="Most parks for one operator.")] = None,
    most_money: Annotated[
        Decimal | None,
        typer.Option(parser=positive, metavar="AMOUNT", help="Most for one operator, major units."),
    ] = None,
    largest_unit_share: Annotated[
        Decimal | None,
        typer.Option(
            parser=positive, metavar="SHARE", help="Most of all units for one operator, 0.5 for half."
        ),
    ] = None,
    cover_all: Annotated[bool, typer.Option("--cover-all", help="Every park must be won.")] = False,
    time_limit: Annotated[
        float | None, typer.Option(min=0.1, help="Seconds for each search; until it is proven by default.")
    ] = None,
    output: Annotated[
        Path | None, typer.Option("--output", "-o", help="JSON file to write the award to.")
    ] = None,
    language: Annotated[str | None, typer.Option("--language", "-l", help="en or fa.")] = None,
) -> None:
    """Award the bids of operators in a reverse auction, and check the award again."""
    from fiberplan.cli.show.money import show_award
    from fiberplan.errors import VerificationError
    from fiberplan.inputs import read_bids
    from fiberplan.result.saved import write_award
    from fiberplan.sharing.auction.award import run_auction
    from fiberplan.sharing.auction.checks import verify_award
    from fiberplan.wording import load_wording

    chosen = one_language(language)
    project = read_folder(source) if source.is_dir() else load_plan(source).project
    offers = read_bids(bids, project)

    def minor(amount: Decimal | None) -> int | None:
        return None if amount is None else int(amount * project.currency.minor_per_major)

    rules = AuctionRules(
        goal=goal,
        payment=payment,
        budget=minor(budget),
        cover_all=cover_all,
        reserve_per_park=minor(reserve_per_park),
        reserve_per_unit=minor(reserve_per_unit),
        most_parks=most_parks,
        most_money=minor(most_money),
        largest_unit_share=largest_unit_share,
    )
    units = {park.id: park.units for park in project.parks}
    award = run_auction(offers, units, rules=rules, time_limit_s=time_limit)
    show_award(project, award, language=chosen)
    if faults := verify_award(award):
        raise VerificationError("the award", faults)
    typer.echo(load_wording(chosen or project.settings.languages[0]).text("auction.holds"))
    if output is not None:
        typer.echo(write_award(award, output))
