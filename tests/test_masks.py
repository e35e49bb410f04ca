"""Masks: what is replaced and how softly."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from lib_roop import masks
from lib_roop.types import Mask

SQUARE = [(10, 10), (29, 10), (29, 29), (10, 29)]


@pytest.fixture
def square() -> Mask:
    return masks.polygon(SQUARE, 40, 40)


def test_a_polygon_is_one_inside_and_zero_outside(square: Mask) -> None:
    assert square.dtype == np.float32
    assert square[10:30, 10:30].all()
    assert square.sum() == 20 * 20


def test_a_polygon_may_reach_beyond_its_window() -> None:
    assert masks.polygon([(-500, -500), (900, -500), (900, 900), (-500, 900)], 8, 6).all()


def test_a_polygon_in_an_empty_window_is_empty() -> None:
    assert masks.polygon(SQUARE, 0, 7).shape == (0, 7)


def test_a_hull_needs_no_order() -> None:
    points = np.array([SQUARE[2], (20, 20), SQUARE[0], SQUARE[3], SQUARE[1]])
    np.testing.assert_array_equal(masks.hull(points, 40, 40), masks.polygon(SQUARE, 40, 40))


def test_eroding_moves_the_edge_inwards(square: Mask) -> None:
    smaller = masks.erode(square, 3)
    assert smaller[20, 13] == 1
    assert smaller[20, 12] == 0


def test_eroding_leaves_what_the_border_cuts() -> None:
    np.testing.assert_array_equal(masks.erode(np.ones((5, 5), np.float32), 2), np.ones((5, 5)))


def test_eroding_by_nothing_is_a_copy(square: Mask) -> None:
    same = masks.erode(square, 0)
    assert same is not square
    np.testing.assert_array_equal(same, square)


@given(width=st.floats(0, 30))
def test_a_feather_never_reaches_beyond_its_mask(width: float) -> None:
    mask = masks.polygon(SQUARE, 40, 40)
    soft = masks.feather(mask, width)
    assert soft.min() >= 0
    assert (soft <= mask).all()
    assert not soft[mask == 0].any()


def test_a_feather_is_full_from_its_width_on(square: Mask) -> None:
    soft = masks.feather(square, 5)
    assert (soft[15:25, 15:25] == 1).all()
    assert (np.diff(soft[20, 9:15]) > 0).all()


def test_a_feather_ignores_the_border_that_cuts_the_mask() -> None:
    cut = masks.polygon([(-20, -20), (9, -20), (9, 40), (-20, 40)], 20, 20)
    soft = masks.feather(cut, 4)
    assert (soft[:, :6] == 1).all()


def test_a_mask_that_fills_its_window_stays_whole() -> None:
    assert (masks.feather(np.ones((6, 9), np.float32), 4) == 1).all()


@pytest.mark.parametrize("shape", [(0, 0), (0, 4), (1, 1)])
def test_a_feather_of_next_to_nothing_is_just_that(shape: tuple[int, int]) -> None:
    assert masks.feather(np.zeros(shape, np.float32), 3).shape == shape


def test_smoothing_keeps_the_ends_and_the_order() -> None:
    ramp = np.linspace(0, 1, 101, dtype=np.float32)
    soft = masks.smooth(ramp)
    assert soft[0] == 0
    assert soft[-1] == 1
    assert (np.diff(soft) >= 0).all()


def test_combining_takes_the_least_and_leaves_its_arguments() -> None:
    first, second = np.array([[0.2, 1.0]], np.float32), np.array([[0.7, 0.5]], np.float32)
    np.testing.assert_array_equal(masks.combine(first, second), np.array([[0.2, 0.5]], np.float32))
    np.testing.assert_array_equal(first, np.array([[0.2, 1.0]], np.float32))
