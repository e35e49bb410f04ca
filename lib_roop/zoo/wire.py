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
    return ((number, begin, stop) for number, _, begin, stop in extents(data, at, end))


def extents(data: Data, at: int, end: int) -> Iterator[tuple[int, int, int, int]]:
    """As `fields`, with where each field starts, which is before its contents begin."""
    count = 0
    while at < end:
        start = at
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
        yield tag >> 3, start, at, stop
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


def numbers(data: Data, at: int, end: int) -> Iterator[int]:
    """One integer or, packed, several."""
    while at < end:
        value, at = number(data, at)
        yield value


def field(number: int, value: int | str | bytes) -> bytes:
    """A whole field: a whole number, or a text, bytes or a message."""
    if isinstance(value, int):
        return _written(number << 3) + _written(value)
    contents = value.encode() if isinstance(value, str) else value
    return head(number, len(contents)) + contents


def head(number: int, length: int) -> bytes:
    """What comes before the contents of a long field."""
    return _written(number << 3 | 2) + _written(length)


def _written(value: int) -> bytes:
    rest = value & (1 << 64) - 1
    made = bytearray()
    while rest > 127:
        made.append(rest & 127 | 128)
        rest >>= 7
    return bytes((*made, rest))
