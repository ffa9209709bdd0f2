"""What a part of the demand would cost alone: a network of its own, routed, designed and priced anew.

An operator, a group of operators and a group of parks are all the same here: a part of the project's demand, and the
parks where it is (`docs/cost-split.md` §11).
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Literal

from fiberplan.cost import public_money
from fiberplan.design.network import design_network
from fiberplan.ledger.pricing import price_accounts
from fiberplan.sharing.games.game import CostBounds
from fiberplan.solvers.run.report import Status

if TYPE_CHECKING:
    from collections.abc import Collection

    from fiberplan.project.model import Demand, Project
    from fiberplan.routing import Routing

DemandBy = Literal["operators", "parks"]
"""Whose demand: that of operators, at all their parks; or that at parks, of all their operators."""


@dataclass(frozen=True, slots=True)
class OwnNetwork:
    """What a network for a part of the demand would cost, under the same public money.

    Attributes
    ----------
    park_ids
        Which parks it joins.
    cost
        Present value of the network, minor units.
    public
        What the state would pay of it.
    status, objective, bound
        What is proven of the routes that this rests on: the routed cost and its lower bound, minor units.
    """

    park_ids: tuple[str, ...]
    cost: int
    public: int
    status: Status
    objective: int
    bound: int

    @property
    def is_proven(self) -> bool:
        """Whether its routes are proven cheapest; if not, `own` is an upper bound."""
        return self.objective == self.bound

    @property
    def own(self) -> int:
        """What is left to pay after public money."""
        return self.cost - self.public

    def bounds(self, *, gross: bool = False) -> CostBounds:
        """Return the cost and its proven lower bound: cheaper routes could save no more than their gap.

        Parameters
        ----------
        gross
            Whether to leave public money out.
        """
        upper = self.cost if gross else self.own
        return CostBounds(max(0, upper - (self.objective - self.bound)), upper)


def demand_of(project: Project, names: Collection[str], *, by: DemandBy = "operators") -> tuple[Demand, ...]:
    """Select the demand of some operators, or at some parks.

    Parameters
    ----------
    project
        Whose demand it is.
    names
        Ids of operators, or of parks.
    by
        Which of the two.
    """
    chosen = set(names)
    if by == "operators":
        return tuple(entry for entry in project.demand if entry.operator_id in chosen)
    return tuple(entry for entry in project.demand if entry.park_id in chosen)


def price_own_network(project: Project, demand: tuple[Demand, ...], routing: Routing) -> OwnNetwork:
    """Design and price a network for some of a project's demand.

    Parameters
    ----------
    project
        Its prices, options and public money count.
    demand
        What the network is for.
    routing
        Routes of exactly the parks that the demand is at.
    """
    own = replace(project, demand=demand)
    design = design_network(own, routing)
    accounts = price_accounts(own, design)
    grants, _ = public_money(accounts, design, project.funding, project.currency)
    return OwnNetwork(
        park_ids=tuple(route.park_id for route in routing.routes),
        cost=sum(account.amount for account in accounts),
        public=sum(grants.values()),
        status=routing.status,
        objective=routing.objective,
        bound=routing.bound,
    )
