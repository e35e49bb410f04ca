"""Where things lie: affine maps, cutting a crop out of a picture, pasting patches back. Pure functions."""

from __future__ import annotations

from collections.abc import Iterable

import cv2
import numpy as np
from numpy.typing import ArrayLike

from .types import Affine, Crop, CropSpec, Floats, Image, Patch


def similarity_fit(source: ArrayLike, target: ArrayLike) -> Affine:
    """The rotation, uniform scale and shift that bring `source` (n, 2) closest to `target` (n, 2), least squares.

    Umeyama, "Least-squares estimation of transformation parameters between two point patterns", 1991. Never mirrors.
    """
    a, b = np.asarray(source, np.float64), np.asarray(target, np.float64)
    mean_a, mean_b = a.mean(0), b.mean(0)
    centred = a - mean_a
    u, spread, vt = np.linalg.svd((b - mean_b).T @ centred / len(a))
    keep = np.array([1.0, np.sign(np.linalg.det(u) * np.linalg.det(vt)) or 1.0])
    rotation = u @ np.diag(keep) @ vt
    scale = float((spread * keep).sum() / max(centred.var(0).sum(), 1e-12))
    return np.hstack([scale * rotation, (mean_b - scale * rotation @ mean_a)[:, None]])


def transform(points: ArrayLike, matrix: Affine) -> Floats:
    """`points` (n, 2) mapped by `matrix`, as float32."""
    p = np.asarray(points, np.float64)
    return (p @ matrix[:, :2].T + matrix[:, 2]).astype(np.float32)


def invert(matrix: Affine) -> Affine:
    """The map back."""
    inverse = np.linalg.inv(matrix[:, :2])
    return np.hstack([inverse, -(inverse @ matrix[:, 2])[:, None]])


def scale_of(matrix: Affine) -> float:
    """How many pixels of the result one pixel of the source becomes, for a similarity."""
    return float(np.sqrt(abs(np.linalg.det(matrix[:, :2]))))


def region(x: int, y: int, width: int, height: int) -> CropSpec:
    """The crop that is a rectangle of the picture itself: nothing is resampled."""
    return CropSpec(np.array([[1.0, 0.0, -x], [0.0, 1.0, -y]]), width, height)


def cut(image: Image, spec: CropSpec) -> Crop:
    """The part of `image` that `spec` describes.

    A whole-pixel shift is cut without resampling and clipped to the picture (the crop says so); any other map is
    sampled bilinearly with black outside, as insightface's `norm_crop` does.
    """
    shift = np.round(spec.matrix[:, 2]).astype(int)
    if np.array_equal(spec.matrix[:, :2], np.eye(2)) and np.array_equal(spec.matrix[:, 2], shift):
        height, width = image.shape[:2]
        x0, y0 = int(np.clip(-shift[0], 0, width)), int(np.clip(-shift[1], 0, height))
        x1 = int(np.clip(spec.width - shift[0], x0, width))
        y1 = int(np.clip(spec.height - shift[1], y0, height))
        return Crop(image[y0:y1, x0:x1], region(x0, y0, x1 - x0, y1 - y0))
    pixels = cv2.warpAffine(image, spec.matrix, (spec.width, spec.height), flags=cv2.INTER_LINEAR)
    return Crop(np.asarray(pixels, np.uint8), spec)


def paste(image: Image, patches: Iterable[Patch]) -> Image:
    """A copy of `image` with the patches mixed in by their masks; pixels where a mask is 0 are those of `image`."""
    result = image.copy()
    for patch in patches:
        height, width = patch.mask.shape
        under = result[patch.y : patch.y + height, patch.x : patch.x + width]
        mix = patch.mask[..., None]
        # The mix of two 8-bit values rounds to either of them where the mask is exactly 0 or 1.
        under[:] = np.rint(mix * patch.rgb + (1.0 - mix) * under).astype(np.uint8)
    return result
