"""The map of a plan: one page that opens with the network cut, in English or Persian.

`draw_map` is the door. Inside, `features` turns the record into plain data, `panel` into the words beside the map,
`styles` says how things look, `assets` brings Leaflet and the typeface, `escaping` makes input harmless, and `page`
puts it all into one file.
"""

from fiberplan.maps.page import OnlineTiles, PlanMap, draw_map

__all__ = ["OnlineTiles", "PlanMap", "draw_map"]
