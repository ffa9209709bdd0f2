"""Reports as PDF and workbooks with the cost split, for the state and for each operator.

Names in `__all__` are public; the modules behind them are internal.
"""

from __future__ import annotations

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)
