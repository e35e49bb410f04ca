"""What is run is what the card says, and a file that is none ends in one sentence."""

import threading
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from onnx import TensorProto

from lib_roop.errors import ModelError
from lib_roop.zoo import runtime
from lib_roop.zoo.runtime import CPU, Device

from .graphs import TINY, Shapes, tiny

WHOLE = tiny()


def refused(data: bytes) -> str:
    """What is said when these bytes are to be run as the tiny net."""
    with pytest.raises(ModelError) as caught:
        runtime.load(TINY, data)
    message = str(caught.value)
    assert message.endswith(".") and "\n" not in message
    return message


def test_a_net_gives_its_outputs_by_name() -> None:
    net = runtime.load(TINY, WHOLE)
    (output,) = net.run({"image": np.arange(12, dtype=np.float32).reshape(2, 2, 3)}).items()
    assert output[0] == "negative"
    np.testing.assert_array_equal(output[1], -np.arange(12).reshape(2, 2, 3))
    assert net.inputs == ("image",)


def test_a_net_takes_views_that_are_not_contiguous() -> None:
    pixels = np.arange(12, dtype=np.float32).reshape(1, 4, 3)[:, ::2]
    np.testing.assert_array_equal(runtime.load(TINY, WHOLE).run({"image": pixels})["negative"], -pixels)


@pytest.mark.parametrize(
    ("inputs", "outputs"),
    [
        ({"picture": ("n", 2, 3)}, {"negative": ("n", 2, 3)}),
        ({"image": ("n", 2, 4)}, {"negative": ("n", 2, 4)}),
        ({"image": ("n", 2)}, {"negative": ("n", 2)}),
        ({"image": ("n", 2, 3), "mask": ("n", 2, 3)}, {"negative": ("n", 2, 3)}),
    ],
    ids=["name", "size", "rank", "one more"],
)
def test_a_net_with_other_inputs_is_refused(inputs: Shapes, outputs: Shapes) -> None:
    message = refused(tiny(inputs, outputs))
    assert "The net tiny.onnx has the inputs" in message and "put the file of tiny in its place" in message


@pytest.mark.parametrize(
    "outputs", [{"positive": ("n", 2, 3)}, {"negative": ("n", 2, 3), "again": ("n", 2, 3)}], ids=["name", "one more"]
)
def test_a_net_with_other_outputs_is_refused(outputs: Shapes) -> None:
    assert "The net tiny.onnx has the outputs" in refused(tiny(outputs=outputs))


@pytest.mark.parametrize("side", [1, 5, "n"])
def test_a_net_of_one_batch_size_or_any_fits_a_card_that_leaves_it_open(side: int | str) -> None:
    assert runtime.load(TINY, tiny({"image": (side, 2, 3)}, {"negative": (side, 2, 3)})).inputs == ("image",)


@pytest.mark.parametrize(
    "data",
    [WHOLE[:-20], WHOLE[:5], b"", b"<!DOCTYPE html><title>404</title>" * 50, tiny(operator="NoSuchThing")],
    ids=["cut", "five bytes", "empty", "a web page", "unknown operator"],
)
def test_what_is_no_net_is_named_in_one_sentence(data: bytes) -> None:
    message = refused(data)
    assert "The net tiny.onnx cannot be opened by onnxruntime" in message and "put a whole copy" in message


def test_a_net_without_a_card_is_opened_as_it_is() -> None:
    assert runtime.load_unlisted("other.onnx", tiny({"whatever": (1,)}, {"some": (1,)})).inputs == ("whatever",)
    with pytest.raises(ModelError, match=r"The net other\.onnx cannot be opened"):
        runtime.load_unlisted("other.onnx", b"no net")


def test_a_net_that_only_fails_when_it_runs_ends_in_one_sentence() -> None:
    # A determinant wants a square, which only shows when it is worked out.
    data = tiny({"image": ("n", "m", "k")}, {"negative": ("n",)}, operator="Det")
    with pytest.raises(
        ModelError, match=r"^The net tiny\.onnx cannot be run \(.*\); put a whole copy of it in its place"
    ):
        runtime.load_unlisted("tiny.onnx", data).run({"image": np.ones((1, 2, 3), np.float32)})


def test_a_net_says_which_of_the_asked_providers_are_applied(capfd: pytest.CaptureFixture[str]) -> None:
    net = runtime.load(TINY, WHOLE, Device(providers=("NoSuchExecutionProvider", CPU)))
    assert net.providers == (CPU,)
    assert capfd.readouterr() == ("", "")


def test_a_net_that_runs_where_it_was_asked_to_has_nothing_to_tell() -> None:
    net = runtime.load(TINY, WHOLE)
    assert (net.asked, net.providers, net.note) == ((CPU,), (CPU,), "")


def test_a_net_may_be_opened_from_its_file(tmp_path: Path) -> None:
    path = tmp_path / "tiny.onnx"
    path.write_bytes(WHOLE)
    assert runtime.load(TINY, path).inputs == ("image",)
    path.write_bytes(WHOLE[:-20])
    with pytest.raises(ModelError, match=r"The net tiny\.onnx cannot be opened"):
        runtime.load(TINY, path)
    with pytest.raises(ModelError, match=r"The net tiny\.onnx cannot be opened"):
        runtime.load(TINY, tmp_path / "absent.onnx")


@pytest.mark.parametrize("kind", [TensorProto.FLOAT16, TensorProto.DOUBLE])
def test_a_net_of_another_precision_takes_and_gives_float32(kind: int) -> None:
    net = runtime.load(TINY, tiny(kind=kind))
    made = net.run({"image": np.full((1, 2, 3), 0.5, np.float32)})["negative"]
    assert made.dtype == np.float32 and (made == -0.5).all()


def test_by_position_names_do_not_matter_and_shapes_do() -> None:
    card = replace(TINY, by_position=True)
    other = tiny({"x": ("n", 2, 3)}, {"y": ("n", 2, 3), "more": ("n", 2, 3)})
    assert runtime.load(card, other).inputs == ("x",)
    for wrong in (
        tiny({"x": ("n", 2, 4)}, {"y": ("n", 2, 4)}),
        tiny({"x": ("n", 2, 3), "w": ("n", 2, 3)}, {"y": ("n", 2, 3), "z": ("n", 2, 3)}),
    ):
        with pytest.raises(ModelError, match=r"The net tiny\.onnx has the"):
            runtime.load(card, wrong)


def test_the_providers_on_offer_end_with_the_cpu() -> None:
    version, offered = runtime.versions()
    assert version[0].isdigit()
    assert offered[-1] == CPU


def test_a_net_may_be_run_from_several_threads() -> None:
    net, wrong = runtime.load(TINY, WHOLE), list[int]()

    def work(number: int) -> None:
        for _ in range(50):
            if not (net.run({"image": np.full((3, 2, 3), number, np.float32)})["negative"] == -number).all():
                wrong.append(number)

    threads = [threading.Thread(target=work, args=(number,)) for number in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert wrong == []
