"""Dividing costs: public money, sharing rules and checks on numbers alone; nothing here knows a map.

A name loads when it is first used: games need numpy and some rules OR-Tools, accounts need neither.

Names in `__all__` are public; the modules behind them are internal.
"""

from __future__ import annotations

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)
