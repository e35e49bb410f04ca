"""Windows over a picture, and what the detector's numbers mean in it."""

import itertools
from collections.abc import Mapping

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from lib_roop.analysers.blazeface import (
    BATCH,
    WINDOW,
    BlazeFace,
    Candidates,
    anchors,
    areas,
    covers,
    intersections,
    starts,
    strongest,
    window_sides,
    windows,
)
from lib_roop.types import Image
from lib_roop.zoo.runtime import Tensor

lengths = st.integers(1, 3000)


class OneFace:
    """A detector that sees one face, at one anchor of one window of the first run."""

    providers: tuple[str, ...] = ("fake",)

    def __init__(self, window: int, anchor: int, values: list[float]) -> None:
        self.window, self.anchor, self.values = window, anchor, values
        self.runs: list[int] = []

    def run(self, inputs: Mapping[str, Tensor]) -> dict[str, Tensor]:
        count = len(inputs["image"])
        boxes, scores = np.zeros((count, 896, 16), np.float32), np.full((count, 896, 1), -50, np.float32)
        if not self.runs:
            boxes[self.window, self.anchor], scores[self.window, self.anchor] = self.values, 2.0
        self.runs.append(count)
        return {"boxes": boxes, "scores": scores}


def numbered(height: int, width: int) -> Image:
    """A picture in which every pixel says where it is."""
    y, x = np.mgrid[:height, :width]
    return np.stack([x % 256, y % 256, x // 256 * 16 + y // 256], 2).astype(np.uint8)


def test_the_anchors_are_the_cells_of_two_grids() -> None:
    found = anchors()
    assert found.shape == (896, 2)
    assert found[[0, 1, 2, 511, 512, 517, 518, 895]].tolist() == [
        [4, 4], [4, 4], [12, 4], [124, 124], [8, 8], [8, 8], [24, 8], [120, 120],
    ]  # fmt: skip


@given(lengths)
def test_windows_cover_a_length_and_overlap_by_a_third(length: int) -> None:
    first = starts(length)
    assert first[0] == 0
    assert first[-1] == max(0, length - WINDOW)
    assert all(0 < step <= WINDOW * 2 // 3 for step in np.diff(first))


@given(
    height=st.integers(16, 400),
    width=st.integers(16, 400),
    turn=st.integers(0, 3),
    side=st.sampled_from([64, 128, 500]),
)
def test_every_point_of_a_picture_lies_in_a_window(height: int, width: int, turn: int, side: int) -> None:
    views = list(windows(np.zeros((height, width, 3), np.uint8), [side], [turn]))
    y, x = np.mgrid[: height - 1 : 7j, : width - 1 : 7j]
    points = np.stack([x.ravel(), y.ravel()], 1)
    inside = [
        (np.abs((points - view.origin) @ np.linalg.inv(view.linear).T - WINDOW / 2) <= WINDOW / 2).all(1)
        for view in views
    ]
    assert np.any(inside, axis=0).all()
    assert {view.pixels.shape for view in views} == {(WINDOW, WINDOW, 3)}


@pytest.mark.parametrize("turn", range(4))
def test_a_window_knows_where_its_pixels_are_from(turn: int) -> None:
    image = numbered(200, 300)
    middles = np.arange(WINDOW) + 0.5
    for view in windows(image, [WINDOW], [turn]):
        there = np.stack(np.meshgrid(middles, middles), -1) @ view.linear.T + view.origin
        x, y = there.round().astype(int).transpose(2, 0, 1)
        np.testing.assert_array_equal(view.pixels, image[y, x])


def test_what_lies_beyond_a_picture_is_black() -> None:
    (view,) = windows(np.full((64, 128, 3), 255, np.uint8), [128])
    assert (view.pixels[32:96] == 255).all()
    assert not view.pixels[:32].any()
    assert not view.pixels[96:].any()


@given(height=st.integers(16, 20000), width=st.integers(16, 20000))
def test_the_sides_go_from_small_faces_to_a_margin_round_the_picture(height: int, width: int) -> None:
    sides = window_sides(height, width)
    short, long = sorted((height, width))
    assert list(sides) == sorted(sides)
    assert sides[-1] == pytest.approx(1.6 * min(long, 2 * short))
    assert all(b / a < 4.3 for a, b in itertools.pairwise(sides))
    count = sum(
        len(starts(round(height * WINDOW / side))) * len(starts(round(width * WINDOW / side))) for side in sides
    )
    assert count <= 150 * max(1, long / short)


def test_a_box_is_its_anchor_plus_the_nets_numbers_in_picture_pixels() -> None:
    net = OneFace(window=1, anchor=2, values=[10, 20, 8, 6, *range(12)])
    found = BlazeFace(net).find(windows(np.zeros((128, 192, 3), np.uint8), [128]), 0.5)
    # The second window begins at x = 64, the anchor is at (12, 4), and pixel 0 has its middle at 0 instead of 0.5.
    x, y = 64 + 12 - 0.5, 4 - 0.5
    assert found.boxes.tolist() == [[x + 10 - 4, y + 20 - 3, x + 10 + 4, y + 20 + 3]]
    assert found.points[0].tolist() == [[x + 2 * k, y + 2 * k + 1] for k in range(6)]
    assert found.scores == pytest.approx([1 / (1 + np.exp(-2))])


def test_a_window_of_twice_the_size_doubles_the_box() -> None:
    net = OneFace(window=0, anchor=0, values=[10, 20, 8, 6, *[0] * 12])
    found = BlazeFace(net).find(windows(np.zeros((256, 256, 3), np.uint8), [256]), 0.5)
    assert found.boxes.tolist() == [[19.5, 41.5, 35.5, 53.5]]


def test_a_face_of_a_turned_picture_comes_back_upright() -> None:
    net = OneFace(window=0, anchor=0, values=[10, 20, 8, 6, 0, 0, 30, 0, *[0] * 8])
    found = BlazeFace(net).find(windows(np.zeros((128, 128, 3), np.uint8), [128], [1]), 0.5)
    # Turned back clockwise, (x, y) becomes (128 - y, x).
    assert found.boxes.tolist() == [[128 - 27 - 0.5, 10 - 0.5, 128 - 21 - 0.5, 18 - 0.5]]
    assert found.points[0, :2].tolist() == [[123.5, 3.5], [123.5, 33.5]]


def test_windows_are_run_in_batches() -> None:
    net = OneFace(window=0, anchor=0, values=[0.0] * 16)
    views = list(windows(np.zeros((600, 600, 3), np.uint8), [128, 256]))
    BlazeFace(net).find(iter(views), 0.5)
    assert sum(net.runs) == len(views)
    assert len(net.runs) == -(-len(views) // BATCH)


@st.composite
def heaps(draw: st.DrawFn) -> Candidates:
    number = st.floats(0, 100, width=32)
    rows = draw(st.lists(st.tuples(number, number, st.floats(5, 60, width=32), st.floats(0, 1, width=32)), max_size=20))
    corners = np.array([(x, y, x + side, y + side) for x, y, side, _ in rows], np.float32).reshape(-1, 4)
    scores = np.array([score for *_, score in rows], np.float32)
    return Candidates(corners, np.zeros((len(rows), 6, 2), np.float32), scores)


def shares(candidates: Candidates, number: int) -> list[float]:
    box = candidates.boxes[number]
    both = intersections(box, candidates.boxes)
    return [float(share) for share in both / (areas(box) + areas(candidates.boxes) - both)]


@given(heaps())
def test_the_strongest_of_each_heap_stays_and_nothing_else(candidates: Candidates) -> None:
    kept = strongest(candidates)
    assert list(kept.scores) == sorted(kept.scores, reverse=True)
    for number in range(len(kept)):
        assert sum(share > 0.3 + 1e-6 for share in shares(kept, number)) == 1
    rows = {tuple(box) for box in kept.boxes.tolist()}
    for number, box in enumerate(candidates.boxes.tolist()):
        better = [
            tuple(candidates.boxes[other].tolist())
            for other, share in enumerate(shares(candidates, number))
            if share > 0.3 - 1e-6 and candidates.scores[other] >= candidates.scores[number]
        ]
        assert tuple(box) in rows or rows.intersection(better)


def test_a_box_within_a_larger_one_covers_it() -> None:
    small, large, far = np.array([[10, 10, 20, 20], [0, 0, 100, 100], [90, 90, 200, 200]], np.float32)
    assert covers(small, np.stack([large, far])).tolist() == [True, False]
    assert covers(large, np.stack([small, far])).tolist() == [True, False]
