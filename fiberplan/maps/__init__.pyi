from .page import OnlineTiles as OnlineTiles
from .page import PlanMap as PlanMap
from .page import draw_map as draw_map
