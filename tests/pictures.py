"""Small pictures and files to test with."""

from __future__ import annotations

import base64
import io
import struct
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image as Pillow
from PIL import ImageCms

from lib_roop import images
from lib_roop.images import Metadata, Picture

HEIGHT, WIDTH = 24, 34
ORIENTATION, MAKE = 0x0112, 0x010F


def smooth(channels: int = 3, dtype: Any = np.uint8) -> Any:
    """A gradient with a corner that no turn maps onto itself; HxWxC, or HxW for one channel."""
    y, x = np.mgrid[0:HEIGHT, 0:WIDTH]
    planes = [x * 5 + 20 * i + y for i in range(channels)]
    picture = np.stack(planes, axis=-1).clip(0, 255)
    picture[:6, :8] = 250
    picture = (picture * (257 if dtype == np.uint16 else 1)).astype(dtype)
    if dtype == np.uint16:
        picture ^= np.random.default_rng(1).integers(0, 256, picture.shape, dtype=np.uint16)
    return picture[..., 0] if channels == 1 else picture


def bytes_of(image: Pillow.Image, format: str, **options: Any) -> bytes:  # noqa: A002 - Pillow's word
    stream = io.BytesIO()
    image.save(stream, format, **options)
    return stream.getvalue()


def tag_of(path: Path, tag: int) -> Any:
    """An EXIF tag as Pillow sees it."""
    with Pillow.open(path) as image:
        return image.getexif()[tag]


def exif(orientation: int = 1, order: str = "<", preview: bytes = b"") -> bytes:
    """EXIF with a maker's name, an orientation and, when given, a preview picture."""
    maker = b"Hasselblad\0"
    head = (b"II*\0" if order == "<" else b"MM\0*") + struct.pack(order + "I", 8)
    end = 8 + 2 + 2 * 12 + 4
    entries = struct.pack(order + "HHII", MAKE, 2, len(maker), end)
    entries += struct.pack(order + "HHIHH", ORIENTATION, 3, 1, orientation, 0)
    second = end + len(maker) + 1
    body = head + struct.pack(order + "H", 2) + entries + struct.pack(order + "I", second if preview else 0)
    body += maker + b"\0"
    if preview:
        at = second + 2 + 2 * 12 + 4
        body += struct.pack(order + "H", 2) + struct.pack(order + "HHII", 0x0201, 4, 1, at)
        body += struct.pack(order + "HHII", 0x0202, 4, 1, len(preview)) + bytes(4) + preview
    return body


def full(alpha: bool = False, dtype: Any = np.uint8) -> Picture:
    """A picture with all the metadata there is."""
    samples = smooth(4, dtype)
    icc = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
    metadata = Metadata(
        exif=exif(),
        icc=icc,
        xmp=b'<x:xmpmeta xmlns:x="adobe:ns:meta/"/>',
        text={"parameters": "a portrait", "note": "gr\u00fc\u00df \u6c49"},
        dpi=(300.0, 300.0),
    )
    read = images.read(samples if alpha else np.ascontiguousarray(samples[..., :3]))
    return replace(read, metadata=metadata)


def io_picture(data: bytes) -> str:
    return "data:image/any;base64," + base64.b64encode(data).decode()
