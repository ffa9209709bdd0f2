"""The figures of a plan as plain JSON, for programs."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Sequence

    from fiberplan.result.record import PlanRecord


def summarise(record: PlanRecord, files: Sequence[str]) -> dict[str, Any]:
    """Return the figures of a plan as plain JSON; amounts are integers of the currency's minor unit.

    Parameters
    ----------
    record
        The plan.
    files
        Names of the files beside the summary.
    """
    ledger, proof, islands = record.ledger, record.proof, record.islands()
    return {
        "name": dict(record.project.settings.name),
        "date": record.project.settings.date.isoformat(),
        "currency": ledger.currency_code,
        "minor_digits": ledger.currency.minor_digits,
        "prices_are_assumptions": bool(record.assumed_items()),
        "routes": _routes(record),
        "cost": _cost(record),
        "split": _split(record),
        "certificate": None if proof is None else {"basis": proof.basis, **proof.certificate},
        "stand_alone": _stand_alone(record),
        "islands": {"alone": islands.alone, "joint": islands.joint, "is_proven": islands.is_proven},
        "notes": [str(note) for note in record.notes],
        "files": list(files),
    }


def _routes(record: PlanRecord) -> dict[str, Any]:
    routing = record.routing
    return {
        "status": routing.status.value,
        "objective": routing.objective,
        "bound": routing.bound,
        "gap": routing.gap,
        "stage": routing.report.stage,
        "protection_cost": routing.protection_cost,
        "length_km": routing.length_km,
        "connected": len(routing.routes),
        "unreachable": {park.park_id: park.reason for park in routing.unreachable},
        "single_points_of_failure": {
            park: list(segments) for park, segments in routing.single_points_of_failure.items()
        },
    }


def _cost(record: PlanRecord) -> dict[str, Any]:
    by_class = sorted(record.ledger.totals("asset_class").items())
    by_year = sorted(record.ledger.totals("year", nominal=True).items())
    return {
        "present_value": record.ledger.present_value,
        "capex": record.ledger.capex,
        "by_asset_class": {asset_class.value: amount for asset_class, amount in by_class},
        "by_year": {str(year): amount for year, amount in by_year},
    }


def _split(record: PlanRecord) -> dict[str, Any]:
    split = record.split
    return {
        "rule": split.rule,
        "payments": split.payments,
        "by_park": _by_park(record),
        "caps": [
            {"cap": cap.kind.value, "park": cap.park_id, "wanted": cap.wanted, "granted": cap.granted}
            for cap in split.caps
        ],
        "checks": {
            check.kind.value: {
                "passed": check.passed,
                "parties": list(check.parties),
                "amount": check.amount,
            }
            for check in split.checks
        },
    }


def _by_park(record: PlanRecord) -> dict[str, dict[str, int]]:
    table: dict[str, dict[str, int]] = {}
    for (party, park_id), amount in sorted(
        record.split.by_park.items(), key=lambda entry: (entry[0][1], entry[0][0])
    ):
        table.setdefault(park_id, {})[party] = amount
    return table


def _stand_alone(record: PlanRecord) -> dict[str, Any]:
    return {
        alone.operator_id: {
            "cost": alone.cost,
            "public": alone.public,
            "own": alone.own,
            "share": alone.share,
            "saving": alone.saving,
        }
        for alone in record.stand_alone
    }
