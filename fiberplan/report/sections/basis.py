"""The basis of a report: the reader's own inputs, planning values, assumed prices, estimates, notes and sources."""

from __future__ import annotations

from typing import TYPE_CHECKING

from fiberplan.project.catalogue import source_references
from fiberplan.project.names import name_in
from fiberplan.report.blocks import Block, Bullets, Column, Section, Table, Text
from fiberplan.report.columns import sized
from fiberplan.report.glyphs import clean, isolate
from fiberplan.report.naming import item_name, quantity, unit_name

if TYPE_CHECKING:
    from fiberplan.report.party import Viewpoint

_EXACT_PLACES = frozenset({"surveyed", "mapped"})


def inputs_section(view: Viewpoint) -> Section | None:
    """Show an operator the demand that was counted for it; the state sees no demand."""
    words, record = view.words, view.record
    demand = [entry for entry in record.project.demand if entry.operator_id == view.party]
    if view.is_state or not demand:
        return None
    table = Table(
        columns=(
            Column(words.text("report.park"), "text", share=2),
            Column(words.text("report.measure"), "text"),
            Column(words.text("report.quantity")),
            Column(words.text("report.take_up")),
        ),
        rows=tuple(
            (
                view.park_name(entry.park_id),
                words.text(f"report.measures.{entry.measure}"),
                quantity(entry.quantity, words),
                view.percent(entry.take_up),
            )
            for entry in demand
        ),
        caption=words.text("report.inputs_caption"),
    )
    return Section(words.text("report.inputs"), (Text(words.text("report.inputs_text")), sized(table)))


def assumptions_section(view: Viewpoint) -> Section:
    """List what was assumed."""
    words, record = view.words, view.record
    blocks: list[Block] = [Bullets(_statements(view)), _planning_values(view)]
    if record.assumed_items():
        blocks += [Text(words.text("report.assumed_prices_text")), _assumed_prices(view)]
    notes = tuple(isolate(str(note)) for note in view.notes())
    if notes:
        blocks += [Text(words.text("report.notes")), Bullets(notes)]
    return Section(words.text("report.assumptions"), tuple(blocks))


def _statements(view: Viewpoint) -> tuple[str, ...]:
    words, record = view.words, view.record
    statements = []
    if record.assumed_items():
        statements.append(
            words.text("report.prices_are_assumed", n=words.number(len(record.assumed_items())))
        )
    estimated = sum(line.present_value for line in record.ledger.lines if line.is_estimate)
    if estimated:
        statements.append(
            words.text(
                "report.estimates",
                amount=view.money_short(estimated),
                share=view.share_of_total(estimated),
            )
        )
    rough = sum(park.coord_quality not in _EXACT_PLACES for park in view.parks)
    if rough:
        statements.append(
            words.text(
                "report.approximate_places",
                n=words.number(rough),
                all=words.number(len(view.parks)),
            )
        )
    statements.append(words.text("report.real_prices"))
    return tuple(statements)


def _planning_values(view: Viewpoint) -> Table:
    words, settings = view.words, view.record.project.settings
    design = settings.design
    rows = [
        ("horizon", words.number(settings.horizon_years), words.text("report.unit.years")),
        ("discount_rate", view.percent(settings.discount_rate), words.text("report.per_year")),
        ("spare", view.percent(design.spare_share), "–"),
        ("slack", view.percent(design.cable_slack_share), "–"),
        ("smallest_cable", words.number(design.min_cable_fibres), words.text("report.unit.fibres")),
        ("handholes", words.number(design.handhole_spacing_m), words.text("common.m")),
        ("traffic", quantity(design.mbps_per_unit, words), words.text("report.measures.mbps")),
        ("link", quantity(design.link_gbps, words), words.text("report.unit.gbps")),
        ("link_fill", view.percent(design.link_fill_share), "–"),
    ]
    rate = settings.catalogue.exchange_rate
    if rate is not None:
        unit = words.text("report.per_dollar", currency=words.currency_name(view.record.currency))
        rows.append(("exchange_rate", quantity(rate, words), unit))
    return sized(
        Table(
            columns=(
                Column(words.text("report.planning_value"), "text", share=2),
                Column(words.text("report.value")),
                Column(words.text("report.unit_title"), "text"),
            ),
            rows=tuple((words.text(f"report.value_of.{key}"), value, unit) for key, value, unit in rows),
            caption=words.text("report.planning_values"),
        )
    )


def _assumed_prices(view: Viewpoint) -> Table:
    words, record = view.words, view.record
    items = record.project.catalogue.items
    rows = []
    for name in record.assumed_items():
        item = items[name]
        rows.append(
            (
                item_name(name, words),
                clean(name),
                quantity(item.value, words),
                unit_name(item.unit, record.currency, words),
                _source(item.source, words.text("report.assumption")),
                words.figures(str(item.year)),
            )
        )
    return sized(
        Table(
            columns=(
                Column(words.text("report.item_title"), "text", share=9),
                Column(words.text("report.id"), "latin", share=9),
                Column(words.text("report.value")),
                Column(words.text("report.unit_title"), "text", share=6),
                Column(words.text("report.source"), "text", share=5),
                Column(words.text("report.price_year")),
            ),
            rows=tuple(rows),
            caption=words.text("report.assumed_prices"),
        ),
        size=7.5,
    )


def _source(source: str, assumption: str) -> str:
    return assumption if source == "assumption" else clean(source)


def sources_section(view: Viewpoint) -> Section:
    """Give credit and name the sources of prices and data."""
    words, record = view.words, view.record
    credit = name_in(record.project.settings.credit, words.language, default="")
    blocks: list[Block] = []
    if credit:
        blocks.append(Text(isolate(credit)))
    references = source_references()
    items = record.project.catalogue.items
    used = {line.item.partition(" ")[0] for line in record.ledger.lines}
    named = sorted({items[name].source for name in used if name in items} - {"assumption"})
    if named:
        blocks.append(Text(words.text("report.sources_text")))
        blocks.append(Bullets(tuple(isolate(f"{name}: {references.get(name, name)}") for name in named)))
    blocks.append(Text(words.text("report.made_with"), is_quiet=True))
    return Section(words.text("report.sources"), tuple(blocks))
