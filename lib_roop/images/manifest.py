"""Where each format keeps content credentials: the bytes of a C2PA manifest store (C2PA 2.2, appendix A.3)."""

from __future__ import annotations

import os
import struct
from collections.abc import Iterable, Iterator
from typing import IO

_AVIF_BOX = bytes.fromhex("d8fec3d61b0e483c92975828877ec481")
CHUNK, TAG = b"caBX", 0xCD41
"""Where PNG and TIFF have it."""
_GIF_BLOCK = b"\x21\xff\x0bC2PA_GIF\x01\x00\x00"
_HEADER = 8


def manifest_of(stream: IO[bytes]) -> bytes:
    """The manifest store of a PNG, JPEG, WebP, AVIF, TIFF or GIF file, b"" when it carries none."""
    stream.seek(0)
    head = stream.read(12)
    try:
        return next((find(stream) for begin, find in _PLACES.items() if begin in (head[:2], head[:4], head[4:8])), b"")
    except struct.error:
        # Cut short, and so is the store.
        return b""


def _in_png(stream: IO[bytes]) -> bytes:
    stream.seek(8)
    while len(head := stream.read(_HEADER)) == _HEADER:
        length, name = struct.unpack(">I4s", head)
        if name == CHUNK:
            return stream.read(length)
        stream.seek(length + 4, os.SEEK_CUR)
    return b""


def _in_webp(stream: IO[bytes]) -> bytes:
    while len(head := stream.read(_HEADER)) == _HEADER:
        name, length = struct.unpack("<4sI", head)
        if name == b"C2PA":
            return stream.read(length)
        stream.seek(length + length % 2, os.SEEK_CUR)
    return b""


def _in_jpeg(stream: IO[bytes]) -> bytes:
    return joined(_application_segments(stream))


def _application_segments(stream: IO[bytes]) -> Iterator[bytes]:
    """What a JPEG's APP11 segments hold, up to the pixels."""
    stream.seek(2)
    while len(head := stream.read(4)) == 4 and head[0] == 0xFF and head[1] != 0xDA:
        content = stream.read(max(0, int.from_bytes(head[2:], "big") - 2))
        if head[1] == 0xEB:
            yield content


def joined(segments: Iterable[bytes]) -> bytes:
    """The manifest store in a JPEG's APP11 segments, b"" for none.

    Each of its segments repeats the box's header (ISO 19566-5, annex D).
    """
    boxes: dict[bytes, bytes] = {}
    for content in segments:
        if content.startswith(b"JP"):
            number, box = content[2:4], content[8:]
            extended = 8 if box[:4] == b"\0\0\0\1" else 0
            boxes[number] = boxes[number] + box[_HEADER + extended :] if number in boxes else box
    return next((box for box in boxes.values() if box[4:8] == b"jumb" and b"c2pa" in box[:64]), b"")


def _in_avif(stream: IO[bytes]) -> bytes:
    stream.seek(0)
    while len(head := stream.read(_HEADER)) == _HEADER:
        size, kind = struct.unpack(">I4s", head)
        rest = size - _HEADER
        if size == 1:
            rest = struct.unpack(">Q", stream.read(8))[0] - 16
        if kind == b"uuid" and stream.read(16) == _AVIF_BOX:
            content = stream.read(max(0, rest - 16)) if size else stream.read()
            # Version and flags, "manifest\0", and the place of another box for files that are cut in pieces.
            return content[4 + 9 + 8 :] if content[4:13] == b"manifest\0" else b""
        if size == 0 or not 0 <= rest < 1 << 62:
            return b""
        stream.seek(rest - (16 if kind == b"uuid" else 0), os.SEEK_CUR)
    return b""


def _in_tiff(stream: IO[bytes]) -> bytes:
    stream.seek(0)
    order = "<" if stream.read(4).startswith(b"II") else ">"
    (start,) = struct.unpack(order + "I", stream.read(4))
    stream.seek(start)
    (count,) = struct.unpack(order + "H", stream.read(2))
    for _ in range(count):
        tag, _, length, place = struct.unpack(order + "HHII", stream.read(12))
        if tag == TAG:
            stream.seek(place)
            return stream.read(length)
    return b""


def _in_gif(stream: IO[bytes]) -> bytes:
    """What a GIF's application extension holds, in blocks of at most 255 bytes."""
    stream.seek(0)
    rest = stream.read().partition(_GIF_BLOCK)[2]
    found, at = bytearray(), 0
    while at < len(rest) and rest[at]:
        found += rest[at + 1 : at + 1 + rest[at]]
        at += 1 + rest[at]
    return bytes(found)


_PLACES = {
    b"\x89PNG": _in_png,
    b"\xff\xd8": _in_jpeg,
    b"RIFF": _in_webp,
    b"ftyp": _in_avif,
    b"II*\0": _in_tiff,
    b"MM\0*": _in_tiff,
    b"GIF8": _in_gif,
}
"""By the first two or four bytes of a file, or the next four."""
