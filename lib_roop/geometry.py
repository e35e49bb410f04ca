"""Where things lie: affine maps, cutting a crop out of a picture, pasting patches back. Pure functions."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from typing import Any, TypeVar

import cv2
import numpy as np
from numpy.typing import ArrayLike, NDArray

from .types import Affine, Crop, CropSpec, Floats, Image, Mask, Patch, Samples

S = TypeVar("S", bound=Samples)
F = TypeVar("F", bound=NDArray[Any])

DEEP = 257
"""What a step of 8 bits is in 16."""
REACH_MARGIN = 3
"""Pixels around what a crop can reach: masks that are worked on there end at zeros, not at the region's edge."""
STRIP = 32
"""Rows that are mixed at a time: what is in between stays in the processor's cache."""
LUMA = np.array([0.299, 0.587, 0.114], np.float32)
"""How bright red, green and blue are, as in ITU-R BT.601 and in Pillow's grey."""


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
    sampled bilinearly, as a rule with black outside, as insightface's `norm_crop` does.
    """
    whole = image.shape[1], image.shape[0]
    shift = np.round(spec.matrix[:, 2]).astype(int)
    if np.array_equal(spec.matrix[:, :2], np.eye(2)) and np.array_equal(spec.matrix[:, 2], shift):
        height, width = image.shape[:2]
        x0, y0 = int(np.clip(-shift[0], 0, width)), int(np.clip(-shift[1], 0, height))
        x1 = int(np.clip(spec.width - shift[0], x0, width))
        y1 = int(np.clip(spec.height - shift[1], y0, height))
        return Crop(image[y0:y1, x0:x1], region(x0, y0, x1 - x0, y1 - y0), whole)
    border = cv2.BORDER_REPLICATE if spec.replicate else cv2.BORDER_CONSTANT
    size = spec.width, spec.height
    pixels = cv2.warpAffine(image, spec.matrix, size, flags=cv2.INTER_LINEAR, borderMode=border)
    return Crop(np.asarray(pixels, np.uint8), spec, whole)


def put_back(pixels: Image, spec: CropSpec, whole: tuple[int, int]) -> Patch:
    """`pixels` of the crop `spec`, changed and perhaps enlarged, laid where they came from in a picture of `whole`.

    The mask says how much of each pixel the crop covers; a crop outside the picture gives an empty patch. Sampled
    bilinearly with black outside, as insightface's paste, but only in the region that the crop can reach.
    """
    back, x0, y0, size = _landing(pixels, spec, whole)
    if not min(size):
        return _nothing()
    # OpenCV samples four channels in half the time that three take, with the same result.
    rgba = cv2.warpAffine(cv2.cvtColor(pixels, cv2.COLOR_RGB2RGBA), back, size, flags=cv2.INTER_LINEAR)
    rgb = cv2.cvtColor(rgba, cv2.COLOR_RGBA2RGB)
    covered = cv2.warpAffine(np.ones(pixels.shape[:2], np.float32), back, size, flags=cv2.INTER_LINEAR)
    return Patch(x0, y0, np.asarray(rgb, np.uint8), np.asarray(covered, np.float32))


def touches(crop: Crop) -> bool:
    """Whether any part of the crop lies in its picture."""
    x0, y0, x1, y1 = _reach(invert(crop.spec.matrix), crop.spec.width, crop.spec.height, crop.whole)
    return x0 < x1 and y0 < y1


def enlarged(spec: CropSpec, width: int, height: int) -> CropSpec:
    """The same part of the picture in a crop of `width` x `height` pixels."""
    scale = np.array([width / spec.width, height / spec.height])
    matrix = spec.matrix * scale[:, None]
    matrix[:, 2] += 0.5 * scale - 0.5
    return replace(spec, matrix=matrix, width=width, height=height)


def _landing(pixels: Image, spec: CropSpec, whole: tuple[int, int]) -> tuple[Affine, int, int, tuple[int, int]]:
    """Where `pixels` of the crop `spec` come to lie: the map into the region, its column, row and (width, height)."""
    back = invert(enlarged(spec, pixels.shape[1], pixels.shape[0]).matrix)
    x0, y0, x1, y1 = _reach(back, pixels.shape[1], pixels.shape[0], whole)
    back[:, 2] -= x0, y0
    return back, x0, y0, (max(x1 - x0, 0), max(y1 - y0, 0))


def _nothing() -> Patch:
    return Patch(0, 0, np.zeros((0, 0, 3), np.uint8), np.zeros((0, 0), np.float32))


def _reach(back: Affine, width: int, height: int, whole: tuple[int, int]) -> tuple[int, int, int, int]:
    """x0, y0, x1, y1 of the picture's part that a crop of `width` x `height` changes when `back` lays it down."""
    # Bilinear sampling fades to black within one pixel outside the crop's outermost pixels, which lie at 0 and width-1.
    corners = transform([(-1, -1), (width, -1), (-1, height), (width, height)], back)
    low, high = np.floor(corners.min(0)) - REACH_MARGIN, np.ceil(corners.max(0)) + REACH_MARGIN + 1
    (x0, y0), (x1, y1) = (np.clip(corner, 0, whole).astype(int).tolist() for corner in (low, high))
    return x0, y0, x1, y1


def resampled(field: F, matrix: Affine, size: tuple[int, int], border: int = cv2.BORDER_REPLICATE) -> F:
    """`field` (uint8 or float32, HxW or HxWx3) where the similarity `matrix` puts it, `size` (width, height) of it.

    While a pixel of the result is more than two pixels of the field wide, the part that is needed is halved with the
    1-4-6-4-1 filter; then it is sampled bilinearly. `border` is OpenCV's name for what lies beyond the field.
    """
    matrix, shrink = matrix.copy(), 1 / scale_of(matrix)
    corners = transform([(0, 0), (size[0], 0), size, (0, size[1])], invert(matrix))
    margin, limit = 8 * max(shrink, 1.0), np.array(field.shape[1::-1])
    x0, y0 = np.clip(np.floor(corners.min(0) - margin), 0, limit - 1).astype(int)
    x1, y1 = np.clip(np.ceil(corners.max(0) + margin), (x0 + 1, y0 + 1), limit).astype(int)
    part: NDArray[Any] = field[y0:y1, x0:x1]
    matrix[:, 2] += matrix[:, :2] @ [x0, y0]
    while shrink > 2:
        part = cv2.pyrDown(part)
        matrix[:, :2] *= 2
        shrink /= 2
    return cv2.warpAffine(part, matrix, size, flags=cv2.INTER_LINEAR, borderMode=border)  # type: ignore[return-value]


def returned(pixels: Image, mask: Mask, spec: CropSpec, whole: tuple[int, int]) -> Patch:
    """As `put_back`, but without aliasing where the picture is coarser than `pixels`, and with their own `mask`.

    The mask has the shape of `pixels` and is 0 at its rim.
    """
    back, x0, y0, size = _landing(pixels, spec, whole)
    if not min(size):
        return _nothing()
    return Patch(x0, y0, resampled(pixels, back, size), resampled(mask, back, size, cv2.BORDER_CONSTANT))


def paste(pixels: S, patches: Iterable[Patch]) -> S:
    """A copy of `pixels` with the patches mixed in by their masks; nothing changes where a mask is 0.

    `pixels` is HxW grey or HxWx3 RGB, uint8 or uint16; patches are 8-bit RGB and are brought to its depth and colours.
    """
    result = pixels.copy()
    for patch in (clipped(patch, pixels.shape[1], pixels.shape[0]) for patch in patches):
        height, width = patch.mask.shape
        under = result[patch.y : patch.y + height, patch.x : patch.x + width]
        for top in range(0, height if width else 0, STRIP):
            rows = slice(top, top + STRIP)
            _mix(under[rows], patch.rgb[rows], patch.mask[rows])
    return result


def _mix(under: Samples, rgb: Image, mask: Mask) -> None:
    """Bring `under` as far to `rgb` as `mask` says; float32 holds 16 bits, so 0 and 1 give exactly one of them."""
    grey, deep = under.ndim == 2, under.dtype == np.uint16
    below, colour = under.astype(np.float32), rgb @ LUMA if grey else rgb
    if deep:
        colour = colour * np.float32(DEEP)
    change = cv2.subtract(colour, below, dtype=cv2.CV_32F)
    change = cv2.multiply(change, mask if grey else cv2.merge([mask] * 3), dst=change)
    cv2.add(below, change, dst=under, dtype=cv2.CV_16U if deep else cv2.CV_8U)


def clipped(patch: Patch, width: int, height: int) -> Patch:
    """The part of `patch` that lies in a picture of `width` x `height`; perhaps nothing."""
    rows, columns = patch.mask.shape
    x0, y0 = min(max(patch.x, 0), width), min(max(patch.y, 0), height)
    x1, y1 = max(min(patch.x + columns, width), x0), max(min(patch.y + rows, height), y0)
    part = np.s_[y0 - patch.y : y1 - patch.y, x0 - patch.x : x1 - patch.x]
    return Patch(x0, y0, patch.rgb[part], patch.mask[part])


def overlap(one: ArrayLike, other: ArrayLike) -> float:
    """Which share of the smaller of two boxes (x0, y0, x1, y1) the other one covers, 0..1."""
    a, b = np.asarray(one, np.float64), np.asarray(other, np.float64)
    shared = np.clip(np.minimum(a[2:], b[2:]) - np.maximum(a[:2], b[:2]), 0, None).prod()
    smaller = min((a[2:] - a[:2]).prod(), (b[2:] - b[:2]).prod())
    return float(shared / smaller) if smaller > 0 else 0.0
