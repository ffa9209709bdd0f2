"""The cost ledger: every line of cost with its place, year and users, and its totals."""

from __future__ import annotations

from collections import Counter, defaultdict
from dataclasses import dataclass
from decimal import Decimal
from functools import cached_property
from typing import TYPE_CHECKING, Any, Literal

from fiberplan.design.bill import PlaceKind
from fiberplan.design.traffic import Use
from fiberplan.money import CURRENCIES, Currency, apportion
from fiberplan.project.settings import AssetClass
from fiberplan.sharing.accounts.account import Account

if TYPE_CHECKING:
    from collections.abc import Hashable, Iterable, Mapping, Sequence

    import pandas as pd

TotalsBy = Literal["asset_class", "place", "segment", "park", "operator", "year"]

AccountKey = tuple[PlaceKind, str, AssetClass, int]
"""Place, asset class, and index of the group of users."""


@dataclass(frozen=True, slots=True)
class CostLine:
    """One line of the ledger.

    Attributes
    ----------
    place_kind, place_id
        Where on the map.
    item
        Of the catalogue, or ``share.design``, ``share.contingency``, ``opex.passive``, ``opex.active``.
    year
        0 is the building; operation falls due at the ends of years 1 to the horizon.
    quantity, unit, unit_price
        Quantity, unit of the price (``USD/m``), and price in major units.
    amount
        Nominal, minor units.
    present_value
        Discounted to year 0, minor units.
    is_routed
        Whether the router minimised this cost.
    is_estimate
        Whether the quantity is an estimate.
    users
        Index into `CostLedger.users`.
    """

    asset_class: AssetClass
    place_kind: PlaceKind
    place_id: str
    item: str
    year: int
    quantity: Decimal
    unit: str
    unit_price: Decimal
    amount: int
    present_value: int
    is_routed: bool
    is_estimate: bool
    users: int

    @property
    def account_key(self) -> AccountKey:
        """The account that the line belongs to."""
        return self.place_kind, self.place_id, self.asset_class, self.users


@dataclass(frozen=True)
class CostLedger:
    """Every cost of a plan.

    Attributes
    ----------
    currency_code
        ISO 4217 code of every amount.
    lines
        By place in the order of the bill, then by year.
    users
        Groups of uses that lines refer to.
    """

    currency_code: str
    lines: tuple[CostLine, ...]
    users: tuple[tuple[Use, ...], ...]

    @property
    def currency(self) -> Currency:
        """Currency of every amount."""
        return CURRENCIES[self.currency_code]

    @cached_property
    def present_value(self) -> int:
        """Everything, discounted, in minor units."""
        return sum(line.present_value for line in self.lines)

    @cached_property
    def capex(self) -> int:
        """What is built in year 0, in minor units."""
        return sum(line.amount for line in self.lines if line.year == 0)

    @cached_property
    def routed(self) -> int:
        """Present value of the lines that the router minimised, in minor units."""
        return sum(line.present_value for line in self.lines if line.is_routed)

    def totals(self, by: TotalsBy, *, nominal: bool = False) -> dict[Any, int]:
        """Add up the ledger.

        Parameters
        ----------
        by
            ``park`` and ``operator`` allocate each line to its users by their weights, before any public money;
            costs of parks without demand are under ``None``. ``place`` is keyed by kind and id.
        nominal
            Sum nominal amounts instead of present values.

        Returns
        -------
        dict
            Minor units; the values sum to the whole ledger, except ``segment``, which leaves out other places.
        """
        totals: Counter[Hashable] = Counter()
        for line in self.lines:
            amount = line.amount if nominal else line.present_value
            match by:
                case "asset_class":
                    totals[line.asset_class] += amount
                case "year":
                    totals[line.year] += amount
                case "place":
                    totals[line.place_kind, line.place_id] += amount
                case "segment":
                    if line.place_kind is PlaceKind.SEGMENT:
                        totals[line.place_id] += amount
                case "park":
                    totals.update(apportion(amount, self._weights(line.users).by_park))
                case "operator":
                    weights: Mapping[str, int] = self._weights(line.users).by_operator
                    totals.update(apportion(amount, weights) if weights else {None: amount})
        return dict(totals)

    def _weights(self, users: int) -> _Weights:
        return self._all_weights[users]

    @cached_property
    def _all_weights(self) -> tuple[_Weights, ...]:
        return tuple(_Weights.of(uses) for uses in self.users)

    def accounts(self) -> tuple[tuple[Account, ...], tuple[tuple[PlaceKind, str], ...]]:
        """Gather the lines into accounts: one for each place, asset class and group of users.

        Returns
        -------
        tuple
            The accounts, present values, keyed from 0; and the place of each.
        """
        amounts: defaultdict[AccountKey, int] = defaultdict(int)
        for line in self.lines:
            amounts[line.account_key] += line.present_value
        return gather_accounts(amounts, self.users)

    @cached_property
    def frame(self) -> pd.DataFrame:
        """The ledger as a table: one row a line, with the fields of `CostLine` and its parks and operators."""
        import pandas as pd  # noqa: PLC0415 - heavy, and rarely used

        parks = [", ".join(sorted(weights.by_park)) for weights in self._all_weights]
        operators = [", ".join(sorted(weights.by_operator)) for weights in self._all_weights]
        return pd.DataFrame(
            {
                "asset_class": [line.asset_class.value for line in self.lines],
                "place_kind": [line.place_kind.value for line in self.lines],
                "place_id": [line.place_id for line in self.lines],
                "item": [line.item for line in self.lines],
                "year": [line.year for line in self.lines],
                "quantity": [float(line.quantity) for line in self.lines],
                "price_unit": [line.unit for line in self.lines],
                "unit_price": [float(line.unit_price) for line in self.lines],
                "amount": [line.amount for line in self.lines],
                "present_value": [line.present_value for line in self.lines],
                "is_routed": [line.is_routed for line in self.lines],
                "is_estimate": [line.is_estimate for line in self.lines],
                "parks": [parks[line.users] for line in self.lines],
                "operators": [operators[line.users] for line in self.lines],
            }
        )


@dataclass(frozen=True, slots=True)
class _Weights:
    by_park: dict[str, int]
    by_operator: dict[str, int]
    parks_of: dict[str, dict[str, int]]

    @staticmethod
    def of(uses: Iterable[Use]) -> _Weights:
        by_park: Counter[str] = Counter()
        by_operator: Counter[str] = Counter()
        parks_of: defaultdict[str, dict[str, int]] = defaultdict(dict)
        for use in uses:
            by_park[use.park_id] += use.weight
            if use.operator_id is not None:
                by_operator[use.operator_id] += use.weight
                parks_of[use.operator_id][use.park_id] = use.weight
        return _Weights(dict(by_park), dict(by_operator), dict(parks_of))


def gather_accounts(
    amounts: Mapping[AccountKey, int], users: Sequence[tuple[Use, ...]]
) -> tuple[tuple[Account, ...], tuple[tuple[PlaceKind, str], ...]]:
    """Build accounts from amounts by place, asset class and group of users.

    Parameters
    ----------
    amounts
        Minor units by place, asset class and group of users.
    users
        Groups of users, which the keys of the amounts number.

    Returns
    -------
    tuple
        The accounts, keyed from 0 in the order of the amounts; and the place of each.
    """
    weights = [_Weights.of(uses) for uses in users]
    accounts, places = [], []
    for key, ((kind, place_id, asset_class, group), amount) in enumerate(amounts.items()):
        of = weights[group]
        accounts.append(Account(key, asset_class, amount, of.by_park, of.by_operator, of.parks_of))
        places.append((kind, place_id))
    return tuple(accounts), tuple(places)
