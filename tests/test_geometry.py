"""Geometry: affine maps, cutting and pasting."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from lib_roop import geometry
from lib_roop.types import Affine, CropSpec, Image, Patch

SHAPE = (40, 60)


@st.composite
def similarities(draw: st.DrawFn) -> Affine:
    angle, scale = draw(st.floats(-3.1, 3.1)), draw(st.floats(0.05, 20))
    shift = draw(st.tuples(st.floats(-1000, 1000), st.floats(-1000, 1000)))
    cosine, sine = scale * np.cos(angle), scale * np.sin(angle)
    return np.array([[cosine, -sine, shift[0]], [sine, cosine, shift[1]]])


@st.composite
def patches(draw: st.DrawFn) -> Patch:
    x, y = draw(st.integers(0, 50)), draw(st.integers(0, 30))
    width, height = draw(st.integers(0, 60 - x)), draw(st.integers(0, 40 - y))
    noise = np.random.default_rng(draw(st.integers(0, 99)))
    mask = noise.random((height, width)).astype(np.float32)
    mask[noise.random((height, width)) < 0.5] = 0
    return Patch(x, y, noise.integers(0, 256, (height, width, 3), np.uint8), mask)


@pytest.fixture
def picture() -> Image:
    return np.random.default_rng(1).integers(0, 256, (*SHAPE, 3), np.uint8)


POINTS = np.array([(0, 0), (30, 4), (12, 25), (7, 40), (28, 38)], float)


@given(matrix=similarities())
def test_a_similarity_is_recovered_from_its_points(matrix: Affine) -> None:
    there = POINTS @ matrix[:, :2].T + matrix[:, 2]
    np.testing.assert_allclose(geometry.similarity_fit(POINTS, there), matrix, atol=1e-6)


@given(matrix=similarities())
def test_there_and_back_is_where_one_was(matrix: Affine) -> None:
    there = geometry.transform(POINTS, matrix)
    assert there.dtype == np.float32
    reach = max(np.abs(matrix).max(), 1)
    np.testing.assert_allclose(
        geometry.transform(there, geometry.invert(matrix)), POINTS, atol=reach * 1e-6 / geometry.scale_of(matrix) + 1e-4
    )


@given(matrix=similarities())
def test_the_scale_is_that_of_lengths(matrix: Affine) -> None:
    assert geometry.scale_of(matrix) == pytest.approx(np.hypot(matrix[0, 0], matrix[1, 0]))


def test_a_fit_never_mirrors() -> None:
    matrix = geometry.similarity_fit(POINTS, POINTS * (-1, 1))
    assert np.linalg.det(matrix[:, :2]) > 0


def test_points_in_one_place_fit_to_their_mean() -> None:
    matrix = geometry.similarity_fit(np.zeros((3, 2)), POINTS[:3])
    np.testing.assert_allclose(geometry.transform([(0, 0)], matrix)[0], POINTS[:3].mean(0), rtol=1e-5)


def test_a_region_is_cut_pixel_by_pixel(picture: Image) -> None:
    crop = geometry.cut(picture, geometry.region(7, 5, 20, 10))
    np.testing.assert_array_equal(crop.pixels, picture[5:15, 7:27])


@given(x=st.integers(-90, 90), y=st.integers(-90, 90), width=st.integers(1, 99), height=st.integers(1, 99))
def test_a_region_is_clipped_to_the_picture_and_says_so(x: int, y: int, width: int, height: int) -> None:
    places = np.stack(np.meshgrid(np.arange(60), np.arange(40)), -1).astype(np.uint8)
    picture = np.dstack([places, np.zeros(SHAPE, np.uint8)])
    crop = geometry.cut(picture, geometry.region(x, y, width, height))
    assert crop.pixels.shape == (crop.spec.height, crop.spec.width, 3)
    inside_x, inside_y = set(range(x, x + width)) & set(range(60)), set(range(y, y + height)) & set(range(40))
    assert crop.pixels.size == 3 * len(inside_x) * len(inside_y)
    if crop.pixels.size:
        np.testing.assert_array_equal(crop.pixels[0, 0, :2], -crop.spec.matrix[:, 2])
        assert tuple(crop.pixels[0, 0, :2]) == (min(inside_x), min(inside_y))


def test_any_other_map_is_sampled_at_its_size_with_black_outside(picture: Image) -> None:
    spec = CropSpec(np.array([[2.0, 0, -10], [0, 2.0, 4]]), 30, 20)
    crop = geometry.cut(picture, spec)
    assert crop.spec is spec
    assert crop.pixels.shape == (20, 30, 3)
    np.testing.assert_array_equal(crop.pixels[4, 0], picture[0, 5])
    assert not crop.pixels[:2].any()


@given(patch=patches())
def test_pasting_changes_nothing_where_the_mask_is_zero(patch: Patch) -> None:
    picture = np.random.default_rng(1).integers(0, 256, (*SHAPE, 3), np.uint8)
    result = geometry.paste(picture, [patch])
    mask = np.zeros(SHAPE, np.float32)
    mask[patch.y : patch.y + patch.mask.shape[0], patch.x : patch.x + patch.mask.shape[1]] = patch.mask
    np.testing.assert_array_equal(result[mask == 0], picture[mask == 0])


@given(patch=patches())
def test_pasting_what_is_there_is_the_identity(patch: Patch) -> None:
    picture = np.random.default_rng(1).integers(0, 256, (*SHAPE, 3), np.uint8)
    height, width = patch.mask.shape
    same = Patch(patch.x, patch.y, picture[patch.y : patch.y + height, patch.x : patch.x + width], patch.mask)
    np.testing.assert_array_equal(geometry.paste(picture, [same]), picture)


def test_a_full_mask_pastes_the_patch_and_the_picture_stays(picture: Image) -> None:
    before = picture.copy()
    white = Patch(3, 4, np.full((5, 6, 3), 255, np.uint8), np.ones((5, 6), np.float32))
    result = geometry.paste(picture, [white])
    assert (result[4:9, 3:9] == 255).all()
    np.testing.assert_array_equal(picture, before)


def test_of_two_patches_the_later_lies_on_top(picture: Image) -> None:
    patches = [Patch(0, 0, np.full((4, 4, 3), value, np.uint8), np.ones((4, 4), np.float32)) for value in (10, 200)]
    assert (geometry.paste(picture, patches)[:4, :4] == 200).all()


@pytest.mark.parametrize(("x", "y"), [(-3, -2), (6, 5), (-9, 0), (0, 20), (2, 1), (-1, -1)])
def test_a_patch_that_reaches_beyond_the_picture_is_pasted_where_it_lies_on_it(x: int, y: int) -> None:
    picture = np.zeros((8, 8, 3), np.uint8)
    colours = np.arange(1, 1 + 4 * 4 * 3, dtype=np.uint8).reshape(4, 4, 3)
    result = geometry.paste(picture, [Patch(x, y, colours, np.ones((4, 4), np.float32))])
    wide = np.zeros((40, 40, 3), np.uint8)
    wide[16 + y : 20 + y, 16 + x : 20 + x] = colours
    np.testing.assert_array_equal(result, wide[16:24, 16:24])


def test_overlap_is_the_share_of_the_smaller_box() -> None:
    assert geometry.overlap((0, 0, 10, 10), (5, 0, 25, 10)) == 0.5
    assert geometry.overlap((0, 0, 10, 10), (2, 2, 4, 4)) == 1
    assert geometry.overlap((0, 0, 10, 10), (10, 0, 20, 10)) == 0
    assert geometry.overlap((0, 0, 10, 10), (5, 5, 5, 5)) == 0
