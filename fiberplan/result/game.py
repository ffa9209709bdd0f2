"""The cost games of a plan: what any of its operators, or of its parks, would pay for a network of their own.

(`docs/cost-split.md` §11.)
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING

from fiberplan.cost import public_money
from fiberplan.errors import SharingError
from fiberplan.graph import build_graph
from fiberplan.result.coalitions import MAX_AHEAD
from fiberplan.sharing.accounts.dividing import STATE, UNFUNDED
from fiberplan.sharing.games.game import Cost, CostBounds, CostGame
from fiberplan.sharing.games.networks import FixedNetworkGame

if TYPE_CHECKING:
    from fiberplan.result.coalitions import CoalitionRun
    from fiberplan.result.own_network import DemandBy
    from fiberplan.result.record import PlanRecord
    from fiberplan.sharing.games.players import Coalition, Player

Groups = Mapping[str, Iterable[str]]
"""Name and members of players who act as one."""


def cost_game(
    record: PlanRecord,
    run: CoalitionRun,
    *,
    players: DemandBy = "operators",
    groups: Groups | None = None,
    gross: bool = False,
) -> CostGame:
    """Create the game in which every coalition would build for itself.

    Parameters
    ----------
    record
        The joint plan.
    run
        Plans the networks of coalitions, or knows them.
    players
        ``operators`` that take part, or ``parks`` with demand.
    groups
        Players who act as one.
    gross
        Whether to leave public money out.

    Returns
    -------
    CostGame
        Costs in minor units. The grand coalition costs what operators pay in the joint plan. Up to
        `CoalitionOptions.max_ahead` players all coalitions are planned here; an interruption leaves those that are done
        in the cache.

    Raises
    ------
    SharingError
        Nobody has demand, or groups overlap.
    """
    names = players_of(record, by=players)
    if not names:
        raise SharingError("no operator has demand that the plan reaches, so there is no game")
    planner = run.planner(build_graph(record.project), players)

    def cost_of(coalition: Coalition) -> CostBounds:
        return run.network(planner, frozenset(str(name) for name in coalition)).bounds(gross=gross)

    base = CostGame.from_function(names, cost_of, known=_known(record, players, names, gross=gross))
    consortia: dict[Player, tuple[str, ...]] = {name: tuple(of) for name, of in (groups or {}).items()}
    game = base.grouped(consortia) if consortia else base
    if game.size <= run.options.max_ahead:
        every = (game.members(mask) for mask in range(1, game.full_mask + 1))
        wanted = [
            _union(consortia.get(player, (str(player),)) for player in coalition) for coalition in every
        ]
        known = base.remembered()
        run.plan_ahead(planner, [group for group in wanted if group not in known])
    return game


def group_count_fault(operators: int) -> str | None:
    """Return why not every group of some operators can have a network planned; ``None`` if it can."""
    if operators <= MAX_AHEAD:
        return None
    return (
        f"{operators} operators form 2**{operators} groups, and at most {MAX_AHEAD} operators can have a network "
        "planned for each; the game joint-network needs none"
    )


def players_of(record: PlanRecord, *, by: DemandBy = "operators") -> tuple[str, ...]:
    """List who takes part: operators with demand at a park that the plan reaches, or such parks.

    Parameters
    ----------
    record
        The joint plan.
    by
        Whether players are operators or parks.

    Returns
    -------
    tuple of str
        Ids in order.
    """
    connected = record.routing.connected_parks
    entries = [entry for entry in record.project.demand if entry.park_id in connected]
    return tuple(sorted({entry.operator_id if by == "operators" else entry.park_id for entry in entries}))


def operators_pay(record: PlanRecord, *, gross: bool = False) -> int:
    """Add up what the operators of a joint plan have to share, whatever the rule; minor units.

    Parameters
    ----------
    record
        The joint plan.
    gross
        Whether to count what the state pays of it, too.
    """
    if gross:
        return record.islands().joint
    return sum(amount for party, amount in record.split.payments.items() if party not in {STATE, UNFUNDED})


def _known(record: PlanRecord, by: DemandBy, names: tuple[str, ...], *, gross: bool) -> dict[Coalition, Cost]:
    """Return the costs that the plan itself has: of all together, and of operators alone."""
    known: dict[Coalition, Cost] = {}
    if by == "operators":
        known |= {frozenset([entry.operator_id]): entry.bounds(gross=gross) for entry in record.stand_alone}
    whole = operators_pay(record, gross=gross)
    gap = record.routing.objective - record.routing.bound
    known[frozenset(names)] = CostBounds(max(0, whole - gap), whole)
    return known


def _union(groups: Iterable[Iterable[str]]) -> frozenset[str]:
    return frozenset(name for group in groups for name in group)


def fixed_network_game(record: PlanRecord, *, gross: bool = False) -> FixedNetworkGame:
    """Create the game in which the joint network stays as it is: each account is paid by the operators who use it.

    Parameters
    ----------
    record
        The joint plan.
    gross
        Whether to leave public money out; otherwise an account costs what the state leaves of it.

    Raises
    ------
    SharingError
        Nobody has demand.
    """
    names = players_of(record)
    if not names:
        raise SharingError("no operator has demand that the plan reaches, so there is no game")
    accounts, _ = record.ledger.accounts()
    left = {account.key: account.amount for account in accounts}
    if not gross:
        grants, _ = public_money(accounts, record.design, record.split.policy, record.currency)
        for (key, _), amount in grants.items():
            left[key] -= amount
    used = [(account.by_operator, left[account.key]) for account in accounts if account.by_operator]
    return FixedNetworkGame.from_segments(used, players=names)
