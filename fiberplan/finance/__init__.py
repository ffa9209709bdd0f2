"""Money over the years: cash flows, loans, public instruments, business cases, late joiners; independent of maps.

Names in `__all__` are public; the modules behind them are internal.
"""

from __future__ import annotations

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)
