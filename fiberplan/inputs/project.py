"""Read a project folder: every file, every fault, one `Project` or one `ProjectError`."""

from __future__ import annotations

from pathlib import Path
from typing import Final

from fiberplan.inputs.checks.project import check_project
from fiberplan.inputs.faults import FaultList
from fiberplan.inputs.prices import PRICES, read_catalogue
from fiberplan.inputs.settings import are_prices_known, check_terms, read_settings
from fiberplan.inputs.tables.rows import ProjectRows, build_rows
from fiberplan.inputs.tables.specs import BACKBONE, BASEMAP, CORRIDORS, DEMAND, OPERATORS, PARKS, UNITS
from fiberplan.inputs.tables.table import read_tables
from fiberplan.project.catalogue import Catalogue
from fiberplan.project.model import Project

TABLES: Final = (PARKS, BACKBONE, CORRIDORS, OPERATORS, DEMAND, UNITS, BASEMAP, PRICES)
"""Every table of a project folder, in the order in which faults are shown."""


def read_project(folder: str | Path) -> Project:
    """Read a project folder.

    Parameters
    ----------
    folder
        Holds ``project.toml`` and the tables that `docs/project-folder.md` describes.

    Returns
    -------
    Project
        Its ``notes`` hold the warnings.

    Raises
    ------
    ProjectError
        The folder has faults; the error lists all of them.
    """
    path = Path(folder)
    faults = FaultList()
    if not path.is_dir():
        what = "is a file" if path.exists() else "does not exist"
        faults.error(str(folder), what, expected="a project folder with a file project.toml in it")
        faults.raise_errors()
    settings = read_settings(path, faults)
    tables = read_tables(path, TABLES, crs=settings.crs, faults=faults)
    rows = ProjectRows(
        parks=build_rows(PARKS, tables.get("parks"), faults),
        backbone=build_rows(BACKBONE, tables.get("backbone"), faults),
        corridors=build_rows(CORRIDORS, tables.get("corridors"), faults),
        operators=build_rows(OPERATORS, tables.get("operators"), faults),
        demand=build_rows(DEMAND, tables.get("demand"), faults),
        units=build_rows(UNITS, tables.get("units"), faults),
        basemap=build_rows(BASEMAP, tables.get("basemap"), faults),
    )
    prices = build_rows(PRICES, tables.get("catalogue"), faults)
    catalogue = Catalogue(currency_code=settings.currency, items={})
    if are_prices_known(faults):
        catalogue = read_catalogue(prices, settings, faults)
    check_project(rows, catalogue, faults)
    check_terms(settings, rows.operators.ids or None, faults)
    order = ["project", *(spec.name for spec in TABLES)]
    faults.raise_errors(tables=order)
    return Project(
        settings=settings,
        catalogue=catalogue,
        parks=rows.parks.objects,
        backbone=rows.backbone.objects,
        corridors=rows.corridors.objects,
        operators=rows.operators.objects,
        demand=rows.demand.objects,
        units=rows.units.objects,
        basemap=rows.basemap.objects,
        notes=faults.sorted(tables=order),
    )
