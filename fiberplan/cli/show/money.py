"""What the command line shows of public money: smallest subsidies, cash flows by year, and awards."""

from __future__ import annotations

from fractions import Fraction
from typing import TYPE_CHECKING, Final

from rich.console import Console
from rich.text import Text

from fiberplan.cli.show.plan import money_unit, plain_table
from fiberplan.finance.instruments.registry import instrument_text
from fiberplan.money import round_half_up
from fiberplan.report.sentences.subsidy import COLUMNS, SubsidyText
from fiberplan.sharing.accounts.dividing import STATE
from fiberplan.wording import Wording, load_wording

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from rich.table import Table

    from fiberplan.finance.checks import FinancingCheck
    from fiberplan.finance.statement import FinancingPlan, Measures
    from fiberplan.plan import Plan
    from fiberplan.project.model import Project
    from fiberplan.result.record import SubsidyProof
    from fiberplan.sharing.auction.award import Award

MAX_LISTED: Final = 12


def show_subsidy(plan: Plan, proof: SubsidyProof, *, language: str | None = None) -> None:
    """Print how much public money is needed, who gets it, and which rules or groups require it.

    Parameters
    ----------
    plan
        The plan.
    proof
        Its subsidy.
    language
        Code of the language; the first of the project if ``None``.
    """
    words = load_wording(language or plan.project.settings.languages[0])
    console = Console(soft_wrap=False)
    text = SubsidyText(proof, plan.currency, words, lambda who: _name(plan.project, who, words))
    _say(console, text.title(), style="bold")
    for sentence in text.premises():
        _say(console, sentence)
    scale, unit = money_unit(plan.ledger.present_value, plan.currency, words)
    table = plain_table(words.text("subsidy.table", unit=unit))
    table.add_column(words.text("subsidy.operator"), no_wrap=True)
    for key in COLUMNS:
        table.add_column(words.text(f"subsidy.{key}"), justify="right", no_wrap=True)
    for name, amounts in text.rows():
        figures = (
            words.text("subsidy.no_limit")
            if amount is None
            else words.number(round_half_up(Fraction(amount, scale)))
            for amount in amounts
        )
        table.add_row(Text(name), *figures)
    console.print(table)
    _say(console, text.is_least())
    if bindings := text.bindings():
        _say(console, words.text("subsidy.binding_rules"))
        for sentence in (*(f"  {binding}" for binding in bindings), *text.without()):
            _say(console, sentence)
    else:
        _say(console, words.text("subsidy.nothing_needed"))


def show_cash_flows(
    plan: Plan, financing: FinancingPlan, checks: Sequence[FinancingCheck], *, language: str | None = None
) -> None:
    """Print net cash by year and party, its measures, the instruments, and whether the sums hold.

    Parameters
    ----------
    plan
        The plan.
    financing
        Its cash flows.
    checks
        Of the cash flows.
    language
        Code of the language; the first of the project if ``None``.
    """
    words = load_wording(language or plan.project.settings.languages[0])
    console = Console(soft_wrap=False)
    _say(console, words.text("finance.title", years=words.number(financing.years)), style="bold")
    console.print(_years_table(plan, financing, words))
    console.print(_measures_table(plan, financing, words))
    if financing.effects:
        console.print(_instruments_table(plan, financing, words))
    for line in financing.limit_lines(words):
        _say(console, line)
    for check in (check for check in checks if not check.passed):
        amount = words.money(check.amount, plan.currency)
        _say(
            console,
            words.text("finance.check_fails", check=check.kind.value, where=check.where, amount=amount),
        )
    if all(check.passed for check in checks):
        _say(console, words.text("finance.checks_hold"))
    _say(console, words.text("finance.rounded"))


def _years_table(plan: Plan, financing: FinancingPlan, words: Wording) -> Table:
    scale, unit = money_unit(plan.ledger.present_value, plan.currency, words)

    def figure(value: int) -> str:
        return words.number(round_half_up(Fraction(value, scale))) if value else "–"

    table = plain_table(words.text("finance.table", unit=unit))
    table.add_column(words.text("finance.year"), justify="right")
    for party in financing.parties:
        table.add_column(Text(_party(party, words)), justify="right", no_wrap=True)
    for year in range(financing.years + 1):
        table.add_row(
            words.number(year), *(figure(financing.net(party)[year]) for party in financing.parties)
        )
    table.add_section()
    totals = (figure(financing.net(party).total) for party in financing.parties)
    table.add_row(words.text("common.total"), *totals, style="bold")
    return table


def _measures_table(plan: Plan, financing: FinancingPlan, words: Wording) -> Table:
    scale, unit = money_unit(plan.ledger.present_value, plan.currency, words)
    table = plain_table(words.text("finance.measures", unit=unit))
    table.add_column(words.text("finance.who"), no_wrap=True)
    for key in ("value", "rate_column", "payback_column", "equivalent", "peak_debt"):
        table.add_column(words.text(f"finance.{key}"), justify="right")
    for party, measures in financing.measures.items():
        amounts = (measures.net_present_value, financing.advantage(party), max(financing.debt(party)))
        value, given, debt = (
            words.number(round_half_up(Fraction(amount, scale))) if amount else "–" for amount in amounts
        )
        payback = "–" if measures.payback_year is None else words.number(measures.payback_year)
        name = words.text("common.state") if party == STATE else _name(plan.project, party, words)
        table.add_row(Text(name), value, _rate(measures, words), payback, given, debt)
    return table


def _rate(measures: Measures, words: Wording) -> str:
    if measures.internal_rate is not None:
        return words.percent(measures.internal_rate, digits=1)
    return words.text("finance.several") if measures.internal_rates else "–"


def _instruments_table(plan: Plan, financing: FinancingPlan, words: Wording) -> Table:
    scale, unit = money_unit(plan.ledger.present_value, plan.currency, words)
    table = plain_table(words.text("finance.instruments", unit=unit))
    table.add_column(words.text("finance.instrument"), no_wrap=True)
    table.add_column(words.text("finance.who"), no_wrap=True)
    for key in ("outlay", "equivalent"):
        table.add_column(words.text(f"finance.{key}"), justify="right")
    rows = financing.instruments_frame[["instrument", "operator", "outlay", "grant_equivalent"]]
    for instrument, operator, *amounts in rows.itertuples(index=False, name=None):
        figures = [words.number(round_half_up(Fraction(int(amount), scale))) for amount in amounts]
        table.add_row(
            Text(instrument_text(instrument, words)), Text(_name(plan.project, operator, words)), *figures
        )
    return table


def show_award(project: Project, award: Award, *, language: str | None = None) -> None:
    """Print an award that was checked: every bid with its outcome, what winners are paid, and what is proven.

    Parameters
    ----------
    project
        Whose parks were awarded.
    award
        From `hold_auction`.
    language
        Code of the language; the first of the project if ``None``.
    """
    words = load_wording(language or project.settings.languages[0])
    console = Console(soft_wrap=False)
    number, rules = words.number, award.rules
    _say(
        console,
        words.text("auction.title", won=number(len(award.won)), bids=number(len(award.bids))),
        style="bold",
    )
    goal, payment = (words.text(f"auction.{kind.value}") for kind in (rules.goal, rules.payment))
    _say(console, words.text("auction.goal", goal=goal, payment=payment))
    console.print(_bids_table(project, award, words))
    sums = words.text(
        "auction.sums",
        parks=number(len(award.parks) - len(award.uncovered)),
        all=number(len(award.parks)),
        units=number(award.units),
        asked=words.money(award.asked, project.currency),
        paid=words.money(award.total_paid, project.currency),
    )
    _say(console, sums, style="bold")
    for sentence in (*_winners(project, award, words), *_remarks(project, award, words)):
        _say(console, sentence)


def _winners(project: Project, award: Award, words: Wording) -> Iterator[str]:
    """Yield what each winner is paid and connects."""
    for operator, count, parks, units, asked, paid in award.winners_frame.itertuples(index=False, name=None):
        assert count, "a winner has bids"
        sentence = words.text(
            "auction.winner",
            operator=_name(project, operator, words),
            paid=words.money(int(paid), project.currency),
            parks=words.number(parks),
            units=words.number(units),
            asked=words.money(int(asked), project.currency),
        )
        yield f"  {sentence}"


def _remarks(project: Project, award: Award, words: Wording) -> Iterator[str]:
    """Yield which parks have no winner, and what is proven of the award."""
    if len(award.uncovered) > MAX_LISTED:
        yield words.text("auction.uncovered_many", count=words.number(len(award.uncovered)))
    elif award.uncovered:
        yield words.text("auction.uncovered", parks=words.text("certificate.comma").join(award.uncovered))
    if award.over_budget:
        yield words.text("auction.over_budget", amount=words.money(award.over_budget, project.currency))
    if award.rules.payment.value == "vcg" and not award.is_truthful:
        yield words.text("auction.not_truthful")
    yield words.text("auction.proven" if award.is_proven else "auction.not_proven")
    yield words.text("auction.holds")


def _bids_table(project: Project, award: Award, words: Wording) -> Table:
    scale, unit = money_unit(award.asked or max(bid.amount for bid in award.bids), project.currency, words)
    table = plain_table(words.text("auction.amounts", unit=unit))
    for key in ("bid", "operator", "parks"):
        table.add_column(words.text(f"auction.{key}"))
    for key in ("units", "asks"):
        table.add_column(words.text(f"auction.{key}"), justify="right")
    table.add_column(words.text("auction.outcome"))
    lost = {loss.bid_id: loss for loss in award.lost}
    comma = words.text("certificate.comma")
    for bid in award.bids:
        outcome = words.text("auction.won")
        if loss := lost.get(bid.id):
            outcome = comma.join(words.text(f"auction.reason.{reason.value}") for reason in loss.reasons)
            if loss.beaten_by:
                outcome = words.text("auction.beaten", reasons=outcome, bids=comma.join(loss.beaten_by))
        asks = words.number(round_half_up(Fraction(bid.amount, scale)))
        parks = comma.join(bid.park_ids)
        style = None if loss else "bold"
        table.add_row(
            Text(bid.id),
            Text(bid.operator_id),
            Text(parks),
            words.number(bid.units),
            asks,
            Text(outcome),
            style=style,
        )
    return table


def _name(project: Project, who: str, words: Wording) -> str:
    """Return the name of an operator with its id, or of another party."""
    if any(operator.id == who for operator in project.operators):
        name = project.operator(who).name(words.language)
        return who if name == who else f"{name} ({who})"
    return words.texts.get(f"common.{who}", who)


def _party(party: str, words: Wording) -> str:
    return words.texts.get(f"common.{party}", party)


def _say(console: Console, text: str, *, style: str = "") -> None:
    console.print(Text(text, style=style), soft_wrap=True)
