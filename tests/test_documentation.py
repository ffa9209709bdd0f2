"""The reference shows the public names; every function documents each of its parameters, and none that it does not have."""

from __future__ import annotations

import re
from functools import cache
from importlib import import_module
from typing import TYPE_CHECKING

import griffe
import pytest
from support.paths import ROOT

from fiberplan.cli import COMMANDS

if TYPE_CHECKING:
    from collections.abc import Iterator

DOCS = ROOT / "docs"
FEW = 2  # a function with fewer parameters may say in its sentence what its parameter is


@cache
def package() -> griffe.Object | griffe.Alias:
    return griffe.load("fiberplan", search_paths=[ROOT], docstring_parser="numpy")


def public_functions(home: griffe.Object | griffe.Alias) -> Iterator[griffe.Function]:
    for name, member in home.members.items():
        if name.startswith("_") or member.is_alias:
            continue
        if isinstance(member, griffe.Function):
            yield member
        elif isinstance(member, griffe.Module | griffe.Class):
            yield from public_functions(member)


def parameters_of(function: griffe.Function) -> list[str]:
    names = [parameter.name for parameter in function.parameters]
    is_method = isinstance(function.parent, griffe.Class) and "staticmethod" not in function.labels
    return names[1:] if is_method else names


def documented(function: griffe.Function) -> list[str]:
    if function.docstring is None:
        return []
    sections = function.docstring.parse("numpy", warnings=False)
    kinds = (griffe.DocstringSectionKind.parameters, griffe.DocstringSectionKind.other_parameters)
    return [
        name.strip().lstrip("*")
        for section in sections
        if section.kind in kinds
        for parameter in section.value
        for name in parameter.name.split(",")
    ]


def faults_of(function: griffe.Function) -> list[str]:
    has, says = parameters_of(function), documented(function)
    faults = [f"documents {name}, which it does not have" for name in says if name not in has]
    faults += [f"documents {name} more than once" for name in sorted(set(says)) if says.count(name) > 1]
    if len(has) >= FEW:
        faults += [f"does not document {name}" for name in has if name not in says]
    return [f"{function.path}: {fault}" for fault in faults]


def resolve(name: str) -> object:
    home, _, attribute = name.rpartition(".")
    return getattr(import_module(home), attribute)


def test_the_reference_shows_the_public_names_and_no_others() -> None:
    pages = "".join(page.read_text(encoding="utf-8") for page in sorted((DOCS / "reference").glob("*.md")))
    shown = re.findall(r"^::: (\S+)$", pages, re.MULTILINE)
    public = (ROOT / "tests/data/public_names.txt").read_text(encoding="utf-8").split()
    assert [name for name in shown if name not in public] == []
    assert len(set(shown)) == len(shown)
    objects = [resolve(name) for name in shown]
    missing = [name for name in public if not any(resolve(name) is value for value in objects)]
    assert missing == ["fiberplan.datasets"], "write '::: package.name' into its page of docs/reference"


def test_every_public_function_documents_its_parameters() -> None:
    # Commands document theirs in the help texts of their options (tests/cli/test_help.py).
    commands = {f"{command.__module__}.{command.__name__}" for command in COMMANDS}
    functions = [function for function in public_functions(package()) if function.path not in commands]
    assert len(functions) > 500
    assert [fault for function in functions for fault in faults_of(function)] == []


@pytest.mark.parametrize(
    ("code", "faults"),
    [
        (
            "def f(a, b):\n    '''Add.\n\n    Parameters\n    ----------\n    a, b\n        Numbers.\n    '''",
            [],
        ),
        (
            "def f(a, *b, **c):\n    '''Add.\n\n    Parameters\n    ----------\n    a\n        One.\n    *b\n        More.\n    **c\n        Named.\n    '''",
            [],
        ),
        ("def f(a):\n    '''Print a number.'''", []),
        ("def f(a, b):\n    '''Add.'''", ["does not document a", "does not document b"]),
        (
            "def f(a, b):\n    '''Add.\n\n    Parameters\n    ----------\n    a, b, c\n        Numbers.\n    '''",
            ["documents c, which it does not have"],
        ),
        (
            "def f(a, b):\n    '''Add.\n\n    Parameters\n    ----------\n    a\n        One.\n    a, b\n        Two.\n    '''",
            ["documents a more than once"],
        ),
        ("class C:\n    def f(self, a):\n        '''Print a number.'''", []),
        (
            "class C:\n    @classmethod\n    def f(cls, a, b):\n        '''Add.'''",
            ["does not document a", "does not document b"],
        ),
    ],
)
def test_the_check_finds_what_is_missing_and_what_is_too_much(code: str, faults: list[str]) -> None:
    with griffe.temporary_visited_module(code, docstring_parser="numpy") as module:
        result = [fault for function in public_functions(module) for fault in faults_of(function)]
    assert [fault.split(": ")[1] for fault in result] == faults
