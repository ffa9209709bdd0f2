from .folder import OutputFile as OutputFile
from .folder import output_files as output_files
from .folder import write_outputs as write_outputs
from .geopackage import read_plan as read_plan
from .geopackage import write_plan as write_plan
