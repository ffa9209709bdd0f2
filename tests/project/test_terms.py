"""Terms: instruments get what project.toml holds, and every contradiction is reported (§12.9)."""

from __future__ import annotations

from decimal import Decimal

import pytest
from pydantic import ValidationError

from fiberplan.project.contradictions import contradictions
from fiberplan.project.terms import (
    ASSUMPTION,
    BusinessTerms,
    EquityShare,
    InstrumentTerms,
    LogisticTakeUp,
    SoftLoan,
    ViabilityGap,
)


def keys_of_contradictions(
    business: dict[str, BusinessTerms] | None = None,
    operators: tuple[str, ...] | None = ("op-a", "op-b"),
    **kinds: object,
) -> list[str]:
    terms = InstrumentTerms(**kinds)  # type: ignore[arg-type]
    return [one.key for one in contradictions(business or {}, terms, operators=operators, horizon_years=10)]


def test_a_business_case_is_an_assumption_unless_it_names_a_source() -> None:
    assert BusinessTerms().source == ASSUMPTION


def test_instruments_by_name_are_ordered_by_kind_and_name() -> None:
    terms = InstrumentTerms(soft_loan={"b": SoftLoan(), "a": SoftLoan()}, viability_gap={"z": ViabilityGap()})
    assert list(terms.by_name()) == ["viability_gap.z", "soft_loan.a", "soft_loan.b"]


def test_consistent_terms_have_no_contradiction() -> None:
    loan = SoftLoan(share=Decimal("0.5"), grace_years=2, term_years=8)
    equity = {
        "e": EquityShare(share=Decimal("0.5")),
        "f": EquityShare(share=Decimal("0.5"), operators=("op-b",)),
    }
    assert not keys_of_contradictions(
        {"op-a": BusinessTerms(joins_year=9)}, soft_loan={"s": loan}, equity_share={"e": equity["e"]}
    )
    assert keys_of_contradictions(soft_loan={"s": loan}, equity_share=equity) == ["instruments"]


def test_every_contradiction_is_listed() -> None:
    both = BusinessTerms(take_up=(Decimal(1),), logistic=LogisticTakeUp())
    assert keys_of_contradictions(
        {"op-a": both, "op-c": BusinessTerms(joins_year=10)},
        soft_loan={"s": SoftLoan(grace_years=1, operators=("op-d",))},
    ) == [
        "business.op-a.take_up",
        "business.op-c",
        "business.op-c.joins_year",
        "instruments.soft_loan.s.operators",
        "instruments.soft_loan.s.term_years",
    ]


def test_without_known_operators_names_are_not_checked() -> None:
    assert not keys_of_contradictions(
        {"op-c": BusinessTerms()}, None, soft_loan={"s": SoftLoan(operators=("op-d",))}
    )


@pytest.mark.parametrize("kind", ["matched_funding", "soft_loan", "claw_back"])
def test_unknown_keys_are_refused(kind: str) -> None:
    with pytest.raises(ValidationError, match="ratee"):
        InstrumentTerms(**{kind: {"x": {"share": 0.5, "rate": 1, "ratee": 1}}})
