"""A picture in memory: what the engine sees of it, and what the file held."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from ..types import Image, Patch

Samples = NDArray[np.unsignedinteger[Any]]
"""Pixels in their own depth, uint8 or uint16: HxW grey or HxWx3 RGB."""

DEEP = 257
"""One step of 8 bits in 16: 255 * 257 = 65535."""

LUMA = np.array([0.299, 0.587, 0.114], np.float32)
"""How much red, green and blue weigh in grey (ITU-R BT.601, as Pillow's mode L)."""


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class Metadata:
    """What travels beside the pixels.

    exif: a TIFF structure whose orientation is 1 and whose preview is gone. icc: the profile of `Picture.pixels`.
    xmp: the packet. text: PNG text chunks. dpi: horizontal, vertical.
    """

    exif: bytes = b""
    icc: bytes = b""
    xmp: bytes = b""
    text: Mapping[str, str] = field(default_factory=dict)
    dpi: tuple[float, float] | None = None


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class Picture:
    """An upright picture.

    rgb: HxWx3 uint8, what the engine works on. pixels: the same in the file's depth, HxW when it is grey. alpha: HxW in
    that depth. mode and format: Pillow's names of what the file held, "" for an array. name: the file's stem. notes:
    sentences for the user.
    """

    rgb: Image
    pixels: Samples
    alpha: Samples | None = None
    mode: str = ""
    format: str = ""
    metadata: Metadata = field(default_factory=Metadata)
    name: str = "picture"
    notes: tuple[str, ...] = ()

    @property
    def digest(self) -> str:
        """The key of `rgb` for caches; computed at every call, about 15 ms for 4K."""
        return digest(self.rgb)


def digest(rgb: Image) -> str:
    """The SHA-256 of the size and the pixels, in hexadecimal."""
    key = hashlib.sha256(repr(rgb.shape).encode())
    key.update(np.ascontiguousarray(rgb).data)
    return key.hexdigest()


def as_rgb(pixels: Samples) -> Image:
    """`pixels` as HxWx3 uint8; 16 bits are rounded. Shares memory where nothing has to change."""
    if pixels.dtype == np.uint16:
        pixels = np.asarray(cv2.convertScaleAbs(pixels, alpha=1 / DEEP), np.uint8)
    return np.ascontiguousarray(pixels if pixels.ndim == 3 else cv2.cvtColor(pixels, cv2.COLOR_GRAY2RGB), np.uint8)


def paste(picture: Picture, patches: Iterable[Patch]) -> Picture:
    """`picture` with the patches mixed in by their masks, in its own depth; grey stays grey.

    Alpha, and every pixel where a mask is 0, are those of `picture`.
    """
    pixels = picture.pixels.copy()
    step = DEEP if pixels.dtype == np.uint16 else 1
    for patch in patches:
        height, width = patch.mask.shape
        under = pixels[patch.y : patch.y + height, patch.x : patch.x + width]
        grey = pixels.ndim == 2
        colour = (patch.rgb @ LUMA if grey else patch.rgb.astype(np.float32)) * step
        mix = patch.mask if grey else patch.mask[..., None]
        # float32 holds 16 bits exactly, so a mask of exactly 0 or 1 gives exactly one of the two.
        under[:] = np.rint(mix * colour + (1.0 - mix) * under).astype(pixels.dtype)
    return replace(picture, pixels=pixels, rgb=as_rgb(pixels))
