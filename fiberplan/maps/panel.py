"""The panel beside the map: headline figures, what is proven, the legend, who pays, the parks."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from fiberplan.graph.candidate import EdgeRole
from fiberplan.maps.features import feature_count
from fiberplan.maps.geometry import TOLERANCE_M
from fiberplan.maps.styles import dashes
from fiberplan.project.names import name_in

if TYPE_CHECKING:
    from collections.abc import Sequence

    from fiberplan.maps.features import FeatureWriter


@dataclass(frozen=True, slots=True)
class Swatch:
    """A sample of something on the map, with its name.

    Attributes
    ----------
    sample
        ``line``, or the name of a symbol.
    """

    name: str
    sample: str
    colour: str = ""
    width: float = 0.0
    dash: str = ""


@dataclass(frozen=True, slots=True)
class LayerEntry:
    """A layer that can be switched, with what its signs mean.

    Attributes
    ----------
    key
        Name of the layer in `page.js`.
    sample
        Its sign, where it has a single one.
    swatches
        Its signs, where it has several.
    """

    key: str
    name: str
    sample: Swatch | None = None
    swatches: tuple[Swatch, ...] = ()
    is_on: bool = True


@dataclass(frozen=True, slots=True)
class Figure:
    """A headline figure."""

    name: str
    value: str
    note: str = ""


@dataclass(frozen=True, slots=True)
class Payer:
    """A party with what it pays in all; ``width`` is its share in percent."""

    name: str
    amount: str
    share: str
    width: float


@dataclass(frozen=True, slots=True)
class ParkEntry:
    """A park in the list."""

    number: int
    name: str
    brief: str
    symbol: str


class PanelWriter:
    """Writes the panel of a map.

    Parameters
    ----------
    features
        Of the same map.
    """

    def __init__(self, features: FeatureWriter) -> None:
        self._features = features
        self._record = features.record
        self._words = features.words

    @property
    def name(self) -> str:
        """Name of the project."""
        return self._record.project.name(self._words.language)

    @property
    def date(self) -> str:
        """Day of the plan."""
        return self._words.text("map.plan_of", date=self._words.date(self._record.project.settings.date))

    @property
    def credit(self) -> str:
        """Where the data come from."""
        return name_in(self._record.project.settings.credit, self._words.language, default="")

    def figures(self) -> tuple[Figure, ...]:
        """Write the headline figures."""
        record, words = self._record, self._words
        reached, everything = len(record.routing.routes), len(record.project.parks)
        return (
            Figure(
                words.text("map.parks_figure"),
                words.text("map.parks_value", reached=words.number(reached), all=words.number(everything)),
            ),
            Figure(words.text("map.km_figure"), words.length(record.routing.length_km * 1000)),
            Figure(
                words.text("map.cost_figure", years=words.number(record.project.settings.horizon_years)),
                words.money_short(record.ledger.present_value, record.currency),
                words.text("map.cost_note"),
            ),
            Figure(words.text("map.state_figure"), words.percent(record.public_share, digits=1)),
        )

    @property
    def is_proven(self) -> bool:
        """Whether the first routes are proven to be the cheapest."""
        return self._record.is_proven

    def proof(self) -> str:
        """Write what is proven of the routes."""
        words, routing = self._words, self._record.routing
        if self.is_proven:
            text = words.text("map.proven")
        else:
            text = words.text("map.gap", gap=words.percent(routing.gap, digits=1))
        return f"{text} {words.text('map.second_note')}" if routing.second_routes else text

    def cautions(self) -> tuple[str, ...]:
        """Write what a reader of the map must know."""
        words, cautions = self._words, []
        assumed = self._record.assumed_items()
        if assumed:
            cautions.append(words.text("map.assumptions", count=words.number(len(assumed))))
        if self._features.is_simple:
            count = words.number(feature_count(self._record))
            cautions.append(words.text("map.simplified", count=count, tolerance=words.number(TOLERANCE_M)))
        return tuple(cautions)

    def payers(self) -> tuple[Payer, ...]:
        """Write what every party pays."""
        words, split = self._words, self._record.split
        payers = []
        for party, amount in split.payments.items():
            share = amount / split.total if split.total else 0.0
            payers.append(
                Payer(
                    self._features.party_name(party),
                    words.money_short(amount, self._record.currency),
                    words.percent(share, digits=1),
                    round(share * 100, 2),
                )
            )
        return tuple(payers)

    def parks(self) -> tuple[ParkEntry, ...]:
        """List the parks in the order of the project."""
        unreachable = self._words.text("map.unreachable")
        return tuple(
            ParkEntry(
                number,
                park["name"],
                park["brief"] or unreachable,
                f"tier{park['tier']}" if park["reached"] else "unreached",
            )
            for number, park in enumerate(self._features.parks())
        )

    # the legend ----------------------------------------------------------------------------------------------

    def layers(self, *, with_tiles: bool) -> tuple[LayerEntry, ...]:
        """Write the legend, which is also the layer control; what the plan does not have is left out."""
        cables = self._cable_layers()
        entries = [*cables, *self._site_layers(), *self._ground_layers()]
        if with_tiles:
            entries.append(LayerEntry("tiles", self._words.text("map.layer_tiles"), is_on=False))
        return tuple(entries)

    def installation_methods(self) -> tuple[Swatch, ...]:
        """Write how cable is installed, where there is more than one method."""
        present = {segment.kind.installation for segment in self._record.design.segments}
        if present == {"dug"}:
            return ()
        return tuple(
            Swatch(self._words.text(f"map.{method}"), "line", "#3d4852", 3, dashes(method, 3))
            for method in ("dug", "leased", "aerial")
            if method in present
        )

    def _cable_layers(self) -> list[LayerEntry]:
        pairs = list(zip(self._record.routing.segments, self._record.design.segments, strict=True))
        layers = []
        for key, second in (("first", False), ("second", True)):
            fibres = [designed.fibres for segment, designed in pairs if segment.is_protection is second]
            if fibres:
                layers.append(
                    LayerEntry(
                        key, self._words.text(f"map.layer_{key}"), swatches=self._sizes(fibres, second=second)
                    )
                )
        if any(segment.role is EdgeRole.SPUR for segment, _ in pairs):
            layers.append(self._single("spur", "spur"))
        if self._record.routing.single_points_of_failure:
            layers.append(self._single("weak", "weak"))
        return layers

    def _sizes(self, fibres: Sequence[int], *, second: bool) -> tuple[Swatch, ...]:
        scale, words = self._features.scale, self._words
        present = type(scale)(fibres).classes
        largest = max((entry.at_most or 0 for entry in scale.classes), default=0)
        return tuple(
            Swatch(
                words.text("map.fibres_more", fibres=words.number(largest))
                if entry.at_most is None
                else words.text("map.fibres_up_to", fibres=words.number(entry.at_most)),
                "line",
                scale.colour(entry, second=second),
                entry.width,
            )
            for entry in present
        )

    def _site_layers(self) -> list[LayerEntry]:
        record, words = self._record, self._words
        reached = record.routing.connected_parks
        tiers = sorted({park.tier for park in record.project.parks if park.id in reached})
        swatches = [Swatch(self._features.tier_name(tier), f"tier{tier}") for tier in tiers]
        if len(reached) < len(record.project.parks):
            swatches.append(Swatch(words.text("map.unreachable"), "unreached"))
        layers = [
            LayerEntry("parks", words.text("map.layer_parks"), swatches=tuple(swatches)),
            self._single("nodes", "node"),
        ]
        if record.design.sites:
            layers.append(self._single("sites", "site"))
        return layers

    def _ground_layers(self) -> list[LayerEntry]:
        layers = [self._single("corridors", "corridor")]
        if self._record.project.basemap:
            layers.append(self._single("base", "road"))
        return layers

    def _single(self, key: str, symbol: str) -> LayerEntry:
        return LayerEntry(key, self._words.text(f"map.layer_{key}"), sample=Swatch("", symbol))
