"""Help texts of the command line; that `docs/command-line.md` has every option: `tests/test_examples.py`."""

from __future__ import annotations

from typing import Any

import pytest
import typer

from fiberplan.cli import app

GROUP: Any = typer.main.get_command(app)


@pytest.mark.parametrize("name", GROUP.commands)
def test_every_command_and_option_has_a_help_text(name: str) -> None:
    command = GROUP.commands[name]
    assert command.help
    for parameter in command.params:
        assert parameter.help, parameter.name


@pytest.mark.parametrize("name", GROUP.commands)
def test_the_list_of_commands_shows_a_whole_sentence(name: str) -> None:
    text = GROUP.commands[name].get_short_help_str(limit=60)
    assert text.endswith(".")
    assert not text.endswith("...")
