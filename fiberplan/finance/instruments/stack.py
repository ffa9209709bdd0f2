"""The stack: all instruments of a project in their order, and what they do for an operator one after another.

(`docs/cost-split.md` §12.9.)
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from fiberplan.finance.instruments.instrument import in_year_0
from fiberplan.finance.instruments.public_share import PublicShare
from fiberplan.finance.instruments.registry import instrument_kinds
from fiberplan.finance.instruments.viability_gap import ViabilityGap
from fiberplan.finance.positions import Line

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence
    from fractions import Fraction

    from fiberplan.finance.flows import CashFlow
    from fiberplan.finance.instruments.instrument import Instrument
    from fiberplan.finance.positions import Effect, Position
    from fiberplan.project.terms import InstrumentTerms


def make_instruments(terms: InstrumentTerms, further: Iterable[Instrument] = ()) -> tuple[Instrument, ...]:
    """Make the instruments of a project in the order in which they are stacked.

    Parameters
    ----------
    terms
        Of the project.
    further
        Instruments that no terms set, such as grants for floors.
    """
    stack: list[Instrument] = [PublicShare(), *further]
    for kind, make in instrument_kinds().items():
        stack += [make(f"{kind}.{name}", entry) for name, entry in sorted(getattr(terms, kind).items())]
    return tuple(sorted(stack, key=lambda instrument: instrument.place))


def stack_instruments(
    position: Position,
    instruments: Sequence[Instrument],
    paid: Mapping[str, CashFlow] | None = None,
) -> tuple[Position, tuple[Effect, ...]]:
    """Let the instruments work on an operator one after another.

    Parameters
    ----------
    position
        With its gross costs in the book, and revenue and own costs.
    instruments
        In their order.
    paid
        By name of the instrument, what the state pays out, where that is settled.

    Returns
    -------
    tuple
        Where the operator stands in the end, and the effect of every instrument that is for it.
    """
    settled = paid or {}
    effects: list[Effect] = []
    for number, instrument in enumerate(instruments):
        if instrument.operators and position.operator not in instrument.operators:
            continue
        rest = [other for other in instruments[number + 1 :] if not isinstance(other, ViabilityGap)]
        before = replace(position, value_with_grant=_value_with_grant(position, rest))
        effect = instrument.effect(before, paid=settled.get(instrument.name))
        effects.append(effect)
        position = position.with_book(effect.book)
    return position, tuple(effects)


def _value_with_grant(position: Position, rest: Sequence[Instrument]) -> Callable[[int], Fraction]:
    def value(grant: int) -> Fraction:
        granted = position.with_book({Line.VIABILITY_GRANT: in_year_0(grant, position)})
        return stack_instruments(granted, rest)[0].net_present_value

    return value
