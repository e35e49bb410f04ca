"""Packs analysed by roop and by the real insightface side by side: same nets, pictures and numbers."""

import importlib.util
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import skimage.data
from insightface.app import FaceAnalysis
from insightface.app.common import Face as TheirFace
from insightface.model_zoo.scrfd import SCRFD
from insightface.utils import face_align
from PIL import Image as Pillow

from lib_roop import templates
from lib_roop.analysers.base import Analyser
from lib_roop.analysers.insightface import analyser
from lib_roop.analysers.scrfd import ScrfdDetector
from lib_roop.engine import Engine
from lib_roop.options import RuntimeOptions
from lib_roop.types import Face, Image
from lib_roop.zoo.runtime import CPU, Device, Net, load_unlisted
from tests.fakes import FakeHost, FakeLandmarker
from tests.graphs import detector, linear, write_pack

pytestmark = pytest.mark.filterwarnings(
    "ignore:`estimate` is deprecated:FutureWarning", "ignore:`rcond` parameter will change:FutureWarning"
)

DETECTORS = {
    "usual": detector(),
    "five strides": detector(strides=(8, 16, 32, 64, 128)),
    "rows in a batch": detector(rank=3),
    "fixed input": detector(size=(320, 480)),
}
DESCRIBERS: dict[str, dict[str, bytes]] = {
    "usual": {},
    "own normalisation": {"w600k_r50": linear(112, 512, cells=7, raw=True), "genderage": linear(96, 3, bias=0.5)},
    "crops of 128": {"w600k_r50": linear(128, 64, cells=8)},
    "one crop at once": {"w600k_r50": linear(112, 512, cells=7, batch=1), "genderage": linear(96, 3, batch=1)},
}
NOTHING_ELSE = {"w600k_r50": linear(112, 8), "genderage": b"", "2d106det": b"", "1k3d68": b""}
PARTS = {
    "whole": np.s_[:, :],
    "wide": np.s_[400:460, :],
    "tall": np.s_[:, 200:260],
    "tiny": np.s_[400:421, 240:263],
    "odd": np.s_[3:400, 50:461],
}


@pytest.fixture(scope="module")
def astronaut() -> Image:
    return np.asarray(skimage.data.astronaut(), np.uint8)


@pytest.fixture(scope="module")
def group() -> Image:
    spec = importlib.util.find_spec("insightface")
    assert spec is not None and spec.origin is not None
    with Pillow.open(Path(spec.origin).parent / "data" / "images" / "t1.jpg") as picture:
        return np.asarray(picture.convert("RGB"), np.uint8)


def open_file(path: Path) -> Net:
    return load_unlisted(path.name, path.read_bytes(), Device(threads=1))


def ours(folder: Path, side: int = 640, *, square: bool = True) -> Analyser:
    return analyser(
        "mine",
        folder.glob("*.onnx"),
        open_file,
        FakeLandmarker(),
        lambda net: ScrfdDetector(net, side, square=square),
    )


def theirs(folder: Path, side: int = 640, *, threshold: float = 0.5, modules: list[str] | None = None) -> Any:
    app = FaceAnalysis(str(folder), allowed_modules=modules, providers=[CPU])
    app.prepare(ctx_id=0, det_thresh=threshold, det_size=(side, side))
    return app


def their_detector(folder: Path, side: int = 640, *, threshold: float = 0.5) -> Any:
    return theirs(folder, side, threshold=threshold, modules=["detection"])


def looked_at(app: Any, image: Image) -> list[Any]:
    """Their faces from left to right."""
    return sorted(app.get(np.ascontiguousarray(image[..., ::-1])), key=lambda each: tuple(each.bbox.tolist()))


def assert_alike(mine: tuple[Face, ...], others: list[Any]) -> None:
    assert len(mine) == len(others)
    for one, other in zip(mine, others, strict=True):
        np.testing.assert_allclose(one.box, other.bbox, atol=1e-3)
        np.testing.assert_allclose(one.landmarks, other.kps, atol=1e-3)
        assert one.score == pytest.approx(float(other.det_score), abs=1e-6)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A pack that does little more than detect."""
    return write_pack(tmp_path_factory.mktemp("pack"), **NOTHING_ELSE)


@pytest.mark.parametrize("kind", DETECTORS)
def test_every_kind_of_detector_finds_the_same(tmp_path: Path, astronaut: Image, group: Image, kind: str) -> None:
    folder = write_pack(tmp_path, **NOTHING_ELSE, det_10g=DETECTORS[kind])
    app, look = their_detector(folder), ours(folder).detector
    for image in (astronaut, group):
        found = looked_at(app, image)
        assert found
        assert_alike(look.detect(image, 0.5).faces, found)


@pytest.mark.parametrize("size", [640, 320])
def test_the_engine_finds_the_same_with_their_det_size(tmp_path: Path, astronaut: Image, size: int) -> None:
    write_pack(tmp_path / "mine", **NOTHING_ELSE)
    engine = Engine(FakeHost(folders=(tmp_path,), wish=RuntimeOptions(pack="mine", det_size=size, threads=1)))
    for image in (astronaut, np.ascontiguousarray(astronaut[PARTS["odd"]])):
        found = looked_at(their_detector(tmp_path / "mine", size), image)
        assert found
        assert_alike(engine.detect(image).faces, found)


@pytest.mark.parametrize("part", PARTS)
@pytest.mark.parametrize("side", [640, 320])
def test_every_picture_and_size_give_the_same(folder: Path, astronaut: Image, part: str, side: int) -> None:
    image = np.ascontiguousarray(astronaut[PARTS[part]])
    found = looked_at(their_detector(folder, side), image)
    assert found
    assert_alike(ours(folder, side).detector.detect(image, 0.5).faces, found)


@pytest.mark.parametrize("threshold", [0.2, 0.5, 0.6])
def test_the_threshold_means_the_same(folder: Path, astronaut: Image, threshold: float) -> None:
    found = looked_at(their_detector(folder, threshold=threshold), astronaut)
    assert_alike(ours(folder).detector.detect(astronaut, threshold).faces, found)
    assert found


def test_without_the_square_a_large_picture_gives_the_same_as_in_it(folder: Path, group: Image) -> None:
    found = looked_at(their_detector(folder), group)
    assert found
    assert_alike(ours(folder, square=False).detector.detect(group, 0.5).faces, found)


def test_without_the_square_a_small_picture_gives_the_same_as_their_scrfd_on_it_unscaled(
    folder: Path, astronaut: Image
) -> None:
    scrfd = SCRFD(session=their_detector(folder).det_model.session)
    boxes, points = scrfd.detect(np.ascontiguousarray(astronaut[..., ::-1]), input_size=(512, 512))
    found = ours(folder, square=False).detector.detect(astronaut, 0.5).faces
    order = sorted(range(len(boxes)), key=lambda number: tuple(boxes[number, :4].tolist()))
    assert len(boxes) == len(found) > 10
    np.testing.assert_allclose([each.box for each in found], boxes[order, :4], atol=1e-3)
    np.testing.assert_allclose([each.landmarks for each in found], points[order], atol=1e-3)
    np.testing.assert_allclose([each.score for each in found], boxes[order, 4], atol=1e-6)


@pytest.mark.parametrize(("side", "template"), [(112, templates.ARCFACE_112_V2), (128, templates.ARCFACE_128)])
def test_crops_are_laid_where_insightface_lays_them(side: int, template: templates.Template) -> None:
    random = np.random.default_rng(side)
    for scale in (0.2, 1, 7):
        points = (np.array(template.points) * scale + random.normal(0, 8 * scale, (5, 2)) - 30).astype(np.float32)
        expected = face_align.estimate_norm(points, side)
        np.testing.assert_allclose(templates.frame(points, template).matrix, expected, rtol=1e-4, atol=1e-3)


@pytest.mark.parametrize("kind", DESCRIBERS)
def test_embedding_sex_and_age_are_the_same(tmp_path: Path, group: Image, kind: str) -> None:
    folder = write_pack(tmp_path, **DESCRIBERS[kind])
    found = looked_at(theirs(folder), group)
    look = ours(folder)
    assert look.attributes is not None
    faces = look.detector.detect(group, 0.5).faces
    faces = tuple(look.attributes.read(group, look.recogniser.embed(group, faces)))
    assert_alike(faces, found)
    assert len(found) > 3
    for one, other in zip(faces, found, strict=True):
        # One level in one pixel of a crop, where the two matrices round differently, is 1e-4.
        np.testing.assert_allclose(one.embeddings["w600k_r50"], other.embedding, atol=2e-3)
        assert one.sex == ("female", "male")[other.gender]
        assert one.age == max(other.age, 0)
    assert len({one.age for one in faces}) > 3


def test_faces_at_the_edge_and_beyond_are_described_the_same(tmp_path: Path, astronaut: Image) -> None:
    folder = write_pack(tmp_path)
    look, app = ours(folder), theirs(folder)
    assert look.attributes is not None
    template = np.array(templates.ARCFACE_112_V2.points)
    for scale, x, y in ((1.0, -60, -50), (3.0, 300, 350), (0.2, 500, 500), (9.0, -200, -200)):
        points = (template * scale + [x, y]).astype(np.float32)
        box = np.concatenate([points.min(0), points.max(0)])
        (mine,) = look.recogniser.embed(astronaut, [Face(id=0, box=box, landmarks=points, score=1)])
        (mine,) = look.attributes.read(astronaut, [mine])
        other = TheirFace(bbox=box, kps=points)
        bgr = np.ascontiguousarray(astronaut[..., ::-1])
        np.testing.assert_allclose(mine.embeddings["w600k_r50"], app.models["recognition"].get(bgr, other), atol=2e-3)
        gender, age = app.models["genderage"].get(bgr, other)
        assert (mine.sex, mine.age) == (("female", "male")[gender], max(age, 0))
