"""The graph of an ONNX file as far as convolutions need it: where everything lies, and no weight is read.

Field numbers are those of onnx.proto, https://github.com/onnx/onnx.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from .. import wire
from ..wire import Data

GRAPH, METADATA, OPSET = 7, 14, 8
NODE, INITIALIZER, INPUT, OUTPUT = 1, 5, 11, 12
IN, OUT, OPERATOR, ATTRIBUTE, DOMAIN = 1, 2, 4, 5, 7
ATTRIBUTE_NAME, WHOLE, TEXT, WHOLES, ATTRIBUTE_TYPE = 1, 3, 4, 8, 20
ATTRIBUTE_GRAPHS = (6, 11)
DIMS, TYPE, TENSOR_NAME, RAW, LOCATION = 1, 2, 8, 9, 14
VALUE_NAME = 1
FLOAT, INT64 = 1, 7
LEAST, STEP = 64, 16
"""Channels: with fewer the transforms cost more than they save, and onnxruntime's fast kernels take sixteen at once."""
OLDEST = 10
"""The opset from which on Slice takes what to cut as inputs."""


@dataclass(frozen=True, slots=True)
class Part:
    """A field of the file: its number, where it starts, where its contents begin, and where it ends."""

    number: int
    start: int
    begin: int
    stop: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Table:
    """An initializer. part: where it lies."""

    shape: tuple[int, ...]
    type: int
    part: Part


@dataclass(frozen=True, slots=True, kw_only=True)
class Graph:
    """A model's fields, its graph's fields, and initializers by name.

    nodes: by where they start. users: how many inputs of nodes a value is.
    """

    around: tuple[Part, ...]
    within: tuple[Part, ...]
    opset: int
    tables: Mapping[str, Table]
    users: Mapping[str, int]
    nodes: Mapping[int, Node]


@dataclass(frozen=True, slots=True, kw_only=True)
class Node:
    """One step. numbers: its attributes that are whole numbers. odd: whether it has a graph or a domain of its own."""

    operator: str
    inputs: tuple[str, ...]
    outputs: tuple[str, ...]
    numbers: Mapping[str, tuple[int, ...]]
    odd: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Convolution:
    """3x3 with a stride of 1 and constant weights. pads: top, left, bottom, right. bias: None where there is none."""

    start: int
    taken: str
    given: str
    weights: str
    bias: str | None
    pads: tuple[int, int, int, int]
    channels: int
    filters: int


def read(data: Data) -> Graph:
    """Raises ValueError or IndexError when `data` is no ONNX file."""
    around = tuple(Part(*each) for each in wire.extents(data, 0, len(data)))
    graphs = [part for part in around if part.number == GRAPH]
    if len(graphs) != 1:
        raise ValueError("it has no graph")
    within = tuple(Part(*each) for each in wire.extents(data, graphs[0].begin, graphs[0].stop))
    nodes = {part.start: _node(data, part) for part in within if part.number == NODE}
    given = {_text(data, part, VALUE_NAME) for part in within if part.number == INPUT}
    tables = dict(_table(data, part) for part in within if part.number == INITIALIZER)
    users: dict[str, int] = {}
    for node in nodes.values():
        for name in node.inputs:
            users[name] = users.get(name, 0) + 1
    return Graph(
        around=around,
        within=within,
        opset=max((_opset(data, part) for part in around if part.number == OPSET), default=0),
        # What is an input as well may be another at each run.
        tables={name: table for name, table in tables.items() if name not in given},
        users=users,
        nodes=nodes,
    )


def convolutions(graph: Graph) -> tuple[Convolution, ...]:
    """Those that Winograd's way makes cheaper, in the file's order; none where the graph is of an odd kind."""
    if graph.opset < OLDEST or any(node.odd for node in graph.nodes.values()):
        return ()
    found = (_convolution(graph, start, node) for start, node in graph.nodes.items() if node.operator == "Conv")
    return tuple(each for each in found if each)


def _convolution(graph: Graph, start: int, node: Node) -> Convolution | None:
    taken, weights, bias = (*node.inputs, "", "")[:3]
    table = graph.tables.get(weights)
    if table is None or table.type != FLOAT or len(table.shape) != 4 or table.shape[2:] != (3, 3):
        return None
    filters, channels = table.shape[:2]
    numbers = node.numbers
    plain = all(set(numbers.get(name, (1,))) == {1} for name in ("strides", "dilations", "group"))
    pads = numbers.get("pads", (0, 0, 0, 0))
    known = not bias or (bias in graph.tables and graph.tables[bias].type == FLOAT)
    if not plain or not known or "auto_pad" in numbers or len(pads) != 4 or max(pads) > 2:
        return None
    if min(channels, filters) < LEAST or channels % STEP or filters % STEP:
        return None
    top, left, bottom, right = pads
    return Convolution(
        start=start,
        taken=taken,
        given=node.outputs[0],
        weights=weights,
        bias=bias or None,
        pads=(top, left, bottom, right),
        channels=channels,
        filters=filters,
    )


def _node(data: Data, part: Part) -> Node:
    inputs, outputs, operator, odd = [], [], "", False
    numbers: dict[str, tuple[int, ...]] = {}
    for number, begin, stop in wire.fields(data, part.begin, part.stop):
        if number == IN:
            inputs.append(data[begin:stop].decode())
        elif number == OUT:
            outputs.append(data[begin:stop].decode())
        elif number == OPERATOR:
            operator = data[begin:stop].decode()
        elif number == DOMAIN:
            odd = odd or begin != stop
        elif number == ATTRIBUTE:
            contents = list(wire.fields(data, begin, stop))
            odd = odd or any(inner in ATTRIBUTE_GRAPHS for inner, _, _ in contents)
            name = next((data[a:b].decode() for inner, a, b in contents if inner == ATTRIBUTE_NAME), "")
            numbers.update(_numbers(data, name, contents))
    return Node(operator=operator, inputs=tuple(inputs), outputs=tuple(outputs), numbers=numbers, odd=odd)


def _numbers(data: Data, name: str, contents: list[tuple[int, int, int]]) -> Iterator[tuple[str, tuple[int, ...]]]:
    """The attribute, if it is of whole numbers; auto_pad as none unless it says that pads count."""
    texts = [bytes(data[begin:stop]) for inner, begin, stop in contents if inner == TEXT]
    if name == "auto_pad" and texts != [b"NOTSET"]:
        yield name, ()
    found = [value for inner, a, b in contents if inner in (WHOLE, WHOLES) for value in wire.numbers(data, a, b)]
    if found:
        yield name, tuple(found)


def _table(data: Data, part: Part) -> tuple[str, Table]:
    shape: list[int] = []
    kind, name = FLOAT, ""
    for number, begin, stop in wire.fields(data, part.begin, part.stop):
        if number == DIMS:
            shape += wire.numbers(data, begin, stop)
        elif number == TYPE:
            kind = wire.number(data, begin)[0]
        elif number == TENSOR_NAME:
            name = data[begin:stop].decode()
        elif number == LOCATION and wire.number(data, begin)[0]:
            kind = 0
    return name, Table(shape=tuple(shape), type=kind, part=part)


def _opset(data: Data, part: Part) -> int:
    """The version of ONNX's own operators; 0 of others."""
    found = {number: (begin, stop) for number, begin, stop in wire.fields(data, part.begin, part.stop)}
    domain = data[slice(*found[1])] if 1 in found else b""
    return wire.number(data, found[2][0])[0] if 2 in found and domain in (b"", b"ai.onnx") else 0


def _text(data: Data, part: Part, wanted: int) -> str:
    found = (data[a:b].decode() for number, a, b in wire.fields(data, part.begin, part.stop) if number == wanted)
    return next(found, "")
