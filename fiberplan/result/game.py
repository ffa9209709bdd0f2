"""The cost games of a plan: what any of its operators, or of its parks, would pay for a network of their own.

(`docs/cost-split.md` §11.)
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import TYPE_CHECKING, Final

from fiberplan.cost import public_money
from fiberplan.errors import SharingError
from fiberplan.graph import build_graph
from fiberplan.result.coalitions import CoalitionCache, CoalitionOptions, CoalitionPlanner, plan_groups
from fiberplan.sharing.accounts.dividing import STATE, UNFUNDED
from fiberplan.sharing.games.game import Cost, CostBounds, CostGame
from fiberplan.sharing.games.networks import FixedNetworkGame

if TYPE_CHECKING:
    from fiberplan.result.own_network import DemandBy
    from fiberplan.result.record import PlanRecord
    from fiberplan.sharing.games.players import Coalition, Player

MAX_AHEAD: Final = 12
"""Players up to which all coalitions are planned at once, in parallel; with more, each when it is asked for."""

Groups = Mapping[str, Iterable[str]]
"""Name and members of players who act as one."""

Done = Callable[[int, int], None]
"""Hears how many coalitions are done, of how many."""


def cost_game(  # noqa: PLR0913 - two switches of the game, and how it is worked out
    record: PlanRecord,
    *,
    players: DemandBy = "operators",
    groups: Groups | None = None,
    gross: bool = False,
    options: CoalitionOptions | None = None,
    cache: CoalitionCache | None = None,
    progress: Done | None = None,
) -> CostGame:
    """Make the game in which every coalition would build for itself.

    Parameters
    ----------
    record
        The joint plan.
    players
        ``operators`` that take part, or ``parks`` that somebody asked for.
    groups
        Players who act as one.
    gross
        Whether to leave public money out.
    options
        How networks are sought, and where they are remembered.
    cache
        What is known; a file's of the options if ``None``.
    progress
        Called after each coalition with the number done, and of all.

    Returns
    -------
    CostGame
        Costs in minor units. The grand coalition costs what operators pay in the joint plan. Up to `MAX_AHEAD` players
        everything is worked out here; an interruption leaves what is known in the cache.

    Raises
    ------
    SharingError
        Nobody has demand, or groups overlap.
    """
    options = options or CoalitionOptions()
    cache = cache or CoalitionCache(options.cache)
    names = players_of(record, by=players)
    if not names:
        raise SharingError("no operator has demand that the plan reaches, so there is no game")
    routing = record.project.settings.routing
    time_limit_s = options.time_limit_s or routing.time_limit_s
    planner = CoalitionPlanner(build_graph(record.project), players, time_limit_s)

    def look_up(coalition: Coalition) -> CostBounds:
        group = frozenset(str(name) for name in coalition)
        known = cache.get(planner.key_of(group))
        if known is None:
            ((_, known),) = plan_groups(planner, [group], workers=1)
            cache.add(planner.key_of(group), known)
        return known.bounds(gross=gross)

    base = CostGame.from_function(names, look_up, known=_known(record, players, names, gross=gross))
    consortia: dict[Player, tuple[str, ...]] = {name: tuple(of) for name, of in (groups or {}).items()}
    game = base.grouped(consortia) if consortia else base
    if game.size <= MAX_AHEAD:
        every = (game.members(mask) for mask in range(1, game.full_mask + 1))
        wanted = [
            _union(consortia.get(player, (str(player),)) for player in coalition) for coalition in every
        ]
        known = base.remembered()
        _plan_ahead(planner, [group for group in wanted if group not in known], cache, options, progress)
    return game


def players_of(record: PlanRecord, *, by: DemandBy = "operators") -> tuple[str, ...]:
    """List who takes part: operators with demand at a park that the plan reaches, or such parks."""
    reached = {route.park_id for route in record.routing.routes}
    entries = [entry for entry in record.project.demand if entry.park_id in reached]
    return tuple(sorted({entry.operator_id if by == "operators" else entry.park_id for entry in entries}))


def operators_pay(record: PlanRecord, *, gross: bool = False) -> int:
    """Add up what the operators of a joint plan have to share, whatever the rule; minor units.

    Parameters
    ----------
    gross
        Whether to count what the state pays of it, too.
    """
    if gross:
        return record.islands().joint
    return sum(amount for party, amount in record.split.payments.items() if party not in {STATE, UNFUNDED})


def _known(record: PlanRecord, by: DemandBy, names: tuple[str, ...], *, gross: bool) -> dict[Coalition, Cost]:
    """Give what the plan itself knows: all together, and operators alone."""
    known: dict[Coalition, Cost] = {}
    if by == "operators":
        known |= {frozenset([entry.operator_id]): entry.bounds(gross=gross) for entry in record.stand_alone}
    whole = operators_pay(record, gross=gross)
    gap = record.routing.objective - record.routing.bound
    known[frozenset(names)] = CostBounds(max(0, whole - gap), whole)
    return known


def _union(groups: Iterable[Iterable[str]]) -> frozenset[str]:
    return frozenset(name for group in groups for name in group)


def _plan_ahead(
    planner: CoalitionPlanner,
    groups: list[frozenset[str]],
    cache: CoalitionCache,
    options: CoalitionOptions,
    progress: Done | None,
) -> None:
    """Plan all groups that the cache does not know; whatever happens, what is known by then is saved."""
    missing = [group for group in groups if cache.get(planner.key_of(group)) is None]
    done = len(groups) - len(missing)
    try:
        for group, network in plan_groups(planner, missing, workers=options.workers):
            cache.add(planner.key_of(group), network)
            done += 1
            if progress is not None:
                progress(done, len(groups))
    finally:
        cache.save()


def fixed_network_game(record: PlanRecord, *, gross: bool = False) -> FixedNetworkGame:
    """Make the game in which the joint network stays as it is: each account is paid by the operators who use it.

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
