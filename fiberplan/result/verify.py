"""Checks of a plan's figures from the plan alone: nothing is routed, designed or split again.

Sums are added up again, present values worked out again, caps compared, and the certificate is checked against the
saved game (`docs/cost-split.md` §11.10); so is a smallest subsidy (§13.10).
"""

from __future__ import annotations

from collections import Counter
from fractions import Fraction
from typing import TYPE_CHECKING

from fiberplan.errors import SharingError
from fiberplan.money import present_value
from fiberplan.result.game import fixed_network_game, operators_pay, players_of
from fiberplan.result.record import ProofBasis
from fiberplan.sharing.accounts.dividing import STATE
from fiberplan.sharing.certificates.certificate import verify_certificate
from fiberplan.sharing.certificates.saved import game_from_json, game_to_json
from fiberplan.sharing.certificates.stand_alone import stand_alone_certificate
from fiberplan.sharing.games.networks import FixedNetworkGame
from fiberplan.sharing.subsidy.checks import verify_subsidy
from fiberplan.sharing.subsidy.shares import left_by_state

if TYPE_CHECKING:
    from collections.abc import Iterator

    from fiberplan.design.bill import PlaceKind
    from fiberplan.project.settings import AssetClass
    from fiberplan.result.record import PlanRecord, SplitProof, SubsidyProof
    from fiberplan.sharing.certificates.certificate import SplitCertificate
    from fiberplan.sharing.games.game import CostBounds, CostGame
    from fiberplan.sharing.games.players import Player


def verify_plan(record: PlanRecord) -> tuple[str, ...]:
    """Check the figures of a plan.

    Returns
    -------
    tuple of str
        What does not hold, a sentence each.
    """
    public = _public_money(record) if record.subsidy is None else _subsidy(record, record.subsidy)
    return (*_ledger(record), *_sums(record), *public, *_alone(record), *_certificate(record))


def _ledger(record: PlanRecord) -> Iterator[str]:
    """Check amounts against quantities and prices, and present values against amounts."""
    rate, per_major = record.project.settings.discount_rate, record.currency.minor_per_major
    for number, line in enumerate(record.ledger.lines, start=1):
        where = f"ledger line {number} ({line.item} at {line.place_id}, year {line.year})"
        exact = Fraction(line.quantity) * Fraction(line.unit_price) * per_major
        if abs(exact - line.amount) > Fraction(1, 2):
            yield f"{where}: {line.amount} is not quantity times price, {float(exact):.2f}"
        if line.present_value != (value := present_value(line.amount, line.year, rate)):
            yield f"{where}: the present value is {value}, not {line.present_value}"
    routed = record.routing.objective + record.routing.protection_cost
    if record.ledger.routed != routed:
        yield f"the routes cost {routed}, and the ledger's routed lines {record.ledger.routed}"
    if record.routing.bound > record.routing.objective:
        yield f"the routes cost {record.routing.objective}, below their lower bound {record.routing.bound}"


def _sums(record: PlanRecord) -> Iterator[str]:
    """Check that the split pays the ledger, place by place and class by class, and parks the same."""
    owed: Counter[tuple[PlaceKind, str, AssetClass]] = Counter()
    for line in record.ledger.lines:
        owed[line.place_kind, line.place_id, line.asset_class] += line.present_value
    paid: Counter[tuple[PlaceKind, str, AssetClass]] = Counter()
    by_class: Counter[tuple[str, AssetClass]] = Counter()
    for cell in record.split.cells:
        paid[cell.place_kind, cell.place_id, cell.asset_class] += cell.amount
        by_class[cell.party, cell.asset_class] += cell.amount
        if cell.amount < 0:
            yield f"{cell.party} pays {cell.amount} at {cell.place_id}, less than nothing"
    for key in sorted(owed.keys() | paid.keys()):
        if owed[key] != paid[key]:
            kind, place, asset_class = key
            yield f"{asset_class} at {kind} {place} costs {owed[key]}, and {paid[key]} is paid"
    for park_cell in record.split.park_cells:
        by_class[park_cell.party, park_cell.asset_class] -= park_cell.amount
    for (party, asset_class), off in by_class.items():
        if off:
            yield f"{party} pays {off} more of {asset_class} by place than by park"


def _public_money(record: PlanRecord) -> Iterator[str]:
    """Check the caps, and that no class gets more than its share."""
    policy, minor = record.split.policy, record.currency.minor_per_major
    units: Counter[str] = Counter()  # counted here: a check shares no code with what it checks
    for need in record.design.requirements:
        units[need.park_id] += need.units
    by_park = {park: amount for (party, park), amount in record.split.by_park.items() if party == STATE}
    for park, amount in sorted(by_park.items()):
        if policy.cap_per_park is not None and amount > policy.cap_per_park * minor:
            yield f"park {park} gets {amount} of public money, above cap_per_park"
        if policy.cap_per_unit is not None and amount > policy.cap_per_unit * units[park] * minor:
            yield f"park {park} gets {amount} of public money, above cap_per_unit for {units[park]} units"
    public = record.split.payments[STATE]
    if policy.cap_total is not None and public > policy.cap_total * minor:
        yield f"all parks get {public} of public money, above cap_total"
    accounts, _ = record.ledger.accounts()
    most: Counter[str] = Counter()
    for account in accounts:
        # each account's part is rounded by itself, halves up
        share = policy.public_share.get(account.asset_class, 0)
        most[account.asset_class] += int(Fraction(account.amount) * Fraction(share) + Fraction(1, 2))
    for (party, asset_class), amount in record.split.by_asset_class.items():
        if party == STATE and amount > most[asset_class]:
            yield f"the state pays {amount} of {asset_class}, above its share {most[asset_class]}"


def _subsidy(record: PlanRecord, proof: SubsidyProof) -> Iterator[str]:
    """Check that the state pays the smallest subsidy of this plan's game, and operators the rest."""
    try:
        game, subsidy = proof.cost_game, proof.minimal_subsidy
        yield from (f"subsidy: {fault}" for fault in verify_subsidy(game, subsidy))
        yield from _gross_game(record, game)
        if subsidy.money is None:
            yield "the subsidy has no whole amounts of money"
            return
        paid = {str(who): amount for who, amount in subsidy.money.payments.items()}
        paid[STATE] = subsidy.money.public
        if paid != {party: record.split.payments.get(party) for party in paid}:
            yield "the payments of the split are not those of the subsidy"
        if (
            record.proof is None
            or game_to_json(left_by_state(game, subsidy.money.public)) != record.proof.game
        ):
            yield "the game of the certificate is not what the subsidy leaves"
    except SharingError as error:
        yield str(error)


def _gross_game(record: PlanRecord, game: CostGame) -> Iterator[str]:
    """Check the game of a subsidy against the figures of the plan."""
    if game.players != players_of(record) or game.total != operators_pay(record, gross=True):
        yield "the game of the subsidy is not of what the operators of this plan cost"
    elif isinstance(game, FixedNetworkGame):
        if game_to_json(game) != game_to_json(fixed_network_game(record, gross=True)):
            yield "the game of the subsidy is not that of the joint network"
    else:
        alone: dict[Player, CostBounds] = {
            entry.operator_id: entry.bounds(gross=True) for entry in record.stand_alone
        }
        yield from _singles(game, alone)


def _alone(record: PlanRecord) -> Iterator[str]:
    for entry in record.stand_alone:
        paid = record.split.payments.get(entry.operator_id)
        if entry.share != paid:
            yield f"{entry.operator_id} pays {paid}, and is compared with its own network as if it paid {entry.share}"
        if not 0 <= entry.public <= entry.cost:
            yield f"of {entry.operator_id}'s own network for {entry.cost} the state would pay {entry.public}"


def _certificate(record: PlanRecord) -> Iterator[str]:
    """Check that the certificate is about this split, and follows from its game."""
    proof, players = record.proof, players_of(record)
    if proof is None:
        if players:
            yield "the split has no certificate"
        return
    try:
        certificate = proof.split_certificate
        if certificate.shares != {name: record.split.payments[name] for name in players}:
            yield "the certificate is about other payments than those of the split"
        elif certificate.total != operators_pay(record):
            yield f"the certificate is about {certificate.total}, and operators share {operators_pay(record)}"
        else:
            yield from _findings(record, proof, certificate)
    except SharingError as error:
        yield str(error)


def _findings(record: PlanRecord, proof: SplitProof, certificate: SplitCertificate) -> Iterator[str]:
    alone: dict[Player, CostBounds] = {entry.operator_id: entry.bounds() for entry in record.stand_alone}
    if proof.basis is ProofBasis.STAND_ALONE:
        if certificate != stand_alone_certificate(
            certificate.total, certificate.shares, alone, rounding=certificate.rounding
        ):
            yield "the certificate does not follow from the stand-alone networks"
        return
    game = game_from_json(proof.game or {})
    yield from (f"certificate: {fault}" for fault in verify_certificate(game, certificate))
    if record.subsidy is not None:
        return  # its game is what the subsidy leaves, which was checked there
    if proof.basis is ProofBasis.JOINT_NETWORK:
        if game_to_json(game) != game_to_json(fixed_network_game(record)):
            yield "the game of the certificate is not that of the joint network"
    else:
        yield from _singles(game, alone)


def _singles(game: CostGame, alone: dict[Player, CostBounds]) -> Iterator[str]:
    for player, bounds in alone.items():
        if player not in game.players or game.bounds_at(game.mask_of([player])) != (
            bounds.lower,
            bounds.upper,
        ):
            yield f"the saved game has another stand-alone cost of {player} than the plan"
