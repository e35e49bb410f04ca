"""EXIF as bytes (Exif 2.32, section 4.5), changed in place, so that maker notes keep their offsets."""

from __future__ import annotations

import struct

ORIENTATION = 0x0112
PREVIEW, PREVIEW_LENGTH = 0x0201, 0x0202
SIDES = {0x0100: 0, 0x0101: 1, 0xA002: 0, 0xA003: 1}
"""Tags that state how wide (0) and how high (1) the picture is; the latter two stand in the Exif directory."""
DIRECTORIES = (0x8769, 0x8825)
"""The Exif and the GPS directory, which IFD0 points to."""

STRUCTURE = frozenset(
    {*range(254, 260), 262, 263, 266, 273, 274, 277, 278, 279, 282, 283, 284, 296, 317, 318, 319, 320}
    | {*range(321, 326), 330, 338, 339, 347, *range(512, 522), *range(529, 533), 700, 34377, 34675, 0xCD41}
)
"""Tags that say how one TIFF file stores its pixels, or that are kept apart from EXIF: never copied."""

PREFIX = b"Exif\0\0"
_INTEGERS = {1: "B", 3: "H", 4: "I"}
_BYTES = (1, 2, 7)


def upright(exif: bytes) -> tuple[bytes, int]:
    """`exif` with orientation 1 and without its preview, and the orientation it had: 1..8.

    The preview would go on showing the face that was there before. Unreadable EXIF becomes b"".
    """
    data = bytearray(exif.removeprefix(PREFIX))
    turn = 1
    try:
        order, entries, end = directory(data)
        for at in entries:
            tag, kind = struct.unpack_from(order + "HH", data, at)
            if tag == ORIENTATION and kind in _INTEGERS:
                (turn,) = struct.unpack_from(order + _INTEGERS[kind], data, at + 8)
                struct.pack_into(order + _INTEGERS[kind], data, at + 8, 1)
        _drop_preview(data, order, end)
        directory(data)
    except (KeyError, struct.error):
        return b"", 1
    return bytes(data), turn if 1 <= turn <= 8 else 1


def sized(exif: bytes, width: int, height: int) -> bytes:
    """`exif` with these sides in pixels wherever it states them: they change when a picture is turned or enlarged."""
    data = bytearray(exif)
    try:
        order, entries, _ = directory(data)
        places = list(entries)
        for at in places:
            tag, kind, _, value = struct.unpack_from(order + "HHII", data, at)
            if tag == DIRECTORIES[0] and at in entries:
                places += directory(data, value)[1]
            elif tag in SIDES and kind in _INTEGERS:
                struct.pack_into(order + _INTEGERS[kind], data, at + 8, (width, height)[SIDES[tag]])
    except (KeyError, struct.error):
        return exif
    return bytes(data)


def directory(data: bytes | bytearray, start: int | None = None) -> tuple[str, range, int]:
    """Byte order, positions of the 12-byte entries, and the end of a directory: the first one, or the one at `start`.

    Raises KeyError or struct.error when there is none.
    """
    order = {b"II*\0": "<", b"MM\0*": ">"}[bytes(data[:4])]
    if start is None:
        (start,) = struct.unpack_from(order + "I", data, 4)
    (count,) = struct.unpack_from(order + "H", data, start)
    end = start + 2 + 12 * count
    if end > len(data):
        raise struct.error("the directory is cut short")
    return order, range(start + 2, end, 12), end


def exif_texts(exif: bytes) -> dict[int, bytes]:
    """The bytes of the tags that hold text or bytes, in the first directory and the Exif one, as far as it is whole."""
    found: dict[int, bytes] = {}
    try:
        order, entries, _ = directory(exif)
        places = list(entries)
        for at in places:
            tag, kind, count, value = struct.unpack_from(order + "HHII", exif, at)
            if tag == DIRECTORIES[0] and at in entries:
                places += directory(exif, value)[1]
            elif kind in _BYTES:
                start = at + 8 if count <= 4 else value
                found[tag] = exif[start : start + count]
    except (KeyError, struct.error):
        pass
    return found


def _drop_preview(data: bytearray, order: str, end: int) -> None:
    """Blank the picture of the directory after the first one and unlink it."""
    if end + 4 > len(data):
        return
    (start,) = struct.unpack_from(order + "I", data, end)
    struct.pack_into(order + "I", data, end, 0)
    if not 8 <= start < len(data) - 2:
        return
    found = {}
    for at in directory(data, start)[1]:
        tag, kind = struct.unpack_from(order + "HH", data, at)
        if kind in _INTEGERS:
            (found[tag],) = struct.unpack_from(order + _INTEGERS[kind], data, at + 8)
    first = found.get(PREVIEW, 0)
    last = min(first + found.get(PREVIEW_LENGTH, 0), len(data))
    if 8 < first < last:
        data[first:last] = bytes(last - first)
