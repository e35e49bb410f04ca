"""Enlarging without a net."""

from __future__ import annotations

from collections.abc import Sequence

from ..types import Image
from ..zoo.upscalers import LANCZOS
from .base import resized, size_of


class Lanczos:
    """OpenCV's Lanczos filter; shrinks with the mean over areas."""

    name = LANCZOS
    models: tuple[str, ...] = ()

    def upscale(self, images: Sequence[Image], scale: float) -> list[Image]:
        """Each RGB picture `scale` times as large."""
        return [resized(image, *size_of(image, scale)) for image in images]
