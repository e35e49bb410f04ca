"""Numbered faces and sheets of pictures."""

import numpy as np
import pytest

from lib_roop import drawing
from lib_roop.types import Face, Image, Pose
from tests.fakes import face


def grey(height: int = 300, width: int = 400) -> Image:
    return np.full((height, width, 3), 128, np.uint8)


def changed(image: Image, faces: list[Face]) -> Image:
    return np.asarray((drawing.numbered(image, faces) != image).any(-1), np.uint8)


def test_a_drawing_is_a_copy() -> None:
    image = grey()
    drawing.numbered(image, [face(0, (100, 100, 200, 220))])
    assert (image == 128).all()


def test_without_faces_nothing_is_drawn() -> None:
    assert np.array_equal(drawing.numbered(grey(), []), grey())


def test_the_box_and_the_points_are_drawn_and_the_skin_stays() -> None:
    person = face(0, (100, 100, 200, 220))
    marks = changed(grey(), [person])
    assert marks[160, 100] and marks[160, 200] and marks[220, 150]
    assert all(marks[round(float(y)), round(float(x))] for x, y in person.landmarks)
    assert marks[100:220, 100:200].mean() < 0.3
    assert not marks[:, 260:].any() and not marks[:, :90].any()


def test_the_colours_are_rgb() -> None:
    drawn = drawing.numbered(grey(), [face(0, (100, 100, 200, 220))])
    assert drawn[160, 100].tolist() == list(drawing.FRAME)


def test_each_number_stands_on_its_box() -> None:
    boxes = [(20.0, 100.0, 120.0, 220.0), (220.0, 100.0, 320.0, 220.0)]
    drawn = drawing.numbered(grey(), [face(0, box) for box in boxes])
    one, two = drawn[80:99, 22:60], drawn[80:99, 222:260]
    assert (one != 128).any() and (two != 128).any() and not np.array_equal(one, two)


@pytest.mark.parametrize("box", [(-40, -40, 60, 80), (350, 250, 460, 380), (-50, -50, 500, 400), (0, 0, 3, 3)])
def test_a_face_that_the_edge_cuts_is_drawn_with_its_number(box: tuple[float, float, float, float]) -> None:
    assert changed(grey(), [face(0, box)]).any()


@pytest.mark.parametrize("size", [(1, 1), (3, 200), (200, 3)])
def test_tiny_pictures_can_be_drawn_on(size: tuple[int, int]) -> None:
    assert drawing.numbered(grey(*size), [face(0, (0, 0, 2, 2))]).shape == (*size, 3)


@pytest.mark.parametrize(
    ("pose", "side"),
    [
        (Pose(60, 0, 0), (slice(150, 180), slice(185, 198))),
        (Pose(-60, 0, 0), (slice(150, 180), slice(102, 115))),
        (Pose(0, 60, 0), (slice(118, 130), slice(140, 160))),
        (Pose(0, -60, 0), (slice(208, 218), slice(140, 160))),
    ],
)
def test_the_arrow_points_where_the_head_does(pose: Pose, side: tuple[slice, slice]) -> None:
    ahead = drawing.numbered(grey(), [face(0, (100, 100, 200, 220), pose=Pose(0, 0, 0))])
    turned = drawing.numbered(grey(), [face(0, (100, 100, 200, 220), pose=pose)])
    assert (ahead[side] != turned[side]).any()


def test_a_face_whose_pose_is_unknown_has_no_arrow_and_no_angles() -> None:
    known = changed(grey(), [face(0, (50, 50, 250, 250), pose=Pose(40, 0, 0))])
    unknown = changed(grey(), [face(0, (50, 50, 250, 250), pose=None)])
    assert unknown.sum() < known.sum() and not unknown[260:].any() and known[260:].any()


def test_a_sheet_has_the_width_asked_for_and_shows_every_picture() -> None:
    panels = [("before", np.full((50, 100, 3), (200, 0, 0), np.uint8)), ("after", np.full((80, 80, 3), 7, np.uint8))]
    made = drawing.sheet([panels, panels[:1]], "title", width=640)
    assert made.shape[1] == 640 and made.dtype == np.uint8
    red = (made == (200, 0, 0)).all(-1)
    black = (made == 7).all(-1)
    assert red.any(0)[-20] and red.sum() > 640 * 300 / 2 and black.sum() > 150 * 150


def test_pictures_of_a_row_are_equally_high_and_keep_their_shape() -> None:
    wide, square = np.full((50, 100, 3), (200, 0, 0), np.uint8), np.full((80, 80, 3), 7, np.uint8)
    made = drawing.sheet([[("a", wide), ("b", square)]], "t", width=640)
    red, black = (np.nonzero((made == colour).all(-1)) for colour in ((200, 0, 0), 7))
    heights = [int(np.ptp(rows)) + 1 for rows, _ in (red, black)]
    widths = [int(np.ptp(columns)) + 1 for _, columns in (red, black)]
    assert heights[0] == heights[1]
    assert widths[0] / heights[0] == pytest.approx(2, abs=0.05) and widths[1] / heights[1] == pytest.approx(1, abs=0.05)


def test_captions_and_title_are_written() -> None:
    def ink(caption: str, title: str) -> int:
        made = drawing.sheet([[(caption, grey(100, 100))]], title, width=300)
        return int(((made != drawing.PAPER).any(-1) & (made != 128).any(-1)).sum())

    assert ink("", "") == 0 < ink("after", "") < ink("after: altered with roop", "")
    assert ink("", "a title") > 0


def test_a_long_caption_stays_below_its_picture() -> None:
    made = drawing.sheet([[("word " * 40, grey(100, 100)), ("", grey(100, 100))]], "", width=400)
    right = made[:, 205:]
    assert ((right == drawing.PAPER) | (right == 128)).all()


def test_missed_faces_get_a_grey_box_and_no_points() -> None:
    person = face(0, (100, 100, 200, 220))
    drawn = drawing.numbered(grey(), [], [person])
    assert drawn[160, 100].tolist() == list(drawing.MISSED)
    assert (drawn[105:215, 105:195] == 128).all()


def test_the_axes_show_how_a_head_leans() -> None:
    box = (100, 100, 200, 220)
    upright, lying = (drawing.numbered(grey(), [face(0, box, pose=Pose(0, 0, roll))]) for roll in (0, 90))

    def tip(image: Image, colour: drawing.Colour) -> list[float]:
        rows, columns = np.nonzero((image == colour).all(-1))
        return [float(columns.mean()), float(rows.mean())]

    x, y = face(0, box).landmarks[2].tolist()
    right, up = (tip(upright, colour) for colour in (drawing.SIDEWAYS, drawing.UPWARDS))
    assert right[0] > x + 5 and abs(right[1] - y) < 4 and up[1] < y - 5 and abs(up[0] - x) < 4
    right, up = (tip(lying, colour) for colour in (drawing.SIDEWAYS, drawing.UPWARDS))
    assert right[1] > y + 5 and up[0] > x + 5


@pytest.mark.parametrize("count", [2, 7, 40])
def test_a_matrix_has_a_square_for_each_pair_darker_the_more_alike(count: int) -> None:
    values = np.full((count, count), 0.1, np.float32)
    np.fill_diagonal(values, 1)
    made = drawing.matrix(values, [f"face {number}" for number in range(count)], "title")
    alike, unlike = (made == drawing.ALIKE).all(-1), (made == [214, 224, 233]).all(-1)
    assert 0 < alike.sum() < unlike.sum() or count == 2
    rows = np.flatnonzero(alike.any(1))
    assert np.ptp(rows) + 2 == count * int(np.clip(1024 // count, 32, 140))


def test_names_of_any_script_are_taken_for_a_matrix() -> None:
    values = np.eye(2, dtype=np.float32)
    plain, accented, foreign = (drawing.matrix(values, [name, "b"], "t") for name in ("Ola", "Öla", "王\n"))
    assert np.array_equal(plain, accented) and not np.array_equal(plain, foreign)
    assert np.array_equal(foreign, drawing.matrix(values, ["", "b"], "t"))


@pytest.mark.parametrize("rows", [[[]], [[("a", grey())], []]])
def test_a_row_without_pictures_is_refused(rows: list[list[drawing.Panel]]) -> None:
    with pytest.raises(ValueError, match="needs a picture"):
        drawing.sheet(rows, "t")


@pytest.mark.parametrize("box", [(100, 100, 200, 220), (-40, -40, 60, 80), (350, 250, 460, 380), (-99, -99, 900, 900)])
def test_a_close_up_is_a_square_within_the_picture(box: tuple[float, float, float, float]) -> None:
    crop = drawing.close_up(grey(), face(0, box))
    assert crop.shape[0] == crop.shape[1] >= 1 and crop.shape[0] <= 300


def test_a_close_up_has_the_face_in_its_middle() -> None:
    image = grey()
    image[150:160, 140:150] = 255
    crop = drawing.close_up(image, face(0, (120, 130, 170, 180)))
    assert crop.shape == (100, 100, 3) and crop[45:55, 45:55].all() and (crop[45:55, 45:55] == 255).all()
