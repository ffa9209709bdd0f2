"""Typesetting: typst makes a PDF of a report's data, with one typeface and a fixed date, so the same plan gives the same bytes."""

from __future__ import annotations

import datetime as dt
import json
from dataclasses import dataclass
from functools import cached_property
from importlib import resources
from typing import TYPE_CHECKING, Any

from fiberplan.files import write_file
from fiberplan.report.blocks import Document
from fiberplan.report.party import Viewpoint
from fiberplan.report.pdf.document import compose
from fiberplan.wording.typeface import font_folder

if TYPE_CHECKING:
    from pathlib import Path

    from fiberplan.result.record import PlanRecord

_TEMPLATE = "template.typ"


@dataclass(frozen=True)
class PartyReport:
    """The report of one party in one language.

    Attributes
    ----------
    document
        Its content.
    date
        Creation date in the file.
    """

    document: Document
    date: dt.date

    @cached_property
    def pdf(self) -> bytes:
        """The report as a tagged PDF."""
        return typeset(self.document.as_data(), self.date)

    def save(self, path: str | Path) -> Path:
        """Save as a PDF; what was there before is replaced only once the new file is complete."""
        return write_file(path, self.pdf)


def party_report(record: PlanRecord, *, party: str, language: str) -> PartyReport:
    """Typeset a party's report.

    Parameters
    ----------
    record
        A finished plan.
    party
        ``state`` for the government's report, which shows everything, or an operator's id for one that shows the
        operator itself, the state, and the others in one sum.
    language
        Code of a `Language`, such as ``en``.

    Raises
    ------
    UnknownPartyError
        The party has no part in the plan.
    ValueError
        fiberplan has no such language.
    """
    view = Viewpoint.of(record, party=party, language=language)
    return PartyReport(compose(view), record.project.settings.date)


def typeset(data: dict[str, Any], date: dt.date) -> bytes:
    """Typeset data with the template.

    Parameters
    ----------
    data
        What `Document.as_data` gives.
    date
        Creation date in the file.
    """
    import typst  # noqa: PLC0415 - heavy, and only the PDF needs it

    fonts = typst.Fonts(
        include_system_fonts=False, include_embedded_fonts=False, font_paths=[str(font_folder())]
    )
    template = resources.files("fiberplan.report.pdf").joinpath(_TEMPLATE).read_bytes()
    midnight = dt.datetime.combine(date, dt.time(), tzinfo=dt.UTC)
    pdf: bytes = typst.compile(
        template,
        font_paths=fonts,
        format="pdf",
        sys_inputs={"report": json.dumps(data, ensure_ascii=False)},
        timestamp=int(midnight.timestamp()),
    )
    return pdf
