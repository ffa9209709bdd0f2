"""Contradictions between business cases and instruments, across the tables of `project.toml`."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from fiberplan.project.terms import EquityShare, SoftLoan

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping

    from fiberplan.project.terms import BusinessTerms, InstrumentTerms


@dataclass(frozen=True)
class Contradiction:
    """Terms that are impossible, alone or together.

    Attributes
    ----------
    key
        Where in `project.toml`: ``business.op-a.joins_year``.
    message
        What is wrong, to be read after the key.
    value
        The offending one, if one is.
    """

    key: str
    message: str
    value: str | None = None


def contradictions(
    business: Mapping[str, BusinessTerms],
    instruments: InstrumentTerms,
    *,
    operators: Collection[str] | None,
    horizon_years: int,
) -> tuple[Contradiction, ...]:
    """List contradictions across tables.

    Parameters
    ----------
    business
        Business cases by operator.
    instruments
        Of the state.
    operators
        Known ids; ``None`` to skip the check of names.
    horizon_years
        Within which loans are paid back and operators join.
    """
    faults: list[Contradiction] = []
    for name, case in sorted(business.items()):
        key = f"business.{name}"
        if operators is not None and name not in operators:
            faults.append(Contradiction(key, "is for an unknown operator", name))
        if case.take_up and case.logistic is not None:
            faults.append(Contradiction(f"{key}.take_up", f"contradicts {key}.logistic: give one of the two"))
        if case.joins_year >= horizon_years:
            message = f"is not before the end of the horizon of {horizon_years} years"
            faults.append(Contradiction(f"{key}.joins_year", message, str(case.joins_year)))
    for name, terms in instruments.by_name().items():
        key = f"instruments.{name}"
        unknown = () if operators is None else sorted(set(terms.operators) - set(operators))
        faults += [Contradiction(f"{key}.operators", "names an unknown operator", who) for who in unknown]
        if isinstance(terms, SoftLoan) and terms.grace_years + terms.term_years > horizon_years:
            message = (
                f"ends after the horizon of {horizon_years} years: {terms.grace_years} of grace "
                f"and {terms.term_years} of repayment"
            )
            faults.append(Contradiction(f"{key}.term_years", message))
    return (*faults, *_over_financed(instruments, sorted(operators or ())))


def _over_financed(instruments: InstrumentTerms, operators: Collection[str]) -> list[Contradiction]:
    """List where loans and equity together would finance more than the whole."""
    shares = [
        (name, terms.share, terms.operators)
        for name, terms in instruments.by_name().items()
        if isinstance(terms, SoftLoan | EquityShare)
    ]
    faults = []
    for operator in operators:
        own = {name: share for name, share, recipients in shares if not recipients or operator in recipients}
        if sum(own.values()) > 1:
            named = " and ".join(f"{name} ({share:f})" for name, share in own.items())
            message = f"finance more than the whole of what {operator} builds: {named}"
            faults.append(Contradiction("instruments", message))
    return faults
