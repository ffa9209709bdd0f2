"""What the network costs: the bill of quantities becomes a ledger, line by line, or only the accounts to divide.

Every bill line is priced in each year that it is bought; design, contingency, maintenance and renewal come on top, and
each year is discounted.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from decimal import Decimal
from typing import TYPE_CHECKING, NamedTuple

from fiberplan.design.bill import BillLine, PlaceKind, Upkeep
from fiberplan.ledger.lines import AccountKey, CostLedger, CostLine, gather_accounts
from fiberplan.money import present_value, round_half_up, to_minor, total_present_value
from fiberplan.project.settings import AssetClass

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from fiberplan.design.network import Design
    from fiberplan.design.traffic import Use
    from fiberplan.project.model import Project
    from fiberplan.sharing.accounts.account import Account


def price_design(project: Project, design: Design) -> CostLedger:
    """Price a design.

    Parameters
    ----------
    project
        Its catalogue, horizon and discount rate count.
    design
        Brings the bill of quantities.

    Returns
    -------
    CostLedger
        Construction in year 0, with design and contingency on top; maintenance, power, leases and renewals in
        the years they fall due.
    """
    pricer = _Pricer(project, design)
    return CostLedger(project.settings.currency, tuple(pricer.lines()), tuple(pricer.users))


def price_accounts(project: Project, design: Design) -> tuple[Account, ...]:
    """Price a design for its accounts alone.

    Parameters
    ----------
    project
        Brings the price list, the horizon and the discount rate.
    design
        What is built.

    Returns
    -------
    tuple of Account
        The accounts of `price_design`'s ledger, without a line for each year, which is faster: games price many networks.
    """
    pricer = _Pricer(project, design)
    return gather_accounts(pricer.account_amounts(), tuple(pricer.users))[0]


class _Charge(NamedTuple):
    """An amount that falls due in some years; fields as of `CostLine`."""

    asset_class: AssetClass
    place_kind: PlaceKind
    place_id: str
    item: str
    years: Sequence[int]
    quantity: Decimal
    unit: str
    unit_price: Decimal
    amount: int
    is_routed: bool
    is_estimate: bool
    users: int


class _Pricer:
    def __init__(self, project: Project, design: Design) -> None:
        self._catalogue = project.catalogue
        self._currency = project.currency
        self._horizon = project.settings.horizon_years
        self._rate = project.settings.discount_rate
        self.users: dict[tuple[Use, ...], int] = {}
        self._number_of: dict[int, int] = {}
        self._charges: list[_Charge] = []
        self._built: defaultdict[tuple[PlaceKind, str, int, bool], Counter[Upkeep]] = defaultdict(Counter)
        for line in design.bill:
            self._price(line)
        self._add_shares()

    def lines(self) -> Iterator[CostLine]:
        """Write a line for each year of each charge."""
        for charge in self._charges:
            for year in charge.years:
                yield CostLine(
                    asset_class=charge.asset_class,
                    place_kind=charge.place_kind,
                    place_id=charge.place_id,
                    item=charge.item,
                    year=year,
                    quantity=charge.quantity,
                    unit=charge.unit,
                    unit_price=charge.unit_price,
                    amount=charge.amount,
                    present_value=present_value(charge.amount, year, self._rate),
                    is_routed=charge.is_routed,
                    is_estimate=charge.is_estimate,
                    users=charge.users,
                )

    def account_amounts(self) -> dict[AccountKey, int]:
        """Add the present values of all years up by account."""
        amounts: defaultdict[AccountKey, int] = defaultdict(int)
        for charge in self._charges:
            key = charge.place_kind, charge.place_id, charge.asset_class, charge.users
            amounts[key] += total_present_value(charge.amount, charge.years, self._rate)
        return amounts

    def _price(self, line: BillLine) -> None:
        """Price a bill line in every year that it is bought."""
        users = self._number(line.uses)
        amount = to_minor(line.quantity * line.unit_price, self._currency)
        self._charges.append(
            _Charge(
                asset_class=line.asset_class,
                place_kind=line.place_kind,
                place_id=line.place_id,
                item=line.item,
                years=self._years(line),
                quantity=line.quantity,
                unit=line.unit,
                unit_price=line.unit_price,
                amount=amount,
                is_routed=line.is_routed,
                is_estimate=line.is_estimate,
                users=users,
            )
        )
        if not line.is_yearly:
            self._built[line.place_kind, line.place_id, users, line.is_routed][line.upkeep] += amount

    def _number(self, uses: tuple[Use, ...]) -> int:
        """Give a group of uses its number; the lines of a place share one tuple, which need not be hashed for each of them."""
        number = self._number_of.get(id(uses))
        if number is None:
            number = self._number_of[id(uses)] = self.users.setdefault(uses, len(self.users))
        return number

    def _years(self, line: BillLine) -> Sequence[int]:
        if line.is_yearly:
            return range(1, self._horizon + 1)
        if line.life_years is None:
            return (0,)
        return range(0, self._horizon, line.life_years)

    def _add_shares(self) -> None:
        """Add what is a share of construction: design, contingency, and maintenance by the year.

        What comes from routed lines is a charge of its own, since the router priced it too.
        """
        years = range(1, self._horizon + 1)
        for (kind, place_id, users, is_routed), built in self._built.items():
            for asset_class, item, base, due in (
                (AssetClass.DESIGN, "share.design", sum(built.values()), (0,)),
                (AssetClass.CONTINGENCY, "share.contingency", sum(built.values()), (0,)),
                (AssetClass.OPERATION, "opex.passive", built[Upkeep.PASSIVE], years),
                (AssetClass.OPERATION, "opex.active", built[Upkeep.ACTIVE], years),
            ):
                percent = self._catalogue.value(item)
                amount = round_half_up(base * percent / 100)
                if not amount:
                    continue
                self._charges.append(
                    _Charge(
                        asset_class=asset_class,
                        place_kind=kind,
                        place_id=place_id,
                        item=item,
                        years=due,
                        quantity=percent,
                        unit=self._catalogue.items[item].unit,
                        unit_price=Decimal(base) / 100 / self._currency.minor_per_major,
                        amount=amount,
                        is_routed=is_routed,
                        is_estimate=False,
                        users=users,
                    )
                )
