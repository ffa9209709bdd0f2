"""What keeps the code easy to find one's way in: sizes, imports without circles, few names at the top, true diagrams."""

from __future__ import annotations

import ast
import runpy
from functools import cache
from statistics import quantiles
from typing import TYPE_CHECKING

import grimp
import networkx as nx
import pytest
from support.paths import ROOT

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

PACKAGE = ROOT / "fiberplan"
MODULES = sorted(PACKAGE.rglob("*.py"))
LONGEST_MODULE = 400  # lines
LONGEST_BODY = 60  # lines of a function without its docstring
NINTH_DECILE = 25
MOST_AT_TOP = 24  # packages and modules


@cache
def imports() -> nx.DiGraph[str]:
    result = grimp.build_graph("fiberplan", exclude_type_checking_imports=False, cache_dir=None)
    graph = nx.DiGraph()
    graph.add_nodes_from(result.modules)
    for module in result.modules:
        graph.add_edges_from((module, target) for target in result.find_modules_directly_imported_by(module))
    return graph


def body_lengths(path: Path) -> Iterator[tuple[int, str]]:
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            body = node.body[1:] if ast.get_docstring(node) is not None else node.body
            if body:
                yield (
                    body[-1].end_lineno - body[0].lineno + 1,
                    f"{path.relative_to(ROOT)}:{node.lineno} {node.name}",
                )


def test_no_module_is_long() -> None:
    lengths = {
        str(path.relative_to(ROOT)): len(path.read_text(encoding="utf-8").splitlines()) for path in MODULES
    }
    assert {name: length for name, length in lengths.items() if length > LONGEST_MODULE} == {}


def test_no_function_is_long_and_most_are_short() -> None:
    bodies = [body for path in MODULES for body in body_lengths(path)]
    assert [body for body in bodies if body[0] > LONGEST_BODY] == []
    assert quantiles([length for length, _ in bodies], n=10)[-1] < NINTH_DECILE


def test_imports_have_no_circle_even_for_type_checking() -> None:
    assert [sorted(circle) for circle in nx.strongly_connected_components(imports()) if len(circle) > 1] == []


def test_no_module_imports_public_names_of_a_package_that_holds_it() -> None:
    """The lists of public names are read when the program runs, where import-linter does not see them."""
    public = {".".join(path.parent.relative_to(ROOT).parts) for path in PACKAGE.rglob("__init__.pyi")}
    inner = [(module, target) for module, target in imports().edges if module.startswith(f"{target}.")]
    assert [(module, target) for module, target in inner if target in public] == []


def test_the_top_is_small() -> None:
    names = {path.stem for path in PACKAGE.glob("*.py")} | {
        path.parent.name for path in PACKAGE.glob("*/__init__.py")
    }
    assert len(names - {"__init__"}) <= MOST_AT_TOP


@pytest.mark.parametrize("name", ["packages.svg", "data.svg"])
def test_the_diagrams_are_those_of_the_code(name: str) -> None:
    drawn = runpy.run_path(str(ROOT / "tools/draw_diagrams.py"))["diagrams"]()
    stored = (ROOT / "docs/images" / name).read_text(encoding="utf-8")
    assert stored == drawn[name], "`make diagrams` draws it anew"
