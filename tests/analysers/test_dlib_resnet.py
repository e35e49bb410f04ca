"""The recogniser: its chips are dlib's, and its distances tell people apart."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace

import cv2
import numpy as np
import pytest

from lib_roop.analysers.base import Analyser
from lib_roop.analysers.dlib_resnet import MESH_POINTS, TEMPLATE, DlibRecogniser, chip, chip_matrix
from lib_roop.facemesh import POINTS
from lib_roop.geometry import transform
from lib_roop.types import Face, Floats, Image
from lib_roop.zoo.runtime import Net, Tensor

SAME, DIFFERENT = 0.35, 0.55


def embedding(builtin: Analyser, image: Image) -> Floats:
    """Of the only face of a picture."""
    (face,) = builtin.recogniser.embed(image, builtin.detector.detect(image, 0.5).faces)
    return face.embeddings["dlib_resnet_v1"]


def distance(one: Floats, other: Floats) -> float:
    return float(np.linalg.norm(one - other))


def mesh_on_the_template(zoom: float, x: float, y: float) -> Floats:
    """A face whose points lie on dlib's template for a 150-pixel chip, enlarged and shifted."""
    dense = np.zeros((POINTS, 3), np.float32)
    dense[list(MESH_POINTS), :2] = (0.25 + TEMPLATE) / 1.5 * 150 * zoom + [x, y]
    return dense


def test_a_chip_spans_dlibs_rectangle_from_first_to_last_pixel() -> None:
    # dlib: the rectangle is 2 * 150 pixels wide with its middle at 100 + 150, so its pixels go from 100.5 to 399.5.
    matrix = chip_matrix(mesh_on_the_template(2, 100, 50))
    corners = transform(np.array([(100.5, 50.5), (399.5, 349.5), (250, 200)]), matrix)
    np.testing.assert_allclose(corners, np.array([(0, 0), (149, 149), (74.5, 74.5)]), atol=1e-3)


def test_a_chip_of_a_face_of_its_own_size_is_the_picture() -> None:
    image = np.random.default_rng(1).integers(0, 256, (300, 300, 3), np.uint8)
    # At this size a rectangle of 150 pixels with its middle at 40.5 + 75 goes from 41 to 190.
    np.testing.assert_array_equal(chip(image, mesh_on_the_template(1, 40.5, 60.5)), image[61:211, 41:191])


def test_a_chip_is_black_beyond_the_picture() -> None:
    pixels = chip(np.full((200, 200, 3), 255, np.uint8), mesh_on_the_template(1, -59.5, 20.5))
    assert not pixels[:, :58].any()
    assert (pixels[:, 61:] == 255).all()


def test_a_far_larger_face_gives_the_same_chip(builtin: Analyser, astronaut: Image) -> None:
    face = builtin.detector.detect(astronaut, 0.5).faces[0]
    assert face.dense is not None
    enlarged = cv2.resize(astronaut, None, fx=8, fy=8, interpolation=cv2.INTER_CUBIC)
    dense = (face.dense + 0.5) * 8 - 0.5
    difference = chip(np.asarray(enlarged, np.uint8), dense).astype(int) - chip(astronaut, dense=face.dense)
    assert np.abs(difference).mean() < 5


@pytest.mark.parametrize(
    "change",
    [
        lambda image: image[:, ::-1],
        np.rot90,
        lambda image: cv2.resize(image, None, fx=0.5, fy=0.5, interpolation=cv2.INTER_AREA),
        lambda image: cv2.resize(image, None, fx=3, fy=3, interpolation=cv2.INTER_CUBIC),
        lambda image: cv2.imdecode(cv2.imencode(".jpg", image, [cv2.IMWRITE_JPEG_QUALITY, 40])[1], cv2.IMREAD_COLOR),
        lambda image: np.repeat(image.mean(2, keepdims=True), 3, 2).astype(np.uint8),
        lambda image: (image * 0.6).astype(np.uint8),
        lambda image: image[90:] if image.shape[0] == 512 else image[160:],
    ],
    ids=["mirrored", "turned", "half", "threefold", "jpeg", "grey", "dark", "forehead cut"],
)
def test_a_changed_picture_is_still_the_same_person(
    builtin: Analyser, astronaut: Image, hopper: Image, change: Callable[[Image], Image]
) -> None:
    for image in (astronaut, hopper):
        changed = np.ascontiguousarray(change(image))
        assert distance(embedding(builtin, image), embedding(builtin, changed)) < SAME


def test_different_people_are_far_apart(builtin: Analyser, astronaut: Image, hopper: Image, group: Image) -> None:
    faces = builtin.recogniser.embed(group, builtin.detector.detect(group, 0.5).faces)
    people = [face.embeddings["dlib_resnet_v1"] for face in faces]
    collins = embedding(builtin, astronaut)
    # As measured on other chips of the same template with the net's weights in single precision.
    assert [distance(collins, one) for one in people] == pytest.approx(
        [0.694, 0.796, 0.774, 0.800, 0.870, 0.755], abs=0.05
    )
    people += [collins, embedding(builtin, hopper)]
    assert min(distance(one, other) for number, one in enumerate(people) for other in people[:number]) > DIFFERENT


def test_a_batch_is_as_good_as_one_by_one(builtin: Analyser, group: Image) -> None:
    faces = builtin.detector.detect(group, 0.5).faces
    for together, face in zip(builtin.recogniser.embed(group, faces), faces, strict=True):
        (alone,) = builtin.recogniser.embed(group, [face])
        assert distance(together.embeddings["dlib_resnet_v1"], alone.embeddings["dlib_resnet_v1"]) < 1e-3


def test_descriptors_are_as_the_net_gives_them(builtin: Analyser, astronaut: Image) -> None:
    descriptor = embedding(builtin, astronaut)
    assert descriptor.shape == (128,)
    assert 1.3 < np.linalg.norm(descriptor) < 1.6


def test_a_face_without_a_mesh_is_fitted_first(builtin: Analyser, astronaut: Image) -> None:
    (found,) = builtin.detector.detect(astronaut, 0.5).faces
    bare = replace(found, dense=None, embeddings={"other": np.zeros(3, np.float32)})
    (embedded,) = builtin.recogniser.embed(astronaut, [bare])
    assert distance(embedded.embeddings["dlib_resnet_v1"], embedding(builtin, astronaut)) < 0.15
    assert set(embedded.embeddings) == {"other", "dlib_resnet_v1"}
    assert (embedded.dense, embedded.score) == (None, found.score)


def face_on_the_template() -> Face:
    box = np.array([10, 10, 160, 160], np.float32)
    landmarks = np.zeros((5, 2), np.float32)
    return Face(id=0, box=box, landmarks=landmarks, score=1, dense=mesh_on_the_template(1, 10, 10))


class Counts:
    """A net that says how many pictures it was given, and a landmarker that has nothing to do."""

    providers: tuple[str, ...] = ("fake",)

    def __init__(self) -> None:
        self.runs: list[int] = []
        self.opened = 0

    def open(self) -> Net:
        self.opened += 1
        return self

    def run(self, inputs: Mapping[str, Tensor]) -> dict[str, Tensor]:
        self.runs.append(len(inputs["image"]))
        assert inputs["image"].shape[1:] == (3, 150, 150)
        return {"descriptor": inputs["image"].mean((2, 3))}

    def fit(self, image: Image, faces: Sequence[Face]) -> list[Face]:
        return list(faces)


def test_the_net_is_opened_once_and_only_when_a_face_comes() -> None:
    net = Counts()
    recogniser = DlibRecogniser(net.open, net)
    image = np.zeros((200, 200, 3), np.uint8)
    assert recogniser.embed(image, []) == []
    assert net.opened == 0
    face = face_on_the_template()
    recogniser.embed(image, [face] * 20)
    recogniser.embed(image, [face])
    assert (net.opened, net.runs) == (1, [16, 4, 1])


def test_the_net_sees_red_first_and_every_value_up_to_255() -> None:
    net = Counts()
    image = np.full((200, 200, 3), (255, 100, 0), np.uint8)
    face = face_on_the_template()
    (embedded,) = DlibRecogniser(net.open, net).embed(image, [face])
    assert embedded.embeddings["dlib_resnet_v1"].tolist() == [255, 100, 0]
