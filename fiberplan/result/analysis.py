"""What can be worked out from a finished plan: tables, cost games, subsidies, cash flows, auctions and checks."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

from fiberplan.errors import SharingError
from fiberplan.project.settings import GameName
from fiberplan.result.coalitions import CoalitionCache, CoalitionRun
from fiberplan.result.game import cost_game, fixed_network_game
from fiberplan.result.record import PlanRecord
from fiberplan.result.split import NO_GAME, compare_record, sharing_game, with_sharing_rule
from fiberplan.result.subsidy import game_without_state, subsidy_rules

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from pathlib import Path

    import geopandas as gpd
    import pandas as pd

    from fiberplan.finance.checks import FinancingCheck
    from fiberplan.finance.statement import FinancingPlan
    from fiberplan.project.bids import Bid
    from fiberplan.project.terms import BusinessTerms, InstrumentTerms
    from fiberplan.result.auction import AuctionTerms
    from fiberplan.result.coalitions import CoalitionOptions, CoalitionProgress
    from fiberplan.result.game import Groups
    from fiberplan.result.own_network import DemandBy
    from fiberplan.sharing.auction.award import Award
    from fiberplan.sharing.comparison import RuleComparison
    from fiberplan.sharing.games.game import CostGame
    from fiberplan.sharing.games.networks import FixedNetworkGame
    from fiberplan.sharing.subsidy.result import MinimalSubsidy
    from fiberplan.sharing.subsidy.rules import SubsidyRules


@dataclass(frozen=True)
class PlanAnalysis(PlanRecord):
    """A finished plan with everything that is worked out from it and leaves it as it is."""

    @cached_property
    def segments(self) -> gpd.GeoDataFrame:
        """One row a built segment; the columns are those of `result.tables.segments_frame`."""
        from fiberplan.result.tables import segments_frame  # noqa: PLC0415 - geopandas is heavy

        return segments_frame(self)

    @cached_property
    def parks(self) -> gpd.GeoDataFrame:
        """One row a park; the columns are those of `result.tables.parks_frame`."""
        from fiberplan.result.tables import parks_frame  # noqa: PLC0415 - geopandas is heavy

        return parks_frame(self)

    @cached_property
    def stand_alone_frame(self) -> pd.DataFrame:
        """One row an operator: its network alone against its share of the joint plan, minor units, present value."""
        from fiberplan.result.tables import stand_alone_frame  # noqa: PLC0415 - pandas is heavy

        return stand_alone_frame(self)

    def cost_game(
        self,
        *,
        players: DemandBy = "operators",
        groups: Groups | None = None,
        gross: bool = False,
        options: CoalitionOptions | None = None,
        progress: CoalitionProgress | None = None,
    ) -> CostGame:
        """Create the game in which any operators, or parks, may build for themselves (`result.game.cost_game`).

        Networks that were planned once are kept with this plan, so a second call is quick.

        Parameters
        ----------
        players
            ``operators`` or ``parks``.
        groups
            Name and members of players who act as one, say a consortium.
        gross
            Whether to leave public money out.
        options
            Time limit, processes, and a file that keeps networks from run to run.
        progress
            Called after each coalition with the number done, and of all.
        """
        run = self._run(options, progress)
        return cost_game(self, run, players=players, groups=groups, gross=gross)

    def fixed_network_game(self, *, gross: bool = False) -> FixedNetworkGame:
        """Create the game in which the joint network stays as it is (`result.game.fixed_network_game`)."""
        return fixed_network_game(self, gross=gross)

    @cached_property
    def _cache(self) -> CoalitionCache:
        return CoalitionCache()

    def _run(self, options: CoalitionOptions | None, progress: CoalitionProgress | None) -> CoalitionRun:
        return CoalitionRun.of(options, progress, known=self._cache)

    def compare_rules(
        self,
        game: CostGame | GameName | str | None = None,
        *,
        options: CoalitionOptions | None = None,
        progress: CoalitionProgress | None = None,
    ) -> RuleComparison:
        """Compare all sharing rules: what each operator would pay, and which properties hold.

        Parameters
        ----------
        game
            What coalitions of operators would pay; or the name of a kind of game, which is then worked out; `cost_game`
            of this plan if ``None``.
        options, progress
            As in `cost_game`.

        Raises
        ------
        SharingError
            There is no game to compare rules by.
        """
        if isinstance(game, str | None):
            record = with_sharing_rule(self, None, game=game or GameName.OWN_NETWORKS)
            costs = None if game == NO_GAME else sharing_game(record, self._run(options, progress))
            if costs is None:
                raise SharingError("rules are compared by a game of operators with demand, and there is none")
            game = costs
        return compare_record(self, game)

    def minimal_subsidy(
        self,
        rules: SubsidyRules | None = None,
        *,
        game: CostGame | None = None,
        options: CoalitionOptions | None = None,
        progress: CoalitionProgress | None = None,
    ) -> MinimalSubsidy:
        """Find the least public money with which every operator can pay and no group would rather build alone.

        It replaces public shares: an operator that builds alone gets nothing. `with_split` puts it into a plan.

        Parameters
        ----------
        rules
            The state's rules, in minor units; `[subsidy]` of the project if ``None``, with what its business cases can
            carry.
        game
            What coalitions of operators would pay without public money; the project's kind of game if ``None``.
        options, progress
            As in `cost_game`.

        Raises
        ------
        ConflictError
            No public money meets the rules; the error names those that contradict each other.
        SharingError
            The rules are faulty.
        """
        from fiberplan.sharing.subsidy.solve import minimal_subsidy  # noqa: PLC0415 - few need it

        costs = game_without_state(self, self._run(options, progress)) if game is None else game
        return minimal_subsidy(costs, subsidy_rules(self) if rules is None else rules)

    def cash_flows(
        self,
        *,
        business: Mapping[str, BusinessTerms] | None = None,
        instruments: InstrumentTerms | None = None,
    ) -> FinancingPlan:
        """Work out costs, revenues and public money by year: government and operators, their debt and returns.

        Parameters
        ----------
        business
            Business cases by operator; `[business]` of the project if ``None``.
        instruments
            How the state helps beyond its part of the split; `[instruments]` of the project if ``None``.

        Raises
        ------
        SharingError
            Instruments contradict each other or the horizon, or limits cannot all be kept.
        """
        from fiberplan.finance.planning import plan_financing  # noqa: PLC0415 - few need it

        return plan_financing(
            self.project, self.design, self.ledger, self.split, business=business, instruments=instruments
        )

    def check_cash_flows(self, financing: FinancingPlan) -> tuple[FinancingCheck, ...]:
        """Check by sums that `cash_flows` of this plan pay its costs and keep every limit."""
        from fiberplan.finance.checks import check_financing  # noqa: PLC0415 - few need it

        return check_financing(financing, self.ledger, self.design.units_by_park)

    def auction(
        self,
        bids: Iterable[Bid] | str | Path,
        terms: AuctionTerms | None = None,
        *,
        time_limit_s: float | None = None,
    ) -> Award:
        """Award bids for the parks of this plan's project in a reverse auction, and check the award again.

        Parameters
        ----------
        bids
            In any order; or a table of bids, as `read_bids` reads it.
        terms
            Rules of the auction, in major units of the project's currency.
        time_limit_s
            For each step of the search; without it the search ends when the award is proven best.

        Raises
        ------
        ProjectError
            The table of bids has faults; the error lists all of them.
        SharingError
            Bids or terms are faulty, or not every park can be covered though it must be.
        """
        from fiberplan.result.auction import hold_auction  # noqa: PLC0415 - few need it

        return hold_auction(self.project, bids, terms, time_limit_s=time_limit_s)

    def verify(self) -> tuple[str, ...]:
        """Check sums, caps and the certificate from this plan alone.

        Returns
        -------
        tuple of str
            What does not hold, a sentence each.
        """
        from fiberplan.result.verify import verify_plan  # noqa: PLC0415 - few need it

        return verify_plan(self)
