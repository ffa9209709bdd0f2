"""The typeface of maps and reports: one family with the letters of every language.

A language in another script needs another family here, and nowhere else.
"""

from __future__ import annotations

from importlib import resources
from pathlib import Path
from typing import Final

FONT_FAMILY: Final = "IBM Plex Sans Arabic"
_PACKAGE: Final = "fontpkg_ibm_plex_sans_arabic"
_FILE: Final = "IBMPlexSansArabic-{weight}.ttf"


def font_folder() -> Path:
    """Find the folder with the typeface's files."""
    return Path(str(resources.files(_PACKAGE).joinpath("files")))


def font_file(weight: str) -> Path:
    """Find the file of a weight, such as ``Regular`` or ``SemiBold``."""
    return font_folder() / _FILE.format(weight=weight)
