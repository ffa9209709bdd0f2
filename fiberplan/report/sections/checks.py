"""What was checked of the split and certified, with who violates what and by how much."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, Literal

from fiberplan.report.blocks import Block, Bullets, Column, Section, Table, Text, Verdict, Verdicts
from fiberplan.report.glyphs import isolate
from fiberplan.report.sentences.certificate import CertificateText
from fiberplan.result.record import ProofBasis
from fiberplan.sharing.accounts.checks import Check, CheckKind
from fiberplan.solvers.run.report import Status

if TYPE_CHECKING:
    from collections.abc import Mapping

    from fiberplan.report.party import Viewpoint

_STATES: Final[Mapping[bool | None, Literal["pass", "fail", "open"]]] = {
    True: "pass",
    False: "fail",
    None: "open",
}


def checks_section(view: Viewpoint) -> Section:
    """Show what was checked of the split, and what was not."""
    words, record = view.words, view.record
    verdicts = tuple(_verdict(view, check) for check in record.split.checks)
    proven = sum(alone.objective == alone.bound for alone in view.stand_alone)
    planned = record.proof is not None and record.proof.basis is ProofBasis.OWN_NETWORKS
    limits = [] if planned else [words.text("report.unchecked_groups")]
    if view.stand_alone and proven < len(view.stand_alone):
        limits.append(words.text("report.unchecked_alone"))
    if record.routing.second_routes:
        limits.append(words.text("report.unchecked_second"))
    if record.routing.status is not Status.OPTIMAL:
        limits.append(words.text("report.unchecked_routes"))
    if not record.project.settings.business:
        limits.append(words.text("report.unchecked_revenue"))
    if record.assumed_items():
        limits.append(words.text("report.unchecked_prices"))
    return Section(
        words.text("report.checks"),
        (
            Text(words.text("report.checks_text")),
            Verdicts(verdicts),
            Text(words.text("report.unchecked")),
            Bullets(tuple(limits)),
        ),
    )


def certificate_section(view: Viewpoint) -> Section | None:
    """Show what is proven of the split; it names operators, so it is for the state only."""
    words, record = view.words, view.record
    if record.proof is None or not view.is_state:
        return None
    text = CertificateText(record, record.proof, words, lambda who: isolate(view.party_name(who)))
    table = Table(
        columns=(
            Column(words.text("certificate.property_of_split"), "text", share=3),
            Column(words.text("certificate.result"), "text"),
            Column(words.text("certificate.who"), "text", share=3),
        ),
        rows=tuple(
            (
                text.title(finding),
                words.text(f"report.check_{_STATES[finding.passed]}"),
                "" if finding.passed else text.verdict(finding),
            )
            for finding in text.findings
        ),
    )
    blocks: list[Block] = [Text(text.basis()), table]
    if conclusions := text.conclusions():
        blocks.append(Bullets(conclusions))
    return Section(words.text("certificate.title"), tuple(blocks))


def verdict_text(view: Viewpoint, check: Check) -> str:
    """Explain the outcome of a check, naming nobody whom the reader may not see.

    Parameters
    ----------
    view
        The plan as the reader may see it.
    check
        Of the split.
    """
    words, record = view.words, view.record
    key = check.kind.value.replace("-", "_")
    state = _STATES[check.passed]
    if state != "fail":
        return words.text(
            f"report.check.{key}_{state}",
            total=view.money(record.split.total),
            n=words.number(len(view.operators)),
        )
    if check.kind is CheckKind.BALANCE:
        return words.text("report.check.balance_fail", amount=view.money(check.amount))
    if not set(check.parties).isdisjoint(view.others) and view.party not in check.parties:
        return words.text("report.check.others_fail")
    return words.text(
        f"report.check.{key}_fail",
        who=_who(view, check.parties),
        amount=view.money(check.amount),
    )


def _who(view: Viewpoint, parties: tuple[str, ...]) -> str:
    hidden = set(parties).intersection(view.others)
    names = [isolate(view.party_name(party)) for party in parties if party not in hidden]
    if hidden:
        names.append(view.words.text("report.n_others", n=view.words.number(len(hidden))))
    return view.words.text("report.comma").join(names)


def check_title(view: Viewpoint, check: Check) -> str:
    """Name a check.

    Parameters
    ----------
    view
        The plan as the reader may see it.
    check
        Of the split.
    """
    return view.words.text(f"report.check.{check.kind.value.replace('-', '_')}")


def check_label(view: Viewpoint, check: Check) -> str:
    """Name the outcome of a check in a word.

    Parameters
    ----------
    view
        The plan as the reader may see it.
    check
        Of the split.
    """
    return view.words.text(f"report.check_{_STATES[check.passed]}")


def _verdict(view: Viewpoint, check: Check) -> Verdict:
    return Verdict(
        _STATES[check.passed],
        check_label(view, check),
        check_title(view, check),
        verdict_text(view, check),
    )
