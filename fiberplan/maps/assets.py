"""Leaflet and the typeface, from the packages that contain them, ready to be put into a page."""

from __future__ import annotations

import base64
import io
import re
from functools import lru_cache
from importlib import resources
from typing import Final

from fiberplan.wording.typeface import font_file

FONT_WEIGHTS: Final = {400: "Regular", 600: "SemiBold"}
"""The weights that the page uses, with their names in the typeface."""

_ALWAYS: Final = frozenset(map(chr, range(0x20, 0x7F)))
"""Basic Latin, so that text which is added to the page later has letters too."""

_KEPT_NAMES: Final = [0, 13, 14]
"""Name records of the font that stay: copyright, licence and where to read it (the SIL Open Font License asks)."""


@lru_cache(maxsize=1)
def leaflet_script() -> str:
    """Leaflet's code, without the pointer to its source map."""
    return re.sub(r"\n//# sourceMappingURL=.*\s*$", "\n", _leaflet("leaflet.js"))


@lru_cache(maxsize=1)
def leaflet_styles() -> str:
    """Leaflet's style sheet, without the pictures that the page does not use: they would be requests."""
    styles = _leaflet("leaflet.css").replace("\r\n", "\n")
    return re.sub(r"^[^\n{}]*:\s*url\([^)]*\);\n", "", styles, flags=re.MULTILINE)


def _leaflet(name: str) -> str:
    # the package is a Django application, but only its data are wanted: nothing of it but an empty module is imported
    folder = resources.files("js_lib_leaflet").joinpath("static").joinpath("js_lib_leaflet")
    return folder.joinpath(name).read_bytes().decode("utf-8")


def font_faces(family: str, letters: str) -> str:
    """Write ``@font-face`` rules with the glyphs that a page needs, as data.

    Parameters
    ----------
    family
        Name for the page to call it by. The font's own name is reserved for the unabridged font.
    letters
        Every letter on the page; those that the font lacks are left to the browser's fonts.

    Returns
    -------
    str
        CSS. The same letters give the same bytes.
    """
    wanted = "".join(sorted(_ALWAYS.union(letters)))
    return "\n".join(
        f'@font-face{{font-family:"{family}";font-weight:{weight};font-display:block;'
        f'src:url(data:font/ttf;base64,{_font_subset(name, wanted)}) format("truetype")}}'
        for weight, name in FONT_WEIGHTS.items()
    )


@lru_cache(maxsize=8)
def _font_subset(weight: str, letters: str) -> str:
    from fontTools import subset  # type: ignore[import-untyped] # noqa: PLC0415 - only a page being written needs it

    options = subset.Options()
    options.layout_features = ["*"]  # joining, ligatures and marks of the Arabic script are there
    options.name_IDs = _KEPT_NAMES
    options.drop_tables = [*options.drop_tables, "meta"]
    options.hinting = False
    options.recalc_timestamp = False
    options.notdef_outline = True
    with subset.load_font(str(font_file(weight)), options) as font:
        subsetter = subset.Subsetter(options)
        subsetter.populate(text=letters)
        subsetter.subset(font)
        written = io.BytesIO()
        font.save(written)
    return base64.b64encode(written.getvalue()).decode()
