"""What is common to all upscalers. What one can do is said in types.py, as hosts have some too."""

from __future__ import annotations

from typing import TypeVar

import cv2
import numpy as np

from ..types import Image, Samples, Upscaler

S = TypeVar("S", bound=Samples)


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


def resized(image: S, width: int, height: int) -> S:
    """`image` at this size: area mean when it shrinks, Lanczos (8x8) when it grows."""
    if (height, width) == image.shape[:2]:
        return image.copy()
    method = cv2.INTER_AREA if width <= image.shape[1] and height <= image.shape[0] else cv2.INTER_LANCZOS4
    return cv2.resize(image, (width, height), interpolation=method)  # type: ignore[return-value]
