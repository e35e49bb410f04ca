"""PNG, JPEG and GIF as bytes: what Pillow cannot write, or not in every version that roop runs with."""

from __future__ import annotations

import struct
import zlib
from collections.abc import Iterable

import numpy as np

from ..types import Samples
from .exif import PREFIX
from .picture import Metadata

_COLOUR_TYPES = {1: 0, 2: 4, 3: 2, 4: 6}
XMP_PREFIX = b"http://ns.adobe.com/xap/1.0/\0"
XMP_KEYWORD = b"XML:com.adobe.xmp"
GIF_XMP = b"\x21\xff\x0bXMP DataXMP"
# Any byte of the packet, read as the length of a block, leads into this trailer and through it to the final 0.
GIF_TRAILER = b"\x01" + bytes(range(0xFF, -1, -1)) + b"\x00"
SEGMENT = 65533
"""The most bytes a JPEG segment holds."""


def deep_png(samples: Samples) -> bytes:
    """A 16-bit PNG of HxWxC uint16 (grey, grey and alpha, RGB, RGBA), which Pillow writes only for grey."""
    height, width, channels = samples.shape
    rows = samples.astype(">u2").view(np.uint8).reshape(height, -1)
    filtered = np.empty((height, rows.shape[1] + 1), np.uint8)
    filtered[:, 0] = 2
    filtered[0, 1:] = rows[0]
    np.subtract(rows[1:], rows[:-1], out=filtered[1:, 1:])
    header = struct.pack(">IIBBBBB", width, height, 16, _COLOUR_TYPES[channels], 0, 0, 0)
    body = chunk(b"IHDR", header) + chunk(b"IDAT", zlib.compress(filtered.tobytes(), 4)) + chunk(b"IEND", b"")
    return b"\x89PNG\r\n\x1a\n" + body


def with_png_chunks(png: bytes, metadata: Metadata) -> bytes:
    """`png` with the metadata behind its header (PNG specification, third edition, section 11.3)."""
    chunks = []
    if metadata.icc:
        chunks.append(chunk(b"iCCP", b"ICC profile\0\0" + zlib.compress(metadata.icc)))
    if metadata.exif:
        chunks.append(chunk(b"eXIf", metadata.exif))
    if metadata.dpi:
        chunks.append(chunk(b"pHYs", struct.pack(">IIB", *(round(dots / 0.0254) for dots in metadata.dpi), 1)))
    if metadata.xmp:
        chunks.append(chunk(b"iTXt", XMP_KEYWORD + bytes(5) + metadata.xmp))
    chunks += [_text(key, value) for key, value in metadata.text.items()]
    return b"".join([png[:33], *chunks, png[33:]])


def with_jpeg_segments(jpeg: bytes, metadata: Metadata) -> bytes:
    """`jpeg` with EXIF and XMP behind its JFIF header; one that fits no segment is left out.

    Pillow 9.5 writes no XMP. XMP specification, part 3, section 1.1.3.
    """
    segments = [PREFIX + metadata.exif if metadata.exif else b"", XMP_PREFIX + metadata.xmp if metadata.xmp else b""]
    at = 2
    if jpeg[2:4] == b"\xff\xe0":
        at += 2 + int.from_bytes(jpeg[4:6], "big")
    return b"".join([jpeg[:at], *app1(segments), jpeg[at:]])


def fits_jpeg(metadata: Metadata) -> tuple[bool, bool]:
    """Whether EXIF and XMP each fit into a JPEG segment."""
    return len(metadata.exif) + len(PREFIX) <= SEGMENT, len(metadata.xmp) + len(XMP_PREFIX) <= SEGMENT


def with_gif_xmp(gif: bytes, xmp: bytes) -> bytes:
    """`gif` with the packet behind its colour table (XMP specification, part 3, section 1.1.2)."""
    if not xmp:
        return gif
    at = 13 + (3 << (gif[10] & 7) + 1 if gif[10] & 0x80 else 0)
    # Only the newer version of the format has extensions.
    return b"".join([b"GIF89a", gif[6:at], GIF_XMP, xmp, GIF_TRAILER, gif[at:]])


def gif_xmp(gif: bytes) -> bytes:
    """The packet that `gif` carries, or b""."""
    _, found, rest = gif.partition(GIF_XMP)
    packet, ends, _ = rest.partition(GIF_TRAILER)
    return packet if found and ends else b""


def chunk(kind: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))


def _text(key: str, value: str) -> bytes:
    keyword = key.encode("latin-1", "replace")[:79]
    try:
        return chunk(b"tEXt", keyword + b"\0" + value.encode("latin-1"))
    except UnicodeEncodeError:
        return chunk(b"iTXt", keyword + bytes(5) + value.encode("utf-8", "replace"))


def app1(contents: Iterable[bytes]) -> Iterable[bytes]:
    for content in contents:
        if 0 < len(content) <= SEGMENT:
            yield b"\xff\xe1" + struct.pack(">H", len(content) + 2) + content
