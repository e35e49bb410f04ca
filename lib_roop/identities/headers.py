"""The header of a .safetensors file: which tensors it holds, and where, and what it says in words."""

from __future__ import annotations

import json
import struct
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, BinaryIO

LENGTH = struct.Struct("<Q")
"""What a file begins with: how long its header is."""


class Damage(Exception):
    """What is wrong with a file, as a part of a sentence."""


@dataclass(frozen=True, slots=True)
class Entry:
    """A tensor: its kind of numbers, as the format calls it, its shape, where its bytes start in the file, how many."""

    dtype: str
    shape: tuple[int, ...]
    start: int
    length: int


@dataclass(frozen=True, slots=True)
class Header:
    """What a file holds."""

    entries: Mapping[str, Entry]
    metadata: Mapping[str, str]


def read(stream: BinaryIO, size: int) -> Header:
    """The header of a file of `size` bytes; what follows is not read. Raises Damage, and OSError."""
    (length,) = LENGTH.unpack(stream.read(LENGTH.size).ljust(LENGTH.size, b"\xff"))
    first = LENGTH.size + length
    if first > size:
        raise Damage("it is damaged or cut short")
    try:
        found = json.loads(stream.read(length))
        metadata = found.pop("__metadata__", None) or {}
        entries = {name: _entry(told, first, size) for name, told in found.items()}
        if not all(isinstance(text, str) for text in metadata.values()):
            raise TypeError
    except (ValueError, TypeError, LookupError, AttributeError, RecursionError) as error:
        raise Damage("it is damaged or cut short") from error
    return Header(entries, metadata)


def amended(data: bytes, changes: Mapping[str, str]) -> bytes:
    """The file with other words in it: its tensors stay as they are, bit by bit. `data` is one that can be read."""
    (length,) = LENGTH.unpack(data[: LENGTH.size])
    first = LENGTH.size + length
    found = json.loads(data[LENGTH.size : first])
    found["__metadata__"] = {**(found.get("__metadata__") or {}), **changes}
    text = json.dumps(found, ensure_ascii=False, separators=(",", ":")).encode()
    text += b" " * (-len(text) % LENGTH.size)
    return LENGTH.pack(len(text)) + text + data[first:]


def _entry(told: Any, first: int, size: int) -> Entry:
    begin, end = told["data_offsets"]
    shape = tuple(told["shape"])
    if not all(type(number) is int and number >= 0 for number in (begin, end, *shape)):
        raise ValueError
    if end < begin or first + end > size:
        raise ValueError
    return Entry(str(told["dtype"]), shape, first + begin, end - begin)
