"""Honest marks: every picture that roop writes says that it was altered, by which program, and of which kind it is.

`save` is the only way to a written picture, and `encoded` to one that is handed on as bytes. What a host writes itself
gets its marks by `carry`, which lets them go along with the picture, or by `stamp`, once the file is there.
"""

from .credentials import load_key as load_key
from .handing import carried as carried
from .handing import carry as carry
from .label import film_label as film_label
from .label import labelled as labelled
from .saving import animation as animation
from .saving import encoded as encoded
from .saving import save as save
from .stamping import TEXT as TEXT
from .stamping import stamp as stamp
from .stamping import text_of as text_of
from .terms import COMPOSITE as COMPOSITE
from .terms import ENHANCED as ENHANCED
from .terms import SOFTWARE as SOFTWARE
from .terms import TERMS as TERMS
from .terms import TRAINED_COMPOSITE as TRAINED_COMPOSITE
from .terms import SourceType as SourceType
from .terms import type_of as type_of
from .xmp import marked as marked
