"""What an ONNX file says of itself, against the onnx package's own reading."""

import itertools
from pathlib import Path

import numpy as np
import pytest
from onnx import TensorProto, helper, numpy_helper

from lib_roop.errors import ModelError
from lib_roop.zoo.headers import FIRST_NODES, Header, header

Dimension = int | str | None


def written(path: Path, dimensions: tuple[Dimension, ...], *, weights_listed: bool = False, nodes: int = 12) -> Path:
    """A chain of named nodes that adds a weight again and again."""
    names = ["image", *(f"v{number}" for number in range(nodes - 1)), "sum"]
    steps = [
        helper.make_node("Add", [taken, "weight"], [given], name=f"add_{number}")
        for number, (taken, given) in enumerate(itertools.pairwise(names))
    ]
    inputs = [helper.make_tensor_value_info("image", TensorProto.FLOAT, dimensions)]
    if weights_listed:
        inputs.insert(0, helper.make_tensor_value_info("weight", TensorProto.FLOAT, [1000]))
    outputs = [helper.make_tensor_value_info("sum", TensorProto.FLOAT, dimensions)]
    weight = numpy_helper.from_array(np.zeros(1000, np.float32), "weight")
    model = helper.make_model(
        helper.make_graph(steps, "chain", inputs, outputs, [weight]),
        opset_imports=[helper.make_opsetid("", 11)],
        ir_version=6,
    )
    path.write_bytes(model.SerializeToString())
    return path


def test_shapes_are_read_by_name_and_named_sizes_are_any(tmp_path: Path) -> None:
    read = header(written(tmp_path / "net.onnx", (1, "n", 300, 1000)))
    assert read == Header(
        inputs={"image": (1, None, 300, 1000)},
        outputs={"sum": (1, None, 300, 1000)},
        nodes=tuple(f"add_{number}" for number in range(FIRST_NODES)),
    )


def test_a_size_of_nothing_zero_or_minus_one_is_any(tmp_path: Path) -> None:
    assert header(written(tmp_path / "net.onnx", (None, 0, -1, 1000))).inputs == {"image": (None, None, None, 1000)}


def test_weights_that_are_listed_as_inputs_are_none(tmp_path: Path) -> None:
    assert list(header(written(tmp_path / "net.onnx", (1, 1000), weights_listed=True)).inputs) == ["image"]


@pytest.mark.parametrize("data", [b"", b"\x0a", b"<html>not found</html>", bytes(200), b"\xff" * 200])
def test_what_is_no_net_is_named(tmp_path: Path, data: bytes) -> None:
    path = tmp_path / "other.onnx"
    path.write_bytes(data)
    with pytest.raises(ModelError, match=r"other\.onnx is no ONNX net"):
        header(path)


def test_a_net_that_ends_too_early_is_no_net(tmp_path: Path) -> None:
    path = written(tmp_path / "net.onnx", (1, 1000), nodes=3)
    whole = path.read_bytes()
    # What comes last may be missing without a trace: the version of the operators.
    for length in range(0, len(whole) - 10, 7):
        path.write_bytes(whole[:length])
        with pytest.raises(ModelError, match="is no ONNX net"):
            header(path)


def test_a_file_that_is_not_there_is_named(tmp_path: Path) -> None:
    with pytest.raises(ModelError, match=r"missing\.onnx cannot be read"):
        header(tmp_path / "missing.onnx")
