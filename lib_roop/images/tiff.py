"""TIFF as bytes: Pillow writes no 16-bit colour, and its EXIF loses maker notes (TIFF 6.0)."""

from __future__ import annotations

import struct
import zlib
from fractions import Fraction
from typing import Literal

from ..types import Samples
from .exif import STRUCTURE, directory
from .picture import Metadata

_BYTE, _SHORT, _LONG, _RATIONAL, _UNDEFINED = 1, 3, 4, 5, 7
_LETTERS = {_BYTE: "B", _SHORT: "H", _LONG: "I", _RATIONAL: "I", _UNDEFINED: "B"}
_STRIP = 1 << 20
_XMP = 700
_Field = tuple[int, int, tuple[int, ...]]
"""Tag, type and values."""


def tiff(samples: Samples, metadata: Metadata) -> bytes:
    """A TIFF of HxWxC uint8 or uint16: grey, grey and alpha, RGB, RGBA; deflated, with the horizontal predictor.

    The file begins with the EXIF structure itself: its offsets stay true and its entries can be copied as they are.
    """
    body = bytearray(metadata.exif or b"II*\0" + bytes(4))
    order: Literal["<", ">"] = "<" if body[:2] == b"II" else ">"
    entries = _descriptive(body) if metadata.exif else {}
    height, width, channels = samples.shape
    rows = max(1, _STRIP // (width * channels * samples.itemsize))
    offsets, lengths = [], []
    for top in range(0, height, rows):
        strip = zlib.compress(_predicted(samples[top : top + rows], order), 4)
        offsets.append(_append(body, strip))
        lengths.append(len(strip))
    fields: list[_Field] = [
        (256, _LONG, (width,)),
        (257, _LONG, (height,)),
        (258, _SHORT, (samples.itemsize * 8,) * channels),
        (259, _SHORT, (8,)),
        (262, _SHORT, (1 if channels < 3 else 2,)),
        (273, _LONG, tuple(offsets)),
        (277, _SHORT, (channels,)),
        (278, _LONG, (rows,)),
        (279, _LONG, tuple(lengths)),
        (317, _SHORT, (2,)),
    ]
    if channels in (2, 4):
        fields.append((338, _SHORT, (2,)))
    fields += _beside(metadata)
    entries |= {tag: _entry(body, order, tag, kind, values) for tag, kind, values in fields}
    start = _append(body, struct.pack(order + "H", len(entries)))
    body += b"".join(entries[tag] for tag in sorted(entries)) + bytes(4)
    struct.pack_into(order + "I", body, 4, start)
    return bytes(body)


def tiff_xmp(data: bytes) -> bytes:
    """The packet that a TIFF's first page carries, or b"". Raises KeyError or struct.error where there is no page."""
    order, places, _ = directory(data)
    for at in places:
        tag, kind, count, place = struct.unpack_from(order + "HHII", data, at)
        if tag == _XMP and kind in (_BYTE, _UNDEFINED) and count > 4:
            return data[place : place + count]
    return b""


def with_tiff_xmp(data: bytes, xmp: bytes) -> bytes:
    """`data` with the packet, and a new first directory that names it, at its end. Raises as `tiff_xmp` does."""
    order, places, end = directory(data)
    body = bytearray(data)
    entries = {struct.unpack_from(order + "H", data, at)[0]: data[at : at + 12] for at in places}
    entries[_XMP] = _entry(body, order, _XMP, _BYTE, tuple(xmp))
    following = struct.unpack_from(order + "4s", data, end)[0]
    start = _append(body, struct.pack(order + "H", len(entries)))
    body += b"".join(entries[tag] for tag in sorted(entries)) + following
    struct.pack_into(order + "I", body, 4, start)
    return bytes(body)


def _beside(metadata: Metadata) -> list[_Field]:
    fields: list[_Field] = []
    if metadata.dpi:
        ratios = [Fraction(dots).limit_denominator(1000) for dots in metadata.dpi]
        fields += [(282 + i, _RATIONAL, (ratio.numerator, ratio.denominator)) for i, ratio in enumerate(ratios)]
        fields.append((296, _SHORT, (2,)))
    fields += [(_XMP, _BYTE, tuple(metadata.xmp))] if metadata.xmp else []
    fields += [(34675, _UNDEFINED, tuple(metadata.icc))] if metadata.icc else []
    return fields


def _descriptive(exif: bytearray) -> dict[int, bytes]:
    order, positions, _ = directory(exif)
    tags = {struct.unpack_from(order + "H", exif, at)[0]: bytes(exif[at : at + 12]) for at in positions}
    return {tag: entry for tag, entry in tags.items() if tag not in STRUCTURE}


def _predicted(strip: Samples, order: Literal["<", ">"]) -> bytes:
    """Each sample as its difference from the one to the left, in the file's byte order."""
    difference = strip.copy()
    difference[:, 1:] -= strip[:, :-1]
    return difference.astype(strip.dtype.newbyteorder(order)).tobytes()


def _append(body: bytearray, data: bytes) -> int:
    """Put `data` at the end, on an even byte as the format wants, and say where."""
    body += bytes(len(body) % 2)
    start = len(body)
    body += data
    return start


def _entry(body: bytearray, order: str, tag: int, kind: int, values: tuple[int, ...]) -> bytes:
    data = struct.pack(f"{order}{len(values)}{_LETTERS[kind]}", *values)
    count = len(values) // 2 if kind == _RATIONAL else len(values)
    where = data.ljust(4, b"\0") if len(data) <= 4 else struct.pack(order + "I", _append(body, data))
    return struct.pack(order + "HHI", tag, kind, count) + where
