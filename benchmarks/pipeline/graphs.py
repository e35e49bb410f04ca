"""A pack as large as buffalo_l, with random numbers: its nets cost what the real ones do.

The detector computes all of SCRFD-10G, and then finds the faces that `scene` marks in a picture: where 8 pixels of its
input are red and not blue a face has its middle, and green says how high it is in parts of the picture's width. So
whoever feeds it finds the same faces, whatever the size of what it is fed.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import onnx
from onnx import TensorProto, helper

from benchmarks.inswapper import CROP_TO_FACE, SIDE, Graph
from lib_roop import templates
from lib_roop.types import Floats, Image

STRIDES, ANCHORS = (8, 16, 32), 2
PLANES, BLOCKS = (56, 88, 88, 224), (3, 4, 2, 3)
NECK, HEAD = 56, 80
TURN = np.radians(8)
MARK = 16 / 512
"""Of the picture's width: 16 pixels or more of a detector's input, so that a cell of 8 by 8 is the mark's alone."""


def write_pack(folder: Path) -> None:
    """Five nets under their names in buffalo_l; the last three have its number of parameters, and about its layers."""
    folder.mkdir(parents=True)
    write_detector(folder / "det_10g.onnx")
    iresnet = (3, 4, 14, 3)
    write_describer(folder / "w600k_r50.onnx", 112, np.zeros(512, np.float32), iresnet, (64, 128, 256, 512), flat=True)
    write_describer(folder / "genderage.onnx", 96, np.array([0, 1, 0.4], np.float32), (1, 1, 1, 1), (16, 32, 64, 128))
    points = np.random.default_rng(7).uniform(-0.7, 0.7, 3309).astype(np.float32)
    write_describer(folder / "1k3d68.onnx", 192, points, (3, 4, 6, 6), (64, 128, 256, 512))
    write_describer(folder / "2d106det.onnx", 192, points[:212], (1, 1, 1, 2), (24, 48, 96, 192))


def write_facefusion(pack: Path, swap: Path, folder: Path) -> None:
    """What FaceFusion swaps with, under its names: three nets that are there, FairFace, five points to sixty-eight."""
    folder.mkdir(parents=True)
    for theirs, ours in (("retinaface_10g", "det_10g"), ("arcface_w600k_r50", "w600k_r50")):
        model = onnx.load(pack / f"{ours}.onnx")
        model.graph.node.insert(0, helper.make_node("Identity", ["input"], [model.graph.input[0].name]))
        model.graph.input[0].name = "input"
        onnx.save(model, str(folder / f"{theirs}.onnx"))
    (folder / swap.name).symlink_to(swap)
    g, made = Graph(), [("race_id", 7), ("gender_id", 2), ("age_id", 9)]
    x, size = trunk(g, "input", 224, ((3, 4, 6, 3), (64, 128, 256, 512)))
    for name, width in made:
        scores = g.add("Gemm", x, g.weights(width, size), g.constant(np.zeros(width)), transB=1)
        g.add("Cast", g.add("ArgMax", scores, axis=1, keepdims=0), to=TensorProto.FLOAT, output=name)
    save(folder / "fairface.onnx", g, ("input", (1, 3, 224, 224)), [(name, (1,)) for name, _ in made])
    g = Graph()
    x = g.add("Gemm", g.add("Flatten", "input"), g.weights(136, 10), g.constant(np.zeros(136)), transB=1)
    g.add("Reshape", x, g.constant([1, 68, 2], np.int64), output="output")
    save(folder / "fan_68_5.onnx", g, ("input", (1, 5, 2)), [("output", (1, 68, 2))])


def scene(width: int, height: int, count: int, share: float) -> Image:
    """Noise with `count` marked faces side by side, `share` of the picture's height each."""
    picture = np.random.default_rng(5).integers(0, 256, (height, width, 3), np.uint8)
    half = round(MARK * width / 2)
    for number in range(count):
        x, y = round(width * (number + 0.5) / count), height // 2
        picture[y - half : y + half, x - half : x + half] = (255, round(255 * share * height / width), 0)
    return picture


def write_describer(
    file: Path, side: int, bias: Floats, layers: Sequence[int], widths: Sequence[int], *, flat: bool = False
) -> None:
    """A residual net from a crop to numbers that stay near `bias`; `flat` with all that is dear in ArcFace's."""
    g = Graph()
    x, size = trunk(g, "data", side, (layers, widths), flat=flat)
    x = g.add("Gemm", x, g.weights(len(bias), size), g.constant(np.zeros(len(bias))), transB=1)
    if not bias.any():
        g.add("Identity", x, output="fc1")
    else:
        g.add("Add", g.add("Mul", x, g.constant(1e-6)), g.constant(bias), output="fc1")
    save(file, g, ("data", (1, 3, side, side)), [("fc1", (1, len(bias)))])


def trunk(
    g: Graph, x: str, side: int, shape: tuple[Sequence[int], Sequence[int]], *, flat: bool = False
) -> tuple[str, int]:
    """All of a residual net but its last layer, and how many numbers that gets. shape: blocks and planes by stage."""
    first, (layers, widths) = 1 if flat else 2, shape
    x, before, size = g.leaky(g.convolved(x, 3, widths[0], 3, stride=first, pads=1)), widths[0], side // first
    for count, width in zip(layers, widths, strict=True):
        for block in range(count):
            stride = 2 if block == 0 else 1
            x, before = residual(g, x, before, width, (1, stride) if flat else (stride, 1)), width
        size = -(-size // 2)
    if not flat:
        x, size = g.add("GlobalAveragePool", x), 1
    return g.add("Flatten", x), before * size * size


def residual(g: Graph, x: str, before: int, after: int, strides: tuple[int, int]) -> str:
    """Two convolutions beside what goes in."""
    y = g.leaky(g.convolved(x, before, after, 3, stride=strides[0], pads=1))
    y = g.convolved(y, after, after, 3, stride=strides[1], pads=1)
    stride = max(strides)
    way = x if (before, stride) == (after, 1) else g.convolved(x, before, after, 1, stride=stride)
    return g.leaky(g.add("Mul", g.add("Add", y, way), g.constant(0.7)))


def write_detector(file: Path) -> None:
    """SCRFD-10G's backbone, neck and heads, and what the marks say."""
    g = Graph()
    levels = neck(g, backbone(g))
    made: dict[str, list[str]] = {"score": [], "bbox": [], "kps": []}
    for stride, level in zip(STRIDES, levels, strict=True):
        x, before = level, NECK
        for _ in range(3):
            x, before = g.leaky(g.convolved(x, before, HEAD, 3, pads=1)), HEAD
        marks = marked(g) if stride == STRIDES[0] else {}
        for kind, width in (("score", 1), ("bbox", 4), ("kps", 10)):
            y = g.add("Mul", g.convolved(x, HEAD, ANCHORS * width, 3, pads=1), g.constant(1e-9))
            y = g.add("Add", y, marks.get(kind) or g.constant(-9.0))
            rows = g.add("Transpose", y, perm=[0, 2, 3, 1])
            last = kind != "score"
            name = f"{kind}_{stride}"
            y = g.add("Reshape", rows, g.constant([-1, width], np.int64), output=name if last else "")
            if not last:
                g.add("Sigmoid", y, output=name)
            made[kind].append(name)
    widths = {"score": 1, "bbox": 4, "kps": 10}
    outputs = [(name, (f"n_{name}", widths[kind])) for kind, names in made.items() for name in names]
    save(file, g, ("input.1", (1, 3, "height", "width")), outputs)


def backbone(g: Graph) -> list[str]:
    """What it makes of the picture at strides 8, 16 and 32."""
    x = g.leaky(g.convolved("input.1", 3, 28, 3, stride=2, pads=1))
    x = g.leaky(g.convolved(x, 28, 28, 3, pads=1))
    x = g.leaky(g.convolved(x, 28, PLANES[0], 3, pads=1))
    x = g.add("MaxPool", x, kernel_shape=[3, 3], strides=[2, 2], pads=[1] * 4)
    before, levels = PLANES[0], []
    for stage, (count, width) in enumerate(zip(BLOCKS, PLANES, strict=True)):
        for block in range(count):
            x, before = residual(g, x, before, width, (2 if stage and block == 0 else 1, 1)), width
        levels.append(x)
    return levels[1:]


def neck(g: Graph, levels: Sequence[str]) -> list[str]:
    """From coarse to fine and back (PAFPN)."""
    x = [g.convolved(level, width, NECK, 1) for level, width in zip(levels, PLANES[1:], strict=True)]
    for fine in (1, 0):
        x[fine] = g.add("Add", x[fine], g.add("Resize", x[fine + 1], "", g.constant([1, 1, 2, 2]), mode="nearest"))
    x = [g.convolved(level, NECK, NECK, 3, pads=1) for level in x]
    for coarse in (1, 2):
        x[coarse] = g.add("Add", x[coarse], g.convolved(x[coarse - 1], NECK, NECK, 3, stride=2, pads=1))
    return [x[0], *(g.convolved(level, NECK, NECK, 3, pads=1) for level in x[1:])]


def marked(g: Graph) -> dict[str, str]:
    """The scores, sides and points of the finest stride, in strides, of the faces whose marks lie in each cell."""
    cells = g.add("AveragePool", "input.1", kernel_shape=[8, 8], strides=[8, 8])
    redness = np.tile(np.array([20, 0, -20], np.float32), (ANCHORS, 1))[..., None, None]
    logit = g.add("Conv", cells, g.constant(redness), g.constant([-38.0, -38.3]))
    green = g.add("Conv", cells, g.constant(np.array([0, 128 / 255, 0]).reshape(1, 3, 1, 1)), g.constant([0.5]))
    width = g.add("Cast", g.add("Gather", g.add("Shape", "input.1"), g.constant(3, np.int64)), to=TensorProto.FLOAT)
    height = g.add("Mul", green, width)
    turn = np.array([[np.cos(TURN), np.sin(TURN)], [-np.sin(TURN), np.cos(TURN)]])
    points = (np.array(templates.ARCFACE_128.points) / SIDE - 0.5) * CROP_TO_FACE @ turn
    shapes = {"bbox": np.full(4, 0.5), "kps": points.ravel()}
    spread = {
        kind: g.add("Conv", height, g.constant(np.tile(shape / STRIDES[0], ANCHORS).reshape(-1, 1, 1, 1)))
        for kind, shape in shapes.items()
    }
    return {"score": logit, **spread}


def save(file: Path, g: Graph, taken: tuple[str, tuple[Any, ...]], made: Sequence[tuple[str, tuple[Any, ...]]]) -> None:
    ports = [helper.make_tensor_value_info(name, TensorProto.FLOAT, shape) for name, shape in (taken, *made)]
    graph = helper.make_graph(g.nodes, file.stem, ports[:1], ports[1:], g.values)
    onnx.save(helper.make_model(graph, opset_imports=[helper.make_opsetid("", 13)], ir_version=7), str(file))
