"""The report of a party, put together from its sections."""

from __future__ import annotations

from typing import TYPE_CHECKING

from fiberplan.project.names import name_in
from fiberplan.report.blocks import Block, Document, Section, Text
from fiberplan.report.glyphs import clean, isolate
from fiberplan.report.sections.basis import assumptions_section, inputs_section, sources_section
from fiberplan.report.sections.checks import certificate_section, checks_section
from fiberplan.report.sections.financing import financing_section, subsidy_section
from fiberplan.report.sections.map import draw_map_figure
from fiberplan.report.sections.network import routes_section
from fiberplan.report.sections.paying import (
    cash_section,
    highlights,
    lead,
    paying_section,
    stand_alone_section,
)
from fiberplan.report.sections.rule import example_section, rule_section

if TYPE_CHECKING:
    from fiberplan.report.party import Viewpoint


def compose(view: Viewpoint) -> Document:
    """Put a party's report together."""
    words = view.words
    sections = (
        _map_section(view),
        paying_section(view),
        rule_section(view),
        example_section(view),
        stand_alone_section(view),
        checks_section(view),
        subsidy_section(view),
        certificate_section(view),
        routes_section(view),
        inputs_section(view),
        cash_section(view),
        financing_section(view),
        assumptions_section(view),
        sources_section(view),
    )
    numbered = tuple(
        Section(f"{words.number(number)}. {section.title}", section.blocks)
        for number, section in enumerate(filter(None, sections), start=1)
    )
    return Document(
        language=words.language.value,
        direction=words.direction,
        overline=words.text("report.overline"),
        title=clean(view.record.project.name(words.language)),
        subtitle=words.text(
            "report.subtitle_state" if view.is_state else "report.subtitle",
            party=isolate(view.party_name(view.party)),
        ),
        author="fiberplan",
        meta=_meta(view),
        highlights=highlights(view),
        lead=lead(view),
        sections=numbered,
        page_of=words.text("report.page_of"),
        digits=words.figures("0123456789"),
        glyph_note=words.text("report.glyph_note"),
    )


def _meta(view: Viewpoint) -> tuple[tuple[str, str], ...]:
    """List what the report is: for whom, of which day, in which currency."""
    words, record = view.words, view.record
    settings = record.project.settings
    horizon = words.text(
        "report.horizon_value",
        years=words.number(settings.horizon_years),
        rate=view.percent(settings.discount_rate),
    )
    return (
        (words.text("report.party"), view.party_name(view.party)),
        (words.text("report.date"), words.date(settings.date)),
        (words.text("report.currency"), words.currency_name(record.currency)),
        (words.text("report.horizon"), horizon),
        (words.text("report.language"), words.text("report.language_name")),
        (words.text("report.routes_status"), words.text(f"common.status.{record.routing.status}")),
    )


def _map_section(view: Viewpoint) -> Section:
    words = view.words
    blocks: list[Block] = []
    description = name_in(view.record.project.settings.description, words.language, default="")
    if description:
        blocks.append(Text(isolate(description)))
    blocks.append(draw_map_figure(view))
    return Section(words.text("report.map"), tuple(blocks))
