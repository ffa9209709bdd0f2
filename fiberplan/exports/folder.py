"""All output files of a plan in one folder: saved plan, map, reports, workbooks, summary.

A run that fails leaves the folder as it was. Files that an earlier run wrote, by its ``summary.json``, and that this
one does not write again (the report of an operator that is no longer in the project) are removed, and nothing else is.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Final

from fiberplan.exports.figures import summarise
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
    """A file to write: its name, and the function that writes it to a path."""

    name: str
    write: Callable[[Path], object]


def output_files(record: PlanRecord, languages: Sequence[str]) -> tuple[OutputFile, ...]:
    """List the files to write, but for the summary.

    Parameters
    ----------
    record
        The plan.
    languages
        Files of the first one have plain names, those of another one end in its code.
    """
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
    """Write all output files.

    Parameters
    ----------
    record
        The plan.
    folder
        Where to; created where it does not exist.
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


def _earlier_files(folder: Path) -> set[str]:
    """Read which files an earlier run wrote; names that lead out of the folder are ignored."""
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
