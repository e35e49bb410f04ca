"""InsightFace packs: which nets are opened, what they are fed, and where what they say lies in the picture."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from lib_roop.analysers.base import Analyser
from lib_roop.analysers.insightface import ArcFace, GenderAge, MeshAdder, analyser
from lib_roop.analysers.packs import PackNet, nets
from lib_roop.analysers.scrfd import ScrfdDetector
from lib_roop.errors import ModelError
from lib_roop.similarity import likeness
from lib_roop.types import Face, Floats, Image
from lib_roop.zoo.headers import Header
from lib_roop.zoo.runtime import CPU, Device, Net, Tensor, load_unlisted
from tests.fakes import FakeLandmarker
from tests.graphs import detector, linear, write_pack

CELL = 8
SIZES = {"scores": 1, "sides": 4, "points": 10}
POINTS = np.array([(38.2946, 51.6963), (73.5318, 51.5014), (56.0252, 71.7366), (41.5493, 92.3655), (70.7299, 92.2041)])
"""Where five points lie in a recogniser's crop of 112 pixels (model-contracts 1.1)."""
HERE = Path("here.onnx")


@dataclass
class Opener:
    """Opens files and remembers which."""

    opened: list[str] = field(default_factory=list)

    def __call__(self, path: Path) -> Net:
        self.opened.append(path.name)
        return load_unlisted(path.name, path.read_bytes(), Device(threads=1))


@dataclass
class Scripted:
    """A net that notes what it is fed, and answers by a rule."""

    answer: Callable[[Tensor], dict[str, Tensor]]
    fed: list[Tensor] = field(default_factory=list)
    providers: tuple[str, ...] = (CPU,)

    def run(self, inputs: Mapping[str, Tensor]) -> dict[str, Tensor]:
        (batch,) = inputs.values()
        self.fed.append(batch)
        return self.answer(batch)

    @property
    def seen(self) -> list[tuple[int, int]]:
        """Width and height of all it was fed."""
        return [(batch.shape[3], batch.shape[2]) for batch in self.fed]


Eyes = tuple[tuple[float, float], tuple[float, float], float]
"""The left and the right eye of a face in the net's input, and its score."""


Told = tuple[PackNet, Scripted]


def detecting(find: Callable[[Tensor], Sequence[Eyes]], size: tuple[int, int] | None = None) -> Told:
    """An SCRFD that finds what `find` says; its boxes are the square between the eyes."""

    def answer(batch: Tensor) -> dict[str, Tensor]:
        outputs = {}
        for kind, width in SIZES.items():
            for stride in (8, 16, 32):
                count = (batch.shape[2] // stride) * (batch.shape[3] // stride) * 2
                outputs[f"{kind}{stride}"] = np.zeros((count, width), np.float32)
        for row, (left, right, score) in enumerate(find(batch)):
            # Rows 0 and 1 belong to the first cell, whose corner is (0, 0); two more to the next, 8 pixels right.
            corner = np.array([row // 2 * CELL, 0])
            eyes = np.array([left, right])
            outputs["scores8"][row] = score
            outputs["sides8"][row] = [*(corner - eyes.min(0)) / CELL, *(eyes.max(0) - corner) / CELL]
            outputs["points8"][row] = (eyes[[0, 1, 0, 0, 1]] - corner).ravel() / CELL
        return outputs

    net = Scripted(answer)
    names = [f"{kind}{stride}" for kind in SIZES for stride in (8, 16, 32)]
    shape = (1, 3, *(size or (None, None)))
    return PackNet(
        path=HERE, header=_header({"input.1": shape}, dict.fromkeys(names, (None, 1))), open=lambda: net
    ), net


def answering(row: Sequence[float], side: int, *, batch: int | None = None, nodes: tuple[str, ...] = ()) -> Told:
    """A net that says the same of every crop."""
    net = Scripted(lambda crops: {"fc1": np.tile(np.array(row, np.float32), (len(crops), 1))})
    facts = _header({"data": (batch, 3, side, side)}, {"fc1": (batch, len(row))}, nodes)
    return PackNet(path=HERE, header=facts, open=lambda: net), net


def _header(
    inputs: dict[str, tuple[int | None, ...]],
    outputs: dict[str, tuple[int | None, ...]],
    nodes: tuple[str, ...] = (),
) -> Header:
    return Header(inputs=inputs, outputs=outputs, nodes=nodes)


def nobody(batch: Tensor) -> list[Eyes]:
    return []


def anybody(batch: Tensor) -> list[Eyes]:
    return [((4, 4), (24, 4), 0.9)]


def black(width: int, height: int) -> Image:
    return np.zeros((height, width, 3), np.uint8)


def plain(*colour: int) -> Image:
    return np.full((200, 200, 3), colour, np.uint8)


def face(box: Sequence[float] = (60, 60, 120, 140), landmarks: NDArray[np.float64] = POINTS + 30) -> Face:
    return Face(id=0, box=np.array(box, np.float32), landmarks=landmarks.astype(np.float32), score=0.8)


def faces(count: int) -> list[Face]:
    return [face((20 * n, 20, 20 * n + 60, 90), POINTS * (0.5 + 0.1 * n) + 10 * n) for n in range(count)]


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_pack(tmp_path_factory.mktemp("pack"))


def opened_pack(folder: Path, opener: Opener | None = None) -> Analyser:
    return analyser("mine", folder.glob("*.onnx"), opener or Opener(), FakeLandmarker())


def test_a_net_is_opened_when_it_is_first_needed_and_landmark_nets_never(
    folder: Path, astronaut: Image, samples: Path
) -> None:
    opener = Opener()
    pack = opened_pack(folder, opener)
    assert not opener.opened
    found = pack.detector.detect(astronaut, 0.5).faces
    assert set(opener.opened) == {"det_10g.onnx"}
    assert pack.attributes is not None
    pack.attributes.read(astronaut, found[:1])
    assert set(opener.opened) == {"det_10g.onnx", "genderage.onnx"}
    pack.recogniser.embed(astronaut, found[:1])
    assert set(opener.opened) == {"det_10g.onnx", "genderage.onnx", "w600k_r50.onnx"}
    pack.landmarker.fit(astronaut, found[:1])
    assert set(opener.opened) == {"det_10g.onnx", "genderage.onnx", "w600k_r50.onnx"}


def test_without_faces_neither_recogniser_nor_attribute_reader_is_opened(folder: Path) -> None:
    opener = Opener()
    pack = opened_pack(folder, opener)
    assert pack.attributes is not None
    assert pack.recogniser.embed(black(50, 50), []) == []
    assert pack.attributes.read(black(50, 50), []) == []
    assert not opener.opened


def test_a_pack_names_its_nets_and_its_recogniser(folder: Path) -> None:
    pack = opened_pack(folder)
    assert pack.name == "mine"
    assert set(pack.models) == {"det_10g", "w600k_r50", "genderage"}
    assert pack.recogniser.id == "w600k_r50"


def test_embeddings_of_different_recognisers_are_not_compared(tmp_path: Path, astronaut: Image) -> None:
    found = {}
    for stem in ("w600k_r50", "w600k_mbf", "glintr100", "of_my_own"):
        files = {"det_500m": detector(), stem: linear(112, 512, cells=7)}
        pack = opened_pack(write_pack(tmp_path / stem, det_10g=b"", **{"w600k_r50": b"", **files}))
        (embedded,) = pack.recogniser.embed(astronaut, [face((178, 69, 273, 176), POINTS + 170)])
        found[stem] = embedded.embeddings
        assert likeness(found[stem], found[stem]) == pytest.approx(1)
    with pytest.raises(ModelError, match="glintr100 and w600k_mbf"):
        likeness(found["glintr100"], found["w600k_mbf"])


def test_a_pack_without_a_net_for_sex_has_no_attribute_reader(tmp_path: Path) -> None:
    assert opened_pack(write_pack(tmp_path, genderage=b"")).attributes is None


@pytest.mark.parametrize(
    ("missing", "reason"), [("det_10g", "mine has no net that finds faces"), ("w600k_r50", "no net that recognises")]
)
def test_a_pack_without_a_needed_net_is_refused(tmp_path: Path, missing: str, reason: str) -> None:
    with pytest.raises(ModelError, match=reason):
        opened_pack(write_pack(tmp_path, **{missing: b""}))


@pytest.mark.parametrize("data", [b"\x0a", b"no net at all", b"\x00" * 100])
def test_a_damaged_file_of_a_pack_is_named(tmp_path: Path, data: bytes) -> None:
    with pytest.raises(ModelError, match=r"w600k_r50\.onnx is no ONNX net"):
        opened_pack(write_pack(tmp_path, w600k_r50=data))


def test_half_a_file_is_named(tmp_path: Path) -> None:
    whole = linear(112, 512, cells=7)
    with pytest.raises(ModelError, match=r"w600k_r50\.onnx is no ONNX net, or only a part of one"):
        opened_pack(write_pack(tmp_path, w600k_r50=whole[: len(whole) // 2]))


def test_hidden_files_as_a_mac_leaves_them_are_passed_over(tmp_path: Path) -> None:
    (write_pack(tmp_path) / "._det_10g.onnx").write_bytes(b"no net at all")
    assert "det_10g" in opened_pack(tmp_path).models


def test_a_detector_that_gives_no_points_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ModelError, match=r"det_10g\.onnx has 6 outputs instead of the 9 or 15"):
        opened_pack(write_pack(tmp_path, det_10g=detector(points=False)))


def test_a_net_with_nine_other_outputs_is_no_detector() -> None:
    net, script = detecting(nobody)
    script.answer = lambda batch: dict.fromkeys(net.header.outputs, np.zeros((7, 1), np.float32))
    with pytest.raises(ModelError, match=r"here\.onnx gives 7 scores, 7 sides and 7 coordinates"):
        ScrfdDetector(net).detect(black(64, 64), 0.5)


def test_of_two_nets_for_one_thing_the_first_by_name_counts(tmp_path: Path) -> None:
    write_pack(tmp_path, antelope=linear(112, 512, cells=7), zebra=linear(112, 512, cells=7))
    assert opened_pack(tmp_path).recogniser.id == "antelope"


@pytest.mark.parametrize(
    ("picture", "input_size"),
    [
        ((1280, 720), (640, 384)),
        ((720, 1280), (384, 640)),
        ((3840, 2160), (640, 384)),
        ((640, 640), (640, 640)),
        ((512, 512), (512, 512)),
        ((500, 333), (512, 352)),
        ((20, 20), (32, 32)),
        ((1, 1), (32, 32)),
        ((5000, 3), (640, 32)),
    ],
)
def test_the_input_follows_the_picture_in_steps_of_32_and_nothing_is_scaled_up(
    picture: tuple[int, int], input_size: tuple[int, int]
) -> None:
    net, script = detecting(anybody)
    assert ScrfdDetector(net).detect(black(*picture), 0.5).faces
    assert script.seen == [input_size]


def test_a_square_is_filled_once_as_insightface_does() -> None:
    net, script = detecting(nobody)
    ScrfdDetector(net, 320, square=True).detect(plain(255, 0, 0)[:100], 0.5)
    assert script.seen == [(320, 320)]
    assert (script.fed[0][0, 0, :160] > 0.9).all()
    assert (script.fed[0][0, 0, 160:] < -0.9).all()


def test_the_size_is_an_option() -> None:
    net, script = detecting(anybody)
    ScrfdDetector(net, 1000).detect(black(2000, 1000), 0.5)
    assert script.seen == [(1024, 512)]


def test_when_nothing_is_found_other_sizes_and_turns_are_looked_at() -> None:
    net, script = detecting(nobody)
    assert not ScrfdDetector(net).detect(black(2000, 1000), 0.5).faces
    first, *again = script.seen
    assert first == (640, 320)
    assert again == [(320, 160), (128, 64), (320, 640), (640, 320), (320, 640), (1280, 640)]


def test_a_small_picture_is_scaled_up_when_nothing_is_found() -> None:
    net, script = detecting(nobody)
    ScrfdDetector(net).detect(black(100, 60), 0.5)
    assert script.seen == [(128, 64), (64, 128), (128, 64), (64, 128), (640, 384)]


def test_a_fixed_input_is_always_used() -> None:
    net, script = detecting(nobody, size=(256, 320))
    ScrfdDetector(net).detect(black(2000, 1000), 0.5)
    assert set(script.seen) == {(320, 256)}
    assert len(script.seen) == 6


def red_and_green(batch: Tensor) -> list[Eyes]:
    """A face where a red spot lies left of a green one: its eyes."""
    spots = [np.argwhere(batch[0, channel] > 0.9)[:, ::-1] for channel in (0, 1)]
    if not all(len(spot) for spot in spots):
        return []
    left, right = (tuple(spot.mean(0).tolist()) for spot in spots)
    return [(left, right, 0.9)] if right[0] > left[0] + 20 else []


@pytest.mark.parametrize("turns", [0, 1, 2, 3])
def test_a_face_that_lies_is_found_and_its_left_eye_stays_its_left_eye(turns: int) -> None:
    upright = black(300, 200)
    upright[50:53, 60:63], upright[50:53, 100:103] = (255, 0, 0), (0, 255, 0)
    picture = np.ascontiguousarray(np.rot90(upright, turns))
    (found,) = ScrfdDetector(detecting(red_and_green)[0]).detect(picture, 0.5).faces
    eyes = [np.argwhere((picture == colour).all(-1)).mean(0)[::-1] for colour in ((255, 0, 0), (0, 255, 0))]
    np.testing.assert_allclose(found.landmarks[:2], eyes, atol=1e-3)
    low, high = found.landmarks.min(0), found.landmarks.max(0)
    np.testing.assert_allclose(found.box, [*low, *high], atol=1e-3)


def test_what_is_found_in_a_scaled_picture_lies_in_the_picture() -> None:
    picture = black(1280, 1280)
    picture[400:410, 600:610], picture[400:410, 800:810] = (255, 0, 0), (0, 255, 0)
    (found,) = ScrfdDetector(detecting(red_and_green)[0]).detect(picture, 0.5).faces
    np.testing.assert_allclose(found.landmarks[:2], [[604, 404], [804, 404]], atol=2)


def test_faces_are_numbered_from_left_to_right() -> None:
    net, _ = detecting(lambda batch: [((200, 9), (240, 9), 0.9), ((10, 9), (50, 9), 0.6), ((100, 9), (140, 9), 0.8)])
    found = ScrfdDetector(net).detect(black(320, 320), 0.5).faces
    assert [each.id for each in found] == [0, 1, 2]
    assert [float(each.box[0]) for each in found] == pytest.approx([10, 100, 200])
    assert [each.score for each in found] == pytest.approx([0.6, 0.8, 0.9])


def test_of_two_boxes_of_one_face_the_better_one_stays() -> None:
    net, _ = detecting(lambda batch: [((10, 10), (50, 50), 0.7), ((12, 10), (52, 50), 0.9), ((90, 9), (130, 49), 0.6)])
    found = ScrfdDetector(net).detect(black(320, 320), 0.5)
    assert [float(each.box[0]) for each in found.faces] == pytest.approx([12, 90])
    assert not found.near_misses


def test_near_misses_are_the_best_three_of_those_that_nearly_pass() -> None:
    scores = (0.9, 0.49, 0.48, 0.47, 0.46, 0.34)
    net, _ = detecting(lambda batch: [((40 * n, 9), (40 * n + 30, 39), score) for n, score in enumerate(scores)])
    found = ScrfdDetector(net).detect(black(320, 320), 0.5)
    assert [each.score for each in found.faces] == pytest.approx([0.9])
    assert [each.score for each in found.near_misses] == pytest.approx([0.49, 0.48, 0.47])


@pytest.mark.parametrize(("threshold", "near"), [(0.4, [0.36]), (0.5, [0.49, 0.36]), (0.95, [0.9, 0.49, 0.36])])
def test_what_a_near_miss_scores_does_not_hang_on_the_threshold(threshold: float, near: list[float]) -> None:
    scores = (0.9, 0.49, 0.36, 0.34)
    net, _ = detecting(lambda batch: [((40 * n, 9), (40 * n + 30, 39), score) for n, score in enumerate(scores)])
    look = ScrfdDetector(net, 320, square=True)
    assert [each.score for each in look.detect(black(320, 320), threshold).near_misses] == pytest.approx(near)
    assert len(look.detect(black(320, 320), 0.1).faces) == 4


def test_what_nearly_passes_does_not_end_the_search() -> None:
    net, script = detecting(lambda batch: [((10, 9), (30, 29), 0.9 if batch.shape[3] == 128 else 0.4)])
    found = ScrfdDetector(net).detect(black(640, 640), 0.5)
    assert script.seen == [(640, 640), (320, 320), (128, 128)]
    assert [each.score for each in found.faces] == pytest.approx([0.9])


def fed(told: Told) -> Tensor:
    """What a net gets to see of a picture in one colour, in its middle."""
    (net, script), picture = told, plain(200, 100, 20)
    kinds: dict[int | None, Callable[[], object]] = {
        112: lambda: ArcFace(net).embed(picture, [face()]),
        96: lambda: GenderAge(net).read(picture, [face()]),
        None: lambda: ScrfdDetector(net).detect(picture, 0.5),
    }
    kinds[net.shape[2]]()
    height, width = script.fed[0].shape[2:]
    return np.asarray(script.fed[0][0, :, height // 2, width // 2], np.float32)


CONTRACTS: dict[str, tuple[Callable[[], Told], Sequence[float]]] = {
    # model-contracts 5.1, 5.2: RGB, (x-127.5)/128.
    "detector": (lambda: detecting(anybody), [(200 - 127.5) / 128, (100 - 127.5) / 128, (20 - 127.5) / 128]),
    # model-contracts 4.1, 4.2: RGB, (x-127.5)/127.5; raw when the first nodes are named Sub and Mul.
    "recogniser": (
        lambda: answering([0.0] * 512, 112),
        [(200 - 127.5) / 127.5, (100 - 127.5) / 127.5, (20 - 127.5) / 127.5],
    ),
    "raw recogniser": (lambda: answering([0.0] * 512, 112, nodes=("Sub_0", "Mul_1")), [200, 100, 20]),
    # model-contracts 4.2: as ArcFace but 127.5/128, also raw when one of the first three nodes is named bn_data.
    "attributes": (
        lambda: answering([0.0] * 3, 96),
        [(200 - 127.5) / 128, (100 - 127.5) / 128, (20 - 127.5) / 128],
    ),
    "raw attributes": (lambda: answering([0.0] * 3, 96, nodes=("_minusscalar0", "_mulscalar0")), [200, 100, 20]),
    "attributes of mxnet": (lambda: answering([0.0] * 3, 96, nodes=("data", "id", "bn_data")), [200, 100, 20]),
}


@pytest.mark.parametrize("contract", CONTRACTS)
def test_a_net_is_fed_the_colours_of_its_contract(contract: str) -> None:
    make, expected = CONTRACTS[contract]
    np.testing.assert_allclose(fed(make()), expected, rtol=1e-6)


@pytest.mark.parametrize("contract", CONTRACTS)
def test_the_contracts_tell_a_wrong_order_mean_or_deviation(contract: str) -> None:
    make, expected = CONTRACTS[contract]
    right = fed(make())
    for wrong in (right[::-1], right + 0.5 / 128, right * (127.5 / 128), right * (128 / 127.5)):
        with pytest.raises(AssertionError):
            np.testing.assert_allclose(wrong, expected, rtol=1e-6)


def test_a_recogniser_gets_the_crop_that_its_template_asks_for() -> None:
    net, script = answering([0.0] * 512, 112)
    picture = black(300, 300)
    spots = np.round(POINTS * 1.5 + [40, 60]).astype(int)
    for x, y in spots:
        picture[y - 2 : y + 3, x - 2 : x + 3] = 255
    ArcFace(net).embed(picture, [face(landmarks=spots.astype(np.float64))])
    crop = script.fed[0][0, 0]
    for x, y in POINTS:
        assert crop[round(float(y)), round(float(x))] > 0.9
    assert (crop > 0).sum() < 100


def test_a_crop_that_is_a_plain_part_of_the_picture_is_whole_even_at_its_edge() -> None:
    net, script = answering([0.0] * 512, 112)
    ArcFace(net).embed(plain(255, 255, 255), [face(landmarks=POINTS - 40)])
    assert script.fed[0].shape == (1, 3, 112, 112)
    assert script.fed[0][0, 0, 0, 0] == -1


@pytest.mark.parametrize(
    ("row", "sex", "age"),
    [((0.9, 0.1, 0.335), "female", 34), ((0.1, 0.9, 0.334), "male", 33), ((0.1, 0.9, -0.02), "male", 0)],
)
def test_sex_and_age_are_read_off_the_three_numbers(row: Sequence[float], sex: str, age: int) -> None:
    (read,) = GenderAge(answering(row, 96)[0]).read(plain(0, 0, 0), [face()])
    assert (read.sex, read.age) == (sex, age)


def test_faces_come_back_as_they_were_but_for_what_was_asked(folder: Path) -> None:
    pack = opened_pack(folder)
    given = [replace(each, embeddings={"dlib_resnet_v1": np.ones(128, np.float32)}) for each in faces(3)]
    embedded = pack.recogniser.embed(plain(90, 60, 30), given)
    for before, after in zip(given, embedded, strict=True):
        assert after.box is before.box
        assert set(before.embeddings) == {"dlib_resnet_v1"}
        assert set(after.embeddings) == {"dlib_resnet_v1", "w600k_r50"}
        assert after.embeddings["w600k_r50"].dtype == np.float32


@pytest.mark.parametrize(("batch", "runs"), [(None, [5]), (1, [1] * 5)])
def test_crops_are_run_at_once_where_the_graph_allows_it(batch: int | None, runs: list[int]) -> None:
    net, script = answering([0.0] * 512, 112, batch=batch)
    assert len(ArcFace(net).embed(plain(9, 9, 9), faces(5))) == 5
    assert [len(each) for each in script.fed] == runs


def test_a_graph_that_was_exported_for_one_is_run_for_one_though_its_input_takes_more() -> None:
    net, script = answering([0.0] * 512, 112)
    net = replace(net, header=replace(net.header, outputs={"fc1": (1, 512)}))
    ArcFace(net).embed(plain(9, 9, 9), faces(3))
    assert [len(each) for each in script.fed] == [1, 1, 1]


def test_together_or_alone_a_face_is_described_alike(tmp_path: Path, astronaut: Image) -> None:
    def described(batch: int | str) -> list[Floats]:
        files = write_pack(tmp_path / str(batch), w600k_r50=linear(112, 512, cells=7, batch=batch)).glob("*.onnx")
        recogniser = ArcFace(nets("mine", files, Opener())["recognition"])
        return [each.embeddings["w600k_r50"] for each in recogniser.embed(astronaut, faces(20))]

    np.testing.assert_allclose(described("n"), described(1), rtol=1e-4, atol=1e-4)


def test_a_mesh_leaves_the_detectors_points_and_score_alone() -> None:
    landmarker = MeshAdder(FakeLandmarker())
    found = face()
    (fitted,) = landmarker.fit(black(200, 200), [found])
    assert fitted.dense is not None
    assert fitted.landmarks is found.landmarks
    assert fitted.score == found.score


def test_a_face_that_is_only_a_box_gets_its_points_from_the_mesh() -> None:
    given = face(landmarks=np.full((5, 2), 90.0))
    (fitted,) = MeshAdder(FakeLandmarker()).fit(black(200, 200), [given])
    assert float(np.ptp(fitted.landmarks[:, 0])) > 10
