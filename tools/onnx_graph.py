"""Writes an ONNX graph node by node, with the same bytes every time and under every version of onnx."""

from collections import Counter
from collections.abc import Sequence

import numpy as np
import numpy.typing as npt
import onnx
from onnx import TensorProto, helper, numpy_helper

# Opset 13 and IR 7 are the oldest that have all we need, so that old runtimes load the nets as well.
OPSET = 13
IR_VERSION = 7

Shape = Sequence[int | str]
Attribute = int | str | Sequence[int]


class OnnxGraph:
    """A graph under construction: methods append to it and return the name of the tensor they make."""

    def __init__(self, name: str) -> None:
        self._graph = onnx.GraphProto(name=name)
        self._names: Counter[str] = Counter()

    def input(self, name: str, shape: Shape) -> str:
        """Declares a float32 input; a string in `shape` is a symbolic size."""
        self._graph.input.append(helper.make_tensor_value_info(name, TensorProto.FLOAT, shape))
        return name

    def output(self, name: str, tensor: str, shape: Shape) -> None:
        """Declares a float32 tensor an output, under another name."""
        self._graph.node.append(helper.make_node("Identity", [tensor], [name]))
        self._graph.output.append(helper.make_tensor_value_info(name, TensorProto.FLOAT, shape))

    def constant(self, array: npt.NDArray[np.generic], name: str = "constant") -> str:
        """Adds a tensor as it is."""
        name = self._unique(name)
        self._graph.initializer.append(numpy_helper.from_array(np.ascontiguousarray(array), name))
        return name

    def weight(self, array: npt.NDArray[np.floating]) -> str:
        """Adds a tensor in half precision, read as float32: the runtime folds the Cast when it loads the net."""
        return self.node("Cast", [self.constant(array.astype(np.float16), "weight")], to=TensorProto.FLOAT)

    def node(self, operator: str, inputs: Sequence[str], **attributes: Attribute) -> str:
        """Adds an operator with one output."""
        output = self._unique(operator.lower())
        node = helper.make_node(operator, inputs, [output])
        node.attribute.extend(helper.make_attribute(name, value) for name, value in sorted(attributes.items()))
        self._graph.node.append(node)
        return output

    def to_bytes(self, origin: str) -> bytes:
        """The checked model file; `origin` says in the file where the net comes from."""
        model = onnx.ModelProto(ir_version=IR_VERSION, producer_name="roop", doc_string=origin, graph=self._graph)
        model.opset_import.append(helper.make_opsetid("", OPSET))
        onnx.checker.check_model(model, full_check=True)
        return bytes(model.SerializeToString(deterministic=True))

    def _unique(self, name: str) -> str:
        self._names[name] += 1
        return f"{name}_{self._names[name]}"
