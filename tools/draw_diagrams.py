"""Draw the diagrams of docs/architecture.md from the code: `make diagrams`.

`packages.svg` has the packages, a row a layer of the first import contract in pyproject.toml, with the imports from each
layer into the next. `data.svg` has the functions that lead from files to a plan, with the types that they return.
`tests/test_layout.py` compares both with the stored files.
"""

from __future__ import annotations

import tomllib
from html import escape
from importlib import import_module
from pathlib import Path

import grimp

ROOT = Path(__file__).resolve().parents[1]
FOLDER = ROOT / "docs/images"
STYLE = """
  text { font-family: system-ui, sans-serif; font-size: 13px; fill: #1f2d3a; }
  .name { font-weight: 600; text-anchor: middle; }
  .small { font-size: 11px; fill: #51606e; text-anchor: middle; }
  rect { fill: #e3f2f1; stroke: #00796b; rx: 5px; }
  .band { fill: #f5f7f8; stroke: none; }
  path { fill: none; stroke: #00796b; stroke-width: 1.2; }
  .arrow { font-size: 11px; fill: #51606e; }
"""
PURPOSE = {
    "cli": "command line",
    "plan": "all stages in one call",
    "exports": "folder, GeoPackage",
    "maps": "page with a map",
    "report": "PDF and workbook",
    "result": "records and checks",
    "finance": "cash flows, instruments",
    "cost": "split of a ledger",
    "ledger": "lines and prices",
    "design": "cables, sites, equipment",
    "routing": "routes to build",
    "routes": "second routes",
    "graph": "candidate graph",
    "inputs": "files to Project",
    "datasets": "examples",
    "sharing": "games and rules",
    "wording": "texts by language",
    "project": "what a user brings",
    "solvers": "Steiner problems",
    "crs": "geometry",
    "money": "exact amounts",
    "files": "safe writing",
    "errors": "all errors",
}
# the functions in the order of the data, and what the type that each returns holds
DATA = (
    ("fiberplan.inputs", "read_project", "what a user brings"),
    ("fiberplan.graph", "build_graph", "every way and its price"),
    ("fiberplan.routing", "solve_routes", "segments, routes, bound"),
    ("fiberplan.design", "design_network", "cables, sites, equipment"),
    ("fiberplan.ledger", "price_design", "cost line by line"),
    ("fiberplan.cost", "split_costs", "what each party pays"),
    ("fiberplan.plan", "plan_rollout", "all of the above"),
)
OUTPUTS = (("Plan.map", "PlanMap"), ("Plan.report", "PartyReport"), ("Plan.save", "GeoPackage"))
BOX, HIGH, GAP, LEFT = 152, 44, 14, 14


def layers() -> list[list[str]]:
    """Read the order of packages from the first contract of import-linter."""
    settings = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    contract = settings["tool"]["importlinter"]["contracts"][0]
    return [[name.strip() for name in layer.split("|")] for layer in contract["layers"]]


def imports() -> set[tuple[str, str]]:
    """Find which package imports which, imports for type checking included."""
    graph = grimp.build_graph("fiberplan", exclude_type_checking_imports=False, cache_dir=None)
    found = set()
    for module in graph.modules:
        for target in graph.find_modules_directly_imported_by(module):
            one, other = (name.split(".")[1] if "." in name else "" for name in (module, target))
            if one and other and one != other:
                found.add((one, other))
    return found


def box(x: float, y: float, name: str, note: str) -> str:
    """Draw a box with a name and a note."""
    return (
        f'<rect x="{x:.0f}" y="{y:.0f}" width="{BOX}" height="{HIGH}"/>'
        f'<text class="name" x="{x + BOX / 2:.0f}" y="{y + 18:.0f}">{escape(name)}</text>'
        f'<text class="small" x="{x + BOX / 2:.0f}" y="{y + 34:.0f}">{escape(note)}</text>'
    )


def page(width: float, height: float, title: str, parts: list[str]) -> str:
    """Put parts on a page."""
    marker = (
        '<defs><marker id="tip" viewBox="0 0 8 8" refX="8" refY="4" markerWidth="6" markerHeight="6" orient="auto">'
        '<path d="M0 0 L8 4 L0 8 z" style="fill:#00796b;stroke:none"/></marker></defs>'
    )
    head = f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width:.0f} {height:.0f}" role="img">'
    ground = f'<path d="M0 0H{width:.0f}V{height:.0f}H0z" style="fill:#ffffff;stroke:none"/>'
    return (
        "\n".join(
            [
                head,
                f"<title>{escape(title)}</title>",
                f"<style>{STYLE}</style>",
                marker,
                ground,
                *parts,
                "</svg>",
            ]
        )
        + "\n"
    )


def package_diagram() -> str:
    """Draw the packages, a row a layer, with the imports between them."""
    rows = layers()
    wide = max(map(len, rows))
    width = 2 * LEFT + wide * BOX + (wide - 1) * GAP
    step = HIGH + 26
    place, parts = {}, []
    for row, names in enumerate(rows):
        start = (width - len(names) * BOX - (len(names) - 1) * GAP) / 2
        y = LEFT + row * step
        parts.append(f'<rect class="band" x="4" y="{y - 7}" width="{width - 8}" height="{HIGH + 14}"/>')
        for column, name in enumerate(names):
            place[name] = (start + column * (BOX + GAP), y, row)
    for one, other in sorted(imports()):
        (x, y, row), (to_x, to_y, to_row) = place[one], place[other]
        if to_row == row + 1:
            parts.append(
                f'<path marker-end="url(#tip)" d="M{x + BOX / 2:.0f} {y + HIGH:.0f}'
                f' L{to_x + BOX / 2:.0f} {to_y:.0f}"/>'
            )
    parts += [box(x, y, name, PURPOSE[name]) for name, (x, y, _) in place.items()]
    return page(
        width, LEFT + len(rows) * step - 16, "The packages of fiberplan in the order of imports", parts
    )


def returned(module: str, name: str) -> str:
    """Read from its signature what a function returns."""
    return str(getattr(import_module(module), name).__annotations__["return"])


def data_diagram() -> str:
    """Draw the way of the data: types as boxes, functions on the arrows."""
    step = HIGH + 40
    x = LEFT + BOX + GAP
    parts = [box(x, LEFT, "files", "a project folder")]
    for number, (module, name, note) in enumerate(DATA):
        y = LEFT + number * step
        parts += [
            f'<path marker-end="url(#tip)" d="M{x + BOX / 2:.0f} {y + HIGH:.0f} V{y + step:.0f}"/>',
            f'<text class="arrow" x="{x + BOX / 2 + 10:.0f}" y="{y + HIGH + 25:.0f}">{module}.{name}</text>',
            box(x, y + step, returned(module, name), note),
        ]
    y = LEFT + len(DATA) * step
    for column, (method, result) in enumerate(OUTPUTS):
        to_x = LEFT + column * (BOX + GAP)
        parts.append(
            f'<path marker-end="url(#tip)" d="M{x + BOX / 2:.0f} {y + HIGH:.0f} L{to_x + BOX / 2:.0f} {y + step:.0f}"/>'
        )
        parts.append(box(to_x, y + step, result, method))
    return page(2 * LEFT + 3 * BOX + 2 * GAP, y + step + HIGH + LEFT, "The way of the data", parts)


def diagrams() -> dict[str, str]:
    """Draw all diagrams: the text of each by the name of its file."""
    return {"packages.svg": package_diagram(), "data.svg": data_diagram()}


if __name__ == "__main__":
    for name, text in diagrams().items():
        (FOLDER / name).write_text(text, encoding="utf-8")
