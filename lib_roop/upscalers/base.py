"""What an upscaler can do."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

import cv2
import numpy as np

from ..types import Image


class Upscaler(Protocol):
    """Makes pictures larger."""

    name: str
    """As the `upscaler` option names it."""
    models: tuple[str, ...]
    """The nets that it runs, for reports."""

    def upscale(self, images: Sequence[Image], scale: float) -> list[Image]:
        """RGB pictures `scale` times as large, sides rounded, at least one pixel."""
        ...


def upscaled(image: Image, upscaler: Upscaler, scale: float, visibility: float) -> Image:
    """`image` made `scale` times as large, mixed with its plain enlargement as `visibility` 0..1 says."""
    (new,) = upscaler.upscale([image], scale)
    if visibility >= 1:
        return new
    plain = resized(image, new.shape[1], new.shape[0])
    return np.asarray(cv2.addWeighted(new, visibility, plain, 1 - visibility, 0), np.uint8)


def size_of(image: Image, scale: float) -> tuple[int, int]:
    """Width and height of `image` at `scale`."""
    height, width = image.shape[:2]
    return max(round(width * scale), 1), max(round(height * scale), 1)


def resized(image: Image, width: int, height: int) -> Image:
    """`image` at this size: area mean when it shrinks, Lanczos (8x8) when it grows."""
    if (height, width) == image.shape[:2]:
        return image.copy()
    method = cv2.INTER_AREA if width <= image.shape[1] and height <= image.shape[0] else cv2.INTER_LANCZOS4
    return np.asarray(cv2.resize(image, (width, height), interpolation=method), np.uint8)
