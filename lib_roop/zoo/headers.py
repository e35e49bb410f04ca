"""What an ONNX file says of itself, read in milliseconds whatever its size: no runtime, no onnx package, no weights.

Field numbers are those of onnx.proto, https://github.com/onnx/onnx.
"""

from __future__ import annotations

import functools
import mmap
from dataclasses import dataclass
from pathlib import Path

from ..errors import ModelError
from .cards import Shape
from .wire import Data, fields, number

FIRST_NODES = 8
_GRAPH = 7
_NODE, _INITIALIZER, _INPUT, _OUTPUT = 1, 5, 11, 12
_NODE_NAME, _TENSOR_NAME, _VALUE_NAME = 3, 8, 1
_VALUE_SHAPE = (2, 1, 2)
"""ValueInfoProto.type, .tensor_type, .shape."""
_DIMENSION, _DIMENSION_VALUE = 1, 1


@dataclass(frozen=True, slots=True, kw_only=True)
class Header:
    """inputs and outputs: shapes by name in the file's order, None for any size. nodes: the first nodes' names."""

    inputs: dict[str, Shape]
    outputs: dict[str, Shape]
    nodes: tuple[str, ...]


def header(path: Path) -> Header:
    """What the net in this file takes and gives. Raises ModelError when it cannot be read or is no ONNX net."""
    try:
        state = path.stat()
    except OSError as error:
        raise _unreadable(path, error) from error
    return _read(path, state.st_mtime_ns, state.st_size)


@functools.lru_cache(maxsize=64)
def _read(path: Path, changed: int, size: int) -> Header:
    """Once for each state of a file, as packs are looked at before every picture."""
    try:
        with path.open("rb") as stream, mmap.mmap(stream.fileno(), 0, access=mmap.ACCESS_READ) as data:
            return _header(data)
    except OSError as error:
        raise _unreadable(path, error) from error
    except (ValueError, IndexError) as error:
        raise ModelError(f"The file {path} is no ONNX net, or only a part of one; put a whole copy there.") from error


def _unreadable(path: Path, error: OSError) -> ModelError:
    return ModelError(f"The net {path} cannot be read ({error.strerror}); check its permissions.")


def _header(data: Data) -> Header:
    graphs = [(at, end) for field, at, end in fields(data, 0, len(data)) if field == _GRAPH]
    if not graphs:
        raise ValueError("no graph")
    parts: dict[int, list[tuple[int, int]]] = {_NODE: [], _INITIALIZER: [], _INPUT: [], _OUTPUT: []}
    for field, at, end in fields(data, *graphs[0]):
        if field in parts:
            parts[field].append((at, end))
    # Before IR version 4 initializers are listed among the inputs.
    weights = {_text(data, *part, _TENSOR_NAME) for part in parts[_INITIALIZER]}
    inputs = dict(_value(data, *part) for part in parts[_INPUT])
    return Header(
        inputs={name: shape for name, shape in inputs.items() if name not in weights},
        outputs=dict(_value(data, *part) for part in parts[_OUTPUT]),
        nodes=tuple(_text(data, *part, _NODE_NAME) for part in parts[_NODE][:FIRST_NODES]),
    )


def _value(data: Data, at: int, end: int) -> tuple[str, Shape]:
    name = _text(data, at, end, _VALUE_NAME)
    for step in _VALUE_SHAPE:
        at, end = next(((begin, stop) for field, begin, stop in fields(data, at, end) if field == step), (end, end))
    return name, tuple(_size(data, *part) for field, *part in fields(data, at, end) if field == _DIMENSION)


def _size(data: Data, at: int, end: int) -> int | None:
    """A dimension; None for a named one, and for the zero and the minus one that some exporters write instead."""
    sizes = [number(data, begin)[0] for field, begin, _ in fields(data, at, end) if field == _DIMENSION_VALUE]
    return sizes[0] if sizes and 0 < sizes[0] < 1 << 63 else None


def _text(data: Data, at: int, end: int, wanted: int) -> str:
    return next((data[begin:stop].decode() for field, begin, stop in fields(data, at, end) if field == wanted), "")
