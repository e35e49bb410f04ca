"""Views of a picture: no aliasing, no trouble at its edges."""

import cv2
import numpy as np
import pytest

from lib_roop.analysers.sampling import view
from lib_roop.geometry import invert
from lib_roop.types import Affine


def looking_at(x: float, y: float, zoom: float) -> Affine:
    """The view whose first pixel is (x, y), `zoom` picture pixels wide each."""
    return invert(np.array([[zoom, 0, x], [0, zoom, y]]))


def test_a_view_of_whole_pixels_is_the_picture() -> None:
    image = np.random.default_rng(0).integers(0, 256, (80, 90, 3), np.uint8)
    np.testing.assert_array_equal(view(image, looking_at(20, 30, 1), 32, cv2.BORDER_CONSTANT), image[30:62, 20:52])


@pytest.mark.parametrize("zoom", [4, 10, 40])
def test_fine_stripes_become_grey_in_a_small_view(zoom: float) -> None:
    image = np.zeros((2000, 2000, 3), np.uint8)
    image[:, ::2] = 200
    seen = view(image, looking_at(200, 200, zoom), 32, cv2.BORDER_REPLICATE)
    assert (np.abs(seen.astype(int) - 100) <= 12).all()


def test_a_small_view_keeps_its_place() -> None:
    image = np.zeros((900, 900, 3), np.uint8)
    image[401:, :] = 255
    seen = view(image, looking_at(100, 100, 10), 60, cv2.BORDER_CONSTANT)
    # Row 30 of the view is row 400 of the picture, the last black one.
    assert seen[28, 30, 0] < 20
    assert seen[32, 30, 0] > 235
    assert 60 < seen[30, 30, 0] < 195


def test_beyond_the_picture_is_black_or_its_last_pixel() -> None:
    image = np.full((50, 50, 3), 90, np.uint8)
    black = view(image, looking_at(-20, 0, 1), 40, cv2.BORDER_CONSTANT)
    assert not black[:, :20].any()
    assert (black[:, 20:] == 90).all()
    assert (view(image, looking_at(-20, 0, 1), 40, cv2.BORDER_REPLICATE) == 90).all()


@pytest.mark.parametrize("zoom", [0.5, 1, 7])
@pytest.mark.parametrize("place", [-9000, 9000])
def test_a_view_that_misses_the_picture_is_black(place: float, zoom: float) -> None:
    image = np.full((3, 50, 3), 90, np.uint8)
    assert not view(image, looking_at(place, place, zoom), 40, cv2.BORDER_CONSTANT).any()


def test_the_picture_is_not_written_to() -> None:
    image = np.full((500, 500, 3), 90, np.uint8)
    image.flags.writeable = False
    matrix = looking_at(0, 0, 9)
    before = matrix.copy()
    view(image, matrix, 40, cv2.BORDER_CONSTANT)
    np.testing.assert_array_equal(matrix, before)
