"""What `import fiberplan` promises: public names, documented, loaded when they are first used."""

from __future__ import annotations

import subprocess
import sys
from importlib import import_module

import pytest
from support.paths import ROOT

import fiberplan as fp

HEAVY = {
    "folium",
    "geopandas",
    "matplotlib",
    "networkx",
    "numba",
    "numpy",
    "ortools",
    "osmium",
    "pandas",
    "pydantic",
    "pyogrio",
    "pyproj",
    "scipy",
    "shapely",
    "typer",
    "typst",
}
PACKAGES = (
    "fiberplan",
    "fiberplan.datasets",
    "fiberplan.design",
    "fiberplan.exports",
    "fiberplan.finance",
    "fiberplan.graph",
    "fiberplan.inputs",
    "fiberplan.ledger",
    "fiberplan.maps",
    "fiberplan.project",
    "fiberplan.report",
    "fiberplan.result",
    "fiberplan.sharing",
    "fiberplan.solvers",
    "fiberplan.wording",
)
MODULES = (
    "fiberplan.cost",
    "fiberplan.crs",
    "fiberplan.errors",
    "fiberplan.money",
    "fiberplan.plan",
    "fiberplan.routing",
)
INTERNAL = ("fiberplan.cli", "fiberplan.files", "fiberplan.routes")
STORED = ROOT / "tests/data/public_names.txt"  # a name a line; a change to it belongs into the changelog


def loaded_after(code: str) -> set[str]:
    script = f"import sys; {code}; print(' '.join(sys.modules))"
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    return set(done.stdout.split())


def public_names(*modules: str) -> list[tuple[str, str]]:
    return [(module, name) for module in modules for name in import_module(module).__all__]


def test_the_public_names_are_the_stored_ones() -> None:
    """docs/stability.md says what may become of them; `python tests/test_public_api.py` stores them anew."""
    assert [f"{module}.{name}" for module, name in public_names(*PACKAGES, *MODULES)] == STORED.read_text(
        encoding="utf-8"
    ).split()


def test_every_package_is_public_or_internal() -> None:
    root = ROOT / "fiberplan"
    result = {path.stem for path in root.glob("*.py")} | {
        path.parent.name for path in root.glob("*/__init__.py")
    }
    assert {f"fiberplan.{name}" for name in result - {"__init__"}} == {*PACKAGES[1:], *MODULES, *INTERNAL}


@pytest.mark.parametrize("module", [*PACKAGES, *MODULES])
def test_every_public_name_resolves_and_is_documented(module: str) -> None:
    home = import_module(module)
    assert len(set(home.__all__)) == len(home.__all__)
    for name in home.__all__:
        value = getattr(home, name)
        assert name in dir(home)
        if callable(value):
            assert value.__doc__, name
            assert not value.__doc__.startswith(f"{name}("), f"{name} has only the docstring of its dataclass"


@pytest.mark.parametrize("package", PACKAGES)
def test_a_package_says_which_names_are_public(package: str) -> None:
    text = " ".join(str(import_module(package).__doc__).split())
    assert "public" in text
    assert list(import_module(package).__all__) == sorted(import_module(package).__all__)


@pytest.mark.parametrize("package", INTERNAL)
def test_other_packages_say_that_they_are_internal(package: str) -> None:
    assert "internal" in str(import_module(package).__doc__).lower()


@pytest.mark.parametrize("package", PACKAGES)
def test_no_public_function_has_the_name_of_a_module(package: str) -> None:
    folder = ROOT / package.replace(".", "/")
    modules = {path.stem for path in folder.glob("*.py")} | {
        path.name for path in folder.iterdir() if path.is_dir()
    }
    names = {
        name
        for name in import_module(package).__all__
        if not isinstance(getattr(import_module(package), name), type(sys))
    }
    assert not names & modules


def test_the_top_has_few_names() -> None:
    assert len(fp.__all__) <= 30


def test_an_unknown_name_is_an_attribute_error() -> None:
    with pytest.raises(AttributeError, match="nonsense"):
        fp.nonsense  # noqa: B018


def test_the_version_is_known() -> None:
    assert fp.__version__[0].isdigit()


@pytest.mark.parametrize("package", PACKAGES)
def test_importing_a_package_loads_nothing_heavy(package: str) -> None:
    assert not loaded_after(f"import {package}") & HEAVY


def test_finding_a_dataset_loads_nothing_heavy() -> None:
    assert not loaded_after("import fiberplan as fp; fp.datasets.path('lorestan')") & HEAVY


def test_the_model_needs_no_solver_and_no_tables() -> None:
    loaded = loaded_after("import fiberplan as fp; fp.Park, fp.Settings, fp.Catalogue")
    assert not loaded & {"ortools", "numba", "folium", "matplotlib", "geopandas", "pandas", "typst", "osmium"}


if __name__ == "__main__":
    STORED.write_text(
        "".join(f"{module}.{name}\n" for module, name in public_names(*PACKAGES, *MODULES)), encoding="utf-8"
    )
