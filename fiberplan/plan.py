"""The orchestra: from a project to a plan, and what one can do with it."""

from __future__ import annotations

import html
import logging
from dataclasses import dataclass, fields
from functools import cached_property
from typing import TYPE_CHECKING, Protocol, Self

from fiberplan.cost import price_design, split_costs
from fiberplan.design.network import design_network
from fiberplan.errors import Fault
from fiberplan.graph import build_graph
from fiberplan.project.settings import FundingPolicy
from fiberplan.result.coalitions import CoalitionCache, CoalitionPlanner
from fiberplan.result.game import cost_game, fixed_network_game
from fiberplan.result.record import PlanRecord, StandAlone
from fiberplan.result.split import asking, check_sharing, compare_record, funded, game_for, resplit
from fiberplan.result.subsidy import game_without_state, resplit_by_subsidy, subsidy_rules
from fiberplan.routing import solve_routes
from fiberplan.sharing.accounts.dividing import STATE
from fiberplan.wording import load_wording

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    import geopandas as gpd
    import pandas as pd

    from fiberplan.cost import CostSplit
    from fiberplan.finance.statement import FinancingPlan
    from fiberplan.maps import PlanMap
    from fiberplan.project.model import Project
    from fiberplan.project.settings import SharingOptions, SharingRuleName
    from fiberplan.project.terms import BusinessTerms, InstrumentTerms
    from fiberplan.report import PartyReport
    from fiberplan.result.coalitions import CoalitionOptions
    from fiberplan.result.game import Done, Groups
    from fiberplan.result.own_network import DemandBy
    from fiberplan.sharing.comparison import RuleComparison
    from fiberplan.sharing.games.game import CostGame
    from fiberplan.sharing.games.networks import FixedNetworkGame
    from fiberplan.sharing.subsidy.result import MinimalSubsidy
    from fiberplan.sharing.subsidy.rules import SubsidyRules
    from fiberplan.solvers.run.report import LogEntry

_log = logging.getLogger(__name__)


class Progress(Protocol):
    """What a caller may pass to follow the work."""

    def stage(self, name: str, *, step: int, steps: int) -> None:
        """Hear that a stage begins: ``graph``, ``routes``, ``design``, ``cost``, ``alone``, ``split``.

        Where the sharing rule needs what coalitions would pay, ``coalitions`` is told after each with its own count.
        """
        ...

    def solver(self, entry: LogEntry) -> None:
        """Hear of a better bound or incumbent."""
        ...


class _Silent:
    def stage(self, name: str, *, step: int, steps: int) -> None:
        _log.debug("%s (%d of %d)", name, step, steps)

    def solver(self, entry: LogEntry) -> None:
        _log.debug("bound %s, incumbent %s", entry.bound, entry.incumbent)


@dataclass(frozen=True)
class Plan(PlanRecord):
    """A finished plan, with what people ask of it: tables, a map, reports, a file."""

    @cached_property
    def segments(self) -> gpd.GeoDataFrame:
        """One row a built segment; the columns are those of `frames.segments_frame`."""
        from fiberplan.result.tables import segments_frame  # noqa: PLC0415 - geopandas is heavy

        return segments_frame(self)

    @cached_property
    def parks(self) -> gpd.GeoDataFrame:
        """One row a park; the columns are those of `frames.parks_frame`."""
        from fiberplan.result.tables import parks_frame  # noqa: PLC0415 - geopandas is heavy

        return parks_frame(self)

    @cached_property
    def stand_alone_frame(self) -> pd.DataFrame:
        """One row an operator: its network alone against its share of the joint plan, minor units, present value."""
        from fiberplan.result.tables import stand_alone_frame  # noqa: PLC0415 - pandas is heavy

        return stand_alone_frame(self)

    def split_costs(
        self,
        *,
        rule: SharingOptions | SharingRuleName | str | None = None,
        funding: FundingPolicy | MinimalSubsidy | None = None,
        game: CostGame | None = None,
    ) -> CostSplit:
        """Divide the cost of this plan anew, without routing the joint network again: the split of `with_split`."""
        return self.with_split(rule=rule, funding=funding, game=game).split

    def with_split(
        self,
        *,
        rule: SharingOptions | SharingRuleName | str | None = None,
        funding: FundingPolicy | MinimalSubsidy | None = None,
        game: CostGame | None = None,
        options: CoalitionOptions | None = None,
        progress: Done | None = None,
    ) -> Plan:
        """Make a plan of the same network, split anew and certified, without routing the joint network again.

        Parameters
        ----------
        rule
            How operators share, by name or with its weights; that of the project if ``None``.
        funding
            What the state pays: public shares with caps, or the `minimal_subsidy` of this plan; what it pays so far if
            ``None``. Under other public shares the stand-alone plans would cost their operators something else, so that
            check is then left open. A smallest subsidy is paid to all together only, and wants a rule on the game.
        game
            What coalitions of operators would pay, under that funding. If ``None``, a rule on games asks for the one that
            the options name, and the split of any other rule is certified against the stand-alone plans.
        options
            How the networks of coalitions are sought, and where they are remembered.
        progress
            Called after each coalition with the number done, and of all.

        Raises
        ------
        SharingError
            The rule cannot be worked out, or would pay operators for using the network.
        ValueError
            There is no rule of that name.
        """
        asked = asking(self, rule)
        check_sharing(asked.project)
        cache = self._cache if options is None or options.cache is None else None
        if funding is None and self.subsidy is not None:
            funding = self.subsidy.found
        if isinstance(funding, FundingPolicy | None):
            asked = funded(asked, funding or asked.project.funding)
            if game is None:
                game = game_for(asked, options=options, cache=cache, progress=progress)
            return Plan.of(resplit(asked, game=game))
        if game is None:
            game = game_without_state(asked, options=options, cache=cache, progress=progress)
        return Plan.of(resplit_by_subsidy(asked, funding, game=game))

    def minimal_subsidy(
        self,
        rules: SubsidyRules | None = None,
        *,
        game: CostGame | None = None,
        options: CoalitionOptions | None = None,
        progress: Done | None = None,
    ) -> MinimalSubsidy:
        """Find the least public money with which every operator can pay and no group would rather build alone.

        It takes the place of public shares: whoever builds alone gets nothing. `with_split` puts it into a plan.

        Parameters
        ----------
        rules
            What the state lays down, in minor units; `[subsidy]` of the project if ``None``, with what its business
            cases can carry.
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
        from fiberplan.sharing.subsidy.solve import minimal_subsidy  # noqa: PLC0415 - few ask for it

        if game is None:
            cache = self._cache if options is None or options.cache is None else None
            game = game_without_state(self, options=options, cache=cache, progress=progress)
        return minimal_subsidy(game, subsidy_rules(self) if rules is None else rules)

    def cash_flows(
        self,
        *,
        business: Mapping[str, BusinessTerms] | None = None,
        instruments: InstrumentTerms | None = None,
    ) -> FinancingPlan:
        """Lay costs, revenues and public money on the years: government and operators, their debt and returns.

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
        from fiberplan.finance.planning import plan_financing  # noqa: PLC0415 - few ask for it

        return plan_financing(
            self.project, self.design, self.ledger, self.split, business=business, instruments=instruments
        )

    def compare_rules(self, game: CostGame | None = None) -> RuleComparison:
        """Put every sharing rule beside the others: what each operator would pay, and which properties hold.

        Parameters
        ----------
        game
            What coalitions of operators would pay; `cost_game` of this plan if ``None``.
        """
        return compare_record(self, self.cost_game() if game is None else game)

    def verify(self) -> tuple[str, ...]:
        """Check sums, caps and the certificate from this plan alone; say what does not hold (`verifying`)."""
        from fiberplan.result.verify import verify_plan  # noqa: PLC0415 - few ask for it

        return verify_plan(self)

    def cost_game(
        self,
        *,
        players: DemandBy = "operators",
        groups: Groups | None = None,
        gross: bool = False,
        options: CoalitionOptions | None = None,
        progress: Done | None = None,
    ) -> CostGame:
        """Make the game in which any operators, or parks, may build for themselves (`plan_game.cost_game`).

        What is worked out once is known to this plan, so asking again is quick.

        Parameters
        ----------
        players
            ``operators`` or ``parks``.
        groups
            Name and members of players who act as one, say a consortium.
        gross
            Whether to leave public money out.
        options
            Time limit, processes, and a file that remembers from run to run.
        progress
            Called after each coalition with the number done, and of all.
        """
        cache = self._cache if options is None or options.cache is None else None
        return cost_game(
            self,
            players=players,
            groups=groups,
            gross=gross,
            options=options,
            cache=cache,
            progress=progress,
        )

    def fixed_network_game(self, *, gross: bool = False) -> FixedNetworkGame:
        """Make the game in which the joint network stays as it is (`plan_game.fixed_network_game`)."""
        return fixed_network_game(self, gross=gross)

    @cached_property
    def _cache(self) -> CoalitionCache:
        return CoalitionCache()

    def map(self, *, language: str | None = None) -> PlanMap:
        """Draw the plan on a map that needs no network."""
        from fiberplan.maps import draw_map  # noqa: PLC0415 - folium is heavy

        return draw_map(self, language=language or self._language)

    def report(self, *, party: str = STATE, language: str | None = None) -> PartyReport:
        """Set the report of a party: ``state`` for the government, or an operator's id."""
        from fiberplan.report import party_report  # noqa: PLC0415 - typst and matplotlib are heavy

        return party_report(self, party=party, language=language or self._language)

    def save(self, path: str | Path) -> Path:
        """Save to a GeoPackage that reopens without loss, and in QGIS with styles."""
        from fiberplan.exports.geopackage import write_plan  # noqa: PLC0415 - pyogrio is heavy

        return write_plan(self, path)

    @classmethod
    def load(cls, path: str | Path) -> Self:
        """Reopen a saved plan.

        Raises
        ------
        PlanFileError
            The file is not a saved plan, or of a later version.
        """
        from fiberplan.exports.geopackage import read_plan  # noqa: PLC0415 - pyogrio is heavy

        return cls.of(read_plan(path))

    @classmethod
    def of(cls, record: PlanRecord) -> Self:
        """Give a record the abilities of a plan."""
        return cls(**{entry.name: getattr(record, entry.name) for entry in fields(PlanRecord)})

    @property
    def _language(self) -> str:
        return self.project.settings.languages[0]

    def summary(self, *, language: str | None = None) -> str:
        """Tell the plan in a few lines."""
        words = load_wording(language or self._language)
        routing, currency = self.routing, self.currency
        km = sum(segment.length_mm for segment in routing.segments) / 1_000_000
        lines = [
            self.project.name(words.language),
            words.text(
                "terminal.summary_routes",
                parks=words.number(len(routing.routes)),
                all=words.number(len(self.project.parks)),
                nodes=words.number(len({route.backbone_id for route in routing.routes})),
                km=words.number(km, digits=1),
            ),
            words.text(
                "terminal.summary_proof",
                status=words.text(f"common.status.{routing.status}"),
                cost=words.money_short(routing.objective, currency),
                gap=words.percent(routing.gap, digits=2),
            ),
            words.text(
                "terminal.summary_cost",
                total=words.money_short(self.ledger.present_value, currency),
                capex=words.money_short(self.ledger.capex, currency),
                years=words.number(self.project.settings.horizon_years),
            ),
        ]
        for party, amount in self.split.payments.items():
            name = self.party_name(party, words.language)
            name = words.text(f"common.{party}") if name is None else f"{name} ({party})"
            share = amount / self.split.total if self.split.total else 0.0
            lines.append(
                f"  {name}: {words.money_short(amount, currency)} ({words.percent(share, digits=1)})"
            )
        islands = self.islands()
        if self.stand_alone:
            lines.append(
                words.text("terminal.summary_islands", saving=words.money_short(islands.saving, currency))
            )
        lines += [
            words.text("terminal.summary_unreachable", park=park.park_id, reason=park.reason)
            for park in routing.unreachable
        ]
        return "\n".join(lines)

    def _repr_html_(self) -> str:
        return f"<pre>{html.escape(self.summary())}</pre>"


def plan_rollout(project: Project, *, progress: Progress | None = None) -> Plan:
    """Plan a project: where the cable goes, what it costs, who pays what.

    Parameters
    ----------
    project
        From `read_project`, a dataset, or made in Python.
    progress
        Follows the stages and the solver.

    Returns
    -------
    Plan
        Its routing says what is proven.

    Raises
    ------
    InfeasibleError
        Parks cannot be reached.
    NoPlanError
        Time ran out before there was a plan.
    SharingError
        The sharing rule cannot be worked out, or would pay operators for using the network.
    """
    check_sharing(project)
    heard: Progress = progress or _Silent()
    operators = sorted({demand.operator_id for demand in project.demand})
    steps = 5 + len(operators)
    heard.stage("graph", step=1, steps=steps)
    graph = build_graph(project)
    heard.stage("routes", step=2, steps=steps)
    routing = solve_routes(graph, progress=heard.solver)
    heard.stage("design", step=3, steps=steps)
    design = design_network(project, routing)
    heard.stage("cost", step=4, steps=steps)
    ledger = price_design(project, design)
    # All stand-alone plans together get the time that the joint plan had.
    planner = CoalitionPlanner(
        graph, "operators", project.settings.routing.time_limit_s / max(1, len(operators))
    )
    alone: list[StandAlone] = []
    for number, operator_id in enumerate(operators):
        heard.stage("alone", step=5 + number, steps=steps)
        itself = frozenset([operator_id])
        if parks := planner.parks_of(itself):
            (network,) = planner.plan(parks, [itself], progress=heard.solver)
            alone.append(StandAlone.of(operator_id, network))
    heard.stage("split", step=steps, steps=steps)
    stranded = sorted(set(operators) - {entry.operator_id for entry in alone})
    notes = [
        Fault("demand", f"operator {name} takes no part: none of its parks is reached", severity="warning")
        for name in stranded
    ]
    plan = Plan(
        project=project,
        routing=routing,
        design=design,
        ledger=ledger,
        split=split_costs(ledger, design, policy=project.funding, operators=operators),
        stand_alone=tuple(alone),
        notes=(*project.notes, *graph.notes, *design.notes, *notes),
    )

    def count(done: int, of: int) -> None:
        heard.stage("coalitions", step=done, steps=of)

    return plan.with_split(progress=count)
