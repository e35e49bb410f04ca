"""Tiny nets with the inputs and outputs of an InsightFace pack; the package insightface takes them as its own.

What they answer depends on the picture in a known way: wherever a cell is redder than it is blue there is a face, so a
net that is fed blue first finds others; recognition, sex, age and landmarks are linear in the colours of a coarse grid.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from onnx import TensorProto, helper, numpy_helper

Dimension = int | str
GAIN = 6.0
REDNESS = 1.2
"""How much redder than blue a cell is, in the net's own units, that scores 0.5."""
SIDES = np.array([[1.2, 1.4, 1.3, 1.5], [2.0, 1.8, 1.9, 2.1]], np.float32)
"""Left, top, right, bottom of the first and the second anchor, in strides; green adds a tenth of its value."""
POINTS = np.array([-0.5, -0.5, 0.5, -0.45, 0.05, 0, -0.4, 0.5, 0.45, 0.55], np.float32)


def detector(
    *, strides: Sequence[int] = (8, 16, 32), points: bool = True, rank: int = 2, size: tuple[int, int] | None = None
) -> bytes:
    """SCRFD: two anchors a cell for three strides, one for five; `size` fixes height and width."""
    anchors = 2 if len(strides) == 3 else 1
    rows: list[list[Any]] = [[], [], []]
    nodes, weights = [], []
    for stride in strides:
        for kind, made in enumerate(_heads(stride, anchors, rank)):
            if kind < 2 or points:
                nodes += made.nodes
                weights += made.weights
                rows[kind].append(made.output)
    return _model(nodes, ("input.1", (1, 3, *(size or ("?", "?")))), [*rows[0], *rows[1], *rows[2]], weights)


def linear(
    size: int,
    numbers: int,
    *,
    cells: int = 4,
    batch: Dimension = "n",
    raw: bool = False,
    bias: float = 0.0,
    strength: float = 1.0,
    rows: int = 0,
) -> bytes:
    """A crop of `size` pixels to `numbers` numbers; `raw` nets take 0..255 and bring it to -1..1 themselves.

    rows: how many those come in, whatever the crops are; 0 for one a crop.
    """
    random = np.random.default_rng(size + numbers)
    matrix = (random.standard_normal((3 * cells * cells, numbers)) * strength / cells).astype(np.float32)
    weights = [numpy_helper.from_array(matrix, "w"), numpy_helper.from_array(np.full(numbers, bias, np.float32), "b")]
    nodes, taken = [], "data"
    if raw:
        weights += [_scalar("mean", 127.5), _scalar("scale", 1 / 128)]
        nodes += [
            helper.make_node("Sub", ["data", "mean"], ["shifted"], name="Sub_0"),
            helper.make_node("Mul", ["shifted", "scale"], ["scaled"], name="Mul_1"),
        ]
        taken = "scaled"
    pool = [size // cells] * 2
    nodes += [
        helper.make_node("AveragePool", [taken], ["grid"], name="pool", kernel_shape=pool, strides=pool),
        helper.make_node("Flatten", ["grid"], ["flat"], name="flat", axis=1),
        helper.make_node("MatMul", ["flat", "w"], ["product"], name="product"),
        helper.make_node("Add", ["product", "b"], ["sums" if rows else "fc1"], name="sum"),
    ]
    if rows:
        weights.append(numpy_helper.from_array(np.array([rows, -1], np.int64), "rows"))
        nodes.append(helper.make_node("Reshape", ["sums", "rows"], ["fc1"], name="rows"))
    return _model(nodes, ("data", (batch, 3, size, size)), [_value("fc1", (batch, numbers))], weights)


def write_pack(folder: Path, **others: bytes) -> Path:
    """A folder like buffalo_l; `others` replace or add files by their stem."""
    files = {
        "det_10g": detector(),
        "w600k_r50": linear(112, 512, cells=7),
        "genderage": linear(96, 3, raw=True, bias=0.5, strength=0.3),
        "2d106det": linear(192, 212, raw=True),
        "1k3d68": linear(192, 3309, cells=2, raw=True),
        **others,
    }
    folder.mkdir(parents=True, exist_ok=True)
    for stem, data in files.items():
        if data:
            (folder / f"{stem}.onnx").write_bytes(data)
    return folder


@dataclass(frozen=True)
class Head:
    """One output of a detector."""

    nodes: list[Any]
    weights: list[Any]
    output: Any


def _heads(stride: int, anchors: int, rank: int) -> Iterator[Head]:
    """Scores, boxes and points of one stride."""
    redness = np.zeros((anchors, 3), np.float32)
    redness[:, 0], redness[:, 2] = GAIN, -GAIN
    # The second anchor sees a little less, so that the two never score the same.
    yield _head("score", stride, redness, -GAIN * (REDNESS + 0.02 * np.arange(anchors)), rank)
    sides = SIDES[:anchors].reshape(-1)
    green = np.zeros((len(sides), 3), np.float32)
    green[:, 1] = 0.1
    yield _head("bbox", stride, green, sides, rank)
    yield _head("kps", stride, np.zeros((10 * anchors, 3), np.float32), np.tile(POINTS, anchors), rank)


def _head(kind: str, stride: int, colours: Any, bias: Any, rank: int) -> Head:
    """A head that sees the mean colour of a cell: (channels, 3) weights of red, green and blue."""
    name = f"{kind}_{stride}"
    width = {"score": 1, "bbox": 4, "kps": 10}[kind]
    kernel = np.repeat(colours / stride**2, stride**2, 1).reshape(-1, 3, stride, stride).astype(np.float32)
    rows: tuple[int, ...] = (1, -1, width) if rank == 3 else (-1, width)
    nodes = [
        helper.make_node(
            "Conv",
            ["input.1", f"w_{name}", f"b_{name}"],
            [f"c_{name}"],
            kernel_shape=[stride] * 2,
            strides=[stride] * 2,
        ),
        helper.make_node("Transpose", [f"c_{name}"], [f"t_{name}"], perm=[0, 2, 3, 1]),
        helper.make_node("Reshape", [f"t_{name}", f"r_{name}"], [f"f_{name}" if kind == "score" else name]),
    ]
    if kind == "score":
        nodes.append(helper.make_node("Sigmoid", [f"f_{name}"], [name]))
    weights = [
        numpy_helper.from_array(kernel, f"w_{name}"),
        numpy_helper.from_array(np.asarray(bias, np.float32), f"b_{name}"),
        numpy_helper.from_array(np.array(rows, np.int64), f"r_{name}"),
    ]
    shape: tuple[Dimension, ...] = (1, f"n_{name}", width) if rank == 3 else (f"n_{name}", width)
    return Head(nodes, weights, _value(name, shape))


def _scalar(name: str, value: float) -> Any:
    return numpy_helper.from_array(np.array(value, np.float32), name)


def _value(name: str, shape: Sequence[Dimension]) -> Any:
    return helper.make_tensor_value_info(name, TensorProto.FLOAT, shape)


def _model(nodes: list[Any], taken: tuple[str, tuple[Dimension, ...]], outputs: list[Any], weights: list[Any]) -> bytes:
    graph = helper.make_graph(nodes, "tiny", [_value(*taken)], outputs, weights)
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 11)], ir_version=6)
    return bytes(model.SerializeToString())
