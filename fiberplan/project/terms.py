"""The terms of money that parties agree on: business cases of operators, instruments of the state, limits.

Each table of ``[business]`` and ``[instruments]`` of `project.toml` is one frozen dataclass here; what they do is in
`fiberplan.finance` (`docs/cost-split.md` §12). Amounts are major units of the project's currency, rates are per
year and decimals, 0.08 for 8 percent. Business cases of operators are not published: each figure is an
assumption unless ``source`` says otherwise.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from decimal import Decimal
from enum import StrEnum
from typing import Annotated, Final, Protocol, get_args, get_origin, get_type_hints

from pydantic import ConfigDict, Field, StringConstraints
from pydantic.dataclasses import dataclass

_STRICT = ConfigDict(extra="forbid")

ASSUMPTION: Final = "assumption"
"""Source of a figure that is not published; reports mark it."""

Share = Annotated[Decimal, Field(ge=0, le=1)]
NonNegative = Annotated[Decimal, Field(ge=0)]
Positive = Annotated[Decimal, Field(gt=0)]
Year = Annotated[int, Field(ge=0, le=60)]
Years = Annotated[int, Field(ge=1, le=60)]
TermsName = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9][A-Za-z0-9._\-]{0,63}$")]


class NamedTerms(Protocol):
    """What the terms of every instrument have."""

    @property
    def operators(self) -> tuple[str, ...]:
        """Who gets it; all if empty."""
        ...


class RepaymentMethod(StrEnum):
    """How a loan is paid back after its grace period."""

    ANNUITY = "annuity"
    LINEAR = "linear"


@dataclass(frozen=True, kw_only=True, config=_STRICT)
class LogisticTakeUp:
    """Take-up that grows along a logistic curve (Verhulst 1838; Fisher and Pry 1971 for the spread of technologies).

    Attributes
    ----------
    final_share
        Share of the connected units that it approaches.
    midpoint_year
        Year in which half of that is reached.
    growth_per_year
        Rate of the curve; from a tenth to nine tenths it takes ``4.39 / growth_per_year`` years.
    """

    final_share: Share = Decimal(1)
    midpoint_year: NonNegative = Decimal(3)
    growth_per_year: Annotated[Decimal, Field(gt=0, le=20)] = Decimal(1)


@dataclass(frozen=True, kw_only=True, config=_STRICT)
class BusinessTerms:
    """What an operator earns and spends beside the network, an assumption unless its source says otherwise.

    Attributes
    ----------
    arpu_per_month
        Average revenue of a connected unit that has taken up the service.
    take_up
        Share of the operator's connected units by year, from year 1; the last goes on. All of them if not given.
    logistic
        The same as a curve; give one of the two.
    actual_take_up
        What happens in place of the plan, for a what-if; grants follow the plan, cash follows this.
    opex_per_unit_year
        The operator's own yearly cost of a unit that has taken up the service: care, billing, upstream.
    discount_rate
        At which the operator values its money; the project's if not given.
    market_rate
        At which it could borrow, by which grant equivalents are counted; its discount rate if not given.
    tax_rate
        On profit; losses are carried forward.
    tax_life_years
        Years over which building costs are written off for tax, straight line.
    joins_year
        Year in which it joins the network; until then the others carry the joint costs.
    source
        Where the figures are from.
    """

    arpu_per_month: NonNegative = Decimal(0)
    take_up: tuple[Share, ...] = ()
    logistic: LogisticTakeUp | None = None
    actual_take_up: tuple[Share, ...] = ()
    opex_per_unit_year: NonNegative = Decimal(0)
    discount_rate: Share | None = None
    market_rate: Share | None = None
    tax_rate: Share = Decimal(0)
    tax_life_years: Years = 10
    joins_year: Year = 0
    source: Annotated[str, StringConstraints(max_length=200)] = ASSUMPTION


@dataclass(frozen=True, kw_only=True, config=_STRICT)
class MatchedFunding:
    """The state adds to an operator's own money for the building.

    Attributes
    ----------
    rate
        Public money for each unit of own money, 1 for one to one.
    cap
        Most for one operator.
    operators
        Who gets it; all if empty. The same in all instruments.
    """

    rate: NonNegative
    cap: NonNegative | None = None
    operators: tuple[TermsName, ...] = ()


@dataclass(frozen=True, kw_only=True, config=_STRICT)
class ViabilityGap:
    """The smallest grant in year 0 with which an operator's net present value is not negative.

    Attributes
    ----------
    cap
        Most for one operator.
    """

    cap: NonNegative | None = None
    operators: tuple[TermsName, ...] = ()


@dataclass(frozen=True, kw_only=True, config=_STRICT)
class SoftLoan:
    """The state lends below the market.

    Attributes
    ----------
    share
        Of the operator's own building costs in year 0, after grants by share and matching.
    rate
        Interest, 0 for an interest-free loan.
    grace_years
        Years after year 0 in which only interest is paid.
    term_years
        Years of repayment after the grace.
    method
        ``annuity``: level payments; ``linear``: level repayments.
    """

    share: Share = Decimal(1)
    rate: Share = Decimal(0)
    grace_years: Year = 0
    term_years: Years = 10
    method: RepaymentMethod = RepaymentMethod.ANNUITY
    operators: tuple[TermsName, ...] = ()


@dataclass(frozen=True, kw_only=True, config=_STRICT)
class GuaranteedPurchase:
    """The state guarantees the sale of capacity and pays what is short of it.

    Attributes
    ----------
    share
        Of the operator's connected units whose revenue is guaranteed.
    price_per_month
        Guaranteed revenue of such a unit; the operator's own ``arpu_per_month`` if not given.
    years
        From year 1.
    """

    share: Share
    price_per_month: NonNegative | None = None
    years: Years = 10
    operators: tuple[TermsName, ...] = ()


@dataclass(frozen=True, kw_only=True, config=_STRICT)
class EquityShare:
    """A public fund pays in a share of the building costs and gets a share of what the operator earns.

    Attributes
    ----------
    share
        Of the operator's own building costs in year 0, after grants by share and matching.
    dividend_share
        Of the cash that each year's operation leaves after tax and debt service; ``share`` if not given.
    """

    share: Share
    dividend_share: Share | None = None
    operators: tuple[TermsName, ...] = ()


@dataclass(frozen=True, kw_only=True, config=_STRICT)
class InKindDucts:
    """The state lends ducts: leases of existing ducts are borne by it.

    Attributes
    ----------
    share
        Of the leases that are waived.
    asset_value
        Value of the ducts lent, for the record; it is no cash.
    """

    share: Share = Decimal(1)
    asset_value: NonNegative = Decimal(0)
    operators: tuple[TermsName, ...] = ()


@dataclass(frozen=True, kw_only=True, config=_STRICT)
class TaxRelief:
    """The state forgoes tax on profit.

    Attributes
    ----------
    holiday_years
        Years from year 1 without tax.
    credit_share
        Of the operator's own building costs, credited against tax until it is used up.
    """

    holiday_years: Year = 0
    credit_share: Share = Decimal(0)
    operators: tuple[TermsName, ...] = ()


@dataclass(frozen=True, kw_only=True, config=_STRICT)
class ClawBack:
    """Public money is paid back where take-up exceeds the plan.

    Attributes
    ----------
    share
        Of the revenue above the plan; never more in all than the public money received.
    threshold
        Revenue above the plan that stays with the operator, as a share of the plan's.
    """

    share: Share
    threshold: NonNegative = Decimal(0)
    operators: tuple[TermsName, ...] = ()


@dataclass(frozen=True, kw_only=True, config=_STRICT)
class PublicLimits:
    """What the state's money for all instruments together keeps to.

    Attributes
    ----------
    cap_per_park, cap_per_unit, cap_per_operator, cap_total
        Most money that is not paid back, present value at the project's discount rate.
    floor_per_operator, floor_total
        Least of it; an operator never gets more than its costs by a floor.
    budget_by_year
        Most that the state pays out in a year, loans and equity too, nominal, from year 0; the last goes on.
    """

    cap_per_park: NonNegative | None = None
    cap_per_unit: NonNegative | None = None
    cap_per_operator: NonNegative | None = None
    cap_total: NonNegative | None = None
    floor_per_operator: NonNegative | None = None
    floor_total: NonNegative | None = None
    budget_by_year: tuple[NonNegative, ...] = ()


@dataclass(frozen=True, kw_only=True, config=_STRICT)
class InstrumentTerms:
    """The instruments of the state, any number of each kind, by name.

    A kind is a field here; its class in `fiberplan.finance.instruments` says what it does.

    Attributes
    ----------
    limits
        Of all together.
    joining_interest
        Yearly interest on what a late joiner pays to those who paid before it.
    """

    matched_funding: Mapping[TermsName, MatchedFunding] = Field(default_factory=dict)
    viability_gap: Mapping[TermsName, ViabilityGap] = Field(default_factory=dict)
    soft_loan: Mapping[TermsName, SoftLoan] = Field(default_factory=dict)
    guaranteed_purchase: Mapping[TermsName, GuaranteedPurchase] = Field(default_factory=dict)
    equity_share: Mapping[TermsName, EquityShare] = Field(default_factory=dict)
    in_kind_ducts: Mapping[TermsName, InKindDucts] = Field(default_factory=dict)
    tax_relief: Mapping[TermsName, TaxRelief] = Field(default_factory=dict)
    claw_back: Mapping[TermsName, ClawBack] = Field(default_factory=dict)
    limits: PublicLimits = Field(default_factory=PublicLimits)
    joining_interest: Share = Decimal(0)

    @classmethod
    def kinds(cls) -> dict[str, type[NamedTerms]]:
        """Give the class of every kind, ``soft_loan`` and so on: the fields that hold instruments by name."""
        types = get_type_hints(cls)
        return {
            field.name: get_args(types[field.name])[1]
            for field in dataclasses.fields(cls)
            if get_origin(types[field.name]) is Mapping
        }

    def by_name(self) -> dict[str, NamedTerms]:
        """Give every instrument by kind and name, ``soft_loan.green``, in the order of kinds and names."""
        return {
            f"{kind}.{name}": terms
            for kind in self.kinds()
            for name, terms in sorted(getattr(self, kind).items())
        }
