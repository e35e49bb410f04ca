"""The wire format of protobuf messages, as far as ONNX files need it: https://protobuf.dev/programming-guides/encoding.

Fields are numbered, and the long ones say how long they are, so that they can be skipped without being read.
"""

from __future__ import annotations

import mmap
from collections.abc import Iterator

Data = bytes | mmap.mmap
MOST_FIELDS = 1_000_000
"""More than any net has in one message: a hostile file must not keep the reader busy for minutes."""


def fields(data: Data, at: int, end: int) -> Iterator[tuple[int, int, int]]:
    """Number, begin and end of the fields of a message. Raises ValueError or IndexError when it is not one."""
    count = 0
    while at < end:
        tag, at = number(data, at)
        kind = tag & 7
        if kind == 2:
            length, at = number(data, at)
            stop = at + length
        elif kind == 0:
            stop = number(data, at)[1]
        else:
            stop = at + {1: 8, 5: 4}.get(kind, len(data))
        if stop > end:
            raise ValueError("a field that is longer than its message")
        yield tag >> 3, at, stop
        at, count = stop, count + 1
        if count > MOST_FIELDS:
            raise ValueError("a message of too many fields")


def number(data: Data, at: int) -> tuple[int, int]:
    """A variable-length integer, and where it ends."""
    value = shift = 0
    while shift < 70:
        byte = data[at]
        value |= (byte & 127) << shift
        at, shift = at + 1, shift + 7
        if byte < 128:
            return value, at
    raise ValueError("a number that does not end")
