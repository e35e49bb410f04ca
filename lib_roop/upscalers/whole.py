"""Enlarging a picture as its file held it: in its own depth, with its alpha."""

from __future__ import annotations

from dataclasses import replace

import cv2
import numpy as np

from .. import geometry, images
from ..errors import InputError
from ..images import Picture
from ..images.picture import as_rgb
from ..types import Image, Samples, Upscaler
from .base import resized, size_of, upscaled
from .lanczos import Lanczos


def enlarged(picture: Picture, upscaler: Upscaler, scale: float, visibility: float) -> Picture:
    """`picture` made `scale` times as large, mixed with its plain enlargement as `visibility` 0..1 says.

    Alpha is enlarged plainly. Only Lanczos works at 16 bits; for others a note says that they do not.
    Raises InputError when the result would have more pixels than can be read again.
    """
    width, height = size_of(picture.rgb, scale)
    if width * height > images.MAX_PIXELS:
        raise InputError(f"At {scale:g} times its size {picture.name} would have {width}x{height} pixels; lower scale.")
    alpha = None if picture.alpha is None else resized(picture.alpha, width, height)
    if isinstance(upscaler, Lanczos):
        pixels, notes = resized(picture.pixels, width, height), picture.notes
    else:
        new = resized(upscaled(picture.rgb, upscaler, scale, visibility), width, height)
        pixels, notes = _like(new, picture.pixels), (*picture.notes, *_loss(picture, upscaler))
    return replace(picture, rgb=as_rgb(pixels), pixels=pixels, alpha=alpha, notes=notes)


def _like(rgb: Image, pixels: Samples) -> Samples:
    """`rgb` in the depth and with the colours, or none, of `pixels`."""
    made: Samples = rgb if pixels.ndim == 3 else np.asarray(cv2.cvtColor(rgb, cv2.COLOR_RGB2GRAY), np.uint8)
    return made * np.uint16(geometry.DEEP) if pixels.dtype == np.uint16 else made


def _loss(picture: Picture, upscaler: Upscaler) -> tuple[str, ...]:
    if picture.pixels.dtype != np.uint16:
        return ()
    return (f"The upscaler {upscaler.name} works at 8 bits a channel; lanczos keeps the 16 of {picture.name}.",)
