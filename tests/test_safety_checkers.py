"""nudenet against its own package, ifnude with a net made here, and what a checker looks at."""

import importlib.util
from collections.abc import Mapping, Sequence
from pathlib import Path

import cv2
import numpy as np
import onnx
import pytest
import skimage.data
from onnx import TensorProto, helper
from PIL import Image as Pillow

from lib_roop import safety
from lib_roop.errors import ModelError, Refused
from lib_roop.safety import ifnude, nudenet
from lib_roop.safety.gate import EXPOSED, objection
from lib_roop.safety.nudenet import SIDE, NudeNet, sightings
from lib_roop.safety.views import MOST, scaled, surroundings, windows
from lib_roop.types import Image
from lib_roop.zoo.nudenet import PARTS
from lib_roop.zoo.runtime import Tensor
from tests.fakes import face

CLASSES = ("EXPOSED_BELLY", *ifnude.NAMES, "FACE_F")


class FakeNet:
    """Gives the same output for every view, and remembers what it was given."""

    providers: tuple[str, ...] = ("fake",)

    def __init__(self, *columns: tuple[float, float, float, float, str, float]) -> None:
        self.given: list[Tensor] = []
        self.output = np.zeros((22, max(len(columns), 1)), np.float32)
        for place, (x, y, width, height, part, score) in enumerate(columns):
            self.output[:4, place] = x, y, width, height
            self.output[4 + PARTS.index(part), place] = score

    def run(self, inputs: Mapping[str, Tensor]) -> dict[str, Tensor]:
        (pixels,) = inputs.values()
        self.given.append(pixels)
        return {"output0": np.repeat(self.output[None], len(pixels), 0)}


@pytest.fixture(scope="module")
def checker() -> NudeNet:
    found = nudenet.load()
    assert found, "nudenet is a dependency"
    return found


def photographs() -> dict[str, Image]:
    group = Path(str(importlib.util.find_spec("insightface").origin)).parent / "data" / "images" / "t1.jpg"  # type: ignore[union-attr]
    with Pillow.open(group) as picture:
        people = np.array(picture.convert("RGB"))
    return {"astronaut": skimage.data.astronaut(), "six people": people, "coffee": skimage.data.coffee()}


@pytest.mark.parametrize("name", photographs())
def test_it_sees_what_nudenet_itself_sees(checker: NudeNet, name: str) -> None:
    from nudenet import NudeDetector  # type: ignore[import-untyped]

    picture, theirs = photographs()[name], NudeDetector()
    (view,) = checker.views(picture)
    seen = {part: score for part, score in checker.look([view]).items() if score >= 0.25}
    assert seen == pytest.approx(best(theirs.detect(view)), abs=1e-3), "on the same pixels"
    for part, score in best(theirs.detect(picture)).items():
        assert seen[part] == pytest.approx(score, abs=0.06), "although it scales down more coarsely"


def best(detections: Sequence[Mapping[str, object]]) -> dict[str, float]:
    """The best score of each class that nudenet found."""
    pairs = sorted((float(str(each["score"])), str(each["class"])) for each in detections)
    return {part: score for score, part in pairs}


@pytest.mark.parametrize("name", photographs())
def test_ordinary_photographs_pass(checker: NudeNet, name: str) -> None:
    assert objection(checker.look(checker.views(photographs()[name])), checker.threshold, None) is None


def test_the_checker_that_is_installed_is_nudenet(checker: NudeNet) -> None:
    found = safety.load()
    assert isinstance(found, NudeNet) and found.origin == checker.origin
    assert "12,150,158 bytes, sha256 ok, AGPL-3.0, " in found.origin


def test_a_net_that_is_not_the_known_one_is_never_run(tmp_path: Path) -> None:
    for content in (b"", b"not a net"):
        (tmp_path / "320n.onnx").write_bytes(content)
        with pytest.raises(ModelError, match=r"pip install --force-reinstall --no-deps nudenet==3\.4\.2"):
            nudenet.load(tmp_path)
    (tmp_path / "320n.onnx").unlink()
    with pytest.raises(ModelError, match="is not the net of nudenet"):
        nudenet.load(tmp_path)


def test_boxes_that_overlap_are_one_and_the_surest_class_names_it() -> None:
    net = FakeNet(
        (100, 100, 50, 50, "BUTTOCKS_EXPOSED", 0.6),
        (102, 101, 50, 50, "BUTTOCKS_COVERED", 0.8),
        (250, 250, 40, 40, "FACE_FEMALE", 0.3),
        (50, 250, 40, 40, "FACE_MALE", 0.19),
    )
    assert [(part, round(score, 3)) for part, score in sightings(net.output)] == [
        ("BUTTOCKS_COVERED", 0.8),
        ("FACE_FEMALE", 0.3),
    ]
    assert sightings(FakeNet().output) == []


@pytest.mark.parametrize("broken", [np.nan, np.inf])
def test_an_output_that_is_no_number_does_not_pass_for_an_empty_picture(broken: float) -> None:
    net = FakeNet()
    net.output[7, 0] = broken
    with pytest.raises(ModelError, match="does not compute here"):
        NudeNet(net, "").look([np.zeros((SIDE, SIDE, 3), np.uint8)])


def test_the_net_gets_rgb_from_0_to_1_with_black_beside_the_picture() -> None:
    net = FakeNet()
    checker = NudeNet(net, "")
    checker.look(checker.views(np.full((200, 400, 3), (255, 51, 0), np.uint8)))
    (pixels,) = net.given
    assert pixels.shape == (1, 3, SIDE, SIDE) and pixels.dtype == np.float32
    np.testing.assert_allclose(pixels[0, :, :160].reshape(3, -1).T - [1, 0.2, 0], 0, atol=1e-6)
    assert not pixels[0, :, 160:].any()


def test_of_all_views_the_best_score_counts_and_they_run_in_batches() -> None:
    net = FakeNet((100, 100, 50, 50, "FACE_MALE", 0.5))
    checker = NudeNet(net, "")
    views = checker.views(np.zeros((200, 4000, 3), np.uint8))
    assert checker.look(views) == {"FACE_MALE": 0.5}
    assert len(views) > 8 and [len(batch) for batch in net.given] == [8, len(views) - 8]


@pytest.mark.parametrize(
    ("height", "width", "count"),
    [(600, 800, 1), (600, 1200, 1), (600, 1300, 2), (2000, 300, 5), (1, 5000, 21), (90, 100, 1), (20, 320, 1)],
)
def test_long_pictures_are_seen_in_overlapping_windows_and_whole(height: int, width: int, count: int) -> None:
    picture = np.arange(height * width, dtype=np.int64).reshape(height, width, 1).view(np.uint8)
    parts = windows(picture, SIDE)
    assert len(parts) == count
    assert all(max(part.shape[:2]) <= max(2 * min(part.shape[:2]), SIDE) for part in parts)
    seen = np.concatenate([np.ascontiguousarray(part).view(np.int64).ravel() for part in parts])
    assert set(seen.tolist()) == set(range(height * width))
    twice = sum(part.size for part in parts) - picture.size
    assert twice >= 0.99 * (count - 1) * parts[0].size / 4, "neighbours share a quarter"


def test_only_faces_that_are_small_in_the_picture_are_seen_from_near() -> None:
    picture = np.zeros((900, 1600, 3), np.uint8)
    assert not surroundings(picture, [face(0, (100, 100, 220, 234))]), "six times 134 is more than half of 1600"
    (part,) = surroundings(picture, [face(0, (100, 100, 200, 200))])
    assert part.shape == (450, 450, 3), "600 wide, less what lies beyond the edge"
    assert not surroundings(picture, []) and not surroundings(picture, [face(0, (-900, 0, -800, 100))])


def test_neighbours_share_a_view_and_a_crowd_gets_eight_that_show_every_face() -> None:
    picture = np.zeros((1000, 4000, 3), np.uint8)
    picture[..., 0], picture[..., 1] = np.arange(4000) // 256, np.arange(4000) % 256
    near = [face(number, (500 + 5 * number, 500, 540 + 5 * number, 540)) for number in range(3)]
    assert [part.shape[:2] for part in surroundings(picture, near)] == [(240, 250)]
    crowd = [face(number, (300 * number, 500, 300 * number + 20, 520)) for number in range(13)]
    parts = surroundings(picture, crowd)
    assert len(parts) == MOST
    seen = {256 * int(high) + int(low) for part in parts for high, low, _ in part[0]}
    assert all(set(range(int(each.box[0]), int(each.box[2]))) <= seen for each in crowd)


@pytest.mark.parametrize("size", [(2160, 3840), (100, 150), (31, 400), (320, 200)])
def test_scaling_keeps_what_a_picture_shows(size: tuple[int, int]) -> None:
    across, down = np.linspace(0, 255, size[1], dtype=np.uint8), np.linspace(0, 255, size[0], dtype=np.uint8)
    picture = np.dstack([np.broadcast_to(across, size), np.broadcast_to(down[:, None], size), np.zeros(size, np.uint8)])
    small = scaled(picture, SIDE / max(size))
    direct = cv2.resize(picture, small.shape[1::-1], interpolation=cv2.INTER_AREA)
    assert max(small.shape[:2]) == SIDE
    assert np.abs(small.astype(int) - direct).max() <= 4


def test_files_of_ifnude_without_its_package_do_not_open_the_gate(tmp_path: Path) -> None:
    other = tmp_path / ".ifnude"
    other.mkdir()
    (other / "detector.onnx").write_bytes(b"whatever")
    (other / "classes").write_text("EXPOSED_BREAST_F\n")
    with pytest.MonkeyPatch.context() as environment:
        for name in ("HOME", "USERPROFILE"):
            environment.setenv(name, str(tmp_path))
        with pytest.raises(Refused, match="no checker is installed; install it with: pip install nudenet==3"):
            safety.load(tmp_path / "no package")


def made(folder: Path, labels: Sequence[int], *, kind: int = TensorProto.INT32) -> Path:
    """A folder of ifnude's with a net whose three scores are the mean blue, green and red of the picture."""
    nodes = [
        helper.make_node("ReduceMean", ["any:0"], ["mean"], axes=[1, 2], keepdims=0),
        helper.make_node("Add", ["mean", "means"], ["sum"]),
        helper.make_node("Div", ["sum", "white"], ["scores"]),
        helper.make_node("Cast", ["numbers"], ["labels"], to=kind),
        helper.make_node("Identity", ["nowhere"], ["boxes"]),
    ]
    constants = [
        helper.make_tensor("means", TensorProto.FLOAT, [3], ifnude.MEANS.tolist()),
        helper.make_tensor("white", TensorProto.FLOAT, [1], [255.0]),
        helper.make_tensor("numbers", TensorProto.INT64, [1, 3], labels),
        helper.make_tensor("nowhere", TensorProto.FLOAT, [1, 3, 4], [0.0] * 12),
    ]
    outputs = [
        helper.make_tensor_value_info("boxes", TensorProto.FLOAT, [1, 3, 4]),
        helper.make_tensor_value_info("scores", TensorProto.FLOAT, [1, 3]),
        helper.make_tensor_value_info("labels", kind, [1, 3]),
    ]
    picture = helper.make_tensor_value_info("any:0", TensorProto.FLOAT, [1, None, None, 3])
    graph = helper.make_graph(nodes, "stand-in", [picture], outputs, constants)
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 13)], ir_version=8)
    folder.mkdir(exist_ok=True)
    onnx.save(model, str(folder / "detector.onnx"))
    (folder / "classes").write_text("".join(f"{name}\n" for name in CLASSES))
    return folder


def numbers(*names: str) -> list[int]:
    return [CLASSES.index(name) for name in names]


def test_ifnude_gets_what_its_package_gives_it_and_speaks_as_nudenet_does(tmp_path: Path) -> None:
    labels = numbers("FACE_F", "EXPOSED_BUTTOCKS", "EXPOSED_BREAST_F")
    checker = ifnude.load(made(tmp_path, labels))
    assert checker and "sha256 not known" in checker.origin
    orange = np.full((300, 500, 3), (204, 102, 51), np.uint8)
    seen = checker.look(checker.views(orange))
    assert seen == pytest.approx({"BUTTOCKS_EXPOSED": 0.4, "FEMALE_BREAST_EXPOSED": 0.8}, abs=0.01)
    fault = objection(seen, checker.threshold, None)
    assert fault and fault[0] == "FEMALE_BREAST_EXPOSED"


def test_what_ifnude_calls_a_belly_or_a_face_is_no_matter(tmp_path: Path) -> None:
    checker = ifnude.load(made(tmp_path, numbers("EXPOSED_BELLY", "FACE_F", "EXPOSED_BELLY")))
    assert checker and not checker.look(checker.views(np.full((300, 500, 3), 255, np.uint8)))


@pytest.mark.parametrize(
    ("height", "width", "sizes"),
    [(1080, 1920, [(450, 800)]), (600, 600, [(480, 480)]), (100, 100, [(480, 480)]), (300, 2000, [(300, 800)] * 3)],
)
def test_ifnude_sees_pictures_in_the_size_of_its_fast_mode(
    tmp_path: Path, height: int, width: int, sizes: list[tuple[int, int]]
) -> None:
    checker = ifnude.load(made(tmp_path, [0, 0, 0]))
    assert checker
    views = checker.views(np.zeros((height, width, 3), np.uint8))
    assert [view.shape[:2] for view in views] == sizes


def test_without_both_of_its_files_there_is_no_ifnude(tmp_path: Path) -> None:
    assert ifnude.load(tmp_path / "none") is None
    folder = made(tmp_path, [0, 0, 0])
    (folder / "classes").unlink()
    assert ifnude.load(folder) is None
    (folder / "classes").touch()
    (folder / "detector.onnx").unlink()
    assert ifnude.load(folder) is None


def test_files_that_are_not_those_of_ifnude_are_no_checker(tmp_path: Path) -> None:
    folder = made(tmp_path / "half", [0, 0, 0])
    (folder / "detector.onnx").write_bytes((folder / "detector.onnx").read_bytes()[:100])
    with pytest.raises(ModelError, match="cannot be opened by onnxruntime"):
        ifnude.load(folder)
    folder = made(tmp_path / "list", [0, 0, 0])
    (folder / "classes").write_text("FACE_F\n")
    with pytest.raises(ModelError, match="is not the list of ifnude; install the other checker"):
        ifnude.load(folder)


@pytest.mark.parametrize(
    ("labels", "kind"), [([0, 0, 99], TensorProto.INT32), ([0, 0, 0], TensorProto.INT64)], ids=["unknown", "kind"]
)
def test_an_ifnude_that_speaks_otherwise_is_no_checker(tmp_path: Path, labels: list[int], kind: int) -> None:
    with pytest.raises(ModelError, match="does not give what it should"):
        ifnude.load(made(tmp_path, labels, kind=kind))


def test_every_part_that_is_refused_has_its_name_in_ifnude() -> None:
    assert set(ifnude.NAMES.values()) >= EXPOSED
