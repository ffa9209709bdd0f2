"""The parts that reports are made of: glyphs, names, figures and columns."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest
import shapely
from hypothesis import given
from hypothesis import strategies as st
from support.builders import star

import fiberplan as fp
from fiberplan.money import CURRENCIES
from fiberplan.project.settings import Language
from fiberplan.report.columns import PAGE_WIDTH_PT, money_tables
from fiberplan.report.figures import (
    SplitMismatchError,
    account_parts,
    cash_by_year,
    sharing_weights,
    worked_example,
)
from fiberplan.report.glyphs import clean, cover, isolate, missing_characters, shortened, unbroken
from fiberplan.report.naming import item_name
from fiberplan.report.party import PartyColumn, Viewpoint
from fiberplan.report.sections.map import draw_map_figure
from fiberplan.wording import load_wording

if TYPE_CHECKING:
    from fiberplan.plan import Plan


@pytest.fixture(scope="module")
def small() -> Plan:
    return fp.plan_rollout(star("ab"))


# glyphs


@given(st.text(max_size=80))
def test_any_text_can_be_covered(text: str) -> None:
    assert missing_characters([cover(clean(text))]) == ()


@given(st.text(max_size=80))
def test_cleaning_twice_changes_nothing(text: str) -> None:
    once = unbroken(clean(text))
    assert unbroken(clean(once)) == once


def test_every_language_is_covered_by_the_typeface() -> None:
    for language in Language:
        assert missing_characters(load_wording(language).texts.values()) == ()


def test_marks_of_direction_are_removed_and_joiners_kept() -> None:
    assert clean("\u202eabc\u2069 می\u200cشود") == "abc می\u200cشود"
    assert isolate("\u2069a\u2068") == "\u2068a\u2069"


def test_a_very_long_word_may_break_and_a_short_one_not() -> None:
    assert "\u200b" in clean("X" * 60)
    assert clean("Telecommunication") == "Telecommunication"
    assert unbroken(clean("X" * 60)) == "X" * 60
    assert len(unbroken(shortened("X" * 60))) == 40


# names


def test_every_item_of_the_price_list_has_a_name_in_both_languages(lorestan_plan: Plan) -> None:
    items = {line.item for line in lorestan_plan.ledger.lines}
    for language in ("en", "fa"):
        words = load_wording(language)
        assert [item for item in items if item_name(item, words) == item] == []


@pytest.mark.parametrize(
    ("item", "name"),
    [
        ("permit.heritage", "Permit: heritage"),
        ("civil.tunnel.any", "civil.tunnel.any"),
        ("civil.railway.any", "Route along: railway"),
        ("cable.7x", "cable.7x"),
        ("optic.zr.price", "Transceiver ZR"),
    ],
)
def test_items_of_a_project_have_a_name_or_keep_their_id(item: str, name: str) -> None:
    assert item_name(item, load_wording("en")) == name


# figures


def test_accounts_and_payments_fit_together(lorestan_plan: Plan) -> None:
    parts = account_parts(lorestan_plan)
    assert all(sum(part.payments.values()) == part.amount for part in parts)
    for party, paid in lorestan_plan.split.payments.items():
        assert sum(part.payments.get(party, 0) for part in parts) == paid


def test_a_split_of_another_ledger_is_refused(small: Plan, lorestan_plan: Plan) -> None:
    with pytest.raises(SplitMismatchError):
        account_parts(replace(small, split=lorestan_plan.split))


@pytest.mark.parametrize("party", ["state", "op-a", "op-b"])
def test_years_sum_to_the_payment_and_to_the_ledger(small: Plan, party: str) -> None:
    years = cash_by_year(small, party)
    assert sum(cash.party_present_value for cash in years) == small.split.payments[party]
    nominal = small.ledger.totals("year", nominal=True)
    assert {cash.year: cash.investment + cash.operation for cash in years} == nominal
    assert years[0].party == years[0].party_present_value


def test_the_example_is_of_a_segment_that_several_share(small: Plan) -> None:
    example = worked_example(small, account_parts(small), "op-b")
    assert example is not None
    assert example.operators == ("op-a", "op-b")
    part = max(example.parts, key=lambda part: part.amount)
    weights = sharing_weights(small, part)
    assert dict(weights) == {"op-a": 1, "op-b": 1}
    left = part.amount - part.public
    assert abs(part.payments["op-b"] - left / 2) < 1


def test_an_operator_has_only_what_concerns_it(small: Plan) -> None:
    view = Viewpoint.of(small, party="op-b", language="en")
    assert view.park_ids == {"q"}
    assert all("op-b" in part.operators for part in view.parts)
    assert [column.title for column in view.summary_columns()] == [
        "\u2068op-b\u2069",
        "State",
        "Other operators together",
    ]
    state = Viewpoint.of(small, party="state", language="en")
    assert len(state.parts) > len(view.parts)


# columns


@given(st.integers(1, 30), st.integers(0, 10**18))
def test_tables_of_many_parties_fit_the_page(parties: int, amount: int) -> None:
    columns = [PartyColumn(f"Party {at}", (f"p{at}",)) for at in range(parties)]
    row = ("a", {f"p{at}": amount for at in range(parties)})
    tables = money_tables(
        "x", [row, row], columns, words=load_wording("fa"), currency=CURRENCIES["IRR"], caption="c"
    )
    for table in tables:
        assert sum(column.width for column in table.columns) <= PAGE_WIDTH_PT - 60
    shown = [column.title for table in tables for column in table.columns[1:]]
    assert shown == [*(column.title for column in columns), "جمع"]


# the map


def test_the_picture_contains_numbers_only(small: Plan) -> None:
    figure = draw_map_figure(Viewpoint.of(small, party="state", language="en"))
    assert "<text" not in figure.svg
    assert "nan" not in figure.svg
    assert figure.svg.count("<rect") == len(small.project.backbone)
    assert 0 < figure.scale_width < figure.width / 2


def test_names_are_inside_the_map_and_do_not_touch(lorestan_plan: Plan) -> None:
    figure = draw_map_figure(Viewpoint.of(lorestan_plan, party="state", language="en"))
    boxes = [
        shapely.box(
            label.x - 1.5 * len(label.text), label.y - 3, label.x + 1.5 * len(label.text), label.y + 3
        )
        for label in figure.labels
    ]
    page = shapely.box(0, 0, figure.width, figure.height)
    assert len(boxes) > 30
    assert all(page.contains(box) for box in boxes)
    assert not any(box.intersects(other) for at, box in enumerate(boxes) for other in boxes[:at])
