from .cash_flows import write_cash_flows as write_cash_flows
from .folder import OutputFile as OutputFile
from .folder import output_files as output_files
from .folder import write_outputs as write_outputs
from .geopackage import read_plan as read_plan
from .geopackage import write_plan as write_plan
from .verification import verify_file as verify_file
