"""The XMP packet of an AVIF file: an item of its own (ISO 14496-12, section 8.11; ISO 23008-12, annex A)."""

from __future__ import annotations

import io
import struct
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import IO

_TYPE = b"application/rdf+xml"
_LEAST = 512
"""Where the list ends at the earliest: OpenCV 5.0 does not know a file whose first 500 bytes name items behind them."""
_Extents = list[tuple[int, int]]
"""Where the pieces of an item lie, and how long they are."""


@dataclass(frozen=True, slots=True)
class _Meta:
    """The box that lists the items: its place in the file, its head and what lies in it, as bytes by kind."""

    start: int
    end: int
    head: bytes
    boxes: Mapping[bytes, bytes]


def avif_xmp(data: bytes) -> bytes:
    """The packet that `data` carries, or b"".

    Raises ValueError, KeyError or struct.error for what leads nowhere, and for an animation.
    """
    meta = _meta(data)
    method, extents = _places(meta.boxes[b"iloc"]).get(_packet_of(_items(meta)), (0, []))
    store = meta.boxes[b"idat"] if method else data
    if any(at + length > len(store) for at, length in extents) or sum(size for _, size in extents) > len(store):
        raise ValueError
    return b"".join(store[at : at + length] for at, length in extents)


def with_avif_xmp(data: bytes, xmp: bytes) -> bytes:
    """`data` with the packet, before the coded data, for the one that is there. Raises as `avif_xmp` does."""
    meta = _meta(data)
    boxes, places, items = {**meta.boxes, b"free": b""}, _places(meta.boxes[b"iloc"]), _items(meta)
    own = _packet_of(items)
    if not own:
        own = max(items) + 1
        boxes |= _announced(boxes, own)
    places[own] = (0, [(meta.end, len(xmp))])
    boxes[b"free"] = bytes(max(0, _LEAST - meta.start - len(_joined(meta.head, boxes, places))))
    # Its length does not depend on the numbers in it.
    length, packet = len(_joined(meta.head, boxes, places)), _box(b"mdat", xmp)
    grown = length + len(packet) - (meta.end - meta.start)
    moved = {
        item: (method, _moved(meta, extents, 0 if method else grown)) for item, (method, extents) in places.items()
    }
    moved[own] = (0, [(meta.start + length + 8, len(xmp))])
    return data[: meta.start] + _joined(meta.head, boxes, moved) + packet + data[meta.end :]


def _moved(meta: _Meta, extents: _Extents, grown: int) -> _Extents:
    if grown and any(meta.start < at + length and at < meta.end for at, length in extents):
        raise ValueError
    return [(at + grown if at >= meta.end else at, length) for at, length in extents]


def _meta(data: bytes) -> _Meta:
    found = [each for each in _boxes(data) if each[0] in (b"meta", b"moov")]
    ((kind, start, content, end),) = found
    if kind != b"meta":
        raise ValueError
    inner = data[content + 4 : end]
    boxes = [(kind, inner[at:last]) for kind, _, at, last in _boxes(inner)]
    if len(dict(boxes)) != len(boxes):
        raise ValueError
    return _Meta(start, end, data[content : content + 4], dict(boxes))


def _boxes(data: bytes) -> Iterator[tuple[bytes, int, int, int]]:
    """Kind, start, start of the content, and end."""
    at = 0
    while at < len(data):
        size, kind = struct.unpack_from(">I4s", data, at)
        head = 16 if size == 1 else 8
        if size == 1:
            size = struct.unpack_from(">Q", data, at + 8)[0]
        end = at + size if size else len(data)
        if end < at + head or end > len(data):
            raise ValueError
        yield kind, at, at + head, end
        at = end


def _box(kind: bytes, content: bytes) -> bytes:
    return struct.pack(">I4s", 8 + len(content), kind) + content


def _joined(head: bytes, boxes: Mapping[bytes, bytes], places: Mapping[int, tuple[int, _Extents]]) -> bytes:
    contents = {**boxes, b"iloc": _located(places)}
    return _box(b"meta", head + b"".join(_box(kind, content) for kind, content in contents.items()))


def _items(meta: _Meta) -> dict[int, bytes]:
    """What is said of each item, from its type on."""
    listed = meta.boxes[b"iinf"]
    entries, found = listed[_counted(listed) :], {}
    for kind, _, start, end in _boxes(entries):
        entry = entries[start:end]
        if kind != b"infe" or entry[:1] != b"\2":
            raise ValueError
        found[struct.unpack_from(">H", entry, 4)[0]] = entry[8:]
    return found


def _counted(listed: bytes) -> int:
    """Where the entries begin, behind their number."""
    return 6 if listed[:1] == b"\0" else 8


def _packet_of(items: Mapping[int, bytes]) -> int:
    """The item that is the packet, 0 for none."""
    named = (item for item, entry in items.items() if entry[:4] == b"mime" and entry[4:].split(b"\0")[1:2] == [_TYPE])
    return next(named, 0)


def _announced(boxes: Mapping[bytes, bytes], item: int) -> dict[bytes, bytes]:
    """The boxes that say that there is such an item, and that it describes the picture."""
    listed, primary = boxes[b"iinf"], boxes[b"pitm"]
    counted = _counted(listed)
    count = int.from_bytes(listed[4:counted], "big") + 1
    entry = _box(b"infe", struct.pack(">IHH4s", 2 << 24, item, 0, b"mime") + b"\0" + _TYPE + b"\0")
    references = boxes.get(b"iref", bytes(4))
    whole = ">HHH" if references[:1] == b"\0" else ">IHI"
    reference = _box(b"cdsc", struct.pack(whole, item, 1, int.from_bytes(primary[4:], "big")))
    return {
        b"iinf": listed[:4] + count.to_bytes(counted - 4, "big") + listed[counted:] + entry,
        b"iref": references + reference,
    }


def _places(box: bytes) -> dict[int, tuple[int, _Extents]]:
    """How each item is kept, 0 in the file or 1 in the box itself, and where. Items within items raise ValueError."""
    stream = io.BytesIO(box[4:])
    version, sizes = box[0], _number(stream, 2)
    offset, length, base, index = (sizes >> shift & 15 for shift in (12, 8, 4, 0))
    found = {}
    for _ in range(_number(stream, 2 if version < 2 else 4)):
        item = _number(stream, 2 if version < 2 else 4)
        method = _number(stream, 2) & 15 if version else 0
        elsewhere, start = _number(stream, 2), _number(stream, base)
        extents = []
        for _ in range(_number(stream, 2)):
            _number(stream, index if version else 0)
            extents.append((start + _number(stream, offset), _number(stream, length)))
        if elsewhere or method > 1 or not all(size for _, size in extents):
            raise ValueError
        found[item] = (method, extents)
    return found


def _located(places: Mapping[int, tuple[int, _Extents]]) -> bytes:
    version = int(any(method for method, _ in places.values()))
    found = [struct.pack(">IHH", version << 24, 0x4400, len(places))]
    for item, (method, extents) in places.items():
        found.append(struct.pack(">HH", item, method) if version else struct.pack(">H", item))
        found.append(struct.pack(">HH", 0, len(extents)))
        found += [struct.pack(">II", *extent) for extent in extents]
    return b"".join(found)


def _number(stream: IO[bytes], size: int) -> int:
    content = stream.read(size)
    if len(content) < size:
        raise ValueError
    return int.from_bytes(content, "big")
