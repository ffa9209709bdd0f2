"""Put together what was taken from an OpenStreetMap extract, with the assumptions that make it a project."""

from __future__ import annotations

import re
from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING, Final

import numpy as np

from fiberplan.crs import LocalProjection
from fiberplan.errors import Fault, ProjectError
from fiberplan.inputs.osm.basemap import basemap_of
from fiberplan.inputs.osm.corridors import corridors_of
from fiberplan.inputs.osm.extract import read_extract
from fiberplan.inputs.osm.names import short_name
from fiberplan.inputs.osm.sites import backbone_of, sites_of
from fiberplan.money import CURRENCIES
from fiberplan.project.catalogue import BASE_CURRENCY, Catalogue, bundled_catalogue
from fiberplan.project.model import Demand, Operator, Project
from fiberplan.project.settings import (
    AssetClass,
    CatalogueOptions,
    FundingPolicy,
    RoutingOptions,
    Settings,
    Unreachable,
)

if TYPE_CHECKING:
    from collections.abc import Sequence

    from fiberplan.inputs.osm.extract import Extract
    from fiberplan.project.corridors import Corridor
    from fiberplan.project.model import BackboneNode, Park

_CREDIT: Final = "(c) OpenStreetMap contributors, ODbL 1.0"
_TAKE_UP: Final = {"operator-1": Decimal("0.6"), "operator-2": Decimal("0.4")}
_PUBLIC_SHARE: Final = {AssetClass.BACKHAUL: Decimal("0.5"), AssetClass.CONNECTION: Decimal("0.5")}
_MAX_SPUR_M: Final = 1000.0


def project_from_osm(  # noqa: PLR0913 - six choices, all but the file by keyword
    file: str | Path,
    *,
    backbone: Sequence[tuple[float, float] | BackboneNode] = (),
    min_area_ha: float = 2.0,
    currency: str = BASE_CURRENCY,
    exchange_rate: Decimal | None = None,
    name: str | None = None,
) -> Project:
    """Make a project from an OpenStreetMap extract.

    Parameters
    ----------
    file
        ``.osm.pbf``, or another format that osmium knows by its ending.
    backbone
        Longitude and latitude of backbone nodes, or the nodes themselves. Without any, sites tagged
        ``telecom=exchange``, ``data_center`` or ``connection_point`` (or as telephone exchange under ``building``,
        ``man_made`` or ``amenity``) are taken; without those, one is assumed in the most populous settlement and
        `Project.notes` says so.
    min_area_ha
        Smallest industrial area that counts as a park, in hectares.
    currency, exchange_rate
        Currency of the project, and units of it for a US dollar.
    name
        Of the project; by default made of the file's.

    Returns
    -------
    Project
        Two fictitious operators ask for 60 and 40 percent of the units of every park, and the state pays half of the
        cable and of the connections: assumptions to start from, which the description names.

    Raises
    ------
    ProjectError
        The file cannot be read, or holds no park or no corridor.
    """
    file = Path(file)
    catalogue = _catalogue(currency, exchange_rate)
    extract = read_extract(file)
    plane = LocalProjection(_centre(extract, file.name))
    sites = sites_of(extract, plane, min_area_ha=min_area_ha, file=file.name)
    corridors = corridors_of(extract, plane)
    nodes, assumed = backbone_of(extract, backbone, file=file.name)
    notes = (*extract.notes, *sites.notes, *assumed)
    if not sites.parks or not corridors:
        raise ProjectError(_nothing_there(file.name, sites.parks, corridors, min_area_ha))
    return Project(
        settings=_settings(
            name or _name_of(file.name),
            currency=currency,
            exchange_rate=exchange_rate,
            notes=notes,
        ),
        catalogue=catalogue,
        parks=sites.parks,
        backbone=nodes,
        corridors=corridors,
        operators=tuple(
            Operator(id=operator, names={"en": operator.replace("-", " ").capitalize()}, note="Fictitious.")
            for operator in _TAKE_UP
        ),
        demand=tuple(_demand(sites.parks)),
        units=sites.units,
        basemap=basemap_of(extract, plane, sites.parks),
        notes=notes,
    )


def _centre(extract: Extract, file: str) -> tuple[float, float]:
    """Find the middle of the roads and railways."""
    ways = [*extract.roads, *extract.railways]
    if not ways:
        raise ProjectError([_no_corridor(file)])
    corners = np.array([[way.coordinates.min(axis=0), way.coordinates.max(axis=0)] for way in ways])
    lon, lat = (corners[:, 0].min(axis=0) + corners[:, 1].max(axis=0)) / 2
    return float(lon), float(lat)


def _nothing_there(
    file: str, parks: Sequence[Park], corridors: Sequence[Corridor], min_area_ha: float
) -> list[Fault]:
    faults = [] if corridors else [_no_corridor(file)]
    if not parks:
        message = f"has no landuse=industrial area of {min_area_ha:g} ha or more"
        faults.append(Fault(file=file, message=message, mend="Lower the smallest area"))
    return faults


def _no_corridor(file: str) -> Fault:
    return Fault(file=file, message="has no road or railway that a cable may follow")


def _catalogue(currency: str, exchange_rate: Decimal | None) -> Catalogue:
    bundled = bundled_catalogue()
    if currency not in CURRENCIES:
        known = ", ".join(CURRENCIES)
        raise ProjectError(
            [
                Fault(
                    "project.toml", "unknown currency", column="currency", value=currency[:60], expected=known
                )
            ]
        )
    if exchange_rate is not None:
        return bundled.with_currency(currency, exchange_rate)
    if currency != BASE_CURRENCY:
        message = f"prices are in {BASE_CURRENCY}; a project in {currency} needs an exchange rate"
        raise ProjectError([Fault("project.toml", message, column="catalogue.exchange_rate")])
    return bundled


def _name_of(file: str) -> str:
    """Make a name of a file's.

    Examples
    --------
    >>> _name_of("north-lorestan-latest.osm.pbf")
    'North Lorestan'
    """
    stem = file.split(".", maxsplit=1)[0].removesuffix("-latest")
    return short_name(re.sub(r"[-_ ]+", " ", stem).title()) or "OpenStreetMap"


def _settings(name: str, *, currency: str, exchange_rate: Decimal | None, notes: Sequence[Fault]) -> Settings:
    assumed = [
        "Made from OpenStreetMap. Assumed: operators, demand, public shares, surface of verges, units by buildings.",
        *(f"The extract {note.message}." for note in notes),
    ]
    return Settings(
        name={"en": name},
        description={"en": " ".join(assumed)},
        credit={"en": _CREDIT},
        currency=currency,
        routing=RoutingOptions(max_spur_m=_MAX_SPUR_M, unreachable=Unreachable.SKIP),
        funding=FundingPolicy(public_share=_PUBLIC_SHARE),
        catalogue=CatalogueOptions(exchange_rate=exchange_rate),
    )


def _demand(parks: Sequence[Park]) -> list[Demand]:
    return [
        Demand(operator_id=operator, park_id=park.id, quantity=Decimal(park.units), take_up=take_up)
        for operator, take_up in _TAKE_UP.items()
        for park in parks
    ]
