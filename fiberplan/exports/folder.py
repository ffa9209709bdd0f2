"""Everything that people get from a plan, into one folder: files, map, reports, workbooks, summary.

A run that fails leaves the folder as it was. Files that an earlier run wrote, by its ``summary.json``, and that this
one does not write again (the report of an operator that has left) are removed, and nothing else is.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from fiberplan.exports.geopackage import write_plan
from fiberplan.files import delivering
from fiberplan.maps import draw_map
from fiberplan.report import party_report, party_workbook
from fiberplan.sharing.accounts.dividing import STATE

if TYPE_CHECKING:
    from fiberplan.result.record import PlanRecord

SUMMARY: Final = "summary.json"


@dataclass(frozen=True, slots=True)
class OutputFile:
    """A file to write: its name, and what writes it to a path."""

    name: str
    write: Callable[[Path], object]


def output_files(record: PlanRecord, languages: Sequence[str]) -> tuple[OutputFile, ...]:
    """List what is to be written; the first language's files have plain names, the others' end in its code."""
    files = [OutputFile("plan.gpkg", lambda path: write_plan(record, path))]
    operators = [party for party in record.split.parties if record.party_name(party, "en") is not None]
    for number, language in enumerate(languages):
        suffix = "" if number == 0 else f"-{language}"
        files.append(OutputFile(f"map{suffix}.html", _map_writer(record, language)))
        files.append(OutputFile(f"report-government{suffix}.pdf", _report_writer(record, STATE, language)))
        for operator in operators:
            files.append(
                OutputFile(f"report-{operator}{suffix}.pdf", _report_writer(record, operator, language))
            )
            files.append(
                OutputFile(f"report-{operator}{suffix}.xlsx", _workbook_writer(record, operator, language))
            )
    return tuple(files)


def write_outputs(
    record: PlanRecord,
    folder: str | Path,
    *,
    languages: Sequence[str] | None = None,
    progress: Callable[[str, int, int], None] | None = None,
) -> tuple[Path, ...]:
    """Write everything that people get.

    Parameters
    ----------
    record
        The plan.
    folder
        Where to; it is made if need be.
    languages
        Languages of map and reports, those of the project if ``None``.
    progress
        Called with a file's name, its number and the number of all before it is written.

    Returns
    -------
    tuple of Path
        The files.
    """
    target = Path(folder)
    files = output_files(record, languages or record.project.settings.languages)
    stale = _earlier_files(target) - {file.name for file in files} - {SUMMARY}
    with delivering(target) as draft:
        for number, file in enumerate(files, start=1):
            if progress is not None:
                progress(file.name, number, len(files) + 1)
            file.write(draft / file.name)
        names = [file.name for file in files] + [SUMMARY]
        if progress is not None:
            progress(SUMMARY, len(names), len(names))
        text = json.dumps(summarise(record, names), ensure_ascii=False, indent=2)
        (draft / SUMMARY).write_text(text + "\n", encoding="utf-8")
    for name in sorted(stale):
        (target / name).unlink(missing_ok=True)
    return tuple(target / name for name in names)


def summarise(record: PlanRecord, files: Sequence[str]) -> dict[str, Any]:
    """Put the figures of a plan into plain JSON; amounts are integers of the currency's minor unit."""
    routing, ledger, split, islands = record.routing, record.ledger, record.split, record.islands()
    return {
        "name": dict(record.project.settings.name),
        "date": record.project.settings.date.isoformat(),
        "currency": ledger.currency_code,
        "minor_digits": ledger.currency.minor_digits,
        "prices_are_assumptions": bool(record.assumed_items()),
        "routes": {
            "status": routing.status.value,
            "objective": routing.objective,
            "bound": routing.bound,
            "gap": routing.gap,
            "stage": routing.report.stage,
            "protection_cost": routing.protection_cost,
            "length_km": sum(segment.length_mm for segment in routing.segments) / 1_000_000,
            "connected": len(routing.routes),
            "unreachable": {park.park_id: park.reason for park in routing.unreachable},
            "single_points_of_failure": {
                park: list(segments) for park, segments in routing.single_points_of_failure.items()
            },
        },
        "cost": {
            "present_value": ledger.present_value,
            "capex": ledger.capex,
            "by_asset_class": {
                key.value: amount for key, amount in sorted(ledger.totals("asset_class").items())
            },
            "by_year": {
                str(year): amount for year, amount in sorted(ledger.totals("year", nominal=True).items())
            },
        },
        "split": {
            "rule": split.rule.value,
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
        },
        "certificate": None
        if record.proof is None
        else {"basis": record.proof.basis, **record.proof.certificate},
        "stand_alone": {
            alone.operator_id: {
                "cost": alone.cost,
                "public": alone.public,
                "own": alone.own,
                "share": alone.share,
                "saving": alone.saving,
            }
            for alone in record.stand_alone
        },
        "islands": {"alone": islands.alone, "joint": islands.joint, "is_proven": islands.is_proven},
        "notes": [str(note) for note in record.notes],
        "files": list(files),
    }


def _by_park(record: PlanRecord) -> dict[str, dict[str, int]]:
    table: dict[str, dict[str, int]] = {}
    for (party, park_id), amount in sorted(
        record.split.by_park.items(), key=lambda entry: (entry[0][1], entry[0][0])
    ):
        table.setdefault(park_id, {})[party] = amount
    return table


def _earlier_files(folder: Path) -> set[str]:
    """Read which files an earlier run wrote; names that lead out of the folder are not believed."""
    try:
        listed = json.loads((folder / SUMMARY).read_text(encoding="utf-8"))["files"]
    except (OSError, ValueError, KeyError, TypeError):
        return set()
    return {name for name in listed if isinstance(name, str) and Path(name).name == name}


def _map_writer(record: PlanRecord, language: str) -> Callable[[Path], object]:
    return lambda path: draw_map(record, language=language).save(path)


def _report_writer(record: PlanRecord, party: str, language: str) -> Callable[[Path], object]:
    return lambda path: party_report(record, party=party, language=language).save(path)


def _workbook_writer(record: PlanRecord, party: str, language: str) -> Callable[[Path], object]:
    return lambda path: party_workbook(record, party=party, language=language).save(path)
