"""A finished plan as data: what maps, reports and files are made from."""

from __future__ import annotations

from dataclasses import dataclass, fields
from decimal import Decimal
from enum import StrEnum
from functools import cached_property
from typing import TYPE_CHECKING, Any, Self

from fiberplan.cost import CostLedger, CostSplit
from fiberplan.design.network import Design
from fiberplan.errors import Fault
from fiberplan.project.model import Project
from fiberplan.project.settings import AssetClass
from fiberplan.result.own_network import OwnNetwork
from fiberplan.routing import Routing
from fiberplan.sharing.accounts.dividing import STATE
from fiberplan.sharing.certificates.saved import certificate_from_json, game_from_json
from fiberplan.sharing.subsidy.saved import subsidy_from_json

if TYPE_CHECKING:
    from fiberplan.money import Currency
    from fiberplan.sharing.certificates.certificate import SplitCertificate
    from fiberplan.sharing.games.game import CostGame
    from fiberplan.sharing.subsidy.result import MinimalSubsidy


@dataclass(frozen=True, slots=True, kw_only=True)
class StandAlone(OwnNetwork):
    """What an operator's own network for its parks alone would cost, under the same public money.

    Attributes
    ----------
    share
        What the operator pays in the joint plan.
    """

    operator_id: str
    share: int

    @classmethod
    def of(cls, operator_id: str, network: OwnNetwork, *, share: int = 0) -> Self:
        """Return a network as that of an operator.

        Parameters
        ----------
        operator_id
            Whose network it is.
        network
            What it costs.
        share
            What the operator pays in the joint plan.
        """
        facts = {entry.name: getattr(network, entry.name) for entry in fields(OwnNetwork)}
        return cls(**facts, operator_id=operator_id, share=share)

    @property
    def saving(self) -> int:
        """What the operator saves by the joint plan; negative if it would pay less alone."""
        return self.own - self.share


@dataclass(frozen=True, slots=True)
class Islands:
    """What it would cost if every operator built for itself, against the joint plan.

    Attributes
    ----------
    alone, joint
        Minor units, present value; the joint plan without what serves parks where no operator has demand.
    is_proven
        Whether all routes behind both figures are proven optimal.
    """

    alone: int
    joint: int
    is_proven: bool

    @property
    def saving(self) -> int:
        """What the joint plan saves."""
        return self.alone - self.joint


class ProofBasis(StrEnum):
    """What a split was certified against (`docs/cost-split.md` §11.9)."""

    OWN_NETWORKS = "own-networks"
    JOINT_NETWORK = "joint-network"
    STAND_ALONE = "stand-alone"


@dataclass(frozen=True)
class SplitProof:
    """The certificate of a split with what it is about, as plain JSON, so that it can be checked from a file alone.

    Attributes
    ----------
    basis
        Networks that coalitions would build, their parts of the joint network, or networks of single operators only.
    certificate
        By `sharing.certificates.saved.certificate_to_json`.
    game
        By `sharing.certificates.saved.game_to_json`; ``None`` for stand-alone networks, which the plan has.
    """

    basis: ProofBasis
    certificate: dict[str, Any]
    game: dict[str, Any] | None = None

    @cached_property
    def split_certificate(self) -> SplitCertificate:
        """The certificate, read from its JSON form.

        Raises
        ------
        SharingError
            It cannot be read.
        """
        return certificate_from_json(self.certificate)


@dataclass(frozen=True)
class SubsidyProof:
    """The smallest subsidy that the state pays, with what it is about, as plain JSON, like `SplitProof`.

    Attributes
    ----------
    subsidy
        By `sharing.subsidy.saved.subsidy_to_json`; its amounts in money are those of the split.
    game
        What groups of operators would pay without public money, by `sharing.certificates.saved.game_to_json`.
    is_moved
        Whether the sharing rule alone would break rules of the state, so that payments are only as near to it as those
        allow.
    """

    subsidy: dict[str, Any]
    game: dict[str, Any]
    is_moved: bool = False

    @cached_property
    def minimal_subsidy(self) -> MinimalSubsidy:
        """The subsidy, read from its JSON form.

        Raises
        ------
        SharingError
            It cannot be read.
        """
        return subsidy_from_json(self.subsidy)

    @cached_property
    def cost_game(self) -> CostGame:
        """The game, read from its JSON form.

        Raises
        ------
        SharingError
            It cannot be read.
        """
        return game_from_json(self.game)


@dataclass(frozen=True)
class PlanRecord:
    """A finished plan.

    Attributes
    ----------
    project
        The project that is planned.
    routing, design, ledger, split
        The stages, in their order.
    stand_alone
        By operator.
    notes
        Warnings of all stages.
    proof
        The certificate of the split; ``None`` where no operator takes part.
    subsidy
        The smallest subsidy that the state pays in place of public shares; ``None`` under a `FundingPolicy`.
    """

    project: Project
    routing: Routing
    design: Design
    ledger: CostLedger
    split: CostSplit
    stand_alone: tuple[StandAlone, ...]
    notes: tuple[Fault, ...]
    proof: SplitProof | None = None
    subsidy: SubsidyProof | None = None

    @property
    def currency(self) -> Currency:
        """Currency of every amount."""
        return self.ledger.currency

    @property
    def is_proven(self) -> bool:
        """Whether the first routes are proven to be the cheapest."""
        return self.routing.report.is_optimal

    @property
    def certificate(self) -> SplitCertificate | None:
        """What is proven of the split."""
        return None if self.proof is None else self.proof.split_certificate

    @property
    def alone_total(self) -> int:
        """Cost of all stand-alone networks together, minor units, present value."""
        return sum(alone.cost for alone in self.stand_alone)

    def islands(self) -> Islands:
        """Compare the sum of the stand-alone plans with the joint plan."""
        proven = self.is_proven and all(alone.is_proven for alone in self.stand_alone)
        accounts, _ = self.ledger.accounts()
        joint = sum(account.amount for account in accounts if account.by_operator)
        return Islands(alone=self.alone_total, joint=joint, is_proven=proven)

    @property
    def public_share(self) -> Decimal:
        """Share of all costs that the state pays."""
        total = self.split.total
        return Decimal(self.split.payments[STATE]) / total if total else Decimal(0)

    def party_name(self, party: str, language: str) -> str | None:
        """Return the name of an operator; ``None`` for the state and for what nobody pays.

        Parameters
        ----------
        party
            Id of the operator, or name of the party.
        language
            Code of the language.
        """
        if any(operator.id == party for operator in self.project.operators):
            return self.project.operator(party).name(language)
        return None

    def assumed_items(self) -> tuple[str, ...]:
        """Names of the catalogue items in this plan whose price is an assumption, in order."""
        used = {line.item.partition(" ")[0] for line in self.ledger.lines}
        items = self.project.catalogue.items
        return tuple(sorted(name for name in used if name in items and items[name].is_assumption))

    def asset_classes(self) -> tuple[AssetClass, ...]:
        """Asset classes that cost anything, in their usual order."""
        present = {cell.asset_class for cell in self.split.cells}
        return tuple(asset_class for asset_class in AssetClass if asset_class in present)
