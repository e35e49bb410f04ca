"""A graph's convolutions as Winograd's, in ONNX's own operators.

Channel by channel, tiles of the input are seen through small convolutions down and then across; the products over
channels are one pointwise convolution with a group for each point, which onnxruntime computes fastest and without
laying the input out anew; a matrix and DepthToSpace make pixels of them. Large tables go into a file of their own, from
which onnxruntime takes them one by one: in one file it would hold all of them twice. They are transformed plane by
plane; six times the largest of them is all the memory that it takes.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from .. import wire
from ..emap import table
from ..wire import Data
from . import reading
from .reading import Convolution, Graph, Table
from .sites import FLOAT, Site

ALIGNED = 1 << 16
"""Where in their file tables may begin: files are mapped by as much on Windows. Smaller ones stay with the graph."""
_INT, _INTS = 2, 7
_ELSEWHERE, _EXTERNAL = 1, 13


@dataclass(frozen=True, slots=True)
class Numbers:
    """A table in the file of its own: where it begins, and its bytes, made when they are written."""

    offset: int
    blocks: Callable[[], Iterable[bytes]]


@dataclass(slots=True)
class Rewritten:
    """The model without its large tables, and those. file: what the file is called that they will be in."""

    file: str
    model: bytes = b""
    tables: list[Numbers] = field(default_factory=list)
    size: int = 0

    def add(self, name: str, shape: Sequence[int], blocks: Callable[[], Iterable[bytes]]) -> bytes:
        """The field of an initializer whose float32 are in the other file."""
        length = math.prod(shape) * FLOAT
        self.tables.append(Numbers(self.size, blocks))
        where = {"location": self.file, "offset": str(self.size), "length": str(length)}
        self.size += -(-length // ALIGNED) * ALIGNED
        entries = (wire.field(_EXTERNAL, wire.field(1, key) + wire.field(2, value)) for key, value in where.items())
        tensor = _tensor(name, shape, reading.FLOAT) + b"".join(entries) + wire.field(reading.LOCATION, _ELSEWHERE)
        return wire.field(reading.INITIALIZER, tensor)


def rewritten(data: Data, graph: Graph, sites: Sequence[Site], file: str) -> Rewritten:
    """The model in `data` with `sites` done Winograd's way, and its tables for the file called `file`."""
    made = Rewritten(file)
    within = b"".join(_graph(data, graph, {site.convolution.start: site for site in sites}, made))
    made.model = b"".join(
        wire.field(reading.GRAPH, within) if part.number == reading.GRAPH else data[part.start : part.stop]
        for part in graph.around
    )
    return made


def watching(found: Sequence[Convolution]) -> bytes:
    """What makes outputs of all that they take, at the end of their file: fields that come twice are joined."""
    names = dict.fromkeys(each.taken for each in found)
    outputs = b"".join(wire.field(reading.OUTPUT, wire.field(reading.VALUE_NAME, name)) for name in names)
    return wire.field(reading.GRAPH, outputs)


def _graph(data: Data, graph: Graph, sites: Mapping[int, Site], made: Rewritten) -> Iterator[bytes]:
    """Its fields, with the nodes of `sites` replaced, and their weights where nobody else takes them."""
    left = dict(graph.users)
    for each in sites.values():
        left[each.convolution.weights] -= 1
    dropped = {name for name in (site.convolution.weights for site in sites.values()) if not left[name]}
    names = {each.part.start: name for name, each in graph.tables.items()}
    for part in graph.within:
        name = names.get(part.start, "")
        if site := sites.get(part.start):
            yield from _convolved(data, graph, site, made)
        elif name and _large(graph.tables[name]):
            if name not in dropped:
                yield made.add(name, graph.tables[name].shape, _copied(data, graph.tables[name]))
        elif name not in dropped:
            yield data[part.start : part.stop]


def _convolved(data: Data, graph: Graph, site: Site, made: Rewritten) -> Iterator[bytes]:
    """One convolution: its nodes and their constants. Batches may be of any size, as they were."""
    convolution, ways, steps = site.convolution, site.ways, _Steps(f"{site.convolution.given}/winograd")
    channels, filters, points, (down, across) = convolution.channels, convolution.filters, ways.points, site.tiles
    weights = f"{convolution.given}/winograd/weights"
    bias = [steps.constant(_bias(data, graph, site))] if convolution.bias else []
    x = _seen(steps, site)
    x = steps.add("Conv", x, weights, *bias, group=points)
    x = steps.add("Reshape", x, steps.constant([-1, points, filters * down * across]))
    x = steps.add("MatMul", steps.constant(ways.given), x)
    x = steps.add("Reshape", x, steps.constant([-1, site.tile**2 * filters, down, across]))
    if site.given == (down * site.tile, across * site.tile):
        steps.add("DepthToSpace", x, to=convolution.given, blocksize=site.tile)
    else:
        x = steps.add("DepthToSpace", x, blocksize=site.tile)
        cut = [steps.constant(numbers) for numbers in ([0, 0], site.given, [2, 3])]
        steps.add("Slice", x, *cut, to=convolution.given)
    yield from steps.made
    yield made.add(weights, (points * filters, channels, 1, 1), _transformed(data, graph, site))


def _seen(steps: _Steps, site: Site) -> str:
    """The input, tile by tile, at every point: (N, points * channels, tiles down, tiles across)."""
    channels, rows, tile = site.convolution.channels, site.ways.taken, site.tile
    every = np.ones((channels, 1, 1, 1))
    columns = [steps.constant(every * row) for row in rows]
    seen = []
    for row in rows:
        weights = steps.constant(every * row[:, None])
        line = steps.add("Conv", site.convolution.taken, weights, strides=[tile, 1], pads=site.pads, group=channels)
        seen += [steps.add("Conv", line, column, strides=[1, tile], group=channels) for column in columns]
    return steps.add("Concat", *seen, axis=1)


@dataclass(slots=True)
class _Steps:
    """Nodes and constants in the making, as fields of a graph; values are called `name` and a number."""

    name: str
    made: list[bytes] = field(default_factory=list)

    def add(self, operator: str, *inputs: str, to: str = "", **attributes: int | Sequence[int]) -> str:
        """The name of what the node gives."""
        given = to or self._next()
        node = [wire.field(reading.IN, name) for name in inputs]
        node += [wire.field(reading.OUT, given), wire.field(reading.OPERATOR, operator)]
        node += [wire.field(reading.ATTRIBUTE, _attribute(name, value)) for name, value in attributes.items()]
        self.made.append(wire.field(reading.NODE, b"".join(node)))
        return given

    def constant(self, values: Any) -> str:
        """The name of an initializer: int64 for whole numbers, float32 for others."""
        name, array = self._next(), np.asarray(values)
        whole = array.dtype.kind == "i"
        contents = array.astype("<i8" if whole else "<f4").tobytes()
        tensor = _tensor(name, array.shape, reading.INT64 if whole else reading.FLOAT)
        self.made.append(wire.field(reading.INITIALIZER, tensor + wire.field(reading.RAW, contents)))
        return name

    def _next(self) -> str:
        return f"{self.name}/{len(self.made)}"


def _bias(data: Data, graph: Graph, site: Site) -> NDArray[np.float32]:
    """(points * filters,): that of the first point, whose product is once in every pixel, and none for the others."""
    part = graph.tables[site.convolution.bias or ""].part
    return np.pad(table(data, part.begin, part.stop), (0, (site.ways.points - 1) * site.convolution.filters))


def _transformed(data: Data, graph: Graph, site: Site) -> Callable[[], Iterator[bytes]]:
    part = graph.tables[site.convolution.weights].part

    def blocks() -> Iterator[bytes]:
        kernels = table(data, part.begin, part.stop).reshape(-1, 9).astype(np.float64)
        for row in site.ways.kernel:
            yield (kernels @ row).astype("<f4").tobytes()

    return blocks


def _large(table_: Table) -> bool:
    return table_.type == reading.FLOAT and math.prod(table_.shape) * FLOAT >= ALIGNED


def _copied(data: Data, given: Table) -> Callable[[], tuple[bytes]]:
    return lambda: (table(data, given.part.begin, given.part.stop).astype("<f4").tobytes(),)


def _tensor(name: str, shape: Sequence[int], kind: int) -> bytes:
    dims = b"".join(wire.field(reading.DIMS, size) for size in shape)
    return dims + wire.field(reading.TYPE, kind) + wire.field(reading.TENSOR_NAME, name)


def _attribute(name: str, value: int | Sequence[int]) -> bytes:
    named = wire.field(reading.ATTRIBUTE_NAME, name)
    if isinstance(value, int):
        return named + wire.field(reading.WHOLE, value) + wire.field(reading.ATTRIBUTE_TYPE, _INT)
    numbers = b"".join(wire.field(reading.WHOLES, number) for number in value)
    return named + numbers + wire.field(reading.ATTRIBUTE_TYPE, _INTS)
