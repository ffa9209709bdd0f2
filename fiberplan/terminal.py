"""What the command line shows: progress with bound and gap, the notes, and who pays what at the end."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Final, Self

from rich.console import Console
from rich.progress import BarColumn, Progress, SpinnerColumn, TextColumn, TimeElapsedColumn
from rich.table import Table
from rich.text import Text

from fiberplan.wording import Wording, wording

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path
    from types import TracebackType

    from fiberplan.errors import Fault
    from fiberplan.plan import Plan
    from fiberplan.solvers.report import LogEntry

MAX_NOTES: Final = 12
MAX_PARKS: Final = 60
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
        """Show a stage of the planning."""
        text = wording("en").text(f"terminal.stage_{name}")
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
        """Show a file being written."""
        done = _PLANNING_SHARE + (100 - _PLANNING_SHARE) * (number - 1) / count
        self._bar.update(self._task, description=f"writing {name}", completed=done, detail="")


def show_notes(notes: Sequence[Fault]) -> None:
    """Tell the warnings on stderr, the same sentence of many rows only once."""
    console = Console(stderr=True, soft_wrap=True)
    for note in notes[:MAX_NOTES]:
        console.print(Text.assemble(("note: ", "yellow"), str(note)))
    if len(notes) > MAX_NOTES:
        console.print(
            Text(f"note: and {len(notes) - MAX_NOTES} more, all of them in summary.json", style="yellow")
        )


def show_plan(plan: Plan, files: Sequence[Path], *, language: str | None = None) -> None:
    """Print summary, the table of parks and parties, the checks, and where the files are."""
    words = wording(language or plan.project.settings.languages[0])
    console = Console(soft_wrap=False)
    console.print(Text(plan.summary(language=words.language), style=""), soft_wrap=True)
    console.print()
    console.print(_park_table(plan, words))
    passed = Counter(check.passed for check in plan.split.checks)
    console.print(
        Text(
            words.text(
                "terminal.checks", passed=words.number(passed[True]), failed=words.number(passed[False])
            )
        )
    )
    if plan.assumed_items():
        console.print(Text(words.text("terminal.assumed"), style="yellow"), soft_wrap=True)
    folder = files[0].parent
    console.print(
        Text(words.text("terminal.files", count=words.number(len(files)), folder=folder)), soft_wrap=True
    )


def _park_table(plan: Plan, words: Wording) -> Table:
    """Cost of every park and what each party pays of it, in short figures."""
    scale, unit = _scale(plan, words)
    table = Table(
        title=words.text("terminal.table_title", unit=unit), title_justify="left", header_style="bold"
    )
    table.add_column(words.text("terminal.park"), overflow="fold", max_width=28)
    table.add_column(words.text("terminal.tier"), justify="right")
    for party in plan.split.parties:
        table.add_column(
            Text(plan.party_name(party, words.language) or words.text(f"common.{party}")), justify="right"
        )
    table.add_column(words.text("common.total"), justify="right")
    parks = [park for park in plan.project.parks if any(key[1] == park.id for key in plan.split.by_park)]
    for park in parks[:MAX_PARKS]:
        amounts = [plan.split.by_park.get((party, park.id), 0) for party in plan.split.parties]
        figures = [words.number(amount / scale, digits=1) for amount in (*amounts, sum(amounts))]
        table.add_row(Text(park.name(words.language)), words.number(park.tier), *figures)
    if len(parks) > MAX_PARKS:
        table.add_row(words.text("terminal.more", count=words.number(len(parks) - MAX_PARKS)))
    amounts = [plan.split.payments[party] for party in plan.split.parties]
    figures = [words.number(amount / scale, digits=1) for amount in (*amounts, sum(amounts))]
    table.add_section()
    table.add_row(words.text("common.total"), "", *figures, style="bold")
    return table


def _scale(plan: Plan, words: Wording) -> tuple[int, str]:
    """Choose a unit in which the columns stay narrow: thousands, millions or billions of the currency."""
    per_major = plan.currency.minor_per_major
    name = words.currency_name(plan.currency)
    major = plan.ledger.present_value // per_major
    for factor, key in ((10**9, "billion"), (10**6, "million"), (10**3, "thousand")):
        if major >= factor * 100:
            return factor * per_major, f"{words.text(f'common.{key}')} {name}"
    return per_major, name
