"""Upscalers: make pictures larger."""

from .base import upscaled as upscaled
from .lanczos import Lanczos as Lanczos
from .realesrgan import RealEsrgan as RealEsrgan
from .whole import enlarged as enlarged
