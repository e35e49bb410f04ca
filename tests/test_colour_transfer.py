"""Colour transfer on patches: over masked pixels only, as much as is asked."""

from dataclasses import replace

import numpy as np
import pytest
from numpy.typing import NDArray
from skimage.exposure import match_histograms

from lib_roop import colour
from lib_roop.types import Image, Patch
from tests.graphs_restorers import noisy

CHANGING = [method for method in colour.METHODS if method != "none"]


@pytest.fixture
def region() -> Image:
    """The target: darker and bluer than the patch, with other contrasts."""
    return np.asarray(np.rint(noisy(60, 80)[::-1] * np.array([0.6, 0.7, 0.9]) + (5, 12, 20)), np.uint8)


@pytest.fixture
def patch() -> Patch:
    mask = np.zeros((60, 80), np.float32)
    mask[10:50, 15:60] = 1
    mask[8:10, 15:60] = 0.3
    return Patch(7, 9, noisy(60, 80), mask)


def means(image: Image, patch: Patch) -> NDArray[np.float64]:
    return np.asarray(image[patch.mask > 0.5].astype(float).mean(0))


@pytest.mark.parametrize("method", CHANGING)
def test_the_patch_takes_the_targets_mean_colour(method: str, patch: Patch, region: Image) -> None:
    assert np.abs(means(patch.rgb, patch) - means(region, patch)).max() > 20
    new = colour.matched(patch, region, method, 1.0)
    np.testing.assert_allclose(means(new.rgb, patch), means(region, patch), atol=2.0)
    assert (new.x, new.y, new.mask is patch.mask) == (7, 9, True)


@pytest.mark.parametrize("method", CHANGING)
def test_what_the_mask_hides_neither_counts_nor_changes(method: str, patch: Patch, region: Image) -> None:
    other = region.copy()
    other[patch.mask <= 0.5] = 255
    new = colour.matched(patch, region, method, 1.0).rgb
    np.testing.assert_array_equal(new, colour.matched(patch, other, method, 1.0).rgb)
    np.testing.assert_array_equal(new[patch.mask == 0], patch.rgb[patch.mask == 0])
    assert (new[patch.mask == np.float32(0.3)] != patch.rgb[patch.mask == np.float32(0.3)]).any()


@pytest.mark.parametrize("method", CHANGING)
def test_strength_goes_from_nothing_to_all(method: str, patch: Patch, region: Image) -> None:
    none, half, whole = (means(colour.matched(patch, region, method, part).rgb, patch) for part in (0, 0.5, 1))
    np.testing.assert_array_equal(none, means(patch.rgb, patch))
    np.testing.assert_allclose(half, (none + whole) / 2, atol=0.5)


@pytest.mark.parametrize("method", CHANGING)
def test_a_patch_that_matches_already_hardly_changes(method: str, patch: Patch) -> None:
    new = colour.matched(patch, patch.rgb, method, 1.0)
    assert np.abs(new.rgb.astype(int) - patch.rgb).max() <= 2


@pytest.mark.parametrize("method", CHANGING)
def test_one_colour_is_no_special_case(method: str, patch: Patch) -> None:
    plain = replace(patch, rgb=np.full_like(patch.rgb, 90))
    new = colour.matched(plain, np.full_like(patch.rgb, 140), method, 1.0)
    np.testing.assert_allclose(new.rgb[patch.mask > 0], 140, atol=2)


@pytest.mark.parametrize("method", CHANGING)
def test_one_pixel_is_no_special_case(method: str, patch: Patch, region: Image) -> None:
    mask = np.zeros_like(patch.mask)
    mask[20, 20] = 1
    new = colour.matched(replace(patch, mask=mask), region, method, 1.0)
    np.testing.assert_allclose(new.rgb[20, 20], region[20, 20], atol=1)


@pytest.mark.parametrize("method", colour.METHODS)
def test_a_patch_that_shows_nothing_stays(method: str, patch: Patch, region: Image) -> None:
    hidden = replace(patch, mask=np.zeros_like(patch.mask))
    assert colour.matched(hidden, region, method, 1.0) is hidden
    empty = Patch(0, 0, np.zeros((0, 0, 3), np.uint8), np.zeros((0, 0), np.float32))
    assert colour.matched(empty, empty.rgb, method, 1.0) is empty


def test_none_is_no_transfer(patch: Patch, region: Image) -> None:
    assert colour.matched(patch, region, "none", 1.0) is patch


def test_mkl_takes_over_how_the_channels_vary_together(patch: Patch) -> None:
    random = np.random.default_rng(2)
    ours = (random.normal(0, 10, (60, 80, 3)) + 100).clip(0, 255).astype(np.uint8)
    mix = np.array([[1.0, 0.4, 0.1], [0.4, 1.2, 0.3], [0.1, 0.3, 0.9]])
    theirs = ((ours[::-1] - 100.0) @ mix + (120, 90, 150)).clip(0, 255).astype(np.uint8)
    new = colour.matched(replace(patch, rgb=ours), theirs, "mkl", 1.0).rgb
    found, wanted = (colour.moments(image, patch.mask > 0.5) for image in (new, theirs))
    np.testing.assert_allclose(found.covariance, wanted.covariance, rtol=0.06, atol=2)
    np.testing.assert_allclose(found.mean, wanted.mean, atol=0.5)


def test_moments_are_those_of_the_chosen_pixels(patch: Patch) -> None:
    where = patch.mask > 0.5
    found = colour.moments(patch.rgb, where)
    np.testing.assert_allclose(found.mean, patch.rgb[where].mean(0), rtol=1e-6)
    np.testing.assert_allclose(found.covariance, np.cov(patch.rgb[where].T, bias=True), rtol=1e-4)


def test_histograms_become_those_that_scikit_image_makes(patch: Patch, region: Image) -> None:
    whole = replace(patch, mask=np.ones_like(patch.mask))
    expected = match_histograms(patch.rgb, region, channel_axis=-1)
    new = colour.matched(whole, region, "histogram", 1.0).rgb
    assert np.abs(new.astype(float) - expected).mean() < 0.8


def test_grain_is_at_most_doubled(patch: Patch) -> None:
    harsh = np.random.default_rng(1).integers(0, 256, patch.rgb.shape, np.uint8)
    flat = replace(patch, rgb=np.rint(noisy(60, 80) * 0.05 + 110).astype(np.uint8))
    for method in ("reinhard", "mkl"):
        new = colour.matched(flat, harsh, method, 1.0).rgb[patch.mask > 0.5]
        assert new.astype(float).std(0).max() < 3 * flat.rgb[patch.mask > 0.5].astype(float).std(0).max()


def test_arguments_are_not_written_to(patch: Patch, region: Image) -> None:
    for array in (patch.rgb, patch.mask, region):
        array.flags.writeable = False
    for method in colour.METHODS:
        colour.matched(patch, region, method, 0.7)
