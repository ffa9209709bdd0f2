"""Styles of lines: width and colour by cable size, dashes by installation method.

Blue is for first routes, amber for what is built for second routes only: Okabe and Ito's pair, which every kind of
colour vision distinguishes (*Color Universal Design*, 2008). Within a hue the darker is the larger, and so is the
wider. The lightest of each has a contrast of 3 : 1 with the ground, as WCAG 2.2 requires of graphics (1.4.11).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Iterable

SIZE_WIDTHS: Final = {12: 2.0, 24: 2.5, 48: 3.5, 96: 4.75, 144: 5.75, 288: 7.0}
"""Width in pixels by the fibres in a segment, up to and including."""

MOST_WIDTH: Final = 8.5
"""Width in pixels of whatever has more fibres than the largest class."""

FIRST_RAMP: Final = ("#3f8fcb", "#1c5f9f", "#0b2750")
SECOND_RAMP: Final = ("#cb7700", "#984f00", "#5a2b00")
"""From the smallest cable to the largest."""


@dataclass(frozen=True, slots=True)
class SizeClass:
    """Cables that look alike.

    Attributes
    ----------
    at_most
        Fibres; ``None`` for more than the largest class.
    """

    at_most: int | None
    width: float


def size_class(fibres: int) -> SizeClass:
    """Find the class of a number of fibres.

    Examples
    --------
    >>> size_class(96), size_class(97).at_most, size_class(1000).at_most
    (SizeClass(at_most=96, width=4.75), 144, None)
    """
    for size, width in SIZE_WIDTHS.items():
        if fibres <= size:
            return SizeClass(size, width)
    return SizeClass(None, MOST_WIDTH)


class SizeScale:
    """Colours for the classes that a plan has, spread over the whole ramp.

    Parameters
    ----------
    fibres
        Fibres installed, of every segment.
    """

    def __init__(self, fibres: Iterable[int]) -> None:
        classes = {size_class(count) for count in fibres}
        self.classes = tuple(sorted(classes, key=lambda entry: entry.width))

    def colour(self, entry: SizeClass, *, second: bool) -> str:
        """Colour of a class on first routes, or on segments that only second routes use.

        Parameters
        ----------
        entry
            One of the classes.
        second
            Whether only second routes use the segment.
        """
        last = len(self.classes) - 1
        place = self.classes.index(entry) / last if last else 0.5
        return blend(SECOND_RAMP if second else FIRST_RAMP, place)


def blend(ramp: tuple[str, ...], place: float) -> str:
    """Pick a colour along a ramp.

    Parameters
    ----------
    ramp
        Two or more colours, ``#rrggbb``, evenly spaced.
    place
        From 0 to 1.

    Examples
    --------
    >>> blend(("#000000", "#ffffff"), 0.5), blend(("#000000", "#808080", "#ffffff"), 1)
    ('#808080', '#ffffff')
    """
    steps = len(ramp) - 1
    step = min(int(place * steps), steps - 1)
    weight = place * steps - step
    mixed = (
        round(low + (high - low) * weight)
        for low, high in zip(bytes.fromhex(ramp[step][1:]), bytes.fromhex(ramp[step + 1][1:]), strict=True)
    )
    return "#" + "".join(f"{part:02x}" for part in mixed)


def dashes(method: str, width: float) -> str:
    """Dash pattern of an installation method in Leaflet's and SVG's notation, for lines with round ends.

    Parameters
    ----------
    method
        ``dug``, ``leased`` or ``aerial``.
    width
        Of the line, pixels.

    Returns
    -------
    str
        Empty for a solid line.
    """
    if method == "leased":
        return f"{2 * width:.3g} {2.6 * width:.3g}"
    if method == "aerial":
        return f"0.1 {2.1 * width:.3g}"
    return ""
