"""Who a report is for, and what that reader may see of the others.

The state sees every party. An operator sees itself, the state, and all other operators as one sum; never which of
them has which demand or pays what.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from decimal import Decimal
from functools import cached_property
from typing import TYPE_CHECKING

from fiberplan.errors import FiberplanError
from fiberplan.report.figures import AccountPart, account_parts
from fiberplan.report.glyphs import isolate, shortened
from fiberplan.result.record import PlanRecord
from fiberplan.sharing.accounts.dividing import STATE, UNFUNDED
from fiberplan.wording import Wording, load_wording

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from fiberplan.errors import Fault
    from fiberplan.project.model import Park
    from fiberplan.result.record import StandAlone


class UnknownPartyError(FiberplanError, ValueError):
    """The reader of a report has no part in the plan."""


@dataclass(frozen=True, slots=True)
class PartyColumn:
    """Parties whose payments are shown as one figure."""

    title: str
    parties: tuple[str, ...]

    def paid(self, payments: Mapping[str, int]) -> int:
        """Add up what they pay, of payments by party."""
        return sum(payments.get(party, 0) for party in self.parties)


@dataclass(frozen=True)
class Viewpoint:
    """A plan as one party may see it.

    Attributes
    ----------
    record
        The plan.
    party
        The reader: ``state`` or an operator's id.
    words
        Of the reader's language.
    """

    record: PlanRecord
    party: str
    words: Wording

    @classmethod
    def of(cls, record: PlanRecord, *, party: str, language: str) -> Viewpoint:
        """Build the view of a party.

        Parameters
        ----------
        record
            A finished plan.
        party
            ``state`` or an operator's id.
        language
            Code of a `Language`, such as ``en``.

        Raises
        ------
        UnknownPartyError
            The party has no part in the plan.
        ValueError
            fiberplan has no such language.
        """
        known = [name for name in record.split.parties if name != UNFUNDED]
        if party not in known:
            raise UnknownPartyError(f"the plan has no party {party!r}; it has {', '.join(known)}")
        return cls(record, party, load_wording(language))

    @property
    def is_state(self) -> bool:
        """Whether the reader is the state."""
        return self.party == STATE

    @property
    def operators(self) -> tuple[str, ...]:
        """Ids of all operators with a part in the plan."""
        return tuple(name for name in self.record.split.parties if name not in {STATE, UNFUNDED})

    @property
    def others(self) -> tuple[str, ...]:
        """Ids of the operators that the reader must not see one by one."""
        return () if self.is_state else tuple(name for name in self.operators if name != self.party)

    @cached_property
    def parts(self) -> tuple[AccountPart, ...]:
        """Accounts with who pays them: all for the state, those of its own use for an operator."""
        parts = account_parts(self.record)
        return parts if self.is_state else tuple(part for part in parts if self._concerns(part))

    def _concerns(self, part: AccountPart) -> bool:
        return self.party in part.operators or self.party in part.payments

    @cached_property
    def park_ids(self) -> frozenset[str]:
        """Parks that concern the reader."""
        if self.is_state:
            return frozenset(park.id for park in self.record.project.parks)
        needed = {need.park_id for need in self.record.design.requirements if need.operator_id == self.party}
        paid = {cell.park_id for cell in self.record.split.park_cells if cell.party == self.party}
        return frozenset(needed | paid)

    @cached_property
    def segment_ids(self) -> frozenset[str]:
        """Segments that the reader uses or pays for."""
        if self.is_state:
            return frozenset(segment.id for segment in self.record.routing.segments)
        return frozenset(part.place_id for part in self.parts if part.place_kind.value == "segment")

    @property
    def parks(self) -> tuple[Park, ...]:
        """Parks that concern the reader, in the order of the project."""
        return tuple(park for park in self.record.project.parks if park.id in self.park_ids)

    @property
    def stand_alone(self) -> tuple[StandAlone, ...]:
        """Stand-alone networks that the reader may see."""
        return tuple(
            alone for alone in self.record.stand_alone if self.is_state or alone.operator_id == self.party
        )

    @property
    def saving(self) -> int | None:
        """What the joint plan saves the reader; ``None`` where that was not worked out."""
        alone = self.stand_alone
        if not alone:
            return None
        if self.is_state:
            return sum(entry.public for entry in alone) - self.record.split.payments[STATE]
        return alone[0].saving

    def party_name(self, party: str) -> str:
        """Name a party."""
        name = self.record.party_name(party, self.words.language)
        return isolate(name) if name is not None else self.words.text(f"common.{party}")

    def short_name(self, party: str) -> str:
        """Name a party at the head of a column."""
        return isolate(shortened(self.party_name(party)))

    def park_name(self, park_id: str) -> str:
        """Name a park."""
        return isolate(self.record.project.park(park_id).name(self.words.language))

    def backbone_name(self, backbone_id: str) -> str:
        """Name a backbone node."""
        return isolate(self.record.project.backbone_node(backbone_id).name(self.words.language))

    def money(self, amount: int) -> str:
        """Write an amount, to the last minor unit."""
        return self.words.money(amount, self.record.currency)

    def money_short(self, amount: int) -> str:
        """Write an amount roughly."""
        return self.words.money_short(amount, self.record.currency)

    def figures(self, amounts: Iterable[int]) -> tuple[str, ...]:
        """Write amounts for a table that names their unit elsewhere."""
        return tuple(self.words.money(amount, self.record.currency, with_unit=False) for amount in amounts)

    def percent(self, share: Decimal | None) -> str:
        """Write a share that a policy or setting gives, with a decimal only where it has one."""
        share = share or Decimal(0)
        return self.words.percent(share, digits=0 if share * 100 % 1 == 0 else 1)

    def share_of_total(self, amount: int) -> str:
        """Write an amount as a percentage of all costs."""
        total = self.record.split.total
        return self.words.percent(amount / total if total else 0, digits=1)

    def summary_columns(self) -> tuple[PartyColumn, ...]:
        """Columns of a table that shows everybody, operators in one."""
        words = self.words
        unfunded = (PartyColumn(words.text("common.unfunded"), (UNFUNDED,)),)
        tail = unfunded if UNFUNDED in self.record.split.parties else ()
        state = PartyColumn(words.text("common.state"), (STATE,))
        if self.is_state:
            return (state, PartyColumn(words.text("report.operators"), self.operators), *tail)
        own = PartyColumn(self.short_name(self.party), (self.party,))
        others = (PartyColumn(words.text("report.other_operators"), self.others),) if self.others else ()
        return (own, state, *others, *tail)

    def operator_columns(self) -> tuple[PartyColumn, ...]:
        """Columns of a table with each operator by itself; only the state may have one."""
        return tuple(PartyColumn(self.short_name(who), (who,)) for who in self.operators)

    def notes(self) -> tuple[Fault, ...]:
        """List the notes of the plan that the reader may see: none that names another operator."""
        hidden = [
            re.compile(rf"(?<![\w.\-]){re.escape(name)}(?![\w\-])")
            for who in self.others
            for name in _names(self.record, who)
        ]
        return tuple(note for note in self.record.notes if not _mentions(str(note), hidden))


def _names(record: PlanRecord, operator_id: str) -> Iterable[str]:
    return {operator_id, *record.project.operator(operator_id).names.values()}


def _mentions(text: str, patterns: Iterable[re.Pattern[str]]) -> bool:
    return any(pattern.search(text) for pattern in patterns)
