"""The settings of a project, as `project.toml` holds them: what to plan for, by which rules.

Each table of the TOML file is one frozen dataclass here, and each default is the one that `docs/project-folder.md`
lists. Shares and rates are decimals, 0.6 for 60 percent.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from decimal import Decimal
from enum import StrEnum
from typing import Annotated, Final

from pydantic import ConfigDict, Field, StringConstraints
from pydantic.dataclasses import dataclass

from fiberplan.project.subsidy_terms import SubsidyTerms
from fiberplan.project.terms import BusinessTerms, InstrumentTerms, NonNegative, Share, TermsName

_STRICT = ConfigDict(extra="forbid")


class Language(StrEnum):
    """A language of reports and maps; its texts are in the folder of its code in `fiberplan.wording`."""

    ENGLISH = "en"
    PERSIAN = "fa"


class AssetClass(StrEnum):
    """What a cost line pays for (`docs/cost-split.md` §2)."""

    BACKHAUL = "backhaul"
    DISTRIBUTION = "distribution"
    CONNECTION = "connection"
    EQUIPMENT = "equipment"
    CROSSING = "crossing"
    PERMIT = "permit"
    SITE = "site"
    DESIGN = "design"
    CONTINGENCY = "contingency"
    OPERATION = "operation"


RuleName = Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9]*(-[a-z0-9]+)*$", max_length=60)]
"""Name of a sharing rule; `fiberplan.sharing` knows which there are."""

DEFAULT_RULE: Final = "segment-use"


class GameName(StrEnum):
    """Which costs of coalitions a rule on a game looks at (`docs/cost-split.md` §11)."""

    OWN_NETWORKS = "own-networks"
    JOINT_NETWORK = "joint-network"


class Unreachable(StrEnum):
    """What to do about a park that no corridor reaches."""

    ERROR = "error"
    SKIP = "skip"


@dataclass(frozen=True, kw_only=True, config=_STRICT)
class RoutingOptions:
    """How routes are computed.

    Attributes
    ----------
    time_limit_s
        Seconds for one tree; what is not proven by then is reported with its gap.
    max_spur_m
        Longest way from a park or backbone node to a corridor, straight, in metres.
    snap_tolerance_m
        Line ends this near to another corridor are joined to it, in metres.
    spur_detour
        Trench length of a spur over its straight length.
    entry_separation_m
        A tier-1 park's second entry leaves the corridors at least this far from the first, in metres.
    unreachable
        ``error`` stops with the names of the parks; ``skip`` plans the others and reports them.
    """

    time_limit_s: Annotated[float, Field(gt=0)] = 60.0
    max_spur_m: Annotated[float, Field(gt=0)] = 3000.0
    snap_tolerance_m: Annotated[float, Field(ge=0, le=1000)] = 2.0
    spur_detour: Annotated[Decimal, Field(ge=1, le=5)] = Decimal("1.2")
    entry_separation_m: Annotated[float, Field(ge=0)] = 200.0
    unreachable: Unreachable = Unreachable.ERROR


@dataclass(frozen=True, kw_only=True, config=_STRICT)
class DesignOptions:
    """How the network is dimensioned; `docs/design-rules.md` numbers the rules.

    Attributes
    ----------
    spare_share
        Spare fibres over working fibres.
    cable_slack_share
        Cable length over trench length, less one.
    min_cable_fibres
        Smallest cable installed on the way to a park; the router prices this size.
    reel_m
        Length of cable on a reel; a joint closure at each end.
    handhole_spacing_m, pole_spacing_m
        Along buried and aerial segments.
    link_gbps
        Rate of one backhaul link (a pair of fibres).
    link_fill_share
        Highest planned load of a link.
    mbps_per_unit
        Busy-hour Mbit/s that a connected unit adds to the backhaul where its park has no value of its own.
    line_card_ports, splitter_ratio
        Ports of a line card; units behind one splitter.
    area_per_unit_ha
        Assumed where a park has no area.
    drop_m
        Length of the drop from the distribution cable to a unit.
    """

    spare_share: NonNegative = Decimal("0.25")
    cable_slack_share: NonNegative = Decimal("0.10")
    min_cable_fibres: Annotated[int, Field(gt=0)] = 24
    reel_m: Annotated[int, Field(gt=0)] = 4000
    handhole_spacing_m: Annotated[int, Field(gt=0)] = 140
    pole_spacing_m: Annotated[int, Field(gt=0)] = 50
    link_gbps: Annotated[Decimal, Field(gt=0)] = Decimal(10)
    link_fill_share: Annotated[Decimal, Field(gt=0, le=1)] = Decimal("0.7")
    mbps_per_unit: Annotated[Decimal, Field(gt=0)] = Decimal(50)
    line_card_ports: Annotated[int, Field(gt=0)] = 12
    splitter_ratio: Annotated[int, Field(gt=0)] = 32
    area_per_unit_ha: Annotated[Decimal, Field(gt=0)] = Decimal("0.5")
    drop_m: Annotated[int, Field(gt=0)] = 40


@dataclass(frozen=True, kw_only=True, config=_STRICT)
class FundingPolicy:
    """What the state pays (`docs/cost-split.md` §3).

    Attributes
    ----------
    public_share
        By asset class; a class that is not named gets nothing.
    cap_per_park, cap_per_unit, cap_total
        Most public money for one park, for each connected unit of a park, and in all; major units of the
        project's currency, present value. ``None`` for no cap.
    """

    public_share: Mapping[AssetClass, Share] = Field(default_factory=dict)
    cap_per_park: NonNegative | None = None
    cap_per_unit: NonNegative | None = None
    cap_total: NonNegative | None = None


@dataclass(frozen=True, kw_only=True, config=_STRICT)
class SharingOptions:
    """How operators divide the rest.

    Attributes
    ----------
    rule
        Name of the rule by which they do (`docs/cost-split.md` §4 and §11.6).
    game
        For a rule on a game: whether coalitions would build networks of their own, each planned anew, or use their part
        of the joint network.
    weights
        By operator: the key of ``proportional``, the weights of ``weighted-shapley``.
    priority
        By operator, for ``weighted-shapley``: those with a lower number are there first, and later ones have the
        savings of joining; 0 if not given.
    """

    rule: RuleName = DEFAULT_RULE
    game: GameName = GameName.OWN_NETWORKS
    weights: Mapping[str, Annotated[Decimal, Field(gt=0)]] = Field(default_factory=dict)
    priority: Mapping[str, int] = Field(default_factory=dict)


@dataclass(frozen=True, kw_only=True, config=_STRICT)
class CatalogueOptions:
    """How the bundled prices (US dollars) become the project's.

    Attributes
    ----------
    exchange_rate
        Units of the project's currency for one US dollar. Needed where the currency is another one and the
        project's own ``catalogue`` table does not price every item.
    """

    exchange_rate: Annotated[Decimal, Field(gt=0)] | None = None


@dataclass(frozen=True, kw_only=True, config=_STRICT)
class Settings:
    """All of `project.toml`.

    Attributes
    ----------
    name, description, credit
        By language code. ``credit`` names the sources of the data and is printed on the map and in reports.
    currency
        ISO 4217 code.
    date
        The date of the plan, which reports show: the same input must give the same bytes on every day.
    horizon_years, discount_rate
        Years of operation counted, and the yearly rate that discounts them.
    languages
        Languages of reports and maps, the first one leading.
    crs
        CRS of tables that name none, and the metric CRS for nearness; ``None`` to insist on named ones.
    seed
        Of every random choice.
    business
        Business cases by operator.
    instruments
        How the state helps beyond the public shares of ``funding``.
    subsidy
        The state's rules for the smallest subsidy, which takes the place of ``funding`` when it is asked for.
    """

    name: Mapping[str, str]
    description: Mapping[str, str] = Field(default_factory=dict)
    credit: Mapping[str, str] = Field(default_factory=dict)
    currency: str = "USD"
    date: dt.date = dt.date(2026, 1, 1)
    horizon_years: Annotated[int, Field(ge=1, le=60)] = 20
    discount_rate: Annotated[Decimal, Field(ge=0, le=1)] = Decimal("0.08")
    languages: tuple[Language, ...] = (Language.ENGLISH,)
    crs: str | None = None
    seed: int = 0
    routing: RoutingOptions = Field(default_factory=RoutingOptions)
    design: DesignOptions = Field(default_factory=DesignOptions)
    funding: FundingPolicy = Field(default_factory=FundingPolicy)
    sharing: SharingOptions = Field(default_factory=SharingOptions)
    catalogue: CatalogueOptions = Field(default_factory=CatalogueOptions)
    business: Mapping[TermsName, BusinessTerms] = Field(default_factory=dict)
    instruments: InstrumentTerms = Field(default_factory=InstrumentTerms)
    subsidy: SubsidyTerms = Field(default_factory=SubsidyTerms)
