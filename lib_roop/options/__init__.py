"""Every setting, declared once: its default, label, range and help.

The command line, panels, JSON files and infotexts are made from `describe()` by name, never by position.
"""

from .declaring import PICTURE as PICTURE
from .declaring import Option as Option
from .declaring import describe as describe
from .declaring import from_mapping as from_mapping
from .declaring import json_schema as json_schema
from .declaring import no_such as no_such
from .declaring import option as option
from .declaring import shared_out as shared_out
from .declaring import to_mapping as to_mapping
from .job import BEST as BEST
from .job import MASKED as MASKED
from .job import NOTHING as NOTHING
from .job import WHOLE as WHOLE
from .job import JobOptions as JobOptions
from .job import UnitPlace as UnitPlace
from .output import OutputOptions as OutputOptions
from .post import NONE as NONE
from .post import PostOptions as PostOptions
from .runtime import FAST_GRAPHS as FAST_GRAPHS
from .runtime import OFF as OFF
from .runtime import ON as ON
from .runtime import RuntimeOptions as RuntimeOptions
from .texts import EDGES as EDGES
from .texts import MASKS as MASKS
from .texts import MAX_COORDINATE as MAX_COORDINATE
from .texts import mask_edge as mask_edge
from .texts import numbers as numbers
from .texts import rectangle as rectangle
from .texts import seconds as seconds
from .texts import template as template
from .unit import ALWAYS as ALWAYS
from .unit import AUTO as AUTO
from .unit import BLENDS as BLENDS
from .unit import BOOSTS as BOOSTS
from .unit import COLOURS as COLOURS
from .unit import ENHANCE as ENHANCE
from .unit import EVERY_FACE as EVERY_FACE
from .unit import KEPT as KEPT
from .unit import MESH as MESH
from .unit import MODELS as MODELS
from .unit import NEVER as NEVER
from .unit import ORDERS as ORDERS
from .unit import PICTURES as PICTURES
from .unit import POOLS as POOLS
from .unit import REGIONS as REGIONS
from .unit import SEXES as SEXES
from .unit import SwapUnit as SwapUnit
