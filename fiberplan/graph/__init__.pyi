from .building import build_graph as build_graph
from .candidate import CandidateGraph as CandidateGraph
from .candidate import EdgeRole as EdgeRole
from .candidate import UnreachablePark as UnreachablePark
