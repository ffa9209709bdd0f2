"""What an instrument is, and what all that are set by terms have in common."""

from __future__ import annotations

from abc import ABC, abstractmethod
from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar, Generic, Protocol, TypeVar

from fiberplan.finance.flows import CashFlow
from fiberplan.project.terms import NamedTerms

if TYPE_CHECKING:
    from decimal import Decimal

    from fiberplan.finance.positions import Effect, Position


class Instrument(Protocol):
    """A way in which the state helps an operator.

    Attributes
    ----------
    place
        In the stack; instruments with smaller numbers act first.
    """

    place: ClassVar[int]

    @property
    def name(self) -> str:
        """Kind and name."""
        ...

    @property
    def operators(self) -> tuple[str, ...]:
        """Whom it is for; everybody if empty."""
        ...

    def effect(self, position: Position, *, paid: CashFlow | None = None) -> Effect:
        """Work out what it does for an operator.

        Parameters
        ----------
        position
            Where the operator stands after the instruments before it.
        paid
            What the state pays out by year, where that is settled; else what the instrument asks for.
        """
        ...


Terms = TypeVar("Terms", bound=NamedTerms)


@dataclass(frozen=True)
class TermsInstrument(ABC, Generic[Terms]):
    """An instrument that ``[instruments.<kind>.<name>]`` sets; a subclass adds its `effect`.

    Attributes
    ----------
    kind
        As in `project.toml`, a field of `InstrumentTerms`.
    place
        In the stack.
    words
        Key of its name for people, with ``{name}``.
    name
        Kind and name: ``soft_loan.green``.
    terms
        Its parameters.
    """

    kind: ClassVar[str]
    place: ClassVar[int]
    words: ClassVar[str]

    name: str
    terms: Terms

    @property
    def operators(self) -> tuple[str, ...]:
        """Whom it is for; everybody if empty."""
        return self.terms.operators

    @abstractmethod
    def effect(self, position: Position, *, paid: CashFlow | None = None) -> Effect:
        """Work out what it does for an operator, as in `Instrument`.

        Parameters
        ----------
        position
            Of the operator, after the instruments before.
        paid
            What the state pays out by year, where that is settled.
        """


def in_year_0(amount: int, position: Position) -> CashFlow:
    """Make a flow of an amount in year 0.

    Parameters
    ----------
    amount
        Minor units.
    position
        Of the operator, for the last year.
    """
    return CashFlow.of({0: amount}, position.years)


def capped(amount: int, cap: Decimal | None, position: Position) -> int:
    """Lower an amount to the cap of an instrument.

    Parameters
    ----------
    amount
        Minor units.
    cap
        Major units; ``None`` for no cap.
    position
        Of the operator, for the currency.
    """
    return amount if cap is None else min(amount, int(cap * position.minor_per_major))
