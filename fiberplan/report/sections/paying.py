"""What each party pays: the figures at the head of the report, by asset class and by park, and year by year."""

from __future__ import annotations

from collections import defaultdict
from decimal import Decimal
from typing import TYPE_CHECKING

from fiberplan.report.blocks import Block, Column, Highlight, Section, Table, Text
from fiberplan.report.columns import money_tables, sized
from fiberplan.report.figures import cash_by_year
from fiberplan.report.glyphs import isolate
from fiberplan.sharing.accounts.dividing import STATE, UNFUNDED

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from fiberplan.project.settings import AssetClass
    from fiberplan.report.party import Viewpoint


def percent(view: Viewpoint, share: Decimal | None) -> str:
    """Write a share that somebody set, with a decimal only where it has one."""
    share = share or Decimal(0)
    return view.words.percent(share, digits=0 if share * 100 % 1 == 0 else 1)


def share_of_total(view: Viewpoint, amount: int) -> str:
    """Write an amount as a percentage of all costs."""
    total = view.record.split.total
    return view.words.percent(amount / total if total else 0, digits=1)


def highlights(view: Viewpoint) -> tuple[Highlight, ...]:
    """Show what the reader pays, its share of the whole, and what it saves."""
    words, record = view.words, view.record
    currency, split = record.currency, record.split
    paid = split.payments[view.party]
    name = view.party_name(view.party)
    found = [
        Highlight(
            words.text("report.pays", party=isolate(name)),
            words.money_short(paid, currency),
            words.text("report.exactly", amount=words.money(paid, currency)),
        ),
        Highlight(
            words.text("report.share_of_total"),
            share_of_total(view, paid),
            words.text("report.of_total", total=words.money_short(split.total, currency)),
        ),
    ]
    if view.is_state and record.stand_alone:
        served = split.total - split.payments.get(UNFUNDED, 0)
        found.append(
            Highlight(
                words.text("report.planning_together_saves"),
                words.money_short(record.alone_total - served, currency),
                words.text("report.against_islands", alone=words.money_short(record.alone_total, currency)),
            )
        )
    elif view.stand_alone:
        (alone,) = view.stand_alone
        found.append(
            Highlight(
                words.text("report.saved_against_alone"),
                words.money_short(alone.saving, currency),
                words.text("report.alone_would_pay", alone=words.money_short(alone.own, currency)),
            )
        )
    return tuple(found)


def lead(view: Viewpoint) -> str:
    """Tell the plan in a few sentences."""
    words, record = view.words, view.record
    routing, settings = record.routing, record.project.settings
    km = sum(segment.length_mm for segment in routing.segments) / 1_000_000
    sentences = [
        words.text(
            "report.lead_network",
            parks=words.number(len(routing.routes)),
            all=words.number(len(record.project.parks)),
            nodes=words.number(
                len({route.backbone_id for route in (*routing.routes, *routing.second_routes)})
            ),
            km=words.number(km, digits=1),
        ),
        words.text(
            "report.lead_cost",
            years=words.number(settings.horizon_years),
            total=words.money_short(record.split.total, record.currency),
            capex=words.money_short(record.ledger.capex, record.currency),
        ),
    ]
    if not view.is_state:
        sentences.append(words.text("report.lead_operator", parks=words.number(len(view.park_ids))))
        sentences.append(words.text("report.lead_confidential"))
    return " ".join(sentences)


def amounts_note(view: Viewpoint) -> str:
    """Say what the amounts of the tables are."""
    settings = view.record.project.settings
    return view.words.text(
        "report.amounts_note",
        currency=view.words.currency_name(view.record.currency),
        years=view.words.number(settings.horizon_years),
        rate=percent(view, settings.discount_rate),
    )


def paying_section(view: Viewpoint) -> Section:
    """Who pays what, by asset class and by park."""
    words, record = view.words, view.record
    by_class: defaultdict[AssetClass, dict[str, int]] = defaultdict(dict)
    for (party, asset_class), amount in record.split.by_asset_class.items():
        by_class[asset_class][party] = amount
    by_park: defaultdict[str, dict[str, int]] = defaultdict(dict)
    for (party, park_id), amount in record.split.by_park.items():
        by_park[park_id][party] = amount
    class_rows = [
        (words.text(f"common.asset_class.{asset_class}"), by_class[asset_class])
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
    """Lay the money out by year."""
    words, currency = view.words, view.record.currency
    years = cash_by_year(view.record, view.party)
    columns = zip(
        *((cash.investment, cash.operation, cash.party, cash.party_present_value) for cash in years),
        strict=True,
    )
    sums = [sum(column) for column in columns]
    rows = [
        (cash.year, (cash.investment, cash.operation, cash.party, cash.party_present_value)) for cash in years
    ]
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
            *(
                (
                    words.number(year),
                    *(words.money(amount, currency, with_unit=False) for amount in amounts),
                )
                for year, amounts in rows
            ),
            (
                words.text("common.total"),
                *(words.money(amount, currency, with_unit=False) for amount in sums),
            ),
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
    words, record, currency = view.words, view.record, view.record.currency
    title = words.text("report.alone")
    funded = "" if record.subsidy is None else "_subsidy"
    if not view.stand_alone:
        return Section(title, (Text(words.text("report.alone_none")),))
    amounts = [
        (view.party_name(alone.operator_id), (alone.cost, alone.public, alone.own, alone.share, alone.saving))
        for alone in view.stand_alone
    ]
    many = len(amounts) > 1
    if many:
        sums = [sum(column) for column in zip(*(line for _, line in amounts), strict=True)]
        amounts.append((words.text("common.total"), tuple(sums)))
    keys = ("alone_cost", "alone_public", "alone_own", "alone_share", "alone_saving")
    table = Table(
        columns=(
            Column(words.text("report.operator"), "text"),
            *(Column(words.text(f"report.{key}")) for key in keys),
        ),
        rows=tuple(
            (name, *(words.money(amount, currency, with_unit=False) for amount in line))
            for name, line in amounts
        ),
        caption=words.text("report.alone_caption"),
        total=many,
    )
    blocks: list[Block] = [Text(words.text(f"report.alone_text{funded}")), sized(table, size=7.5)]
    proven = sum(alone.objective == alone.bound for alone in view.stand_alone)
    blocks.append(
        Text(
            words.text(
                "report.alone_proof",
                proven=words.number(proven),
                all=words.number(len(view.stand_alone)),
            ),
            is_quiet=True,
        )
    )
    if view.is_state:
        served = record.split.total - record.split.payments.get(UNFUNDED, 0)
        public = sum(alone.public for alone in view.stand_alone)
        blocks.append(
            Text(
                words.text(
                    f"report.islands_text{funded}",
                    alone=words.money(record.alone_total, currency),
                    joint=words.money(served, currency),
                    saving=words.money(record.alone_total - served, currency),
                    public=words.money(public - record.split.payments[STATE], currency),
                )
            )
        )
    return Section(title, tuple(blocks))
