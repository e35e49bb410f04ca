"""Every setting, declared once: its default, label, range and help.

The command line, panels, JSON files and infotexts are made from `describe()` by name, never by position.
"""

from .declaring import Option as Option
from .declaring import describe as describe
from .declaring import from_mapping as from_mapping
from .declaring import json_schema as json_schema
from .declaring import no_such as no_such
from .declaring import option as option
from .declaring import to_mapping as to_mapping
from .output import OutputOptions as OutputOptions
from .texts import MAX_COORDINATE as MAX_COORDINATE
from .texts import numbers as numbers
from .texts import rectangle as rectangle
from .unit import AUTO as AUTO
from .unit import BLENDS as BLENDS
from .unit import EVERY_FACE as EVERY_FACE
from .unit import MESH as MESH
from .unit import MODELS as MODELS
from .unit import ORDERS as ORDERS
from .unit import POOLS as POOLS
from .unit import SEXES as SEXES
from .unit import SwapUnit as SwapUnit
