"""What is inpainted: where the host keeps its mask, and whether it pastes the rest of the picture around the result."""

from __future__ import annotations

import cv2
import numpy as np
from PIL import Image as Pillow
from PIL import ImageOps

from ..images import Picture
from ..types import Mask
from .interfaces import Processing


def composited(p: Processing) -> bool:
    """Whether the host pastes a part of the original over the result."""
    return bool(getattr(p, "overlay_images", None)) or getattr(p, "image_mask", None) is not None


def mask(p: Processing, picture: Picture) -> Mask | None:
    """What was inpainted of `picture`, which was generated (HxW, 0..1); None for all of it."""
    drawn = getattr(p, "mask_for_overlay", None)
    if drawn is None:
        return None
    if pasted := getattr(p, "paste_to", None):
        x, y, width, height = pasted
        drawn = drawn.crop((x, y, x + width, y + height))
    return _sized(drawn, picture)


def source_mask(p: Processing, picture: Picture) -> Mask | None:
    """What is to be inpainted of `picture`, which img2img starts from (HxW, 0..1); None for all of it.

    The mask is as it was drawn: the host inverts it later where that is asked.
    """
    drawn = getattr(p, "image_mask", None)
    if isinstance(drawn, list) and drawn:
        drawn = drawn[0]
    if not isinstance(drawn, Pillow.Image):
        return None
    strokes = drawn.mode == "RGBA" and drawn.getchannel("A").getextrema() != (255, 255)
    grey = drawn.getchannel("A") if strokes else drawn.convert("L")
    return _sized(ImageOps.invert(grey) if getattr(p, "inpainting_mask_invert", 0) else grey, picture)


def _sized(drawn: Pillow.Image, picture: Picture) -> Mask:
    height, width = picture.rgb.shape[:2]
    grey = np.asarray(drawn.convert("L"), np.float32) / 255
    return np.asarray(cv2.resize(grey, (width, height), interpolation=cv2.INTER_AREA), np.float32)
