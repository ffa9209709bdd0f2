from .lines import CostLedger as CostLedger
from .lines import CostLine as CostLine
from .pricing import price_design as price_design
