from .texts import Wording as Wording
from .texts import load_wording as load_wording
