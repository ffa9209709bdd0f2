"""What each party pays: the figures at the head of the report, by asset class and by park, and year by year."""

from __future__ import annotations

from typing import TYPE_CHECKING

from fiberplan.report.blocks import Block, Column, Highlight, Section, Table, Text
from fiberplan.report.columns import column_sums, money_tables, sized
from fiberplan.report.figures import cash_by_year, payments_by_key
from fiberplan.report.glyphs import isolate
from fiberplan.sharing.accounts.dividing import STATE, UNFUNDED

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from fiberplan.report.party import Viewpoint


def highlights(view: Viewpoint) -> tuple[Highlight, ...]:
    """Show what the reader pays, its share of the whole, and what it saves."""
    words, record, split = view.words, view.record, view.record.split
    paid = split.payments[view.party]
    name = view.party_name(view.party)
    shown = [
        Highlight(
            words.text("report.pays", party=isolate(name)),
            view.money_short(paid),
            words.text("report.exactly", amount=view.money(paid)),
        ),
        Highlight(
            words.text("report.share_of_total"),
            view.share_of_total(paid),
            words.text("report.of_total", total=view.money_short(split.total)),
        ),
    ]
    if view.is_state and record.stand_alone:
        served = split.total - split.payments.get(UNFUNDED, 0)
        shown.append(
            Highlight(
                words.text("report.planning_together_saves"),
                view.money_short(record.alone_total - served),
                words.text("report.against_islands", alone=view.money_short(record.alone_total)),
            )
        )
    elif view.stand_alone:
        (alone,) = view.stand_alone
        shown.append(
            Highlight(
                words.text("report.saved_against_alone"),
                view.money_short(alone.saving),
                words.text("report.alone_would_pay", alone=view.money_short(alone.own)),
            )
        )
    return tuple(shown)


def lead(view: Viewpoint) -> str:
    """Summarise the plan in a few sentences."""
    words, record = view.words, view.record
    routing, settings = record.routing, record.project.settings
    sentences = [
        words.text(
            "report.lead_network",
            parks=words.number(len(routing.routes)),
            all=words.number(len(record.project.parks)),
            nodes=words.number(len({route.backbone_id for route in routing.all_routes})),
            km=words.number(routing.length_km, digits=1),
        ),
        words.text(
            "report.lead_cost",
            years=words.number(settings.horizon_years),
            total=view.money_short(record.split.total),
            capex=view.money_short(record.ledger.capex),
        ),
    ]
    if not view.is_state:
        sentences.append(words.text("report.lead_operator", parks=words.number(len(view.park_ids))))
        sentences.append(words.text("report.lead_confidential"))
    return " ".join(sentences)


def amounts_note(view: Viewpoint) -> str:
    """Explain the amounts of the tables."""
    settings = view.record.project.settings
    return view.words.text(
        "report.amounts_note",
        currency=view.words.currency_name(view.record.currency),
        years=view.words.number(settings.horizon_years),
        rate=view.percent(settings.discount_rate),
    )


def paying_section(view: Viewpoint) -> Section:
    """Show who pays what, by asset class and by park."""
    words, record = view.words, view.record
    by_class = payments_by_key(record.split.by_asset_class)
    by_park = payments_by_key(record.split.by_park)
    class_rows = [
        (words.text(f"common.asset_class.{asset_class}"), by_class.get(asset_class, {}))
        for asset_class in record.asset_classes()
    ]
    park_rows = [(view.park_name(park.id), by_park[park.id]) for park in view.parks if park.id in by_park]
    blocks: list[Block] = [Text(amounts_note(view), is_quiet=True)]
    blocks += _tables(view, "asset_class", class_rows)
    blocks += _tables(view, "park", park_rows)
    if not view.is_state:
        blocks.append(Text(words.text("report.by_park_note"), is_quiet=True))
    return Section(words.text("report.who_pays"), tuple(blocks))


def _tables(view: Viewpoint, kind: str, rows: Sequence[tuple[str, Mapping[str, int]]]) -> list[Table]:
    words, currency = view.words, view.record.currency
    label = words.text(f"report.{kind}")
    tables = money_tables(
        label,
        rows,
        view.summary_columns(),
        words=words,
        currency=currency,
        caption=words.text(f"report.by_{kind}"),
    )
    if not view.is_state or len(view.operators) < 2:
        return list(tables)
    each = money_tables(
        label,
        rows,
        view.operator_columns(),
        words=words,
        currency=currency,
        caption=words.text(f"report.by_{kind}_operators"),
        with_total=False,
    )
    return [*tables, *each]


def cash_section(view: Viewpoint) -> Section:
    """Show the cost of the project and what the reader pays of it, year by year."""
    words = view.words
    rows = [
        (cash.year, (cash.investment, cash.operation, cash.party, cash.party_present_value))
        for cash in cash_by_year(view.record, view.party)
    ]
    sums = column_sums([amounts for _, amounts in rows])
    name = view.short_name(view.party)
    table = Table(
        columns=(
            Column(words.text("report.year"), "text"),
            Column(words.text("report.cash_investment")),
            Column(words.text("report.cash_operation")),
            Column(words.text("report.cash_party", party=isolate(name))),
            Column(words.text("report.cash_party_present", party=isolate(name))),
        ),
        rows=(
            *((words.number(year), *view.figures(amounts)) for year, amounts in rows),
            (words.text("common.total"), *view.figures(sums)),
        ),
        caption=words.text("report.by_year"),
        total=True,
    )
    return Section(
        words.text("report.cash"),
        (
            Text(words.text("report.cash_note", party=isolate(name)), is_quiet=True),
            sized(table, size=7.5),
        ),
    )


def stand_alone_section(view: Viewpoint) -> Section:
    """Compare with every operator building for itself."""
    words = view.words
    title = words.text("report.alone")
    if not view.stand_alone:
        return Section(title, (Text(words.text("report.alone_none")),))
    funded = "" if view.record.subsidy is None else "_subsidy"
    proven = words.text(
        "report.alone_proof",
        proven=words.number(sum(alone.objective == alone.bound for alone in view.stand_alone)),
        all=words.number(len(view.stand_alone)),
    )
    blocks: list[Block] = [
        Text(words.text(f"report.alone_text{funded}")),
        _stand_alone_table(view),
        Text(proven, is_quiet=True),
    ]
    if view.is_state:
        blocks.append(Text(_islands_text(view, f"report.islands_text{funded}")))
    return Section(title, tuple(blocks))


def _stand_alone_table(view: Viewpoint) -> Table:
    words = view.words
    rows: list[tuple[str, tuple[int, ...]]] = [
        (view.party_name(alone.operator_id), (alone.cost, alone.public, alone.own, alone.share, alone.saving))
        for alone in view.stand_alone
    ]
    has_total = len(rows) > 1
    if has_total:
        rows.append((words.text("common.total"), column_sums([amounts for _, amounts in rows])))
    keys = ("alone_cost", "alone_public", "alone_own", "alone_share", "alone_saving")
    table = Table(
        columns=(
            Column(words.text("report.operator"), "text"),
            *(Column(words.text(f"report.{key}")) for key in keys),
        ),
        rows=tuple((name, *view.figures(amounts)) for name, amounts in rows),
        caption=words.text("report.alone_caption"),
        total=has_total,
    )
    return sized(table, size=7.5)


def _islands_text(view: Viewpoint, key: str) -> str:
    """Write what planning together saves against all stand-alone networks."""
    record = view.record
    served = record.split.total - record.split.payments.get(UNFUNDED, 0)
    public = sum(alone.public for alone in view.stand_alone)
    return view.words.text(
        key,
        alone=view.money(record.alone_total),
        joint=view.money(served),
        saving=view.money(record.alone_total - served),
        public=view.money(public - record.split.payments[STATE]),
    )
