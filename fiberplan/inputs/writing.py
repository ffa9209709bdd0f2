"""Write a project folder that `read_project` reads back to an equal `Project`.

Tables with geometry become GeoJSON, which QGIS opens and edits; the others become CSV. Numbers keep every digit.
"""

from __future__ import annotations

import csv
import dataclasses
import datetime as dt
import io
import json
import re
import shutil
import tempfile
from collections.abc import Mapping
from decimal import Decimal
from enum import Enum
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import shapely
from shapely.geometry import mapping

from fiberplan.errors import Fault, ProjectError
from fiberplan.inputs.prices import base_catalogue
from fiberplan.inputs.project import TABLES
from fiberplan.inputs.settings import FILE
from fiberplan.inputs.tables.formats import FORMATS
from fiberplan.inputs.tables.table import SHARED_FILES

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from shapely.geometry.base import BaseGeometry

    from fiberplan.project.corridors import Corridor
    from fiberplan.project.model import BackboneNode, BaseFeature, Demand, Operator, Park, Project, Unit
    from fiberplan.project.settings import Settings

_EXACT_INTEGER: Final = 2**53
_BARE_KEY: Final = re.compile(r"[A-Za-z0-9_-]+")
_LANGUAGE: Final = re.compile(r"[a-z]{2,3}|")
_SHAPEFILE_PARTS: Final = (".shx", ".dbf", ".prj", ".cpg", ".sbn", ".sbx", ".qix", ".qmd")
Record = dict[str, Any]


def write_project(project: Project, folder: str | Path, *, overwrite: bool = False) -> Path:
    """Write a project folder, all of it or nothing.

    Parameters
    ----------
    project
        What to write. Its `notes` are not: reading finds them again.
    folder
        Where to; it is made if it is not there.
    overwrite
        Whether to replace the project in a folder that is not empty. Files that are no part of a project stay.

    Returns
    -------
    pathlib.Path
        The folder.

    Raises
    ------
    ProjectError
        The folder is not empty and ``overwrite`` is false, or the project has something that its tables cannot hold.
    """
    files = project_files(project)
    target = Path(folder).resolve()
    if target.exists():
        _check_target(target, overwrite=overwrite)
    target.parent.mkdir(parents=True, exist_ok=True)
    fresh = Path(tempfile.mkdtemp(prefix=f".{target.name}-", dir=target.parent))
    try:
        fresh.chmod(target.stat().st_mode & 0o777 if target.exists() else 0o755)
        for name, text in files.items():
            (fresh / name).write_text(text, encoding="utf-8", newline="\n")
        _swap(fresh, target)
    finally:
        shutil.rmtree(fresh, ignore_errors=True)
    return target


def project_files(project: Project) -> dict[str, str]:
    """Give the text of every file of a project folder, by name."""
    files = {
        FILE: write_settings(project.settings),
        "parks.geojson": _geojson([(_park(park), park.geometry) for park in project.parks]),
        "backbone.geojson": _geojson([(_backbone(node), node.geometry) for node in project.backbone]),
        "corridors.geojson": _geojson([(_corridor(line), line.geometry) for line in project.corridors]),
        "operators.csv": _csv([_operator(operator) for operator in project.operators], ("id",)),
        "demand.csv": _csv(
            [_demand(line) for line in project.demand],
            ("operator_id", "park_id", "quantity", "measure", "take_up"),
        ),
    }
    if project.units:
        files["units.geojson"] = _geojson([(_unit(unit), unit.geometry) for unit in project.units])
    if project.basemap:
        files["basemap.geojson"] = _geojson([(_base(item), item.geometry) for item in project.basemap])
    prices = _prices(project)
    if prices:
        files["catalogue.csv"] = _csv(prices, ("item", "value", "unit", "source", "year", "note"))
    return files


# --- the folder ------------------------------------------------------------------------------------------------


def _check_target(target: Path, *, overwrite: bool) -> None:
    if not target.is_dir():
        raise ProjectError(
            [Fault(str(target), "is a file", expected="a folder, or a name that is not taken yet")]
        )
    entries = [path.name for path in target.iterdir()]
    if entries and not overwrite:
        raise ProjectError(
            [
                Fault(
                    str(target),
                    "is not empty",
                    mend="Choose another folder, or say that it may be overwritten",
                )
            ]
        )
    shared = [name for name in entries if name.lower() in SHARED_FILES]
    if shared:
        raise ProjectError(
            [Fault(shared[0], "may hold tables beside those to be written", mend="Move it away first")]
        )


def _is_part_of_project(path: Path) -> bool:
    names = {spec.name for spec in TABLES}
    is_table = path.stem.lower() in names and path.suffix.lower() in {*FORMATS, *_SHAPEFILE_PARTS}
    return path.is_file() and (is_table or path.name == FILE)


def _swap(fresh: Path, target: Path) -> None:
    """Put the fresh folder in place of the target, with what else the target held."""
    if not target.exists():
        fresh.rename(target)
        return
    for path in sorted(target.iterdir()):
        if path.is_dir() and not path.is_symlink():
            shutil.copytree(path, fresh / path.name, symlinks=True)
        elif not _is_part_of_project(path):
            shutil.copy2(path, fresh / path.name, follow_symlinks=False)
    old = Path(tempfile.mkdtemp(prefix=f".{target.name}-old-", dir=target.parent))
    try:
        target.rename(old / target.name)
        try:
            fresh.rename(target)
        except OSError:
            (old / target.name).rename(target)
            raise
    finally:
        if target.exists():  # else the old folder is all there is left
            shutil.rmtree(old, ignore_errors=True)


# --- tables ----------------------------------------------------------------------------------------------------


def _geojson(rows: Sequence[tuple[Record, BaseGeometry]]) -> str:
    """Write a layer, one feature a line, the same properties in each."""
    columns = _columns([record for record, _ in rows], ("id",) if rows and "id" in rows[0][0] else ())
    lines = [
        json.dumps(
            {
                "type": "Feature",
                "properties": {name: _number(record.get(name)) for name in columns},
                "geometry": mapping(geometry),
            },
            ensure_ascii=False,
            allow_nan=False,
        )
        for record, geometry in rows
    ]
    return '{"type": "FeatureCollection", "features": [\n' + ",\n".join(lines) + "\n]}\n"


def _columns(records: Iterable[Record], first: Sequence[str]) -> list[str]:
    """List the columns that any record fills, in the order of the records' keys."""
    filled: dict[str, None] = dict.fromkeys(first)
    order: dict[str, None] = dict.fromkeys(first)
    for record in records:
        order |= dict.fromkeys(record)
        filled |= dict.fromkeys(name for name, value in record.items() if value not in {None, ""})
    return [name for name in order if name in filled]


def _csv(records: Sequence[Record], first: Sequence[str]) -> str:
    stream = io.StringIO()
    writer = csv.writer(stream, lineterminator="\n")
    columns = _columns(records, first)
    writer.writerow(columns)
    writer.writerows(
        ["" if record.get(name) is None else record[name] for name in columns] for record in records
    )
    return stream.getvalue()


def _number(value: object) -> object:
    """Write a decimal as a JSON number, or as a text where a number would lose digits."""
    if not isinstance(value, Decimal):
        return value
    if value == value.to_integral_value() and abs(value) < _EXACT_INTEGER:
        return int(value)
    return float(value) if Decimal(repr(float(value))) == value else str(value)


def _names(names: Mapping[str, str]) -> Record:
    odd = [language for language in names if not _LANGUAGE.fullmatch(language)]
    if odd:
        raise ProjectError(
            [
                Fault(
                    "names",
                    "is not a language code",
                    value=odd[0],
                    expected="two or three small letters such as en",
                )
            ]
        )
    return {f"name_{language}" if language else "name": name for language, name in names.items()}


def _park(park: Park) -> Record:
    return {
        "id": park.id,
        **_names(park.names),
        "units": park.units,
        "active_units": park.active_units,
        "area_ha": park.area_ha,
        "tier": park.tier,
        "mbps_per_unit": park.mbps_per_unit,
        "entry_lon": None if park.entry is None else shapely.get_x(park.entry),
        "entry_lat": None if park.entry is None else shapely.get_y(park.entry),
        "coord_quality": park.coord_quality,
        "county": park.county,
        "note": park.note,
    }


def _backbone(node: BackboneNode) -> Record:
    return {
        "id": node.id,
        **_names(node.names),
        "owner": node.owner,
        "ports_free": node.ports_free,
        "capacity_gbps": node.capacity_gbps,
        "power_availability": node.power_availability,
        "coord_quality": node.coord_quality,
    }


def _corridor(line: Corridor) -> Record:
    return {
        "id": line.id,
        **_names(line.names),
        "kind": line.kind.value,
        "surface": line.surface.value,
        "owner": line.owner,
        "permit_bodies": ";".join(line.permit_bodies),
        "length_m": line.length_m,
        "build_cost": line.build_cost,
        "lease_per_m_year": line.lease_per_m_year,
        "crossings": ";".join(f"{kind.value}:{count}" for kind, count in line.crossings.items()),
        "from_node": line.from_node,
        "to_node": line.to_node,
    }


def _operator(operator: Operator) -> Record:
    return {"id": operator.id, **_names(operator.names), "note": operator.note}


def _demand(line: Demand) -> Record:
    return {
        "operator_id": line.operator_id,
        "park_id": line.park_id,
        "quantity": line.quantity,
        "measure": line.measure.value,
        "take_up": line.take_up,
    }


def _unit(unit: Unit) -> Record:
    return {"id": unit.id, "park_id": unit.park_id, **_names(unit.names), "active": unit.active}


def _base(item: BaseFeature) -> Record:
    return {"kind": item.kind, **_names(item.names)}


def _prices(project: Project) -> list[Record]:
    """List the lines of the price list that the project's settings do not give by themselves."""
    base = base_catalogue(project.settings).items
    return [
        {
            "item": line.item,
            "value": line.value,
            "unit": line.unit,
            "source": line.source,
            "year": line.year,
            "note": line.note,
        }
        for line in project.catalogue.items.values()
        if base.get(line.item) != line
    ]


# --- project.toml ----------------------------------------------------------------------------------------------


def write_settings(settings: Settings) -> str:
    """Write settings as TOML: the plan's own figures always, options only where they are not the default."""
    top: list[str] = []
    tables: list[str] = []
    for field in dataclasses.fields(settings):
        value = getattr(settings, field.name)
        if dataclasses.is_dataclass(value):
            tables += _table([field.name], value)
        elif isinstance(value, Mapping) and any(map(dataclasses.is_dataclass, value.values())):
            for name, inner in value.items():
                tables += _table([field.name, name], inner) or [f"[{field.name}.{_toml_key(name)}]"]
        elif value is not None and value != {}:
            top.append(f"{field.name} = {_toml(value)}")
    return "\n\n".join(["\n".join(top), *tables]) + "\n"


def _table(path: Sequence[str], options: object) -> list[str]:
    """Write a table with what is not at its default, if anything is."""
    lines = [f"{name} = {_toml(value)}" for name, value in _changed(options).items()]
    return ["\n".join([f"[{'.'.join(map(_toml_key, path))}]", *lines])] if lines else []


def _changed(options: Any) -> dict[str, object]:  # noqa: ANN401 - any dataclass of pydantic's
    """Give the options that are not at their default."""
    fields = type(options).__pydantic_fields__
    defaults = {name: field.get_default(call_default_factory=True) for name, field in fields.items()}
    return {name: getattr(options, name) for name in fields if getattr(options, name) != defaults[name]}


def _toml(value: object) -> str:  # noqa: PLR0911 - one case for each kind of TOML value
    if isinstance(value, Enum):
        return _toml(value.value)
    if isinstance(value, str):
        return json.dumps(value, ensure_ascii=False).replace("\x7f", "\\u007f")
    if isinstance(value, Decimal):
        return f"{value:f}"
    if isinstance(value, float):
        return repr(value)
    if isinstance(value, int):
        return str(value)
    if isinstance(value, dt.date):
        return value.isoformat()
    if isinstance(value, Mapping):
        return "{ " + ", ".join(f"{_toml_key(key)} = {_toml(inner)}" for key, inner in value.items()) + " }"
    if isinstance(value, tuple):
        return "[" + ", ".join(_toml(inner) for inner in value) + "]"
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        return _toml(_changed(value))
    raise TypeError(f"{type(value).__name__} has no place in TOML")


def _toml_key(key: object) -> str:
    text = str(key.value) if isinstance(key, Enum) else str(key)
    return text if _BARE_KEY.fullmatch(text) else json.dumps(text, ensure_ascii=False)
