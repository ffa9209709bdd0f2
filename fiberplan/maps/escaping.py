"""What makes text from input harmless inside a page: it is written as JSON, and JSON as plain letters.

The page builds every element with ``textContent``, so nothing from input is ever read as HTML. What is left is the
JSON block itself, also where it is copied elsewhere: nothing in it may end a script, open a comment, or mean anything
to HTML, to a JavaScript template literal or to a template engine.
"""

from __future__ import annotations

import base64
import hashlib
import json
import re
from typing import Final

_HARMLESS: Final = {
    ord(letter): f"\\u{ord(letter):04x}"
    for letter in ("<", ">", "&", "'", "`", "$", "\u2028", "\u2029", "\x7f")
}
_BRACE_IN_TEXT: Final = re.compile(r'"(?:[^"\\]|\\.)*"')


def script_json(value: object) -> str:
    r"""Write a value as JSON that stays JSON wherever it is put.

    Parameters
    ----------
    value
        Numbers, texts, lists and dictionaries; a NaN is refused, since JSON has none.

    Examples
    --------
    >>> print(script_json({"name": "</script>`${x}{{y}}"}))
    {"name":"\u003c/script\u003e\u0060\u0024\u007bx\u007d\u007b\u007by\u007d\u007d"}
    """
    text = json.dumps(value, ensure_ascii=False, allow_nan=False, separators=(",", ":"))
    text = text.translate(_HARMLESS)
    return _BRACE_IN_TEXT.sub(_without_braces, text)


def _without_braces(match: re.Match[str]) -> str:
    return match.group().replace("{", "\\u007b").replace("}", "\\u007d")


def script_hash(script: str) -> str:
    """Name a script for a Content-Security-Policy, so that the browser runs this one and no other.

    Examples
    --------
    >>> script_hash("alert('Hello, world.');")
    "'sha256-qznLcsROx4GACP2dm0UCKCzCG+HiZ1guq6ZZDob/Tng='"
    """
    digest = hashlib.sha256(script.encode()).digest()
    return f"'sha256-{base64.b64encode(digest).decode()}'"
