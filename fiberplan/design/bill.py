"""The bill of quantities: one line for each item at each place, with who uses it and when it is bought."""

from __future__ import annotations

import math
from collections import Counter, defaultdict
from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum
from typing import TYPE_CHECKING

from fiberplan.design.traffic import Requirement, Use
from fiberplan.project.settings import AssetClass

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from fiberplan.design.access import ParkAccess
    from fiberplan.design.cabling import DesignedSegment
    from fiberplan.design.optics import ActiveSite, LitRoute
    from fiberplan.project.corridors import Corridor
    from fiberplan.project.model import Project
    from fiberplan.routing import RouteSegment, Routing


class PlaceKind(StrEnum):
    """What a cost is tied to on the map."""

    SEGMENT = "segment"
    PARK = "park"
    ACTIVE_SITE = "active_site"
    BACKBONE = "backbone"


class Upkeep(StrEnum):
    """How an item is maintained and renewed."""

    NONE = "none"
    PASSIVE = "passive"
    ACTIVE = "active"


@dataclass(frozen=True, slots=True)
class BillLine:
    """An item with its quantity.

    Attributes
    ----------
    item
        Of the catalogue, or ``corridor.build_cost`` and ``corridor.lease`` where the corridor brings its own price.
    quantity, unit
        In the unit of the price: metres, pieces, metres and years.
    unit_price
        Major units.
    is_routed
        Whether the router minimised this cost.
    is_yearly
        Whether it is paid in each year of the horizon rather than once at the start.
    life_years
        Bought again at the end of its life within the horizon; ``None`` if it outlives every horizon.
    is_estimate
        Whether the quantity is an estimate.
    uses
        Who it is for.
    """

    asset_class: AssetClass
    place_kind: PlaceKind
    place_id: str
    item: str
    quantity: Decimal
    unit: str
    unit_price: Decimal
    uses: tuple[Use, ...]
    is_routed: bool = False
    is_yearly: bool = False
    upkeep: Upkeep = Upkeep.NONE
    life_years: int | None = None
    is_estimate: bool = False


@dataclass(frozen=True, slots=True)
class _Place:
    kind: PlaceKind
    id: str
    uses: tuple[Use, ...]


class BillWriter:
    """Writes bill lines for segments, sites and parks.

    Parameters
    ----------
    project
        Brings the price list and the options of the design.
    """

    def __init__(self, project: Project) -> None:
        self._catalogue = project.catalogue
        self._settings = project.settings
        self._options = project.settings.design
        self._lines: list[BillLine] = []

    def lines(self) -> tuple[BillLine, ...]:
        """Lines in the order in which they were added."""
        return tuple(self._lines)

    def add_segment(
        self, segment: RouteSegment, designed: DesignedSegment, corridor: Corridor | None
    ) -> None:
        """Bill trench, duct, cable, permits, crossings and lease, then what the design adds to them.

        Parameters
        ----------
        segment
            Of the routing.
        designed
            The same segment with its cables and closures.
        corridor
            Where it runs; `None` for a spur.
        """
        place = _Place(PlaceKind.SEGMENT, segment.id, designed.uses)
        length = designed.length_m
        build_cost = None if corridor is None else corridor.build_cost
        if corridor is not None and build_cost is not None:
            self._add(
                place,
                AssetClass.BACKHAUL,
                "corridor.build_cost",
                segment.corridor_share,
                unit="share",
                unit_price=build_cost,
                is_routed=True,
                upkeep=Upkeep.PASSIVE,
            )
        else:
            items = [self._catalogue.civil_item(designed.kind, designed.surface)]
            items += ["duct.hdpe"] if designed.kind.is_dug else []
            life = self._catalogue.life_years("life.duct") if designed.kind.is_dug else None
            for item in items:
                self._add(
                    place,
                    AssetClass.BACKHAUL,
                    item,
                    length,
                    is_routed=True,
                    upkeep=Upkeep.PASSIVE,
                    life_years=life,
                )
        self._add_cables(place, designed)
        if corridor is not None:
            self._add_corridor_extras(place, segment, corridor, length)
        # The router priced the joints of one cable; those of others come with the design.
        joints = designed.joint_closures / len(designed.cables)
        for item, count, is_routed in (
            ("closure.joint", joints, True),
            ("closure.joint", designed.joint_closures - joints, False),
            ("closure.branch", Decimal(designed.branch_closures), False),
            ("handhole", designed.handholes, True),
            ("pole.attachment", designed.poles, True),
        ):
            self._add(place, AssetClass.BACKHAUL, item, count, is_routed=is_routed, upkeep=Upkeep.PASSIVE)

    def _add_cables(self, place: _Place, designed: DesignedSegment) -> None:
        """Bill the smallest cable, which the router priced, and what the larger ones cost beyond it."""
        cable_m = designed.length_m * (1 + self._options.cable_slack_share)
        smallest = self._catalogue.smallest_cable(self._settings.design.min_cable_fibres)
        base = f"cable.{smallest}"
        life = self._catalogue.life_years("life.cable")
        self._add(
            place, AssetClass.BACKHAUL, base, cable_m, is_routed=True, upkeep=Upkeep.PASSIVE, life_years=life
        )
        first, *others = designed.cables
        if first != smallest:
            surcharge = self._catalogue.value(f"cable.{first}") - self._catalogue.value(base)
            self._add(
                place,
                AssetClass.BACKHAUL,
                f"cable.{first} over {base}",
                cable_m,
                unit=self._catalogue.items[base].unit,
                unit_price=surcharge,
                upkeep=Upkeep.PASSIVE,
                life_years=life,
            )
        for size, count in sorted(Counter(others).items()):
            self._add(
                place,
                AssetClass.BACKHAUL,
                f"cable.{size}",
                cable_m * count,
                upkeep=Upkeep.PASSIVE,
                life_years=life,
            )

    def _add_corridor_extras(
        self, place: _Place, segment: RouteSegment, corridor: Corridor, length: Decimal
    ) -> None:
        for body in corridor.permit_bodies:
            self._add(place, AssetClass.PERMIT, self._catalogue.permit_item(body), length, is_routed=True)
        for kind, count in sorted(corridor.crossings.items()):
            self._add(
                place, AssetClass.CROSSING, f"crossing.{kind}", count * segment.corridor_share, is_routed=True
            )
        if corridor.kind.is_leased:
            own = corridor.lease_per_m_year
            item = "lease.duct" if own is None else "corridor.lease"
            self._add(
                place,
                AssetClass.OPERATION,
                item,
                length,
                unit=self._catalogue.items["lease.duct"].unit,
                unit_price=self._catalogue.value("lease.duct") if own is None else own,
                is_routed=True,
                is_yearly=True,
            )

    def add_equipment(
        self,
        routing: Routing,
        *,
        sites: Sequence[ActiveSite],
        lit: Sequence[LitRoute],
        needs: Mapping[str, Sequence[Requirement]],
    ) -> None:
        """Bill sites, shelves, line cards and transceivers of all lit links.

        Parameters
        ----------
        routing
            First and second routes.
        sites
            New active sites.
        lit
            Routes with their transceivers.
        needs
            What operators need at each park, by its id.
        """
        by_site: defaultdict[str, list[Use]] = defaultdict(list)
        by_backbone: defaultdict[str, list[Use]] = defaultdict(list)
        ends: Counter[str] = Counter()
        backbone_of = {(route.park_id, route.is_second): route.backbone_id for route in routing.all_routes}
        for route in lit:
            links = _link_uses(needs[route.park_id])
            if not links:
                continue
            ends[route.park_id] += sum(use.weight for use in links)
            by_backbone[backbone_of[route.park_id, route.is_second]] += links
            for site_id in route.site_ids:
                by_site[site_id] += links
            self._add_optics(route, links)
        for site in sites:
            if uses := _merge(by_site[site.id]):
                self._add_active_site(_Place(PlaceKind.ACTIVE_SITE, site.id, uses))
        for backbone_id, links in sorted(by_backbone.items()):
            self._add_line_cards(_Place(PlaceKind.BACKBONE, backbone_id, _merge(links)), 1)
        for park_id in sorted(needs):
            self._add_park_site(park_id, needs[park_id], ends[park_id])

    def _add_optics(self, route: LitRoute, links: Sequence[Use]) -> None:
        place = _Place(PlaceKind.PARK, route.park_id, tuple(links))
        count = sum(use.weight for use in links)
        for optic, hops in sorted(Counter(hop.optic for hop in route.hops).items()):
            self._add_equipment_line(place, f"optic.{optic}.price", Decimal(2 * count * hops))

    def _add_active_site(self, place: _Place) -> None:
        self._add(place, AssetClass.SITE, "site.active", Decimal(1), upkeep=Upkeep.ACTIVE)
        self._add_equipment_line(place, "equipment.chassis", Decimal(1))
        self._add_line_cards(place, 2)
        self._add(place, AssetClass.OPERATION, "opex.power_active_site", Decimal(1), is_yearly=True)

    def _add_park_site(self, park_id: str, needs: Sequence[Requirement], link_ends: int) -> None:
        fibres = tuple(Use(need.operator_id, park_id, need.fibres) for need in needs if need.fibres)
        place = _Place(PlaceKind.PARK, park_id, fibres)
        self._add(place, AssetClass.SITE, "site.park", Decimal(1), upkeep=Upkeep.ACTIVE)
        links = _link_uses(needs)
        if links:
            lit = _Place(PlaceKind.PARK, park_id, tuple(links))
            self._add_equipment_line(lit, "equipment.chassis", Decimal(1))
            cards = math.ceil(link_ends / self._options.line_card_ports)
            self._add_equipment_line(lit, "equipment.line_card", Decimal(cards))
            self._add(lit, AssetClass.OPERATION, "opex.power_park", Decimal(1), is_yearly=True)

    def _add_line_cards(self, place: _Place, ports_per_link: int) -> None:
        ports = ports_per_link * sum(use.weight for use in place.uses)
        self._add_equipment_line(
            place, "equipment.line_card", Decimal(math.ceil(ports / self._options.line_card_ports))
        )

    def add_access(self, access: ParkAccess, needs: Sequence[Requirement]) -> None:
        """Bill the estimated network inside a park; drops and terminals go to who connects the unit.

        Parameters
        ----------
        access
            The estimate for the park.
        needs
            What operators need there.
        """
        units = tuple(Use(need.operator_id, access.park_id, need.units) for need in needs if need.units)
        place = _Place(PlaceKind.PARK, access.park_id, units)
        self._add_estimate(place, AssetClass.DISTRIBUTION, "access.distribution", access.distribution_m)
        self._add_estimate(place, AssetClass.DISTRIBUTION, "access.splitter", access.splitters)
        self._add_equipment_line(place, "equipment.olt_port", Decimal(access.olt_ports), is_estimate=True)
        for use in units:
            place = _Place(PlaceKind.PARK, access.park_id, (use,))
            self._add_estimate(place, AssetClass.CONNECTION, "access.drop", use.weight * self._options.drop_m)
            self._add(
                place,
                AssetClass.CONNECTION,
                "access.ont",
                Decimal(use.weight),
                upkeep=Upkeep.ACTIVE,
                life_years=self._catalogue.life_years("life.ont"),
                is_estimate=True,
            )

    def _add_estimate(self, place: _Place, asset_class: AssetClass, item: str, quantity: int) -> None:
        self._add(place, asset_class, item, Decimal(quantity), upkeep=Upkeep.PASSIVE, is_estimate=True)

    def _add_equipment_line(
        self, place: _Place, item: str, quantity: Decimal, *, is_estimate: bool = False
    ) -> None:
        self._add(
            place,
            AssetClass.EQUIPMENT,
            item,
            quantity,
            upkeep=Upkeep.ACTIVE,
            life_years=self._catalogue.life_years("life.equipment"),
            is_estimate=is_estimate,
        )

    def _add(  # noqa: PLR0913 - the fields of a line, most of them by default
        self,
        place: _Place,
        asset_class: AssetClass,
        item: str,
        quantity: Decimal,
        *,
        unit: str | None = None,
        unit_price: Decimal | None = None,
        is_routed: bool = False,
        is_yearly: bool = False,
        upkeep: Upkeep = Upkeep.NONE,
        life_years: int | None = None,
        is_estimate: bool = False,
    ) -> None:
        if not quantity:
            return
        self._lines.append(
            BillLine(
                asset_class=asset_class,
                place_kind=place.kind,
                place_id=place.id,
                item=item,
                quantity=quantity,
                unit=self._catalogue.items[item].unit if unit is None else unit,
                unit_price=self._catalogue.value(item) if unit_price is None else unit_price,
                uses=place.uses,
                is_routed=is_routed,
                is_yearly=is_yearly,
                upkeep=upkeep,
                life_years=life_years,
                is_estimate=is_estimate,
            )
        )


def _link_uses(needs: Iterable[Requirement]) -> list[Use]:
    return [Use(need.operator_id, need.park_id, need.links) for need in needs if need.links]


def _merge(uses: Iterable[Use]) -> tuple[Use, ...]:
    """Add up the weights of equal operator and park."""
    total: Counter[tuple[str, str]] = Counter()
    names: dict[tuple[str, str], Use] = {}
    for use in uses:
        key = use.park_id, use.operator_id or ""
        total[key] += use.weight
        names[key] = use
    return tuple(Use(names[key].operator_id, names[key].park_id, total[key]) for key in sorted(total))
