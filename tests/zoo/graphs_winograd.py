"""Small nets with inswapper's inputs and outputs, whose inner convolutions are large enough to be rewritten."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from onnx import TensorProto, helper, numpy_helper

LATENT = 512
WIDE = 64


@dataclass(frozen=True, kw_only=True)
class Swapping:
    """side: height and width of the crop. batch: None for any. pads: of the first large convolution.

    free: whether the side is. half: weights as halves. shared: whether both large convolutions have the same weights.
    listed: weights as lists of floats instead of bytes. other: attributes that make the large ones unfit.
    """

    side: tuple[int, int] = (16, 16)
    batch: int | None = 1
    pads: tuple[int, int, int, int] = (1, 1, 1, 1)
    free: bool = False
    half: bool = False
    shared: bool = False
    listed: bool = False
    seed: int = 0
    other: Sequence[tuple[str, Any]] = ()

    def data(self) -> bytes:
        """The file: two large convolutions, the second of a style that `source` says, between two small ones."""
        random = np.random.default_rng(self.seed)
        kind = TensorProto.FLOAT16 if self.half else TensorProto.FLOAT
        numbers = np.float16 if self.half else np.float32

        def weights(*shape: int) -> Any:
            return (random.standard_normal(shape) / np.sqrt(np.prod(shape[1:]))).astype(numbers)

        values = {
            "first": weights(WIDE, 3, 1, 1),
            "wide": weights(WIDE, WIDE, 3, 3),
            "bias": weights(WIDE, 1)[:, 0],
            "around": np.array([0, 0, 1, 1, 0, 0, 1, 1], np.int64),
            "last": weights(3, WIDE, 1, 1) / 4,
            "style": weights(LATENT, WIDE),
            "flat": np.array([-1, WIDE, 1, 1], np.int64),
            **({} if self.shared else {"wider": weights(WIDE + 16, WIDE, 3, 3)}),
            "squeeze": weights(WIDE, WIDE if self.shared else WIDE + 16, 1, 1),
        }
        # What insightface takes for the emap is the last of all.
        values["emap"] = weights(LATENT, LATENT)
        plain = {"kernel_shape": [3, 3], "strides": [1, 1], **dict(self.other)}
        nodes = [
            helper.make_node("Conv", ["target", "first"], ["a"]),
            helper.make_node("LeakyRelu", ["a"], ["b"], alpha=0.2),
            helper.make_node("Conv", ["b", "wide", "bias"], ["c"], pads=self.pads, **plain),
            helper.make_node("Pad", ["c", "around"], ["d"], mode="reflect"),
            helper.make_node("Conv", ["d", "wide" if self.shared else "wider"], ["e"], **plain),
            helper.make_node("Conv", ["e", "squeeze"], ["f"]),
            helper.make_node("MatMul", ["source", "style"], ["g"]),
            helper.make_node("Reshape", ["g", "flat"], ["h"]),
            helper.make_node("Mul", ["f", "h"], ["i"]),
            helper.make_node("Conv", ["i", "last"], ["j"]),
            helper.make_node("Sigmoid", ["j"], ["output"]),
        ]
        top, left, bottom, right = self.pads
        height, width = self.side[0] + top + bottom - 2, self.side[1] + left + right - 2
        sides, made = (("h", "w"), ("y", "x")) if self.free else (self.side, (height, width))
        graph = helper.make_graph(
            nodes,
            "swapping",
            [
                helper.make_tensor_value_info("target", kind, (self.batch, 3, *sides)),
                helper.make_tensor_value_info("source", kind, (self.batch, LATENT)),
            ],
            [helper.make_tensor_value_info("output", kind, (self.batch, 3, *made))],
            [self._tensor(name, value) for name, value in values.items()],
        )
        model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 13)], ir_version=7)
        return bytes(model.SerializeToString())

    def _tensor(self, name: str, value: Any) -> Any:
        if self.listed and value.dtype == np.float32:
            return helper.make_tensor(name, TensorProto.FLOAT, value.shape, value.reshape(-1).tolist())
        return numpy_helper.from_array(value, name)
