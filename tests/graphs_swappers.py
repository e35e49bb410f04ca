"""Tiny swap models of every family's contract, and converters: their colour tells what they were fed as the source."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from onnx import TensorProto, helper, numpy_helper

from lib_roop.types import Floats
from lib_roop.zoo.cards import ModelCard

FLOAT = TensorProto.FLOAT
MUCH = 0.4
"""Half of the brightest colour: what comes out is never black."""
TWICE = 2.0
"""How much longer a vector is after a converter."""


@dataclass(frozen=True, kw_only=True)
class Toy:
    """A file for `card`. names: of target, source and output. masked: whether it gives a mask of its own, 1 in the
    middle half. source_first: the inputs the other way round. batch: None for any.
    """

    card: ModelCard
    names: tuple[str, str, str] = ("target", "source", "output")
    masked: bool = False
    source_first: bool = False
    batch: int | None = 1

    def data(self) -> bytes:
        """Every pixel has the colour of `painted`."""
        side, worn = self.card.feed.side, self.card.feed.source
        target, source, output = self.names
        values = {"nothing": np.zeros(1, np.float32), "directions": directions(), "mask": mask(side)}
        values |= {"much": np.array([MUCH], np.float32), "shape": np.array([-1, 3, 1, 1], np.int64)}
        if worn is None:
            nodes = [
                helper.make_node("MatMul", [source, "directions"], ["flat"]),
                helper.make_node("Reshape", ["flat", "shape"], ["colour"]),
            ]
        else:
            nodes = [helper.make_node("ReduceMean", [source], ["colour"], axes=[2, 3])]
        nodes += [
            helper.make_node("Mul", [target, "nothing"], ["blank"]),
            helper.make_node("Softsign", ["colour"], ["within"]),
            helper.make_node("Mul", ["within", "much"], ["paler"]),
            helper.make_node("Add", ["paler", "much"], ["positive"]),
            helper.make_node("Add", ["blank", "positive"], [output]),
        ]
        picture, numbers = (self.batch, 3, side, side), (self.batch, 512)
        inputs = [
            helper.make_tensor_value_info(target, FLOAT, picture),
            helper.make_tensor_value_info(
                source, FLOAT, (self.batch, 3, worn.side, worn.side) if worn is not None else numbers
            ),
        ]
        outputs = [helper.make_tensor_value_info(output, FLOAT, picture)]
        if self.masked:
            nodes.append(helper.make_node("Identity", ["mask"], ["visible"]))
            outputs.append(helper.make_tensor_value_info("visible", FLOAT, (1, 1, side, side)))
        graph = helper.make_graph(
            nodes,
            "toy",
            inputs[::-1] if self.source_first else inputs,
            outputs,
            [numpy_helper.from_array(value, name) for name, value in values.items()],
        )
        return _written(graph)


def painted(card: ModelCard, source: Floats) -> list[int]:
    """The colour, 0..255, of a toy that was fed `source`: (512,), or (3, side, side)."""
    colour = source @ directions() if source.ndim == 1 else source.mean((1, 2))
    given = card.feed.given
    levels = (MUCH * (1 + colour / (1 + np.abs(colour))) * given.deviation + given.mean) * 255
    return [int(level) for level in np.rint(np.clip(levels, 0, 255))]


def converter(card: ModelCard) -> bytes:
    """The vector turned round, and twice as long."""
    nodes = [helper.make_node("MatMul", ["input", "turn"], ["output"])]
    given, made = (helper.make_tensor_value_info(name, FLOAT, (1, 512)) for name in ("input", "output"))
    weights = [numpy_helper.from_array(turn(), "turn")]
    return _written(helper.make_graph(nodes, card.name, [given], [made], weights))


def turn() -> Floats:
    """(512, 512), what a converter does."""
    return np.asarray(TWICE * np.eye(512)[::-1], np.float32)


def directions() -> Floats:
    """(512, 3) how much of a source goes into red, green and blue."""
    return np.random.default_rng(5).standard_normal((512, 3)).astype(np.float32)


def mask(side: int) -> Floats:
    """(1, 1, side, side), 1 in the middle half."""
    made = np.zeros((1, 1, side, side), np.float32)
    made[..., side // 4 : side - side // 4, side // 4 : side - side // 4] = 1
    return made


def named(cards: Sequence[ModelCard], name: str) -> ModelCard:
    return next(card for card in cards if card.name == name)


def _written(graph: Any) -> bytes:
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 13)], ir_version=7)
    return bytes(model.SerializeToString())
