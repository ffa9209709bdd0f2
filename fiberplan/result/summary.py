"""A plan in a few lines of text."""

from __future__ import annotations

from typing import TYPE_CHECKING

from fiberplan.wording import load_wording

if TYPE_CHECKING:
    from collections.abc import Iterator

    from fiberplan.result.record import PlanRecord
    from fiberplan.wording import Wording


def summary_text(record: PlanRecord, *, language: str) -> str:
    """Return routes, proof, cost and payments as text.

    Parameters
    ----------
    record
        The plan.
    language
        Code of the language.
    """
    words = load_wording(language)
    routing = record.routing
    lines = [record.project.name(words.language), *_routes(record, words), _cost(record, words)]
    lines += _payments(record, words)
    if record.stand_alone:
        saving = words.money_short(record.islands().saving, record.currency)
        lines.append(words.text("terminal.summary_islands", saving=saving))
    lines += [
        words.text("terminal.summary_unreachable", park=park.park_id, reason=park.reason)
        for park in routing.unreachable
    ]
    return "\n".join(lines)


def _routes(record: PlanRecord, words: Wording) -> Iterator[str]:
    routing = record.routing
    yield words.text(
        "terminal.summary_routes",
        parks=words.number(len(routing.routes)),
        all=words.number(len(record.project.parks)),
        nodes=words.number(len({route.backbone_id for route in routing.routes})),
        km=words.number(routing.length_km, digits=1),
    )
    yield words.text(
        "terminal.summary_proof",
        status=words.text(f"common.status.{routing.status}"),
        cost=words.money_short(routing.objective, record.currency),
        gap=words.percent(routing.gap, digits=2),
    )


def _cost(record: PlanRecord, words: Wording) -> str:
    return words.text(
        "terminal.summary_cost",
        total=words.money_short(record.ledger.present_value, record.currency),
        capex=words.money_short(record.ledger.capex, record.currency),
        years=words.number(record.project.settings.horizon_years),
    )


def _payments(record: PlanRecord, words: Wording) -> Iterator[str]:
    for party, amount in record.split.payments.items():
        name = record.party_name(party, words.language)
        name = words.text(f"common.{party}") if name is None else f"{name} ({party})"
        share = amount / record.split.total if record.split.total else 0.0
        yield f"  {name}: {words.money_short(amount, record.currency)} ({words.percent(share, digits=1)})"
