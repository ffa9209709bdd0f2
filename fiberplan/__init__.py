"""fiberplan: where the fibre to industrial parks goes, what it costs, and who pays what.

The names in `__init__.pyi` are public here; each loads when it is first used, so that ``import fiberplan`` stays quick.
"""

from __future__ import annotations

from importlib.metadata import PackageNotFoundError, version

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)

try:
    __version__ = version("fiberplan")
except PackageNotFoundError:  # a checkout that is not installed
    __version__ = "0+unknown"
