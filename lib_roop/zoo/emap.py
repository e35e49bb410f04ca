"""The last initializer of a graph, without reading the hundreds of megabytes before it.

inswapper's file carries the matrix that turns an identity for it (the "emap") there, and insightface takes it from
`graph.initializer[-1]`. Field numbers and types are those of onnx.proto, https://github.com/onnx/onnx.
"""

from __future__ import annotations

import math
import mmap
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..errors import ModelError
from .wire import Data, fields, number

_GRAPH, _INITIALIZER = 7, 5
_DIMS, _TYPE, _FLOATS, _HALVES, _RAW, _DOUBLES, _LOCATION = 1, 2, 4, 5, 9, 10, 14
_FLOAT, _FLOAT16, _DOUBLE = 1, 10, 11
RAW = {_FLOAT: "<f4", _FLOAT16: "<f2", _DOUBLE: "<f8"}
"""How values of a type lie in raw data."""
MOST_DIMS = 8


def last_initializer(source: bytes | Path) -> NDArray[np.float32]:
    """The last initializer as float32, in its own shape; `source` is an ONNX file or its bytes.

    Raises ModelError when it cannot be read, is no whole ONNX file, or ends with something else than numbers.
    """
    name = source if isinstance(source, Path) else "given"
    try:
        if isinstance(source, bytes):
            return _tensor(source)
        with source.open("rb") as stream, mmap.mmap(stream.fileno(), 0, access=mmap.ACCESS_READ) as data:
            return _tensor(data)
    except OSError as error:
        raise ModelError(f"The net {name} cannot be read ({error.strerror}); check its permissions.") from error
    except (ValueError, IndexError, OverflowError) as error:
        raise ModelError(
            f"The net {name} does not end with a table of numbers ({error}); put the original, whole file there."
        ) from error


def _tensor(data: Data) -> NDArray[np.float32]:
    graphs = _all(data, (0, len(data)), _GRAPH)
    tensors = [tensor for graph in graphs for tensor in _all(data, graph, _INITIALIZER)]
    if not tensors:
        raise ValueError("there is none")
    return table(data, *tensors[-1])


def table(data: Data, begin: int, stop: int) -> NDArray[np.float32]:
    """What a TensorProto holds, as float32. Raises ValueError or IndexError when that is not numbers in this file."""
    shape, values, kind = [], [], _FLOAT
    for field, at, end in fields(data, begin, stop):
        if field == _DIMS:
            shape += _numbers(data, at, end)
        elif field == _TYPE:
            kind = number(data, at)[0]
        elif field == _LOCATION and number(data, at)[0]:
            raise ValueError("it lies in another file")
        elif field in (_FLOATS, _HALVES, _DOUBLES, _RAW):
            values.append((field, at, end))
    return _values(data, values, kind).reshape(_checked(shape)).astype(np.float32)


def _all(data: Data, message: tuple[int, int], wanted: int) -> list[tuple[int, int]]:
    return [(at, end) for field, at, end in fields(data, *message) if field == wanted]


def _numbers(data: Data, at: int, end: int) -> list[int]:
    """One integer or, packed, several."""
    found = []
    while at < end:
        value, at = number(data, at)
        found.append(value)
        if len(found) > MOST_DIMS:
            raise ValueError("too many dimensions")
    return found


def _checked(shape: list[int]) -> list[int]:
    if len(shape) > MOST_DIMS or math.prod(shape) > 1 << 40:
        raise ValueError("too many dimensions")
    return shape


def _values(data: Data, parts: list[tuple[int, int, int]], kind: int) -> NDArray[Any]:
    """The numbers in order, wherever the format may put those of that kind: raw, as floats, or halves as integers."""
    if kind not in RAW:
        raise ValueError("it is not of floating point")
    held = {_FLOAT: _FLOATS, _FLOAT16: _HALVES, _DOUBLE: _DOUBLES}[kind]
    if raw := [(at, end) for field, at, end in parts if field == _RAW]:
        return np.frombuffer(data[slice(*raw[-1])], RAW[kind])
    chosen = [(at, end) for field, at, end in parts if field == held]
    if kind == _FLOAT16:
        return np.array([value for part in chosen for value in _halves(data, *part)], np.uint16).view(np.float16)
    return np.frombuffer(b"".join(data[at:end] for at, end in chosen), RAW[kind])


def _halves(data: Data, at: int, end: int) -> list[int]:
    found = []
    while at < end:
        value, at = number(data, at)
        found.append(value & 0xFFFF)
    return found
