"""Colour: one skin in another's light."""

import numpy as np
import pytest

from lib_roop import colour
from lib_roop.types import Floats, Image, Mask


@pytest.fixture
def noise() -> np.random.Generator:
    return np.random.default_rng(5)


@pytest.fixture
def disc() -> Mask:
    rows, columns = np.mgrid[:48, :64]
    return np.asarray(np.hypot(rows - 24, columns - 32) < 18, np.float32)


def field(noise: np.random.Generator, mean: float, deviation: float) -> Floats:
    drawn: Floats = noise.normal(mean, deviation, (48, 64, 3)).astype(np.float32)
    return drawn


def test_lab_and_back_loses_at_most_one_level(noise: np.random.Generator) -> None:
    picture: Image = noise.integers(0, 256, (20, 20, 3), np.uint8)
    assert np.abs(colour.to_rgb(colour.to_lab(picture)).astype(int) - picture).max() <= 1


def test_lab_is_lightness_of_0_to_100_and_grey_has_no_tint() -> None:
    lab = colour.to_lab(np.array([[[0, 0, 0], [255, 255, 255], [128, 128, 128]]], np.uint8))
    np.testing.assert_allclose(lab[0, :2, 0], [0, 100], atol=0.1)
    np.testing.assert_allclose(lab[..., 1:], 0, atol=0.1)


def test_colours_that_a_screen_lacks_are_clipped() -> None:
    lab = np.array([[[150, 0, 0], [-20, 0, 0]]], np.float32)
    np.testing.assert_array_equal(colour.to_rgb(lab)[0], [[255, 255, 255], [0, 0, 0]])


def test_mean_and_deviation_become_those_of_the_reference(noise: np.random.Generator, disc: Mask) -> None:
    source, reference = field(noise, 30, 5), field(noise, 60, 6)
    matched = colour.match_statistics(source, reference, disc, (0.5, 2.0))[disc > 0]
    np.testing.assert_allclose(matched.mean(0), reference[disc > 0].mean(0), atol=0.01)
    np.testing.assert_allclose(matched.std(0), reference[disc > 0].std(0), rtol=0.01)


def test_contrast_changes_only_within_its_limits(noise: np.random.Generator, disc: Mask) -> None:
    source, reference = field(noise, 30, 1), field(noise, 60, 20)
    matched = colour.match_statistics(source, reference, disc, (0.5, 1.5))
    np.testing.assert_allclose(matched[disc > 0].std(0), 1.5 * source[disc > 0].std(0), rtol=0.01)


def test_what_lies_outside_the_mask_has_no_say(noise: np.random.Generator, disc: Mask) -> None:
    source, reference = field(noise, 30, 5), field(noise, 60, 5)
    elsewhere = np.where(disc[..., None] > 0, reference, np.float32(-1000))
    np.testing.assert_array_equal(
        colour.match_statistics(source, reference, disc, (0.5, 2.0)),
        colour.match_statistics(source, elsewhere, disc, (0.5, 2.0)),
    )


def test_without_a_masked_pixel_nothing_changes(noise: np.random.Generator) -> None:
    source, reference = field(noise, 30, 5), field(noise, 60, 5)
    nothing = np.zeros(source.shape[:2], np.float32)
    np.testing.assert_array_equal(colour.match_statistics(source, reference, nothing, (0.5, 2.0)), source)
    np.testing.assert_array_equal(colour.match_light(source, reference, nothing, 6.0), source)


def test_a_slow_gradient_is_taken_over_and_fine_grain_is_kept(noise: np.random.Generator, disc: Mask) -> None:
    grain = field(noise, 0, 2)
    gradient = np.broadcast_to(np.linspace(20, 80, 64, dtype=np.float32)[None, :, None], grain.shape)
    lit = colour.match_light(grain, gradient, disc, 4.0)
    inside = disc > 0
    assert np.abs(lit - gradient - grain)[inside].mean() < 2.5
    assert np.corrcoef((lit - gradient)[inside].ravel(), grain[inside].ravel())[0, 1] > 0.8


def test_light_weighs_pixels_by_the_mask(disc: Mask) -> None:
    flat = np.zeros((*disc.shape, 3), np.float32)
    bright_left = flat.copy()
    bright_left[:, :32] = 10
    weight = disc.copy()
    weight[:, :32] *= 0.01
    assert colour.match_light(flat, bright_left, disc, 40.0)[24, 32, 0] > 4
    assert colour.match_light(flat, bright_left, weight, 40.0)[24, 32, 0] < 1


@pytest.mark.parametrize("sigma", [0.0, 0.5, 3.0, 40.0])
def test_the_blur_of_a_flat_field_is_flat_for_any_width(sigma: float) -> None:
    flat = np.full((30, 50, 3), 7, np.float32)
    np.testing.assert_allclose(colour.low_frequencies(flat, np.ones((30, 50), np.float32), sigma), 7, rtol=0.03)


@pytest.mark.parametrize("shape", [(0, 0), (0, 5), (1, 1)])
def test_the_smallest_windows_are_no_special_case(shape: tuple[int, int]) -> None:
    empty = np.zeros((*shape, 3), np.float32)
    assert colour.match_light(empty, empty, np.ones(shape, np.float32), 3.0).shape == (*shape, 3)


def test_arguments_are_not_written_to(noise: np.random.Generator, disc: Mask) -> None:
    source, reference = field(noise, 30, 5), field(noise, 60, 5)
    for array in (source, reference, disc):
        array.flags.writeable = False
    colour.match_light(colour.match_statistics(source, reference, disc, (0.5, 2.0)), reference, disc, 5.0)
    colour.to_rgb(source)
