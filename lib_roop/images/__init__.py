"""Files, PIL pictures, data URIs and arrays as `Picture`s, and back.

Depth, alpha, orientation, colour profile and metadata are kept as far as the format can hold them.
"""

from .animating import SIDES as SIDES
from .animating import Animator as Animator
from .animating import Shape as Shape
from .animating import animated as animated
from .exif import exif_texts as exif_texts
from .manifest import manifest_of as manifest_of
from .moving import Animation as Animation
from .moving import animation as animation
from .moving import frames as frames
from .packets import packets_of as packets_of
from .packets import with_packet as with_packet
from .picture import Metadata as Metadata
from .picture import Picture as Picture
from .picture import digest as digest
from .picture import paste as paste
from .reading import MAX_PIXELS as MAX_PIXELS
from .reading import read as read
from .writing import QUALITY as QUALITY
from .writing import encode as encode
from .writing import free_name as free_name
from .writing import known_suffix as known_suffix
from .writing import losses as losses
from .writing import preview as preview
from .writing import put as put
from .writing import suffixes as suffixes
from .writing import write as write
