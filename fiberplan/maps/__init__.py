"""The map of a plan: one page that opens with the network cut, in English or Persian.

`draw_map` is the entry point. `features` turns the record into plain data and `panel` into the words beside the map,
`styles` defines colours and widths, `assets` reads Leaflet and the typeface, `escaping` makes input harmless, and
`page` puts everything into one file.
"""

from fiberplan.maps.page import OnlineTiles, PlanMap, draw_map

__all__ = ["OnlineTiles", "PlanMap", "draw_map"]
