"""The shape of a film's pixels in Matroska and WebM files.

The muxer would write it, but nothing tells it. So room is made for it when the file is begun, by a name for the track
that is too long, and used when the file is finished (RFC 9559, section 5.1.4.1.28).
"""

from __future__ import annotations

import io
from collections.abc import Iterator
from fractions import Fraction
from pathlib import Path

from ..errors import FilmError
from ..provenance.tags import Part, elements

ROOM = " " * 64
"""What is put behind the track's name."""
_WAY = (0x18538067, 0x1654AE6B, 0xAE)
"""Matroska's Segment, Tracks and TrackEntry."""
_NAME, _VIDEO, _VOID = 0x536E, 0xE0, 0xEC
_WIDTH, _HEIGHT, _SHOWN = 0xB0, 0xBA, (0x54B0, 0x54BA, 0x54B2)


def stretched(path: Path, aspect: Fraction) -> None:
    """Say in the file, whose first track is the picture, that its pixels are `aspect` times as wide as high.

    Raises FilmError where there is no room.
    """
    with path.open("rb+") as file:
        part = Part(0, 0, file.seek(0, 2))
        for kind in _WAY:
            part = next((each for each in elements(file, part.start, part.end) if each.kind == kind), Part(0, 0, 0))
        file.seek(part.start)
        made = _track(file.read(part.end - part.start), aspect)
        file.seek(part.start)
        file.write(made)


def _track(raw: bytes, aspect: Fraction) -> bytes:
    """A track's content with the shape in it, as long as before."""
    pieces = []
    for kind, whole, content in _parted(raw):
        if kind == _NAME:
            name = content.removesuffix(ROOM.encode())
            pieces.append(_element(_NAME, name) if name else b"")
        else:
            pieces.append(_element(_VIDEO, _shaped(content, aspect)) if kind == _VIDEO else whole)
    made = b"".join(pieces)
    spare = len(raw) - len(made)
    if spare < 9:
        raise FilmError("The shape of the film's pixels finds no room in the file; write an .mp4.")
    return made + _element(_VOID, bytes(spare - 9))


def _shaped(raw: bytes, aspect: Fraction) -> bytes:
    """The description of a picture, to be shown wider, or higher, than it is."""
    found = {kind: int.from_bytes(content, "big") for kind, _, content in _parted(raw) if kind in (_WIDTH, _HEIGHT)}
    width, height = found[_WIDTH], found[_HEIGHT]
    size = (round(width * aspect), height) if aspect >= 1 else (width, round(height / aspect))
    kept = b"".join(whole for kind, whole, _ in _parted(raw) if kind not in _SHOWN)
    return kept + b"".join(_element(kind, each.to_bytes(4, "big")) for kind, each in zip(_SHOWN, size, strict=False))


def _parted(raw: bytes) -> Iterator[tuple[int, bytes, bytes]]:
    """Each element's kind, the whole of it, and what lies in it."""
    place = 0
    for part in elements(io.BytesIO(raw), 0, len(raw)):
        assert isinstance(part.kind, int)
        yield part.kind, raw[place : part.end], raw[part.start : part.end]
        place = part.end


def _element(kind: int, content: bytes) -> bytes:
    """With a length of eight bytes, so that it does not change its size."""
    return kind.to_bytes((kind.bit_length() + 7) // 8, "big") + (len(content) | 1 << 56).to_bytes(8, "big") + content
