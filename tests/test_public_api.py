"""What `import fiberplan` promises: its names, and that it is quick."""

from __future__ import annotations

import subprocess
import sys

import pytest

import fiberplan as fp

HEAVY = (
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
)


def loaded_after(code: str) -> set[str]:
    script = f"import sys; {code}; print(' '.join(sys.modules))"
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    return set(done.stdout.split())


@pytest.mark.parametrize("name", fp.__all__)
def test_every_name_resolves(name: str) -> None:
    assert getattr(fp, name) is not None
    assert name in dir(fp)


def test_names_are_sorted_and_not_many() -> None:
    assert list(fp.__all__) == sorted(fp.__all__)
    assert len(fp.__all__) <= 30
    assert set(fp._HOME) | {"datasets"} == set(fp.__all__)


def test_no_exported_function_has_the_name_of_a_module() -> None:
    functions = [name for name in fp.__all__ if callable(getattr(fp, name)) and name.islower()]
    for name in functions:
        assert not (fp.__path__ and any(name == home.rpartition(".")[2] for home in fp._HOME.values()))


def test_a_name_that_is_not_there_is_an_attribute_error() -> None:
    with pytest.raises(AttributeError, match="nonsense"):
        fp.nonsense  # noqa: B018


def test_the_version_is_told() -> None:
    assert fp.__version__[0].isdigit()


def test_importing_loads_nothing_heavy() -> None:
    assert not loaded_after("import fiberplan") & set(HEAVY)


def test_finding_a_dataset_loads_nothing_heavy() -> None:
    loaded = loaded_after("import fiberplan as fp; fp.datasets.path('lorestan')")
    assert not loaded & set(HEAVY)


def test_the_model_needs_no_solver_and_no_tables() -> None:
    loaded = loaded_after("import fiberplan as fp; fp.Park, fp.Settings, fp.Catalogue")
    assert not loaded & {"ortools", "numba", "folium", "matplotlib", "geopandas", "pandas", "typst", "osmium"}
