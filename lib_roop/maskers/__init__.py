"""Maskers: say which part of a patch is to be seen."""

from .base import Masking as Masking
from .base import masked as masked
from .bisenet import RegionMasker as RegionMasker
from .shapes import Box as Box
from .shapes import Difference as Difference
from .shapes import Drawn as Drawn
from .shapes import Hull as Hull
from .shapes import Kept as Kept
from .xseg import OcclusionMasker as OcclusionMasker
