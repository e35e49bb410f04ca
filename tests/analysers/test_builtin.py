"""Finding faces in photographs with the built-in nets."""

from dataclasses import replace
from pathlib import Path

import cv2
import numpy as np
import pytest
from numpy.typing import ArrayLike

from lib_roop.analysers.base import Analyser
from lib_roop.analysers.builtin import analyser, apart
from lib_roop.facemesh import five_points
from lib_roop.types import Face, Floats, Image
from lib_roop.zoo.builtin import BLAZEFACE, DLIB_RESNET, FACEMESH
from lib_roop.zoo.cards import ModelCard
from lib_roop.zoo.runtime import Net

from .conftest import open_net, read

COLLINS = (178, 69, 273, 176)
GROUP = (
    (52, 269, 174, 397),
    (272, 160, 375, 264),
    (463, 283, 575, 413),
    (746, 365, 843, 476),
    (908, 79, 1015, 205),
    (1133, 287, 1230, 398),
)
NOBODY = (
    "brick.png", "cell.png", "chelsea.png", "chessboard_RGB.png", "clock_motion.png", "coffee.png", "coins.png",
    "color.png", "grass.png", "gravel.png", "horse.png", "hubble_deep_field.jpg", "ihc.png", "logo.png", "moon.png",
    "motorcycle_left.png", "motorcycle_right.png", "page.png", "phantom.png", "retina.jpg", "rocket.jpg", "text.png",
)  # fmt: skip


def share(one: ArrayLike, other: ArrayLike) -> float:
    """The intersection over the union of two boxes."""
    a, b = np.asarray(one, np.float64), np.asarray(other, np.float64)
    both = np.clip(np.minimum(a[2:], b[2:]) - np.maximum(a[:2], b[:2]), 0, None).prod()
    return float(both / ((a[2:] - a[:2]).prod() + (b[2:] - b[:2]).prod() - both))


def moved(box: ArrayLike, x: float, y: float, zoom: float = 1) -> Floats:
    return np.asarray(np.asarray(box, np.float64) * zoom + [x, y, x, y], np.float32)


def found(builtin: Analyser, image: Image, threshold: float = 0.5) -> tuple[Face, ...]:
    return builtin.detector.detect(np.ascontiguousarray(image), threshold).faces


def only(builtin: Analyser, image: Image, threshold: float = 0.5) -> Face:
    (face,) = found(builtin, image, threshold)
    return face


def roll(face: Face) -> float:
    assert face.pose is not None
    return face.pose.roll


def test_the_astronaut_is_found(builtin: Analyser, astronaut: Image) -> None:
    face = only(builtin, astronaut)
    assert share(face.box, COLLINS) > 0.95
    assert face.score > 0.85
    assert face.id == 0


def test_a_face_comes_with_mesh_five_points_and_pose(builtin: Analyser, astronaut: Image) -> None:
    face = only(builtin, astronaut)
    assert face.dense is not None
    assert face.pose is not None
    assert face.dense.shape == (468, 3)
    assert {str(array.dtype) for array in (face.dense, face.box, face.landmarks)} == {"float32"}
    np.testing.assert_array_equal(face.landmarks, five_points(face.dense))
    np.testing.assert_allclose(face.box, [*face.dense[:, :2].min(0), *face.dense[:, :2].max(0)])
    # Read off the enlarged photograph: pupils, nose tip, corners of the mouth.
    np.testing.assert_allclose(
        face.landmarks, [[202, 101], [246, 103], [222, 128], [203, 140], [243, 142]], atol=5
    )  # fmt: skip
    assert abs(face.pose.yaw) < 10
    assert abs(face.pose.roll) < 10


def test_grace_hopper_is_found(builtin: Analyser, hopper: Image) -> None:
    assert share(only(builtin, hopper).box, (170, 132, 356, 334)) > 0.95


def test_all_six_of_a_group_are_found_and_numbered_from_the_left(builtin: Analyser, group: Image) -> None:
    faces = found(builtin, group)
    assert [face.id for face in faces] == list(range(6))
    for face, box in zip(faces, GROUP, strict=True):
        assert share(face.box, box) > 0.9


def test_a_face_that_looks_to_the_left_has_a_negative_yaw(builtin: Analyser, group: Image) -> None:
    face = found(builtin, group)[4]
    assert face.pose is not None
    assert face.pose.yaw < -30
    mirrored = found(builtin, group[:, ::-1])[1]
    assert mirrored.pose is not None
    assert mirrored.pose.yaw > 30


@pytest.mark.parametrize("name", NOBODY)
def test_nobody_is_found_where_nobody_is(builtin: Analyser, samples: Path, name: str) -> None:
    assert found(builtin, read(samples / name)) == ()


@pytest.mark.parametrize("turns", [1, 2, 3])
def test_a_turned_picture_gives_the_turned_face(builtin: Analyser, astronaut: Image, turns: int) -> None:
    face = only(builtin, np.rot90(astronaut, turns))
    x0, y0, x1, y1 = COLLINS
    boxes = [(y0, 511 - x1, y1, 511 - x0), (511 - x1, 511 - y1, 511 - x0, 511 - y0), (511 - y1, x0, 511 - y0, x1)]
    assert share(face.box, boxes[turns - 1]) > 0.9
    assert (roll(face) + 90 * turns + 180) % 360 - 180 == pytest.approx(3, abs=6)


def test_the_left_eye_of_an_upside_down_face_lies_right_in_the_picture(builtin: Analyser, astronaut: Image) -> None:
    eye, other_eye, *_ = only(builtin, np.rot90(astronaut, 2)).landmarks
    assert eye[0] > other_eye[0] + 30


def test_all_of_a_group_that_stands_on_its_head_are_found(builtin: Analyser, group: Image) -> None:
    faces = found(builtin, np.rot90(group, 2))
    assert len(faces) == 6
    for face, (x0, y0, x1, y1) in zip(faces, reversed(GROUP), strict=True):
        assert share(face.box, (1279 - x1, 885 - y1, 1279 - x0, 885 - y0)) > 0.85


@pytest.mark.parametrize("degrees", range(-150, 180, 60))
def test_a_tilted_face_is_measured_along_its_own_axis(builtin: Analyser, astronaut: Image, degrees: int) -> None:
    matrix = cv2.getRotationMatrix2D((226, 122), -degrees, 1)
    tilted = cv2.warpAffine(astronaut, matrix, (512, 512), borderValue=(90, 90, 90))
    face = only(builtin, np.asarray(tilted, np.uint8))
    assert (roll(face) - degrees + 180) % 360 - 180 == pytest.approx(3, abs=6)


def on_canvas(image: Image, zoom: float, *, height: int, width: int, x: int, y: int) -> Image:
    small = cv2.resize(image, None, fx=zoom, fy=zoom, interpolation=cv2.INTER_AREA)
    canvas = np.full((height, width, 3), 90, np.uint8)
    canvas[y : y + small.shape[0], x : x + small.shape[1]] = small
    return canvas


def test_a_face_of_a_thirtieth_of_a_4k_picture_is_found(builtin: Analyser, astronaut: Image) -> None:
    zoom = 72 / (COLLINS[3] - COLLINS[1])
    face = only(builtin, on_canvas(astronaut[:340], zoom, height=2160, width=3840, x=1801, y=1333))
    assert share(face.box, moved(COLLINS, 1801, 1333, zoom)) > 0.85


def test_small_faces_beside_a_large_one_are_found(builtin: Analyser, astronaut: Image, hopper: Image) -> None:
    canvas = on_canvas(hopper, 1, height=900, width=1300, x=0, y=200)
    canvas[300:556, 900:1156] = cv2.resize(astronaut, (256, 256), interpolation=cv2.INTER_AREA)
    large, small = found(builtin, canvas)
    assert large.height > 3 * small.height
    assert share(small.box, moved(COLLINS, 900, 300, 0.5)) > 0.8


def test_a_face_in_a_long_panorama_is_found_where_it_is(builtin: Analyser, astronaut: Image) -> None:
    for long, box in (
        (on_canvas(astronaut, 1, height=600, width=6000, x=4321, y=40), moved(COLLINS, 4321, 40)),
        (on_canvas(astronaut, 1, height=6000, width=600, x=40, y=4321), moved(COLLINS, 40, 4321)),
    ):
        assert share(only(builtin, long).box, box) > 0.9


@pytest.mark.parametrize("tight", [0, 10, 15])
def test_a_face_that_fills_the_picture_is_found(builtin: Analyser, astronaut: Image, hopper: Image, tight: int) -> None:
    for image, (x0, y0, x1, y1) in ((astronaut, COLLINS), (hopper, (170, 132, 356, 334))):
        dx, dy = (x1 - x0) * tight // 100, (y1 - y0) * tight // 100
        crop = image[y0 + dy : y1 - dy, x0 + dx : x1 - dx]
        face = only(builtin, crop)
        assert share(face.box, (-dx, -dy, x1 - x0 - dx, y1 - y0 - dy)) > 0.75


def test_a_face_cut_by_the_edge_reaches_beyond_the_picture(builtin: Analyser, astronaut: Image) -> None:
    face = only(builtin, astronaut[:, 205:])
    assert face.box[0] < -5
    assert share(face.box, (COLLINS[0] - 205, COLLINS[1], COLLINS[2] - 205, COLLINS[3])) > 0.7


def test_a_grey_picture_has_the_same_face(builtin: Analyser, astronaut: Image) -> None:
    grey = np.repeat(astronaut.mean(2, keepdims=True).astype(np.uint8), 3, 2)
    assert share(only(builtin, grey).box, COLLINS) > 0.9


def test_detection_is_the_same_every_time(builtin: Analyser, group: Image) -> None:
    for once, again in zip(found(builtin, group), found(builtin, group), strict=True):
        np.testing.assert_array_equal(once.dense, again.dense)
        assert once.score == again.score


@pytest.mark.parametrize("shape", [(1, 1), (8, 8), (1, 700), (700, 3), (16, 16), (40, 17)])
def test_a_tiny_picture_has_no_face(builtin: Analyser, shape: tuple[int, int]) -> None:
    detection = builtin.detector.detect(np.full((*shape, 3), 128, np.uint8), 0.5)
    assert (detection.faces, detection.near_misses) == ((), ())


def test_a_face_below_the_threshold_is_a_near_miss_with_its_score(builtin: Analyser, astronaut: Image) -> None:
    detection = builtin.detector.detect(astronaut, 0.97)
    (missed,) = detection.near_misses
    assert detection.faces == ()
    assert share(missed.box, COLLINS) > 0.9
    assert missed.score == pytest.approx(only(builtin, astronaut).score)


def test_faces_and_near_misses_share_the_group_by_score(builtin: Analyser, group: Image) -> None:
    detection = builtin.detector.detect(group, 0.9)
    assert len(detection.faces) + len(detection.near_misses) == 6
    assert min(face.score for face in detection.faces) >= 0.9
    assert max(face.score for face in detection.near_misses) < 0.9


def test_no_near_miss_lies_on_a_face(builtin: Analyser, hopper: Image) -> None:
    detection = builtin.detector.detect(hopper, 0.2)
    assert len(detection.faces) == 1
    for missed in detection.near_misses:
        assert share(missed.box, detection.faces[0].box) < 0.5


def at(score: float, *box: float) -> Face:
    return Face(id=0, box=np.array(box, np.float32), landmarks=np.zeros((5, 2), np.float32), score=score)


def box_only(face: Face) -> Face:
    return replace(face, dense=None, pose=None, landmarks=np.zeros((5, 2), np.float32))


@pytest.mark.parametrize("turns", range(4))
def test_a_box_given_by_hand_gets_the_mesh_that_detection_lays(builtin: Analyser, group: Image, turns: int) -> None:
    image = np.ascontiguousarray(np.rot90(group, turns))
    faces = found(builtin, image)
    fitted = builtin.landmarker.fit(image, [box_only(face) for face in faces])
    for face, known in zip(fitted, faces, strict=True):
        assert face.dense is not None
        assert known.dense is not None
        apart_by = np.linalg.norm(face.dense[:, :2] - known.dense[:, :2], axis=1).mean()
        assert apart_by < 0.04 * known.width
        assert face.score > 0.9


@pytest.mark.parametrize("grow", [-0.1, 0.3])
def test_a_box_given_by_hand_need_not_be_tight(builtin: Analyser, astronaut: Image, grow: float) -> None:
    face = only(builtin, astronaut)
    outwards = np.array([-grow, -grow, grow, grow], np.float32)
    roughly = replace(box_only(face), box=face.box + outwards * np.float32(face.width))
    (fitted,) = builtin.landmarker.fit(astronaut, [roughly])
    np.testing.assert_array_equal(fitted.box, roughly.box)
    assert np.abs(fitted.landmarks - face.landmarks).max() < 0.03 * face.width


def test_a_box_on_no_face_has_a_low_score_and_an_upright_mesh(builtin: Analyser, group: Image) -> None:
    nothing = [at(1, 900, 10, 960, 70), at(1, 300, 500, 400, 600), at(1, 600, 20, 700, 120)]
    for face in builtin.landmarker.fit(group, nothing):
        assert face.score < 0.5
        assert abs(roll(face)) < 45


def test_of_two_faces_in_one_place_the_better_stays() -> None:
    worse, better, beside = at(0.6, 0, 0, 100, 100), at(0.9, 20, 20, 90, 90), at(0.5, 80, 0, 180, 100)
    assert apart([worse, better, beside]) == [better, beside]
    assert apart([beside], [worse]) == [beside]
    assert apart([worse], [better]) == []


def test_the_recogniser_is_not_opened_to_find_faces(astronaut: Image) -> None:
    opened: list[str] = []

    def opening(card: ModelCard) -> Net:
        opened.append(card.name)
        return open_net(card)

    parts = analyser(opening)
    faces = parts.detector.detect(astronaut, 0.5).faces
    assert sorted(opened) == sorted([BLAZEFACE.name, FACEMESH.name])
    parts.recogniser.embed(astronaut, faces)
    assert opened[2:] == [DLIB_RESNET.name]
    assert set(parts.models) == set(opened)
    assert (parts.name, parts.attributes) == ("built-in", None)
