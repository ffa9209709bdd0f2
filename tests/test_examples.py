"""The notebooks run and show what their text says; the documentation names what the package has."""

from __future__ import annotations

import json
import os
import re
import shutil
from typing import TYPE_CHECKING, Any

import nbformat
import pytest
import typer
from nbclient import NotebookClient
from support.paths import ROOT

import fiberplan
from fiberplan.cli import app
from fiberplan.sharing.accounts.checks import CheckKind

if TYPE_CHECKING:
    from pathlib import Path

EXAMPLES, DOCS = ROOT / "examples", ROOT / "docs"
NOTEBOOKS = sorted(EXAMPLES.glob("*.ipynb"))
CLEAN = "FIBERPLAN_CLEAN_NOTEBOOKS"
METADATA = {
    "kernelspec": {"display_name": "Python 3", "language": "python", "name": "python3"},
    "language_info": {"name": "python"},
}


def stripped(notebook: dict[str, Any]) -> dict[str, Any]:
    """Keep what a person wrote: no outputs, no counts, no metadata of an editor."""
    cells = []
    for cell in notebook["cells"]:
        kept = {"cell_type": cell["cell_type"], "id": cell["id"], "metadata": {}, "source": cell["source"]}
        if cell["cell_type"] == "code":
            kept |= {"execution_count": None, "outputs": []}
        cells.append(dict(sorted(kept.items())))
    return {"cells": cells, "metadata": METADATA, "nbformat": 4, "nbformat_minor": 5}


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
def test_a_notebook_is_kept_without_outputs(path: Path) -> None:
    result = json.loads(path.read_text(encoding="utf-8"))
    text = json.dumps(stripped(result), indent=1, ensure_ascii=False) + "\n"
    if os.environ.get(CLEAN):
        path.write_text(text, encoding="utf-8")
    assert path.read_text(encoding="utf-8") == text, f"{path.name} is not clean; {CLEAN}=1 makes it so"
    ids = [cell["id"] for cell in result["cells"]]
    assert len(set(ids)) == len(ids)
    assert not [name for name in ids if re.fullmatch(r"[0-9a-f]{8}", name)], "name a cell after what it does"


def run_notebook(name: str, folder: Path) -> dict[str, str]:
    """Run a notebook in a copy of the examples; what each cell shows, by cell id."""
    shutil.copytree(EXAMPLES, folder, ignore=shutil.ignore_patterns("results", ".ipynb_checkpoints"))
    notebook = nbformat.read(folder / f"{name}.ipynb", as_version=4)  # type: ignore[no-untyped-call]
    client = NotebookClient(notebook, timeout=120, resources={"metadata": {"path": str(folder)}})
    client.execute()
    return {cell.id: "".join(map(shown, cell.outputs)) for cell in notebook.cells if cell.cell_type == "code"}


def shown(output: nbformat.NotebookNode) -> str:
    if output.output_type == "stream":
        assert output.name == "stdout", f"a reader would see: {output.text}"
        return str(output.text)
    return "".join(f"{kind}\n{output.data[kind]}\n" for kind in sorted(output.data))


def table(text: str) -> dict[str, list[str]]:
    """Read an HTML table: the cells of each row by the row's first one."""
    rows = [
        re.findall(r"<t[hd].*?>(.*?)</t[hd]>", row, re.DOTALL)
        for row in re.findall(r"<tr.*?</tr>", text, re.DOTALL)
    ]
    return {cells[0]: cells[1:] for cells in rows}


@pytest.mark.notebook
@pytest.mark.slow
def test_a_first_plan(tmp_path: Path) -> None:
    shows = run_notebook("01_first_plan", tmp_path / "examples")
    assert "25 industrial parks" in shows["read"]
    assert "25 of 25 parks" in shows["plan"]
    assert "proven cheapest" in shows["plan"]
    assert "<iframe" in shows["map"]
    assert re.search(r"proven: +True", shows["proof"])
    compared = {
        first: [*map(float, cells)] for first, cells in table(shows["whatif-compare"]).items() if first
    }
    before, after = compared["of it through rock, km"]
    assert after < before / 2, "the text says that the planner goes around the rock"
    before, after = compared["cable route, km"]
    assert after > before
    assert shows["whatif-new"].split(": ")[1].strip()
    assert "LR01" in shows["whatif-tier-route"]
    assert shows["save"].strip().endswith("True")
    assert (tmp_path / "examples/results/lorestan.gpkg").is_file()


@pytest.mark.notebook
@pytest.mark.slow
def test_who_pays_what(tmp_path: Path) -> None:
    shows = run_notebook("02_who_pays_what", tmp_path / "examples")
    assert "equal to the rial: True" in shows["exact"]
    assert "image/png" in shows["chart"]
    rules, *_ = table(shows["checks"]).values()
    verdicts = {
        kind: dict(zip(rules, cells, strict=True)) for kind, cells in table(shows["checks"]).items() if kind
    }
    assert set(verdicts) == set(CheckKind)
    assert {verdict["segment-use"] for verdict in verdicts.values()} == {"holds"}
    for rule in ("demand", "equal"):
        broken = [kind for kind, verdict in verdicts.items() if verdict[rule].startswith("broken")]
        assert broken, f"the text says that {rule} overcharges somebody"
    assert shows["hand-compare"].count("equal: True") == 4
    assert "equal: False" not in shows["hand-compare"]
    for language in ("en", "fa"):
        assert (tmp_path / f"examples/results/op-a-{language}.pdf").read_bytes().startswith(b"%PDF")


@pytest.mark.notebook
@pytest.mark.slow
def test_your_province_from_osm(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FIBERPLAN_OSM", "data/sample.osm")
    shows = run_notebook("03_your_province_from_osm", tmp_path / "examples")
    assert "sample.osm" in shows["extract"]
    assert "Hill Park" in shows["read"]
    assert "Sampleton exchange" in shows["corridors"]
    assert "Assumed: operators" in shows["assumed"]
    assert "4 of 5 parks" in shows["plan"]
    assert "w305" in shows["unreached"], "the quarry lies too far from every road"
    assert "<iframe" in shows["map"]
    results = tmp_path / "examples/results"
    assert {file.name for file in results.iterdir()} == {"sample", "sample.html", "sample.gpkg"}


@pytest.mark.notebook
@pytest.mark.slow
def test_fair_shares_and_public_money(tmp_path: Path) -> None:
    shows = run_notebook("04_fair_shares_and_public_money", tmp_path / "examples")
    assert re.search(r"core +holds", shows["certificate-show"])
    assert "the core is not empty" in shows["certificate-show"]
    assert "that do" not in shows["certificate-show"]
    assert table(shows["rules-show"])["nucleolus"][-2:] == ["True", "True"]
    needed, by_percentages = map(float, re.findall(r"[\d,]+\.\d", shows["subsidy-find"].replace(",", "")))
    assert needed < by_percentages, "the text says that percentages pay everybody, needed or not"
    assert "op-a" in shows["subsidy-bindings"]
    assert "everything holds: True" in shows["subsidy-split"]
    paid = table(shows["subsidy-split"])["op-a"]
    assert float(paid[-1]) <= 2000
    assert "contradict each other" in shows["subsidy-conflict-show"]
    assert "with the gap filled: 0.0 billion" in shows["business-case"]
    assert "viability_gap.a" in shows["business-instruments"]
    assert "everything holds: True" in shows["auction-run"]
    assert "True" in shows["late-settlement"]


def test_the_command_line_page_names_every_option() -> None:
    text = (DOCS / "command-line.md").read_text(encoding="utf-8")
    sections = dict(re.findall(r"^## fiberplan (\S+)\n(.*?)(?=^## |\Z)", text, re.MULTILINE | re.DOTALL))
    commands = typer.main.get_command(app).commands  # type: ignore[attr-defined]
    assert set(sections) == set(commands)
    for name, command in commands.items():
        options = {text for option in command.params for text in option.opts if text.startswith("-")}
        rows = re.findall(r"^\| (`-.*?) \|", sections[name], re.MULTILINE)
        assert set(re.findall(r"(?<![\w-])--?[a-z-]+", " ".join(rows))) == options, name


def test_the_python_page_works(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    text = (DOCS / "python.md").read_text(encoding="utf-8")
    monkeypatch.chdir(tmp_path)
    names: dict[str, object] = {}
    for block in re.findall(r"^```python\n(.*?)^```", text, re.MULTILINE | re.DOTALL):
        exec(compile(block, "docs/python.md", "exec"), names)  # noqa: S102 - our own page
    assert (tmp_path / "lorestan.html").is_file()
    assert (tmp_path / "op-a.pdf").is_file()
    assert (tmp_path / "lorestan.fiberplan.gpkg").is_file()


def test_every_public_name_is_in_the_reference_or_the_python_page() -> None:
    text = "".join(page.read_text(encoding="utf-8") for page in DOCS.rglob("*.md"))
    assert [name for name in fiberplan.__all__ if f"`{name}`" not in text] == []


def test_the_glossary_defines_each_term_once_in_both_languages() -> None:
    text = (DOCS / "glossary.md").read_text(encoding="utf-8")
    rows = [line for line in text.splitlines() if line.startswith("| **")]
    terms = []
    for row in rows:
        english, meaning, persian = (part.strip() for part in row.strip("|").split("|"))
        terms.append(english)
        assert meaning.endswith("."), row
        result = re.fullmatch(r'<div dir="rtl" lang="fa">\*\*(.+?)\*\*: (.+)\.</div>', persian)
        assert result, row
        assert not re.search(r"[يكة٠-٩0-9]", "".join(result.groups())), (
            f"not Persian letters or digits: {row}"
        )
    assert len(terms) >= 60
    assert len(set(terms)) == len(terms)
