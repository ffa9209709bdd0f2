"""A plan as a GeoPackage: layers with styles for QGIS, tables for spreadsheets, and the whole plan for fiberplan.

The layers and tables are for people and are written from the plan; reading uses the plan itself, which is kept
as compressed JSON in the table ``fiberplan_plan`` (`result.saved_plan`).
"""

from __future__ import annotations

import datetime as dt
import sqlite3
import zlib
from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING, Final

import pyogrio

from fiberplan.errors import PlanFileError
from fiberplan.exports.qgis_styles import layer_styles
from fiberplan.files import replacing
from fiberplan.result.saved_plan import PLAN_FORMAT, PlanFormat, plan_from_json, plan_to_json
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

    from fiberplan.result.record import PlanRecord

_TABLE: Final = "fiberplan_plan"


def write_plan(record: PlanRecord, path: str | Path) -> Path:
    """Save a plan; an older file of that name is replaced only when the new one is complete.

    Parameters
    ----------
    record
        The plan.
    path
        Of the GeoPackage.

    Returns
    -------
    Path
        Of the file.
    """
    target = Path(path)
    stamp = dt.datetime.combine(record.project.settings.date, dt.time(), tzinfo=dt.UTC)
    # GDAL stamps each layer with the clock unless it is given a time.
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


def read_plan(path: str | Path, *, plan_format: PlanFormat = PLAN_FORMAT) -> PlanRecord:
    """Reopen a saved plan; one in an older format is migrated.

    Parameters
    ----------
    path
        Of the GeoPackage.
    plan_format
        The format to read it as.

    Raises
    ------
    PlanFileError
        The file does not exist, is not a saved plan, is damaged, or its format is too old or too new.
    """
    source = Path(path)
    if not source.is_file():
        raise PlanFileError(f"{source}: no such file")
    try:
        with closing(sqlite3.connect(f"{source.resolve().as_uri()}?mode=ro", uri=True)) as database:
            rows = dict(database.execute(f"SELECT key, value FROM {_TABLE}").fetchall())  # noqa: S608 - a constant
    except sqlite3.Error as error:
        raise PlanFileError(f"{source}: not a plan saved by fiberplan ({error})") from error
    try:
        version = plan_format.check(rows.get("format_version"))
        return plan_from_json(zlib.decompress(rows["plan"]), version, plan_format=plan_format)
    except PlanFileError as error:
        raise PlanFileError(f"{source}: {error}") from error
    except (KeyError, TypeError, zlib.error) as error:
        raise PlanFileError(f"{source}: the saved plan is damaged") from error


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
    plan = zlib.compress(plan_to_json(record), level=9)
    with closing(sqlite3.connect(draft)) as database, database:
        database.execute(f"CREATE TABLE {_TABLE} (key TEXT PRIMARY KEY, value BLOB NOT NULL)")
        database.executemany(
            f"INSERT INTO {_TABLE} VALUES (?, ?)",  # noqa: S608 - a constant
            [("format_version", PLAN_FORMAT.version), ("plan", plan)],
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
