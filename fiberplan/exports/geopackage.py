"""A plan as a GeoPackage: layers with styles for QGIS, tables for spreadsheets, and the whole plan for fiberplan.

The layers and tables are for people and are written from the plan; reading takes the plan itself, which is kept
as compressed JSON in the table ``fiberplan_plan``. Timings of the solver are left out, so that the same input
gives the same bytes.
"""

from __future__ import annotations

import datetime as dt
import sqlite3
import zlib
from contextlib import closing
from dataclasses import replace
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Final

import pyogrio
from pydantic import TypeAdapter, ValidationError

from fiberplan.errors import PlanFileError
from fiberplan.exports.qgis_styles import layer_styles
from fiberplan.files import replacing
from fiberplan.result.record import PlanRecord
from fiberplan.result.tables import (
    backbone_frame,
    parks_frame,
    segments_frame,
    sites_frame,
    stand_alone_frame,
)

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    import geopandas as gpd
    import pandas as pd

FORMAT_VERSION: Final = 2
_TABLE: Final = "fiberplan_plan"


def write_plan(record: PlanRecord, path: str | Path) -> Path:
    """Save a plan; an older file of that name is replaced only when the new one is whole.

    Returns
    -------
    Path
        Of the file.
    """
    target = Path(path)
    stamp = dt.datetime.combine(record.project.settings.date, dt.time(), tzinfo=dt.UTC)
    # GDAL stamps each layer with the clock unless it is told the time.
    pyogrio.set_gdal_config_options({"OGR_CURRENT_DATE": stamp.strftime("%Y-%m-%dT%H:%M:%S.000Z")})
    try:
        with replacing(target) as draft:
            for layer, frame in _layers(record):
                # Version 1.3 is what QGIS of the last years reads without a warning.
                creation = {} if draft.exists() else {"dataset_options": {"VERSION": "1.3"}}
                pyogrio.write_dataframe(
                    frame, draft, layer=layer, driver="GPKG", append=not creation, **creation
                )
            for table, rows in _tables(record).items():
                pyogrio.write_dataframe(rows, draft, layer=table, driver="GPKG", append=True)
            _write_documents(draft, record, stamp)
    finally:
        pyogrio.set_gdal_config_options({"OGR_CURRENT_DATE": None})
    return target


def read_plan(path: str | Path) -> PlanRecord:
    """Reopen a saved plan.

    Raises
    ------
    PlanFileError
        The file is not there, is not a saved plan, is damaged, or comes from a later version.
    """
    source = Path(path)
    if not source.is_file():
        raise PlanFileError(f"{source}: there is no such file")
    try:
        with closing(sqlite3.connect(f"{source.resolve().as_uri()}?mode=ro", uri=True)) as database:
            rows = dict(database.execute(f"SELECT key, value FROM {_TABLE}").fetchall())  # noqa: S608 - a constant
    except sqlite3.Error as error:
        raise PlanFileError(f"{source}: not a plan saved by fiberplan ({error})") from error
    version = rows.get("format_version")
    if version != FORMAT_VERSION:
        raise PlanFileError(
            f"{source}: saved in format {version}, and this fiberplan reads format {FORMAT_VERSION}"
        )
    try:
        return _adapter().validate_json(zlib.decompress(rows["plan"]))
    except (KeyError, TypeError, zlib.error, ValidationError) as error:
        raise PlanFileError(f"{source}: the saved plan is damaged") from error


@lru_cache(maxsize=1)
def _adapter() -> TypeAdapter[PlanRecord]:
    return TypeAdapter(PlanRecord)


def _layers(record: PlanRecord) -> Iterator[tuple[str, gpd.GeoDataFrame]]:
    for layer, frame in (
        ("segments", segments_frame(record)),
        ("parks", parks_frame(record)),
        ("backbone", backbone_frame(record)),
        ("active_sites", sites_frame(record)),
    ):
        if len(frame):
            yield layer, frame


def _tables(record: PlanRecord) -> Mapping[str, pd.DataFrame]:
    return {
        "ledger": record.ledger.frame,
        "split": record.split.frame.reset_index(),
        "stand_alone": stand_alone_frame(record),
    }


def _write_documents(draft: Path, record: PlanRecord, stamp: dt.datetime) -> None:
    """Add what GDAL does not write: the styles, and the plan itself."""
    report = replace(record.routing.report, seconds=0.0, log=())
    timeless = replace(record, routing=replace(record.routing, report=report))
    plan = zlib.compress(_adapter().dump_json(timeless), level=9)
    with closing(sqlite3.connect(draft)) as database, database:
        database.execute(f"CREATE TABLE {_TABLE} (key TEXT PRIMARY KEY, value BLOB NOT NULL)")
        database.executemany(
            f"INSERT INTO {_TABLE} VALUES (?, ?)",  # noqa: S608 - a constant
            [("format_version", FORMAT_VERSION), ("plan", plan)],
        )
        database.execute(
            "CREATE TABLE layer_styles (id INTEGER PRIMARY KEY AUTOINCREMENT, f_table_catalog TEXT, "
            "f_table_schema TEXT, f_table_name TEXT, f_geometry_column TEXT, styleName TEXT, styleQML TEXT, "
            "styleSLD TEXT, useAsDefault BOOLEAN, description TEXT, owner TEXT, ui TEXT, update_time DATETIME)"
        )
        database.executemany(
            "INSERT INTO layer_styles (f_table_catalog, f_table_schema, f_table_name, f_geometry_column, styleName, "
            "styleQML, styleSLD, useAsDefault, description, owner, update_time) "
            "VALUES ('', '', ?, 'geom', 'fiberplan', ?, '', 1, '', '', ?)",
            [
                (layer, qml, stamp.strftime("%Y-%m-%dT%H:%M:%S.000Z"))
                for layer, qml in layer_styles(record).items()
            ],
        )
        database.execute(
            "INSERT INTO gpkg_contents (table_name, data_type, identifier, last_change) VALUES "
            "('layer_styles', 'attributes', 'layer_styles', ?)",
            (stamp.strftime("%Y-%m-%dT%H:%M:%S.000Z"),),
        )
