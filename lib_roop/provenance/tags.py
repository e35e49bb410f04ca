"""What a film's container says of it, read from the file's bytes; the film itself is passed over.

MP4 and QuickTime: ISO 14496-12, Apple's QuickTime File Format, XMP part 3. Matroska and WebM: RFC 9559. AVI: RIFF.
"""

from __future__ import annotations

import struct
from collections.abc import Iterator
from dataclasses import dataclass
from typing import IO

XMP_BOX = bytes.fromhex("BE7ACFCB97A942E89C71999491E3AFAC")
C2PA_BOX = bytes.fromhex("D8FEC3D61B0E483C92975828877EC481")
MOST = 1 << 22
"""Longer texts and packets are passed over,"""
DEEPEST, LONGEST = 8, 200_000
"""and so is what lies within more others, or behind so many."""
_STILL = (b"avif", b"avis", b"heic", b"heix", b"hevc", b"hevx", b"mif1", b"msf1")
"""Brands of pictures, which are stored in the same boxes."""
_NAMES = {
    "\xa9cmt": "comment", "\xa9too": "encoder", "\xa9swr": "software", "desc": "description", "\xa9nam": "title",
    "ICMT": "comment", "ISFT": "encoder", "INAM": "title",
}  # fmt: skip
_HOLDERS = (b"moov", b"udta", b"ilst", b"trak")
_TAGS = {0x18538067, 0x1549A966, 0x1254C367, 0x7373}
"""Matroska's Segment, Info, Tags and Tag."""
_SIMPLE, _NAME, _TEXT, _CLUSTER = 0x67C8, 0x45A3, 0x4487, 0x1F43B675
_APPLICATIONS = {0x4D80: "encoder", 0x5741: "encoder"}


@dataclass(frozen=True, slots=True)
class Tags:
    """words: (name, text) of each. packets: of XMP. credentials: whether there are content credentials."""

    words: tuple[tuple[str, str], ...] = ()
    packets: tuple[bytes, ...] = ()
    credentials: bool = False


@dataclass(frozen=True, slots=True)
class Part:
    """A box or element. start, end: of what lies in it, in the file."""

    kind: bytes | int
    start: int
    end: int


def tags_of(file: IO[bytes]) -> Tags | None:
    """The tags of a film; of a damaged one those before the damage. None for what is no film of these kinds."""
    head = _at(file, 0, 16)
    found: Iterator[tuple[str, str | bytes]]
    if head[4:8] in (b"ftyp", b"moov", b"wide", b"mdat", b"free", b"skip"):
        if head[4:8] == b"ftyp" and head[8:12] in _STILL:
            return None
        found = _in_boxes(file, 0, _size(file), 0)
    elif head.startswith(b"\x1a\x45\xdf\xa3"):
        found = _in_elements(file, 0, _size(file), 0)
    elif head.startswith(b"RIFF") and head[8:12] == b"AVI ":
        found = _in_chunks(file, 0, _size(file), 0)
    else:
        return None
    words: list[tuple[str, str]] = []
    packets: list[bytes] = []
    sealed = False
    for name, value in found:
        if isinstance(value, str):
            words.append((name, value))
        elif name == "xmp":
            packets.append(value)
        else:
            sealed = True
    return Tags(tuple(words), tuple(packets), sealed)


def _size(file: IO[bytes]) -> int:
    return file.seek(0, 2)


def _at(file: IO[bytes], place: int, count: int) -> bytes:
    file.seek(place)
    return file.read(count)


def _content(file: IO[bytes], part: Part) -> bytes:
    return _at(file, part.start, part.end - part.start) if part.end - part.start <= MOST else b""


def _boxes(file: IO[bytes], start: int, end: int) -> Iterator[Part]:
    for _ in range(LONGEST):
        head = _at(file, start, 16)
        if start + 8 > end or len(head) < 8:
            return
        size, kind = struct.unpack(">I4s", head[:8])
        skipped = 8
        if size == 1 and len(head) == 16:
            size, skipped = struct.unpack(">Q", head[8:])[0], 16
        last = start + size if size else end
        if last < start + skipped or last > end:
            return
        yield Part(kind, start + skipped, last)
        start = last


def _in_boxes(file: IO[bytes], start: int, end: int, depth: int) -> Iterator[tuple[str, str | bytes]]:
    for box in _boxes(file, start, end) if depth < DEEPEST else ():
        if box.kind == b"uuid":
            kind = _at(file, box.start, 16)
            if kind == XMP_BOX:
                yield "xmp", _content(file, Part(kind, box.start + 16, box.end))
            elif kind == C2PA_BOX:
                yield "c2pa", b""
        elif box.kind == b"meta":
            yield from _in_meta(file, box, depth + 1)
        elif box.kind in _HOLDERS:
            yield from _in_boxes(file, box.start, box.end, depth + 1)
        elif box.kind == b"XMP_":
            yield "xmp", _content(file, box)
        elif isinstance(box.kind, bytes) and box.kind.startswith(b"\xa9"):
            yield from _said(_named(box.kind), _content(file, box))


def _in_meta(file: IO[bytes], box: Part, depth: int) -> Iterator[tuple[str, str | bytes]]:
    """A list of values, whose names are their kinds, or numbers in a list of names."""
    plain = _at(file, box.start + 4, 4) == b"hdlr"
    inner = list(_boxes(file, box.start if plain else box.start + 4, box.end))
    keys = [name for part in inner if part.kind == b"keys" for name in _keys(_content(file, part))]
    for part in inner:
        for item in _boxes(file, part.start, part.end) if part.kind == b"ilst" else ():
            number = int.from_bytes(item.kind, "big") if isinstance(item.kind, bytes) else 0
            name = keys[number - 1] if 0 < number <= len(keys) else _named(item.kind)
            for value in _boxes(file, item.start, item.end):
                if value.kind == b"name":
                    name = _content(file, value)[4:].decode("utf-8", "replace")
                elif value.kind == b"data":
                    yield from _text(name, _content(file, value)[8:])
        if part.kind in _HOLDERS and part.kind != b"ilst":
            yield from _in_boxes(file, part.start, part.end, depth)


def _keys(content: bytes) -> Iterator[str]:
    place = 8
    while place + 8 <= len(content):
        size = int.from_bytes(content[place : place + 4], "big")
        if size < 8:
            return
        yield content[place + 8 : place + size].decode("utf-8", "replace").rpartition("quicktime.")[2]
        place += size


def _said(name: str, content: bytes) -> Iterator[tuple[str, str | bytes]]:
    """QuickTime's texts: each its length, a language, and the letters."""
    length = int.from_bytes(content[:2], "big")
    yield from _text(name, content[4 : 4 + length])


def elements(file: IO[bytes], start: int, end: int) -> Iterator[Part]:
    """Matroska's elements from a place in the file to another; those that break off end there."""
    for _ in range(LONGEST * 10):
        head = _at(file, start, 12)
        if start >= end or len(head) < 2 or not head[0]:
            return
        width = 9 - head[0].bit_length()
        sizes = head[width:]
        if not sizes or not sizes[0]:
            return
        length = 9 - sizes[0].bit_length()
        size = int.from_bytes(sizes[:length], "big") & (1 << 7 * length) - 1
        kind, first = int.from_bytes(head[:width], "big"), start + width + length
        # All ones: nobody knows yet. Of a cluster one goes on with what lies in it.
        unknown = size == (1 << 7 * length) - 1
        last = (first if kind == _CLUSTER else end) if unknown else first + size
        yield Part(kind, first, min(last, end))
        start = last


def _in_elements(file: IO[bytes], start: int, end: int, depth: int) -> Iterator[tuple[str, str | bytes]]:
    for element in elements(file, start, end) if depth < DEEPEST else ():
        if element.kind in _TAGS:
            yield from _in_elements(file, element.start, element.end, depth + 1)
        elif element.kind == _SIMPLE:
            inner = {part.kind: _content(file, part) for part in elements(file, element.start, element.end)}
            yield from _text(inner.get(_NAME, b"").decode("utf-8", "replace").lower(), inner.get(_TEXT, b""))
        elif element.kind in _APPLICATIONS:
            yield from _text("encoder", _content(file, element))


def _in_chunks(file: IO[bytes], start: int, end: int, depth: int) -> Iterator[tuple[str, str | bytes]]:
    for _ in range(LONGEST if depth < DEEPEST else 0):
        head = _at(file, start, 12)
        if start + 8 > end or len(head) < 8:
            return
        kind, size = struct.unpack("<4sI", head[:8])
        last = min(start + 8 + size, end)
        if kind in (b"RIFF", b"LIST"):
            if head[8:] != b"movi":
                yield from _in_chunks(file, start + 12, last, depth + 1)
        elif kind == b"_PMX":
            yield "xmp", _content(file, Part(kind, start + 8, last))
        elif kind in (b"ICMT", b"ISFT", b"INAM"):
            yield from _text(_named(kind), _content(file, Part(kind, start + 8, last)))
        start = last + size % 2


def _named(kind: bytes | int) -> str:
    name = kind.decode("latin-1") if isinstance(kind, bytes) else ""
    return _NAMES.get(name, name.strip("\xa9 \0").lower())


def _text(name: str, raw: bytes) -> Iterator[tuple[str, str | bytes]]:
    text = raw.decode("utf-8", "replace").strip("\0 ")
    if text:
        yield name, text
