"""Commands about public money: cash flows over the years, and reverse auctions."""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path
from typing import Annotated

import typer

from fiberplan.cli.options import load_plan, one_language, positive, read_folder
from fiberplan.sharing.auction.rules import Goal, PaymentRule

# Heavy libraries load when a command needs them, so that --help answers at once: ruff: noqa: PLC0415


def finance(
    saved: Annotated[Path, typer.Argument(help="plan.gpkg of an earlier run.")],
    *,
    settings: Annotated[
        Path | None,
        typer.Option(
            help="Project folder with other [business] and [instruments] than those saved with the plan."
        ),
    ] = None,
    output: Annotated[
        Path | None,
        typer.Option("--output", "-o", help="CSV file for the table of parties, years and kinds of cash."),
    ] = None,
    language: Annotated[str | None, typer.Option("--language", "-l", help="en or fa.")] = None,
) -> None:
    """Show cash by year for government and operators.

    With costs, revenues, instruments, debt and returns.
    """
    from fiberplan.cli.show.money import show_cash_flows
    from fiberplan.errors import VerificationError

    chosen = one_language(language)
    plan = load_plan(saved)
    if settings is not None:
        terms = read_folder(settings).settings
        plan = plan.with_terms(business=terms.business, instruments=terms.instruments)
    financing = plan.cash_flows()
    checks = plan.check_cash_flows(financing)
    show_cash_flows(plan, financing, checks, language=chosen)
    if output is not None:
        from fiberplan.exports.cash_flows import write_cash_flows

        typer.echo(write_cash_flows(financing, output))
    if failed := [check.kind.value for check in checks if not check.passed]:
        raise VerificationError(str(saved), failed)


def auction(
    source: Annotated[Path, typer.Argument(help="Project folder, or plan.gpkg of an earlier run.")],
    *,
    bids: Annotated[Path, typer.Option(help="Table of bids: operator_id, package, amount, units, group.")],
    goal: Annotated[
        Goal, typer.Option(help="Connect most units, or most parks; and then for the least money.")
    ] = Goal.MOST_UNITS,
    payment: Annotated[
        PaymentRule,
        typer.Option(
            help="What winners are paid: the amount of their bid, or Vickrey-Clarke-Groves payments."
        ),
    ] = PaymentRule.PAY_AS_BID,
    budget: Annotated[
        Decimal | None,
        typer.Option(
            parser=positive, metavar="AMOUNT", help="Most for all winning bids together, major units."
        ),
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
    """Award bids of operators in a reverse auction.

    The award is checked again.
    """
    from fiberplan.cli.show.money import show_award
    from fiberplan.result.auction import AuctionTerms, hold_auction
    from fiberplan.result.saved import write_award

    chosen = one_language(language)
    project = read_folder(source) if source.is_dir() else load_plan(source).project
    terms = AuctionTerms(
        goal=goal,
        payment=payment,
        budget=budget,
        cover_all=cover_all,
        reserve_per_park=reserve_per_park,
        reserve_per_unit=reserve_per_unit,
        most_parks=most_parks,
        most_money=most_money,
        largest_unit_share=largest_unit_share,
    )
    award = hold_auction(project, bids, terms, time_limit_s=time_limit)
    show_award(project, award, language=chosen)
    if output is not None:
        typer.echo(write_award(award, output))
