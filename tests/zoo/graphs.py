"""Tiny nets made on the spot, and their cards."""

import hashlib
from dataclasses import replace

from onnx import TensorProto, helper

from lib_roop.zoo.cards import ModelCard

Shapes = dict[str, tuple[int | str, ...]]


def tiny(
    inputs: Shapes | None = None,
    outputs: Shapes | None = None,
    operator: str = "Neg",
    *,
    ir_version: int = 7,
    kind: int = TensorProto.FLOAT,
) -> bytes:
    """A file whose n-th output is its n-th input (the last one where there are fewer), negated."""
    given = inputs or {"image": ("n", 2, 3)}
    made = outputs or {"negative": ("n", 2, 3)}
    names = [*given, *[list(given)[-1]] * (len(made) - len(given))]
    graph = helper.make_graph(
        [helper.make_node(operator, [name], [output]) for name, output in zip(names, made, strict=False)],
        "tiny",
        [helper.make_tensor_value_info(name, kind, shape) for name, shape in given.items()],
        [helper.make_tensor_value_info(name, kind, shape) for name, shape in made.items()],
    )
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 13)], ir_version=ir_version)
    return bytes(model.SerializeToString())


TINY = ModelCard(
    name="tiny",
    task="detection",
    file="tiny.onnx",
    size=0,
    sha256="",
    licence="CC0-1.0",
    commercial_use=True,
    inputs={"image": (None, 2, 3)},
    outputs={"negative": (None, 2, 3)},
    read_in="this file",
)


def card_of(data: bytes) -> ModelCard:
    """The card of a tiny net with these bytes."""
    return replace(TINY, size=len(data), sha256=hashlib.sha256(data).hexdigest())
