from .bids import read_bids as read_bids
from .osm.project import project_from_osm as project_from_osm
from .project import read_project as read_project
from .writing import write_project as write_project
