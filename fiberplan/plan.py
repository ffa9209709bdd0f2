"""A finished plan with what users can do with it, and the function that plans a project."""

from __future__ import annotations

import html
from dataclasses import dataclass, fields, replace
from typing import TYPE_CHECKING, Any, Self

from fiberplan.project.settings import FundingPolicy, GameName
from fiberplan.result.analysis import PlanAnalysis
from fiberplan.result.record import PlanRecord
from fiberplan.result.rollout import Progress, plan_project
from fiberplan.result.split import (
    certifying_game,
    check_sharing,
    split_again,
    with_public_shares,
    with_sharing_rule,
)
from fiberplan.result.subsidy import (
    check_subsidy,
    game_without_state,
    split_by_subsidy,
    with_rule_for_subsidy,
)
from fiberplan.result.summary import summary_text
from fiberplan.sharing.accounts.dividing import STATE

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from fiberplan.cost import CostSplit
    from fiberplan.maps import PlanMap
    from fiberplan.project.model import Project
    from fiberplan.project.settings import SharingOptions
    from fiberplan.project.subsidy_terms import SubsidyTerms
    from fiberplan.project.terms import BusinessTerms, InstrumentTerms
    from fiberplan.report import PartyReport
    from fiberplan.result.coalitions import CoalitionOptions, CoalitionProgress
    from fiberplan.sharing.games.game import CostGame
    from fiberplan.sharing.subsidy.result import MinimalSubsidy
    from fiberplan.sharing.subsidy.rules import SubsidyRules

__all__ = ["Plan", "Progress", "plan_rollout"]


@dataclass(frozen=True)
class Plan(PlanAnalysis):
    """A finished plan, with its tables, map, reports, other splits and file."""

    def with_terms(
        self,
        *,
        sharing: SharingOptions | None = None,
        subsidy: SubsidyTerms | None = None,
        business: Mapping[str, BusinessTerms] | None = None,
        instruments: InstrumentTerms | None = None,
    ) -> Plan:
        """Return this plan with other terms in its project; network, costs and split stay.

        Parameters
        ----------
        sharing, subsidy, business, instruments
            In place of those tables of the project; kept if ``None``.
        """
        given = {"sharing": sharing, "subsidy": subsidy, "business": business, "instruments": instruments}
        terms: dict[str, Any] = {name: value for name, value in given.items() if value is not None}
        settings = replace(self.project.settings, **terms)
        return replace(self, project=replace(self.project, settings=settings))

    def split_costs(
        self,
        *,
        rule: SharingOptions | str | None = None,
        funding: FundingPolicy | MinimalSubsidy | None = None,
        game: CostGame | GameName | str | None = None,
    ) -> CostSplit:
        """Divide the cost of this plan anew, without routing the joint network again.

        Parameters
        ----------
        rule, funding, game
            As in `with_split`.
        """
        return self.with_split(rule=rule, funding=funding, game=game).split

    def with_split(
        self,
        *,
        rule: SharingOptions | str | None = None,
        funding: FundingPolicy | MinimalSubsidy | None = None,
        game: CostGame | GameName | str | None = None,
        options: CoalitionOptions | None = None,
        progress: CoalitionProgress | None = None,
    ) -> Plan:
        """Return a plan of the same network with another split, certified, without routing the joint network again.

        Parameters
        ----------
        rule
            How operators share, by name or with its weights; that of the project if ``None``.
        funding
            What the state pays: public shares with caps, or the `minimal_subsidy` of this plan; what it pays so far if
            ``None``. Under other public shares the stand-alone plans would cost their operators something else, so that
            check is then left open. A smallest subsidy is paid to all together only, and needs a rule on the game.
        game
            What coalitions of operators would pay, under that funding; or the name of a kind of game, which is then
            worked out: ``own-networks`` or ``joint-network``; or ``none``, to certify against the stand-alone plans. If
            ``None``, a rule on games uses the one that the project names, and the split of any other rule is certified
            against the stand-alone plans.
        options
            How the networks of coalitions are planned, and where they are kept.
        progress
            Called after each coalition with the number done, and of all.

        Raises
        ------
        SharingError
            The rule cannot be worked out, or would pay operators for using the network.
        ValueError
            There is no rule or game of that name.
        """
        name = game if isinstance(game, str) else None
        record = with_sharing_rule(self, rule, game=name)
        check_sharing(record.project)
        run = self._run(options, progress)
        if funding is None and self.subsidy is not None:
            funding = self.subsidy.minimal_subsidy
        if isinstance(funding, FundingPolicy | None):
            record = with_public_shares(record, funding or record.project.funding)
            costs = certifying_game(record, run, name=name) if isinstance(game, str | None) else game
            return Plan.of(split_again(record, game=costs))
        costs = game_without_state(record, run) if isinstance(game, str | None) else game
        return Plan.of(split_by_subsidy(record, funding, game=costs))

    def with_minimal_subsidy(
        self,
        rules: SubsidyRules | None = None,
        *,
        rule: SharingOptions | str | None = None,
        game: CostGame | GameName | str | None = None,
        options: CoalitionOptions | None = None,
        progress: CoalitionProgress | None = None,
    ) -> Plan:
        """Return a plan in which the state pays the smallest subsidy in place of public shares.

        The subsidy is `minimal_subsidy`, checked again; operators share the rest by a rule on the game.

        Parameters
        ----------
        rules, game, options, progress
            As in `minimal_subsidy`; a game may also be a name, as in `with_split`.
        rule
            How operators share. If ``None``, that of the project, or the nucleolus where that divides accounts.

        Raises
        ------
        ConflictError
            No public money meets the rules; the error names those that contradict each other.
        SharingError
            The rules are faulty, the rule divides accounts, or there are too many operators for the game.
        VerificationError
            The subsidy does not hold.
        """
        name = game if isinstance(game, str) else None
        plan = Plan.of(with_rule_for_subsidy(self, rule, game=name))
        check_sharing(plan.project)
        costs = (
            game_without_state(plan, self._run(options, progress)) if isinstance(game, str | None) else game
        )
        least = plan.minimal_subsidy(rules, game=costs)
        check_subsidy(costs, least)
        return Plan.of(split_by_subsidy(plan, least, game=costs))

    def map(self, *, language: str | None = None) -> PlanMap:
        """Draw the plan on a map that needs no network."""
        from fiberplan.maps import draw_map  # noqa: PLC0415 - folium is heavy

        return draw_map(self, language=language or self._language)

    def report(self, *, party: str = STATE, language: str | None = None) -> PartyReport:
        """Typeset the report of a party.

        Parameters
        ----------
        party
            ``state`` for the government, or an operator's id.
        language
            Code of the language; the first of the project if ``None``.
        """
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
            The file is not a saved plan, or its format is too old or too new.
        """
        from fiberplan.exports.geopackage import read_plan  # noqa: PLC0415 - pyogrio is heavy

        return cls.of(read_plan(path))

    @classmethod
    def of(cls, record: PlanRecord) -> Self:
        """Build a plan from a record."""
        return cls(**{entry.name: getattr(record, entry.name) for entry in fields(PlanRecord)})

    @property
    def _language(self) -> str:
        return self.project.settings.languages[0]

    def summary(self, *, language: str | None = None) -> str:
        """Return a short summary: routes, proof, cost, payments."""
        return summary_text(self, language=language or self._language)

    def _repr_html_(self) -> str:
        return f"<pre>{html.escape(self.summary())}</pre>"


def plan_rollout(
    project: Project, *, time_limit_s: float | None = None, progress: Progress | None = None
) -> Plan:
    """Plan a project: where the cable goes, what it costs, who pays what.

    Parameters
    ----------
    project
        From `read_project`, a dataset, or built in Python.
    time_limit_s
        Seconds for one routing; that of the project if ``None``.
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
    return Plan.of(plan_project(project, time_limit_s=time_limit_s, progress=progress))
