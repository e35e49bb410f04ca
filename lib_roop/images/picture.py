"""A picture in memory: what the engine sees of it, and what the file held."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace

import cv2
import numpy as np

from .. import geometry
from ..types import Image, Patch, Samples


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class Metadata:
    """What travels beside the pixels.

    exif: a TIFF structure whose orientation is 1 and whose preview is gone. icc: the profile of `Picture.pixels`.
    xmp: the packet. text: PNG text chunks. dpi: horizontal, vertical. manifest: the SHA-256, in hexadecimal, of the
    content credentials (C2PA) that the file carried; they are never copied, as they hold for that file's bytes only.
    """

    exif: bytes = b""
    icc: bytes = b""
    xmp: bytes = b""
    text: Mapping[str, str] = field(default_factory=dict)
    dpi: tuple[float, float] | None = None
    manifest: str = ""


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class Picture:
    """An upright picture.

    rgb: HxWx3 uint8, what the engine works on. pixels: the same in the file's depth, HxW when it is grey. alpha: HxW in
    that depth. mode and format: Pillow's names of what the file held, "" for an array. name: the file's stem. path:
    the file's, "" for none. notes: sentences for the user.
    """

    rgb: Image
    pixels: Samples
    alpha: Samples | None = None
    mode: str = ""
    format: str = ""
    metadata: Metadata = field(default_factory=Metadata)
    name: str = "picture"
    path: str = ""
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
        pixels = np.asarray(cv2.convertScaleAbs(pixels, alpha=1 / geometry.DEEP), np.uint8)
    return np.ascontiguousarray(pixels if pixels.ndim == 3 else cv2.cvtColor(pixels, cv2.COLOR_GRAY2RGB), np.uint8)


def paste(picture: Picture, patches: Iterable[Patch]) -> Picture:
    """`picture` with the patches mixed in by their masks, in its own depth; grey stays grey.

    Alpha, and every pixel where a mask is 0, are those of `picture`.
    """
    pixels = geometry.paste(picture.pixels, patches)
    return replace(picture, pixels=pixels, rgb=as_rgb(pixels))
