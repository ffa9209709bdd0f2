"""Certificates in sentences, in both languages, on games that can be checked by hand (`docs/cost-split.md` §10)."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest
from support.builders import three_arms

import fiberplan as fp
from fiberplan.project.settings import GameName, SharingOptions
from fiberplan.report.party import Viewpoint
from fiberplan.report.sections.checks import certificate_section, checks_section
from fiberplan.report.sections.rule import example_section, rule_section
from fiberplan.report.sentences.certificate import CertificateText
from fiberplan.result.game import operators_pay
from fiberplan.result.record import ProofBasis, SplitProof
from fiberplan.sharing import CostBounds, CostGame, certify_split
from fiberplan.sharing.certificates.saved import certificate_to_json, game_to_json
from fiberplan.wording import load_wording

if TYPE_CHECKING:
    from fiberplan.plan import Plan

LANGUAGES = ("en", "fa")


@pytest.fixture(scope="module")
def plan() -> Plan:
    return fp.plan_rollout(three_arms(funding={"public_share": {"backhaul": 0.5}}))


def certified(plan: Plan, pair: int, *, paid: tuple[int, int, int], lower: int | None = None) -> Plan:
    """Certify payments in dollars against a game in which any two pay ``pair``, one 12 and all three 20."""
    names = ("op-a", "op-b", "op-c")
    bounds = CostBounds((pair if lower is None else lower) * 100, pair * 100)
    table: dict[tuple[str, ...], object] = {(name,): 1200 for name in names}
    table |= {(names[i], names[j]): bounds for i, j in ((0, 1), (0, 2), (1, 2))}
    game = CostGame.from_table({**table, names: 2000})  # type: ignore[dict-item]
    certificate = certify_split(game, {name: amount * 100 for name, amount in zip(names, paid, strict=True)})
    proof = SplitProof(ProofBasis.OWN_NETWORKS, certificate_to_json(certificate), game_to_json(game))
    return replace(plan, proof=proof)


def text_of(plan: Plan, language: str = "en") -> CertificateText:
    assert plan.proof is not None
    return CertificateText(plan, plan.proof, load_wording(language), lambda who: f"<{who}>")


def test_an_empty_core_is_shown_with_its_weights(plan: Plan) -> None:
    """§10.2: half of each pair counts everybody once and costs 18, two less than 20; epsilon is 4/3."""
    text = text_of(certified(plan, 12, paid=(8, 6, 6)))
    empty, least = text.conclusions()
    assert "together pay 18.00 USD, which is less than 20.00 USD" in empty
    assert "<op-a>, <op-b> (weight 1/2); <op-a>, <op-c> (weight 1/2); <op-b>, <op-c> (weight 1/2)" in empty
    assert "1.33 USD more" in least
    assert text.lines() == (
        "Certificate: by themselves would pay 2 USD less: <op-a>, <op-b>",
        "No split at all would keep every group of operators in",
    )
    core = next(finding for finding in text.findings if finding.kind == "core")
    assert text.verdict(core) == "<op-a>, <op-b>: 2.00 USD."
    assert text.title(core) == "No group of operators pays more than by itself"
    assert "7 groups in all" in text.basis()


def test_a_core_that_holds(plan: Plan) -> None:
    text = text_of(certified(plan, 15, paid=(7, 7, 6)))
    assert text.lines() == ("Certificate: no group of operators would pay less by itself",)
    assert text.conclusions() == ("There is a split that keeps every group in.",)


def test_findings_on_unproven_costs_are_marked(plan: Plan) -> None:
    text = text_of(certified(plan, 15, paid=(7, 7, 6), lower=13))
    assert "is not known" in text.lines()[0]
    assert "not proven" in text.lines()[1]
    core = next(finding for finding in text.findings if finding.kind == "core")
    assert (
        text.verdict(core)
        == "<op-a>, <op-b>: up to 1.00 USD, if cheaper routes exist than those that were found."
    )
    assert "not proven cheapest" in text.conclusions()[-1]


def test_without_groups_it_is_about_single_operators(plan: Plan) -> None:
    text = text_of(plan)
    assert "Larger groups were not planned" in text.basis()
    assert text.lines() == (
        "Certificate: no operator would pay less alone; groups were not planned networks of their own",
    )
    core = next(finding for finding in text.findings if finding.kind == "core")
    assert text.verdict(core) == "Not worked out."


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_sentence_exists_in_both_languages(plan: Plan, language: str) -> None:
    for other in (
        plan,
        plan.with_split(rule="shapley", game=plan.fixed_network_game()),
        certified(plan, 12, paid=(8, 6, 6)),
        certified(plan, 15, paid=(7, 7, 6), lower=13),
    ):
        text = text_of(other, language)
        sentences = [text.basis(), *text.lines(), *text.conclusions()]
        sentences += [
            part for finding in text.findings for part in (text.title(finding), text.verdict(finding))
        ]
        assert all(sentences)
        if language == "fa":
            assert not [
                sentence
                for sentence in sentences
                if re.search("[a-zA-Z]{3,}", sentence.replace("USD", "")) and "<op-" not in sentence
            ]


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_certificate_is_in_the_government_report_only(plan: Plan, language: str) -> None:
    other = certified(plan, 12, paid=(8, 6, 6))
    state = Viewpoint.of(other, party="state", language=language)
    section = certificate_section(state)
    assert section is not None
    assert [block.kind for block in section.blocks] == ["text", "table", "bullets"]
    assert certificate_section(Viewpoint.of(other, party="op-a", language=language)) is None
    assert (
        certificate_section(Viewpoint.of(replace(other, proof=None), party="state", language=language))
        is None
    )


@pytest.mark.parametrize("party", ["state", "op-a"])
@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("game", list(GameName))
def test_a_rule_on_the_game_is_described_and_its_example_adds_up(
    plan: Plan, party: str, language: str, game: GameName
) -> None:
    other = plan.with_split(rule=SharingOptions(rule="nucleolus", game=game))
    view, words = Viewpoint.of(other, party=party, language=language), load_wording(language)
    described = str(rule_section(view))
    assert words.text("rule.nucleolus.name") in described
    assert words.text("report.rule_direct") not in described
    example = str(example_section(view))
    trunk = sum(amount for (who, place), amount in other.split.by_segment.items() if place == "trunk/1")
    assert words.money(trunk, other.currency, with_unit=False) in example


def test_groups_that_were_planned_are_not_listed_as_unchecked(plan: Plan) -> None:
    limit = load_wording("en").text("report.unchecked_groups")

    def is_listed(other: Plan) -> bool:
        return limit in str(checks_section(Viewpoint.of(other, party="state", language="en")))

    assert is_listed(plan)
    assert not is_listed(plan.with_split(rule="nucleolus"))
    assert operators_pay(plan) > 0
