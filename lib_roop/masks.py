"""Masks: float32 HxW, 0 keeps the target, 1 takes the new pixels. Pure functions."""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import ArrayLike

from .types import Floats, Mask

SUBPIXEL_BITS = 4
"""OpenCV draws polygons at sixteenths of a pixel."""
EDGE_WORK = 512
"""Edges of larger masks are worked out at this many pixels: their cost does not grow with the face."""
WELL_COVERED = 20 / 255
"""Where a crop covers more of a pixel it counts as covering all of it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Edge:
    """How a mask ends, in parts of the face's size: how far its top, bottom, left and right edges move inwards, the
    face seen upright, and over how much it then rises from 0 to full value."""

    feather: float = 0.0
    top: float = 0.0
    bottom: float = 0.0
    left: float = 0.0
    right: float = 0.0

    @property
    def reach(self) -> float:
        """How far from where a mask ended its values may change, in parts of the face's size."""
        return max(self.top, self.bottom, self.left, self.right) + self.feather


def polygon(points: ArrayLike, height: int, width: int) -> Mask:
    """1 inside the closed outline `points` (n, 2) x, y, 0 elsewhere; corners may lie outside, HxW may be 0x0."""
    corners = np.round(np.asarray(points, np.float64) * (1 << SUBPIXEL_BITS)).astype(np.int32)
    mask = np.zeros((height, width), np.float32)
    if mask.size:
        cv2.fillPoly(mask, [corners], 1.0, shift=SUBPIXEL_BITS)
    return mask


def hull(points: ArrayLike, height: int, width: int) -> Mask:
    """1 inside the convex hull of `points` (n, 2), 0 elsewhere."""
    return polygon(cv2.convexHull(np.ascontiguousarray(points, np.float32))[:, 0], height, width)


def oval(centre: tuple[float, float], radii: tuple[float, float]) -> Floats:
    """(72, 2) points round an oval with these half axes, x and y."""
    angles = np.arange(72) * np.pi / 36
    return np.column_stack([centre[0] + radii[0] * np.cos(angles), centre[1] + radii[1] * np.sin(angles)]).astype(
        np.float32
    )


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


def inner_box(covered: Mask) -> Mask:
    """What a crop covers (1 inside, fading at its rim), eroded by a tenth and blurred by a twentieth of its size.

    The size is that of the part within the picture, and the picture's edge is no edge of the crop: the mask of
    insightface's INSwapper.get, and like that perhaps above 1 by the last bit.
    """
    if not covered.size:
        return covered.copy()
    full = (covered > WELL_COVERED).view(np.uint8) * np.uint8(255)
    _, _, width, height = cv2.boundingRect(full)
    size = int(np.sqrt(max(width - 1, 0) * max(height - 1, 0)))
    tenth, twentieth = max(size // 10, 10), max(size // 20, 5)
    # Eroding bytes takes a third of the time, and hardly anything lies between none and full.
    levels = cv2.max(cv2.convertScaleAbs(covered, alpha=255), full)
    inner = cv2.erode(levels, np.ones((tenth, tenth), np.uint8)).astype(np.float32)
    cv2.GaussianBlur(inner, (2 * twentieth + 1, 2 * twentieth + 1), 0, dst=inner)
    return np.divide(inner, np.float32(255), out=inner)


def smooth(ramp: Mask) -> Mask:
    """`ramp` of 0..1 without the kinks at its ends: 0 and 1 stay, the slope there becomes 0."""
    return ramp * ramp * (3 - 2 * ramp)


def combine(first: Mask, *others: Mask) -> Mask:
    """What all masks (each HxW) allow: their minimum, pixel by pixel."""
    result = first.copy()
    for other in others:
        np.minimum(result, other, out=result)
    return result


def edged(mask: Mask, edge: Edge, size: float, up: tuple[float, float]) -> Mask:
    """`mask` with `edge` for a face of `size` pixels whose top lies in the direction `up` (x, y, a unit vector).

    Nowhere more than `mask`; the array's border is no edge.
    """
    if edge == Edge() or not mask.size:
        return mask.copy()
    shrink = max(max(mask.shape) / EDGE_WORK, 1.0)
    height, width = (max(round(side / shrink), 1) for side in mask.shape)
    small = np.asarray(cv2.resize(mask, (width, height), interpolation=cv2.INTER_AREA), np.float32)
    unit, (x, y) = size / shrink, up
    for part, direction in ((edge.top, (x, y)), (edge.bottom, (-x, -y)), (edge.left, (y, -x)), (edge.right, (-y, x))):
        small = retreated(small, (direction[0] * part * unit, direction[1] * part * unit))
    small = feather(small, edge.feather * unit)
    return combine(mask, np.asarray(cv2.resize(small, mask.shape[::-1], interpolation=cv2.INTER_LINEAR), np.float32))


def retreated(mask: Mask, step: tuple[float, float]) -> Mask:
    """`mask` with those of its edges that look in the direction of `step` (x, y pixels) moved back by it."""
    length = float(np.hypot(*step))
    result, done = mask.copy(), 0.0
    while mask.size and length - done > 1e-3:
        # What holds for the way so far holds for twice as far, seen from where it ends.
        part = min(max(done, 1.0), length - done) / length
        shift = np.array([[1.0, 0.0, -step[0] * part], [0.0, 1.0, -step[1] * part]])
        moved = cv2.warpAffine(result, shift, mask.shape[::-1], flags=cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE)
        result, done = np.minimum(result, moved), done + part * length
    return result
