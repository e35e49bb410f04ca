"""Colours by the standards' formulas (ITU-R BT.601, BT.709, BT.2020), in double precision."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, cast

import av
import numpy as np
from numpy.typing import NDArray

from lib_roop.types import Image

LUMA = {1: (0.2126, 0.0722), 5: (0.299, 0.114), 6: (0.299, 0.114), 9: (0.2627, 0.0593)}
"""What red and blue give to luma, by ffmpeg's number of the matrix."""


def planes_of(rgb: Image, pixel_format: str, matrix: int, *, full: bool) -> list[NDArray[Any]]:
    """The planes of a picture in `pixel_format` (planar YUV, grey, gbr, or packed RGB), rounded."""
    form = av.VideoFormat(pixel_format, rgb.shape[1], rgb.shape[0])
    depth = form.components[0].bits
    dtype = np.dtype(np.uint8 if depth == 8 else ">u2" if form.is_big_endian else "<u2")
    most = (1 << depth) - 1
    if form.is_rgb:
        values = np.rint(rgb / 255.0 * most).astype(dtype)
        if not form.is_planar:
            opaque = np.full((*rgb.shape[:2], 1), most, dtype)
            picked = ["rgba".index(letter) for letter in pixel_format if letter in "rgba"]
            return [
                np.concatenate([values[..., :3], values[..., 3:] if rgb.shape[2] == 4 else opaque], -1)[..., picked]
            ]
        alpha = [values[..., 3]] if rgb.shape[2] == 4 else [np.full(rgb.shape[:2], most, dtype)]
        return [values[..., 1], values[..., 2], values[..., 0], *alpha][: len(form.components)]
    y, u, v = exact_yuv(rgb[..., :3], matrix, full=full, depth=depth)
    found = [y]
    if len(form.components) > 2:
        found += [halved(plane, form.components[1].width, form.components[1].height) for plane in (u, v)]
    if form.components[-1].is_alpha:
        found.append(rgb[..., 3] / 255.0 * most if rgb.shape[2] == 4 else np.full(rgb.shape[:2], float(most)))
    return [np.rint(plane).clip(0, most).astype(dtype) for plane in found]


def exact_yuv(rgb: NDArray[Any], matrix: int, *, full: bool, depth: int = 8) -> list[NDArray[np.float64]]:
    """Y, Cb and Cr of RGB 0..255, not rounded, in the depth's own numbers."""
    red, blue = LUMA[matrix]
    r, g, b = np.moveaxis(rgb.astype(np.float64) / 255.0, -1, 0)
    luma = red * r + (1 - red - blue) * g + blue * b
    chroma = [(b - luma) / (2 * (1 - blue)), (r - luma) / (2 * (1 - red))]
    unit = 1 << (depth - 8)
    black, span, spread = (0.0, (1 << depth) - 1.0, (1 << depth) - 1.0) if full else (16 * unit, 219 * unit, 224 * unit)
    return [black + span * luma, *(128 * unit + spread * plane for plane in chroma)]


def exact_rgb(
    planes: Sequence[NDArray[Any]], matrix: int, *, full: bool, depth: int = 8, clipped: bool = True
) -> NDArray[np.float64]:
    """RGB 0..255, not rounded, of Y, Cb and Cr; smaller chroma is repeated."""
    red, blue = LUMA[matrix]
    unit = 1 << (depth - 8)
    black, span, spread = (0.0, (1 << depth) - 1.0, (1 << depth) - 1.0) if full else (16 * unit, 219 * unit, 224 * unit)
    luma = (planes[0].astype(np.float64) - black) / span
    height, width = luma.shape
    cb, cr = (
        (
            np.repeat(np.repeat(p, -(-height // p.shape[0]), 0), -(-width // p.shape[1]), 1)[:height, :width]
            - 128.0 * unit
        )
        / spread
        for p in planes[1:3]
    )
    r, b = luma + 2 * (1 - red) * cr, luma + 2 * (1 - blue) * cb
    g = (luma - red * r - blue * b) / (1 - red - blue)
    rgb = 255.0 * np.stack([r, g, b], axis=-1)
    return rgb.clip(0, 255) if clipped else rgb


def halved(plane: NDArray[np.float64], width: int, height: int) -> NDArray[np.float64]:
    """The averages of the pixels under each chroma sample; beyond the edge the last ones are repeated."""
    across, down = round(plane.shape[1] / width), round(plane.shape[0] / height)
    wide = np.pad(plane, ((0, height * down - plane.shape[0]), (0, width * across - plane.shape[1])), "edge")
    return cast("NDArray[np.float64]", wide.reshape(height, down, width, across).mean(axis=(1, 3)))
