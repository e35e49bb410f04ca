"""Faces over time: trembling goes, movement and expression stay, a missed frame is filled, a shot is its own."""

from dataclasses import replace

import numpy as np
import pytest
import skimage.data

from lib_roop import geometry
from lib_roop.types import Detection, Face, Floats
from lib_roop.video import cuts, steadying, tracks
from lib_roop.video.steadying import REACH
from tests.fakes import face

RATE = 25.0


def at(x: float, y: float, size: float = 60, number: int = 0, turn: float = 0.0) -> Face:
    """A face whose points lie on a square, turned about its middle by `turn` radians."""
    base = face(number, (x, y, x + size, y + size))
    middle = np.array([x + size / 2, y + size / 2])
    turned = np.array([[np.cos(turn), -np.sin(turn)], [np.sin(turn), np.cos(turn)]])
    matrix = np.hstack([turned, (middle - turned @ middle)[:, None]])
    marks = np.array([[0.3, 0.4], [0.7, 0.4], [0.5, 0.6], [0.35, 0.8], [0.65, 0.8]]) * size + (x, y)
    assert base.dense is not None
    dense = np.concatenate([geometry.transform(base.dense[:, :2], matrix), base.dense[:, 2:]], axis=1)
    return replace(base, landmarks=geometry.transform(marks, matrix), dense=dense.astype(np.float32))


def steadied(faces: list[list[Face]], place: int) -> steadying.Steadied:
    """Frame `place` of a whole film of one shot."""
    first, last = max(0, place - REACH), min(len(faces), place + REACH + 1)
    times = [number / RATE for number in range(first, last)]
    return steadying.steadied(times, [Detection(tuple(each)) for each in faces[first:last]], place - first)


def middles(faces: list[list[Face]]) -> Floats:
    return np.array([steadied(faces, place).detection.faces[0].landmarks.mean(0) for place in range(len(faces))])


def path(count: int, x: float, y: float, speed: float = 0.0, bend: float = 0.0) -> Floats:
    """Where a face's corner is in each frame."""
    time = np.arange(count)
    return np.stack([x + speed * time + bend * time**2, np.full(count, y)], axis=1)


def test_trembling_is_smoothed_to_less_than_half() -> None:
    noise = np.random.default_rng(1).normal(0, 0.4, (60, 2))
    shown = [[at(*place)] for place in path(60, 40, 30) + noise]
    still = middles(shown)[REACH:-REACH] - middles([[at(40, 30)]] * 60)[0]
    assert still.std() < 0.45 * noise[REACH:-REACH].std()
    raw, calm = (
        np.mean([steadying.trembling(film, place) for place in range(4, 55)])
        for film in (shown, [list(steadied(shown, place).detection.faces) for place in range(60)])
    )
    assert calm < 0.35 * raw


@pytest.mark.parametrize(("speed", "bend"), [(0, 0), (6, 0), (2, 0.4)])
def test_a_movement_is_neither_dragged_behind_nor_cut_short(speed: float, bend: float) -> None:
    shown = [[at(*place)] for place in path(20, 40, 30, speed, bend)]
    meant = np.array([each[0].landmarks.mean(0) for each in shown])
    assert np.abs(middles(shown) - meant).max() < 0.25


def test_a_face_that_suddenly_stops_is_moved_no_further_than_faces_tremble() -> None:
    xs = np.concatenate([np.arange(15) * 8.0, np.full(15, 14 * 8.0)])
    shown = [[at(40 + x, 30)] for x in xs]
    meant = np.array([each[0].landmarks.mean(0) for each in shown])
    assert np.abs(middles(shown) - meant).max() <= 2 * steadying.TREMBLE * 60 + 1e-3


def test_a_face_that_leans_stays_leaning_and_its_shape_is_untouched() -> None:
    shown = [[at(40, 30, turn=0.05 * number)] for number in range(9)]
    rng = np.random.default_rng(2)
    own = shown[4][0]
    assert own.dense is not None
    blink = own.dense + rng.normal(0, 1.5, own.dense.shape).astype(np.float32)
    shown[4] = [replace(own, dense=blink)]
    found = steadied(shown, 4).detection.faces[0]
    assert found.dense is not None
    fitted = geometry.similarity_fit(blink[:, :2], found.dense[:, :2])
    # What is left after a similarity is taken away is what was there: nothing of the expression was smoothed.
    assert np.abs(geometry.transform(blink[:, :2], fitted) - found.dense[:, :2]).max() < 1e-2
    assert abs(np.arctan2(fitted[1, 0], fitted[0, 0])) < 0.06


def test_a_single_missed_frame_is_filled_between_its_neighbours() -> None:
    shown = [[at(*place)] for place in path(9, 40, 30, 4)]
    shown[4] = []
    found = steadied(shown, 4)
    assert found.filled == 1
    assert np.abs(found.detection.faces[0].landmarks - at(56, 30).landmarks).max() < 0.1
    assert found.detection.faces[0].dense is not None


def test_two_missed_frames_are_filled_and_three_are_not() -> None:
    for gap, filled in ((1, 1), (2, 1), (3, 0)):
        shown = [[at(*place)] for place in path(12, 40, 30, 2)]
        for place in range(5, 5 + gap):
            shown[place] = []
        assert [steadied(shown, place).filled for place in range(5, 5 + gap)] == [filled] * gap


def test_a_face_that_comes_or_goes_is_not_invented() -> None:
    shown: list[list[Face]] = [[], [], [], [at(40, 30)], [at(40, 30)], [at(40, 30)], [], [], []]
    assert [steadied(shown, place).filled for place in range(9)] == [0] * 9
    assert [len(steadied(shown, place).detection.faces) for place in range(9)] == [len(each) for each in shown]


def test_faces_are_numbered_from_the_left_with_a_filled_one_among_them() -> None:
    left, right = at(10, 30), at(200, 30, number=1)
    shown = [[left, right], [left, right], [replace(right, id=0)], [left, right], [left, right]]
    faces = steadied(shown, 2).detection.faces
    assert [each.id for each in faces] == [0, 1] and faces[0].box[0] < 20 < faces[1].box[0]


def test_each_of_two_faces_keeps_to_its_own_path() -> None:
    noise = np.random.default_rng(3).normal(0, 0.3, (9, 2))
    shown = [[at(20 + dx, 30), at(120 + dy, 40, number=1)] for dx, dy in noise]
    one, two = steadied(shown, 4).detection.faces
    assert abs(one.box[0] - 20) < 0.3 and abs(two.box[0] - 120) < 0.3


def test_a_face_is_described_by_the_mean_of_what_its_frames_say() -> None:
    shown = [[replace(at(40, 30), embeddings={"r": np.full(4, number, np.float32)})] for number in range(7)]
    assert steadied(shown, 3).detection.faces[0].embeddings["r"].tolist() == [3.0] * 4


def test_a_near_miss_where_a_face_was_filled_is_told_no_more() -> None:
    shown = [Detection((at(40, 30),))] * 5
    shown[2] = Detection((), near_misses=(at(41, 30), at(200, 30)))
    times = [number / RATE for number in range(5)]
    found = steadying.steadied(times, shown, 2).detection
    assert len(found.faces) == 1 and [round(float(each.box[0])) for each in found.near_misses] == [200]


def test_faces_are_linked_by_where_they_are_the_nearest_first() -> None:
    before, after = [at(10, 10), at(60, 10, number=1)], [at(55, 10), at(14, 10, number=1)]
    assert {key: each.id for key, each in tracks.linked(before, after).items()} == {0: 1, 1: 0}
    assert tracks.linked([at(10, 10)], [at(300, 10)]) == {}


def test_a_cut_is_another_picture_and_not_a_movement_or_a_darker_one() -> None:
    picture = np.asarray(skimage.data.astronaut(), np.uint8)
    seen = cuts.glance(picture)
    assert cuts.is_cut(seen, cuts.glance(np.asarray(skimage.data.coffee(), np.uint8)))
    assert not cuts.is_cut(seen, cuts.glance(np.roll(picture, 20, axis=1)))
    assert not cuts.is_cut(seen, cuts.glance((picture * 0.85).astype(np.uint8)))
    assert not cuts.is_cut(seen, seen)
