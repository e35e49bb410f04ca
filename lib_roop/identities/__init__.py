"""Who to put there: an Identity from one face or blended from several, and face checkpoints."""

from .blending import Quality as Quality
from .blending import blend as blend
from .blending import doubts as doubts
from .blending import from_face as from_face
from .blending import outliers as outliers
from .blending import quality as quality
from .blending import resemblances as resemblances
