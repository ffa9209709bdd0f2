from .bundled import FolderInUseError as FolderInUseError
from .bundled import UnknownDatasetError as UnknownDatasetError
from .bundled import copy as copy
from .bundled import names as names
from .bundled import path as path
from .generator import SyntheticSizeError as SyntheticSizeError
from .generator import synthetic as synthetic
