"""The last initializer of a file is found as onnx finds it, and a hostile file ends in one sentence."""

from contextlib import suppress
from pathlib import Path

import numpy as np
import onnx
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from onnx import TensorProto, helper, numpy_helper

from lib_roop.errors import ModelError
from lib_roop.zoo.emap import last_initializer
from lib_roop.zoo.wire import fields

EMAP = np.random.default_rng(0).standard_normal((512, 512)).astype(np.float32)


def model(*tensors: TensorProto) -> bytes:
    """A file with these initializers, and nodes before and values after them."""
    value = helper.make_tensor_value_info("x", TensorProto.FLOAT, [1])
    out = helper.make_tensor_value_info("y", TensorProto.FLOAT, [1])
    graph = helper.make_graph([helper.make_node("Neg", ["x"], ["y"])], "g", [value], [out], initializer=tensors)
    return bytes(helper.make_model(graph).SerializeToString())


def raw(values: np.ndarray, name: str = "emap") -> TensorProto:
    return numpy_helper.from_array(values, name)


def expected(data: bytes) -> np.ndarray:
    """What the package onnx says."""
    return numpy_helper.to_array(onnx.load_from_string(data).graph.initializer[-1])


def refused(source: bytes | Path) -> str:
    with pytest.raises(ModelError) as caught:
        last_initializer(source)
    message = str(caught.value)
    assert message.endswith(".") and "\n" not in message
    return message


@pytest.mark.parametrize("kind", [np.float32, np.float16, np.float64])
def test_raw_numbers_of_every_precision_come_as_float32(kind: type[np.floating]) -> None:
    data = model(raw(np.ones((3, 2), np.float32), "first"), raw(EMAP[:8, :5].astype(kind)))
    found = last_initializer(data)
    assert found.dtype == np.float32 and found.shape == (8, 5)
    np.testing.assert_array_equal(found, expected(data).astype(np.float32))


@pytest.mark.parametrize("kind", [TensorProto.FLOAT, TensorProto.FLOAT16, TensorProto.DOUBLE])
def test_numbers_that_lie_in_the_message_itself_are_found_too(kind: int) -> None:
    data = model(helper.make_tensor("emap", kind, [2, 3], [0.5, -1.0, 2.0, 1e-3, -7.25, 65000.0]))
    np.testing.assert_array_equal(last_initializer(data), expected(data).astype(np.float32))


def test_the_last_of_several_is_taken_from_a_file_of_the_real_size(tmp_path: Path) -> None:
    path = tmp_path / "net.onnx"
    path.write_bytes(model(raw(np.zeros((64, 64), np.float32), "before"), raw(EMAP)))
    np.testing.assert_array_equal(last_initializer(path), EMAP)


def test_a_scalar_has_no_shape() -> None:
    assert last_initializer(model(raw(np.array(3, np.float32)))).shape == ()


def test_what_is_no_table_of_numbers_is_refused(tmp_path: Path) -> None:
    assert "(there is none)" in refused(model())
    assert "(it is not of floating point)" in refused(model(raw(np.arange(4))))
    outside = raw(EMAP[:2])
    outside.data_location = TensorProto.EXTERNAL
    assert "(it lies in another file)" in refused(model(outside))
    wrong = raw(EMAP[:2])
    wrong.dims[0] = 3
    assert "cannot reshape" in refused(model(wrong))
    assert "cannot be read" in refused(tmp_path / "absent.onnx")
    (tmp_path / "empty.onnx").touch()
    assert str(tmp_path / "empty.onnx") in refused(tmp_path / "empty.onnx")


def test_sizes_that_no_memory_holds_are_refused() -> None:
    for dims in ([1 << 62, 4], [0, 1 << 62], [1] * 40):
        tensor = raw(np.ones(4, np.float32))
        del tensor.dims[:]
        tensor.dims.extend(dims)
        refused(model(tensor))


def test_a_message_of_endless_empty_fields_is_given_up() -> None:
    refused(b"\x08\x00" * 1_100_000)


WHOLE = model(raw(np.ones((2, 2), np.float32), "first"), raw(EMAP[:4, :4]))
GRAPH_END = next(end for field, _, end in fields(WHOLE, 0, len(WHOLE)) if field == 7)


@settings(max_examples=300, deadline=None)
@given(st.integers(0, GRAPH_END - 1))
def test_a_file_that_is_cut_within_its_graph_is_refused(length: int) -> None:
    refused(WHOLE[:length])


@settings(max_examples=500, deadline=None)
@given(st.lists(st.tuples(st.integers(0, len(WHOLE) - 1), st.integers(0, 255)), min_size=1, max_size=4))
def test_wrong_bytes_give_numbers_or_a_model_error(changes: list[tuple[int, int]]) -> None:
    data = bytearray(WHOLE)
    for place, byte in changes:
        data[place] = byte
    with suppress(ModelError):
        assert last_initializer(bytes(data)).dtype == np.float32


@settings(max_examples=300, deadline=None)
@given(st.binary(max_size=200))
def test_any_bytes_give_numbers_or_a_model_error(data: bytes) -> None:
    with suppress(ModelError):
        assert last_initializer(data).dtype == np.float32
