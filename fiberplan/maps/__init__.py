"""The map of a plan: one page that needs no network, in any language of `fiberplan.wording`.

`draw_map` is the entry point. `features` turns the record into plain data and `panel` into the words beside the map,
`styles` defines colours and widths, `assets` reads Leaflet and the typeface, `escaping` makes input harmless, and
`page` puts everything into one file.

Names in `__all__` are public; the modules behind them are internal.
"""

from __future__ import annotations

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)
