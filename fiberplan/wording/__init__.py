"""Texts, numbers, amounts of money and dates for people, in every language that fiberplan writes.

The texts are beside this file, one folder a language and one TOML file a topic.

Names in `__all__` are public; the modules behind them are internal.
"""

from __future__ import annotations

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)
