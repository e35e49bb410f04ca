"""BlazeFace and FaceMesh as ONNX, and the face mesh's topology, from the mediapipe 0.10.21 wheel.

usage: python tools/convert_mediapipe.py WHEEL FOLDER
"""

import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TypeAlias

import numpy as np
import numpy.typing as npt
import tflite

from facemesh_topology import topology
from onnx_graph import OnnxGraph
from packages import Package, write_files

DETECTOR = "mediapipe/modules/face_detection/face_detection_short_range.tflite"
LANDMARKS = "mediapipe/modules/face_landmark/face_landmark.tflite"
CONNECTIONS = "mediapipe/python/solutions/face_mesh_connections.py"
LICENCE = "mediapipe-0.10.21.dist-info/LICENSE"
WHEEL = Package(
    name="mediapipe-0.10.21-cp312-cp312-manylinux_2_28_x86_64.whl",
    sha256="956eb1ebc275c629e61b085b2cab89c3a5b9e93bad1bb107348d98dafb5a4bb5",
    members={
        DETECTOR: "bbff11cebd1eb27a1e004cae0b0e63ec8c551cbf34a4451148b4908b8db3eca8",
        LANDMARKS: "1055cb9d4a9ca8b8c688902a3a5194311138ba256bcc94e336d8373a5f30c814",
        CONNECTIONS: "cc7171e44d0612db38720cb2fd2516c395992cdd7457efe341543be6f3c22d87",
        LICENCE: "8707eef0533987efc5b155d64761eeb6e20793f50b9bd1a68dad1cf4719d0ed8",
    },
)

Array = npt.NDArray[np.generic]
Floats = npt.NDArray[np.float32]
Options: TypeAlias = tflite.Conv2DOptions | tflite.DepthwiseConv2DOptions | tflite.Pool2DOptions | tflite.AddOptions

_OPERATOR_NAMES = {code: name for name, code in vars(tflite.BuiltinOperator).items() if isinstance(code, int)}
_DTYPES = {
    tflite.TensorType.FLOAT32: np.float32,
    tflite.TensorType.FLOAT16: np.float16,
    tflite.TensorType.INT32: np.int32,
}


class TfliteNet:
    """One tflite graph (NHWC, batch 1) carried over into an OnnxGraph (NCHW, any batch), operator by operator."""

    def __init__(self, data: bytes, graph: OnnxGraph, image: str) -> None:
        self._model = tflite.Model.GetRootAsModel(data, 0)
        self._net = self._model.Subgraphs(0)
        self._graph = graph
        # A DEQUANTIZE only widens a constant from half precision; the ONNX graph has its own Cast for that.
        self._half: dict[int, int] = {}
        self._tensors = {int(self._net.Inputs(0)): image}
        self._convert: dict[str, Callable[[tflite.Operator], str]] = {
            "CONV_2D": self._convolution,
            "DEPTHWISE_CONV_2D": self._depthwise_convolution,
            "MAX_POOL_2D": self._max_pool,
            "ADD": self._add,
            "PAD": self._pad,
            "RELU": lambda operator: graph.node("Relu", self._inputs(operator)),
            "PRELU": self._prelu,
            "RESHAPE": self._reshape,
            "CONCATENATION": lambda operator: graph.node("Concat", self._inputs(operator), axis=1),
        }

    def convert(self) -> list[str]:
        """Adds every operator and returns the net's outputs, in its own order."""
        for index in range(self._net.OperatorsLength()):
            operator = self._net.Operators(index)
            name = self._name(operator)
            if name == "DEQUANTIZE":
                self._half[operator.Outputs(0)] = operator.Inputs(0)
            elif name in self._convert:
                self._tensors[operator.Outputs(0)] = self._convert[name](operator)
            else:
                raise ValueError(f"no rule for the tflite operator {name}")
        return [self._tensors[int(index)] for index in self._net.OutputsAsNumpy()]

    def _name(self, operator: tflite.Operator) -> str:
        code = self._model.OperatorCodes(operator.OpcodeIndex())
        # Codes that fit a byte stand in the older field, and the newer one is then 0 or the same.
        return str(_OPERATOR_NAMES[max(code.BuiltinCode(), code.DeprecatedBuiltinCode())])

    def _shape(self, index: int) -> list[int]:
        return [int(size) for size in self._net.Tensors(index).ShapeAsNumpy()]

    def _inputs(self, operator: tflite.Operator) -> list[str]:
        return [self._tensors[int(index)] for index in operator.InputsAsNumpy()]

    def _constant(self, index: int) -> Array:
        index = self._half.get(index, index)
        tensor = self._net.Tensors(index)
        data = self._model.Buffers(tensor.Buffer()).DataAsNumpy().tobytes()
        return np.frombuffer(data, _DTYPES[tensor.Type()]).reshape(self._shape(index))

    def _floats(self, index: int) -> Floats:
        return self._constant(index).astype(np.float32)

    def _convolution(self, operator: tflite.Operator) -> str:
        weight = self._floats(operator.Inputs(1)).transpose(0, 3, 1, 2)
        return self._any_convolution(operator, tflite.Conv2DOptions(), weight, 1)

    def _depthwise_convolution(self, operator: tflite.Operator) -> str:
        weight = self._floats(operator.Inputs(1)).transpose(3, 0, 1, 2)
        channels = self._shape(operator.Inputs(0))[3]
        return self._any_convolution(operator, tflite.DepthwiseConv2DOptions(), weight, channels)

    def _any_convolution(self, operator: tflite.Operator, options: Options, weight: Floats, group: int) -> str:
        _read_options(operator, options)
        kernel = weight.shape[2:]
        bias = self._graph.constant(self._floats(operator.Inputs(2)), "bias")
        output = self._graph.node(
            "Conv",
            [self._tensors[operator.Inputs(0)], self._graph.weight(weight), bias],
            group=group,
            **self._window(operator, options, kernel),
        )
        return self._activate(output, options.FusedActivationFunction())

    def _max_pool(self, operator: tflite.Operator) -> str:
        options = tflite.Pool2DOptions()
        _read_options(operator, options)
        kernel = options.FilterHeight(), options.FilterWidth()
        output = self._graph.node("MaxPool", self._inputs(operator), **self._window(operator, options, kernel))
        return self._activate(output, options.FusedActivationFunction())

    def _window(self, operator: tflite.Operator, options: Options, kernel: Sequence[int]) -> dict[str, list[int]]:
        strides = [options.StrideH(), options.StrideW()]
        before, after = [0, 0], [0, 0]
        if options.Padding() == tflite.Padding.SAME:
            entering, leaving = self._shape(operator.Inputs(0))[1:3], self._shape(operator.Outputs(0))[1:3]
            total = [
                max((out - 1) * stride + side - size, 0)
                for size, out, stride, side in zip(entering, leaving, strides, kernel, strict=True)
            ]
            before = [pad // 2 for pad in total]
            after = [pad - pad // 2 for pad in total]
        return {"kernel_shape": list(kernel), "strides": strides, "pads": before + after}

    def _add(self, operator: tflite.Operator) -> str:
        options = tflite.AddOptions()
        _read_options(operator, options)
        return self._activate(self._graph.node("Add", self._inputs(operator)), options.FusedActivationFunction())

    def _activate(self, tensor: str, activation: int) -> str:
        if activation == tflite.ActivationFunctionType.NONE:
            return tensor
        if activation == tflite.ActivationFunctionType.RELU:
            return self._graph.node("Relu", [tensor])
        raise ValueError(f"no rule for the tflite activation {activation}")

    def _pad(self, operator: tflite.Operator) -> str:
        pads = self._constant(operator.Inputs(1))[[0, 3, 1, 2]].T.ravel().astype(np.int64)
        return self._graph.node("Pad", [self._tensors[operator.Inputs(0)], self._graph.constant(pads, "pads")])

    def _prelu(self, operator: tflite.Operator) -> str:
        slope = self._floats(operator.Inputs(1)).reshape(-1, 1, 1)
        return self._graph.node("PRelu", [self._tensors[operator.Inputs(0)], self._graph.weight(slope)])

    def _reshape(self, operator: tflite.Operator) -> str:
        """Only the detector's: [n, c, h, w], read as h, w, c, into [n, h * w * anchors, values]."""
        rows = self._graph.node("Transpose", [self._tensors[operator.Inputs(0)]], perm=[0, 2, 3, 1])
        return _reshape_each(self._graph, rows, self._shape(operator.Outputs(0))[1:])


def _reshape_each(graph: OnnxGraph, tensor: str, shape: Sequence[int]) -> str:
    """Reshapes each item of the batch; 0 keeps the size that is there."""
    return graph.node("Reshape", [tensor, graph.constant(np.array([0, *shape], np.int64), "shape")])


def _read_options(operator: tflite.Operator, options: Options) -> None:
    table = operator.BuiltinOptions()
    options.Init(table.Bytes, table.Pos)


def blazeface(data: bytes) -> bytes:
    """`image` [n,3,128,128] RGB -1..1 -> `boxes` [n,896,16], `scores` [n,896,1] (logits)."""
    graph = OnnxGraph("blazeface_short_range")
    boxes, scores = TfliteNet(data, graph, graph.input("image", ["n", 3, 128, 128])).convert()
    graph.output("boxes", boxes, ["n", 896, 16])
    graph.output("scores", scores, ["n", 896, 1])
    return graph.to_bytes("MediaPipe face_detection_short_range, by the MediaPipe authors, Apache-2.0")


def facemesh(data: bytes) -> bytes:
    """`image` [n,3,192,192] RGB 0..1 -> `landmarks` [n,468,3] in pixels of the crop, `flag` [n,1] (logit)."""
    graph = OnnxGraph("facemesh_468")
    landmarks, flag = TfliteNet(data, graph, graph.input("image", ["n", 3, 192, 192])).convert()
    graph.output("landmarks", _reshape_each(graph, landmarks, [468, 3]), ["n", 468, 3])
    graph.output("flag", _reshape_each(graph, flag, [1]), ["n", 1])
    return graph.to_bytes("MediaPipe face_landmark, by the MediaPipe authors, Apache-2.0")


def convert(wheel: Path) -> dict[str, bytes]:
    """The files made from the wheel, by name."""
    members = WHEEL.read(wheel)
    return {
        "blazeface_short_range.onnx": blazeface(members[DETECTOR]),
        "facemesh_468.onnx": facemesh(members[LANDMARKS]),
        "facemesh_topology.npz": topology(members[CONNECTIONS]),
        "LICENSE.mediapipe": members[LICENCE],
    }


if __name__ == "__main__":
    write_files(convert(Path(sys.argv[1])), Path(sys.argv[2]))
