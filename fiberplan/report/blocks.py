"""What a report is made of: sections of text, facts, tables, lists and the map, as plain data.

The typesetter gets nothing else; it shows every string as it is, so no text can become markup.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass, field, fields, is_dataclass
from typing import TYPE_CHECKING, Any, Literal

from fiberplan.report.glyphs import cover, missing_characters, unbroken
from fiberplan.wording.typeface import FONT_FAMILY

if TYPE_CHECKING:
    from collections.abc import Iterator

Align = Literal["text", "number", "latin"]


@dataclass(frozen=True, slots=True)
class Text:
    """A paragraph; a quiet one is set smaller and lighter."""

    text: str
    is_quiet: bool = False
    kind: Literal["text"] = "text"


@dataclass(frozen=True, slots=True)
class Bullets:
    """A list."""

    items: tuple[str, ...]
    kind: Literal["bullets"] = "bullets"


@dataclass(frozen=True, slots=True)
class Column:
    """A column of a table.

    Attributes
    ----------
    align
        ``number`` sets figures of one width flush right in both directions of writing; ``latin`` sets text from
        left to right.
    share
        Part of the free width that it takes, where it has no width of its own.
    width
        In points; 0 for a share of what is free.
    """

    title: str
    align: Align = "number"
    share: int = 1
    width: float = 0.0


@dataclass(frozen=True, slots=True)
class Table:
    """A table.

    Attributes
    ----------
    total
        Whether the last row is the sum.
    size
        Of the type, points.
    """

    columns: tuple[Column, ...]
    rows: tuple[tuple[str, ...], ...]
    caption: str = ""
    total: bool = False
    size: float = 8.0
    kind: Literal["table"] = "table"


@dataclass(frozen=True, slots=True)
class Verdict:
    """The outcome of a check: ``pass``, ``fail`` or ``open``."""

    state: Literal["pass", "fail", "open"]
    label: str
    title: str
    text: str


@dataclass(frozen=True, slots=True)
class Verdicts:
    """The outcomes of all checks."""

    items: tuple[Verdict, ...]
    kind: Literal["verdicts"] = "verdicts"


@dataclass(frozen=True, slots=True)
class Label:
    """A name on the map: its middle, points from the top left corner of the map."""

    x: float
    y: float
    text: str
    style: Literal["town", "node", "park", "own"]


@dataclass(frozen=True, slots=True)
class LegendEntry:
    """A line of the map's legend."""

    mark: Literal["line", "dash", "dot", "ring", "square"]
    colour: str
    weight: float
    text: str


@dataclass(frozen=True, slots=True)
class MapFigure:
    """The map: a picture of lines and marks, and the names to set over it."""

    svg: str
    width: float
    height: float
    labels: tuple[Label, ...]
    legend: tuple[LegendEntry, ...]
    scale_width: float
    scale_text: str
    alt: str
    caption: str
    kind: Literal["map"] = "map"


Block = Text | Bullets | Table | Verdicts | MapFigure


@dataclass(frozen=True, slots=True)
class Section:
    """A section with its heading."""

    title: str
    blocks: tuple[Block, ...]


@dataclass(frozen=True, slots=True)
class Highlight:
    """A figure that a reader should see first."""

    label: str
    value: str
    note: str = ""


@dataclass(frozen=True, slots=True)
class Document:
    """A report.

    Attributes
    ----------
    page_of
        Text of the page number with ``{page}`` and ``{pages}`` in it.
    digits
        The ten figures of the language.
    glyph_note
        With ``{characters}`` in it; set at the end where characters had to be replaced.
    """

    language: str
    direction: str
    overline: str
    title: str
    subtitle: str
    author: str
    meta: tuple[tuple[str, str], ...]
    highlights: tuple[Highlight, ...]
    lead: str
    sections: tuple[Section, ...]
    page_of: str
    digits: str
    glyph_note: str = field(default="", metadata={"note": True})

    def as_data(self) -> dict[str, Any]:
        """Turn it into what the typesetter reads, with every character in a glyph that the typeface has."""
        missing = missing_characters(_strings(self))
        data: dict[str, Any] = _covered(asdict(self))
        listed = ", ".join(f"U+{ord(character):04X}" for character in missing)
        data["typeface"] = FONT_FAMILY
        data["file_title"] = unbroken(f"{data['title']} – {data['subtitle']}")
        data["glyph_note"] = self.glyph_note.replace("{characters}", listed) if missing else ""
        return data


def _strings(value: object) -> Iterator[str]:
    if isinstance(value, MapFigure):
        yield from _strings((value.labels, value.legend, value.scale_text, value.alt, value.caption))
    elif isinstance(value, str):
        yield value
    elif isinstance(value, tuple):
        for part in value:
            yield from _strings(part)
    elif is_dataclass(value):
        for entry in fields(value):
            yield from _strings(getattr(value, entry.name))


def _covered(value: Any) -> Any:  # noqa: ANN401 - any JSON value
    if isinstance(value, str):
        return cover(value)
    if isinstance(value, dict):
        return {key: part if key == "svg" else _covered(part) for key, part in value.items()}
    if isinstance(value, list | tuple):
        return [_covered(part) for part in value]
    return value
