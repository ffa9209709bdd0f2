"""Public money beyond shares: the smallest subsidy, and government against operators over the years; for the state only."""

from __future__ import annotations

from typing import TYPE_CHECKING

from fiberplan.errors import SharingError
from fiberplan.finance.instruments.registry import instrument_text
from fiberplan.finance.planning import plan_financing
from fiberplan.project.terms import InstrumentTerms
from fiberplan.report.blocks import Block, Bullets, Column, Section, Table, Text
from fiberplan.report.columns import money_tables, sized
from fiberplan.report.glyphs import clean, isolate
from fiberplan.report.party import PartyColumn
from fiberplan.report.sentences.subsidy import COLUMNS, SubsidyText
from fiberplan.sharing.accounts.dividing import STATE, UNFUNDED

if TYPE_CHECKING:
    from fiberplan.finance.statement import FinancingPlan, Measures
    from fiberplan.report.party import Viewpoint


def subsidy_section(view: Viewpoint) -> Section | None:
    """Show how much public money is needed, who gets it, and which rules determine it."""
    words, record = view.words, view.record
    if record.subsidy is None or not view.is_state:
        return None
    text = SubsidyText(record.subsidy, record.currency, words, lambda who: isolate(view.party_name(who)))
    table = Table(
        columns=(
            Column(words.text("subsidy.operator"), "text"),
            *(Column(words.text(f"subsidy.{key}")) for key in COLUMNS),
        ),
        rows=tuple(
            (
                name,
                *(
                    words.text("subsidy.no_limit")
                    if amount is None
                    else words.money(amount, record.currency, with_unit=False)
                    for amount in amounts
                ),
            )
            for name, amounts in text.rows()
        ),
    )
    blocks: list[Block] = [
        Text(words.text("subsidy.report_text")),
        Text(f"{text.title()}. {text.is_least()}"),
    ]
    blocks += [*map(Text, text.premises()), sized(table)]
    if bindings := text.bindings():
        blocks += [Text(words.text("subsidy.binding_rules")), Bullets(bindings)]
        blocks += [Text(sentence, is_quiet=True) for sentence in text.without()]
    else:
        blocks.append(Text(words.text("subsidy.nothing_needed")))
    return Section(words.text("subsidy.section"), tuple(blocks))


def financing_section(view: Viewpoint) -> Section | None:
    """Show government and operators by year, where there are business cases or instruments."""
    words, record = view.words, view.record
    settings = record.project.settings
    if not view.is_state or not (settings.business or settings.instruments != InstrumentTerms()):
        return None
    title = words.text("finance.section")
    try:
        plan = plan_financing(record.project, record.design, record.ledger, record.split)
    except SharingError as error:
        reason = isolate(clean(str(error)))
        return Section(title, (Text(words.text("finance.impossible", reason=reason)),))
    blocks: list[Block] = [Text(words.text("finance.report_text"), is_quiet=True), _measures(view, plan)]
    rows = [
        (words.number(year), {party: plan.net(party)[year] for party in plan.parties})
        for year in range(plan.years + 1)
    ]
    blocks += money_tables(
        words.text("finance.year"),
        rows,
        (PartyColumn(words.text("common.state"), (STATE,)), *view.operator_columns()),
        words=words,
        currency=record.currency,
        caption=words.text("finance.report_year"),
        with_total=False,
    )
    if plan.effects:
        blocks.append(_instruments(view, plan))
    if lines := plan.limit_lines(words):
        blocks.append(Bullets(lines))
    return Section(title, tuple(blocks))


def _measures(view: Viewpoint, plan: FinancingPlan) -> Table:
    words = view.words
    return sized(
        Table(
            columns=(
                Column(words.text("finance.who"), "text"),
                Column(words.text("finance.value")),
                Column(words.text("finance.rate_column")),
                Column(words.text("finance.payback_column")),
                Column(words.text("finance.equivalent")),
                Column(words.text("finance.peak_debt")),
            ),
            rows=tuple(
                (
                    _name(view, party),
                    *view.figures([measures.net_present_value]),
                    _rate(view, measures),
                    "–" if measures.payback_year is None else words.number(measures.payback_year),
                    *view.figures([plan.advantage(party), max(plan.debt(party))]),
                )
                for party, measures in plan.measures.items()
            ),
            caption=words.text("finance.report_measures"),
        ),
        size=7.5,
    )


def _rate(view: Viewpoint, measures: Measures) -> str:
    if measures.internal_rate is not None:
        return view.words.percent(measures.internal_rate, digits=1)
    return view.words.text("finance.several") if measures.internal_rates else "–"


def _instruments(view: Viewpoint, plan: FinancingPlan) -> Table:
    words = view.words
    rows = plan.instruments_frame[["instrument", "operator", "outlay", "grant_equivalent"]]
    return sized(
        Table(
            columns=(
                Column(words.text("finance.instrument"), "text"),
                Column(words.text("finance.who"), "text"),
                Column(words.text("finance.outlay")),
                Column(words.text("finance.equivalent")),
            ),
            rows=tuple(
                (
                    isolate(instrument_text(instrument, words)),
                    _name(view, operator),
                    *view.figures(map(int, amounts)),
                )
                for instrument, operator, *amounts in rows.itertuples(index=False, name=None)
            ),
            caption=words.text("finance.report_instruments"),
        )
    )


def _name(view: Viewpoint, party: str) -> str:
    if party in {STATE, UNFUNDED}:
        return view.words.text(f"common.{party}")
    return isolate(view.party_name(party))
