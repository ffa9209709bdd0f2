"""A finished plan and what is worked out from it: games, splits, subsidies, auctions, tables, verification.

Names in `__all__` are public; the modules behind them are internal.
"""

from __future__ import annotations

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)
