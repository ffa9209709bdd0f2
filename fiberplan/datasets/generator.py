"""A seeded generator of synthetic provinces, for tests and for measuring at scale."""

from __future__ import annotations

from decimal import Decimal
from itertools import pairwise
from typing import TYPE_CHECKING, Any, Final

import numpy as np
import shapely

from fiberplan.crs import LocalProjection
from fiberplan.datasets.streets import Streets, draw_streets
from fiberplan.errors import FiberplanError
from fiberplan.project.catalogue import bundled_catalogue
from fiberplan.project.corridors import Corridor, CorridorKind, Crossing, Surface
from fiberplan.project.model import BackboneNode, BaseFeature, Demand, Operator, Park, Project, Tier
from fiberplan.project.settings import AssetClass, FundingPolicy, Settings

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy.random import Generator
    from numpy.typing import NDArray

_CENTRE: Final = (48.0, 33.5)
_DECIMALS: Final = 6
_FEWEST_NODES: Final = 40
_BEND: Final = 0.06
"""How far a country road bends aside, over its length."""
_ROCK_ABOVE: Final = 0.55
_TIER_1_SHARE: Final = 0.08
_TIER_2_SHARE: Final = 0.38
_OPERATOR_REACH: Final = 0.55
_FA_DIGITS: Final = str.maketrans("0123456789", "۰۱۲۳۴۵۶۷۸۹")


class SyntheticSizeError(FiberplanError, ValueError):
    """A synthetic province of a size that cannot be drawn."""


def synthetic(
    parks: int, nodes: int, seed: int, *, backbone: int | None = None, operators: int = 4
) -> Project:
    """Draw a province: towns, country roads, a railway, ducts, and parks outside the towns.

    The same arguments give the same project on every run. Nothing in it is real, though it lies where Lorestan does.

    Parameters
    ----------
    parks
        Number of parks.
    nodes
        Number of junctions, within a few percent; there are about 1.7 corridors for each.
    seed
        Of all random choices.
    backbone
        Number of backbone nodes, each in a town of its own; ``None`` for one for 15 parks, at least two.
    operators
        Number of operators.

    Raises
    ------
    SyntheticSizeError
        Fewer than 40 junctions, or more parks than a quarter of them.

    Examples
    --------
    >>> project = synthetic(parks=3, nodes=60, seed=1)
    >>> len(project.parks), len(project.backbone), len(project.operators)
    (3, 2, 4)
    """
    count = max(2, parks // 15) if backbone is None else backbone
    _check_size(parks, nodes, count, operators)
    random = np.random.default_rng(seed)
    towns = max(count, 3, round(nodes / 900))
    streets = draw_streets(nodes, towns, random)
    plane = LocalProjection(_CENTRE)
    all_parks = _parks(streets, parks, plane, random)
    return Project(
        settings=_settings(seed),
        catalogue=bundled_catalogue(),
        parks=all_parks,
        backbone=_backbone(streets, count, plane),
        corridors=_corridors(streets, plane, random),
        operators=_operators(operators),
        demand=_demand(all_parks, operators, random),
        basemap=tuple(
            BaseFeature(
                geometry=_point(streets.points[node], streets, plane), names=_names("Town", "شهر", number)
            )
            for number, node in enumerate(streets.town_nodes.tolist(), start=1)
        ),
    )


def _check_size(parks: int, nodes: int, backbone: int, operators: int) -> None:
    if nodes < _FEWEST_NODES:
        raise SyntheticSizeError(f"{nodes} junctions are too few; {_FEWEST_NODES} at least")
    if not 1 <= parks <= nodes // 4:
        raise SyntheticSizeError(f"{parks} parks do not fit; 1 to {nodes // 4} with {nodes} junctions")
    if not 1 <= backbone <= nodes // 10:
        raise SyntheticSizeError(
            f"{backbone} backbone nodes do not fit; 1 to {nodes // 10} with {nodes} junctions"
        )
    if not 1 <= operators <= 26:
        raise SyntheticSizeError(f"{operators} operators; 1 to 26 have a letter")


def _settings(seed: int) -> Settings:
    return Settings(
        name={"en": f"Synthetic province {seed}", "fa": f"استان ساختگی {_fa(seed)}"},
        description={
            "en": "Drawn by a generator; nothing in it is real.",
            "fa": "ساخته برنامه است و واقعی نیست.",
        },
        funding=FundingPolicy(
            public_share={AssetClass.BACKHAUL: Decimal("0.6"), AssetClass.CONNECTION: Decimal("0.4")}
        ),
        seed=seed,
    )


def _fa(number: int) -> str:
    return str(number).translate(_FA_DIGITS)


def _names(english: str, persian: str, number: int) -> dict[str, str]:
    return {"en": f"{english} {number}", "fa": f"{persian} {_fa(number)}"}


def _to_lonlat(metres: NDArray[np.float64], streets: Streets, plane: LocalProjection) -> NDArray[np.float64]:
    """Put the province around its centre; six decimals are a tenth of a metre and hide a platform's last bit."""
    middle = (streets.points.min(axis=0) + streets.points.max(axis=0)) / 2
    return np.asarray(np.round(plane.inverse(np.atleast_2d(metres) - middle), _DECIMALS), dtype=np.float64)


def _point(place: NDArray[np.float64], streets: Streets, plane: LocalProjection) -> shapely.Point:
    return shapely.Point(*_to_lonlat(place, streets, plane)[0])


def _parks(streets: Streets, count: int, plane: LocalProjection, random: Generator) -> tuple[Park, ...]:
    """Put each park beside a country junction of its own."""
    pool = streets.country if len(streets.country) >= count else np.arange(len(streets.points))
    hosts = pool[np.argsort(random.random(len(pool)), kind="stable")[:count]]
    aside = (random.random((count, 2)) - 0.5) * 700
    places = _to_lonlat(streets.points[hosts] + aside, streets, plane)
    chance = random.random((count, 4))
    parks = []
    for number, (lonlat, (size, rank, alive, plot_share)) in enumerate(
        zip(places.tolist(), chance.tolist(), strict=True), start=1
    ):
        units = 3 + int(90 * size**3)
        parks.append(
            Park(
                id=f"P{number:04d}",
                names=_names("Park", "شهرک صنعتی", number),
                geometry=shapely.Point(lonlat),
                units=units,
                active_units=int(units * (0.3 + 0.6 * alive)),
                area_ha=round(units * (0.3 + plot_share), 1),
                tier=_tier(number, rank),
                coord_quality="synthetic",
            )
        )
    return tuple(parks)


def _tier(number: int, rank: float) -> Tier:
    """Tier 1 for the first park, so that there is one, and for a few others."""
    if number == 1 or rank < _TIER_1_SHARE:
        return 1
    return 2 if rank < _TIER_2_SHARE else 3


def _backbone(streets: Streets, count: int, plane: LocalProjection) -> tuple[BackboneNode, ...]:
    return tuple(
        BackboneNode(
            id=f"B{number:03d}",
            names=_names("Node", "گره", number),
            geometry=_point(streets.points[node], streets, plane),
            ports_free=48,
            capacity_gbps=Decimal(100),
            power_availability=0.999,
            coord_quality="synthetic",
        )
        for number, node in enumerate(streets.town_nodes[:count].tolist(), start=1)
    )


def _operators(count: int) -> tuple[Operator, ...]:
    letters = "abcdefghijklmnopqrstuvwxyz"[:count]
    return tuple(
        Operator(
            id=f"op-{letter}",
            names={"en": f"Operator {letter.upper()}", "fa": f"اپراتور {_fa(number)}"},
            note="Fictitious.",
        )
        for number, letter in enumerate(letters, start=1)
    )


def _demand(parks: tuple[Park, ...], operators: int, random: Generator) -> tuple[Demand, ...]:
    """Let each operator serve about half of the parks, each park be served, and shares sum to less than one."""
    ids = [operator.id for operator in _operators(operators)]
    asks = random.random((len(parks), operators)) < _OPERATOR_REACH
    asks[np.arange(len(parks)), np.argsort(random.random((len(parks), operators)), axis=1)[:, 0]] = True
    weights = np.where(asks, 1 + np.floor(random.random(asks.shape) * 9), 0)
    demand = []
    for park, row in zip(parks, weights.tolist(), strict=True):
        for operator, weight in zip(ids, row, strict=True):
            if weight:
                take_up = max(Decimal("0.01"), Decimal(int(weight * 85 / sum(row))) / 100)
                demand.append(
                    Demand(
                        operator_id=operator, park_id=park.id, quantity=Decimal(park.units), take_up=take_up
                    )
                )
    return tuple(demand)


def _corridors(streets: Streets, plane: LocalProjection, random: Generator) -> tuple[Corridor, ...]:
    roads = _road_lines(streets, random)
    rails, stations = _rail_lines(streets)
    crossings = {
        Crossing.RAIL: _crossed(roads, rails),
        Crossing.WATERWAY: _crossed(roads, _rivers(streets, random)),
    }
    kinds = _road_kinds(streets, random)
    lonlat = shapely.transform(np.concatenate([roads, rails]), lambda xy: _to_lonlat(xy, streets, plane))
    corridors = [
        Corridor(
            id=f"R{number:06d}",
            geometry=lonlat[number],
            kind=kind,
            surface=surface,
            permit_bodies=bodies,
            crossings={crossing: int(hits[number]) for crossing, hits in crossings.items() if hits[number]},
            from_node=f"J{ends[0]}",
            to_node=f"J{ends[1]}",
        )
        for number, ((kind, surface, bodies), ends) in enumerate(
            zip(kinds, streets.edges.tolist(), strict=True)
        )
    ]
    corridors += [
        Corridor(
            id=f"T{number:03d}",
            names=_names("Railway", "راه‌آهن", number + 1),
            geometry=line,
            kind=CorridorKind.RAILWAY,
            surface=Surface.GRAVEL,
            permit_bodies=("railway",),
            from_node=f"J{ends[0]}",
            to_node=f"J{ends[1]}",
        )
        for number, (line, ends) in enumerate(zip(lonlat[len(roads) :], stations, strict=True))
    ]
    return (*corridors, *_ducts(streets, lonlat[: len(roads)]))


def _road_lines(streets: Streets, random: Generator) -> NDArray[Any]:
    """Bend country roads once; streets in towns are straight."""
    a, b = streets.points[streets.edges[:, 0]], streets.points[streets.edges[:, 1]]
    aside = (
        np.column_stack([a[:, 1] - b[:, 1], b[:, 0] - a[:, 0]])
        * ((random.random(len(a)) - 0.5) * 2 * _BEND)[:, None]
    )
    bend = np.where(streets.in_town[:, None], (a + b) / 2, (a + b) / 2 + aside)
    return np.asarray(shapely.linestrings(np.stack([a, bend, b], axis=1)))


def _road_kinds(streets: Streets, random: Generator) -> list[tuple[CorridorKind, Surface, tuple[str, ...]]]:
    chance = random.random(len(streets.edges))
    middle = streets.points[streets.edges].mean(axis=1)
    height = _height(middle, random)
    kinds: list[tuple[CorridorKind, Surface, tuple[str, ...]]] = []
    for in_town, arterial, dice, up in zip(
        streets.in_town.tolist(), streets.arterial.tolist(), chance.tolist(), height.tolist(), strict=True
    ):
        ground = Surface.ROCK if up > _ROCK_ABOVE else Surface.GRAVEL if dice < 0.4 else Surface.SOIL
        if in_town and dice < 0.25 and not arterial:
            kinds.append(
                (CorridorKind.FOOTWAY, Surface.CONCRETE if dice < 0.1 else Surface.ASPHALT, ("municipality",))
            )
        elif in_town:
            kinds.append((CorridorKind.CARRIAGEWAY, Surface.ASPHALT, ("municipality",)))
        elif arterial or dice > 0.6:
            kinds.append((CorridorKind.ROAD_VERGE, ground, ("road_authority",)))
        else:
            kinds.append((CorridorKind.TRACK, ground, ("natural_resources",)))
    return kinds


def _height(places: NDArray[np.float64], random: Generator) -> NDArray[np.float64]:
    """Roll the land, mostly between -1 and 1, as the mean of three waves of 15 to 45 km."""
    waves = (
        2 * np.pi / (15_000 + 30_000 * random.random((3, 2))) * np.where(random.random((3, 2)) < 0.5, -1, 1)
    )
    phases = 2 * np.pi * random.random(3)
    return np.asarray(np.sin(places @ waves.T + phases).mean(axis=1) * 1.5, dtype=np.float64)


def _rail_lines(streets: Streets) -> tuple[NDArray[Any], list[tuple[int, int]]]:
    """Draw one railway through the towns from west to east, by those that lie within a band."""
    towns = streets.points[streets.town_nodes]
    order = np.argsort(towns[:, 0], kind="stable")
    band = np.ptp(streets.points[:, 1]) * 0.3
    line = [int(order[0])]
    for town in order[1:].tolist():
        if abs(towns[town, 1] - towns[line[-1], 1]) <= band or town == order[-1]:
            line.append(town)
    stations = [(int(streets.town_nodes[a]), int(streets.town_nodes[b])) for a, b in pairwise(line)]
    a, b = towns[line[:-1]], towns[line[1:]]
    aside = np.column_stack([a[:, 1] - b[:, 1], b[:, 0] - a[:, 0]]) * _BEND
    shape = np.stack([a, a * 0.7 + b * 0.3 + aside, a * 0.3 + b * 0.7 + aside, b], axis=1)
    return np.asarray(shapely.linestrings(shape)), stations


def _rivers(streets: Streets, random: Generator) -> NDArray[Any]:
    """Draw three winding rivers from north to south."""
    low, high = streets.points.min(axis=0), streets.points.max(axis=0)
    y = np.linspace(low[1], high[1], 60)
    x = low[0] + (high[0] - low[0]) * (0.15 + 0.7 * random.random(3))
    phase = 2 * np.pi * random.random(3)
    sway = (high[0] - low[0]) * 0.05 * np.sin(y[None, :] / 6_000 + phase[:, None])
    return np.asarray(
        shapely.linestrings(np.stack([x[:, None] + sway, np.broadcast_to(y, sway.shape)], axis=2))
    )


def _crossed(roads: NDArray[Any], obstacles: NDArray[Any]) -> NDArray[np.int64]:
    """Count the obstacles that each road crosses; a railway that starts at its end is not crossed."""
    hits, _ = shapely.STRtree(obstacles).query(roads, predicate="crosses")
    return np.bincount(hits, minlength=len(roads)).astype(np.int64)


def _ducts(streets: Streets, lines: NDArray[Any]) -> list[Corridor]:
    """Lay an existing duct beside every third arterial."""
    number_of: Mapping[tuple[int, int], int] = {(a, b): i for i, (a, b) in enumerate(streets.edges.tolist())}
    built: set[int] = set()
    for path in streets.paths[::3]:
        built.update(number_of[min(a, b), max(a, b)] for a, b in pairwise(path))
    return [
        Corridor(
            id=f"D{number:06d}",
            geometry=lines[number],
            kind=CorridorKind.EXISTING_DUCT,
            surface=Surface.SOIL,
            owner="Incumbent (fictitious)",
            from_node=f"J{streets.edges[number, 0]}",
            to_node=f"J{streets.edges[number, 1]}",
        )
        for number in sorted(built)
    ]
