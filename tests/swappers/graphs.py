"""Tiny graphs with the contract of inswapper: what they make of a crop depends on the identity, colour by colour."""

from dataclasses import dataclass

import numpy as np
from onnx import TensorProto, helper, numpy_helper

from lib_roop.swappers import inswapper
from lib_roop.swappers.crops import Contract
from lib_roop.types import Floats
from lib_roop.zoo import runtime
from lib_roop.zoo.emap import last_initializer

GAINS = (0.9, 0.7, 0.5)
"""What becomes of red, green and blue."""
QUARTER = 0.25 / 255
"""Added to whole levels, so that rounding and cutting off give the same."""


@dataclass(frozen=True, kw_only=True)
class Toy:
    """size and batch: None for any. half: float16 throughout. latent_first: the inputs the other way round."""

    size: int | None = 128
    batch: int | None = 1
    half: bool = False
    latent_first: bool = False

    def data(self) -> bytes:
        """The file. Its output is the crop in whole levels, darkened by GAINS and shifted as the identity says."""
        kind = np.float16 if self.half else np.float32
        values = {
            "gains": np.reshape(GAINS, (1, 3, 1, 1)),
            "directions": directions() * 0.15,
            "shape": np.array([-1, 3, 1, 1], np.int64),
            "levels": np.array(255.0),
            "quarter": np.array(QUARTER),
            "low": np.array(0.0),
            "high": np.array(1.0),
            "emap": emap(),
        }
        nodes = [
            helper.make_node("MatMul", ["source", "directions"], ["flat"]),
            helper.make_node("Reshape", ["flat", "shape"], ["shift"]),
            helper.make_node("Mul", ["target", "gains"], ["darker"]),
            helper.make_node("Add", ["darker", "shift"], ["shifted"]),
            helper.make_node("Clip", ["shifted", "low", "high"], ["clipped"]),
            helper.make_node("Mul", ["clipped", "levels"], ["exact"]),
            helper.make_node("Floor", ["exact"], ["whole"]),
            helper.make_node("Div", ["whole", "levels"], ["ground"]),
            helper.make_node("Add", ["ground", "quarter"], ["output"]),
        ]
        picture, number = (self.batch, 3, self.size, self.size), TensorProto.FLOAT16 if self.half else TensorProto.FLOAT
        inputs = [
            helper.make_tensor_value_info("target", number, picture),
            helper.make_tensor_value_info("source", number, (self.batch, 512)),
        ]
        graph = helper.make_graph(
            nodes,
            "toy",
            inputs[::-1] if self.latent_first else inputs,
            [helper.make_tensor_value_info("output", number, picture)],
            [
                numpy_helper.from_array(value if value.dtype == np.int64 else value.astype(kind), name)
                for name, value in values.items()
            ],
        )
        model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 13)], ir_version=7)
        return bytes(model.SerializeToString())

    def contract(self, size: int | None = None) -> Contract:
        picture = (self.batch, 3, self.size, self.size)
        return inswapper.contract("toy", {"target": picture, "source": (self.batch, 512)}, {"output": picture}, size)


def directions() -> Floats:
    """(512, 3) how much of an identity goes into red, green and blue."""
    return np.random.default_rng(1).standard_normal((512, 3)).astype(np.float32)


def emap() -> Floats:
    """(512, 512), neither symmetric nor orthogonal, as the real one."""
    return (np.random.default_rng(2).standard_normal((512, 512)) * 0.17).astype(np.float32)


def embedding(seed: int) -> Floats:
    """(512,) raw, about as long as real ones are."""
    return (np.random.default_rng(seed).standard_normal(512)).astype(np.float32)


def swapper_of(toy: Toy = Toy(), size: int | None = None) -> inswapper.InSwapper:
    data = toy.data()
    return inswapper.InSwapper(runtime.load_unlisted("toy.onnx", data), last_initializer(data), toy.contract(size))
