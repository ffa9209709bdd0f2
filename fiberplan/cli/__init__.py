"""The command line: it reads options, calls the library and shows the result.

Exit status: 0 done, 2 bad input, 3 no feasible plan (with the reason), 4 stopped without a plan. Progress and errors
go to stderr, results to stdout. The commands and their options are public, the modules are internal.
"""

from __future__ import annotations

import sys
from contextlib import contextmanager
from typing import TYPE_CHECKING, NoReturn

import typer

from fiberplan.cli import paying, planning, public_money, results
from fiberplan.errors import FiberplanError, InfeasibleError, NoPlanError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

app = typer.Typer(
    name="fiberplan",
    help="Plan how industrial parks get fibre: routes with a proof, cost line by line, and who pays what.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
)
COMMANDS: tuple[Callable[..., None], ...] = (
    planning.demo,
    planning.plan,
    planning.check,
    planning.init,
    results.draw_map,
    results.report,
    paying.split,
    public_money.finance,
    public_money.auction,
    results.verify,
    planning.solve,
)
for command in COMMANDS:
    app.command(name="map" if command is results.draw_map else None)(command)


def _stop(error: BaseException, status: int) -> NoReturn:
    # rich loads where an error is shown, too: --help does not wait for it
    from rich.console import Console
    from rich.text import Text

    Console(stderr=True, soft_wrap=True).print(Text.assemble(("fiberplan: ", "bold red"), str(error)))
    sys.exit(status)


@contextmanager
def _errors_shown() -> Iterator[None]:
    """Show errors of the library as a message, and exit with their status."""
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
    with _errors_shown():
        app()
