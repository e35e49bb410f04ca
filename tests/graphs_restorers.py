"""Tiny nets with the contracts of restorers, upscalers and maskers, and faces to try them on."""

from collections.abc import Mapping
from typing import Any

import numpy as np
from onnx import TensorProto, helper, numpy_helper

from lib_roop import geometry
from lib_roop.templates import FFHQ_512
from lib_roop.types import Face, Floats, Image
from lib_roop.zoo import runtime
from lib_roop.zoo.runtime import OnnxNet, Tensor

FLOAT = TensorProto.FLOAT


class Recorder:
    """A net that remembers what it was given and answers with what it is told, or with its first input."""

    providers: tuple[str, ...] = ("test",)

    def __init__(self, answer: Tensor | None = None) -> None:
        self.given: dict[str, Tensor] = {}
        self._answer = answer

    def run(self, inputs: Mapping[str, Tensor]) -> dict[str, Tensor]:
        self.given = dict(inputs)
        answer = next(iter(inputs.values())) if self._answer is None else self._answer
        return {"output": answer, "further": np.zeros(3, np.float32)}


def opened(data: bytes) -> OnnxNet:
    """The net in these bytes, as roop opens one."""
    return runtime.load_unlisted("tiny.onnx", data)


def gfpgan(side: int = 512) -> bytes:
    """Every value a tenth of the range brighter."""
    nodes = [helper.make_node("Add", ["input", "tenth"], ["output"])]
    return _model(nodes, {"input": (1, 3, side, side)}, (1, 3, side, side), {"tenth": np.array([0.2], np.float32)})


def codeformer(fidelity: str = "weight", kind: int = TensorProto.DOUBLE) -> bytes:
    """The crop times the fidelity."""
    nodes = [
        helper.make_node("Cast", [fidelity], ["share"], to=FLOAT),
        helper.make_node("Mul", ["input", "share"], ["output"]),
    ]
    weight = helper.make_tensor_value_info(fidelity, kind, (1,))
    return _model(nodes, {"input": (1, 3, 512, 512)}, (1, 3, 512, 512), {}, [weight])


def upscaler(factor: int, unshuffled: int = 1) -> bytes:
    """Every pixel `factor` times in both directions; the sides must be multiples of `unshuffled`."""
    nodes = [
        helper.make_node("SpaceToDepth", ["input"], ["deep"], blocksize=unshuffled),
        helper.make_node("DepthToSpace", ["deep"], ["flat"], blocksize=unshuffled),
        helper.make_node("Resize", ["flat", "", "scales"], ["output"], mode="nearest", nearest_mode="floor",
                         coordinate_transformation_mode="asymmetric"),
    ]  # fmt: skip
    scales = {"scales": np.array([1, 1, factor, factor], np.float32)}
    return _model(nodes, {"input": (1, 3, "h", "w")}, (1, 3, "H", "W"), scales)


def parser(**scores: tuple[float, float, float]) -> bytes:
    """Regions by colour: for each class number in `scores` (as c17) how red, green and blue speak for it."""
    weights = np.zeros((19, 3, 1, 1), np.float32)
    bias = np.full(19, -100, np.float32)
    for name, row in scores.items():
        weights[int(name[1:]), :, 0, 0] = row
        bias[int(name[1:])] = 0
    nodes = [helper.make_node("Conv", ["input", "weights", "bias"], ["output"])]
    return _model(nodes, {"input": (1, 3, 512, 512)}, (1, 19, 512, 512), {"weights": weights, "bias": bias})


def occluder() -> bytes:
    """How red a pixel is, which stands last in BGR."""
    nodes = [helper.make_node("MatMul", ["input", "red"], ["output"])]
    return _model(nodes, {"input": (1, 256, 256, 3)}, (1, 256, 256, 1), {"red": np.array([[0], [0], [1]], np.float32)})


def face_at(x: float, y: float, side: float, turn: float = 0.0, number: int = 0) -> Face:
    """A face whose FFHQ crop has its top left corner at x, y, is `side` wide and turned by so many degrees."""
    angle = np.radians(turn)
    points = np.array(FFHQ_512.points) * side / 512
    turned = points @ np.array([[np.cos(angle), np.sin(angle)], [-np.sin(angle), np.cos(angle)]]) + (x, y)
    low, high = turned.min(0) - side * 0.15, turned.max(0) + side * 0.15
    return Face(id=number, box=np.array([*low, *high], np.float32), landmarks=turned.astype(np.float32), score=1.0)


def shown(face: Face, point: tuple[float, float]) -> Floats:
    """Where a point of the FFHQ crop, in parts of its side, lies in the picture."""
    matrix = geometry.similarity_fit(face.landmarks, FFHQ_512.points)
    return geometry.transform([(point[0] * 512, point[1] * 512)], geometry.invert(matrix)).reshape(2)


def noisy(height: int, width: int) -> Image:
    """Smooth colours with some grain."""
    y, x = np.mgrid[0:height, 0:width]
    plane = np.stack([60 + 100 * x / width, 90 + 80 * y / height, 150 - 60 * x / width], -1)
    grain = np.random.default_rng(3).normal(0, 4, (height, width, 3))
    return np.rint(np.clip(plane + grain, 0, 255)).astype(np.uint8)


def _model(
    nodes: list[Any],
    given: dict[str, Any],
    made: tuple[Any, ...],
    weights: dict[str, Any],
    more: list[Any] | None = None,
) -> bytes:
    graph = helper.make_graph(
        nodes,
        "tiny",
        [*(helper.make_tensor_value_info(name, FLOAT, shape) for name, shape in given.items()), *(more or ())],
        [helper.make_tensor_value_info("output", FLOAT, made)],
        [numpy_helper.from_array(np.asarray(value), name) for name, value in weights.items()],
    )
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 13)], ir_version=7)
    return bytes(model.SerializeToString())
