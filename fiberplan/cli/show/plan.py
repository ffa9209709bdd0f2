"""What the command line shows of planning: progress with bound and gap, warnings, and payments."""

from __future__ import annotations

from collections import Counter, defaultdict
from fractions import Fraction
from typing import TYPE_CHECKING, Final, Self

from rich.box import SIMPLE_HEAD
from rich.console import Console
from rich.progress import BarColumn, Progress, SpinnerColumn, TextColumn, TimeElapsedColumn
from rich.table import Table
from rich.text import Text

from fiberplan.money import round_half_up
from fiberplan.report.sentences.certificate import CertificateText
from fiberplan.result.rule_text import rule_name
from fiberplan.wording import Wording, load_wording

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from pathlib import Path
    from types import TracebackType

    from fiberplan.errors import Fault
    from fiberplan.money import Currency
    from fiberplan.plan import Plan
    from fiberplan.sharing.comparison import RuleComparison
    from fiberplan.solvers.run.report import LogEntry

MAX_NOTES: Final = 12
MAX_PARKS: Final = 60
MAX_OPERATORS: Final = 6
_PLANNING_SHARE: Final = 60
"""Percent of the bar that planning takes; writing takes the rest."""


class PlanProgress:
    """A progress bar on stderr that follows the stages, the solver and the files."""

    def __init__(self) -> None:
        self._bar = Progress(
            SpinnerColumn(),
            TextColumn("{task.description}"),
            BarColumn(bar_width=24),
            TimeElapsedColumn(),
            TextColumn("{task.fields[detail]}"),
            console=Console(stderr=True),
            transient=True,
        )
        self._task = self._bar.add_task("", total=100, detail="")

    def __enter__(self) -> Self:
        self._bar.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._bar.stop()

    def stage(self, name: str, *, step: int, steps: int) -> None:
        """Show a stage of the planning.

        Parameters
        ----------
        name
            Of the stage.
        step, steps
            Its number, from 1, and the number of all.
        """
        text = load_wording("en").text(f"terminal.stage_{name}")
        self._bar.update(
            self._task, description=text, completed=_PLANNING_SHARE * (step - 1) / steps, detail=""
        )

    def solver(self, entry: LogEntry) -> None:
        """Show bound and gap."""
        if entry.incumbent is None:
            detail = f"bound {entry.bound:,}"
        else:
            gap = (entry.incumbent - entry.bound) / entry.incumbent if entry.incumbent else 0.0
            detail = f"bound {entry.bound:,}  best {entry.incumbent:,}  gap {gap:.2%}"
        self._bar.update(self._task, detail=detail)

    def file(self, name: str, number: int, count: int) -> None:
        """Show which file is being written.

        Parameters
        ----------
        name
            Of the file.
        number, count
            Its number, from 1, and the number of all.
        """
        done = _PLANNING_SHARE + (100 - _PLANNING_SHARE) * (number - 1) / count
        self._bar.update(self._task, description=f"writing {name}", completed=done, detail="")


def show_notes(notes: Sequence[Fault]) -> None:
    """Print warnings on stderr, at most `MAX_NOTES` of them."""
    console = Console(stderr=True, soft_wrap=True)
    for note in notes[:MAX_NOTES]:
        console.print(Text.assemble(("note: ", "yellow"), str(note)))
    if len(notes) > MAX_NOTES:
        console.print(
            Text(f"note: and {len(notes) - MAX_NOTES} more, all of them in summary.json", style="yellow")
        )


def show_plan(plan: Plan, files: Sequence[Path], *, language: str | None = None) -> None:
    """Print summary, the table of parks and parties, the checks, and the folder of the files.

    Parameters
    ----------
    plan
        The plan.
    files
        Its output files.
    language
        Code of the language; the first of the project if ``None``.
    """
    words = load_wording(language or plan.project.settings.languages[0])
    console = Console(soft_wrap=False)
    console.print(Text(plan.summary(language=words.language), style=""), soft_wrap=True)
    console.print()
    show_split(plan, console, words)
    if plan.assumed_items():
        console.print(Text(words.text("terminal.assumed"), style="yellow"), soft_wrap=True)
    folder = files[0].parent
    console.print(
        Text(words.text("terminal.files", count=words.number(len(files)), folder=folder)), soft_wrap=True
    )


def show_split(plan: Plan, console: Console, words: Wording) -> None:
    """Print what each party pays of every park, how many checks hold, and the certificate in short.

    Parameters
    ----------
    plan
        The plan.
    console
        Where to print.
    words
        In which language.
    """
    console.print(_park_table(plan, words))
    passed = Counter(check.passed for check in plan.split.checks)
    checks = words.text(
        "terminal.checks", passed=words.number(passed[True]), failed=words.number(passed[False])
    )
    console.print(Text(checks))
    if plan.proof is not None:
        text = CertificateText(plan, plan.proof, words, _namer(plan, words))
        for line in text.lines():
            console.print(Text(line), soft_wrap=True)


def show_new_split(plan: Plan, *, language: str | None = None) -> None:
    """Print another split of a plan: the rule, each party's payment, the table, and the certificate in full.

    Parameters
    ----------
    plan
        With its new split.
    language
        Code of the language; the first of the project if ``None``.
    """
    words = load_wording(language or plan.project.settings.languages[0])
    console = Console(soft_wrap=False)
    rule = rule_name(plan.split.rule, words)
    console.print(Text(words.text("terminal.split_rule", rule=rule), style="bold"), soft_wrap=True)
    for party, amount in plan.split.payments.items():
        name = plan.party_name(party, words.language)
        who = words.text(f"common.{party}") if name is None else f"{name} ({party})"
        console.print(Text(f"  {who}: {words.money(amount, plan.currency)}"), soft_wrap=True)
    console.print()
    show_split(plan, console, words)
    if plan.proof is None:
        return
    text = CertificateText(plan, plan.proof, words, _namer(plan, words))
    console.print()
    console.print(Text(text.basis()), soft_wrap=True)
    for finding in text.findings:
        console.print(Text(f"  {text.title(finding)}: {text.verdict(finding)}"), soft_wrap=True)
    for sentence in text.conclusions():
        console.print(Text(sentence), soft_wrap=True)


def show_comparison(plan: Plan, compared: RuleComparison, *, language: str | None = None) -> None:
    """Print what each operator would pay by every rule, what the rule violates, and why other rules do not apply.

    Parameters
    ----------
    plan
        The plan.
    compared
        From `Plan.compare_rules`.
    language
        Code of the language; the first of the project if ``None``.
    """
    words = load_wording(language or plan.project.settings.languages[0])
    scale, unit = money_unit(plan.ledger.present_value, plan.currency, words)
    table = plain_table(words.text("terminal.compare_title", unit=unit))
    table.add_column(words.text("terminal.rule"), no_wrap=True)
    for player in compared.players:
        table.add_column(Text(str(player)), justify="right", no_wrap=True)
    table.add_column(words.text("terminal.violates"))
    for result in compared.results:
        if result.reason:
            continue
        figures = [words.number(round_half_up(result.shares[who] / scale)) for who in compared.players]
        failed = ", ".join(entry.kind.value for entry in result.findings if entry.passed is False)
        table.add_row(Text(result.rule), *figures, failed or "–")
    console = Console(soft_wrap=False)
    console.print(table)
    for result in compared.results:
        if result.reason:
            sentence = words.text("terminal.does_not_apply", rule=result.rule, reason=result.reason)
            console.print(Text(sentence), soft_wrap=True)


def _namer(plan: Plan, words: Wording) -> Callable[[str], str]:
    return lambda who: plan.party_name(who, words.language) or who


def _park_table(plan: Plan, words: Wording) -> Table:
    """Tabulate what each party pays of every park, in short figures."""
    scale, unit = money_unit(plan.ledger.present_value, plan.currency, words)
    table = plain_table(words.text("terminal.table_title", unit=unit))
    table.add_column(
        words.text("terminal.park"), no_wrap=True, overflow="ellipsis", min_width=16, max_width=28
    )
    columns = _columns(plan, words)
    for name in (*columns, words.text("common.total")):
        table.add_column(Text(name), justify="right", min_width=6, no_wrap=True)

    def figures(paid: Mapping[str, int]) -> list[str]:
        amounts = [sum(paid.get(party, 0) for party in parties) for parties in columns.values()]
        return [words.number(round_half_up(Fraction(amount, scale))) if amount else "–" for amount in amounts]

    by_park: defaultdict[str, dict[str, int]] = defaultdict(dict)
    for (party, park_id), amount in plan.split.by_park.items():
        by_park[park_id][party] = amount
    parks = [park for park in plan.project.parks if park.id in by_park]
    for park in parks[:MAX_PARKS]:
        paid = by_park[park.id]
        table.add_row(Text(park.name(words.language)), *figures(paid), _total_figure(words, paid, scale))
    if len(parks) > MAX_PARKS:
        table.add_row(words.text("terminal.more", count=words.number(len(parks) - MAX_PARKS)))
    table.add_section()
    paid = plan.split.payments
    table.add_row(words.text("common.total"), *figures(paid), _total_figure(words, paid, scale), style="bold")
    return table


def _total_figure(words: Wording, paid: Mapping[str, int], scale: int) -> str:
    """Write what all parties pay together."""
    return words.number(round_half_up(Fraction(sum(paid.values()), scale)))


def _columns(plan: Plan, words: Wording) -> dict[str, tuple[str, ...]]:
    """Choose the columns: a party each, operators by id, or all operators in one where a terminal is too narrow."""
    names = {party: plan.party_name(party, words.language) for party in plan.split.parties}
    operators = tuple(party for party, name in names.items() if name is not None)
    if len(operators) <= MAX_OPERATORS:
        return {party if name else words.text(f"common.{party}"): (party,) for party, name in names.items()}
    others = [party for party, name in names.items() if name is None]
    columns = {words.text(f"common.{party}"): (party,) for party in others}
    return {**columns, words.text("terminal.operators"): operators}


def plain_table(title: str) -> Table:
    """Create a table without frame, as all tables of the command line are."""
    return Table(
        title=Text(title),
        title_justify="left",
        title_style="bold",
        header_style="bold",
        box=SIMPLE_HEAD,
        pad_edge=False,
        padding=(0, 1),
        collapse_padding=True,
    )


def money_unit(amount: int, currency: Currency, words: Wording) -> tuple[int, str]:
    """Choose a unit in which columns stay narrow: thousands, millions or billions of the currency.

    Parameters
    ----------
    amount
        A large one of the table, minor units.
    currency
        Of all amounts.
    words
        In which language the unit is named.

    Returns
    -------
    tuple
        The unit in minor units, and its name.
    """
    per_major = currency.minor_per_major
    name = words.currency_name(currency)
    major = amount // per_major
    for factor, key in ((10**9, "billion"), (10**6, "million"), (10**3, "thousand")):
        if major >= factor * 1000:
            return factor * per_major, f"{words.text(f'common.{key}')} {name}"
    return per_major, name
