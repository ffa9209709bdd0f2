from __future__ import annotations

import dataclasses
import datetime as dt
import tempfile
import tomllib
from decimal import Decimal
from pathlib import Path

import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st
from support.paths import GOOD

from fiberplan.errors import ProjectError
from fiberplan.inputs import read_project, write_project
from fiberplan.inputs.prices import base_catalogue
from fiberplan.inputs.text import clean_text
from fiberplan.inputs.writing import project_files, write_settings
from fiberplan.project.catalogue import CatalogueItem
from fiberplan.project.corridors import Corridor, CorridorKind, Crossing, Surface
from fiberplan.project.model import (
    BackboneNode,
    BaseFeature,
    Demand,
    DemandMeasure,
    Operator,
    Park,
    Project,
    Unit,
)
from fiberplan.project.settings import (
    AssetClass,
    CatalogueOptions,
    DesignOptions,
    FundingPolicy,
    Language,
    RoutingOptions,
    Settings,
    SharingOptions,
    Unreachable,
)
from fiberplan.project.terms import (
    BusinessTerms,
    ClawBack,
    InstrumentTerms,
    LogisticTakeUp,
    MatchedFunding,
    PublicLimits,
    RepaymentMethod,
    SoftLoan,
    ViabilityGap,
)
from fiberplan.sharing.rules.registry import rule_names

TEXT = st.text(max_size=20).map(clean_text).filter(bool) | st.sampled_from(
    ["<b>x</b>", "=1+1", 'a "b", c;d', "شهرک\u200cها", "a\\b", "'", "`${x}`", "# no comment", "None", "0012"]
)
NAMES = st.dictionaries(st.sampled_from(["", "en", "fa", "de"]), TEXT, max_size=3)
LON, LAT = st.floats(48.0, 49.0), st.floats(33.0, 34.0)
POINTS = st.builds(shapely.Point, LON, LAT)
MONEY = st.decimals(min_value=1, max_value=10**12, places=4)
SHARE = st.decimals(min_value=0, max_value=1, places=5)

NAME_OF_TERMS = st.sampled_from(["one", "b.2", "X-3", "0"])


def some(values: st.SearchStrategy) -> st.SearchStrategy:
    return st.none() | values


@st.composite
def polygons(draw: st.DrawFn) -> shapely.Geometry:
    lon, lat = draw(LON), draw(LAT)
    return shapely.box(lon, lat, lon + draw(st.floats(0.001, 0.1)), lat + draw(st.floats(0.001, 0.1)))


@st.composite
def lines(draw: st.DrawFn) -> shapely.LineString:
    start = draw(st.tuples(LON, LAT))
    steps = draw(st.lists(st.tuples(st.floats(0.001, 0.01), st.floats(0.001, 0.01)), min_size=1, max_size=4))
    points = [start]
    for across, up in steps:
        points.append((points[-1][0] + across, points[-1][1] + up))
    return shapely.LineString(points)


def parks(number: int) -> st.SearchStrategy[Park]:
    return st.builds(
        Park,
        id=st.just(f"P.{number}"),
        names=NAMES,
        geometry=POINTS | polygons(),
        units=st.integers(50, 100),
        active_units=st.integers(0, 50),
        area_ha=some(st.floats(0.01, 1e6)),
        tier=st.sampled_from([1, 2, 3]),
        mbps_per_unit=some(st.decimals(min_value="0.01", max_value=1000, places=3)),
        entry=some(POINTS),
        coord_quality=TEXT,
        county=TEXT | st.just(""),
        note=TEXT | st.just(""),
    )


def corridors(number: int) -> st.SearchStrategy[Corridor]:
    junctions = st.sampled_from([(None, None), ("n1", "n-2")])
    return st.tuples(junctions, lines()).flatmap(
        lambda pair: st.builds(
            Corridor,
            id=st.just(f"C_{number}"),
            names=NAMES,
            geometry=st.just(pair[1]),
            kind=st.sampled_from(CorridorKind),
            surface=st.sampled_from(Surface),
            owner=TEXT | st.just(""),
            permit_bodies=st.sampled_from([(), ("municipality",), ("railway", "دفتر")]),
            build_cost=some(st.just(Decimal(0))),
            lease_per_m_year=some(st.decimals(min_value="0.5", max_value=2, places=6)),
            crossings=st.dictionaries(st.sampled_from(Crossing), st.integers(0, 9), max_size=3),
            from_node=st.just(pair[0][0]),
            to_node=st.just(pair[0][1]),
        )
    )


SETTINGS = st.builds(
    Settings,
    name=NAMES.filter(bool),
    description=NAMES,
    credit=NAMES,
    currency=st.just("IRR"),
    date=st.dates(dt.date(1990, 1, 1), dt.date(2100, 1, 1)),
    horizon_years=st.integers(1, 60),
    discount_rate=SHARE,
    languages=st.sampled_from([(Language.ENGLISH,), (Language.PERSIAN, Language.ENGLISH)]),
    crs=some(st.just("EPSG:32639")),
    seed=st.integers(0, 2**31),
    routing=st.builds(
        RoutingOptions,
        time_limit_s=st.floats(0.001, 1e6),
        spur_detour=st.decimals(min_value=1, max_value=5, places=3),
        unreachable=st.sampled_from(Unreachable),
    ),
    design=st.builds(DesignOptions, spare_share=SHARE, reel_m=st.integers(1, 10_000)),
    funding=st.builds(
        FundingPolicy,
        public_share=st.dictionaries(st.sampled_from(AssetClass), SHARE, max_size=4),
        cap_total=some(MONEY),
        cap_per_unit=some(MONEY),
    ),
    sharing=st.builds(SharingOptions, rule=st.sampled_from(rule_names(for_plans=True))),
    business=st.dictionaries(
        st.sampled_from(["op-0", "op-1"]),
        st.builds(
            BusinessTerms,
            arpu_per_month=MONEY,
            take_up=st.lists(SHARE, max_size=3).map(tuple),
            discount_rate=some(SHARE),
            source=TEXT,
        )
        | st.builds(BusinessTerms, logistic=st.builds(LogisticTakeUp, final_share=SHARE)),
    ),
    instruments=st.builds(
        InstrumentTerms,
        matched_funding=st.dictionaries(
            NAME_OF_TERMS, st.builds(MatchedFunding, rate=SHARE, cap=some(MONEY))
        ),
        viability_gap=st.dictionaries(NAME_OF_TERMS, st.builds(ViabilityGap, operators=st.just(("op-1",)))),
        soft_loan=st.dictionaries(
            st.just("loan"),
            st.builds(SoftLoan, term_years=st.just(1), share=SHARE, method=st.sampled_from(RepaymentMethod)),
        ),
        claw_back=st.dictionaries(NAME_OF_TERMS, st.builds(ClawBack, share=SHARE)),
        limits=st.builds(
            PublicLimits, cap_total=some(MONEY), budget_by_year=st.lists(MONEY, max_size=2).map(tuple)
        ),
        joining_interest=SHARE,
    ),
    catalogue=st.builds(CatalogueOptions, exchange_rate=st.decimals(min_value="0.5", max_value=2, places=4)),
)


@st.composite
def projects(draw: st.DrawFn) -> Project:
    options = draw(SETTINGS)
    catalogue = base_catalogue(options)
    own = CatalogueItem(
        item="cable.36",
        value=draw(MONEY),
        unit="IRR/m",
        source=draw(TEXT),
        year=2024,
        note=draw(TEXT | st.just("")),
        is_override=True,
    )
    own_parks = tuple(draw(parks(n)) for n in range(draw(st.integers(1, 3))))
    operators = tuple(
        Operator(id=f"op-{n}", names=draw(NAMES), note=draw(TEXT | st.just(""))) for n in range(2)
    )
    return Project(
        settings=options,
        catalogue=catalogue.with_items([own]) if draw(st.booleans()) else catalogue,
        parks=own_parks,
        backbone=(
            BackboneNode(
                id="B1",
                names=draw(NAMES),
                geometry=draw(POINTS),
                owner=draw(TEXT | st.just("")),
                ports_free=draw(some(st.integers(0, 99))),
                capacity_gbps=draw(some(st.decimals(min_value="0.1", max_value=10**6, places=2))),
                power_availability=draw(some(st.floats(0, 1))),
                coord_quality=draw(TEXT),
            ),
        ),
        corridors=tuple(draw(corridors(n)) for n in range(draw(st.integers(1, 3)))),
        operators=operators,
        demand=tuple(
            Demand(
                operator_id="op-0",
                park_id=park.id,
                quantity=draw(st.decimals(min_value="0.001", max_value=40, places=3)),
                measure=draw(st.sampled_from(DemandMeasure)),
                take_up=draw(st.decimals(min_value="0.001", max_value=1, places=3)),
            )
            for park in own_parks
        ),
        units=tuple(
            Unit(
                id=f"U{n}",
                park_id="P.0",
                geometry=draw(POINTS),
                names=draw(NAMES),
                active=draw(st.booleans()),
            )
            for n in range(draw(st.integers(0, 2)))
        ),
        basemap=tuple(
            BaseFeature(geometry=draw(polygons()), kind="water", names=draw(NAMES))
            for _ in range(draw(st.integers(0, 2)))
        ),
    )


@settings(max_examples=60, deadline=None)
@given(projects())
def test_a_project_comes_back_equal(project: Project) -> None:
    with tempfile.TemporaryDirectory() as folder:
        write_project(project, Path(folder) / "p")
        again = read_project(Path(folder) / "p")
    assert dataclasses.replace(again, notes=()) == project
    assert project_files(again) == project_files(project)


@given(SETTINGS)
def test_settings_are_valid_toml(options: Settings) -> None:
    assert tomllib.loads(write_settings(options))["seed"] == options.seed


@pytest.fixture(scope="module")
def good() -> Project:
    return read_project(GOOD)


def test_the_same_project_gives_the_same_bytes(good: Project, tmp_path: Path) -> None:
    for name in ("a", "b"):
        write_project(good, tmp_path / name)
    first, second = ({p.name: p.read_bytes() for p in (tmp_path / name).iterdir()} for name in ("a", "b"))
    assert first == second


def test_a_folder_that_is_not_empty_is_refused(good: Project, tmp_path: Path) -> None:
    (tmp_path / "thesis.txt").write_text("mine")
    with pytest.raises(ProjectError, match="is not empty"):
        write_project(good, tmp_path)
    assert [path.name for path in tmp_path.iterdir()] == ["thesis.txt"]


def test_overwriting_replaces_the_tables_and_keeps_the_rest(good: Project, tmp_path: Path) -> None:
    folder = tmp_path / "p"
    folder.mkdir()
    (folder / "notes").mkdir()
    (folder / "notes" / "a.txt").write_text("mine")
    (folder / "parks.csv").write_text("id\n")
    (folder / "parks.qgz").write_text("mine")
    (folder / "link").symlink_to("a.txt")
    write_project(good, folder, overwrite=True)
    assert read_project(folder) == good
    assert (folder / "notes" / "a.txt").read_text() == "mine"
    assert (folder / "parks.qgz").read_text() == "mine"
    assert (folder / "link").is_symlink()
    assert not (folder / "parks.csv").exists()
    assert [path.name for path in tmp_path.iterdir()] == ["p"]


def test_a_shared_geopackage_is_not_overwritten(good: Project, tmp_path: Path) -> None:
    (tmp_path / "data.gpkg").write_bytes(b"x")
    with pytest.raises(ProjectError, match=r"data\.gpkg: may hold tables beside those to be written"):
        write_project(good, tmp_path, overwrite=True)


def test_a_file_is_not_overwritten(good: Project, tmp_path: Path) -> None:
    (tmp_path / "p").write_text("mine")
    with pytest.raises(ProjectError, match="is a file"):
        write_project(good, tmp_path / "p", overwrite=True)


def test_a_name_in_a_language_without_code_is_refused(good: Project, tmp_path: Path) -> None:
    odd = dataclasses.replace(good.parks[0], names={"English": "x"})
    with pytest.raises(ProjectError, match="is not a language code"):
        write_project(dataclasses.replace(good, parks=(odd,)), tmp_path / "p")
    assert not list(tmp_path.iterdir())


def test_a_failure_half_way_leaves_everything_as_it_was(
    good: Project, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = write_project(good, tmp_path / "p")
    before = {path.name: path.read_bytes() for path in folder.iterdir()}
    rename = Path.rename

    def fail(self: Path, target: Path) -> Path:
        if self.name.startswith(".p-") and Path(target).name == "p":
            raise OSError("disk full")
        return rename(self, target)

    monkeypatch.setattr(Path, "rename", fail)
    with pytest.raises(OSError, match="disk full"):
        write_project(good, folder, overwrite=True)
    assert {path.name: path.read_bytes() for path in folder.iterdir()} == before
    assert [path.name for path in tmp_path.iterdir()] == ["p"]
