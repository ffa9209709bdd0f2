"""The rule of the split: public shares and caps, how operators divide the rest, and an example to follow by hand."""

from __future__ import annotations

from collections import Counter
from decimal import Decimal
from typing import TYPE_CHECKING

from fiberplan.money import to_minor
from fiberplan.project.corridors import CorridorKind
from fiberplan.report.blocks import Block, Bullets, Column, Section, Table, Text
from fiberplan.report.columns import column_sums, money_tables, sized
from fiberplan.report.figures import (
    AccountPart,
    Example,
    public_before_caps,
    sharing_weights,
    worked_example,
)
from fiberplan.report.glyphs import isolate
from fiberplan.report.naming import quantity
from fiberplan.result.record import ProofBasis
from fiberplan.result.rule_text import rule_name, rule_text
from fiberplan.sharing.accounts.dividing import UNFUNDED
from fiberplan.sharing.rules.registry import find_rule

if TYPE_CHECKING:
    from fractions import Fraction

    from fiberplan.report.party import Viewpoint
    from fiberplan.sharing.caps import CapApplied
    from fiberplan.wording import Wording


def rule_section(view: Viewpoint) -> Section:
    """Describe the rule in words."""
    words, record = view.words, view.record
    if record.subsidy is not None:
        blocks: list[Block] = [Text(words.text("subsidy.rule_text")), _public_shares(view)]
    else:
        blocks = [Text(words.text("report.rule_public")), _public_shares(view)]
        caps = _caps_in_words(view)
        if caps:
            blocks += [Text(words.text("report.rule_caps")), Bullets(caps)]
        blocks += _caps_applied(view)
    rule = record.split.rule
    is_on_game = find_rule(rule).is_on_game
    rest = "rule_rest_game" if is_on_game else "rule_rest"
    blocks.append(Text(words.text(f"report.{rest}")))
    direct = () if is_on_game else (words.text("report.rule_direct"),)
    blocks.append(Bullets((*direct, _rule_in_words(view))))
    blocks.append(
        Text(
            words.text("report.rule_rounding", currency=words.currency_name(record.currency), rule=rule),
            is_quiet=True,
        )
    )
    if UNFUNDED in record.split.parties:
        blocks.append(Text(words.text("report.rule_unfunded")))
    return Section(words.text("report.rule_title"), tuple(blocks))


def _public_shares(view: Viewpoint) -> Table:
    words, record = view.words, view.record
    cost: Counter[object] = Counter()
    for cell in record.split.cells:
        cost[cell.asset_class] += cell.amount
    paid = record.split.by_asset_class
    rows = []
    for asset_class in record.asset_classes():
        share = record.split.policy.public_share.get(asset_class)
        public = paid.get(("state", asset_class), 0)
        total = cost[asset_class]
        rows.append(
            (
                words.text(f"common.asset_class.{asset_class}"),
                view.percent(share),
                words.percent(public / total if total else 0, digits=1),
                *view.figures([public, total]),
            )
        )
    return sized(
        Table(
            columns=(
                Column(words.text("report.asset_class"), "text"),
                Column(words.text("report.public_share")),
                Column(words.text("report.public_share_paid")),
                Column(words.text("report.public_part")),
                Column(words.text("report.cost")),
            ),
            rows=tuple(rows),
            caption=words.text("report.public_shares_caption"),
        )
    )


def _caps_in_words(view: Viewpoint) -> tuple[str, ...]:
    words, record = view.words, view.record
    policy = record.split.policy
    limits = (
        ("cap_per_park", policy.cap_per_park),
        ("cap_per_unit", policy.cap_per_unit),
        ("cap_total", policy.cap_total),
    )
    return tuple(
        words.text(f"report.{key}", amount=view.money(to_minor(limit, record.currency)))
        for key, limit in limits
        if limit is not None
    )


def _caps_applied(view: Viewpoint) -> list[Block]:
    words, record = view.words, view.record
    if not _caps_in_words(view):
        return [Text(words.text("report.no_caps"))]
    caps = [cap for cap in record.split.caps if cap.park_id is None or cap.park_id in view.park_ids]
    if not caps:
        key = "caps_none" if view.is_state else "caps_none_here"
        return [Text(words.text(f"report.{key}"))]
    table = Table(
        columns=(
            Column(words.text("report.cap"), "text"),
            Column(words.text("report.park"), "text"),
            Column(words.text("report.cap_wanted")),
            Column(words.text("report.cap_granted")),
            Column(words.text("report.cap_cut")),
        ),
        rows=tuple(_cap_row(view, cap) for cap in caps),
        caption=words.text("report.caps_applied"),
    )
    return [sized(table)]


def _cap_row(view: Viewpoint, cap: CapApplied) -> tuple[str, ...]:
    words = view.words
    return (
        words.text(f"report.cap_kind.{cap.kind}"),
        words.text("report.all_parks") if cap.park_id is None else view.park_name(cap.park_id),
        *view.figures([cap.wanted, cap.granted, cap.wanted - cap.granted]),
    )


def _rule_in_words(view: Viewpoint) -> str:
    """Explain the rule with the figures of the project; a rule without a text is named."""
    words, record = view.words, view.record
    rule = record.split.rule
    demand = record.design.traffic_by_operator
    values = {
        "n": words.number(len(view.operators)),
        "own": _exact(demand.get(view.party, 0), words),
        "all": _exact(sum(demand.values()), words),
        "listed": words.text("report.comma").join(
            words.text("report.demand_of", party=isolate(view.party_name(who)), mbps=_exact(mbps, words))
            for who, mbps in demand.items()
        ),
    }
    own = None if view.is_state else rule_text(rule, "text_own", words, **values)
    text = own or rule_text(rule, "text", words, **values)
    if not find_rule(rule).is_on_game:
        return text or rule_name(rule, words)
    basis = ProofBasis.OWN_NETWORKS if record.proof is None else record.proof.basis
    key = f"report.rule_game_{basis.replace('-', '_')}"
    return " ".join(filter(None, (text, words.text(key, rule=rule_name(rule, words)))))


def _exact(value: Fraction | int, words: Wording) -> str:
    """Write a demand with all its digits."""
    return quantity(Decimal(value.numerator) / Decimal(value.denominator), words)


def example_section(view: Viewpoint) -> Section | None:
    """Calculate one segment to the last minor unit; a smallest subsidy has no such arithmetic."""
    words, record = view.words, view.record
    if record.subsidy is not None:
        return None
    example = worked_example(record, view.parts, view.party)
    if example is None:
        return None
    segment = record.routing.segment(example.segment_id)
    designed = next(entry for entry in record.design.segments if entry.segment_id == segment.id)
    kind = words.text(f"common.kind.{designed.kind}") if isinstance(designed.kind, CorridorKind) else ""
    blocks: list[Block] = [
        Text(
            words.text(
                "report.example_text",
                segment=isolate(segment.id),
                kind=kind,
                length=words.length(segment.length_m),
                n=words.number(len(example.operators)),
            )
        ),
        _example_table(view, example),
    ]
    blocks += _example_operators(view, example)
    largest = max(example.parts, key=lambda part: (part.public, part.amount))
    blocks.append(Text(_example_steps(view, largest)))
    if example.is_capped:
        blocks.append(Text(words.text("report.example_capped"), is_quiet=True))
    return Section(words.text("report.example_title"), tuple(blocks))


def _example_table(view: Viewpoint, example: Example) -> Table:
    words = view.words
    policy = view.record.split.policy.public_share
    lines: list[tuple[str, str, tuple[int, ...]]] = []
    for part in example.parts:
        share = policy.get(part.asset_class)
        lines.append(
            (
                words.text(f"common.asset_class.{part.asset_class}"),
                view.percent(share),
                (part.amount, part.public, part.amount - part.public),
            )
        )
    sums = column_sums([amounts for _, _, amounts in lines])
    lines.append((words.text("common.total"), "", sums))
    return sized(
        Table(
            columns=(
                Column(words.text("report.asset_class"), "text"),
                Column(words.text("report.public_share")),
                Column(words.text("report.cost")),
                Column(words.text("report.public_part")),
                Column(words.text("report.left")),
            ),
            rows=tuple((name, share, *view.figures(amounts)) for name, share, amounts in lines),
            caption=words.text("report.example_caption", segment=isolate(example.segment_id)),
            total=True,
        )
    )


def _example_operators(view: Viewpoint, example: Example) -> tuple[Table, ...]:
    words = view.words
    columns = [
        column
        for column in (view.operator_columns() if view.is_state else view.summary_columns())
        if column.parties != ("state",) and any(column.paid(part.payments) for part in example.parts)
    ]
    rows = [(words.text(f"common.asset_class.{part.asset_class}"), part.payments) for part in example.parts]
    return money_tables(
        words.text("report.asset_class"),
        rows,
        columns,
        words=words,
        currency=view.record.currency,
        caption=words.text("report.example_operators"),
    )


def _example_steps(view: Viewpoint, part: AccountPart) -> str:
    """Follow the largest account of the example step by step."""
    words, record = view.words, view.record
    public = public_before_caps(record, part)
    cost, before_caps, paid, left = view.figures(
        [part.amount, public, part.public, part.amount - part.public]
    )
    steps = [
        words.text(
            "report.step_public",
            asset_class=words.text(f"common.asset_class.{part.asset_class}"),
            cost=cost,
            share=view.percent(record.split.policy.public_share.get(part.asset_class)),
            public=before_caps,
        )
    ]
    if public != part.public:
        steps.append(words.text("report.step_capped", public=paid))
    steps.append(words.text("report.step_left", cost=cost, public=paid, left=left))
    return " ".join([*steps, *_step_of_party(view, part)])


def _step_of_party(view: Viewpoint, part: AccountPart) -> tuple[str, ...]:
    """Show how one operator's part follows: the reader's, or the first one's for the state."""
    words, record = view.words, view.record
    paid = {who: amount for who, amount in part.payments.items() if who in view.operators}
    if find_rule(record.split.rule).is_on_game and paid:
        shown = view.party if view.party in paid else next(iter(paid))
        (amount,) = view.figures([paid[shown]])
        name = isolate(view.party_name(shown))
        return (words.text("report.step_part_allocated", party=name, part=amount),)
    weights = sharing_weights(record, part)
    whole = sum(weights.values())
    if not whole:
        return ()
    shown = view.party if view.party in weights else next(iter(weights))
    if shown == UNFUNDED:
        return ()
    left, amount = view.figures([part.amount - part.public, part.payments.get(shown, 0)])
    return (
        words.text(
            "report.step_part" if weights[shown] == 1 else "report.step_part_weighted",
            left=left,
            weight=_exact(weights[shown], words),
            whole=_exact(whole, words),
            party=isolate(view.party_name(shown)),
            part=amount,
        ),
    )
