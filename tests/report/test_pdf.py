"""Reports as PDF: their content for each reader, and that no text can break them."""

from __future__ import annotations

import io
import json
import re
import shutil
import subprocess
from dataclasses import replace
from decimal import Decimal
from functools import cache
from importlib import resources
from pathlib import Path
from typing import TYPE_CHECKING

import pypdf
import pytest
import typst
from support.hostile_plan import NAMES, hostile_plan

from fiberplan.errors import Fault, FiberplanError
from fiberplan.report import party_report
from fiberplan.report.blocks import Table, Text, Verdicts
from fiberplan.report.party import Viewpoint
from fiberplan.sharing.accounts.checks import Check, CheckKind
from fiberplan.solvers.run.report import Status
from fiberplan.wording import load_wording
from fiberplan.wording.typeface import font_folder

if TYPE_CHECKING:
    from collections.abc import Iterator

    from fiberplan.plan import Plan
    from fiberplan.report import PartyReport

PARTIES = ("state", "op-a", "op-b", "op-c", "op-d", "op-e")
OPERATORS = PARTIES[1:]

needs_poppler = pytest.mark.skipif(shutil.which("pdftoppm") is None, reason="poppler-utils is not installed")


@pytest.fixture(scope="module")
def reports(lorestan_plan: Plan) -> dict[tuple[str, str], PartyReport]:
    return {
        (party, language): party_report(lorestan_plan, party=party, language=language)
        for party in PARTIES
        for language in ("en", "fa")
    }


@pytest.fixture(scope="module")
def hostile() -> Plan:
    return hostile_plan()


@cache
def _read(pdf: bytes) -> str:
    return "\n".join(page.extract_text() for page in pypdf.PdfReader(io.BytesIO(pdf)).pages)


def squeezed(text: str) -> str:
    """A text without spaces and marks of direction, since line ends fall anywhere."""
    return re.sub(r"[\s\u200b\u2066-\u2069]", "", text)


def words_of(report: PartyReport) -> str:
    return squeezed(_read(report.pdf))


def tables_of(report: PartyReport) -> Iterator[Table]:
    for section in report.document.sections:
        yield from (block for block in section.blocks if isinstance(block, Table))


def everything_in(report: PartyReport) -> str:
    return repr(report.document)


def amount_of(text: str) -> Decimal:
    latin = text.translate({ord("۰") + digit: str(digit) for digit in range(10)})
    return Decimal(latin.replace("٬", "").replace(",", "").replace("٫", ".").replace("−", "-"))


# content


@pytest.mark.parametrize("party", PARTIES)
def test_the_report_names_the_party_and_its_payment_to_the_last_rial(
    reports: dict[tuple[str, str], PartyReport], lorestan_plan: Plan, party: str
) -> None:
    text = words_of(reports[party, "en"])
    paid = lorestan_plan.split.payments[party]
    assert squeezed(f"exactly {paid:,} rial") in text
    name = lorestan_plan.party_name(party, "en") or "State"
    assert squeezed(name) in text


@pytest.mark.parametrize("party", ["state", "op-c"])
def test_every_cell_of_every_table_is_on_the_page(
    reports: dict[tuple[str, str], PartyReport], party: str
) -> None:
    report = reports[party, "en"]
    text = words_of(report)
    missing = [
        cell
        for table in tables_of(report)
        for row in table.rows
        for cell in row
        if squeezed(cell) not in text
    ]
    assert missing == []


@pytest.mark.parametrize("language", ["en", "fa"])
@pytest.mark.parametrize("party", PARTIES)
def test_the_last_row_of_a_table_is_the_sum_of_the_others(
    reports: dict[tuple[str, str], PartyReport], party: str, language: str
) -> None:
    summed = [table for table in tables_of(reports[party, language]) if table.total]
    assert len(summed) >= 3
    for table in summed:
        for at, column in enumerate(table.columns):
            if column.align == "number" and table.rows[-1][at]:
                values = [amount_of(row[at]) for row in table.rows]
                assert sum(values[:-1]) == values[-1]


@pytest.mark.parametrize("party", PARTIES)
def test_asset_classes_and_parks_both_sum_to_the_payment(
    reports: dict[tuple[str, str], PartyReport], lorestan_plan: Plan, party: str
) -> None:
    by_class, by_park = [
        table for table in tables_of(reports[party, "en"]) if table.caption in {"By asset class", "By park"}
    ]
    own = lorestan_plan.split.payments[party]
    assert amount_of(by_class.rows[-1][1]) == amount_of(by_park.rows[-1][1]) == own
    assert amount_of(by_class.rows[-1][-1]) == lorestan_plan.split.total


def test_the_discounted_years_sum_to_the_payment(
    reports: dict[tuple[str, str], PartyReport], lorestan_plan: Plan
) -> None:
    for party in PARTIES:
        (years,) = [table for table in tables_of(reports[party, "en"]) if table.caption == "Cost by year"]
        assert amount_of(years.rows[-1][-1]) == lorestan_plan.split.payments[party]
        assert amount_of(years.rows[0][1]) == lorestan_plan.ledger.capex


def test_the_caps_that_took_effect_are_listed(
    reports: dict[tuple[str, str], PartyReport], lorestan_plan: Plan
) -> None:
    text = words_of(reports["state", "en"])
    assert len(lorestan_plan.split.caps) == 3
    for cap in lorestan_plan.split.caps:
        assert f"{cap.wanted:,}" in text
        assert f"{cap.wanted - cap.granted:,}" in text


def test_the_worked_example_can_be_followed_by_hand(reports: dict[tuple[str, str], PartyReport]) -> None:
    (section,) = [
        section for section in reports["op-b", "en"].document.sections if "by hand" in section.title
    ]
    (steps,) = [block.text for block in section.blocks if isinstance(block, Text) and "÷" in block.text]
    plain = steps.replace(",", "").replace("−", "-")
    (cost, public, left) = map(int, re.findall(r"(\d+) - (\d+) = (\d+)", plain)[0])
    (share,) = re.findall(r"at (\d+)% is", plain)
    (divided, by) = map(int, re.findall(r"(\d+) ÷ (\d+)", plain)[0])
    (part,) = re.findall(r"(\d+)\.$", plain)
    assert public == (cost * int(share) + 50) // 100
    assert left == cost - public == divided
    assert int(part) - divided // by in {0, 1}


def test_the_government_report_compares_with_stand_alone_networks(
    reports: dict[tuple[str, str], PartyReport], lorestan_plan: Plan
) -> None:
    islands = lorestan_plan.islands()
    text = words_of(reports["state", "en"])
    for amount in (islands.alone, islands.joint, islands.saving):
        assert f"{amount:,}rial" in text


def test_what_is_not_checked_is_listed(reports: dict[tuple[str, str], PartyReport]) -> None:
    text = words_of(reports["op-a", "en"])
    assert squeezed("A group was not routed anew for itself") in text
    assert squeezed("42 of the prices used are assumptions") in text


def test_a_gap_is_stated(lorestan_plan: Plan) -> None:
    routing = lorestan_plan.routing
    worse = replace(routing.report, status=Status.FEASIBLE, bound=routing.objective * 9 // 10)
    plan = replace(lorestan_plan, routing=replace(routing, report=worse))
    text = everything_in(party_report(plan, party="state", language="en"))
    assert "the gap is at most 10.00%" in text
    assert "The joint routes are not proven cheapest" in text


def test_operators_and_the_worst_violation_are_named_where_a_check_fails(lorestan_plan: Plan) -> None:
    checks = (
        Check(CheckKind.STAND_ALONE, passed=False, parties=("op-a",), amount=7),
        Check(CheckKind.GROUPS, passed=False, parties=("op-a", "op-b"), amount=8),
        Check(CheckKind.INCREMENTAL, passed=None),
        Check(CheckKind.BALANCE, passed=False, amount=9),
    )
    plan = replace(lorestan_plan, split=replace(lorestan_plan.split, checks=checks))

    def texts(party: str) -> list[str]:
        document = party_report(plan, party=party, language="en").document
        (verdicts,) = [
            block for section in document.sections for block in section.blocks if isinstance(block, Verdicts)
        ]
        return [squeezed(f"{item.state}: {item.text}") for item in verdicts.items]

    assert texts("state")[:2] == [
        squeezed("fail: Operator A: 7 rial more than alone."),
        squeezed(
            "fail: Operator A, Operator B: together 8 rial more than the parts of the joint network that they use."
        ),
    ]
    own = texts("op-a")
    assert own[0] == squeezed("fail: Operator A: 7 rial more than alone.")
    assert "1otheroperators" in own[1]
    assert "OperatorB" not in own[1]
    assert own[2].startswith("open:")
    hidden = texts("op-c")
    assert (
        hidden[0]
        == hidden[1]
        == squeezed("fail: The violation concerns other operators; the government's report names them.")
    )
    assert hidden[3] == squeezed("fail: The two sides differ by 9 rial.")


@pytest.mark.parametrize("rule", ["demand", "equal"])
def test_every_rule_is_described_and_its_example_adds_up(rule: str) -> None:
    plan = hostile_plan(rule, cap_total=Decimal(10_000))
    report = party_report(plan, party="o2", language="en")
    text = everything_in(report)
    assert ("in proportion to busy-hour demand" if rule == "demand" else "into 2 equal parts") in text
    assert "A cap reduces it to" in text
    assert "o1" not in re.findall(r"\bo\d\b", text)


# who may see what


def other_words(plan: Plan, party: str) -> set[str]:
    """Ids and names of the operators that a party must not find in its report."""
    return {
        word
        for operator in plan.project.operators
        if operator.id != party
        for word in (operator.id, *operator.names.values())
    }


@pytest.mark.parametrize("party", OPERATORS)
def test_an_operator_sees_no_other_operator(
    reports: dict[tuple[str, str], PartyReport], lorestan_plan: Plan, party: str
) -> None:
    hidden = other_words(lorestan_plan, party)
    for language in ("en", "fa"):
        report = reports[party, language]
        assert [word for word in hidden if word in everything_in(report)] == []
    text = words_of(reports[party, "en"])
    assert [word for word in hidden if squeezed(word) in text] == []


def test_the_sizes_of_cables_that_others_use_are_not_on_the_map(lorestan_plan: Plan) -> None:
    view = Viewpoint.of(lorestan_plan, party="op-e", language="en")
    own = {
        designed.fibres
        for segment, designed in zip(
            lorestan_plan.routing.segments, lorestan_plan.design.segments, strict=True
        )
        if segment.id in view.segment_ids and not segment.is_protection
    }
    report = party_report(lorestan_plan, party="op-e", language="en")
    shown = {int(size) for size in re.findall(r"text='(\d+) fibres'", everything_in(report))}
    assert shown == own
    assert "rest of the joint network" in everything_in(report)


def test_notes_that_name_another_operator_are_left_out(lorestan_plan: Plan) -> None:
    notes = (
        Fault("demand.csv", "operator op-b asks for no unit", severity="warning"),
        Fault("demand.csv", "اپراتور ب چیزی نمی‌خواهد", severity="warning"),
        Fault("parks.csv", "a note for all", severity="warning"),
    )
    plan = replace(lorestan_plan, notes=notes)
    assert len(Viewpoint.of(plan, party="state", language="en").notes()) == 3
    assert len(Viewpoint.of(plan, party="op-b", language="en").notes()) == 3
    assert Viewpoint.of(plan, party="op-a", language="en").notes() == notes[2:]


def test_an_unknown_party_is_refused_with_the_known_ones(lorestan_plan: Plan) -> None:
    with pytest.raises(FiberplanError, match=r"no party 'op-z'; it has state, op-a, op-b") as caught:
        party_report(lorestan_plan, party="op-z", language="en")
    assert isinstance(caught.value, ValueError)


def test_an_unknown_language_is_refused(lorestan_plan: Plan) -> None:
    with pytest.raises(ValueError, match="xx"):
        party_report(lorestan_plan, party="state", language="xx")


# what it looks like


@needs_poppler
@pytest.mark.parametrize("language", ["en", "fa"])
def test_no_page_is_blank(reports: dict[tuple[str, str], PartyReport], tmp_path: Path, language: str) -> None:
    path = reports["op-a", language].save(tmp_path / "report.pdf")
    subprocess.run(["pdftoppm", "-r", "24", "-gray", str(path), str(tmp_path / "page")], check=True)
    pages = sorted(tmp_path.glob("page-*.pgm"))
    assert len(pages) == len(pypdf.PdfReader(path).pages) >= 5
    for page in pages:
        pixels = page.read_bytes().split(b"\n", 3)[3]
        assert sum(pixel < 200 for pixel in pixels) / len(pixels) > 0.01


@needs_poppler
def test_persian_figures_are_in_their_order(
    reports: dict[tuple[str, str], PartyReport], lorestan_plan: Plan, tmp_path: Path
) -> None:
    """In text and in tables, where each figure has a box of its own, digits run from left to right."""
    path = reports["op-a", "fa"].save(tmp_path / "report.pdf")
    done = subprocess.run(["pdftotext", "-layout", str(path), "-"], check=True, capture_output=True)
    seen = re.sub(r"[\s\u202a-\u202e\u2066-\u2069]", "", done.stdout.decode())
    paid = load_wording("fa").number(lorestan_plan.split.payments["op-a"])
    assert seen.count(paid) >= 4


@pytest.mark.parametrize("language", ["en", "fa"])
def test_only_the_embedded_typeface_is_used(
    reports: dict[tuple[str, str], PartyReport], language: str
) -> None:
    reader = pypdf.PdfReader(io.BytesIO(reports["state", language].pdf))
    fonts = {
        font.get_object()["/BaseFont"]: font.get_object()
        for page in reader.pages
        for font in page["/Resources"]["/Font"].values()
    }
    assert fonts
    for name, font in fonts.items():
        assert "IBMPlexSansArabic" in name
        descriptor = font["/DescendantFonts"][0].get_object()["/FontDescriptor"]
        assert "/FontFile2" in descriptor


@pytest.mark.parametrize("language", ["en", "fa"])
def test_the_file_says_what_it_is(reports: dict[tuple[str, str], PartyReport], language: str) -> None:
    reader = pypdf.PdfReader(io.BytesIO(reports["op-a", language].pdf))
    root = reader.trailer["/Root"]
    assert root["/Lang"] == language
    assert root["/MarkInfo"]["/Marked"]
    assert reader.metadata is not None
    assert (
        reader.metadata.title
        == {
            "en": "Lorestan industrial parks – Cost-split report for Operator A",
            "fa": "شهرک‌های صنعتی لرستان – گزارش تسهیم هزینه برای اپراتور الف",
        }[language]
    )
    assert "20251227" in str(reader.metadata["/CreationDate"])


@pytest.mark.parametrize("language", ["en", "fa"])
def test_the_report_meets_the_standard_of_accessible_files(
    reports: dict[tuple[str, str], PartyReport], language: str
) -> None:
    """The typesetter itself checks what it can of PDF/UA-1: title, language, tags, texts for pictures."""
    fonts = typst.Fonts(
        include_system_fonts=False, include_embedded_fonts=False, font_paths=[str(font_folder())]
    )
    template = resources.files("fiberplan.report.pdf").joinpath("template.typ").read_bytes()
    data = json.dumps(reports["op-a", language].document.as_data())
    pdf, warnings = typst.compile_with_warnings(
        template,
        font_paths=fonts,
        format="pdf",
        sys_inputs={"report": data},
        timestamp=0,
        pdf_standards="ua-1",
    )
    assert pdf
    assert warnings == []


def test_the_same_plan_gives_the_same_bytes(
    reports: dict[tuple[str, str], PartyReport], lorestan_plan: Plan
) -> None:
    again = party_report(lorestan_plan, party="state", language="fa")
    assert again.pdf == reports["state", "fa"].pdf


def test_both_languages_have_the_same_texts_with_the_same_gaps() -> None:
    english, persian = (
        {key: text for key, text in load_wording(language).texts.items() if key.startswith("report.")}
        for language in ("en", "fa")
    )
    assert english.keys() == persian.keys()
    for key, text in english.items():
        assert set(re.findall(r"\{(\w+)\}", text)) >= set(re.findall(r"\{(\w+)\}", persian[key])), key


# text that would do harm


@pytest.mark.parametrize("language", ["en", "fa"])
@pytest.mark.parametrize("party", ["state", "o1", "o2"])
def test_names_are_shown_as_they_are_and_break_nothing(hostile: Plan, party: str, language: str) -> None:
    report = party_report(hostile, party=party, language=language)
    reader = pypdf.PdfReader(io.BytesIO(report.pdf))
    assert 5 <= len(reader.pages) <= 9
    if language == "en":
        text = words_of(report)
        for name in (NAMES[0], NAMES[3], NAMES[2]):
            assert squeezed(name) in text
        assert "\u202e" not in everything_in(report)


@needs_poppler
def test_nothing_runs_off_the_page(hostile: Plan, tmp_path: Path) -> None:
    path = party_report(hostile, party="state", language="en").save(tmp_path / "report.pdf")
    done = subprocess.run(["pdftotext", "-bbox", str(path), "-"], check=True, capture_output=True)
    edges = re.findall(r'<word xMin="([-\d.]+)" yMin="[-\d.]+" xMax="([-\d.]+)"', done.stdout.decode())
    assert edges
    assert min(float(left) for left, _ in edges) > 40
    assert max(float(right) for _, right in edges) < 595.3 - 40


def test_characters_without_a_glyph_are_replaced_and_named(hostile: Plan) -> None:
    report = party_report(hostile, party="state", language="en")
    data = report.document.as_data()
    assert "U+516C, U+5712" in data["glyph_note"]
    assert "??Gyor" in words_of(report)
    assert "公" not in words_of(report)


def test_a_report_without_such_characters_has_no_note(reports: dict[tuple[str, str], PartyReport]) -> None:
    for report in reports.values():
        assert report.document.as_data()["glyph_note"] == ""


# saving


def test_saving_replaces_a_file_and_leaves_no_other(
    reports: dict[tuple[str, str], PartyReport], tmp_path: Path
) -> None:
    target = tmp_path / "report.pdf"
    target.write_bytes(b"before")
    report = reports["op-a", "en"]
    assert report.save(target) == target
    assert target.read_bytes() == report.pdf
    assert list(tmp_path.iterdir()) == [target]


def test_a_save_that_fails_leaves_what_was_there(
    reports: dict[tuple[str, str], PartyReport], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(self: Path, target: Path) -> Path:
        raise OSError("the disk is full")

    target = tmp_path / "report.pdf"
    target.write_bytes(b"before")
    monkeypatch.setattr(Path, "replace", refuse)
    with pytest.raises(OSError, match="full"):
        reports["op-a", "en"].save(target)
    assert target.read_bytes() == b"before"
    assert list(tmp_path.iterdir()) == [target]


def test_a_plan_gives_its_report(lorestan_plan: Plan) -> None:
    report = lorestan_plan.report(party="op-a", language="fa")
    assert report.document.language == "fa"
