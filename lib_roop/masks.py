"""Masks: float32 HxW, 0 keeps the target, 1 takes the new pixels. Pure functions."""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import ArrayLike

from .types import Mask

SUBPIXEL_BITS = 4
"""OpenCV draws polygons at sixteenths of a pixel."""


def polygon(points: ArrayLike, height: int, width: int) -> Mask:
    """1 inside the closed outline `points` (n, 2) x, y, 0 elsewhere; corners may lie outside, HxW may be 0x0."""
    corners = np.round(np.asarray(points, np.float64) * (1 << SUBPIXEL_BITS)).astype(np.int32)
    mask = np.zeros((height, width), np.float32)
    if mask.size:
        cv2.fillPoly(mask, [corners], 1.0, shift=SUBPIXEL_BITS)
    return mask


def hull(points: ArrayLike, height: int, width: int) -> Mask:
    """1 inside the convex hull of `points` (n, 2), 0 elsewhere."""
    return polygon(cv2.convexHull(np.asarray(points, np.float32))[:, 0], height, width)


def erode(mask: Mask, pixels: int) -> Mask:
    """`mask` with its edge moved inwards by `pixels`. The array's border is no edge: a face may go on beyond it."""
    if pixels < 1 or not mask.size:
        return mask.copy()
    kernel = cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (2 * pixels + 1, 2 * pixels + 1))
    return np.asarray(cv2.erode(mask, kernel), np.float32)


def feather(mask: Mask, width: float) -> Mask:
    """`mask` rising smoothly from 0 at its edge to full value `width` pixels inside.

    Nothing outside `mask` becomes non-zero, and the array's border is no edge: where the picture cuts a face off, the
    mask keeps its full value.
    """
    if width <= 1 or not mask.size:
        return mask.copy()
    depth = cv2.distanceTransform((mask > 0).astype(np.uint8), cv2.DIST_L2, cv2.DIST_MASK_5)
    return mask * smooth(np.minimum(depth / np.float32(width), np.float32(1)))


def smooth(ramp: Mask) -> Mask:
    """`ramp` of 0..1 without the kinks at its ends: 0 and 1 stay, the slope there becomes 0."""
    return ramp * ramp * (3 - 2 * ramp)


def combine(first: Mask, *others: Mask) -> Mask:
    """What all masks (each HxW) allow: their minimum, pixel by pixel."""
    result = first.copy()
    for other in others:
        np.minimum(result, other, out=result)
    return result
