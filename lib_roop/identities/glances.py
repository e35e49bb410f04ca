"""What a face's file holds, by its header: no number is read, no skin decoded, so that a thousand can be listed."""

from __future__ import annotations

import os
import struct
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

from . import checkpoints, headers, record
from .headers import Damage, Header
from .record import Record

JPEG_START = 4096
"""So many bytes of a texture tell how large it is; in ours, the first 620."""
FRAMES = frozenset(range(0xC0, 0xD0)) - {0xC4, 0xC8, 0xCC}
"""The JPEG segments that tell the size."""
EMBEDDING = "embedding."


@dataclass(frozen=True, slots=True, kw_only=True)
class Glance:
    """bytes: of the file. origin: as `Checkpoint` has it. recognisers: the length of each one's embedding.

    texture: width and height of the skin.
    """

    name: str
    bytes: int
    origin: str
    recognisers: Mapping[str, int]
    shape: bool
    texture: tuple[int, int] | None
    record: Record


def glance(path: Path) -> Glance:
    """Raises InputError for what is no face; what is damaged in its numbers shows only in `checkpoints.read`."""
    try:
        with path.open("rb") as stream:
            size = os.fstat(stream.fileno()).st_size
            if size > checkpoints.MAX_BYTES:
                raise Damage("it is too large")
            header = headers.read(stream, size)
            return _ours(header, stream, path, size) if record.is_ours(header.metadata) else _foreign(path, size)
    except Damage as error:
        raise checkpoints.unusable(str(path), error) from error
    except (OSError, ValueError) as error:
        raise checkpoints.unread(path, error) from error


def _ours(header: Header, stream: BinaryIO, path: Path, size: int) -> Glance:
    entries = header.entries
    recognisers = {}
    for name in sorted(entries):
        if name.startswith(EMBEDDING):
            if len(entries[name].shape) != 1:
                raise Damage(f"{name[:80]} has the wrong size")
            recognisers[name.removeprefix(EMBEDDING)] = entries[name].shape[0]
    if not recognisers and "texture" not in entries:
        raise Damage("it holds no face")
    return Glance(
        name=path.stem,
        bytes=size,
        origin="roop",
        recognisers=recognisers,
        shape="shape" in entries,
        texture=_size(header, stream) if "texture" in entries else None,
        record=record.read(header.metadata),
    )


def _size(header: Header, stream: BinaryIO) -> tuple[int, int]:
    """Width and height of the skin, which is a JPEG (ITU-T T.81, B.2)."""
    entry = header.entries["texture"]
    stream.seek(entry.start)
    data, place = stream.read(min(entry.length, JPEG_START)), 2
    while data[place : place + 1] == b"\xff" and place + 9 <= len(data):
        kind, length = struct.unpack_from(">BH", data, place + 1)
        if kind in FRAMES:
            height, width = struct.unpack_from(">HH", data, place + 5)
            return width, height
        place += 2 + length
    raise Damage("its texture is damaged")


def _foreign(path: Path, size: int) -> Glance:
    found = checkpoints.read(path)
    identity = found.identity
    return Glance(
        name=path.stem,
        bytes=size,
        origin=found.origin,
        recognisers={id_: len(values) for id_, values in identity.embeddings.items()},
        shape=False,
        texture=None,
        record=Record(sex=identity.sex, age=identity.age),
    )
