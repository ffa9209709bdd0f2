"""What a single object can know of itself, and the error tree."""

from __future__ import annotations

import builtins
from dataclasses import FrozenInstanceError, replace
from decimal import Decimal

import pytest
import shapely
from pydantic import TypeAdapter, ValidationError
from support.builders import backbone, corridor, demand, one_road, park, project, square

from fiberplan import errors
from fiberplan.errors import CatalogueError, Fault, FiberplanError, ProjectError
from fiberplan.graph import build_graph
from fiberplan.project.corridors import CorridorKind, Installation
from fiberplan.project.model import Demand, Operator, Park, Project
from fiberplan.project.names import name_in
from fiberplan.sharing.accounts.dividing import STATE, UNFUNDED


def test_objects_are_frozen() -> None:
    with pytest.raises(FrozenInstanceError):
        park("p", 0, 0).units = 3  # type: ignore[misc]


@pytest.mark.parametrize("bad", ["", "a/b", "../x", "-a", ".a", "a b", "شهر", "a" * 65, "=1+1", "<b>", "a\n"])
def test_an_id_that_could_not_name_a_file_is_refused(bad: str) -> None:
    with pytest.raises(ValidationError, match="pattern"):
        park(bad, 0, 0)


@pytest.mark.parametrize("word", [STATE, UNFUNDED, "total", "government", "State", "op-fa", "X-EN"])
def test_an_operator_cannot_have_the_name_of_another_party(word: str) -> None:
    """It would pay for the state, or its report would be the state's."""
    with pytest.raises(ValidationError, match="cannot be called"):
        Operator(id=word)


@pytest.mark.parametrize(
    "fields",
    [
        {"units": -1},
        {"tier": 4},
        {"area_ha": 0},
        {"mbps_per_unit": 0},
        {"names": {"en": ""}},
        {"names": {"en": "x" * 201}},
        {"unknown": 1},
    ],
)
def test_an_impossible_park_is_refused(fields: dict[str, object]) -> None:
    with pytest.raises(ValidationError):
        park("p", 0, 0, **fields)


def test_other_impossible_objects_are_refused() -> None:
    with pytest.raises(ValidationError, match="length_m"):
        corridor("c", (0, 0), (1, 0), length_m=0)
    with pytest.raises(ValidationError, match="crossings"):
        corridor("c", (0, 0), (1, 0), crossings={"rail": -1})
    with pytest.raises(ValidationError, match="build_cost"):
        corridor("c", (0, 0), (1, 0), build_cost=Decimal(-1))
    with pytest.raises(ValidationError, match="quantity"):
        demand("o", "p", 0)
    with pytest.raises(ValidationError, match="take_up"):
        demand("o", "p", 1, take_up=Decimal("1.1"))
    with pytest.raises(ValidationError, match="ports_free"):
        backbone("b", 0, 0, ports_free=-1)


def test_kinds_are_dug_or_aerial_or_leased() -> None:
    aerial = {kind for kind in CorridorKind if kind.is_aerial}
    dug = {kind for kind in CorridorKind if kind.is_dug}
    assert aerial == {CorridorKind.POLE_LINE, CorridorKind.POWER_LINE}
    leased = {kind for kind in CorridorKind if kind.is_leased}
    assert set(CorridorKind) - aerial - dug == leased == {CorridorKind.EXISTING_DUCT}
    assert CorridorKind("railway").installation is Installation.DUG


def test_a_name_falls_back_from_language_to_none_to_english_to_any_to_the_id() -> None:
    assert name_in({"en": "e", "fa": "f", "": "n"}, "fa", default="d") == "f"
    assert name_in({"en": "e", "": "n"}, "fa", default="d") == "n"
    assert name_in({"ar": "a", "en": "e"}, "fa", default="d") == "e"
    assert name_in({"ar": "a"}, "fa", default="d") == "a"
    assert park("p", 0, 0).name("fa") == "p"


def test_a_project_is_equal_after_json() -> None:
    adapter = TypeAdapter(Project)
    for example in (one_road(), square()):
        assert adapter.validate_json(adapter.dump_json(example)) == example


def test_heights_are_dropped() -> None:
    assert not Park(id="p", geometry=shapely.Point(48, 33, 5), units=1).geometry.has_z


def test_parks_and_operators_are_found_by_id() -> None:
    project = one_road()
    assert project.park("p") is project.parks[0]
    assert project.operator("op-a") is project.operators[0]
    assert project.name("fa") == "test"


def test_every_error_is_a_fiberplan_error_and_a_built_in_one() -> None:
    tree = [
        value
        for value in vars(errors).values()
        if isinstance(value, type) and issubclass(value, FiberplanError) and value is not FiberplanError
    ]
    assert len(tree) >= 8
    for error in tree:
        assert any(
            hasattr(builtins, base.__name__)
            for base in error.__mro__
            if base not in {Exception, BaseException, object}
        ), error


def test_a_project_error_lists_every_fault() -> None:
    faults = [
        Fault(
            "parks.csv",
            "no such tier",
            row=3,
            column="tier",
            value="9",
            expected="1, 2 or 3",
            mend="Mend it.",
        ),
        Fault("parks.csv", "no area", severity="warning"),
    ]
    text = str(ProjectError(faults))
    assert text.startswith("1 fault in the project\n")
    assert "parks.csv row 3, column 'tier': no such tier (found '9'); expected 1, 2 or 3. Mend it." in text
    assert "no area" in text


def test_a_project_created_in_python_is_checked_before_it_is_planned() -> None:
    good = project([park("p", 0, 0)], [backbone("b", 1000, 0)], [corridor("c", (0, 0), (1000, 0))])
    assert good.inconsistencies() == ()
    bad = replace(
        good,
        parks=(*good.parks, replace(good.parks[0], id="P")),
        operators=(Operator(id="o"),),
        demand=(Demand(operator_id="x", park_id="q", quantity=Decimal(1)),),
    )
    with pytest.raises(ProjectError) as raised:
        build_graph(bad)
    assert [(fault.file, fault.column) for fault in raised.value.faults] == [
        ("parks", "id"),
        ("demand", "park_id"),
        ("demand", "operator_id"),
    ]


def test_other_prices_make_another_project() -> None:
    before = project([park("p", 0, 0)], [backbone("b", 1000, 0)], [corridor("c", (0, 0), (1000, 0))])
    after = before.with_prices({"duct.hdpe": 99})
    assert after.catalogue.value("duct.hdpe") == 99
    assert after.catalogue.item("duct.hdpe").is_override
    assert before.catalogue.value("duct.hdpe") != 99
    with pytest.raises(CatalogueError, match="no item"):
        before.with_prices({"duct.gold": 1})


def test_a_project_lists_units_and_operators_with_demand() -> None:
    site = park("p", 0, 0, units=7)
    idle = Operator(id="idle")
    example = project([site], [backbone("b", 0, 0)], [corridor("c", (0, 0), (9, 0))], [demand("op-a", "p")])
    example = replace(example, operators=(*example.operators, idle))
    assert example.units_by_park == {"p": 7}
    assert example.operators_with_demand == ("op-a",)
    assert example.backbone_node("b").id == "b"
