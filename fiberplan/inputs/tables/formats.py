"""The file formats of tables: which ending is read by what, and whether a file is what its ending says.

A file is looked into before it is parsed, so that a picture called ``parks.csv`` is reported as what it is. A new format is
a reader in a module of its own and a line in `FORMATS`; if it is not text, its first bytes go to `_SIGNATURES`.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, Protocol

from fiberplan.inputs.tables.delimited import read_csv
from fiberplan.inputs.tables.geojson import read_geojson
from fiberplan.inputs.tables.layers import read_layer

if TYPE_CHECKING:
    from pathlib import Path

    from fiberplan.inputs.faults import FaultList
    from fiberplan.inputs.tables.raw import RawTable

_DATABASE: Final = "a GeoPackage or other SQLite database"
_SHAPEFILE: Final = "a Shapefile"
_SIGNATURES: Final = (
    (b"\x89PNG", "a PNG picture"),
    (b"\xff\xd8\xff", "a JPEG picture"),
    (b"GIF8", "a GIF picture"),
    (b"II*\x00", "a TIFF picture"),
    (b"MM\x00*", "a TIFF picture"),
    (b"%PDF", "a PDF document"),
    (b"PK\x03\x04", "a zip archive or a spreadsheet workbook"),
    (b"PK\x05\x06", "a zip archive"),
    (b"\x1f\x8b", "a gzip archive"),
    (b"\xd0\xcf\x11\xe0", "an old spreadsheet workbook"),
    (b"SQLite format 3\x00", _DATABASE),
    (b"\x00\x00\x27\x0a", _SHAPEFILE),
    (b"PAR1", "a Parquet table"),
    (b"fgb\x03", "a FlatGeobuf layer"),
)
"""First bytes of files that people rename, and what they are."""


class Reader(Protocol):
    """Reads a table of one format."""

    def __call__(self, path: Path, *, layer: str | None, file: str, faults: FaultList) -> RawTable | None:
        """Read a table; ``None``, with the reason among the faults, if nothing could be read."""
        ...


@dataclass(frozen=True, slots=True)
class Format:
    """A file format.

    Attributes
    ----------
    name
        With its article, for faults.
    read
        Its reader.
    signature
        What `_SIGNATURES` calls its first bytes; ``None`` for text.
    has_layers
        Whether one file may hold several tables.
    """

    name: str
    read: Reader
    signature: str | None = None
    has_layers: bool = False


FORMATS: Final = {
    ".csv": Format("a CSV table", read_csv),
    ".geojson": Format("GeoJSON", read_geojson),
    ".gpkg": Format("a GeoPackage", read_layer, _DATABASE, has_layers=True),
    ".shp": Format("a Shapefile", read_layer, _SHAPEFILE),
}
"""By ending, small letters."""


def read_file(path: Path, *, layer: str | None, file: str, faults: FaultList) -> RawTable | None:
    """Read a table of any format.

    Parameters
    ----------
    path
        File with one of the endings of `FORMATS`.
    layer
        Name of the layer, where the format has layers.
    file
        Name to show in faults.
    faults
        Takes what is wrong.

    Returns
    -------
    RawTable or None
        ``None`` if nothing could be read; the reason is among the faults.
    """
    try:
        with path.open("rb") as stream:
            head = stream.read(64)
    except OSError as error:
        faults.error(file, f"cannot be opened: {error.strerror}")
        return None
    suffix = path.suffix.lower()
    if not _is_what_it_says(head, suffix, file, faults):
        return None
    return FORMATS[suffix].read(path, layer=layer, file=file, faults=faults)


def _is_what_it_says(head: bytes, suffix: str, file: str, faults: FaultList) -> bool:
    """Compare the first bytes with the ending."""
    expected = FORMATS[suffix].name
    if not head.strip():
        faults.error(file, "is an empty file", expected=expected)
        return False
    kind = next((name for signature, name in _SIGNATURES if head.startswith(signature)), None)
    if kind is None and suffix == ".csv":
        start = head.removeprefix(b"\xef\xbb\xbf").lstrip()
        kind = "JSON" if start[:1] in b"{[" else "an XML or HTML document" if start[:1] == b"<" else None
    if kind == FORMATS[suffix].signature:
        return True
    if kind is None:
        kind = f"something that is not {expected}"
    faults.error(
        file,
        f"ends in {suffix} but is {kind}",
        expected=expected,
        mend=f"Export the table as {expected}; to rename a file does not change what it is",
    )
    return False
