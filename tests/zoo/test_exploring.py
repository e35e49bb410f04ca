"""What is in an ONNX file, whosever it is."""

from contextlib import suppress
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from onnx import TensorProto, helper, numpy_helper

from lib_roop.errors import ModelError
from lib_roop.host import builtin_folder
from lib_roop.zoo import exploring
from lib_roop.zoo.exploring import Value
from tests.zoo.graphs import TINY, card_of, tiny

WHOLE = tiny()


def put(folder: Path, data: bytes, name: str = "net.onnx") -> Path:
    path = folder / name
    path.write_bytes(data)
    return path


def test_a_file_says_what_it_takes_gives_and_does(tmp_path: Path) -> None:
    found = exploring.explored(put(tmp_path, WHOLE), ())
    assert found.inputs == (Value("image", "float32", ("n", 2, 3)),)
    assert found.outputs == (Value("negative", "float32", ("n", 2, 3)),)
    assert (found.operators, found.nodes, found.opsets, found.ir_version) == ({"Neg": 1}, 1, {"": 13}, 7)
    assert (found.size, found.parameters, found.known) == (len(WHOLE), 0, None)
    assert found.sha256 == card_of(WHOLE).sha256
    assert dict(exploring.facts(found))["card"].startswith("unknown")


def test_weights_are_counted_and_are_no_inputs(tmp_path: Path) -> None:
    weight = numpy_helper.from_array(np.ones((3, 5), np.float32), "weight")
    named = [helper.make_tensor_value_info(name, TensorProto.FLOAT, (3, 5)) for name in ("x", "weight")]
    output = helper.make_tensor_value_info("y", TensorProto.FLOAT, None)
    graph = helper.make_graph([helper.make_node("Add", ["x", "weight"], ["y"])], "g", named, [output], [weight])
    model = helper.make_model(graph, producer_name="somebody", producer_version="2")
    found = exploring.explored(put(tmp_path, model.SerializeToString()), ())
    assert [value.name for value in found.inputs] == ["x"] and found.parameters == 15
    assert found.outputs == (Value("y", "float32", ()),) and found.producer == "somebody 2"


def test_graphs_within_nodes_are_counted_too(tmp_path: Path) -> None:
    outputs = [helper.make_tensor_value_info("y", TensorProto.FLOAT16, ("a", None))]
    branches = {
        f"{way}_branch": helper.make_graph([helper.make_node("Neg", ["x"], ["y"])], way, [], outputs)
        for way in ("then", "else")
    }
    inputs = [helper.make_tensor_value_info("x", TensorProto.BOOL, ())]
    nodes = [helper.make_node("If", ["x"], ["y"], **branches), helper.make_node("Odd", ["y"], ["z"], domain="our.own")]
    model = helper.make_model(helper.make_graph(nodes, "g", inputs, outputs))
    found = exploring.explored(put(tmp_path, model.SerializeToString()), ())
    assert found.operators == {"Neg": 2, "If": 1, "our.own.Odd": 1}
    assert found.outputs == (Value("y", "float16", ("a", "?")),)


def test_a_file_is_known_by_its_sha256_and_else_only_by_its_name(tmp_path: Path) -> None:
    card = replace(card_of(WHOLE), licence="Theirs", commercial_use=False)
    sure = exploring.explored(put(tmp_path, WHOLE, "renamed.onnx"), (card,)).known
    assert sure and (sure.name, sure.licence, sure.commercial_use, sure.certain) == ("tiny", "Theirs", False, True)
    found = exploring.explored(put(tmp_path, tiny(operator="Abs"), "TINY.onnx"), (card,))
    assert found.known and not found.known.certain and "only by its name" in dict(exploring.facts(found))["card"]
    assert exploring.explored(put(tmp_path, WHOLE, "other.onnx"), (TINY,)).known is None


def test_the_nets_that_come_with_roop_are_known() -> None:
    for path in builtin_folder().glob("*.onnx"):
        known = exploring.explored(path, ()).known
        assert known and known.certain and known.name == path.stem


def test_what_lies_where_nets_do_is_listed_by_where_it_lies(tmp_path: Path) -> None:
    for place in ("own", "own/pack", "theirs/own"):
        (tmp_path / place).mkdir(parents=True, exist_ok=True)
        put(tmp_path / place, WHOLE)
    put(tmp_path / "own", WHOLE, "notes.txt")
    found = exploring.files([tmp_path / "own", tmp_path / "theirs" / "own", tmp_path / "gone"])
    assert [name for name in found if "net.onnx" in name] == ["own/net.onnx", "own/pack/net.onnx", "own/net.onnx (2)"]
    assert len(set(found.values())) == len(found) and "builtin/facemesh_468.onnx" in found


def varint(value: int) -> bytes:
    return bytes([value & 127 | 128]) + varint(value >> 7) if value > 127 else bytes([value])


def field(number: int, data: bytes) -> bytes:
    return varint(number << 3 | 2) + varint(len(data)) + data


def nested(depth: int) -> bytes:
    node = field(4, b"Neg")
    for _ in range(depth):
        node = field(4, b"If") + field(5, field(6, field(1, node)))
    return field(7, field(1, node) + field(12, field(1, b"y")))


HOSTILE = {
    "empty": b"",
    "text": b"this is no net, and never was one",
    "without an end": b"\xff" * 1000,
    "without a graph": field(2, b"somebody"),
    "a graph of nothing": field(7, b""),
    "two graphs": 2 * field(7, field(1, field(4, b"Neg")) + field(12, b"")),
    "graphs without an end": nested(50),
    "weights without an end": field(7, field(5, b"\x08" + varint(1 << 60)) + field(1, b"") + field(12, b"")),
    "a length beyond the file": WHOLE[:2] + varint(7 << 3 | 2) + varint(1 << 40),
    "cut short": WHOLE[:-4],
}


@pytest.mark.parametrize("data", HOSTILE.values(), ids=HOSTILE)
def test_what_is_no_whole_net_gives_a_sentence(tmp_path: Path, data: bytes) -> None:
    with pytest.raises(ModelError, match=r"is no ONNX net, or only a part of one \(.+\)\.$"):
        exploring.explored(put(tmp_path, data), ())


def test_more_parts_than_any_net_has_are_not_read(tmp_path: Path) -> None:
    names = b"".join(field(1, field(4, f"{number}".encode())) for number in range(exploring.MOST_NAMES + 10))
    with pytest.raises(ModelError, match="more parts than any net"):
        exploring.explored(put(tmp_path, field(7, names)), ())


def test_graphs_within_graphs_are_read_so_far(tmp_path: Path) -> None:
    assert exploring.explored(put(tmp_path, nested(exploring.DEEPEST)), ()).operators["If"] == exploring.DEEPEST


def test_what_a_file_says_never_moves_the_cursor(tmp_path: Path) -> None:
    found = exploring.explored(put(tmp_path, tiny(inputs={"\x1b[2J\u202eab": ("n",)})), ())
    assert found.inputs[0].name == "?[2J?ab"
    long = exploring.explored(put(tmp_path, tiny(inputs={"x" * 5000: ("n",)})), ())
    assert len(long.inputs[0].name) == exploring.MOST_TEXT


def test_every_byte_may_be_wrong(tmp_path: Path) -> None:
    path = tmp_path / "net.onnx"
    for place in range(len(WHOLE)):
        for value in (0, 127, 255):
            path.write_bytes(WHOLE[:place] + bytes([value]) + WHOLE[place + 1 :])
            with suppress(ModelError):
                assert exploring.explored(path, ()).outputs


def test_a_folder_is_no_file(tmp_path: Path) -> None:
    with pytest.raises(ModelError, match="is no file"):
        exploring.explored(tmp_path, ())
